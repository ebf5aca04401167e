//! What devices ask for, in words.

use crate::bluetooth::state::{Asked, Request, State, Verdict};
use crate::gui::scene::Mark;

/// Those that are to be shown: what waits for an answer, and what happened since
/// then; newest last.
#[must_use]
pub fn shown(state: &State, since_ms: u64) -> Vec<&Request> {
    let shown = |request: &&Request| request.verdict == Verdict::Open || request.at_ms >= since_ms;
    let requests: Vec<&Request> = state.requests.iter().filter(shown).collect();
    let most = requests.len().saturating_sub(MOST);
    requests.into_iter().skip(most).collect()
}

/// Who was not let in, once each, newest last.
#[must_use]
pub fn refused(state: &State) -> Vec<&Request> {
    let mut newest: Vec<&Request> = Vec::new();
    for request in &state.requests {
        newest.retain(|older| older.address != request.address);
        newest.push(request);
    }
    newest.retain(|request| request.verdict == Verdict::Refused);
    let most = newest.len().saturating_sub(MOST);
    newest.split_off(most)
}

/// Whether one waits for an answer.
#[must_use]
pub fn is_open(request: &Request) -> bool {
    request.verdict == Verdict::Open
}

/// Whether its answer is a number that the user must type.
#[must_use]
pub fn wants_number(request: &Request) -> bool {
    is_open(request) && matches!(request.what, Asked::Pin | Asked::Passkey)
}

/// How it stands.
#[must_use]
pub fn mark(request: &Request) -> Mark {
    match request.verdict {
        Verdict::Open | Verdict::Shown => Mark::Connecting,
        Verdict::Granted => Mark::InPhase,
        Verdict::Refused | Verdict::Lapsed => Mark::Off,
    }
}

/// `Echo Dot wants to pair`.
#[must_use]
pub fn title(request: &Request) -> String {
    let name = if request.name.is_empty() {
        request.address.to_string()
    } else {
        request.name.clone()
    };
    match (request.verdict, &request.what) {
        (Verdict::Granted, _) => format!("{name} was let in"),
        (Verdict::Refused, _) => format!("{name} was not let in"),
        (Verdict::Lapsed, _) => format!("{name} gave up"),
        (_, Asked::Connect) => format!("{name} wants to connect"),
        (_, Asked::Service { .. }) => format!("{name} wants to use this computer"),
        _ => format!("{name} wants to pair"),
    }
}

/// What to do about it.
#[must_use]
pub fn detail(request: &Request) -> String {
    match (request.verdict, &request.what) {
        (Verdict::Granted, _) => "It goes on by itself.".into(),
        (Verdict::Refused, _) => "Let it in, then pair again on it.".into(),
        (Verdict::Lapsed, _) => "Nobody answered in time. Pair again on it.".into(),
        (_, Asked::Confirm { passkey }) => {
            format!("Accept if it shows {} too.", grouped(*passkey))
        }
        (_, Asked::Pin) => "Type its PIN. Often it is 0000 or 1234.".into(),
        (_, Asked::Passkey) => "Type the number that it shows.".into(),
        (_, Asked::Type { digits }) => format!("Type {digits} on it, then Enter."),
        (_, Asked::Connect | Asked::Pair | Asked::Service { .. }) => request.address.to_string(),
    }
}

/// Six digits, so that they can be compared: `012 345`.
fn grouped(passkey: u32) -> String {
    let digits = format!("{passkey:06}");
    let (first, second) = digits.split_at(digits.len() - 3);
    format!("{first} {second}")
}

/// The last ones only: nobody reads more.
const MOST: usize = 3;
