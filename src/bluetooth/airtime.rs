//! How full each adapter's air is, and which move would help most.
//!
//! A radio sends one packet at a time, in slots of 0.625 ms, each packet in 1, 3 or 5
//! of them and one for the answer. So what a stream takes follows from its packets, not
//! from its bits alone. Retransmissions come on top, and the links of one adapter share
//! the same air, the Echo's own link included.

use serde::{Deserialize, Serialize};

use super::rtp::OVERHEAD;
use super::sbc::Params;
use crate::sync::time::Nanos;

/// Enhanced data rate of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Modulation {
    /// 2 Mb/s: far away, or an old device.
    Two,
    /// 3 Mb/s.
    #[default]
    Three,
}

/// One stream on an adapter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Its device's address.
    pub device: String,
    /// What a person calls it.
    pub name: String,
    /// Whether it comes in: an Echo, which is better not moved.
    pub incoming: bool,
    /// Bytes of a packet, without L2CAP's header.
    pub packet: usize,
    /// Milliseconds of sound in it.
    pub packet_ms: f64,
    /// Its data rate.
    #[serde(default)]
    pub modulation: Modulation,
    /// Share of packets that are sent again, 0 to 1, where it is known.
    #[serde(default)]
    pub loss: Option<f64>,
}

/// One adapter with its streams.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adapter {
    /// Its address or name in the system.
    pub id: String,
    /// What a person calls it, as it reads in a sentence: "the second adapter".
    pub name: String,
    /// Its streams.
    pub links: Vec<Link>,
}

/// What surrounds the adapters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Surroundings {
    /// This computer's Wi-Fi is connected at 2.4 GHz.
    pub wifi_24: bool,
}

/// How full an adapter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fullness {
    /// There is room.
    Fine,
    /// It works while nothing is in the way.
    Tight,
    /// It cannot work.
    Over,
}

/// What is said of the adapters.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Report {
    /// Share of the air in use on each adapter, 0 to 1 and more, in their order.
    pub shares: Vec<f64>,
    /// The best change, if one helps.
    pub advice: Option<Advice>,
    /// What disturbs them, in words.
    pub warnings: Vec<String>,
}

/// The best change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// Move a device to another adapter.
    Move {
        /// The device's address.
        device: String,
        /// The adapter's id.
        to: String,
        /// In words: "Move Flip 6 to the second adapter."
        text: String,
    },
    /// No move helps.
    Other {
        /// In words.
        text: String,
    },
}

impl Link {
    /// A stream of `frames` codec frames in a packet; nothing is known of its link.
    #[must_use]
    pub fn new(device: String, params: Params, frames: usize, incoming: bool) -> Self {
        let samples = (frames * params.frame_samples()) as f64;
        Self {
            name: device.clone(),
            device,
            incoming,
            packet: OVERHEAD + frames * params.frame_len(),
            packet_ms: samples * 1e3 / f64::from(params.rate.hz()),
            modulation: Modulation::default(),
            loss: None,
        }
    }

    /// How long one packet and its answer take when neither is lost.
    #[must_use]
    pub fn air(&self) -> Nanos {
        Nanos::from_millis(f64::from(slots(self.packet + L2CAP, self.modulation)) * SLOT_MS)
    }

    /// Share of the air that it takes, 0 to 1, retransmissions included.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.packet_ms <= 0.0 {
            return 0.0;
        }
        let sent = self.air().millis();
        let loss = self.loss.unwrap_or(USUAL_LOSS).clamp(0.0, 0.9);
        sent / (1.0 - loss) / self.packet_ms
    }
}

impl Adapter {
    /// Share of the air that its streams take.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.links.iter().map(Link::share).sum()
    }
}

/// How full a share is.
#[must_use]
pub fn fullness(share: f64) -> Fullness {
    if share <= FINE {
        Fullness::Fine
    } else if share <= FULL {
        Fullness::Tight
    } else {
        Fullness::Over
    }
}

