//! `inphase room`: runs a scenario in the simulated room.

use std::{fs, path::Path};

use super::Failure;
use crate::room::{run::run as simulate, scenario::Scenario};

/// Runs the scenario and gives the text to print.
///
/// # Errors
/// One sentence when the scenario cannot be read or run.
pub(super) fn run(file: &Path, json: bool) -> Result<String, Failure> {
    let refused = |why: String| Failure::Refused(format!("{}: {why}", file.display()));
    let text = fs::read_to_string(file)
        .map_err(|error| refused(format!("{error}. Name a scenario file that can be read.")))?;
    let scenario = Scenario::parse(&text).map_err(|error| refused(error.to_string()))?;
    let outcome = simulate(&scenario);
    Ok(if json {
        outcome.to_json()
    } else {
        outcome.to_string()
    })
}
