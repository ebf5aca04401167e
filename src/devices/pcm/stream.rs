//! One open cpal stream: its callbacks, its faults, its end.
//!
//! The callbacks run on the device's own thread. They allocate nothing, take no
//! lock and log nothing; apart from the reading of the clock the only system
//! calls are those at the first callback (see [`crate::devices::realtime`]).
//! Faults travel as bits in atomics: a storm of thousands of equal errors a
//! second is one bit, and nothing can overflow.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use cpal::traits::{DeviceTrait, StreamTrait};
use cpal::{BufferSize, ErrorKind, SampleFormat, StreamConfig};

use super::convert::{self, Dither};
use super::delay::DelayTracker;
use crate::devices::{self, Capture, Fault, Render, realtime};
use crate::sync::time::Nanos;

/// Longest wait inside cpal for a server or a device that does not answer.
pub(super) const TIMEOUT: Duration = Duration::from_secs(2);

/// Errors without a single good callback between them until we give up: ALSA
/// plug-ins whose server died repeat theirs thousands of times a second, while
/// a passing one comes once or twice.
const STORM: u32 = 8;

/// Pause per error in a storm, so that a thread with real-time priority does
/// not spin on a broken device.
const STORM_PAUSE: Duration = Duration::from_millis(20);

/// A playing stream without a callback for so long is opened again. Longer
/// than any scheduling hiccup, and than the pauses a device makes on its own.
const SILENT: Nanos = Nanos(3_000_000_000);

/// What the audio thread tells the control side.
#[derive(Debug, Default)]
pub(super) struct Board {
    closing: AtomicBool,
    gone: AtomicBool,
    reopen: AtomicBool,
    denied: AtomicBool,
    /// Underruns not yet reported to the control side.
    xruns: AtomicU32,
    /// The audio thread owes its handler an `xrun` call.
    owed_xrun: AtomicBool,
    errors_in_a_row: AtomicU32,
    /// Thread that asks for rtkit's help; 0 = none.
    asking: AtomicI32,
    last_callback: AtomicI64,
}

impl Board {
    /// Marks the device as gone, as the sound server's list says.
    pub(super) fn set_gone(&self) {
        self.gone.store(true, Ordering::Release);
    }

    /// cpal's error callback.
    fn error(&self, kind: ErrorKind) {
        if self.closing.load(Ordering::Acquire) {
            return;
        }
        match kind {
            ErrorKind::DeviceNotAvailable => self.set_gone(),
            ErrorKind::StreamInvalidated | ErrorKind::HostUnavailable => {
                self.reopen.store(true, Ordering::Release);
            }
            // Ours is asked for at the first callback, which decides.
            ErrorKind::RealtimeDenied | ErrorKind::DeviceChanged => {}
            ErrorKind::Xrun => {
                let _ = self.xruns.fetch_add(1, Ordering::Relaxed);
                self.owed_xrun.store(true, Ordering::Release);
                self.count_error();
            }
            _ => self.count_error(),
        }
    }

    fn count_error(&self) {
        let row = self.errors_in_a_row.fetch_add(1, Ordering::AcqRel) + 1;
        if row >= STORM {
            self.reopen.store(true, Ordering::Release);
            std::thread::sleep(STORM_PAUSE);
        }
    }

    /// First thing in every data callback. True when an underrun came before.
    fn begin(&self, now: Nanos) -> bool {
        self.last_callback.store(now.0, Ordering::Release);
        self.errors_in_a_row.store(0, Ordering::Release);
        self.owed_xrun.swap(false, Ordering::AcqRel)
    }

    /// The next fault, the gravest first.
    fn take(&self) -> Option<Fault> {
        if self.gone.swap(false, Ordering::AcqRel) {
            return Some(Fault::Gone);
        }
        if self.reopen.swap(false, Ordering::AcqRel) {
            return Some(Fault::Reopen);
        }
        if self.denied.swap(false, Ordering::AcqRel) {
            return Some(Fault::NoRealtime);
        }
        let one = |count: u32| count.checked_sub(1);
        self.xruns
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, one)
            .ok()
            .map(|_| Fault::Xrun)
    }
}

/// An open cpal stream; see [`devices::Stream`].
pub(super) struct PcmStream {
    stream: Option<cpal::Stream>,
    board: Arc<Board>,
    watch_silence: bool,
    opened: Nanos,
}

impl PcmStream {
    fn start(stream: cpal::Stream, board: Arc<Board>, output: bool) -> Result<Self, cpal::Error> {
        stream.play()?;
        Ok(Self {
            stream: Some(stream),
            board,
            watch_silence: output,
            opened: devices::now(),
        })
    }

    fn silent(&self) -> bool {
        let last = Nanos(self.board.last_callback.load(Ordering::Acquire));
        self.watch_silence && devices::now() - last.max(self.opened) > SILENT
    }

