//! Packets as sources send them, and as nobody should.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::order::distance;
use super::*;
use crate::bluetooth::sbc::{Encoder, Mode, Params, Subbands};

/// A packet as a usual source sends it.
fn packet() -> Vec<u8> {
    let header = Header {
        payload: 96,
        marker: false,
        sequence: 0x1234,
        timestamp: 0x5678_9ABC,
        source: 1,
    };
    let mut bytes = header.to_bytes().to_vec();
    bytes.extend([0x02, 0x9C, 0xBD]);
    bytes
}

#[test]
fn a_usual_packet_is_read() {
    let bytes = packet();
    assert_eq!(bytes[..8], [0x80, 96, 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC]);
    let packet = Packet::parse(&bytes).unwrap();
    assert_eq!(packet.header.sequence, 0x1234);
    assert_eq!(packet.header.timestamp, 0x5678_9ABC);
    assert_eq!(packet.content, Content::Frames { count: 2 });
    assert_eq!(packet.body, [0x9C, 0xBD]);
}

#[test]
fn contributors_extension_and_padding_are_skipped() {
    let plain = packet();
    let mut bytes = plain.clone();
    bytes[0] |= 0x20 | 0x10 | 2;
    let between = [[0xAA; 4].as_slice(), &[0xBB; 4], &[0, 0, 0, 1], &[0xCC; 4]].concat();
    drop(bytes.splice(12..12, between));
    bytes.extend([0, 0, 3]);
    let (read, expected) = (Packet::parse(&bytes), Packet::parse(&plain));
    assert_eq!(read.unwrap(), expected.unwrap());
}

#[test]
fn what_is_no_packet_is_told_apart() {
    let told = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = packet();
        change(&mut bytes);
        Packet::parse(&bytes).unwrap_err()
    };
    let short = |provided, expected| RtpError::Short { provided, expected };
    assert_eq!(told(&|bytes| bytes.truncate(11)), short(11, 12));
    assert_eq!(
        told(&|bytes| bytes[0] = 0x40),
        RtpError::Version { found: 1 }
    );
    assert_eq!(told(&|bytes| bytes[0] |= 15), short(15, 72));
    assert_eq!(told(&|bytes| bytes[0] |= 0x10), short(15, 16));
    let padding = |padding| RtpError::Padding {
        padding,
        available: 3,
    };
    assert_eq!(
        told(&|bytes| {
            bytes[0] |= 0x20;
            bytes[14] = 4;
        }),
        padding(4)
    );
    assert_eq!(
        told(&|bytes| {
            bytes[0] |= 0x20;
            bytes[14] = 0;
        }),
        padding(0)
    );
    assert_eq!(told(&|bytes| bytes.truncate(12)), RtpError::Empty);
    assert_eq!(told(&|bytes| bytes[12] = 0), RtpError::Empty);
}

#[test]
fn pieces_of_a_frame_are_named() {
    let piece = |byte| Content::parse(byte).unwrap();
    let fragment = |first, last, left| Content::Fragment { first, last, left };
    assert_eq!(piece(0xC3), fragment(true, false, 3));
    assert_eq!(piece(0x82), fragment(false, false, 2));
    assert_eq!(piece(0xA1), fragment(false, true, 1));
    assert_eq!(Content::parse(0xC0), Err(RtpError::Empty));
}

#[test]
fn distance_goes_over_the_wrap() {
    assert_eq!(distance(65_535, 0), 1);
    assert_eq!(distance(0, 65_535), -1);
    assert_eq!(distance(10, 10), 0);
    assert_eq!(distance(0, 0x8000), i16::MIN);
}

#[test]
fn arrivals_are_told_apart() {
    let mut order = Order::new();
    let mut takes = |sequence, arrival| {
        assert_eq!(order.classify(sequence), arrival, "{sequence}");
    };
    takes(65_534, Arrival::First);
    takes(65_535, Arrival::Next);
    takes(0, Arrival::Next);
    takes(0, Arrival::Duplicate);
    takes(4, Arrival::Gap { missing: 3 });
    takes(2, Arrival::Late { behind: 2 });
    takes(2, Arrival::Duplicate);
    takes(65_535, Arrival::Duplicate);
    takes(5, Arrival::Next);
    takes(1, Arrival::Late { behind: 4 });
    // From before the stream began.
    takes(65_530, Arrival::Duplicate);
}

