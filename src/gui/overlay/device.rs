//! A Bluetooth device: how its link is, its own volume, and what can be done
//! with it. Forgetting its keys cannot be undone, so only that asks.

use iced::widget::{Column, column, container};
use iced::{Element, Padding};

use super::drafts::{Drafts, Setting};
use super::entry::{self, Entry};
use super::frame::{self, Place};
use super::source::play;
use super::{Dialog, Message, focus_id, pieces};
use crate::bluetooth::Order;
use crate::bluetooth::state::{Adapter, Address, Device, State};
use crate::gui::action::{Action, Actions};
use crate::gui::glyph::Turn;
use crate::gui::icon::Icon;
use crate::gui::keys::Press;
use crate::gui::radio::{self, LOUDEST, Standing, Turning};
use crate::gui::shared::Shared;
use crate::gui::slider::{Kind, Nudge, Slider};
use crate::gui::{fonts, measure, style, widgets};

/// The card.
#[derive(Debug)]
pub(super) struct DeviceCard {
    address: Address,
    page: Page,
    volume: Turning,
    turn: Turn,
}

#[derive(Debug)]
enum Page {
    All,
    /// Its new name, while it is written.
    Naming(String),
    /// How much of its sound is kept.
    Keeping(Drafts),
    Forgetting,
}

impl DeviceCard {
    pub(super) fn new(address: Address) -> Self {
        Self {
            address,
            page: Page::All,
            volume: Turning::default(),
            turn: Turn::default(),
        }
    }

    fn known<'a>(&self, shared: &'a Shared) -> Option<(&'a State, &'a Device)> {
        let state = radio::state(shared)?;
        Some((state, state.device(self.address)?))
    }

    fn entries(&self, shared: &Shared) -> Vec<Entry> {
        let Some((state, device)) = self.known(shared) else {
            return Vec::new();
        };
        let address = self.address;
        let mut entries = Vec::new();
        if device.kind.feeds() && device.paired {
            let source = radio::as_source(address);
            let chosen = shared.link.rig.source.as_ref() == Some(&source);
            let does = if chosen { Vec::new() } else { play(source) };
            let entry = Entry::closing("play", "Play from it", does);
            entries.push(entry.icon(Icon::Play).chosen(chosen));
        }
        if let Some((words, order)) = radio::step(device) {
            let sign = match order {
                Order::Disconnect(_) => Icon::Unlink2,
                _ => Icon::Link2,
            };
            entries.push(Entry::closing("link", words, vec![radio::order(order)]).icon(sign));
        }
        let sets = radio::set_awake(device, shared);
        if let Some((awake, actions)) = sets {
            let sign = if awake {
                Icon::SquareCheck
            } else {
                Icon::Square
            };
            entries.push(Entry::new(AWAKE, "Keep awake in silence", actions).icon(sign));
        }
        if device.kind.feeds() && device.paired {
            let entry = Entry::inner(KEEP, "Kept against late packets…").icon(Icon::Hourglass);
            entries.push(entry);
        }
        entries.push(Entry::inner(RENAME, "Rename…").icon(Icon::Pencil));
        if device.paired {
            let others = others(state, device);
            entries.extend(others.map(|adapter| move_to(address, adapter)));
            entries.push(Entry::inner(ASK, "Forget pairing…").icon(Icon::Trash2));
        }
        entries
    }

    fn all<'a>(&'a self, shared: &'a Shared) -> Column<'a, Message> {
        let Some((state, device)) = self.known(shared) else {
            return column![pieces::sentence("It is not there any more.", shared)];
        };
        let standing = if device.kind.plays() {
            Standing::of(device, state)
        } else {
            Standing::of_source(device, state)
        };
        // What went wrong is told whole.
        let words = device.failure.as_deref().unwrap_or(&standing.words);
        let mut about = column![pieces::standing(
            standing.mark,
            self.turn.angle(),
            words,
            shared
        )]
        .spacing(8);
        if let Some(value) = self.volume.value(device) {
            about = about.push(self.slider(value, shared));
        }
        for (words, value) in radio::facts(device, state, shared) {
            about = about.push(pieces::fact(words, value, shared));
        }
        let entries = self.entries(shared);
        column![
            container(about).padding(Padding::from([0.0, 8.0])),
            widgets::rule(&shared.tokens),
            entry::list(&entries, WIDTH, most(shared), None, shared),
        ]
        .spacing(10)
    }

    fn slider<'a>(&self, value: f64, shared: &'a Shared) -> Element<'a, Message> {
        let id = focus_id(VOLUME);
        let turned = id.clone();
        let slider = Slider::new(
            value,
            0.0..=LOUDEST,
            move |value| Message::Turned(turned.clone(), value),
            &shared.tokens,
        )
        .kind(Kind::OneSided)
        .wheel(radio::STEPS.plain)
        .height(34.0)
        .focused(shared.has_focus(&id))
        .bubble(radio::percent)
        .on_release(Message::LetGo(id.clone()));
        column![
            pieces::fact("Its own volume", radio::percent(value), shared),
            container(slider).id(id.to_string()),
        ]
        .into()
    }

    fn naming<'a>(name: &str, shared: &'a Shared) -> Column<'a, Message> {
        let hint = "An empty name gives it its own back.";
        column![
            pieces::field(NAME, name, "Its own name", false, shared),
            container(pieces::hint(hint, shared)).padding(Padding::from([0.0, 8.0])),
            frame::buttons([cancel(shared), primary(SAVE, "Rename", shared)]),
        ]
        .spacing(8)
    }

    fn keeping<'a>(drafts: &Drafts, shared: &'a Shared) -> Column<'a, Message> {
        let words = "Sound that comes over Bluetooth waits so long for packets that are late. \
                     More is safer, less is faster.";
        let mut page = column![pieces::sentence(words, shared)].spacing(10);
        for setting in &KEPT {
            page = page.push(frame::edged(drafts.field(setting, shared)));
        }
        page.push(frame::buttons([primary(CANCEL, "Close", shared)]))
    }

    fn forgetting(shared: &Shared) -> Column<'_, Message> {
        let words = "Its keys are erased on this computer. It has to be paired again before it \
                     can play.";
        column![
            pieces::sentence(words, shared),
            frame::buttons([cancel(shared), primary(FORGET, "Forget", shared)]),
        ]
        .spacing(12)
    }

    fn turn_to(&mut self, page: Page, item: &str) -> Actions {
        self.page = page;
        vec![Action::Focus(Some(focus_id(item)))]
    }
}

