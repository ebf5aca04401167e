//! The inspector of the wide layout, and the Tune tab of the compact one: what
//! is selected, and the controls that change it while people listen.

mod act;
mod bluetooth;
mod control;
mod edit;
mod hand;
mod knob;
mod latency;
mod parts;
mod reveal;
mod source;
mod speaker;
mod strip;
mod subject;
pub mod trouble;
mod zone;

use iced::Element;

use self::control::{ALL_ROLES, Control, TIMINGS};
use self::edit::{Editor, Field};
use self::hand::{Hand, is_trimmed};
use self::knob::Knob;
use self::latency::Past;
pub use self::reveal::reveal;
use self::subject::Subject;
use super::action::{Action, Actions, Selection};
use super::focus::FocusId;
use super::keys::Press;
use super::number_field::Wish;
use super::prefs::Unit;
use super::radio::{self, Turning};
use super::shared::Shared;
use super::slider::Nudge;
use crate::bluetooth::state::Address;
use crate::engine::Command;
use crate::rig::{Role, SpeakerId, Timing};

/// What only this part knows.
#[derive(Debug, Default)]
pub struct Inspector {
    hand: Hand,
    editor: Editor,
    past: Past,
    /// While the compare key is down: the speaker, and whether it was heard with
    /// its trim before.
    compared: Option<(SpeakerId, bool)>,
    volume: Turning,
}

/// What happens in it.
#[derive(Debug, Clone)]
#[allow(
    missing_docs,
    reason = "an inner matter; the variants say what they are"
)]
pub enum Message {
    Pressed(Control),
    Focused(Control),
    Slid(Knob, f64),
    Stepped(usize),
    LetGo,
    Reset(Knob),
    Wished(Field, Wish),
    RoleChosen(Role),
    UnitChosen(Unit),
    TimingChosen(Timing),
    TrimHeard(bool),
    LatencyFixed(bool),
    Selected(SpeakerId),
    VolumeTurned(Address, f64),
    VolumeLetGo,
}

impl Inspector {
    /// Takes a message.
    pub fn update(&mut self, message: Message, shared: &Shared) -> Actions {
        let subject = Subject::of(shared);
        match message {
            Message::Pressed(control) => self.activate(control, shared),
            Message::Focused(control) => vec![Action::Focus(Some(control.id()))],
            Message::Slid(knob, value) => {
                self.editor.forget();
                self.hand.hold(&knob, value, shared)
            }
            Message::Stepped(index) => self.step(index, shared),
            Message::LetGo => self.hand.let_go(shared),
            Message::Reset(knob) => self.reset(&knob, shared),
            Message::Wished(field, wish) => self.editor.wish(field, wish, &mut self.hand, shared),
            Message::UnitChosen(unit) => vec![act::unit(unit, shared)],
            Message::LatencyFixed(fixed) => act::fix(fixed, shared),
            Message::Selected(id) => vec![Action::Select(Selection::Speaker(id))],
            Message::VolumeTurned(address, value) => vec![self.volume.turn(address, value)],
            Message::VolumeLetGo => {
                self.volume.let_go(shared.now);
                Actions::new()
            }
            Message::RoleChosen(role) => match subject {
                Subject::Speaker(speaker) => act::play(speaker, role),
                _ => Actions::new(),
            },
            Message::TrimHeard(trimmed) => match subject {
                Subject::Speaker(speaker) => act::compare(speaker, trimmed),
                _ => Actions::new(),
            },
            Message::TimingChosen(timing) => match subject {
                Subject::Zone(zone) => act::time(zone, timing),
                _ => Actions::new(),
            },
        }
    }

    /// Takes a key while `id`, which is in this part, has the keyboard; `None`
    /// when it means nothing here.
    pub fn key(&mut self, id: &FocusId, press: &Press, shared: &Shared) -> Option<Actions> {
        let all = Control::all(shared);
        let control = all.into_iter().find(|control| control.id() == *id)?;
        if control == Control::Volume {
            return self.turn(press, shared);
        }
        if let Some(actions) = self.slide(control, press, shared) {
            return Some(actions);
        }
        match control {
            Control::Step(index) if is_activation(press) => {
                return Some(if press.down {
                    self.step(index, shared)
                } else {
                    self.hand.let_go(shared)
                });
            }
            _ if press.activates() => return Some(self.activate(control, shared)),
            _ => {}
        }
        let (across, _) = press.arrow().filter(|(across, _)| *across != 0)?;
        choose(control, across as isize, shared)
    }

    /// The key that lets the user hear a speaker without its trim while it is
    /// held, or with it when it is heard without. Works wherever the keyboard is.
    pub fn compare_key(&mut self, press: &Press, shared: &Shared) -> Option<Actions> {
        let speaker = Subject::of(shared).speaker();
        if !press.down {
            let iced::keyboard::Key::Character(text) = &press.key else {
                return None;
            };
            let held = text.as_str() == "c" && self.compared.is_some();
            return held.then(|| self.let_go_of_compare(shared));
        }
        let speaker = speaker.filter(|_| press.letter() == Some('c'))?;
        if press.repeat || self.compared.is_some() {
            return Some(Actions::new());
        }
        let trimmed = is_trimmed(shared, &speaker.id);
        self.compared = Some((speaker.id.clone(), trimmed));
        Some(act::compare(speaker, !trimmed))
    }

