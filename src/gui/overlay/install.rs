//! What Inphase can add to this computer: each piece with what it does, which
//! files it writes, and a button that adds it or takes it back.

use iced::widget::{column, container, row};
use iced::{Element, Length, Padding, alignment};

use super::files::{self, Filed};
use super::frame::{self, Place};
use super::{Dialog, Message, pieces};
use crate::gui::action::{Action, Actions};
use crate::gui::icon::{self, Icon};
use crate::gui::shared::Shared;
use crate::gui::{style, widgets};
use crate::install::{Piece, State, System};

/// What is known.
#[derive(Debug, Default)]
pub(super) struct Install {
    known: Option<Known>,
    /// What is being added or removed.
    busy: Option<Piece>,
    /// Why the last one could not be changed.
    wrong: Option<(Option<Piece>, String)>,
    /// It was added here, so the user is told what comes next.
    added: Vec<Piece>,
}

/// Where everything is, and how each piece is.
#[derive(Debug)]
struct Known {
    system: System,
    states: [State; 4],
}

impl Install {
    fn state(&self, piece: Piece) -> Option<&State> {
        let at = Piece::ALL.iter().position(|of| *of == piece)?;
        self.known.as_ref().map(|known| &known.states[at])
    }

    /// Adding, taking back, or nothing that can be done.
    fn adds(&self, piece: Piece) -> Option<bool> {
        match self.state(piece)? {
            State::Added => Some(false),
            State::Absent => Some(true),
            State::Kept(_) | State::Needless(_) | State::Impossible(_) => None,
        }
    }

    fn change(&mut self, piece: Piece) -> Actions {
        let (Some(known), Some(add), None) = (&self.known, self.adds(piece), self.busy) else {
            return Vec::new();
        };
        let action = files::change_piece(known.system.clone(), piece, add);
        self.wrong = None;
        self.added.retain(|of| *of != piece);
        if add {
            self.added.push(piece);
        }
        self.busy = Some(piece);
        vec![action]
    }

    fn piece<'a>(&self, piece: Piece, shared: &'a Shared) -> Element<'a, Message> {
        let tokens = &shared.tokens;
        let (sign, ink) = match self.state(piece) {
            Some(State::Added | State::Kept(_)) => (Icon::Check, tokens.text),
            _ => (sign(piece), tokens.text_third),
        };
        let mut words = column![
            pieces::heading(piece.title(), shared),
            pieces::hint(&self.words(piece), shared),
        ]
        .spacing(3)
        .width(Length::Fill);
        if let Some((Some(of), wrong)) = &self.wrong
            && *of == piece
        {
            words = words.push(pieces::wrong(wrong, shared));
        }
        let button = self.adds(piece).map(|add| {
            let label = match (self.busy == Some(piece), add) {
                (true, _) => "Wait…",
                (false, true) => "Add",
                (false, false) => "Remove",
            };
            let possible = self.busy.is_none();
            let kind = style::Button::Secondary;
            pieces::push(piece.word(), None, label, kind, possible, shared)
        });
        row![
            icon::icon(sign, 20.0, ink),
            words,
            container(button.unwrap_or_else(|| iced::widget::space().into()))
                .width(BUTTON)
                .align_x(alignment::Horizontal::Right),
        ]
        .spacing(14)
        .align_y(alignment::Vertical::Center)
        .into()
    }

    /// What it does, and which files it writes; or why it is not offered.
    fn words(&self, piece: Piece) -> String {
        let sentence = piece.sentence();
        let Some(known) = &self.known else {
            return sentence.into();
        };
        match self.state(piece) {
            Some(State::Kept(why) | State::Needless(why) | State::Impossible(why)) => why.clone(),
            Some(State::Added) if self.added.contains(&piece) => match piece {
                Piece::Background => format!("{sentence} It begins at the next log-in."),
                Piece::Realtime => "In force once you have logged in again.".into(),
                Piece::Menu | Piece::Login => sentence.into(),
            },
            Some(State::Added) | None => sentence.into(),
            Some(State::Absent) => format!("{sentence}\nWrites {}.", known.system.hint(piece)),
        }
    }
}

impl Dialog for Install {
    fn items(&self, _shared: &Shared) -> Vec<String> {
        let changeable = Piece::ALL
            .iter()
            .filter(|piece| self.adds(**piece).is_some());
        let mut items: Vec<String> = changeable.map(|piece| piece.word().into()).collect();
        items.push(CLOSE.into());
        items
    }

    fn first(&self, _shared: &Shared) -> Option<String> {
        Some(CLOSE.into())
    }

    fn press(&mut self, item: &str, _shared: &Shared) -> Actions {
        match item.parse::<Piece>() {
            Ok(piece) => self.change(piece),
            Err(_) => vec![Action::Close],
        }
    }

    fn start(&self, shared: &Shared) -> Actions {
        let look = shared.install.clone();
        look.map(files::ask_pieces).into_iter().collect()
    }

    fn filed(&mut self, filed: Filed, _shared: &Shared) -> Actions {
        match filed {
            Filed::Pieces(system, wrong) => {
                let states = Piece::ALL.map(|piece| system.state(piece));
                self.known = Some(Known {
                    system: *system,
                    states,
                });
                self.wrong = wrong.map(|wrong| (self.busy, wrong));
                self.busy = None;
            }
            Filed::Failed(wrong) => self.wrong = Some((self.busy.take(), wrong)),
            _ => {}
        }
        Vec::new()
    }

    fn place(&self, _shared: &Shared) -> Place {
        Place::Centre
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let rows = Piece::ALL.map(|piece| self.piece(piece, shared));
        let copy = self.known.as_ref().and_then(|of| of.system.copy_hint());
        let copy = copy.map(|to| {
            let words = format!(
                "Inphase runs from an AppImage. The first piece copies it to {to}, where it \
                 is found when you move or delete the download."
            );
            pieces::hint(&words, shared)
        });
        let wrong = match &self.wrong {
            Some((None, wrong)) => Some(pieces::wrong(wrong, shared)),
            _ => None,
        };
        let words = column![pieces::hint(
            "Each can be taken back, here or with “inphase uninstall”, and leaves nothing behind.",
            shared
        )]
        .push(copy)
        .push(wrong)
        .spacing(6);
        let content = column![
            frame::edged(words),
            widgets::rule(&shared.tokens),
            container(column(rows).spacing(14)).padding(Padding::from([0.0, frame::EDGE])),
            frame::buttons([pieces::push(
                CLOSE,
                None,
                "Close",
                style::Button::Secondary,
                true,
                shared
            )]),
        ]
        .spacing(12);
        frame::card("This computer", WIDTH, content, shared)
    }
}

fn sign(piece: Piece) -> Icon {
    match piece {
        Piece::Menu => Icon::LayoutGrid,
        Piece::Login => Icon::LogIn,
        Piece::Background => Icon::AudioLines,
        Piece::Realtime => Icon::Zap,
    }
}

const CLOSE: &str = "close-dialog";
const WIDTH: f32 = 640.0;
const BUTTON: f32 = 92.0;
