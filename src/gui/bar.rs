//! The bar at the top: logo, source, play and pause, the health line, volume,
//! settings. Its middle gets the room that the two sides leave, and never more.

mod health;
mod levels;
mod source;
mod volume;

use iced::widget::{column, container, row, space, text, tooltip};
use iced::{Element, Length, Padding, alignment};

use super::action::{Action, Actions, Overlay};
use super::focus::{FocusId, Region};
use super::icon::Icon;
use super::keys::Press;
use super::shared::Shared;
use super::style::Button;
use super::{commands, fonts, glyph, style, widgets};
use crate::bluetooth::state::PlayerAction;
use crate::engine::Command;
use levels::Levels;

/// What only this part knows.
#[derive(Debug, Default)]
pub struct Bar {
    levels: Levels,
    turn: glyph::Turn,
}

/// What happens in it.
#[derive(Debug, Clone, Copy)]
pub enum Message {
    /// One of its buttons was pressed.
    Pressed(Item),
    /// The volume slider was pressed.
    Grasped,
    /// It was turned to this many dB.
    Turned(f64),
    /// It was let go.
    LetGo,
    /// Back to 0 dB.
    Reset,
}

/// What is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// The source chip.
    Source,
    /// The source's track before.
    Previous,
    /// Play or pause.
    Transport,
    /// The source's next track.
    Next,
    /// The health line.
    Health,
    /// Master mute.
    Mute,
    /// The volume slider.
    Volume,
    /// Back from the demo, wide layout.
    LeaveDemo,
    /// Settings, wide layout.
    Settings,
    /// The menu, compact layout.
    Menu,
}

impl Item {
    const ALL: [Self; 10] = [
        Self::Source,
        Self::Previous,
        Self::Transport,
        Self::Next,
        Self::Health,
        Self::Mute,
        Self::Volume,
        Self::LeaveDemo,
        Self::Settings,
        Self::Menu,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Previous => "previous",
            Self::Transport => "transport",
            Self::Next => "next",
            Self::Health => "health",
            Self::Mute => "mute",
            Self::Volume => "volume",
            Self::LeaveDemo => "leave-demo",
            Self::Settings => "settings",
            Self::Menu => "menu",
        }
    }

    fn focus(self) -> FocusId {
        FocusId::new(Region::Bar, self.name())
    }

    fn is_shown(self, shared: &Shared) -> bool {
        match self {
            Self::LeaveDemo => shared.regions.is_wide() && shared.link.snapshot.demo,
            Self::Settings => shared.regions.is_wide(),
            Self::Menu => !shared.regions.is_wide(),
            Self::Transport => shared.scene.source.chosen,
            // Where room is scarce they are in the Tune tab of the source.
            Self::Previous | Self::Next => shared.regions.is_wide() && self.skips(shared).is_some(),
            _ => true,
        }
    }

    fn skips(self, shared: &Shared) -> Option<Command> {
        match self {
            Self::Previous => commands::skip(PlayerAction::Previous, shared),
            Self::Next => commands::skip(PlayerAction::Next, shared),
            _ => None,
        }
    }
}

impl Bar {
    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Actions {
        match message {
            Message::Pressed(item) => press(item, shared).into_iter().collect(),
            Message::Grasped => vec![Action::Focus(Some(Item::Volume.focus()))],
            Message::Turned(db) => vec![volume::turn(db)],
            Message::LetGo => vec![Action::Release],
            Message::Reset => vec![volume::turn(0.0), Action::Release],
        }
    }

    /// Takes a key while `id`, which is in this part, has the keyboard; `None`
    /// when it means nothing here.
    pub fn key(&mut self, id: &FocusId, press: &Press, shared: &Shared) -> Option<Actions> {
        let named = |item: &Item| item.name() == id.item();
        let item = Item::ALL.into_iter().find(named)?;
        if item == Item::Volume {
            return volume::key(press, shared);
        }
        press
            .activates()
            .then(|| self::press(item, shared).into_iter().collect())
    }

    /// Everything in it that can have the keyboard, in reading order.
    #[must_use]
    pub fn focusables(&self, shared: &Shared) -> Vec<FocusId> {
        let shown = Item::ALL.into_iter().filter(|item| item.is_shown(shared));
        shown.map(Item::focus).collect()
    }

    /// Time has passed and the engine's state may be newer.
    pub fn tick(&mut self, shared: &Shared) {
        self.turn.tick(shared.now, shared.moves());
        self.levels.tick(&shared.link.snapshot, shared.now);
    }

