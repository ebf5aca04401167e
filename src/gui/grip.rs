//! Something that can be picked up: tells a press that moves from one that does
//! not, and a finger that holds from one that scrolls.
//!
//! A mouse picks up once it has moved 6 px with the button held. A finger picks
//! up once it has rested for 250 ms; one that moves earlier scrolls the list
//! around it. Whatever is let go before it was picked up is a tap.

use std::time::{Duration, Instant};

use iced::advanced::{Shell, mouse, renderer};
use iced::widget::container;
use iced::{Background, Color, Element, Event, Point, Rectangle, Renderer, Vector, touch, window};

use super::around::{Hook, Seen, around};

/// Farther than a hand trembles.
pub const FAR: f32 = 6.0;
/// Longer than the beginning of a scroll.
pub const LONG: Duration = Duration::from_millis(250);

/// Where the pointer is, from the top left of the window's content, and where it
/// has grabbed the thing, from the thing's top left.
type OnPick<'a, Message> = Box<dyn Fn(Point, Vector) -> Message + 'a>;
type Style<'a> = Box<dyn Fn(Status) -> container::Style + 'a>;

/// What the pointer does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nothing.
    Rest,
    /// It is over it.
    Hovered,
    /// It holds it down.
    Pressed,
}

/// Wraps what can be picked up.
pub struct Grip<'a, Message> {
    content: Element<'a, Message>,
    hold: Hold<'a, Message>,
}

struct Hold<'a, Message> {
    on_pick: Option<OnPick<'a, Message>>,
    on_tap: Option<Message>,
    on_menu: Option<Message>,
    style: Style<'a>,
}

/// Wraps `content`, which can do nothing yet.
pub fn grip<'a, Message>(content: impl Into<Element<'a, Message>>) -> Grip<'a, Message> {
    Grip {
        content: content.into(),
        hold: Hold {
            on_pick: None,
            on_tap: None,
            on_menu: None,
            style: Box::new(|_| container::Style::default()),
        },
    }
}

impl<'a, Message> Grip<'a, Message> {
    /// Can be picked up.
    #[must_use]
    pub fn on_pick(mut self, on_pick: impl Fn(Point, Vector) -> Message + 'a) -> Self {
        self.hold.on_pick = Some(Box::new(on_pick));
        self
    }

    /// Can be tapped.
    #[must_use]
    pub fn on_tap(mut self, message: Message) -> Self {
        self.hold.on_tap = Some(message);
        self
    }

    /// Answers the right button.
    #[must_use]
    pub fn on_menu_maybe(mut self, message: Option<Message>) -> Self {
        self.hold.on_menu = message;
        self
    }

    /// How its ground looks.
    #[must_use]
    pub fn style(mut self, style: impl Fn(Status) -> container::Style + 'a) -> Self {
        self.hold.style = Box::new(style);
        self
    }
}

/// What the pointer is about to do.
#[derive(Debug, Clone, Copy, Default)]
enum Held {
    #[default]
    Nothing,
    /// The button went down there; `from` is not known before the first move.
    Mouse { from: Option<Point>, grab: Vector },
    Finger {
        id: touch::Finger,
        from: Point,
        grab: Vector,
        since: Option<Instant>,
    },
    /// Picked up; nothing more is said until it is let go.
    Carried,
}

#[derive(Debug, Default)]
struct State {
    held: Held,
    /// Where the mouse was last, in the window.
    seen: Option<Point>,
    hovered: bool,
}

