//! Events in memory: the last 2000 or one hour, floods collapsed.
//!
//! A broken device can report a thousand errors a second. Events of the same
//! kind and speaker whose sentences differ in nothing but numbers become one
//! entry with a count: for 1 s, and twice as long each time while the flood
//! goes on, up to 1 min.

use std::collections::VecDeque;
use std::mem::discriminant;

use serde::{Deserialize, Serialize};

use crate::engine::snapshot::{Event, EventKind};
use crate::sync::time::Nanos;

/// An event, or many of the same in a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When the first one happened, with the sentence of the newest; the
    /// lengths of dropouts are added up.
    pub event: Event,
    /// How many.
    pub count: u32,
    /// When the newest one happened.
    pub last: Nanos,
    /// Grows with every change of the log; see [`EventLog::since`].
    pub revision: u64,
    /// For how long after the first one more are added.
    #[serde(skip)]
    window: Nanos,
    /// How many of them [`EventLog::settled`] has told.
    #[serde(skip)]
    told: u32,
}

impl Entry {
    /// The sentence, with the count where there were many.
    #[must_use]
    pub fn text(&self) -> String {
        match self.count {
            1 => self.event.text.clone(),
            many => format!("{} ({many} times)", self.event.text),
        }
    }

    fn is_like(&self, other: &Event) -> bool {
        discriminant(&self.event.kind) == discriminant(&other.kind)
            && self.event.speaker == other.speaker
    }

    fn add(&mut self, mut event: Event, revision: u64) {
        if let (EventKind::Dropout { length: sum }, EventKind::Dropout { length }) =
            (&self.event.kind, &mut event.kind)
        {
            *length += *sum;
        }
        self.event.kind = event.kind;
        self.event.text = event.text;
        self.last = event.time;
        self.count = self.count.saturating_add(1);
        self.revision = revision;
    }
}

/// The newest events. Plain data, no thread, no clock.
#[derive(Debug, Clone, Default)]
pub struct EventLog {
    entries: VecDeque<Entry>,
    revision: u64,
}

impl EventLog {
    /// Takes an event. `true` when it became an entry of its own, `false`
    /// when it was counted into an earlier one.
    pub fn record(&mut self, event: Event) -> bool {
        self.revision += 1;
        let (found, window) = self.place(&event);
        if let Some(entry) = found.and_then(|index| self.entries.get_mut(index)) {
            entry.add(event, self.revision);
            return false;
        }
        let now = event.time;
        self.entries.push_back(Entry {
            last: now,
            event,
            count: 1,
            revision: self.revision,
            window,
            told: 1,
        });
        while self.entries.len() > MOST
            || self
                .entries
                .front()
                .is_some_and(|old| now - old.last > KEPT)
        {
            let _ = self.entries.pop_front();
        }
        true
    }

    /// All entries, by the time of their first event, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Entries that are new or were counted up after `revision`; 0 gives all.
    /// Go on with [`EventLog::revision`].
    pub fn since(&self, revision: u64) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.revision > revision)
    }

    /// Number of events ever recorded.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Entries whose flood is over at `now` and how many events they counted
    /// since they were told last; each is told once.
    pub(super) fn settled(&mut self, now: Nanos) -> Vec<(Entry, u32)> {
        let mut settled = Vec::new();
        for entry in &mut self.entries {
            if entry.count > entry.told && now - entry.event.time >= entry.window {
                settled.push((entry.clone(), entry.count - entry.told));
                entry.told = entry.count;
            }
        }
        settled
    }

    /// The entry to count the event into, or the window of a new one.
    fn place(&self, event: &Event) -> (Option<usize>, Nanos) {
        let recent = self
            .entries
            .iter()
            .enumerate()
            .rev()
            .take_while(|(_, entry)| event.time - entry.event.time <= WINDOW_MOST + WINDOW)
            .filter(|(_, entry)| entry.is_like(event));
        let sentence = skeleton(&event.text);
        let mut others = 0;
        let mut newest = None;
        for (index, entry) in recent {
            let open = event.time - entry.event.time < entry.window;
            if skeleton(&entry.event.text) == sentence {
                return match (open, event.time - entry.last < WINDOW) {
                    (true, _) => (Some(index), WINDOW),
                    (false, true) => (None, (entry.window + entry.window).min(WINDOW_MOST)),
                    (false, false) => (None, WINDOW),
                };
            }
            if open {
                others += 1;
                newest = newest.or(Some(index));
            }
        }
        (newest.filter(|_| others >= DIFFERENT), WINDOW)
    }
}

/// A sentence without its numbers.
fn skeleton(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '+' | '-' | '−' | '±'))
        .collect()
}

