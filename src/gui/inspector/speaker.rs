//! The wide inspector's page of a speaker.

use iced::widget::{column, container, pick_list, row, space, text};
use iced::{Border, Element, Length, Padding, alignment, border};

use super::control::{ALL_ROLES, Control, ROLES};
use super::edit::Field;
use super::hand::{alignment_us, is_trimmed};
use super::knob::{Knob, Measure};
use super::parts::{self, FieldLook, ROOM};
use super::{Inspector, Message, act, bluetooth, latency, trouble};
use crate::bluetooth::words::Agreed;
use crate::gui::icon::Icon;
use crate::gui::radio;
use crate::gui::shared::Shared;
use crate::gui::widgets::{self, icon_button, role_label, rule, segments, tag};
use crate::gui::{fonts, measure, style};
use crate::rig::{Role, Speaker};

/// The page.
pub fn view<'a>(
    inspector: &'a Inspector,
    speaker: &'a Speaker,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let mut page = column![head(inspector, speaker, shared)].spacing(12);
    if let Some(trouble) = trouble::of(shared, speaker) {
        page = page.push(trouble::card(&trouble, shared));
    }
    page = page
        .push(parts::three(speaker, 44.0, shared))
        .push(rule(tokens))
        .push(delay(inspector, speaker, shared))
        .push(compare(speaker, shared))
        .push(rule(tokens))
        .push(level(inspector, speaker, shared))
        .push(plays(speaker, shared));
    if let Some(section) = bluetooth::of_speaker(inspector, speaker, shared) {
        page = page.push(rule(tokens)).push(section);
    }
    let trim = inspector
        .hand
        .value(&Knob::Trim(speaker.id.clone()), shared);
    if let Some(section) = latency::view(&inspector.past, speaker, trim, shared) {
        page = page.push(rule(tokens)).push(section);
    }
    page.into()
}

fn head<'a>(
    inspector: &'a Inspector,
    speaker: &'a Speaker,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let field = Field::SpeakerName(speaker.id.clone());
    let room = ROOM - 30.0 - 8.0 - 40.0;
    let line = device_line(speaker, shared);
    let names = column![
        parts::name(inspector, field.clone(), room, fonts::ZONE + 1.0, shared),
        parts::under_name(inspector, &field, &line, room, shared),
    ]
    .width(room);
    let more = icon_button(Icon::EllipsisVertical, style::Button::Ghost, tokens)
        .on_press(Message::Pressed(Control::Menu));
    row![
        tag(speaker.slot, 30.0, tokens),
        space().width(8),
        names,
        parts::ring(more, Control::Menu, shared),
    ]
    .align_y(alignment::Vertical::Center)
    .into()
}

/// What it plays on: the device, its channels, its battery.
#[must_use]
pub fn device_line(speaker: &Speaker, shared: &Shared) -> String {
    let output = &speaker.output;
    let Some(device) = shared.link.device(&output.device) else {
        return format!("{} · not connected", output.device);
    };
    let mut words = vec![device.name.clone()];
    if !output.channels.is_empty() {
        let numbers: Vec<String> = output.channels.iter().map(ToString::to_string).collect();
        let noun = if numbers.len() == 1 {
            "channel"
        } else {
            "channels"
        };
        words.push(format!("{noun} {}", numbers.join(" and ")));
    }
    let link = radio::device_of(speaker, shared).and_then(|of| of.transport.as_ref());
    if let Some(link) = link {
        words.push(Agreed::of(link).codec());
    } else if let [rate] = device.rates[..] {
        words.push(format!("{} kHz", f64::from(rate) / 1000.0));
    }
    if let Some(percent) = device.radio.battery {
        words.push(format!("{percent}%"));
    }
    words.join(" · ")
}

