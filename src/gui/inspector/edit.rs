//! A field being edited: its text until it is taken, and the sentence when it
//! cannot be.

use super::control::Control;
use super::hand::Hand;
use super::knob::{Knob, Measure};
use crate::engine::Command;
use crate::gui::action::{Action, Actions};
use crate::gui::number_field::Wish;
use crate::gui::shared::Shared;
use crate::rig::edit::{Edit, apply};
use crate::rig::{Rig, Speaker, SpeakerId, Zone, ZoneId};

/// What can be typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// A number.
    Number(Knob),
    /// What a speaker is called.
    SpeakerName(SpeakerId),
    /// What a zone is called.
    ZoneName(ZoneId),
}

/// The field that is edited.
#[derive(Debug, Default)]
pub struct Editor {
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    field: Field,
    text: String,
    /// What stood there; nothing happens when it is left so.
    was: String,
    error: Option<String>,
    /// The cursor is in it; a field that was left with an error is open still.
    live: bool,
}

/// A field as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// What stands in it.
    pub text: String,
    /// The cursor is in it.
    pub live: bool,
    /// Why it cannot be taken.
    pub error: Option<String>,
}

impl Field {
    /// Where the keyboard is while it is edited.
    #[must_use]
    pub fn control(&self) -> Control {
        match self {
            Self::Number(Knob::Trim(_)) => Control::Delay,
            Self::Number(Knob::Gain(_) | Knob::ZoneGain(_)) => Control::GainNumber,
            Self::Number(Knob::Distance(_)) => Control::Distance,
            Self::Number(Knob::Crossover(_)) => Control::Crossover,
            Self::Number(Knob::Target) => Control::TargetMs,
            Self::Number(Knob::Period) => Control::Period,
            Self::SpeakerName(_) | Self::ZoneName(_) => Control::Name,
        }
    }

    fn at_rest(&self, hand: &Hand, shared: &Shared) -> String {
        let rig = &shared.link.rig;
        match self {
            Self::Number(knob) => knob.shown(hand.value(knob, shared), Measure::of(shared)),
            Self::SpeakerName(id) => rig.speaker(id).map_or("", Speaker::label).to_owned(),
            Self::ZoneName(id) => rig.zone(id).map_or("", Zone::label).to_owned(),
        }
    }

    /// Takes the text.
    ///
    /// # Errors
    /// One sentence without its full stop, for the space under the field.
    fn take(&self, text: &str, hand: &mut Hand, shared: &Shared) -> Result<Actions, String> {
        let said = |error: crate::rig::RigError| error.to_string().trim_end_matches('.').to_owned();
        let path = match self {
            Self::Number(knob) => {
                let value = knob.typed(text, Measure::of(shared)).map_err(said)?;
                return Ok(hand.set(knob, value, shared));
            }
            Self::SpeakerName(id) => format!("speakers.{id}.name"),
            Self::ZoneName(id) => format!("zones.{id}.name"),
        };
        let edit = Edit::set(path, text);
        let mut tried = Rig::clone(&shared.link.rig);
        let _said = apply(&mut tried, &edit).map_err(said)?;
        Ok(vec![Action::Tell(Command::Edit(edit))])
    }
}

impl Editor {
    /// How the field is drawn.
    #[must_use]
    pub fn shown(&self, field: &Field, hand: &Hand, shared: &Shared) -> Shown {
        match self.open.as_ref().filter(|open| open.field == *field) {
            Some(open) => Shown {
                text: open.text.clone(),
                // Who took the keyboard elsewhere has left the field.
                live: open.live && shared.has_focus(&field.control().id()),
                error: open.error.clone(),
            },
            None => Shown {
                text: field.at_rest(hand, shared),
                live: false,
                error: None,
            },
        }
    }

    /// The user wants something of the field.
    pub fn wish(&mut self, field: Field, wish: Wish, hand: &mut Hand, shared: &Shared) -> Actions {
        match wish {
            Wish::Begin => {
                let mut actions = self.close(hand, shared);
                actions.push(Action::Focus(Some(field.control().id())));
                self.begin(field, hand, shared);
                actions
            }
            Wish::Type(text) => {
                if let Some(open) = &mut self.open {
                    // A number is shown as everywhere else; both signs are read.
                    open.text = match open.field {
                        Field::Number(_) => text.replace('-', "−"),
                        _ => text,
                    };
                    open.error = None;
                }
                Actions::new()
            }
            Wish::Enter | Wish::Leave => self.take(wish == Wish::Enter, hand, shared),
            Wish::Cancel => {
                self.open = None;
                Actions::new()
            }
        }
    }

    /// The field is about to be changed by other means: what was typed is lost.
    pub fn forget(&mut self) {
        self.open = None;
    }

    fn begin(&mut self, field: Field, hand: &Hand, shared: &Shared) {
        let again = self.open.take().filter(|open| open.field == field);
        let was = field.at_rest(hand, shared);
        let open = again.unwrap_or_else(|| Open {
            text: was.clone(),
            was,
            error: None,
            live: true,
            field,
        });
        self.open = Some(Open { live: true, ..open });
    }

    /// Takes what is being typed, if it can be taken, before something else is
    /// edited.
    fn close(&mut self, hand: &mut Hand, shared: &Shared) -> Actions {
        if self.open.as_ref().is_some_and(|open| open.live) {
            self.take(false, hand, shared)
        } else {
            Actions::new()
        }
    }

    fn take(&mut self, stays: bool, hand: &mut Hand, shared: &Shared) -> Actions {
        let Some(open) = self.open.take() else {
            return Actions::new();
        };
        if open.text.trim() == open.was.trim() {
            return Actions::new();
        }
        open.field
            .take(&open.text, hand, shared)
            .unwrap_or_else(|error| {
                self.open = Some(Open {
                    error: Some(error),
                    live: stays,
                    ..open
                });
                Actions::new()
            })
    }
}
