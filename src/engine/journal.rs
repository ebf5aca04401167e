//! The event log: in memory for readers, one line each in a rotating file.
//!
//! The file is written by a thread of its own behind a bounded queue, so a slow
//! or full disk never holds up the control thread; what does not fit into the
//! queue is counted and said. 1 MB × 5 files.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::engine::snapshot::{Event, EventKind};
use crate::sync::time::Nanos;

mod file;
mod log;

use file::LogFile;
pub use log::{Entry, EventLog};

/// Takes every event of the engine. Lives on the control thread; never blocks
/// on the disk, except on drop, when what is queued is written.
#[derive(Debug)]
pub struct Journal {
    log: EventLog,
    zone: TimeZone,
    writer: Option<Writer>,
    now: Nanos,
}

impl Journal {
    /// Without a file.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::new(TimeZone::UTC, None)
    }

    /// With `events.log` in `folder`, in local time of `zone`. Never fails:
    /// what is wrong with the file is told by [`Journal::notice`].
    #[must_use]
    pub fn open(folder: &Path, zone: TimeZone) -> Self {
        Self::new(zone, Writer::start(folder.join("events.log")))
    }

    fn new(zone: TimeZone, writer: Option<Writer>) -> Self {
        Self {
            log: EventLog::default(),
            zone,
            writer,
            now: Nanos::ZERO,
        }
    }

    /// Takes an event; the first of a flood is written at once.
    pub fn record(&mut self, event: Event) {
        self.tick(event.time);
        let (time, line) = (event.time, line(&event, &event.text, &self.zone));
        if self.log.record(event) {
            self.write(line, time);
        }
    }

    /// Call it about once a second: writes the counts of floods that are over,
    /// and tries again when the file could not be written.
    pub fn tick(&mut self, now: Nanos) {
        self.now = self.now.max(now);
        for (entry, more) in self.log.settled(now) {
            let text = format!("{} ({more} more like this)", entry.event.text);
            let ended = Event {
                unix_ms: entry.event.unix_ms + ((entry.last - entry.event.time).0 / 1_000_000),
                ..entry.event
            };
            self.write(line(&ended, &text, &self.zone), now);
        }
        if let Some(writer) = &mut self.writer
            && writer.problem().is_some()
        {
            writer.send(Job::Retry(now));
        }
    }

    /// The events in memory.
    #[must_use]
    pub fn log(&self) -> &EventLog {
        &self.log
    }

    /// Why the file is not being written, in one sentence, as long as it lasts.
    #[must_use]
    pub fn notice(&self) -> Option<String> {
        self.writer.as_ref()?.problem()
    }

    fn write(&mut self, line: String, now: Nanos) {
        if let Some(writer) = &mut self.writer {
            writer.send(Job::Line(line, now));
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        let end = self.now + Nanos::from_secs(3600.0);
        self.tick(end);
        self.writer = None;
    }
}

/// One line: local time, kind, speaker, sentence. Line ends and other control
/// characters inside become spaces, so that nobody can forge a line.
fn line(event: &Event, text: &str, zone: &TimeZone) -> String {
    let time = Timestamp::from_millisecond(event.unix_ms)
        .map(|time| {
            time.to_zoned(zone.clone())
                .strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")
                .to_string()
        })
        .unwrap_or_default();
    let speaker = event.speaker.as_deref().unwrap_or("-");
    let line = format!("{time} {:<7} {speaker} {text}", kind_word(&event.kind));
    line.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// One word for a kind of event.
#[must_use]
pub fn kind_word(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::Dropout { .. } => "dropout",
        EventKind::Xrun => "xrun",
        EventKind::Lost => "lost",
        EventKind::Back => "back",
        EventKind::Resync { .. } => "resync",
        EventKind::Changed => "changed",
        EventKind::Refused => "refused",
        EventKind::Info => "info",
    }
}

enum Job {
    Line(String, Nanos),
    Retry(Nanos),
}

/// The writing thread, as seen from the control thread.
#[derive(Debug)]
struct Writer {
    queue: Option<SyncSender<Job>>,
    problem: Arc<Mutex<Option<String>>>,
    thread: Option<JoinHandle<()>>,
    dropped: u64,
}

