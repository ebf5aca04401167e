//! Dialogs, menus and lists over the window; at most one is open.
//!
//! Everything in a dialog that can be pressed has an id, and pressing it is the
//! same as Enter on it: both are [`Message::Pressed`]. Opening gives the
//! keyboard to the dialog's first sensible item, closing gives it back.

mod bluetooth;
mod causes;
mod closing;
mod device;
mod drafts;
mod entry;
mod files;
mod frame;
mod install;
mod item;
mod keys;
mod menu;
mod move_to;
mod pairing;
mod palette;
mod pieces;
mod presets;
mod settings;
mod source;

use std::fmt::Debug;
use std::path::PathBuf;

use iced::Element;
use iced::widget::{operation, scrollable, space};

use super::action::{Action, Actions, Overlay};
use super::focus::{FocusId, Region};
use super::keys::Press;
use super::shared::Shared;

pub use files::Filed;
pub use frame::Place;

/// What only this part knows.
#[derive(Debug, Default)]
pub struct Overlays {
    open: Option<Open>,
    typing: Option<FocusId>,
    dropped: Vec<PathBuf>,
}

/// The dialog that is open.
#[derive(Debug)]
struct Open {
    dialog: Box<dyn Dialog>,
    /// Who had the keyboard before.
    back: Option<FocusId>,
    /// The item that has it now.
    at: Option<String>,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// An item was pressed, or Enter on it.
    Pressed(FocusId),
    /// A text field now holds this.
    Typed(FocusId, String),
    /// Esc.
    Dismissed,
    /// A press beside the dialog.
    Left,
    /// Work on files is done.
    Filed(Filed),
    /// A slider was turned to this value.
    Turned(FocusId, f64),
    /// It was let go.
    LetGo(FocusId),
}

/// What every dialog can do. Items are named by short paths such as `theme/dark`.
trait Dialog: Debug {
    /// Everything that can have the keyboard, in reading order.
    fn items(&self, shared: &Shared) -> Vec<String>;

    /// The item that has the keyboard first.
    fn first(&self, shared: &Shared) -> Option<String> {
        self.items(shared).first().cloned()
    }

    /// An item was pressed.
    fn press(&mut self, item: &str, shared: &Shared) -> Actions;

    /// A text field now holds this.
    fn typed(&mut self, _item: &str, _text: String) {}

    /// The keyboard leaves this item.
    fn leave(&mut self, _item: &str, _shared: &Shared) -> Actions {
        Vec::new()
    }

    /// A key that is neither Enter, Esc nor Tab; `None` when it means nothing.
    fn key(&mut self, _item: &str, _press: &Press, _shared: &Shared) -> Option<Actions> {
        None
    }

    /// Work on files is done.
    fn filed(&mut self, _filed: Filed, _shared: &Shared) -> Actions {
        Vec::new()
    }

    /// What is to happen as soon as it is open.
    fn start(&self, _shared: &Shared) -> Actions {
        Vec::new()
    }

    /// What is to happen when it closes.
    fn end(&self) -> Actions {
        Vec::new()
    }

    /// Time has passed and the engine's state may be newer.
    fn tick(&mut self, _shared: &Shared) -> Actions {
        Vec::new()
    }

    /// A slider was turned to this value; `None` when it was let go.
    fn turned(&mut self, _item: &str, _value: Option<f64>, _shared: &Shared) -> Actions {
        Vec::new()
    }

    /// How far its list is to be scrolled so that this item can be seen.
    fn scrolled(&self, _item: &str, _shared: &Shared) -> Option<f32> {
        None
    }

    /// Where it stands.
    fn place(&self, shared: &Shared) -> Place;

    /// Draws its card.
    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message>;
}

impl Overlays {
    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Actions {
        match message {
            Message::Pressed(id) => self.pressed(&id, shared),
            Message::Typed(id, text) => self.typed(id, text, shared),
            Message::Dismissed => vec![Action::Close],
            Message::Left => {
                let mut actions = self.leave(shared);
                actions.push(Action::Close);
                actions
            }
            Message::Turned(id, value) => self.turned(&id, Some(value), shared),
            Message::LetGo(id) => self.turned(&id, None, shared),
            Message::Filed(filed) => match &mut self.open {
                Some(open) => open.dialog.filed(filed, shared),
                None => filed.told_elsewhere(),
            },
        }
    }

    /// Takes a key while `id`, which is in this part, has the keyboard; `None`
    /// when it means nothing here.
    pub fn key(&mut self, id: &FocusId, press: &Press, shared: &Shared) -> Option<Actions> {
        let open = self.open.as_mut()?;
        if press.activates() {
            return Some(self.pressed(id, shared));
        }
        open.dialog.key(id.item(), press, shared)
    }

    /// Everything in it that can have the keyboard, in reading order.
    #[must_use]
    pub fn focusables(&self, shared: &Shared) -> Vec<FocusId> {
        let items = self
            .open
            .as_ref()
            .map_or_else(Vec::new, |open| open.dialog.items(shared));
        items.iter().map(focus_id).collect()
    }

    /// A dialog was opened.
    pub fn opened(&mut self, shared: &Shared) -> Actions {
        let replaced = self.open.take();
        let mut actions = replaced
            .as_ref()
            .map_or_else(Vec::new, |open| open.dialog.end());
        let back = replaced.map_or_else(|| shared.focus.clone(), |open| open.back);
        let Some(dialog) = shared
            .overlay
            .as_ref()
            .and_then(|what| dialog(what, shared))
        else {
            return actions;
        };
        let first = dialog.first(shared).map(focus_id);
        actions.extend(dialog.start(shared));
        actions.push(Action::Focus(first));
        self.open = Some(Open {
            dialog,
            back,
            at: None,
        });
        actions
    }

