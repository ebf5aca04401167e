//! What a lane is told about each of its speakers, and what a lane tells about
//! its path: the arithmetic between the rig's plan and the lanes.

use crate::rig::plan::{Band, tuning};
use crate::rig::{Rig, Role};
use crate::sync::gain;
use crate::sync::lane::{Filter, SlotSettings};
use crate::sync::mix;
use crate::sync::time::Nanos;

/// What the lane is told about a speaker that is in a zone. `device_channels`
/// and `source_channels` are what is really there; `delay` runs from the
/// source's timeline to the converter.
#[must_use]
pub fn settings(
    rig: &Rig,
    speaker: &str,
    device_channels: u16,
    source_channels: u16,
    delay: Nanos,
) -> Option<SlotSettings> {
    let tuning = tuning(rig, speaker)?;
    let channels = sides(&rig.speaker(speaker)?.output.channels, device_channels);
    let rows = [0, 1].map(|side| row(source_channels, tuning.role, channels, side));
    let gain = match (tuning.silent, tuning.inverted) {
        (true, _) => 0.0,
        (false, false) => gain::from_db(tuning.gain_db),
        (false, true) => -gain::from_db(tuning.gain_db),
    };
    let loudest = rows
        .iter()
        .map(|row| row.iter().map(|share| share.abs()).sum::<f32>())
        .fold(0.0, f32::max);
    Some(SlotSettings {
        channels,
        rows,
        gain,
        delay,
        filter: match tuning.band {
            Band::Full => Filter::Off,
            Band::Above(hz) => Filter::HighPass(hz),
            Band::Below(hz) => Filter::LowPass(hz),
        },
        limit: loudest * gain.abs() > 1.0 + 1e-6,
    })
}

/// Seconds from the source's timeline to the converter that this lane needs at
/// least: its own buffer, the interpolator's reach, and how old the newest
/// sound may be just before more of it comes. `ahead` and `age` are the largest
/// seen; `None` while the lane has told nothing.
#[must_use]
pub fn least_delay(ahead: f64, age: f64) -> Option<f64> {
    (ahead > 0.0).then_some(ahead + REACH + age)
}

/// 0-based channels of the left or only side and the right side.
fn sides(chosen: &[u16], available: u16) -> [Option<u16>; 2] {
    let place = |channel: u16| (1..=available).contains(&channel).then(|| channel - 1);
    match chosen {
        [] => [place(1), place(2)],
        [only] => [place(*only), None],
        [left, right, ..] => [place(*left), place(*right)],
    }
}

/// A stereo speaker with one channel plays the sum; any other role plays the
/// same on both of its channels.
fn row(source: u16, role: Role, channels: [Option<u16>; 2], side: usize) -> [f32; 8] {
    match (role, channels) {
        (Role::Stereo, [Some(_), Some(_)]) => mix::row(source, role, side),
        (Role::Stereo, _) => mix::row(source, Role::Mono, 0),
        _ => mix::row(source, role, 0),
    }
}

/// Half of the standard kernel at 48 kHz is 0.67 ms; at lower rates it is more.
const REACH: f64 = 0.75e-3;
/// The same as a time.
pub const REACH_TIME: Nanos = Nanos(750_000);
