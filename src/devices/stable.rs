//! What stays the same about a device when the system renumbers it.
//!
//! ALSA numbers cards in the order they appear and names the second of two
//! equal ones `DAC_1`. The key is built from what the hardware says of itself:
//! `usb-1234:5678-SERIAL#0`, without a serial the port (`usb-1234:5678@1-1#0`),
//! for built-in cards the bus address (`pci-0000:00:1f.3#0`); after `#` is the
//! PCM of the card. On sound servers names are stable by themselves.

use std::path::Path;

use super::{DeviceInfo, DeviceKind, Direction};
use crate::rig::model::Output;

/// The sound cards of a system, as the kernel shows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cards(Vec<Card>);

/// One sound card.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Card {
    index: u32,
    /// ALSA's short name, such as `DAC`.
    id: String,
    /// What it calls itself, such as `USB DAC 2`.
    name: String,
    usb: bool,
    /// Identity without the PCM number.
    key: String,
    /// Titles of its PCMs by number.
    pcms: Vec<(u32, String)>,
}

impl Cards {
    /// Those of this machine; empty without `/proc/asound`.
    pub(crate) fn system() -> Self {
        Self::read(Path::new("/proc/asound"), Path::new("/sys/class/sound"))
    }

    /// Reads the kernel's tables below `proc` and `sys`.
    pub(crate) fn read(proc: &Path, sys: &Path) -> Self {
        let table = std::fs::read_to_string(proc.join("cards")).unwrap_or_default();
        let pcms = std::fs::read_to_string(proc.join("pcm")).unwrap_or_default();
        let mut cards: Vec<(Card, String)> = table
            .lines()
            .filter_map(parse_card)
            .map(|(index, id, name)| {
                let (key, port, usb) = identify(proc, sys, index, &id);
                let pcms = parse_pcms(&pcms, index);
                let card = Card {
                    index,
                    id,
                    name,
                    usb,
                    key,
                    pcms,
                };
                (card, port)
            })
            .collect();
        let keys: Vec<String> = cards.iter().map(|(card, _)| card.key.clone()).collect();
        for (card, port) in &mut cards {
            // Equal devices without or with equal serials differ by their port.
            if keys.iter().filter(|key| **key == card.key).count() > 1 {
                card.key = format!("{}@{port}", card.key);
            }
        }
        Self(cards.into_iter().map(|(card, _)| card).collect())
    }

    fn card(&self, text: &str) -> Option<&Card> {
        let by_id = self.0.iter().find(|card| card.id == text);
        by_id.or_else(|| {
            let index: u32 = text.parse().ok()?;
            self.0.iter().find(|card| card.index == index)
        })
    }
}

/// ` 1 [DAC            ]: USB-Audio - USB DAC 2` → 1, `DAC`, `USB DAC 2`.
fn parse_card(line: &str) -> Option<(u32, String, String)> {
    let (index, rest) = line.split_once('[')?;
    let (id, rest) = rest.split_once(']')?;
    let name = rest.split_once(" - ").map_or(rest, |(_, name)| name);
    let name = name.trim_start_matches(':').trim();
    Some((index.trim().parse().ok()?, id.trim().into(), name.into()))
}

/// `01-00: USB Audio : USB Audio : playback 1` → (0, `USB Audio`) of card 1.
fn parse_pcms(table: &str, card: u32) -> Vec<(u32, String)> {
    let line = |line: &str| {
        let (number, rest) = line.split_once(':')?;
        let (of, pcm) = number.split_once('-')?;
        let title = rest.split(':').nth(1).unwrap_or_default().trim();
        let of: u32 = of.trim().parse().ok()?;
        (of == card).then_some((pcm.trim().parse().ok()?, title.to_owned()))
    };
    table.lines().filter_map(line).collect()
}

/// Key, port and whether it is USB.
fn identify(proc: &Path, sys: &Path, index: u32, id: &str) -> (String, String, bool) {
    let device = std::fs::canonicalize(sys.join(format!("card{index}/device")));
    let node = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let usbid = std::fs::read_to_string(proc.join(format!("card{index}/usbid")));
    if let Ok(usbid) = usbid {
        // The sound card hangs on a USB interface; the device is its parent.
        let parent = device.ok().and_then(|d| d.parent().map(Path::to_path_buf));
        let serial = parent
            .as_ref()
            .map(|p| std::fs::read_to_string(p.join("serial")));
        let port = parent.as_deref().map(node).unwrap_or_default();
        let model = format!("usb-{}", usbid.trim());
        return match serial {
            Some(Ok(serial)) if !serial.trim().is_empty() => {
                (format!("{model}-{}", serial.trim()), port, true)
            }
            _ => (format!("{model}@{port}"), port, true),
        };
    }
    match device {
        Ok(device) => {
            let port = node(&device);
            (format!("pci-{port}"), port, false)
        }
        Err(_) => (format!("card-{id}"), String::new(), false),
    }
}

