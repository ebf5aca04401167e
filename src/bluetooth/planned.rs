//! The plan of the adapters' air, made when something about it changed or a second has
//! passed: what it is made of is told far less often than it is asked for.

use std::sync::Arc;

use super::airtime::Report;
use super::state::State;
use crate::sync::time::Nanos;

/// The last plan.
#[derive(Debug, Default)]
pub(super) struct Planned {
    last: Option<Last>,
}

#[derive(Debug)]
struct Last {
    state: Arc<State>,
    links: usize,
    at: Nanos,
    report: Report,
}

impl Planned {
    /// The plan for this state and these links, of which a number tells that they are
    /// the same as before.
    pub(super) fn report(
        &mut self,
        state: &Arc<State>,
        links: usize,
        time: Nanos,
        make: impl FnOnce() -> Report,
    ) -> Report {
        let holds = |last: &&Last| {
            Arc::ptr_eq(&last.state, state) && last.links == links && time - last.at < ANEW
        };
        if let Some(last) = self.last.as_ref().filter(holds) {
            return last.report.clone();
        }
        let report = make();
        self.last = Some(Last {
            state: state.clone(),
            links,
            at: time,
            report: report.clone(),
        });
        report
    }
}

/// Bitpools follow the air by themselves.
const ANEW: Nanos = Nanos(1_000_000_000);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_made_anew_for_another_state_or_other_links_or_after_a_second() {
        let (one, other) = (Arc::new(State::default()), Arc::new(State::default()));
        let mut planned = Planned::default();
        let mut made = 0;
        let mut ask = |state, links, ms: i64| {
            let _report = planned.report(state, links, Nanos(ms * 1_000_000), || {
                made += 1;
                Report::default()
            });
            made
        };
        assert_eq!(ask(&one, 0, 0), 1);
        for tick in 1..25 {
            assert_eq!(ask(&one, 0, 40 * tick), 1);
        }
        assert_eq!(ask(&one, 0, 1000), 2);
        assert_eq!(ask(&one, 1, 1040), 3);
        assert_eq!(ask(&other, 1, 1080), 4);
        assert_eq!(ask(&other, 1, 1120), 4);
    }
}