const MOST: usize = 2000;
const KEPT: Nanos = Nanos(3_600_000_000_000);
const WINDOW: Nanos = Nanos(1_000_000_000);
const WINDOW_MOST: Nanos = Nanos(60_000_000_000);
/// So many different sentences of one kind about one speaker in a second are
/// a flood too.
const DIFFERENT: usize = 8;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn event(secs: f64, kind: EventKind, speaker: Option<&str>, text: &str) -> Event {
        Event {
            time: Nanos::from_secs(secs),
            unix_ms: (secs * 1e3) as i64,
            kind,
            speaker: speaker.map(Into::into),
            text: text.into(),
        }
    }

    #[test]
    fn a_thousand_errors_a_second_become_one_entry_and_all_are_counted() {
        let mut log = EventLog::default();
        for n in 0..1000 {
            let text = format!("Left failed with error {n}.");
            let own = log.record(event(
                n as f64 * 1e-3,
                EventKind::Refused,
                Some("left"),
                &text,
            ));
            assert_eq!(own, n == 0);
        }
        assert_eq!(log.entries().count(), 1);
        let entry = log.entries().next().unwrap();
        assert_eq!(entry.count, 1000);
        assert_eq!(entry.text(), "Left failed with error 999. (1000 times)");
    }

    #[test]
    fn an_endless_flood_leaves_room_for_other_events() {
        let mut log = EventLog::default();
        let _ = log.record(event(0.0, EventKind::Info, None, "Started."));
        for n in 0..36_000 {
            let _ = log.record(event(
                n as f64 * 0.1,
                EventKind::Xrun,
                Some("left"),
                "Left ran dry.",
            ));
        }
        assert!(log.entries().count() < 80, "{}", log.entries().count());
        assert_eq!(log.entries().next().unwrap().event.text, "Started.");
        let counted: u32 = log.entries().map(|entry| entry.count).sum();
        assert_eq!(counted, 36_001);
        assert_eq!(log.revision(), 36_001);
    }

    #[test]
    fn different_news_is_never_swallowed() {
        let mut log = EventLog::default();
        for (kind, speaker, text) in [
            (EventKind::Lost, Some("left"), "Left went away."),
            (EventKind::Lost, Some("right"), "Right went away."),
            (EventKind::Back, Some("left"), "Left is back."),
            (EventKind::Changed, None, "Kitchen plays 3 dB softer."),
            (EventKind::Changed, None, "Bath plays 3 dB softer."),
        ] {
            assert!(log.record(event(1.0, kind, speaker, text)), "{text}");
        }
        assert!(log.record(event(2.5, EventKind::Lost, Some("left"), "Left went away.")));
    }

    #[test]
    fn many_different_sentences_at_once_are_a_flood_too() {
        let mut log = EventLog::default();
        for n in 0..200u8 {
            let word = format!(
                "Failure {}{}.",
                char::from(b'a' + n % 26),
                char::from(b'a' + n / 26)
            );
            let _ = log.record(event(f64::from(n) * 1e-3, EventKind::Refused, None, &word));
        }
        assert!(log.entries().count() <= 10, "{}", log.entries().count());
    }

    #[test]
    fn lengths_of_dropouts_add_up() {
        let mut log = EventLog::default();
        for n in 1..=3 {
            let length = Nanos::from_millis(10.0);
            let _ = log.record(event(
                f64::from(n) * 0.1,
                EventKind::Dropout { length },
                Some("left"),
                "Left was silent for 10 ms.",
            ));
        }
        let length = Nanos::from_millis(30.0);
        assert_eq!(
            log.entries().next().unwrap().event.kind,
            EventKind::Dropout { length }
        );
    }

    #[test]
    fn memory_is_bounded_by_number_and_age() {
        let mut log = EventLog::default();
        for n in 0..5000 {
            let _ = log.record(event(
                f64::from(n) * 0.2,
                EventKind::Info,
                Some(&n.to_string()),
                "Hello.",
            ));
        }
        assert_eq!(log.entries().count(), MOST);
        let _ = log.record(event(9000.0, EventKind::Info, None, "Much later."));
        assert_eq!(log.entries().count(), 1);
    }

    #[test]
    fn a_reader_sees_new_and_recounted_entries_once() {
        let mut log = EventLog::default();
        let _ = log.record(event(0.0, EventKind::Info, None, "One."));
        let _ = log.record(event(0.1, EventKind::Info, None, "Two."));
        let seen = log.revision();
        assert_eq!(log.since(0).count(), 2);
        assert_eq!(log.since(seen).count(), 0);
        let _ = log.record(event(0.2, EventKind::Info, None, "One."));
        let texts: Vec<_> = log.since(seen).map(Entry::text).collect();
        assert_eq!(texts, ["One. (2 times)"]);
    }

    #[test]
    fn a_settled_flood_is_told_once() {
        let mut log = EventLog::default();
        for n in 0..5 {
            let _ = log.record(event(f64::from(n) * 0.1, EventKind::Xrun, None, "Ran dry."));
        }
        assert!(log.settled(Nanos::from_secs(0.9)).is_empty());
        let settled = log.settled(Nanos::from_secs(1.0));
        assert_eq!(settled.len(), 1);
        assert_eq!(settled[0].1, 4);
        assert!(log.settled(Nanos::from_secs(5.0)).is_empty());
    }
}
