//! The conversation with BlueZ, situation by situation: a private bus, a BlueZ
//! of the tests' own, our task. Nothing sleeps; everything waits for a state.

#![allow(clippy::unwrap_used)]

mod support {
    pub mod bluez;
}

/// Tests, each in a process and on a bus of its own.
macro_rules! situations {
    ($($name:ident $body:block)*) => {
        $(
            #[test]
            fn $name() {
                let name = concat!(module_path!(), "::", stringify!($name));
                crate::support::bluez::house::situation(name, || async $body);
            }
        )*
    };
}

#[path = "bluetooth/adapters.rs"]
mod adapters;
#[path = "bluetooth/devices.rs"]
mod devices;
#[path = "bluetooth/endpoints.rs"]
mod endpoints;
#[path = "bluetooth/owners.rs"]
mod owners;
#[path = "bluetooth/pairing.rs"]
mod pairing;
#[path = "bluetooth/players.rs"]
mod players;
#[path = "bluetooth/reconnect.rs"]
mod reconnect;
#[path = "bluetooth/service.rs"]
mod service;
#[path = "bluetooth/transports.rs"]
mod transports;
#[path = "bluetooth/window.rs"]
mod window;
