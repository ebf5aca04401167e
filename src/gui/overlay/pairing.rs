//! Lets an Echo or a phone pair: this computer can be found while the dialog is
//! open and no longer, the steps are said in words, and what asks is let in or
//! refused here. What pairs becomes the source.
//!
//! The same questions come up by themselves when a device asks outside of it.

mod view;

use std::collections::BTreeMap;

use iced::Element;

use super::frame::Place;
use super::source::play;
use super::{Dialog, Message};
use crate::bluetooth::state::{Activity, Adapter, Address, Device, Request, State};
use crate::bluetooth::{Answer, Order};
use crate::gui::action::{Action, Actions};
use crate::gui::glyph::Turn;
use crate::gui::radio::{self, requests};
use crate::gui::shared::Shared;

/// The dialog.
#[derive(Debug)]
pub(super) struct Pairing {
    /// With the steps of an Echo; otherwise only what is asked.
    guided: bool,
    phase: Phase,
    /// When it was opened, milliseconds since 1970.
    since_ms: u64,
    /// Who was there then.
    before: Vec<Device>,
    /// The new name of this computer, while it is written.
    name: Option<String>,
    /// Numbers that are being typed, by request.
    numbers: BTreeMap<u32, String>,
    /// What became the source.
    picked: Option<Address>,
    turn: Turn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The engine was asked to let this computer be found.
    Opening,
    /// It can be found.
    Open,
    /// The time is up.
    Over,
}

impl Pairing {
    /// The guided one.
    pub(super) fn guided(shared: &Shared) -> Self {
        Self::new(true, shared)
    }

    /// Only what is asked.
    pub(super) fn asked(shared: &Shared) -> Self {
        Self::new(false, shared)
    }

    fn new(guided: bool, shared: &Shared) -> Self {
        let before = radio::state(shared).map(|state| state.devices.clone());
        Self {
            guided,
            phase: Phase::Opening,
            since_ms: shared.unix_ms(),
            before: before.unwrap_or_default(),
            name: None,
            numbers: BTreeMap::new(),
            picked: None,
            turn: Turn::default(),
        }
    }

    /// The adapter that others see.
    fn adapter<'a>(&self, shared: &'a Shared) -> Option<&'a Adapter> {
        let state = radio::state(shared)?;
        let open = state
            .pairing
            .as_ref()
            .and_then(|window| window.adapters.first());
        open.and_then(|id| state.adapter(id))
            .or_else(|| state.adapters.iter().find(|adapter| adapter.powered))
    }

    /// The names that others see.
    fn seen(&self, shared: &Shared, between: &str) -> String {
        let state = radio::state(shared);
        let open = state.and_then(|state| {
            let ids = state.pairing.as_ref()?.adapters.iter();
            let names = ids
                .filter_map(|id| state.adapter(id))
                .map(radio::adapter_name);
            let quoted: Vec<String> = names.map(|name| format!("“{name}”")).collect();
            Some(quoted.join(between))
        });
        let named = |adapter| format!("“{}”", radio::adapter_name(adapter));
        let open = open.filter(|names| !names.is_empty());
        open.or_else(|| self.adapter(shared).map(named))
            .unwrap_or_default()
    }

    fn requests<'a>(&self, shared: &'a Shared) -> Vec<&'a Request> {
        radio::state(shared).map_or_else(Vec::new, |state| requests::shown(state, self.since_ms))
    }

    /// Who has come since the dialog was opened, or has tried to.
    fn newcomers<'a>(&'a self, state: &'a State) -> impl Iterator<Item = &'a Device> {
        let paired = state.pairing.as_ref().map(|window| &window.paired);
        state.devices.iter().filter(move |device| {
            let before = self.before.iter().find(|of| of.address == device.address);
            let was_connected = before.is_some_and(|before| before.connected);
            let old_failure = before.and_then(|before| before.failure.as_ref());
            let came = device.connected && !was_connected
                || paired.is_some_and(|paired| paired.contains(&device.address))
                || self.picked == Some(device.address);
            let tries = device.activity != Activity::None
                || device.failure.is_some() && device.failure.as_ref() != old_failure;
            // What somebody is may be known only once it is paired.
            device.kind.feeds() && came || !device.kind.plays() && tries
        })
    }

    /// The first newcomer that can be played from becomes the source.
    fn pick(&mut self, state: &State) -> Actions {
        if self.picked.is_some() {
            return Vec::new();
        }
        let ready = |of: &&Device| of.kind.feeds() && of.paired && of.connected;
        let ready = self.newcomers(state).find(ready);
        self.picked = ready.map(|device| device.address);
        self.picked
            .map_or_else(Vec::new, |address| play(radio::as_source(address)))
    }

    fn commit_name(&mut self, shared: &Shared) -> Actions {
        let (Some(name), Some(adapter)) = (self.name.take(), self.adapter(shared)) else {
            return Vec::new();
        };
        let name = name.trim().to_owned();
        if name.is_empty() || name == radio::adapter_name(adapter) {
            return Vec::new();
        }
        vec![radio::order(Order::NameAdapter {
            adapter: adapter.id.clone(),
            name,
        })]
    }

    fn answer(&mut self, item: &str, shared: &Shared) -> Option<Actions> {
        let (what, id) = item.split_once('/')?;
        let id: u32 = id.parse().ok()?;
        let known = self.requests(shared);
        let request = known.into_iter().find(|request| request.id == id)?;
        let answer = match what {
            REFUSE => Answer::No,
            _ if requests::wants_number(request) => {
                let typed = self.numbers.get(&id).map_or("", |number| number.trim());
                if typed.is_empty() {
                    return Some(Vec::new());
                }
                Answer::Pin(typed.to_owned())
            }
            _ => Answer::Yes,
        };
        let request = id;
        Some(vec![radio::order(Order::Answer { request, answer })])
    }
}

