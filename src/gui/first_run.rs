//! The first-run page: three steps to sound in phase, in any order. Each step
//! shows what is there and does at once what it says; the next one has the edge.

mod picture;
mod places;
mod sources;
mod speakers;
mod steps;

use iced::widget::{column, container, row, space, text};
use iced::{Element, Length, Padding, Point, Vector, alignment};

use super::action::{Action, Actions, Overlay};
use super::drag::{Hand, Payload, Step};
use super::focus::{FocusId, Region};
use super::icon::{self, Icon};
use super::keys::{Pointer, Press};
use super::rail;
use super::scene::RailRow;
use super::shared::Shared;
use super::style::Button;
use super::{fonts, glyph, radio, style, widgets};
use crate::bluetooth::Order;

pub use places::place;

/// What only this part knows.
#[derive(Debug, Default)]
pub struct FirstRun {
    turn: glyph::Turn,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// A source was chosen.
    Chose(sources::Choice),
    /// A speaker was tapped.
    Tapped(Payload),
    /// A speaker was picked up: the pointer, and where it has grabbed the row.
    Picked(Payload, Point, Vector),
    /// Play on simulated speakers.
    Demo,
    /// See what can be added to this computer.
    Install,
    /// Go on without this page.
    Skipped,
}

impl FirstRun {
    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Actions {
        match message {
            Message::Chose(choice) => vec![choice.action(shared)],
            Message::Tapped(payload) => tap(&payload, shared),
            Message::Picked(payload, at, grab) => {
                let hand = Hand::Pointer { at, grab };
                vec![Action::Drag(Step::Begin(payload, hand))]
            }
            Message::Demo => vec![Action::Demo],
            Message::Install => vec![Action::Open(Overlay::Install)],
            Message::Skipped => vec![Action::SkipWelcome],
        }
    }

    /// Takes a key while `id`, which is in this part, has the keyboard; `None`
    /// when it means nothing here.
    pub fn key(&mut self, id: &FocusId, press: &Press, shared: &Shared) -> Option<Actions> {
        if !press.activates() {
            return None;
        }
        if let Some(choice) = sources::shown(shared)
            .into_iter()
            .find(|of| of.focus() == *id)
        {
            return Some(vec![choice.action(shared)]);
        }
        match id.item() {
            DEMO => return Some(vec![Action::Demo]),
            INSTALL => return Some(vec![Action::Open(Overlay::Install)]),
            SKIP => return Some(vec![Action::SkipWelcome]),
            _ => {}
        }
        let mut rows = shared.scene.rail.iter().flat_map(|group| &group.rows);
        let row = rows.find(|row| rail::item(&row.payload) == id.item())?;
        Some(tap(&row.payload, shared))
    }

    /// Everything in it that can have the keyboard, in reading order.
    #[must_use]
    pub fn focusables(&self, shared: &Shared) -> Vec<FocusId> {
        let rows = shared.scene.rail.iter().flat_map(|group| &group.rows);
        let mut all = vec![FocusId::new(Region::Main, SKIP)];
        all.extend(
            sources::shown(shared)
                .into_iter()
                .map(sources::Choice::focus),
        );
        all.extend(rows.map(|row| speakers::focus(&row.payload)));
        if !shared.link.snapshot.demo {
            all.push(FocusId::new(Region::Main, DEMO));
            all.extend(
                shared
                    .install
                    .as_ref()
                    .map(|_| FocusId::new(Region::Main, INSTALL)),
            );
        }
        all
    }

    /// Time has passed and the engine's state may be newer.
    pub fn tick(&mut self, shared: &Shared) {
        self.turn.tick(shared.now, shared.moves());
    }

    /// What the pointer does here with what it carries: a drop anywhere on the
    /// page puts it into the first zone.
    #[must_use]
    pub fn carried(pointer: Pointer, shared: &Shared) -> Option<Actions> {
        let drag = shared.drag.as_ref()?;
        let Hand::Pointer { at, .. } = drag.hand else {
            return None;
        };
        let here = shared.is_first_run() && shared.regions.canvas.contains(at);
        if pointer != Pointer::Released || !here {
            return None;
        }
        let mut actions = vec![Action::Drag(Step::Cancel)];
        actions.extend(place(&drag.payload, shared));
        Some(actions)
    }

