//! What BlueZ's errors mean, in our own sentences.

use std::time::Duration;

use zbus::DBusError as _;

use super::error::BluetoothError;
use crate::bluetooth::state::Unavailable;

/// An error as BlueZ or the bus words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// `org.bluez.Error.Failed`, or its last word.
    pub(super) name: String,
    /// `br-connection-page-timeout`, or free text.
    pub(super) message: String,
}

impl From<bluer::Error> for Refusal {
    fn from(error: bluer::Error) -> Self {
        use bluer::{ErrorKind, InternalErrorKind};
        let name = match error.kind {
            ErrorKind::NotFound => "UnknownObject".to_owned(),
            ErrorKind::Internal(InternalErrorKind::DBus(name)) => name,
            ErrorKind::Internal(_) => "Internal".to_owned(),
            kind => format!("{kind:?}"),
        };
        Self {
            name,
            message: error.message,
        }
    }
}

impl From<zbus::Error> for Refusal {
    fn from(error: zbus::Error) -> Self {
        match error {
            zbus::Error::MethodError(name, message, _) => Self {
                name: name.to_string(),
                message: message.unwrap_or_default(),
            },
            // zbus gives the bus's own errors a type of their own.
            zbus::Error::FDO(error) => Self {
                name: error.name().to_string(),
                message: error.description().unwrap_or_default().to_owned(),
            },
            other => Self {
                name: "Internal".to_owned(),
                message: other.to_string(),
            },
        }
    }
}

impl Refusal {
    /// No answer within `limit`.
    pub(super) fn timeout(limit: Duration) -> Self {
        Self {
            name: "Timeout".to_owned(),
            message: limit.as_secs().to_string(),
        }
    }
}

/// Waits for `call`, but not longer than `limit`.
pub(super) async fn within<T, E: Into<Refusal>>(
    limit: Duration,
    call: impl Future<Output = Result<T, E>>,
) -> Result<T, Refusal> {
    match tokio::time::timeout(limit, call).await {
        Ok(answer) => answer.map_err(Into::into),
        Err(_) => Err(Refusal::timeout(limit)),
    }
}

/// What was tried; the same word of BlueZ means different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Pairing,
    Connecting,
    Acquiring,
    Volume,
    Control,
    Other,
}

