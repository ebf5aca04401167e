//! The steps of a drag.

use iced::Task;

use super::{Costs, Drag, Hand, Landing, Payload, Step, edit, edits, offers};
use crate::devices::Presence;
use crate::engine::Command;
use crate::gui::action::{Action, Actions, Selection};
use crate::gui::app::Message;
use crate::gui::graph::walk;
use crate::gui::shared::Shared;
use crate::rig::edit::Edit;
use crate::rig::{Timing, Zone};

/// Carries out a step. Returns the drag as it is then, and what follows.
#[must_use]
pub fn step(drag: Option<Drag>, step: Step, shared: &Shared) -> (Option<Drag>, Actions) {
    let Some(mut drag) = drag else {
        return match step {
            Step::Begin(payload, hand) => begin(payload, hand, shared),
            _ => (None, Vec::new()),
        };
    };
    match step {
        // What is carried is put back before something else is picked up.
        Step::Begin(payload, hand) => begin(payload, hand, shared),
        Step::Moved(to) => {
            if let Hand::Pointer { at, .. } = &mut drag.hand {
                *at = to;
            }
            (Some(drag), Vec::new())
        }
        Step::Key { across, down } => {
            let landing = steered(&drag, across, down, shared);
            over(drag, landing, shared)
        }
        Step::Over(landing) => over(drag, landing, shared),
        Step::Costed(zone, answer) => {
            let costs = answer.ok().map(|(in_sync, own)| Costs {
                zone: zone.clone(),
                in_sync,
                own,
            });
            costed(drag, &zone, costs, shared)
        }
        Step::Tapped(landing) => tapped(drag, landing, shared),
        Step::Drop => put_down(&drag, shared),
        Step::Cancel => (None, Vec::new()),
    }
}

fn begin(payload: Payload, hand: Hand, shared: &Shared) -> (Option<Drag>, Actions) {
    if let Some(sentence) = cannot_begin(&payload, shared) {
        return (None, vec![Action::Toast(sentence)]);
    }
    let drag = Drag {
        landing: None,
        payload,
        hand,
        costs: None,
    };
    if hand != Hand::Keyboard {
        return (Some(drag), Vec::new());
    }
    let landing = first_landing(&drag.payload, shared);
    over(drag, landing, shared)
}

/// Why something cannot be picked up, and what to do.
fn cannot_begin(payload: &Payload, shared: &Shared) -> Option<String> {
    if let Payload::Zone(_) = payload {
        return None;
    }
    let name = edits::name(payload, shared);
    if let Some(row) = shared.scene.row(payload) {
        match row.presence {
            Presence::Ready => {}
            Presence::Unpaired => return Some(format!("{name} is not paired yet. Pair it first.")),
            Presence::Off => {
                return Some(format!("{name} is switched off. Switch it on, then scan."));
            }
            Presence::Offline => {
                return Some(format!("{name} is offline. Switch it on, then scan."));
            }
        }
    }
    // A drop on the first-run page makes the first zone.
    let nowhere = shared.link.rig.zones.is_empty() && !shared.is_first_run();
    nowhere.then(|| format!("There is no zone for {name} yet. Add one first."))
}

/// Where the keyboard begins: where the thing is, else at the end of the first
/// zone.
fn first_landing(payload: &Payload, shared: &Shared) -> Option<Landing> {
    let rig = &shared.link.rig;
    match payload {
        Payload::Zone(id) => {
            let index = rig.zones.iter().position(|zone| zone.id == *id)?;
            Some(Landing::Order(index))
        }
        Payload::Speaker(id) if rig.zone_of(id).is_some() => {
            let zone = rig.zone_of(id)?;
            let index = zone.speakers.iter().position(|of| of == id)?;
            Some(in_zone(zone, index, None))
        }
        Payload::Speaker(_) | Payload::Device(_) => {
            let zone = rig.zones.first()?;
            Some(in_zone(zone, zone.speakers.len(), None))
        }
    }
}

fn in_zone(zone: &Zone, index: usize, timing: Option<Timing>) -> Landing {
    Landing::Zone {
        zone: zone.id.clone(),
        index,
        timing,
    }
}

/// It would land here now. The first time it is over a zone, the planner is
/// asked what that would cost.
fn over(mut drag: Drag, landing: Option<Landing>, shared: &Shared) -> (Option<Drag>, Actions) {
    let refused = matches!(landing, Some(Landing::Zone { .. }))
        && offers::refusal_of(&drag.payload, shared).is_some();
    let landing = landing.filter(|_| !refused);
    let old = zone_of(drag.landing.as_ref()).map(str::to_owned);
    let new = zone_of(landing.as_ref()).map(str::to_owned);
    drag.landing = landing;
    if old == new {
        return (Some(drag), Vec::new());
    }
    drag.costs = None;
    let ask = ask(&drag, shared);
    (Some(drag), ask.map(Action::Run).into_iter().collect())
}

fn zone_of(landing: Option<&Landing>) -> Option<&str> {
    match landing {
        Some(Landing::Zone { zone, .. }) => Some(zone),
        _ => None,
    }
}

fn ask(drag: &Drag, shared: &Shared) -> Option<Task<Message>> {
    let zone = zone_of(drag.landing.as_ref())?.to_owned();
    let (in_sync, own) = both_ways(&drag.payload, &zone, shared)?;
    let handle = shared.link.handle.clone();
    let answer = async move {
        let in_sync = handle.cost(in_sync).await?;
        Ok((in_sync, handle.cost(own).await?))
    };
    Some(Task::perform(answer, move |answer| {
        Message::Drag(Step::Costed(zone.clone(), answer))
    }))
}

