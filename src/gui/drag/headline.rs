//! What the health line says while something is carried.

use super::offers::{raise, whole};
use super::{Drag, Landing, Payload, edits};
use crate::gui::scene::Mark;
use crate::gui::shared::Shared;
use crate::rig::Timing;

/// A sentence in parts, and the short form of each for the compact layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// The glyph before it.
    pub mark: Mark,
    /// What a drop does, such as `Drop to join Patio`.
    pub title: String,
    /// The same, short.
    pub short: String,
    /// How many will play together, such as `7 of 7`.
    pub count: Option<String>,
    /// What happens to latency, such as `latency 24 → 190 ms`.
    pub latency: Option<String>,
    /// The same, short.
    pub short_latency: Option<String>,
}

/// What there is to say about a drag.
#[must_use]
pub fn headline(drag: &Drag, shared: &Shared) -> Option<Headline> {
    let name = edits::name(&drag.payload, shared);
    let (title, short) = match &drag.landing {
        None => (format!("Moving {name}"), "Moving".into()),
        Some(Landing::Rail) => (
            format!("Drop to take {name} out"),
            "Drop to take out".into(),
        ),
        Some(Landing::Order(_)) => (format!("Drop to move {name}"), "Drop to move".into()),
        Some(Landing::Zone { zone, .. }) => {
            let zone = shared.link.rig.zone(zone)?;
            let inside = matches!(&drag.payload, Payload::Speaker(id) if zone.holds(id));
            if inside {
                (
                    format!("Drop to move inside {}", zone.label()),
                    "Drop to move".into(),
                )
            } else {
                (
                    format!("Drop to join {}", zone.label()),
                    "Drop to join".into(),
                )
            }
        }
    };
    let change = change(drag);
    Some(Headline {
        mark: Mark::Connecting,
        title,
        short,
        count: count(drag, shared),
        latency: change.as_ref().map(|change| format!("latency {change}")),
        short_latency: change,
    })
}

/// How many speakers are in zones after the drop, all of them together.
fn count(drag: &Drag, shared: &Shared) -> Option<String> {
    let placed = shared.link.rig.placed().count();
    let is_placed = edits::is_placed(&drag.payload, shared);
    let total = match (&drag.landing, &drag.payload) {
        (_, Payload::Zone(_)) | (None, _) => return None,
        (Some(Landing::Rail), _) => placed.checked_sub(1)?,
        _ => placed + usize::from(!is_placed),
    };
    Some(format!("{total} of {total}"))
}

fn change(drag: &Drag) -> Option<String> {
    let raise = raise(drag)?;
    Some(match &drag.landing {
        Some(Landing::Zone {
            timing: Some(Timing::Own),
            ..
        }) => format!("{} ms here", whole(raise.alone)),
        _ => format!("{} → {} ms", whole(raise.before), whole(raise.after)),
    })
}
