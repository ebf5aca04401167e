//! Which source channels a speaker plays, and how loud.
//!
//! The weights are those of ITU-R BS.775 (−3 dB for what is shared between two
//! sides, −6 dB for what is shared twice). A row that adds channels is scaled
//! until its absolute sum is 1: a full-scale source never clips, so the limiter
//! need not touch unity-gain material. A row that only passes one channel on
//! keeps weight 1 and with it every bit.

use serde::{Deserialize, Serialize};

/// What part of the stream a speaker plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Left of a stereo pair.
    L,
    /// Right of a stereo pair.
    R,
    /// Both channels on a two-channel output.
    #[default]
    Stereo,
    /// Both channels summed.
    Mono,
    /// Subwoofer: everything below the zone's crossover, plus LFE.
    Sub,
    /// Front left of 5.1.
    Fl,
    /// Front right of 5.1.
    Fr,
    /// Centre.
    C,
    /// Low-frequency effects channel only.
    Lfe,
    /// Surround left.
    Sl,
    /// Surround right.
    Sr,
}

impl Role {
    /// How many output channels a speaker of this role has: 2 or 1.
    #[must_use]
    pub fn sides(self) -> usize {
        if self == Self::Stereo { 2 } else { 1 }
    }
}

/// The most source channels there are.
pub const MAX_CHANNELS: usize = 8;

/// The weight of every source channel in one output channel of a speaker.
///
/// `source_channels` is clamped to 1..=8, in the order of WAV and FLAC: mono;
/// L R; L R C; FL FR SL SR; FL FR C SL SR; FL FR C LFE SL SR; FL FR C LFE BC SL
/// SR; FL FR C LFE BL BR SL SR. `side` is 0 for the left or only output
/// channel, 1 for the right one of a stereo output.
#[must_use]
pub fn row(source_channels: u16, role: Role, side: usize) -> [f32; MAX_CHANNELS] {
    let layout = layout(source_channels);
    let part = part(role, side, layout);
    let mut row = [0.0; MAX_CHANNELS];
    for (weight, &place) in row.iter_mut().zip(layout) {
        *weight = weigh(part, place);
    }
    let sum: f64 = row.iter().sum();
    let scale = if sum > 1.0 { 1.0 / sum } else { 1.0 };
    row.map(|weight| (weight * scale) as f32)
}

/// Where a source channel belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Mono,
    L,
    R,
    C,
    Lfe,
    Sl,
    Sr,
    Bc,
    Bl,
    Br,
}

/// What one output channel collects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The left and right of a stereo downmix, without LFE.
    Left,
    Right,
    /// The mono downmix, without LFE.
    Sum,
    /// The mono downmix and LFE.
    Bass,
    /// One place, and nothing else.
    Only(Place),
    /// The surround channels of one side.
    SurroundLeft,
    SurroundRight,
}

fn layout(channels: u16) -> &'static [Place] {
    use Place::{Bc, Bl, Br, C, L, Lfe, Mono, R, Sl, Sr};
    match channels {
        0 | 1 => &[Mono],
        2 => &[L, R],
        3 => &[L, R, C],
        4 => &[L, R, Sl, Sr],
        5 => &[L, R, C, Sl, Sr],
        6 => &[L, R, C, Lfe, Sl, Sr],
        7 => &[L, R, C, Lfe, Bc, Sl, Sr],
        _ => &[L, R, C, Lfe, Bl, Br, Sl, Sr],
    }
}

/// What a role collects from a layout; where its own channel is missing, the
/// nearest thing that sounds.
fn part(role: Role, side: usize, layout: &[Place]) -> Part {
    let has = |place| layout.contains(&place);
    if has(Place::Mono) {
        return Part::Only(Place::Mono);
    }
    match role {
        Role::Stereo if side == 1 => Part::Right,
        Role::L | Role::Stereo => Part::Left,
        Role::R => Part::Right,
        Role::Mono => Part::Sum,
        Role::Sub => Part::Bass,
        Role::Fl => Part::Only(Place::L),
        Role::Fr => Part::Only(Place::R),
        Role::C if has(Place::C) => Part::Only(Place::C),
        Role::C => Part::Sum,
        Role::Lfe if has(Place::Lfe) => Part::Only(Place::Lfe),
        Role::Lfe => Part::Bass,
        Role::Sl if has(Place::Sl) => Part::SurroundLeft,
        Role::Sl => Part::Only(Place::L),
        Role::Sr if has(Place::Sr) => Part::SurroundRight,
        Role::Sr => Part::Only(Place::R),
    }
}