impl Dialog for DeviceCard {
    fn items(&self, shared: &Shared) -> Vec<String> {
        match self.page {
            Page::Naming(_) => [NAME, CANCEL, SAVE].map(Into::into).into(),
            Page::Forgetting => [CANCEL, FORGET].map(Into::into).into(),
            Page::Keeping(_) => {
                let fields = KEPT.iter().map(|setting| setting.path);
                fields.chain([CANCEL]).map(Into::into).collect()
            }
            Page::All => {
                let known = self.known(shared);
                let volume = known.and_then(|(_, device)| self.volume.value(device));
                let mut items: Vec<String> = volume.map(|_| VOLUME.into()).into_iter().collect();
                items.extend(entry::items(&self.entries(shared)));
                items
            }
        }
    }

    fn first(&self, shared: &Shared) -> Option<String> {
        let entries = entry::items(&self.entries(shared));
        entries.first().cloned()
    }

    fn press(&mut self, item: &str, shared: &Shared) -> Actions {
        let address = self.address;
        match (item, &mut self.page) {
            (CANCEL, _) => vec![Action::Close],
            (_, Page::Keeping(drafts)) => drafts.commit(item, shared),
            (KEEP, _) => self.turn_to(Page::Keeping(Drafts::default()), KEPT[0].path),
            (RENAME, _) => {
                let known = self.known(shared);
                let name = known.map_or_else(String::new, |(_, device)| radio::name(device));
                self.turn_to(Page::Naming(name), NAME)
            }
            (ASK, _) => self.turn_to(Page::Forgetting, CANCEL),
            (FORGET, _) => vec![Action::Close, radio::order(Order::Forget(address))],
            (NAME | SAVE, Page::Naming(name)) => {
                let alias = name.trim().to_owned();
                vec![
                    Action::Close,
                    radio::order(Order::Rename { address, alias }),
                ]
            }
            _ => entry::press(self.entries(shared), item),
        }
    }

