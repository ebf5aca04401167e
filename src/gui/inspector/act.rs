//! What clicking a control does; Enter and Space do the same.

use super::control::{ALL_ROLES, Control, STEPS, TIMINGS};
use super::edit::Field;
use super::hand::{alignment_us, is_trimmed};
use super::knob::Knob;
use super::subject::Subject;
use super::{Inspector, bluetooth};
use crate::bluetooth::Order;
use crate::bluetooth::state::PlayerAction;
use crate::engine::Command;
use crate::gui::action::{Action, Actions, Overlay, Selection};
use crate::gui::commands;
use crate::gui::number_field::Wish;
use crate::gui::prefs::{Prefs, Unit};
use crate::gui::radio;
use crate::gui::shared::Shared;
use crate::rig::edit::Edit;
use crate::rig::{Role, Speaker, Target, Timing, Zone};

impl Inspector {
    /// Does what a click on the control does.
    pub(super) fn activate(&mut self, control: Control, shared: &Shared) -> Actions {
        match Subject::of(shared) {
            Subject::Nothing => Actions::new(),
            Subject::Speaker(speaker) => self.on_speaker(control, speaker, shared),
            Subject::Zone(zone) => self.on_zone(control, zone, shared),
            Subject::Source => self.on_source(control, shared),
        }
    }

    fn on_speaker(&mut self, control: Control, speaker: &Speaker, shared: &Shared) -> Actions {
        let id = speaker.id.clone();
        match control {
            Control::Name => self.edit(Field::SpeakerName(id), shared),
            Control::Delay => self.edit(Field::Number(Knob::Trim(id)), shared),
            Control::Distance => self.edit(Field::Number(Knob::Distance(id)), shared),
            Control::GainNumber => self.edit(Field::Number(Knob::Gain(id)), shared),
            Control::Reset => self.reset(&Knob::Trim(id), shared),
            Control::Step(index) => self.step(index, shared),
            Control::Unit => vec![unit(next(&Unit::ALL, shared.prefs.unit, 1), shared)],
            Control::Compare => compare(speaker, !is_trimmed(shared, &id)),
            Control::Plays => play(speaker, next(&ALL_ROLES, speaker.role, 1)),
            Control::Menu => vec![menu(shared)],
            Control::Retry => retry(speaker, shared),
            Control::Link | Control::Radio => {
                let device = radio::device_of(speaker, shared);
                device.map_or_else(Actions::new, |device| bluetooth::act(control, device))
            }
            Control::TakeOut => vec![Action::Tell(Command::Edit(Edit::MoveSpeaker {
                speaker: id,
                zone: None,
                index: 0,
            }))],
            Control::Identify => vec![Action::Send(Command::Identify(id))],
            Control::Mute => switch(format!("speakers.{id}.mute"), !speaker.muted),
            Control::Solo => switch(format!("speakers.{id}.solo"), !speaker.solo),
            Control::Awake => switch(format!("speakers.{id}.keep_awake"), !speaker.keep_awake),
            Control::Polarity => {
                let word = if speaker.inverted {
                    "normal"
                } else {
                    "inverted"
                };
                set(format!("speakers.{id}.polarity"), word)
            }
            _ => Actions::new(),
        }
    }

    fn on_zone(&mut self, control: Control, zone: &Zone, shared: &Shared) -> Actions {
        let id = zone.id.clone();
        match control {
            Control::Name => self.edit(Field::ZoneName(id), shared),
            Control::GainNumber => self.edit(Field::Number(Knob::ZoneGain(id)), shared),
            Control::Crossover => self.edit(Field::Number(Knob::Crossover(id)), shared),
            Control::Menu => vec![menu(shared)],
            Control::Mute => switch(format!("zones.{id}.mute"), !zone.muted),
            Control::Timing => time(zone, next(&TIMINGS, zone.timing, 1)),
            Control::Member(index) => {
                let member = zone.speakers.get(index).cloned();
                let select = member.map(|id| Action::Select(Selection::Speaker(id)));
                select.into_iter().collect()
            }
            Control::RemoveZone => vec![
                Action::Tell(Command::Edit(Edit::RemoveZone(id))),
                Action::Select(Selection::Nothing),
            ],
            _ => Actions::new(),
        }
    }

