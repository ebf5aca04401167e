//! A slider under the hand: how far the pointer has moved it, and when the next
//! value goes out. Pure; time is that of the frames.

use std::time::{Duration, Instant};

use iced::advanced::mouse;
use iced::touch::Finger;

/// The least time between two values while dragging: 60 a second.
pub const PACE: Duration = Duration::from_micros(16_600);
/// A wheel that rests this long has ended its gesture.
pub const WHEEL_RESTS: Duration = Duration::from_millis(600);
/// How much slower the handle moves while Shift is down.
pub const SLOW: f64 = 0.1;

/// What a slider remembers between events.
#[derive(Debug, Default)]
pub struct Motion {
    /// The gesture that goes on.
    pub held: Option<Held>,
    /// To tell a double click.
    pub last_click: Option<mouse::Click>,
    /// Shift slows down, Ctrl frees the wheel.
    pub modifiers: iced::keyboard::Modifiers,
}

/// A gesture that goes on.
#[derive(Debug)]
pub struct Held {
    /// By what.
    pub by: By,
    /// Where the handle is on the track, 0 to 1.
    pub place: f64,
    /// The value there.
    pub value: f64,
    /// The value that went out last.
    told: f64,
    /// Any value went out.
    moved: bool,
    /// When the last value went out, as far as a frame has told since.
    paced: Option<Instant>,
    /// The next value may go out at once.
    free: bool,
}

/// What moves the handle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum By {
    /// The mouse or a finger, last at this x.
    Pointer {
        /// Horizontal position.
        x: f32,
        /// The finger, if it is one.
        finger: Option<Finger>,
    },
    /// The wheel; over at this moment, known from the first frame on.
    Wheel(Option<Instant>),
}

impl Held {
    /// Begins where the handle is.
    #[must_use]
    pub fn new(by: By, place: f64, value: f64) -> Self {
        Self {
            by,
            place,
            value,
            told: value,
            moved: false,
            paced: None,
            free: true,
        }
    }

    /// The pointer is at `x` now; returns the handle's new place on a track of
    /// `length` pixels.
    #[must_use]
    pub fn pull(&mut self, to: f32, length: f32, slow: bool) -> f64 {
        let By::Pointer { x, .. } = &mut self.by else {
            return self.place;
        };
        let way = f64::from(to - *x) / f64::from(length.max(1.0));
        *x = to;
        self.place = (self.place + way * if slow { SLOW } else { 1.0 }).clamp(0.0, 1.0);
        self.place
    }

    /// The value to send at once, if one may go out now.
    pub fn moved(&mut self, value: f64) -> Option<f64> {
        self.value = value;
        if !self.free || !self.is_news() {
            return None;
        }
        self.free = false;
        Some(self.tell())
    }

    /// A frame at `now`: the value to send in it, if any.
    pub fn frame(&mut self, now: Instant) -> Option<f64> {
        if !self.free && self.paced.is_some_and(|last| now < last + PACE) {
            return None;
        }
        if self.is_news() {
            self.paced = Some(now);
            return Some(self.tell());
        }
        if self.free {
            return None;
        }
        // The value that went out at once counts from the first frame after it.
        self.free = self.paced.is_some();
        self.paced = Some(now);
        None
    }

    /// The last value, if it did not go out yet.
    pub fn rest(&mut self) -> Option<f64> {
        self.is_news().then(|| self.tell())
    }

    /// Whether any value went out.
    #[must_use]
    pub fn has_moved(&self) -> bool {
        self.moved
    }

    /// Whether a value waits for its frame.
    #[must_use]
    pub fn waits(&self) -> bool {
        !self.free || self.is_news()
    }

    fn is_news(&self) -> bool {
        (self.value - self.told).abs() > f64::EPSILON
    }

    fn tell(&mut self) -> f64 {
        self.moved = true;
        self.told = self.value;
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held() -> Held {
        let by = By::Pointer {
            x: 100.0,
            finger: None,
        };
        Held::new(by, 0.5, 0.0)
    }

    #[test]
    fn shift_moves_the_handle_a_tenth_as_far() {
        let mut held = held();
        assert!((held.pull(120.0, 200.0, false) - 0.6).abs() < 1e-6);
        assert!((held.pull(140.0, 200.0, true) - 0.61).abs() < 1e-6);
        assert!((held.pull(9000.0, 200.0, false) - 1.0).abs() < 1e-6);
        assert!((held.pull(8980.0, 200.0, false) - 0.9).abs() < 1e-6);
    }

    #[test]
    fn at_most_sixty_values_a_second_go_out_and_the_last_one_always() {
        let mut held = held();
        let start = Instant::now();
        let mut sent = Vec::new();
        // A mouse at 1000 Hz and a display at 144 Hz, for a second.
        for ms in 0..1000_u64 {
            sent.extend(held.moved(ms as f64 + 1.0));
            if ms % 7 == 0 {
                sent.extend(held.frame(start + Duration::from_millis(ms)));
            }
        }
        sent.extend(held.rest());
        assert!((30..=61).contains(&sent.len()), "{}", sent.len());
        assert!((sent[0] - 1.0).abs() < 1e-9, "the first does not wait");
        assert_eq!(sent.last().copied(), Some(1000.0));
        assert!(held.rest().is_none());
    }

    #[test]
    fn a_hand_that_rests_sends_nothing() {
        let mut held = held();
        assert!(held.moved(0.0).is_none());
        assert!(held.frame(Instant::now()).is_none());
        assert!(held.rest().is_none() && !held.has_moved());
    }
}
