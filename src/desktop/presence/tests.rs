//! An engine that is played by the test, on a bus of the test's own: media keys,
//! a tray, notifications, a portal and logind are the test's, too.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;

use futures_util::Stream;
use tokio::io::AsyncReadExt as _;
use tokio::net::UnixStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use zbus::fdo::{DBusProxy, PropertiesProxy};
use zbus::{OwnedFd, OwnedObjectPath, OwnedVariant, Variant};

use super::super::media::{PATH as MEDIA, SERVICE};
use super::super::notices::News;
use super::super::tray::WATCHER;
use super::*;
use crate::engine::handle::Ends;
use crate::engine::snapshot::{Health, Snapshot, SourceState, SpeakerState, Transport};
use crate::rig::{Rig, Source, Speaker, Zone};
use crate::session_bus::Bus;

/// An engine, and somebody who looks at it over the bus.
struct Stage {
    bus: Bus,
    handle: Handle,
    ends: Ends,
    client: Connection,
}

impl Stage {
    /// `None` where no `dbus-daemon` is installed.
    async fn open() -> Option<Self> {
        Self::on(Bus::start()).await
    }

    async fn on(bus: Option<Bus>) -> Option<Self> {
        let bus = bus?;
        let (handle, ends) = Handle::pair();
        let client = connect(Some(&bus.address)).await.unwrap();
        let stage = Self {
            bus,
            handle,
            ends,
            client,
        };
        stage.set(Transport::Stopped, &[Health::Ready; 2]);
        Some(stage)
    }

    fn options(&self) -> Options {
        Options {
            session: Some(self.bus.address.clone()),
            system: Some(self.bus.address.clone()),
            switches: None,
            possible: Switches::default(),
            window: None,
        }
    }

    fn appear(&self, possible: Switches) -> Presence {
        let options = Options {
            possible,
            ..self.options()
        };
        Presence::start(self.handle.clone(), options)
    }

    /// The engine's state from now on: two speakers, `Kitchen` and `Sub`.
    fn set(&self, transport: Transport, speakers: &[Health; 2]) {
        let ids = ["kitchen", "sub"];
        let rig = Rig {
            source: Some(Source::Files {
                paths: vec!["/music/Song.flac".into()],
                repeat: false,
            }),
            speakers: ids
                .map(|id| Speaker {
                    id: id.into(),
                    name: format!("{}{}", id[..1].to_uppercase(), &id[1..]),
                    ..Speaker::default()
                })
                .into(),
            zones: vec![Zone {
                id: "home".into(),
                speakers: ids.map(Into::into).into(),
                ..Zone::default()
            }],
            ..Rig::default()
        };
        let speakers = ids.iter().zip(speakers);
        let snapshot = Snapshot {
            transport,
            source: Some(SourceState {
                title: "Song".into(),
                position_s: Some(1.5),
                duration_s: Some(200.0),
                ..SourceState::default()
            }),
            speakers: speakers
                .map(|(id, state)| SpeakerState {
                    id: (*id).into(),
                    state: *state,
                    ..SpeakerState::default()
                })
                .collect(),
            ..Snapshot::default()
        };
        let _before = self.ends.rigs.send_replace(Arc::new(rig));
        let _before = self.ends.snapshots.send_replace(Arc::new(snapshot));
    }

    /// What the engine is asked for next.
    async fn asked(&mut self) -> Command {
        soon(self.ends.commands.recv()).await.unwrap().command
    }

    /// Waits until somebody has this name, or nobody any more.
    async fn owned(&self, name: &'static str, owned: bool) {
        let daemon = DBusProxy::new(&self.client).await.unwrap();
        let mut changes = daemon
            .receive_name_owner_changed_with_args(&[(0, name)])
            .await
            .unwrap();
        while daemon
            .name_has_owner(name.try_into().unwrap())
            .await
            .unwrap()
            != owned
        {
            let _changed = next(&mut changes).await;
        }
    }

    async fn properties(&self, service: &str, path: &str) -> PropertiesProxy<'static> {
        PropertiesProxy::builder(&self.client)
            .destination(service.to_owned())
            .path(path.to_owned())
            .build()
            .await
            .unwrap()
    }

    async fn call(&self, service: &str, path: &str, method: (&str, &str)) {
        let (interface, method) = method;
        let call = self
            .client
            .call_method(Some(service), path, Some(interface), method, &());
        let _answer = soon(call).await.unwrap();
    }
}

/// A minute is far longer than anything here takes.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work)
        .await
        .unwrap()
}

