//! The graph: source, zones, speakers, and what connects them.
//!
//! Three layers on top of each other: edges and zones, the bodies of the nodes,
//! and what moves. The first two are drawn anew only when what they show
//! changes; the third holds nothing but small things.

pub mod blink;
pub mod bodies;
pub mod face;
pub mod furniture;
pub mod ground;
pub mod layout;
pub mod levels;
pub mod live;
pub mod metrics;
pub mod moving;
pub mod needle;
pub mod paint;
pub mod sight;
pub mod tips;
pub mod track;
pub mod walk;

use std::rc::Rc;
use std::time::{Duration, Instant};

use iced::keyboard::key::Named;
use iced::widget::{container, pin, space, stack, text};
use iced::{Color, Element, Length, Padding, Point, Size, Vector};

use super::action::{Action, Actions, Overlay, Selection};
use super::commands::{self, Verb};
use super::drag::{self, Drag, Hand, Landing, Payload, Step};
use super::focus::FocusId;
use super::keys::Press;
use super::layer::layer;
use super::rail::Rail;
use super::shared::Shared;
use super::{fonts, measure, style};
use crate::engine::Command;
use crate::rig::edit::Edit;
use crate::rig::{SpeakerId, Zone};
use blink::Blink;
use face::Faces;
use furniture::{Button, HINTS};
use layout::{Hit, Layout, Shape};
use levels::Levels;
use live::Live;
use metrics::Metrics;
use sight::Sight;
use tips::Spot;

/// What only this part knows.
#[derive(Debug, Default)]
pub struct Graph {
    sight: Sight,
    levels: Levels,
    /// What the pointer rests on, and since when.
    hover: Option<(Spot, Instant)>,
    /// Who had the keyboard at the last tick.
    focused: Option<FocusId>,
    /// The zone that offered two slots at the last tick.
    offered: Option<usize>,
    blink: Blink,
}

/// What happens in it.
#[derive(Debug, Clone)]
pub enum Message {
    /// The pointer rests on something else.
    Hovered(Option<Spot>),
    /// A click, or a tap, on this point of the content.
    Clicked(Point),
    /// A click with the right button.
    Asked(Point),
    /// Something was picked up by the pointer.
    Lifted {
        /// What.
        hit: Hit,
        /// Where the pointer is in the window.
        at: Point,
        /// From its top left to the pointer.
        grab: Vector,
    },
    /// The pointer is here in the window, and carries something.
    Carried(Point),
    /// The wheel turned, or a finger pulled.
    Scrolled(f32),
    /// The wheel turned while Ctrl was held.
    Zoomed(f32),
    /// A button was pressed.
    Pressed(Button),
}

