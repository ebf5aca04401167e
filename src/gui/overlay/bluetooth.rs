//! Bluetooth on this computer: whether it can be used, its adapters, and who
//! else takes part in its sound.

use iced::widget::{button, column, container, row, scrollable, space, text};
use iced::{Element, Length, Padding, alignment};

use super::frame::{self, Place};
use super::{Dialog, LIST, Message, focus_id, pieces};
use crate::bluetooth::state::{Adapter, Device, Handover, Owner, Standing as FileStanding, State};
use crate::bluetooth::{Answer, Order};
use crate::gui::action::{Action, Actions, Overlay};
use crate::gui::icon::Icon;
use crate::gui::radio::{self, Standing, requests};
use crate::gui::scene::Mark;
use crate::gui::shared::Shared;
use crate::gui::{fonts, glyph, style, widgets};

/// The page.
#[derive(Debug, Default)]
pub(super) struct BluetoothPage {
    /// The adapter that is being named, and its new name.
    draft: Option<(String, String)>,
}

impl BluetoothPage {
    fn commit(&mut self, item: &str, shared: &Shared) -> Actions {
        let meant = |(adapter, _): &mut (String, String)| item == format!("name/{adapter}");
        let Some((adapter, name)) = self.draft.take_if(meant) else {
            return Vec::new();
        };
        let name = name.trim().to_owned();
        let known = radio::state(shared).and_then(|state| state.adapter(&adapter));
        let same = known.is_none_or(|known| radio::adapter_name(known) == name);
        if name.is_empty() || same {
            return Vec::new();
        }
        vec![radio::order(Order::NameAdapter { adapter, name })]
    }

    fn adapter<'a>(&self, adapter: &Adapter, shared: &'a Shared) -> Element<'a, Message> {
        let draft = self.draft.as_ref().filter(|(id, _)| *id == adapter.id);
        let name = draft.map_or(radio::adapter_name(adapter), |(_, name)| name);
        let item = format!("name/{}", adapter.id);
        let field = pieces::field(&item, name, "Name", false, shared);
        let power = if adapter.powered { "on" } else { "off" };
        let scope = format!("power/{}", adapter.id);
        let switch = pieces::choice(&scope, &[("on", "On"), ("off", "Off")], power, shared);
        let line = row![container(field).width(Length::Fill), switch]
            .spacing(12)
            .align_y(alignment::Vertical::Center);
        column![line, pieces::hint(&about(adapter), shared)]
            .spacing(4)
            .into()
    }

    fn page<'a>(&self, state: &State, shared: &'a Shared) -> Element<'a, Message> {
        let mark = if state.service.is_ready() {
            Mark::InPhase
        } else {
            Mark::Drifting
        };
        let sentence = state.service.sentence();
        let mut page = column![pieces::standing(mark, 0.0, &sentence, shared)].spacing(12);
        if !state.service.is_ready() {
            page = page.push(pieces::hint("Everything else works without it.", shared));
        }
        if !state.adapters.is_empty() {
            page = page.push(pieces::heading("Adapters", shared));
        }
        for adapter in &state.adapters {
            page = page.push(self.adapter(adapter, shared));
        }
        page = page.push(self::devices(state, shared));
        page = page.push(refused(state, shared));
        page = page.push(pieces::heading("Other programs", shared));
        if state.owners.is_empty() {
            let nobody = "No other program takes part in Bluetooth sound.";
            page = page.push(pieces::hint(nobody, shared));
        }
        for owner in &state.owners {
            page = page.push(self::owner(owner, state, shared));
        }
        page = page.push(state.handover.as_ref().map(|file| handover(file, shared)));
        page.width(Length::Fill).into()
    }
}

impl Dialog for BluetoothPage {
    fn items(&self, shared: &Shared) -> Vec<String> {
        let mut items = Vec::new();
        if let Some(state) = radio::state(shared) {
            for adapter in &state.adapters {
                let id = &adapter.id;
                items.extend([
                    format!("name/{id}"),
                    format!("power/{id}/on"),
                    format!("power/{id}/off"),
                ]);
            }
            items.extend(known(state).map(|device| format!("device/{}", device.address)));
            let refused = requests::refused(state).into_iter();
            items.extend(refused.map(|request| format!("let/{}", request.id)));
            let file = state.handover.as_ref();
            items.extend(file.and_then(way).map(|(item, _)| item.into()));
            if state.service.is_ready() {
                items.push(PAIR.into());
            }
        }
        items.push(CLOSE.into());
        items
    }

    fn first(&self, _shared: &Shared) -> Option<String> {
        Some(CLOSE.into())
    }

