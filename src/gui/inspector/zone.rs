//! The wide inspector's page of a zone.

use iced::widget::{button, column, container, row, space, text};
use iced::{Element, Length, Padding, alignment};

use super::control::Control;
use super::edit::Field;
use super::knob::Knob;
use super::parts::{self, FieldLook, ROOM};
use super::speaker::fact;
use super::{Inspector, Message};
use crate::engine::format;
use crate::gui::icon::{self, Icon};
use crate::gui::scene::NodeView;
use crate::gui::shared::Shared;
use crate::gui::widgets::{self, icon_button, labelled, rule, segments, tag};
use crate::gui::{fonts, glyph, style};
use crate::rig::{Role, Timing, Zone};

/// Whether a subwoofer plays in the zone.
#[must_use]
pub fn has_sub(shared: &Shared, zone: &Zone) -> bool {
    let speakers = zone.speakers.iter();
    speakers
        .filter_map(|id| shared.link.rig.speaker(id))
        .any(|speaker| speaker.role == Role::Sub)
}

/// The page.
pub fn view<'a>(
    inspector: &'a Inspector,
    zone: &'a Zone,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let knob = Knob::ZoneGain(zone.id.clone());
    let mut page = column![
        head(inspector, zone, shared),
        mute(zone, 44.0, shared),
        parts::gain(inspector, &knob, ROOM, 40.0, shared),
        rule(tokens),
        parts::ends(parts::heading("Timing", tokens), timing(zone, shared)),
        words(timing_words(zone.timing), shared),
        fact("Latency", latency(zone, shared), shared),
        fact("Spread", spread(zone, shared), shared),
    ]
    .spacing(12);
    if has_sub(shared, zone) {
        page = page.push(crossover(inspector, zone, shared));
    }
    let remove = labelled(None, "Remove zone", style::Button::Outline, tokens)
        .on_press(Message::Pressed(Control::RemoveZone));
    page.push(rule(tokens))
        .push(parts::heading("Speakers", tokens))
        .push(members(zone, shared))
        .push(rule(tokens))
        .push(parts::ring(remove, Control::RemoveZone, shared))
        .into()
}

fn head<'a>(inspector: &'a Inspector, zone: &'a Zone, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let room = ROOM - 40.0;
    let names = names(inspector, zone, room, shared);
    let more = icon_button(Icon::EllipsisVertical, style::Button::Ghost, tokens)
        .on_press(Message::Pressed(Control::Menu));
    row![names, parts::ring(more, Control::Menu, shared)]
        .align_y(alignment::Vertical::Center)
        .into()
}

/// Sign, name and number of speakers.
pub fn names<'a>(
    inspector: &'a Inspector,
    zone: &Zone,
    room: f32,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let field = Field::ZoneName(zone.id.clone());
    let inner = room - 22.0 - 10.0;
    let size = fonts::ZONE + 1.0;
    row![
        icon::icon(Icon::DoorOpen, 22.0, shared.tokens.text),
        column![
            parts::name(inspector, field.clone(), inner, size, shared),
            parts::under_name(inspector, &field, &count(zone), inner, shared),
        ]
        .width(inner),
    ]
    .spacing(10)
    .align_y(alignment::Vertical::Center)
    .into()
}

/// `4 speakers`.
fn count(zone: &Zone) -> String {
    match zone.speakers.len() {
        0 => "No speakers yet".into(),
        1 => "1 speaker".into(),
        more => format!("{more} speakers"),
    }
}

/// Silences the zone.
pub fn mute<'a>(zone: &Zone, height: f32, shared: &Shared) -> Element<'a, Message> {
    let words = if zone.muted { "Muted" } else { "Mute" };
    let button = parts::filled(
        Control::Mute,
        Icon::VolumeX,
        words,
        zone.muted,
        height,
        shared,
    );
    parts::ring(button, Control::Mute, shared)
}