    /// The key that compares was let go, or will be where nobody sees it.
    pub fn let_go_of_compare(&mut self, shared: &Shared) -> Actions {
        let Some((id, trimmed)) = self.compared.take() else {
            return Actions::new();
        };
        let speaker = Subject::of(shared).speaker();
        let selected = speaker.filter(|speaker| speaker.id == id);
        selected.map_or_else(
            || vec![Action::Send(Command::Compare(None))],
            |speaker| act::compare(speaker, trimmed),
        )
    }

    /// Everything in it that can have the keyboard, in reading order.
    #[must_use]
    pub fn focusables(&self, shared: &Shared) -> Vec<FocusId> {
        let all = Control::all(shared).into_iter();
        all.map(Control::id).collect()
    }

    /// Time has passed and the engine's state may be newer.
    pub fn tick(&mut self, shared: &Shared) {
        self.hand.tick(shared);
        self.past.tick(shared);
        self.volume.tick(radio::state(shared), shared.now);
    }

    /// The Tune tab of the compact layout.
    #[must_use]
    pub fn strip<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        match Subject::of(shared) {
            Subject::Nothing => strip::nothing(shared),
            Subject::Source => strip::source(self, shared),
            Subject::Zone(zone) => strip::zone(self, zone, shared),
            Subject::Speaker(speaker) => strip::speaker(self, speaker, shared),
        }
    }

    /// Draws it.
    #[must_use]
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let content = match Subject::of(shared) {
            Subject::Nothing => return parts::nothing(shared),
            Subject::Source => source::view(self, shared),
            Subject::Zone(zone) => zone::view(self, zone, shared),
            Subject::Speaker(speaker) => speaker::view(self, speaker, shared),
        };
        parts::panel(content, shared)
    }

    /// Keys on the volume of a Bluetooth device.
    fn turn(&mut self, press: &Press, shared: &Shared) -> Option<Actions> {
        let device = match Subject::of(shared) {
            Subject::Speaker(speaker) => radio::device_of(speaker, shared),
            _ => bluetooth::source(shared),
        }?;
        match Nudge::of(press, &radio::STEPS)? {
            Nudge::By(step) => {
                let value = self.volume.value(device)? + step;
                Some(vec![self.volume.turn(device.address, value)])
            }
            Nudge::Reset => None,
            Nudge::Over => {
                self.volume.let_go(shared.now);
                Some(Actions::new())
            }
        }
    }

    /// Keys on a slider, and Delete on the number that belongs to it.
    fn slide(&mut self, control: Control, press: &Press, shared: &Shared) -> Option<Actions> {
        let knob = knob_of(control, shared)?;
        let nudge = Nudge::of(press, &knob.steps())?;
        if control == Control::Delay && nudge != Nudge::Reset {
            return None;
        }
        Some(match nudge {
            Nudge::By(step) => {
                self.editor.forget();
                let value = self.hand.value(&knob, shared) + step;
                self.hand.hold(&knob, value, shared)
            }
            Nudge::Reset => self.reset(&knob, shared),
            Nudge::Over => self.hand.let_go(shared),
        })
    }
}

/// The number that a slider moves.
fn knob_of(control: Control, shared: &Shared) -> Option<Knob> {
    match (control, Subject::of(shared)) {
        (Control::Coarse | Control::Fine | Control::Delay, Subject::Speaker(speaker)) => {
            Some(Knob::Trim(speaker.id.clone()))
        }
        (Control::Gain, Subject::Speaker(speaker)) => Some(Knob::Gain(speaker.id.clone())),
        (Control::Gain, Subject::Zone(zone)) => Some(Knob::ZoneGain(zone.id.clone())),
        _ => None,
    }
}

/// Arrows on a switch choose the next segment.
fn choose(control: Control, step: isize, shared: &Shared) -> Option<Actions> {
    match (control, Subject::of(shared)) {
        (Control::Unit, _) => {
            let unit = act::next(&Unit::ALL, shared.prefs.unit, step);
            Some(vec![act::unit(unit, shared)])
        }
        (Control::Plays, Subject::Speaker(speaker)) => Some(act::play(
            speaker,
            act::next(&ALL_ROLES, speaker.role, step),
        )),
        (Control::Compare, Subject::Speaker(speaker)) => Some(act::compare(speaker, step > 0)),
        (Control::Timing, Subject::Zone(zone)) => {
            Some(act::time(zone, act::next(&TIMINGS, zone.timing, step)))
        }
        (Control::Target, Subject::Source) => Some(act::fix(step > 0, shared)),
        _ => None,
    }
}

/// Enter or Space, going down, repeating or going up.
fn is_activation(press: &Press) -> bool {
    use iced::keyboard::{Key, key::Named};
    matches!(press.key, Key::Named(Named::Enter | Named::Space))
}