    fn press(&mut self, item: &str, shared: &Shared) -> Actions {
        match item {
            CLOSE => return vec![Action::Close],
            PAIR => return vec![Action::Open(Overlay::Pairing)],
            TAKE => return vec![radio::order(Order::TakeOver)],
            GIVE => return vec![radio::order(Order::GiveBack)],
            _ => {}
        }
        if let Some(address) = item.strip_prefix("device/") {
            let address = address.parse();
            let open = address.map(|address| vec![Action::Open(Overlay::Device(address))]);
            return open.unwrap_or_default();
        }
        if let Some(id) = item.strip_prefix("let/") {
            let answer = Answer::Yes;
            let order = id.parse().map(|request| Order::Answer { request, answer });
            return order
                .map(|order| vec![radio::order(order)])
                .unwrap_or_default();
        }
        let power = item.strip_prefix("power/");
        match power.and_then(|rest| rest.rsplit_once('/')) {
            Some((adapter, on)) => vec![radio::order(Order::Power {
                adapter: adapter.to_owned(),
                on: on == "on",
            })],
            None => self.commit(item, shared),
        }
    }

    fn typed(&mut self, item: &str, text: String) {
        let adapter = item.strip_prefix("name/");
        self.draft = adapter.map(|adapter| (adapter.to_owned(), text));
    }

    fn leave(&mut self, item: &str, shared: &Shared) -> Actions {
        self.commit(item, shared)
    }

    /// Items stand below each other, those of an adapter in one row.
    fn scrolled(&self, item: &str, shared: &Shared) -> Option<f32> {
        let items = self.items(shared);
        let at = items.iter().position(|of| of == item)?;
        let inside = !matches!(item, PAIR | CLOSE);
        let rows = items[..at].iter().filter(|of| !of.starts_with("power/"));
        inside.then(|| (rows.count() as f32 - 2.0).max(0.0) * ROW)
    }

    fn place(&self, _shared: &Shared) -> Place {
        Place::Centre
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let page = match radio::state(shared) {
            Some(state) => self.page(state, shared),
            None => pieces::hint("The engine leaves Bluetooth alone.", shared),
        };
        let page = container(page).padding(Padding::from([0.0, 14.0]).left(8.0));
        let page = scrollable(page)
            .id(LIST)
            .style(style::scroll(&shared.tokens));
        let page = container(page).max_height(shared.regions.all.height - 170.0);
        let ready = radio::state(shared).is_some_and(|state| state.service.is_ready());
        let pair = ready.then(|| {
            let sign = Some(Icon::Speaker);
            let kind = style::Button::Secondary;
            pieces::push(PAIR, sign, "Pair an Echo or a phone…", kind, true, shared)
        });
        let kind = style::Button::Secondary;
        let buttons = row![]
            .push(pair)
            .push(space().width(Length::Fill))
            .push(pieces::push(CLOSE, None, "Close", kind, true, shared))
            .padding(Padding::from([0.0, 8.0]));
        let content = column![page, widgets::rule(&shared.tokens), buttons].spacing(12);
        frame::card("Bluetooth", WIDTH + 24.0, content, shared)
    }
}

/// What an adapter is and can do.
fn about(adapter: &Adapter) -> String {
    let mut words = vec![adapter.id.clone()];
    words.extend(adapter.address.map(|address| address.to_string()));
    if adapter.blocked {
        words.push("blocked by a switch or airplane mode".into());
    } else if !adapter.powered {
        words.push("off".into());
    } else if let Some(failure) = &adapter.failure {
        return failure.clone();
    } else {
        if adapter.streams > 0 {
            words.push(format!("up to {} speakers", adapter.streams));
        }
        if adapter.receives {
            words.push("an Echo can play to it".into());
        }
    }
    words.join(" · ")
}

/// What is known for good, or plays to us or for us now.
fn known(state: &State) -> impl Iterator<Item = &Device> {
    let known = |device: &&Device| device.paired && (device.kind.plays() || device.kind.feeds());
    state.devices.iter().filter(known)
}

/// All that is paired; a press shows what can be done with it.
fn devices<'a>(state: &State, shared: &'a Shared) -> Option<Element<'a, Message>> {
    let rows: Vec<Element<'a, Message>> = known(state)
        .map(|device| {
            let standing = if device.kind.plays() {
                Standing::of(device, state)
            } else {
                Standing::of_source(device, state)
            };
            device_row(device, &standing, shared)
        })
        .collect();
    let heading = pieces::heading("Paired devices", shared);
    (!rows.is_empty()).then(|| column![heading, column(rows)].spacing(6).into())
}

fn device_row<'a>(
    device: &Device,
    standing: &Standing,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let id = focus_id(format!("device/{}", device.address));
    let name = text(radio::name(device))
        .size(fonts::BODY)
        .font(fonts::MEDIUM);
    let name = name.color(tokens.text).shaping(text::Shaping::Advanced);
    let state = text(standing.words.clone()).size(fonts::SMALL);
    let content = row![
        glyph::mark(standing.mark, 16.0, 0.0, tokens),
        name,
        space().width(Length::Fill),
        state
            .color(tokens.text_second)
            .wrapping(text::Wrapping::None),
        text("›").size(fonts::BODY).color(tokens.text_third),
    ]
    .spacing(12)
    .align_y(alignment::Vertical::Center);
    let button = button(container(content).center_y(Length::Fill))
        .width(Length::Fill)
        .height(40)
        .padding(Padding::from([0.0, 8.0]))
        .style(style::button(style::Button::Row, tokens))
        .on_press(Message::Pressed(id.clone()));
    widgets::ringed(button, &id, shared)
}

