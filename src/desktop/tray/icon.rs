//! The tray's picture: the health's shape and colour on a dark ground of its own,
//! so that it is seen on light and dark panels alike. Drawn from distances to
//! edges, at every size that panels ask for.

use crate::engine::health::Level;

/// Width, height, and ARGB bytes, the alpha first.
pub(super) type Picture = (i32, i32, Vec<u8>);

/// The pictures for a state, one for each size.
pub(super) fn pictures(level: Level, muted: bool) -> Vec<Picture> {
    SIZES.map(|size| picture(level, muted, size)).into()
}

fn picture(level: Level, muted: bool, size: i32) -> Picture {
    let mark = if muted {
        Mark::Slashed
    } else {
        Mark::of(level)
    };
    let color = if muted { GREY } else { color(level) };
    let mut bytes = Vec::with_capacity((size * size * 4) as usize);
    let pixel = 2.0 / f64::from(size);
    for y in 0..size {
        for x in 0..size {
            let at = |n: i32| (f64::from(n) + 0.5) * pixel - 1.0;
            let (x, y) = (at(x), at(y));
            // How much of the pixel an edge at this distance covers.
            let covered = |distance: f64| (0.5 - distance / pixel).clamp(0.0, 1.0);
            let ground = covered(rounded(x, y));
            let shape = covered(mark.distance(x, y));
            let mixed = |below: u8, above: u8| {
                let mixed = f64::from(below) * (1.0 - shape) + f64::from(above) * shape;
                mixed.round() as u8
            };
            let [r, g, b] = std::array::from_fn(|n| mixed(GROUND[n], color[n]));
            bytes.extend([(ground * 255.0).round() as u8, r, g, b]);
        }
    }
    (size, size, bytes)
}

/// The shapes of the interface.
#[derive(Debug, Clone, Copy)]
enum Mark {
    /// In sync: a disc with a tick.
    Ticked,
    /// Drifting: a triangle with a stroke.
    Triangle,
    /// Out or lost: a diamond with a cross.
    Diamond,
    /// On its way: an open ring.
    Open,
    /// Nothing plays: a ring.
    Ring,
    /// Muted: a ring with a slash.
    Slashed,
}

impl Mark {
    fn of(level: Level) -> Self {
        match level {
            Level::Idle => Self::Ring,
            Level::Busy => Self::Open,
            Level::Ok => Self::Ticked,
            Level::Warn => Self::Triangle,
            Level::Err => Self::Diamond,
        }
    }

    /// From a point to its edge, negative inside; the picture is 2 wide.
    fn distance(self, x: f64, y: f64) -> f64 {
        let from_middle = x.hypot(y);
        let ring = (from_middle - 0.55).abs() - 0.12;
        match self {
            Self::Ticked => {
                let tick = stroke((x, y), (-0.32, 0.02), (-0.09, 0.26)).min(stroke(
                    (x, y),
                    (-0.09, 0.26),
                    (0.34, -0.24),
                ));
                (from_middle - 0.7).max(-tick)
            }
            Self::Triangle => {
                // The sides lean by half of a right angle, about.
                let side = 0.46 * (y + 0.72);
                let triangle = ((x.abs() - side) * 0.87).max(y - 0.62) - 0.06;
                let line = stroke((x, y), (0.0, -0.2), (0.0, 0.18));
                let dot = x.hypot(y - 0.44) - 0.1;
                triangle.max(-line.min(dot))
            }
            Self::Diamond => {
                let diamond = (x.abs() + y.abs() - 0.82) * std::f64::consts::FRAC_1_SQRT_2;
                let cross = stroke((x, y), (-0.2, -0.2), (0.2, 0.2)).min(stroke(
                    (x, y),
                    (-0.2, 0.2),
                    (0.2, -0.2),
                ));
                diamond.max(-cross)
            }
            // From noon to a quarter past.
            Self::Open => ring.max((x + 0.1).min(0.1 - y)),
            Self::Ring => ring,
            Self::Slashed => ring.min(stroke((x, y), (-0.7, 0.7), (0.7, -0.7))),
        }
    }
}

/// To a stroke with round ends.
fn stroke((x, y): (f64, f64), (ax, ay): (f64, f64), (bx, by): (f64, f64)) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy);
    let along = along.clamp(0.0, 1.0);
    (x - ax - along * dx).hypot(y - ay - along * dy) - 0.1
}

/// To the ground, a square with round corners.
fn rounded(x: f64, y: f64) -> f64 {
    let (x, y) = ((x.abs() - 0.56).max(0.0), (y.abs() - 0.56).max(0.0));
    x.hypot(y) - 0.42
}

/// As in the dark theme.
fn color(level: Level) -> [u8; 3] {
    match level {
        Level::Idle => GREY,
        Level::Busy => [0x86, 0xC1, 0xFF],
        Level::Ok => [0x4F, 0xD8, 0xA8],
        Level::Warn => [0xF7, 0xBE, 0x3B],
        Level::Err => [0xFF, 0x8F, 0x78],
    }
}

const GREY: [u8; 3] = [0xC6, 0xC8, 0xC5];
const GROUND: [u8; 3] = [0x1A, 0x1C, 0x1F];
/// What panels ask for at one, one and a half, and two times.
const SIZES: [i32; 4] = [16, 24, 32, 48];

#[cfg(test)]
mod tests {
    use super::*;

    const LEVELS: [Level; 5] = [Level::Idle, Level::Busy, Level::Ok, Level::Warn, Level::Err];

    /// Where the shape is, whatever its colour.
    fn shape(level: Level, muted: bool) -> Vec<bool> {
        let (_, _, bytes) = picture(level, muted, 24);
        let pixels = bytes.chunks_exact(4);
        pixels.map(|of| of[1] > 0x60 || of[2] > 0x60).collect()
    }

    #[test]
    fn every_state_has_a_shape_of_its_own_and_not_only_a_colour() {
        let mut shapes: Vec<_> = LEVELS.map(|level| shape(level, false)).into();
        shapes.push(shape(Level::Ok, true));
        for (n, one) in shapes.iter().enumerate() {
            for other in &shapes[n + 1..] {
                let differing = one.iter().zip(other).filter(|(a, b)| a != b).count();
                assert!(differing > 30, "{differing} of 576 pixels");
            }
        }
        assert_eq!(shape(Level::Err, true), shape(Level::Ok, true));
    }

    #[test]
    fn pictures_have_the_size_they_say_and_clear_corners() {
        for level in LEVELS {
            for (width, height, bytes) in pictures(level, false) {
                assert_eq!(bytes.len() as i32, width * height * 4);
                assert_eq!(bytes[0], 0, "the corner is clear");
                let middle = ((height / 2) * width + width / 2) as usize * 4;
                assert_eq!(bytes[middle], 255);
            }
        }
    }
}