#[test]
fn one_stray_is_no_restart() {
    let mut order = Order::new();
    assert_eq!(order.classify(100), Arrival::First);
    assert_eq!(order.classify(20_000), Arrival::Stray);
    assert_eq!(order.classify(101), Arrival::Next);
    assert_eq!(order.classify(20_001), Arrival::Stray);
    assert_eq!(order.classify(20_002), Arrival::Restart);
    assert_eq!(order.newest(), Some(20_002));
    assert_eq!(order.classify(20_003), Arrival::Next);
    // A source that starts anew at 0.
    assert_eq!(order.classify(0), Arrival::Stray);
    assert_eq!(order.classify(1), Arrival::Restart);
}

/// Sends `frames` frames through a packetiser. Returns its packets.
fn packets(packetiser: &mut Packetiser, params: Params, frames: usize) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(params);
    let mut push = |_| {
        let packet = packetiser.push(|place| encoder.encode(&[0.1; 256], place));
        packet.map(<[u8]>::to_vec)
    };
    (0..frames).filter_map(&mut push).collect()
}

#[test]
fn packets_are_full_and_in_order() {
    let params = Params::HIGH_QUALITY.with_bitpool(53);
    let mut packetiser = Packetiser::new(895, params).unwrap();
    assert_eq!(packetiser.frames_per_packet(), 7);
    let sent = packets(&mut packetiser, params, 15);
    assert_eq!(sent.len(), 2);
    for (i, bytes) in sent.iter().enumerate() {
        assert_eq!(bytes.len(), 13 + 7 * 119);
        let packet = Packet::parse(bytes).unwrap();
        assert_eq!(usize::from(packet.header.sequence), i);
        assert_eq!(packet.header.timestamp as usize, 896 * i);
        assert_eq!(packet.header.payload, 96);
        assert_eq!(packet.content, Content::Frames { count: 7 });
        assert!(
            packet
                .body
                .chunks(119)
                .all(|frame| Params::parse(frame) == Ok(params))
        );
    }
    let rest = packetiser.flush().unwrap().to_vec();
    let packet = Packet::parse(&rest).unwrap();
    assert_eq!((packet.header.sequence, packet.header.timestamp), (2, 1792));
    assert_eq!(packet.content, Content::Frames { count: 1 });
    assert_eq!(packetiser.flush(), None);
}

#[test]
fn four_bits_count_the_frames() {
    let params = Params {
        mode: Mode::Mono,
        subbands: Subbands::Four,
        ..Params::HIGH_QUALITY
    }
    .with_bitpool(8);
    let packetiser = Packetiser::new(10_000, params).unwrap();
    assert_eq!(packetiser.frames_per_packet(), 15);
}

#[test]
fn fewer_frames_make_smaller_packets() {
    let params = Params::HIGH_QUALITY;
    let mut packetiser = Packetiser::new(895, params).unwrap();
    packetiser.set_most_frames(2);
    assert_eq!(packetiser.frames_per_packet(), 2);
    assert_eq!(packets(&mut packetiser, params, 10).len(), 5);
    packetiser.set_most_frames(0);
    assert_eq!(packetiser.frames_per_packet(), 1);
}

#[test]
fn the_bitpool_changes_between_packets_only() {
    let params = Params::HIGH_QUALITY;
    let mut packetiser = Packetiser::new(672, params).unwrap();
    assert_eq!(packetiser.frames_per_packet(), 5);
    assert_eq!(packets(&mut packetiser, params, 1).len(), 0);
    assert!(!packetiser.set_bitpool(30));
    let _ = packetiser.flush();
    assert!(packetiser.set_bitpool(30));
    assert_eq!(packetiser.frames_per_packet(), 9);
    assert!(packetiser.set_bitpool(250));
    assert_eq!(packetiser.frames_per_packet(), 1);
    let mut narrow = Packetiser::new(200, params).unwrap();
    assert!(!narrow.set_bitpool(250));
    assert_eq!(narrow.frames_per_packet(), 1);
}

