//! The window: owns the shared state and the parts, carries messages down and
//! actions up. Nothing is drawn here but the frame around the parts.

mod compare;
mod engine;
mod keep;
mod keyboard;
mod view;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use iced::time::every;
use iced::{Event as IcedEvent, Size, Subscription, Task, Theme, event, window};

use super::action::{Action, Actions, Overlay, Selection};
use super::bar::{self, Bar};
use super::dock::{self, Dock};
use super::drag::{self, Step};
use super::engines::{Engines, Which};
use super::first_run::{self, FirstRun};
use super::graph::{self, Graph};
use super::inspector::{self, Inspector};
use super::keys::{Pointer, Press};
use super::link::Link;
use super::overlay::{self, Overlays};
use super::prefs::{self, OnClose, Prefs};
use super::radio;
use super::rail::{self, Rail};
use super::regions::{Regions, Tab};
use super::scene::Scene;
use super::shared::{Shared, Welcome};
use super::themes::Themes;
use super::toast::{self, Toast};
use crate::desktop::single::Raises;
use crate::desktop::{Wishes, wishes};
use crate::devices::DeviceInfo;
use crate::engine::snapshot::Transport;
use crate::engine::{Command, CommandError, Event, Handle, Reply};
use crate::install::Look;
use crate::rig::history::Gesture;
use crate::store::{Autostart, Paths, StoreError, WindowFile};
use crate::sync::time::Nanos;
use compare::Compared;
use keep::Keep;

/// The window.
#[derive(Debug)]
pub struct App {
    /// What all parts read.
    pub shared: Shared,
    /// The parts.
    pub parts: Parts,
    /// The sentence at the bottom.
    pub toast: Toast,
    /// What went to the engine, newest last and at most 256, for tests and
    /// for the log.
    pub sent: Vec<Command>,
    gesture: Gesture,
    scale: f32,
    /// Size of the window at scale 1.
    window: Size,
    scene_made: Instant,
    devices_asked: Option<Instant>,
    silent_since: Option<Instant>,
    touched: Instant,
    engines: Option<Engines>,
    raises: Option<Raises>,
    which: Which,
    /// The engine that was left for the demo.
    left: Option<Link>,
    compared: Compared,
    keep: Keep,
    asked: radio::Asked,
}

/// The parts of the window.
#[derive(Debug, Default)]
#[allow(missing_docs, reason = "their types say what they are")]
pub struct Parts {
    pub bar: Bar,
    pub rail: Rail,
    pub graph: Graph,
    pub first_run: FirstRun,
    pub inspector: Inspector,
    pub dock: Dock,
    pub overlays: Overlays,
}

/// What happens in the window.
#[derive(Debug, Clone)]
pub enum Message {
    /// Time has passed.
    Ticked(Instant),
    /// The window has this size in logical pixels.
    Resized(Size),
    /// The screen has this size in logical pixels, where the system tells.
    Screen(window::Id, Option<Size>),
    /// The user wants to close the window.
    CloseRequested,
    /// A key that nobody used.
    Key(Press),
    /// The pointer, while something is carried.
    Pointer(Pointer),
    /// In the bar.
    Bar(bar::Message),
    /// In the rail.
    Rail(rail::Message),
    /// In the graph.
    Graph(graph::Message),
    /// On the first-run page.
    FirstRun(first_run::Message),
    /// In the inspector.
    Inspector(inspector::Message),
    /// In the dock.
    Dock(dock::Message),
    /// In a dialog.
    Overlay(overlay::Message),
    /// On the toast.
    Toast(toast::Message),
    /// A step of a drag.
    Drag(Step),
    /// The engine answered a command; with `tell` its sentence is shown.
    Answered {
        /// The answer.
        answer: Result<Reply, CommandError>,
        /// Whether to show it.
        tell: bool,
    },
    /// The devices there are.
    Listed(Result<Vec<DeviceInfo>, CommandError>),
    /// The user wants an engine that has ended back.
    Restarted,
    /// What happened before the window opened.
    Recalled(Result<Vec<Event>, CommandError>),
    /// What the desktop wishes.
    Desktop(Wishes),
    /// The user's choices were saved, or not.
    Kept(Result<(), StoreError>),
    /// A file was dropped onto the window.
    FileDropped(PathBuf),
    /// The keyboard went to another window.
    Unfocused,
    /// The window is to come to the front.
    Raised,
    /// Nothing to do.
    Done,
}

