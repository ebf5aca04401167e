//! The listener's ear: where every speaker's sound is in time, every 10 ms of
//! virtual time, computed from true converter times and source positions, so
//! exact to a nanosecond without any audio.
//!
//! Constant memory and no allocation after [`Meter::new`].

use super::outcome::{Recovery, SpeakerOutcome, Spread};
use super::scenario::FaultKind;

/// A stretch of sound at the ear. Times in seconds, positions in source frames.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    /// When its first frame is heard.
    pub from: f64,
    /// When the frame after its last one is heard.
    pub to: f64,
    /// Frames of the device.
    pub frames: usize,
    /// Source position of the first frame.
    pub start: f64,
    /// Source frames per device frame.
    pub step: f64,
    /// Whether there is sound at all.
    pub sounding: bool,
}

/// When a speaker need not be where it should be.
#[derive(Debug, Clone, Copy)]
pub struct Excuse {
    /// The speaker's index.
    pub speaker: usize,
    /// From here on.
    pub at: f64,
    /// How long the cause lasts.
    pub length: f64,
    /// What it is; `None` = a trim change.
    pub kind: Option<FaultKind>,
}

/// Collects what is heard.
#[derive(Debug)]
pub struct Meter {
    tracks: Vec<Track>,
    trials: Vec<Trial>,
    /// Trials before this one are over.
    oldest: usize,
    /// Offsets in µs: slot × speaker, NaN = nothing heard.
    cells: Vec<f32>,
    /// The next grid point to be looked at.
    next: u64,
    spread: Histogram,
    start_spread: f64,
    started: bool,
}

#[derive(Debug, Default)]
struct Track {
    /// The end of what was heard last, and the source position there.
    end: Option<(f64, f64)>,
    excused_until: f64,
    moving_until: f64,
    stats: Stats,
    lost: f64,
    lost_in_faults: f64,
    lost_at_start: f64,
    jumps: u64,
}

/// An excuse while it is watched.
#[derive(Debug)]
struct Trial {
    excuse: Excuse,
    /// The end of the cause.
    over: f64,
    /// How long it is watched.
    until: f64,
    /// The last moment it was not in sync.
    last_bad: f64,
    seen: bool,
}

/// Seconds between two looks.
pub const GRID: f64 = 0.01;
/// Looks begin to count here, seconds.
pub const WARM_UP: f64 = 10.0;
/// In sync up to this many µs.
const IN_SYNC_US: f64 = 50.0;
/// A speaker that had a fault counts again after this many seconds.
const FAULT_GRACE: f64 = 2.0;
/// The same for a trim change.
const TRIM_GRACE: f64 = 0.25;
/// A recovered speaker must stay in sync for the rest of this, seconds.
const WATCH: f64 = 10.0;
/// Grid points kept: the longest path must be shorter, 10 s.
const SLOTS: u64 = 1024;

impl Meter {
    /// A meter for so many speakers. `excuses` are in the order of time.
    #[must_use]
    pub fn new(speakers: usize, excuses: &[Excuse], end: f64) -> Self {
        Self {
            tracks: (0..speakers).map(|_| Track::default()).collect(),
            trials: trials(excuses, end),
            oldest: 0,
            cells: vec![f32::NAN; speakers * SLOTS as usize],
            next: 0,
            spread: Histogram::new(),
            start_spread: 0.0,
            started: false,
        }
    }

    /// Takes a stretch of one speaker's sound. `ideal` says when a source
    /// position should be heard from this speaker.
    pub fn hear(
        &mut self,
        speaker: usize,
        heard: &Heard,
        device_rate: f64,
        ideal: impl Fn(f64) -> f64,
    ) {
        let excused = self.in_fault(speaker, heard.from, heard.to);
        let steady = !self.excused(speaker, heard.from, heard.to);
        let track = &mut self.tracks[speaker];
        track.account(heard, device_rate, excused, steady);
        if !heard.sounding {
            return;
        }
        let per_second = heard.frames as f64 * heard.step / (heard.to - heard.from);
        let mut slot = ((heard.from / GRID).ceil().max(0.0) as u64).max(self.next);
        let count = self.tracks.len();
        while slot as f64 * GRID < heard.to && slot < self.next + SLOTS {
            let time = slot as f64 * GRID;
            let position = heard.start + (time - heard.from) * per_second;
            let cell = (slot % SLOTS) as usize * count + speaker;
            self.cells[cell] = ((time - ideal(position)) * 1e6) as f32;
            slot += 1;
        }
    }

