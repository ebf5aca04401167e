//! What two ends of an A2DP link offer each other, and what they agree on.
//!
//! An offer has a bit for everything that is possible, a configuration exactly one of
//! each kind. The bytes come from a radio: any bytes give a value or a sentence that
//! says what to do next.
//!
//! Sound goes over SBC, which every device must understand. Other codecs are told by
//! name only, so that the user sees what a speaker could do elsewhere:
//!
//! - AAC comes as LATM (RFC 3016), which nothing kept in Rust unpacks or writes, and
//!   its frames of 1024 samples and its encoder's look-ahead cost 45 ms and more of a
//!   latency that all speakers must wait for. A source that has AAC has SBC too.
//! - aptX, LDAC and LC3plus are libraries in C without kept safe bindings; they give
//!   quality, not sync. SBC with dual channels at bitpool 38 comes near to them.

mod codec;
mod refusal;
mod sbc;

#[cfg(test)]
mod tests;

pub use codec::Codec;
pub use refusal::Refusal;
pub use sbc::{Configuration, SbcOffer, Wish, select, validate};
