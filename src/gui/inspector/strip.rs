//! The Tune tab of the compact layout: the same controls side by side.

use iced::widget::{button, column, container, row, space, text};
use iced::{Element, Length, Padding, alignment};

use super::control::Control;
use super::edit::Field;
use super::hand::is_trimmed;
use super::knob::{Knob, Measure};
use super::parts::{self, FieldLook};
use super::{
    Inspector, Message, source as source_page, speaker as page, trouble, zone as zone_page,
};
use crate::gui::icon::{self, Icon};
use crate::gui::radio;
use crate::gui::shared::Shared;
use crate::gui::widgets::{self, labelled, tag};
use crate::gui::{fonts, glyph, measure, style};
use crate::rig::{Role, Speaker, Zone};

/// Nothing is selected.
pub fn nothing<'a>(shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let words = column![
        text("Select a speaker")
            .font(fonts::SEMIBOLD)
            .size(fonts::ZONE)
            .color(tokens.text),
        text("Its delay, gain and channel are set here while it plays.")
            .size(fonts::SMALL)
            .color(tokens.text_second),
    ]
    .spacing(4)
    .align_x(alignment::Horizontal::Center);
    on_panel(container(words).center(Length::Fill), shared)
}

/// A speaker.
pub fn speaker<'a>(
    inspector: &'a Inspector,
    speaker: &'a Speaker,
    shared: &'a Shared,
) -> Element<'a, Message> {
    if let Some(trouble) = trouble::of(shared, speaker).filter(|trouble| trouble.lost) {
        return lost(inspector, speaker, &trouble, shared);
    }
    beside(
        [
            container(number(inspector, speaker, shared))
                .width(LEFT)
                .into(),
            container(delay(inspector, speaker, shared))
                .width(Length::Fill)
                .into(),
            container(level(inspector, speaker, shared))
                .width(RIGHT)
                .into(),
        ],
        shared,
    )
}

/// Columns with the strip's margins around them.
fn beside<'a, const N: usize>(
    columns: [Element<'a, Message>; N],
    shared: &Shared,
) -> Element<'a, Message> {
    let columns = container(row(columns).spacing(18)).padding(Padding::from([8.0, 14.0]));
    on_panel(columns, shared)
}

fn on_panel<'a>(
    content: iced::widget::Container<'a, Message>,
    shared: &Shared,
) -> Element<'a, Message> {
    let tokens = shared.tokens.clone();
    let content = content.width(Length::Fill).height(Length::Fill);
    container(column![widgets::rule(&shared.tokens), content])
        .style(move |_| style::panel(&tokens))
        .into()
}

fn number<'a>(
    inspector: &'a Inspector,
    speaker: &'a Speaker,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let knob = Knob::Trim(speaker.id.clone());
    let look = FieldLook {
        height: 50.0,
        size: fonts::NUMBER - 2.0,
        width: Length::Fill,
        unit_room: 44.0,
        plain: false,
    };
    let number = Field::Number(knob);
    let field = parts::field(inspector, number, look, Some(unit(shared)), shared);
    column![
        head(inspector, speaker, shared),
        row![field, parts::reset(46.0, 50.0, shared)].spacing(8),
        parts::three(speaker, 40.0, shared),
    ]
    .spacing(8)
    .into()
}

