//! Everything the window can do, as one table: the key list, the command list
//! and the keyboard itself read it. Verbs act on what is selected.

mod verbs;

use iced::keyboard::key::Named;

use super::action::{Action, Actions, Overlay, Selection};
use super::keys::Press;
use super::shared::Shared;

pub use verbs::{is_paused, next_role, play_pause, skip, zone_name};

/// Something the window can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table says what each does")]
pub enum Verb {
    Undo,
    Redo,
    PlayPause,
    Stop,
    ChooseSource,
    Presets,
    Scan,
    Select(u8),
    Identify,
    Mute,
    Solo,
    ClearSolos,
    NextRole,
    MoveTo,
    Remove,
    AddZone,
    Causes,
    Commands,
    Keys,
    Settings,
    Freeze,
    LeaveDemo,
    Bluetooth,
    Install,
    FullScreen,
    Larger,
    Smaller,
    NormalSize,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// What is done.
    pub verb: Verb,
    /// What it is called.
    pub title: &'static str,
    /// The keys that do it; empty where there are none.
    pub chords: &'static [Chord],
    /// Where it stands in the key list.
    pub group: Group,
}

/// The parts of the key list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Playing.
    Playing,
    /// The selected speaker or zone.
    Selected,
    /// The rig.
    Rig,
    /// The window.
    Window,
}

impl Group {
    /// In the order of the key list.
    pub const ALL: [Self; 4] = [Self::Playing, Self::Selected, Self::Rig, Self::Window];

    /// Its heading.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Playing => "Playing",
            Self::Selected => "What is selected",
            Self::Rig => "The rig",
            Self::Window => "The window",
        }
    }
}

/// Keys pressed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chord {
    /// The key itself.
    pub sign: Sign,
    /// With Ctrl.
    pub ctrl: bool,
    /// With Shift; signs such as `?` are typed however the keyboard has them.
    pub shift: bool,
}

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// What it types, lower case.
    Typed(char),
    /// One with a name.
    Named(Named),
}

impl Chord {
    /// As the key list writes it.
    #[must_use]
    pub fn text(&self) -> String {
        let mut parts = Vec::new();
        if self.ctrl {
            parts.push("Ctrl".to_owned());
        }
        if self.shift {
            parts.push("Shift".to_owned());
        }
        parts.push(match self.sign {
            Sign::Typed('-') => "−".into(),
            Sign::Typed(letter) => letter.to_uppercase().to_string(),
            Sign::Named(named) => format!("{named:?}"),
        });
        parts.join(" ")
    }

    fn fits(&self, press: &Press) -> bool {
        let shift_fits = match self.sign {
            Sign::Typed(letter) if !letter.is_alphabetic() => true,
            _ => self.shift == press.modifiers.shift(),
        };
        let sign_fits = match self.sign {
            Sign::Named(named) => {
                press.named() == Some(named)
                    && self.ctrl == press.modifiers.command()
                    && !press.modifiers.alt()
            }
            Sign::Typed(letter) if self.ctrl => {
                press.command() == Some(letter) || typed_with_ctrl(press) == Some(letter)
            }
            Sign::Typed(letter) => press.letter() == Some(letter),
        };
        sign_fits && shift_fits
    }
}

/// Ctrl + is Ctrl Shift = on many keyboards.
fn typed_with_ctrl(press: &Press) -> Option<char> {
    let typed = Press {
        key: press.typed.clone(),
        ..press.clone()
    };
    typed.command()
}

const fn key(letter: char) -> Chord {
    Chord {
        sign: Sign::Typed(letter),
        ctrl: false,
        shift: false,
    }
}

const fn shift(letter: char) -> Chord {
    Chord {
        shift: true,
        ..key(letter)
    }
}

const fn ctrl(letter: char) -> Chord {
    Chord {
        ctrl: true,
        ..key(letter)
    }
}

const fn named(named: Named) -> Chord {
    Chord {
        sign: Sign::Named(named),
        ctrl: false,
        shift: false,
    }
}

const fn row(verb: Verb, title: &'static str, group: Group, chords: &'static [Chord]) -> Row {
    Row {
        verb,
        title,
        chords,
        group,
    }
}

