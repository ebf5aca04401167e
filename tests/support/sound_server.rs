//! A sound server of the test's own: `dbus-daemon`, `pipewire`, `wireplumber`
//! and `pipewire-pulse` in a directory that vanishes with them, without any
//! hardware. Nothing of the user's session is touched.
//!
//! The server is found through the environment, so a test program starts one,
//! once, in its first lines: see [`SoundServer::start`].

// Each test program uses a part of this.
#![allow(dead_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The programs a server needs.
const PROGRAMS: [&str; 5] = [
    "dbus-daemon",
    "pipewire",
    "wireplumber",
    "pipewire-pulse",
    "pactl",
];

/// WirePlumber ends where there is no logind, as in a container; it would only tell
/// whose seat has Bluetooth. Versions 0.4 and 0.5 are told in different ways.
fn without_logind(config: &Path) -> std::io::Result<()> {
    for (file, text) in [
        (
            "bluetooth.lua.d/80-no-logind.lua",
            "bluez_monitor.properties[\"with-logind\"] = false\n",
        ),
        (
            "wireplumber.conf.d/no-logind.conf",
            "wireplumber.profiles = { main = { support.logind = disabled, \
             monitor.bluez.seat-monitoring = disabled } }\n",
        ),
    ] {
        let path = config.join(file);
        fs::create_dir_all(path.parent().expect("it is in a directory"))?;
        fs::write(path, text)?;
    }
    Ok(())
}

/// A running server; dropping it ends it.
pub struct SoundServer {
    directory: tempfile::TempDir,
    children: Vec<Child>,
}

impl SoundServer {
    /// The environment variables that lead to the server in `directory`.
    fn variables(directory: &Path) -> Vec<(&'static str, PathBuf)> {
        let bus = format!("unix:path={}/bus", directory.display());
        let pulse = format!("unix:{}/pulse/native", directory.display());
        let set = |name, text: String| (name, PathBuf::from(text));
        vec![
            ("XDG_RUNTIME_DIR", directory.into()),
            ("PIPEWIRE_RUNTIME_DIR", directory.into()),
            ("PULSE_RUNTIME_PATH", directory.join("pulse")),
            ("HOME", directory.into()),
            ("XDG_CONFIG_HOME", directory.join("config")),
            ("XDG_STATE_HOME", directory.join("state")),
            set("DBUS_SESSION_BUS_ADDRESS", bus.clone()),
            set("DBUS_SYSTEM_BUS_ADDRESS", bus),
            set("PULSE_SERVER", pulse),
        ]
    }

    /// Starts a server with one null sink for each of `sinks`, or says which
    /// program is missing.
    ///
    /// Run the test as `SoundServer::rerun()` first: the environment must lead
    /// to the server before the first thread of the test reads it.
    pub fn start(sinks: &[&str]) -> Result<Self, String> {
        for program in PROGRAMS {
            if !installed(program) {
                return Err(format!("{program} is not installed"));
            }
        }
        let root = std::env::var("XDG_RUNTIME_DIR").map_err(|error| error.to_string())?;
        let directory = tempfile::Builder::new()
            .prefix("server")
            .tempdir_in(&root)
            .map_err(|error| error.to_string())?;
        let mut server = Self {
            directory,
            children: Vec::new(),
        };
        let root = PathBuf::from(root);
        fs::create_dir_all(root.join("pulse")).map_err(|error| error.to_string())?;
        let bus = format!("--address=unix:path={}/bus", root.display());
        server.spawn(
            "dbus-daemon",
            &["--session", "--nofork", "--nopidfile", &bus],
        )?;
        server.until("the bus", || root.join("bus").exists())?;
        without_logind(&root.join("config/wireplumber")).map_err(|error| error.to_string())?;
        server.spawn("pipewire", &[])?;
        server.until("PipeWire", || root.join("pipewire-0").exists())?;
        server.spawn("wireplumber", &[])?;
        server.spawn("pipewire-pulse", &[])?;
        server.until("pipewire-pulse", || pactl(&["info"]).is_ok())?;
        for sink in sinks {
            server.add_sink(sink)?;
        }
        Ok(server)
    }

    /// Adds a null sink and waits until it is listed.
    pub fn add_sink(&mut self, sink: &str) -> Result<(), String> {
        let arguments = format!("sink_name={sink}");
        let properties = format!("sink_properties=device.description={sink}");
        let _ = pactl(&["load-module", "module-null-sink", &arguments, &properties])?;
        self.until(sink, || listed(sink))
    }

    /// Removes the null sink and waits until it is gone.
    pub fn remove_sink(&mut self, sink: &str) -> Result<(), String> {
        let modules = pactl(&["list", "short", "modules"])?;
        let wanted = format!("sink_name={sink}");
        let line = modules
            .lines()
            .find(|line| line.split_whitespace().any(|word| word == wanted));
        let number = line.and_then(|line| line.split_whitespace().next());
        let number = number.ok_or_else(|| format!("{sink} is no null sink"))?;
        let _ = pactl(&["unload-module", number])?;
        self.until(sink, || !listed(sink))
    }

    /// Ends the sound server but not the bus, as a crash would.
    pub fn crash(&mut self) {
        for mut child in self.children.drain(1..).rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn spawn(&mut self, program: &str, arguments: &[&str]) -> Result<(), String> {
        let log = fs::File::create(self.directory.path().join(format!("{program}.log")))
            .map_err(|error| error.to_string())?;
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{program}: {error}"))?;
        self.children.push(child);
        Ok(())
    }

    fn until(&self, what: &str, ready: impl Fn() -> bool) -> Result<(), String> {
        if wait_for(Duration::from_secs(20), ready) {
            return Ok(());
        }
        let logs = PROGRAMS.map(|program| {
            let log = self.directory.path().join(format!("{program}.log"));
            fs::read_to_string(log).unwrap_or_default()
        });
        Err(format!("{what} does not come up: {}", logs.concat()))
    }
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        for child in self.children.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Runs test `name` of this test program again in a process of its own whose
/// environment leads to a server that is yet to be started, and returns true
/// when this is the outer process, which has nothing more to do. Panics when
/// the inner one fails.
pub fn rerun(name: &str) -> bool {
    if std::env::var_os("INPHASE_TEST_SERVER").is_some() {
        return false;
    }
    let directory = tempfile::Builder::new()
        .prefix("inphase-sound")
        .tempdir()
        .expect("a temporary directory");
    let program = std::env::current_exe().expect("this program's path");
    let output = Command::new(program)
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env("INPHASE_TEST_SERVER", "1")
        .env_remove("DISPLAY")
        .envs(SoundServer::variables(directory.path()))
        .output()
        .expect("the test program starts again");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    println!("{text}");
    true
}

/// Polls `ready` until it is true or `limit` has passed.
pub fn wait_for(limit: Duration, ready: impl Fn() -> bool) -> bool {
    let begin = Instant::now();
    loop {
        if ready() {
            return true;
        }
        if begin.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs `pactl` against the server and returns what it prints.
pub fn pactl(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("pactl")
        .args(arguments)
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn listed(sink: &str) -> bool {
    pactl(&["list", "short", "sinks"]).is_ok_and(|list| {
        list.lines()
            .any(|line| line.split('\t').nth(1) == Some(sink))
    })
}

fn installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}
