//! An engine's presence on the desktop: media keys, tray, notifications, staying
//! awake. It belongs to the engine's process, so it is there without a window.
//!
//! It has a thread of its own: the engine's control task and the audio threads
//! never wait for a bus. Without a session bus it tries again now and then, and
//! says nothing.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command as Process, Stdio};
use std::thread::JoinHandle;

use futures_util::StreamExt as _;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, watch};
use tokio::time::{Duration, Instant, MissedTickBehavior, interval, sleep, sleep_until};
use zbus::{Connection, fdo};

use super::awake::{Awake, Need};
use super::media::{self, Now};
use super::notices::{NotificationsProxy, Notifier, Watcher};
use super::shown::{Shown, position_us};
use super::switches::{Followed, Switches};
use super::tray::{self, Tray};
use super::wish::{Wish, Wishing};
use super::{AGAIN, ANSWER, connect};
use crate::engine::{Command, Handle};
use crate::rig::edit::Edit;

/// How an engine appears.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Another session bus than the user's.
    pub session: Option<String>,
    /// Another system bus than the computer's.
    pub system: Option<String>,
    /// Where the user's choices are; all is on without a file.
    pub switches: Option<PathBuf>,
    /// What is possible here, whatever the user chooses.
    pub possible: Switches,
    /// How a window is opened; `None` has no window.
    pub window: Option<Window>,
}

/// The program that opens a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Where it is.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

/// An engine on the desktop, until it is dropped.
#[derive(Debug)]
pub struct Presence {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Presence {
    /// Lets an engine appear. It vanishes with the engine, too.
    #[must_use]
    pub fn start(handle: Handle, options: Options) -> Self {
        let (stop, stopped) = watch::channel(false);
        let run = move || match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(live(&handle, &options, stopped)),
            Err(error) => tracing::debug!("no event loop for the desktop: {error}"),
        };
        let thread = std::thread::Builder::new()
            .name("inphase-desktop".into())
            .spawn(run)
            .inspect_err(|error| tracing::debug!("no thread for the desktop: {error}"))
            .ok();
        Self { stop, thread }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let _ended = self.stop.send(true);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told already.
            let _told = thread.join();
        }
    }
}

/// Connects again and again until it is to end.
async fn live(handle: &Handle, options: &Options, mut stopped: watch::Receiver<bool>) {
    let attempts = async {
        loop {
            let connected = tokio::time::timeout(ANSWER, connect(options.session.as_deref())).await;
            let late = |_| zbus::Error::Failure("it does not answer".into());
            let outcome = match connected.map_err(late).flatten() {
                Ok(bus) => attend(&bus, handle, options).await,
                Err(error) => Err(error),
            };
            if let Err(error) = outcome {
                tracing::debug!("no desktop: {error}");
            }
            sleep(AGAIN).await;
        }
    };
    tokio::select! {
        () = attempts => {}
        _ = stopped.wait_for(|stop| *stop) => {}
        () = handle.ended() => {}
    }
}

/// Appears on this bus until it, or the engine, is gone.
async fn attend(bus: &Connection, handle: &Handle, options: &Options) -> zbus::Result<()> {
    Desk::open(bus, handle, options).await?.follow().await
}

/// What is on the bus, and what it is made from.
struct Desk<'a> {
    bus: &'a Connection,
    handle: &'a Handle,
    options: &'a Options,
    switches: Followed,
    /// What is in force of them.
    on: Switches,
    now: Now,
    wishing: Wishing,
    wishes: mpsc::UnboundedReceiver<Wish>,
    tray: Option<Tray>,
    watcher: Watcher,
    notifier: Notifier,
    need: Need,
    awake: Option<Awake>,
    /// Nobody could keep the computer awake; not asked again for a while.
    refused: Option<Instant>,
    begun: Instant,
}

/// What is heard from the bus.
struct Signals<'a> {
    trays: fdo::NameOwnerChangedStream,
    notifications: NotificationsProxy<'a>,
}

