//! A text field that is edited on purpose: a click or Enter begins with
//! everything selected, Enter or going elsewhere takes what stands there, Esc
//! brings back what was. For numbers and for names.
//!
//! The owner says whether the field is being edited; this widget makes iced's
//! text field obey and tells when the user wants otherwise.

use iced::advanced::text::Renderer as TextRenderer;
use iced::advanced::widget::{Operation, Tree};
use iced::advanced::{Clipboard, Layout, Shell, Widget, layout, mouse, overlay, renderer};
use iced::keyboard::{self, Key, key::Named};
use iced::widget::{TextInput, text_input};
use iced::{Element, Event, Length, Rectangle, Renderer, Size, Theme, Vector, touch};

/// What the user wants of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// To edit it.
    Begin,
    /// This to stand in it.
    Type(String),
    /// To take what stands in it.
    Enter,
    /// To go elsewhere, and to take what stands in it.
    Leave,
    /// To have back what was.
    Cancel,
}

/// A text field; see the module.
#[must_use]
pub struct Entry<'a, Message> {
    input: Element<'a, Message>,
    live: bool,
    say: Box<dyn Fn(Wish) -> Message + 'a>,
}

type State = text_input::State<<Renderer as TextRenderer>::Paragraph>;

impl<'a, Message: Clone + 'a> Entry<'a, Message> {
    /// A field that shows `content`; `live` while it is being edited. `look`
    /// gives the text field its size and style.
    pub fn new(
        content: &str,
        live: bool,
        say: impl Fn(Wish) -> Message + Clone + 'a,
        look: impl FnOnce(TextInput<'a, Message>) -> TextInput<'a, Message>,
    ) -> Self {
        let typed = say.clone();
        let input = text_input("", content).on_input(move |text| typed(Wish::Type(text)));
        Self {
            input: look(input).into(),
            live,
            say: Box::new(say),
        }
    }

    /// Makes the text field as the owner wants it.
    fn obey(&self, state: &mut State, shell: &mut Shell<'_, Message>) {
        if self.live == state.is_focused() {
            return;
        }
        if self.live {
            state.focus();
            state.select_all();
        } else {
            state.unfocus();
            shell.publish((self.say)(Wish::Leave));
        }
        shell.request_redraw();
    }

    /// What an event means here and not to the text field.
    fn wish(&self, state: &State, event: &Event, over: bool) -> Option<Wish> {
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerPressed { .. })
                if over && !state.is_focused() =>
            {
                Some(Wish::Begin)
            }
            Event::Keyboard(keyboard::Event::KeyPressed { key, .. }) if state.is_focused() => {
                match key {
                    Key::Named(Named::Enter) => Some(Wish::Enter),
                    Key::Named(Named::Escape) => Some(Wish::Cancel),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn state_of(tree: &mut Tree) -> &mut State {
    tree.children[0].state.downcast_mut::<State>()
}

impl<'a, Message: Clone + 'a> Widget<Message, Theme, Renderer> for Entry<'a, Message> {
    fn size(&self) -> Size<Length> {
        self.input.as_widget().size()
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.input)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.input));
    }

    fn layout(
        &mut self,
        tree: &mut Tree,
        renderer: &Renderer,
        limits: &layout::Limits,
    ) -> layout::Node {
        let input = self.input.as_widget_mut();
        input.layout(&mut tree.children[0], renderer, limits)
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &Renderer,
        operation: &mut dyn Operation,
    ) {
        let input = self.input.as_widget_mut();
        input.operate(&mut tree.children[0], layout, renderer, operation);
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let state = state_of(tree);
        self.obey(state, shell);
        if let Some(wish) = self.wish(state, event, cursor.is_over(layout.bounds())) {
            match wish {
                Wish::Begin => {
                    state.focus();
                    state.select_all();
                }
                Wish::Cancel => state.unfocus(),
                _ => {}
            }
            shell.publish((self.say)(wish));
            shell.capture_event();
            shell.request_redraw();
            return;
        }
        let was = state.is_focused();
        let input = self.input.as_widget_mut();
        let child = &mut tree.children[0];
        input.update(
            child, event, layout, cursor, renderer, clipboard, shell, viewport,
        );
        if was && !state_of(tree).is_focused() {
            shell.publish((self.say)(Wish::Leave));
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &Renderer,
    ) -> mouse::Interaction {
        let input = self.input.as_widget();
        input.mouse_interaction(&tree.children[0], layout, cursor, viewport, renderer)
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        let child = &tree.children[0];
        self.input
            .as_widget()
            .draw(child, renderer, theme, style, layout, cursor, viewport);
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, Renderer>> {
        let child = &mut tree.children[0];
        let input = self.input.as_widget_mut();
        input.overlay(child, layout, renderer, viewport, translation)
    }
}

impl<'a, Message: Clone + 'a> From<Entry<'a, Message>> for Element<'a, Message> {
    fn from(entry: Entry<'a, Message>) -> Self {
        Self::new(entry)
    }
}