/// A PCM name of the form `hw:CARD=DAC,DEV=0`, `hw:1,0` or `hw:DAC`.
struct Hardware<'a> {
    prefix: &'a str,
    card: &'a str,
    device: u32,
}

fn parse_hardware(name: &str) -> Option<Hardware<'_>> {
    let (prefix, rest) = name.split_once(':')?;
    if !["hw", "plughw"].contains(&prefix) {
        return None;
    }
    let mut parts = rest.split(',');
    let card = parts.next()?.trim();
    let device = parts.next().unwrap_or("0").trim();
    Some(Hardware {
        prefix,
        card: card.strip_prefix("CARD=").unwrap_or(card),
        device: device.strip_prefix("DEV=").unwrap_or(device).parse().ok()?,
    })
}

/// Whether `name` is `hw:` or `plughw:`.
pub(crate) fn is_hardware(name: &str) -> bool {
    parse_hardware(name).is_some()
}

/// All ways cpal may spell the PCM `name`; the one with the card's id first.
pub(crate) fn spellings(cards: &Cards, name: &str) -> Vec<String> {
    let Some(hardware) = parse_hardware(name) else {
        return vec![name.to_owned()];
    };
    let Hardware { prefix, device, .. } = hardware;
    let spell = |card: &dyn std::fmt::Display| format!("{prefix}:CARD={card},DEV={device}");
    match cards.card(hardware.card) {
        Some(card) => vec![spell(&card.id), spell(&card.index)],
        None => vec![spell(&hardware.card)],
    }
}

/// The clock that drives hardware PCM `id`, the same for both directions.
pub(crate) fn hardware_clock(cards: &Cards, id: &str) -> Option<String> {
    let name = id.strip_prefix("alsa:")?;
    let hardware = parse_hardware(name)?;
    let card = cards.card(hardware.card);
    let card = card.map_or(hardware.card, |card| card.id.as_str());
    Some(format!("alsa:{card},{}", hardware.device))
}

/// The number of the card behind an id such as `alsa:plughw:CARD=DAC,DEV=0`
/// and what it calls itself; for the desktop's device reservation.
pub(crate) fn card_of(cards: &Cards, id: &str) -> Option<(u32, String)> {
    let hardware = parse_hardware(id.strip_prefix("alsa:")?)?;
    let card = cards.card(hardware.card)?;
    Some((card.index, card.name.clone()))
}

/// Completes `info` for the ALSA PCM `name`; false for what nobody wants in a
/// list: the converters, mixers and speaker layouts that ALSA defines for every
/// card. They can still be opened by name.
pub(crate) fn describe_alsa(cards: &Cards, name: &str, info: &mut DeviceInfo) -> bool {
    const HIDDEN: [&str; 28] = [
        "null",
        "lavrate",
        "samplerate",
        "speexrate",
        "speex",
        "jack",
        "oss",
        "upmix",
        "vdownmix",
        "sysdefault",
        "front",
        "rear",
        "center_lfe",
        "side",
        "surround21",
        "surround40",
        "surround41",
        "surround50",
        "surround51",
        "surround71",
        "iec958",
        "spdif",
        "hdmi",
        "dmix",
        "dsnoop",
        "usbstream",
        "modem",
        "plughw",
    ];
    let head = name.split(':').next().unwrap_or(name);
    if HIDDEN.contains(&head) {
        return false;
    }
    let Some(hardware) = parse_hardware(name) else {
        info.kind = DeviceKind::Virtual;
        info.key = format!("pcm-{name}");
        return true;
    };
    let Some(card) = cards.card(hardware.card) else {
        info.kind = DeviceKind::Card;
        return true;
    };
    let title = card.pcms.iter().find(|(pcm, _)| *pcm == hardware.device);
    let title = title.map_or("", |(_, title)| title.as_str());
    info.id = format!("alsa:hw:CARD={},DEV={}", card.id, hardware.device);
    info.key = format!("{}#{}", card.key, hardware.device);
    info.kind = match () {
        () if title.contains("HDMI") || card.name.contains("HDMI") => DeviceKind::Hdmi,
        () if card.usb => DeviceKind::Usb,
        () => DeviceKind::Card,
    };
    info.name = if title.is_empty() || title == "USB Audio" {
        card.name.clone()
    } else {
        format!("{}, {title}", card.name)
    };
    true
}