/// Looks at all adapters.
#[must_use]
pub fn plan(adapters: &[Adapter], surroundings: Surroundings) -> Report {
    let shares: Vec<f64> = adapters.iter().map(Adapter::share).collect();
    let busiest = worst(&shares);
    let advice = (busiest > FINE)
        .then(|| best_move(adapters, &shares).unwrap_or_else(|| no_move(adapters, &shares)));
    let mut warnings = Vec::new();
    if surroundings.wifi_24 && busiest > 0.0 {
        warnings.push(
            "This computer's Wi-Fi is at 2.4 GHz, where Bluetooth is. Connect it at 5 GHz or \
             by cable if speakers drop out."
                .into(),
        );
    }
    Report {
        shares,
        advice,
        warnings,
    }
}

/// The move after which the fullest adapter is emptiest; speakers before Echos.
fn best_move(adapters: &[Adapter], shares: &[f64]) -> Option<Advice> {
    let from = fullest(shares)?;
    let candidates = adapters[from].links.iter().flat_map(|link| {
        let others = (0..adapters.len()).filter(move |to| *to != from);
        others.map(move |to| (link, to, after(shares, from, to, link.share())))
    });
    let cost = |link: &Link, busiest: f64| busiest + if link.incoming { RELUCTANCE } else { 0.0 };
    let (link, to, busiest) =
        candidates.min_by(|a, b| cost(a.0, a.2).total_cmp(&cost(b.0, b.2)))?;
    (busiest + WORTH <= worst(shares)).then(|| Advice::Move {
        device: link.device.clone(),
        to: adapters[to].id.clone(),
        text: format!("Move {} to {}.", link.name, adapters[to].name),
    })
}

fn no_move(adapters: &[Adapter], shares: &[f64]) -> Advice {
    let text = if adapters.len() == 1 {
        "The adapter's air is nearly used up. Plug in a second Bluetooth adapter and move \
         speakers to it, or lower their bitpool."
    } else if worst(shares) > FULL {
        "The air of all adapters is used up. Plug in another Bluetooth adapter, or lower the \
         speakers' bitpool."
    } else {
        "The adapters' air is nearly used up. Lower the speakers' bitpool, or plug in another \
         Bluetooth adapter, before you add a speaker."
    };
    Advice::Other { text: text.into() }
}

fn after(shares: &[f64], from: usize, to: usize, moved: f64) -> f64 {
    let at = |(index, share): (usize, &f64)| match index {
        _ if index == from => share - moved,
        _ if index == to => share + moved,
        _ => *share,
    };
    shares.iter().enumerate().map(at).fold(0.0, f64::max)
}

fn worst(shares: &[f64]) -> f64 {
    shares.iter().copied().fold(0.0, f64::max)
}

fn fullest(shares: &[f64]) -> Option<usize> {
    (0..shares.len()).max_by(|a, b| shares[*a].total_cmp(&shares[*b]))
}

/// Slots that so many bytes take, answers included.
fn slots(bytes: usize, modulation: Modulation) -> u32 {
    let sizes = match modulation {
        Modulation::Two => [54, 367, 679],
        Modulation::Three => [83, 552, 1021],
    };
    let whole = (bytes / sizes[2]) as u32 * 6;
    whole
        + match bytes % sizes[2] {
            0 => 0,
            rest if rest <= sizes[0] => 2,
            rest if rest <= sizes[1] => 4,
            _ => 6,
        }
}

