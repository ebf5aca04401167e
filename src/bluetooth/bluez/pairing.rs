//! The pairing window, and the list of who asked.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::oneshot;

use super::agent::{Judgement, Say, judge};
use super::carry::{Answering, reply};
use super::core::{Core, wall};
use super::error::BluetoothError;
use super::explain::{Deed, within};
use super::order::Answer;
use crate::bluetooth::state::{Activity, Address, Asked, PairingWindow, Request, Verdict};

/// Requests kept for the list.
const KEPT: usize = 20;

/// How long the window is open that lets in who was refused before.
const SECOND_CHANCE: u32 = 180;

/// The window and the list.
#[derive(Default)]
pub(super) struct Pairing {
    window: Option<Window>,
    questions: Vec<Question>,
    count: u32,
}

struct Window {
    number: u32,
    ends_at_ms: u64,
    adapters: BTreeMap<String, Before>,
    paired: Vec<Address>,
}

/// What an adapter was before it could be found.
#[derive(Debug, Clone, Copy, Default)]
struct Before {
    discoverable: bool,
    pairable: bool,
    discoverable_timeout: u32,
    pairable_timeout: u32,
    /// BlueZ has said that it can be found now.
    seen: bool,
}

struct Question {
    request: Request,
    say: Option<oneshot::Sender<Say>>,
}

impl Pairing {
    pub(super) fn window(&self) -> Option<PairingWindow> {
        self.window.as_ref().map(|window| PairingWindow {
            ends_at_ms: window.ends_at_ms,
            adapters: window.adapters.keys().cloned().collect(),
            paired: window.paired.clone(),
        })
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        let questions = self.questions.iter();
        questions.map(|question| question.request.clone()).collect()
    }

    /// BlueZ is gone: nobody waits for an answer any more.
    pub(super) fn lost(&mut self) {
        self.window = None;
        for question in &mut self.questions {
            question.say = None;
            if matches!(question.request.verdict, Verdict::Open | Verdict::Shown) {
                question.request.verdict = Verdict::Lapsed;
            }
        }
    }

    /// Lists a request; the same one refused again moves to the end.
    fn list(&mut self, mut request: Request, say: Option<oneshot::Sender<Say>>) {
        self.questions.retain(|question| {
            let old = &question.request;
            old.verdict == Verdict::Open
                || old.address != request.address
                || old.what != request.what
        });
        self.count += 1;
        request.id = self.count;
        self.questions.push(Question { request, say });
        let surplus = self.questions.len().saturating_sub(KEPT);
        drop(self.questions.drain(..surplus));
    }
}

impl Core {
    /// Opens the window: BlueZ is told when to close it before it is opened,
    /// so that it closes even if we crash.
    pub(super) fn open_window(&mut self, seconds: u32, adapter: Option<String>, answer: Answering) {
        let adapters = match self.window_adapters(adapter) {
            Ok(adapters) => adapters,
            Err(error) => return reply(answer, Err(error)),
        };
        let seconds = seconds.max(1);
        self.pairing.count += 1;
        let number = self.pairing.count;
        let mut before: BTreeMap<_, _> = adapters
            .iter()
            .map(|id| (id.clone(), self.before(id)))
            .collect();
        let mut paired = Vec::new();
        if let Some(open) = self.pairing.window.take() {
            before.extend(open.adapters);
            paired = open.paired;
        }
        self.pairing.window = Some(Window {
            number,
            ends_at_ms: wall() + u64::from(seconds) * 1000,
            adapters: before,
            paired,
        });
        let radios: Vec<_> = adapters.iter().flat_map(|id| self.adapter(id)).collect();
        let call = within(self.settings.answer, async move {
            for radio in radios {
                radio.set_discoverable_timeout(seconds).await?;
                radio.set_pairable_timeout(seconds).await?;
                radio.set_pairable(true).await?;
                radio.set_discoverable(true).await?;
            }
            bluer::Result::Ok(())
        });
        self.start(call, move |core, result| {
            let name = adapters.join(", ");
            let result = result.map_err(|refusal| refusal.explain(Deed::Other, &name));
            if result.is_err() {
                core.close_window(None);
            }
            reply(answer, result);
        });
        self.after(Duration::from_secs(seconds.into()), move |core| {
            let window = core.pairing.window.as_ref();
            if window.is_some_and(|window| window.number == number) {
                core.close_window(None);
            }
        });
    }

    fn window_adapters(&self, adapter: Option<String>) -> Result<Vec<String>, BluetoothError> {
        if let Some(adapter) = adapter {
            let id = self.adapter_id(&adapter)?;
            self.check_on(&id)?;
            return Ok(vec![id]);
        }
        let on = self.adapters_on();
        if on.is_empty() {
            let ids = self.adapter_ids();
            self.check_on(ids.first().map_or("hci0", String::as_str))?;
        }
        Ok(on)
    }

