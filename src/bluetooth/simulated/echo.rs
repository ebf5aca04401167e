//! The simulated sources as devices: what they play are soft chords, so that
//! levels can be seen. They come in packets of 20 ms by this computer's clock.

use std::f64::consts::TAU;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

use crate::bluetooth::state::{Address, Device, PlayerStatus, State};
use crate::devices::{
    Backend, Capture, DeviceError, DeviceInfo, DeviceKind, Direction, Fault, Noise, Presence,
    Radio, Render, Stream, StreamFormat, Want, now,
};
use crate::sync::time::Nanos;

/// The `bt` backend of the demo.
pub(super) struct Air {
    state: watch::Receiver<Arc<State>>,
}

impl Air {
    pub(super) fn new(state: watch::Receiver<Arc<State>>) -> Self {
        Self { state }
    }

    fn source(&self, id: &str) -> Result<Device, DeviceError> {
        let state = self.state.borrow();
        let device = Address::of_id(id).and_then(|address| state.device(address).cloned());
        let missing = || DeviceError::Missing { id: id.into() };
        let device = device
            .filter(|device| device.kind.feeds())
            .ok_or_else(missing)?;
        if !device.connected {
            return Err(DeviceError::Radio {
                sentence: format!("{} is not connected. Connect it first.", device.alias),
            });
        }
        Ok(device)
    }
}

impl Backend for Air {
    fn prefix(&self) -> &'static str {
        "bt"
    }

    fn list(&mut self) -> Result<Vec<DeviceInfo>, DeviceError> {
        let state = self.state.borrow();
        let sources = state.devices.iter().filter(|device| device.kind.feeds());
        Ok(sources.map(info).collect())
    }

    fn format(
        &mut self,
        id: &str,
        _direction: Direction,
        _want: &Want,
    ) -> Result<StreamFormat, DeviceError> {
        let _there = self.source(id)?;
        Ok(StreamFormat {
            rate: RATE,
            channels: 2,
            period: FRAMES,
            buffer: 2 * FRAMES,
            noise: Noise::OneSided,
            clock: None,
        })
    }

    fn play(
        &mut self,
        id: &str,
        _format: &StreamFormat,
        _render: Box<dyn Render>,
    ) -> Result<Box<dyn Stream>, DeviceError> {
        Err(DeviceError::Unsupported {
            id: id.into(),
            asked: "playback".into(),
            offered: "recording".into(),
        })
    }

    fn record(
        &mut self,
        id: &str,
        _format: &StreamFormat,
        capture: Box<dyn Capture>,
    ) -> Result<Box<dyn Stream>, DeviceError> {
        let address = self.source(id)?.address;
        let link = Link {
            address,
            state: self.state.clone(),
        };
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, heard) = (stop.clone(), link.clone());
        let thread = std::thread::Builder::new()
            .name("simulated Echo".into())
            .spawn(move || sing(capture, &stopped, &heard));
        let thread = thread.map_err(|error| DeviceError::System {
            system: "simulated".into(),
            reason: error.to_string(),
        })?;
        Ok(Box::new(Song {
            link,
            stop,
            thread: Some(thread),
        }))
    }
}

/// The device at the other end.
#[derive(Clone)]
struct Link {
    address: Address,
    state: watch::Receiver<Arc<State>>,
}

impl Link {
    fn is(&self, what: impl Fn(&Device) -> bool) -> bool {
        let state = self.state.borrow();
        state.device(self.address).is_some_and(what)
    }

    fn plays(&self) -> bool {
        let status = |device: &Device| device.player.as_ref().map(|player| player.status);
        self.is(|device| status(device).is_none_or(|status| status == PlayerStatus::Playing))
    }
}

/// An open stream.
struct Song {
    link: Link,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Stream for Song {
    fn fault(&mut self) -> Option<Fault> {
        let there = self.link.is(|device| device.connected);
        (!there).then_some(Fault::Gone)
    }
}

impl Drop for Song {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A panic in the callback has been printed already.
            let _ = thread.join();
        }
    }
}

fn sing(mut capture: Box<dyn Capture>, stop: &AtomicBool, link: &Link) {
    let began = now();
    let mut data = vec![0.0; 2 * FRAMES as usize];
    for packet in 0_u64.. {
        if stop.load(Ordering::Acquire) {
            return;
        }
        let first = packet * u64::from(FRAMES);
        data.fill(0.0);
        let heard = if link.plays() { data.len() } else { 0 };
        for (index, frame) in data[..heard].chunks_exact_mut(2).enumerate() {
            frame.fill(chord((first + index as u64) as f64 / f64::from(RATE)) as f32);
        }
        let captured = began + Nanos::from_secs(first as f64 / f64::from(RATE));
        let due = began + Nanos::from_secs((first + u64::from(FRAMES)) as f64 / f64::from(RATE));
        let early = (due - now()).secs();
        if early > 0.0 {
            std::thread::sleep(Duration::from_secs_f64(early));
        }
        capture.capture(now(), captured, &data);
    }
}

/// A chord that swells and dies away every two seconds, in turn on four roots.
fn chord(secs: f64) -> f64 {
    let root = ROOTS[(secs / BAR_S) as usize % ROOTS.len()];
    let swell = (secs / BAR_S).fract();
    let voices = [1.0, 1.25, 1.5].map(|ratio| (TAU * root * ratio * secs).sin());
    0.08 * voices.iter().sum::<f64>() * (swell * std::f64::consts::PI).sin()
}

fn info(device: &Device) -> DeviceInfo {
    let id = device.address.id();
    DeviceInfo {
        name: device.alias.clone(),
        direction: Direction::Input,
        kind: DeviceKind::Bluetooth,
        channels: 2,
        rates: vec![RATE],
        is_default: false,
        key: id.clone(),
        presence: match (device.paired, device.connected) {
            (false, _) => Presence::Unpaired,
            (true, false) => Presence::Offline,
            (true, true) => Presence::Ready,
        },
        radio: Radio {
            battery: device.battery,
            signal_dbm: device.rssi,
        },
        latency_ms: None,
        inside: None,
        id,
    }
}

const RATE: u32 = 44_100;
/// 20 ms.
const FRAMES: u32 = 882;
const BAR_S: f64 = 2.0;
/// Hz.
const ROOTS: [f64; 4] = [220.0, 174.61, 130.81, 196.0];
