//! Which parts of the window to draw again, in whole pixels of the screen. Pure.

use iced::{Rectangle, Size};

/// A part of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the usual names")]
pub struct Part {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl Part {
    /// The whole of a window.
    #[must_use]
    pub fn whole(size: Size<u32>) -> Self {
        Self {
            x: 0,
            y: 0,
            width: size.width,
            height: size.height,
        }
    }

    /// The pixels that `area`, in logical pixels, reaches in a window of `size`;
    /// `None` when it reaches none.
    #[must_use]
    pub fn around(area: Rectangle, scale: f32, size: Size<u32>) -> Option<Self> {
        let whole = Rectangle::with_size(Size::new(size.width as f32, size.height as f32));
        // A stroke reaches out of the bounds of its path, smooth edges a little
        // out of those.
        let area = (area * scale).expand(EDGE).intersection(&whole)?;
        let (x, y) = (area.x.floor() as u32, area.y.floor() as u32);
        Some(Self {
            x,
            y,
            width: (area.x + area.width).ceil() as u32 - x,
            height: (area.y + area.height).ceil() as u32 - y,
        })
    }

    /// How many pixels it has.
    #[must_use]
    pub fn area(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The same in logical pixels.
    #[must_use]
    pub fn logical(&self, scale: f32) -> Rectangle {
        Rectangle {
            x: self.x as f32 / scale,
            y: self.y as f32 / scale,
            width: self.width as f32 / scale,
            height: self.height as f32 / scale,
        }
    }

    /// The smallest part that holds both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let right = (self.x + self.width).max(other.x + other.width);
        let bottom = (self.y + self.height).max(other.y + other.height);
        Self {
            x,
            y,
            width: right - x,
            height: bottom - y,
        }
    }
}

/// Draws parts together where that costs less than drawing each by itself.
#[must_use]
pub fn joined(parts: impl IntoIterator<Item = Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::new();
    for part in parts {
        let mut part = part;
        // What has grown may reach others that were too far away before.
        while let Some(near) = joined.iter().position(|other| is_near(&part, other)) {
            part = part.union(&joined.swap_remove(near));
        }
        joined.push(part);
    }
    joined
}

fn is_near(part: &Part, other: &Part) -> bool {
    part.union(other).area() <= part.area() + other.area() + BEGINNING
}

/// How far the bounds of a change may be off, in pixels of the screen.
const EDGE: f32 = 1.0;
/// What beginning a part costs, in pixels drawn.
const BEGINNING: u64 = 3000;

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Size<u32> = Size {
        width: 1280,
        height: 800,
    };

    fn part(x: u32, y: u32, width: u32, height: u32) -> Part {
        Part {
            x,
            y,
            width,
            height,
        }
    }

    #[test]
    fn a_change_reaches_whole_pixels_around_it() {
        let area = Rectangle {
            x: 10.4,
            y: 20.0,
            width: 5.2,
            height: 1.0,
        };
        assert_eq!(Part::around(area, 1.0, WINDOW), Some(part(9, 19, 8, 3)));
        assert_eq!(Part::around(area, 2.0, WINDOW), Some(part(19, 39, 14, 4)));
    }

    #[test]
    fn what_is_out_of_the_window_is_no_part_of_it() {
        let area = |x, y, width, height| Rectangle {
            x,
            y,
            width,
            height,
        };
        let around = |area| Part::around(area, 1.0, WINDOW);
        assert_eq!(around(area(-50.0, 10.0, 40.0, 10.0)), None);
        assert_eq!(around(area(0.0, 900.0, 40.0, 10.0)), None);
        assert_eq!(around(Rectangle::INFINITE), Some(Part::whole(WINDOW)));
        assert_eq!(
            around(area(-5.0, -5.0, 4000.0, 4000.0)),
            Some(Part::whole(WINDOW))
        );
    }

    #[test]
    fn neighbours_are_drawn_together_and_others_apart() {
        let together = joined([part(0, 0, 10, 100), part(20, 0, 10, 100)]);
        assert_eq!(together, [part(0, 0, 30, 100)]);
        let apart = [part(0, 0, 100, 10), part(0, 700, 100, 10)];
        assert_eq!(joined(apart), apart);
    }

    #[test]
    fn every_part_lies_in_one_of_the_joined() {
        let step = |index: u32| part(index * 97 % 1200, index * 61 % 700, 40, 20);
        let parts: Vec<Part> = (0..40).map(step).collect();
        let joined = joined(parts.clone());
        for part in parts {
            assert!(joined.iter().any(|whole| whole.union(&part) == *whole));
        }
    }
}
