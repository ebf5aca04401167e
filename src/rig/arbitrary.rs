//! Sound rigs and edits of them, for property tests.

use proptest::{prelude::*, sample::Index};

use super::{
    edit::Edit,
    field,
    model::{Output, Rig, Role, Settings, Source, Speaker, Target, TestSignal, Timing, Zone},
};

/// A name that stays as it is.
fn name() -> impl Strategy<Value = String> {
    "[A-Za-zäöü日][A-Za-z0-9äöü '\"\\\\#=\\[\\]]{0,14}[a-z0-9]"
}

fn id() -> impl Strategy<Value = String> {
    "[a-z][a-z0-9_-]{0,6}"
}

fn gain() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), -60.0..=12.0_f64]
}

/// Any output that can be written.
pub fn output() -> impl Strategy<Value = Output> {
    let channels = prop_oneof![
        Just(vec![]),
        (1_u16..9).prop_map(|one| vec![one]),
        (1_u16..8).prop_map(|one| vec![one, one + 1]),
    ];
    let device = prop_oneof![
        "alsa:hw:CARD=[A-C],DEV=[01]",
        "(pulse|room):[a-c#]{1,3}(#[12])?",
    ];
    (device, channels).prop_map(|(device, channels)| Output {
        device,
        channels,
        key: String::new(),
    })
}

/// Any source that can be written.
pub fn source() -> impl Strategy<Value = Source> {
    let path = "[a-z/.\"\\\\ :?=&-]{0,8}[a-z]";
    let paths = prop_oneof![
        Just(vec!["desktop".to_owned()]),
        Just(vec!["loop:test:pink".to_owned()]),
        prop::collection::vec(path, 1..4),
    ];
    prop_oneof![
        (paths, any::<bool>()).prop_map(|(paths, repeat)| Source::Files { paths, repeat }),
        "alsa:[a-z:,=]{1,9}".prop_map(|device| Source::Capture { device }),
        Just(Source::Desktop),
        "pulse:[a-z.]{1,9}".prop_map(|sink| Source::Monitor { sink }),
        (
            path,
            prop::sample::select(&Source::FORMATS),
            8000_u32..=384_000,
            1_u16..=8
        )
            .prop_map(|(path, format, rate, channels)| Source::Pipe {
                path,
                format: format.into(),
                rate,
                channels,
            }),
        prop::sample::select(&TestSignal::WORDS).prop_map(|(signal, _)| Source::Test { signal }),
    ]
}

fn speaker() -> impl Strategy<Value = Speaker> {
    (
        (name(), output(), prop::option::of("[a-z0-9:]{1,8}")),
        prop::sample::select(&Role::WORDS),
        gain(),
        any::<(bool, bool, bool, bool)>(),
        -250_000_i64..=250_000,
        prop_oneof![Just(0.0), 0.0..=100.0_f64],
        1_u8..=8,
    )
        .prop_map(
            |((name, mut output, key), (role, _), gain_db, flags, trim_us, distance_m, slot)| {
                output.key = key.unwrap_or_default();
                Speaker {
                    id: String::new(),
                    name,
                    output,
                    role,
                    gain_db,
                    muted: flags.0,
                    solo: flags.1,
                    inverted: flags.2,
                    keep_awake: flags.3,
                    trim_us,
                    distance_m,
                    slot,
                }
            },
        )
}

fn zone() -> impl Strategy<Value = Zone> {
    (name(), gain(), any::<(bool, bool)>(), 40.0..=250.0_f64).prop_map(
        |(name, gain_db, (muted, own), crossover_hz)| Zone {
            id: String::new(),
            name,
            speakers: Vec::new(),
            gain_db,
            muted,
            timing: if own { Timing::Own } else { Timing::InSync },
            crossover_hz,
        },
    )
}

fn settings() -> impl Strategy<Value = Settings> {
    (
        -30.0..=50.0_f64,
        prop::option::of(1.0..=5000.0_f64),
        32_u32..=4096,
        prop::option::of(8000_u32..=384_000),
        1.0..=10_000.0_f64,
        (0.0..=1000.0_f64, 0.0..=1.0_f64),
        gain(),
        any::<bool>(),
    )
        .prop_map(
            |(temperature_c, target, period, rate, in_phase_us, kept, gain_db, muted)| Settings {
                temperature_c,
                target: target.map_or(Target::Auto, Target::FixedMs),
                period,
                rate,
                in_phase_us,
                jitter_min_ms: kept.0 * kept.1,
                jitter_max_ms: kept.0,
                gain_db,
                muted,
            },
        )
}

/// A rig that edits could have made: 0 to 6 speakers, 0 to 3 zones.
pub fn rig() -> impl Strategy<Value = Rig> {
    (
        name(),
        prop::option::of(source()),
        settings(),
        prop::collection::btree_map(id(), (speaker(), any::<Index>()), 0..6),
        prop::collection::btree_map(id(), zone(), 0..4),
    )
        .prop_map(|(name, source, settings, speakers, zones)| {
            let mut rig = Rig {
                name,
                source,
                settings,
                zones: zones
                    .into_iter()
                    .map(|(id, zone)| Zone { id, ..zone })
                    .collect(),
                ..Rig::default()
            };
            for (id, (speaker, place)) in speakers {
                // One place more than zones: the rail.
                let index = place.index(rig.zones.len() + 1);
                if let Some(zone) = rig.zones.get_mut(index) {
                    zone.speakers.push(id.clone());
                }
                rig.speakers.push(Speaker { id, ..speaker });
            }
            rig
        })
}

/// Choices from which [`edit`] makes an edit of whatever rig there is.
pub type Pick = (u8, Index, Index, usize, Source, (Speaker, Zone));

/// Any choices.
pub fn pick() -> impl Strategy<Value = Pick> {
    (
        0_u8..10,
        any::<Index>(),
        any::<Index>(),
        0_usize..5,
        source(),
        (speaker(), zone()),
    )
}

/// An edit that names what is there, most of the time.
pub fn edit(rig: &Rig, (kind, first, second, index, source, new): &Pick) -> Edit {
    let speaker = first.index(rig.speakers.len() + 1);
    let speaker = rig
        .speakers
        .get(speaker)
        .map_or("ghost".into(), |s| s.id.clone());
    let zone = rig
        .zones
        .get(second.index(rig.zones.len() + 1))
        .map(|z| z.id.clone());
    match kind {
        0 => Edit::SetSource((*index > 0).then(|| source.clone())),
        1 => Edit::AddSpeaker(new.0.clone()),
        2 => Edit::RemoveSpeaker(speaker),
        3 => Edit::AddZone(Zone {
            speakers: rig
                .speakers
                .iter()
                .skip(*index)
                .map(|s| s.id.clone())
                .collect(),
            ..new.1.clone()
        }),
        4 => Edit::RemoveZone(zone.unwrap_or_default()),
        5 => Edit::MoveZone {
            zone: zone.unwrap_or_default(),
            index: *index,
        },
        6 | 7 => {
            let field = &field::FIELDS[first.index(field::FIELDS.len())];
            let id = if field.path.starts_with("zones") {
                zone.unwrap_or_default()
            } else {
                speaker
            };
            Edit::set(field.path.replace("ID", &id), field.example)
        }
        _ => Edit::MoveSpeaker {
            speaker,
            zone,
            index: *index,
        },
    }
}
