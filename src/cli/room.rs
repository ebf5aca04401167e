//! `inphase room`: runs a scenario in the simulated room.

use std::path::Path;

use super::Failure;

/// Runs the scenario and gives the text to print.
///
/// PLACEHOLDER: the body is one call into `room::run` once that is there.
///
/// # Errors
/// One sentence when the scenario cannot be read or run.
pub(super) fn run(scenario: &Path, _json: bool) -> Result<String, Failure> {
    Err(Failure::Refused(format!(
        "{} cannot be run: the simulated room is not built yet.",
        scenario.display()
    )))
}
