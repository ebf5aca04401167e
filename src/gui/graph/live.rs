//! The widget on top of the graph's layers: it draws what moves and takes the
//! pointer, by mouse and by finger. It tells what the user did; what follows from
//! that is decided by the graph.

use std::rc::Rc;
use std::time::{Duration, Instant};

use iced::advanced::widget::{Tree, tree};
use iced::advanced::{
    Clipboard, Layout as Box2d, Renderer as _, Shell, Widget, layout, mouse, renderer,
};
use iced::keyboard::{self, Modifiers};
use iced::{
    Element, Event, Length, Point, Rectangle, Renderer, Size, Theme, Transformation, Vector, touch,
    window,
};

use super::Message;
use super::layout::{Hit, Layout};
use super::levels::Levels;
use super::moving::{Moving, Signs};
use super::sight::Sight;
use super::tips::{self, Spot};
use crate::gui::drag::Hand;
use crate::gui::shared::Shared;

/// The widget.
#[derive(Debug)]
pub struct Live<'a> {
    /// Where everything is.
    pub layout: Rc<Layout>,
    /// Which part is seen.
    pub sight: Sight,
    /// What moves by itself.
    pub levels: &'a Levels,
    /// Everything else.
    pub shared: &'a Shared,
}

#[derive(Debug, Default)]
struct State {
    pressed: Option<Pressed>,
    modifiers: Modifiers,
    hovered: Option<Spot>,
    signs: Signs,
}

#[derive(Debug, Clone, Copy)]
struct Pressed {
    /// In the window.
    at: Point,
    last: Point,
    hit: Option<Hit>,
    finger: bool,
    pans: bool,
    since: Instant,
}

impl Live<'_> {
    fn content(&self, at: Point, bounds: Rectangle) -> Point {
        self.sight.inside(at - Vector::new(bounds.x, bounds.y))
    }

    fn press(&self, state: &mut State, at: Point, bounds: Rectangle, finger: bool) {
        state.pressed = Some(Pressed {
            at,
            last: at,
            hit: self.layout.at(self.content(at, bounds)),
            finger,
            pans: false,
            since: self.shared.now,
        });
    }

    /// The pointer moved to `at`.
    fn moved(
        &self,
        state: &mut State,
        at: Point,
        bounds: Rectangle,
        shell: &mut Shell<'_, Message>,
    ) {
        if matches!(&self.shared.drag, Some(drag) if matches!(drag.hand, Hand::Pointer { .. })) {
            shell.publish(Message::Carried(at));
            return;
        }
        let Some(pressed) = &mut state.pressed else {
            let inside = bounds.contains(at).then(|| self.content(at, bounds));
            let spot = inside.and_then(|point| tips::spot(&self.layout, point));
            if spot != state.hovered {
                state.hovered = spot;
                shell.publish(Message::Hovered(spot));
            }
            return;
        };
        let far = at.distance(pressed.at) >= FAR;
        if far && !pressed.pans && !pressed.finger && self.can_lift(pressed.hit) {
            let pressed = *pressed;
            self.lift(state, pressed, bounds, shell);
        } else if far || pressed.pans {
            let by = pressed.last.y - at.y;
            pressed.pans = true;
            pressed.last = at;
            shell.publish(Message::Scrolled(by));
        }
    }

    fn can_lift(&self, hit: Option<Hit>) -> bool {
        let free = self.shared.drag.is_none();
        free && matches!(hit, Some(Hit::Node { .. } | Hit::Zone { header: true, .. }))
    }

    fn lift(
        &self,
        state: &mut State,
        pressed: Pressed,
        bounds: Rectangle,
        shell: &mut Shell<'_, Message>,
    ) {
        state.pressed = None;
        let Some(hit) = pressed.hit else { return };
        let area = match hit {
            Hit::Node { zone, node } => self.layout.zones[zone].nodes[node],
            Hit::Zone { zone, .. } => self.layout.zones[zone].area,
            Hit::Source => return,
        };
        let corner = self.sight.outside(area).position() + Vector::new(bounds.x, bounds.y);
        shell.publish(Message::Lifted {
            hit,
            at: pressed.at,
            grab: pressed.at - corner,
        });
    }

    fn released(&self, state: &mut State, bounds: Rectangle, shell: &mut Shell<'_, Message>) {
        let Some(pressed) = state.pressed.take() else {
            return;
        };
        if !pressed.pans {
            shell.publish(Message::Clicked(self.content(pressed.at, bounds)));
        }
    }

    /// A finger that rests on something picks it up, so that a moving one can
    /// still scroll.
    fn hold(&self, state: &mut State, bounds: Rectangle, shell: &mut Shell<'_, Message>) {
        let Some(pressed) = state
            .pressed
            .filter(|pressed| pressed.finger && !pressed.pans)
        else {
            return;
        };
        let rested = self.shared.now.saturating_duration_since(pressed.since);
        if rested < HOLD {
            shell.request_redraw_at(window::RedrawRequest::At(Instant::now() + (HOLD - rested)));
        } else if self.can_lift(pressed.hit) {
            self.lift(state, pressed, bounds, shell);
        }
    }

    fn wheel(&self, state: &State, delta: mouse::ScrollDelta, shell: &mut Shell<'_, Message>) {
        let down = match delta {
            mouse::ScrollDelta::Lines { y, .. } => -y * LINE,
            mouse::ScrollDelta::Pixels { y, .. } => -y,
        };
        shell.publish(if state.modifiers.command() {
            Message::Zoomed(if down > 0.0 { -0.1 } else { 0.1 })
        } else {
            Message::Scrolled(down)
        });
        shell.capture_event();
    }
}

