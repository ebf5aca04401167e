//! An instance of our own, `play` or `run`: starts the engine, serves the control
//! socket, shows what happens, and ends with a fade when it is asked to.

use std::{
    future::Future,
    io::{self, IsTerminal as _},
    time::Duration,
};

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::broadcast::error::RecvError,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use super::{
    Failure,
    args::{Run, Session},
    launch::{self, Request, Which},
    log, out, runtime,
};
use crate::{
    bluetooth::state::Address,
    desktop::{
        Presence, Switches,
        presence::{self, Window},
    },
    engine::{Command, CommandError, Event, Handle, Snapshot, snapshot::Transport},
    remote::{Claim, Place, Server, server::Limits},
    rig::{Rig, Source},
};
use screen::Screen;

mod screen;

/// How often the live line is drawn: calm to read, quick enough to follow.
const DRAW: Duration = Duration::from_millis(200);

/// Looks at the state, [`DRAW`] apart, until `play` gives up on its devices: 2 s.
const LOOKS: u32 = 10;

/// Looks until `play` gives up on devices that open and never get ready: 30 s.
const STARTS: u32 = 150;

/// How long a window's demo goes on without it.
const ALONE: Duration = Duration::from_secs(5);

/// How long fading out and giving the devices back may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// When a session ends by itself.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Plan {
    /// After this time.
    stop_after: Option<Duration>,
    /// When the source has ended, or could not be started.
    only_source: bool,
    /// A window looks after it.
    attended: bool,
}

impl Plan {
    /// `play` lives as long as its source.
    pub(super) fn of_play(options: &Session) -> Self {
        Self {
            stop_after: options.stop_after.map(Duration::from_secs_f64),
            only_source: true,
            attended: false,
        }
    }

    /// `run` lives until it is told to end.
    fn of_run(run: &Run) -> Self {
        Self {
            stop_after: run.session.stop_after.map(Duration::from_secs_f64),
            only_source: false,
            attended: run.attended,
        }
    }

    /// Whether to play at once. A window's user presses Play for what has a
    /// beginning; what other programs or devices play is passed on right away.
    fn plays(&self, handle: &Handle) -> bool {
        let begins = matches!(
            handle.rigs().borrow().source,
            None | Some(Source::Files { .. })
        );
        !(self.attended && begins)
    }
}

/// `inphase run`.
///
/// # Errors
/// Another instance, or what the engine refuses.
pub(super) fn run(run: &Run, place: &Place) -> Result<(), Failure> {
    let request = Request {
        which: if run.demo { Which::Demo } else { Which::Saved },
        simulated: run.session.simulated,
        config_dir: run.session.config_dir.clone(),
        state_dir: run.session.state_dir.clone(),
    };
    hold(&request, &Plan::of_run(run), &run.session, place)
}

/// Holds an engine until it is to end.
///
/// # Errors
/// Another instance, or what the engine refuses.
pub(super) fn hold(
    request: &Request,
    plan: &Plan,
    options: &Session,
    place: &Place,
) -> Result<(), Failure> {
    log::start(options.log.as_deref())?;
    // Before any device is opened: a second instance must not touch them.
    let claim = Claim::take(place)?;
    let launched = launch::launch(request)?;
    let limits = Limits {
        // The demo is nobody's music.
        alone: (plan.attended && request.which == Which::Demo).then_some(ALONE),
        ..Limits::default()
    };
    let server = Server::start(claim, launched.handle.clone(), limits)?;
    let desktop = presence::Options {
        switches: Some(request.paths()?.desktop()),
        possible: on_the_desktop(request, plan),
        window: window(place),
        ..presence::Options::default()
    };
    let presence = Presence::start(launched.handle.clone(), desktop);
    let mut screen = Screen::new(io::stdout(), io::stdout().is_terminal(), options.quiet);
    let outcome = runtime()?.block_on(async {
        let mut signals = Signals::new()?;
        attend(&launched.handle, plan, &mut screen, signals.next()).await?;
        tokio::select! {
            ended = farewell(&launched.handle) => ended,
            // The second Ctrl+C: the user does not want to wait.
            () = signals.next() => Ok(()),
        }
    });
    drop(presence);
    drop(server);
    if !launched.handle.has_ended() {
        // A hung device driver would hang us as well; the system cleans up.
        std::mem::forget(launched);
    }
    outcome
}