fn delay<'a>(
    inspector: &'a Inspector,
    speaker: &'a Speaker,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let head = parts::ends(parts::heading("Delay", tokens), parts::units(shared));
    let knob = Knob::Trim(speaker.id.clone());
    let unit = parts::unit_label(&knob, fonts::ZONE - 1.0, shared);
    let look = FieldLook {
        height: 54.0,
        size: fonts::NUMBER,
        width: Length::Fill,
        unit_room: 36.0,
        plain: false,
    };
    let number = Field::Number(knob);
    let shown = inspector.editor.shown(&number, &inspector.hand, shared);
    let below = match &shown.error {
        Some(_) => parts::label_of("", &shown, ROOM, tokens),
        None => parts::ends(
            parts::label(auto_words(speaker, shared), tokens.text_second),
            parts::label(total_words(inspector, speaker, shared), tokens.text_second),
        ),
    };
    let field = parts::field(inspector, number, look, Some(unit), shared);
    let slider = |words: &'static str, control| {
        let head = parts::ends(
            parts::label(words, tokens.text_second),
            parts::label(
                parts::span_words(inspector, speaker, control, false, shared),
                tokens.text_third,
            ),
        );
        let track = parts::delay_slider(inspector, speaker, control, 34.0, shared);
        column![head, track]
    };
    column![
        head,
        row![field, parts::reset(48.0, 54.0, shared)].spacing(8),
        below,
        slider("Coarse", Control::Coarse),
        slider("Fine", Control::Fine),
        parts::steps(false, 5.0, shared),
    ]
    .spacing(8)
    .into()
}

/// `Auto-align adds +3.820 ms`.
fn auto_words(speaker: &Speaker, shared: &Shared) -> String {
    let adds = alignment_us(shared, &speaker.id);
    adds.map_or_else(
        || "Auto-align starts when it plays".into(),
        |us| format!("Auto-align adds {}", Measure::of(shared).delay(us)),
    )
}

/// `total 4.000`, in the same unit.
fn total_words(inspector: &Inspector, speaker: &Speaker, shared: &Shared) -> String {
    let trim = inspector
        .hand
        .value(&Knob::Trim(speaker.id.clone()), shared);
    let total = act::added_us(shared, speaker, trim);
    total.map_or_else(String::new, |us| {
        let text = Measure::of(shared).delay(us);
        let number = text.split_whitespace().next().unwrap_or_default();
        format!("total {}", number.trim_start_matches(['+', '±']))
    })
}

fn compare<'a>(speaker: &Speaker, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let trimmed = is_trimmed(shared, &speaker.id);
    let switch = segments(
        &[(false, "Auto only"), (true, "With my trim")],
        Some(trimmed),
        Message::TrimHeard,
        tokens,
    );
    let words = widgets::tip(
        parts::label("Compare", tokens.text_second),
        "Hold C to hear the other one",
        iced::widget::tooltip::Position::Top,
        tokens,
    );
    parts::ends(words, parts::ring(switch, Control::Compare, shared))
}

fn level<'a>(
    inspector: &'a Inspector,
    speaker: &'a Speaker,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let knob = Knob::Distance(speaker.id.clone());
    let unit = parts::unit_label(&knob, fonts::BODY, shared);
    let number = Field::Number(knob);
    let shown = inspector.editor.shown(&number, &inspector.hand, shared);
    let look = FieldLook {
        height: 42.0,
        size: fonts::ZONE,
        width: Length::Fixed(112.0),
        unit_room: 20.0,
        plain: false,
    };
    let distance = column![
        container(parts::label_of("Distance", &shown, 112.0, tokens)).center_y(26),
        parts::field(inspector, number, look, Some(unit), shared),
    ];
    let knob = Knob::Gain(speaker.id.clone());
    let gain = parts::gain(inspector, &knob, ROOM - 112.0 - 14.0, 42.0, shared);
    row![distance, gain].spacing(14).into()
}

