//! The first step: what to play. Only what works on this computer is offered.

use iced::Element;
use iced::widget::column;

use super::Message;
use super::steps::{Entry, entry};
use crate::devices::{DeviceInfo, Direction};
use crate::engine::Command;
use crate::gui::action::{Action, Overlay};
use crate::gui::focus::{FocusId, Region};
use crate::gui::icon::Icon;
use crate::gui::radio;
use crate::gui::shared::Shared;
use crate::rig::edit::Edit;
use crate::rig::{Source, TestSignal};

/// A kind of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// What plays to this computer over Bluetooth.
    Echo,
    /// What comes in by cable.
    LineIn,
    /// What other programs play.
    Desktop,
    /// A file.
    File,
    /// A test signal.
    Test,
}

impl Choice {
    const ALL: [Self; 5] = [
        Self::Echo,
        Self::LineIn,
        Self::Desktop,
        Self::File,
        Self::Test,
    ];

    /// Chooses it, or asks which one where there are several.
    pub fn action(self, shared: &Shared) -> Action {
        if self == Self::Echo {
            return Action::Open(if echoes(shared).is_empty() {
                Overlay::Pairing
            } else {
                Overlay::Source
            });
        }
        let mut inputs = inputs(shared);
        let source = match (self, inputs.next(), inputs.next()) {
            (Self::LineIn, Some(only), None) => Source::Capture {
                device: only.id.clone(),
            },
            (Self::Echo | Self::LineIn | Self::File, ..) => return Action::Open(Overlay::Source),
            (Self::Desktop, ..) => Source::Desktop,
            (Self::Test, ..) => Source::Test {
                signal: TestSignal::Pink,
            },
        };
        Action::Send(Command::Edit(Edit::SetSource(Some(source))))
    }

    /// Its place in the keyboard's order.
    pub fn focus(self) -> FocusId {
        let name = match self {
            Self::Echo => "echo",
            Self::LineIn => "line-in",
            Self::Desktop => "desktop",
            Self::File => "file",
            Self::Test => "test",
        };
        FocusId::new(Region::Main, format!("source:{name}"))
    }

    fn is_chosen(self, shared: &Shared) -> bool {
        let source = shared.link.rig.source.as_ref();
        let echo = source.and_then(radio::of_source).is_some();
        match self {
            Self::Echo => echo,
            Self::LineIn if echo => false,
            _ => self.is_kind_of(shared),
        }
    }

    fn is_kind_of(self, shared: &Shared) -> bool {
        matches!(
            (self, &shared.link.rig.source),
            (Self::LineIn, Some(Source::Capture { .. }))
                | (
                    Self::Desktop,
                    Some(Source::Desktop | Source::Monitor { .. })
                )
                | (Self::File, Some(Source::Files { .. } | Source::Pipe { .. }))
                | (Self::Test, Some(Source::Test { .. }))
        )
    }

    fn words(self, shared: &Shared) -> (Icon, &'static str, String) {
        match self {
            Self::Echo => {
                let detail = match echoes(shared).as_slice() {
                    [] => "Say “Alexa, pair” near the Echo".into(),
                    names => names.join(", "),
                };
                (Icon::Speaker, "Echo over Bluetooth", detail)
            }
            Self::LineIn => {
                let names: Vec<_> = inputs(shared).map(|input| &input.name).collect();
                let detail = match names.as_slice() {
                    [only] => (*only).clone(),
                    all => format!("{} inputs found", all.len()),
                };
                (Icon::Cable, "Line in", detail)
            }
            Self::Desktop => (
                Icon::Monitor,
                "Desktop audio",
                "Everything this PC plays".into(),
            ),
            Self::File => (
                Icon::FileMusic,
                "A file",
                "FLAC, WAV, Ogg, AAC or MP3".into(),
            ),
            Self::Test => (
                Icon::Activity,
                "Test signal",
                "Pink noise, soft and even".into(),
            ),
        }
    }
}

/// What can be chosen here.
pub fn shown(shared: &Shared) -> Vec<Choice> {
    let works = |choice: &Choice| match choice {
        Choice::Echo => radio::state(shared).is_some(),
        Choice::LineIn => inputs(shared).next().is_some(),
        _ => true,
    };
    Choice::ALL.into_iter().filter(works).collect()
}

/// Draws them.
pub fn view<'a>(room: f32, shared: &'a Shared) -> Element<'a, Message> {
    let entries = shown(shared).into_iter().map(|choice| {
        let (icon, title, detail) = choice.words(shared);
        let of = Entry {
            icon,
            title: title.into(),
            detail,
            done: choice.is_chosen(shared),
            mark: None,
            button: None,
            tag: None,
        };
        entry(&of, room, &choice.focus(), shared)
            .on_tap(Message::Chose(choice))
            .into()
    });
    column(entries).spacing(8).into()
}

fn inputs(shared: &Shared) -> impl Iterator<Item = &DeviceInfo> {
    let devices = shared.link.devices.iter();
    devices
        .filter(|device| device.direction == Direction::Input && radio::of_info(device).is_none())
}

/// What is paired already.
fn echoes(shared: &Shared) -> Vec<String> {
    let state = radio::state(shared);
    state.map_or_else(Vec::new, |state| {
        radio::sources(state).map(radio::name).collect()
    })
}
