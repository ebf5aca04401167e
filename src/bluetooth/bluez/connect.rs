//! Connecting, and connecting again: whoever is wanted and has no sound is
//! tried, each device by itself, as its back-off says and for ever.

use std::collections::BTreeMap;

use super::carry::{Answering, reply};
use super::core::{Core, wall};
use super::error::BluetoothError;
use super::explain::{Deed, Refusal, within};
use crate::bluetooth::state::{Activity, Address, Aside, Retry};

impl Core {
    /// These and no others shall be connected.
    pub(super) fn want(&mut self, wanted: BTreeMap<Address, Option<String>>) {
        for (address, record) in &mut self.records {
            if !wanted.contains_key(address) {
                record.wanted = false;
                record.rest();
            }
        }
        for (address, adapter) in wanted {
            let record = self.record(address);
            record.wanted = true;
            if adapter.is_some() {
                record.adapter = adapter;
            }
            self.consider(address);
        }
    }

    /// Something about a device changed.
    pub(super) fn device_changed(&mut self, address: Address) {
        self.look_at_stranger(address);
        let sounds = self.sounds(address);
        let device = self.properties(address);
        let linked = device.is_some_and(|device| device.is("Connected"));
        let gone = |path: &str| self.tree.get(path, super::tree::TRANSPORT).is_none();
        let released = self
            .records
            .get(&address)
            .is_some_and(|record| record.acquired.as_deref().is_some_and(gone));
        let record = self.record(address);
        if released {
            record.acquired = None;
        }
        let sounded = std::mem::replace(&mut record.sounded, sounds);
        let was_linked = std::mem::replace(&mut record.linked, linked);
        if sounds && !sounded {
            record.succeeded();
        }
        let broke_while_settling = was_linked && !linked && record.settling;
        if (sounded && !sounds) || broke_while_settling {
            record.cannot.clear();
            self.fell_silent(address);
        } else {
            self.consider(address);
        }
    }

    /// Whether the device has what it is wanted for: a sound connection.
    fn sounds(&self, address: Address) -> bool {
        self.transport(address).is_some()
    }

    /// Its sound connection ended without an order.
    fn fell_silent(&mut self, address: Address) {
        let record = self.record(address);
        if record.wanted && record.activity == Activity::None {
            self.try_later(address);
        }
    }

    /// Tries to connect a device if it is its time.
    pub(super) fn consider(&mut self, address: Address) {
        let Some(record) = self.records.get(&address) else {
            return;
        };
        let busy = record.activity != Activity::None || record.settling || record.retry.is_some();
        if !record.wanted || busy || !self.is_connectable(address) || self.sounds(address) {
            return;
        }
        self.try_now(address, None);
    }

    /// Whether a try makes sense: it is paired, and its adapter is on and has
    /// our endpoints.
    fn is_connectable(&self, address: Address) -> bool {
        let places = self.places(address);
        places.first().is_some_and(|(adapter, device)| {
            device.is("Paired")
                && !device.is("Blocked")
                && self.is_on(adapter)
                && self.endpoints.streams(adapter) > 0
        })
    }

    /// [`Order::Connect`](super::Order::Connect).
    pub(super) fn connect(&mut self, address: Address, answer: Answering) {
        let place = self.place(address).and_then(|id| self.check_on(&id));
        if let Err(error) = place {
            return reply(answer, Err(error));
        }
        let record = self.record(address);
        record.wanted = true;
        if record.activity != Activity::None {
            let name = self.name_of(address);
            return reply(answer, Err(BluetoothError::Busy { name }));
        }
        record.backoff.pardoned();
        self.try_now(address, Some(answer));
    }

    /// That this adapter is on.
    pub(super) fn check_on(&self, id: &str) -> Result<(), BluetoothError> {
        let adapter = id.to_owned();
        if self.is_on(id) {
            Ok(())
        } else if self.is_blocked(id) {
            Err(BluetoothError::AdapterBlocked { adapter })
        } else {
            Err(BluetoothError::AdapterOff { adapter })
        }
    }