fn head<'a>(
    inspector: &'a Inspector,
    speaker: &'a Speaker,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let number = Field::Number(Knob::Trim(speaker.id.clone()));
    let error = inspector
        .editor
        .shown(&number, &inspector.hand, shared)
        .error;
    let said = error.is_some() || !is_trimmed(shared, &speaker.id);
    let (words, color) = match error {
        Some(error) => (error, tokens.err),
        None if said => ("Heard without trim".into(), tokens.warn),
        None => (page::device_line(speaker, shared), tokens.text_second),
    };
    // The device gets what the name leaves, what must be said what it needs;
    // then the name becomes smaller rather than short.
    let room = LEFT - 20.0 - 4.0 - 4.0;
    let (needed, small) = if said {
        let width = measure::width(&words, fonts::TICK, fonts::REGULAR) + 1.0;
        (width.min(MOST_SAID), fonts::TICK)
    } else {
        (0.0, fonts::SMALL)
    };
    let wanted = |size| measure::width(speaker.label(), size, fonts::SEMIBOLD) + 9.0;
    let size = if said && wanted(fonts::ZONE) > room - needed {
        fonts::BODY
    } else {
        fonts::ZONE
    };
    let own = wanted(size).min(room - needed);
    let bluetooth = radio::device_of(speaker, shared).is_some();
    let rest = room - own - if bluetooth { RADIO + 4.0 } else { 0.0 };
    let mut line = row![
        tag(speaker.slot, 20.0, tokens),
        parts::name(
            inspector,
            Field::SpeakerName(speaker.id.clone()),
            own,
            size,
            shared
        ),
    ]
    .spacing(4)
    .align_y(alignment::Vertical::Center);
    if rest > 36.0 {
        let font = fonts::REGULAR;
        line = line.push(widgets::fitted(&words, rest, small, font, color, tokens));
    }
    if bluetooth {
        line = line
            .push(space().width(Length::Fill))
            .push(all_of_radio(shared));
    }
    container(line).center_y(26).into()
}

/// Volume and link have no room here: this opens them.
fn all_of_radio<'a>(shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let sign = icon::icon(Icon::Bluetooth, 15.0, tokens.text);
    let open = button(container(sign).center(Length::Fill))
        .width(RADIO)
        .height(26)
        .padding(0)
        .style(style::button(style::Button::Secondary, tokens))
        .on_press(Message::Pressed(Control::Radio));
    parts::ring(open, Control::Radio, shared)
}

/// The unit in the field: a click takes the next one.
fn unit<'a>(shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let words = text(Measure::of(shared).unit.label())
        .size(fonts::NAME)
        .color(tokens.text_second);
    let arrows = icon::icon(Icon::ChevronsUpDown, 13.0, tokens.text_second);
    let content = row![words, arrows]
        .spacing(2)
        .align_y(alignment::Vertical::Center);
    let next = button(container(content).center_y(Length::Fill))
        .height(40)
        .padding(Padding::from([0.0, 4.0]))
        .style(style::button(style::Button::Row, tokens))
        .on_press(Message::Pressed(Control::Unit));
    parts::ring(next, Control::Unit, shared)
}

fn delay<'a>(
    inspector: &'a Inspector,
    speaker: &'a Speaker,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let line = |words: &'static str, control| {
        let span = parts::span_words(inspector, speaker, control, true, shared);
        row![
            container(parts::label(words, tokens.text_second)).width(52),
            parts::delay_slider(inspector, speaker, control, 44.0, shared),
            container(widgets::fitted(
                &span,
                SPAN,
                fonts::SMALL,
                fonts::REGULAR,
                tokens.text_third,
                tokens
            ))
            .width(SPAN),
        ]
        .spacing(10)
        .align_y(alignment::Vertical::Center)
    };
    column![
        line("Coarse", Control::Coarse),
        line("Fine", Control::Fine),
        space().height(Length::Fill),
        parts::steps(true, 6.0, shared),
    ]
    .into()
}

fn level<'a>(
    inspector: &'a Inspector,
    speaker: &'a Speaker,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let gain = Knob::Gain(speaker.id.clone());
    let plays = parts::ends(
        parts::label("Plays", tokens.text_second),
        page::roles(speaker, &[Role::L, Role::R], shared),
    );
    let knob = Knob::Distance(speaker.id.clone());
    let unit = text("m")
        .size(fonts::BODY)
        .font(fonts::SEMIBOLD)
        .color(tokens.text);
    let number = Field::Number(knob);
    let shown = inspector.editor.shown(&number, &inspector.hand, shared);
    let look = FieldLook {
        height: 28.0,
        size: fonts::BODY,
        width: Length::Fixed(78.0),
        unit_room: 16.0,
        plain: true,
    };
    let distance = parts::ends(
        parts::label_of("Distance", &shown, RIGHT - 82.0, tokens),
        parts::field(inspector, number, look, Some(unit.into()), shared),
    );
    column![
        parts::gain(inspector, &gain, RIGHT, 36.0, shared),
        plays,
        space().height(Length::Fill),
        distance,
    ]
    .into()
}

