//! Sound connections: opening and giving back, volume, and the player's keys.

use std::os::fd::OwnedFd;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use zbus::{Message, Variant};

use super::bus::BLUEZ;
use super::carry::{Answering, reply};
use super::core::Core;
use super::error::BluetoothError;
use super::explain::{Deed, Refusal, within};
use super::order::{Acquired, Done};
use super::tree::{CONTROL, PLAYER, TRANSPORT, adapter_of, device_path};
use super::view::{delay, role, transport_state};
use crate::bluetooth::state::{Activity, Address, PlayerAction, Role, TransportState, Unavailable};
use crate::bluetooth::volume::LOUDEST;

impl Core {
    /// The transport of a device that is ours.
    fn own_transport(&self, address: Address) -> Result<String, BluetoothError> {
        let _ = self.place(address)?;
        let name = self.name_of(address);
        match self.transport(address) {
            None => Err(BluetoothError::NoTransport { name }),
            Some((path, _)) if !self.endpoints.holds(path) => {
                Err(BluetoothError::HeldByOther { name })
            }
            Some((path, _)) => Ok(path.to_owned()),
        }
    }

    /// The connection to the bus.
    fn bus(&self) -> Result<zbus::Connection, BluetoothError> {
        let link = self.link.as_ref();
        link.map(|link| link.bus.clone())
            .ok_or(BluetoothError::Unavailable(Unavailable::NoBus))
    }

    /// [`Order::Acquire`](super::Order::Acquire).
    pub(super) fn acquire(&mut self, address: Address, answer: Answering) {
        let ready = self.own_transport(address).and_then(|path| {
            let method = self.way_to_acquire(address)?;
            self.begin(address, Activity::Acquiring)?;
            Ok((path, method, self.bus()?))
        });
        let (path, method, bus) = match ready {
            Ok(ready) => ready,
            Err(error) => return drop(answer.send(Err(error))),
        };
        let again = self.record(address).acquired.as_deref() == Some(path.as_str());
        let (limit, transport) = (self.settings.answer, path.clone());
        let call = async move {
            if again {
                // Whoever had it lost it without giving it back.
                let _ = within(limit, call(&bus, &transport, TRANSPORT, "Release")).await;
            }
            let taken = within(limit, call(&bus, &transport, TRANSPORT, method)).await;
            if taken
                .as_ref()
                .is_err_and(|refusal| refusal.word() == "Timeout")
            {
                // It may come yet, and nobody would hold it.
                let _ = within(limit, call(&bus, &transport, TRANSPORT, "Release")).await;
            }
            taken
        };
        self.start(call, move |core, taken| {
            core.acquired(address, &path, taken, answer);
        });
    }