fn weigh(part: Part, place: Place) -> f64 {
    use std::f64::consts::FRAC_1_SQRT_2 as SHARED;
    match (part, place) {
        (Part::Only(wanted), _) => f64::from(u8::from(wanted == place)),
        (Part::Left, Place::L) | (Part::Right, Place::R) => 1.0,
        (Part::Left | Part::Right, Place::C)
        | (Part::Left, Place::Sl | Place::Bl)
        | (Part::Right, Place::Sr | Place::Br) => SHARED,
        (Part::Left | Part::Right, Place::Bc) => SHARED * SHARED,
        (Part::Sum | Part::Bass, Place::C) | (Part::Bass, Place::Lfe) => 1.0,
        (Part::Sum | Part::Bass, Place::L | Place::R) => SHARED,
        (Part::Sum, Place::Lfe) => 0.0,
        (Part::Sum | Part::Bass, _) => SHARED * SHARED,
        (Part::SurroundLeft, Place::Sl | Place::Bl)
        | (Part::SurroundRight, Place::Sr | Place::Br) => 1.0,
        (Part::SurroundLeft | Part::SurroundRight, Place::Bc) => SHARED,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 11] = [
        Role::L,
        Role::R,
        Role::Stereo,
        Role::Mono,
        Role::Sub,
        Role::Fl,
        Role::Fr,
        Role::C,
        Role::Lfe,
        Role::Sl,
        Role::Sr,
    ];

    fn close(row: [f32; 8], wanted: &[f64]) {
        for (i, &weight) in row.iter().enumerate() {
            let wanted = wanted.get(i).copied().unwrap_or(0.0);
            assert!((f64::from(weight) - wanted).abs() < 1e-6, "{row:?}");
        }
    }

    #[test]
    fn every_role_sounds_from_every_source_and_never_clips() {
        for channels in 1..=8 {
            for role in ROLES {
                for side in 0..role.sides() {
                    let row = row(channels, role, side);
                    let sum: f32 = row.iter().map(|w| w.abs()).sum();
                    assert!(sum <= 1.000_001, "{channels} {role:?}: {sum}");
                    assert!(sum > 0.999, "{channels} {role:?}: {sum}");
                    let beyond = &row[usize::from(channels)..];
                    assert!(beyond.iter().all(|&w| w == 0.0));
                }
            }
        }
    }

    #[test]
    fn a_stereo_source_passes_unchanged() {
        assert_eq!(row(2, Role::L, 0)[..2], [1.0, 0.0]);
        assert_eq!(row(2, Role::R, 0)[..2], [0.0, 1.0]);
        assert_eq!(row(2, Role::Stereo, 0)[..2], [1.0, 0.0]);
        assert_eq!(row(2, Role::Stereo, 1)[..2], [0.0, 1.0]);
        close(row(2, Role::Mono, 0), &[0.5, 0.5]);
        close(row(2, Role::Sub, 0), &[0.5, 0.5]);
    }

    #[test]
    fn a_stereo_source_fills_surround_speakers() {
        assert_eq!(row(2, Role::Fl, 0)[..2], [1.0, 0.0]);
        assert_eq!(row(2, Role::Sr, 0)[..2], [0.0, 1.0]);
        close(row(2, Role::C, 0), &[0.5, 0.5]);
        close(row(2, Role::Lfe, 0), &[0.5, 0.5]);
    }

    #[test]
    fn surround_passes_to_its_own_speakers() {
        for (role, channel) in [
            (Role::Fl, 0),
            (Role::Fr, 1),
            (Role::C, 2),
            (Role::Lfe, 3),
            (Role::Sl, 4),
            (Role::Sr, 5),
        ] {
            let mut wanted = [0.0; 8];
            wanted[channel] = 1.0;
            assert_eq!(row(6, role, 0), wanted, "{role:?}");
        }
    }

    #[test]
    fn a_downmix_has_the_proportions_of_bs_775() {
        let k = 1.0 / (1.0 + 2.0 * 0.5f64.sqrt());
        let shared = k * 0.5f64.sqrt();
        close(row(6, Role::L, 0), &[k, 0.0, shared, 0.0, shared]);
        close(row(6, Role::Stereo, 1), &[0.0, k, shared, 0.0, 0.0, shared]);
    }

    #[test]
    fn the_subwoofer_has_the_balance_of_left_plus_right_and_the_lfe() {
        for channels in 2..=8 {
            let (left, right) = (row(channels, Role::L, 0), row(channels, Role::R, 0));
            let sub = row(channels, Role::Sub, 0);
            let lfe = layout(channels).iter().position(|&p| p == Place::Lfe);
            let ratio = sub[0] / (left[0] + right[0]);
            for i in (0..8).filter(|&i| Some(i) != lfe) {
                let main = (left[i] + right[i]) * ratio;
                // A back centre is shared by both sides and so counts double.
                assert!((sub[i] - main).abs() < 1e-6 || layout(channels)[i] == Place::Bc);
            }
            assert!(lfe.is_none_or(|i| sub[i] > 0.0));
        }
    }

    #[test]
    fn odd_channel_counts_are_clamped() {
        assert_eq!(row(0, Role::L, 0), row(1, Role::L, 0));
        assert_eq!(row(20, Role::L, 0), row(8, Role::L, 0));
    }
}
