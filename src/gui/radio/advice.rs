//! What would make Bluetooth work better, each in one sentence and, where that
//! is possible, with the order that does it.

use super::adapter_name;
use crate::bluetooth::state::{Adapter, State};
use crate::bluetooth::{Order, airtime};

/// One piece of advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// One sentence.
    pub text: String,
    /// What the button is called, and what it does.
    pub button: Option<(&'static str, Order)>,
}

/// All of it, the most helpful one first.
#[must_use]
pub fn advice(state: &State) -> Vec<Advice> {
    if !state.service.is_ready() {
        return Vec::new();
    }
    let off = |adapter: &&Adapter| !adapter.powered && !adapter.blocked;
    let off = state.adapters.iter().filter(off).map(switched_off);
    let refused = state.adapters.iter().filter_map(refused);
    off.chain(refused).collect()
}

/// What the air of the adapters asks for.
#[must_use]
pub fn planned(air: &airtime::Report) -> Vec<Advice> {
    let change = air.advice.as_ref().map(|advice| match advice {
        airtime::Advice::Move { device, to, text } => Advice {
            text: text.clone(),
            button: device.parse().ok().map(|address| {
                let adapter = to.clone();
                ("Move it", Order::Move { address, adapter })
            }),
        },
        airtime::Advice::Other { text } => Advice {
            text: text.clone(),
            button: None,
        },
    });
    let warning = |text: &String| Advice {
        text: text.clone(),
        button: None,
    };
    change
        .into_iter()
        .chain(air.warnings.iter().map(warning))
        .collect()
}

fn switched_off(adapter: &Adapter) -> Advice {
    Advice {
        text: format!(
            "The adapter {} is off. A second radio carries more speakers.",
            adapter_name(adapter)
        ),
        button: Some((
            "Switch on",
            Order::Power {
                adapter: adapter.id.clone(),
                on: true,
            },
        )),
    }
}

fn refused(adapter: &Adapter) -> Option<Advice> {
    let failure = adapter.failure.clone().filter(|_| adapter.powered)?;
    Some(Advice {
        text: failure,
        button: None,
    })
}
