//! Bluetooth devices as devices of the engine, `bt:AA:BB:CC:DD:EE:FF`: speakers
//! are outputs, an Echo or a phone is an input.
//!
//! Nothing here waits for a radio: what is not connected is refused in one
//! sentence, and the engine tries again while [`bluez`](super::bluez) connects
//! it. A stream's thread opens the sound connection itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::Shared;
use super::bluez::{Acquired, Done, Order, Orders};
use super::capability::{self, Configuration};
use super::lines::{Line, Link};
use super::link::{source, speaker};
use super::opening::{Faults, Opening};
use super::pacing::Rules;
use super::shared::is_crowded;
use super::state::{Address, Device, Role, State, Transport, TransportState};
use crate::devices::{
    Backend, Capture, DeviceError, DeviceInfo, DeviceKind, Direction, Fault, Noise, Presence,
    Radio, Render, Stream, StreamFormat, Want,
};
use crate::sync::time::Nanos;

/// The prefix of ids.
pub const PREFIX: &str = "bt";

/// The `bt` backend. Cheap to make; all of them share one [`Bluetooth`](super::Bluetooth).
pub(super) struct Bt {
    orders: Orders,
    state: watch::Receiver<Arc<State>>,
    shared: Arc<Shared>,
}

impl Bt {
    pub(super) fn new(
        orders: Orders,
        state: watch::Receiver<Arc<State>>,
        shared: Arc<Shared>,
    ) -> Self {
        Self {
            orders,
            state,
            shared,
        }
    }

    fn state(&self) -> Arc<State> {
        self.state.borrow().clone()
    }

    /// The sound connection of a device in this direction, if it can be used.
    fn transport(
        &self,
        id: &str,
        direction: Direction,
    ) -> Result<(Device, Transport), DeviceError> {
        let state = self.state();
        let missing = || DeviceError::Missing { id: id.into() };
        let address = Address::of_id(id).ok_or_else(missing)?;
        if !state.service.is_ready() {
            return Err(radio(state.service.sentence()));
        }
        let device = state.device(address).ok_or_else(missing)?;
        let name = &device.alias;
        if !device.paired {
            return Err(radio(format!(
                "{name} is not paired. Pair it in the list of speakers, or with `inphase bluetooth pair`."
            )));
        }
        let role = match direction {
            Direction::Output => Role::ToSpeaker,
            Direction::Input => Role::FromSource,
        };
        match &device.transport {
            Some(transport) if transport.role != role => Err(radio(match direction {
                Direction::Output => format!("{name} plays to this computer now. Disconnect it there first."),
                Direction::Input => format!("{name} is used as a speaker now. Take it out of its zone first."),
            })),
            Some(transport) if !transport.ours => Err(radio(format!(
                "Another program holds the sound of {name}. \
                 Play through the sound server, or let Inphase take Bluetooth over."
            ))),
            Some(transport) => Ok((device.clone(), transport.clone())),
            None => Err(radio(device.failure.clone().unwrap_or_else(|| match direction {
                Direction::Output => {
                    format!("{name} is not connected. Switch it on; it is connected by itself.")
                }
                Direction::Input => {
                    format!("{name} is not connected. Say \u{201c}Alexa, connect\u{201d}, or connect it in its app.")
                }
            }))),
        }
    }
}

