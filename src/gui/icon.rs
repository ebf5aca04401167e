//! Icons of the Lucide font as text.

use iced::widget::{Text, text};
use iced::{Color, Pixels};
pub use lucide_icons::Icon;

use super::{fonts, radio};
use crate::devices::DeviceKind;
use crate::rig::Source;

/// An icon of `size` pixels in one colour.
pub fn icon<'a>(icon: Icon, size: impl Into<Pixels>, color: Color) -> Text<'a> {
    text(char::from(icon).to_string())
        .font(fonts::ICONS)
        .size(size)
        .line_height(1.0)
        .color(color)
}

/// What a kind of device looks like.
#[must_use]
pub fn of_device(kind: DeviceKind) -> Icon {
    match kind {
        DeviceKind::Usb => Icon::Usb,
        DeviceKind::Hdmi => Icon::Tv,
        DeviceKind::Card => Icon::AudioLines,
        DeviceKind::Bluetooth => Icon::Bluetooth,
        DeviceKind::Network => Icon::Network,
        DeviceKind::Virtual => Icon::Cable,
        DeviceKind::Simulated | DeviceKind::Unknown => Icon::Speaker,
    }
}

/// What a source looks like.
#[must_use]
pub fn of_source(source: &Source) -> Icon {
    match source {
        Source::Files { .. } => Icon::FileMusic,
        Source::Capture { .. } if radio::of_source(source).is_some() => Icon::Speaker,
        Source::Capture { .. } => Icon::Cable,
        Source::Desktop | Source::Monitor { .. } => Icon::Monitor,
        Source::Pipe { .. } => Icon::SquareTerminal,
        Source::Test { .. } => Icon::Activity,
    }
}

/// The logo for the window's frame and the task bar, as [`super::glyph::logo`]
/// draws it on paper.
#[must_use]
pub fn window() -> Option<iced::window::Icon> {
    let mut pixels = Vec::with_capacity((SIDE * SIDE * 4) as usize);
    for y in 0..SIDE {
        for x in 0..SIDE {
            let at = |pixel: u32| (pixel as f32 + 0.5) * 32.0 / SIDE as f32;
            pixels.extend(logo_at(at(x), at(y)));
        }
    }
    iced::window::icon::from_rgba(pixels, SIDE, SIDE).ok()
}

/// The colour at a place of the logo, which is 32 wide.
fn logo_at(x: f32, y: f32) -> [u8; 4] {
    let lines = [(9.0, 7.0, 25.0), (14.5, 5.0, 27.0), (20.0, 8.0, 24.0)];
    let lines = lines
        .iter()
        .map(|&(top, left, right)| covered(x, y, [left, top, right, top + 2.6], 1.3) * 0.55);
    let ink = lines.fold(covered(x, y, [14.3, 5.0, 17.7, 27.0], 1.7), f32::max);
    let shade = |paper: f32, ink_shade: f32| (paper + (ink_shade - paper) * ink) as u8;
    let alpha = covered(x, y, [0.0, 0.0, 32.0, 32.0], 7.0) * 255.0;
    [
        shade(243.0, 23.0),
        shade(241.0, 25.0),
        shade(235.0, 27.0),
        alpha as u8,
    ]
}

/// How much of the pixel at a place a rounded box covers, 0 to 1.
fn covered(x: f32, y: f32, [left, top, right, bottom]: [f32; 4], radius: f32) -> f32 {
    let beyond = |at: f32, least: f32, most: f32| {
        ((at - (least + most) / 2.0).abs() - (most - least) / 2.0 + radius).max(0.0)
    };
    let away = beyond(x, left, right).hypot(beyond(y, top, bottom)) - radius;
    (0.5 - away * SIDE as f32 / 32.0).clamp(0.0, 1.0)
}

/// Pixels of the window's icon on each side.
const SIDE: u32 = 64;
