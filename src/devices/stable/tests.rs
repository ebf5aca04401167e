//! Identity on invented machines.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::symlink;

use super::*;
use crate::devices::{Presence, Radio};

/// One invented USB card: index, id, name, vendor:product, serial, port.
type Usb<'a> = (u32, &'a str, &'a str, &'a str, Option<&'a str>, &'a str);

fn machine(usb: &[Usb<'_>]) -> (tempfile::TempDir, Cards) {
    let root = tempfile::tempdir().unwrap();
    let (proc, sys) = (root.path().join("proc"), root.path().join("sys"));
    let bus = root.path().join("bus");
    let mut table = String::from(
        " 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n                      at irq 31\n",
    );
    let mut pcms = String::from(
        "00-00: ALC257 Analog : ALC257 Analog : playback 1 : capture 1\n\
         00-03: HDMI 0 : HDMI 0 : playback 1\n",
    );
    fs::create_dir_all(proc.join("card0")).unwrap();
    fs::create_dir_all(sys.join("card0")).unwrap();
    fs::create_dir_all(bus.join("0000:00:1f.3")).unwrap();
    symlink(bus.join("0000:00:1f.3"), sys.join("card0/device")).unwrap();
    for (index, id, name, product, serial, port) in usb {
        table += &format!(" {index} [{id:<15}]: USB-Audio - {name}\n   at usb-{port}\n");
        pcms += &format!("{index:02}-00: USB Audio : USB Audio : playback 1\n");
        let card = proc.join(format!("card{index}"));
        fs::create_dir_all(&card).unwrap();
        fs::write(card.join("usbid"), product).unwrap();
        let interface = bus.join(port).join(format!("{port}:1.0"));
        fs::create_dir_all(&interface).unwrap();
        if let Some(serial) = serial {
            fs::write(bus.join(port).join("serial"), format!("{serial}\n")).unwrap();
        }
        fs::create_dir_all(sys.join(format!("card{index}"))).unwrap();
        symlink(interface, sys.join(format!("card{index}/device"))).unwrap();
    }
    fs::write(proc.join("cards"), table).unwrap();
    fs::write(proc.join("pcm"), pcms).unwrap();
    let cards = Cards::read(&proc, &sys);
    (root, cards)
}

fn info(cards: &Cards, name: &str) -> DeviceInfo {
    let mut info = blank(&format!("alsa:{name}"), name);
    assert!(describe_alsa(cards, name, &mut info));
    info
}

fn blank(id: &str, key: &str) -> DeviceInfo {
    DeviceInfo {
        id: id.into(),
        name: id.into(),
        direction: Direction::Output,
        kind: DeviceKind::Unknown,
        channels: 0,
        rates: Vec::new(),
        is_default: false,
        key: key.into(),
        presence: Presence::Ready,
        radio: Radio::default(),
        latency_ms: None,
        inside: None,
    }
}

fn saved(info: &DeviceInfo) -> Output {
    Output {
        device: info.id.clone(),
        channels: Vec::new(),
        key: info.key.clone(),
    }
}

const DAC: Usb<'static> = (1, "DAC", "USB DAC 2", "1234:5678", Some("A1"), "1-1");

#[test]
fn index_forms_become_card_ids_and_carry_the_hardware_key() {
    let (_root, cards) = machine(&[DAC]);
    for name in ["hw:1,0", "hw:CARD=1,DEV=0", "hw:DAC", "hw:CARD=DAC,DEV=0"] {
        let info = info(&cards, name);
        assert_eq!(info.id, "alsa:hw:CARD=DAC,DEV=0");
        assert_eq!(info.key, "usb-1234:5678-A1#0");
        assert_eq!(info.name, "USB DAC 2");
        assert_eq!(info.kind, DeviceKind::Usb);
        let spellings = spellings(&cards, name);
        assert_eq!(spellings, ["hw:CARD=DAC,DEV=0", "hw:CARD=1,DEV=0"]);
    }
    let hdmi = info(&cards, "hw:0,3");
    assert_eq!(
        (hdmi.kind, hdmi.key.as_str()),
        (DeviceKind::Hdmi, "pci-0000:00:1f.3#3")
    );
    assert_eq!(hdmi.name, "HDA Intel PCH, HDMI 0");
}

#[test]
fn converters_are_hidden_and_user_defined_pcms_are_not() {
    let (_root, cards) = machine(&[]);
    for name in ["null", "plughw:CARD=PCH,DEV=0", "surround51:CARD=PCH,DEV=0"] {
        assert!(
            !describe_alsa(&cards, name, &mut blank(name, name)),
            "{name}"
        );
    }
    assert_eq!(info(&cards, "lab1").key, "pcm-lab1");
}

#[test]
fn a_dac_is_found_again_under_another_number_name_and_port() {
    let (_before, cards) = machine(&[DAC]);
    let output = saved(&info(&cards, "hw:CARD=DAC,DEV=0"));
    let other = (1, "DAC", "Other DAC", "9999:0001", None, "1-1");
    let renamed = (2, "DAC_1", "USB DAC 2", "1234:5678", Some("A1"), "3-2");
    let (_after, cards) = machine(&[other, renamed]);
    let list = [info(&cards, "hw:1,0"), info(&cards, "hw:2,0")];
    let found = find(&list, &output).unwrap();
    assert_eq!(found.id, "alsa:hw:CARD=DAC_1,DEV=0");
    // Without it, the other DAC that took its name is not it.
    assert_eq!(find(&list[..1], &output), None);
}

#[test]
fn two_equal_dacs_without_serial_differ_by_port() {
    let first = (1, "DAC", "USB DAC 2", "1234:5678", None, "1-1");
    let second = (2, "DAC_1", "USB DAC 2", "1234:5678", None, "1-2");
    let (_root, cards) = machine(&[first, second]);
    let list = [info(&cards, "hw:1,0"), info(&cards, "hw:2,0")];
    let swapped_first = (2, "DAC_1", "USB DAC 2", "1234:5678", None, "1-1");
    let swapped_second = (1, "DAC", "USB DAC 2", "1234:5678", None, "1-2");
    let (_swapped, cards) = machine(&[swapped_second, swapped_first]);
    let now = [info(&cards, "hw:1,0"), info(&cards, "hw:2,0")];
    assert_eq!(
        find(&now, &saved(&list[0])).unwrap().id,
        "alsa:hw:CARD=DAC_1,DEV=0"
    );
    assert_eq!(
        find(&now, &saved(&list[1])).unwrap().id,
        "alsa:hw:CARD=DAC,DEV=0"
    );
}

#[test]
fn equal_serials_differ_by_port() {
    let twin = (2, "DAC_1", "USB DAC 2", "1234:5678", Some("A1"), "1-2");
    let (_root, cards) = machine(&[DAC, twin]);
    assert_ne!(info(&cards, "hw:1,0").key, info(&cards, "hw:2,0").key);
}

#[test]
fn a_dac_without_serial_is_found_in_another_port_when_it_is_the_only_one() {
    let (_before, cards) = machine(&[(1, "DAC", "D", "1:2", None, "1-1")]);
    let output = saved(&info(&cards, "hw:1,0"));
    let (_after, cards) = machine(&[(3, "D", "D", "1:2", None, "2-4")]);
    let list = [info(&cards, "hw:0,0"), info(&cards, "hw:3,0")];
    assert_eq!(find(&list, &output).unwrap().id, "alsa:hw:CARD=D,DEV=0");
}

#[test]
fn a_sink_is_found_under_another_profile_but_never_another_sink() {
    let node = |name: &str| blank(&format!("pulse:{name}"), name);
    let dac = node("alsa_output.usb-X_DAC-00.analog-stereo");
    let digital = node("alsa_output.usb-X_DAC-00.iec958-stereo");
    assert_eq!(
        find(std::slice::from_ref(&digital), &saved(&dac)),
        Some(digital.clone())
    );
    assert_eq!(find(&[node("zone.b")], &saved(&node("zone.a"))), None);
    let left = node("alsa_output.pci-0000_01_00.1.hdmi-stereo");
    let right = node("alsa_output.pci-0000_01_00.1.hdmi-stereo-extra1");
    assert_eq!(find(&[right], &saved(&left)), None);
    let mut input = dac.clone();
    input.direction = Direction::Input;
    assert_eq!(find(&[input], &saved(&dac)), None);
}

#[test]
fn a_hand_written_output_needs_no_key() {
    let (_root, cards) = machine(&[DAC]);
    let list = [info(&cards, "hw:1,0")];
    let output = Output {
        device: "alsa:hw:CARD=DAC,DEV=0".into(),
        ..Output::default()
    };
    assert_eq!(find(&list, &output), Some(list[0].clone()));
}

#[test]
fn both_directions_of_one_pcm_share_a_clock() {
    let (_root, cards) = machine(&[DAC]);
    let clock = hardware_clock(&cards, "alsa:hw:CARD=DAC,DEV=0");
    assert_eq!(clock, hardware_clock(&cards, "alsa:plughw:1,0"));
    assert_eq!(clock.as_deref(), Some("alsa:DAC,0"));
    assert_eq!(hardware_clock(&cards, "alsa:lab1"), None);
    let card = card_of(&cards, "alsa:plughw:DAC");
    assert_eq!(card, Some((1, "USB DAC 2".into())));
}
