//! The real program in a real window on a real X server, by mouse and keyboard:
//! what is dragged and slid there is read back from the running engine.
#![allow(clippy::unwrap_used)]

#[path = "support/display.rs"]
mod display;
#[path = "support/program.rs"]
mod program;
#[path = "support/window.rs"]
mod window;

use display::Display;
use iced::{Point, Rectangle};
use inphase::devices::simulated::demo_rig;
use inphase::gui::action::Selection;
use inphase::gui::focus::{FocusId, Region};
use inphase::gui::stage::{self, Stage};
use program::{Home, Program, json, speaker, until};
use serde_json::Value;
use window::{WIDE, Window};

/// The demo in a home of its own, told what to do by its socket.
struct Demo {
    home: Home,
}

impl Demo {
    fn ask(&self, arguments: &[&str]) -> Option<String> {
        let socket = self.home.path("run/inphase/demo.sock");
        let mut all = vec!["--socket", socket.to_str().unwrap()];
        all.extend(arguments);
        let said = self.home.run(&all);
        (said.code == 0).then_some(said.out)
    }

    fn status(&self) -> Option<Value> {
        self.ask(&["status", "--json"]).map(|text| json(&text))
    }

    /// Waits for a state.
    fn wait_for(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = None;
        let seen = until(|| {
            last = self.status();
            last.as_ref().is_some_and(&wanted)
        });
        assert!(seen, "{what} was not seen; at last {last:#?}");
        last.unwrap()
    }
}

fn in_phase(status: &Value, id: &str) -> bool {
    speaker(status, id)["state"] == "in_phase"
}

/// Where things are in the window, from one of the same size without a display.
struct Map(Window);

impl Map {
    fn of_the_demo() -> Self {
        let rig = demo_rig();
        let snapshot = stage::snapshot(&rig, 24.0);
        let mut window = Window::new(Stage::new(rig, snapshot, stage::devices(), WIDE));
        window.stage.app.shared.selection = Selection::Speaker("left-tower".into());
        window.wait(100);
        Self(window)
    }

    fn empty_zone(&self) -> (f32, f32) {
        let app = self.0.app();
        let layout = app.parts.graph.layout(&app.shared);
        let area = layout.zones[2].empty.unwrap();
        middle(app.parts.graph.in_window(area, &app.shared))
    }

    fn node(&self, zone: usize, index: usize) -> (f32, f32) {
        let app = self.0.app();
        let layout = app.parts.graph.layout(&app.shared);
        let area = layout.zones[zone].nodes[index];
        middle(app.parts.graph.in_window(area, &app.shared))
    }

    fn control(&mut self, name: &'static str) -> Rectangle {
        let id = FocusId::new(Region::Inspector, name).to_string();
        self.0.find(Box::leak(id.into_boxed_str())).unwrap()
    }
}

fn middle(area: Rectangle) -> (f32, f32) {
    let Point { x, y } = area.center();
    (x, y)
}

/// In the name of the first row of the rail, the first Bluetooth speaker.
const FIRST_ROW: (f32, f32) = (130.0, 178.0);

#[test]
fn what_is_dragged_and_slid_in_the_window_happens_in_the_engine() {
    let demo = Demo { home: Home::new() };
    let display = Display::start(1600, 1000, &demo.home.path("state"));
    let mut command = demo.home.command(&["--demo"]);
    let _ = command
        .env("DISPLAY", display.name())
        .env("ICED_BACKEND", "tiny-skia")
        .env_remove("WAYLAND_DISPLAY");
    let mut program = Program::start(command);
    let window = display.window("Inphase");
    window.resize(1440, 900);
    let _playing = demo.wait_for("the demo in phase", |status| {
        in_phase(status, "left-tower") && in_phase(status, "shelf-right")
    });
    window.picture("real-window");

    // A Bluetooth speaker from the rail into the empty room.
    let mut map = Map::of_the_demo();
    window.carry(FIRST_ROW, map.empty_zone());
    window.picture("real-drag");
    window.release();
    let joined = demo.wait_for("a speaker on the patio", |status| {
        let zones = status["zones"].as_array().unwrap();
        zones
            .iter()
            .any(|of| of["id"] == "patio" && of["total"] == 1)
    });
    let newcomer = joined["speakers"].as_array().unwrap().last().unwrap()["id"].clone();
    let newcomer = newcomer.as_str().unwrap();
    let _placed = demo.wait_for("it in phase", |status| in_phase(status, newcomer));

    // The fine slider moves the trim, and the trim moves the speaker.
    let (x, y) = map.node(0, 0);
    window.click(x, y - 20.0);
    let trim = |status: &Value| speaker(status, "left-tower")["trim_us"].as_f64().unwrap();
    let offset = |status: &Value| speaker(status, "left-tower")["offset_us"].as_f64();
    // A busy computer starves a speaker now and then, which has no offset for a moment.
    let still = demo.wait_for("the speaker in phase", |status| {
        in_phase(status, "left-tower") && offset(status).is_some()
    });
    let fine = map.control("fine");
    let handle = (fine.center_x(), fine.center_y());
    let slid_to = (handle.0 + fine.width / 5.0, handle.1);
    let seen = until(|| {
        // The inspector needs a moment to open on what was clicked.
        window.drag(handle, slid_to);
        demo.status()
            .is_some_and(|status| trim(&status) > trim(&still) + 20.0)
    });
    assert!(seen, "the slider moves nothing");
    let (before, was) = (trim(&still), offset(&still).unwrap());
    let slid = demo.wait_for("an offset of the size of the trim", |status| {
        let moved = trim(status) - before;
        offset(status).is_some_and(|now| (now - was - moved).abs() < 30.0) && moved > 20.0
    });
    window.picture("real-slid");

    // One step back.
    window.key("ctrl+z");
    let _undone = demo.wait_for("the trim taken back", |status| {
        trim(status) < trim(&slid) - 20.0
    });

    // The demo ends with its window.
    window.close();
    assert!(until(|| program.has_ended()), "{}", program.told());
    assert!(until(|| demo.status().is_none()), "the engine plays on");
}
