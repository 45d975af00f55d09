//! How a return ends: the money is back where it was, and the order's state was never touched.

use crate::saga::{Change, Scene, Unreadable};

/// Nothing is left of the payment.
pub(super) fn complete(_scene: &Scene<'_>, _change: &mut Change) -> Result<(), Unreadable> {
    Ok(())
}

/// Nothing was found out, and nothing was moved.
pub(super) fn refused(_scene: &Scene<'_>, _change: &mut Change) -> Result<(), Unreadable> {
    Ok(())
}
