//! What each verb comes to: commands to the engine, dialogs, preferences.

use iced::window;

use crate::bluetooth::Order;
use crate::bluetooth::state::{Address, PlayerAction};
use crate::engine::Command;
use crate::engine::snapshot::Transport;
use crate::gui::action::{Action, Actions, Overlay, Selection};
use crate::gui::app::Message;
use crate::gui::commands::{Verb, selected};
use crate::gui::drag::Payload;
use crate::gui::prefs::{Prefs, SCALE};
use crate::gui::radio;
use crate::gui::regions::Tab;
use crate::gui::shared::Shared;
use crate::rig::edit::Edit;
use crate::rig::{Rig, Role, Speaker, Zone};

/// One step of the scale.
pub(super) const STEP: f32 = 0.1;

/// Starts what is held, holds what plays: the source's own player, where it has
/// one that can.
#[must_use]
pub fn play_pause(shared: &Shared) -> Command {
    match (is_held(shared), player_can(shared)) {
        (_, Some((address, action))) => Command::Bluetooth(Order::Player { address, action }),
        (true, None) => Command::Play,
        (false, None) => Command::Pause,
    }
}

/// Whether play is what comes next, rather than pause.
#[must_use]
pub fn is_paused(shared: &Shared) -> bool {
    is_held(shared) || player_can(shared).is_some_and(|(_, next)| next == PlayerAction::Play)
}

fn is_held(shared: &Shared) -> bool {
    matches!(
        shared.link.snapshot.transport,
        Transport::Stopped | Transport::Paused
    )
}

/// What the source's player can do about it while the engine lets it be heard.
fn player_can(shared: &Shared) -> Option<(Address, PlayerAction)> {
    let source = &shared.scene.source;
    let (address, player) = (source.address?, source.player.as_ref()?);
    let wanted = if radio::runs(player.status) {
        PlayerAction::Pause
    } else {
        PlayerAction::Play
    };
    let can = player.can.contains(&wanted) && !is_held(shared);
    can.then_some((address, wanted))
}

/// Asks the source's player for the track before or after; `None` where it
/// cannot.
#[must_use]
pub fn skip(action: PlayerAction, shared: &Shared) -> Option<Command> {
    let source = &shared.scene.source;
    let (address, player) = (source.address?, source.player.as_ref()?);
    let can = player.can.contains(&action);
    can.then_some(Command::Bluetooth(Order::Player { address, action }))
}

/// The role after this one, in the order of the inspector's switch.
#[must_use]
pub fn next_role(role: Role) -> Role {
    match role {
        Role::L => Role::R,
        Role::R => Role::Stereo,
        Role::Stereo => Role::Mono,
        Role::Mono => Role::Sub,
        _ => Role::L,
    }
}

/// A name for a new zone that no zone has.
#[must_use]
pub fn zone_name(rig: &Rig) -> String {
    let free = |name: &String| rig.zones.iter().all(|zone| zone.name != *name);
    let first = rig.zones.len() + 1;
    (first..)
        .map(|number| format!("Zone {number}"))
        .find(free)
        .unwrap_or_default()
}

/// The speaker that a number key stands for: the one with this number on its
/// tag, and from 9 on the one at this place.
pub(super) fn numbered(number: u8, shared: &Shared) -> Option<&Speaker> {
    let rig = &shared.link.rig;
    let tagged = rig.speakers.iter().find(|speaker| speaker.slot == number);
    tagged.or_else(|| {
        let place = usize::from(number).checked_sub(1)?;
        rig.speakers.get(place).filter(|_| number > 8)
    })
}

pub(super) fn select(number: u8, shared: &Shared) -> Actions {
    let speaker = numbered(number, shared);
    speaker.map_or_else(Vec::new, |speaker| {
        vec![Action::Select(Selection::Speaker(speaker.id.clone()))]
    })
}

pub(super) fn identify(shared: &Shared) -> Actions {
    let id = shared.selection.speaker().map(ToOwned::to_owned);
    id.map_or_else(Vec::new, |id| vec![Action::Send(Command::Identify(id))])
}

pub(super) fn mute(shared: &Shared) -> Actions {
    let rig = &shared.link.rig;
    match selected(shared) {
        Selection::Speaker(id) => rig.speaker(&id).map_or_else(Vec::new, |speaker| {
            switch(&format!("speakers.{id}.mute"), !speaker.muted)
        }),
        Selection::Zone(id) => rig.zone(&id).map_or_else(Vec::new, |zone| {
            switch(&format!("zones.{id}.mute"), !zone.muted)
        }),
        Selection::Source => switch("settings.mute", !rig.settings.muted),
        Selection::Nothing => Vec::new(),
    }
}