/// What the window starts with.
#[derive(Debug, Clone)]
pub struct Start {
    /// The engine.
    pub handle: Handle,
    /// Where files are.
    pub paths: Paths,
    /// What is started at log-in; `None` does not offer the choice.
    pub autostart: Option<Autostart>,
    /// What can be added to this computer; `None` offers nothing.
    pub install: Option<Look>,
    /// The user's choices.
    pub prefs: Prefs,
    /// Where they are kept; `None` keeps nothing.
    pub file: Option<WindowFile<Prefs>>,
    /// What loading them had to say.
    pub said: Vec<String>,
    /// Which engine it is.
    pub which: Which,
    /// How to attach to others; `None` for this one only.
    pub engines: Option<Engines>,
    /// When the window is to come to the front; `None` never is.
    pub raises: Option<Raises>,
}

impl App {
    /// Opens on an engine.
    pub fn new(start: Start) -> (Self, Task<Message>) {
        let now = Instant::now();
        let link = Link::new(start.handle);
        let size = Size::new(start.prefs.size.0, start.prefs.size.1);
        let keep = Keep::new(start.file, start.prefs.clone());
        let themes = Themes::at(start.paths.themes());
        let wishes = Wishes::default();
        let shared = Shared {
            scene: Scene::default(),
            tokens: themes.resolve(&start.prefs, &wishes),
            themes,
            wishes,
            regions: Regions::new(size, start.prefs.dock, Tab::Tune, true),
            size,
            tab: Tab::Tune,
            selection: Selection::Nothing,
            focus: None,
            drag: None,
            overlay: None,
            welcome: Welcome::default(),
            now,
            link,
            prefs: start.prefs,
            paths: start.paths,
            autostart: start.autostart,
            install: start.install,
        };
        let mut app = Self {
            shared,
            parts: Parts::default(),
            toast: Toast::default(),
            sent: Vec::new(),
            gesture: 1,
            scale: 1.0,
            window: size,
            scene_made: now,
            devices_asked: None,
            silent_since: None,
            touched: now,
            engines: start.engines,
            raises: start.raises,
            which: start.which,
            left: None,
            compared: Compared::default(),
            keep,
            asked: radio::Asked::default(),
        };
        app.rescale();
        app.arrange();
        app.make_scene(now);
        if !start.said.is_empty() {
            app.toast.show(start.said.join(" "), false, now);
        }
        let screen = window::latest().and_then(|window| {
            window::monitor_size(window).map(move |size| Message::Screen(window, size))
        });
        let begin = Task::batch([app.recall(), screen]);
        (app, begin)
    }

    /// The window's title.
    #[must_use]
    pub fn title(&self) -> String {
        "Inphase".into()
    }

    /// iced's own theme; the parts style themselves from the tokens.
    #[must_use]
    pub fn theme(&self) -> Theme {
        let tokens = &self.shared.tokens;
        let palette = iced::theme::Palette {
            background: tokens.background,
            text: tokens.text,
            primary: tokens.accent,
            success: tokens.ok,
            warning: tokens.warn,
            danger: tokens.err,
        };
        Theme::custom(tokens.name.clone(), palette)
    }

    /// Size of everything.
    #[must_use]
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// Ticks, sizes, closing.
    pub fn subscription(&self) -> Subscription<Message> {
        Subscription::batch([
            every(self.pace()).map(Message::Ticked),
            window::resize_events().map(|(_, size)| Message::Resized(size)),
            window::close_requests().map(|_| Message::CloseRequested),
            Subscription::run(wishes).map(Message::Desktop),
            event::listen_with(told),
            self.raised(),
        ])
    }

