//! The real program in a home of its own: configuration, state, runtime
//! directory and sound configuration are in a directory that vanishes with it.
//! Nothing of the user's session is touched, and nothing outlives the test.

// Each test program uses a part of this.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Far longer than anything here takes on the busiest machine: only what hangs
/// gets there.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Where the program lives.
pub struct Home {
    directory: tempfile::TempDir,
    /// Leave the sound server's variables as they are.
    server: bool,
}

impl Home {
    /// A home without any sound server.
    pub fn new() -> Self {
        Self::with(false)
    }

    /// A home whose programs find the sound server of this process.
    pub fn at_server() -> Self {
        Self::with(true)
    }

    fn with(server: bool) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("inphase-home")
            .tempdir()
            .expect("a temporary directory");
        let home = Self { directory, server };
        for name in ["run", "config", "state"] {
            std::fs::create_dir(home.path(name)).expect("a directory");
        }
        home
    }

    /// A path inside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Where the rig is saved.
    pub fn rig(&self) -> PathBuf {
        self.path("config/inphase/rig.toml")
    }

    /// Where the control socket is.
    pub fn socket(&self) -> PathBuf {
        self.path("run/inphase/control.sock")
    }

    /// The program with these arguments, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inphase"));
        let _ = command
            .args(arguments)
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .env("HOME", self.directory.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_STATE_HOME", self.path("state"))
            .env("JACK_NO_START_SERVER", "1")
            .env_remove("INPHASE_LOG");
        let socket = self.socket();
        if self.server {
            // The runtime directory leads to the server.
            let _ = command.arg("--socket").arg(socket);
        } else {
            let nowhere = format!("unix:path={}", self.path("nowhere").display());
            let _ = command
                .env("XDG_RUNTIME_DIR", self.path("run"))
                .env("DBUS_SESSION_BUS_ADDRESS", &nowhere)
                .env("DBUS_SYSTEM_BUS_ADDRESS", &nowhere)
                .env(
                    "PULSE_SERVER",
                    format!("unix:{}", self.path("nowhere").display()),
                )
                .env_remove("PIPEWIRE_RUNTIME_DIR");
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Said {
        let mut program = Program::start(self.command(arguments));
        let code = program.exit_code();
        Said {
            code,
            out: program.out.text(),
            err: program.err.text(),
        }
    }

    /// Runs a command that must succeed and returns what it prints.
    pub fn ask(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.code, 0, "inphase {arguments:?}: {said:?}");
        said.out
    }

    /// The state of the running instance.
    pub fn status(&self) -> Value {
        json(&self.ask(&["status", "--json"]))
    }

    /// Starts an instance and waits until it answers.
    pub fn start(&self, arguments: &[&str]) -> Program {
        let mut program = Program::start(self.command(arguments));
        let ready = until(|| program.has_ended() || self.run(&["status", "--json"]).code == 0);
        assert!(ready && !program.has_ended(), "{}", program.told());
        program
    }

    /// Waits until the state is as wanted and returns it.
    pub fn wait_for(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut status = Value::Null;
        let seen = until(|| {
            status = self.status();
            wanted(&status)
        });
        assert!(seen, "{what} was not seen; at last {status:#}");
        status
    }

    /// Waits until an event contains `text` and returns the sentence.
    pub fn wait_for_event(&self, text: &str) -> String {
        let mut last = String::new();
        let seen = until(|| {
            last = self.ask(&["events"]);
            last.contains(text)
        });
        assert!(seen, "no event says {text:?}:\n{last}");
        let found = last.lines().find(|line| line.contains(text));
        found.map_or_else(String::new, str::to_owned)
    }

    /// Ends the running instance politely; it must end well.
    pub fn quit(&self, mut program: Program) {
        let said = self.ask(&["quit"]);
        assert!(said.contains("ending"), "{said}");
        assert_eq!(program.exit_code(), 0, "{}", program.told());
        assert!(!self.socket().exists(), "the socket is removed");
    }
}

