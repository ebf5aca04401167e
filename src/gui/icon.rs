//! Icons of the Lucide font as text.

use iced::widget::{Text, text};
use iced::{Color, Pixels};
pub use lucide_icons::Icon;

use super::fonts;
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
        Source::Capture { .. } => Icon::Cable,
        Source::Desktop | Source::Monitor { .. } => Icon::Monitor,
        Source::Pipe { .. } => Icon::SquareTerminal,
        Source::Test { .. } => Icon::Activity,
    }
}
