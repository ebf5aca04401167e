//! What the user chose for the window, saved as `window.toml`; nothing of it
//! changes the sound.

use serde::{Deserialize, Serialize};

/// The preferences. Every field has a default, so a damaged file loses only what
/// is broken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prefs {
    /// `system`, or a theme's file name without `.toml`, such as `light`.
    pub theme: String,
    /// Size of everything, 0.75 to 3.
    pub scale: f32,
    /// Scale by the window's height, to be read from a sofa.
    pub tv: bool,
    /// Unit of delays.
    pub unit: Unit,
    /// No slides, no running dashes.
    pub motion: Motion,
    /// What draws the window; in force at the next start.
    pub renderer: Renderer,
    /// What closing the window does.
    pub on_close: OnClose,
    /// Height of the dock in the wide layout, logical pixels.
    pub dock: f32,
    /// Range of the plots: `10 s`, `1 min`, `10 min` or `1 h`.
    pub range: String,
    /// Size of the window when it was last closed.
    pub size: (f32, f32),
}

impl Default for Prefs {
    fn default() -> Self {
        Self {
            theme: "system".into(),
            scale: 1.0,
            tv: false,
            unit: Unit::default(),
            motion: Motion::default(),
            renderer: Renderer::default(),
            on_close: OnClose::default(),
            dock: 232.0,
            range: "1 min".into(),
            size: (1440.0, 900.0),
        }
    }
}

impl Prefs {
    /// The same with every number in its range: a file may say anything.
    #[must_use]
    pub fn mended(self) -> Self {
        let usual = Self::default();
        let within = |value: f32, least: f32, most: f32, usual: f32| {
            if value.is_finite() {
                value.clamp(least, most)
            } else {
                usual
            }
        };
        Self {
            scale: within(self.scale, *SCALE.start(), *SCALE.end(), usual.scale),
            dock: within(self.dock, 0.0, 4000.0, usual.dock),
            size: (
                within(self.size.0, 480.0, 16_000.0, usual.size.0),
                within(self.size.1, 320.0, 16_000.0, usual.size.1),
            ),
            ..self
        }
    }
}

/// Smallest and largest [`Prefs::scale`].
pub const SCALE: std::ops::RangeInclusive<f32> = 0.75..=3.0;

/// Unit of delays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Milliseconds.
    #[default]
    Ms,
    /// Microseconds.
    Us,
    /// Centimetres that sound travels.
    Cm,
}

impl Unit {
    /// In the order of the switch.
    pub const ALL: [Self; 3] = [Self::Ms, Self::Us, Self::Cm];

    /// As it is written.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Ms => "ms",
            Self::Us => "µs",
            Self::Cm => "cm",
        }
    }
}

/// Whether things move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    /// As the desktop wishes.
    #[default]
    System,
    /// Always.
    Full,
    /// Never.
    Reduced,
}

/// What draws the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Renderer {
    /// The graphics card where there is a real one, else the processor.
    #[default]
    Auto,
    /// The graphics card.
    Gpu,
    /// The processor.
    Software,
}

/// What closing the window does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnClose {
    /// Ask, once.
    #[default]
    Ask,
    /// The sound goes on.
    Keep,
    /// The sound stops.
    Stop,
}