    fn on_source(&mut self, control: Control, shared: &Shared) -> Actions {
        match control {
            Control::Play => vec![Action::Send(commands::play_pause(shared))],
            Control::Previous => skip(PlayerAction::Previous, shared),
            Control::Next => skip(PlayerAction::Next, shared),
            Control::Link | Control::Radio => {
                let device = bluetooth::source(shared);
                device.map_or_else(Actions::new, |device| bluetooth::act(control, device))
            }
            Control::Stop => vec![Action::Send(Command::Stop)],
            Control::Change => vec![Action::Open(Overlay::Source)],
            Control::Target => {
                let fixed = matches!(shared.link.rig.settings.target, Target::FixedMs(_));
                fix(!fixed, shared)
            }
            Control::TargetMs => self.edit(Field::Number(Knob::Target), shared),
            Control::Period => self.edit(Field::Number(Knob::Period), shared),
            _ => Actions::new(),
        }
    }

    fn edit(&mut self, field: Field, shared: &Shared) -> Actions {
        self.editor.wish(field, Wish::Begin, &mut self.hand, shared)
    }

    /// One step of the step buttons, as a part of the gesture that goes on.
    pub(super) fn step(&mut self, index: usize, shared: &Shared) -> Actions {
        let Some(speaker) = Subject::of(shared).speaker() else {
            return Actions::new();
        };
        self.editor.forget();
        let knob = Knob::Trim(speaker.id.clone());
        let value = self.hand.value(&knob, shared) + f64::from(STEPS[index]);
        self.hand.hold(&knob, value, shared)
    }

    /// Sets a number back to 0.
    pub(super) fn reset(&mut self, knob: &Knob, shared: &Shared) -> Actions {
        self.editor.forget();
        self.hand.set(knob, 0.0, shared)
    }
}

/// The value `step` places further; they wrap around.
pub fn next<T: Copy + PartialEq>(all: &[T], current: T, step: isize) -> T {
    let at = all.iter().position(|one| *one == current).unwrap_or(0) as isize;
    all[(at + step).rem_euclid(all.len() as isize) as usize]
}

/// One unit for the whole window.
pub fn unit(unit: Unit, shared: &Shared) -> Action {
    Action::Prefer(Prefs {
        unit,
        ..shared.prefs.clone()
    })
}

/// Lets the speaker play this part of the stream.
pub fn play(speaker: &Speaker, role: Role) -> Actions {
    if speaker.role == role {
        return Actions::new();
    }
    set(format!("speakers.{}.role", speaker.id), role.to_string())
}

/// With or without its trim.
pub fn compare(speaker: &Speaker, trimmed: bool) -> Actions {
    let without = (!trimmed).then(|| speaker.id.clone());
    vec![Action::Send(Command::Compare(without))]
}

/// With the others or on its own.
pub fn time(zone: &Zone, timing: Timing) -> Actions {
    if zone.timing == timing {
        return Actions::new();
    }
    set(format!("zones.{}.timing", zone.id), timing.to_string())
}

/// The latency: as it is now and fixed, or as short as the slowest path allows.
pub fn fix(fixed: bool, shared: &Shared) -> Actions {
    if fixed == matches!(shared.link.rig.settings.target, Target::FixedMs(_)) {
        return Actions::new();
    }
    let groups = shared.link.snapshot.groups.iter();
    let together = groups.filter(|group| group.timing == Timing::InSync);
    let now = together
        .map(|group| group.target_ms)
        .fold(DEFAULT_MS, f64::max);
    let value = if fixed {
        format!("{:.0} ms", now.ceil())
    } else {
        "auto".to_owned()
    };
    set("settings.target".into(), value)
}

/// What the engine and the user add to a speaker's own path, µs.
#[must_use]
pub fn added_us(shared: &Shared, speaker: &Speaker, trim: f64) -> Option<f64> {
    let trim = if is_trimmed(shared, &speaker.id) {
        trim
    } else {
        0.0
    };
    alignment_us(shared, &speaker.id).map(|us| us + trim)
}

/// Looks for a lost device now, and connects it if it has a radio.
fn retry(speaker: &Speaker, shared: &Shared) -> Actions {
    let device = radio::device_of(speaker, shared);
    let connect = device.map(|device| radio::order(Order::Connect(device.address)));
    let mut actions = vec![Action::Tell(Command::Rescan)];
    actions.extend(connect);
    actions
}

fn skip(action: PlayerAction, shared: &Shared) -> Actions {
    let command = commands::skip(action, shared);
    command.map(Action::Send).into_iter().collect()
}

fn menu(shared: &Shared) -> Action {
    Action::Open(Overlay::Item(shared.selection.clone()))
}

fn switch(path: String, on: bool) -> Actions {
    set(path, if on { "on" } else { "off" })
}

fn set(path: String, value: impl Into<String>) -> Actions {
    vec![Action::Send(Command::Edit(Edit::set(path, value)))]
}

/// The least that is fixed while nothing plays.
const DEFAULT_MS: f64 = 20.0;
