//! Frames into packets.

use super::{Content, HEADER, Header, MAX_FRAMES, OVERHEAD, RtpError};
use crate::bluetooth::sbc::Params;

/// Collects the frames of one stream into packets that fit the link. Made once;
/// nothing is allocated after.
///
/// ```
/// use inphase::bluetooth::rtp::Packetiser;
/// use inphase::bluetooth::sbc::{Encoder, Params};
///
/// let params = Params::HIGH_QUALITY;
/// let mut encoder = Encoder::new(params);
/// let mut packetiser = Packetiser::new(895, params)?;
/// assert_eq!(packetiser.frames_per_packet(), 7);
/// for count in 1..=7 {
///     let packet = packetiser.push(|place| encoder.encode(&[0.0; 256], place));
///     assert_eq!(packet.is_some(), count == 7);
/// }
/// # Ok::<(), inphase::bluetooth::rtp::RtpError>(())
/// ```
pub struct Packetiser {
    params: Params,
    /// Bytes that a packet has for frames.
    room: usize,
    /// No more frames than this in a packet, even where more fit.
    most: usize,
    buffer: Vec<u8>,
    /// Frames and bytes in the packet so far.
    frames: usize,
    filled: usize,
    sequence: u16,
    timestamp: u32,
}

impl Packetiser {
    /// For a link that carries `mtu` bytes at once, and frames like `params`.
    ///
    /// # Errors
    /// When not even one frame fits.
    pub fn new(mtu: usize, params: Params) -> Result<Self, RtpError> {
        let room = mtu.saturating_sub(OVERHEAD).min(LARGEST);
        check(room, params)?;
        Ok(Self {
            params,
            room,
            most: MAX_FRAMES,
            buffer: vec![0; OVERHEAD + room],
            frames: 0,
            filled: OVERHEAD,
            sequence: 0,
            timestamp: 0,
        })
    }

    /// Puts no more than `frames` frames into a packet, from the next packet on:
    /// less sound in one packet is less delay and more packets.
    pub fn set_most_frames(&mut self, frames: usize) {
        self.most = frames.clamp(1, MAX_FRAMES);
    }

    /// Frames in each packet.
    #[must_use]
    pub fn frames_per_packet(&self) -> usize {
        (self.room / self.params.frame_len()).min(self.most)
    }

    /// Whether no packet is begun.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// Timestamp of the next frame, in samples since the beginning; wraps.
    #[must_use]
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// Leaves out so many samples, for sound that is never sent: what follows comes
    /// at its right time. The receiver sees the hole in the timestamps only.
    pub fn skip(&mut self, samples: u32) {
        self.timestamp = self.timestamp.wrapping_add(samples);
    }

    /// Expects frames of this bitpool from the next one on; tell the encoder the same.
    /// Returns false, and changes nothing, while a packet is begun (frames of one
    /// packet are alike, since some receivers count on it) and where a frame would
    /// not fit.
    pub fn set_bitpool(&mut self, bitpool: u8) -> bool {
        let params = self.params.with_bitpool(bitpool);
        let taken = self.is_empty() && check(self.room, params).is_ok();
        if taken {
            self.params = params;
        }
        taken
    }

    /// Has `encode` write the next frame into the place it is given, and return the
    /// frame's length. Returns the packet when this frame completes it; send it before
    /// the next call. A frame of length 0 is left out.
    pub fn push(&mut self, encode: impl FnOnce(&mut [u8]) -> usize) -> Option<&[u8]> {
        let place = &mut self.buffer[self.filled..];
        let length = encode(place).min(place.len());
        if length == 0 {
            return None;
        }
        if self.frames == 0 {
            self.begin();
        }
        self.frames += 1;
        self.filled += length;
        self.skip(self.params.frame_samples() as u32);
        let left = self.buffer.len() - self.filled;
        (self.frames >= self.most || left < self.params.frame_len()).then(|| self.complete())
    }

    /// The packet so far, when it is not to wait for more frames. `None` when there
    /// are none.
    pub fn flush(&mut self) -> Option<&[u8]> {
        (self.frames > 0).then(|| self.complete())
    }

    fn begin(&mut self) {
        let header = Header {
            payload: PAYLOAD,
            marker: false,
            sequence: self.sequence,
            timestamp: self.timestamp,
            source: SOURCE,
        };
        self.buffer[..HEADER].copy_from_slice(&header.to_bytes());
    }

    fn complete(&mut self) -> &[u8] {
        let count = self.frames as u8;
        self.buffer[HEADER] = Content::Frames { count }.to_byte();
        self.sequence = self.sequence.wrapping_add(1);
        let filled = std::mem::replace(&mut self.filled, OVERHEAD);
        self.frames = 0;
        &self.buffer[..filled]
    }
}

fn check(room: usize, params: Params) -> Result<(), RtpError> {
    let frame = params.frame_len();
    if frame <= room {
        return Ok(());
    }
    let fits = |bitpool: &u8| params.with_bitpool(*bitpool).frame_len() <= room;
    let bitpool = (Params::MIN_BITPOOL..params.bitpool).rev().find(fits);
    Err(RtpError::Mtu {
        frame,
        max: room,
        bitpool: bitpool.unwrap_or(0),
    })
}

/// Bytes of the longest frames in the largest number.
const LARGEST: usize = MAX_FRAMES * Params::MAX_FRAME_LEN;

/// The first dynamic payload type, as every A2DP source uses.
const PAYLOAD: u8 = 96;

/// There is one sender on a transport; its number says nothing.
const SOURCE: u32 = 1;
