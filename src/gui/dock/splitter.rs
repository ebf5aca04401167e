//! The edge between the graph and the dock: drag it for the dock's height,
//! double-click it for the height it has at first.

use iced::advanced::widget::{Tree, tree};
use iced::advanced::{Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, renderer};
use iced::{Color, Element, Event, Length, Point, Rectangle, Renderer, Size, Theme, border, touch};

/// A thin strip along the dock's top edge.
pub struct Splitter<Message> {
    /// The dock's height now.
    height: f32,
    /// Of the line while it is under the pointer or has the keyboard.
    color: Color,
    focused: bool,
    on_drag: fn(f32) -> Message,
    on_reset: Message,
}

impl<Message> Splitter<Message> {
    /// For a dock of this height.
    pub fn new(
        height: f32,
        (color, focused): (Color, bool),
        on_drag: fn(f32) -> Message,
        on_reset: Message,
    ) -> Self {
        Self {
            height,
            color,
            focused,
            on_drag,
            on_reset,
        }
    }
}

#[derive(Debug, Default)]
struct State {
    /// Where it was grabbed, and how high the dock was then.
    grabbed: Option<(Point, f32)>,
    click: Option<mouse::Click>,
}

impl<Message: Clone> Widget<Message, Theme, Renderer> for Splitter<Message> {
    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Fixed(THICK))
    }

    fn layout(&mut self, _: &mut Tree, _: &Renderer, limits: &layout::Limits) -> layout::Node {
        layout::atomic(limits, Length::Fill, THICK)
    }

    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
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
            | Event::Touch(touch::Event::FingerPressed { .. }) => {
                let Some(at) = cursor.position_over(layout.bounds()) else {
                    return;
                };
                let click = mouse::Click::new(at, mouse::Button::Left, state.click);
                state.click = Some(click);
                if click.kind() == mouse::click::Kind::Double {
                    state.grabbed = None;
                    shell.publish(self.on_reset.clone());
                } else {
                    state.grabbed = Some((at, self.height));
                }
                shell.capture_event();
            }
            Event::Mouse(mouse::Event::CursorMoved { position })
            | Event::Touch(touch::Event::FingerMoved { position, .. }) => {
                if let Some((from, height)) = state.grabbed {
                    shell.publish((self.on_drag)(height + from.y - position.y));
                    shell.capture_event();
                }
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerLifted { .. } | touch::Event::FingerLost { .. }) => {
                state.grabbed = None;
            }
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
        let held = tree.state.downcast_ref::<State>().grabbed.is_some();
        if held || cursor.is_over(layout.bounds()) {
            mouse::Interaction::ResizingVertically
        } else {
            mouse::Interaction::None
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
        _viewport: &Rectangle,
    ) {
        let held = tree.state.downcast_ref::<State>().grabbed.is_some();
        if !(held || self.focused || cursor.is_over(layout.bounds())) {
            return;
        }
        let bounds = layout.bounds();
        let line = Rectangle {
            height: if self.focused { 3.0 } else { 2.0 },
            ..bounds
        };
        renderer.fill_quad(
            renderer::Quad {
                bounds: line,
                border: border::rounded(1.0),
                ..renderer::Quad::default()
            },
            self.color,
        );
    }
}

impl<'a, Message: Clone + 'a> From<Splitter<Message>> for Element<'a, Message> {
    fn from(splitter: Splitter<Message>) -> Self {
        Self::new(splitter)
    }
}

/// Thick enough to be hit.
const THICK: f32 = 8.0;
