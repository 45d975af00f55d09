//! Reads one section of the settings, for commands that need nothing else.

use clap::Args;
use order_settings::{Faults, Source};

/// Reads `S` and turns it into what the command needs.
pub(super) fn read<S: Args, T>(
    source: &Source<'_>,
    check: impl FnOnce(S, &mut Faults) -> T,
) -> Result<T, Faults> {
    let mut faults = Faults::default();
    let section = order_settings::read(source, &mut faults);
    let checked = check(section, &mut faults);
    faults.into_result()?;
    Ok(checked)
}
