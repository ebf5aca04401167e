//! The rail at the left: every speaker that is in no zone, by family. Rows are
//! picked up from here by pointer, finger, tap or key, and while something out
//! of a zone is carried, the rail is where it is put back.
//!
//! In the compact layout it is a column of icons; a tap on one opens the rows of
//! that family in a flyout, which goes when a drag leaves it.

mod advice;
mod flyout;
mod icons;
mod landing;
mod reveal;
mod row;

use std::time::{Duration, Instant};

use iced::widget::{column, container, row as across, scrollable, space, stack, text};
use iced::{Element, Length, Padding, Point, Vector, alignment};

use super::action::{Action, Actions, Overlay, Selection};
use super::drag::{Hand, Payload, Step};
use super::first_run;
use super::focus::{FocusId, Region};
use super::glyph::{self, Turn};
use super::icon::{self, Icon};
use super::keys::Press;
use super::scene::{Family, Mark, RailGroup, RailRow};
use super::shared::Shared;
use super::style::Button;
use super::{fonts, radio, style, widgets};
use crate::bluetooth::Order;
use crate::bluetooth::state::Service;
use crate::devices::Presence;
use crate::engine::Command;

/// What only this part knows.
#[derive(Debug, Default)]
pub struct Rail {
    scanning: Option<Instant>,
    turn: Turn,
    scrolled: f32,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Look for speakers now.
    Scanned,
    /// A row was picked up: the pointer, and where it has grabbed the row.
    Picked(Payload, Point, Vector),
    /// A row was tapped.
    Tapped(Payload),
    /// The right button was pressed on a row.
    Asked(Payload),
    /// An icon of the compact layout was pressed.
    Unfolded(Family),
    /// The flyout was left.
    Folded,
    /// The list was scrolled to here.
    Scrolled(f32),
    /// A Bluetooth device is to be seen to.
    Ordered(Order),
}

impl Rail {
    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Actions {
        match message {
            Message::Scanned => self.scan(shared),
            Message::Picked(payload, at, grab) => {
                vec![begin(payload, Hand::Pointer { at, grab })]
            }
            Message::Tapped(payload) => take(&payload, Hand::Tap, shared),
            Message::Asked(payload) => ask(&payload, shared).into_iter().collect(),
            Message::Ordered(order) => vec![radio::order(order)],
            Message::Unfolded(family) => vec![unfold(family, shared)],
            Message::Folded => vec![Action::Close],
            Message::Scrolled(y) => {
                self.scrolled = y;
                Vec::new()
            }
        }
    }

    /// Takes a key while `id`, which is in this part or its flyout, has the
    /// keyboard; `None` when it means nothing here.
    pub fn key(&mut self, id: &FocusId, press: &Press, shared: &Shared) -> Option<Actions> {
        if press.activates() {
            if id.item() == SCAN {
                return Some(self.scan(shared));
            }
            if let Some(family) = family(id) {
                return Some(vec![unfold(family, shared)]);
            }
        }
        if press.activates() && id.item() == advice::ITEM {
            return Some(advice::follow(shared).into_iter().collect());
        }
        let mut rows = shared.scene.rail.iter().flat_map(|group| &group.rows);
        let row = rows.find(|row| item(&row.payload) == id.item())?;
        if press.activates() {
            return Some(take(&row.payload, Hand::Keyboard, shared));
        }
        if press.named() == Some(iced::keyboard::key::Named::ContextMenu) {
            return Some(ask(&row.payload, shared).into_iter().collect());
        }
        (press.letter() == Some('m') && is_ready(row))
            .then(|| vec![Action::Open(Overlay::MoveTo(row.payload.clone()))])
    }

    /// Everything in it that can have the keyboard, in reading order.
    #[must_use]
    pub fn focusables(&self, shared: &Shared) -> Vec<FocusId> {
        let scan = FocusId::new(Region::Rail, SCAN);
        if shared.regions.is_wide() {
            let rows = shared.scene.rail.iter().flat_map(|group| &group.rows);
            let rows = rows.map(|row| FocusId::new(Region::Rail, item(&row.payload)));
            let advised = advice::focus(Region::Rail, shared);
            std::iter::once(scan).chain(advised).chain(rows).collect()
        } else {
            let families = Family::ALL.map(family_focus);
            families.into_iter().chain([scan]).collect()
        }
    }

    /// Time has passed and the engine's state may be newer.
    pub fn tick(&mut self, shared: &Shared) {
        let over = |since: Instant| shared.now.saturating_duration_since(since) >= SCANS;
        if self.scanning.is_some_and(over) {
            self.scanning = None;
        }
        self.turn.tick(shared.now, shared.moves());
    }

