//! `measurements.toml`: what was learnt of the devices and is worth keeping
//! over a restart. Same rules as the rig: saved whole, loaded whatever happens.

use std::{collections::BTreeMap, path::Path, path::PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::{
    atomic::{self, StoreError},
    document::{Document, Loaded},
    salvage::{self, Findings},
};

/// What was measured of every device, by the device's lasting key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measurements {
    /// Format version of the saved document.
    pub version: u32,
    /// By [`key`](crate::devices::DeviceInfo::key).
    pub devices: BTreeMap<String, DeviceMeasure>,
}

impl Default for Measurements {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            devices: BTreeMap::new(),
        }
    }
}

impl Measurements {
    /// The version this program writes.
    pub const VERSION: u32 = 1;
}

/// What was measured of a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceMeasure {
    /// Its clock against this computer's, ppm; positive = fast.
    pub ppm: f64,
    /// One standard deviation of `ppm`; 200 = nothing is known.
    pub ppm_sd: f64,
    /// When the clock was measured, Unix seconds.
    pub at: i64,
    /// Latency beyond what the device reports, where measured.
    pub latency: Option<LatencyMeasure>,
}

impl Default for DeviceMeasure {
    fn default() -> Self {
        Self {
            ppm: 0.0,
            ppm_sd: 200.0,
            at: 0,
            latency: None,
        }
    }
}

/// A measured latency.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LatencyMeasure {
    /// Milliseconds.
    pub ms: f64,
    /// One standard deviation, milliseconds.
    pub sd_ms: f64,
    /// When, Unix seconds.
    pub at: i64,
    /// In which mode of the device it holds, such as a codec; may be empty.
    pub mode: String,
}

/// The saved measurements. Remembers what a newer version wrote into it.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasurementsFile {
    path: PathBuf,
    unknown: Table,
}

impl MeasurementsFile {
    /// Loads the measurements. A file that is not there has none.
    #[must_use]
    pub fn load(path: impl AsRef<Path>) -> (Self, Loaded<Measurements>) {
        let path = path.as_ref().to_owned();
        let mut document = Document::read(&path);
        let mut found = Findings::default();
        found.lose_all(std::mem::take(&mut document.said));
        let (value, unknown) = read(std::mem::take(&mut document.table), &mut found);
        document.said = found.said;
        (Self { path, unknown }, document.finish(value, found.lost))
    }

    /// Saves the measurements, in one go.
    ///
    /// # Errors
    /// [`StoreError`]; the earlier file is then as it was.
    pub fn save(&self, measurements: &Measurements) -> Result<(), StoreError> {
        let mut table = salvage::to_table(measurements);
        let mut unknown = self.unknown.clone();
        if let Some(Value::Table(devices)) = unknown.get_mut("devices") {
            // What belonged to a forgotten device is forgotten with it.
            devices.retain(|key, _| measurements.devices.contains_key(key));
        }
        salvage::add_missing(&mut table, &unknown);
        let text = toml::to_string(&table).map_err(|error| StoreError::Other {
            path: self.path.clone(),
            reason: error.to_string(),
        })?;
        atomic::write(&self.path, text.as_bytes())
    }
}

fn read(mut table: Table, found: &mut Findings) -> (Measurements, Table) {
    let what = "The list of devices";
    let devices = salvage::take(&mut table, "devices", what, found, salvage::table);
    let version = table.get("version").and_then(Value::as_integer);
    if let Some(newer) = version.filter(|version| *version > i64::from(Measurements::VERSION)) {
        found.lose(format!("A newer Inphase wrote this (version {newer})."));
    }
    let (mut value, mut unknown) =
        salvage::fields::<Measurements>(table, "the measurements", found);
    value.version = Measurements::VERSION;
    let mut of_devices = Table::new();
    for (key, device) in devices.unwrap_or_default() {
        let what = format!("the device \"{key}\"");
        let Some(device) = salvage::table(device) else {
            found.lose(format!("What was measured of {what} could not be read."));
            continue;
        };
        let (measure, more) = read_device(device, &what, found);
        if !more.is_empty() {
            drop(of_devices.insert(key.clone(), Value::Table(more)));
        }
        let _ = value.devices.insert(key, measure);
    }
    if !of_devices.is_empty() {
        drop(unknown.insert("devices".into(), Value::Table(of_devices)));
    }
    (value, unknown)
}

