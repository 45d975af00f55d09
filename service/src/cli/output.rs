//! Standard output, which belongs to the command line: logs go to standard error.

use std::io::Write as _;

/// Prints one line, or several, to standard output. A reader that closed the pipe has read enough: that is no error.
pub(super) fn print_line(line: impl std::fmt::Display) {
    let _closed = writeln!(std::io::stdout(), "{line}");
}
