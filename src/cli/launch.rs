//! The one place where the command line starts an engine and lists devices.

use std::path::PathBuf;

use super::Failure;
use crate::bluetooth::{self, Bluetooth};
use crate::devices::simulated::{self, Room};
use crate::devices::watch::{Devices, Listing};
use crate::devices::{Inside, Known};
use crate::engine::{self, Files, Handle, Options, Running};
use crate::rig::Rig;
use crate::store::{DeviceMeasure, Measurements, MeasurementsFile, Paths, RigFile};

/// Which rig to start with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Which {
    /// The saved one; changes are saved.
    Saved,
    /// The simulated one; nothing is saved.
    Demo,
    /// This one; only measurements are saved.
    Given(Box<Rig>),
}

/// What to start.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Request {
    /// Which rig.
    pub which: Which,
    /// Simulated speakers instead of real ones.
    pub simulated: bool,
    /// Instead of the usual configuration directory.
    pub config_dir: Option<PathBuf>,
    /// Instead of the usual state directory.
    pub state_dir: Option<PathBuf>,
}

/// A running engine; dropping it ends the engine and waits for its threads.
#[derive(Debug)]
pub(super) struct Launched {
    /// How to talk to it.
    pub handle: Handle,
    _engine: Running,
}

/// Starts an engine.
///
/// # Errors
/// One sentence when it cannot start.
pub(super) fn launch(request: &Request) -> Result<Launched, Failure> {
    let options = options(request)?;
    let engine = engine::start(options).map_err(|error| {
        Failure::Refused(format!(
            "Inphase cannot start: {error}. Close other programs and try again."
        ))
    })?;
    Ok(Launched {
        handle: engine.handle(),
        _engine: engine,
    })
}

impl Request {
    /// Where its files are.
    ///
    /// # Errors
    /// One sentence when the user has no home directory.
    pub(super) fn paths(&self) -> Result<Paths, Failure> {
        let mut paths = Paths::system().map_err(|error| Failure::Refused(error.to_string()))?;
        if let Some(dir) = &self.config_dir {
            paths = paths.with_config(dir);
        }
        if let Some(dir) = &self.state_dir {
            paths = paths.with_state(dir);
        }
        Ok(paths)
    }
}

fn options(request: &Request) -> Result<Options, Failure> {
    let paths = request.paths()?;
    // First: nothing on the disk is touched when the rig cannot be read.
    let mut said = Vec::new();
    let (rig, rig_file) = match &request.which {
        Which::Given(rig) => ((**rig).clone(), None),
        Which::Demo => (simulated::demo_rig(), None),
        Which::Saved => {
            let (file, loaded) =
                RigFile::load(paths.rig()).map_err(|error| Failure::Refused(error.to_string()))?;
            said.extend(loaded.said);
            (loaded.value, Some(file))
        }
    };
    let (measurements_file, measured) = MeasurementsFile::load(paths.measurements());
    said.extend(measured.said);
    let demo = request.which == Which::Demo;
    let simulated = demo || request.simulated;
    let room = Room::demo();
    let bluetooth = match (demo, simulated) {
        (true, _) => Some(Bluetooth::simulated(room.clone())),
        (false, true) => None,
        (false, false) => Some(Bluetooth::start(setup(&measured.value))),
    };
    let radio = bluetooth.as_ref().map(|bluetooth| {
        if demo {
            bluetooth.simulated_backend()
        } else {
            bluetooth.backend()
        }
    });
    let devices = match Room::of_rig(&rig) {
        _ if simulated => Devices::new(radio.into_iter().chain([Box::new(room) as _]).collect()),
        Some(room) => Devices::system(radio.into_iter().chain([Box::new(room) as _]).collect()),
        None => Devices::system(radio.into_iter().collect()),
    };
    Ok(Options {
        rig,
        measurements: measured.value,
        devices,
        watch: !simulated,
        files: (!demo).then_some(Files {
            rig: rig_file,
            measurements: measurements_file,
        }),
        said,
        log: (!demo).then(|| paths.log_dir()),
        demo,
        bluetooth,
    })
}

/// What Bluetooth is told of earlier days.
fn setup(measurements: &Measurements) -> bluetooth::Setup {
    let latency = |(id, device): (&String, &DeviceMeasure)| {
        let latency = device.latency.as_ref()?;
        let inside = Inside {
            ms: latency.ms,
            sd_ms: latency.sd_ms,
            known: Known::Measured(latency.at),
        };
        Some((id.clone(), inside))
    };
    bluetooth::Setup {
        measured: measurements.devices.iter().filter_map(latency).collect(),
        config: directories::BaseDirs::new()
            .map(|dirs| dirs.config_dir().to_owned())
            .unwrap_or_default(),
    }
}

fn simulated_rig() -> Devices {
    Devices::new(vec![Box::new(Room::demo())])
}

/// The devices there are now, by id, and which sound systems do not answer.
pub(super) fn devices(demo: bool) -> Listing {
    let mut listing = if demo {
        simulated_rig().list()
    } else {
        let bluetooth = Bluetooth::start(bluetooth::Setup::default());
        Devices::system(vec![bluetooth.backend()]).list()
    };
    listing.devices.sort_by(|a, b| a.id.cmp(&b.id));
    listing
}
