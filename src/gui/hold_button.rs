//! A button that acts when it is pressed and, while it is held, again and again:
//! after 400 ms, 8 times a second. When it is let go it says so, so that all of
//! it can be one step back.

use std::time::{Duration, Instant};

use iced::advanced::text::{self, Renderer as _};
use iced::advanced::widget::{Tree, tree};
use iced::advanced::{Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, renderer};
use iced::widget::button::{Status, Style};
use iced::{
    Color, Element, Event, Length, Pixels, Rectangle, Renderer, Size, Theme, alignment, touch,
    window,
};

use super::tokens::Tokens;
use super::{fonts, style};

/// A button with a label; see the module.
#[must_use]
pub struct HoldButton<'a, Message> {
    label: String,
    height: f32,
    look: Look<'a>,
    on_step: Message,
    on_over: Message,
}

impl<'a, Message> HoldButton<'a, Message> {
    /// A button that says `on_step` for each step and `on_over` when let go. It
    /// fills the width it gets.
    pub fn new(label: &str, on_step: Message, on_over: Message, tokens: &Tokens) -> Self {
        Self {
            label: label.to_owned(),
            height: 40.0,
            look: Box::new(style::button(style::Button::Secondary, tokens)),
            on_step,
            on_over,
        }
    }
}

type Look<'a> = Box<dyn Fn(&Theme, Status) -> Style + 'a>;

/// How long it is held.
#[derive(Debug, Default)]
struct State {
    held: bool,
    /// When the next step is due; known from the first frame after the press on.
    due: Option<Instant>,
}

impl<Message: Clone> HoldButton<'_, Message> {
    fn frame(&self, state: &mut State, now: Instant, shell: &mut Shell<'_, Message>) {
        if !state.held {
            return;
        }
        let mut due = *state.due.get_or_insert(now + FIRST);
        if now >= due {
            shell.publish(self.on_step.clone());
            // A frame that came late does not make up for what it missed.
            due = (due + NEXT).max(now);
            state.due = Some(due);
        }
        shell.request_redraw_at(due);
    }
}

impl<Message: Clone> Widget<Message, Theme, Renderer> for HoldButton<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Fixed(self.height))
    }

    fn layout(
        &mut self,
        _tree: &mut Tree,
        _renderer: &Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        layout::atomic(limits, Length::Fill, self.height)
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
        let state = tree.state.downcast_mut::<State>();
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerPressed { .. })
                if cursor.is_over(layout.bounds()) =>
            {
                *state = State {
                    held: true,
                    due: None,
                };
                shell.publish(self.on_step.clone());
                shell.capture_event();
                shell.request_redraw();
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerLifted { .. } | touch::Event::FingerLost { .. })
                if state.held =>
            {
                *state = State::default();
                shell.publish(self.on_over.clone());
                shell.capture_event();
                shell.request_redraw();
            }
            Event::Window(window::Event::RedrawRequested(now)) => self.frame(state, *now, shell),
            _ => {}
        }
    }

    fn mouse_interaction(
        &self,
        _tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
        _renderer: &Renderer,
    ) -> mouse::Interaction {
        if cursor.is_over(layout.bounds()) {
            mouse::Interaction::Pointer
        } else {
            mouse::Interaction::default()
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let status = if tree.state.downcast_ref::<State>().held {
            Status::Pressed
        } else if cursor.is_over(bounds) {
            Status::Hovered
        } else {
            Status::Active
        };
        let look = (self.look)(theme, status);
        let ground = look.background.unwrap_or(Color::TRANSPARENT.into());
        let shape = renderer::Quad {
            bounds,
            border: look.border,
            ..renderer::Quad::default()
        };
        renderer.fill_quad(shape, ground);
        let label = text::Text {
            content: self.label.clone(),
            bounds: bounds.size(),
            size: Pixels(fonts::SMALL),
            line_height: text::LineHeight::Relative(1.0),
            font: fonts::SEMIBOLD,
            align_x: text::Alignment::Center,
            align_y: alignment::Vertical::Center,
            shaping: text::Shaping::Basic,
            wrapping: text::Wrapping::None,
        };
        renderer.fill_text(label, bounds.center(), look.text_color, *viewport);
    }
}

impl<'a, Message: Clone + 'a> From<HoldButton<'a, Message>> for Element<'a, Message> {
    fn from(button: HoldButton<'a, Message>) -> Self {
        Self::new(button)
    }
}

/// From the press to the first repetition.
const FIRST: Duration = Duration::from_millis(400);
/// From one repetition to the next.
const NEXT: Duration = Duration::from_millis(125);