    /// Draws it.
    #[must_use]
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let wide = shared.regions.is_wide();
        let tokens = &shared.tokens;
        let page = column![
            heading(shared),
            steps::view(self.turn.angle(), shared),
            offers(shared),
        ]
        .spacing(if wide { 28 } else { 14 })
        .padding(if wide {
            Padding::from([44.0, 40.0])
        } else {
            Padding::from([14.0, 20.0])
        });
        container(page.max_width(1500.0))
            .width(Length::Fill)
            .height(Length::Fill)
            .center_x(Length::Fill)
            .style(|_| style::boxed(tokens.background, tokens.background, 0.0, 0.0))
            .into()
    }
}

/// Adds a speaker to the first zone, or says why it cannot be.
fn tap(payload: &Payload, shared: &Shared) -> Actions {
    let row = shared.scene.row(payload);
    if let Some(address) = row.and_then(RailRow::pairable) {
        return vec![radio::order(Order::Pair(address))];
    }
    match row.map(rail::refusal) {
        Some(None) => place(payload, shared).into_iter().collect(),
        Some(Some(why)) => vec![Action::Toast(why)],
        None => Vec::new(),
    }
}

fn heading<'a>(shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let wide = shared.regions.is_wide();
    let title = text("Get every speaker in phase")
        .size(if wide { fonts::WELCOME } else { fonts::TITLE })
        .font(fonts::SEMIBOLD)
        .color(tokens.text);
    let more = |words| text(words).color(tokens.text_second);
    let words: Element<'a, Message> = if wide {
        let more = more("Three steps, about two minutes. You can change everything later.");
        column![title, more.size(fonts::ZONE)].spacing(6).into()
    } else {
        row![
            title,
            more("Three steps, about two minutes.").size(fonts::BODY)
        ]
        .spacing(16)
        .align_y(alignment::Vertical::Center)
        .into()
    };
    let skip = widgets::labelled(None, "Skip", Button::Ghost, tokens).on_press(Message::Skipped);
    let skip = widgets::ringed(skip, &FocusId::new(Region::Main, SKIP), shared);
    row![words, space().width(Length::Fill), skip]
        .align_y(alignment::Vertical::Center)
        .into()
}

/// What else there is: the demo, and a place on this computer.
fn offers<'a>(shared: &'a Shared) -> Element<'a, Message> {
    if shared.link.snapshot.demo {
        return space().into();
    }
    let alone = shared.install.is_none();
    let wide = shared.regions.is_wide();
    let demo = Offer {
        icon: Icon::FlaskConical,
        title: "No speakers at hand?",
        words: match (wide, alone) {
            (true, true) => {
                "The demo rig simulates six speakers that drift and drop out. Nothing plays on \
                 your hardware."
            }
            (false, true) => "Six simulated speakers. Nothing plays on your hardware.",
            (true, false) => "Six simulated speakers that drift and drop out.",
            (false, false) => "Six simulated speakers.",
        },
        label: if alone || wide {
            "Try the demo rig"
        } else {
            "Demo rig"
        },
        kind: Button::Primary,
        item: DEMO,
        message: Message::Demo,
    };
    let install = shared.install.as_ref().map(|_| Offer {
        icon: Icon::MonitorDown,
        title: "Here to stay?",
        words: "Menu entry, start at log-in, real-time priority.",
        label: "Choose",
        kind: Button::Secondary,
        item: INSTALL,
        message: Message::Install,
    });
    row![offer(demo, shared)]
        .push(install.map(|of| offer(of, shared)))
        .spacing(if wide { 34 } else { 14 })
        .into()
}

/// Something that a card offers.
struct Offer {
    icon: Icon,
    title: &'static str,
    words: &'static str,
    label: &'static str,
    kind: Button,
    item: &'static str,
    message: Message,
}

fn offer<'a>(of: Offer, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let wide = shared.regions.is_wide();
    let words = column![
        text(of.title)
            .size(if wide { fonts::ZONE } else { fonts::NAME })
            .font(fonts::SEMIBOLD)
            .color(tokens.text),
        text(of.words).size(fonts::BODY).color(tokens.text_second),
    ]
    .spacing(4)
    .width(Length::Fill);
    let button = widgets::labelled(None, of.label, of.kind, tokens).on_press(of.message);
    let button = widgets::ringed(button, &FocusId::new(Region::Main, of.item), shared);
    let content = row![icon::icon(of.icon, 26.0, tokens.text), words, button]
        .spacing(18)
        .align_y(alignment::Vertical::Center);
    container(content)
        .padding(if wide { [24.0, 22.0] } else { [14.0, 16.0] })
        .style(|_| style::card(tokens))
        .into()
}

const DEMO: &str = "demo";
const INSTALL: &str = "install";
const SKIP: &str = "skip";
