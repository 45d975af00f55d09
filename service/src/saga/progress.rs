//! The progress of a plan as types: a plan can only take the edges that are implemented here.

/// A point in a plan, between two steps.
pub trait Progress: 'static {}

/// A legal transition between two points.
#[diagnostic::on_unimplemented(message = "an order cannot go from `{Self}` to `{To}`")]
pub trait Edge<To: Progress>: Progress {}

/// The order is written; no participant was called.
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

/// The order is booked and paid, and a refund starts.
#[derive(Debug)]
pub struct Confirmed;
/// Seats are free again.
#[derive(Debug)]
pub struct Freed;
#[derive(Debug)]
pub struct Returned;

/// The order ended without a booking, and money may have moved since.
#[derive(Debug)]
pub struct Ended;
/// The state at the Payment service is known.
#[derive(Debug)]
pub struct Found;
/// Nothing is reserved any more.
#[derive(Debug)]
pub struct Voided;

/// A refund was reported otherwise than the order has it.
#[derive(Debug)]
pub struct Reported;
/// The refund is as the provider has it.
#[derive(Debug)]
pub struct Checked;

impl Progress for Placed {}
impl Progress for Held {}
impl Progress for Authorized {}
impl Progress for Booked {}
impl Progress for Captured {}
impl Progress for Confirmed {}
impl Progress for Freed {}
impl Progress for Returned {}
impl Progress for Ended {}
impl Progress for Found {}
impl Progress for Voided {}
impl Progress for Reported {}
impl Progress for Checked {}

impl Edge<Held> for Placed {}
impl Edge<Authorized> for Held {}
impl Edge<Booked> for Authorized {}
impl Edge<Captured> for Booked {}
impl Edge<Freed> for Confirmed {}
impl Edge<Returned> for Freed {}
impl Edge<Found> for Ended {}
impl Edge<Voided> for Found {}
impl Edge<Returned> for Voided {}
impl Edge<Checked> for Reported {}
impl Edge<Returned> for Checked {}