    /// The stream of one speaker was closed: what comes next is a new one.
    pub fn cut(&mut self, speaker: usize, now: f64) {
        if let Some((end, _)) = &mut self.tracks[speaker].end {
            *end = end.min(now);
        }
        let count = self.tracks.len();
        for slot in 0..SLOTS as usize {
            let time =
                (self.next + (slot as u64 + SLOTS - self.next % SLOTS) % SLOTS) as f64 * GRID;
            if time > now {
                self.cells[slot * count + speaker] = f32::NAN;
            }
        }
    }

    /// Looks at all grid points up to `now`.
    pub fn advance(&mut self, now: f64) {
        while (self.next as f64) * GRID <= now {
            self.look(self.next as f64 * GRID);
            self.next += 1;
        }
    }

    /// Whether a speaker has an excuse somewhere between two times.
    #[must_use]
    pub fn excused(&self, speaker: usize, from: f64, to: f64) -> bool {
        self.trials[self.oldest..]
            .iter()
            .take_while(|trial| trial.excuse.at <= to)
            .any(|trial| trial.excuse.speaker == speaker && trial.graced() >= from)
    }

    /// Whether a speaker is in a fault somewhere between two times; trim
    /// changes are none.
    #[must_use]
    pub fn in_fault(&self, speaker: usize, from: f64, to: f64) -> bool {
        self.trials[self.oldest..]
            .iter()
            .take_while(|trial| trial.excuse.at <= to)
            .filter(|trial| trial.excuse.kind.is_some())
            .any(|trial| trial.excuse.speaker == speaker && trial.graced() >= from)
    }

    /// The spread so far.
    #[must_use]
    pub fn spread(&self) -> Spread {
        self.spread.summary()
    }

    /// The largest spread before [`WARM_UP`], µs.
    #[must_use]
    pub fn start_spread(&self) -> f64 {
        self.start_spread
    }

    /// The offsets and losses of one speaker.
    #[must_use]
    pub fn speaker(&self, index: usize) -> SpeakerOutcome {
        let track = &self.tracks[index];
        SpeakerOutcome {
            offset_mean_us: track.stats.mean,
            offset_sd_us: track.stats.sd(),
            offset_min_us: track.stats.min,
            offset_max_us: track.stats.max,
            lost_frames: track.lost.round() as u64,
            lost_in_faults: track.lost_in_faults.round() as u64,
            lost_at_start: track.lost_at_start.round() as u64,
            jumps: track.jumps,
            ..SpeakerOutcome::default()
        }
    }

    /// Counts frames that were silent though they should not have been.
    pub fn silent(&mut self, speaker: usize, from: f64, to: f64, frames: usize) {
        let excused = self.in_fault(speaker, from, to);
        self.tracks[speaker].lose(from, frames as f64, excused);
    }

    /// How the faults ended; `name` names a speaker.
    pub fn recoveries(&self, name: impl Fn(usize) -> String) -> Vec<Recovery> {
        self.trials
            .iter()
            .filter_map(|trial| {
                Some(Recovery {
                    speaker: name(trial.excuse.speaker),
                    kind: trial.excuse.kind?,
                    at: trial.excuse.at,
                    length: trial.excuse.length,
                    recovered_s: trial.recovered(),
                })
            })
            .collect()
    }

    /// Slowest settling of a trim change in seconds, and how many did not
    /// settle while they were watched.
    #[must_use]
    pub fn trims(&self) -> (Option<f64>, u64) {
        let trims = self
            .trials
            .iter()
            .filter(|trial| trial.excuse.kind.is_none());
        let mut slowest = None;
        let mut unsettled = 0;
        for trial in trims {
            match trial.recovered() {
                Some(seconds) => slowest = Some(seconds.max(slowest.unwrap_or(0.0))),
                None => unsettled += 1,
            }
        }
        (slowest, unsettled)
    }