impl<'a> Desk<'a> {
    async fn open(
        bus: &'a Connection,
        handle: &'a Handle,
        options: &'a Options,
    ) -> zbus::Result<Self> {
        let (wishing, wishes) = Wishing::new(options.window.is_some());
        let mut desk = Self {
            bus,
            handle,
            options,
            switches: Followed::new(options.switches.clone()),
            on: Switches::NONE,
            now: Now::default(),
            wishing,
            wishes,
            tray: None,
            watcher: Watcher::default(),
            notifier: Notifier::default(),
            need: Need::default(),
            awake: None,
            refused: None,
            begun: Instant::now(),
        };
        let (shown, position) = desk.look();
        desk.now.set(&shown, position);
        desk.switch().await;
        Ok(desk)
    }

    /// Follows the engine and the bus until the bus is gone.
    async fn follow(&mut self) -> zbus::Result<()> {
        let daemon = fdo::DBusProxy::new(self.bus).await?;
        let signals = Signals {
            trays: daemon
                .receive_name_owner_changed_with_args(&[(0, tray::WATCHER)])
                .await?,
            notifications: NotificationsProxy::new(self.bus).await?,
        };
        let Signals {
            mut trays,
            notifications,
        } = signals;
        let mut closed = notifications.receive_notification_closed().await?;
        let mut invoked = notifications.receive_action_invoked().await?;
        let mut tokens = notifications.receive_activation_token().await?;
        let mut token = None;
        let mut snapshots = self.handle.snapshots();
        let mut not_before = Instant::now();
        let mut seconds = interval(Duration::from_secs(1));
        seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let news = async {
                sleep_until(not_before).await;
                snapshots.changed().await
            };
            tokio::select! {
                changed = news => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    not_before = Instant::now() + CALM;
                    self.show(self.begun.elapsed()).await?;
                }
                _ = seconds.tick() => {
                    self.switch().await;
                    self.show(self.begun.elapsed()).await?;
                }
                owner = trays.next() => {
                    let gone = || zbus::Error::Failure("the bus has ended".into());
                    let owner = owner.ok_or_else(gone)?;
                    let there = owner.args().is_ok_and(|args| args.new_owner().is_some());
                    if let (Some(tray), true) = (&self.tray, there) {
                        tray.register(self.bus).await;
                    }
                }
                Some(wish) = self.wishes.recv() => self.fulfil(wish).await,
                Some(signal) = closed.next() => {
                    if let Ok(args) = signal.args() {
                        self.notifier.closed(*args.id());
                    }
                }
                Some(signal) = tokens.next() => {
                    if let Ok(args) = signal.args() && self.notifier.is_ours(*args.id()) {
                        token = Some(args.activation_token().to_string());
                    }
                }
                Some(signal) = invoked.next() => {
                    if let Ok(args) = signal.args() && self.notifier.is_ours(*args.id()) {
                        self.fulfil(Wish::Window(token.take())).await;
                    }
                }
            }
        }
    }

    fn look(&self) -> (Shown, i64) {
        let snapshot = self.handle.snapshots().borrow().clone();
        let rig = self.handle.rigs().borrow().clone();
        (Shown::new(&snapshot, &rig), position_us(&snapshot))
    }

    /// Takes over what the user has chosen. A part that the bus refuses, as it may
    /// in a sandbox, is left out; a bus that is gone is noticed elsewhere.
    async fn switch(&mut self) {
        let wanted = self.switches.look().and(self.options.possible);
        let before = std::mem::replace(&mut self.on, wanted);
        let changed = match (before.media, wanted.media) {
            (false, true) => media::appear(self.bus, &self.now, &self.wishing).await,
            (true, false) => media::vanish(self.bus).await,
            _ => Ok(()),
        };
        if let Err(error) = changed {
            tracing::debug!("no media keys: {error}");
        }
        let changed = match (before.tray, wanted.tray, self.tray.take()) {
            (false, true, _) => Tray::appear(self.bus, &self.now, &self.wishing)
                .await
                .map(|tray| self.tray = Some(tray)),
            (true, false, Some(tray)) => tray.vanish(self.bus).await,
            (_, _, as_before) => {
                self.tray = as_before;
                Ok(())
            }
        };
        if let Err(error) = changed {
            tracing::debug!("no tray: {error}");
        }
        if before.notifications && !wanted.notifications {
            self.watcher = Watcher::default();
        }
    }

    /// Shows the engine's present state; `now` is since any fixed moment.
    async fn show(&mut self, now: Duration) -> zbus::Result<()> {
        let (shown, position) = self.look();
        let before = self.now.shown();
        self.now.set(&shown, position);
        if before != shown {
            if self.on.media {
                media::tell(self.bus, &before, &shown).await?;
            }
            let windows = self.wishing.opens_windows();
            if let Some(tray) = &mut self.tray {
                tray.tell(self.bus, &shown, windows).await?;
            }
        }
        if self.on.notifications
            && let Some(news) = self.watcher.look(&shown, now)
        {
            self.notifier.show(self.bus, &news).await;
        }
        let needed = self.on.awake && self.need.look(&shown, now);
        self.keep_awake(needed).await;
        Ok(())
    }

    async fn keep_awake(&mut self, needed: bool) {
        let waits = |since: Instant| since.elapsed() < AGAIN;
        match (needed, self.awake.take()) {
            (true, None) if !self.refused.is_some_and(waits) => {
                self.awake = Awake::take(self.bus, self.options.system.as_deref()).await;
                self.refused = self.awake.is_none().then(Instant::now);
            }
            (false, Some(awake)) => awake.release(self.bus).await,
            (_, as_before) => self.awake = as_before,
        }
    }

    async fn fulfil(&self, wish: Wish) {
        match wish {
            Wish::Command(command) => self.handle.post(command),
            Wish::PlayPause => self.handle.post(self.look().0.toggle()),
            Wish::Mute => {
                let value = if self.look().0.muted { "off" } else { "on" };
                let edit = Edit::set("settings.mute", value);
                self.handle.post(Command::Edit(edit));
            }
            Wish::Window(token) => {
                open_window(self.bus, self.options.window.as_ref(), token).await;
            }
        }
    }
}