fn plays<'a>(speaker: &Speaker, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let words = if speaker.inverted {
        "Inverted"
    } else {
        "Invert"
    };
    let kind = if speaker.inverted {
        style::Button::On
    } else {
        style::Button::Ghost
    };
    let polarity = widgets::labelled(Some(Icon::FlipVertical2), words, kind, tokens)
        .height(32.0)
        .on_press(Message::Pressed(Control::Polarity));
    let polarity = widgets::tip(
        polarity,
        "Turns the polarity around, for a speaker that is wired the other way",
        iced::widget::tooltip::Position::Top,
        tokens,
    );
    let head = parts::ends(
        parts::label("Plays", tokens.text_second),
        parts::ring(polarity, Control::Polarity, shared),
    );
    column![head, roles(speaker, &ROLES, shared)]
        .spacing(4)
        .into()
}

/// The switch of roles: `first` as segments, the others in a list behind them.
pub fn roles<'a>(speaker: &Speaker, first: &[Role], shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let choices: Vec<(Role, &str)> = first
        .iter()
        .map(|role| (*role, role_label(*role)))
        .collect();
    let chosen = Some(speaker.role);
    let switch = segments(&choices, chosen, Message::RoleChosen, tokens);
    let others: Vec<Named> = ALL_ROLES
        .into_iter()
        .filter(|role| !first.contains(role))
        .map(Named)
        .collect();
    let other = Some(Named(speaker.role)).filter(|named| others.contains(named));
    let list = more(others, other, shared);
    let both = row![switch, list]
        .spacing(4)
        .align_y(alignment::Vertical::Center);
    parts::ring(both, Control::Plays, shared)
}

/// A role with its name for the list.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Named(Role);

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(role_label(self.0))
    }
}

fn more<'a>(others: Vec<Named>, chosen: Option<Named>, shared: &Shared) -> Element<'a, Message> {
    let tokens = (*shared.tokens).clone();
    let menu = tokens.clone();
    let on = chosen.is_some();
    let words = chosen.map_or("…", |named| role_label(named.0));
    let width = measure::width(words, fonts::SMALL, fonts::MEDIUM) + 24.0;
    pick_list(others, chosen, |named| Message::RoleChosen(named.0))
        .placeholder("…")
        .handle(pick_list::Handle::None)
        .font(fonts::MEDIUM)
        .text_size(fonts::SMALL)
        .padding(Padding::from([8.0, 11.0]))
        .width(width)
        .style(move |_, status| {
            let hover = !matches!(status, pick_list::Status::Active);
            let (ground, ink) = match (on, hover) {
                (true, _) => (tokens.accent, tokens.on_accent),
                (false, true) => (tokens.control_hover, tokens.text),
                (false, false) => (tokens.control, tokens.text),
            };
            pick_list::Style {
                text_color: ink,
                placeholder_color: ink,
                handle_color: ink,
                background: ground.into(),
                border: edge(&tokens),
            }
        })
        .menu_style(move |_| iced::overlay::menu::Style {
            background: menu.zone.into(),
            border: Border {
                color: menu.edge,
                width: 1.0_f32.max(menu.border_width),
                radius: border::radius(style::radius::CONTROL),
            },
            text_color: menu.text,
            selected_text_color: menu.on_accent,
            selected_background: menu.accent.into(),
            shadow: style::shadow(&menu),
        })
        .into()
}

fn edge(tokens: &crate::gui::tokens::Tokens) -> Border {
    Border {
        color: tokens.button_border,
        width: if tokens.button_border.a > 0.0 {
            1.5_f32.max(tokens.border_width)
        } else {
            0.0
        },
        radius: border::radius(style::radius::CONTROL),
    }
}

/// A line of text for pages: what it is, and its value at the right.
pub fn fact<'a>(words: &str, value: String, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    parts::ends(
        parts::label(words, tokens.text_second),
        text(value)
            .font(fonts::SEMIBOLD)
            .size(fonts::BODY)
            .color(tokens.text)
            .wrapping(text::Wrapping::None),
    )
}
