//! Whether Bluetooth can be used: one clear sentence for each reason it cannot.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether Bluetooth can be used.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Being looked for.
    #[default]
    Starting,
    /// It can.
    Ready {
        /// BlueZ's version, where it says.
        version: Option<Version>,
        /// What this version is known to do wrong.
        caution: Option<String>,
    },
    /// It cannot.
    Unavailable(Unavailable),
}

impl Service {
    /// Whether it can be used.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready { .. })
    }

    /// One sentence for the user.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Starting => "Looking for Bluetooth.".to_owned(),
            Self::Ready {
                caution: Some(caution),
                ..
            } => caution.clone(),
            Self::Ready { .. } => "Bluetooth is ready.".to_owned(),
            Self::Unavailable(reason) => reason.to_string(),
        }
    }
}

/// Why Bluetooth cannot be used, in one sentence that says what to do next.
/// Each of these goes away by itself when its cause does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unavailable {
    /// There is no system bus.
    #[error("There is no D-Bus system bus, so Bluetooth cannot be used. Start the service dbus.")]
    NoBus,
    /// The bus does not let us talk to BlueZ.
    #[error(
        "D-Bus does not let this user talk to BlueZ. \
         Add yourself to the group bluetooth (or lp), then log in again."
    )]
    Denied,
    /// bluetoothd does not run.
    #[error("The Bluetooth service does not run. Start it: sudo systemctl enable --now bluetooth.")]
    NoService,
    /// bluetoothd runs and does not answer.
    #[error("The Bluetooth service does not answer. Restart it: sudo systemctl restart bluetooth.")]
    Silent,
    /// There is no adapter.
    #[error("There is no Bluetooth adapter. Plug one in; it is used as soon as it is there.")]
    NoAdapter,
    /// BlueZ is too old.
    #[error(
        "BlueZ {version} is too old for several speakers. Install {} or newer.",
        Version::OLDEST
    )]
    TooOld {
        /// The one there is.
        version: Version,
    },
    /// All adapters are switched off.
    #[error(
        "Bluetooth is switched off. Switch it on in the window, or run: bluetoothctl power on."
    )]
    PoweredOff,
    /// All adapters are blocked.
    #[error(
        "Bluetooth is blocked by a switch or airplane mode. \
         Release the switch, or run: rfkill unblock bluetooth."
    )]
    Blocked,
}

/// A version of BlueZ, such as 5.66.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Version(pub u8, pub u8);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl Version {
    /// What the oldest distribution still in use ships; older ones are not tried.
    pub const OLDEST: Self = Self(5, 50);

    /// Reads it from an adapter's modalias, `usb:v1D6Bp0246d0542` for 5.66:
    /// BlueZ gives no version elsewhere. `None` where the administrator chose
    /// another device id.
    #[must_use]
    pub fn of_modalias(modalias: &str) -> Option<Self> {
        let number = modalias
            .to_ascii_uppercase()
            .strip_prefix("USB:V1D6BP0246D")
            .and_then(|digits| u16::from_str_radix(digits, 16).ok())?;
        let [major, minor] = number.to_be_bytes();
        (major > 0).then_some(Self(major, minor))
    }

    /// What this version is known to do wrong, and what helps.
    #[must_use]
    pub fn caution(self) -> Option<String> {
        let wrong = match self {
            Self(5, 86) => "offers no second role to devices that both play and listen",
            Self(5, 78..=85) => "may fail to agree on sound with some speakers",
            Self(5, 66) => "may tell a wrong state while a speaker connects",
            _ => return None,
        };
        let advice = match self {
            Self(5, 66) => "If a speaker stays silent, connect it again",
            _ => "If a device does not connect, install 5.87 or newer",
        };
        Some(format!("BlueZ {self} {wrong}. {advice}."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_in_the_modalias() {
        assert_eq!(
            Version::of_modalias("usb:v1D6Bp0246d0542"),
            Some(Version(5, 66))
        );
        assert_eq!(
            Version::of_modalias("usb:v1d6bp0246d0557"),
            Some(Version(5, 87))
        );
        for other in [
            "",
            "usb:v05ACp8206d0100",
            "usb:v1D6Bp0246d",
            "usb:v1D6Bp0246dXYZ",
            "bluetooth:v1D6Bp0246d0542",
        ] {
            assert_eq!(Version::of_modalias(other), None, "{other}");
        }
    }

    #[test]
    fn versions_with_a_known_bug_say_so() {
        for version in [
            Version(5, 66),
            Version(5, 78),
            Version(5, 83),
            Version(5, 86),
        ] {
            let caution = version.caution().expect("a sentence");
            assert!(
                caution.starts_with(&format!("BlueZ {version} ")),
                "{caution}"
            );
        }
        for version in [Version(5, 50), Version(5, 72), Version(5, 87)] {
            assert_eq!(version.caution(), None);
        }
        assert!(Version(5, 49) < Version::OLDEST);
    }

    #[test]
    fn each_reason_is_a_sentence_with_a_next_step() {
        let reasons = [
            Unavailable::NoBus,
            Unavailable::Denied,
            Unavailable::NoService,
            Unavailable::Silent,
            Unavailable::NoAdapter,
            Unavailable::TooOld {
                version: Version(5, 43),
            },
            Unavailable::PoweredOff,
            Unavailable::Blocked,
        ];
        for reason in reasons {
            let sentence = Service::Unavailable(reason).sentence();
            assert!(
                sentence.ends_with('.') && sentence.len() < 160,
                "{sentence}"
            );
        }
    }
}
