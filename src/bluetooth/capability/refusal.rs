//! Why two ends do not come together.

use thiserror::Error;

/// Why there is no configuration, in one sentence that ends with the next step. The
/// same bytes give the same answer: trying again helps only after that step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Not the four bytes of SBC.
    #[error(
        "the device's SBC settings have {provided} bytes, expected 4: switch the device off and on, then connect again"
    )]
    Length {
        /// Bytes there are.
        provided: usize,
    },
    /// The offer leaves no choice for something that must be chosen.
    #[error(
        "the device offers no {lacking} for SBC: switch the device off and on, and look for a newer firmware of it"
    )]
    Nothing {
        /// What there is none of.
        lacking: &'static str,
    },
    /// The bitpools do not meet.
    #[error(
        "the device wants an SBC bitpool of {min} to {max}, {allowed} is the most allowed here: raise the bitpool of this device to {min} at least"
    )]
    Bitpool {
        /// The smallest it takes.
        min: u8,
        /// The largest it takes.
        max: u8,
        /// What the wish and the mode allow.
        allowed: u8,
    },
    /// A bitpool that no SBC frame can have.
    #[error(
        "the device's SBC bitpool of {min} to {max} is out of range (2 to {limit}): switch the device off and on, then connect again"
    )]
    Range {
        /// The smallest it says.
        min: u8,
        /// The largest it says.
        max: u8,
        /// The largest that may be.
        limit: u8,
    },
    /// A configuration with more or less than one choice.
    #[error(
        "the device chose {chosen} kinds of {what} for SBC, one is needed: disconnect it and connect it from here"
    )]
    Ambiguous {
        /// What was to be chosen.
        what: &'static str,
        /// How many were.
        chosen: u32,
    },
    /// A configuration that was not offered.
    #[error(
        "the device chose a {what} for SBC that was not offered: disconnect it and connect it from here"
    )]
    NotOffered {
        /// What was chosen wrongly.
        what: &'static str,
    },
}
