//! What streams, warden and engine share. Threads look here when a connection
//! begins or ends, never while sound flows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::airtime;
use super::arrival::Learnt;
use super::arrival::depth::Limits;
use super::backend::{OFFER, USUAL_MTU};
use super::capability;
use super::delay::{Class, Delay, Entry, Provenance};
use super::lines::{Figures, Link};
use super::link::speaker;
use super::locked;
use super::rtp::OVERHEAD;
use super::sbc::Params;
use super::stall::Look;
use super::state::{Address, Device, Role, State};
use super::turns::{self, Turn};
use crate::devices::{Inside, Known, now};
use crate::sync::time::Nanos;

/// What the user wishes of connections, those that are open and those that are to come.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wishes {
    /// Speakers to keep awake in silence.
    pub awake: BTreeSet<Address>,
    /// Limits of the jitter buffer of sources.
    pub limits: Limits,
}

#[derive(Debug)]
pub(super) struct Shared {
    measured: BTreeMap<String, Inside>,
    links: Mutex<Vec<Link>>,
    delays: Mutex<BTreeMap<Address, Delay>>,
    wishes: Mutex<Wishes>,
    /// Counts links that were opened or closed.
    turnover: AtomicUsize,
    changes: AtomicUsize,
    /// Moments at which streams will begin, and on which adapter.
    taken: Mutex<Vec<(Address, String, Turn)>>,
    learnt: Mutex<BTreeMap<Address, Learnt>>,
    news: Mutex<Vec<String>>,
    /// Why each connection could not be opened, as it was told.
    refused: Mutex<BTreeMap<Address, String>>,
}

