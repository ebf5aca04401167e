//! Pairing a device, and using one through another adapter.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use bluer::AdapterEvent;
use futures_util::StreamExt as _;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use super::carry::{Answering, reply};
use super::core::Core;
use super::explain::{Deed, Refusal, within};
use crate::bluetooth::state::{Activity, Address};

/// How long to wait: for BlueZ, and for a person who is being asked.
#[derive(Clone)]
struct Limits {
    answer: Duration,
    person: Duration,
    asking: watch::Receiver<BTreeSet<Address>>,
}

impl Limits {
    /// Pairs `device` and trusts it. Dropped, BlueZ is told to give up.
    async fn pair(&self, device: &bluer::Device) -> Result<(), Refusal> {
        let address = Address(device.address().0);
        let since = Instant::now();
        let mut pairing = pin!(device.pair());
        let paired = loop {
            if let Ok(result) = timeout(self.answer, &mut pairing).await {
                break result.map_err(Refusal::from);
            }
            let asked = self.asking.borrow().contains(&address);
            if !asked || since.elapsed() >= self.person {
                return Err(Refusal::timeout(self.answer));
            }
        };
        match paired {
            Err(refusal) if !refusal.is_done_already() => return Err(refusal),
            _ => {}
        }
        within(self.answer, device.set_trusted(true)).await
    }
}

impl Core {
    fn limits(&self) -> Limits {
        Limits {
            answer: self.settings.answer,
            person: self.settings.person,
            asking: self.asking.subscribe(),
        }
    }

    /// [`Order::Pair`](super::Order::Pair).
    pub(super) fn pair(&mut self, address: Address, answer: Answering) {
        let ready = self.place(address).and_then(|id| {
            self.check_on(&id)?;
            let device = self.device_at(&id, address)?;
            self.begin(address, Activity::Pairing)?;
            Ok(device)
        });
        let device = match ready {
            Ok(device) => device,
            Err(error) => return reply(answer, Err(error)),
        };
        let name = self.name_of(address);
        let limits = self.limits();
        self.start(
            async move { limits.pair(&device).await },
            move |core, result| core.pairing_over(address, &name, result, answer),
        );
    }

    /// [`Order::PairThrough`](super::Order::PairThrough).
    pub(super) fn pair_through(&mut self, address: Address, adapter: &str, answer: Answering) {
        let paired = self.properties(address).is_some_and(|of| of.is("Paired"));
        if paired {
            return self.move_to(address, adapter, answer);
        }
        let ready = self.adapter_id(adapter).and_then(|id| {
            self.check_on(&id)?;
            let (device, radio) = (self.device_at(&id, address)?, self.adapter(&id)?);
            self.begin(address, Activity::Pairing)?;
            Ok((id, device, radio))
        });
        let (id, device, radio) = match ready {
            Ok(ready) => ready,
            Err(error) => return reply(answer, Err(error)),
        };
        let name = self.name_of(address);
        let known = self.adapters_knowing(address).contains(&id);
        let former = self.record(address).adapter.replace(id);
        let limits = self.limits();
        let call = async move {
            if !known {
                find(&radio, device.address(), limits.answer).await?;
            }
            limits.pair(&device).await
        };
        self.start(call, move |core, result| {
            if result.is_err() {
                core.record(address).adapter = former;
            }
            core.pairing_over(address, &name, result, answer);
        });
    }

    /// Connects what is paired now, or tells why it is not.
    fn pairing_over(
        &mut self,
        address: Address,
        name: &str,
        result: Result<(), Refusal>,
        answer: Answering,
    ) {
        self.end(address);
        self.lapse_for(address);
        let result = result.map_err(|refusal| refusal.explain(Deed::Pairing, name));
        self.note(address, &result);
        if result.is_ok() {
            self.connect(address, answer);
        } else {
            reply(answer, result);
        }
    }

    /// [`Order::Move`](super::Order::Move).
    pub(super) fn move_to(&mut self, address: Address, adapter: &str, answer: Answering) {
        let ready = self.place(address).and_then(|from| {
            let to = self.adapter_id(adapter)?;
            self.check_on(&to)?;
            let devices = (
                self.device_at(&from, address)?,
                self.device_at(&to, address)?,
            );
            let radio = self.adapter(&to)?;
            Ok((from, to, devices, radio))
        });
        let (from, to, (old, new), radio) = match ready {
            Ok(ready) => ready,
            Err(error) => return reply(answer, Err(error)),
        };
        if from == to {
            self.record(address).adapter = Some(to);
            return self.connect(address, answer);
        }
        if let Err(error) = self.begin(address, Activity::Moving { to: to.clone() }) {
            return reply(answer, Err(error));
        }
        let name = self.name_of(address);
        let record = self.record(address);
        record.rest();
        record.wanted = true;
        let former = record.adapter.replace(to.clone());
        let known = self.adapters_knowing(address).contains(&to);
        let limits = self.limits();
        let call = async move {
            let _ = within(limits.answer, old.disconnect()).await;
            let paired = within(limits.answer, new.is_paired()).await;
            if !known || !paired.is_ok_and(|paired| paired) {
                if !known {
                    find(&radio, new.address(), limits.answer).await?;
                }
                limits.pair(&new).await?;
            }
            match within(limits.answer, new.connect()).await {
                Err(refusal) if !refusal.is_done_already() => Err(refusal),
                _ => Ok(()),
            }
        };
        self.start(call, move |core, result| {
            core.end(address);
            core.lapse_for(address);
            let result = result.map_err(|refusal| refusal.explain(Deed::Connecting, &name));
            core.note(address, &result);
            if result.is_err() {
                // Better there than nowhere.
                core.record(address).adapter = former;
            }
            core.moved(address);
            reply(answer, result);
        });
    }

    fn moved(&mut self, address: Address) {
        let connected = self
            .properties(address)
            .is_some_and(|device| device.is("Connected"));
        if connected && self.transport(address).is_none() {
            self.settle(address);
        } else {
            self.consider(address);
        }
    }
}

/// Looks for a device through this adapter until BlueZ knows it.
async fn find(
    radio: &bluer::Adapter,
    address: bluer::Address,
    limit: Duration,
) -> Result<(), Refusal> {
    let look = async {
        let mut found = pin!(radio.discover_devices().await?);
        while let Some(event) = found.next().await {
            if matches!(event, AdapterEvent::DeviceAdded(found) if found == address) {
                break;
            }
        }
        bluer::Result::Ok(())
    };
    match within(limit, look).await {
        Err(refusal) if refusal.word() == "Timeout" => Err(Refusal {
            name: "ConnectionAttemptFailed".to_owned(),
            message: String::new(),
        }),
        other => other,
    }
}
