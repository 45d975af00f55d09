//! The bench on which the tests of single plans run a saga.

pub(crate) mod plan_run;
