//! What a plot draws: minimum, maximum and mean per column, in unbroken runs.

use super::store::{Axis, Bucket, When};
use crate::sync::time::Nanos;

/// One column of a plot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Column {
    /// The middle of the samples in it, monotonic.
    pub time: Nanos,
    /// Smallest sample.
    pub min: f64,
    /// Largest sample.
    pub max: f64,
    /// Mean of all samples.
    pub mean: f64,
    /// How many samples.
    pub count: u32,
}

/// A series over a range. Draw each run on its own: between two runs there was
/// nothing to measure.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trace {
    /// Unbroken runs of columns, oldest first; none of them is empty.
    pub runs: Vec<Vec<Column>>,
}

/// Minimum, maximum and mean of a whole range, and its newest value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stats {
    /// Smallest sample.
    pub min: f64,
    /// Largest sample.
    pub max: f64,
    /// Mean of all samples.
    pub mean: f64,
    /// Mean of the newest column or bucket.
    pub last: f64,
}

impl Trace {
    /// All columns, oldest first, without regard to gaps.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.runs.iter().flatten()
    }

    /// The newest column.
    #[must_use]
    pub fn last(&self) -> Option<&Column> {
        self.runs.last()?.last()
    }

    /// Over all columns; `None` when there is none.
    #[must_use]
    pub fn stats(&self) -> Option<Stats> {
        let last = self.last()?;
        let samples: f64 = self.columns().map(|column| f64::from(column.count)).sum();
        let sum: f64 = self
            .columns()
            .map(|column| column.mean * f64::from(column.count))
            .sum();
        Some(Stats {
            min: self.columns().map(|column| column.min).reduce(f64::min)?,
            max: self.columns().map(|column| column.max).reduce(f64::max)?,
            mean: sum / samples,
            last: last.mean,
        })
    }
}

/// Gathers the rows of a tier into columns.
pub(super) struct Builder {
    /// Width of a column; columns begin at its multiples, so that they stay
    /// the same while time goes on.
    width: i64,
    /// Width of the tier's buckets.
    bucket: Nanos,
    /// A longer step between two rows is a gap.
    longest_step: Nanos,
    trace: Trace,
    open: Option<Open>,
    /// The row before was empty.
    broken: bool,
}

struct Open {
    /// The next column begins here.
    end: i64,
    first: Nanos,
    last: Nanos,
    min: f32,
    max: f32,
    sum: f64,
    count: u32,
}

impl Builder {
    /// At most `columns` (and at least 2) columns for `span` of this axis.
    pub fn new(axis: &Axis, span: Nanos, columns: usize) -> Self {
        let intervals = columns.clamp(2, 1 << 20) as i64 - 1;
        let least = (span.0 + intervals - 1) / intervals;
        let step = axis.width.0.max(1);
        Self {
            width: ((least + step - 1) / step).max(1) * step,
            bucket: axis.width,
            longest_step: axis.width.max(LONGEST_STEP),
            trace: Trace::default(),
            open: None,
            broken: true,
        }
    }

    pub fn push(&mut self, when: When, row: Bucket) {
        if row.count == 0 {
            self.broken = true;
            return;
        }
        let late = |open: &Open| when.time - open.last > self.longest_step;
        let gap = self.broken || self.open.as_ref().is_some_and(late);
        self.broken = false;
        let sum = f64::from(row.mean) * f64::from(row.count);
        match &mut self.open {
            Some(open) if when.time.0 < open.end => {
                open.last = when.time;
                open.min = open.min.min(row.min);
                open.max = open.max.max(row.max);
                open.sum += sum;
                open.count += row.count;
            }
            _ => {
                self.close();
                if gap {
                    self.trace.runs.push(Vec::new());
                }
                self.open = Some(Open {
                    end: (when.time.0.div_euclid(self.width) + 1) * self.width,
                    first: when.time,
                    last: when.time,
                    min: row.min,
                    max: row.max,
                    sum,
                    count: row.count,
                });
            }
        }
    }

    pub fn finish(mut self) -> Trace {
        self.close();
        self.trace
    }

    fn close(&mut self) {
        let (Some(open), Some(run)) = (self.open.take(), self.trace.runs.last_mut()) else {
            return;
        };
        run.push(Column {
            time: Nanos((open.first + open.last + self.bucket).0 / 2),
            min: f64::from(open.min),
            max: f64::from(open.max),
            mean: open.sum / f64::from(open.count),
            count: open.count,
        });
    }
}

/// Snapshots come 20 to 30 times a second, and more than once a second even
/// when the machine is busy.
const LONGEST_STEP: Nanos = Nanos(1_500_000_000);