/// Completes `info` for a sound server's node: servers build names from the
/// bus and the device, `alsa_output.usb-…`, `bluez_output.AA_BB…`.
pub(crate) fn describe_server_node(name: &str, info: &mut DeviceInfo) {
    info.kind = match name {
        name if name.starts_with("bluez") => DeviceKind::Bluetooth,
        name if name.contains("hdmi") => DeviceKind::Hdmi,
        name if name.starts_with("alsa") && name.contains("usb-") => DeviceKind::Usb,
        name if name.starts_with("alsa") => DeviceKind::Card,
        _ => DeviceKind::Virtual,
    };
}

/// The listed playback device that the rig's `output` means: the very one
/// (id and key), else the same hardware under another name (key), else the
/// same name or nearly the same name where nothing speaks against it. Rather
/// none than the wrong one: a speaker that waits is better than settings that
/// sound in another room.
#[must_use]
pub fn find(devices: &[DeviceInfo], output: &Output) -> Option<DeviceInfo> {
    let same_system = |d: &&DeviceInfo| {
        d.direction == Direction::Output && system(&d.id) == system(&output.device)
    };
    let here: Vec<&DeviceInfo> = devices.iter().filter(same_system).collect();
    let unknown = output.key.is_empty();
    let exact = |d: &&DeviceInfo| d.id == output.device && (unknown || d.key == output.key);
    let by_key = |d: &&DeviceInfo| !unknown && d.key == output.key;
    let by_name = |d: &&DeviceInfo| d.id == output.device && may_be(&output.key, &d.key);
    let pick = |fits: &dyn Fn(&&DeviceInfo) -> bool| here.iter().copied().find(|d| fits(d));
    let found = pick(&exact)
        .or_else(|| pick(&by_key))
        .or_else(|| pick(&by_name));
    found.or_else(|| alike(&here, output)).cloned()
}

/// The only device that differs from `output` in its profile or, without a
/// serial number, in its port; none when there are several.
fn alike<'a>(here: &[&'a DeviceInfo], output: &Output) -> Option<&'a DeviceInfo> {
    let node = |id: &str| system(id) != "alsa" && base(id) == base(&output.device);
    let moved = |d: &DeviceInfo| model(&d.key).is_some() && may_be(&output.key, &d.key);
    let mut fits = here.iter().filter(|d| node(&d.id) || moved(d));
    let first = fits.next()?;
    fits.next().is_none().then_some(*first)
}

fn system(id: &str) -> &str {
    id.split(':').next().unwrap_or_default()
}

/// A server node's name without its profile: `alsa_output.usb-DAC-00` of
/// `alsa_output.usb-DAC-00.analog-stereo`. Where the last part is no profile,
/// or where it tells one television from another, the whole name.
fn base(id: &str) -> &str {
    match id.rsplit_once('.') {
        Some((base, profile)) if !profile.contains("hdmi") && is_card_node(id) => base,
        _ => id,
    }
}

fn is_card_node(id: &str) -> bool {
    let name = id.split_once(':').map_or(id, |(_, name)| name);
    let card = [
        "alsa_output.",
        "alsa_input.",
        "bluez_output.",
        "bluez_input.",
    ];
    card.iter().any(|head| name.starts_with(head)) && name.matches('.').count() >= 2
}

/// Whether hardware of key `new` may be what was saved as `old`: the same
/// model, both without a serial number. Two serial numbers are two devices.
fn may_be(old: &str, new: &str) -> bool {
    match (model(old), model(new)) {
        (None, None) => true,
        (old_model, new_model) => {
            let pcm = |key: &str| key.rsplit_once('#').map(|(_, pcm)| pcm.to_owned());
            old_model == new_model && old.contains('@') && new.contains('@') && pcm(old) == pcm(new)
        }
    }
}

/// The part of a USB key that names the model, with its serial number if it
/// has one: `usb-1234:5678-SERIAL`.
fn model(key: &str) -> Option<&str> {
    key.starts_with("usb-")
        .then(|| key.split(['@', '#']).next().unwrap_or(key))
}

#[cfg(test)]
mod tests;