    /// Another window was opened, which is this one.
    fn raised(&self) -> Subscription<Message> {
        self.raises
            .clone()
            .map_or_else(Subscription::none, |raises| {
                Subscription::run_with(raises, Raises::stream).map(|()| Message::Raised)
            })
    }

    /// 30 times a second while something moves, once while nothing does.
    #[must_use]
    pub fn pace(&self) -> Duration {
        let since = self.shared.now.saturating_duration_since(self.touched);
        let handled = self.shared.drag.is_some() || since < HANDLED;
        match self.shared.scene.active {
            active if active || handled => LIVELY,
            _ if since < CALM_AFTER || self.shared.scene.busy => SETTLING,
            _ => CALM,
        }
    }

    /// Takes a message.
    pub fn update(&mut self, message: Message) -> Task<Message> {
        if !matches!(
            message,
            Message::Ticked(_) | Message::Answered { .. } | Message::Listed(_)
        ) {
            self.touched = self.shared.now;
        }
        let shared = &self.shared;
        let parts = &mut self.parts;
        let actions = match message {
            Message::Ticked(now) => return self.tick(now),
            Message::Resized(size) => {
                self.window = Size::new(size.width * self.scale, size.height * self.scale);
                self.remember_size();
                self.rescale();
                self.arrange();
                return Task::none();
            }
            Message::Screen(window, screen) => return self.fit(window, screen),
            Message::CloseRequested => vec![match shared.prefs.on_close {
                _ if shared.link.snapshot.demo => Action::Leave(OnClose::Stop),
                _ if shared.link.handle.has_ended() => Action::Leave(OnClose::Keep),
                OnClose::Ask if engine::is_idle(&shared.link) => Action::Leave(OnClose::Stop),
                OnClose::Ask => Action::Open(Overlay::Closing),
                chosen => Action::Leave(chosen),
            }],
            Message::Key(press) => self.press(&press),
            Message::Pointer(pointer) => {
                let step = match pointer {
                    Pointer::Moved(at) => Step::Moved(at),
                    Pointer::Released => Step::Drop,
                };
                let on_page = FirstRun::carried(pointer, shared);
                let mut actions = on_page.unwrap_or_else(|| vec![Action::Drag(step)]);
                if Rail::is_left(pointer, shared) {
                    actions.push(Action::Close);
                }
                actions
            }
            Message::Bar(message) => parts.bar.update(message, shared),
            Message::Rail(message) => parts.rail.update(message, shared),
            Message::Graph(message) => parts.graph.update(message, shared),
            Message::FirstRun(message) => parts.first_run.update(message, shared),
            Message::Inspector(message) => parts.inspector.update(message, shared),
            Message::Dock(message) => parts.dock.update(message, shared),
            Message::Overlay(message) => parts.overlays.update(message, shared),
            Message::Toast(message) => self.toast.update(&message),
            Message::Drag(step) => vec![Action::Drag(step)],
            Message::Answered { answer, tell } => {
                self.answered(answer, tell);
                Vec::new()
            }
            Message::Listed(devices) => {
                if let Ok(devices) = devices {
                    self.shared.link.devices = devices;
                    self.make_scene(self.shared.now);
                }
                Vec::new()
            }
            Message::Restarted => vec![Action::Restart],
            Message::Recalled(events) => {
                self.shared.link.take_past(events.unwrap_or_default());
                Vec::new()
            }
            Message::Desktop(wishes) => {
                self.shared.wishes = wishes;
                self.colour();
                Vec::new()
            }
            Message::Kept(kept) => {
                if let Err(error) = kept {
                    self.toast.show(error.to_string(), false, self.shared.now);
                }
                Vec::new()
            }
            Message::FileDropped(path) => parts.overlays.dropped(path),
            Message::Raised => return to_the_front(),
            // A key that is let go over there is never told here.
            Message::Unfocused => parts.inspector.let_go_of_compare(shared),
            Message::Done => Vec::new(),
        };
        self.act(actions)
    }

