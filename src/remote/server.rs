//! The server side of the control socket, on a thread of its own: whatever
//! clients do, the control task only ever sees well-formed commands.
//!
//! Each connection holds at most one request and one line being read or
//! written. A client that takes nothing for five seconds is dropped; snapshots
//! it missed are skipped, events it missed are counted.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use serde::Serialize;
use tokio::{
    net::UnixListener,
    runtime::Builder,
    sync::oneshot,
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{Claim, RemoteError};
use crate::engine::{Command, Handle, Snapshot};

mod connection;

/// What clients may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a client may take nothing before it is dropped.
    pub patience: Duration,
    /// Connections at once; one more gets an error and is closed.
    pub connections: usize,
    /// End the engine when nobody has been connected for so long.
    pub alone: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(5),
            connections: 128,
            alone: None,
        }
    }
}

/// How long the last answers may take to go out when the engine ends.
const FAREWELL: Duration = Duration::from_secs(1);

/// A running server. Dropping it closes the socket and joins its thread.
#[derive(Debug)]
pub struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    // Last: the place is given back after the thread has ended.
    _claim: Claim,
}

impl Server {
    /// Serves the engine of `handle` at the claimed place until the engine ends
    /// or the server is dropped.
    ///
    /// # Errors
    /// When the system gives no thread, event loop or descriptor.
    pub fn start(claim: Claim, handle: Handle, limits: Limits) -> Result<Self, RemoteError> {
        let refused = |error: io::Error| RemoteError::Place {
            path: "of this instance".into(),
            reason: error.to_string(),
            next: "Close some programs, then try again.",
        };
        let listener = claim.listener().map_err(refused)?;
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(refused)?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("remote".into())
            .spawn(move || {
                runtime.block_on(async {
                    match UnixListener::from_std(listener) {
                        Ok(listener) => serve(listener, handle, limits, stopped).await,
                        Err(error) => tracing::error!("No control socket: {error}."),
                    }
                });
            })
            .map_err(refused)?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
            _claim: claim,
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ended_before = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _panic_was_printed = thread.join();
        }
    }
}

/// Accepts and serves connections until the engine ends or `stop` fires (or is
/// dropped), then lets the last answers go out.
pub async fn serve(
    listener: UnixListener,
    handle: Handle,
    limits: Limits,
    mut stop: oneshot::Receiver<()>,
) {
    let shared = Arc::new(Shared::new(handle.clone(), limits.patience));
    let mut connections = JoinSet::new();
    let mut deserted = limits.alone.map(|time| Instant::now() + time);
    loop {
        tokio::select! {
            _ = &mut stop => break,
            () = handle.ended() => break,
            Some(_ended) = connections.join_next() => {
                deserted = limits.alone.map(|time| Instant::now() + time);
            }
            () = until(deserted), if connections.is_empty() => {
                deserted = None;
                handle.post(Command::Quit);
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) if connections.len() >= limits.connections => {
                    connection::turn_away(&stream);
                }
                Ok((stream, _)) => {
                    let _task = connections.spawn(connection::run(stream, Arc::clone(&shared)));
                }
                // Out of descriptors: the next accept would fail at once again.
                Err(error) => {
                    tracing::warn!("The control socket refused a client: {error}.");
                    sleep(Duration::from_millis(100)).await;
                }
            },
        }
    }
    if handle.has_ended() {
        let all = async { while connections.join_next().await.is_some() {} };
        let _stragglers = timeout(FAREWELL, all).await;
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// What all connections use.
#[derive(Debug)]
struct Shared {
    handle: Handle,
    patience: Duration,
    // The newest snapshot as a line, so that a hundred watchers cost one encoding.
    encoded: Mutex<Option<(Arc<Snapshot>, Arc<str>)>>,
}

impl Shared {
    fn new(handle: Handle, patience: Duration) -> Self {
        Self {
            handle,
            patience,
            encoded: Mutex::new(None),
        }
    }

    fn encode(&self, snapshot: &Arc<Snapshot>) -> Arc<str> {
        #[derive(Serialize)]
        struct Line<'a> {
            snapshot: &'a Snapshot,
        }
        let mut encoded = self.encoded.lock().unwrap_or_else(PoisonError::into_inner);
        match &*encoded {
            Some((of, line)) if Arc::ptr_eq(of, snapshot) => Arc::clone(line),
            _ => {
                let line: Arc<str> = super::line(&Line { snapshot }).into();
                *encoded = Some((Arc::clone(snapshot), Arc::clone(&line)));
                line
            }
        }
    }
}

#[cfg(test)]
mod tests;