impl Backend for Bt {
    fn prefix(&self) -> &'static str {
        PREFIX
    }

    fn list(&mut self) -> Result<Vec<DeviceInfo>, DeviceError> {
        let began = Instant::now();
        // Right after the start nothing is known yet.
        while self.state().service == super::state::Service::Starting && began.elapsed() < FIRST {
            std::thread::sleep(LOOK);
        }
        let state = self.state();
        let outputs = state.devices.iter().filter(|device| device.kind.plays());
        let outputs = outputs.map(|device| info(device, Direction::Output, &self.shared));
        let inputs = state.devices.iter().filter(|device| device.kind.feeds());
        let inputs = inputs.map(|device| info(device, Direction::Input, &self.shared));
        Ok(outputs.chain(inputs).collect())
    }

    fn format(
        &mut self,
        id: &str,
        direction: Direction,
        _want: &Want,
    ) -> Result<StreamFormat, DeviceError> {
        let (device, transport) = self.transport(id, direction)?;
        if direction == Direction::Input && transport.state == TransportState::Idle {
            return Err(radio(format!(
                "{} is connected and plays nothing. Start something on it.",
                device.alias
            )));
        }
        let configuration = capability::validate(&transport.configuration, &OFFER)
            .map_err(|refusal| radio(format!("{} cannot be used: {refusal}", device.alias)))?;
        Ok(format_of(&configuration))
    }

    fn play(
        &mut self,
        id: &str,
        _format: &StreamFormat,
        render: Box<dyn Render>,
    ) -> Result<Box<dyn Stream>, DeviceError> {
        let (device, _) = self.transport(id, Direction::Output)?;
        let (address, orders, shared) = (device.address, self.orders.clone(), self.shared.clone());
        let inside = Nanos::from_millis(shared.inside(&device).ms);
        let state = self.state.clone();
        let open = move || {
            let acquired = acquire(&orders, &shared, address)?;
            let configuration = capability::validate(&acquired.configuration, &OFFER).ok()?;
            let params = configuration.params;
            let mut setup = speaker::Setup::new(params, usize::from(acquired.omtu));
            setup.floor = setup.floor.max(configuration.min_bitpool);
            setup.rules = Rules::new(params.rate.hz()).for_delay(inside);
            std::thread::sleep(CALM);
            setup.crowded = is_crowded(&state.borrow().clone(), &acquired.adapter);
            let (every, air) = setup.turn();
            setup.keep_alive = shared.keeps_awake(address);
            setup.origin = shared.origin(address, &acquired.adapter, every, air);
            let (stream, handle) = speaker::start(acquired.fd, setup, render).ok()?;
            let line = Line::Out(handle);
            let link = Link::new(address, acquired.adapter, params, line);
            shared.opened(link.begun(setup.crowded, setup.keep_alive));
            Some(Box::new(stream) as Box<dyn Stream>)
        };
        let faults = Faults {
            refused: Fault::Reopen,
            ended: Fault::Gone,
        };
        let done = give_back(self.orders.clone(), self.shared.clone(), address);
        Opening::start(faults, open, done).map_err(|error| no_thread(&error))
    }

    fn record(
        &mut self,
        id: &str,
        _format: &StreamFormat,
        capture: Box<dyn Capture>,
    ) -> Result<Box<dyn Stream>, DeviceError> {
        let (device, _) = self.transport(id, Direction::Input)?;
        let (address, orders, shared) = (device.address, self.orders.clone(), self.shared.clone());
        let open = move || {
            let acquired = acquire(&orders, &shared, address)?;
            let params = capability::validate(&acquired.configuration, &OFFER)
                .ok()?
                .params;
            let setup = source::Setup {
                rate: params.rate.hz(),
                channels: params.channels() as u16,
                limits: shared.limits(),
                learnt: shared.learnt(address),
            };
            let (stream, handle) = source::start(acquired.fd, setup, capture).ok()?;
            let link = Link::new(address, acquired.adapter, params, Line::In(handle));
            shared.opened(link.within(setup.limits));
            Some(Box::new(stream) as Box<dyn Stream>)
        };
        let faults = Faults {
            refused: Fault::Paused,
            ended: Fault::Paused,
        };
        let done = give_back(self.orders.clone(), self.shared.clone(), address);
        Opening::start(faults, open, done).map_err(|error| no_thread(&error))
    }
}

fn acquire(orders: &Orders, shared: &Shared, address: Address) -> Option<Acquired> {
    match orders.wait(Order::Acquire(address)) {
        Ok(Done::Acquired(acquired)) => Some(acquired),
        Ok(Done::Yes) => None,
        Err(error) => {
            shared.refuse(address, error.to_string());
            None
        }
    }
}

fn give_back(
    orders: Orders,
    shared: Arc<Shared>,
    address: Address,
) -> impl FnOnce(bool) + Send + 'static {
    move |there| {
        shared.closed(address);
        // One that vanished would hold us up for seconds, and has nothing to give back.
        if there {
            let _gone = orders.wait(Order::Release(address));
        }
    }
}

fn no_thread(error: &std::io::Error) -> DeviceError {
    DeviceError::System {
        system: "Bluetooth".into(),
        reason: error.to_string(),
    }
}

/// What both directions can work with.
pub(super) const OFFER: capability::SbcOffer = capability::SbcOffer::SOURCE;

/// How long the first list waits for BlueZ.
const FIRST: Duration = Duration::from_secs(2);
/// Between two looks while it does.
const LOOK: Duration = Duration::from_millis(20);
/// One packet and its way through the air, milliseconds.
const PACKET_MS: f64 = 25.0;

fn format_of(configuration: &Configuration) -> StreamFormat {
    let params = configuration.params;
    let period = speaker::Setup::new(params, USUAL_MTU).period();
    StreamFormat {
        rate: params.rate.hz(),
        channels: params.channels() as u16,
        period,
        buffer: period,
        // Both directions lay their line themselves.
        noise: Noise::Exact,
        clock: None,
    }
}

/// From opening a speaker's connection to choosing when its stream begins. Meanwhile
/// the talk that opens connections is over, and a source that was opened at the same
/// time has shown when the air is free.
const CALM: Duration = Duration::from_millis(150);
/// What links carry at least, bytes.
pub(super) const USUAL_MTU: usize = 672;

fn radio(sentence: String) -> DeviceError {
    DeviceError::Radio { sentence }
}

fn info(device: &Device, direction: Direction, shared: &Shared) -> DeviceInfo {
    let id = device.address.id();
    let inside = (direction == Direction::Output).then(|| shared.inside(device));
    DeviceInfo {
        name: device.alias.clone(),
        direction,
        kind: DeviceKind::Bluetooth,
        channels: 2,
        rates: Vec::new(),
        is_default: false,
        key: id.clone(),
        presence: match (device.paired, device.connected, &device.retry) {
            (false, ..) => Presence::Unpaired,
            (true, false, Some(_)) => Presence::Offline,
            (true, ..) => Presence::Ready,
        },
        radio: Radio {
            battery: device.battery,
            signal_dbm: device.rssi,
        },
        latency_ms: inside.map(|inside| inside.ms + PACKET_MS),
        inside,
        id,
    }
}
