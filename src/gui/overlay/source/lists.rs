//! What there is to choose from, as lists.

use super::play;
use crate::bluetooth::state::Service;
use crate::bluetooth::words::Agreed;
use crate::devices::{DeviceInfo, DeviceKind, Direction};
use crate::gui::action::{Action, Overlay};
use crate::gui::icon::{self, Icon};
use crate::gui::overlay::entry::Entry;
use crate::gui::overlay::pieces;
use crate::gui::radio::{self, Standing};
use crate::gui::scene;
use crate::gui::shared::Shared;
use crate::rig::edit::Edit;
use crate::rig::{Source, TestSignal};

pub(super) fn kinds(shared: &Shared) -> Vec<Entry> {
    let current = shared.link.rig.source.as_ref();
    let mut entries = bluetooth(shared);
    entries.extend(inputs(shared));
    let is = |kind: fn(&Source) -> bool| current.is_some_and(kind);
    let more = |item: &str, label: &str, sign: Icon, chosen: bool| {
        Entry::inner(item, label)
            .icon(sign)
            .chosen(chosen)
            .leads_on()
    };
    let source = Some(Source::Desktop);
    entries.push(
        Entry::closing("desktop", "Desktop audio", play(Source::Desktop))
            .icon(Icon::Monitor)
            .detail("What other programs play, through a sink named Inphase")
            .chosen(current == source.as_ref())
            .under("This computer"),
    );
    entries.push(more(
        "page/sink",
        "What a sink plays",
        Icon::Speaker,
        is(|source| matches!(source, Source::Monitor { .. })),
    ));
    entries.push(more(
        "page/files",
        "Files",
        Icon::FileMusic,
        is(|source| matches!(source, Source::Files { .. })),
    ));
    entries.push(more(
        "page/pipe",
        "A pipe",
        Icon::SquareTerminal,
        is(|source| matches!(source, Source::Pipe { .. })),
    ));
    entries.push(more(
        "page/test",
        "A test signal",
        Icon::Activity,
        is(|source| matches!(source, Source::Test { .. })),
    ));
    entries.push(
        Entry::closing("none", "Nothing", pieces::tell(Edit::SetSource(None)))
            .icon(Icon::CircleOff)
            .chosen(current.is_none()),
    );
    entries
}

/// What plays to this computer over Bluetooth, and how to let one more do so.
fn bluetooth(shared: &Shared) -> Vec<Entry> {
    let Some(state) = radio::state(shared) else {
        return Vec::new();
    };
    let current = shared.link.rig.source.as_ref().and_then(radio::of_source);
    let mut entries: Vec<Entry> = radio::sources(state)
        .map(|device| {
            let address = device.address;
            let standing = Standing::of_source(device, state);
            let codec = device.transport.as_ref().map(|of| Agreed::of(of).codec());
            let detail = match codec {
                Some(codec) => format!("{} · {codec}", standing.words),
                None => standing.words,
            };
            let does = play(radio::as_source(address));
            Entry::closing(format!("bluetooth/{address}"), radio::name(device), does)
                .icon(Icon::Speaker)
                .detail(detail)
                .chosen(current == Some(address))
        })
        .collect();
    let (label, detail) = match &state.service {
        Service::Unavailable(_) => (
            "Echo over Bluetooth",
            radio::first_sentence(&state.service.sentence()).to_owned(),
        ),
        _ if entries.is_empty() => (
            "Echo over Bluetooth",
            "Say “Alexa, pair” near the Echo".into(),
        ),
        _ => (
            "Another Echo or phone",
            "Say “Alexa, pair” near the Echo".into(),
        ),
    };
    entries.push(
        Entry::new("pair", label, vec![Action::Open(Overlay::Pairing)])
            .icon(Icon::Speaker)
            .detail(detail)
            .leads_on(),
    );
    entries[0].heading = Some("Bluetooth");
    entries
}

/// Capture devices; monitors of sinks have their own page.
fn inputs(shared: &Shared) -> Vec<Entry> {
    let current = shared.link.rig.source.as_ref();
    let devices = shared.link.devices.iter();
    let mut entries: Vec<Entry> = devices
        .filter(|device| device.direction == Direction::Input && radio::of_info(device).is_none())
        .map(|device| {
            let source = Source::Capture {
                device: device.id.clone(),
            };
            let chosen = current == Some(&source);
            Entry::closing(format!("input/{}", device.id), &device.name, play(source))
                .icon(icon::of_device(device.kind))
                .detail(format(device))
                .chosen(chosen)
        })
        .collect();
    if entries.is_empty() {
        entries.push(
            Entry::new("no-input", "No inputs found", Vec::new())
                .icon(Icon::Cable)
                .detail("Plug in a sound card with an input"),
        );
    }
    entries[0].heading = Some("Line in");
    entries
}

fn format(device: &DeviceInfo) -> String {
    let channels = match device.channels {
        1 => "mono".into(),
        2 => "stereo".into(),
        more => format!("{more} channels"),
    };
    let best = device.rates.iter().max();
    let kind = match device.kind {
        DeviceKind::Usb => "USB",
        DeviceKind::Bluetooth => "Bluetooth",
        DeviceKind::Network => "Network",
        DeviceKind::Virtual => "Virtual",
        _ => "Line in",
    };
    match best {
        Some(rate) => format!("{kind} · {} kHz · {channels}", f64::from(*rate) / 1000.0),
        None => format!("{kind} · {channels}"),
    }
}

/// Sinks of the sound server; only those can be listened to.
pub(super) fn sinks(shared: &Shared) -> Vec<Entry> {
    let current = shared.link.rig.source.as_ref();
    let is_sink = |device: &&DeviceInfo| {
        device.direction == Direction::Output && device.id.starts_with(SOUND_SERVER)
    };
    let entries: Vec<Entry> = shared
        .link
        .devices
        .iter()
        .filter(is_sink)
        .map(|device| {
            let source = Source::Monitor {
                sink: device.id.clone(),
            };
            let chosen = current == Some(&source);
            Entry::closing(format!("sink/{}", device.id), &device.name, play(source))
                .icon(icon::of_device(device.kind))
                .chosen(chosen)
        })
        .collect();
    if !entries.is_empty() {
        return entries;
    }
    vec![
        Entry::new("no-sink", "No sinks found", Vec::new())
            .icon(Icon::Speaker)
            .detail("Start PipeWire or PulseAudio"),
    ]
}

pub(super) fn tests(shared: &Shared) -> Vec<Entry> {
    let current = shared.link.rig.source.as_ref();
    TestSignal::WORDS
        .iter()
        .map(|(signal, word)| {
            let source = Source::Test { signal: *signal };
            let chosen = current == Some(&source);
            Entry::closing(
                format!("test/{word}"),
                scene::test_name(*signal),
                play(source),
            )
            .chosen(chosen)
        })
        .collect()
}

/// What stands before the ids of a sound server's devices.
const SOUND_SERVER: &str = "pulse:";
