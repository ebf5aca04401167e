//! Bits in and out of bytes, most significant first, and the checksum over them.

/// Writes bits; what does not fit into the bytes is lost, so ask for the length first.
pub struct BitWriter<'a> {
    bytes: &'a mut [u8],
    at: usize,
    held: u32,
    count: u32,
}

/// Reads bits; behind the end there are zeros.
#[derive(Clone)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
    held: u32,
    count: u32,
}

/// The checksum of an SBC frame: x⁸ + x⁴ + x³ + x² + 1, begun with 0x0F.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Checksum(u8);

impl<'a> BitWriter<'a> {
    /// Writes from the beginning of `bytes`.
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            held: 0,
            count: 0,
        }
    }

    /// Appends the low `width` bits of `value`, 16 at most.
    #[inline]
    pub fn put(&mut self, value: u32, width: u32) {
        self.held = self.held << width | value;
        self.count += width;
        while self.count >= 8 {
            self.count -= 8;
            self.byte((self.held >> self.count) as u8);
        }
    }

    /// Fills the last byte with zeros.
    pub fn finish(mut self) {
        if self.count > 0 {
            self.byte((self.held << (8 - self.count)) as u8);
        }
    }

    #[inline]
    fn byte(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.at) {
            *place = byte;
        }
        self.at += 1;
    }
}

impl<'a> BitReader<'a> {
    /// Reads from the beginning of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            held: 0,
            count: 0,
        }
    }

    /// The next `width` bits, 16 at most.
    #[inline]
    pub fn take(&mut self, width: u32) -> u32 {
        while self.count < width {
            let byte = self.bytes.get(self.at).copied().unwrap_or(0);
            self.held = self.held << 8 | u32::from(byte);
            self.at += 1;
            self.count += 8;
        }
        self.count -= width;
        self.held >> self.count & ((1 << width) - 1)
    }
}

impl Checksum {
    /// Of no bits.
    pub fn new() -> Self {
        Self(0x0F)
    }

    /// With the low `width` bits of `value` behind, 8 at most.
    #[must_use]
    pub fn with(self, value: u32, width: u32) -> Self {
        Self((0..width).rev().fold(self.0, |sum, bit| {
            let carry = u32::from(sum >> 7) ^ (value >> bit & 1);
            sum << 1 ^ if carry == 1 { 0x1D } else { 0 }
        }))
    }

    /// As it stands in the frame.
    pub fn value(self) -> u8 {
        self.0
    }
}
