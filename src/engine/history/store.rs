//! Rings of samples and buckets that all share one time axis per tier.
//!
//! A series costs [`Series::BYTES`] from its first sample on and never grows.
//! A row without a value stays empty, so a gap stays a gap.

use crate::sync::time::Nanos;

/// When a row was taken, on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct When {
    /// Monotonic; of a bucket: its beginning.
    pub time: Nanos,
    /// Unix milliseconds of the first sample in it.
    pub unix_ms: i64,
}

/// Minimum, maximum and mean of the samples of a stretch; empty at `count` 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Bucket {
    pub min: f32,
    pub max: f32,
    pub mean: f32,
    pub count: u32,
}

impl Bucket {
    pub const EMPTY: Self = Self {
        min: 0.0,
        max: 0.0,
        mean: 0.0,
        count: 0,
    };

    /// One sample; NaN is none.
    pub fn of(value: f32) -> Self {
        if value.is_nan() {
            return Self::EMPTY;
        }
        Self {
            min: value,
            max: value,
            mean: value,
            count: 1,
        }
    }

    /// Both together, each mean weighted by its samples.
    pub fn merge(self, other: Self) -> Self {
        match (self.count, other.count) {
            (_, 0) => self,
            (0, _) => other,
            (ours, theirs) => {
                let count = ours + theirs;
                let share = f64::from(theirs) / f64::from(count);
                let mean = f64::from(self.mean);
                Self {
                    min: self.min.min(other.min),
                    max: self.max.max(other.max),
                    mean: (mean + (f64::from(other.mean) - mean) * share) as f32,
                    count,
                }
            }
        }
    }
}

/// The shared time axis of one tier: the newest `capacity` rows.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    /// Length of a bucket; zero for the raw tier, where each push is a row.
    pub width: Nanos,
    rows: Vec<When>,
    /// Rows ever begun; row `n` lives in slot `n % capacity`.
    next: u64,
}

/// Where a push goes in a tier.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub index: usize,
    /// The slot holds an older row and must be emptied first.
    pub fresh: bool,
}

impl Axis {
    pub fn new(width: Nanos, capacity: usize) -> Self {
        Self {
            width,
            rows: vec![When::default(); capacity],
            next: 0,
        }
    }

    pub fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<When>()
    }

    /// Begins a row for this push, or goes on with the bucket it falls into.
    pub fn advance(&mut self, when: When) -> Slot {
        let time = match self.width {
            Nanos::ZERO => when.time,
            Nanos(width) => Nanos(when.time.0.div_euclid(width) * width),
        };
        if self.width > Nanos::ZERO && self.last().is_some_and(|last| last.time == time) {
            return Slot {
                index: self.slot(self.next - 1),
                fresh: false,
            };
        }
        let index = self.slot(self.next);
        self.rows[index] = When { time, ..when };
        self.next += 1;
        Slot { index, fresh: true }
    }

    pub fn last(&self) -> Option<When> {
        (self.next > 0).then(|| self.rows[self.slot(self.next - 1)])
    }

    /// The kept rows from `since` on, oldest first, with their slots.
    pub fn rows(&self, since: Nanos) -> impl Iterator<Item = (usize, When)> + '_ {
        let capacity = self.rows.len();
        let (kept, end) = if self.next < capacity as u64 {
            (self.next as usize, self.next as usize)
        } else {
            (capacity, self.slot(self.next))
        };
        // Once the ring is full its older rows are behind the newer ones.
        let older = if kept < capacity { kept } else { end }..kept;
        let stretch = move |slots: std::ops::Range<usize>| {
            let rows = &self.rows[slots.clone()];
            let begin = slots.start + rows.partition_point(|when| when.time < since);
            (begin..slots.end).map(|slot| (slot, self.rows[slot]))
        };
        stretch(older).chain(stretch(0..end))
    }

    fn slot(&self, row: u64) -> usize {
        (row % self.rows.len() as u64) as usize
    }
}

/// The three resolutions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    Raw,
    Fine,
    Coarse,
}

/// The time axes of the three resolutions.
#[derive(Debug, Clone)]
pub(super) struct Axes {
    raw: Axis,
    fine: Axis,
    coarse: Axis,
}

/// Where a push goes in all tiers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slots {
    raw: Slot,
    fine: Slot,
    coarse: Slot,
}

impl Default for Axes {
    fn default() -> Self {
        Self {
            raw: Axis::new(Nanos::ZERO, RAW_ROWS),
            fine: Axis::new(FINE, FINE_ROWS),
            coarse: Axis::new(COARSE, COARSE_ROWS),
        }
    }
}

impl Axes {
    pub fn of(&self, tier: Tier) -> &Axis {
        match tier {
            Tier::Raw => &self.raw,
            Tier::Fine => &self.fine,
            Tier::Coarse => &self.coarse,
        }
    }

    pub fn advance(&mut self, when: When) -> Slots {
        Slots {
            raw: self.raw.advance(when),
            fine: self.fine.advance(when),
            coarse: self.coarse.advance(when),
        }
    }

    pub fn bytes(&self) -> usize {
        self.raw.bytes() + self.fine.bytes() + self.coarse.bytes()
    }
}

/// One quantity over time, at the three resolutions.
#[derive(Debug, Clone)]
pub(super) struct Series {
    raw: Box<[f32]>,
    fine: Box<[Bucket]>,
    coarse: Box<[Bucket]>,
}

impl Default for Series {
    fn default() -> Self {
        Self {
            raw: vec![f32::NAN; RAW_ROWS].into(),
            fine: vec![Bucket::EMPTY; FINE_ROWS].into(),
            coarse: vec![Bucket::EMPTY; COARSE_ROWS].into(),
        }
    }
}

impl Series {
    /// What one series takes: 32 kB.
    pub const BYTES: usize =
        RAW_ROWS * size_of::<f32>() + (FINE_ROWS + COARSE_ROWS) * size_of::<Bucket>();

    /// Writes a push; a value that is missing or not finite leaves a gap.
    pub fn push(&mut self, slots: Slots, value: Option<f64>) {
        let value = value
            .filter(|value| value.is_finite())
            .map_or(f32::NAN, |value| value as f32);
        self.raw[slots.raw.index] = value;
        for (ring, slot) in [
            (&mut self.fine, slots.fine),
            (&mut self.coarse, slots.coarse),
        ] {
            let before = if slot.fresh {
                Bucket::EMPTY
            } else {
                ring[slot.index]
            };
            ring[slot.index] = before.merge(Bucket::of(value));
        }
    }

    pub fn at(&self, tier: Tier, slot: usize) -> Bucket {
        match tier {
            Tier::Raw => Bucket::of(self.raw[slot]),
            Tier::Fine => self.fine[slot],
            Tier::Coarse => self.coarse[slot],
        }
    }
}

/// A minute at 30 pushes a second, and some more for an uneven rate.
pub(super) const RAW_ROWS: usize = 2048;
/// Buckets for the 10 min view.
pub(super) const FINE: Nanos = Nanos(1_000_000_000);
/// Ten minutes, and the bucket in the making.
pub(super) const FINE_ROWS: usize = 602;
/// Buckets for the 1 h view: 900 of them, about one per pixel of a plot.
pub(super) const COARSE: Nanos = Nanos(4_000_000_000);
/// An hour, and the bucket in the making.
pub(super) const COARSE_ROWS: usize = 902;
