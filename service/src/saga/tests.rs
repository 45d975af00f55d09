//! What tests of single plans stand on.

pub(super) mod trial;
