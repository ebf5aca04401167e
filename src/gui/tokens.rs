//! The colours of a theme, read from `themes/*.toml` and from the user's own files.
//!
//! Every colour in the window comes from here; nothing else in `gui` names one.
//! A file may leave out any key: it is then taken from the dark theme.

use iced::Color;
use serde::{Deserialize, Deserializer, de};

use crate::rig::error::near;

macro_rules! tokens {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// All colours and the few measures that differ between themes.
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Tokens {
            /// What the user sees in the settings.
            pub name: String,
            /// Whether it suits a desktop that prefers dark.
            pub dark: bool,
            /// Width of the borders of cards and controls, logical pixels.
            pub border_width: f32,
            /// Shadow of lifted things; transparent for none.
            #[serde(deserialize_with = "color")]
            pub shadow: Color,
            $($(#[$doc])* #[serde(deserialize_with = "color")] pub $name: Color,)*
            /// Identity colours of speakers 1 to 8.
            #[serde(deserialize_with = "colors")]
            pub speaker: [Color; 8],
            /// The number on each of them.
            #[serde(deserialize_with = "colors")]
            pub tag_text: [Color; 8],
            /// The stages of the latency bar.
            #[serde(deserialize_with = "colors")]
            pub stages: [Color; 5],
        }
    };
}

tokens! {
    /// Canvas and pages.
    background,
    /// Bars, rail, inspector, dock.
    panel,
    /// Zones and cards.
    zone,
    /// Speaker nodes and rows.
    node,
    /// The same under the pointer.
    node_hover,
    /// Buttons.
    control,
    /// The same under the pointer.
    control_hover,
    /// Fields and meters.
    well,
    /// Ground of plots.
    plot,
    /// Decoration between areas.
    line,
    /// Borders of controls, edges of the graph.
    edge,
    /// Border of nodes and rows.
    node_border,
    /// Border of zones and cards.
    zone_border,
    /// Border of filled buttons; transparent where the fill is enough.
    button_border,
    /// Track of sliders.
    track,
    /// Grid of plots.
    grid,
    /// Main text.
    text,
    /// Second text.
    text_second,
    /// Axes, hints, units.
    text_third,
    /// Primary buttons, selection, slider handles.
    accent,
    /// Text on them.
    on_accent,
    /// In phase.
    ok,
    /// Drifting.
    warn,
    /// Out or lost.
    err,
    /// Connecting.
    busy,
    /// Ground of a card about something in phase.
    ok_ground,
    /// Ground of a card about something drifting.
    warn_ground,
    /// Ground of a card about something lost.
    err_ground,
    /// Ground of a card about something connecting.
    busy_ground,
    /// The sign on a health colour.
    on_health,
    /// The band of "in phase" on phase bars.
    band,
    /// The same on plots.
    band_plot,
    /// The keyboard focus ring.
    focus,
}

impl Tokens {
    /// The dark theme that comes with the program.
    #[must_use]
    pub fn dark() -> Self {
        Self::parse(DARK).expect("a test reads it")
    }

    /// The light theme that comes with the program.
    #[must_use]
    pub fn light() -> Self {
        Self::parse(LIGHT).expect("a test reads it")
    }

    /// The high-contrast theme that comes with the program.
    #[must_use]
    pub fn contrast() -> Self {
        Self::parse(CONTRAST).expect("a test reads it")
    }

    /// Reads a theme; keys that are left out are those of the dark one.
    ///
    /// # Errors
    /// One sentence that names the key or the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let said = |error: toml::de::Error| explain(&error, text);
        let mut table: toml::Table = toml::from_str(DARK).map_err(said)?;
        table.extend(toml::from_str::<toml::Table>(text).map_err(said)?);
        table.try_into().map_err(said)
    }

    /// Identity colour of a speaker by its slot (1 and up; 0 is like 1), and
    /// whether it is drawn dashed because the eight colours are used up.
    #[must_use]
    pub fn identity(&self, slot: u8) -> (Color, bool) {
        let index = usize::from(slot.max(1) - 1);
        (self.speaker[index % 8], index >= 8)
    }

    /// The colour of the number on a speaker's tag.
    #[must_use]
    pub fn tag_number(&self, slot: u8) -> Color {
        self.tag_text[usize::from(slot.max(1) - 1) % 8]
    }

    /// How thick the lines between areas are.
    #[must_use]
    pub fn line_width(&self) -> f32 {
        self.border_width.max(1.0)
    }

    /// Whether borders are drawn strong and shadows not at all.
    #[must_use]
    pub fn is_contrast(&self) -> bool {
        self.border_width > 1.5
    }
}

/// One short sentence. People read it in the settings, where code is in quotation
/// marks.
fn explain(error: &toml::de::Error, text: &str) -> String {
    let words = error.message();
    let mut quoted = words.split('`').skip(1).step_by(2);
    if words.starts_with("unknown field")
        && let Some(wrong) = quoted.next()
    {
        let hint = near(wrong, quoted).map_or_else(
            || "Leave it out.".to_owned(),
            |near| format!("Did you mean \"{near}\"?"),
        );
        return format!("There is no \"{wrong}\" in a theme. {hint}");
    }
    let words = words.replace('`', "\"");
    let words = words.lines().collect::<Vec<_>>().join(" ");
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => {
            let line = before.matches('\n').count() + 1;
            format!("It cannot be read in line {line}: {words}.")
        }
        // The merged table has no lines; the error says the key on its last one.
        None => {
            let all = error.to_string().trim().replace('\n', " ");
            all.replace('`', "\"")
        }
    }
}

fn color<'de, D: Deserializer<'de>>(from: D) -> Result<Color, D::Error> {
    let text = String::deserialize(from)?;
    text.parse().map_err(|_| {
        de::Error::custom(format!(
            "\"{text}\" is no colour; write it like #1A2B3C or #1A2B3C80"
        ))
    })
}

fn colors<'de, const N: usize, D: Deserializer<'de>>(from: D) -> Result<[Color; N], D::Error> {
    #[derive(Deserialize)]
    struct One(#[serde(deserialize_with = "color")] Color);
    let all = Vec::<One>::deserialize(from)?;
    let count = all.len();
    let all: Vec<Color> = all.into_iter().map(|one| one.0).collect();
    all.try_into()
        .map_err(|_| de::Error::custom(format!("{N} colours are needed here, not {count}")))
}

const DARK: &str = include_str!("../../themes/dark.toml");
const LIGHT: &str = include_str!("../../themes/light.toml");
const CONTRAST: &str = include_str!("../../themes/contrast.toml");

#[cfg(test)]
mod tests;