pub(super) fn scan(shared: &Shared) -> Actions {
    let mut actions = vec![Action::Tell(Command::Rescan)];
    actions.extend(radio::scan(shared));
    actions
}

pub(super) fn solo(shared: &Shared) -> Actions {
    of_speaker(shared, |speaker| {
        let path = format!("speakers.{}.solo", speaker.id);
        switch(&path, !speaker.solo)
    })
}

pub(super) fn clear_solos(shared: &Shared) -> Actions {
    let soloed = shared.link.rig.speakers.iter().filter(|of| of.solo);
    let edits: Vec<Edit> = soloed
        .map(|speaker| Edit::set(format!("speakers.{}.solo", speaker.id), "off"))
        .collect();
    tell(Edit::All(edits))
}

pub(super) fn role(shared: &Shared) -> Actions {
    of_speaker(shared, |speaker| {
        let path = format!("speakers.{}.role", speaker.id);
        tell(Edit::set(path, next_role(speaker.role).to_string()))
    })
}

pub(super) fn move_to(shared: &Shared) -> Actions {
    of_speaker(shared, |speaker| {
        let payload = Payload::Speaker(speaker.id.clone());
        vec![Action::Open(Overlay::MoveTo(payload))]
    })
}

/// Takes a speaker out of its zone, or a zone out of the rig.
pub(super) fn remove(shared: &Shared) -> Actions {
    let rig = &shared.link.rig;
    match selected(shared) {
        Selection::Speaker(id) if rig.zone_of(&id).is_some() => tell(Edit::MoveSpeaker {
            speaker: id,
            zone: None,
            index: 0,
        }),
        Selection::Zone(id) => tell(Edit::RemoveZone(id)),
        _ => Vec::new(),
    }
}

pub(super) fn add_zone(shared: &Shared) -> Actions {
    tell(Edit::AddZone(Zone {
        name: zone_name(&shared.link.rig),
        ..Zone::default()
    }))
}

/// Stops the plots or lets them go on, and shows them where they are hidden.
pub(super) fn freeze(shared: &Shared) -> Actions {
    let mut actions = vec![Action::Freeze];
    if !shared.regions.is_wide() && shared.tab != Tab::Plots {
        actions.push(Action::Tab(Tab::Plots));
    }
    actions
}

/// A size more or less, or 100 %; ends the TV preset.
pub(super) fn scale(shared: &Shared, step: Option<f32>) -> Actions {
    let prefs = &shared.prefs;
    let scale = step.map_or(1.0, |step| {
        let next = ((prefs.scale + step) * 20.0).round() / 20.0;
        next.clamp(*SCALE.start(), *SCALE.end())
    });
    vec![Action::Prefer(Prefs {
        scale,
        tv: false,
        ..prefs.clone()
    })]
}

pub(super) fn full_screen() -> Actions {
    let toggle = window::latest().and_then(|id| {
        window::mode(id).then(move |mode| {
            let other = match mode {
                window::Mode::Fullscreen => window::Mode::Windowed,
                window::Mode::Windowed | window::Mode::Hidden => window::Mode::Fullscreen,
            };
            window::set_mode::<Message>(id, other)
        })
    });
    vec![Action::Run(toggle)]
}

/// A key that does nothing now says why, where the reason is not plain to see.
pub(super) fn why_not(verb: Verb, shared: &Shared) -> Actions {
    let said = match verb {
        Verb::PlayPause => "Choose a source first.",
        Verb::Undo => "There is nothing to undo.",
        Verb::Redo => "There is nothing to redo.",
        Verb::Identify | Verb::Mute | Verb::Solo | Verb::NextRole | Verb::MoveTo
            if !shared.link.rig.speakers.is_empty() =>
        {
            "Select a speaker first."
        }
        _ => return Vec::new(),
    };
    vec![Action::Toast(said.into())]
}

fn of_speaker(shared: &Shared, f: impl FnOnce(&Speaker) -> Actions) -> Actions {
    let id = shared.selection.speaker();
    id.and_then(|id| shared.link.rig.speaker(id))
        .map_or_else(Vec::new, f)
}

fn switch(path: &str, on: bool) -> Actions {
    tell(Edit::set(path, if on { "on" } else { "off" }))
}

fn tell(edit: Edit) -> Actions {
    vec![Action::Tell(Command::Edit(edit))]
}