/// The edits whose costs are compared; none within the same zone.
fn both_ways(payload: &Payload, zone: &str, shared: &Shared) -> Option<(Edit, Edit)> {
    if let Payload::Speaker(id) = payload
        && shared.link.rig.zone_of(id).is_some_and(|of| of.id == zone)
    {
        return None;
    }
    let with = |timing| {
        let landing = Landing::Zone {
            zone: zone.to_owned(),
            index: usize::MAX,
            timing: Some(timing),
        };
        edit(payload, &landing, shared)
    };
    Some((with(Timing::InSync)?, with(Timing::Own)?))
}

fn costed(
    mut drag: Drag,
    zone: &str,
    costs: Option<Costs>,
    shared: &Shared,
) -> (Option<Drag>, Actions) {
    if zone_of(drag.landing.as_ref()) != Some(zone) {
        return (Some(drag), Vec::new());
    }
    drag.costs = costs;
    let raises = offers::raise(&drag).is_some();
    if let Some(Landing::Zone { timing, .. }) = &mut drag.landing
        && raises
    {
        *timing = Some(timing.unwrap_or(Timing::InSync));
    }
    // Who tapped a zone has chosen, unless there is a choice left.
    if drag.hand == Hand::Tap && !raises {
        return put_down(&drag, shared);
    }
    (Some(drag), Vec::new())
}

fn tapped(drag: Drag, landing: Option<Landing>, shared: &Shared) -> (Option<Drag>, Actions) {
    let known = match &landing {
        None => return (None, Vec::new()),
        Some(Landing::Zone { zone, .. }) => {
            let costed = drag.costs.as_ref().is_some_and(|costs| costs.zone == *zone);
            costed || both_ways(&drag.payload, zone, shared).is_none()
        }
        Some(Landing::Order(_) | Landing::Rail) => true,
    };
    let (drag, actions) = over(drag, landing, shared);
    match drag {
        Some(drag) if known => put_down(&drag, shared),
        other => (other, actions),
    }
}

fn put_down(drag: &Drag, shared: &Shared) -> (Option<Drag>, Actions) {
    let landing = drag.landing.as_ref();
    let Some(edit) = landing.and_then(|landing| edit(&drag.payload, landing, shared)) else {
        return (None, Vec::new());
    };
    let chosen = landed(&drag.payload, &edit);
    let mut actions = vec![Action::Tell(Command::Edit(edit))];
    if let (Hand::Keyboard, Selection::Speaker(id)) = (drag.hand, &chosen)
        && landing != Some(&Landing::Rail)
    {
        actions.push(Action::Focus(Some(walk::node_id(id))));
    }
    actions.push(Action::Select(chosen));
    (None, actions)
}

/// What the inspector shows after the drop.
fn landed(payload: &Payload, edit: &Edit) -> Selection {
    match (payload, edit) {
        (Payload::Speaker(id), _) => Selection::Speaker(id.clone()),
        (Payload::Zone(id), _) => Selection::Zone(id.clone()),
        (Payload::Device(_), Edit::All(edits)) => match edits.first() {
            Some(Edit::AddSpeaker(speaker)) => Selection::Speaker(speaker.id.clone()),
            _ => Selection::Nothing,
        },
        (Payload::Device(_), _) => Selection::Nothing,
    }
}

/// Where an arrow key takes it.
fn steered(drag: &Drag, across: i32, down: i32, shared: &Shared) -> Option<Landing> {
    let zones = &shared.link.rig.zones;
    match &drag.landing {
        None => first_landing(&drag.payload, shared),
        Some(Landing::Order(index)) => {
            let last = zones.len().saturating_sub(1);
            Some(Landing::Order(moved(*index, across + down, last)))
        }
        Some(Landing::Rail) if across > 0 => {
            let zone = zones.first()?;
            Some(in_zone(zone, zone.speakers.len(), None))
        }
        Some(Landing::Rail) => Some(Landing::Rail),
        Some(Landing::Zone {
            zone,
            index,
            timing,
        }) => {
            let at = zones.iter().position(|of| of.id == *zone)?;
            if across == 0 {
                let room = others(&zones[at], &drag.payload);
                return Some(down_the_zone(
                    &zones[at],
                    (*index, *timing),
                    down,
                    room,
                    drag,
                ));
            }
            if across < 0 && at == 0 && edits::is_placed(&drag.payload, shared) {
                return Some(Landing::Rail);
            }
            let next = moved(at, across, zones.len() - 1);
            let room = others(&zones[next], &drag.payload);
            let kept = (next == at).then_some(*timing).flatten();
            Some(in_zone(&zones[next], (*index).min(room), kept))
        }
    }
}

/// Positions first, then the slot of the zone's own timing below them.
fn down_the_zone(
    zone: &Zone,
    (index, timing): (usize, Option<Timing>),
    down: i32,
    room: usize,
    drag: &Drag,
) -> Landing {
    match (timing, offers::raise(drag).is_some()) {
        (Some(Timing::Own), true) if down < 0 => in_zone(zone, room, Some(Timing::InSync)),
        (Some(Timing::Own), true) => in_zone(zone, room, timing),
        (_, true) if down > 0 && index >= room => in_zone(zone, room, Some(Timing::Own)),
        _ => in_zone(zone, moved(index.min(room), down, room), timing),
    }
}

/// Speakers in a zone without the carried one.
fn others(zone: &Zone, payload: &Payload) -> usize {
    let carried = |id: &&String| matches!(payload, Payload::Speaker(carried) if carried == *id);
    zone.speakers.iter().filter(|id| !carried(id)).count()
}

fn moved(index: usize, by: i32, last: usize) -> usize {
    index.saturating_add_signed(by.signum() as isize).min(last)
}
