//! The sound server's own wire: what cpal cannot do over the PulseAudio
//! protocol. Loading modules, and hearing that sinks come and go.
//!
//! Works with PulseAudio and pipewire-pulse. Everything here blocks, but every
//! wait is bounded, so a dead server costs seconds, never for ever.

use std::collections::HashSet;
use std::ffi::CString;
use std::io::BufReader;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use pulseaudio::protocol::{self, Command, CommandReply, ProtocolError};

use super::DeviceError;

/// Longest wait for one answer.
const ANSWER: Duration = Duration::from_secs(2);

/// Pause between attempts to reach a server that is not there, and between
/// looks at whether anybody still watches; milliseconds.
const LOOK: u16 = 500;

/// One connection for questions.
pub(crate) struct Control {
    socket: BufReader<UnixStream>,
    version: u16,
    sequence: u32,
}

impl Control {
    /// Connects to the server that the environment names.
    ///
    /// # Errors
    /// When there is none or it refuses.
    pub(crate) fn connect() -> Result<Self, DeviceError> {
        let path =
            pulseaudio::socket_path_from_env().ok_or_else(|| failed(&"there is no socket"))?;
        let socket = UnixStream::connect(path).map_err(|error| failed(&error))?;
        socket
            .set_read_timeout(Some(ANSWER))
            .and_then(|()| socket.set_write_timeout(Some(ANSWER)))
            .map_err(|error| failed(&error))?;
        let mut control = Self {
            socket: BufReader::new(socket),
            version: protocol::MAX_VERSION,
            sequence: 0,
        };
        control.introduce()?;
        Ok(control)
    }

    fn introduce(&mut self) -> Result<(), DeviceError> {
        ensure_cookie();
        let cookie = pulseaudio::cookie_path_from_env().and_then(|path| std::fs::read(path).ok());
        let auth = protocol::AuthParams {
            version: protocol::MAX_VERSION,
            supports_shm: false,
            supports_memfd: false,
            cookie: cookie.unwrap_or_default(),
        };
        let reply: protocol::AuthReply = self.ask(&Command::Auth(auth))?;
        self.version = protocol::MAX_VERSION.min(reply.version);
        let mut props = protocol::Props::new();
        props.set(protocol::Prop::ApplicationName, c"Inphase");
        let _: protocol::SetClientNameReply = self.ask(&Command::SetClientName(props))?;
        Ok(())
    }

    fn send(&mut self, command: &Command) -> Result<(), DeviceError> {
        self.sequence += 1;
        let (sequence, version) = (self.sequence, self.version);
        protocol::write_command_message(self.socket.get_mut(), sequence, command, version)
            .map_err(|error| wire(&error))
    }

    fn ask<R: CommandReply>(&mut self, command: &Command) -> Result<R, DeviceError> {
        self.send(command)?;
        let (_, reply) = protocol::read_reply_message(&mut self.socket, self.version)
            .map_err(|error| wire(&error))?;
        Ok(reply)
    }

    fn tell(&mut self, command: &Command) -> Result<(), DeviceError> {
        self.send(command)?;
        protocol::read_ack_message(&mut self.socket)
            .map(drop)
            .map_err(|error| wire(&error))
    }

    /// Names of all sinks and sources.
    pub(crate) fn nodes(&mut self) -> Result<HashSet<String>, DeviceError> {
        let sinks: protocol::SinkInfoList = self.ask(&Command::GetSinkInfoList)?;
        let sources: protocol::SourceInfoList = self.ask(&Command::GetSourceInfoList)?;
        let sinks = sinks.into_iter().map(|sink| text(&sink.name));
        let sources = sources.into_iter().map(|source| text(&source.name));
        Ok(sinks.chain(sources).collect())
    }

    /// The source that carries what sink `name` plays.
    pub(crate) fn monitor(&mut self, name: &str) -> Result<Option<String>, DeviceError> {
        let sinks: protocol::SinkInfoList = self.ask(&Command::GetSinkInfoList)?;
        let sink = sinks.into_iter().find(|sink| text(&sink.name) == name);
        Ok(sink.and_then(|sink| sink.monitor_source_name.as_ref().map(text)))
    }

