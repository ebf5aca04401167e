//! What an AAC endpoint offers, to be shown.

/// The six bytes of an AAC endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AacOffer {
    /// Kinds of AAC, a bit each; [`AacOffer::has_low_complexity`] reads them.
    objects: u8,
    /// Rates, a bit each from 8 kHz (bit 11) to 96 kHz (bit 0).
    rates: u16,
    /// One and two channels, a bit each.
    channels: u8,
    variable: bool,
    bitrate: u32,
}

impl AacOffer {
    /// Reads the bytes; `None` when they are not six.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let &[objects, rates, mixed, b0, b1, b2] = bytes else {
            return None;
        };
        Some(Self {
            objects,
            rates: u16::from(rates) << 4 | u16::from(mixed >> 4),
            channels: mixed >> 2 & 3,
            variable: b0 & 0x80 != 0,
            bitrate: u32::from_be_bytes([0, b0 & 0x7F, b1, b2]),
        })
    }

    /// Whether plain AAC (low complexity, of MPEG-2 or MPEG-4) is among it.
    #[must_use]
    pub fn has_low_complexity(&self) -> bool {
        self.objects & 0xC0 != 0
    }

    /// The rates, from low to high.
    pub fn rates(&self) -> impl Iterator<Item = u32> + use<> {
        let rates = self.rates;
        let offered = move |place: usize| rates >> (RATES.len() - 1 - place) & 1 == 1;
        (0..RATES.len())
            .filter(move |&place| offered(place))
            .map(|place| RATES[place])
    }

    /// Whether two channels are offered.
    #[must_use]
    pub fn has_stereo(&self) -> bool {
        self.channels & 1 != 0
    }

    /// Whether the bitrate may vary.
    #[must_use]
    pub fn is_variable(&self) -> bool {
        self.variable
    }

    /// The peak bitrate, `None` where it is not told.
    #[must_use]
    pub fn bitrate(&self) -> Option<u32> {
        (self.bitrate > 0).then_some(self.bitrate)
    }
}

const RATES: [u32; 12] = [
    8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 64_000, 88_200, 96_000,
];