    /// How BlueZ is asked. A source is not made to play: it is taken when it
    /// wants to.
    fn way_to_acquire(&self, address: Address) -> Result<&'static str, BluetoothError> {
        let transport = self.transport(address).map(|(_, properties)| properties);
        let from = transport.is_some_and(|properties| role(properties) == Role::FromSource);
        let state = transport.map(transport_state).unwrap_or_default();
        match (from, state) {
            (true, TransportState::Idle) => Err(BluetoothError::NotPlaying {
                name: self.name_of(address),
            }),
            (true, TransportState::Pending) => Ok("TryAcquire"),
            _ => Ok("Acquire"),
        }
    }

    fn acquired(
        &mut self,
        address: Address,
        path: &str,
        taken: Result<Message, Refusal>,
        answer: Answering,
    ) {
        self.end(address);
        let name = self.name_of(address);
        let result = taken
            .map_err(|refusal| refusal.explain(Deed::Acquiring, &name))
            .and_then(|message| self.unpack(path, &name, &message));
        let failure = result.as_ref().err().cloned();
        self.note(address, &failure.map_or(Ok(()), Err));
        if result.is_ok() {
            self.record(address).acquired = Some(path.to_owned());
        }
        // Whoever ordered it may have given up: then it is given back.
        if answer.send(result.map(Done::Acquired)).is_err() {
            let (unheard, _) = tokio::sync::oneshot::channel();
            self.release(address, unheard);
        }
        self.consider(address);
    }

    fn unpack(
        &self,
        path: &str,
        name: &str,
        message: &Message,
    ) -> Result<Acquired, BluetoothError> {
        let broken = || BluetoothError::Broken {
            name: name.to_owned(),
        };
        let body = message.body();
        let (fd, imtu, omtu) = body
            .deserialize::<(zbus::OwnedFd, u16, u16)>()
            .map_err(|_| broken())?;
        // It may have gone while the answer was on its way.
        let properties = self.tree.get(path, TRANSPORT).ok_or_else(broken)?;
        let fd = OwnedFd::from(fd);
        let _ = fcntl(&fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK));
        Ok(Acquired {
            fd,
            imtu,
            omtu,
            codec: self.settings.codecs.codec(),
            configuration: properties.bytes("Configuration").unwrap_or_default(),
            delay: delay(properties),
            role: role(properties),
            adapter: adapter_of(path).unwrap_or_default().to_owned(),
        })
    }

    /// [`Order::Release`](super::Order::Release). What is gone is given back.
    pub(super) fn release(&mut self, address: Address, answer: Answering) {
        let Some(path) = self.record(address).acquired.take() else {
            return reply(answer, Ok(()));
        };
        let Ok(bus) = self.bus() else {
            return reply(answer, Ok(()));
        };
        let name = self.name_of(address);
        let limit = self.settings.answer;
        let call = within(limit, async move {
            call(&bus, &path, TRANSPORT, "Release").await
        });
        self.start(call, move |_, result| {
            let result = match result {
                // After a lost link BlueZ has nothing left to give back.
                Err(refusal) if refusal.word() == "Timeout" => {
                    Err(refusal.explain(Deed::Acquiring, &name))
                }
                _ => Ok(()),
            };
            reply(answer, result);
        });
    }

    /// [`Order::SetVolume`](super::Order::SetVolume).
    pub(super) fn set_volume(&mut self, address: Address, volume: u8, answer: Answering) {
        let name = self.name_of(address);
        let ready = self.own_transport(address).and_then(|path| {
            let properties = self.tree.get(&path, TRANSPORT);
            let has = properties.is_some_and(|properties| properties.number("Volume").is_some());
            let bus = self.bus()?;
            has.then_some((path, bus))
                .ok_or(BluetoothError::NoVolume { name: name.clone() })
        });
        let (path, bus) = match ready {
            Ok(ready) => ready,
            Err(error) => return reply(answer, Err(error)),
        };
        let value = Variant::from(u16::from(volume.min(LOUDEST)));
        let call = within(self.settings.answer, async move {
            let body = (TRANSPORT, "Volume", value);
            let properties = Some("org.freedesktop.DBus.Properties");
            bus.call_method(Some(BLUEZ), path, properties, "Set", &body)
                .await
        });
        self.start(call, move |_, result| {
            let result = result.map(drop);
            reply(
                answer,
                result.map_err(|refusal| refusal.explain(Deed::Volume, &name)),
            );
        });
    }

    /// [`Order::Player`](super::Order::Player).
    pub(super) fn ask_player(&mut self, address: Address, action: PlayerAction, answer: Answering) {
        let name = self.name_of(address);
        let ready = self
            .control(address)
            .and_then(|control| Ok((control, self.bus()?)));
        let ((path, interface), bus) = match ready {
            Ok(ready) => ready,
            Err(error) => return reply(answer, Err(error)),
        };
        let method = match action {
            PlayerAction::Play => "Play",
            PlayerAction::Pause => "Pause",
            PlayerAction::Stop => "Stop",
            PlayerAction::Next => "Next",
            PlayerAction::Previous => "Previous",
        };
        let limit = self.settings.answer;
        let call = within(
            limit,
            async move { call(&bus, &path, interface, method).await },
        );
        self.start(call, move |core, result| {
            let result = result.map(drop);
            let result = result.map_err(|refusal| refusal.explain(Deed::Control, &name));
            if matches!(result, Err(BluetoothError::NotSupported { .. })) {
                core.record(address).cannot.push(action);
            }
            reply(answer, result);
        });
    }

    /// Where the player is asked: itself, or the older remote control.
    fn control(&self, address: Address) -> Result<(String, &'static str), BluetoothError> {
        let adapter = self.place(address)?;
        if let Some((path, _)) = self.player(address) {
            return Ok((path.to_owned(), PLAYER));
        }
        let path = device_path(&adapter, address);
        let control = self.tree.get(&path, CONTROL);
        if control.is_some_and(|control| control.is("Connected")) {
            return Ok((path, CONTROL));
        }
        Err(BluetoothError::NotSupported {
            name: self.name_of(address),
        })
    }
}

async fn call(
    bus: &zbus::Connection,
    path: &str,
    interface: &'static str,
    method: &'static str,
) -> zbus::Result<Message> {
    bus.call_method(Some(BLUEZ), path, Some(interface), method, &())
        .await
}
