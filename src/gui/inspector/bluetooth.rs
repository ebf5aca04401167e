//! The section about Bluetooth on the page of a speaker or of the source: how
//! the link is, what was agreed on, the device's own volume.

use iced::widget::{Column, column, container, row, text};
use iced::{Element, Length, Padding, alignment};

use super::control::Control;
use super::speaker::fact;
use super::{Inspector, Message, parts};
use crate::bluetooth::state::{Device, State};
use crate::gui::action::{Action, Actions, Overlay};
use crate::gui::icon::Icon;
use crate::gui::radio::{self, LOUDEST, Standing};
use crate::gui::scene::Mark;
use crate::gui::shared::Shared;
use crate::gui::slider::{Kind, Slider};
use crate::gui::widgets::{self, segments};
use crate::gui::{fonts, glyph, style};
use crate::rig::Speaker;

/// The section of a speaker; nothing where it has no radio.
pub fn of_speaker<'a>(
    inspector: &'a Inspector,
    speaker: &Speaker,
    shared: &'a Shared,
) -> Option<Element<'a, Message>> {
    let (state, device) = (radio::state(shared)?, radio::device_of(speaker, shared)?);
    let standing = Standing::of(device, state);
    let section = section(inspector, device, &standing, state, shared);
    let awake = radio::is_ours(device).then(|| {
        parts::ends(
            parts::label("Keep awake in silence", shared.tokens.text_second),
            awake(speaker, shared),
        )
    });
    Some(section.push(awake).push(buttons(device, shared)).into())
}

/// The section of the source; nothing where it has no radio.
pub fn of_source<'a>(inspector: &'a Inspector, shared: &'a Shared) -> Option<Element<'a, Message>> {
    let (state, device) = (radio::state(shared)?, source(shared)?);
    let standing = Standing::of_source(device, state);
    let section = section(inspector, device, &standing, state, shared);
    Some(section.push(buttons(device, shared)).into())
}

/// The device that the source plays from.
pub fn source(shared: &Shared) -> Option<&Device> {
    radio::state(shared)?.device(shared.scene.source.address?)
}

/// What can have the keyboard in the section.
pub fn controls(device: &Device) -> Vec<Control> {
    let volume = device.transport.as_ref().and_then(|of| of.volume);
    let mut all = Vec::new();
    all.extend(volume.map(|_| Control::Volume));
    all.extend(radio::step(device).map(|_| Control::Link));
    all.push(Control::Radio);
    all
}

/// The same on the page of a speaker.
pub fn controls_of_speaker(device: &Device) -> Vec<Control> {
    let mut all = controls(device);
    if radio::is_ours(device) {
        let first = usize::from(all.first() == Some(&Control::Volume));
        all.insert(first, Control::Awake);
    }
    all
}

/// What the buttons do.
pub fn act(control: Control, device: &Device) -> Actions {
    match control {
        Control::Link => radio::step(device)
            .map(|(_, order)| radio::order(order))
            .into_iter()
            .collect(),
        _ => vec![Action::Open(Overlay::Device(device.address))],
    }
}

fn section<'a>(
    inspector: &'a Inspector,
    device: &'a Device,
    standing: &Standing,
    state: &State,
    shared: &'a Shared,
) -> Column<'a, Message> {
    let tokens = &shared.tokens;
    let mut page = column![head(standing, shared)].spacing(10);
    if let Some(failure) = &device.failure {
        page = page.push(
            text(failure.clone())
                .size(fonts::SMALL)
                .color(tokens.err)
                .shaping(text::Shaping::Advanced),
        );
    }
    if let Some(value) = inspector.volume.value(device) {
        page = page.push(volume(device, value, shared));
    }
    let facts = radio::facts(device, state, shared);
    let facts = facts.into_iter();
    let facts = facts.map(|(words, value)| fact(words, value, shared));
    page.push(column(facts).spacing(6))
}

/// Whether a noise that nobody hears is sent while nothing plays.
fn awake<'a>(speaker: &Speaker, shared: &Shared) -> Element<'a, Message> {
    let control = Control::Awake;
    let now = speaker.keep_awake;
    let switch = segments(
        &[(false, "Off"), (true, "On")],
        Some(now),
        |on| {
            if on == now {
                Message::Focused(control)
            } else {
                Message::Pressed(control)
            }
        },
        &shared.tokens,
    );
    widgets::tip(
        parts::ring(switch, control, shared),
        "Sends a noise too soft to be heard, for a speaker that falls asleep",
        iced::widget::tooltip::Position::Top,
        &shared.tokens,
    )
}

/// The heading and how it is.
fn head<'a>(standing: &Standing, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    // The sentence below says it whole.
    let words = match standing.mark {
        Mark::Out => "Failed".into(),
        _ => standing.words.clone(),
    };
    let words = row![
        glyph::mark(standing.mark, 14.0, 0.0, tokens),
        parts::label(words, tokens.text_second),
    ]
    .spacing(6)
    .align_y(alignment::Vertical::Center);
    parts::ends(parts::heading("Bluetooth", tokens), words)
}

fn volume<'a>(device: &Device, value: f64, shared: &Shared) -> Element<'a, Message> {
    let address = device.address;
    let slider = Slider::new(
        value,
        0.0..=LOUDEST,
        move |value| Message::VolumeTurned(address, value),
        &shared.tokens,
    )
    .kind(Kind::OneSided)
    .wheel(radio::STEPS.plain)
    .height(34.0)
    .focused(shared.has_focus(&Control::Volume.id()))
    .bubble(radio::percent)
    .on_press(Message::Focused(Control::Volume))
    .on_release(Message::VolumeLetGo);
    let slider = container(slider).id(Control::Volume.id().to_string());
    column![
        fact("Its own volume", radio::percent(value), shared),
        slider
    ]
    .into()
}

fn buttons<'a>(device: &Device, shared: &Shared) -> Element<'a, Message> {
    let one = |control, sign, words| {
        let kind = style::Button::Outline;
        let button = parts::centered(control, sign, words, kind, 40.0, shared);
        parts::ring(button.width(Length::Fill), control, shared)
    };
    let mut all = row![].spacing(8);
    if let Some((words, _)) = radio::step(device) {
        all = all.push(one(Control::Link, None, words));
    }
    all = all.push(one(Control::Radio, Some(Icon::Bluetooth), "More"));
    container(all).padding(Padding::ZERO.top(4)).into()
}
