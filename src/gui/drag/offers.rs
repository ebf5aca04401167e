//! What the zones offer to what is carried: whether it can land, and what that
//! does to latency, in words.

use super::{Costs, Drag, Landing, Payload, edits};
use crate::devices::DeviceKind;
use crate::gui::shared::Shared;
use crate::gui::{fonts, measure};
use crate::rig::plan::{Cost, GroupId};
use crate::sync::time::Nanos;

/// What a zone is to what is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Offer {
    /// Nothing is carried that goes into zones.
    #[default]
    Rest,
    /// It could land here.
    May,
    /// It lands here if it is let go now.
    Over,
    /// It cannot land here.
    Refused,
}

/// What this zone offers now.
#[must_use]
pub fn offer(zone: &str, shared: &Shared) -> Offer {
    let Some(drag) = &shared.drag else {
        return Offer::Rest;
    };
    match (&drag.payload, &drag.landing) {
        (Payload::Zone(_), _) => Offer::Rest,
        (_, Some(Landing::Zone { zone: over, .. })) if over == zone => Offer::Over,
        _ if refusal(shared).is_some() => Offer::Refused,
        _ => Offer::May,
    }
}

/// Why what is carried can land in no zone.
#[must_use]
pub fn refusal(shared: &Shared) -> Option<String> {
    refusal_of(&shared.drag.as_ref()?.payload, shared)
}

/// The same for something that is not carried yet: a speaker whose channels
/// another one already plays on would stay silent.
#[must_use]
pub fn refusal_of(payload: &Payload, shared: &Shared) -> Option<String> {
    let Payload::Speaker(id) = payload else {
        return None;
    };
    let rig = &shared.link.rig;
    let carried = rig.speaker(id)?;
    if rig.zone_of(id).is_some() || carried.output.device.is_empty() {
        return None;
    }
    let channels = carried.output.channels_in_use();
    let mut placed = rig.placed().map(|(_, speaker)| speaker);
    let twin = placed.find(|other| {
        let taken = other.output.channels_in_use();
        other.output.device == carried.output.device
            && taken.iter().any(|channel| channels.contains(channel))
    })?;
    Some(format!(
        "{} would stay silent: {} plays on the same output.",
        carried.label(),
        twin.label()
    ))
}

/// What a choice of timing is about, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Raise {
    /// The in-sync zones now.
    pub before: f64,
    /// The in-sync zones if it joins in sync.
    pub after: f64,
    /// The other in-sync zones if this one gets its own timing.
    pub others: f64,
    /// This one then.
    pub alone: f64,
}

/// The choice that the landing of a drag leaves; `None` while the planner has
/// not answered and when joining in sync slows nobody down.
#[must_use]
pub fn raise(drag: &Drag) -> Option<Raise> {
    let costs = drag.costs.as_ref()?;
    match &drag.landing {
        Some(Landing::Zone { zone, .. }) if *zone == costs.zone => raise_of(costs),
        _ => None,
    }
}

fn raise_of(costs: &Costs) -> Option<Raise> {
    let group = |costs: &[Cost], id: &GroupId| costs.iter().find(|cost| cost.group == *id).cloned();
    let joined = group(&costs.in_sync, &GroupId::InSync)?;
    let apart = group(&costs.own, &GroupId::InSync)?;
    let own = group(&costs.own, &GroupId::Own(costs.zone.clone()))?;
    let ms = |time: Nanos| time.secs() * 1000.0;
    let raise = Raise {
        before: ms(joined.before?),
        after: ms(joined.after?),
        others: ms(apart.after?),
        alone: ms(own.after?),
    };
    (raise.after > raise.others + LEAST_RAISE_MS).then_some(raise)
}

/// The texts of the two slots, cut into lines.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SlotWords {
    /// Join in sync.
    pub join: Vec<String>,
    /// Own timing.
    pub own: Vec<String>,
}

/// The slots that this zone offers now, `width` wide.
#[must_use]
pub fn slot_words(zone: &str, width: f32, shared: &Shared) -> Option<SlotWords> {
    let drag = shared.drag.as_ref()?;
    let raise = raise(drag)?;
    if !matches!(&drag.landing, Some(Landing::Zone { zone: over, .. }) if over == zone) {
        return None;
    }
    let name = shared.link.rig.zone(zone)?.label();
    let (before, after) = (whole(raise.before), whole(raise.after));
    let (others, alone) = (whole(raise.others), whole(raise.alone));
    let (join, own) = if shared.regions.is_wide() {
        let whom = whom(&drag.payload, shared);
        (
            format!("Every zone waits for {whom}. Latency goes from {before} to {after} ms."),
            format!(
                "{name} alone runs at {alone} ms, the other zones stay at {others} ms. \
                 You may hear an echo between rooms."
            ),
        )
    } else {
        (
            format!("Every zone goes from {before} to {after} ms"),
            format!("{name} alone at {alone} ms, others stay at {others} ms"),
        )
    };
    let room = width - 28.0;
    Some(SlotWords {
        join: wrapped(&join, room),
        own: wrapped(&own, room),
    })
}

/// Whom everybody waits for.
fn whom(payload: &Payload, shared: &Shared) -> String {
    let rig = &shared.link.rig;
    let device = match payload {
        Payload::Device(id) => Some(id.as_str()),
        Payload::Speaker(id) => rig.speaker(id).map(|of| of.output.device.as_str()),
        Payload::Zone(_) => None,
    };
    let device = device.and_then(|id| shared.link.device(id));
    match device.map(|device| device.kind) {
        Some(DeviceKind::Bluetooth) => "Bluetooth".into(),
        _ => edits::name(payload, shared),
    }
}

/// Milliseconds for a sentence: whole ones, from 10 on.
#[must_use]
pub fn whole(ms: f64) -> String {
    if ms < 9.95 {
        format!("{ms:.1}")
    } else {
        format!("{ms:.0}")
    }
}

/// Cuts text into lines that fit.
fn wrapped(content: &str, room: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in content.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        let fits = |line: &String| measure::width(line, fonts::SMALL, fonts::REGULAR) <= room;
        match (longer.filter(fits), lines.last_mut()) {
            (Some(longer), Some(last)) => *last = longer,
            _ => lines.push(measure::fitted(word, room, fonts::SMALL, fonts::REGULAR)),
        }
    }
    lines
}

/// Less than this nobody notices.
const LEAST_RAISE_MS: f64 = 0.5;
