//! Bluetooth as the control task sees it: orders passed on, devices listed anew
//! when something about them changed, and what the rig wants connected.

use std::collections::{BTreeMap, BTreeSet};

use super::Control;
use crate::bluetooth::airtime::Report;
use crate::bluetooth::arrival::depth::Limits;
use crate::bluetooth::lines::Figures;
use crate::bluetooth::state::{Address, Service, State};
use crate::bluetooth::{Bluetooth, BluetoothError, Order, Wishes, refusal, words};
use crate::engine::snapshot::EventKind;
use crate::rig::{Rig, Source};
use crate::sync::time::Nanos;

/// What is remembered between two ticks.
#[derive(Debug, Default)]
pub(super) struct Radio {
    /// What of the state is shown as devices.
    listed: u64,
    /// When it was last looked at, and which rig there was.
    looked: Nanos,
    revision: u64,
    wanted: BTreeSet<Address>,
    said: Option<String>,
}

/// An order that is done, or could not be.
pub(super) type Outcome = (Order, Result<(), BluetoothError>);

impl Control {
    /// Passes an order on. The answer comes at once; what came of it is told as
    /// an event and shown in the state, so that nobody's other commands wait.
    pub(super) fn bluetooth(&mut self, order: Order) -> Result<String, String> {
        let Some(bluetooth) = &self.bluetooth else {
            return Err("The simulated rig has no Bluetooth. Start without --demo.".into());
        };
        if order.is_internal() {
            return Err("Only the engine itself may ask for that.".into());
        }
        let state = bluetooth.state();
        refusal::check(&order, &state).map_err(|error| error.to_string())?;
        let said = words::begun(&order, &state);
        let (orders, outcomes) = (bluetooth.orders(), self.outcomes.0.clone());
        let _running = tokio::spawn(async move {
            let result = orders.give(order.clone()).await.map(drop);
            // The engine may have ended meanwhile.
            let _ended = outcomes.send((order, result));
        });
        Ok(said)
    }

    /// Looks at what Bluetooth has to tell. Never blocks.
    pub(super) fn poll_bluetooth(&mut self, time: Nanos) {
        while let Ok((order, result)) = self.outcomes.1.try_recv() {
            let Some(bluetooth) = &self.bluetooth else {
                return;
            };
            match result {
                Ok(()) => {
                    let said = words::done(&order, &bluetooth.state());
                    self.event(EventKind::Info, None, said);
                }
                Err(error) => self.event(EventKind::Refused, None, error.to_string()),
            }
        }
        let revision = self.desk.revision();
        if time - self.radio.looked < LOOK && revision == self.radio.revision {
            return;
        }
        self.radio.looked = time;
        self.radio.revision = revision;
        let wanted = self.wanted_by_radio(time);
        let Some(bluetooth) = &self.bluetooth else {
            return;
        };
        bluetooth.wish(&wishes(&self.desk.rig()));
        if wanted != self.radio.wanted {
            self.radio.wanted.clone_from(&wanted);
            let orders = bluetooth.orders();
            let wanted: BTreeMap<_, _> = wanted.into_iter().map(|of| (of, None)).collect();
            let _running = tokio::spawn(async move { orders.give(Order::Want(wanted)).await });
        }
        let state = bluetooth.state();
        let told = bluetooth.news();
        let listed = bluetooth.list_mark();
        // Nobody without Bluetooth devices wants to hear that there is no Bluetooth.
        let uses = self.uses_radio();
        let sentence = match &state.service {
            Service::Unavailable(_) if uses => Some(state.service.sentence()),
            Service::Ready {
                caution: Some(caution),
                ..
            } if uses => Some(caution.clone()),
            _ => None,
        };
        if listed != self.radio.listed {
            self.radio.listed = listed;
            self.rescan();
        }
        for text in told {
            self.event(EventKind::Info, None, text);
        }
        if sentence != self.radio.said {
            self.radio.said.clone_from(&sentence);
            if let Some(text) = sentence {
                self.event(EventKind::Info, None, text);
            }
        }
    }