/// How this instance may appear on the desktop. The demo is nobody's music. What
/// `play` does is seen in its terminal, and it ends there.
fn on_the_desktop(request: &Request, plan: &Plan) -> Switches {
    match request.which {
        Which::Demo => Switches::NONE,
        _ if plan.only_source => Switches {
            tray: false,
            notifications: false,
            ..Switches::default()
        },
        _ => Switches::default(),
    }
}

/// How a window on this instance is opened.
#[cfg(feature = "window")]
fn window(place: &Place) -> Option<Window> {
    let mut arguments = Vec::new();
    if *place != Place::of_user() {
        arguments.extend(["--socket".into(), place.socket().into()]);
    }
    let program = super::program()?;
    Some(Window { program, arguments })
}

#[cfg(not(feature = "window"))]
fn window(_place: &Place) -> Option<Window> {
    None
}

/// Starts playing and shows what happens until something ends it.
async fn attend<W: io::Write>(
    handle: &Handle,
    plan: &Plan,
    screen: &mut Screen<W>,
    stop: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let mut source = SourceLife::default();
    let ended = tokio::select! {
        shown = watch(handle, plan, screen, &mut source) => match shown {
            // Nobody reads us any more: end as politely as on Ctrl+C.
            Err(Failure::Closed) => Ok(()),
            other => other,
        },
        () = stop => Ok(()),
        () = after(plan.stop_after) => in_time(handle, plan, &source),
    };
    ended.and(screen.finish().or(Ok(())))
}

/// The time is over: for `play` that is a success only if something played.
fn in_time(handle: &Handle, plan: &Plan, source: &SourceLife) -> Result<(), Failure> {
    let snapshot = handle.snapshots().borrow().clone();
    if !plan.only_source || source.has_played(&snapshot) {
        return Ok(());
    }
    let why = why_silent(&snapshot).unwrap_or_else(|| not_ready(handle));
    Err(Failure::Refused(why))
}

/// What keeps all of it from playing: the source, or the first speaker.
fn why_silent(snapshot: &Snapshot) -> Option<String> {
    let source = snapshot.source.as_ref().and_then(|of| of.problem.clone());
    let mut speakers = snapshot.speakers.iter();
    source.or_else(|| speakers.find_map(|of| of.problem.clone()))
}

/// Nothing is wrong that anybody could name: a device whose clock is not found.
fn not_ready(handle: &Handle) -> String {
    let rig = handle.rigs().borrow().clone();
    let devices: Vec<&str> = rig.speakers.iter().map(|of| &*of.output.device).collect();
    format!(
        "Nothing was played: {} was not ready in time. Give it longer, or choose another device.",
        devices.join(" and ")
    )
}

async fn watch<W: io::Write>(
    handle: &Handle,
    plan: &Plan,
    screen: &mut Screen<W>,
    source: &mut SourceLife,
) -> Result<(), Failure> {
    let mut events = handle.events();
    let (rigs, snapshots) = (handle.rigs(), handle.snapshots());
    if plan.plays(handle)
        && let Err(refusal) = handle.send(Command::Play).await
    {
        refused(&refusal, plan)?;
    }
    let mut ticks = interval(DRAW);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut devices = DeviceLuck::default();
    loop {
        tokio::select! {
            () = handle.ended() => return Ok(()),
            event = events.recv() => report(event, screen)?,
            _ = ticks.tick() => {
                let snapshot = snapshots.borrow().clone();
                let rig = rigs.borrow().clone();
                screen.draw(&rig, &snapshot)?;
                if plan.only_source {
                    if source.has_ended(&snapshot) {
                        return Ok(());
                    }
                    if let Some(problem) = devices.gives_up(&rig, &snapshot) {
                        return Err(Failure::Refused(problem));
                    }
                    if devices.takes_too_long(&rig, &snapshot) {
                        return Err(Failure::Refused(not_ready(handle)));
                    }
                }
            }
        }
    }
}

