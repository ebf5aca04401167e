//! Carrying out orders: who does which, and what is the same for all.

use tokio::sync::oneshot;

use super::core::Core;
use super::error::BluetoothError;
use super::explain::{Deed, Refusal, within};
use super::order::{Done, Errand, Order};
use super::tree::DEVICE;
use crate::bluetooth::state::{Activity, Address};

/// Where an order's answer goes.
pub(super) type Answering = oneshot::Sender<Result<Done, BluetoothError>>;

/// Answers an order. Whoever gave it may have gone, and misses nothing.
pub(super) fn reply(answer: Answering, result: Result<(), BluetoothError>) {
    let _ = answer.send(result.map(|()| Done::Yes));
}

impl Core {
    /// Carries out one order. While BlueZ is being asked for the first time,
    /// orders wait for its answer.
    pub(super) fn carry_out(&mut self, errand: Errand) {
        if !self.listed
            && !matches!(
                errand.order,
                Order::Want(_) | Order::LookForOwners | Order::TakeOver | Order::GiveBack
            )
        {
            match &self.reason {
                Some(reason) => {
                    let error = BluetoothError::Unavailable(reason.clone());
                    reply(errand.answer, Err(error));
                }
                None => self.waiting.push(errand),
            }
            return;
        }
        self.give(errand);
    }

    /// Orders that waited for BlueZ's first answer.
    pub(super) fn carry_out_waiting(&mut self) {
        for errand in std::mem::take(&mut self.waiting) {
            self.carry_out(errand);
        }
    }

    fn give(&mut self, Errand { order, answer }: Errand) {
        match order {
            Order::Power { adapter, on } => self.power(&adapter, on, answer),
            Order::NameAdapter { adapter, name } => self.name_adapter(&adapter, name, answer),
            Order::Scan { seconds } => self.begin_scan(seconds, answer),
            Order::StopScan => {
                self.scan = None;
                reply(answer, Ok(()));
            }
            Order::Pair(address) => self.pair(address, answer),
            Order::PairThrough { address, adapter } => {
                self.pair_through(address, &adapter, answer);
            }
            Order::Trust { address, trusted } => self.trust(address, trusted, answer),
            Order::Connect(address) => self.connect(address, answer),
            Order::Disconnect(address) => self.disconnect(address, answer),
            Order::Drop { address, why } => self.drop_link(address, why, answer),
            Order::Forget(address) => self.forget(address, answer),
            Order::Rename { address, alias } => self.rename(address, alias, answer),
            Order::OpenPairing { seconds, adapter } => self.open_window(seconds, adapter, answer),
            Order::ClosePairing => self.close_window(Some(answer)),
            Order::Answer {
                request,
                answer: words,
            } => self.answer(request, words, answer),
            Order::SetVolume { address, volume } => self.set_volume(address, volume, answer),
            Order::Player { address, action } => self.ask_player(address, action, answer),
            Order::Move { address, adapter } => self.move_to(address, &adapter, answer),
            Order::Acquire(address) => self.acquire(address, answer),
            Order::Release(address) => self.release(address, answer),
            Order::Want(wanted) => {
                self.want(wanted);
                reply(answer, Ok(()));
            }
            Order::TakeOver => self.hand_over(true, answer),
            Order::GiveBack => self.hand_over(false, answer),
            Order::LookForOwners => {
                self.look_for_owners();
                reply(answer, Ok(()));
            }
        }
    }

    /// Makes one call about a device and answers with what it brought.
    fn call_about<T: Send + 'static>(
        &mut self,
        address: Address,
        call: impl Future<Output = bluer::Result<T>> + Send + 'static,
        answer: Answering,
    ) {
        let name = self.name_of(address);
        self.start(within(self.settings.answer, call), move |core, result| {
            let result = result.map(drop);
            let result = result.map_err(|refusal| refusal.explain(Deed::Other, &name));
            core.note(address, &result);
            reply(answer, result);
        });
    }

    /// Remembers why something failed with a device, or that it did not.
    pub(super) fn note(&mut self, address: Address, result: &Result<(), BluetoothError>) {
        let failure = result.as_ref().err().map(ToString::to_string);
        self.record(address).failure = failure;
    }

    /// Begins something with a device that excludes anything else.
    pub(super) fn begin(
        &mut self,
        address: Address,
        activity: Activity,
    ) -> Result<(), BluetoothError> {
        let name = self.name_of(address);
        let record = self.record(address);
        if record.activity != Activity::None {
            return Err(BluetoothError::Busy { name });
        }
        record.activity = activity;
        Ok(())
    }

    /// Ends what [`begin`](Self::begin) began.
    pub(super) fn end(&mut self, address: Address) {
        self.record(address).activity = Activity::None;
    }

    fn trust(&mut self, address: Address, trusted: bool, answer: Answering) {
        match self.device(address) {
            Ok(device) => {
                let call = async move { device.set_trusted(trusted).await };
                self.call_about(address, call, answer);
            }
            Err(error) => reply(answer, Err(error)),
        }
    }

    fn rename(&mut self, address: Address, alias: String, answer: Answering) {
        let mut devices = Vec::new();
        for adapter in self.adapters_knowing(address) {
            devices.extend(self.device_at(&adapter, address));
        }
        if devices.is_empty() {
            return reply(answer, Err(BluetoothError::UnknownDevice { address }));
        }
        let call = async move {
            for device in devices {
                device.set_alias(alias.clone()).await?;
            }
            Ok(())
        };
        self.call_about(address, call, answer);
    }

    fn forget(&mut self, address: Address, answer: Answering) {
        let begun = match self.adapters_knowing(address) {
            places if places.is_empty() => Err(BluetoothError::UnknownDevice { address }),
            places => self.begin(address, Activity::Forgetting).map(|()| places),
        };
        let places = match begun {
            Ok(places) => places,
            Err(error) => return reply(answer, Err(error)),
        };
        let record = self.record(address);
        record.wanted = false;
        record.rest();
        let name = self.name_of(address);
        let adapters: Vec<_> = places.iter().flat_map(|id| self.adapter(id)).collect();
        let limit = self.settings.answer;
        let call = within(limit, async move {
            for adapter in adapters {
                adapter.remove_device(bluer::Address(address.0)).await?;
            }
            bluer::Result::Ok(())
        });
        self.start(call, move |core, result| {
            core.end(address);
            let gone =
                |refusal: &Refusal| matches!(refusal.word(), "DoesNotExist" | "UnknownObject");
            let result = match result {
                Err(refusal) if !gone(&refusal) => Err(refusal.explain(Deed::Other, &name)),
                _ => Ok(()),
            };
            if result.is_ok() {
                let _ = core.records.remove(&address);
            } else {
                core.note(address, &result);
            }
            reply(answer, result);
        });
    }

    /// Ids of all adapters that know the device.
    pub(super) fn adapters_knowing(&self, address: Address) -> Vec<String> {
        let ids = self.adapter_ids().into_iter();
        let path = |id: &str| super::tree::device_path(id, address);
        ids.filter(|id| self.tree.get(&path(id), DEVICE).is_some())
            .collect()
    }
}