impl<Message: Clone> Hold<'_, Message> {
    /// Whether a press does anything; else it does not even look pressed.
    fn answers(&self) -> bool {
        self.on_pick.is_some() || self.on_tap.is_some()
    }

    fn mouse(
        &self,
        state: &mut State,
        event: &mouse::Event,
        bounds: Rectangle,
        cursor: mouse::Cursor,
        shell: &mut Shell<'_, Message>,
    ) {
        match event {
            mouse::Event::ButtonPressed(mouse::Button::Left) => {
                if let Some(at) = cursor.position_over(bounds) {
                    state.held = Held::Mouse {
                        from: state.seen,
                        grab: at - bounds.position(),
                    };
                    shell.capture_event();
                    shell.request_redraw();
                }
            }
            mouse::Event::ButtonPressed(mouse::Button::Right) => {
                if let Some(message) = &self.on_menu
                    && cursor.is_over(bounds)
                {
                    shell.publish(message.clone());
                    shell.capture_event();
                }
            }
            mouse::Event::CursorMoved { position } => {
                state.seen = Some(*position);
                self.moved(state, *position, shell);
            }
            mouse::Event::ButtonReleased(mouse::Button::Left) => {
                if matches!(state.held, Held::Mouse { .. }) {
                    self.tapped(cursor.is_over(bounds), shell);
                }
                state.held = Held::Nothing;
                shell.request_redraw();
            }
            _ => {}
        }
    }

    fn moved(&self, state: &mut State, to: Point, shell: &mut Shell<'_, Message>) {
        let Held::Mouse { from, grab } = &mut state.held else {
            return;
        };
        let from = *from.get_or_insert(to);
        if let Some(on_pick) = &self.on_pick
            && from.distance(to) >= FAR
        {
            shell.publish(on_pick(to, *grab));
            state.held = Held::Carried;
        }
    }

    fn finger(
        &self,
        state: &mut State,
        event: &touch::Event,
        bounds: Rectangle,
        cursor: mouse::Cursor,
        shell: &mut Shell<'_, Message>,
    ) {
        match (event, state.held) {
            (touch::Event::FingerPressed { id, position }, _) => {
                if let Some(at) = cursor.position_over(bounds) {
                    state.held = Held::Finger {
                        id: *id,
                        from: *position,
                        grab: at - bounds.position(),
                        since: None,
                    };
                    shell.request_redraw();
                }
            }
            (touch::Event::FingerMoved { id, position }, Held::Finger { id: held, from, .. })
                if *id == held && from.distance(*position) >= FAR =>
            {
                state.held = Held::Nothing;
            }
            // The list around must not scroll under what is carried.
            (touch::Event::FingerMoved { .. }, Held::Carried) => shell.capture_event(),
            (touch::Event::FingerLifted { .. }, hold) => {
                if matches!(hold, Held::Finger { .. }) {
                    self.tapped(cursor.is_over(bounds), shell);
                }
                state.held = Held::Nothing;
            }
            (touch::Event::FingerLost { .. }, _) => state.held = Held::Nothing,
            _ => {}
        }
    }

    /// A finger that rests long enough has picked it up.
    fn rested(&self, state: &mut State, now: Instant, shell: &mut Shell<'_, Message>) {
        let Held::Finger {
            from, grab, since, ..
        } = &mut state.held
        else {
            return;
        };
        let began = *since.get_or_insert(now);
        match &self.on_pick {
            Some(on_pick) if now.saturating_duration_since(began) >= LONG => {
                shell.publish(on_pick(*from, *grab));
                state.held = Held::Carried;
            }
            Some(_) => shell.request_redraw_at(began + LONG),
            None => {}
        }
    }

    fn tapped(&self, over: bool, shell: &mut Shell<'_, Message>) {
        if let Some(message) = &self.on_tap
            && over
        {
            shell.publish(message.clone());
            shell.capture_event();
        }
    }
}

impl<Message: Clone> Hook<Message> for Hold<'_, Message> {
    type State = State;

    fn after(
        &self,
        seen: Seen<'_, State>,
        event: &Event,
        cursor: mouse::Cursor,
        shell: &mut Shell<'_, Message>,
    ) {
        if shell.is_event_captured() {
            return;
        }
        let Seen { state, bounds, .. } = seen;
        match event {
            Event::Mouse(event) => self.mouse(state, event, bounds, cursor, shell),
            Event::Touch(event) => self.finger(state, event, bounds, cursor, shell),
            Event::Window(window::Event::RedrawRequested(now)) => {
                self.rested(state, *now, shell);
            }
            _ => {}
        }
        let hovered = cursor.is_over(bounds);
        if hovered != state.hovered {
            state.hovered = hovered;
            shell.request_redraw();
        }
    }

    fn under(
        &self,
        state: &State,
        renderer: &mut Renderer,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) {
        let status = match state.held {
            Held::Mouse { .. } | Held::Finger { .. } if self.answers() => Status::Pressed,
            _ if self.answers() && cursor.is_over(bounds) => Status::Hovered,
            _ => Status::Rest,
        };
        ground(renderer, bounds, &(self.style)(status));
    }

    fn interaction(
        &self,
        state: &State,
        bounds: Rectangle,
        cursor: mouse::Cursor,
    ) -> Option<mouse::Interaction> {
        let carried = matches!(state.held, Held::Carried);
        Some(match cursor.is_over(bounds) {
            true if carried => mouse::Interaction::Grabbing,
            true if self.on_pick.is_some() => mouse::Interaction::Grab,
            true if self.on_tap.is_some() => mouse::Interaction::Pointer,
            _ => mouse::Interaction::None,
        })
    }
}

impl<'a, Message: Clone + 'a> From<Grip<'a, Message>> for Element<'a, Message> {
    fn from(grip: Grip<'a, Message>) -> Self {
        around(grip.content, grip.hold)
    }
}

fn ground(renderer: &mut Renderer, bounds: Rectangle, style: &container::Style) {
    use iced::advanced::Renderer as _;

    let quad = renderer::Quad {
        bounds,
        border: style.border,
        shadow: style.shadow,
        ..renderer::Quad::default()
    };
    let ground = style
        .background
        .unwrap_or(Background::Color(Color::TRANSPARENT));
    renderer.fill_quad(quad, ground);
}