    fn before(&self, id: &str) -> Before {
        let adapter = self.adapter_properties(id);
        adapter.map_or_else(Before::default, |adapter| Before {
            discoverable: adapter.is("Discoverable"),
            pairable: adapter.is("Pairable"),
            discoverable_timeout: adapter.number("DiscoverableTimeout").unwrap_or(180),
            pairable_timeout: adapter.number("PairableTimeout").unwrap_or(0),
            seen: false,
        })
    }

    /// Closes the window, if it is open.
    pub(super) fn close_window(&mut self, answer: Option<Answering>) {
        let limit = self.settings.answer;
        let call = tokio::time::timeout(limit, self.close_window_calls());
        self.start(call, move |_, _| {
            if let Some(answer) = answer {
                reply(answer, Ok(()));
            }
        });
    }

    /// The calls that close the window and leave its adapters as they were. An
    /// adapter that could be found before is left so: another program wants it.
    pub(super) fn close_window_calls(&mut self) -> impl Future<Output = ()> + Send + 'static {
        let window = self.pairing.window.take();
        let adapters = window.map(|window| window.adapters).unwrap_or_default();
        let radios: Vec<_> = adapters
            .into_iter()
            .filter_map(|(id, before)| Some((self.adapter(&id).ok()?, before)))
            .collect();
        async move {
            for (radio, before) in radios {
                // An adapter that was unplugged needs no closing.
                let open = before.discoverable;
                let _ = radio.set_discoverable(open).await;
                let _ = radio.set_pairable(open && before.pairable).await;
                let _ = radio
                    .set_discoverable_timeout(before.discoverable_timeout)
                    .await;
                let _ = radio.set_pairable_timeout(before.pairable_timeout).await;
            }
        }
    }

    /// Someone else, or BlueZ itself, may have closed the window.
    pub(super) fn look_at_window(&mut self, id: &str) {
        let there = self.adapter_properties(id).is_some();
        let open = self
            .adapter_properties(id)
            .is_some_and(|adapter| adapter.is("Discoverable"));
        let Some(window) = &mut self.pairing.window else {
            return;
        };
        let Some(before) = window.adapters.get_mut(id) else {
            return;
        };
        if open {
            before.seen = true;
        } else if !there {
            let _ = window.adapters.remove(id);
        }
        let closed = |before: &Before| before.seen;
        let none = window.adapters.is_empty();
        let this = !open && window.adapters.get(id).is_some_and(closed);
        if none || (this && window.adapters.len() == 1) {
            self.close_window(None);
        }
    }

    /// Whether the device may pair: the window is open, or the user asked for
    /// it.
    fn is_invited(&self, address: Address) -> bool {
        let activity = self.records.get(&address).map(|record| &record.activity);
        let by_user = matches!(activity, Some(Activity::Pairing | Activity::Moving { .. }));
        by_user || self.pairing.window.is_some()
    }

    /// BlueZ asks on behalf of a device.
    pub(super) fn asked(
        &mut self,
        adapter: String,
        address: Address,
        what: Asked,
        say: oneshot::Sender<Say>,
    ) {
        let known = !self.is_stranger(address);
        let judgement = judge(&what, known, self.is_invited(address));
        let silent = matches!(what, Asked::Service { .. }) && judgement == Judgement::Let;
        let (verdict, say) = match judgement {
            Judgement::Let => (Verdict::Granted, say.send(Say::Yes).err().and(None)),
            Judgement::Refuse => (Verdict::Refused, say.send(Say::No).err().and(None)),
            Judgement::Show => (Verdict::Shown, say.send(Say::Yes).err().and(None)),
            Judgement::Ask => (Verdict::Open, Some(say)),
        };
        if silent {
            return;
        }
        self.pairing
            .list(self.request(adapter, address, what, verdict), say);
        if verdict == Verdict::Open {
            let id = self.pairing.count;
            self.look_who_is_asked();
            self.after(self.settings.person, move |core| {
                core.lapse(|request| request.id == id);
            });
        }
    }

    fn request(&self, adapter: String, address: Address, what: Asked, verdict: Verdict) -> Request {
        Request {
            id: 0,
            address,
            name: self.name_of(address),
            adapter,
            what,
            verdict,
            at_ms: wall(),
        }
    }

    /// BlueZ does not wait for some answer any more.
    pub(super) fn withdraw(&mut self) {
        for question in &mut self.pairing.questions {
            let waits = question.say.as_ref().is_some_and(|say| !say.is_closed());
            if question.request.verdict == Verdict::Open && !waits {
                question.request.verdict = Verdict::Lapsed;
                question.say = None;
            }
        }
        self.look_who_is_asked();
    }

    /// Nothing is asked or shown any more for these.
    fn lapse(&mut self, which: impl Fn(&Request) -> bool) {
        for question in &mut self.pairing.questions {
            let open = matches!(question.request.verdict, Verdict::Open | Verdict::Shown);
            if open && which(&question.request) {
                question.request.verdict = Verdict::Lapsed;
                question.say = None;
            }
        }
        self.look_who_is_asked();
    }

    /// Pairing with a device has ended, however.
    pub(super) fn lapse_for(&mut self, address: Address) {
        self.lapse(|request| request.address == address);
    }

    fn look_who_is_asked(&self) {
        let open = self.pairing.questions.iter();
        let open = open.filter(|question| question.request.verdict == Verdict::Open);
        let asking = open.map(|question| question.request.address).collect();
        let _ = self.asking.send_replace(asking);
    }

    /// [`Order::Answer`](super::Order::Answer).
    pub(super) fn answer(&mut self, request: u32, words: Answer, answer: Answering) {
        let questions = &mut self.pairing.questions;
        let found = questions
            .iter_mut()
            .find(|question| question.request.id == request);
        let Some(question) = found else {
            return reply(answer, Err(BluetoothError::NothingAsked));
        };
        match (question.request.verdict, &words) {
            (Verdict::Refused, Answer::Yes) => {
                let adapter = question.request.adapter.clone();
                return self.open_window(SECOND_CHANCE, Some(adapter), answer);
            }
            (Verdict::Open, _) => {}
            _ => return reply(answer, Err(BluetoothError::NothingAsked)),
        }
        let Some(said) = in_words(&question.request.what, words) else {
            return reply(answer, Err(BluetoothError::NoPin));
        };
        let granted = said != Say::No;
        let sent = question
            .say
            .take()
            .is_some_and(|say| say.send(said).is_ok());
        question.request.verdict = match (sent, granted) {
            (false, _) => Verdict::Lapsed,
            (true, true) => Verdict::Granted,
            (true, false) => Verdict::Refused,
        };
        self.look_who_is_asked();
        reply(
            answer,
            if sent {
                Ok(())
            } else {
                Err(BluetoothError::NothingAsked)
            },
        );
    }

    /// Lists a stranger that connected uninvited; takes in one that paired.
    pub(super) fn look_at_stranger(&mut self, address: Address) {
        let Some(device) = self.properties(address) else {
            return;
        };
        let (paired, connected) = (device.is("Paired"), device.is("Connected"));
        let invited = self.is_invited(address);
        let stranger = connected && self.is_stranger(address) && !invited;
        let adapter = self.place(address).unwrap_or_default();
        let record = self.record(address);
        let before = record.paired.replace(paired);
        let seen = std::mem::replace(&mut record.stranger, stranger);
        if stranger && !seen && record.activity == Activity::None {
            let request = self.request(adapter, address, Asked::Connect, Verdict::Refused);
            self.pairing.list(request, None);
        }
        if before == Some(false) && paired {
            self.lapse_for(address);
            self.welcome(address);
        }
    }

    /// A device paired by itself while the window is open: it may come again
    /// without being asked.
    fn welcome(&mut self, address: Address) {
        let Some(window) = &mut self.pairing.window else {
            return;
        };
        window.paired.push(address);
        if let Ok(device) = self.device(address) {
            let call = within(self.settings.answer, async move {
                device.set_trusted(true).await
            });
            self.start(call, |_, _| ());
        }
    }
}

