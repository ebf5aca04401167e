//! Looking for other programs that take part in Bluetooth sound, and for Wi-Fi in the
//! same air.

use super::carry::{Answering, reply};
use super::core::Core;
use super::error::BluetoothError;
use super::tree::{TRANSPORT, device_of};
use super::wifi;
use crate::bluetooth::owner::{self, DropIn, Generation, Traces};
use crate::bluetooth::state::{Address, Handover, Owner};

/// How many looks are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Looks {
    #[default]
    None,
    /// One is under way.
    One,
    /// And one shall follow.
    Two,
}

impl Core {
    /// Looks now and then, for programs start without telling anybody.
    pub(super) fn watch_owners(&mut self) {
        self.look_for_owners();
        self.after(self.settings.owners, Self::watch_owners);
    }

    /// Looks once; again, if something happened meanwhile.
    pub(super) fn look_for_owners(&mut self) {
        self.looks = match self.looks {
            Looks::None => Looks::One,
            Looks::One | Looks::Two => {
                self.looks = Looks::Two;
                return;
            }
        };
        let bus = self.link.as_ref().map(|link| link.bus.clone());
        let limit = self.settings.answer;
        let asking = async move {
            match bus {
                Some(bus) => {
                    tokio::join!(owner::bluealsa(&bus, limit), wifi::is_at_24(&bus, limit))
                }
                None => (None, false),
            }
        };
        self.start(asking, |core, (bluealsa, wifi_24)| {
            core.wifi_24 = wifi_24;
            let traces = Traces {
                bluealsa,
                held: core.foreign(),
                processes: core.settings.processes.clone(),
                config: core.settings.config.clone(),
            };
            core.start_blocking(move || owner::look(&traces), Self::looked);
        });
    }

    /// Writes the file that makes WirePlumber leave Bluetooth sound alone, or removes
    /// it, and restarts WirePlumber, which reads it only then.
    pub(super) fn hand_over(&mut self, to_us: bool, answer: Answering) {
        if to_us && self.handover.is_none() {
            let nobody =
                "WirePlumber takes no part in Bluetooth here: there is nothing to take over.";
            reply(answer, Err(BluetoothError::Handover(nobody.to_owned())));
            return;
        }
        let file = DropIn::new(&self.settings.config, Generation::installed());
        let restart = self.settings.restart.clone();
        let work = move || {
            let changed = if to_us { file.write() } else { file.undo() };
            changed.map_err(|error| BluetoothError::Handover(error.to_string()))?;
            let done = std::process::Command::new("sh")
                .args(["-c", &restart])
                .output();
            match done {
                Ok(done) if done.status.success() => Ok(()),
                _ => Err(BluetoothError::Handover(format!(
                    "The file is changed, but WirePlumber could not be restarted. Run: {restart}"
                ))),
            }
        };
        self.start_blocking(work, |core, result| {
            core.look_for_owners();
            reply(answer, result);
        });
    }

    fn looked(&mut self, (owners, handover): (Vec<Owner>, Option<Handover>)) {
        self.owners = owners;
        self.handover = handover;
        if std::mem::take(&mut self.looks) == Looks::Two {
            self.look_for_owners();
        }
    }

    /// Devices whose sound another program holds.
    fn foreign(&self) -> Vec<Address> {
        let transports = self.tree.with(TRANSPORT);
        let foreign = transports.filter(|(path, _)| !self.endpoints.holds(path));
        let mut addresses: Vec<_> = foreign.filter_map(|(path, _)| device_of(path)).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }
}
