//! The rules themselves, as data.

/// Modules that know no clock, device, log or runtime: time is an argument.
pub const PURE: &[&str] = &["sync", "rig", "room"];

const NO_DEVICE: &str = "pure modules touch no device, bus or window";
const NO_CLOCK: &str = "pure modules never read a clock, take the time as an argument";
const NO_WAIT: &str = "pure modules never wait, so that hours run in seconds";
const NO_LOG: &str = "pure modules never log, they return reports";

/// What must not be named in a pure module, as tokens, and why.
pub const IMPURE: &[(&[&str], &str)] = &[
    (&["cpal"], NO_DEVICE),
    (&["bluer"], NO_DEVICE),
    (&["zbus"], NO_DEVICE),
    (&["iced"], NO_DEVICE),
    (&["tokio"], NO_WAIT),
    (&["sleep"], NO_WAIT),
    (&["Instant", "::", "now"], NO_CLOCK),
    (&["SystemTime"], NO_CLOCK),
    (&["tracing"], NO_LOG),
    (&["log", "::"], NO_LOG),
];

/// Crates whose types stay in some modules: crate, homes with all below them, why.
pub const EDGE_CRATES: &[(&str, &[&str], &str)] = &[
    (
        "cpal",
        &["devices"],
        "sound systems stay at the edge, the rest knows only our own ids and traits",
    ),
    (
        "zbus",
        &["devices", "desktop", "bluetooth::bluez", "bluetooth::owner"],
        "D-Bus stays at the edge, the rest knows only our own ids and traits",
    ),
    (
        "bluer",
        &["bluetooth::bluez", "bluetooth::owner"],
        "BlueZ stays at the edge, the rest knows Bluetooth's own state and orders",
    ),
    ("iced", &["gui"], "only the window knows what draws it"),
];

/// All that a module may import from this crate, where that is narrow.
pub const ALLOWED_IMPORTS: &[(&str, &[&[&str]])] = &[
    ("sync", &[&["sync"]]),
    ("rig", &[&["rig"], &["sync", "time"], &["sync", "mix"]]),
    ("room", &[&["room"], &["sync"]]),
    (
        "desktop",
        &[
            &["desktop"],
            // What is shown, and what media keys and the tray ask for.
            &["engine"],
            &["rig"],
            // The clock of an engine's state.
            &["sync", "time"],
            // What a source tells of its track, and how to ask for the next one.
            &["bluetooth", "state"],
            &["bluetooth", "Order"],
            &["bluetooth", "simulated"],
            // The file of its own switches.
            &["store", "WindowFile"],
            // The tests' own bus, the same as of `devices`.
            &["session_bus"],
        ],
    ),
    ("install", &[&["install"], &["store"]]),
    (
        "gui",
        &[
            &["gui"],
            &["engine"],
            &["rig"],
            &["store"],
            &["desktop"],
            &["install"],
            &["sync", "time"],
            // What a listed device is; nothing that opens one.
            &["devices", "DeviceInfo"],
            &["devices", "DeviceKind"],
            &["devices", "Direction"],
            &["devices", "Presence"],
            &["devices", "Radio"],
            // What Bluetooth tells and is asked; nothing that speaks to it.
            &["bluetooth", "state"],
            &["bluetooth", "words"],
            // And a volume in percent.
            &["bluetooth", "volume"],
            // What the air of the adapters asks for: plain data.
            &["bluetooth", "airtime"],
            &["bluetooth", "Order"],
            &["bluetooth", "Answer"],
            // An invented state, for pictures.
            &["bluetooth", "simulated"],
        ],
    ),
];

/// What the other modules must not import from this crate, and why.
pub const FORBIDDEN_IMPORTS: &[(&str, &[&str], &str)] = &[
    (
        "devices",
        &["engine", "cli", "remote", "store", "gui", "desktop"],
        "the engine knows the devices, never the other way round",
    ),
    (
        "bluetooth",
        &["engine", "cli", "remote", "store", "gui", "desktop"],
        "the engine knows Bluetooth, never the other way round",
    ),
    (
        "sources",
        &["engine", "cli", "remote", "store", "gui", "desktop"],
        "the engine knows the sources, never the other way round",
    ),
    (
        "store",
        &["engine", "cli", "remote", "devices", "gui", "desktop"],
        "the store knows documents and paths only",
    ),
    (
        "engine",
        &["cli", "gui", "desktop"],
        "the window and the command line talk to the engine, never the other way round",
    ),
    (
        "remote",
        &["cli", "gui", "desktop", "devices"],
        "the control socket carries the engine's own types and knows nobody who uses it",
    ),
];
