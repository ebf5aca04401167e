//! The real program in a desktop session of the test's own: media keys reach an
//! engine that has no window, and a second window brings the first to the front.
#![allow(clippy::unwrap_used, missing_docs)]

#[cfg(feature = "window")]
#[path = "support/display.rs"]
mod display;
#[path = "support/program.rs"]
mod program;
#[path = "support/session_bus.rs"]
mod session_bus;

use program::{Home, Program};
use session_bus::Bus;

const PLAYER: &str = "org.mpris.MediaPlayer2.Player";

/// Presses a media key.
async fn press(bus: &zbus::Connection, key: &str) -> zbus::Result<()> {
    let service = Some("org.mpris.MediaPlayer2.inphase");
    let path = "/org/mpris/MediaPlayer2";
    let pressed = bus.call_method(service, path, Some(PLAYER), key, &());
    pressed.await.map(drop)
}

#[test]
fn media_keys_work_without_a_window() {
    let Some(bus) = Bus::start() else { return };
    let home = Home::new();
    let mut command = home.command(&["run", "--simulated"]);
    let _set = command.env("DBUS_SESSION_BUS_ADDRESS", &bus.address);
    let engine = Program::start(command);
    assert!(program::until(|| home.run(&["status"]).code == 0));
    let _said = home.ask(&["set", "source", "test:pink"]);
    let _said = home.ask(&["zone", "add", "all"]);
    let _said = home.ask(&["speaker", "add", "room:tv-bar", "--zone", "all"]);
    let _said = home.ask(&["resume"]);
    let _playing = home.wait_for("sound", |status| status["transport"] == "playing");

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = runtime.block_on(async {
        let address = zbus::connection::Builder::address(bus.address.as_str());
        address.build().await.unwrap()
    });
    // The key does what it does on a desktop: pause, and go on.
    for transport in ["paused", "playing"] {
        assert!(program::until(|| {
            runtime.block_on(press(&client, "PlayPause")).is_ok()
        }));
        let _seen = home.wait_for(transport, |status| status["transport"] == transport);
    }
    runtime.block_on(press(&client, "Stop")).unwrap();
    let _seen = home.wait_for("stopped", |status| status["transport"] == "stopped");
    home.quit(engine);
}

#[cfg(feature = "window")]
#[test]
fn a_second_window_brings_the_first_to_the_front_and_ends_well() {
    let Some(bus) = Bus::start() else { return };
    let home = Home::new();
    let display = display::Display::start(1600, 1000, &home.path("state"));
    let start = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        let _set = command
            .env("DISPLAY", display.name())
            .env("DBUS_SESSION_BUS_ADDRESS", &bus.address)
            .env("ICED_BACKEND", "tiny-skia")
            .env_remove("WAYLAND_DISPLAY");
        Program::start(command)
    };
    let mut first = start(&["--demo"]);
    let window = display.window("Inphase");
    assert!(program::until(|| window.is_in_front()));
    window.minimize();
    assert!(program::until(|| !window.is_in_front()));
    let mut second = start(&["--demo"]);
    assert_eq!(second.exit_code(), 0, "{}", second.told());
    assert!(
        program::until(|| window.is_in_front()),
        "it stays in the back"
    );
    assert!(!first.has_ended());
}
