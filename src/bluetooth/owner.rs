//! Who else takes part in Bluetooth sound, and how WirePlumber is told to leave
//! it to us.
//!
//! BlueZ does not tell who registered an endpoint, so what can be seen is
//! looked at: a sound server that has loaded its Bluetooth part, BlueALSA's bus
//! name and its streams, and streams that BlueZ shows and that are not ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use zbus::fdo::{DBusProxy, ObjectManagerProxy};

pub use drop_in::{DropIn, DropInError, Generation};

use super::state::{Address, Handover, Owner, Standing};

mod drop_in;

/// BlueALSA's name on the system bus.
const BLUEALSA: &str = "org.bluealsa";

const WIREPLUMBER: &str = "WirePlumber";

/// Makes WirePlumber obey, or obey no longer.
pub const RESTART_WIREPLUMBER: &str = "systemctl --user restart wireplumber";

/// A sound server: its process as the kernel names it, what we call it, the
/// library that it loads when it takes Bluetooth sound over, its restart.
const SERVERS: [(&str, &str, &str, &str); 3] = [
    (
        "wireplumber",
        WIREPLUMBER,
        "libspa-bluez5",
        RESTART_WIREPLUMBER,
    ),
    (
        // The kernel keeps 15 letters.
        "pipewire-media-",
        "pipewire-media-session",
        "libspa-bluez5",
        "systemctl --user restart pipewire-media-session",
    ),
    (
        "pulseaudio",
        "PulseAudio",
        "libbluez5-util",
        "pulseaudio -k",
    ),
];

/// What is looked at.
#[derive(Debug, Clone)]
pub struct Traces {
    /// The devices that BlueALSA holds, if it is on the bus.
    pub bluealsa: Option<Vec<Address>>,
    /// Devices with a stream in BlueZ that is not ours.
    pub held: Vec<Address>,
    /// `/proc`.
    pub processes: PathBuf,
    /// `~/.config`.
    pub config: PathBuf,
}

/// Asks BlueALSA what it holds; `None` when it does not run.
pub async fn bluealsa(bus: &zbus::Connection, limit: Duration) -> Option<Vec<Address>> {
    let ask = async {
        let daemon = DBusProxy::new(bus).await.ok()?;
        let name = BLUEALSA.try_into().ok()?;
        if !daemon.name_has_owner(name).await.ok()? {
            return None;
        }
        let manager = ObjectManagerProxy::new(bus, BLUEALSA, "/org/bluealsa").await;
        let objects = match manager {
            Ok(manager) => manager.get_managed_objects().await.unwrap_or_default(),
            Err(_) => return Some(Vec::new()),
        };
        let mut held: Vec<_> = objects.keys().filter_map(|path| device_in(path)).collect();
        held.sort_unstable();
        held.dedup();
        Some(held)
    };
    tokio::time::timeout(limit, ask).await.ok().flatten()
}

/// The device in a path such as `/org/bluealsa/hci0/dev_AA_BB_CC_DD_EE_FF/a2dpsrc/sink`.
fn device_in(path: &str) -> Option<Address> {
    let mut parts = path.split('/');
    let address = parts.find_map(|part| part.strip_prefix("dev_"))?;
    address.replace('_', ":").parse().ok()
}

/// Who takes part, and the file that makes WirePlumber leave Bluetooth alone, where
/// that would help or is there already. Reads small files only, but may wait for a disk.
#[must_use]
pub fn look(traces: &Traces) -> (Vec<Owner>, Option<Handover>) {
    let owners = owners(traces);
    let handover = DropIn::new(&traces.config, Generation::installed()).shown();
    let runs = owners.iter().any(|owner| owner.name == WIREPLUMBER);
    let shown = runs || handover.standing != Standing::Absent;
    (owners, shown.then_some(handover))
}

fn owners(traces: &Traces) -> Vec<Owner> {
    let mut owners: Vec<Owner> = traces
        .bluealsa
        .iter()
        .map(|held| bluealsa_owner(held))
        .collect();
    let mut left = traces.held.clone();
    left.retain(|address| !owners.iter().any(|owner| owner.holds.contains(address)));
    let told = fs::metadata(DropIn::new(&traces.config, Generation::installed()).path)
        .and_then(|file| file.modified())
        .ok();
    let mut servers = servers(&traces.processes, told);
    if let Some(server) = servers.first_mut()
        && !left.is_empty()
    {
        server.evidence.push(held_sentence(&left));
        server.holds = std::mem::take(&mut left);
        server.restart_needed &= told.is_some();
    }
    owners.extend(servers);
    if !left.is_empty() {
        owners.push(Owner {
            name: "Another program".to_owned(),
            pid: None,
            evidence: vec![held_sentence(&left)],
            holds: left,
            restart_needed: false,
            restart: None,
        });
    }
    owners
}

fn held_sentence(held: &[Address]) -> String {
    let held: Vec<_> = held.iter().map(ToString::to_string).collect();
    format!(
        "BlueZ shows a stream to {} that is not ours.",
        held.join(", ")
    )
}

fn bluealsa_owner(held: &[Address]) -> Owner {
    Owner {
        name: "BlueALSA".to_owned(),
        pid: None,
        holds: held.to_vec(),
        evidence: vec![format!("{BLUEALSA} is on the system bus.")],
        restart_needed: false,
        restart: Some("sudo systemctl stop bluealsa".to_owned()),
    }
}

/// Sound servers that have their Bluetooth part loaded. One that was started
/// after it was `told` to leave Bluetooth alone has it loaded for MIDI only.
fn servers(processes: &Path, told: Option<SystemTime>) -> Vec<Owner> {
    let Ok(entries) = fs::read_dir(processes) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .flatten()
        .filter_map(|entry| server(&entry.path(), told))
        .collect();
    found.sort_by_key(|owner| owner.pid);
    found
}

fn server(process: &Path, told: Option<SystemTime>) -> Option<Owner> {
    let pid = process.file_name()?.to_str()?.parse().ok()?;
    let command = fs::read_to_string(process.join("comm")).ok()?;
    let known = SERVERS.iter().find(|server| server.0 == command.trim())?;
    let (_, name, library, restart) = *known;
    // Another user's process does not show what it has loaded.
    let loaded = fs::read_to_string(process.join("maps")).ok()?;
    if !loaded.contains(library) {
        return None;
    }
    let started = fs::metadata(process).and_then(|file| file.modified()).ok();
    let is_told = name == WIREPLUMBER && told.is_some();
    if is_told && started > told {
        return None;
    }
    Some(Owner {
        name: name.to_owned(),
        pid: Some(pid),
        holds: Vec::new(),
        evidence: vec![format!("{name} (process {pid}) has loaded {library}.")],
        restart_needed: is_told,
        restart: Some(restart.to_owned()),
    })
}

#[cfg(test)]
mod tests;
