//! Looking for other programs that take part in Bluetooth sound.

use super::core::Core;
use super::tree::{TRANSPORT, device_of};
use crate::bluetooth::owner::{self, Traces};

impl Core {
    /// Looks now and then, for programs start without telling anybody.
    pub(super) fn watch_owners(&mut self) {
        self.look_for_owners();
        self.after(self.settings.owners, Self::watch_owners);
    }

    /// Looks once, unless it is being looked.
    pub(super) fn look_for_owners(&mut self) {
        if self.looking {
            return;
        }
        self.looking = true;
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
            core.start_blocking(
                move || owner::look(&traces),
                |core, owners| {
                    core.looking = false;
                    core.owners = owners;
                },
            );
        });
    }

    /// Devices whose sound another program holds.
    fn foreign(&self) -> Vec<crate::bluetooth::state::Address> {
        let transports = self.tree.with(TRANSPORT);
        let foreign = transports.filter(|(path, _)| !self.endpoints.holds(path));
        let mut addresses: Vec<_> = foreign.filter_map(|(path, _)| device_of(path)).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }
}