impl Graph {
    /// Takes a message.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "all parts take their messages alike"
    )]
    pub fn update(&mut self, message: Message, shared: &Shared) -> Actions {
        match message {
            Message::Hovered(spot) => {
                self.hover = spot.map(|spot| (spot, shared.now));
                Vec::new()
            }
            Message::Clicked(at) => self.clicked(at, shared),
            Message::Asked(at) => {
                let chosen = self.selection_at(at, shared);
                let open = |chosen: Selection| {
                    vec![
                        Action::Select(chosen.clone()),
                        Action::Open(Overlay::Item(chosen)),
                    ]
                };
                chosen.map_or_else(Vec::new, open)
            }
            Message::Lifted { hit, at, grab } => {
                self.hover = None;
                let payload = payload(hit, shared);
                let begin =
                    |payload| Action::Drag(Step::Begin(payload, Hand::Pointer { at, grab }));
                payload.map(begin).into_iter().collect()
            }
            Message::Carried(at) => vec![
                Action::Drag(Step::Moved(at)),
                Action::Drag(Step::Over(self.landing(at, shared))),
            ],
            Message::Scrolled(by) => {
                self.hover = None;
                let layout = self.layout(shared);
                self.sight
                    .scroll_by(by, &layout, shared.regions.canvas.size());
                Vec::new()
            }
            Message::Zoomed(by) => {
                self.sight.zoom_by(by);
                let layout = self.layout(shared);
                self.sight
                    .scroll_by(0.0, &layout, shared.regions.canvas.size());
                Vec::new()
            }
            Message::Pressed(button) => press(button, shared),
        }
    }

    /// Takes a key while `id`, which is in this part, has the keyboard; `None`
    /// when it means nothing here.
    pub fn key(&mut self, id: &FocusId, press: &Press, shared: &Shared) -> Option<Actions> {
        if let Some(direction) = press.arrow() {
            return self.walk(id, direction, shared);
        }
        let chosen = walk::selection(id);
        let menu = press.named() == Some(Named::ContextMenu)
            || (press.named() == Some(Named::F10) && press.modifiers.shift());
        if menu {
            return Some(vec![Action::Open(Overlay::Item(chosen?))]);
        }
        if let (Some('m'), Some(Selection::Speaker(id))) = (press.letter(), &chosen) {
            return Some(vec![Action::Open(Overlay::MoveTo(Payload::Speaker(
                id.clone(),
            )))]);
        }
        if !press.activates() {
            return None;
        }
        let pick_up = |payload| vec![Action::Drag(Step::Begin(payload, Hand::Keyboard))];
        Some(match chosen {
            Some(Selection::Speaker(id)) => pick_up(Payload::Speaker(id)),
            Some(Selection::Zone(id)) => pick_up(Payload::Zone(id)),
            Some(other) => vec![Action::Select(other)],
            None => {
                let pressed = |button: &Button| button.id() == *id;
                let button = Button::all(shared).into_iter().find(pressed)?;
                self::press(button, shared)
            }
        })
    }

    /// Everything in it that can have the keyboard, in reading order.
    #[must_use]
    pub fn focusables(&self, shared: &Shared) -> Vec<FocusId> {
        let mut ids = walk::all(&shared.scene);
        ids.extend(Button::all(shared).into_iter().map(Button::id));
        ids
    }

    /// Time has passed and the engine's state may be newer.
    pub fn tick(&mut self, shared: &Shared) {
        self.levels
            .tick(&shared.link.snapshot, shared.now, shared.moves());
        let layout = self.layout(shared);
        let canvas = shared.regions.canvas.size();
        self.sight.scroll_by(self.pull(shared), &layout, canvas);
        if self.focused != shared.focus {
            self.focused.clone_from(&shared.focus);
            let focus = shared.focus.as_ref();
            let area = focus.and_then(|id| walk::area(id, &shared.scene, &layout));
            if let Some(area) = area {
                self.sight.show(area, &layout, canvas);
            }
        }
        let offered = layout.zones.iter().position(|place| place.slots.is_some());
        if self.offered != offered {
            self.offered = offered;
            let slots = offered.and_then(|zone| layout.zones[zone].slots);
            if let Some(slots) = slots {
                let both = slots.join.union(&slots.own);
                self.sight.show(both, &layout, canvas);
            }
        }
    }

    /// Draws it.
    #[must_use]
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let layout = Rc::new(self.layout(shared));
        let hover = self.hover.map(|(spot, _)| spot.hit);
        let faces = Rc::new(Faces::new(&layout, self.sight, hover, shared));
        let covered = self.sight.reach(&layout, shared.regions.canvas.size()) > 0.0;
        // The first element of a stack is not clipped, so it is empty.
        let mut layers = stack![
            space().width(Length::Fill).height(Length::Fill),
            layer(faces.clone(), FILL, |faces, brush| ground::paint(
                faces, brush
            )),
            layer(faces, FILL, |faces, brush| bodies::paint(faces, brush)),
            Live {
                layout: layout.clone(),
                sight: self.sight,
                levels: &self.levels,
                shared,
            },
            furniture::view(shared, covered, self.free_x(&layout, shared)),
        ]
        .width(Length::Fill)
        .height(Length::Fill);
        if shared.scene.zones.is_empty() {
            layers = layers.push(furniture::no_zone(shared));
        }
        if let Some(mark) = self.lit(&layout, shared) {
            layers = layers.push(mark);
        }
        if let Some(tip) = self.tip(&layout, shared) {
            layers = layers.push(tip);
        }
        layers.into()
    }

    /// A speaker is asked to chirp: its node blinks.
    pub fn identify(&mut self, speaker: SpeakerId, now: Instant) {
        self.blink.begin(speaker, now);
    }

    /// It did not.
    pub fn not_identified(&mut self) {
        self.blink.end();
    }

    /// A frame around the node that blinks.
    fn lit<'a>(&self, layout: &Layout, shared: &Shared) -> Option<Element<'a, Message>> {
        let speaker = self.blink.lit(shared.now, shared.moves())?;
        let id = walk::node_id(speaker);
        let area = self.sight.outside(walk::area(&id, &shared.scene, layout)?);
        let node = shared.link.rig.speaker(speaker)?;
        let (color, _) = shared.tokens.identity(node.slot);
        let frame = container(space().width(area.width).height(area.height))
            .style(move |_| style::boxed(Color::TRANSPARENT, color, 4.0, style::radius::NODE));
        Some(pin(frame).x(area.x).y(area.y).into())
    }

    /// Where everything is now.
    #[must_use]
    pub fn layout(&self, shared: &Shared) -> Layout {
        let metrics = Metrics::of(shared.regions.is_wide());
        let width = shared.regions.canvas.width / self.sight.zoom;
        let zones = &shared.scene.zones;
        let (_, column) = layout::columns(zones.len(), width, metrics);
        let shape = |zone: &super::scene::ZoneView| {
            let words = drag::slot_words(&zone.id, column - 2.0 * metrics.inset, shared);
            Shape {
                nodes: zone.nodes.len(),
                slots: words.map(|words| (words.join.len(), words.own.len())),
            }
        };
        let shapes: Vec<Shape> = zones.iter().map(shape).collect();
        Layout::new(&shapes, width, metrics)
    }

    /// Where in the window a part of the content is.
    #[must_use]
    pub fn in_window(&self, area: iced::Rectangle, shared: &Shared) -> iced::Rectangle {
        let canvas = shared.regions.canvas;
        self.sight.outside(area) + Vector::new(canvas.x, canvas.y)
    }

    fn walk(&self, id: &FocusId, direction: (i32, i32), shared: &Shared) -> Option<Actions> {
        let _in_the_graph = walk::selection(id)?;
        let layout = self.layout(shared);
        let next = walk::beside(id, direction, &shared.scene, &layout);
        let go = |next: FocusId| {
            let chosen = walk::selection(&next).unwrap_or_default();
            vec![Action::Focus(Some(next)), Action::Select(chosen)]
        };
        Some(next.map_or_else(Vec::new, go))
    }

    /// A click selects; while something waits to be put down by a tap, it lands.
    fn clicked(&self, at: Point, shared: &Shared) -> Actions {
        match &shared.drag {
            Some(drag) if drag.hand == Hand::Tap => {
                let landing = self.landing_inside(at, drag, shared);
                vec![Action::Drag(Step::Tapped(landing))]
            }
            Some(_) => Vec::new(),
            None => {
                let chosen = self.selection_at(at, shared).unwrap_or_default();
                vec![Action::Focus(None), Action::Select(chosen)]
            }
        }
    }

    fn selection_at(&self, at: Point, shared: &Shared) -> Option<Selection> {
        let hit = self.layout(shared).at(at)?;
        Some(match payload(hit, shared) {
            Some(Payload::Speaker(id)) => Selection::Speaker(id),
            Some(Payload::Zone(id)) => Selection::Zone(id),
            _ => Selection::Source,
        })
    }

    /// Where what is carried would land if it were let go at this point of the
    /// window.
    fn landing(&self, at: Point, shared: &Shared) -> Option<Landing> {
        let drag = shared.drag.as_ref()?;
        let canvas = shared.regions.canvas;
        if shared.regions.rail.contains(at) {
            return drag::is_placed(&drag.payload, shared).then_some(Landing::Rail);
        }
        if !canvas.contains(at) || Rail::covers(at, shared) {
            return None;
        }
        let inside = self.sight.inside(at - Vector::new(canvas.x, canvas.y));
        self.landing_inside(inside, drag, shared)
    }

    fn landing_inside(&self, at: Point, drag: &Drag, shared: &Shared) -> Option<Landing> {
        let layout = self.layout(shared);
        let zones = &shared.scene.zones;
        if let Payload::Zone(id) = &drag.payload {
            let carried = zones.iter().position(|zone| zone.id == *id)?;
            return Some(Landing::Order(layout.order_at(at, carried)));
        }
        let index = layout.zone_near(at)?;
        let (zone, place) = (zones.get(index)?, &layout.zones[index]);
        let carried = match &drag.payload {
            Payload::Speaker(id) => zone.nodes.iter().position(|node| node.id == *id),
            _ => None,
        };
        drag::refusal(shared).is_none().then(|| Landing::Zone {
            zone: zone.id.clone(),
            index: place.index_at(at.y, carried),
            timing: place.slots.map(|slots| slots.timing_at(at.y)),
        })
    }

    /// How far the graph is pulled along while something is carried near its
    /// upper or lower edge.
    fn pull(&self, shared: &Shared) -> f32 {
        let canvas = shared.regions.canvas;
        match shared.drag.as_ref().map(|drag| drag.hand) {
            Some(Hand::Pointer { at, .. }) if canvas.contains(at) => {
                let (above, below) = (at.y - canvas.y, canvas.y + canvas.height - at.y);
                match (above < PULL_AT, below < PULL_AT) {
                    (true, _) => above - PULL_AT,
                    (_, true) => PULL_AT - below,
                    _ => 0.0,
                }
            }
            _ => 0.0,
        }
    }

    /// Where in the canvas the hints of a drag hide nothing: below the first
    /// column that leaves room for them, if there is one.
    fn free_x(&self, layout: &Layout, shared: &Shared) -> f32 {
        let free = shared.regions.canvas.height - sight::FLOATING;
        let seen = |place: &layout::Place| self.sight.outside(place.area);
        let lowest = |x: f32| {
            let column = layout.zones.iter().map(seen).filter(|area| area.x == x);
            column.map(|area| area.y + area.height).fold(0.0, f32::max)
        };
        let beside = shared.regions.canvas.width - HINTS;
        let mut columns = layout.zones.iter().map(|place| seen(place).x);
        let found = columns.find(|&x| lowest(x) <= free && x <= beside);
        found.unwrap_or(layout.metrics.margin)
    }

    fn tip<'a>(&self, layout: &Layout, shared: &Shared) -> Option<Element<'a, Message>> {
        let rested = |since: Instant| shared.now.saturating_duration_since(since) >= TIP_AFTER;
        let shown = self
            .hover
            .filter(|(_, since)| rested(*since) && shared.drag.is_none());
        let (spot, _) = shown?;
        let words = tips::words(spot, layout, shared)?;
        let area = tips::area(layout, spot)?;
        let canvas = shared.regions.canvas.size();
        let area = self.sight.outside(area);
        let size = bubble(&words);
        let x = (area.center_x() - size.width / 2.0)
            .clamp(6.0, (canvas.width - size.width - 6.0).max(6.0));
        let below = area.y + area.height + 6.0;
        let y = if below + size.height > canvas.height {
            area.y - size.height - 6.0
        } else {
            below
        };
        let tokens = shared.tokens.clone();
        let content = text(words).size(fonts::SMALL).color(tokens.on_accent);
        let bubble = container(content)
            .max_width(TIP_WIDTH)
            .padding(Padding::from([6.0, 10.0]))
            .style(move |_| style::tip(&tokens));
        Some(pin(bubble).x(x).y(y).into())
    }
}

