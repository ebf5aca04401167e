//! The slider of the whole window. Pressing its track never jumps, because a
//! jump can be heard: the handle follows the pointer's way from where it was.
//! Shift slows it to a tenth, a double click resets, the wheel turns it with
//! Ctrl or while it has the keyboard. While dragging, at most 60 values a second
//! go out, the first at once and the last always.
//!
//! ```no_run
//! # use inphase::gui::{slider::{Kind, Scale, Slider}, tokens::Tokens};
//! # #[derive(Clone)] enum Message { Gain(f64), Let }
//! # let tokens = Tokens::dark();
//! let gain: Slider<'_, Message> = Slider::new(-1.5, -60.0..=12.0, Message::Gain, &tokens)
//!     .kind(Kind::OneSided)
//!     .scale(Scale::Fader)
//!     .ticks(&[0.0])
//!     .step(0.1)
//!     .on_release(Message::Let);
//! ```

mod draw;
mod motion;
mod scale;

use std::ops::RangeInclusive;

use iced::advanced::widget::{Tree, tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, renderer};
use iced::keyboard::{self, key::Named};
use iced::{Element, Event, Length, Rectangle, Renderer, Size, Theme, touch, window};

pub use self::scale::Scale;

use self::draw::Look;
use self::motion::{By, Held, Motion, WHEEL_RESTS};
use super::keys::Press;
use super::tokens::Tokens;

/// Which part of the track is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// From the middle to the handle.
    #[default]
    Bipolar,
    /// From the left to the handle.
    OneSided,
}

/// A slider; see the module.
#[must_use]
pub struct Slider<'a, Message> {
    value: f64,
    range: RangeInclusive<f64>,
    scale: Scale,
    step: f64,
    wheel: f64,
    enabled: bool,
    width: Length,
    height: f32,
    look: Look,
    bubble: Option<Box<dyn Fn(f64) -> String + 'a>>,
    on_change: Box<dyn Fn(f64) -> Message + 'a>,
    on_press: Option<Message>,
    on_release: Option<Message>,
    on_reset: Option<Message>,
}

impl<'a, Message> Slider<'a, Message> {
    /// A slider that says `on_change` for each value it takes.
    pub fn new(
        value: f64,
        range: RangeInclusive<f64>,
        on_change: impl Fn(f64) -> Message + 'a,
        tokens: &Tokens,
    ) -> Self {
        Self {
            value,
            range,
            scale: Scale::default(),
            step: 1.0,
            wheel: 1.0,
            enabled: true,
            width: Length::Fill,
            height: 40.0,
            look: Look::new(tokens),
            bubble: None,
            on_change: Box::new(on_change),
            on_press: None,
            on_release: None,
            on_reset: None,
        }
    }

    /// Which part of the track is filled.
    pub fn kind(mut self, kind: Kind) -> Self {
        self.look.kind = kind;
        self
    }

    /// How values lie on the track.
    pub fn scale(mut self, scale: Scale) -> Self {
        self.scale = scale;
        self
    }

    /// Values marked on the track.
    pub fn ticks(mut self, ticks: &[f64]) -> Self {
        self.look.ticks = ticks.to_vec();
        self
    }

    /// Values are whole multiples of this; the wheel goes one step each notch.
    pub fn step(mut self, step: f64) -> Self {
        self.step = step;
        self.wheel = step;
        self
    }

    /// How far a notch of the wheel goes.
    pub fn wheel(mut self, wheel: f64) -> Self {
        self.wheel = wheel;
        self
    }

    /// Colour of the filled part; that of selected things without it.
    pub fn color(mut self, color: iced::Color) -> Self {
        self.look.fill = color;
        self
    }

    /// Whether it has the keyboard: a ring around the handle, and the wheel
    /// works without Ctrl.
    pub fn focused(mut self, focused: bool) -> Self {
        self.look.focused = focused;
        self
    }

    /// Whether it can be moved.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// What the bubble over the handle says while dragging; none without it.
    pub fn bubble(mut self, words: impl Fn(f64) -> String + 'a) -> Self {
        self.bubble = Some(Box::new(words));
        self
    }

    /// Its width.
    pub fn width(mut self, width: impl Into<Length>) -> Self {
        self.width = width.into();
        self
    }

    /// Its height, all of which takes the pointer.
    pub fn height(mut self, height: f32) -> Self {
        self.height = height;
        self
    }

    /// Said when it is pressed: give it the keyboard.
    pub fn on_press(mut self, message: Message) -> Self {
        self.on_press = Some(message);
        self
    }