    /// Opens a dialog, whoever may ask for it.
    pub fn open(&mut self, overlay: Overlay) -> Task<Message> {
        self.act_one(Action::Open(overlay))
    }

    fn tick(&mut self, now: Instant) -> Task<Message> {
        self.shared.now = now;
        self.tick_toast(now);
        let was_known = self.shared.link.is_known();
        let pulled = self.shared.link.pull();
        if pulled.snapshot {
            self.shared.link.heard = Some(now);
        }
        let met = !was_known && self.shared.link.is_known();
        let silent = self.shared.link.snapshot.transport == Transport::Waiting;
        self.silent_since = silent.then(|| self.silent_since.unwrap_or(now));
        if pulled.rig || met || now.saturating_duration_since(self.scene_made) >= READABLE {
            self.make_scene(now);
        }
        let welcomed = self.shared.is_first_run();
        if pulled.rig || met {
            self.arrange();
        }
        let ready = welcomed && !self.shared.is_first_run();
        let shared = &self.shared;
        self.parts.bar.tick(shared);
        self.parts.rail.tick(shared);
        self.parts.graph.tick(shared);
        self.parts.first_run.tick(shared);
        self.parts.inspector.tick(shared);
        self.parts.dock.tick(shared);
        let mut due = self.parts.overlays.tick(shared);
        if ready && shared.link.snapshot.transport == Transport::Stopped {
            // The last step of the first-run page: now there is something to hear.
            due.push(Action::Send(Command::Play));
        }
        due.extend(self.look_at_radio(now));
        self.look_at_themes(now);
        Task::batch([
            self.act(due),
            self.keep(now),
            self.list_devices(now),
            self.renew_comparison(now),
        ])
    }

    /// A toast stays while its button has the keyboard, which goes with it.
    fn tick_toast(&mut self, now: Instant) {
        let held = self.shared.has_focus(&toast::focus());
        self.toast.tick(now, held);
        if held && !self.toast.offers_undo() {
            self.shared.focus = None;
        }
    }

    /// Tells what could not be done over Bluetooth, and asks what a device asks.
    fn look_at_radio(&mut self, now: Instant) -> Option<Action> {
        let state = self.shared.link.snapshot.bluetooth.clone()?;
        if let Some(text) = self.asked.failures(&state, now).pop() {
            self.toast.show(text, false, now);
        }
        // Another dialog is not taken away; what is asked comes up after it.
        let (free, shown) = match self.shared.overlay {
            None | Some(Overlay::Rail(_)) => (true, false),
            Some(Overlay::Pairing | Overlay::Asked) => (false, true),
            Some(_) => (false, false),
        };
        let new = (free || shown) && self.asked.is_asked(&state);
        (new && free).then_some(Action::Open(Overlay::Asked))
    }

    /// Reads themes that changed, where somebody would see it.
    fn look_at_themes(&mut self, now: Instant) {
        let shared = &mut self.shared;
        let seen =
            shared.overlay == Some(Overlay::Settings) || shared.themes.is_own(&shared.prefs.theme);
        if seen && shared.themes.look(now) {
            self.colour();
        }
    }

    /// Takes the colours of the chosen theme.
    fn colour(&mut self) {
        let shared = &mut self.shared;
        shared.tokens = shared.themes.resolve(&shared.prefs, &shared.wishes);
    }

    fn list_devices(&mut self, now: Instant) -> Task<Message> {
        let due = |last: Instant| now.saturating_duration_since(last) >= LIST_EVERY;
        if !self.devices_asked.is_none_or(due) {
            return Task::none();
        }
        self.devices_asked = Some(now);
        let handle = self.shared.link.handle.clone();
        Task::perform(async move { handle.devices().await }, Message::Listed)
    }

