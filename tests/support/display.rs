//! A display without a screen: Xvfb with a window manager (without one a window
//! gets no keys), a mouse and a keyboard, and a camera. Nothing outlives it.
#![allow(dead_code, reason = "every test file uses another part")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Far longer than anything here takes on the busiest machine.
const LIMIT: Duration = Duration::from_secs(60);
/// How often something is looked at again.
const LOOK: Duration = Duration::from_millis(50);

/// A display of its own.
pub struct Display {
    name: String,
    server: Child,
    manager: Child,
}

impl Display {
    /// Starts one of this size, with the window manager's files in `home`.
    pub fn start(width: u32, height: u32, home: &Path) -> Self {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-nolisten", "tcp", "-screen", "0"])
            .arg(format!("{width}x{height}x24"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is installed by packaging/setup.sh test");
        let out = server.stdout.take().expect("it is piped");
        let mut number = String::new();
        let _read = BufReader::new(out)
            .read_line(&mut number)
            .expect("Xvfb tells its display");
        let name = format!(":{}", number.trim());
        let manager = Command::new("openbox")
            .env("DISPLAY", &name)
            .env("HOME", home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("openbox is installed by packaging/setup.sh test");
        let display = Self {
            name,
            server,
            manager,
        };
        // A manager has announced itself once the root window says so.
        let _said = wait_for("a window manager", || {
            display
                .tool("xprop", &["-root", "_NET_SUPPORTING_WM_CHECK"])
                .filter(|said| said.contains("window id"))
        });
        display
    }

    /// What `DISPLAY` is to be.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Waits for a window of this title and gives it the keyboard.
    pub fn window(&self, title: &str) -> Window<'_> {
        let id = wait_for("the window", || {
            let found = self.tool("xdotool", &["search", "--onlyvisible", "--name", title])?;
            found.lines().next().map(ToOwned::to_owned)
        });
        let window = Window { display: self, id };
        window.act(&["windowactivate", "--sync", &window.id]);
        window
    }

    fn tool(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let done = Command::new(program)
            .args(arguments)
            .env("DISPLAY", &self.name)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        done.status
            .success()
            .then(|| String::from_utf8_lossy(&done.stdout).into_owned())
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        for child in [&mut self.manager, &mut self.server] {
            // Gone already is fine.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A window on it.
pub struct Window<'a> {
    display: &'a Display,
    id: String,
}

impl Window<'_> {
    /// Gives the content this size and waits until it has it.
    pub fn resize(&self, width: u32, height: u32) {
        self.act(&[
            "windowsize",
            &self.id,
            &width.to_string(),
            &height.to_string(),
        ]);
        self.act(&["windowmove", &self.id, "0", "0"]);
        wait_for("the new size", || {
            let (_, _, w, h) = self.place();
            (w == width && h == height).then_some(())
        });
    }

    /// Left, top, width and height of the content on the screen.
    pub fn place(&self) -> (i32, i32, u32, u32) {
        let said = self
            .display
            .tool("xwininfo", &["-id", &self.id])
            .expect("the window is there");
        let number = |label: &str| -> i32 {
            let line = said.lines().find(|line| line.contains(label));
            let value = line.and_then(|line| line.rsplit(' ').next());
            value
                .and_then(|value| value.parse().ok())
                .unwrap_or_else(|| panic!("xwininfo says no {label}: {said}"))
        };
        (
            number("Absolute upper-left X:"),
            number("Absolute upper-left Y:"),
            number("Width:") as u32,
            number("Height:") as u32,
        )
    }

    /// Moves the pointer to a point of the content.
    pub fn point(&self, x: f32, y: f32) {
        let (left, top, ..) = self.place();
        let (x, y) = (left + x.round() as i32, top + y.round() as i32);
        self.act(&["mousemove", "--sync", &x.to_string(), &y.to_string()]);
    }

    /// Clicks there.
    pub fn click(&self, x: f32, y: f32) {
        self.point(x, y);
        self.act(&["click", "1"]);
    }

    /// Drags in small steps, as a hand does.
    pub fn drag(&self, from: (f32, f32), to: (f32, f32)) {
        self.carry(from, to);
        self.act(&["mouseup", "1"]);
    }

    /// Drags and does not let go yet.
    pub fn carry(&self, from: (f32, f32), to: (f32, f32)) {
        self.point(from.0, from.1);
        self.act(&["mousedown", "1"]);
        for step in 1..=STEPS {
            let part = step as f32 / STEPS as f32;
            self.point(
                from.0 + (to.0 - from.0) * part,
                from.1 + (to.1 - from.1) * part,
            );
            std::thread::sleep(HAND);
        }
    }

    /// Lets go.
    pub fn release(&self) {
        self.act(&["mouseup", "1"]);
    }

    /// Presses keys by their X names, such as `ctrl+z`.
    pub fn key(&self, keys: &str) {
        self.act(&["key", keys]);
    }

    /// Takes a picture of it into `target/screens/NAME.png`.
    pub fn picture(&self, name: &str) {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
        std::fs::create_dir_all(&dir).expect("target can be written");
        let path = dir.join(format!("{name}.png"));
        let _said = self
            .display
            .tool("import", &["-window", &self.id, &path.to_string_lossy()])
            .expect("import is installed by packaging/setup.sh test");
    }

    /// Puts it away, as its button does.
    pub fn minimize(&self) {
        self.act(&["windowminimize", "--sync", &self.id]);
    }

    /// Whether it is in front and has the keyboard.
    pub fn is_in_front(&self) -> bool {
        let active = self.display.tool("xdotool", &["getactivewindow"]);
        active.is_some_and(|id| id.trim() == self.id)
    }

    /// Asks the window manager to close it, as its button does.
    pub fn close(&self) {
        self.key("alt+F4");
    }

    fn act(&self, arguments: &[&str]) {
        let _said = self
            .display
            .tool("xdotool", arguments)
            .unwrap_or_else(|| panic!("xdotool {arguments:?} failed"));
    }
}

/// Looks again and again until there is an answer.
pub fn wait_for<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < LIMIT, "waited too long for {what}");
        std::thread::sleep(LOOK);
    }
}

/// From one step of a drag to the next, as a calm hand moves.
const HAND: Duration = Duration::from_millis(30);
/// Steps of a drag.
const STEPS: u32 = 15;