    /// Said when a gesture that changed the value is over.
    pub fn on_release(mut self, message: Message) -> Self {
        self.on_release = Some(message);
        self
    }

    /// Said at a double click.
    pub fn on_reset(mut self, message: Message) -> Self {
        self.on_reset = Some(message);
        self
    }

    fn place(&self, value: f64) -> f64 {
        self.scale.place(value, &self.range)
    }

    /// The value at a place, on the grid of steps and inside the range.
    fn value_at(&self, place: f64) -> f64 {
        self.on_grid(self.scale.value(place, &self.range))
    }

    fn on_grid(&self, value: f64) -> f64 {
        let stepped = (value / self.step).round() * self.step;
        stepped.clamp(*self.range.start(), *self.range.end())
    }
}

/// How far keys move a slider.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    /// With Shift.
    pub fine: f64,
    /// Arrows.
    pub plain: f64,
    /// With Ctrl.
    pub coarse: f64,
    /// Page up and page down.
    pub page: f64,
}

/// What a key does to the slider that has the keyboard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Nudge {
    /// Moves it this far.
    By(f64),
    /// Sets it back.
    Reset,
    /// The key was let go: the gesture is over.
    Over,
}

impl Nudge {
    /// What this key does; `None` when it means nothing to a slider.
    #[must_use]
    pub fn of(press: &Press, steps: &Steps) -> Option<Self> {
        let keyboard::Key::Named(named) = press.key else {
            return None;
        };
        let step = match press.modifiers {
            held if held.command() => steps.coarse,
            held if held.shift() => steps.fine,
            _ => steps.plain,
        };
        let nudge = match named {
            Named::ArrowRight | Named::ArrowUp => Self::By(step),
            Named::ArrowLeft | Named::ArrowDown => Self::By(-step),
            Named::PageUp => Self::By(steps.page),
            Named::PageDown => Self::By(-steps.page),
            Named::Delete => Self::Reset,
            _ => return None,
        };
        Some(if press.down { nudge } else { Self::Over })
    }
}

impl<Message: Clone> Slider<'_, Message> {
    fn say(&self, value: Option<f64>, shell: &mut Shell<'_, Message>) {
        if let Some(value) = value {
            shell.publish((self.on_change)(value));
        }
    }

    fn press(
        &self,
        motion: &mut Motion,
        at: iced::Point,
        finger: Option<touch::Finger>,
        shell: &mut Shell<'_, Message>,
    ) {
        self.end(motion, shell);
        let click = mouse::Click::new(at, mouse::Button::Left, motion.last_click);
        motion.last_click = Some(click);
        if let Some(message) = &self.on_press {
            shell.publish(message.clone());
        }
        shell.capture_event();
        if let Some(message) = &self.on_reset
            && click.kind() == mouse::click::Kind::Double
        {
            shell.publish(message.clone());
            return;
        }
        let by = By::Pointer { x: at.x, finger };
        motion.held = Some(Held::new(by, self.place(self.value), self.value));
        shell.request_redraw();
    }

    fn pull(&self, motion: &mut Motion, x: f32, bounds: Rectangle, shell: &mut Shell<'_, Message>) {
        let slow = motion.modifiers.shift();
        let Some(held) = &mut motion.held else {
            return;
        };
        let before = held.place;
        let place = held.pull(x, draw::length(bounds), slow);
        shell.capture_event();
        if (place - before).abs() > 0.0 {
            let news = held.moved(self.value_at(place));
            self.say(news, shell);
            shell.request_redraw();
        }
    }

    fn turn(&self, motion: &mut Motion, notches: f32, shell: &mut Shell<'_, Message>) {
        let wheel = By::Wheel(None);
        let held = motion
            .held
            .get_or_insert_with(|| Held::new(wheel, self.place(self.value), self.value));
        if !matches!(held.by, By::Wheel(_)) {
            return;
        }
        held.by = wheel;
        let value = self.on_grid(held.value + f64::from(notches) * self.wheel);
        held.place = self.place(value);
        let news = held.moved(value);
        self.say(news, shell);
        shell.capture_event();
        shell.request_redraw();
    }

    fn frame(&self, motion: &mut Motion, now: std::time::Instant, shell: &mut Shell<'_, Message>) {
        let Some(held) = &mut motion.held else {
            return;
        };
        let news = held.frame(now);
        self.say(news, shell);
        if held.waits() {
            shell.request_redraw_at(now + motion::PACE);
        }
        if let By::Wheel(until) = &mut held.by {
            let until = *until.get_or_insert(now + WHEEL_RESTS);
            if now >= until {
                self.end(motion, shell);
            } else {
                shell.request_redraw_at(until);
            }
        }
    }

    /// The gesture is over: the last value and the end of it go out.
    fn end(&self, motion: &mut Motion, shell: &mut Shell<'_, Message>) {
        let Some(mut held) = motion.held.take() else {
            return;
        };
        self.say(held.rest(), shell);
        if let Some(message) = self.on_release.as_ref().filter(|_| held.has_moved()) {
            shell.publish(message.clone());
        }
        shell.request_redraw();
    }

    fn takes_wheel(&self, motion: &Motion) -> bool {
        self.look.focused || motion.modifiers.command()
    }
}

