//! The two sets of rules under which the service starts.

/// Which command is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `dev`: what is missing is made or embedded.
    Dev,
    /// `serve`: what is missing is a fault.
    Serve,
}
