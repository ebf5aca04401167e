//! Choosing files in the desktop's own dialog, through the portal.

use std::collections::HashMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use futures_util::StreamExt as _;
use tokio::time::timeout;
use zbus::{Connection, OwnedObjectPath, OwnedVariant, Variant};

use super::{ANSWER, connect};

/// What came of the dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chosen {
    /// These, in the dialog's order.
    Files(Vec<PathBuf>),
    /// The user chose none.
    Nothing,
    /// No portal has such a dialog here.
    NoDialog,
}

/// Lets the user choose files that hold sound, any number. Waits as long as the
/// dialog is open. Runs in tokio.
pub async fn choose_files() -> Chosen {
    choose(None).await
}

/// [`choose_files`] by the desktop on the bus at `address`.
pub async fn choose_files_at(address: &str) -> Chosen {
    choose(Some(address)).await
}

async fn choose(address: Option<&str>) -> Chosen {
    ask(address).await.unwrap_or_else(|error| {
        tracing::debug!("no file chooser portal: {error}");
        Chosen::NoDialog
    })
}

async fn ask(address: Option<&str>) -> zbus::Result<Chosen> {
    let late = |_| zbus::Error::Failure("the session bus does not answer".into());
    let bus = timeout(ANSWER, connect(address)).await.map_err(late)??;
    let request = RequestProxy::builder(&bus)
        .path(answered_at(&bus))
        .build()
        .await?;
    // Listening before asking: no answer falls between the two.
    let mut answers = request.receive_response().await?;
    let chooser = FileChooserProxy::new(&bus).await?;
    let _request = chooser.open_file("", "Files to play", options()).await?;
    let answer = answers.next().await;
    let answer = answer.ok_or_else(|| zbus::Error::Failure("the bus is gone".into()))?;
    let answer = answer.args()?;
    let uris = answer.results.get("uris").cloned();
    let uris = uris.and_then(|uris| Vec::<String>::try_from(uris).ok());
    let files: Vec<PathBuf> = uris.iter().flatten().filter_map(|uri| path(uri)).collect();
    Ok(match answer.response {
        0 if !files.is_empty() => Chosen::Files(files),
        _ => Chosen::Nothing,
    })
}

/// Where the portal answers a request of this connection.
fn answered_at(bus: &Connection) -> String {
    let name = bus.unique_name().map_or("", |name| name.as_str());
    let sender = name.trim_start_matches(':').replace('.', "_");
    format!("/org/freedesktop/portal/desktop/request/{sender}/{TOKEN}")
}

fn options() -> HashMap<&'static str, Variant<'static>> {
    let by_type = |kind: &str| (1_u32, kind.to_owned());
    let sound = ["audio/*", "application/ogg", "video/mp4"];
    let filters = vec![
        ("Sound".to_owned(), sound.map(by_type).to_vec()),
        ("All files".to_owned(), vec![(0, "*".to_owned())]),
    ];
    HashMap::from([
        ("handle_token", Variant::from(TOKEN)),
        ("multiple", Variant::from(true)),
        ("filters", Variant::from(filters)),
    ])
}

/// The path of a `file:` address; `None` for one of anywhere else.
fn path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let from = rest.find('/')?;
    let mut bytes = Vec::new();
    let mut rest = rest[from..].bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    Some(OsString::from_vec(bytes).into())
}

/// The desktop's dialogs for files.
#[zbus::proxy(
    interface = "org.freedesktop.portal.FileChooser",
    default_service = "org.freedesktop.portal.Desktop",
    default_path = "/org/freedesktop/portal/desktop"
)]
trait FileChooser {
    fn open_file(
        &self,
        parent_window: &str,
        title: &str,
        options: HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<OwnedObjectPath>;
}

/// A dialog that is open.
#[zbus::proxy(
    interface = "org.freedesktop.portal.Request",
    default_service = "org.freedesktop.portal.Desktop",
    assume_defaults = false
)]
trait Request {
    #[zbus(signal)]
    fn response(&self, response: u32, results: HashMap<String, OwnedVariant>) -> zbus::Result<()>;
}

/// Names our request; every one has a connection of its own.
const TOKEN: &str = "inphase";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_becomes_the_path_it_stands_for() {
        let is =
            |uri: &str, expected: Option<&str>| assert_eq!(path(uri), expected.map(Into::into));
        is("file:///music/a.flac", Some("/music/a.flac"));
        is(
            "file:///m/Ein%20Lied%20%23%31.flac",
            Some("/m/Ein Lied #1.flac"),
        );
        is("file://host/m/%C3%BC.ogg", Some("/m/ü.ogg"));
        is("https://example.org/a.flac", None);
        is("file:///a%2", None);
        is("file:///a%zz", None);
        is("file://", None);
    }
}
