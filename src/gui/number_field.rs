//! A text field that is edited on purpose: a click or Enter begins with
//! everything selected, Enter or going elsewhere takes what stands there, Esc
//! brings back what was. For numbers and for names.
//!
//! The owner says whether the field is being edited; this widget makes iced's
//! text field obey and tells when the user wants otherwise.

use std::ops::ControlFlow;

use iced::advanced::text::Renderer as TextRenderer;
use iced::advanced::widget::Tree;
use iced::advanced::{Shell, mouse};
use iced::keyboard::{self, Key, key::Named};
use iced::widget::{TextInput, text_input};
use iced::{Element, Event, Renderer, touch};

use super::around::{Hook, Seen, around};

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
    manners: Manners<'a, Message>,
}

struct Manners<'a, Message> {
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
            manners: Manners {
                live,
                say: Box::new(say),
            },
        }
    }
}

impl<Message> Manners<'_, Message> {
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
    tree.state.downcast_mut::<State>()
}

/// Whether the text field had the keyboard before it got the event.
#[derive(Debug, Default)]
struct Was(bool);

impl<Message> Hook<Message> for Manners<'_, Message> {
    type State = Was;

    fn before(
        &self,
        seen: Seen<'_, Was>,
        event: &Event,
        cursor: &mut mouse::Cursor,
        shell: &mut Shell<'_, Message>,
    ) -> ControlFlow<()> {
        let input = state_of(seen.content);
        self.obey(input, shell);
        let Some(wish) = self.wish(input, event, cursor.is_over(seen.bounds)) else {
            seen.state.0 = input.is_focused();
            return ControlFlow::Continue(());
        };
        match wish {
            Wish::Begin => {
                input.focus();
                input.select_all();
            }
            Wish::Cancel => input.unfocus(),
            _ => {}
        }
        shell.publish((self.say)(wish));
        shell.capture_event();
        shell.request_redraw();
        ControlFlow::Break(())
    }

    fn after(
        &self,
        seen: Seen<'_, Was>,
        _event: &Event,
        _cursor: mouse::Cursor,
        shell: &mut Shell<'_, Message>,
    ) {
        if seen.state.0 && !state_of(seen.content).is_focused() {
            shell.publish((self.say)(Wish::Leave));
        }
    }
}

impl<'a, Message: Clone + 'a> From<Entry<'a, Message>> for Element<'a, Message> {
    fn from(entry: Entry<'a, Message>) -> Self {
        around(entry.input, entry.manners)
    }
}