impl Refusal {
    /// The last word of the error's name.
    pub(super) fn word(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    fn says(&self, words: &[&str]) -> bool {
        let message = self.message.to_ascii_lowercase();
        words.iter().any(|word| message.contains(word))
    }

    /// Whether what was asked for holds already.
    pub(super) fn is_done_already(&self) -> bool {
        matches!(self.word(), "AlreadyExists" | "AlreadyConnected")
            || self.says(&["already-connected", "already connected"])
    }

    /// In our own words, about the device or adapter called `name`.
    pub(super) fn explain(&self, deed: Deed, name: &str) -> BluetoothError {
        let name = name.to_owned();
        if self.says(&["rfkill"]) || self.word() == "Blocked" {
            return BluetoothError::AdapterBlocked { adapter: name };
        }
        if let Some(error) = self.by_message(&name) {
            return error;
        }
        self.by_word(deed, name)
    }

    /// BlueZ says nearly everything that fails to connect as `Failed` with one
    /// of a set of messages.
    fn by_message(&self, name: &str) -> Option<BluetoothError> {
        let name = name.to_owned();
        Some(
            if self.says(&["page-timeout", "page timeout", "host is down"]) {
                BluetoothError::OutOfReach { name }
            } else if self.says(&["create-socket", "unable to find any available sep"]) {
                BluetoothError::NoFreeStream { name }
            } else if self.says(&["profile-unavailable", "protocol not available"]) {
                BluetoothError::NoSound { name }
            } else if self.says(&["key-missing", "bad-credentials"]) {
                BluetoothError::KeysLost { name }
            } else if self.says(&["refused", "aborted", "canceled-by-remote"]) {
                BluetoothError::RefusedByDevice { name }
            } else if self.says(&["not-powered", "adapter not powered"]) {
                BluetoothError::AdapterOff { adapter: name }
            } else if self.says(&["connection-busy", "in progress"]) {
                BluetoothError::Busy { name }
            } else {
                return None;
            },
        )
    }

    fn by_word(&self, deed: Deed, name: String) -> BluetoothError {
        match (self.word(), deed) {
            ("Timeout", deed) => self.too_long(deed, &name),
            ("ConnectionAttemptFailed", _) => BluetoothError::OutOfReach { name },
            ("AuthenticationFailed", Deed::Connecting) => BluetoothError::KeysLost { name },
            ("NotAuthorized", Deed::Acquiring) => BluetoothError::HeldByOther { name },
            ("NotAvailable", Deed::Acquiring) => BluetoothError::NotPlaying { name },
            (_, Deed::Volume) if !self.is_of_the_bus() => BluetoothError::NoVolume { name },
            (
                "AuthenticationFailed"
                | "AuthenticationCanceled"
                | "AuthenticationRejected"
                | "AuthenticationTimeout",
                _,
            ) => BluetoothError::PairingRejected { name },
            ("InProgress", _) => BluetoothError::Busy { name },
            ("NotReady", _) => BluetoothError::AdapterOff { adapter: name },
            ("NotSupported" | "NotAvailable" | "UnknownMethod", Deed::Control) => {
                BluetoothError::NotSupported { name }
            }
            ("UnknownObject" | "UnknownMethod" | "DoesNotExist", _) => {
                BluetoothError::Broken { name }
            }
            ("NotPermitted" | "NotAuthorized" | "AccessDenied", _) => {
                BluetoothError::NotPermitted { name }
            }
            ("ServiceUnknown" | "NameHasNoOwner" | "Disconnected" | "Internal", _) => {
                BluetoothError::Unavailable(Unavailable::NoService)
            }
            ("NoReply", _) => BluetoothError::Unavailable(Unavailable::Silent),
            _ => BluetoothError::Bluez {
                name,
                reason: self.reason(),
            },
        }
    }

    fn too_long(&self, deed: Deed, name: &str) -> BluetoothError {
        let (what, next) = match deed {
            Deed::Pairing => ("Pairing with", "Set it to pairing mode, and try again."),
            Deed::Connecting => ("Connecting", "Switch it off and on, and try again."),
            Deed::Acquiring => (
                "Opening the sound of",
                "Disconnect it, and connect it again.",
            ),
            Deed::Volume => ("Setting the volume of", "Use its own buttons."),
            Deed::Control => ("Asking the player on", "Use its own controls."),
            Deed::Other => (
                "Asking BlueZ about",
                "Try again, or restart the Bluetooth service.",
            ),
        };
        BluetoothError::Timeout {
            what: format!("{what} {name}"),
            seconds: self.message.parse().unwrap_or(0),
            next: next.to_owned(),
        }
    }

    fn is_of_the_bus(&self) -> bool {
        self.name.starts_with("org.freedesktop.DBus.Error.") && self.word() != "InvalidArgs"
            || self.word() == "Internal"
    }

    /// BlueZ's own words, without a full stop.
    pub(super) fn reason(&self) -> String {
        let words = if self.message.is_empty() {
            self.word()
        } else {
            &self.message
        };
        words.trim_end_matches('.').to_owned()
    }

    /// Why BlueZ as a whole does not answer.
    pub(super) fn unavailable(&self) -> Unavailable {
        match self.word() {
            "AccessDenied" | "AuthFailed" => Unavailable::Denied,
            "NoReply" | "TimedOut" | "Timeout" => Unavailable::Silent,
            _ => Unavailable::NoService,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explain(name: &str, message: &str, deed: Deed) -> BluetoothError {
        let refusal = Refusal {
            name: name.to_owned(),
            message: message.to_owned(),
        };
        refusal.explain(deed, "Kitchen")
    }

    #[test]
    fn the_same_word_depends_on_what_was_tried() {
        let name = "Kitchen".to_owned();
        let failed = "org.bluez.Error.AuthenticationFailed";
        assert_eq!(
            explain(failed, "", Deed::Connecting),
            BluetoothError::KeysLost { name: name.clone() }
        );
        assert_eq!(
            explain(failed, "", Deed::Pairing),
            BluetoothError::PairingRejected { name: name.clone() }
        );
        let unauthorized = "org.bluez.Error.NotAuthorized";
        assert_eq!(
            explain(unauthorized, "", Deed::Acquiring),
            BluetoothError::HeldByOther { name: name.clone() }
        );
        assert_eq!(
            explain(unauthorized, "", Deed::Other),
            BluetoothError::NotPermitted { name }
        );
    }

    #[test]
    fn what_is_not_known_is_quoted() {
        let error = explain("org.bluez.Error.Failed", "Input/output error.", Deed::Other);
        assert_eq!(
            error.to_string(),
            "BlueZ cannot do that for Kitchen: Input/output error. \
             Try again, or restart the Bluetooth service."
        );
        let error = explain("org.bluez.Error.Failed", "", Deed::Other);
        assert!(error.to_string().contains(": Failed."), "{error}");
    }

    #[test]
    fn messages_of_connecting_have_sentences() {
        let cases = [
            ("br-connection-page-timeout", "does not answer"),
            ("br-connection-profile-unavailable", "no stereo sound"),
            ("br-connection-create-socket", "no free stream"),
            ("br-connection-refused", "refuses"),
            ("br-connection-aborted-by-remote", "refuses"),
            ("br-connection-key-missing", "no longer knows"),
            ("br-connection-busy", "busy"),
            ("br-connection-adapter-not-powered", "switched off"),
            ("Host is down", "does not answer"),
        ];
        for (message, words) in cases {
            let error = explain("org.bluez.Error.Failed", message, Deed::Connecting);
            assert!(error.to_string().contains(words), "{message}: {error}");
        }
    }
}