    /// Loads a module and returns its number.
    pub(crate) fn load_module(&mut self, name: &str, arguments: &str) -> Result<u32, DeviceError> {
        let text = |text: &str| CString::new(text).map_err(|error| failed(&error));
        let reply: protocol::LookupReply =
            self.ask(&Command::LoadModule(protocol::LoadModuleParams {
                name: text(name)?,
                arguments: Some(text(arguments)?),
            }))?;
        Ok(reply.0)
    }

    /// Unloads a module by number.
    pub(crate) fn unload_module(&mut self, module: u32) -> Result<(), DeviceError> {
        self.tell(&Command::UnloadModule(module))
    }

    /// Loaded modules: number, name, arguments.
    pub(crate) fn modules(&mut self) -> Result<Vec<(u32, String, String)>, DeviceError> {
        let list: protocol::ModuleInfoList = self.ask(&Command::GetModuleInfoList)?;
        let line = |module: protocol::ModuleInfo| {
            let arguments = module.argument.map_or_else(String::new, |a| text(&a));
            (module.index, text(&module.name), arguments)
        };
        Ok(list.into_iter().map(line).collect())
    }

    /// From here on only [`Control::changed`] may be called.
    fn subscribe(&mut self) -> Result<(), DeviceError> {
        use protocol::SubscriptionMask as Mask;
        self.tell(&Command::Subscribe(
            Mask::SINK | Mask::SOURCE | Mask::SERVER,
        ))
    }

    /// Waits up to [`LOOK`] for a sink or source to come or go.
    fn changed(&mut self) -> Result<bool, DeviceError> {
        if self.socket.buffer().is_empty() {
            let socket = self.socket.get_ref().as_fd();
            let mut fds = [PollFd::new(socket, PollFlags::POLLIN)];
            match poll(&mut fds, PollTimeout::from(LOOK)) {
                Ok(0) | Err(nix::errno::Errno::EINTR) => return Ok(false),
                Ok(_) => {}
                Err(error) => return Err(failed(&error)),
            }
        }
        let (_, command) = protocol::read_command_message(&mut self.socket, self.version)
            .map_err(|error| wire(&error))?;
        // A sink that only changed its volume or state is no news.
        let news = |event: protocol::SubscriptionEvent| {
            event.event_type != protocol::SubscriptionEventType::Changed
        };
        Ok(matches!(command, Command::SubscribeEvent(event) if news(event)))
    }
}

/// Length of the protocol's cookie; servers refuse any other as malformed.
const COOKIE: usize = 256;

/// Gives the user a PulseAudio cookie, as libpulse does on first use. Without
/// one the client that cpal uses sends none, and pipewire-pulse refuses that
/// before it notices that it wants no cookie from this user at all.
pub(crate) fn ensure_cookie() {
    if pulseaudio::cookie_path_from_env().is_some() {
        return;
    }
    if let Err(error) = write_cookie() {
        tracing::debug!("no PulseAudio cookie: {error}");
    }
}

fn write_cookie() -> std::io::Result<()> {
    use std::io::{Read, Write};
    use std::os::unix::fs::OpenOptionsExt;

    let home = directories::BaseDirs::new().ok_or(std::io::ErrorKind::NotFound)?;
    let directory = home.home_dir().join(".config/pulse");
    std::fs::create_dir_all(&directory)?;
    let mut cookie = [0; COOKIE];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut cookie)?;
    let mut options = std::fs::OpenOptions::new();
    let options = options.write(true).create_new(true).mode(0o600);
    options.open(directory.join("cookie"))?.write_all(&cookie)
}

fn text(name: &CString) -> String {
    name.to_string_lossy().into_owned()
}

fn failed(reason: &dyn std::fmt::Display) -> DeviceError {
    DeviceError::System {
        system: "PulseAudio".into(),
        reason: reason.to_string().trim_end_matches('.').to_owned(),
    }
}