    /// Passes a refused thread on to rtkit, on a thread that may wait.
    fn ask_rtkit(&self) {
        let tid = self.board.asking.swap(0, Ordering::AcqRel);
        if tid == 0 {
            return;
        }
        let board = Arc::clone(&self.board);
        let spawned = std::thread::Builder::new()
            .name("inphase-rtkit".into())
            .spawn(move || {
                if let Err(reason) = realtime::by_rtkit(tid) {
                    tracing::info!("rtkit refused real-time priority: {reason}");
                    board.denied.store(true, Ordering::Release);
                }
            });
        if let Err(error) = spawned {
            tracing::warn!("no thread to ask rtkit from: {error}");
            self.board.denied.store(true, Ordering::Release);
        }
    }
}

impl devices::Stream for PcmStream {
    fn fault(&mut self) -> Option<Fault> {
        self.ask_rtkit();
        if self.silent() {
            self.opened = devices::now();
            self.board.reopen.store(true, Ordering::Release);
        }
        self.board.take()
    }
}

impl Drop for PcmStream {
    fn drop(&mut self) {
        self.board.closing.store(true, Ordering::Release);
        let Some(stream) = self.stream.take() else {
            return;
        };
        // cpal joins its threads, and one of them may wait for a dead server.
        let (done, closed) = std::sync::mpsc::channel();
        let spawned = std::thread::Builder::new()
            .name("inphase-close".into())
            .spawn(move || {
                drop(stream);
                let _ = done.send(());
            });
        if spawned.is_ok() && closed.recv_timeout(TIMEOUT).is_err() {
            tracing::warn!("a sound device did not close in time; leaving it to itself");
        }
    }
}

/// What a stream is opened with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setup {
    pub(super) rate: u32,
    pub(super) channels: u16,
    pub(super) period: u32,
    pub(super) format: SampleFormat,
    /// Ask for real-time priority at the first callback.
    pub(super) realtime: bool,
}

impl Setup {
    fn config(&self) -> StreamConfig {
        StreamConfig {
            channels: self.channels,
            sample_rate: self.rate,
            buffer_size: BufferSize::Fixed(self.period),
        }
    }

    /// Samples of the preallocated buffer: whole frames, and so many that
    /// nearly every callback fits in one piece.
    fn scratch(&self) -> usize {
        (self.period.max(512) as usize * 4) * usize::from(self.channels.max(1))
    }
}

/// The handler in a box that goes back when opening fails.
pub(super) type Slot<T> = Arc<std::sync::Mutex<Option<Box<T>>>>;

/// Opens `device` for playing. On failure `slot` still holds the handler.
pub(super) fn play(
    device: &cpal::Device,
    setup: Setup,
    slot: &Slot<dyn Render>,
    board: &Arc<Board>,
) -> Result<PcmStream, cpal::Error> {
    let mut callback = Playing::new(setup, Arc::clone(slot), Arc::clone(board));
    let errors = Arc::clone(board);
    let stream = device.build_output_stream_raw(
        setup.config(),
        setup.format,
        move |data, info| callback.call(data, &info.timestamp()),
        move |error| errors.error(error.kind()),
        Some(TIMEOUT),
    )?;
    PcmStream::start(stream, Arc::clone(board), true)
}

/// Opens `device` for capturing. On failure `slot` still holds the handler.
pub(super) fn record(
    device: &cpal::Device,
    setup: Setup,
    slot: &Slot<dyn Capture>,
    board: &Arc<Board>,
) -> Result<PcmStream, cpal::Error> {
    let mut callback = Capturing::new(setup, Arc::clone(slot), Arc::clone(board));
    let errors = Arc::clone(board);
    let stream = device.build_input_stream_raw(
        setup.config(),
        setup.format,
        move |data, info| callback.call(data, &info.timestamp()),
        move |error| errors.error(error.kind()),
        Some(TIMEOUT),
    )?;
    PcmStream::start(stream, Arc::clone(board), false)
}

/// The first callback takes the handler out of its slot, once: until then a
/// failed opening can hand it to the next attempt. Nobody else holds the lock
/// while a stream runs, so `try_lock` succeeds at once.
fn take<T: ?Sized>(handler: &mut Option<Box<T>>, slot: &Slot<T>) {
    if handler.is_none() {
        *handler = slot.try_lock().ok().and_then(|mut slot| slot.take());
    }
}

/// At the first callback: real-time priority by the limits, or the thread's
/// name for rtkit.
fn first_callback(realtime: &mut bool, board: &Board) {
    if std::mem::take(realtime) && !realtime::by_limits() {
        let tid = nix::unistd::gettid().as_raw();
        board.asking.store(tid, Ordering::Release);
    }
}

fn nanos(instant: cpal::StreamInstant) -> i64 {
    i64::try_from(instant.as_nanos()).unwrap_or(i64::MAX)
}