const SLOT_MS: f64 = 0.625;
const L2CAP: usize = 4;
/// Of a link of which nothing is known: a good one in a room.
const USUAL_LOSS: f64 = 0.03;
/// Up to here queues stay short when a link is lost for a moment.
const FINE: f64 = 0.85;
const FULL: f64 = 1.0;
/// A move must win this much.
const WORTH: f64 = 0.05;
/// An Echo is moved only where that wins so much more: it must be paired again.
const RELUCTANCE: f64 = 0.15;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn speaker(name: &str) -> Link {
        Link {
            device: format!("bt:{name}"),
            name: name.into(),
            incoming: false,
            packet: 846,
            packet_ms: 896.0 / 44.1,
            modulation: Modulation::Three,
            loss: Some(0.0),
        }
    }

    fn echo() -> Link {
        Link {
            incoming: true,
            packet: 608,
            packet_ms: 640.0 / 44.1,
            ..speaker("Echo")
        }
    }

    fn adapter(number: usize, links: Vec<Link>) -> Adapter {
        Adapter {
            id: format!("hci{number}"),
            name: ["the first adapter", "the second adapter"][number].into(),
            links,
        }
    }

    fn speakers(count: usize) -> Vec<Link> {
        (0..count).map(|n| speaker(&format!("Flip {n}"))).collect()
    }

    #[test]
    fn streams_take_the_air_that_was_measured() {
        assert!((speaker("Flip").share() - 0.185).abs() < 1e-3);
        assert!((echo().share() - 0.258).abs() < 1e-3);
        let mut links = speakers(4);
        links.push(echo());
        assert!((adapter(0, links).share() - 0.996).abs() < 2e-3);
    }

    #[test]
    fn slow_lossy_and_long_packets_take_more() {
        let far = Link {
            modulation: Modulation::Two,
            ..speaker("far")
        };
        let lossy = Link {
            loss: Some(0.5),
            ..speaker("lossy")
        };
        assert!(far.share() > 1.3 * speaker("near").share());
        assert!((lossy.share() / speaker("near").share() - 2.0).abs() < 1e-9);
        assert_eq!(slots(1021, Modulation::Three), 6);
        assert_eq!(slots(1022, Modulation::Three), 8);
        assert_eq!(slots(83, Modulation::Three), 2);
    }

    #[test]
    fn a_full_adapter_gives_a_speaker_to_an_empty_one() {
        let mut links = speakers(4);
        links.push(echo());
        let report = plan(
            &[adapter(0, links), adapter(1, Vec::new())],
            Surroundings::default(),
        );
        let Some(Advice::Move { to, text, device }) = report.advice else {
            panic!("{:?}", report.advice);
        };
        assert_eq!(to, "hci1");
        assert!(device.starts_with("bt:Flip"));
        assert!(text.starts_with("Move Flip") && text.ends_with(" to the second adapter."));
    }

    #[test]
    fn one_adapter_alone_is_told_to_get_company_and_an_empty_one_nothing() {
        let full = plan(&[adapter(0, speakers(5))], Surroundings::default());
        assert!(matches!(full.advice, Some(Advice::Other { ref text }) if text.contains("second")));
        let fine = plan(&[adapter(0, speakers(2))], Surroundings::default());
        assert_eq!(fine.advice, None);
        assert_eq!(fullness(fine.shares[0]), Fullness::Fine);
        assert_eq!(plan(&[], Surroundings::default()), Report::default());
    }

    #[test]
    fn wifi_on_the_same_band_is_named_only_where_something_plays() {
        let wifi = Surroundings { wifi_24: true };
        assert!(plan(&[adapter(0, Vec::new())], wifi).warnings.is_empty());
        assert_eq!(plan(&[adapter(0, speakers(1))], wifi).warnings.len(), 1);
    }

    proptest! {
        /// Following the advice again and again ends, and never makes it worse.
        #[test]
        fn advice_leads_somewhere(first in 0usize..7, second in 0usize..7, echo_at in 0usize..3) {
            let mut adapters = [adapter(0, speakers(first)), adapter(1, speakers(second))];
            for (number, link) in adapters[1].links.iter_mut().enumerate() {
                link.device = format!("bt:other {number}");
            }
            if let Some(adapter) = adapters.get_mut(echo_at) {
                adapter.links.push(echo());
            }
            let mut busiest = f64::INFINITY;
            for round in 0.. {
                prop_assert!(round < 20);
                let report = plan(&adapters, Surroundings::default());
                let now = worst(&report.shares);
                prop_assert!(now < busiest);
                busiest = now;
                let Some(Advice::Move { device, to, .. }) = report.advice else { break };
                let from = usize::from(to == "hci0");
                let at = adapters[from].links.iter().position(|link| link.device == device);
                prop_assert!(at.is_some());
                let link = adapters[from].links.remove(at.unwrap_or(0));
                adapters[1 - from].links.push(link);
            }
        }
    }
}
