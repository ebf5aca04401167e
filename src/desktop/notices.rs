//! Notifications for speakers that are lost and that are back.
//!
//! [`Watcher`] decides, purely: what lasts less than [`GONE_AFTER`] is never told,
//! a speaker that was not heard before is not missed, news replaces the news
//! before it, and who goes and comes all the time is told of ever more rarely.
//! [`Notifier`] shows what it says.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use zbus::{Connection, Variant};

use super::shown::{Heard, Shown};
use super::{APP_ID, NAME};
use crate::rig::SpeakerId;

/// What is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// This, in place of what was shown before.
    Tell {
        /// One line.
        title: String,
        /// One sentence more, with names escaped: desktops read markup in it.
        body: String,
    },
    /// Nothing any more.
    TakeBack,
}

/// What is known of a speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// It was heard.
    Well,
    /// It is lost since then.
    Lost(Duration),
    /// It is lost, and was told of.
    Told,
    /// It was told of, and sounds since then.
    Returning(Duration),
}

/// Decides what is worth telling. Times are since any fixed moment.
#[derive(Debug, Default)]
pub(super) struct Watcher {
    speakers: BTreeMap<SpeakerId, Seen>,
    /// When the last news was told.
    told: Option<Duration>,
    /// How many followed each other closely.
    burst: u32,
    /// The news that is shown says that somebody is lost.
    shows_lost: bool,
}

impl Watcher {
    /// Looks at what is shown now, and says what to tell.
    pub(super) fn look(&mut self, shown: &Shown, now: Duration) -> Option<News> {
        if !shown.plays() {
            // Nobody misses a speaker in silence.
            self.speakers.clear();
            return std::mem::take(&mut self.shows_lost).then_some(News::TakeBack);
        }
        self.speakers
            .retain(|id, _| shown.speakers.iter().any(|of| of.id == *id));
        for speaker in &shown.speakers {
            self.follow(speaker, now);
        }
        if now < self.next() {
            return None;
        }
        let lost = self.all(|seen| match seen {
            Seen::Lost(since) => now.saturating_sub(since) >= GONE_AFTER,
            _ => false,
        });
        let back = self.all(|seen| match seen {
            Seen::Returning(since) => now.saturating_sub(since) >= BACK_AFTER,
            _ => false,
        });
        if lost.is_empty() && back.is_empty() {
            return None;
        }
        for id in &lost {
            let _before = self.speakers.insert(id.clone(), Seen::Told);
        }
        for id in &back {
            let _before = self.speakers.insert(id.clone(), Seen::Well);
        }
        let calm = |told: Duration| now.saturating_sub(told) >= CALM_AFTER;
        self.burst = match self.told {
            Some(told) if !calm(told) => self.burst + 1,
            _ => 0,
        };
        self.told = Some(now);
        let missing = self.all(|seen| matches!(seen, Seen::Told | Seen::Returning(_)));
        self.shows_lost = !missing.is_empty();
        Some(tell(&missing, &back, &shown.speakers))
    }

    fn follow(&mut self, speaker: &Heard, now: Duration) {
        let next = match (self.speakers.get(&speaker.id).copied(), speaker) {
            (None, Heard { sounds: true, .. }) => Seen::Well,
            (None, _) => return,
            (Some(Seen::Well), Heard { lost: true, .. }) => Seen::Lost(now),
            (Some(Seen::Lost(_)), Heard { sounds: true, .. }) => Seen::Well,
            (Some(Seen::Told), Heard { sounds: true, .. }) => Seen::Returning(now),
            (Some(Seen::Returning(_)), Heard { lost: true, .. }) => Seen::Told,
            (Some(as_before), _) => as_before,
        };
        let _before = self.speakers.insert(speaker.id.clone(), next);
    }

    fn all(&self, wanted: impl Fn(Seen) -> bool) -> BTreeSet<SpeakerId> {
        let of = self.speakers.iter().filter(|(_, seen)| wanted(**seen));
        of.map(|(id, _)| id.clone()).collect()
    }