    fn typed(&mut self, item: &str, text: String) {
        match &mut self.page {
            Page::Keeping(drafts) => drafts.typed(&KEPT, item, text),
            page => *page = Page::Naming(text),
        }
    }

    fn leave(&mut self, item: &str, shared: &Shared) -> Actions {
        match &mut self.page {
            Page::Keeping(drafts) => drafts.commit(item, shared),
            _ => Vec::new(),
        }
    }

    fn key(&mut self, item: &str, press: &Press, shared: &Shared) -> Option<Actions> {
        if item != VOLUME {
            return None;
        }
        let (_, device) = self.known(shared)?;
        match Nudge::of(press, &radio::STEPS)? {
            Nudge::By(step) => {
                let value = self.volume.value(device)? + step;
                Some(vec![self.volume.turn(self.address, value)])
            }
            Nudge::Reset => None,
            Nudge::Over => {
                self.volume.let_go(shared.now);
                Some(Vec::new())
            }
        }
    }

    fn turned(&mut self, _item: &str, value: Option<f64>, shared: &Shared) -> Actions {
        match value {
            Some(value) => vec![self.volume.turn(self.address, value)],
            None => {
                self.volume.let_go(shared.now);
                Vec::new()
            }
        }
    }

    fn tick(&mut self, shared: &Shared) -> Actions {
        self.turn.tick(shared.now, shared.moves());
        self.volume.tick(radio::state(shared), shared.now);
        Vec::new()
    }

    fn place(&self, shared: &Shared) -> Place {
        let regions = &shared.regions;
        if matches!(self.page, Page::All) {
            Place::LeftTop {
                x: regions.rail.width,
                y: regions.bar.height,
            }
        } else {
            Place::Centre
        }
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let known = self.known(shared);
        let name = known.map_or_else(
            || self.address.to_string(),
            |(_, device)| radio::name(device),
        );
        let (title, content) = match &self.page {
            Page::All => (name, self.all(shared)),
            Page::Naming(new) => (format!("Rename {name}"), Self::naming(new, shared)),
            Page::Keeping(drafts) => (
                "Kept against late packets".into(),
                Self::keeping(drafts, shared),
            ),
            Page::Forgetting => (format!("Forget {name}?"), Self::forgetting(shared)),
        };
        let title = measure::fitted(&title, WIDTH - 16.0, fonts::ZONE, fonts::SEMIBOLD);
        frame::card(&title, WIDTH + 24.0, content, shared)
    }
}

/// The adapters that it could be used through as well.
fn others<'a>(state: &'a State, device: &'a Device) -> impl Iterator<Item = &'a Adapter> {
    let other = |adapter: &&Adapter| adapter.id != device.adapter && adapter.powered;
    state.adapters.iter().filter(other)
}

fn move_to(address: Address, adapter: &Adapter) -> Entry {
    let order = Order::Move {
        address,
        adapter: adapter.id.clone(),
    };
    let label = format!("Move to {}", radio::adapter_name(adapter));
    Entry::closing(
        format!("move/{}", adapter.id),
        label,
        vec![radio::order(order)],
    )
    .icon(Icon::ArrowRightLeft)
}

fn cancel<'a>(shared: &Shared) -> Element<'a, Message> {
    let kind = style::Button::Secondary;
    pieces::push(CANCEL, None, "Cancel", kind, true, shared)
}

fn primary<'a>(item: &str, label: &str, shared: &Shared) -> Element<'a, Message> {
    pieces::push(item, None, label, style::Button::Primary, true, shared)
}

fn most(shared: &Shared) -> f32 {
    (shared.regions.all.height - 400.0).clamp(160.0, 320.0)
}

/// The limits of what is kept of any source over Bluetooth.
const KEPT: [Setting; 2] = [
    Setting {
        path: "settings.jitter_min",
        label: "At least",
        hint: "15 ms unless changed",
    },
    Setting {
        path: "settings.jitter_max",
        label: "At most",
        hint: "what is later is lost; 150 ms unless changed",
    },
];

const AWAKE: &str = "awake";
const KEEP: &str = "keep";
const VOLUME: &str = "volume";
const RENAME: &str = "rename";
const NAME: &str = "name";
const SAVE: &str = "save";
const ASK: &str = "ask";
const FORGET: &str = "forget";
const CANCEL: &str = "cancel";
const WIDTH: f32 = 320.0;