/// What a finished command said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    /// The one sentence on standard error; anything else there fails the test.
    pub fn sentence(&self) -> &str {
        let line = self.err.trim_end();
        let sentence = line.strip_prefix("inphase: ");
        match sentence {
            Some(sentence) if !sentence.contains('\n') => sentence,
            _ => panic!("not one sentence: {self:?}"),
        }
    }
}

/// A running program; dropping it ends it.
pub struct Program {
    child: Child,
    pub out: Text,
    pub err: Text,
}

/// What a program prints, as it prints it.
#[derive(Clone, Default)]
pub struct Text(Arc<Mutex<String>>);

impl Text {
    fn collect(from: impl Read + Send + 'static) -> Self {
        let text = Self::default();
        let into = text.clone();
        let _reader = std::thread::spawn(move || {
            let mut from = BufReader::new(from);
            let mut line = Vec::new();
            while from
                .read_until(b'\n', &mut line)
                .is_ok_and(|count| count > 0)
            {
                let mut text = into.0.lock().expect("nobody panics with it");
                text.push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        });
        text
    }

    /// All so far.
    pub fn text(&self) -> String {
        // The last line may still be on its way to the reader.
        let ended = until(|| Arc::strong_count(&self.0) <= 1);
        assert!(ended, "the output is still open");
        self.so_far()
    }

    /// All so far of a program that still runs.
    pub fn so_far(&self) -> String {
        self.0.lock().expect("nobody panics with it").clone()
    }
}

impl Program {
    /// Starts it and collects what it prints.
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let out = Text::collect(child.stdout.take().expect("it is piped"));
        let err = Text::collect(child.stderr.take().expect("it is piped"));
        Self { child, out, err }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.status().is_some()
    }

    fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it is our child")
    }

    /// Waits for its end; one that hangs fails the test.
    pub fn exit_code(&mut self) -> i32 {
        let ended = until(|| self.has_ended());
        assert!(ended, "it does not end: {}", self.told());
        let status = self.status().expect("it has ended");
        status
            .code()
            .unwrap_or_else(|| panic!("{status}: {}", self.told()))
    }

    /// All it has printed.
    pub fn told(&self) -> String {
        format!("{}\n{}", self.out.so_far(), self.err.so_far())
    }

    /// Processor time used so far, of all its threads.
    pub fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).unwrap_or_default();
        // The name in brackets may contain spaces; user and system time are the
        // 12th and 13th field after it, in hundredths of a second.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        let ticks = fields.split_whitespace().skip(11).take(2);
        let sum: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Duration::from_millis(sum * 10)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Polls until it is true or [`LIMIT`] is over.
pub fn until(mut ready: impl FnMut() -> bool) -> bool {
    let begin = Instant::now();
    loop {
        if ready() {
            return true;
        }
        if begin.elapsed() > LIMIT {
            return false;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// One line of JSON.
pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What a status says of one speaker; null while it does not know it.
pub fn speaker<'a>(status: &'a Value, id: &str) -> &'a Value {
    let all = status["speakers"].as_array().expect("a list of speakers");
    let found = all.iter().find(|speaker| speaker["id"] == id);
    found.unwrap_or(&Value::Null)
}

/// Runs another program of the system, which must succeed.
pub fn system(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {text}");
    output
}

/// Writes a stereo WAV of 16 bits at `rate` from a function of the frame.
pub fn write_wav(path: &Path, rate: u32, frames: u32, wave: impl Fn(u32) -> [f32; 2]) {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(path, spec).expect("a WAV file");
    for frame in 0..frames {
        for sample in wave(frame) {
            file.write_sample((sample * 32_767.0) as i16)
                .expect("room on the disk");
        }
    }
    file.finalize().expect("room on the disk");
}

/// A sine of 440 Hz at −12 dBFS.
pub fn tone(frame: u32) -> [f32; 2] {
    let turns = f64::from(frame) * 440.0 / 48_000.0;
    [(turns.fract() * std::f64::consts::TAU).sin() as f32 * 0.25; 2]
}
