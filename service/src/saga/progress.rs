//! How far a booking has come, as types: a plan can only take the edges drawn here.

/// A point that a plan can have reached.
pub trait Progress: 'static {}

/// A legal move. No impl, no move.
#[diagnostic::on_unimplemented(message = "an order cannot go from `{Self}` to `{To}`")]
pub trait Edge<To: Progress>: Progress {}

/// The order is written; nothing was asked of anyone.
#[derive(Debug)]
pub struct Placed;
/// The seats are held and priced.
#[derive(Debug)]
pub struct Held;
/// The amount is reserved.
#[derive(Debug)]
pub struct Authorized;
/// The seats are booked.
#[derive(Debug)]
pub struct Booked;
/// The amount is taken.
#[derive(Debug)]
pub struct Captured;

impl Progress for Placed {}
impl Progress for Held {}
impl Progress for Authorized {}
impl Progress for Booked {}
impl Progress for Captured {}

impl Edge<Held> for Placed {}
impl Edge<Authorized> for Held {}
impl Edge<Booked> for Authorized {}
impl Edge<Captured> for Booked {}
