//! A stream that opens its sound connection by itself, on a thread of its own:
//! nobody waits for a radio. At its end the connection is given back.

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::locked;
use crate::devices::{Fault, Stream};

/// What the opening thread leaves.
#[derive(Default)]
enum Stage {
    #[default]
    Opening,
    Open(Box<dyn Stream>),
    Failed,
    /// That has been told.
    Told,
    /// Dropped before it was open.
    Unwanted,
}

/// The engine's end of it.
pub(super) struct Opening {
    stage: Arc<Mutex<Stage>>,
    /// Said where the connection cannot be opened, and where it ends by itself.
    faults: Faults,
    ended: bool,
    done: Option<Box<dyn FnOnce(bool) + Send>>,
    thread: Option<JoinHandle<()>>,
}

/// What an end means for the engine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Faults {
    /// It cannot be opened now.
    pub refused: Fault,
    /// It ended by itself.
    pub ended: Fault,
}

impl Opening {
    /// Starts to open. `done` is told at the end whether the other side is still there.
    pub(super) fn start(
        faults: Faults,
        open: impl FnOnce() -> Option<Box<dyn Stream>> + Send + 'static,
        done: impl FnOnce(bool) + Send + 'static,
    ) -> std::io::Result<Box<dyn Stream>> {
        let stage = Arc::new(Mutex::new(Stage::Opening));
        let theirs = stage.clone();
        let thread = std::thread::Builder::new()
            .name("inphase-bt-open".into())
            .spawn(move || {
                let opened = open();
                let mut stage = locked(&theirs);
                if matches!(*stage, Stage::Opening) {
                    *stage = opened.map_or(Stage::Failed, Stage::Open);
                }
            })?;
        Ok(Box::new(Self {
            stage,
            faults,
            ended: false,
            done: Some(Box::new(done)),
            thread: Some(thread),
        }))
    }
}

impl Stream for Opening {
    fn fault(&mut self) -> Option<Fault> {
        let mut stage = locked(&self.stage);
        match &mut *stage {
            Stage::Open(stream) => {
                let fault = stream.fault()?;
                if matches!(fault, Fault::Gone) {
                    self.ended = true;
                    return Some(self.faults.ended);
                }
                Some(fault)
            }
            Stage::Failed => {
                *stage = Stage::Told;
                Some(self.faults.refused)
            }
            Stage::Opening | Stage::Told | Stage::Unwanted => None,
        }
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        let (stage, thread, done) = (self.stage.clone(), self.thread.take(), self.done.take());
        let there = !self.ended;
        let close = move || {
            // Dropped outside of the lock: the stream waits for its thread.
            let open = std::mem::replace(&mut *locked(&stage), Stage::Unwanted);
            if let Some(thread) = thread {
                // A panic of it has been told already.
                let _told = thread.join();
            }
            drop(open);
            if let Some(done) = done {
                done(there);
            }
        };
        // Giving back asks BlueZ, which an asynchronous caller must not wait for itself.
        let closing = std::thread::Builder::new()
            .name("inphase-bt-close".into())
            .spawn(close);
        if let Ok(closing) = closing {
            let _told = closing.join();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::mpsc::channel;

    use super::*;

    const FAULTS: Faults = Faults {
        refused: Fault::Reopen,
        ended: Fault::Paused,
    };

    /// Says what it is told to, and when it is dropped.
    struct Fake(Vec<Fault>, std::sync::mpsc::Sender<&'static str>);

    impl Stream for Fake {
        fn fault(&mut self) -> Option<Fault> {
            self.0.pop()
        }
    }

    impl Drop for Fake {
        fn drop(&mut self) {
            let _over = self.1.send("closed");
        }
    }

    #[test]
    fn a_stream_is_closed_before_its_connection_is_given_back() {
        let (tell, told) = channel();
        let (inner, end, opened) = (tell.clone(), tell.clone(), tell);
        let stream = Opening::start(
            FAULTS,
            move || {
                let _waits = opened.send("opened");
                Some(Box::new(Fake(Vec::new(), inner)))
            },
            move |there| {
                let _over = end.send(if there { "given back" } else { "gone" });
            },
        )
        .unwrap();
        assert_eq!(told.recv(), Ok("opened"));
        drop(stream);
        assert_eq!(told.recv(), Ok("closed"));
        assert_eq!(told.recv(), Ok("given back"));
    }

    #[test]
    fn one_that_ended_by_itself_has_nothing_to_give_back() {
        let (tell, told) = channel();
        let (inner, end) = (tell.clone(), tell);
        let mut stream = Opening::start(
            FAULTS,
            move || Some(Box::new(Fake(vec![Fault::Gone], inner))),
            move |there| {
                let _over = end.send(if there { "given back" } else { "gone" });
            },
        )
        .unwrap();
        let fault = loop {
            if let Some(fault) = stream.fault() {
                break fault;
            }
            std::thread::yield_now();
        };
        assert_eq!(fault, Fault::Paused);
        drop(stream);
        assert_eq!(told.recv(), Ok("closed"));
        assert_eq!(told.recv(), Ok("gone"));
    }

    #[test]
    fn the_end_may_wait_for_bluez_whoever_drops_the_stream() {
        let (orders, inbox) = crate::bluetooth::bluez::orders();
        drop(inbox);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let address = crate::bluetooth::state::Address([1; 6]);
            let release = crate::bluetooth::Order::Release(address);
            let end = move |_| drop(orders.wait(release));
            drop(Opening::start(FAULTS, || None, end).unwrap());
        });
    }

    #[test]
    fn what_cannot_be_opened_says_so() {
        let mut stream = Opening::start(FAULTS, || None, drop).unwrap();
        let fault = loop {
            if let Some(fault) = stream.fault() {
                break fault;
            }
            std::thread::yield_now();
        };
        assert_eq!(fault, Fault::Reopen);
        // Once: who reads all there are must come to an end.
        assert_eq!(stream.fault(), None);
    }
}