    /// The earliest time of the next news.
    fn next(&self) -> Duration {
        let wait = APART.saturating_mul(1_u32.checked_shl(self.burst).unwrap_or(u32::MAX));
        self.told
            .map_or(Duration::ZERO, |told| told + wait.min(LONGEST))
    }
}

fn tell(missing: &BTreeSet<SpeakerId>, back: &BTreeSet<SpeakerId>, all: &[Heard]) -> News {
    let names = |wanted: &dyn Fn(&Heard) -> bool| {
        // In two zones it is still one.
        let of = all.iter().filter(|of| wanted(of));
        let of: BTreeMap<_, _> = of.map(|of| (&of.id, &of.name)).collect();
        let mut names: Vec<String> = of.into_values().cloned().collect();
        names.sort();
        names
    };
    let still_lost = names(&|of| of.lost);
    let back = names(&|of| back.contains(&of.id));
    if missing.is_empty() {
        let body = if still_lost.is_empty() {
            "Everything plays again.".to_owned()
        } else {
            escaped(&format!("{} still lost.", are(&still_lost)))
        };
        return News::Tell {
            title: format!("{} back", are(&back)),
            body,
        };
    }
    let mut sentences = Vec::new();
    if !back.is_empty() {
        sentences.push(escaped(&format!("{} back.", are(&back))));
    }
    let others = |of: &Heard| of.sounds && !missing.contains(&of.id);
    if all.iter().any(others) {
        sentences.push("The others play on.".into());
    }
    let whom = if missing.len() > 1 { "them" } else { "it" };
    sentences.push(format!("Inphase keeps trying to reach {whom}."));
    News::Tell {
        title: format!("{} lost", are(&names(&|of| missing.contains(&of.id)))),
        body: sentences.join(" "),
    }
}

/// A text in which nothing is markup.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

/// `Kitchen is`, `Kitchen and Sub are`, `5 speakers are`.
fn are(names: &[String]) -> String {
    match names {
        [one] => format!("{one} is"),
        [one, two] => format!("{one} and {two} are"),
        [one, two, three] => format!("{one}, {two} and {three} are"),
        many => format!("{} speakers are", many.len()),
    }
}

/// Shows news, one at a time.
#[derive(Debug, Default)]
pub(super) struct Notifier {
    /// What the desktop calls the one that is shown; 0 is none.
    shown: u32,
}

impl Notifier {
    /// Shows it in place of the one before. A desktop without notifications
    /// shows nothing.
    pub(super) async fn show(&mut self, bus: &Connection, news: &News) {
        if let Err(error) = self.attempt(bus, news).await {
            tracing::debug!("no notification: {error}");
        }
    }

    async fn attempt(&mut self, bus: &Connection, news: &News) -> zbus::Result<()> {
        let notifications = NotificationsProxy::new(bus).await?;
        let News::Tell { title, body } = news else {
            return match std::mem::take(&mut self.shown) {
                0 => Ok(()),
                shown => notifications.close_notification(shown).await,
            };
        };
        let hints = HashMap::from([
            ("desktop-entry", Variant::from(APP_ID)),
            ("category", Variant::from("device")),
        ]);
        let actions = ["default", "Open Inphase"];
        self.shown = notifications
            .notify(NAME, self.shown, APP_ID, title, body, &actions, hints, -1)
            .await?;
        Ok(())
    }

    /// Whether the notification of this number is ours.
    pub(super) fn is_ours(&self, id: u32) -> bool {
        self.shown != 0 && self.shown == id
    }

    /// It is no longer shown.
    pub(super) fn closed(&mut self, id: u32) {
        if self.is_ours(id) {
            self.shown = 0;
        }
    }
}

