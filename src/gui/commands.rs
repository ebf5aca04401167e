//! Everything the window can do, as one table: the key list, the command list
//! and the keyboard itself read it.

use super::action::Actions;
use super::keys::Press;
use super::shared::Shared;

/// Something the window can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Take back the last change.
    Undo,
    /// Do it again.
    Redo,
}

/// What a key means when nothing that has the keyboard wants it.
#[must_use]
pub fn of_press(press: &Press) -> Option<Verb> {
    match (press.command()?, press.modifiers.shift()) {
        ('z', false) => Some(Verb::Undo),
        ('z', true) | ('y', _) => Some(Verb::Redo),
        _ => None,
    }
}

/// Does it.
#[must_use]
pub fn carry_out(verb: Verb, _shared: &Shared) -> Actions {
    use super::action::Action;
    use crate::engine::Command;
    match verb {
        Verb::Undo => vec![Action::Tell(Command::Undo)],
        Verb::Redo => vec![Action::Tell(Command::Redo)],
    }
}
