//! The keyboard and, while something is carried, the pointer: a widget around
//! the whole window that reports what nobody inside has used.
//!
//! A widget and not a subscription, because tests feed widgets.
//!
//! On a slow machine iced hands over many events at once, all with the pointer
//! where it is at last: a press would then hit whatever lies there. So the
//! pointer is put back to where it was at each event.

use std::ops::ControlFlow;

use iced::advanced::{Shell, mouse};
use iced::keyboard::{self, Key, Modifiers, key::Named};
use iced::{Element, Event, Point, Rectangle, touch};

use super::around::{Hook, Seen, around};

/// A key that went down or up.
#[derive(Debug, Clone, PartialEq)]
pub struct Press {
    /// The key without modifiers.
    pub key: Key,
    /// The key with shift applied, such as `?`.
    pub typed: Key,
    /// Shift, Ctrl, Alt.
    pub modifiers: Modifiers,
    /// Down, not up.
    pub down: bool,
    /// It was down already.
    pub repeat: bool,
}

impl Press {
    /// A key that goes down, for tests and for lists of commands.
    #[must_use]
    pub fn of(key: Key, modifiers: Modifiers) -> Self {
        Self {
            typed: key.clone(),
            key,
            modifiers,
            down: true,
            repeat: false,
        }
    }

    /// The named key, if it is one and went down.
    #[must_use]
    pub fn named(&self) -> Option<Named> {
        match self.key {
            Key::Named(named) if self.down => Some(named),
            _ => None,
        }
    }

    /// The letter or sign as typed, lower case, if it went down without Ctrl or Alt.
    #[must_use]
    pub fn letter(&self) -> Option<char> {
        let plain = self.down && !self.modifiers.command() && !self.modifiers.alt();
        match &self.typed {
            Key::Character(text) if plain => text.chars().next()?.to_lowercase().next(),
            _ => None,
        }
    }

    /// The letter that went down together with Ctrl.
    #[must_use]
    pub fn command(&self) -> Option<char> {
        let held = self.down && self.modifiers.command();
        match &self.key {
            Key::Character(text) if held => text.chars().next()?.to_lowercase().next(),
            _ => None,
        }
    }

    /// Enter or Space went down.
    #[must_use]
    pub fn activates(&self) -> bool {
        matches!(self.named(), Some(Named::Enter | Named::Space)) && !self.repeat
    }

    /// Which way an arrow key points: right and down are positive.
    #[must_use]
    pub fn arrow(&self) -> Option<(i32, i32)> {
        match self.named()? {
            Named::ArrowLeft => Some((-1, 0)),
            Named::ArrowRight => Some((1, 0)),
            Named::ArrowUp => Some((0, -1)),
            Named::ArrowDown => Some((0, 1)),
            _ => None,
        }
    }
}

/// Where the pointer goes while something is carried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pointer {
    /// It moved to this point of the content.
    Moved(Point),
    /// The button was let go there.
    Released,
}

/// Wraps the window's content.
pub struct Catch<'a, Message> {
    content: Element<'a, Message>,
    keys: Keys<'a, Message>,
}

struct Keys<'a, Message> {
    on_key: Box<dyn Fn(Press) -> Message + 'a>,
    on_pointer: Option<Box<dyn Fn(Pointer) -> Message + 'a>>,
}

/// Reports keys that `content` does not use.
pub fn catch<'a, Message>(
    content: impl Into<Element<'a, Message>>,
    on_key: impl Fn(Press) -> Message + 'a,
) -> Catch<'a, Message> {
    Catch {
        content: content.into(),
        keys: Keys {
            on_key: Box::new(on_key),
            on_pointer: None,
        },
    }
}

impl<'a, Message> Catch<'a, Message> {
    /// Reports the pointer as well, whether somebody inside uses it or not.
    #[must_use]
    pub fn on_pointer_maybe(
        mut self,
        on_pointer: Option<impl Fn(Pointer) -> Message + 'a>,
    ) -> Self {
        self.keys.on_pointer =
            on_pointer.map(|f| Box::new(f) as Box<dyn Fn(Pointer) -> Message + 'a>);
        self
    }
}

impl<Message> Hook<Message> for Keys<'_, Message> {
    type State = Last;

    fn before(
        &self,
        seen: Seen<'_, Last>,
        event: &Event,
        cursor: &mut mouse::Cursor,
        shell: &mut Shell<'_, Message>,
    ) -> ControlFlow<()> {
        if let Some(on_pointer) = &self.on_pointer
            && let Some(pointer) = pointer(event)
        {
            shell.publish(on_pointer(pointer));
        }
        *cursor = seen.state.at(event, *cursor);
        ControlFlow::Continue(())
    }

    fn after(
        &self,
        _seen: Seen<'_, Last>,
        event: &Event,
        _cursor: mouse::Cursor,
        shell: &mut Shell<'_, Message>,
    ) {
        if !shell.is_event_captured()
            && let Event::Keyboard(event) = event
            && let Some(press) = press(event)
        {
            shell.publish((self.on_key)(press));
        }
    }

    fn interaction(
        &self,
        _state: &Last,
        _bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Option<mouse::Interaction> {
        let carries = self.on_pointer.is_some();
        carries.then_some(mouse::Interaction::Grabbing)
    }
}

impl<'a, Message: 'a> From<Catch<'a, Message>> for Element<'a, Message> {
    fn from(catch: Catch<'a, Message>) -> Self {
        around(catch.content, catch.keys)
    }
}

/// Where the pointer was last.
#[derive(Debug, Default)]
struct Last(Option<Point>);

impl Last {
    /// Where the pointer was at this event.
    fn at(&mut self, event: &Event, cursor: mouse::Cursor) -> mouse::Cursor {
        let Event::Mouse(event) = event else {
            return cursor;
        };
        match event {
            mouse::Event::CursorMoved { position } => self.0 = Some(*position),
            mouse::Event::CursorLeft => self.0 = None,
            _ => {}
        }
        match (cursor, self.0) {
            (mouse::Cursor::Available(_), Some(at)) => mouse::Cursor::Available(at),
            _ => cursor,
        }
    }
}

fn press(event: &keyboard::Event) -> Option<Press> {
    match event {
        keyboard::Event::KeyPressed {
            key,
            modified_key,
            modifiers,
            repeat,
            ..
        } => Some(Press {
            key: key.clone(),
            typed: modified_key.clone(),
            modifiers: *modifiers,
            down: true,
            repeat: *repeat,
        }),
        keyboard::Event::KeyReleased {
            key,
            modified_key,
            modifiers,
            ..
        } => Some(Press {
            key: key.clone(),
            typed: modified_key.clone(),
            modifiers: *modifiers,
            down: false,
            repeat: false,
        }),
        keyboard::Event::ModifiersChanged(_) => None,
    }
}

fn pointer(event: &Event) -> Option<Pointer> {
    match event {
        Event::Mouse(mouse::Event::CursorMoved { position })
        | Event::Touch(touch::Event::FingerMoved { position, .. }) => {
            Some(Pointer::Moved(*position))
        }
        Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left))
        | Event::Touch(touch::Event::FingerLifted { .. } | touch::Event::FingerLost { .. }) => {
            Some(Pointer::Released)
        }
        _ => None,
    }
}