/// The desktop's notifications.
#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
pub(super) trait Notifications {
    #[allow(clippy::too_many_arguments, reason = "the protocol has as many")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Variant<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;
    fn close_notification(&self, id: u32) -> zbus::Result<()>;
    #[zbus(signal)]
    fn notification_closed(&self, id: u32, reason: u32) -> zbus::Result<()>;
    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action_key: &str) -> zbus::Result<()>;
    #[zbus(signal)]
    fn activation_token(&self, id: u32, activation_token: &str) -> zbus::Result<()>;
}

/// Shorter gaps are nobody's news: most links are back by then.
const GONE_AFTER: Duration = Duration::from_secs(10);
/// A speaker that is back for a moment only is not back.
const BACK_AFTER: Duration = Duration::from_secs(3);
/// From one notification to the next; doubles while they follow each other.
const APART: Duration = Duration::from_secs(15);
/// But no longer than this.
const LONGEST: Duration = Duration::from_secs(1800);
/// After so much quiet it is as at the beginning.
const CALM_AFTER: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desktop::shown::Playing;

    fn shown(states: &[(&str, Is)]) -> Shown {
        Shown {
            playing: Playing::Yes { silent: false },
            speakers: states
                .iter()
                .map(|(name, is)| Heard {
                    id: (*name).into(),
                    name: (*name).into(),
                    lost: *is == Is::Lost,
                    sounds: *is == Is::Well,
                })
                .collect(),
            ..Shown::default()
        }
    }

    #[derive(Clone, Copy, PartialEq)]
    enum Is {
        Well,
        Connecting,
        Lost,
    }
    use Is::{Connecting, Lost, Well};

    /// Looks once a second from `from` to `to` and returns the titles told.
    fn watch(
        watcher: &mut Watcher,
        seconds: std::ops::Range<u64>,
        states: &[(&str, Is)],
    ) -> Vec<String> {
        let looks = seconds.filter_map(|second| {
            let news = watcher.look(&shown(states), Duration::from_secs(second))?;
            Some(match news {
                News::Tell { title, .. } => title,
                News::TakeBack => "taken back".into(),
            })
        });
        looks.collect()
    }

    #[test]
    fn a_speaker_that_stays_away_is_told_once_and_so_is_its_return() {
        let mut watcher = Watcher::default();
        assert!(watch(&mut watcher, 0..5, &[("Sub", Well)]).is_empty());
        assert_eq!(
            watch(&mut watcher, 5..200, &[("Sub", Lost)]),
            ["Sub is lost"]
        );
        assert!(watch(&mut watcher, 200..205, &[("Sub", Connecting)]).is_empty());
        assert_eq!(
            watch(&mut watcher, 205..300, &[("Sub", Well)]),
            ["Sub is back"]
        );
    }

    #[test]
    fn a_short_gap_is_never_told() {
        let mut watcher = Watcher::default();
        for round in 0..100 {
            let start = round * 20;
            assert!(watch(&mut watcher, start..start + 11, &[("Sub", Well)]).is_empty());
            assert!(watch(&mut watcher, start + 11..start + 20, &[("Sub", Lost)]).is_empty());
        }
    }

    #[test]
    fn who_was_never_heard_is_not_missed() {
        let mut watcher = Watcher::default();
        assert!(watch(&mut watcher, 0..500, &[("Sub", Lost), ("Bath", Well)]).is_empty());
    }

    #[test]
    fn all_that_are_lost_at_once_are_one_notice() {
        let mut watcher = Watcher::default();
        let all = |is| [("Bath", is), ("Sub", is), ("Kitchen", Well)];
        let _none = watch(&mut watcher, 0..5, &all(Well));
        assert_eq!(
            watch(&mut watcher, 5..60, &all(Lost)),
            ["Bath and Sub are lost"]
        );
    }

    #[test]
    fn a_speaker_that_comes_and_goes_all_day_is_told_ever_more_rarely() {
        let mut watcher = Watcher::default();
        let mut told = Vec::new();
        for round in 0..24 * 60 {
            let start = round * 60;
            told.extend(watch(&mut watcher, start..start + 30, &[("Sub", Well)]));
            told.extend(watch(
                &mut watcher,
                start + 30..start + 60,
                &[("Sub", Lost)],
            ));
        }
        // 2880 changes in a day.
        assert!((2..160).contains(&told.len()), "{}", told.len());
    }

    /// The text of the next news within a minute.
    fn body(watcher: &mut Watcher, start: u64, states: &[(&str, Is)]) -> String {
        let news = (start..start + 60).find_map(|second| {
            let news = watcher.look(&shown(states), Duration::from_secs(second));
            news.and_then(|news| match news {
                News::Tell { body, .. } => Some(body),
                News::TakeBack => None,
            })
        });
        news.unwrap_or_default()
    }

    #[test]
    fn the_others_play_on_only_where_there_are_others() {
        let mut watcher = Watcher::default();
        let _none = watch(&mut watcher, 0..5, &[("Sub", Well)]);
        assert_eq!(
            body(&mut watcher, 5, &[("Sub", Lost)]),
            "Inphase keeps trying to reach it."
        );
        let mut watcher = Watcher::default();
        let both = [("Bath", Well), ("Sub", Well)];
        let _none = watch(&mut watcher, 0..5, &both);
        assert_eq!(
            body(&mut watcher, 5, &[("Bath", Well), ("Sub", Lost)]),
            "The others play on. Inphase keeps trying to reach it."
        );
        assert_eq!(body(&mut watcher, 100, &both), "Everything plays again.");
        let mut watcher = Watcher::default();
        let _none = watch(&mut watcher, 0..5, &both);
        assert_eq!(
            body(&mut watcher, 5, &[("Bath", Lost), ("Sub", Lost)]),
            "Inphase keeps trying to reach them."
        );
    }

    #[test]
    fn not_everything_plays_again_while_another_is_lost() {
        let mut watcher = Watcher::default();
        let never = ("<b>Bath & Co</b>", Lost);
        let _none = watch(&mut watcher, 0..5, &[("Sub", Well), never]);
        let _lost = watch(&mut watcher, 5..60, &[("Sub", Lost), never]);
        assert_eq!(
            body(&mut watcher, 60, &[("Sub", Well), never]),
            "&lt;b&gt;Bath &amp; Co&lt;/b&gt; is still lost."
        );
    }

    #[test]
    fn two_speakers_of_one_name_are_two_and_a_new_name_is_no_new_speaker() {
        let called = |names: [&str; 2], lost: bool| {
            let mut shown = shown(&[("a", Well), ("b", if lost { Lost } else { Well })]);
            for (speaker, name) in shown.speakers.iter_mut().zip(names) {
                speaker.name = name.into();
            }
            shown
        };
        let mut watcher = Watcher::default();
        let mut titles = Vec::new();
        for second in 0..40 {
            let names = if second < 8 {
                ["Sub", "Sub"]
            } else {
                ["Sub", "Deep"]
            };
            let now = Duration::from_secs(second);
            if let Some(News::Tell { title, .. }) = watcher.look(&called(names, second >= 5), now) {
                titles.push(title);
            }
        }
        assert_eq!(titles, ["Deep is lost"]);
    }

    #[test]
    fn when_the_music_ends_nobody_is_missed() {
        let mut watcher = Watcher::default();
        let _none = watch(&mut watcher, 0..5, &[("Sub", Well)]);
        assert_eq!(watch(&mut watcher, 5..60, &[("Sub", Lost)]).len(), 1);
        let stopped = Shown {
            playing: Playing::No,
            ..shown(&[("Sub", Lost)])
        };
        let now = Duration::from_secs(60);
        assert_eq!(watcher.look(&stopped, now), Some(News::TakeBack));
        assert_eq!(watcher.look(&stopped, now), None);
        assert!(watch(&mut watcher, 61..200, &[("Sub", Lost)]).is_empty());
    }
}