    /// Makes the scene anew from what was pulled last.
    fn make_scene(&mut self, now: Instant) {
        self.scene_made = now;
        let silent = self.silent_since.map_or(Nanos::ZERO, |since| {
            Nanos::from_secs(now.saturating_duration_since(since).as_secs_f64())
        });
        let link = &self.shared.link;
        self.shared.scene = Scene::new(&link.rig, &link.snapshot, &link.devices, silent);
    }

    /// Takes new preferences. The window's size in real pixels stays, so its size
    /// in logical ones follows the scale; iced tells only the next resize.
    fn prefer(&mut self, prefs: Prefs) {
        let shared = &mut self.shared;
        let repaint = shared.prefs.theme != prefs.theme;
        shared.prefs = prefs;
        self.rescale();
        if repaint {
            self.colour();
        }
        self.arrange();
    }

    /// Finds the scale, and the size of the content in it.
    fn rescale(&mut self) {
        let shared = &mut self.shared;
        let window = self.window;
        self.scale = if shared.prefs.tv {
            (window.height / TV_HEIGHT).max(*prefs::SCALE.start())
        } else {
            shared
                .prefs
                .scale
                .clamp(*prefs::SCALE.start(), *prefs::SCALE.end())
        };
        shared.size = Size::new(window.width / self.scale, window.height / self.scale);
    }

    /// Makes the window no larger than the screen: not every desktop sees to that.
    fn fit(&self, window: window::Id, screen: Option<Size>) -> Task<Message> {
        let size = self.shared.size;
        let fitting = screen.map_or(size, |screen| {
            Size::new(size.width.min(screen.width), size.height.min(screen.height))
        });
        if fitting == size {
            Task::none()
        } else {
            window::resize(window, fitting)
        }
    }

    /// Computes which part is where.
    fn arrange(&mut self) {
        let shared = &mut self.shared;
        if shared.link.is_known() {
            shared.welcome.look(&shared.link.rig);
        }
        let inspected = !shared.is_first_run();
        let regions = if shared.prefs.tv {
            Regions::for_television
        } else {
            Regions::new
        };
        shared.regions = regions(shared.size, shared.prefs.dock, shared.tab, inspected);
    }

    /// Carries out what the parts ask for.
    fn act(&mut self, actions: Actions) -> Task<Message> {
        Task::batch(
            actions
                .into_iter()
                .map(|action| self.act_one(action))
                .collect::<Vec<_>>(),
        )
    }

    fn act_one(&mut self, action: Action) -> Task<Message> {
        match action {
            Action::Send(command) => return self.send(command, false),
            Action::Tell(command) => return self.send(command, true),
            Action::Hold(edit) => {
                let gesture = self.gesture;
                return self.send(Command::Hold { edit, gesture }, false);
            }
            Action::Release => self.gesture += 1,
            Action::Select(selection) => return self.select(selection),
            Action::Focus(focus) => {
                self.shared.focus = focus;
                let shown = self.parts.rail.reveal(&self.shared);
                let actions = self.parts.overlays.focused(&self.shared);
                let inspected = inspector::reveal(self.shared.focus.as_ref());
                return Task::batch([shown, inspected, self.act(actions)]);
            }
            Action::Drag(step) => {
                let carried = self.shared.drag.take();
                let (drag, actions) = drag::step(carried, step, &self.shared);
                self.shared.drag = drag;
                return self.act(actions);
            }
            Action::Open(overlay) => {
                self.shared.overlay = Some(overlay);
                let actions = self.parts.overlays.opened(&self.shared);
                return self.act(actions);
            }
            Action::Close => {
                self.shared.overlay = None;
                let actions = self.parts.overlays.closed();
                return self.act(actions);
            }
            Action::Prefer(prefs) => self.prefer(prefs),
            Action::Tab(tab) => {
                self.shared.tab = tab;
                self.arrange();
            }
            Action::Leave(how) => return self.leave(how),
            Action::Demo => return self.attach(Which::Demo),
            Action::Own => return self.attach(Which::Own),
            Action::Freeze => self.parts.dock.freeze(&self.shared),
            Action::Restart => return self.attach(self.which),
            Action::Toast(text) => self.toast.show(text, false, self.shared.now),
            Action::Copy { text, what } => {
                let said = format!("{what} copied.");
                self.toast.show(said, false, self.shared.now);
                return iced::clipboard::write(text);
            }
            Action::SkipWelcome => {
                self.shared.welcome.skip();
                self.arrange();
            }
            Action::Run(task) => return task,
        }
        Task::none()
    }

