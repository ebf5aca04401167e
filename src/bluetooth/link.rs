//! The threads that move sound: one for each connection, over the SEQPACKET
//! socket that BlueZ hands out.
//!
//! A thread opens its connection itself, so that nobody waits for a radio, and
//! gives it back at the end. What it has to tell is in its [`Gauge`], which
//! anybody may read at any time.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::thread::JoinHandle;

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::{TimeSpec, TimeValLike as _};
use serde::{Deserialize, Serialize};

use super::stall;
use super::state::Address;
use crate::devices::{Fault, Stream, realtime};
use crate::sync::time::Nanos;

pub mod outq;
pub mod source;
pub mod speaker;

/// A connection's figures, written by its thread and read by anybody.
#[derive(Debug, Default)]
pub struct Gauge {
    at: AtomicI64,
    packets: AtomicU64,
    queued: AtomicU32,
    dropped: AtomicU64,
    lost: AtomicU64,
    concealed: AtomicU64,
    bitpool: AtomicU8,
    depth: AtomicI64,
    jitter: AtomicI64,
    /// When its last packet came in: the air is free then.
    arrived: AtomicI64,
    /// How long its packets are.
    spacing: AtomicI64,
}

/// What is shown of a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Whose it is.
    pub address: Address,
    /// The adapter whose air it uses.
    pub adapter: String,
    /// Whether sound comes in.
    pub incoming: bool,
    /// Packets sent, or played.
    pub packets: u64,
    /// Packets that wait in the kernel now.
    pub queued: u32,
    /// Packets not sent because they were late or the kernel was full.
    pub dropped: u64,
    /// Packets that never came.
    pub lost: u64,
    /// The bitpool now; 0 before the first packet.
    pub bitpool: u8,
    /// How long sound is kept against jitter, in milliseconds.
    pub depth_ms: f64,
    /// How late packets come, in milliseconds.
    pub jitter_ms: f64,
}

impl Gauge {
    fn figures(&self, address: Address, adapter: &str, incoming: bool) -> Figures {
        Figures {
            address,
            adapter: adapter.to_owned(),
            incoming,
            packets: self.packets.load(Ordering::Relaxed),
            queued: self.queued.load(Ordering::Relaxed),
            dropped: self.dropped.load(Ordering::Relaxed),
            lost: self.lost.load(Ordering::Relaxed),
            bitpool: self.bitpool.load(Ordering::Relaxed),
            depth_ms: Nanos(self.depth.load(Ordering::Relaxed)).millis(),
            jitter_ms: Nanos(self.jitter.load(Ordering::Relaxed)).millis(),
        }
    }

    /// For the watch over all speakers of an adapter; `None` before the first packet.
    fn look(&self) -> Option<stall::Look> {
        let at = Nanos(self.at.load(Ordering::Acquire));
        (at > Nanos::ZERO).then(|| stall::Look {
            at,
            written: self.packets.load(Ordering::Relaxed),
            queued: self.queued.load(Ordering::Relaxed),
        })
    }
}

/// A connection that is open or being opened.
#[derive(Debug, Clone)]
pub struct Link {
    /// Whose it is.
    pub address: Address,
    /// The adapter whose air it uses.
    pub adapter: String,
    /// Whether sound comes in.
    pub incoming: bool,
    /// Its figures.
    pub gauge: Arc<Gauge>,
}

impl Link {
    /// What is shown of it.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.gauge
            .figures(self.address, &self.adapter, self.incoming)
    }

    /// For the watch over all speakers of its adapter.
    #[must_use]
    pub fn look(&self) -> Option<stall::Look> {
        self.gauge.look().filter(|_| !self.incoming)
    }

    /// When its last packet came in, and how long it takes to the next, if sound
    /// comes in.
    #[must_use]
    pub fn arrived(&self) -> Option<(Nanos, Nanos)> {
        let at = Nanos(self.gauge.arrived.load(Ordering::Relaxed));
        let spacing = Nanos(self.gauge.spacing.load(Ordering::Relaxed));
        (self.incoming && at > Nanos::ZERO && spacing > Nanos::ZERO).then_some((at, spacing))
    }
}

/// Between a thread and who holds its stream.
#[derive(Debug, Default)]
struct Wire {
    stop: AtomicBool,
    faults: AtomicU8,
}

impl Wire {
    fn stops(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    fn raise(&self, fault: Fault) {
        let _before = self.faults.fetch_or(bit(fault), Ordering::AcqRel);
    }
}

const FAULTS: [Fault; 4] = [Fault::NoRealtime, Fault::Paused, Fault::Reopen, Fault::Gone];

fn bit(fault: Fault) -> u8 {
    FAULTS
        .iter()
        .position(|of| *of == fault)
        .map_or(0, |at| 1 << at)
}

/// A running connection; dropping it ends the thread and gives the connection back.
struct Running {
    wire: Arc<Wire>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Runs `work` on a thread of its own with real-time priority where it may.
    fn start(
        name: &str,
        work: impl FnOnce(&Arc<Wire>) + Send + 'static,
    ) -> std::io::Result<Box<dyn Stream>> {
        let wire = Arc::new(Wire::default());
        let theirs = wire.clone();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || work(&theirs))?;
        Ok(Box::new(Self {
            wire,
            thread: Some(thread),
        }))
    }
}

impl Stream for Running {
    fn fault(&mut self) -> Option<Fault> {
        let raised = self.wire.faults.load(Ordering::Acquire);
        let fault = FAULTS.into_iter().find(|fault| raised & bit(*fault) != 0)?;
        let _before = self.wire.faults.fetch_and(!bit(fault), Ordering::AcqRel);
        Some(fault)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.wire.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been told already.
            let _told = thread.join();
        }
    }
}

/// Real-time priority for the calling thread, as the user's limits or rtkit allow.
fn hurry(wire: &Arc<Wire>) {
    if realtime::by_limits() {
        return;
    }
    let tid = nix::unistd::gettid().as_raw();
    let wire = wire.clone();
    let asking = std::thread::Builder::new()
        .name("inphase-rtkit".into())
        .spawn(move || {
            if let Err(reason) = realtime::by_rtkit(tid) {
                tracing::debug!("no real-time priority for Bluetooth: {reason}");
                wire.raise(Fault::NoRealtime);
            }
        });
    drop(asking);
}

/// Waits for `events` on the socket, for `time` at most.
fn wait(socket: BorrowedFd<'_>, events: PollFlags, time: Nanos) -> PollFlags {
    let mut fds = [PollFd::new(socket, events)];
    let time = TimeSpec::nanoseconds(time.0.max(0));
    match ppoll(&mut fds, Some(time), None) {
        Ok(_) => fds[0].revents().unwrap_or(PollFlags::empty()),
        // A signal: the caller looks again.
        Err(_) => PollFlags::empty(),
    }
}

/// The other side hung up.
fn is_over(events: PollFlags) -> bool {
    events.intersects(PollFlags::POLLHUP | PollFlags::POLLERR | PollFlags::POLLNVAL)
}

#[cfg(test)]
mod tests;
