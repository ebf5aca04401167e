//! Looking for other programs that take part in Bluetooth sound.

use super::core::Core;
use super::tree::{TRANSPORT, device_of};
use crate::bluetooth::owner::{self, Traces};
use crate::bluetooth::state::{Address, Owner};

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
                Some(bus) => owner::bluealsa(&bus, limit).await,
                None => None,
            }
        };
        self.start(asking, |core, bluealsa| {
            let traces = Traces {
                bluealsa,
                held: core.foreign(),
                processes: core.settings.processes.clone(),
                config: core.settings.config.clone(),
            };
            core.start_blocking(move || owner::look(&traces), Self::looked);
        });
    }

    fn looked(&mut self, owners: Vec<Owner>) {
        self.owners = owners;
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
