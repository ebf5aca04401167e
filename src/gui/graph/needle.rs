//! Where the needle of a phase bar stands and what it looks like. Pure.
//!
//! The bar is linear up to the threshold, which is at half travel, and
//! logarithmic from there to 10 ms at its end: in sync and "a little off" can be
//! told apart, and whatever is far off still stays on the bar.

use crate::gui::scene::{Mark, NodeView};

/// What stands on the bar. Places go from −1 (early) to +1 (late).
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Needle {
    /// Measured.
    Solid(f32),
    /// Estimated, somewhere from the first place to the second.
    Hollow(f32, f32),
    /// Out of phase: an arrow that points away from the centre.
    Arrow(f32),
}

impl Needle {
    /// Of a node; `None` when nothing is known.
    #[must_use]
    pub fn of(node: &NodeView, error_us: Option<f64>, threshold_us: f64) -> Option<Self> {
        let error = error_us.filter(|us| us.is_finite())?;
        let at = |us: f64| place(us, threshold_us);
        match node.mark {
            Mark::Drifting | Mark::Out => Some(Self::Arrow(at(error))),
            Mark::Estimated => {
                let around = node.sd_us.abs();
                Some(Self::Hollow(at(error - around), at(error + around)))
            }
            Mark::InPhase | Mark::Off => Some(Self::Solid(at(error))),
            Mark::Connecting | Mark::Ready => None,
        }
    }
}

/// Where on the bar an error of `us` is, from −1 to +1.
#[must_use]
pub fn place(us: f64, threshold_us: f64) -> f32 {
    let threshold = threshold_us.max(1.0);
    // A very loose threshold still leaves room beyond it.
    let end = END_US.max(threshold * 2.0);
    let off = us.abs();
    let travel = if off <= threshold {
        BAND * off / threshold
    } else {
        let beyond = (off / threshold).ln() / (end / threshold).ln();
        BAND + (1.0 - BAND) * beyond.min(1.0)
    };
    (travel * us.signum()) as f32
}

/// Where the threshold stands.
pub const BAND: f64 = 0.5;
/// What stands at the end of the bar.
const END_US: f64 = 10_000.0;