    fn look(&mut self, time: f64) {
        self.excuse(time);
        let count = self.tracks.len();
        let begin = (self.next % SLOTS) as usize * count;
        let cells = &mut self.cells[begin..begin + count];
        let (mut low, mut high, mut sum, mut heard) = (f64::MAX, f64::MIN, 0.0, 0_u32);
        for (track, &cell) in self.tracks.iter_mut().zip(cells.iter()) {
            if cell.is_nan() || time < track.excused_until.max(track.moving_until) {
                continue;
            }
            let offset = f64::from(cell);
            low = low.min(offset);
            high = high.max(offset);
            sum += offset;
            heard += 1;
            if time >= WARM_UP {
                track.stats.add(offset);
            }
        }
        let mean = if heard > 0 {
            sum / f64::from(heard)
        } else {
            0.0
        };
        for trial in &mut self.trials[self.oldest..] {
            if trial.excuse.at > time {
                break;
            }
            trial.watch(time, f64::from(cells[trial.excuse.speaker]) - mean);
        }
        self.started |= heard as usize == count;
        if heard >= 2 && time >= WARM_UP {
            self.spread.add(high - low);
        } else if heard >= 2 && self.started {
            self.start_spread = self.start_spread.max(high - low);
        }
        cells.fill(f32::NAN);
    }

    /// Brings the excuses up to date and retires those that are over.
    fn excuse(&mut self, time: f64) {
        for trial in &mut self.trials[self.oldest..] {
            if trial.excuse.at > time {
                break;
            }
            let track = &mut self.tracks[trial.excuse.speaker];
            let until = match trial.excuse.kind {
                Some(_) => &mut track.excused_until,
                None => &mut track.moving_until,
            };
            *until = until.max(trial.graced());
        }
        while self
            .trials
            .get(self.oldest)
            .is_some_and(|trial| trial.until.max(trial.graced()) < time)
        {
            self.oldest += 1;
        }
    }
}

fn trials(excuses: &[Excuse], end: f64) -> Vec<Trial> {
    let until = |index: usize, excuse: &Excuse| {
        let over = excuse.at + excuse.length;
        excuses[index + 1..]
            .iter()
            .find(|later| later.speaker == excuse.speaker)
            .map_or(end, |later| later.at)
            .min(over + WATCH)
    };
    excuses
        .iter()
        .enumerate()
        .map(|(index, excuse)| Trial {
            excuse: *excuse,
            over: excuse.at + excuse.length,
            until: until(index, excuse),
            last_bad: excuse.at,
            seen: false,
        })
        .collect()
}

impl Trial {
    /// Until when it excuses.
    fn graced(&self) -> f64 {
        self.over
            + match self.excuse.kind {
                Some(_) => FAULT_GRACE,
                None => TRIM_GRACE,
            }
    }

    fn watch(&mut self, time: f64, deviation: f64) {
        if time >= self.until {
            return;
        }
        let good = deviation.abs() <= IN_SYNC_US;
        self.seen |= good;
        if !good {
            self.last_bad = time;
        }
    }

    fn recovered(&self) -> Option<f64> {
        let settled = self.seen && self.last_bad + 1.5 * GRID < self.until;
        settled.then(|| (self.last_bad + GRID - self.over).max(0.0))
    }
}

impl Track {
    fn account(&mut self, heard: &Heard, rate: f64, excused: bool, steady: bool) {
        if !heard.sounding {
            if self.end.is_some() {
                self.lose(heard.from, heard.frames as f64, excused);
            }
            return;
        }
        if let Some((end, position)) = self.end {
            let gap = (heard.from - end) * rate;
            if gap > 0.5 {
                self.lose(heard.from, gap, excused);
            }
            if (heard.start - position).abs() > 0.5 && steady {
                self.jumps += 1;
            }
        }
        let stretch = (heard.to - heard.from) * rate - heard.frames as f64;
        if stretch > 1.0 {
            self.lose(heard.from, stretch, excused);
        }
        let position = heard.start + heard.frames as f64 * heard.step;
        self.end = Some((heard.to, position));
    }

    fn lose(&mut self, time: f64, frames: f64, excused: bool) {
        if excused {
            self.lost_in_faults += frames;
        } else if time < WARM_UP {
            self.lost_at_start += frames;
        } else {
            self.lost += frames;
        }
    }
}

/// Running mean and variance (Welford 1962).
#[derive(Debug, Clone, Copy, Default)]
struct Stats {
    count: u64,
    mean: f64,
    squares: f64,
    min: f64,
    max: f64,
}

impl Stats {
    fn add(&mut self, value: f64) {
        if self.count == 0 {
            self.min = value;
            self.max = value;
        }
        self.count += 1;
        let before = value - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (value - self.mean);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    fn sd(&self) -> f64 {
        (self.squares / self.count.max(1) as f64).sqrt()
    }
}

/// Steps of 0.1 µs up to 10 ms; what is larger counts as 10 ms, the maximum is
/// kept exactly.
#[derive(Debug)]
struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max: f64,
}

