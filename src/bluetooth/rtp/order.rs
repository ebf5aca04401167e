//! What the sequence number of a packet says: the next one, a gap, one too late.

/// How a packet stands to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The first of the stream.
    First,
    /// The one that was expected.
    Next,
    /// Newer than expected: so many are missing before it. They may still come.
    Gap {
        /// 1 or more.
        missing: u16,
    },
    /// One of the missing, too late: newer ones came before it.
    Late {
        /// So many packets behind the newest.
        behind: u16,
    },
    /// It was here already.
    Duplicate,
    /// Far from all others: wait for the next one before believing it.
    Stray,
    /// The second in a row that is far from the others: the source counts anew.
    Restart,
}

/// Follows the sequence numbers of one stream.
#[derive(Debug, Clone, Copy, Default)]
pub struct Order {
    newest: Option<u16>,
    /// Which of the last 64 came, the newest as the lowest bit.
    seen: u64,
    /// What a stray's successor would be.
    restart: Option<u16>,
}

impl Order {
    /// Before the first packet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The newest sequence number so far.
    #[must_use]
    pub fn newest(&self) -> Option<u16> {
        self.newest
    }

    /// Takes note of the next packet to arrive.
    pub fn classify(&mut self, sequence: u16) -> Arrival {
        let Some(newest) = self.newest else {
            self.begin(sequence);
            return Arrival::First;
        };
        let ahead = distance(newest, sequence);
        let behind = ahead.unsigned_abs();
        match ahead {
            1..=MOST_MISSING => {
                self.newest = Some(sequence);
                self.restart = None;
                self.seen = self.seen.checked_shl(u32::from(behind)).unwrap_or(0) | 1;
                match behind - 1 {
                    0 => Arrival::Next,
                    missing => Arrival::Gap { missing },
                }
            }
            -63..=0 if self.seen >> behind & 1 == 1 => Arrival::Duplicate,
            -63..=0 => {
                self.seen |= 1 << behind;
                Arrival::Late { behind }
            }
            _ if self.restart == Some(sequence) => {
                self.begin(sequence);
                Arrival::Restart
            }
            _ => {
                self.restart = Some(sequence.wrapping_add(1));
                Arrival::Stray
            }
        }
    }

    fn begin(&mut self, sequence: u16) {
        *self = Self {
            newest: Some(sequence),
            // What came before the beginning counts as seen: nobody waits for it.
            seen: u64::MAX,
            restart: None,
        };
    }
}

/// How far `to` is ahead of `from`, over the wrap.
#[must_use]
pub fn distance(from: u16, to: u16) -> i16 {
    to.wrapping_sub(from) as i16
}

/// More missing packets than this, 10 s of usual ones, are no gap but another stream.
const MOST_MISSING: i16 = 512;