/// A refusal to play ends `play`; the rig of `run` can still be set up.
fn refused(refusal: &CommandError, plan: &Plan) -> Result<(), Failure> {
    if plan.only_source {
        return Err(Failure::Refused(refusal.message.clone()));
    }
    out::problem(&refusal.message);
    Ok(())
}

fn report<W: io::Write>(
    event: Result<Event, RecvError>,
    screen: &mut Screen<W>,
) -> Result<(), Failure> {
    match event {
        Ok(event) => screen.event(&event),
        Err(RecvError::Lagged(lost)) => {
            screen.line(&format!("{lost} events came too fast to be shown."))
        }
        // The engine has ended; the other branch notices.
        Err(RecvError::Closed) => Ok(()),
    }
}

async fn after(time: Option<Duration>) {
    match time {
        Some(time) => sleep(time).await,
        None => std::future::pending().await,
    }
}

/// Fades out and waits until the engine has given the devices back.
async fn farewell(handle: &Handle) -> Result<(), Failure> {
    let quit = async {
        // A refusal cannot be: an ended engine is what we want.
        let _answer = handle.send(Command::Quit).await;
        handle.ended().await;
    };
    timeout(FAREWELL, quit).await.map_err(|_| {
        Failure::Refused(
            "A device did not close within 2 s. If it stays silent, unplug it and plug it in again."
                .into(),
        )
    })
}

/// Notices when the source has played and then stopped.
#[derive(Debug, Default)]
struct SourceLife {
    played: bool,
}

impl SourceLife {
    /// Whether it has played by now.
    fn has_played(&self, snapshot: &Snapshot) -> bool {
        self.played || matches!(snapshot.transport, Transport::Playing | Transport::Waiting)
    }

    fn has_ended(&mut self, snapshot: &Snapshot) -> bool {
        match snapshot.transport {
            Transport::Playing | Transport::Waiting | Transport::Paused => self.played = true,
            Transport::Starting => {}
            Transport::Stopped => return self.played,
        }
        false
    }
}

/// Notices when the source or every speaker cannot be opened. A device that another
/// program is just closing gets a moment; one that was lost while playing, and one
/// on Bluetooth that is to connect, is waited for.
#[derive(Debug, Default)]
struct DeviceLuck {
    looks: u32,
    starting: u32,
}

impl DeviceLuck {
    /// The problem, once nobody could start for a while.
    fn gives_up(&mut self, rig: &Rig, snapshot: &Snapshot) -> Option<String> {
        let starting = snapshot.transport == Transport::Starting;
        let silent = snapshot.speakers.iter().all(|of| of.problem.is_some());
        let source = snapshot.source.as_ref();
        let mute = !waits_for_radio(rig) && source.is_some_and(|of| of.problem.is_some());
        self.looks = if starting && (silent || mute) {
            self.looks + 1
        } else {
            0
        };
        if self.looks < LOOKS {
            return None;
        }
        why_silent(snapshot)
    }

    /// Whether nothing begins though nothing is wrong.
    fn takes_too_long(&mut self, rig: &Rig, snapshot: &Snapshot) -> bool {
        let starting = snapshot.transport == Transport::Starting && !waits_for_radio(rig);
        self.starting = if starting { self.starting + 1 } else { 0 };
        self.starting > STARTS
    }
}

/// Whether an Echo, a phone or a wireless speaker may still have to connect.
fn waits_for_radio(rig: &Rig) -> bool {
    let source = match &rig.source {
        Some(Source::Capture { device }) => Some(device),
        _ => None,
    };
    let mut devices = rig
        .speakers
        .iter()
        .map(|of| &of.output.device)
        .chain(source);
    devices.any(|device| Address::of_id(device).is_some())
}

/// What asks a program to end: Ctrl+C, `kill`, a closed terminal.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> Result<Self, Failure> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        let _any = tokio::select! {
            signal = self.interrupt.recv() => signal,
            signal = self.terminate.recv() => signal,
            signal = self.hang_up.recv() => signal,
        };
    }
}

#[cfg(test)]
mod tests;