impl Writer {
    /// `None` when the system gives no thread; the log then stays in memory.
    fn start(path: PathBuf) -> Option<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        let problem = Arc::new(Mutex::new(None));
        let shared = Arc::clone(&problem);
        let thread = thread::Builder::new()
            .name("journal".into())
            .spawn(move || write_all(&jobs, LogFile::new(path, LIMIT, FILES), &shared))
            .ok()?;
        Some(Self {
            queue: Some(queue),
            problem,
            thread: Some(thread),
            dropped: 0,
        })
    }

    fn problem(&self) -> Option<String> {
        self.problem
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn send(&mut self, job: Job) {
        let Some(queue) = &self.queue else { return };
        let job = match (job, self.dropped) {
            (Job::Line(line, now), missed @ 1..) => Job::Line(
                format!("-- {missed} lines came too fast for the disk --\n{line}"),
                now,
            ),
            (job, _) => job,
        };
        let is_line = matches!(job, Job::Line(..));
        match queue.try_send(job) {
            Ok(()) if is_line => self.dropped = 0,
            Err(TrySendError::Full(Job::Line(..))) => self.dropped += 1,
            _ => {}
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write_all(jobs: &Receiver<Job>, mut file: LogFile, problem: &Mutex<Option<String>>) {
    for job in jobs {
        match job {
            Job::Line(line, now) => file.write(&line, now),
            Job::Retry(now) => file.retry(now),
        }
        *problem.lock().unwrap_or_else(PoisonError::into_inner) = file.problem().map(str::to_owned);
    }
}

/// Lines that may wait for the disk; floods are collapsed before, so this is
/// minutes of a very bad day.
const QUEUE: usize = 512;
const LIMIT: u64 = 1_000_000;
const FILES: u32 = 5;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn event(secs: f64, text: &str) -> Event {
        Event {
            time: Nanos::from_secs(secs),
            unix_ms: 1_790_000_000_000 + (secs * 1e3) as i64,
            kind: EventKind::Refused,
            speaker: Some("left".into()),
            text: text.into(),
        }
    }

    #[test]
    fn a_line_has_local_time_kind_speaker_and_sentence() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(
            line(&event(0.25, ""), "The card is busy.", &zone),
            "2026-09-21T16:13:20.250+02:00 refused left The card is busy."
        );
    }

    #[test]
    fn a_name_cannot_forge_a_line() {
        let forged = line(
            &event(0.0, ""),
            "a\n2026 info - b\r\u{1b}[31m",
            &TimeZone::UTC,
        );
        assert!(!forged.contains(['\n', '\r', '\u{1b}']));
    }

    #[test]
    fn a_flood_is_two_lines_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), TimeZone::UTC);
        for n in 0..1000 {
            journal.record(event(f64::from(n) * 1e-3, "Input/output error."));
        }
        journal.record(event(30.0, "Something else."));
        assert_eq!(journal.log().entries().count(), 2);
        drop(journal);
        let text = std::fs::read_to_string(folder.path().join("events.log")).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[0].ends_with("left Input/output error."));
        assert!(lines[1].ends_with("Input/output error. (999 more like this)"));
        assert!(lines[1].starts_with("2026-09-21T14:13:20.999"));
        assert!(lines[2].ends_with("Something else."));
    }

    #[test]
    fn the_count_of_a_flood_at_the_very_end_is_written_on_drop() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(folder.path(), TimeZone::UTC);
        journal.record(event(0.0, "Input/output error."));
        journal.record(event(0.1, "Input/output error."));
        drop(journal);
        let text = std::fs::read_to_string(folder.path().join("events.log")).unwrap();
        assert!(text.ends_with("(1 more like this)\n"), "{text}");
    }

    #[test]
    fn an_unwritable_folder_hurts_nobody() {
        let mut journal = Journal::open(Path::new("/dev/null/nowhere"), TimeZone::UTC);
        for n in 0..3000 {
            journal.record(event(f64::from(n), &"x".repeat(n as usize % 7)));
        }
        let problem = Arc::clone(&journal.writer.as_ref().unwrap().problem);
        drop(journal);
        let problem = problem.lock().unwrap().clone().unwrap();
        assert!(
            problem.contains("/dev/null/nowhere/events.log"),
            "{problem}"
        );
        assert_eq!(Journal::in_memory().notice(), None);
    }
}
