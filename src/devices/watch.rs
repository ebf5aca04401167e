//! All backends behind one handle, and the news that something changed.
//!
//! Each backend lives on a thread of its own and answers there, so one that
//! hangs costs its own devices and nobody else's. [`Changes`] says when to list
//! again; it never says what changed.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::pcm::{Family, Pcm};
use super::{
    Backend, Capture, DeviceError, DeviceInfo, Direction, Render, Stream, StreamFormat, Want, pulse,
};

/// Longest wait for a list; ALSA may take seconds on machines with many cards.
const LISTING: Duration = Duration::from_secs(4);

/// Longest wait for a device to open: reservation, busy card and server
/// time-outs add up to less.
const OPENING: Duration = Duration::from_secs(12);

/// Between two looks at the kernel's tables; a tenth of what a returning
/// speaker may take.
const LOOK: Duration = Duration::from_millis(200);

type Job = Box<dyn FnOnce(&mut dyn Backend) + Send>;

/// One backend's thread, seen from outside.
struct Worker {
    prefix: &'static str,
    jobs: mpsc::Sender<Job>,
    /// What it last listed.
    last: Mutex<Vec<DeviceInfo>>,
}

/// The result of one listing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listing {
    /// All devices, backend after backend.
    pub devices: Vec<DeviceInfo>,
    /// Why a backend's devices are missing or old.
    pub problems: Vec<DeviceError>,
}

/// All backends. Cheap to clone; the calls block, so make them from a blocking
/// thread. The backends' threads end with the last clone.
#[derive(Clone)]
pub struct Devices {
    workers: Arc<Vec<Worker>>,
}

impl Devices {
    /// Takes over `backends`.
    #[must_use]
    pub fn new(backends: Vec<Box<dyn Backend>>) -> Self {
        let workers = backends.into_iter().filter_map(Worker::start).collect();
        Self {
            workers: Arc::new(workers),
        }
    }

    /// All sound systems that this build knows, and `others`.
    #[must_use]
    pub fn system(others: Vec<Box<dyn Backend>>) -> Self {
        let pcms = Family::ALL.iter().copied().map(Pcm::new);
        let pcms = pcms.map(|pcm| Box::new(pcm) as Box<dyn Backend>);
        Self::new(pcms.chain(others).collect())
    }

    /// What there is now. A backend that does not answer in time contributes
    /// what it last listed, and a problem.
    #[must_use]
    pub fn list(&self) -> Listing {
        let deadline = Instant::now() + LISTING;
        let ask = |worker: &Worker| worker.send(|backend| backend.list());
        let answers: Vec<_> = self.workers.iter().map(ask).collect();
        let mut listing = Listing::default();
        for (worker, answer) in self.workers.iter().zip(answers) {
            let left = deadline.saturating_duration_since(Instant::now());
            let mut last = worker.last.lock().unwrap_or_else(PoisonError::into_inner);
            match worker.receive(&answer, left) {
                Ok(Ok(devices)) => *last = devices,
                Ok(Err(error)) => {
                    last.clear();
                    listing.problems.push(error);
                }
                Err(error) => listing.problems.push(error),
            }
            listing.devices.extend(last.iter().cloned());
        }
        listing
    }

    /// See [`Backend::format`].
    ///
    /// # Errors
    /// As there, or when the backend does not answer.
    pub fn format(
        &self,
        id: &str,
        direction: Direction,
        want: Want,
    ) -> Result<StreamFormat, DeviceError> {
        let name = id.to_owned();
        self.ask(id, move |backend| backend.format(&name, direction, &want))
    }

    /// See [`Backend::play`].
    ///
    /// # Errors
    /// As there, or when the backend does not answer; a stream that opens after
    /// all is closed at once.
    pub fn play(
        &self,
        id: &str,
        format: &StreamFormat,
        render: Box<dyn Render>,
    ) -> Result<Box<dyn Stream>, DeviceError> {
        let (name, format) = (id.to_owned(), format.clone());
        self.ask(id, move |backend| backend.play(&name, &format, render))
    }

    /// See [`Backend::record`].
    ///
    /// # Errors
    /// As [`Devices::play`].
    pub fn record(
        &self,
        id: &str,
        format: &StreamFormat,
        capture: Box<dyn Capture>,
    ) -> Result<Box<dyn Stream>, DeviceError> {
        let (name, format) = (id.to_owned(), format.clone());
        self.ask(id, move |backend| backend.record(&name, &format, capture))
    }

