//! Colours of the report by name, so that one drawing serves both themes.
//!
//! Plots are drawn in stand-in colours that appear nowhere else. In the page
//! they become CSS variables and follow the reader's theme; in files of their
//! own, where a viewer may know no variables, they become the light theme.

use std::fmt::Write as _;

use plotters::style::RGBColor;

/// What a colour is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Identity colour of a speaker, slot 1 to 8.
    Speaker(u8),
    /// Text on a speaker's tag.
    OnSpeaker(u8),
    Text,
    Axis,
    Grid,
    Ground,
    Ok,
    Warn,
    Err,
}

impl Ink {
    /// The stand-in.
    pub fn rgb(self) -> RGBColor {
        RGBColor(MARK, 0, self.code())
    }

    fn code(self) -> u8 {
        match self {
            Self::Speaker(slot) => slot.clamp(1, 8),
            Self::OnSpeaker(slot) => 0x10 + slot.clamp(1, 8),
            Self::Text => 0x20,
            Self::Axis => 0x21,
            Self::Grid => 0x22,
            Self::Ground => 0x23,
            Self::Ok => 0x24,
            Self::Warn => 0x25,
            Self::Err => 0x26,
        }
    }

    /// Name of its CSS variable.
    fn variable(self) -> String {
        match self {
            Self::Speaker(slot) => format!("--s{slot}"),
            Self::OnSpeaker(slot) => format!("--t{slot}"),
            Self::Text => "--text".into(),
            Self::Axis => "--text3".into(),
            Self::Grid => "--grid".into(),
            Self::Ground => "--plot".into(),
            Self::Ok => "--ok".into(),
            Self::Warn => "--warn".into(),
            Self::Err => "--err".into(),
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        (1..=8)
            .flat_map(|slot| [Self::Speaker(slot), Self::OnSpeaker(slot)])
            .chain([
                Self::Text,
                Self::Axis,
                Self::Grid,
                Self::Ground,
                Self::Ok,
                Self::Warn,
                Self::Err,
            ])
    }

    fn light(self) -> &'static str {
        match self {
            Self::Speaker(slot) => LIGHT_SPEAKERS[usize::from(slot.clamp(1, 8)) - 1],
            Self::OnSpeaker(1 | 2 | 8) | Self::Text => "#17191B",
            Self::OnSpeaker(_) | Self::Ground => "#FFFFFF",
            Self::Axis => "#585D60",
            Self::Grid => "#E6E3DC",
            Self::Ok => "#006B4A",
            Self::Warn => "#7E5000",
            Self::Err => "#B52A0D",
        }
    }

    fn dark(self) -> &'static str {
        match self {
            Self::Speaker(slot) => DARK_SPEAKERS[usize::from(slot.clamp(1, 8)) - 1],
            Self::OnSpeaker(_) => "#111214",
            Self::Text => "#F3F1EB",
            Self::Axis => "#A9AFB2",
            Self::Grid => "#292D32",
            Self::Ground => "#131517",
            Self::Ok => "#4FD8A8",
            Self::Warn => "#F7BE3B",
            Self::Err => "#FF8F78",
        }
    }
}

/// Stand-ins to CSS variables.
pub(super) fn themed(svg: &str) -> String {
    replaced(svg, |ink| format!("var({})", ink.variable()))
}

/// Stand-ins to the light theme, on a ground of its own: the viewer's may be dark.
pub(super) fn light(svg: &str) -> String {
    let ground = format!(
        "</title>\n<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>",
        Ink::Ground.light()
    );
    replaced(svg, |ink| ink.light().into()).replacen("</title>", &ground, 1)
}

/// The variables of both themes.
pub(super) fn css_variables() -> String {
    let block = |of: fn(Ink) -> &'static str| {
        Ink::all().fold(String::new(), |mut css, ink| {
            let _ = write!(css, "{}:{};", ink.variable(), of(ink));
            css
        })
    };
    format!(
        ":root{{color-scheme:light dark;{}}}\n@media (prefers-color-scheme:dark){{:root{{{}}}}}\n",
        block(Ink::light),
        block(Ink::dark)
    )
}

fn replaced(svg: &str, by: impl Fn(Ink) -> String) -> String {
    Ink::all().fold(svg.to_owned(), |svg, ink| {
        let RGBColor(r, g, b) = ink.rgb();
        svg.replace(
            &format!("\"#{r:02X}{g:02X}{b:02X}\""),
            &format!("\"{}\"", by(ink)),
        )
    })
}

const MARK: u8 = 1;
const LIGHT_SPEAKERS: [&str; 8] = [
    "#2C86EE", "#B97C00", "#750A03", "#7A3FD8", "#2D7037", "#B62093", "#044550", "#838383",
];
const DARK_SPEAKERS: [&str; 8] = [
    "#64AADA", "#FFE083", "#F77B23", "#937CFE", "#B2FEE6", "#C07F8F", "#52DCF1", "#BEB4A0",
];