/// All verbs. The keys 1 to 9 are one row each.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    row(Verb::PlayPause, "Play or pause", Group::Playing, &[named(Named::Space)]),
    row(Verb::Stop, "Stop", Group::Playing, &[]),
    row(Verb::ChooseSource, "Choose the source", Group::Playing, &[ctrl('o')]),
    row(Verb::Causes, "Show what is wrong", Group::Playing, &[]),
    row(Verb::Identify, "Identify", Group::Selected, &[key('i')]),
    row(Verb::Mute, "Mute or unmute", Group::Selected, &[key('x')]),
    row(Verb::Solo, "Solo", Group::Selected, &[key('s')]),
    row(Verb::ClearSolos, "Clear all solos", Group::Selected, &[shift('s')]),
    row(Verb::NextRole, "Next role", Group::Selected, &[key('l')]),
    row(Verb::MoveTo, "Move to a zone", Group::Selected, &[key('m')]),
    row(Verb::Remove, "Remove", Group::Selected, &[named(Named::Delete)]),
    row(Verb::Undo, "Undo", Group::Rig, &[ctrl('z')]),
    row(Verb::Redo, "Redo", Group::Rig, &[Chord { shift: true, ..ctrl('z') }, ctrl('y')]),
    row(Verb::AddZone, "Add a zone", Group::Rig, &[key('n')]),
    row(Verb::Scan, "Scan for devices", Group::Rig, &[key('r')]),
    row(Verb::Presets, "Presets", Group::Rig, &[ctrl('p')]),
    row(Verb::Select(1), "Select speaker 1", Group::Rig, &[key('1')]),
    row(Verb::Select(2), "Select speaker 2", Group::Rig, &[key('2')]),
    row(Verb::Select(3), "Select speaker 3", Group::Rig, &[key('3')]),
    row(Verb::Select(4), "Select speaker 4", Group::Rig, &[key('4')]),
    row(Verb::Select(5), "Select speaker 5", Group::Rig, &[key('5')]),
    row(Verb::Select(6), "Select speaker 6", Group::Rig, &[key('6')]),
    row(Verb::Select(7), "Select speaker 7", Group::Rig, &[key('7')]),
    row(Verb::Select(8), "Select speaker 8", Group::Rig, &[key('8')]),
    row(Verb::Select(9), "Select speaker 9", Group::Rig, &[key('9')]),
    row(Verb::Commands, "All commands", Group::Window, &[ctrl('k')]),
    row(Verb::Keys, "All keys", Group::Window, &[key('?')]),
    row(Verb::Settings, "Settings", Group::Window, &[ctrl(',')]),
    row(Verb::Freeze, "Freeze the plots", Group::Window, &[key('f')]),
    row(Verb::LeaveDemo, "Leave the demo", Group::Window, &[]),
    row(Verb::Bluetooth, "Bluetooth adapters", Group::Window, &[]),
    row(Verb::Install, "Add to this computer", Group::Window, &[]),
    row(Verb::FullScreen, "Full screen", Group::Window, &[named(Named::F11)]),
    row(Verb::Larger, "Larger", Group::Window, &[ctrl('+'), ctrl('=')]),
    row(Verb::Smaller, "Smaller", Group::Window, &[ctrl('-')]),
    row(Verb::NormalSize, "Normal size", Group::Window, &[ctrl('0')]),
];

/// What keys do that are no commands.
pub const ANYWHERE: &[(&str, &str)] = &[
    ("Next, previous item", "Tab"),
    ("Next region", "F6"),
    ("Inside a region", "Arrows"),
    ("Press, pick up, put down", "Enter"),
    ("Cancel, close", "Esc"),
    ("Hear without trim", "C"),
];

/// What keys do on a slider.
pub const SLIDER: &[(&str, &str)] = &[
    ("10 µs", "Arrows"),
    ("1 µs", "Shift Arrows"),
    ("100 µs", "Ctrl Arrows"),
    ("1 ms", "Page"),
    ("Reset", "Delete"),
];

impl Verb {
    /// Its row of the table.
    #[must_use]
    pub fn row(self) -> Option<&'static Row> {
        TABLE.iter().find(|row| row.verb == self)
    }

    /// The first key that does it, as text; empty where there is none.
    #[must_use]
    pub fn keys(self) -> String {
        let chord = self.row().and_then(|row| row.chords.first());
        chord.map_or_else(String::new, Chord::text)
    }

    /// Whether it can be done now.
    #[must_use]
    pub fn is_possible(self, shared: &Shared) -> bool {
        let rig = &shared.link.rig;
        let snapshot = &shared.link.snapshot;
        let speaker = shared.selection.speaker().and_then(|id| rig.speaker(id));
        match self {
            Self::Undo => snapshot.undo.is_some(),
            Self::Redo => snapshot.redo.is_some(),
            Self::PlayPause | Self::Stop => rig.source.is_some(),
            Self::Select(number) => verbs::numbered(number, shared).is_some(),
            Self::Identify | Self::Solo | Self::NextRole | Self::MoveTo => speaker.is_some(),
            Self::Mute => !verbs::mute(shared).is_empty(),
            Self::Remove => !verbs::remove(shared).is_empty(),
            Self::Freeze => !shared.is_first_run(),
            Self::LeaveDemo => snapshot.demo,
            Self::Bluetooth => snapshot.bluetooth.is_some(),
            Self::Install => shared.install.is_some(),
            Self::ClearSolos => rig.speakers.iter().any(|speaker| speaker.solo),
            _ => true,
        }
    }
}

