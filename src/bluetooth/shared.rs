//! What streams, warden and engine share. Threads look here when a connection
//! begins or ends, never while sound flows.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::arrival::{Learnt, depth::Limits};
use super::lines::{Figures, Link};
use super::locked;
use super::pacing::on_grid;
use super::stall::Look;
use super::state::{Address, Device};
use crate::devices::{Inside, Known, now};
use crate::sync::time::Nanos;

#[derive(Debug)]
pub(super) struct Shared {
    measured: BTreeMap<String, Inside>,
    links: Mutex<Vec<Link>>,
    /// Who has which slot of an adapter's grid.
    slots: Mutex<BTreeMap<String, [Option<Address>; SLOTS]>>,
    learnt: Mutex<BTreeMap<Address, Learnt>>,
    limits: Mutex<Limits>,
    keep_alive: AtomicBool,
    news: Mutex<Vec<String>>,
}

impl Shared {
    pub(super) fn new(measured: BTreeMap<String, Inside>) -> Self {
        Self {
            measured,
            links: Mutex::default(),
            slots: Mutex::default(),
            learnt: Mutex::default(),
            limits: Mutex::default(),
            keep_alive: AtomicBool::default(),
            news: Mutex::default(),
        }
    }

    /// What a speaker takes inside: as measured, as it says, or as is usual.
    pub(super) fn inside(&self, device: &Device) -> Inside {
        if let Some(inside) = self.measured.get(&device.address.id()) {
            return *inside;
        }
        let reported = device.transport.as_ref().and_then(|of| of.delay);
        match reported {
            Some(tenths) => Inside {
                ms: f64::from(tenths) / 10.0,
                sd_ms: REPORTED_SD_MS,
                known: Known::Reported,
            },
            None => Inside {
                ms: USUAL_MS,
                sd_ms: USUAL_SD_MS,
                known: Known::Assumed,
            },
        }
    }

    /// When a speaker's stream may begin: on the adapter's grid, so that speakers'
    /// packets do not meet, and when no source's packet is in the air. The speaker
    /// plays on the timeline that its first packet begins.
    pub(super) fn origin(&self, address: Address, adapter: &str, period: Nanos) -> Nanos {
        let slot = self.slot(address, adapter);
        let sources: Vec<_> = locked(&self.links)
            .iter()
            .filter(|link| link.adapter == adapter)
            .filter_map(|link| link.arrived())
            .collect();
        let mut origin = on_grid(now() + SOON, period, slot, SLOTS as u32);
        for _ in 0..TRIES {
            let sent = origin + period;
            if sources.iter().all(|at| is_clear(sent, *at)) {
                break;
            }
            origin = origin + period;
        }
        origin
    }

    fn slot(&self, address: Address, adapter: &str) -> u32 {
        let mut slots = locked(&self.slots);
        let slots = slots.entry(adapter.to_owned()).or_default();
        let free = |at: &&usize| slots[**at].is_none() || slots[**at] == Some(address);
        // Far apart first.
        let Some(&at) = [0, 4, 2, 6, 1, 5, 3, 7].iter().find(free) else {
            return 0;
        };
        slots[at] = Some(address);
        at as u32
    }

    pub(super) fn opened(&self, link: Link) {
        let mut links = locked(&self.links);
        links.retain(|old| old.address != link.address);
        links.push(link);
    }

    pub(super) fn closed(&self, address: Address) {
        let mut links = locked(&self.links);
        if let Some(at) = links.iter().position(|link| link.address == address) {
            let mut link = links.remove(at);
            if let Some(learnt) = link.learnt() {
                let _before = locked(&self.learnt).insert(address, learnt);
            }
        }
        drop(links);
        for slots in locked(&self.slots).values_mut() {
            for slot in slots.iter_mut().filter(|slot| **slot == Some(address)) {
                *slot = None;
            }
        }
    }

    /// Every speaker that is played to, its adapter, and what its thread saw since
    /// the last call.
    pub(super) fn looks(&self) -> Vec<(Address, String, Vec<Look>)> {
        let mut links = locked(&self.links);
        let speakers = links.iter_mut().filter(|link| !link.incoming());
        speakers
            .map(|link| (link.address, link.adapter.clone(), link.looks()))
            .collect()
    }

    pub(super) fn figures(&self) -> Vec<Figures> {
        locked(&self.links).iter_mut().map(Link::figures).collect()
    }

    /// Whether speakers are kept awake in silence.
    pub(super) fn keeps_alive(&self) -> bool {
        self.keep_alive.load(Ordering::Relaxed)
    }

    pub(super) fn limits(&self) -> Limits {
        *locked(&self.limits)
    }

    pub(super) fn learnt(&self, address: Address) -> Option<Learnt> {
        locked(&self.learnt).get(&address).copied()
    }

    pub(super) fn tell(&self, text: String) {
        locked(&self.news).push(text);
    }

    pub(super) fn news(&self) -> Vec<String> {
        std::mem::take(&mut *locked(&self.news))
    }
}

/// Whether a packet sent then meets none of a source whose last one arrived at `at`.
/// Just after one has come is best; the next begins its way a packet's air time
/// before it arrives.
fn is_clear(sent: Nanos, at: Nanos) -> bool {
    let since = (sent.0 - at.0).rem_euclid(SPACING.0);
    since > AFTER.0 && since + PACKET_AIR.0 < SPACING.0 - PACKET_AIR.0
}

/// Packets of an adapter's speakers that do not meet in a period.
const SLOTS: usize = 8;
/// A stream begins no sooner.
const SOON: Nanos = Nanos(5_000_000);
/// Periods that are looked through for a quiet moment.
const TRIES: usize = 24;
/// Five frames of 44.1 kHz, which is what sources send over BlueZ's links.
const SPACING: Nanos = Nanos(14_512_472);
const AFTER: Nanos = Nanos(300_000);
/// The longest packet takes so long through the air, with its answer.
const PACKET_AIR: Nanos = Nanos(4_000_000);
/// Commercial SBC speakers measure 100 to 200 ms.
const USUAL_MS: f64 = 150.0;
const USUAL_SD_MS: f64 = 40.0;
/// What a report is worth where it is honest.
const REPORTED_SD_MS: f64 = 5.0;
