//! Which channel is which, and how one layout is folded into another.
//!
//! A fold never clips: the loudest row of its matrix sums to at most 1. Equal
//! layouts need no fold and stay bit-exact.

use symphonia::core::audio::{Channels, Position};

/// Where a channel belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The only channel.
    Mono,
    /// Front left.
    Left,
    /// Front right.
    Right,
    /// Centre.
    Centre,
    /// Low-frequency effects.
    Lfe,
    /// Side or surround left.
    SideLeft,
    /// Side or surround right.
    SideRight,
    /// Back left, beside a side left.
    BackLeft,
    /// Back right, beside a side right.
    BackRight,
    /// Back centre.
    BackCentre,
    /// Anything else.
    Other,
}

/// The usual places of `count` channels when the file names none.
#[must_use]
pub fn usual(count: usize) -> Vec<Place> {
    use Place::{
        BackCentre, BackLeft, BackRight, Centre, Left, Lfe, Mono, Other, Right, SideLeft, SideRight,
    };
    match count {
        1 => vec![Mono],
        2 => vec![Left, Right],
        3 => vec![Left, Right, Centre],
        4 => vec![Left, Right, SideLeft, SideRight],
        5 => vec![Left, Right, Centre, SideLeft, SideRight],
        6 => vec![Left, Right, Centre, Lfe, SideLeft, SideRight],
        7 => vec![Left, Right, Centre, Lfe, BackCentre, SideLeft, SideRight],
        8 => vec![
            Left, Right, Centre, Lfe, BackLeft, BackRight, SideLeft, SideRight,
        ],
        _ => vec![Other; count],
    }
}

/// The places a decoder names, in its order.
#[must_use]
pub fn places(channels: &Channels) -> Vec<Place> {
    match channels {
        Channels::Positioned(mask) if channels.count() > 2 && *mask != by_count(channels) => {
            let places: Vec<Place> = mask.iter().map(place).collect();
            without_lone_backs(places)
        }
        _ => usual(channels.count()),
    }
}

/// The matrix from one layout to another: a row per output channel, a column
/// per input channel; `None` where nothing needs to be done. Weights follow
/// ITU-R BS.775 (−3 dB for centre and surrounds, no LFE), then the whole matrix
/// is scaled so that full-scale inputs cannot clip.
#[must_use]
pub fn fold(from: &[Place], to: &[Place]) -> Option<Vec<Vec<f32>>> {
    if from == to || (from.len() == to.len() && from.contains(&Place::Other)) {
        return None;
    }
    let mut rows = vec![vec![0.0_f32; from.len()]; to.len()];
    for (column, &place) in from.iter().enumerate() {
        spread(place, column, 1.0, to, &mut rows, 0);
    }
    let loudest = rows
        .iter()
        .map(|row| row.iter().sum::<f32>())
        .fold(1.0_f32, f32::max);
    for weight in rows.iter_mut().flatten() {
        *weight /= loudest;
    }
    Some(rows)
}

/// Puts one input channel where it belongs, or where it is nearest to.
fn spread(
    place: Place,
    column: usize,
    weight: f32,
    to: &[Place],
    rows: &mut [Vec<f32>],
    depth: usize,
) {
    if let Some(row) = to.iter().position(|&there| there == place) {
        rows[row][column] += weight;
        return;
    }
    if depth == MOST_STEPS {
        return;
    }
    for &(neighbour, share) in neighbours(place, to) {
        spread(neighbour, column, weight * share, to, rows, depth + 1);
    }
}