const BUCKETS: usize = 100_000;
const BUCKET_US: f64 = 0.1;

impl Histogram {
    fn new() -> Self {
        Self {
            buckets: vec![0; BUCKETS],
            count: 0,
            max: 0.0,
        }
    }

    fn add(&mut self, value: f64) {
        let bucket = (value / BUCKET_US) as usize;
        self.buckets[bucket.min(BUCKETS - 1)] += 1;
        self.count += 1;
        self.max = self.max.max(value);
    }

    /// The upper edge of the bucket that holds the quantile.
    fn quantile(&self, share: f64) -> f64 {
        let wanted = (share * self.count as f64).ceil() as u64;
        let mut seen = 0;
        for (index, bucket) in self.buckets.iter().enumerate() {
            seen += bucket;
            if seen >= wanted && seen > 0 {
                return ((index + 1) as f64 * BUCKET_US).min(self.max);
            }
        }
        self.max
    }

    fn summary(&self) -> Spread {
        Spread {
            p50: self.quantile(0.5),
            p99: self.quantile(0.99),
            max: self.max,
            samples: self.count,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Plays `speakers` at constant offsets in µs from 0 to `end` seconds.
    fn play(meter: &mut Meter, offsets: &[f64], from: f64, to: f64) {
        let length = 0.005;
        for block in (from / length) as u64..(to / length) as u64 {
            let begin = block as f64 * length;
            for (speaker, offset) in offsets.iter().enumerate() {
                let heard = Heard {
                    from: begin + offset * 1e-6,
                    to: begin + length + offset * 1e-6,
                    frames: 240,
                    start: begin * 48_000.0,
                    step: 1.0,
                    sounding: true,
                };
                meter.hear(speaker, &heard, 48_000.0, |position| position / 48_000.0);
            }
            meter.advance(begin);
        }
    }

    #[test]
    fn constant_offsets_come_out_as_they_went_in() {
        let mut meter = Meter::new(3, &[], 20.0);
        play(&mut meter, &[-20.0, 0.0, 35.0], 0.0, 20.0);
        let spread = meter.spread();
        assert!((spread.max - 55.0).abs() < 0.1 && (spread.p50 - 55.0).abs() < 0.2);
        assert!((meter.speaker(0).offset_mean_us + 20.0).abs() < 0.05);
        assert_eq!(meter.speaker(2).lost_frames, 0);
        assert!(spread.samples > 990);
    }

    #[test]
    fn a_gap_is_counted_in_frames_and_only_once() {
        let mut meter = Meter::new(1, &[], 30.0);
        play(&mut meter, &[0.0], 0.0, 12.0);
        play(&mut meter, &[0.0], 12.5, 14.0);
        assert_eq!(meter.speaker(0).lost_frames, 24_000);
        assert_eq!(meter.speaker(0).jumps, 1);
    }

    #[test]
    fn a_fault_is_excused_and_its_end_is_found() {
        let excuse = Excuse {
            speaker: 1,
            at: 12.0,
            length: 1.0,
            kind: Some(FaultKind::Stall),
        };
        let mut meter = Meter::new(2, &[excuse], 30.0);
        play(&mut meter, &[0.0, 0.0], 0.0, 12.0);
        play(&mut meter, &[0.0, 900.0], 12.0, 13.7);
        play(&mut meter, &[0.0, 10.0], 13.7, 30.0);
        let recovery = &meter.recoveries(|_| "b".into())[0];
        let recovered = recovery.recovered_s.unwrap();
        assert!((recovered - 0.7).abs() < 0.021, "{recovered}");
        assert!(meter.spread().max < 10.5);
    }

    #[test]
    fn a_speaker_that_stays_off_has_not_recovered_and_counts_again() {
        let excuse = Excuse {
            speaker: 1,
            at: 12.0,
            length: 1.0,
            kind: Some(FaultKind::Vanish),
        };
        let mut meter = Meter::new(2, &[excuse], 30.0);
        play(&mut meter, &[0.0, 0.0], 0.0, 12.0);
        play(&mut meter, &[0.0, 900.0], 12.0, 30.0);
        assert_eq!(meter.recoveries(|_| "b".into())[0].recovered_s, None);
        assert!(meter.spread().max > 899.0);
    }
}