impl Shared {
    pub(super) fn new(measured: BTreeMap<String, Inside>) -> Self {
        Self {
            measured,
            links: Mutex::default(),
            delays: Mutex::default(),
            wishes: Mutex::default(),
            turnover: AtomicUsize::default(),
            changes: AtomicUsize::default(),
            taken: Mutex::default(),
            learnt: Mutex::default(),
            news: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// What a speaker takes inside: as measured, as it says, or as is usual.
    pub(super) fn inside(&self, device: &Device) -> Inside {
        let mut delays = locked(&self.delays);
        let fresh = || Delay::new(class(device), self.entry(device.address));
        let delay = delays.entry(device.address).or_insert_with(fresh);
        match &device.transport {
            Some(transport) => {
                if let Some(tenths) = transport.delay {
                    let _changed = delay.reported(now(), Nanos(i64::from(tenths) * 100_000));
                }
            }
            // What was measured may not hold for the next connection.
            None => *delay = Delay::new(class(device), delay.entry()),
        }
        let known = delay.known();
        let measured = self.measured.get(&device.address.id());
        Inside {
            ms: known.latency.millis(),
            sd_ms: known.uncertainty.millis(),
            known: match (known.from, measured.map(|of| of.known)) {
                (Provenance::Measured | Provenance::Stale, Some(measured)) => measured,
                (Provenance::Reported, _) => Known::Reported,
                _ => Known::Assumed,
            },
        }
    }

    fn entry(&self, address: Address) -> Entry {
        let measured = self.measured.get(&address.id());
        Entry {
            measured_ms: measured.map(|of| of.ms),
            measured_sd_ms: measured.map(|of| of.sd_ms),
            ..Entry::default()
        }
    }

    /// Lets reports come into force that have stayed the same for a while.
    pub(super) fn settle(&self) {
        let time = now();
        let settled = |delay: &mut Delay| usize::from(delay.settle(time));
        let changed: usize = locked(&self.delays).values_mut().map(settled).sum();
        let _before = self.changes.fetch_add(changed, Ordering::Relaxed);
    }

    /// Counts what changed here and would be listed.
    pub(super) fn changes(&self) -> usize {
        self.changes.load(Ordering::Relaxed)
    }

    /// What would make better use of the adapters' air, with what each carries now.
    pub(super) fn plan(&self, state: &State) -> airtime::Report {
        let mut links = locked(&self.links);
        let adapters = state.adapters.iter().filter(|adapter| adapter.powered);
        let adapters: Vec<_> = adapters
            .enumerate()
            .map(|(at, adapter)| airtime::Adapter {
                id: adapter.id.clone(),
                name: ORDINALS.get(at).map_or_else(
                    || format!("the adapter {}", adapter.id),
                    |ordinal| format!("the {ordinal} adapter"),
                ),
                links: links
                    .iter_mut()
                    .filter(|link| link.adapter == adapter.id)
                    .filter_map(|link| {
                        let device = state.device(link.address)?;
                        Some(link.air(&device.alias))
                    })
                    .collect(),
            })
            .collect();
        let surroundings = airtime::Surroundings {
            wifi_24: state.wifi_24,
        };
        airtime::plan(&adapters, surroundings)
    }

    /// Tells all speakers of each adapter whether its air is crowded.
    pub(super) fn share_air(&self, state: &State) {
        for link in locked(&self.links).iter_mut() {
            let crowded = is_crowded(state, &link.adapter);
            link.set_crowded(crowded);
        }
    }

    /// What is wished from now on; open connections are told at once. Asking again tells
    /// those whose thread did not listen.
    pub(super) fn wish(&self, wishes: &Wishes) {
        locked(&self.wishes).clone_from(wishes);
        for link in locked(&self.links).iter_mut() {
            link.wish(wishes);
        }
    }

    /// Whether this speaker is to be kept awake in silence.
    pub(super) fn keeps_awake(&self, address: Address) -> bool {
        locked(&self.wishes).awake.contains(&address)
    }

    /// The limits of the jitter buffer of sources.
    pub(super) fn limits(&self) -> Limits {
        locked(&self.wishes).limits
    }

    /// When a speaker's stream had best begin, whose packets last `every` and whose link
    /// takes `air` of them: so that its first packet is sent at a free moment. The moment
    /// is taken from then on.
    pub(super) fn origin(
        &self,
        address: Address,
        adapter: &str,
        every: Nanos,
        air: Nanos,
    ) -> Nanos {
        let mut taken = locked(&self.taken);
        let mut others: Vec<Turn> = Vec::new();
        for link in locked(&self.links).iter_mut() {
            if link.adapter == adapter
                && link.address != address
                && let Some(turn) = link.turn()
            {
                taken.retain(|(of, ..)| *of != link.address);
                others.push(turn);
            }
        }
        taken.retain(|(of, ..)| *of != address);
        let here = taken.iter().filter(|(_, on, _)| on == adapter);
        others.extend(here.map(|(.., turn)| *turn));
        let at = turns::best(now() + SOON + every, air, &others);
        taken.push((address, adapter.to_owned(), Turn { at, air, every }));
        at - every
    }

    /// Counts up whenever a link was opened or closed.
    pub(super) fn turnover(&self) -> usize {
        self.turnover.load(Ordering::Relaxed)
    }

    pub(super) fn opened(&self, mut link: Link) {
        let _over = locked(&self.refused).remove(&link.address);
        let mut links = locked(&self.links);
        // What was wished since it began to open.
        link.wish(&locked(&self.wishes));
        let _before = self.turnover.fetch_add(1, Ordering::Relaxed);
        links.retain(|old| old.address != link.address);
        links.push(link);
    }

    pub(super) fn closed(&self, address: Address) {
        let mut links = locked(&self.links);
        let _before = self.turnover.fetch_add(1, Ordering::Relaxed);
        if let Some(at) = links.iter().position(|link| link.address == address) {
            let mut link = links.remove(at);
            if let Some(learnt) = link.learnt() {
                let _before = locked(&self.learnt).insert(address, learnt);
            }
        }
        drop(links);
        locked(&self.taken).retain(|(of, ..)| *of != address);
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

    pub(super) fn learnt(&self, address: Address) -> Option<Learnt> {
        locked(&self.learnt).get(&address).copied()
    }

    pub(super) fn tell(&self, text: String) {
        locked(&self.news).push(text);
    }

    /// Tells why a connection cannot be opened; again only for another reason.
    pub(super) fn refuse(&self, address: Address, why: String) {
        let before = locked(&self.refused).insert(address, why.clone());
        if before.as_ref() != Some(&why) {
            self.tell(why);
        }
    }

    pub(super) fn news(&self) -> Vec<String> {
        std::mem::take(&mut *locked(&self.news))
    }
}

/// Whether the sound connections of an adapter would leave its air no room, if all had
/// the finest coding that was agreed. Those that are to come count as well, so that
/// speakers which begin one after the other, or come back, all begin alike.
pub(super) fn is_crowded(state: &State, adapter: &str) -> bool {
    let here = state.devices.iter().filter(|one| one.adapter == adapter);
    let share = here
        .filter(|one| one.transport.is_some() || one.wanted)
        .map(usual_share);
    airtime::fullness(share.sum()) != airtime::Fullness::Fine
}

fn usual_share(device: &Device) -> f64 {
    let transport = device.transport.as_ref();
    let agreed = transport.and_then(|of| capability::validate(&of.configuration, &OFFER).ok());
    let params = agreed.map_or(Params::HIGH_QUALITY, |agreed| agreed.params);
    let incoming = transport.map_or(!device.kind.plays(), |of| of.role == Role::FromSource);
    let frames = if incoming {
        (USUAL_MTU - OVERHEAD) / params.frame_len()
    } else {
        let ladder = speaker::Setup::new(params, USUAL_MTU).ladder();
        usize::from(ladder.steps()[0].frames)
    };
    airtime::Link::new(String::new(), params, frames, incoming).share()
}

/// A stream begins no sooner.
const SOON: Nanos = Nanos(5_000_000);
/// How adapters are called in a sentence.
const ORDINALS: [&str; 4] = ["first", "second", "third", "fourth"];

/// What is usual of a device, by its class of device (Bluetooth's assigned numbers,
/// 2.8: major class 4 is audio and video).
fn class(device: &Device) -> Class {
    let Some(class) = device.class.filter(|class| class >> 8 & 0x1F == 4) else {
        return Class::Speaker;
    };
    match class >> 2 & 0x3F {
        1 | 2 | 6 => Class::Headphones,
        8 => Class::Car,
        9..=15 => Class::Theatre,
        _ => Class::Speaker,
    }
}

#[cfg(test)]
mod tests;