    /// The dialog was closed.
    pub fn closed(&mut self) -> Actions {
        let open = self.open.take();
        self.typing = None;
        open.map_or_else(Vec::new, |open| {
            let mut actions = open.dialog.end();
            actions.push(Action::Focus(open.back));
            actions
        })
    }

    /// The keyboard went to another item: a text field there takes iced's own
    /// focus, and a list scrolls.
    pub fn focused(&mut self, shared: &Shared) -> Actions {
        let Some(id) = shared.focus.as_ref() else {
            return Vec::new();
        };
        if id.region() != Some(Region::Overlay) || self.open.is_none() {
            return Vec::new();
        }
        let mut actions = match &self.open {
            Some(open) if open.at.as_deref() != Some(id.item()) => self.leave(shared),
            _ => Vec::new(),
        };
        if let Some(open) = &mut self.open {
            open.at = Some(id.item().to_owned());
            if let Some(y) = open.dialog.scrolled(id.item(), shared) {
                let offset = scrollable::AbsoluteOffset { x: 0.0, y };
                actions.push(Action::Run(operation::scroll_to(LIST, offset)));
            }
        }
        // A field that is being typed into keeps its cursor where it is.
        if self.typing.take().as_ref() != Some(id) {
            actions.push(Action::Run(operation::focus(id.to_string())));
            actions.push(Action::Run(operation::select_all(id.to_string())));
        }
        actions
    }

    /// A file was dropped onto the window; several come one by one.
    pub fn dropped(&mut self, path: PathBuf) -> Actions {
        self.dropped.push(path);
        Vec::new()
    }

    /// Time has passed and the engine's state may be newer.
    pub fn tick(&mut self, shared: &Shared) -> Actions {
        let mut actions = match &mut self.open {
            Some(open) => open.dialog.tick(shared),
            None => Vec::new(),
        };
        if !self.dropped.is_empty() {
            actions.extend(source::play_files(&std::mem::take(&mut self.dropped)));
        }
        actions
    }

    /// Draws it.
    #[must_use]
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        self.open.as_ref().map_or_else(
            || space().into(),
            |open| frame::over(open.dialog.view(shared), open.dialog.place(shared), shared),
        )
    }

    fn pressed(&mut self, id: &FocusId, shared: &Shared) -> Actions {
        let mut actions = Vec::new();
        if !shared.has_focus(id) {
            actions.extend(self.leave(shared));
            actions.push(Action::Focus(Some(id.clone())));
        }
        if let Some(open) = &mut self.open {
            open.at = Some(id.item().to_owned());
            actions.extend(open.dialog.press(id.item(), shared));
        }
        actions
    }

    fn typed(&mut self, id: FocusId, text: String, shared: &Shared) -> Actions {
        if let Some(open) = &mut self.open {
            open.dialog.typed(id.item(), text);
        }
        if shared.has_focus(&id) {
            return Vec::new();
        }
        self.typing = Some(id.clone());
        vec![Action::Focus(Some(id))]
    }

    fn turned(&mut self, id: &FocusId, value: Option<f64>, shared: &Shared) -> Actions {
        let mut actions = Vec::new();
        if !shared.has_focus(id) {
            actions.push(Action::Focus(Some(id.clone())));
        }
        if let Some(open) = &mut self.open {
            actions.extend(open.dialog.turned(id.item(), value, shared));
        }
        actions
    }

    fn leave(&mut self, shared: &Shared) -> Actions {
        let Some(open) = &mut self.open else {
            return Vec::new();
        };
        open.at
            .take()
            .map_or_else(Vec::new, |item| open.dialog.leave(&item, shared))
    }
}

fn dialog(what: &Overlay, shared: &Shared) -> Option<Box<dyn Dialog>> {
    Some(match what {
        Overlay::Source => Box::new(source::Chooser::new(shared)),
        Overlay::Causes => Box::new(causes::Causes),
        Overlay::Menu => Box::new(menu::Menu),
        Overlay::Item(selection) => Box::new(item::ItemMenu::new(selection.clone())),
        Overlay::MoveTo(payload) => Box::new(move_to::MoveTo::new(payload.clone())),
        Overlay::Settings => Box::new(settings::Settings::default()),
        Overlay::Presets => Box::new(presets::PresetList::default()),
        Overlay::Commands => Box::new(palette::Palette::default()),
        Overlay::Keys => Box::new(keys::KeyList),
        Overlay::Closing => Box::new(closing::Closing::default()),
        Overlay::Pairing => Box::new(pairing::Pairing::guided(shared)),
        Overlay::Asked => Box::new(pairing::Pairing::asked(shared)),
        Overlay::Device(address) => Box::new(device::DeviceCard::new(*address)),
        Overlay::Bluetooth => Box::new(bluetooth::BluetoothPage::default()),
        Overlay::Install => Box::new(install::Install::default()),
        // The rail draws its own flyout.
        Overlay::Rail(_) => return None,
    })
}

fn focus_id(item: impl std::fmt::Display) -> FocusId {
    FocusId::new(Region::Overlay, item)
}

/// The list of the dialog that is open, to scroll it.
const LIST: &str = "overlay-list";