fn wire(error: &ProtocolError) -> DeviceError {
    failed(error)
}

/// Told when its sink or source is no longer listed; once.
type OnGone = Box<dyn FnOnce() + Send>;

/// Told of every change, with the names that are there now.
type OnChange = Box<dyn Fn() + Send>;

#[derive(Default)]
struct Watchers {
    next: u64,
    nodes: Vec<(u64, String, OnGone)>,
    changes: Vec<(u64, OnChange)>,
}

#[derive(Default)]
struct Shared {
    watchers: Mutex<Watchers>,
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Watchers> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self, names: &HashSet<String>) {
        let mut watchers = self.lock();
        let gone = |entry: &mut (u64, String, OnGone)| !names.contains(&entry.1);
        for (_, _, tell) in watchers.nodes.extract_if(.., gone) {
            tell();
        }
    }

    fn tell_change(&self) {
        for (_, tell) in &self.lock().changes {
            tell();
        }
    }
}

/// The one thread that listens, for as long as anybody watches.
static LISTENER: Mutex<Weak<Shared>> = Mutex::new(Weak::new());

/// Ends the watching when dropped.
pub(crate) struct Watch {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut watchers = self.shared.lock();
        watchers.nodes.retain(|(number, ..)| *number != self.number);
        watchers
            .changes
            .retain(|(number, _)| *number != self.number);
    }
}

/// Calls `gone` once when the sink or source `name` is no longer listed.
pub(crate) fn watch(name: &str, gone: impl FnOnce() + Send + 'static) -> Watch {
    register(|watchers, number| watchers.nodes.push((number, name.into(), Box::new(gone))))
}

/// Calls `changed` whenever a sink or source comes or goes, and when the server
/// itself does. `changed` must not block.
pub(crate) fn watch_changes(changed: impl Fn() + Send + 'static) -> Watch {
    register(|watchers, number| watchers.changes.push((number, Box::new(changed))))
}

fn register(add: impl FnOnce(&mut Watchers, u64)) -> Watch {
    let shared = listener();
    let number = {
        let mut watchers = shared.lock();
        watchers.next += 1;
        let number = watchers.next;
        add(&mut watchers, number);
        number
    };
    Watch { shared, number }
}

fn listener() -> Arc<Shared> {
    let mut listener = LISTENER.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shared) = listener.upgrade() {
        return shared;
    }
    let shared = Arc::new(Shared::default());
    *listener = Arc::downgrade(&shared);
    let weak = Arc::downgrade(&shared);
    let spawned = std::thread::Builder::new()
        .name("inphase-pulse".into())
        .spawn(move || listen(&weak));
    if let Err(error) = spawned {
        tracing::warn!("nobody listens to the sound server: {error}");
    }
    shared
}

/// Reconnects for ever while somebody watches.
fn listen(shared: &Weak<Shared>) {
    let mut connected = false;
    while shared.strong_count() > 0 {
        let result = follow(shared, &mut connected);
        if std::mem::take(&mut connected)
            && let Some(shared) = shared.upgrade()
        {
            shared.tell_change();
        }
        if let Err(error) = result {
            tracing::debug!("listening to the sound server: {error}");
            std::thread::sleep(Duration::from_millis(u64::from(LOOK)));
        }
    }
}

/// One connection's life; two sockets, because events and answers would mix.
fn follow(shared: &Weak<Shared>, connected: &mut bool) -> Result<(), DeviceError> {
    let mut events = Control::connect()?;
    events.subscribe()?;
    let mut questions = Control::connect()?;
    let mut names = questions.nodes()?;
    *connected = true;
    let tell = |names: &HashSet<String>, changed: bool| {
        let Some(shared) = shared.upgrade() else {
            return false;
        };
        // Every round: a stream may have begun after its sink went away.
        shared.look(names);
        if changed {
            shared.tell_change();
        }
        true
    };
    let mut changed = true;
    while tell(&names, changed) {
        changed = events.changed()?;
        if changed {
            names = questions.nodes()?;
        }
    }
    Ok(())
}