    /// Draws it.
    #[must_use]
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let tokens = &shared.tokens;
        let rows = if shared.regions.is_wide() {
            self.rows(shared)
        } else {
            icons::view(self.scan_mark(shared), self.turn.angle(), shared)
        };
        let line = tokens.line_width();
        let edge =
            container(space().width(line).height(Length::Fill)).style(|_| style::line(tokens));
        let rows = match landing::view(shared) {
            Some(landing) => stack![rows, landing].into(),
            None => rows,
        };
        let rows = container(rows).width(shared.regions.rail.width - line);
        container(across![rows, edge])
            .style(|_| style::panel(tokens))
            .into()
    }

    fn rows<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let tokens = &shared.tokens;
        let heading = across![
            text("Speakers")
                .font(fonts::SEMIBOLD)
                .size(fonts::ZONE)
                .color(tokens.text),
            space().width(Length::Fill),
            self.scan_button(shared),
        ]
        .height(HEADING)
        .padding(Padding::from([0.0, 12.0]).left(16.0))
        .align_y(alignment::Vertical::Center);
        let groups = shared.scene.rail.iter().map(|group| {
            column![
                title(group, shared),
                self.group(group, Region::Rail, shared)
            ]
            .into()
        });
        let list = column(groups)
            .spacing(reveal::BETWEEN)
            .padding(Padding::from([0.0, SIDE]).bottom(12.0));
        let list = scrollable(list)
            .id(LIST)
            .on_scroll(|view| Message::Scrolled(view.absolute_offset().y))
            .direction(scrollable::Direction::Vertical(thin()))
            .style(style::scroll(tokens))
            .width(Length::Fill)
            .height(Length::Fill);
        column![heading, list].into()
    }

    fn scan_button<'a>(&self, shared: &'a Shared) -> Element<'a, Message> {
        let tokens = &shared.tokens;
        let (sign, label): (Element<'a, Message>, _) = match self.scan_mark(shared) {
            Some(mark) => {
                let ring = glyph::mark(mark, 16.0, self.turn.angle(), tokens);
                (ring.into(), "Scanning")
            }
            None => (icon::icon(Icon::Radar, 18.0, tokens.text).into(), "Scan"),
        };
        let words = text(label).font(fonts::MEDIUM).size(fonts::BODY);
        let content = across![sign, words]
            .spacing(8)
            .align_y(alignment::Vertical::Center);
        let button = iced::widget::button(container(content).center_y(Length::Fill))
            .height(36.0)
            .padding(Padding::from([0.0, 12.0]))
            .style(style::button(Button::Secondary, tokens))
            .on_press(Message::Scanned);
        widgets::ringed(button, &FocusId::new(Region::Rail, SCAN), shared)
    }

    fn scan_mark(&self, shared: &Shared) -> Option<Mark> {
        let scans = self.scanning.is_some() || radio::is_scanning(shared);
        scans.then_some(Mark::Connecting)
    }

    fn scan(&mut self, shared: &Shared) -> Actions {
        self.scanning = Some(shared.now);
        let mut actions = vec![Action::Send(Command::Rescan)];
        actions.extend(radio::scan(shared));
        actions
    }

    /// The rows of a family, under what would help it.
    fn group<'a>(
        &self,
        group: &'a RailGroup,
        region: Region,
        shared: &'a Shared,
    ) -> Element<'a, Message> {
        let rows = rows(group, region, self.turn.angle(), shared);
        match advice::view(group.family, region, shared) {
            Some(advice) => column![advice, rows].spacing(reveal::GAP).into(),
            None => rows,
        }
    }
}

/// The rows of a family, or that there are none.
fn rows<'a>(
    group: &'a RailGroup,
    region: Region,
    turn: f32,
    shared: &'a Shared,
) -> Element<'a, Message> {
    if group.rows.is_empty() {
        let tokens = &shared.tokens;
        let (room, font) = (flyout::WIDTH - 2.0 * SIDE - 40.0, fonts::REGULAR);
        let words = why_none(group.family, shared);
        let none = widgets::fitted(&words, room, fonts::SMALL, font, tokens.text_third, tokens);
        return container(none)
            .height(reveal::NONE)
            .padding(Padding::ZERO.left(34.0))
            .into();
    }
    let rows = group.rows.iter();
    column(rows.map(|row| row::view(row, region, turn, shared)))
        .spacing(reveal::GAP)
        .into()
}

/// Why a family has no rows.
fn why_none(family: Family, shared: &Shared) -> String {
    let state = radio::state(shared).filter(|_| family == Family::Bluetooth);
    match state.map(|state| &state.service) {
        Some(service @ Service::Unavailable(_)) => {
            radio::first_sentence(&service.sentence()).to_owned()
        }
        _ => "None found".into(),
    }
}

