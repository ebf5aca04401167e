//! The conversation with BlueZ, situation by situation: a private bus, a BlueZ
//! of the tests' own, our task. Nothing sleeps; everything waits for a state.

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

mod bluetooth_bus {
    pub mod adapters;
    pub mod devices;
    pub mod endpoints;
    pub mod owners;
    pub mod pairing;
    pub mod players;
    pub mod reconnect;
    pub mod service;
    pub mod transports;
    pub mod window;
}
