//! What the idempotency layer must know of an answer, sent to it in the response's extensions.

/// How an answer came to be, and whether the same answer may be given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disposition {
    /// The key had begun it before.
    pub replayed: bool,
    /// The answer is final: it may be stored and given again.
    pub storable: bool,
}

/// Something may have been begun, and nobody knows: the key must not be freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InDoubt;