/// The heading of a family and how many it has.
fn title<'a>(group: &RailGroup, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    across![
        container(icon::icon(group.family.icon(), 16.0, tokens.text_second)).center_x(20.0),
        text(group.family.title())
            .font(fonts::MEDIUM)
            .size(fonts::BODY)
            .color(tokens.text_second),
        space().width(Length::Fill),
        text(group.rows.len().to_string())
            .size(fonts::BODY)
            .color(tokens.text_third),
    ]
    .spacing(8)
    .height(reveal::TITLE)
    .padding(Padding::from([0.0, 6.0]))
    .align_y(alignment::Vertical::Center)
    .into()
}

/// Picks a row up without the pointer, or says why it cannot be.
fn take(payload: &Payload, hand: Hand, shared: &Shared) -> Actions {
    let Some(row) = shared.scene.row(payload) else {
        return Vec::new();
    };
    let carried = shared.drag.as_ref();
    if carried.is_some_and(|drag| drag.payload == *payload) {
        return vec![Action::Drag(Step::Cancel)];
    }
    if let Some(address) = row.pairable() {
        return vec![radio::order(Order::Pair(address))];
    }
    if let Some(why) = refusal(row) {
        return vec![Action::Toast(why)];
    }
    let mut actions: Actions = match shared.overlay {
        Some(Overlay::Rail(_)) => vec![Action::Close],
        _ => Vec::new(),
    };
    if shared.is_first_run() {
        // There is no zone to choose yet, so it goes where the page says.
        actions.extend(first_run::place(payload, shared));
    } else {
        actions.push(begin(payload.clone(), hand));
    }
    actions
}

fn begin(payload: Payload, hand: Hand) -> Action {
    Action::Drag(Step::Begin(payload, hand))
}

/// What can be done with a speaker of the rig, or with a Bluetooth device.
fn ask(payload: &Payload, shared: &Shared) -> Option<Action> {
    let overlay = match payload {
        Payload::Speaker(id) => Overlay::Item(Selection::Speaker(id.clone())),
        Payload::Device(_) => {
            let address = shared.scene.row(payload)?.address?;
            let _known = radio::state(shared)?.device(address)?;
            Overlay::Device(address)
        }
        Payload::Zone(_) => return None,
    };
    Some(Action::Open(overlay))
}

/// A second press on the icon of the open family closes it.
fn unfold(family: Family, shared: &Shared) -> Action {
    if shared.overlay == Some(Overlay::Rail(family)) {
        Action::Close
    } else {
        Action::Open(Overlay::Rail(family))
    }
}

/// Why a row cannot be used now, and what to do.
pub(super) fn refusal(row: &RailRow) -> Option<String> {
    let name = &row.name;
    match row.presence {
        Presence::Ready => None,
        Presence::Unpaired if row.mark == Mark::Connecting => Some(format!(
            "{name} is being paired. It can be used in a moment."
        )),
        Presence::Unpaired if row.address.is_some() => {
            Some(format!("{name} is not paired. Press Pair first."))
        }
        Presence::Unpaired => Some(format!(
            "{name} is not paired. Pair it in the desktop's Bluetooth settings, then scan."
        )),
        Presence::Off => Some(format!("{name} is switched off. Switch it on, then scan.")),
        Presence::Offline if matches!(row.payload, Payload::Speaker(_)) => {
            Some(format!("{name} is not connected. Connect it, then scan."))
        }
        Presence::Offline => Some(format!("{name} is offline. Switch it on, then scan.")),
    }
}

pub(super) fn is_ready(row: &RailRow) -> bool {
    row.presence == Presence::Ready
}

/// The item of a row in a [`FocusId`].
pub(super) fn item(payload: &Payload) -> String {
    match payload {
        Payload::Speaker(id) => format!("speaker:{id}"),
        Payload::Device(id) => format!("device:{id}"),
        Payload::Zone(id) => format!("zone:{id}"),
    }
}

fn family_focus(family: Family) -> FocusId {
    FocusId::new(Region::Rail, format!("family:{}", family.title()))
}

fn family(id: &FocusId) -> Option<Family> {
    Family::ALL
        .into_iter()
        .find(|&family| family_focus(family) == *id)
}

pub(super) fn thin() -> scrollable::Scrollbar {
    scrollable::Scrollbar::default()
        .width(4)
        .scroller_width(4)
        .margin(2)
}

/// The item of the Scan button in a [`FocusId`].
const SCAN: &str = "scan";
/// How long the button says that it scans; the list shows what is found at once.
const SCANS: Duration = Duration::from_secs(2);
/// The list's id.
const LIST: &str = "rail-list";
/// Height of the heading over the list.
const HEADING: f32 = 52.0;
/// Left and right of rows.
const SIDE: f32 = 10.0;