impl<Message: Clone> Widget<Message, Theme, Renderer> for Slider<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<Motion>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(Motion::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(self.width, Length::Fixed(self.height))
    }

    fn layout(
        &mut self,
        _tree: &mut Tree,
        _renderer: &Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        layout::atomic(limits, self.width, self.height)
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _renderer: &Renderer,
        _clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        _viewport: &Rectangle,
    ) {
        let motion = tree.state.downcast_mut::<Motion>();
        let bounds = layout.bounds();
        if !self.enabled {
            self.end(motion, shell);
            return;
        }
        let own = |motion: &Motion, id: Option<touch::Finger>| matches!(&motion.held, Some(Held { by: By::Pointer { finger, .. }, .. }) if *finger == id);
        match event {
            Event::Keyboard(keyboard::Event::ModifiersChanged(modifiers)) => {
                motion.modifiers = *modifiers;
            }
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) => {
                if let Some(at) = cursor.position_over(bounds) {
                    self.press(motion, at, None, shell);
                }
            }
            Event::Touch(touch::Event::FingerPressed { id, position })
                if cursor.is_over(bounds) =>
            {
                self.press(motion, *position, Some(*id), shell);
            }
            Event::Mouse(mouse::Event::CursorMoved { .. }) if own(motion, None) => {
                // The cursor is in the slider's own frame, also when scrolled.
                if let Some(at) = cursor.land().position() {
                    self.pull(motion, at.x, bounds, shell);
                }
            }
            Event::Touch(touch::Event::FingerMoved { id, position }) if own(motion, Some(*id)) => {
                self.pull(motion, position.x, bounds, shell);
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left))
                if own(motion, None) =>
            {
                self.end(motion, shell);
                shell.capture_event();
            }
            Event::Touch(
                touch::Event::FingerLifted { id, .. } | touch::Event::FingerLost { id, .. },
            ) if own(motion, Some(*id)) => {
                self.end(motion, shell);
                shell.capture_event();
            }
            Event::Mouse(mouse::Event::WheelScrolled { delta })
                if cursor.is_over(bounds) && self.takes_wheel(motion) =>
            {
                let notches = match delta {
                    mouse::ScrollDelta::Lines { y, .. } => *y,
                    mouse::ScrollDelta::Pixels { y, .. } => y / PIXELS_PER_NOTCH,
                };
                self.turn(motion, notches, shell);
            }
            Event::Window(window::Event::RedrawRequested(now)) => self.frame(motion, *now, shell),
            _ => {}
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
        _renderer: &Renderer,
    ) -> mouse::Interaction {
        let motion = tree.state.downcast_ref::<Motion>();
        match motion.held {
            Some(Held {
                by: By::Pointer { .. },
                ..
            }) => mouse::Interaction::Grabbing,
            _ if self.enabled && cursor.is_over(layout.bounds()) => mouse::Interaction::Grab,
            _ => mouse::Interaction::default(),
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        _theme: &Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let motion = tree.state.downcast_ref::<Motion>();
        let held = motion.held.as_ref();
        let place = held.map_or_else(|| self.place(self.value), |held| held.place);
        let bounds = layout.bounds();
        let hand = draw::Hand {
            place: place as f32,
            held: held.is_some(),
            over: self.enabled && cursor.is_over(bounds),
            enabled: self.enabled,
        };
        let ticks = self.look.ticks.iter();
        let ticks: Vec<f32> = ticks.map(|tick| self.place(*tick) as f32).collect();
        self.look.track(renderer, bounds, &ticks, &hand);
        if let (Some(held), Some(words)) = (held, &self.bubble) {
            self.look
                .bubble(renderer, bounds, &words(held.value), &hand, viewport);
        }
    }
}

impl<'a, Message: Clone + 'a> From<Slider<'a, Message>> for Element<'a, Message> {
    fn from(slider: Slider<'a, Message>) -> Self {
        Self::new(slider)
    }
}

/// Touchpads scroll in pixels.
const PIXELS_PER_NOTCH: f32 = 30.0;