    fn try_now(&mut self, address: Address, answer: Option<Answering>) {
        let device = match self.device(address) {
            Ok(device) => device,
            Err(error) => {
                if let Some(answer) = answer {
                    reply(answer, Err(error));
                }
                return;
            }
        };
        let record = self.record(address);
        record.rest();
        record.aside = None;
        record.activity = Activity::Connecting;
        let limit = self.settings.answer;
        let call = async move {
            let result = within(limit, device.connect()).await;
            if result
                .as_ref()
                .is_err_and(|refusal| refusal.word() == "Timeout")
            {
                // Nobody waits for it any more.
                let _ = within(limit, device.disconnect()).await;
            }
            result
        };
        self.start(call, move |core, result| {
            let result = core.tried(address, result);
            if let Some(answer) = answer {
                reply(answer, result);
            }
        });
    }

    /// A try has ended.
    fn tried(
        &mut self,
        address: Address,
        result: Result<(), Refusal>,
    ) -> Result<(), BluetoothError> {
        let name = self.name_of(address);
        self.end(address);
        let result = match result {
            Err(refusal) if !refusal.is_done_already() => {
                Err(refusal.explain(Deed::Connecting, &name))
            }
            _ => Ok(()),
        };
        self.note(address, &result);
        if result.is_err() {
            self.try_later(address);
        } else if self.sounds(address) {
            self.record(address).succeeded();
        } else {
            self.settle(address);
        }
        result
    }

    /// The link is there; the sound connection should follow at once.
    pub(super) fn settle(&mut self, address: Address) {
        let record = self.record(address);
        record.settling = true;
        let turn = record.turn;
        self.after(self.settings.answer, move |core| {
            let name = core.name_of(address);
            let record = core.record(address);
            if !record.settling || record.turn != turn {
                return;
            }
            record.settling = false;
            if record.wanted && record.activity == Activity::None {
                record.failure = Some(BluetoothError::NoTransport { name }.to_string());
                core.try_later(address);
            }
        });
    }

    /// Tries again after its back-off, if it is wanted.
    pub(super) fn try_later(&mut self, address: Address) {
        let record = self.record(address);
        if !record.wanted {
            return;
        }
        record.settling = false;
        record.rest();
        record.failed += 1;
        let pause = record.backoff.failed();
        record.retry = Some(Retry {
            failed: record.failed,
            at_ms: wall() + pause.as_millis() as u64,
            aside: record.aside,
        });
        let turn = record.turn;
        self.after(pause, move |core| {
            let Some(record) = core.records.get_mut(&address) else {
                return;
            };
            if record.turn == turn && record.retry.is_some() {
                record.retry = None;
                core.consider(address);
            }
        });
    }

    /// [`Order::Disconnect`](super::Order::Disconnect).
    pub(super) fn disconnect(&mut self, address: Address, answer: Answering) {
        let call = |device: bluer::Device| async move { device.disconnect().await };
        self.part(address, false, call, answer);
    }

    /// [`Order::Drop`](super::Order::Drop). BlueZ disconnects a blocked device
    /// at once, where otherwise it gives it two seconds to answer.
    pub(super) fn drop_link(&mut self, address: Address, why: Aside, answer: Answering) {
        self.record(address).aside = Some(why);
        let limit = self.settings.answer;
        let call = move |device: bluer::Device| async move {
            let dropped = tokio::time::timeout(limit / 2, device.set_blocked(true)).await;
            device.set_blocked(false).await?;
            dropped.unwrap_or(Ok(()))
        };
        self.part(address, true, call, answer);
    }

    fn part<F>(
        &mut self,
        address: Address,
        back: bool,
        call: impl FnOnce(bluer::Device) -> F,
        answer: Answering,
    ) where
        F: Future<Output = bluer::Result<()>> + Send + 'static,
    {
        let device = match self.device(address) {
            Ok(device) => device,
            Err(error) => return reply(answer, Err(error)),
        };
        let name = self.name_of(address);
        let record = self.record(address);
        record.wanted &= back;
        record.settling = false;
        record.rest();
        // It may well be connecting: that is what this ends.
        record.activity = Activity::Disconnecting;
        let call = within(self.settings.answer, call(device));
        self.start(call, move |core, result| {
            core.end(address);
            let result = match result {
                Err(refusal) if refusal.word() != "NotConnected" => {
                    Err(refusal.explain(Deed::Other, &name))
                }
                _ => Ok(()),
            };
            core.note(address, &result);
            core.record(address).sounded = core.sounds(address);
            if back {
                core.try_later(address);
            }
            reply(answer, result);
        });
    }
}
