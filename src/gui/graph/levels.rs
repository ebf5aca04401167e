//! What moves by itself between two states of the engine: falling meters, held
//! peaks, the source's wave, dashes that run along the edges.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::engine::Snapshot;
use crate::engine::snapshot::{Health, SpeakerState, Transport};
use crate::rig::SpeakerId;
use crate::sync::time::Nanos;

/// A meter: its level, and the peak it holds, in dBFS.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Meter {
    /// Jumps up, falls 20 dB a second.
    pub level: f64,
    /// Stays for a second, then falls as well.
    pub held: f64,
    since: Duration,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            level: SILENCE,
            held: SILENCE,
            since: Duration::ZERO,
        }
    }
}

impl Meter {
    /// `passed` later the peak is `peak`.
    pub fn go_on(&mut self, peak: f64, passed: Duration) {
        let fall = FALL * passed.as_secs_f64();
        self.level = peak.max(self.level - fall).max(SILENCE);
        self.since += passed;
        if self.level >= self.held {
            self.held = self.level;
            self.since = Duration::ZERO;
        } else if self.since > HOLD {
            self.held = (self.held - fall).max(self.level);
        }
    }
}

/// What a speaker's meter is to show. One that does not sound is silent, even
/// while its state still tells the last peak.
fn peak(speaker: &SpeakerState) -> f64 {
    match speaker.state {
        Health::Lost | Health::Ready | Health::Connecting | Health::Muted => SILENCE,
        _ => speaker.peak_db,
    }
}

/// How much of a meter a level fills.
#[must_use]
pub fn share(db: f64) -> f32 {
    (1.0 - db / RANGE).clamp(0.0, 1.0) as f32
}

/// How high a bar of the wave is: nearer to amplitude than a meter is, so that
/// music looks like music.
fn height(db: f64) -> f32 {
    10.0_f64.powf(db / 32.0).clamp(0.0, 1.0) as f32
}

/// Everything that moves.
#[derive(Debug, Default)]
pub struct Levels {
    meters: HashMap<SpeakerId, Meter>,
    wave: VecDeque<f32>,
    state: Nanos,
    last: Option<Instant>,
    /// How far the dashes have run, in pixels, below [`PITCH`].
    pub run: f32,
    /// How far rings have turned, 0 to 1.
    pub turn: f32,
}

impl Levels {
    /// The meter of this speaker.
    #[must_use]
    pub fn meter(&self, speaker: &str) -> Meter {
        self.meters.get(speaker).copied().unwrap_or_default()
    }

    /// The source's level `ago` states ago, 0 to 1.
    #[must_use]
    pub fn wave(&self, ago: usize) -> f32 {
        let index = self.wave.len().checked_sub(ago + 1);
        index.map_or(0.0, |index| self.wave[index])
    }

    /// Time has passed. With less motion nothing runs or turns.
    pub fn tick(&mut self, snapshot: &Snapshot, now: Instant, moves: bool) {
        let last = self.last.replace(now).unwrap_or(now);
        // After a pause everything begins anew and does not catch up.
        let passed = now
            .saturating_duration_since(last)
            .min(Duration::from_millis(200));
        for speaker in &snapshot.speakers {
            let meter = self.meters.entry(speaker.id.clone()).or_default();
            meter.go_on(peak(speaker), passed);
        }
        if self.meters.len() > snapshot.speakers.len() {
            self.meters
                .retain(|id, _| snapshot.speakers.iter().any(|of| of.id == *id));
        }
        self.hear(snapshot);
        if moves {
            let secs = passed.as_secs_f32();
            self.turn = (self.turn + secs).fract();
            if snapshot.transport == Transport::Playing {
                self.run = (self.run + SPEED * secs) % PITCH;
            }
        }
    }

    fn hear(&mut self, snapshot: &Snapshot) {
        if snapshot.time == self.state {
            return;
        }
        self.state = snapshot.time;
        let sounds = snapshot.transport == Transport::Playing;
        let peaks = snapshot.source.iter().flat_map(|source| &source.peak_db);
        let peak = peaks.copied().fold(SILENCE, f64::max);
        if self.wave.len() >= WAVE {
            let _oldest = self.wave.pop_front();
        }
        self.wave.push_back(if sounds { height(peak) } else { 0.0 });
    }
}

/// States of the source that are kept.
pub const WAVE: usize = 42;
/// From dash to dash on an edge.
pub const PITCH: f32 = 24.0;
/// Pixels a second.
const SPEED: f32 = 24.0;
/// dB a second.
const FALL: f64 = 20.0;
const HOLD: Duration = Duration::from_secs(1);
const SILENCE: f64 = -120.0;
/// The lowest level that a meter shows.
const RANGE: f64 = -48.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_jumps_up_and_falls_twenty_decibels_a_second() {
        let mut meter = Meter::default();
        meter.go_on(-6.0, Duration::from_millis(33));
        assert!((meter.level + 6.0).abs() < 1e-9 && (meter.held + 6.0).abs() < 1e-9);
        for _ in 0..10 {
            meter.go_on(-120.0, Duration::from_millis(50));
        }
        assert!((meter.level + 16.0).abs() < 1e-6, "{meter:?}");
        assert!(
            (meter.held + 6.0).abs() < 1e-9,
            "the peak is held for a second"
        );
        for _ in 0..40 {
            meter.go_on(-120.0, Duration::from_millis(50));
        }
        assert!(meter.held < -20.0 && meter.held >= meter.level);
    }

    #[test]
    fn a_share_goes_from_nothing_to_all() {
        assert!(share(-120.0) < 1e-6 && (share(0.0) - 1.0).abs() < 1e-6);
        assert!(share(-24.0) > 0.4 && share(-24.0) < 0.6);
        assert!(share(6.0) <= 1.0);
    }
}