/// Who asked while nobody could pair.
fn refused<'a>(state: &State, shared: &'a Shared) -> Option<Element<'a, Message>> {
    let rows: Vec<Element<'a, Message>> = requests::refused(state)
        .into_iter()
        .map(|request| {
            let item = format!("let/{}", request.id);
            let kind = style::Button::Secondary;
            let title = requests::title(request);
            row![
                container(pieces::standing(Mark::Off, 0.0, &title, shared)).width(Length::Fill),
                pieces::push(&item, None, "Let it in", kind, true, shared),
            ]
            .spacing(12)
            .align_y(alignment::Vertical::Center)
            .padding(Padding::ZERO.left(8))
            .into()
        })
        .collect();
    let heading = pieces::heading("Asked in vain", shared);
    (!rows.is_empty()).then(|| column![heading, column(rows).spacing(6)].spacing(6).into())
}

/// Another program: what it holds, how that is known, and the ways out.
fn owner<'a>(owner: &Owner, state: &State, shared: &'a Shared) -> Element<'a, Message> {
    let title = match owner.pid {
        Some(pid) => format!("{} (process {pid})", owner.name),
        None => owner.name.clone(),
    };
    let mark = if owner.holds.is_empty() {
        Mark::Ready
    } else {
        Mark::Drifting
    };
    let mut all = column![].spacing(4);
    let holds = owner.holds.iter().map(|address| {
        let device = state.device(*address);
        device.map_or_else(|| address.to_string(), radio::name)
    });
    let holds: Vec<String> = holds.collect();
    if !holds.is_empty() {
        let words = format!("It holds the sound of {}.", holds.join(", "));
        all = all.push(pieces::hint(&words, shared));
    }
    for evidence in &owner.evidence {
        all = all.push(pieces::hint(evidence, shared));
    }
    if owner.restart_needed {
        let words = match &owner.restart {
            Some(command) => format!("It leaves Bluetooth alone after a restart: {command}"),
            None => "It leaves Bluetooth alone after a restart.".into(),
        };
        all = all.push(pieces::hint(&words, shared));
    } else if !holds.is_empty() {
        let words = "Play to them through the sound server, where they are outputs like any \
                     other, or let Inphase take Bluetooth over.";
        all = all.push(pieces::hint(words, shared));
    }
    let all = container(all).padding(Padding::ZERO.left(28));
    column![pieces::standing(mark, 0.0, &title, shared), all]
        .spacing(4)
        .into()
}

/// The file that makes WirePlumber leave Bluetooth alone, whole, and the button that
/// writes or removes it.
fn handover<'a>(file: &Handover, shared: &'a Shared) -> Element<'a, Message> {
    let said = match file.standing {
        FileStanding::Absent => {
            "Inphase reaches Bluetooth speakers with less delay and in better step when it \
             drives them itself. For that, this file tells WirePlumber to leave Bluetooth \
             alone. WirePlumber restarts, and other sound stops for a moment:"
        }
        FileStanding::Written => {
            "WirePlumber was told to leave Bluetooth to Inphase, by this file:"
        }
        FileStanding::Altered => {
            "This file is not as Inphase writes it. Look at it, and remove it by hand:"
        }
    };
    let tokens = &shared.tokens;
    let mono = |words: String| {
        text(words)
            .size(fonts::SMALL)
            .font(fonts::MONO)
            .color(tokens.text_second)
    };
    let shown = column![mono(file.path.display().to_string())].spacing(4);
    let shown = shown
        .push((file.standing != FileStanding::Altered).then(|| mono(file.text.trim_end().into())));
    let kind = style::Button::Secondary;
    let button = way(file).map(|(item, label)| pieces::push(item, None, label, kind, true, shared));
    column![pieces::hint(said, shared), shown]
        .push(button)
        .spacing(8)
        .into()
}

/// What can be done about the file.
fn way(file: &Handover) -> Option<(&'static str, &'static str)> {
    match file.standing {
        FileStanding::Absent => Some((TAKE, "Take Bluetooth over")),
        FileStanding::Written => Some((GIVE, "Give Bluetooth back")),
        FileStanding::Altered => None,
    }
}

const TAKE: &str = "take-over";
const GIVE: &str = "give-back";
const PAIR: &str = "pair";
const CLOSE: &str = "close";
/// Height of most rows.
const ROW: f32 = 50.0;
const WIDTH: f32 = 560.0;