    /// Draws it.
    #[must_use]
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let wide = shared.regions.is_wide();
        let left = self.left(shared);
        let right = right(shared);
        let gap = if wide { 16.0 } else { 10.0 };
        let room = shared.regions.bar.width - left.width - right.width - 4.0 * gap;
        let health = health::view(shared, self.turn.angle(), room);
        let middle = container(health).center_x(room).center_y(Length::Fill);
        let all = row![left.content, middle, right.content]
            .spacing(gap)
            .padding(Padding::from([0.0, gap]))
            .height(Length::Fill)
            .align_y(alignment::Vertical::Center);
        let tokens = &shared.tokens;
        container(column![all, widgets::rule(tokens)])
            .style(|_| style::panel(tokens))
            .into()
    }

    fn left<'a>(&'a self, shared: &'a Shared) -> Side<'a> {
        let wide = shared.regions.is_wide();
        let tokens = &shared.tokens;
        let chip = source::Chip::new(shared);
        let mut left = row![glyph::logo(if wide { 32.0 } else { 30.0 }, tokens)]
            .spacing(10)
            .align_y(alignment::Vertical::Center);
        let mut width = if wide { 32.0 } else { 30.0 } + 10.0 + chip.width;
        if wide {
            let name = text("Inphase").font(fonts::SEMIBOLD).size(fonts::ZONE);
            left = left.push(container(name.color(tokens.text)).width(NAME));
            width += NAME + 10.0;
        }
        left = left.push(chip.view(shared, self.levels.heights(shared.moves())));
        let skip = |item, sign, tip| {
            let shown = Item::is_shown(item, shared);
            shown.then(|| skip(item, sign, tip, chip.height, shared))
        };
        let parts = [
            skip(Item::Previous, Icon::SkipBack, "Track before"),
            Item::Transport
                .is_shown(shared)
                .then(|| transport(shared, chip.height)),
            skip(Item::Next, Icon::SkipForward, "Next track"),
        ];
        for (content, room) in parts.into_iter().flatten() {
            left = left.push(content);
            width += room + 10.0;
        }
        Side {
            content: left.into(),
            width,
        }
    }
}

/// One end of the bar and how much room it takes.
struct Side<'a> {
    content: Element<'a, Message>,
    width: f32,
}

/// What a press on it asks for.
fn press(item: Item, shared: &Shared) -> Option<Action> {
    Some(match item {
        Item::Source => Action::Open(Overlay::Source),
        Item::Transport => Action::Send(commands::play_pause(shared)),
        Item::Previous | Item::Next => Action::Send(item.skips(shared)?),
        Item::Health => Action::Open(Overlay::Causes),
        Item::Mute => volume::mute(shared),
        Item::Volume => return None,
        Item::LeaveDemo => Action::Own,
        Item::Settings => Action::Open(Overlay::Settings),
        Item::Menu => Action::Open(Overlay::Menu),
    })
}

fn transport<'a>(shared: &Shared, size: f32) -> (Element<'a, Message>, f32) {
    let tokens = &shared.tokens;
    let (sign, tip) = if commands::is_paused(shared) {
        (Icon::Play, "Play")
    } else {
        (Icon::Pause, "Pause")
    };
    let button = widgets::icon_button(sign, Button::Secondary, tokens)
        .width(size)
        .height(size)
        .on_press(Message::Pressed(Item::Transport));
    (explained(button, Item::Transport, tip, shared), size)
}

/// A button of the source's player, narrower than the one between them.
fn skip<'a>(
    item: Item,
    sign: Icon,
    tip: &str,
    height: f32,
    shared: &Shared,
) -> (Element<'a, Message>, f32) {
    let width = 40.0;
    let button = widgets::icon_button(sign, Button::Ghost, &shared.tokens)
        .width(width)
        .height(height)
        .on_press(Message::Pressed(item));
    (explained(button, item, tip, shared), width)
}

fn right(shared: &Shared) -> Side<'_> {
    let wide = shared.regions.is_wide();
    let volume = volume::view(shared);
    let (item, sign, kind, tip) = if wide {
        (Item::Settings, Icon::Settings, Button::Ghost, "Settings")
    } else {
        (Item::Menu, Icon::Ellipsis, Button::Secondary, "More")
    };
    let button = widgets::icon_button(sign, kind, &shared.tokens).on_press(Message::Pressed(item));
    let button = explained(button, item, tip, shared);
    let mut width = volume.width + 8.0 + 40.0;
    let mut content = row![volume.content].spacing(8);
    if Item::LeaveDemo.is_shown(shared) {
        content = content.push(leave_demo(shared));
        width += LEAVE + 8.0;
    }
    let content = content
        .push(button)
        .width(width)
        .align_y(alignment::Vertical::Center);
    Side {
        content: content.into(),
        width,
    }
}

fn leave_demo<'a>(shared: &Shared) -> Element<'a, Message> {
    let button = widgets::labelled(None, "Leave the demo", Button::Outline, &shared.tokens)
        .width(LEAVE)
        .on_press(Message::Pressed(Item::LeaveDemo));
    let tip = "Back to your own rig";
    explained(button, Item::LeaveDemo, tip, shared)
}

/// A button of icons: its name is in a tooltip.
fn explained<'a>(
    content: impl Into<Element<'a, Message>>,
    item: Item,
    tip: &str,
    shared: &Shared,
) -> Element<'a, Message> {
    let ringed = widgets::ringed(content, &item.focus(), shared);
    widgets::tip(ringed, tip, tooltip::Position::Bottom, &shared.tokens)
}

/// A thin line between parts of a sentence.
fn divider<'a>(shared: &Shared) -> Element<'a, Message> {
    let color = shared.tokens.track;
    container(space().width(1.0).height(20.0))
        .style(move |_| style::boxed(color, color, 0.0, 0.0))
        .into()
}

/// Width of the way back from the demo.
const LEAVE: f32 = 128.0;
/// Room of the program's name.
const NAME: f32 = 68.0;
