//! What is there in the demo's home: two radios, three speakers of which one is
//! new, an Echo that plays. Plain data, for the demo and for
//! pictures.

use crate::bluetooth::state::{
    Activity, Adapter, Address, Device, Kind, Player, PlayerAction, PlayerStatus, Role, Service,
    State, Transport, TransportState, Version,
};

/// The Echo.
pub const ECHO: Address = Address([0x44, 0x65, 0x0D, 0x1A, 0x2B, 0x3C]);
/// The first Flip.
pub const FLIP: Address = Address([0xF4, 0x4E, 0xFD, 0x00, 0x00, 0x61]);
/// The second one.
pub const SECOND_FLIP: Address = Address([0xF4, 0x4E, 0xFD, 0x00, 0x00, 0x62]);
/// The one that is new.
pub const BOOM: Address = Address([0x88, 0xC6, 0x26, 0x00, 0x00, 0x03]);
/// An Echo that pairs while the window for it is open.
pub const VISITOR: Address = Address([0x44, 0x65, 0x0D, 0x5E, 0x6F, 0x70]);

/// Everything that is there when the demo begins.
#[must_use]
pub fn home() -> State {
    let mut devices = vec![
        echo(),
        speaker(FLIP, "JBL Flip 6", 82, -52),
        speaker(SECOND_FLIP, "JBL Flip 6 (2)", 64, -71),
        Device {
            rssi: Some(-63),
            ..device(BOOM, "UE Boom 3", Kind::Speaker)
        },
    ];
    devices.sort_by_key(|device| device.address);
    State {
        service: Service::Ready {
            version: Some(Version(5, 87)),
            caution: None,
        },
        adapters: vec![
            adapter("hci0", 0x10, "Living room"),
            adapter("hci1", 0x11, "Patio dongle"),
        ],
        devices,
        ..State::default()
    }
}

fn adapter(id: &str, last: u8, name: &str) -> Adapter {
    Adapter {
        id: id.into(),
        address: Some(Address([0x00, 0x1A, 0x7D, 0xDA, 0x71, last])),
        alias: name.into(),
        named: Some(name.into()),
        powered: true,
        blocked: false,
        discovering: false,
        discoverable: false,
        pairable: false,
        class: 0x24_0414,
        streams: 4,
        receives: true,
        failure: None,
    }
}

/// One that is known and nothing more.
pub(super) fn device(address: Address, name: &str, kind: Kind) -> Device {
    Device {
        address,
        adapter: "hci0".into(),
        adapters: vec!["hci0".into()],
        name: name.into(),
        alias: name.into(),
        class: None,
        icon: Some("audio-card".into()),
        kind,
        paired: false,
        trusted: false,
        connected: false,
        blocked: false,
        rssi: None,
        battery: None,
        activity: Activity::None,
        transport: None,
        player: None,
        wanted: false,
        retry: None,
        failure: None,
    }
}

fn speaker(address: Address, name: &str, battery: u8, dbm: i16) -> Device {
    Device {
        paired: true,
        trusted: true,
        connected: true,
        rssi: Some(dbm),
        battery: Some(battery),
        transport: Some(transport(Role::ToSpeaker)),
        wanted: true,
        ..device(address, name, Kind::Speaker)
    }
}

fn echo() -> Device {
    Device {
        paired: true,
        trusted: true,
        connected: true,
        transport: Some(Transport {
            state: TransportState::Active,
            ..transport(Role::FromSource)
        }),
        player: Some(Player {
            title: TRACKS[0].0.into(),
            artist: TRACKS[0].1.into(),
            album: String::new(),
            status: PlayerStatus::Playing,
            position_ms: Some(42_000),
            duration_ms: Some(222_000),
            can: vec![
                PlayerAction::Play,
                PlayerAction::Pause,
                PlayerAction::Next,
                PlayerAction::Previous,
            ],
        }),
        wanted: true,
        ..device(ECHO, "Echo Dot", Kind::Source)
    }
}

/// A sound connection that both ends agreed on.
pub(super) fn transport(role: Role) -> Transport {
    Transport {
        role,
        state: TransportState::Idle,
        ours: true,
        acquired: false,
        codec: 0,
        // 44.1 kHz, joint stereo, 16 blocks, 8 subbands, loudness, bitpool 2 to 53.
        configuration: vec![0x21, 0x15, 2, 53],
        delay: (role == Role::ToSpeaker).then_some(1500),
        volume: Some(80),
    }
}

/// What the Echo plays, title and artist.
pub(super) const TRACKS: [(&str, &str); 3] = [
    ("Gymnopédie No. 1", "Erik Satie"),
    ("Clair de lune", "Claude Debussy"),
    ("The Entertainer", "Scott Joplin"),
];