impl Dialog for Pairing {
    fn items(&self, shared: &Shared) -> Vec<String> {
        let mut items = Vec::new();
        let ready = radio::state(shared).is_some_and(|state| state.service.is_ready());
        if self.guided && ready && self.picked.is_none() {
            items.push(NAME.into());
        }
        for request in self.requests(shared) {
            if requests::wants_number(request) {
                items.push(format!("{NUMBER}/{}", request.id));
            }
            items.extend(view::answers(request).map(|(what, _)| format!("{what}/{}", request.id)));
        }
        if self.guided && self.phase == Phase::Over {
            items.push(AGAIN.into());
        }
        items.push(CLOSE.into());
        items
    }

    /// Never what lets somebody in: the dialog may come up while keys are pressed.
    fn first(&self, shared: &Shared) -> Option<String> {
        let items = self.items(shared);
        let number = items.iter().find(|item| item.starts_with(NUMBER));
        number.or_else(|| items.last()).cloned()
    }

    fn start(&self, _shared: &Shared) -> Actions {
        let open = Order::OpenPairing {
            seconds: SECONDS,
            adapter: None,
        };
        let guided = self.guided.then(|| radio::order(open));
        guided.into_iter().collect()
    }

    fn end(&self) -> Actions {
        let open = self.guided && self.phase != Phase::Over;
        let close = open.then(|| radio::order(Order::ClosePairing));
        close.into_iter().collect()
    }

    fn tick(&mut self, shared: &Shared) -> Actions {
        self.turn.tick(shared.now, shared.moves());
        let Some(state) = radio::state(shared) else {
            return Vec::new();
        };
        if !self.guided {
            let open = state.requests.iter().any(requests::is_open);
            return if open {
                Vec::new()
            } else {
                vec![Action::Close]
            };
        }
        match (&state.pairing, self.phase) {
            (Some(_), _) => self.phase = Phase::Open,
            (None, Phase::Open) => self.phase = Phase::Over,
            (None, _) => {}
        }
        self.pick(state)
    }

    fn press(&mut self, item: &str, shared: &Shared) -> Actions {
        match item {
            CLOSE => vec![Action::Close],
            AGAIN => {
                self.phase = Phase::Opening;
                self.start(shared)
            }
            NAME => self.commit_name(shared),
            _ => self.answer(item, shared).unwrap_or_default(),
        }
    }

    fn typed(&mut self, item: &str, text: String) {
        match item.split_once('/') {
            Some((NUMBER, id)) => {
                if let Ok(id) = id.parse() {
                    let _old = self.numbers.insert(id, text);
                }
            }
            _ => self.name = Some(text),
        }
    }

    fn leave(&mut self, item: &str, shared: &Shared) -> Actions {
        match item {
            NAME => self.commit_name(shared),
            _ => Vec::new(),
        }
    }

    fn place(&self, _shared: &Shared) -> Place {
        Place::Centre
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        view::view(self, shared)
    }
}

const NAME: &str = "name";
const ACCEPT: &str = "accept";
const REFUSE: &str = "refuse";
const NUMBER: &str = "number";
const AGAIN: &str = "again";
const CLOSE: &str = "close";
/// Long enough for the way through the Alexa app, short enough to be safe.
const SECONDS: u32 = 180;