/// An answer as the question wants it; `None` when it does not fit.
fn in_words(what: &Asked, words: Answer) -> Option<Say> {
    match (what, words) {
        (_, Answer::No) => Some(Say::No),
        // What nearly every old speaker takes.
        (Asked::Pin, Answer::Yes) => Some(Say::Pin("0000".to_owned())),
        (Asked::Pin, Answer::Pin(pin)) => {
            let fits =
                (1..=16).contains(&pin.len()) && pin.chars().all(|c| c.is_ascii_alphanumeric());
            fits.then_some(Say::Pin(pin))
        }
        (Asked::Passkey, Answer::Pin(digits)) => {
            let passkey = digits.parse().ok().filter(|passkey| *passkey <= 999_999);
            passkey.map(Say::Passkey)
        }
        (Asked::Passkey, Answer::Yes) => None,
        (_, Answer::Yes) => Some(Say::Yes),
        (_, Answer::Pin(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_checked_before_it_is_told() {
        let pin = |text: &str| Answer::Pin(text.to_owned());
        assert_eq!(
            in_words(&Asked::Pin, Answer::Yes),
            Some(Say::Pin("0000".into()))
        );
        assert_eq!(
            in_words(&Asked::Pin, pin("12ab")),
            Some(Say::Pin("12ab".into()))
        );
        assert_eq!(in_words(&Asked::Pin, pin("")), None);
        assert_eq!(in_words(&Asked::Pin, pin("12345678901234567")), None);
        assert_eq!(
            in_words(&Asked::Passkey, pin("004711")),
            Some(Say::Passkey(4711))
        );
        assert_eq!(in_words(&Asked::Passkey, pin("1000000")), None);
        assert_eq!(in_words(&Asked::Passkey, Answer::Yes), None);
        assert_eq!(in_words(&Asked::Passkey, Answer::No), Some(Say::No));
        let confirm = Asked::Confirm { passkey: 1 };
        assert_eq!(in_words(&confirm, Answer::Yes), Some(Say::Yes));
        assert_eq!(in_words(&confirm, pin("1")), None);
    }
}