fn lost<'a>(
    inspector: &'a Inspector,
    speaker: &'a Speaker,
    trouble: &trouble::Trouble,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let name = Field::SpeakerName(speaker.id.clone());
    let head = row![
        glyph::mark(crate::gui::scene::Mark::Out, 18.0, 0.0, tokens),
        tag(speaker.slot, 20.0, tokens),
        parts::name(inspector, name, 360.0, fonts::ZONE, shared),
    ]
    .spacing(8)
    .align_y(alignment::Vertical::Center);
    let words = format!("{}. {}", trouble.title, trouble.reason);
    let reason = text(words)
        .size(fonts::SMALL)
        .color(tokens.text_second)
        .shaping(text::Shaping::Advanced)
        .height(36);
    beside(
        [column![
            head,
            reason,
            trouble::buttons(Length::Fixed(124.0), 40.0, shared)
        ]
        .spacing(8)
        .width(Length::Fill)
        .into()],
        shared,
    )
}

/// A zone.
pub fn zone<'a>(
    inspector: &'a Inspector,
    zone: &'a Zone,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let remove = labelled(None, "Remove zone", style::Button::Outline, tokens)
        .on_press(Message::Pressed(Control::RemoveZone));
    let left = column![
        zone_page::names(inspector, zone, LEFT, shared),
        space().height(Length::Fill),
        parts::ring(remove, Control::RemoveZone, shared),
    ];
    let knob = Knob::ZoneGain(zone.id.clone());
    let gain = column![
        parts::gain(inspector, &knob, 240.0, 40.0, shared),
        space().height(Length::Fill),
        zone_page::mute(zone, 40.0, shared),
    ];
    let mut timing = column![
        parts::ends(
            parts::label("Timing", tokens.text_second),
            zone_page::timing(zone, shared)
        ),
        page::fact("Latency", zone_page::latency(zone, shared), shared),
        page::fact("Spread", zone_page::spread(zone, shared), shared),
    ]
    .spacing(6);
    if zone_page::has_sub(shared, zone) {
        timing = timing.push(zone_page::crossover(inspector, zone, shared));
    }
    beside(
        [
            container(left).width(LEFT).into(),
            container(gain).width(Length::Fill).into(),
            container(timing).width(300).into(),
        ],
        shared,
    )
}

/// The source.
pub fn source<'a>(inspector: &'a Inspector, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let chosen = shared.scene.source.chosen;
    let left_room = if shared.scene.source.player.is_some() {
        324.0
    } else {
        290.0
    };
    let mut left = column![
        source_page::head(left_room, shared),
        space().height(Length::Fill)
    ]
    .spacing(6);
    // Below each other the buttons would be lower than a finger needs.
    let mut buttons = row![].spacing(8);
    if chosen {
        let transport = source_page::transport(40.0, shared);
        buttons = buttons.push(container(transport).width(Length::Fill));
    }
    left = left.push(buttons.push(source_page::change(40.0, shared)));
    let state = shared.link.snapshot.source.as_ref().filter(|_| chosen);
    let facts = state.map(source_page::facts).unwrap_or_default();
    let mut middle = column![].spacing(5);
    for (words, value) in facts {
        middle = middle.push(page::fact(words, value, shared));
    }
    if let Some(problem) = &shared.scene.source.problem {
        let words = text(problem.clone()).size(fonts::SMALL).color(tokens.err);
        middle = column![words];
    }
    let right = column![
        parts::ends(
            parts::label("Latency", tokens.text_second),
            source_page::target(shared)
        ),
        source_page::target_number(inspector, shared),
        source_page::period(inspector, shared),
    ]
    .spacing(6);
    beside(
        [
            container(left).width(left_room).into(),
            container(middle).width(Length::Fill).into(),
            container(right).width(290).into(),
        ],
        shared,
    )
}

/// Width of the number and its buttons.
const LEFT: f32 = 238.0;
/// The most of it that an error takes from the name.
const MOST_SAID: f32 = 130.0;
/// Width of the button that shows volume and link.
const RADIO: f32 = 34.0;
/// Width of gain, role and distance.
const RIGHT: f32 = 176.0;
/// Width of what the sliders show.
const SPAN: f32 = 58.0;