    /// Selects, and lets a speaker that was compared be heard with its trim
    /// again: nobody would know why it sounds different.
    fn select(&mut self, selection: Selection) -> Task<Message> {
        let compared = self.shared.link.snapshot.comparing.as_deref();
        let over = compared.is_some() && compared != selection.speaker();
        self.shared.selection = selection;
        if over {
            return self.send(Command::Compare(None), false);
        }
        Task::none()
    }

    fn send(&mut self, command: Command, tell: bool) -> Task<Message> {
        if self.sent.len() >= SENT {
            drop(self.sent.remove(0));
        }
        self.sent.push(command.clone());
        let now = self.shared.now;
        self.compared.note(&command, now);
        if let Command::Identify(speaker) = &command {
            self.parts.graph.identify(speaker.clone(), now);
        }
        self.asked.note(&command, now);
        let handle = self.shared.link.handle.clone();
        Task::perform(async move { handle.send(command).await }, move |answer| {
            Message::Answered { answer, tell }
        })
    }

    fn answered(&mut self, answer: Result<Reply, CommandError>, tell: bool) {
        let now = self.shared.now;
        match answer {
            Ok(reply) if tell => {
                let undoable = !reply.message.starts_with("Taken back");
                self.toast.show(reply.message, undoable, now);
            }
            Ok(_) => {}
            Err(error) => {
                self.parts.graph.not_identified();
                self.toast.show(error.message, false, now);
            }
        }
    }
}

/// Wayland lets no window take the front by itself; there the desktop marks it.
/// Elsewhere the mark would stay on a window that has the keyboard already.
fn to_the_front() -> Task<Message> {
    let marked = std::env::var_os("WAYLAND_DISPLAY").is_some();
    let mark = marked.then_some(window::UserAttention::Informational);
    window::latest().and_then(move |id| {
        Task::batch([
            window::minimize(id, false),
            window::request_user_attention(id, mark),
            window::gain_focus(id),
        ])
    })
}

fn told(event: IcedEvent, _status: event::Status, _window: window::Id) -> Option<Message> {
    match event {
        IcedEvent::Window(window::Event::FileDropped(path)) => Some(Message::FileDropped(path)),
        IcedEvent::Window(window::Event::Unfocused) => Some(Message::Unfocused),
        _ => None,
    }
}

/// Height of the content with the TV preset: the compact layout, whose smallest
/// body text is then large enough for ten feet.
const TV_HEIGHT: f32 = 617.0;
/// Commands remembered.
const SENT: usize = 256;
/// While something moves.
const LIVELY: Duration = Duration::from_millis(33);
/// After an input the window follows at full pace for this long.
const HANDLED: Duration = Duration::from_secs(1);
/// Until nothing moves any more.
const SETTLING: Duration = Duration::from_millis(100);
/// While nothing does.
const CALM: Duration = Duration::from_secs(1);
/// From the last input until nothing moves any more.
const CALM_AFTER: Duration = Duration::from_secs(5);
/// Numbers change 5 times a second, so that they can be read.
const READABLE: Duration = Duration::from_millis(200);
/// Devices come and go without the engine telling.
const LIST_EVERY: Duration = Duration::from_secs(1);
