//! Whether there is a display that answers: the window's library would end the
//! program without one.

use std::{
    env,
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixStream},
    },
    path::PathBuf,
};

use crate::cli::Failure;

/// Looks for a Wayland or X display.
///
/// # Errors
/// One sentence with the way to play without a window.
pub(super) fn check() -> Result<(), Failure> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty());
    let wayland = set("WAYLAND_SOCKET").is_some()
        || set("WAYLAND_DISPLAY").is_some_and(|name| {
            let directory = set("XDG_RUNTIME_DIR").map(PathBuf::from);
            let path = directory.unwrap_or_default().join(name);
            UnixStream::connect(path).is_ok()
        });
    let x = || set("DISPLAY").is_some_and(|name| x_answers(&name.to_string_lossy()));
    if wayland || x() {
        return Ok(());
    }
    Err(Failure::Refused(
        "There is no display for the window. Use `inphase run` to play without one.".into(),
    ))
}

/// Whether the X server `name` listens here; those elsewhere are believed.
fn x_answers(name: &str) -> bool {
    let Some(number) = local_number(name) else {
        return true;
    };
    let path = format!("/tmp/.X11-unix/X{number}");
    UnixStream::connect(&path).is_ok()
        || SocketAddr::from_abstract_name(&path)
            .and_then(|address| UnixStream::connect_addr(&address))
            .is_ok()
}

/// The number of a display on this computer: `:1.0` and `unix:1` are 1.
fn local_number(name: &str) -> Option<u32> {
    let (host, rest) = name.rsplit_once(':')?;
    let number = rest.split('.').next()?.parse().ok()?;
    (host.is_empty() || host == "unix").then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_of_this_computer_are_known_by_their_number() {
        assert_eq!(local_number(":0"), Some(0));
        assert_eq!(local_number(":12.1"), Some(12));
        assert_eq!(local_number("unix:3"), Some(3));
        assert_eq!(local_number("localhost:10.0"), None);
        assert_eq!(local_number("nonsense"), None);
        assert!(!x_answers(":64999"));
        assert!(x_answers("elsewhere:0"));
    }
}
