//! The threads that move packets: [`speaker`] renders, encodes and writes one stream,
//! [`source`] reads, decodes and captures one. Both run on a SEQPACKET socket that the
//! Bluetooth service handed over, at real-time priority where that is to be had; they
//! wait only in `ppoll` on their socket, allocate nothing once they run, and tell what
//! they do through rings and atomics. When the socket's other end is gone they end and
//! say so as a fault.

pub mod outq;
pub mod source;
pub mod speaker;
pub mod wake;

#[cfg(test)]
mod tests;

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::thread::JoinHandle;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;

use crate::devices::{self, Fault, realtime};
use crate::sync::time::Nanos;

/// What a thread tells its stream, and the one thing it is told.
#[derive(Debug, Default)]
struct Board {
    closing: AtomicBool,
    gone: AtomicBool,
    reopen: AtomicBool,
    xrun: AtomicBool,
    denied: AtomicBool,
    /// Thread that asks for rtkit's help; 0 = none.
    asking: AtomicI32,
}

impl Board {
    fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    fn set(flag: &AtomicBool) {
        flag.store(true, Ordering::Release);
    }

    /// First thing on a new thread.
    fn rise(&self) {
        if !realtime::by_limits() {
            let thread = nix::unistd::gettid().as_raw();
            self.asking.store(thread, Ordering::Release);
        }
    }

    /// The next fault, the gravest first.
    fn fault(self: &Arc<Self>) -> Option<Fault> {
        self.ask_rtkit();
        let faults = [
            (&self.gone, Fault::Gone),
            (&self.reopen, Fault::Reopen),
            (&self.denied, Fault::NoRealtime),
            (&self.xrun, Fault::Xrun),
        ];
        let (_, fault) = faults
            .into_iter()
            .find(|(flag, _)| flag.swap(false, Ordering::AcqRel))?;
        Some(fault)
    }

    /// Passes a refused thread on to rtkit, on a thread that may wait.
    fn ask_rtkit(self: &Arc<Self>) {
        let thread = self.asking.swap(0, Ordering::AcqRel);
        if thread == 0 {
            return;
        }
        let board = Arc::clone(self);
        let spawned = std::thread::Builder::new()
            .name("inphase-rtkit".into())
            .spawn(move || {
                if realtime::by_rtkit(thread).is_err() {
                    Self::set(&board.denied);
                }
            });
        if spawned.is_err() {
            Self::set(&self.denied);
        }
    }
}

/// The engine's end of a running thread. Dropping it ends the thread and waits for it,
/// a packet's time.
pub struct Stream {
    board: Arc<Board>,
    thread: Option<JoinHandle<()>>,
}

impl Stream {
    /// Runs `work` on a thread called `name`.
    fn start(
        name: &str,
        board: Arc<Board>,
        work: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<Self> {
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work)?;
        Ok(Self {
            board,
            thread: Some(thread),
        })
    }
}

impl devices::Stream for Stream {
    fn fault(&mut self) -> Option<Fault> {
        self.board.fault()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        Board::set(&self.board.closing);
        if let Some(thread) = self.thread.take() {
            // A panic of it has been reported already.
            let _ended = thread.join();
        }
    }
}

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    /// The time is up.
    Time,
    /// There is something to read.
    Readable,
    /// The other end is gone.
    Gone,
}

/// Waits for so long, or until the socket has something to say. With `read` that is
/// also a packet.
fn wait(socket: BorrowedFd<'_>, length: Nanos, read: bool) -> Woken {
    let wanted = if read {
        PollFlags::POLLIN
    } else {
        PollFlags::empty()
    };
    let mut polled = [PollFd::new(socket, wanted)];
    let length = length.max(Nanos::ZERO).0;
    let timeout = TimeSpec::new(length / 1_000_000_000, length % 1_000_000_000);
    match ppoll(&mut polled, Some(timeout), None) {
        Ok(0) | Err(Errno::EINTR) => Woken::Time,
        Ok(_) => {
            let said = polled[0].revents().unwrap_or(PollFlags::empty());
            if said.contains(PollFlags::POLLIN) {
                Woken::Readable
            } else {
                Woken::Gone
            }
        }
        Err(_) => Woken::Gone,
    }
}
