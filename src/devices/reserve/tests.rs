//! Reservation against a real bus and invented owners.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::session_bus::Bus;

/// A sound server that holds card 7 and lets go, or not.
struct Server {
    lets_go: bool,
    name: &'static str,
}

#[zbus::interface(name = "org.freedesktop.ReserveDevice1")]
impl Server {
    async fn request_release(
        &self,
        priority: i32,
        #[zbus(connection)] bus: &zbus::Connection,
    ) -> bool {
        assert_eq!(priority, PRIORITY);
        if self.lets_go {
            let _ = bus.release_name(NAME).await.unwrap();
        }
        self.lets_go
    }
    #[zbus(property)]
    fn priority(&self) -> i32 {
        -20
    }
    #[zbus(property)]
    fn application_name(&self) -> &str {
        self.name
    }
}

const NAME: &str = "org.freedesktop.ReserveDevice1.Audio7";
const PATH: &str = "/org/freedesktop/ReserveDevice1/Audio7";

/// An invented sound server on its own thread's runtime.
struct Owner {
    bus: zbus::Connection,
    runtime: tokio::runtime::Handle,
}

impl Owner {
    fn start(address: &str, lets_go: bool) -> Self {
        let driven = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let runtime = driven.handle().clone();
        // Ends with the test program.
        let _driver = std::thread::spawn(move || driven.block_on(std::future::pending::<()>()));
        let server = Server {
            lets_go,
            name: "PipeWire",
        };
        let bus = Builder::address(address)
            .serve_at(PATH, server)
            .name(NAME)
            .build();
        let bus = runtime.block_on(bus).unwrap();
        Self { bus, runtime }
    }

    /// Asks the present owner to let go, as a program of this priority.
    fn ask(&self, priority: i32) -> bool {
        self.runtime.block_on(async {
            let owner = OwnerProxy::builder(&self.bus)
                .destination(NAME)
                .path(PATH)
                .build()
                .await
                .unwrap();
            owner.request_release(priority).await.unwrap()
        })
    }

    fn owned_by(&self) -> Option<String> {
        self.runtime.block_on(async {
            let bus = zbus::fdo::DBusProxy::new(&self.bus).await.unwrap();
            let owner = bus.get_name_owner(NAME.try_into().unwrap()).await;
            owner.ok().map(|name| name.to_string())
        })
    }
}

#[test]
fn a_free_card_is_ours_until_dropped() {
    let Some(bus) = Bus::start() else { return };
    let first = reserve_at(&bus.address, 7, "USB DAC 2").unwrap().unwrap();
    assert!(!first.is_taken_over() && !first.is_wanted());
    let second = reserve_at(&bus.address, 7, "USB DAC 2");
    let refusal = second.err().unwrap().to_string();
    assert!(
        refusal.starts_with("Inphase is holding USB DAC 2"),
        "{refusal}"
    );
    drop(first);
    assert!(reserve_at(&bus.address, 7, "USB DAC 2").unwrap().is_some());
}

#[test]
fn a_sound_server_that_lets_go_gets_the_card_back() {
    let Some(bus) = Bus::start() else { return };
    let owner = Owner::start(&bus.address, true);
    let server = owner.owned_by();
    let ours = reserve_at(&bus.address, 7, "USB DAC 2").unwrap().unwrap();
    assert!(ours.is_taken_over());
    assert_ne!(owner.owned_by(), server);
    drop(ours);
    assert_eq!(owner.owned_by(), None);
}

#[test]
fn a_refusal_names_the_program_and_the_way_out() {
    let Some(bus) = Bus::start() else { return };
    let _owner = Owner::start(&bus.address, false);
    let refusal = reserve_at(&bus.address, 7, "USB DAC 2").err().unwrap();
    assert_eq!(
        refusal.to_string(),
        "PipeWire is holding USB DAC 2 and does not let go. Choose it through the sound server, \
         or stop that program."
    );
}

#[test]
fn we_let_go_for_a_higher_priority_only_and_only_when_closed() {
    let Some(bus) = Bus::start() else { return };
    let owner = Owner::start(&bus.address, true);
    let ours = reserve_at(&bus.address, 7, "USB DAC 2").unwrap().unwrap();
    assert!(!owner.ask(-20) && !owner.ask(PRIORITY));
    assert!(!ours.is_wanted());
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| owner.ask(i32::MAX));
        while !ours.is_wanted() {
            std::thread::yield_now();
        }
        drop(ours);
        assert!(asked.join().unwrap());
    });
    assert_eq!(owner.owned_by(), None);
}

#[test]
fn without_a_bus_nothing_is_asked() {
    let nowhere = "unix:path=/nonexistent/inphase/bus";
    assert!(reserve_at(nowhere, 7, "USB DAC 2").unwrap().is_none());
}
