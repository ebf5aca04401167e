//! The transport: starting all speakers together, pausing, stopping, ending,
//! and letting latecomers in without touching anybody else's sound.

use super::Control;
use super::latency::behind;
use crate::engine::feeder::Feeder;
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
    /// The devices are closed until the source has something again.
    resting: bool,
}

impl Progress {
    /// Whether the devices are closed until the source has something again.
    pub(super) fn resting(&self) -> bool {
        self.resting
    }
}

impl Control {
    pub(super) fn play(&mut self, time: Nanos) -> Result<String, String> {
        self.revive_source()?;
        if lanes(&self.desk.rig()).is_empty() {
            return Err(NO_SPEAKER.into());
        }
        match self.transport {
            Transport::Playing | Transport::Waiting => return Ok("Already playing.".into()),
            Transport::Starting => {}
            Transport::Stopped | Transport::Paused => self.go(Transport::Starting, time),
        }
        // It plays once the speakers have found their clocks.
        Ok("Starting.".into())
    }

    pub(super) fn pause(&mut self, time: Nanos) -> String {
        if self.is_active() {
            self.hush();
            let heard = time - self.target() + self.on_its_way();
            self.feeder(|feeder| feeder.hold(heard));
            self.go(Transport::Paused, time);
        }
        "Paused.".into()
    }

    pub(super) fn stop(&mut self, time: Nanos) -> String {
        self.hush();
        if self.transport != Transport::Stopped {
            self.go(Transport::Stopped, time);
        }
        self.feeder(Feeder::rewind);
        "Stopped.".into()
    }

    fn feeder(&self, order: impl FnOnce(&Feeder)) {
        if let Some(feeder) = self.source.as_ref().and_then(Active::feeder) {
            order(feeder);
        }
    }

    /// What the fastest device holds already: it is heard before a fade is.
    fn on_its_way(&self) -> Nanos {
        let ahead = |output: &Output| Some(Nanos::from_secs(output.report?.ahead));
        let ahead = self.outputs.values().filter_map(ahead).min();
        ahead.unwrap_or(Nanos::ZERO)
    }

    /// From the timeline to the ear of the speaker that is last.
    fn slowest(&self) -> Nanos {
        let on = |output: &Output| {
            let behind = behind(&self.devices, &output.id);
            let delays = output.speakers().map(|seat| seat.settings.delay);
            Some(delays.max()? + behind)
        };
        let slowest = self.outputs.values().filter_map(on).max();
        slowest.unwrap_or(Nanos::ZERO).max(self.target())
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
        self.end_when_heard(time);
        match self.transport {
            Transport::Starting => self.advance_start(time),
            Transport::Playing | Transport::Waiting => {
                self.let_in(time);
                self.wait(time);
            }
            Transport::Stopped | Transport::Paused => {}
        }
    }

    /// Stops when the last frame was heard on the slowest speaker.
    fn end_when_heard(&mut self, time: Nanos) {
        if !matches!(self.transport, Transport::Playing | Transport::Waiting) {
            return;
        }
        let ends = self.source.as_ref().and_then(Active::ends);
        if ends.is_some_and(|due| time > due + self.slowest() + END_MARGIN) {
            let _said = self.stop(time);
            self.event(EventKind::Info, None, "Played to the end.".into());
        }
    }

    /// A pipe whose writer pauses: shown after a moment, and after a while the
    /// devices are given back until there is sound again.
    fn wait(&mut self, time: Nanos) {
        let since = self.source.as_ref().and_then(Active::waiting_since);
        match (self.transport, since) {
            (Transport::Playing, Some(since)) if time - since > WAITING => {
                self.go(Transport::Waiting, time);
            }
            (Transport::Waiting, None) if self.progress.resting => {
                self.go(Transport::Starting, time);
            }
            (Transport::Waiting, None) => self.go(Transport::Playing, time),
            (Transport::Waiting, Some(_)) if !self.progress.resting && time - self.since > REST => {
                self.hush();
                self.feeder(Feeder::rest);
                self.progress.resting = true;
                let text = "Nothing has come for a while. The speakers are given back until there is sound again.";
                self.event(EventKind::Info, None, text.into());
            }
            _ => {}
        }
    }

    /// First all clocks are learnt, then the latencies set, then the gates
    /// opened, then the source begins: nobody starts late and is slewed in.
    fn advance_start(&mut self, time: Nanos) {
        if !self.source.as_ref().is_some_and(Active::is_ready) {
            return;
        }
        if time - self.since < FADE_OUT {
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
                let heard = time - self.slowest() - APPLY;
                self.feeder(|feeder| feeder.prepare(heard));
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
        self.feeder(Feeder::play);
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
            !output.gate && known_for(output, time) > JOIN && output.speakers().next().is_some()
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
    known_for(output, time) > MEASURE
}

/// How long its clock has been good enough to play by.
fn known_for(output: &Output, time: Nanos) -> Nanos {
    let settled = output.report.is_some_and(|report| report.settled);
    let since = output.settled.filter(|_| settled);
    since.map_or(Nanos::ZERO, |since| time - since)
}

/// In the window and in a terminal.
const NO_SPEAKER: &str = "There is no speaker in a zone yet. Drag one into a zone in the window, \
                          or add one with `inphase speaker add`.";
/// A lane's buffer is watched for so long before it counts.
const MEASURE: Nanos = Nanos(300_000_000);
/// One that joins while others play has to be back soon.
const JOIN: Nanos = Nanos(100_000_000);
/// From telling lanes their delays to opening their gates.
const APPLY: Nanos = Nanos(60_000_000);
/// Then it starts with whoever is there.
const START_PATIENCE: Nanos = Nanos(4_000_000_000);
/// From closing the gates to silence on every lane.
const FADE_OUT: Nanos = Nanos(40_000_000);
/// After the last frame was heard, so that no device's tail is faded.
const END_MARGIN: Nanos = Nanos(20_000_000);
/// A pipe that has had nothing for so long is shown to be waited for.
const WAITING: Nanos = Nanos(500_000_000);
/// From then until the devices are given back.
const REST: Nanos = Nanos(10_000_000_000);