/// The state of an output's callback.
struct Playing {
    slot: Slot<dyn Render>,
    render: Option<Box<dyn Render>>,
    board: Arc<Board>,
    delay: DelayTracker,
    dither: Dither,
    scratch: Vec<f32>,
    channels: usize,
    rate: f64,
    realtime: bool,
}

impl Playing {
    fn new(setup: Setup, slot: Slot<dyn Render>, board: Arc<Board>) -> Self {
        Self {
            slot,
            render: None,
            board,
            delay: DelayTracker::new(setup.rate),
            dither: Dither::new(setup.rate),
            scratch: vec![0.0; setup.scratch()],
            channels: usize::from(setup.channels.max(1)),
            rate: f64::from(setup.rate.max(1)),
            realtime: setup.realtime,
        }
    }

    fn call(&mut self, data: &mut cpal::Data, at: &cpal::OutputStreamTimestamp) {
        let now = devices::now();
        first_callback(&mut self.realtime, &self.board);
        take(&mut self.render, &self.slot);
        let Some(render) = self.render.as_mut() else {
            return; // cpal filled `data` with silence.
        };
        if self.board.begin(now) {
            self.delay.restarted(now);
            render.xrun();
        }
        let frames = data.len() / self.channels;
        let delay = self
            .delay
            .delay(now, nanos(at.callback), nanos(at.playback), frames);
        let mut done = 0;
        while done < frames * self.channels {
            let piece = self.scratch.len().min(frames * self.channels - done);
            let out = &mut self.scratch[..piece];
            let later = Nanos::from_secs((done / self.channels) as f64 / self.rate);
            render.render(now, delay + later, out);
            let _ = convert::write(out, data, done, &mut self.dither);
            done += piece;
        }
    }
}

/// The state of an input's callback.
struct Capturing {
    slot: Slot<dyn Capture>,
    capture: Option<Box<dyn Capture>>,
    board: Arc<Board>,
    scratch: Vec<f32>,
    channels: usize,
    rate: f64,
    realtime: bool,
}

impl Capturing {
    fn new(setup: Setup, slot: Slot<dyn Capture>, board: Arc<Board>) -> Self {
        Self {
            slot,
            capture: None,
            board,
            scratch: vec![0.0; setup.scratch()],
            channels: usize::from(setup.channels.max(1)),
            rate: f64::from(setup.rate.max(1)),
            realtime: setup.realtime,
        }
    }

    fn call(&mut self, data: &cpal::Data, at: &cpal::InputStreamTimestamp) {
        let now = devices::now();
        first_callback(&mut self.realtime, &self.board);
        take(&mut self.capture, &self.slot);
        let Some(capture) = self.capture.as_mut() else {
            return;
        };
        if self.board.begin(now) {
            capture.xrun();
        }
        // cpal's clamp only ever makes `capture` later, at most up to the
        // callback itself; a capture clock is estimated from the earliest
        // stamps of a window, which are the unclamped ones.
        let age = Nanos((nanos(at.callback) - nanos(at.capture)).max(0));
        let whole = data.len() / self.channels * self.channels;
        let mut done = 0;
        while done < whole {
            let piece = self.scratch.len().min(whole - done);
            let to = &mut self.scratch[..piece];
            let _ = convert::read(data, done, to);
            let later = Nanos::from_secs((done / self.channels) as f64 / self.rate);
            capture.capture(now, now - age + later, to);
            done += piece;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_of_errors_is_one_reopen() {
        let board = Board::default();
        for _ in 0..STORM + 2 {
            board.error(ErrorKind::BackendError);
        }
        assert_eq!(board.take(), Some(Fault::Reopen));
        assert_eq!(board.take(), None);
    }

    #[test]
    fn passing_errors_between_good_callbacks_are_no_fault() {
        let board = Board::default();
        for _ in 0..5 * STORM {
            board.error(ErrorKind::BackendError);
            assert!(!board.begin(Nanos(1)));
        }
        assert_eq!(board.take(), None);
    }

    #[test]
    fn an_underrun_reaches_the_handler_and_the_control_side_once() {
        let board = Board::default();
        board.error(ErrorKind::Xrun);
        assert!(board.begin(Nanos(1)));
        assert!(!board.begin(Nanos(2)));
        assert_eq!(board.take(), Some(Fault::Xrun));
        assert_eq!(board.take(), None);
    }

    #[test]
    fn the_gravest_fault_comes_first_and_none_after_closing() {
        let board = Board::default();
        board.error(ErrorKind::Xrun);
        board.error(ErrorKind::StreamInvalidated);
        board.error(ErrorKind::DeviceNotAvailable);
        assert_eq!(board.take(), Some(Fault::Gone));
        assert_eq!(board.take(), Some(Fault::Reopen));
        assert_eq!(board.take(), Some(Fault::Xrun));
        board.closing.store(true, Ordering::Release);
        board.error(ErrorKind::DeviceNotAvailable);
        assert_eq!(board.take(), None);
    }
}
