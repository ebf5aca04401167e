//! Adapters: power, names, switches, and what follows when one comes or goes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::carry::{Answering, reply};
use super::core::Core;
use super::explain::{Deed, within};

impl Core {
    /// Something about an adapter changed.
    pub(super) fn adapter_changed(&mut self, id: &str) {
        self.equip(id);
        self.look_at_window(id);
        if self.adapter_properties(id).is_none() {
            let _ = self.names.remove(id);
            let _ = self.blocked.remove(id);
        } else {
            self.name_once(id);
            self.look_at_switches();
        }
        for address in self.addresses() {
            self.consider(address);
        }
    }

    /// Gives a new adapter the name that Echoes shall see.
    fn name_once(&mut self, id: &str) {
        let Some(name) = self.settings.name.clone() else {
            return;
        };
        if !self.names.contains_key(id) {
            let (unheard, _) = tokio::sync::oneshot::channel();
            self.name_adapter(id, name, unheard);
        }
    }

    /// [`Order::NameAdapter`](super::Order::NameAdapter).
    pub(super) fn name_adapter(&mut self, adapter: &str, name: String, answer: Answering) {
        let found = self.adapter_id(adapter);
        let found = found.and_then(|id| Ok((self.adapter(&id)?, id)));
        let (adapter, id) = match found {
            Ok(found) => found,
            Err(error) => return reply(answer, Err(error)),
        };
        let _ = self.names.insert(id.clone(), name.clone());
        let properties = self.adapter_properties(&id);
        if properties.is_some_and(|adapter| adapter.text("Alias") == Some(name.as_str())) {
            return reply(answer, Ok(()));
        }
        let call = within(self.settings.answer, async move {
            adapter.set_alias(name).await
        });
        self.start(call, move |core, result| {
            if result.is_err() {
                let _ = core.names.remove(&id);
            }
            reply(
                answer,
                result.map_err(|refusal| refusal.explain(Deed::Other, &id)),
            );
        });
    }

    /// [`Order::Power`](super::Order::Power).
    pub(super) fn power(&mut self, adapter: &str, on: bool, answer: Answering) {
        let found = self.adapter_id(adapter);
        let found = found.and_then(|id| Ok((self.adapter(&id)?, id)));
        let (adapter, id) = match found {
            Ok(found) => found,
            Err(error) => return reply(answer, Err(error)),
        };
        let call = within(self.settings.answer, async move {
            adapter.set_powered(on).await
        });
        self.start(call, move |core, result| {
            core.look_at_switches();
            let result = match result {
                Err(_) if on && core.is_blocked(&id) => core.check_on(&id),
                other => other.map_err(|refusal| refusal.explain(Deed::Other, &id)),
            };
            reply(answer, result);
        });
    }

    /// Whether a switch keeps the adapter off.
    pub(super) fn is_blocked(&self, id: &str) -> bool {
        let properties = self.adapter_properties(id);
        let told = properties.and_then(|adapter| adapter.text("PowerState"));
        !self.is_on(id) && (told == Some("off-blocked") || self.blocked.contains(id))
    }

    /// Asks the kernel about its switches. BlueZ tells only since 5.66, and
    /// only when asked to be experimental.
    pub(super) fn look_at_switches(&mut self) {
        if self.adapter_ids().iter().all(|id| self.is_on(id)) {
            return self.blocked.clear();
        }
        let directory = self.settings.rfkill.clone();
        self.start_blocking(
            move || blocked(&directory),
            |core, blocked| core.blocked = blocked,
        );
    }
}

/// The adapters that a switch blocks.
fn blocked(directory: &Path) -> BTreeSet<String> {
    let Ok(switches) = fs::read_dir(directory) else {
        return BTreeSet::new();
    };
    let read = |path: &Path, name| fs::read_to_string(path.join(name)).unwrap_or_default();
    let found = switches.flatten().filter_map(|switch| {
        let path = switch.path();
        let blocks = read(&path, "soft").trim() == "1" || read(&path, "hard").trim() == "1";
        let ours = read(&path, "type").trim() == "bluetooth";
        (blocks && ours).then(|| read(&path, "name").trim().to_owned())
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn switches_are_read_as_the_kernel_shows_them() {
        let directory = tempfile::tempdir().unwrap();
        let switch = |number: &str, files: [(&str, &str); 4]| {
            let path = directory.path().join(number);
            fs::create_dir(&path).unwrap();
            for (name, text) in files {
                fs::write(path.join(name), format!("{text}\n")).unwrap();
            }
        };
        switch(
            "rfkill0",
            [
                ("type", "bluetooth"),
                ("name", "hci0"),
                ("soft", "1"),
                ("hard", "0"),
            ],
        );
        switch(
            "rfkill1",
            [
                ("type", "wlan"),
                ("name", "phy0"),
                ("soft", "1"),
                ("hard", "1"),
            ],
        );
        switch(
            "rfkill2",
            [
                ("type", "bluetooth"),
                ("name", "hci1"),
                ("soft", "0"),
                ("hard", "0"),
            ],
        );
        switch(
            "rfkill3",
            [
                ("type", "bluetooth"),
                ("name", "hci2"),
                ("soft", "0"),
                ("hard", "1"),
            ],
        );
        assert_eq!(
            blocked(directory.path()),
            ["hci0", "hci2"].map(str::to_owned).into()
        );
        assert_eq!(blocked(&directory.path().join("none")), BTreeSet::new());
    }
}