/// What a key means when nothing that has the keyboard wants it.
#[must_use]
pub fn of_press(press: &Press) -> Option<Verb> {
    // A key that is held down repeats only what is meant to go on.
    let repeats = |verb: Verb| {
        !press.repeat || matches!(verb, Verb::Undo | Verb::Redo | Verb::Larger | Verb::Smaller)
    };
    TABLE
        .iter()
        .find(|row| row.chords.iter().any(|chord| chord.fits(press)))
        .map(|row| row.verb)
        .filter(|verb| repeats(*verb))
}

/// Does it, or nothing where it cannot be done.
#[must_use]
pub fn carry_out(verb: Verb, shared: &Shared) -> Actions {
    use crate::engine::Command;
    if !verb.is_possible(shared) {
        return verbs::why_not(verb, shared);
    }
    match verb {
        Verb::Undo => vec![Action::Tell(Command::Undo)],
        Verb::Redo => vec![Action::Tell(Command::Redo)],
        Verb::PlayPause => vec![Action::Send(play_pause(shared))],
        Verb::Stop => vec![Action::Send(Command::Stop)],
        Verb::Scan => verbs::scan(shared),
        Verb::Select(number) => verbs::select(number, shared),
        Verb::Identify => verbs::identify(shared),
        Verb::Mute => verbs::mute(shared),
        Verb::Solo => verbs::solo(shared),
        Verb::ClearSolos => verbs::clear_solos(shared),
        Verb::NextRole => verbs::role(shared),
        Verb::MoveTo => verbs::move_to(shared),
        Verb::Remove => verbs::remove(shared),
        Verb::AddZone => verbs::add_zone(shared),
        Verb::ChooseSource => vec![Action::Open(Overlay::Source)],
        Verb::Presets => vec![Action::Open(Overlay::Presets)],
        Verb::Causes => vec![Action::Open(Overlay::Causes)],
        Verb::Commands => vec![Action::Open(Overlay::Commands)],
        Verb::Keys => vec![Action::Open(Overlay::Keys)],
        Verb::Settings => vec![Action::Open(Overlay::Settings)],
        Verb::Freeze => verbs::freeze(shared),
        Verb::LeaveDemo => vec![Action::Own],
        Verb::Bluetooth => vec![Action::Open(Overlay::Bluetooth)],
        Verb::Install => vec![Action::Open(Overlay::Install)],
        Verb::FullScreen => verbs::full_screen(),
        Verb::Larger => verbs::scale(shared, Some(verbs::STEP)),
        Verb::Smaller => verbs::scale(shared, Some(-verbs::STEP)),
        Verb::NormalSize => verbs::scale(shared, None),
    }
}

/// What is selected, while it is there.
#[must_use]
pub fn selected(shared: &Shared) -> Selection {
    let rig = &shared.link.rig;
    match &shared.selection {
        Selection::Speaker(id) if rig.speaker(id).is_none() => Selection::Nothing,
        Selection::Zone(id) if rig.zone(id).is_none() => Selection::Nothing,
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iced::keyboard::{Key, Modifiers};

    #[test]
    fn no_two_verbs_share_a_key() {
        let chords: Vec<(Verb, &Chord)> = TABLE
            .iter()
            .flat_map(|row| row.chords.iter().map(|chord| (row.verb, chord)))
            .collect();
        for (index, (verb, chord)) in chords.iter().enumerate() {
            for (other, taken) in &chords[index + 1..] {
                assert!(chord != taken, "{verb:?} and {other:?}: {}", chord.text());
            }
        }
    }

    #[test]
    fn a_key_means_the_verb_it_stands_beside() {
        let letter = |text: &str| Key::Character(text.into());
        let press = |key: Key, modifiers| of_press(&Press::of(key, modifiers));
        let none = Modifiers::default();
        assert_eq!(press(letter("x"), none), Some(Verb::Mute));
        assert_eq!(press(letter("S"), Modifiers::SHIFT), Some(Verb::ClearSolos));
        assert_eq!(press(letter("?"), Modifiers::SHIFT), Some(Verb::Keys));
        assert_eq!(press(letter("z"), Modifiers::CTRL), Some(Verb::Undo));
        let both = Modifiers::CTRL | Modifiers::SHIFT;
        assert_eq!(press(letter("z"), both), Some(Verb::Redo));
        assert_eq!(press(letter("="), Modifiers::CTRL), Some(Verb::Larger));
        assert_eq!(press(letter("+"), both), Some(Verb::Larger));
        assert_eq!(press(Key::Named(Named::F11), none), Some(Verb::FullScreen));
        assert_eq!(press(letter("z"), none), None);
        assert_eq!(press(letter("x"), Modifiers::ALT), None);
    }
}