/// Starts the window; one that is open comes to the front by itself.
async fn open_window(bus: &Connection, window: Option<&Window>, token: Option<String>) {
    let Some(window) = window else {
        return;
    };
    let mut process = Process::new(&window.program);
    let _set = process
        .args(&window.arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .envs(token.map(|token| (super::TOKEN, token)));
    if DISPLAYS.iter().all(|name| env::var_os(name).is_none()) {
        let _set = process.envs(displays(bus).await);
    }
    let waited = std::thread::Builder::new()
        .name("inphase-window".into())
        .spawn(move || {
            // Waited for, so that no zombie stays.
            if let Err(error) = process.status() {
                tracing::warn!("The window cannot be opened: {error}.");
            }
        });
    if let Err(error) = waited {
        tracing::warn!("The window cannot be opened: {error}.");
    }
}

/// The displays of the session. An engine that was started at log-in is older
/// than they are; the desktop tells the service manager of them.
async fn displays(bus: &Connection) -> Vec<(String, String)> {
    let told = async {
        let manager = ManagerProxy::new(bus).await?;
        manager.environment().await
    };
    let all = told.await.unwrap_or_default();
    let pairs = all.iter().filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(name, _)| DISPLAYS.contains(name) || *name == "XAUTHORITY")
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The user's service manager.
#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1"
)]
trait Manager {
    #[zbus(property)]
    fn environment(&self) -> zbus::Result<Vec<String>>;
}

const DISPLAYS: [&str; 2] = ["WAYLAND_DISPLAY", "DISPLAY"];
/// Panels are told at most so often.
const CALM: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests;
