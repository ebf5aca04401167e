//! Everything in the inspector that can have the keyboard, and in which order:
//! that of reading, which differs between the two layouts.

use super::subject::Subject;
use crate::bluetooth::state::{Device, PlayerAction};
use crate::gui::commands;
use crate::gui::focus::{FocusId, Region};
use crate::gui::radio;
use crate::gui::shared::Shared;
use crate::rig::{Role, Target, Timing};

/// Something that can be clicked, dragged or typed into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// The name, to rename it.
    Name,
    /// What else can be done with it.
    Menu,
    /// Look for a lost device now.
    Retry,
    /// Take a lost speaker out of its zone.
    TakeOut,
    /// Chirp.
    Identify,
    /// Silence.
    Mute,
    /// Silence all others.
    Solo,
    /// ms, µs or cm.
    Unit,
    /// The trim as a number.
    Delay,
    /// No trim.
    Reset,
    /// The trim within 50 ms.
    Coarse,
    /// The trim within 500 µs.
    Fine,
    /// A step of the trim, an index into [`STEPS`].
    Step(usize),
    /// With or without the trim.
    Compare,
    /// To the listener.
    Distance,
    /// The gain as a slider.
    Gain,
    /// The gain as a number.
    GainNumber,
    /// Inverted or not.
    Polarity,
    /// The role.
    Plays,
    /// In sync with the others or not.
    Timing,
    /// Where the subwoofer takes over.
    Crossover,
    /// A member of the zone.
    Member(usize),
    /// Remove the zone.
    RemoveZone,
    /// Play or pause.
    Play,
    /// Stop.
    Stop,
    /// Another source.
    Change,
    /// Shortest latency, or a fixed one.
    Target,
    /// The fixed latency.
    TargetMs,
    /// The period of devices.
    Period,
    /// The source's track before.
    Previous,
    /// The source's next track.
    Next,
    /// The volume of a Bluetooth device.
    Volume,
    /// Keep a Bluetooth speaker awake in silence.
    Awake,
    /// What is to be done with a Bluetooth device: pair, connect, disconnect.
    Link,
    /// All about a Bluetooth device.
    Radio,
}

/// The steps of the step buttons, µs.
pub const STEPS: [i32; 6] = [-1000, -100, -10, 10, 100, 1000];

/// The roles that have a segment of their own.
pub const ROLES: [Role; 5] = [Role::L, Role::R, Role::Stereo, Role::Mono, Role::Sub];

/// Every role, in the order of arrow keys.
pub const ALL_ROLES: [Role; 11] = [
    Role::L,
    Role::R,
    Role::Stereo,
    Role::Mono,
    Role::Sub,
    Role::Fl,
    Role::Fr,
    Role::C,
    Role::Lfe,
    Role::Sl,
    Role::Sr,
];

/// The timings in the order of the switch.
pub const TIMINGS: [Timing; 2] = [Timing::InSync, Timing::Own];

impl Control {
    /// Where the keyboard is when it is here.
    #[must_use]
    pub fn id(self) -> FocusId {
        let region = Region::Inspector;
        match self {
            Self::Step(index) => FocusId::new(region, format_args!("step{}", STEPS[index])),
            Self::Member(index) => FocusId::new(region, format_args!("member-{index}")),
            _ => FocusId::new(region, format!("{self:?}").to_lowercase()),
        }
    }

    /// Everything there is for what is selected, in reading order.
    #[must_use]
    pub fn all(shared: &Shared) -> Vec<Self> {
        match (Subject::of(shared), shared.regions.is_wide()) {
            (Subject::Speaker(speaker), wide) => {
                let lost = super::trouble::is_lost(shared, &speaker.id);
                let device = radio::device_of(speaker, shared);
                of_speaker(wide, lost, device)
            }
            (Subject::Zone(zone), _) => of_zone(shared, zone),
            (Subject::Source, _) => of_source(shared),
            (Subject::Nothing, _) => Vec::new(),
        }
    }
}

fn of_speaker(wide: bool, lost: bool, device: Option<&Device>) -> Vec<Control> {
    use Control::{
        Coarse, Compare, Delay, Distance, Fine, Gain, GainNumber, Identify, Menu, Mute, Name,
        Plays, Polarity, Radio, Reset, Retry, Solo, Step, TakeOut, Unit,
    };
    let steps = (0..STEPS.len()).map(Step);
    let mut all = vec![Name];
    if wide {
        all.push(Menu);
    }
    if lost {
        all.extend([Retry, TakeOut]);
        if !wide {
            return all;
        }
    }
    if !wide {
        all.extend(device.map(|_| Radio));
    }
    if wide {
        all.extend([Identify, Mute, Solo, Unit, Delay, Reset, Coarse, Fine]);
        all.extend(steps);
        all.extend([Compare, Distance, GainNumber, Gain, Polarity, Plays]);
        if let Some(device) = device {
            all.extend(super::bluetooth::controls_of_speaker(device));
        }
    } else {
        all.extend([Delay, Unit, Reset, Identify, Mute, Solo, Coarse, Fine]);
        all.extend(steps);
        all.extend([GainNumber, Gain, Plays, Distance]);
    }
    all
}

fn of_zone(shared: &Shared, zone: &crate::rig::Zone) -> Vec<Control> {
    let wide = shared.regions.is_wide();
    let mut all = vec![Control::Name];
    if wide {
        all.push(Control::Menu);
    }
    all.extend([
        Control::Mute,
        Control::GainNumber,
        Control::Gain,
        Control::Timing,
    ]);
    if super::zone::has_sub(shared, zone) {
        all.push(Control::Crossover);
    }
    if wide {
        all.extend((0..zone.speakers.len()).map(Control::Member));
    }
    all.push(Control::RemoveZone);
    all
}

fn of_source(shared: &Shared) -> Vec<Control> {
    let mut all = Vec::new();
    let can = |action| commands::skip(action, shared).is_some();
    if shared.scene.source.chosen {
        all.extend(can(PlayerAction::Previous).then_some(Control::Previous));
        all.push(Control::Play);
        all.extend(can(PlayerAction::Next).then_some(Control::Next));
        all.push(Control::Stop);
    }
    all.push(Control::Change);
    let source = super::bluetooth::source(shared).filter(|_| shared.regions.is_wide());
    all.extend(source.map(super::bluetooth::controls).unwrap_or_default());
    all.push(Control::Target);
    if matches!(shared.link.rig.settings.target, Target::FixedMs(_)) {
        all.push(Control::TargetMs);
    }
    all.push(Control::Period);
    all
}