    fn ask<T: Send + 'static>(
        &self,
        id: &str,
        job: impl FnOnce(&mut dyn Backend) -> Result<T, DeviceError> + Send + 'static,
    ) -> Result<T, DeviceError> {
        let prefix = id.split(':').next().unwrap_or_default();
        let worker = self.workers.iter().find(|worker| worker.prefix == prefix);
        let worker = worker.ok_or_else(|| DeviceError::Missing { id: id.into() })?;
        worker.receive(&worker.send(job), OPENING)?
    }
}

impl Worker {
    fn start(mut backend: Box<dyn Backend>) -> Option<Self> {
        let prefix = backend.prefix();
        let (jobs, waiting) = mpsc::channel::<Job>();
        let work = move || {
            while let Ok(job) = waiting.recv() {
                job(backend.as_mut());
            }
        };
        let thread = std::thread::Builder::new().name(format!("inphase-{prefix}"));
        if let Err(error) = thread.spawn(work) {
            tracing::error!("no thread for the devices of {prefix}: {error}");
            return None;
        }
        Some(Self {
            prefix,
            jobs,
            last: Mutex::default(),
        })
    }

    fn send<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Backend) -> T + Send + 'static,
    ) -> mpsc::Receiver<T> {
        let (answer, answered) = mpsc::channel();
        // Nobody waits any more for an answer that comes too late; it is
        // dropped here, on the backend's thread.
        let job: Job = Box::new(move |backend| drop(answer.send(job(backend))));
        let _ = self.jobs.send(job);
        answered
    }

    fn receive<T>(&self, answer: &mpsc::Receiver<T>, limit: Duration) -> Result<T, DeviceError> {
        answer.recv_timeout(limit).map_err(|error| {
            let reason = match error {
                RecvTimeoutError::Timeout => "it takes too long",
                RecvTimeoutError::Disconnected => "its thread ended; start Inphase again",
            };
            DeviceError::System {
                system: self.prefix.into(),
                reason: reason.into(),
            }
        })
    }
}

/// Says that devices came or went. Cheap: a small file is read five times a
/// second, and the sound server tells by itself.
pub struct Changes {
    changed: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    _server: pulse::Watch,
}

impl Changes {
    /// Starts watching; the first [`Changes::take`] says true.
    #[must_use]
    pub fn watch() -> Self {
        let changed = Arc::new(AtomicBool::new(true));
        let stop = Arc::new(AtomicBool::new(false));
        let news = Arc::clone(&changed);
        let server = pulse::watch_changes(move || news.store(true, Ordering::Release));
        let (news, end) = (Arc::clone(&changed), Arc::clone(&stop));
        let look = move || {
            let mut before = fingerprint(Path::new("/"));
            while !end.load(Ordering::Acquire) {
                std::thread::sleep(LOOK);
                let now = fingerprint(Path::new("/"));
                if now != before {
                    before = now;
                    news.store(true, Ordering::Release);
                }
            }
        };
        let thread = std::thread::Builder::new().name("inphase-watch".into());
        if let Err(error) = thread.spawn(look) {
            tracing::warn!("nobody watches for new sound cards: {error}");
        }
        Self {
            changed,
            stop,
            _server: server,
        }
    }

    /// Whether anything changed since the last call.
    #[must_use]
    pub fn take(&self) -> bool {
        self.changed.swap(false, Ordering::AcqRel)
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
    }
}

/// Cards, their device files (which udev opens to the user a little later) and
/// JACK's shared memory, as one number.
fn fingerprint(root: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;

    let mut hasher = DefaultHasher::new();
    std::fs::read(root.join("proc/asound/cards"))
        .unwrap_or_default()
        .hash(&mut hasher);
    for (directory, head) in [("dev/snd", "pcm"), ("dev/shm", "jack")] {
        let entries = std::fs::read_dir(root.join(directory));
        let mut names: Vec<_> = entries
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(head))
            .map(|entry| {
                let rights = entry.metadata().map(|m| (m.mode(), m.gid(), m.ctime()));
                (entry.file_name(), rights.ok())
            })
            .collect();
        names.sort();
        names.hash(&mut hasher);
    }
    hasher.finish()
}

#[cfg(test)]
mod tests;
