//! Which codec an endpoint speaks, by number and, for what others invented, by name.

use std::fmt;

/// A codec of an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// The one that every device has.
    Sbc,
    /// MP3 and its kin.
    Mpeg12,
    /// AAC of MPEG-2 and MPEG-4.
    Aac,
    /// MPEG-D USAC.
    Usac,
    /// Sony's ATRAC.
    Atrac,
    /// A vendor's own.
    Vendor {
        /// The company, by its Bluetooth number.
        vendor: u32,
        /// Its own number for the codec.
        codec: u16,
    },
    /// A number that means nothing here.
    Unknown(u8),
}

impl Codec {
    /// The codec of an endpoint: `kind` is BlueZ's `Codec`, `capabilities` its
    /// `Capabilities`.
    #[must_use]
    pub fn identify(kind: u8, capabilities: &[u8]) -> Self {
        match (kind, capabilities) {
            (0x00, _) => Self::Sbc,
            (0x01, _) => Self::Mpeg12,
            (0x02, _) => Self::Aac,
            (0x03, _) => Self::Usac,
            (0x04, _) => Self::Atrac,
            (0xFF, &[v0, v1, v2, v3, c0, c1, ..]) => Self::Vendor {
                vendor: u32::from_le_bytes([v0, v1, v2, v3]),
                codec: u16::from_le_bytes([c0, c1]),
            },
            _ => Self::Unknown(kind),
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Sbc => f.write_str("SBC"),
            Self::Mpeg12 => f.write_str("MP3"),
            Self::Aac => f.write_str("AAC"),
            Self::Usac => f.write_str("USAC"),
            Self::Atrac => f.write_str("ATRAC"),
            Self::Vendor { vendor, codec } => {
                let known = VENDORS
                    .iter()
                    .find(|known| (known.0, known.1) == (vendor, codec));
                match known {
                    Some((_, _, name)) => f.write_str(name),
                    None => write!(f, "codec {codec:#06x} of vendor {vendor:#06x}"),
                }
            }
            Self::Unknown(kind) => write!(f, "codec {kind:#04x}"),
        }
    }
}

/// Vendor, codec, name.
const VENDORS: &[(u32, u16, &str)] = &[
    (0x004F, 0x0001, "aptX"),
    (0x00D7, 0x0024, "aptX HD"),
    (0x000A, 0x0002, "aptX Low Latency"),
    (0x00D7, 0x0002, "aptX Low Latency"),
    (0x00D7, 0x0025, "aptX TWS+"),
    (0x00D7, 0x00AD, "aptX Adaptive"),
    (0x000A, 0x0001, "FastStream"),
    (0x012D, 0x00AA, "LDAC"),
    (0x08A9, 0x0001, "LC3plus"),
    (0x053A, 0x484C, "LHDC"),
    (0x053A, 0x4C32, "LHDC V2"),
    (0x053A, 0x4C33, "LHDC V3"),
    (0x053A, 0x4C35, "LHDC V5"),
    (0x053A, 0x4C4C, "LLAC"),
    (0x0075, 0x0102, "Samsung HD"),
    (0x0075, 0x0103, "Samsung Scalable"),
    (0x00E0, 0x0001, "Opus"),
    (0x05F1, 0x1005, "Opus 05"),
];