async fn next<T>(stream: &mut (impl Stream<Item = T> + Unpin)) -> T {
    soon(stream.next()).await.unwrap()
}

async fn heard<T>(calls: &mut UnboundedReceiver<T>) -> T {
    soon(calls.recv()).await.unwrap()
}

const ROOT: &str = "org.mpris.MediaPlayer2";
const PLAYER: &str = "org.mpris.MediaPlayer2.Player";
const MEDIA_ONLY: Switches = Switches {
    media: true,
    ..Switches::NONE
};

async fn get(of: &PropertiesProxy<'_>, interface: &'static str, name: &str) -> OwnedVariant {
    of.get(interface.try_into().unwrap(), name).await.unwrap()
}

#[tokio::test]
async fn media_keys_reach_the_engine_and_panels_see_what_plays() {
    let Some(mut stage) = Stage::open().await else {
        return;
    };
    let _presence = stage.appear(MEDIA_ONLY);
    stage.owned(SERVICE, true).await;
    let properties = stage.properties(SERVICE, MEDIA).await;
    assert_eq!(
        get(&properties, ROOT, "DesktopEntry").await,
        OwnedVariant::try_from(Variant::from(crate::desktop::APP_ID)).unwrap()
    );
    assert_eq!(get(&properties, ROOT, "CanRaise").await, false.into());
    for (method, expected) in [
        ("Play", Command::Play),
        ("PlayPause", Command::Play),
        ("Pause", Command::Pause),
        ("Stop", Command::Stop),
    ] {
        stage.call(SERVICE, MEDIA, (PLAYER, method)).await;
        assert_eq!(stage.asked().await, expected, "{method}");
    }

    let mut changes = properties.receive_properties_changed().await.unwrap();
    stage.set(Transport::Playing, &[Health::InPhase; 2]);
    let change = next(&mut changes).await;
    let change = change.args().unwrap();
    assert_eq!(
        change.changed_properties["PlaybackStatus"],
        "Playing".into()
    );
    stage.call(SERVICE, MEDIA, (PLAYER, "PlayPause")).await;
    assert_eq!(stage.asked().await, Command::Pause);

    let metadata = get(&properties, PLAYER, "Metadata").await;
    let metadata = HashMap::<String, OwnedVariant>::try_from(metadata).unwrap();
    let title = String::try_from(metadata["xesam:title"].clone()).unwrap();
    let length = i64::try_from(metadata["mpris:length"].clone()).unwrap();
    assert_eq!((&*title, length), ("Song", 200_000_000));
    let position = get(&properties, PLAYER, "Position").await;
    assert_eq!(i64::try_from(position).unwrap(), 1_500_000);

    // A slider in a panel is one step back, however many values it had.
    let mut gestures = Vec::new();
    for (volume, gain) in [(0.5, "-18.1 dB"), (0.1, "-60.0 dB")] {
        properties
            .set(PLAYER.try_into().unwrap(), "Volume", &Variant::F64(volume))
            .await
            .unwrap();
        let Command::Hold { edit, gesture } = stage.asked().await else {
            panic!("not one of many values");
        };
        assert_eq!(edit, Edit::set("settings.gain", gain));
        gestures.push(gesture);
    }
    assert_eq!(gestures[0], gestures[1]);
    stage.call(SERVICE, MEDIA, (ROOT, "Quit")).await;
    assert_eq!(stage.asked().await, Command::Quit);
}

#[tokio::test]
async fn a_second_engine_has_a_name_of_its_own_and_all_vanish_with_their_engine() {
    let Some(stage) = Stage::open().await else {
        return;
    };
    let other = stage.client.request_name(SERVICE).await;
    other.unwrap();
    let presence = stage.appear(MEDIA_ONLY);
    let second = format!("{SERVICE}.instance{}", std::process::id());
    let second: &'static str = Box::leak(second.into_boxed_str());
    stage.owned(second, true).await;
    drop(presence);
    stage.owned(second, false).await;
}

#[tokio::test]
async fn without_a_bus_an_engine_does_without() {
    let (handle, _ends) = Handle::pair();
    let options = Options {
        session: Some("unix:path=/nonexistent/inphase/bus".into()),
        possible: Switches::default(),
        ..Options::default()
    };
    drop(Presence::start(handle, options));
}

