//! One dead backend among live ones, and news from an invented machine.
#![allow(clippy::unwrap_used)]

use std::sync::mpsc::{Receiver, channel};

use super::*;
use crate::devices::{DeviceKind, Presence, Radio};

/// Lists one device, once `gate` lets it; a gate that is gone means failure.
struct Fake {
    prefix: &'static str,
    gate: Option<Receiver<()>>,
}

impl Fake {
    fn missing<T>(&self) -> Result<T, DeviceError> {
        Err(DeviceError::Missing {
            id: self.prefix.into(),
        })
    }
}

impl Backend for Fake {
    fn prefix(&self) -> &'static str {
        self.prefix
    }
    fn list(&mut self) -> Result<Vec<DeviceInfo>, DeviceError> {
        if self.gate.as_ref().is_some_and(|gate| gate.recv().is_err()) {
            return self.missing();
        }
        Ok(vec![DeviceInfo {
            id: format!("{}:one", self.prefix),
            name: "One".into(),
            direction: Direction::Output,
            kind: DeviceKind::Virtual,
            channels: 2,
            rates: Vec::new(),
            is_default: false,
            key: "one".into(),
            presence: Presence::Ready,
            radio: Radio::default(),
            latency_ms: None,
            inside: None,
        }])
    }
    fn format(
        &mut self,
        _id: &str,
        _direction: Direction,
        _want: &Want,
    ) -> Result<StreamFormat, DeviceError> {
        self.missing()
    }
    fn play(
        &mut self,
        _id: &str,
        _format: &StreamFormat,
        _render: Box<dyn Render>,
    ) -> Result<Box<dyn Stream>, DeviceError> {
        self.missing()
    }
    fn record(
        &mut self,
        _id: &str,
        _format: &StreamFormat,
        _capture: Box<dyn Capture>,
    ) -> Result<Box<dyn Stream>, DeviceError> {
        self.missing()
    }
}

fn ids(listing: &Listing) -> Vec<&str> {
    listing.devices.iter().map(|d| d.id.as_str()).collect()
}

#[test]
fn a_backend_that_hangs_keeps_its_last_list_and_blocks_nobody() {
    let (open, gate) = channel();
    let hanging = Fake {
        prefix: "hanging",
        gate: Some(gate),
    };
    let live = Fake {
        prefix: "live",
        gate: None,
    };
    let devices = Devices::new(vec![Box::new(hanging), Box::new(live)]);
    open.send(()).unwrap();
    let listing = devices.list();
    assert_eq!(ids(&listing), ["hanging:one", "live:one"]);
    assert_eq!(listing.problems, []);

    let listing = devices.list();
    assert_eq!(ids(&listing), ["hanging:one", "live:one"]);
    assert_eq!(listing.problems.len(), 1);
    let want = Want {
        rate: 48_000,
        channels: 2,
        period: 192,
    };
    let answer = devices.format("live:one", Direction::Output, want);
    let missing = |id: &str| Some(DeviceError::Missing { id: id.into() });
    assert_eq!(answer.err(), missing("live"));
    let answer = devices.format("nobody:one", Direction::Output, want);
    assert_eq!(answer.err(), missing("nobody:one"));
}

#[test]
fn a_backend_that_fails_lists_nothing_and_says_why() {
    let (open, gate) = channel();
    let failing = Fake {
        prefix: "failing",
        gate: Some(gate),
    };
    let devices = Devices::new(vec![Box::new(failing)]);
    open.send(()).unwrap();
    assert_eq!(ids(&devices.list()), ["failing:one"]);
    drop(open);
    let listing = devices.list();
    assert_eq!(ids(&listing), Vec::<&str>::new());
    assert_eq!(listing.problems.len(), 1);
}

#[test]
fn a_new_card_and_its_device_file_are_news() {
    let root = tempfile::tempdir().unwrap();
    let path = root.path();
    for directory in ["proc/asound", "dev/snd"] {
        std::fs::create_dir_all(path.join(directory)).unwrap();
    }
    let empty = fingerprint(path);
    assert_eq!(fingerprint(path), empty);
    std::fs::write(path.join("proc/asound/cards"), " 1 [DAC ]: USB").unwrap();
    let card = fingerprint(path);
    assert_ne!(card, empty);
    std::fs::write(path.join("dev/snd/pcmC1D0p"), "").unwrap();
    let device = fingerprint(path);
    assert_ne!(device, card);
    std::fs::write(path.join("dev/snd/timer"), "").unwrap();
    assert_eq!(fingerprint(path), device);
}