/// A rate without its uncertainty, or the other way round, is worth nothing.
fn read_device(mut table: Table, what: &str, found: &mut Findings) -> (DeviceMeasure, Table) {
    let latency = match table.remove("latency") {
        Some(Value::Table(latency)) => Some(latency),
        Some(_) => {
            found.lose(format!("The latency of {what} could not be read."));
            None
        }
        None => None,
    };
    let number = |key: &str| -> Option<f64> {
        let value = table.get(key)?;
        let number = value.as_float().or(value.as_integer().map(|n| n as f64))?;
        number.is_finite().then_some(number)
    };
    let rate_holds = number("ppm").is_some_and(|ppm| ppm.abs() <= PPM_RANGE)
        && number("ppm_sd").is_some_and(|sd| sd >= 0.0);
    let (mut measure, mut unknown) = salvage::fields::<DeviceMeasure>(table, what, found);
    if !rate_holds && measure != DeviceMeasure::default() {
        found.lose(format!("The clock of {what} is measured anew."));
        measure = DeviceMeasure::default();
    }
    if let Some(latency) = latency {
        let what = format!("the latency of {what}");
        let (latency, more) = salvage::fields::<LatencyMeasure>(latency, &what, found);
        let holds = latency.ms.is_finite() && latency.sd_ms.is_finite() && latency.at > 0;
        if holds {
            measure.latency = Some(latency);
        } else {
            found.lose(format!("{what} is measured anew.").replacen("the", "The", 1));
        }
        if holds && !more.is_empty() {
            drop(unknown.insert("latency".into(), Value::Table(more)));
        }
    }
    (measure, unknown)
}

/// No clock is off by more; sound cards of 1000 ppm exist.
const PPM_RANGE: f64 = 2000.0;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;

    fn example() -> Measurements {
        let mut measurements = Measurements::default();
        for (key, ppm) in [("usb:DAC 1", 31.25), ("pci.0", -80.5)] {
            let measure = DeviceMeasure {
                ppm,
                ppm_sd: 0.2,
                at: 1_790_000_000,
                latency: Some(LatencyMeasure {
                    ms: 181.5,
                    sd_ms: 0.1,
                    at: 1_790_000_001,
                    mode: "sbc".into(),
                }),
            };
            let _ = measurements.devices.insert(key.into(), measure);
        }
        measurements
    }

    fn load(text: &str) -> (Loaded<Measurements>, String) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("measurements.toml");
        fs::write(&path, text).unwrap();
        let (file, loaded) = MeasurementsFile::load(&path);
        file.save(&loaded.value).unwrap();
        let saved = fs::read_to_string(&path).unwrap();
        (loaded, saved)
    }

    #[test]
    fn measurements_are_the_same_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/measurements.toml");
        let (file, loaded) = MeasurementsFile::load(&path);
        assert_eq!(
            (loaded.value, loaded.said.len()),
            (Measurements::default(), 0)
        );
        file.save(&example()).unwrap();
        let (_, loaded) = MeasurementsFile::load(&path);
        assert_eq!(loaded.value, example());
        assert!(loaded.said.is_empty(), "{:?}", loaded.said);
    }

    #[test]
    fn one_broken_device_leaves_the_others() {
        let text = toml::to_string(&example()).unwrap();
        let (loaded, _) = load(&text.replace("ppm = 31.25", "ppm = \"fast\""));
        let broken = &loaded.value.devices["usb:DAC 1"];
        assert_eq!((broken.ppm, broken.ppm_sd), (0.0, 200.0));
        assert!(broken.latency.is_some());
        assert_eq!(loaded.value.devices["pci.0"], example().devices["pci.0"]);
        assert!(loaded.backup.is_some());
        let (loaded, _) = load(&text.replace("ppm = 31.25", "ppm = nan"));
        assert_eq!(loaded.value.devices["usb:DAC 1"].ppm, 0.0);
        let (loaded, _) = load(&text.replacen("ms = 181.5", "ms = nan", 1));
        assert_eq!(
            loaded
                .value
                .devices
                .values()
                .filter(|d| d.latency.is_some())
                .count(),
            1
        );
    }

    #[test]
    fn fields_of_a_newer_version_are_written_back() {
        let text = toml::to_string(&example()).unwrap();
        let text = text.replace("ppm = 31.25", "ppm = 31.25\nwander = 0.1");
        let (loaded, saved) = load(&text.replace("version = 1", "version = 7\nhumidity = 3"));
        assert_eq!(loaded.value, example());
        assert!(
            saved.contains("wander = 0.1") && saved.contains("humidity = 3"),
            "{saved}"
        );
        assert!(loaded.backup.is_some());
    }
}