impl Widget<Message, Theme, Renderer> for Live<'_> {
    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Fill)
    }

    fn layout(
        &mut self,
        _tree: &mut Tree,
        _renderer: &Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        layout::atomic(limits, Length::Fill, Length::Fill)
    }

    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        _theme: &Theme,
        _style: &renderer::Style,
        layout: Box2d<'_>,
        _cursor: mouse::Cursor,
        _viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_ref::<State>();
        let bounds = layout.bounds();
        let moving = Moving {
            layout: &self.layout,
            levels: self.levels,
            shared: self.shared,
        };
        let into = Transformation::translate(bounds.x, bounds.y) * self.sight.into_canvas();
        renderer.with_layer(bounds, |renderer| {
            renderer.with_transformation(into, |renderer| moving.draw(renderer, &state.signs));
        });
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Box2d<'_>,
        cursor: mouse::Cursor,
        _renderer: &Renderer,
        _clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        _viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_mut::<State>();
        let bounds = layout.bounds();
        let over = cursor.position().filter(|at| bounds.contains(*at));
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(button)) => {
                let Some(at) = over else { return };
                match button {
                    mouse::Button::Left => self.press(state, at, bounds, false),
                    mouse::Button::Right => shell.publish(Message::Asked(self.content(at, bounds))),
                    _ => return,
                }
                shell.capture_event();
            }
            Event::Touch(touch::Event::FingerPressed { .. }) => {
                if let Some(at) = over {
                    self.press(state, at, bounds, true);
                    self.hold(state, bounds, shell);
                    shell.capture_event();
                }
            }
            Event::Mouse(mouse::Event::CursorMoved { .. })
            | Event::Touch(touch::Event::FingerMoved { .. }) => {
                let carried = self.shared.drag.is_some() || state.pressed.is_some();
                // What lies over the graph takes the pointer, but not from a drag.
                let at = if carried {
                    cursor.land().position()
                } else {
                    cursor.position()
                };
                self.moved(state, at.unwrap_or(OUTSIDE), bounds, shell);
            }
            Event::Mouse(mouse::Event::CursorLeft) => self.moved(state, OUTSIDE, bounds, shell),
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerLifted { .. }) => {
                self.released(state, bounds, shell);
            }
            Event::Touch(touch::Event::FingerLost { .. }) => state.pressed = None,
            Event::Mouse(mouse::Event::WheelScrolled { delta }) if over.is_some() => {
                self.wheel(state, *delta, shell);
            }
            Event::Keyboard(keyboard::Event::ModifiersChanged(modifiers)) => {
                state.modifiers = *modifiers;
            }
            Event::Window(window::Event::RedrawRequested(_)) => self.hold(state, bounds, shell),
            _ => {}
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Box2d<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
        _renderer: &Renderer,
    ) -> mouse::Interaction {
        let state = tree.state.downcast_ref::<State>();
        if state.pressed.is_some_and(|pressed| pressed.pans) {
            return mouse::Interaction::Grabbing;
        }
        let bounds = layout.bounds();
        let over = cursor.position().filter(|at| bounds.contains(*at));
        let hit = over.and_then(|at| self.layout.at(self.content(at, bounds)));
        match hit {
            Some(Hit::Node { .. } | Hit::Source | Hit::Zone { header: true, .. }) => {
                mouse::Interaction::Pointer
            }
            _ => mouse::Interaction::default(),
        }
    }
}

impl<'a> From<Live<'a>> for Element<'a, Message> {
    fn from(live: Live<'a>) -> Self {
        Self::new(live)
    }
}

/// From here on it is a drag and no click.
const FAR: f32 = 6.0;
/// A finger that rests this long picks up.
const HOLD: Duration = Duration::from_millis(250);
/// A notch of the wheel.
const LINE: f32 = 60.0;
/// Where a pointer is that left the window.
const OUTSIDE: Point = Point::new(-1e6, -1e6);
