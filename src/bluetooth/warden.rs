//! Watches all speakers of each adapter together. A speaker that has vanished
//! gives no sign for 20 s and meanwhile fills the adapter's one pool of buffers,
//! so its neighbours fall silent with it: it is found by what the backlogs tell,
//! disconnected, and tried again later.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::bluez::{Order, WeakOrders};
use super::hooks::Waits;
use super::shared::Shared;
use super::stall::{Look, Member, Verdict, Watch, Why};
use super::state::{Address, Aside, State};
use super::words;
use crate::devices::now;
use crate::sync::time::Nanos;

/// Watches until the task that it runs beside ends.
pub(super) async fn run(
    shared: &Shared,
    state: &watch::Receiver<Arc<State>>,
    orders: &WeakOrders,
    waits: &Waits,
) {
    let mut watches = Watches::default();
    loop {
        shared.settle();
        shared.share_air(&state.borrow());
        let speakers = shared.looks();
        let pause = if speakers.is_empty() { RARELY } else { OFTEN };
        for (address, verdict) in watches.look(&speakers, now()) {
            let why = judge(address, verdict.why, waits);
            shared.tell(sentence(address, why, &state.borrow()));
            if let Some(orders) = orders.upgrade() {
                drop(tokio::spawn(async move {
                    // A device that is gone already is what was wanted.
                    let _gone = orders.give(Order::Drop { address, why }).await;
                }));
            }
        }
        tokio::time::sleep(pause).await;
    }
}

/// What a speaker is taken out for; one that held up the others is kept away for longer
/// when it does so again.
fn judge(address: Address, why: Why, waits: &Waits) -> Aside {
    match why {
        Why::Alone => Aside::Stalled,
        Why::HoldsBuffers | Why::StillStuck => {
            waits.harmed(address);
            Aside::HeldUp
        }
    }
}

fn sentence(address: Address, why: Aside, state: &State) -> String {
    let name = words::name(address, state);
    match why {
        Aside::Stalled => {
            format!("{name} stopped taking sound. It is disconnected, and tried again later.")
        }
        Aside::HeldUp => format!(
            "{name} stopped taking sound and held up the others. It is disconnected so that they \
             play on, and tried again later."
        ),
    }
}

/// A speaker, its adapter, and what its thread saw.
type Seen = (Address, String, Vec<Look>);

/// One watch for each adapter.
#[derive(Debug, Default)]
struct Watches {
    by_adapter: BTreeMap<String, Watch>,
    members: BTreeMap<Address, (Member, String)>,
    next: Member,
}

impl Watches {
    fn look(&mut self, speakers: &[Seen], time: Nanos) -> Vec<(Address, Verdict)> {
        let here = |address: &Address| speakers.iter().any(|(of, ..)| of == address);
        let gone: Vec<_> = self
            .members
            .keys()
            .filter(|of| !here(of))
            .copied()
            .collect();
        for address in gone {
            self.leave(address, time);
        }
        for (address, adapter, looks) in speakers {
            if !self.members.contains_key(address) {
                self.join(*address, adapter, time);
            }
            if let Some((member, adapter)) = self.members.get(address)
                && let Some(watch) = self.by_adapter.get_mut(adapter)
            {
                for look in looks {
                    watch.look(*member, *look);
                }
            }
        }
        let mut found = Vec::new();
        for (adapter, watch) in &mut self.by_adapter {
            let Some(verdict) = watch.verdict(time) else {
                continue;
            };
            let suspect = self
                .members
                .iter()
                .find(|(_, (member, on))| *member == verdict.suspect && on == adapter);
            found.extend(suspect.map(|(address, _)| (*address, verdict)));
        }
        found
    }

    fn join(&mut self, address: Address, adapter: &str, time: Nanos) {
        let watch = self.by_adapter.entry(adapter.to_owned()).or_default();
        if watch.joined(self.next, time) {
            let place = (self.next, adapter.to_owned());
            let _new = self.members.insert(address, place);
            self.next += 1;
        }
    }

    fn leave(&mut self, address: Address, time: Nanos) {
        if let Some((member, adapter)) = self.members.remove(&address)
            && let Some(watch) = self.by_adapter.get_mut(&adapter)
        {
            watch.left(member, time);
        }
    }
}

const OFTEN: Duration = Duration::from_millis(50);
/// While there is nothing to watch.
const RARELY: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bluetooth::simulated::{FLIP, home};

    #[test]
    fn who_is_taken_out_is_told_by_the_name_that_the_user_gave_it() {
        let mut state = home();
        for device in &mut state.devices {
            if device.address == FLIP {
                device.alias = "Balcony".into();
            }
        }
        for (why, aside) in [
            (Why::Alone, Aside::Stalled),
            (Why::HoldsBuffers, Aside::HeldUp),
            (Why::StillStuck, Aside::HeldUp),
        ] {
            assert_eq!(judge(FLIP, why, &Waits::default()), aside);
            let said = sentence(FLIP, aside, &state);
            assert!(said.starts_with("Balcony stopped taking sound"), "{said}");
            assert!(!said.contains(&FLIP.to_string()), "{said}");
            assert_eq!(said.contains("held up the others"), aside == Aside::HeldUp);
        }
        // Of one that nobody knows there is only the address.
        let said = sentence(FLIP, Aside::Stalled, &State::default());
        assert!(said.starts_with(&FLIP.to_string()), "{said}");
    }
}