/// About how large a tooltip becomes.
fn bubble(words: &str) -> Size {
    let inner = TIP_WIDTH - 20.0;
    let lines = words.lines().map(|line| {
        let width = measure::width(line, fonts::SMALL, fonts::REGULAR);
        (width.min(inner), (width / inner).ceil().max(1.0))
    });
    let (width, count) = lines.fold((0.0_f32, 0.0), |(width, count), line| {
        (width.max(line.0), count + line.1)
    });
    let line = fonts::SMALL * fonts::LINE_HEIGHT;
    Size::new(width + 20.0, count * line + 12.0)
}

/// What is picked up here.
fn payload(hit: Hit, shared: &Shared) -> Option<Payload> {
    let zones = &shared.scene.zones;
    match hit {
        Hit::Source => None,
        Hit::Zone { zone, .. } => Some(Payload::Zone(zones.get(zone)?.id.clone())),
        Hit::Node { zone, node } => {
            let node = zones.get(zone)?.nodes.get(node)?;
            Some(Payload::Speaker(node.id.clone()))
        }
    }
}

fn press(button: Button, shared: &Shared) -> Actions {
    match button {
        Button::Undo => vec![Action::Tell(Command::Undo)],
        Button::Redo => vec![Action::Tell(Command::Redo)],
        Button::AddZone => {
            let rig = &shared.link.rig;
            let name = commands::zone_name(rig);
            let zone = Zone {
                id: rig.free_zone_id(&name),
                name,
                ..Zone::default()
            };
            let chosen = Selection::Zone(zone.id.clone());
            vec![
                Action::Tell(Command::Edit(Edit::AddZone(zone))),
                Action::Select(chosen),
            ]
        }
        Button::FullScreen => commands::carry_out(Verb::FullScreen, shared),
    }
}

/// The pointer rests this long before a tooltip comes.
const TIP_AFTER: Duration = Duration::from_millis(500);
const TIP_WIDTH: f32 = 320.0;
/// From the edge at which something carried pulls the graph along.
const PULL_AT: f32 = 36.0;

/// All the room there is.
const FILL: Size<Length> = Size::new(Length::Fill, Length::Fill);
