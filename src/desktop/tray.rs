//! The tray: how the speakers are as a shape and a colour, and a small menu.
//!
//! The interfaces (`org.kde.StatusNotifierItem`, [`menu`]) are our own few lines:
//! the crate for them, `ksni`, would bring a second zbus.

mod icon;
mod menu;

use std::sync::{Mutex, PoisonError};

use zbus::Connection;
use zbus::object_server::SignalEmitter;

use super::NAME;
use super::media::Now;
use super::shown::Shown;
use super::wish::{Wish, Wishing};
use crate::engine::Command;
use icon::Picture;

/// The item's place on the bus.
const PATH: &str = "/StatusNotifierItem";

/// Title and text of a tooltip, with an icon's name and pictures.
type ToolTip = (String, Vec<Picture>, String, String);

/// The item.
struct Item {
    now: Now,
    wishing: Wishing,
    /// The right to come to the front, which is told before the click.
    token: Mutex<Option<String>>,
}

#[zbus::interface(name = "org.kde.StatusNotifierItem")]
impl Item {
    fn activate(&self, _x: i32, _y: i32) {
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        if self.wishing.opens_windows() {
            self.wishing.wish(Wish::Window(token.take()));
        }
    }
    /// The middle button.
    fn secondary_activate(&self, _x: i32, _y: i32) {
        self.wishing.wish(Wish::PlayPause);
    }
    /// The menu is the desktop's own, made from [`menu`].
    fn context_menu(&self, _x: i32, _y: i32) {}
    /// The wheel is left alone: a slip of it would change the volume unseen.
    fn scroll(&self, _delta: i32, _orientation: &str) {}
    fn provide_xdg_activation_token(&self, token: String) {
        let mut kept = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(token);
    }
    #[zbus(property)]
    fn category(&self) -> &str {
        "ApplicationStatus"
    }
    #[zbus(property)]
    fn id(&self) -> &str {
        "inphase"
    }
    #[zbus(property)]
    fn title(&self) -> String {
        title(&self.now.shown())
    }
    #[zbus(property)]
    fn status(&self) -> &str {
        "Active"
    }
    #[zbus(property)]
    fn window_id(&self) -> i32 {
        0
    }
    #[zbus(property)]
    fn icon_name(&self) -> &str {
        ""
    }
    #[zbus(property)]
    fn icon_pixmap(&self) -> Vec<Picture> {
        let shown = self.now.shown();
        icon::pictures(shown.level, shown.muted)
    }
    #[zbus(property)]
    fn overlay_icon_name(&self) -> &str {
        ""
    }
    #[zbus(property)]
    fn attention_icon_name(&self) -> &str {
        ""
    }
    #[zbus(property)]
    fn tool_tip(&self) -> ToolTip {
        let words = self.now.shown().words;
        (String::new(), Vec::new(), NAME.into(), words)
    }
    #[zbus(property)]
    fn item_is_menu(&self) -> bool {
        !self.wishing.opens_windows()
    }
    #[zbus(property)]
    fn menu(&self) -> zbus::OwnedObjectPath {
        zbus::ObjectPath::from_static_str_unchecked(menu::PATH).into()
    }
    #[zbus(signal)]
    async fn new_title(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
    #[zbus(signal)]
    async fn new_icon(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
    #[zbus(signal)]
    async fn new_tool_tip(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}

/// The item as it is on the bus.
#[derive(Debug)]
pub(super) struct Tray {
    name: String,
    menu: menu::Shared,
    /// What is drawn.
    drawn: Shown,
}

impl Tray {
    /// Puts the item on the bus and tells the panel's tray of it.
    pub(super) async fn appear(
        bus: &Connection,
        now: &Now,
        wishing: &Wishing,
    ) -> zbus::Result<Self> {
        let drawn = now.shown();
        let item = Item {
            now: now.clone(),
            wishing: wishing.clone(),
            token: Mutex::default(),
        };
        let menu = menu::Shared::default();
        let _new = menu.set(&drawn, wishing.opens_windows());
        let _new = bus.object_server().at(PATH, item).await?;
        let served = menu::Menu::new(menu.clone(), wishing.clone());
        let _new = bus.object_server().at(menu::PATH, served).await?;
        let name = format!("org.kde.StatusNotifierItem-{}-1", std::process::id());
        let _ours = super::own(bus, &name).await?;
        let tray = Self { name, menu, drawn };
        tray.register(bus).await;
        Ok(tray)
    }

    /// Tells the panel's tray, which may have come just now.
    pub(super) async fn register(&self, bus: &Connection) {
        let attempt = async {
            let watcher = WatcherProxy::new(bus).await?;
            watcher.register_status_notifier_item(&self.name).await
        };
        if let Err(error) = attempt.await {
            tracing::debug!("no tray: {error}");
        }
    }

    /// Shows what is new.
    pub(super) async fn tell(
        &mut self,
        bus: &Connection,
        shown: &Shown,
        windows: bool,
    ) -> zbus::Result<()> {
        let emitter = SignalEmitter::new(bus, PATH)?;
        let drawn = std::mem::replace(&mut self.drawn, shown.clone());
        if (drawn.level, drawn.muted) != (shown.level, shown.muted) {
            Item::new_icon(&emitter).await?;
        }
        if title(&drawn) != title(shown) {
            Item::new_title(&emitter).await?;
        }
        if drawn.words != shown.words {
            Item::new_tool_tip(&emitter).await?;
        }
        if self.menu.set(shown, windows) {
            let emitter = SignalEmitter::new(bus, menu::PATH)?;
            menu::Menu::layout_updated(&emitter, self.menu.revision(), 0).await?;
        }
        Ok(())
    }

    /// Takes it off the bus.
    pub(super) async fn vanish(self, bus: &Connection) -> zbus::Result<()> {
        let _was_ours = bus.release_name(self.name.as_str()).await?;
        let _there = bus.object_server().remove::<Item, _>(PATH).await?;
        let _there = bus
            .object_server()
            .remove::<menu::Menu, _>(menu::PATH)
            .await?;
        Ok(())
    }
}

/// Trays without tooltips show this.
fn title(shown: &Shown) -> String {
    format!("{NAME}: {}", shown.words)
}

/// Who keeps the panel's tray.
pub(super) const WATCHER: &str = "org.kde.StatusNotifierWatcher";

#[zbus::proxy(
    interface = "org.kde.StatusNotifierWatcher",
    default_service = "org.kde.StatusNotifierWatcher",
    default_path = "/StatusNotifierWatcher"
)]
trait Watcher {
    fn register_status_notifier_item(&self, service: &str) -> zbus::Result<()>;
}

/// What a press on an entry of the menu asks for.
fn wish_of(entry: menu::Entry) -> Wish {
    match entry {
        menu::Entry::Window => Wish::Window(None),
        menu::Entry::Play => Wish::PlayPause,
        menu::Entry::Mute => Wish::Mute,
        menu::Entry::Quit => Wish::Command(Command::Quit),
    }
}
