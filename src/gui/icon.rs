//! Icons of the Lucide font as text.

use std::io::Cursor;

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

/// The icon of the `.desktop` file for the window's frame and the task bar, where
/// the desktop does not look the file up.
#[must_use]
pub fn window() -> Option<iced::window::Icon> {
    let mut reader = png::Decoder::new(Cursor::new(ICON)).read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut pixels).ok()?;
    iced::window::icon::from_rgba(pixels, frame.width, frame.height).ok()
}

/// Large enough for task bars on dense screens.
const ICON: &[u8] = include_bytes!("../../packaging/linux/icons/128.png");

#[cfg(test)]
mod tests {
    #[test]
    fn the_window_has_an_icon() {
        assert!(super::window().is_some());
    }
}
