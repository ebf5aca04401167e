//! The transport: starting all speakers together, pausing, stopping, ending,
//! and letting latecomers in without touching anybody else's sound.

use super::Control;
use crate::engine::output::{Output, Phase};
use crate::engine::snapshot::{EventKind, Transport};
use crate::engine::source::Active;
use crate::rig::plan::lanes;
use crate::sync::time::Nanos;

/// Where the transport stands between two ticks.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// When the latencies were set during a start.
    measured: Option<Nanos>,
    /// When a stopped source goes back to its beginning.
    rewind_at: Option<Nanos>,
    /// When the last frame will have been heard.
    end_at: Option<Nanos>,
}

impl Control {
    pub(super) fn play(&mut self, time: Nanos) -> Result<String, String> {
        self.revive_source()?;
        if lanes(&self.desk.rig()).is_empty() {
            return Err(
                "There is no speaker in a zone yet. Add one with `inphase speaker add`.".into(),
            );
        }
        if matches!(self.transport, Transport::Playing | Transport::Starting) {
            return Ok("Already playing.".into());
        }
        self.go(Transport::Starting, time);
        Ok("Playing.".into())
    }

    pub(super) fn pause(&mut self, time: Nanos) -> String {
        if self.is_active() {
            self.hush();
            if let Some(Active::Reading { feeder, .. }) = &self.source {
                feeder.hold(time - self.target());
            }
            self.go(Transport::Paused, time);
        }
        "Paused.".into()
    }

    pub(super) fn stop(&mut self, time: Nanos) -> String {
        self.hush();
        if self.transport != Transport::Stopped {
            self.go(Transport::Stopped, time);
        }
        self.progress.rewind_at = Some(time + FADE_OUT);
        "Stopped.".into()
    }

    /// The source has sent its last frame; it is still to be heard.
    pub(super) fn ended(&mut self, time: Nanos) {
        let rest = Nanos::from_secs(crate::engine::feeder::LEAD) + self.target() + FADE_OUT;
        self.progress.end_at = Some(time + rest);
    }

    /// Learns latencies anew and starts together: after a source change, or
    /// when a capture device came back.
    pub(super) fn restart(&mut self, time: Nanos) {
        if self.is_active() {
            self.hush();
            self.latency.calm();
            self.go(Transport::Starting, time);
        }
    }

    pub(super) fn is_active(&self) -> bool {
        matches!(
            self.transport,
            Transport::Playing | Transport::Starting | Transport::Waiting
        )
    }

    fn go(&mut self, transport: Transport, time: Nanos) {
        self.transport = transport;
        self.since = time;
        self.progress = Progress::default();
    }

    fn hush(&mut self) {
        for output in self.outputs.values_mut() {
            output.gate(false);
        }
    }

    /// One step of the transport.
    pub(super) fn advance(&mut self, time: Nanos) {
        if self.progress.rewind_at.is_some_and(|then| time > then) {
            self.progress.rewind_at = None;
            if let Some(Active::Reading { feeder, .. }) = &self.source {
                feeder.rewind();
            }
        }
        if self.progress.end_at.is_some_and(|then| time > then) {
            let _said = self.stop(time);
        }
        match self.transport {
            Transport::Starting => self.advance_start(time),
            Transport::Playing | Transport::Waiting => self.let_in(time),
            Transport::Stopped | Transport::Paused => {}
        }
    }

    /// First all clocks are learnt, then the latencies set, then the gates
    /// opened, then the source begins: nobody starts late and is slewed in.
    fn advance_start(&mut self, time: Nanos) {
        if !self.source.as_ref().is_some_and(Active::is_ready) {
            return;
        }
        let patient = time - self.since < START_PATIENCE;
        let learnt = self.outputs.values().any(|output| is_learnt(output, time));
        let pending = self.outputs.values().any(|output| match output.phase {
            Phase::Opening => true,
            Phase::Open(_) => !is_learnt(output, time),
            Phase::Closed | Phase::Waiting(_) => false,
        });
        if !learnt || (pending && patient) {
            return;
        }
        match self.progress.measured {
            None => {
                self.set_targets(true);
                self.progress.measured = Some(time);
            }
            Some(then) if time - then > APPLY => self.begin(time),
            Some(_) => {}
        }
    }

    fn begin(&mut self, time: Nanos) {
        for output in self.outputs.values_mut() {
            if is_learnt(output, time) {
                output.gate(true);
            }
        }
        if let Some(Active::Reading { feeder, .. }) = &self.source {
            feeder.play();
        }
        let took = (time - self.since).secs();
        self.go(Transport::Playing, time);
        let count = self.outputs.values().filter(|output| output.gate).count();
        let devices = if count == 1 { "device" } else { "devices" };
        let latency = self.target().millis();
        self.event(
            EventKind::Info,
            None,
            format!("Playing on {count} {devices} after {took:.1} s, {latency:.1} ms from source to ear."),
        );
    }

    /// Devices that came late join in their place once their clock is known.
    fn let_in(&mut self, time: Nanos) {
        let waits = |output: &Output| {
            !output.gate && is_learnt(output, time) && output.speakers().next().is_some()
        };
        if !self.outputs.values().any(waits) {
            return;
        }
        self.set_targets(false);
        for output in self.outputs.values_mut().filter(|output| waits(output)) {
            output.gate(true);
        }
    }
}

fn is_learnt(output: &Output, time: Nanos) -> bool {
    output.settled.is_some_and(|since| time - since > MEASURE)
        && output.report.is_some_and(|report| report.settled)
}

/// A lane's buffer is watched for so long before it counts.
const MEASURE: Nanos = Nanos(300_000_000);
/// From telling lanes their delays to opening their gates.
const APPLY: Nanos = Nanos(60_000_000);
/// Then it starts with whoever is there.
const START_PATIENCE: Nanos = Nanos(4_000_000_000);
const FADE_OUT: Nanos = Nanos(40_000_000);
