//! Media packets: RTP, and the byte in front of the SBC frames.
//!
//! Reading takes any bytes and gives an error for what is no packet. Writing fills a
//! buffer that is made once. Timestamps count samples of one channel, as A2DP wants.

mod order;
mod packetiser;

#[cfg(test)]
mod tests;

use thiserror::Error;

pub use order::{Arrival, Order};
pub use packetiser::Packetiser;

/// Bytes of a packet before its frames, as we write it: RTP's twelve and one.
pub const OVERHEAD: usize = HEADER + 1;

/// Frames in a packet at most: four bits count them.
pub const MAX_FRAMES: usize = 15;

/// Why some bytes are no media packet, or none can be made. A packet that is none is
/// dropped like a lost one; the next may be good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RtpError {
    /// The bytes end before the packet does.
    #[error("the media packet has {provided} bytes, expected {expected}")]
    Short {
        /// Bytes there are.
        provided: usize,
        /// Bytes there must be, as far as is known.
        expected: usize,
    },
    /// Another protocol.
    #[error("the media packet is RTP version {found}, expected 2")]
    Version {
        /// As the packet says.
        found: u8,
    },
    /// The packet claims more padding than there is.
    #[error(
        "the media packet has {available} bytes behind its header, {padding} are said to be padding"
    )]
    Padding {
        /// As the last byte says.
        padding: u8,
        /// Bytes behind the header.
        available: usize,
    },
    /// A packet without sound.
    #[error("the media packet says that it holds no frame")]
    Empty,
    /// A frame does not fit into what the link carries at once.
    #[error("an SBC frame has {frame} bytes, the link carries {max} at once: {}", advice(*.bitpool))]
    Mtu {
        /// Bytes of the frame.
        frame: usize,
        /// Bytes that a packet has for frames.
        max: usize,
        /// The largest bitpool that fits, 0 if none does.
        bitpool: u8,
    },
}

/// What RTP says of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What the payload is; dynamic in A2DP, 96 by custom.
    pub payload: u8,
    /// The marker bit; A2DP gives it no meaning.
    pub marker: bool,
    /// Counts packets and wraps.
    pub sequence: u16,
    /// The first sample's place in the stream; wraps.
    pub timestamp: u32,
    /// Who sends.
    pub source: u32,
}

/// What is behind the headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Whole frames.
    Frames {
        /// So many, 1 to 15.
        count: u8,
    },
    /// A piece of one frame that is longer than a packet. None comes over a link that
    /// carries 537 bytes at once or more (BlueZ's carries 672), since the longest frame
    /// has 524: take it as lost.
    Fragment {
        /// It is the first piece.
        first: bool,
        /// It is the last piece.
        last: bool,
        /// Pieces still to come, this one included.
        left: u8,
    },
}

/// A packet that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What RTP says of it.
    pub header: Header,
    /// What `body` is.
    pub content: Content,
    /// The frames, one behind the other, or a piece of one.
    pub body: &'a [u8],
}

impl Header {
    /// The twelve bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[0] = VERSION << 6;
        bytes[1] = u8::from(self.marker) << 7 | self.payload & 0x7F;
        bytes[2..4].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.timestamp.to_be_bytes());
        bytes[8..].copy_from_slice(&self.source.to_be_bytes());
        bytes
    }

    /// Reads a header, with what may stand between it and the payload. Returns the
    /// payload without padding.
    ///
    /// # Errors
    /// When the bytes are no RTP packet.
    pub fn parse(bytes: &[u8]) -> Result<(Self, &[u8]), RtpError> {
        let &[flags, kind, s0, s1, t0, t1, t2, t3, i0, i1, i2, i3, ..] = bytes else {
            return Err(RtpError::Short {
                provided: bytes.len(),
                expected: HEADER,
            });
        };
        if flags >> 6 != VERSION {
            return Err(RtpError::Version { found: flags >> 6 });
        }
        let header = Self {
            payload: kind & 0x7F,
            marker: kind & 0x80 != 0,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            source: u32::from_be_bytes([i0, i1, i2, i3]),
        };
        let contributors = 4 * usize::from(flags & 0x0F);
        let mut start = HEADER + contributors;
        if flags & EXTENSION != 0 {
            let size = after(bytes, start, 4)?;
            start += 4 + 4 * usize::from(u16::from_be_bytes([size[2], size[3]]));
        }
        let payload = after(bytes, start, 0)?;
        Ok((header, unpadded(payload, flags & PADDING != 0)?))
    }
}

impl Content {
    /// The byte before the frames.
    #[must_use]
    pub fn to_byte(&self) -> u8 {
        match *self {
            Self::Frames { count } => count & 0x0F,
            Self::Fragment { first, last, left } => {
                FRAGMENTED | u8::from(first) << 6 | u8::from(last) << 5 | left & 0x0F
            }
        }
    }

    /// Reads that byte.
    ///
    /// # Errors
    /// When it counts no frame.
    pub fn parse(byte: u8) -> Result<Self, RtpError> {
        match (byte & FRAGMENTED != 0, byte & 0x0F) {
            (_, 0) => Err(RtpError::Empty),
            (false, count) => Ok(Self::Frames { count }),
            (true, left) => Ok(Self::Fragment {
                first: byte & 0x40 != 0,
                last: byte & 0x20 != 0,
                left,
            }),
        }
    }
}

impl<'a> Packet<'a> {
    /// Reads a packet as it came from the transport.
    ///
    /// # Errors
    /// When the bytes are no media packet.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, RtpError> {
        let (header, payload) = Header::parse(bytes)?;
        let Some((&byte, body)) = payload.split_first() else {
            return Err(RtpError::Empty);
        };
        Ok(Self {
            header,
            content: Content::parse(byte)?,
            body,
        })
    }
}

fn advice(bitpool: u8) -> String {
    if bitpool == 0 {
        return "no bitpool is small enough, disconnect the speaker and connect it again".into();
    }
    format!("choose a bitpool of {bitpool} or less for this speaker")
}

/// The bytes from `start` on, at least `count`.
fn after(bytes: &[u8], start: usize, count: usize) -> Result<&[u8], RtpError> {
    bytes
        .get(start..)
        .filter(|rest| rest.len() >= count)
        .ok_or(RtpError::Short {
            provided: bytes.len(),
            expected: start + count,
        })
}

/// The last byte of a padded payload says how much of it is padding.
fn unpadded(payload: &[u8], padded: bool) -> Result<&[u8], RtpError> {
    let padding = match payload.last() {
        _ if !padded => return Ok(payload),
        Some(&padding) => padding,
        None => 0,
    };
    let wrong = RtpError::Padding {
        padding,
        available: payload.len(),
    };
    let kept = payload.len().checked_sub(usize::from(padding));
    kept.filter(|_| padding > 0)
        .map(|kept| &payload[..kept])
        .ok_or(wrong)
}

const VERSION: u8 = 2;
const HEADER: usize = 12;
const PADDING: u8 = 0x20;
const EXTENSION: u8 = 0x10;
const FRAGMENTED: u8 = 0x80;
