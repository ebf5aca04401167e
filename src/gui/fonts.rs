//! The fonts that are shipped and the sizes of the interface.
//!
//! IBM Plex Sans has digits and signs of equal width by default, so live numbers
//! do not dance; iced cannot switch font features on.

use std::borrow::Cow;

use iced::Font;
use iced::font::{Family, Weight};

/// All font files, for the application's settings.
#[must_use]
pub fn all() -> Vec<Cow<'static, [u8]>> {
    vec![
        Cow::Borrowed(include_bytes!("../../assets/fonts/IBMPlexSans-Regular.ttf")),
        Cow::Borrowed(include_bytes!("../../assets/fonts/IBMPlexSans-Medium.ttf")),
        Cow::Borrowed(include_bytes!(
            "../../assets/fonts/IBMPlexSans-SemiBold.ttf"
        )),
        Cow::Borrowed(include_bytes!("../../assets/fonts/IBMPlexSans-Bold.ttf")),
        Cow::Borrowed(include_bytes!("../../assets/fonts/IBMPlexMono-Regular.ttf")),
        Cow::Borrowed(lucide_icons::LUCIDE_FONT_BYTES),
    ]
}

/// Body text, weight 400.
pub const REGULAR: Font = sans(Weight::Normal);
/// Labels of controls, weight 500.
pub const MEDIUM: Font = sans(Weight::Medium);
/// Names and headings, weight 600.
pub const SEMIBOLD: Font = sans(Weight::Semibold);
/// Numbers on tags, weight 700.
pub const BOLD: Font = sans(Weight::Bold);
/// Logs and reports.
pub const MONO: Font = Font::with_name("IBM Plex Mono");
/// Icons.
pub const ICONS: Font = Font::with_name("lucide");

/// Axis ticks and badges only.
pub const TICK: f32 = 12.0;
/// Secondary text.
pub const SMALL: f32 = 13.0;
/// Body text.
pub const BODY: f32 = 14.0;
/// Node names and section headings.
pub const NAME: f32 = 15.0;
/// Zone names and offsets on nodes.
pub const ZONE: f32 = 17.0;
/// The health line.
pub const HEALTH: f32 = 20.0;
/// Page titles.
pub const TITLE: f32 = 24.0;
/// The number field.
pub const NUMBER: f32 = 28.0;
/// The title of the first-run page.
pub const WELCOME: f32 = 32.0;
/// Relative line height everywhere.
pub const LINE_HEIGHT: f32 = 1.3;

const fn sans(weight: Weight) -> Font {
    Font {
        family: Family::Name("IBM Plex Sans"),
        weight,
        ..Font::DEFAULT
    }
}
