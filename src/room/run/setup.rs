//! What a run begins with, worked out of its scenario.

use super::desk::Desk;
use super::{AHEAD, START};
use crate::room::chance::Chance;
use crate::room::crystal::Crystal;
use crate::room::meter::Excuse;
use crate::room::scenario::{EditSpec, FaultSpec, Scenario, SourceClock, SpeakerSpec};
use crate::room::source::Source;

pub(super) fn source(scenario: &Scenario) -> Source {
    let spec = &scenario.source;
    match spec.clock {
        SourceClock::None => Source::file(spec.rate, spec.period, START, AHEAD),
        SourceClock::Own => {
            let mut chance = Chance::new(scenario.seed, 0);
            let crystal = Crystal::new(&spec.crystal(), &mut chance);
            let errors = (spec.jitter_ms * 1e-3, spec.stamp_error_ms * 1e-3);
            Source::captured(spec.rate, spec.period, 0.0, crystal, errors, chance)
        }
    }
}

/// The slowest path, the source's own latency, and the margin.
pub(super) fn target_s<P>(scenario: &Scenario, desks: &[Desk<P>], source: &Source) -> f64 {
    let slowest = desks
        .iter()
        .map(|desk| {
            let spec = desk.device.spec();
            f64::from(spec.buffer) / f64::from(spec.rate) + spec.reported_s + desk.air_s
        })
        .fold(0.0, f64::max);
    slowest + source.latency_s().max(0.0) + scenario.margin_ms * 1e-3
}

/// Faults by speaker index in the order of time; `*` is everybody.
pub(super) fn faults(scenario: &Scenario, specs: &[SpeakerSpec]) -> Vec<(usize, FaultSpec)> {
    let mut faults: Vec<(usize, FaultSpec)> = scenario
        .fault
        .iter()
        .flat_map(|fault| {
            specs
                .iter()
                .enumerate()
                .filter(|(_, spec)| fault.speaker == "*" || fault.speaker == spec.name)
                .map(|(index, _)| (index, fault.clone()))
        })
        .collect();
    faults.sort_by(|a, b| a.1.at.total_cmp(&b.1.at));
    faults
}

pub(super) fn edits(scenario: &Scenario, specs: &[SpeakerSpec]) -> Vec<(usize, EditSpec)> {
    let index = |name: &str| specs.iter().position(|spec| spec.name == name);
    scenario
        .edits()
        .into_iter()
        .filter_map(|edit| Some((index(&edit.speaker)?, edit)))
        .collect()
}

pub(super) fn excuses(faults: &[(usize, FaultSpec)], edits: &[(usize, EditSpec)]) -> Vec<Excuse> {
    let faults = faults.iter().map(|(speaker, fault)| Excuse {
        speaker: *speaker,
        at: fault.at,
        length: fault.length,
        kind: Some(fault.kind),
    });
    let edits = edits.iter().map(|(speaker, edit)| Excuse {
        speaker: *speaker,
        at: edit.at,
        length: 0.0,
        kind: None,
    });
    let mut all: Vec<Excuse> = faults.chain(edits).collect();
    all.sort_by(|a, b| a.at.total_cmp(&b.at));
    all
}