    /// What is to be connected: the speakers in zones while something plays,
    /// and the source at any time.
    fn wanted_by_radio(&self, time: Nanos) -> BTreeSet<Address> {
        let rig = self.desk.rig();
        let mut wanted = BTreeSet::new();
        if self.is_wanted(time) {
            wanted.extend(placed(&rig));
        }
        wanted.extend(source(&rig));
        wanted
    }

    fn uses_radio(&self) -> bool {
        let rig = self.desk.rig();
        let mut outputs = rig.speakers.iter().map(|speaker| &speaker.output.device);
        source(&rig).is_some() || outputs.any(|device| Address::of_id(device).is_some())
    }

    /// The figures of its open connections.
    pub(super) fn links(&self) -> Vec<Figures> {
        let links = self.bluetooth.as_ref().map(Bluetooth::links);
        links.unwrap_or_default()
    }

    /// How full the air of its adapters is.
    pub(super) fn air(&self) -> Report {
        let plan = self.bluetooth.as_ref().map(Bluetooth::plan);
        plan.unwrap_or_default()
    }

    /// What is known of Bluetooth, for the snapshot.
    pub(super) fn bluetooth_state(&self) -> Option<std::sync::Arc<State>> {
        self.bluetooth.as_ref().map(Bluetooth::state)
    }
}

/// The device that is the source, if that is one.
fn source(rig: &Rig) -> Option<Address> {
    match &rig.source {
        Some(Source::Capture { device }) => Address::of_id(device),
        _ => None,
    }
}

/// What the rig wishes of connections.
fn wishes(rig: &Rig) -> Wishes {
    let awake = rig.speakers.iter().filter(|speaker| speaker.keep_awake);
    Wishes {
        awake: awake
            .filter_map(|speaker| Address::of_id(&speaker.output.device))
            .collect(),
        limits: Limits {
            floor_ms: rig.settings.jitter_min_ms,
            ceiling_ms: rig.settings.jitter_max_ms,
        },
    }
}

fn placed(rig: &Rig) -> impl Iterator<Item = Address> {
    rig.placed()
        .filter_map(|(_, speaker)| Address::of_id(&speaker.output.device))
}

/// Between two looks.
const LOOK: Nanos = Nanos(200_000_000);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::rig::edit::{Edit, apply};
    use crate::rig::history::History;

    #[test]
    fn the_rig_says_whom_to_keep_awake_and_how_much_to_keep_and_undo_takes_it_back() {
        let mut rig = Rig::default();
        for (id, device) in [("one", "bt:02:00:00:00:01:01"), ("two", "alsa:hw:0")] {
            let speaker = crate::rig::Speaker {
                id: id.into(),
                output: device.parse().unwrap(),
                ..crate::rig::Speaker::default()
            };
            let _said = apply(&mut rig, &Edit::AddSpeaker(speaker)).unwrap();
        }
        assert_eq!(wishes(&rig), Wishes::default());
        let mut history = History::new(rig);
        for (path, value) in [
            ("speakers.one.keep_awake", "on"),
            ("speakers.two.keep_awake", "on"),
            ("settings.jitter_max", "400 ms"),
            ("settings.jitter_min", "200 ms"),
        ] {
            let _said = history.apply(&Edit::set(path, value), None).unwrap();
        }
        let wished = wishes(history.rig());
        let address: Address = "02:00:00:00:01:01".parse().unwrap();
        assert_eq!(wished.awake, BTreeSet::from([address]));
        assert_eq!(
            (wished.limits.floor_ms, wished.limits.ceiling_ms),
            (200.0, 400.0)
        );
        for _ in 0..4 {
            let _said = history.undo().unwrap();
        }
        assert_eq!(wishes(history.rig()), Wishes::default());
    }
}