/// A tray that tells who registers.
struct FakeWatcher(UnboundedSender<String>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl FakeWatcher {
    fn register_status_notifier_item(&self, service: &str) {
        self.0.send(service.to_owned()).unwrap();
    }
}

/// A panel with a tray.
async fn panel(address: &str, tell: UnboundedSender<String>) -> Connection {
    let bus = connect(Some(address)).await.unwrap();
    let at = bus.object_server();
    let _new = at.at("/StatusNotifierWatcher", FakeWatcher(tell)).await;
    bus.request_name(WATCHER).await.unwrap();
    bus
}

const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";
const TRAY_ONLY: Switches = Switches {
    tray: true,
    ..Switches::NONE
};

#[tokio::test]
async fn the_tray_shows_health_and_its_menu_works() {
    let Some(mut stage) = Stage::open().await else {
        return;
    };
    let (tell, mut registered) = unbounded_channel();
    let panel = panel(&stage.bus.address, tell.clone()).await;
    let _presence = stage.appear(TRAY_ONLY);
    let service = heard(&mut registered).await;
    let properties = stage.properties(&service, "/StatusNotifierItem").await;
    let pictures = async || -> Vec<(i32, i32, Vec<u8>)> {
        let pictures = get(&properties, ITEM, "IconPixmap").await;
        Vec::try_from(pictures).unwrap()
    };
    let idle = pictures().await;
    let watched = zbus::Proxy::new(&stage.client, service.clone(), "/StatusNotifierItem", ITEM)
        .await
        .unwrap();
    let mut icons = watched.receive_signal("NewIcon").await.unwrap();
    stage.set(Transport::Playing, &[Health::InPhase, Health::Lost]);
    let _new = next(&mut icons).await;
    assert_ne!(pictures().await, idle);
    let tip = get(&properties, ITEM, "ToolTip").await;
    let tip = format!("{tip:?}");
    assert!(
        tip.contains("1 of 2 in sync | Sub is reconnecting"),
        "{tip}"
    );

    let menu = zbus::Proxy::new(&stage.client, service.clone(), "/MenuBar", MENU)
        .await
        .unwrap();
    type Layout = (u32, (i32, HashMap<String, OwnedVariant>, Vec<OwnedVariant>));
    let (_, (_, _, lines)): Layout = menu
        .call("GetLayout", &(0, -1, Vec::<String>::new()))
        .await
        .unwrap();
    // Without a window there is none to open.
    assert_eq!(lines.len(), 6);
    let lines = format!("{lines:?}");
    assert!(
        lines.contains("Pause") && lines.contains("Stop and quit"),
        "{lines}"
    );
    for (id, expected) in [
        (4, Command::Pause),
        (5, Command::Edit(Edit::set("settings.mute", "on"))),
        (7, Command::Quit),
    ] {
        let clicked = (id, "clicked", Variant::I32(0), 0_u32);
        let _done: () = menu.call("Event", &clicked).await.unwrap();
        assert_eq!(stage.asked().await, expected);
    }
    let nothing = (99, "clicked", Variant::I32(0), 0_u32);
    assert!(menu.call::<_, _, ()>("Event", &nothing).await.is_err());

    // A panel that starts anew hears of it again.
    panel.close().await.unwrap();
    let _panel = self::panel(&stage.bus.address, tell).await;
    assert_eq!(heard(&mut registered).await, service);
}

#[tokio::test]
async fn a_click_on_the_tray_opens_the_window_with_the_right_to_the_front() {
    let Some(stage) = Stage::open().await else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let told = home.path().join("told");
    nix::unistd::mkfifo(&told, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let program = home.path().join("window");
    let script = format!(
        "#!/bin/sh\necho \"$1 $XDG_ACTIVATION_TOKEN\" > {}\n",
        told.display()
    );
    std::fs::write(&program, script).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).unwrap();
    let (tell, mut registered) = unbounded_channel();
    let _panel = panel(&stage.bus.address, tell).await;
    let options = Options {
        possible: TRAY_ONLY,
        window: Some(Window {
            program,
            arguments: vec!["--demo".into()],
        }),
        ..stage.options()
    };
    let _presence = Presence::start(stage.handle.clone(), options);
    let service = heard(&mut registered).await;
    let item = zbus::Proxy::new(&stage.client, service, "/StatusNotifierItem", ITEM)
        .await
        .unwrap();
    let _done: () = item
        .call("ProvideXdgActivationToken", &"token-1")
        .await
        .unwrap();
    let _done: () = item.call("Activate", &(0, 0)).await.unwrap();
    let read = tokio::task::spawn_blocking(move || std::fs::read_to_string(told));
    assert_eq!(soon(read).await.unwrap().unwrap(), "--demo token-1\n");
}

/// A service manager that knows the session's displays.
struct FakeManager;

#[zbus::interface(name = "org.freedesktop.systemd1.Manager")]
impl FakeManager {
    #[zbus(property)]
    fn environment(&self) -> Vec<String> {
        [
            "LANG=C",
            "WAYLAND_DISPLAY=wayland-0",
            "DISPLAY=:1",
            "PATH=/bin",
        ]
        .map(Into::into)
        .into()
    }
}

#[tokio::test]
async fn an_engine_from_before_the_session_learns_where_its_displays_are() {
    let Some(stage) = Stage::open().await else {
        return;
    };
    assert_eq!(displays(&stage.client).await, []);
    let manager = connect(Some(&stage.bus.address)).await.unwrap();
    let at = manager.object_server();
    let _new = at.at("/org/freedesktop/systemd1", FakeManager).await;
    manager
        .request_name("org.freedesktop.systemd1")
        .await
        .unwrap();
    let expected = [("WAYLAND_DISPLAY", "wayland-0"), ("DISPLAY", ":1")];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(displays(&stage.client).await, expected);
}

#[tokio::test]
async fn what_is_switched_off_vanishes_while_it_runs() {
    let Some(stage) = Stage::open().await else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("desktop.toml");
    let options = Options {
        switches: Some(path.clone()),
        ..stage.options()
    };
    let _presence = Presence::start(stage.handle.clone(), options);
    stage.owned(SERVICE, true).await;
    std::fs::write(&path, "media = false\n").unwrap();
    stage.owned(SERVICE, false).await;
    std::fs::write(&path, "media = true\ntray = false\n").unwrap();
    stage.owned(SERVICE, true).await;
}

#[tokio::test]
async fn a_name_that_the_bus_refuses_ends_no_other_part() {
    let refused = format!("<deny own=\"{SERVICE}\"/>");
    let Some(stage) = Stage::on(Bus::with_policy(&refused)).await else {
        return;
    };
    let (tell, mut registered) = unbounded_channel();
    let _panel = panel(&stage.bus.address, tell).await;
    let _presence = stage.appear(Switches {
        media: true,
        tray: true,
        ..Switches::NONE
    });
    let name = heard(&mut registered).await;
    assert!(name.contains("StatusNotifierItem"), "{name}");
    stage.owned(SERVICE, false).await;
}

/// What a notification server was asked for.
#[derive(Debug, PartialEq)]
enum Asked {
    Shown(u32, String),
    Closed(u32),
}

struct FakeNotifications(UnboundedSender<Asked>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl FakeNotifications {
    #[allow(clippy::too_many_arguments, reason = "the protocol has as many")]
    fn notify(
        &self,
        _app: &str,
        replaces: u32,
        _icon: &str,
        title: String,
        _body: &str,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedVariant>,
        _time: i32,
    ) -> u32 {
        self.0.send(Asked::Shown(replaces, title)).unwrap();
        if replaces == 0 { 7 } else { replaces }
    }
    fn close_notification(&self, id: u32) {
        self.0.send(Asked::Closed(id)).unwrap();
    }
}

#[tokio::test]
async fn one_notification_tells_of_lost_speakers_and_of_their_return() {
    let Some(stage) = Stage::open().await else {
        return;
    };
    let (tell, mut asked) = unbounded_channel();
    let server = connect(Some(&stage.bus.address)).await.unwrap();
    let at = server.object_server();
    let path = "/org/freedesktop/Notifications";
    let _new = at.at(path, FakeNotifications(tell)).await.unwrap();
    server
        .request_name("org.freedesktop.Notifications")
        .await
        .unwrap();

    let options = Options {
        possible: Switches {
            notifications: true,
            ..Switches::NONE
        },
        ..stage.options()
    };
    let mut desk = Desk::open(&stage.client, &stage.handle, &options)
        .await
        .unwrap();
    let mut at = async |second, transport, kitchen| {
        stage.set(transport, &[kitchen, Health::InPhase]);
        desk.show(Duration::from_secs(second)).await.unwrap();
    };
    use Transport::{Playing, Stopped};
    at(0, Playing, Health::InPhase).await;
    at(1, Playing, Health::Lost).await;
    at(5, Playing, Health::InPhase).await;
    at(6, Playing, Health::Lost).await;
    at(15, Playing, Health::Lost).await;
    at(17, Playing, Health::Lost).await;
    let lost = "Kitchen is lost".to_owned();
    assert_eq!(heard(&mut asked).await, Asked::Shown(0, lost.clone()));
    at(20, Playing, Health::InPhase).await;
    at(24, Playing, Health::InPhase).await;
    // Too early after the one before.
    assert!(asked.try_recv().is_err());
    at(33, Playing, Health::InPhase).await;
    let back = "Kitchen is back".to_owned();
    assert_eq!(heard(&mut asked).await, Asked::Shown(7, back));
    at(40, Playing, Health::Lost).await;
    at(80, Playing, Health::Lost).await;
    assert_eq!(heard(&mut asked).await, Asked::Shown(7, lost));
    at(81, Stopped, Health::Lost).await;
    assert_eq!(heard(&mut asked).await, Asked::Closed(7));
    assert!(asked.try_recv().is_err());

    // One that the user has closed is not replaced but begun anew.
    let mut notifier = Notifier::default();
    let news = News::Tell {
        title: "Sub is lost".into(),
        body: String::new(),
    };
    notifier.show(&stage.client, &news).await;
    notifier.closed(7);
    notifier.show(&stage.client, &news).await;
    for _ in 0..2 {
        assert_eq!(
            heard(&mut asked).await,
            Asked::Shown(0, "Sub is lost".into())
        );
    }
}

/// A portal that keeps the computer awake.
struct FakePortal(UnboundedSender<&'static str>);

#[zbus::interface(name = "org.freedesktop.portal.Inhibit")]
impl FakePortal {
    async fn inhibit(
        &self,
        _window: &str,
        flags: u32,
        _options: HashMap<String, OwnedVariant>,
        #[zbus(object_server)] server: &zbus::ObjectServer,
    ) -> OwnedObjectPath {
        assert_eq!(flags, 4);
        let path = "/org/freedesktop/portal/desktop/request/1/t";
        let _new = server.at(path, FakeRequest(self.0.clone())).await.unwrap();
        self.0.send("awake").unwrap();
        OwnedObjectPath::try_from(path).unwrap()
    }
}

struct FakeRequest(UnboundedSender<&'static str>);

#[zbus::interface(name = "org.freedesktop.portal.Request")]
impl FakeRequest {
    fn close(&self) {
        self.0.send("asleep").unwrap();
    }
}

const AWAKE_ONLY: Switches = Switches {
    awake: true,
    ..Switches::NONE
};

#[tokio::test]
async fn the_portal_keeps_the_computer_awake_while_it_plays() {
    let Some(stage) = Stage::open().await else {
        return;
    };
    let (tell, mut asked) = unbounded_channel();
    let portal = connect(Some(&stage.bus.address)).await.unwrap();
    let at = portal.object_server();
    let path = "/org/freedesktop/portal/desktop";
    let _new = at.at(path, FakePortal(tell)).await.unwrap();
    portal
        .request_name("org.freedesktop.portal.Desktop")
        .await
        .unwrap();
    let _presence = stage.appear(AWAKE_ONLY);
    for _ in 0..2 {
        stage.set(Transport::Playing, &[Health::InPhase; 2]);
        assert_eq!(heard(&mut asked).await, "awake");
        stage.set(Transport::Paused, &[Health::Ready; 2]);
        assert_eq!(heard(&mut asked).await, "asleep");
    }
}

/// logind, which gives out locks.
struct FakeLogind(UnboundedSender<UnixStream>);

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl FakeLogind {
    fn inhibit(&self, what: &str, who: &str, _why: &str, mode: &str) -> OwnedFd {
        assert_eq!((what, who, mode), ("idle", "Inphase", "block"));
        let (theirs, ours) = std::os::unix::net::UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        self.0.send(UnixStream::from_std(ours).unwrap()).unwrap();
        std::os::fd::OwnedFd::from(theirs).into()
    }
}

#[tokio::test]
async fn without_a_portal_logind_does() {
    let Some(stage) = Stage::open().await else {
        return;
    };
    let (tell, mut locks) = unbounded_channel();
    let logind = connect(Some(&stage.bus.address)).await.unwrap();
    let at = logind.object_server();
    let _new = at
        .at("/org/freedesktop/login1", FakeLogind(tell))
        .await
        .unwrap();
    logind.request_name("org.freedesktop.login1").await.unwrap();
    let presence = stage.appear(AWAKE_ONLY);
    let mut ended = async || {
        let mut lock = heard(&mut locks).await;
        // Ends when the lock is given back.
        move || async move { soon(lock.read(&mut [0])).await.unwrap() }
    };
    stage.set(Transport::Playing, &[Health::InPhase; 2]);
    let given_back = ended().await;
    stage.set(Transport::Stopped, &[Health::Ready; 2]);
    assert_eq!(given_back().await, 0);
    stage.set(Transport::Playing, &[Health::InPhase; 2]);
    let given_back = ended().await;
    drop(presence);
    assert_eq!(given_back().await, 0);
}