/// In sync with the others, or on its own.
pub fn timing<'a>(zone: &Zone, shared: &Shared) -> Element<'a, Message> {
    let choices = [(Timing::InSync, "In sync"), (Timing::Own, "Own timing")];
    let chosen = Some(zone.timing);
    let switch = segments(&choices, chosen, Message::TimingChosen, &shared.tokens);
    parts::ring(switch, Control::Timing, shared)
}

/// What the timing means.
#[must_use]
pub fn timing_words(timing: Timing) -> &'static str {
    match timing {
        Timing::InSync => "Waits for the slowest speaker of all zones in sync.",
        Timing::Own => "Only as slow as its own slowest speaker.",
    }
}

fn words<'a>(words: &'static str, shared: &Shared) -> Element<'a, Message> {
    text(words)
        .size(fonts::SMALL)
        .color(shared.tokens.text_second)
        .into()
}

/// Latency of its group.
#[must_use]
pub fn latency(zone: &Zone, shared: &Shared) -> String {
    let mut groups = shared.link.snapshot.groups.iter();
    let group = groups.find(|group| group.zones.contains(&zone.id));
    group.map_or_else(
        || format::MISSING.into(),
        |group| format::latency(group.target_ms),
    )
}

/// How far its speakers are apart.
#[must_use]
pub fn spread(zone: &Zone, shared: &Shared) -> String {
    let mut zones = shared.link.snapshot.zones.iter();
    let state = zones.find(|state| state.id == zone.id);
    let spread = state.and_then(|state| state.spread_us);
    spread.map_or_else(|| format::MISSING.into(), format::spread)
}

/// Where the subwoofer takes over.
pub fn crossover<'a>(
    inspector: &'a Inspector,
    zone: &'a Zone,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let knob = Knob::Crossover(zone.id.clone());
    let unit = parts::unit_label(&knob, fonts::BODY, shared);
    let number = Field::Number(knob);
    let shown = inspector.editor.shown(&number, &inspector.hand, shared);
    let look = FieldLook {
        height: 40.0,
        size: fonts::NAME,
        width: Length::Fixed(104.0),
        unit_room: 22.0,
        plain: false,
    };
    let words = parts::label_of("Crossover to the sub", &shown, 160.0, &shared.tokens);
    let field = parts::field(inspector, number, look, Some(unit), shared);
    parts::ends(words, field)
}

fn members<'a>(zone: &'a Zone, shared: &'a Shared) -> Element<'a, Message> {
    let view = shared.scene.zones.iter().find(|of| of.id == zone.id);
    let nodes = view.map_or(&[][..], |view| &view.nodes);
    if nodes.is_empty() {
        return words("Drag a speaker here from the left.", shared);
    }
    let rows = nodes.iter().enumerate();
    column(rows.map(|(index, node)| member(index, node, shared)))
        .spacing(4)
        .into()
}

fn member<'a>(index: usize, node: &'a NodeView, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let offset = node.problem.as_deref().unwrap_or(&node.offset);
    let right = widgets::fitted(
        offset,
        96.0,
        fonts::SMALL,
        fonts::REGULAR,
        tokens.text_second,
        tokens,
    );
    let name = widgets::fitted(
        &node.name,
        ROOM - 24.0 - 20.0 - 96.0 - 22.0 - 30.0,
        fonts::BODY,
        fonts::MEDIUM,
        tokens.text,
        tokens,
    );
    let content = row![
        tag(node.slot, 20.0, tokens),
        name,
        space().width(Length::Fill),
        right,
        glyph::mark(node.mark, 14.0, 0.0, tokens),
    ]
    .spacing(8)
    .align_y(alignment::Vertical::Center);
    let row = button(container(content).center_y(Length::Fill))
        .width(Length::Fill)
        .height(40)
        .padding(Padding::from([0.0, 10.0]))
        .style(style::button(style::Button::Row, tokens))
        .on_press(Message::Selected(node.id.clone()));
    parts::ring(row, Control::Member(index), shared)
}
