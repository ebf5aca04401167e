//! A log file that rotates by size and never hurts.
//!
//! When a write fails (disk full, no permission, a folder in the way) it stops
//! writing, keeps one sentence for the user, tries again every 10 s, and tells
//! in the file how many lines are missing. Never panics, never returns an error.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::sync::time::Nanos;

/// The newest lines are in `path`, older ones in `path.1`, `path.2`, …
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    limit: u64,
    files: u32,
    open: Option<(File, u64)>,
    failed: Option<Failure>,
}

#[derive(Debug)]
struct Failure {
    at: Nanos,
    sentence: String,
    missing: u64,
}

impl LogFile {
    /// Nothing is opened before the first line.
    pub fn new(path: PathBuf, limit: u64, files: u32) -> Self {
        Self {
            path,
            limit,
            files,
            open: None,
            failed: None,
        }
    }

    /// Why nothing is written at the moment, and what to do.
    pub fn problem(&self) -> Option<&str> {
        self.failed
            .as_ref()
            .map(|failure| failure.sentence.as_str())
    }

    /// Writes a line (without its end) at `now`. May block on the disk.
    pub fn write(&mut self, line: &str, now: Nanos) {
        if let Some(failure) = &mut self.failed
            && now - failure.at < RETRY
        {
            failure.missing += 1;
            return;
        }
        if let Err(error) = self.try_write(line) {
            self.fail(&error, now, 1);
        }
    }

    /// Tries again when a failure is old enough, though there is nothing to say.
    pub fn retry(&mut self, now: Nanos) {
        let due = |failure: &Failure| now - failure.at >= RETRY;
        if self.failed.as_ref().is_some_and(due)
            && let Err(error) = self.catch_up()
        {
            self.fail(&error, now, 0);
        }
    }

    fn try_write(&mut self, line: &str) -> io::Result<()> {
        self.catch_up()?;
        self.append(line)
    }

    /// After a failure: says what is missing, and is well again.
    fn catch_up(&mut self) -> io::Result<()> {
        if let Some(failure) = &self.failed {
            let gap = format!("-- {} lines could not be written --", failure.missing);
            self.append(&gap)?;
            self.failed = None;
        }
        Ok(())
    }

    fn append(&mut self, line: &str) -> io::Result<()> {
        let bytes = line.len() as u64 + 1;
        let (mut file, mut length) = match self.open.take() {
            Some(open) => open,
            None => open(&self.path)?,
        };
        if length > 0 && length + bytes > self.limit {
            drop(file);
            rotate(&self.path, self.files)?;
            (file, length) = open(&self.path)?;
        }
        file.write_all(format!("{line}\n").as_bytes())?;
        self.open = Some((file, length + bytes));
        Ok(())
    }

    fn fail(&mut self, error: &io::Error, now: Nanos, lost: u64) {
        let before = self.failed.as_ref().map_or(0, |failure| failure.missing);
        self.failed = Some(Failure {
            at: now,
            sentence: format!(
                "The event log {} cannot be written ({error}). Free some space or fix its \
                 permissions; it goes on by itself.",
                self.path.display()
            ),
            missing: before + lost,
        });
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// Moves `path` to `path.1`, that to `path.2` and so on; the last one goes.
fn rotate(path: &Path, files: u32) -> io::Result<()> {
    let numbered = |n: u32| match n {
        0 => path.to_path_buf(),
        n => {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".{n}"));
            PathBuf::from(name)
        }
    };
    if files < 2 {
        return fs::remove_file(path);
    }
    for n in (0..files - 1).rev() {
        match fs::rename(numbered(n), numbered(n + 1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

const RETRY: Nanos = Nanos(10_000_000_000);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(secs: f64) -> Nanos {
        Nanos::from_secs(secs)
    }

    #[test]
    fn rotation_keeps_the_newest_lines_within_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/events.log");
        let mut log = LogFile::new(path.clone(), 1000, 3);
        for n in 0..500 {
            log.write(&format!("line {n:04}"), at(0.0));
        }
        assert_eq!(log.problem(), None);
        let mut all = String::new();
        for name in ["events.log.2", "events.log.1", "events.log"] {
            let text = fs::read_to_string(path.with_file_name(name)).unwrap();
            assert!(text.len() <= 1000, "{name} is {} bytes", text.len());
            all += &text;
        }
        assert!(!path.with_file_name("events.log.3").exists());
        let lines: Vec<_> = all.lines().collect();
        let expected: Vec<_> = (500 - lines.len()..500)
            .map(|n| format!("line {n:04}"))
            .collect();
        assert_eq!(lines, expected);
        assert!(lines.len() >= 200);
    }

    #[test]
    fn a_restart_goes_on_where_the_file_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.log");
        LogFile::new(path.clone(), 100, 2).write(&"a".repeat(90), at(0.0));
        LogFile::new(path.clone(), 100, 2).write(&"b".repeat(90), at(0.0));
        assert!(fs::read_to_string(&path).unwrap().starts_with('b'));
        let older = fs::read_to_string(path.with_file_name("events.log.1")).unwrap();
        assert!(older.starts_with('a'));
    }

    #[test]
    fn a_full_disk_is_told_in_one_sentence() {
        let mut log = LogFile::new("/dev/full".into(), 1 << 20, 1);
        log.write("lost", at(0.0));
        let problem = log.problem().unwrap().to_owned();
        assert!(problem.contains("/dev/full") && problem.contains("Free some space"));
        for n in 0..1000 {
            log.write("lost too", at(n as f64 * 1e-3));
        }
        assert_eq!(log.problem().unwrap(), problem);
    }

    #[test]
    fn writing_goes_on_by_itself_and_says_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.log");
        fs::create_dir(&path).unwrap();
        let mut log = LogFile::new(path.clone(), 1 << 20, 2);
        log.write("one", at(0.0));
        log.write("two", at(1.0));
        log.retry(at(11.0));
        assert!(log.problem().is_some());
        fs::remove_dir(&path).unwrap();
        log.write("three", at(12.0));
        assert!(log.problem().is_some(), "it waits 10 s between attempts");
        log.retry(at(22.0));
        assert_eq!(log.problem(), None);
        log.write("four", at(22.0));
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "-- 3 lines could not be written --\nfour\n");
    }
}