#[test]
fn sound_that_is_left_out_leaves_a_hole_in_time() {
    let params = Params::HIGH_QUALITY;
    let mut packetiser = Packetiser::new(895, params).unwrap();
    packetiser.skip(u32::MAX - 127);
    assert_eq!(packetiser.push(|_| 0), None);
    assert!(packetiser.is_empty());
    let sent = packets(&mut packetiser, params, 14);
    let at = |i: usize| Packet::parse(&sent[i]).unwrap().header.timestamp;
    assert_eq!((at(0), at(1)), (u32::MAX - 127, 768));
    assert_eq!(packetiser.timestamp(), 768 + 896);
}

#[test]
fn a_link_that_is_too_narrow_says_what_would_fit() {
    let told = |mtu| {
        Packetiser::new(mtu, Params::HIGH_QUALITY)
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(
        told(100),
        RtpError::Mtu {
            frame: 115,
            max: 87,
            bitpool: 37
        }
    );
    assert_eq!(
        told(100).to_string(),
        "an SBC frame has 115 bytes, the link carries 87 at once: choose a bitpool of 37 or less for this speaker"
    );
    assert_eq!(
        told(0),
        RtpError::Mtu {
            frame: 115,
            max: 0,
            bitpool: 0
        }
    );
    assert_eq!(
        told(0).to_string(),
        "an SBC frame has 115 bytes, the link carries 0 at once: no bitpool is small enough, disconnect the speaker and connect it again"
    );
}

proptest! {
    #[test]
    fn any_bytes_give_a_packet_or_an_error(
        bytes in proptest::collection::vec(any::<u8>(), 0..100),
        version in any::<bool>(),
    ) {
        let mut bytes = bytes;
        if let (true, Some(first)) = (version, bytes.first_mut()) {
            *first = *first & 0x3F | 0x80;
        }
        if let Ok(packet) = Packet::parse(&bytes) {
            prop_assert!(packet.body.len() + 13 <= bytes.len());
            prop_assert_eq!(Content::parse(packet.content.to_byte()), Ok(packet.content));
        }
    }

    #[test]
    fn headers_come_back(
        payload in 0..128u8,
        marker in any::<bool>(),
        sequence in any::<u16>(),
        timestamp in any::<u32>(),
        source in any::<u32>(),
    ) {
        let header = Header { payload, marker, sequence, timestamp, source };
        let bytes = header.to_bytes();
        prop_assert_eq!(Header::parse(&bytes), Ok((header, &[][..])));
    }

    #[test]
    fn any_packetiser_keeps_within_its_link(
        mtu in 0..3000usize,
        most in 0..20usize,
        pushes in proptest::collection::vec((0..600usize, any::<u8>()), 0..60),
    ) {
        let Ok(mut packetiser) = Packetiser::new(mtu, Params::HIGH_QUALITY) else {
            return Ok(());
        };
        packetiser.set_most_frames(most);
        let mut expected = 0;
        for (length, bitpool) in pushes {
            let _ = packetiser.set_bitpool(bitpool);
            if let Some(bytes) = packetiser.push(|_| length) {
                prop_assert!(bytes.len() <= mtu);
                let packet = Packet::parse(bytes).unwrap();
                prop_assert_eq!(packet.header.sequence, expected);
                expected += 1;
            }
        }
    }

    /// Whatever comes, each number counts as new once, and gaps add up.
    #[test]
    fn order_accounts_for_every_packet(jumps in proptest::collection::vec(-80..600i32, 1..200)) {
        let mut order = Order::new();
        let mut sequence = 65_000u16;
        let mut fresh = std::collections::BTreeSet::new();
        for jump in jumps {
            sequence = sequence.wrapping_add_signed(jump as i16);
            match order.classify(sequence) {
                Arrival::First | Arrival::Restart => fresh = [sequence].into(),
                Arrival::Next | Arrival::Gap { .. } => {
                    // Numbers come round again after 65 536.
                    fresh.retain(|&old| distance(sequence, old) > -64);
                    prop_assert!(fresh.insert(sequence));
                }
                Arrival::Late { behind } => {
                    prop_assert!((1..64).contains(&behind));
                    prop_assert!(fresh.insert(sequence));
                }
                Arrival::Duplicate | Arrival::Stray => {}
            }
        }
    }
}
