//! Standard output, which belongs to the command line: logs go to standard error.

/// Prints one line, or several, to standard output.
#[expect(
    clippy::print_stdout,
    reason = "standard output belongs to the command line"
)]
pub(super) fn print_line(line: impl std::fmt::Display) {
    println!("{line}");
}
