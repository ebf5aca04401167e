//! How widgets look: functions from the theme's tokens to iced styles, one group
//! for each kind of widget. Nothing here knows what the widgets mean.

use iced::border::{self, Border};
use iced::widget::{self, container, scrollable, text_input};
use iced::{Background, Color, Shadow, Theme, Vector};

use super::tokens::Tokens;

/// Corner radii.
pub mod radius {
    /// Number tags and badges.
    pub const TAG: f32 = 5.0;
    /// Buttons and fields.
    pub const CONTROL: f32 = 8.0;
    /// Speaker nodes and rows.
    pub const NODE: f32 = 10.0;
    /// Cards.
    pub const CARD: f32 = 12.0;
    /// Zones.
    pub const ZONE: f32 = 14.0;
}

/// What a button is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// The one thing to do.
    Primary,
    /// Everything else.
    Secondary,
    /// Switched on.
    On,
    /// With a border and no fill.
    Outline,
    /// Nothing but its content until the pointer is over it; with strong borders,
    /// one of them.
    Ghost,
    /// A segment of a switch that is not chosen.
    Segment,
    /// A row of a list, full width.
    Row,
}

/// The style of a button.
pub fn button(
    kind: Button,
    tokens: &Tokens,
) -> impl Fn(&Theme, widget::button::Status) -> widget::button::Style + use<> {
    use widget::button;

    let tokens = tokens.clone();
    move |_, status| {
        let hover = matches!(status, button::Status::Hovered | button::Status::Pressed);
        let disabled = status == button::Status::Disabled;
        let (ground, text, edge) = match kind {
            Button::Primary | Button::On => {
                (Some(tokens.accent), tokens.on_accent, Color::TRANSPARENT)
            }
            Button::Secondary if hover => (
                Some(tokens.control_hover),
                tokens.text,
                tokens.button_border,
            ),
            Button::Secondary => (Some(tokens.control), tokens.text, tokens.button_border),
            Button::Outline if hover => (Some(tokens.control_hover), tokens.text, tokens.edge),
            Button::Outline => (None, tokens.text, tokens.edge),
            Button::Ghost | Button::Segment | Button::Row => {
                // With strong borders a button without one is none; segments and
                // rows have theirs around all of them.
                let strong = kind == Button::Ghost && tokens.is_contrast();
                let edge = if strong {
                    tokens.edge
                } else {
                    Color::TRANSPARENT
                };
                (hover.then_some(tokens.control_hover), tokens.text, edge)
            }
        };
        let fade = if disabled { 0.45 } else { 1.0 };
        let pressed = status == button::Status::Pressed && matches!(kind, Button::Primary);
        button::Style {
            background: ground.map(|ground| {
                Background::Color(ground.scale_alpha(if pressed { 0.85 } else { fade }))
            }),
            text_color: text.scale_alpha(fade),
            border: Border {
                color: edge.scale_alpha(fade),
                width: if edge.a > 0.0 {
                    1.5_f32.max(tokens.border_width)
                } else {
                    0.0
                },
                radius: border::radius(radius::CONTROL),
            },
            shadow: Shadow::default(),
            ..button::Style::default()
        }
    }
}

/// A ground with a border.
#[must_use]
pub fn boxed(ground: Color, edge: Color, width: f32, round: f32) -> container::Style {
    container::Style {
        background: Some(Background::Color(ground)),
        border: Border {
            color: edge,
            width,
            radius: border::radius(round),
        },
        ..container::Style::default()
    }
}

/// A bar, the rail, the inspector, the dock: a flat ground.
#[must_use]
pub fn panel(tokens: &Tokens) -> container::Style {
    boxed(tokens.panel, Color::TRANSPARENT, 0.0, 0.0)
}

/// A zone or card.
#[must_use]
pub fn card(tokens: &Tokens) -> container::Style {
    boxed(
        tokens.zone,
        tokens.zone_border,
        tokens.border_width,
        radius::CARD,
    )
}

/// A row of the rail.
#[must_use]
pub fn row(tokens: &Tokens, hovered: bool) -> container::Style {
    let ground = if hovered {
        tokens.node_hover
    } else {
        tokens.node
    };
    boxed(
        ground,
        tokens.node_border,
        tokens.border_width,
        radius::NODE,
    )
}

/// A dialog, a menu, a toast: lifted over everything.
#[must_use]
pub fn lifted(tokens: &Tokens, ground: Color, edge: Color) -> container::Style {
    container::Style {
        shadow: shadow(tokens),
        ..boxed(ground, edge, 1.0_f32.max(tokens.border_width), radius::CARD)
    }
}

/// The shadow of lifted things.
#[must_use]
pub fn shadow(tokens: &Tokens) -> Shadow {
    Shadow {
        color: tokens.shadow,
        offset: Vector::new(0.0, 14.0),
        blur_radius: 40.0,
    }
}

/// A tooltip.
#[must_use]
pub fn tip(tokens: &Tokens) -> container::Style {
    container::Style {
        text_color: Some(tokens.on_accent),
        ..boxed(tokens.accent, tokens.accent, 0.0, radius::TAG)
    }
}

/// A line between areas; use it on a container of one or two pixels.
#[must_use]
pub fn line(tokens: &Tokens) -> container::Style {
    boxed(tokens.line, Color::TRANSPARENT, 0.0, 0.0)
}

/// A text field; `wrong` when what stands in it cannot be used.
pub fn field(
    tokens: &Tokens,
    wrong: bool,
) -> impl Fn(&Theme, text_input::Status) -> text_input::Style + use<> {
    let tokens = tokens.clone();
    move |_, status| {
        let focused = matches!(status, text_input::Status::Focused { .. });
        text_input::Style {
            background: Background::Color(tokens.well),
            border: Border {
                color: match (wrong, focused) {
                    (true, _) => tokens.err,
                    (false, true) => tokens.focus,
                    (false, false) => tokens.edge,
                },
                width: if focused || wrong {
                    2.0
                } else {
                    1.5_f32.max(tokens.border_width)
                },
                radius: border::radius(radius::CONTROL),
            },
            icon: tokens.text_third,
            placeholder: tokens.text_third,
            value: tokens.text,
            selection: tokens.focus.scale_alpha(0.35),
        }
    }
}

/// A scrollable with a thin bar.
pub fn scroll(tokens: &Tokens) -> impl Fn(&Theme, scrollable::Status) -> scrollable::Style + use<> {
    let tokens = tokens.clone();
    move |theme, status| {
        let rail = scrollable::Rail {
            background: None,
            border: Border::default(),
            scroller: scrollable::Scroller {
                background: Background::Color(match status {
                    scrollable::Status::Active { .. } => tokens.track,
                    _ => tokens.edge,
                }),
                border: border::rounded(3.0),
            },
        };
        scrollable::Style {
            container: container::Style::default(),
            vertical_rail: rail,
            horizontal_rail: rail,
            gap: None,
            ..scrollable::default(theme, status)
        }
    }
}
