//! The wishes of an invented portal on a bus of the test's own.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::time::Duration;

use zbus::OwnedObjectPath;
use zbus::connection::Builder;
use zbus::object_server::SignalEmitter;

use super::*;
use crate::desktop::files::{Chosen, choose_files_at};
use crate::session_bus::Bus;

#[derive(Debug, zbus::DBusError)]
#[zbus(prefix = "org.freedesktop.portal.Error")]
enum PortalError {
    #[zbus(error)]
    ZBus(zbus::Error),
    NotFound(String),
}

/// A portal of version 2.
struct Portal2;

#[zbus::interface(name = "org.freedesktop.portal.Settings")]
impl Portal2 {
    async fn read_one(&self, namespace: &str, key: &str) -> Result<Variant<'static>, PortalError> {
        match (namespace, key) {
            (APPEARANCE, "color-scheme") => Ok(Variant::U32(1)),
            (GNOME, "enable-animations") => Ok(Variant::Bool(false)),
            _ => Err(PortalError::NotFound(key.into())),
        }
    }
    #[zbus(signal)]
    async fn setting_changed(
        emitter: &SignalEmitter<'_>,
        namespace: &str,
        key: &str,
        value: Variant<'_>,
    ) -> zbus::Result<()>;
}

/// A portal of version 1, which wraps its values twice.
struct Portal1;

#[zbus::interface(name = "org.freedesktop.portal.Settings")]
impl Portal1 {
    async fn read(&self, namespace: &str, key: &str) -> fdo::Result<Variant<'static>> {
        let inner = match (namespace, key) {
            (APPEARANCE, "color-scheme") => Variant::U32(2),
            (APPEARANCE, _) => Variant::U32(1),
            _ => Variant::Bool(true),
        };
        Ok(Variant::Variant(Box::new(inner)))
    }
}

const PATH: &str = "/org/freedesktop/portal/desktop";
const NAME: &str = "org.freedesktop.portal.Desktop";

async fn serve(address: &str, portal: impl zbus::object_server::Interface) -> Connection {
    Builder::address(address)
        .serve_at(PATH, portal)
        .name(NAME)
        .build()
        .await
        .unwrap()
}

/// What is told next; a minute is far longer than it takes.
async fn next(wishes: &mut (impl Stream<Item = Wishes> + Unpin)) -> Option<Wishes> {
    timeout(Duration::from_secs(60), wishes.next())
        .await
        .unwrap()
}

#[tokio::test]
async fn wishes_are_told_and_followed() {
    let Some(bus) = Bus::start() else { return };
    let portal = serve(&bus.address, Portal2).await;
    let mut wishes = Box::pin(wishes_at(bus.address.clone()));
    let mut expected = Wishes {
        dark: Some(true),
        contrast: false,
        calm: true,
    };
    assert_eq!(next(&mut wishes).await, Some(expected));
    let emitter = SignalEmitter::new(&portal, PATH).unwrap();
    let tell = async |namespace, key, value| {
        Portal2::setting_changed(&emitter, namespace, key, value)
            .await
            .unwrap();
    };
    tell("org.gnome.fonts", "contrast", Variant::U32(1)).await;
    tell(APPEARANCE, "color-scheme", Variant::new("dark")).await;
    tell(APPEARANCE, "contrast", Variant::U32(1)).await;
    expected.contrast = true;
    assert_eq!(next(&mut wishes).await, Some(expected));
    tell(APPEARANCE, "color-scheme", Variant::U32(0)).await;
    expected.dark = None;
    assert_eq!(next(&mut wishes).await, Some(expected));
    tell(APPEARANCE, "reduced-motion", Variant::U32(0)).await;
    expected.calm = false;
    assert_eq!(next(&mut wishes).await, Some(expected));
}

/// A portal whose user answers at once: with this, and these files.
struct Dialog(u32, Vec<&'static str>);

#[zbus::interface(name = "org.freedesktop.portal.FileChooser")]
impl Dialog {
    async fn open_file(
        &self,
        _parent: &str,
        _title: &str,
        options: HashMap<String, OwnedVariant>,
        #[zbus(connection)] bus: &Connection,
        #[zbus(header)] header: zbus::message::Header<'_>,
    ) -> fdo::Result<OwnedObjectPath> {
        assert_eq!(options["multiple"], OwnedVariant::from(true));
        let sender = header.sender().unwrap().trim_start_matches(':');
        let token = String::try_from(options["handle_token"].clone()).unwrap();
        let sender = sender.replace('.', "_");
        let path = format!("{PATH}/request/{sender}/{token}");
        let uris = HashMap::from([("uris", Variant::from(self.1.clone()))]);
        let interface = "org.freedesktop.portal.Request";
        bus.emit_signal(
            None::<&str>,
            path.as_str(),
            interface,
            "Response",
            &(self.0, uris),
        )
        .await?;
        Ok(OwnedObjectPath::try_from(path).unwrap())
    }
}

#[tokio::test]
async fn the_files_that_the_user_chooses_come_in_their_order() {
    let Some(bus) = Bus::start() else { return };
    let _portal = serve(
        &bus.address,
        Dialog(0, vec!["file:///m/b%20c.flac", "file:///m/a.flac"]),
    )
    .await;
    let files = ["/m/b c.flac", "/m/a.flac"].map(Into::into).to_vec();
    assert_eq!(choose_files_at(&bus.address).await, Chosen::Files(files));
}

#[tokio::test]
async fn a_dialog_that_is_closed_chooses_nothing_and_none_is_told() {
    let Some(bus) = Bus::start() else { return };
    assert_eq!(choose_files_at(&bus.address).await, Chosen::NoDialog);
    let _portal = serve(&bus.address, Dialog(1, Vec::new())).await;
    assert_eq!(choose_files_at(&bus.address).await, Chosen::Nothing);
    let nowhere = "unix:path=/nonexistent/inphase/bus";
    assert_eq!(choose_files_at(nowhere).await, Chosen::NoDialog);
}

#[tokio::test]
async fn an_older_portal_is_understood() {
    let Some(bus) = Bus::start() else { return };
    let _portal = serve(&bus.address, Portal1).await;
    let mut wishes = Box::pin(wishes_at(bus.address.clone()));
    let expected = Wishes {
        dark: Some(false),
        contrast: true,
        calm: true,
    };
    assert_eq!(next(&mut wishes).await, Some(expected));
}

#[tokio::test]
async fn without_a_bus_or_a_portal_there_is_nothing_to_follow() {
    let nowhere = "unix:path=/nonexistent/inphase/bus";
    assert!(Listening::begin(Some(nowhere)).await.is_err());
    let Some(bus) = Bus::start() else { return };
    assert!(Listening::begin(Some(&bus.address)).await.is_err());
}