/// Where a channel goes when its own place is missing.
fn neighbours(place: Place, to: &[Place]) -> &'static [(Place, f32)] {
    use Place::{
        BackCentre, BackLeft, BackRight, Centre, Left, Lfe, Mono, Other, Right, SideLeft, SideRight,
    };
    let mono = to == [Mono];
    match place {
        Mono => &[(Left, 1.0), (Right, 1.0)],
        Left | Right | Centre if mono => &[(Mono, 1.0)],
        Left | Right | Lfe | Other => &[],
        Centre => &[(Left, HALF_POWER), (Right, HALF_POWER)],
        SideLeft if to.contains(&BackLeft) => &[(BackLeft, 1.0)],
        SideRight if to.contains(&BackRight) => &[(BackRight, 1.0)],
        SideLeft => &[(Left, HALF_POWER)],
        SideRight => &[(Right, HALF_POWER)],
        BackLeft => &[(SideLeft, 1.0)],
        BackRight => &[(SideRight, 1.0)],
        BackCentre => &[(SideLeft, HALF_POWER), (SideRight, HALF_POWER)],
    }
}

/// What symphonia assumes for a bare channel count: not a statement of the file.
fn by_count(channels: &Channels) -> Position {
    Position::from_count(channels.count() as u32).unwrap_or_default()
}

fn place(position: Position) -> Place {
    match position {
        Position::FRONT_LEFT => Place::Left,
        Position::FRONT_RIGHT => Place::Right,
        Position::FRONT_CENTER => Place::Centre,
        Position::LFE1 => Place::Lfe,
        Position::REAR_LEFT => Place::BackLeft,
        Position::REAR_RIGHT => Place::BackRight,
        Position::SIDE_LEFT => Place::SideLeft,
        Position::SIDE_RIGHT => Place::SideRight,
        Position::REAR_CENTER => Place::BackCentre,
        _ => Place::Other,
    }
}

/// 5.1 is written with back or with side surrounds; both are the same speakers.
fn without_lone_backs(mut places: Vec<Place>) -> Vec<Place> {
    if !places.contains(&Place::SideLeft) {
        for place in &mut places {
            match place {
                Place::BackLeft => *place = Place::SideLeft,
                Place::BackRight => *place = Place::SideRight,
                _ => {}
            }
        }
    }
    places
}

const HALF_POWER: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// Back centre → side → front → mono is the longest way.
const MOST_STEPS: usize = 4;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn equal_layouts_need_no_fold() {
        for count in 1..=8 {
            assert_eq!(fold(&usual(count), &usual(count)), None);
        }
    }

    #[test]
    fn mono_goes_to_both_sides_unchanged() {
        let rows = fold(&usual(1), &usual(2)).unwrap();
        assert_eq!(rows, vec![vec![1.0], vec![1.0]]);
    }

    #[test]
    fn stereo_to_mono_is_the_mean() {
        assert_eq!(fold(&usual(2), &usual(1)).unwrap(), vec![vec![0.5, 0.5]]);
    }

    #[test]
    fn stereo_keeps_its_level_in_a_surround_layout() {
        let rows = fold(&usual(2), &usual(6)).unwrap();
        assert_eq!(rows[0], vec![1.0, 0.0]);
        assert_eq!(rows[1], vec![0.0, 1.0]);
        assert!(rows[2..].iter().flatten().all(|&weight| weight == 0.0));
    }

    #[test]
    fn no_fold_can_clip_or_lose_a_full_band_channel() {
        for from in 1..=8 {
            for to in 1..=8 {
                let Some(rows) = fold(&usual(from), &usual(to)) else {
                    continue;
                };
                for row in &rows {
                    assert!(row.iter().sum::<f32>() <= 1.0 + 1e-6, "{from} to {to}");
                }
                for (column, place) in usual(from).into_iter().enumerate() {
                    let sum: f32 = rows.iter().map(|row| row[column]).sum();
                    assert!(
                        sum > 0.0 || place == Place::Lfe,
                        "{from} to {to}: {place:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn left_and_right_are_treated_alike() {
        let rows = fold(&usual(6), &usual(2)).unwrap();
        assert_eq!(rows[0][0], rows[1][1]);
        assert_eq!(rows[0][4], rows[1][5]);
        assert_eq!(rows[0][2], rows[1][2]);
        assert_eq!(rows[0][1], 0.0);
    }
}
