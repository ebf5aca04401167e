//! Packets, each with two bytes of length before it.
#![no_main]

use inphase_fuzz::bluetooth::rtp::{Content, Header, Order, Packet, Packetiser};
use inphase_fuzz::bluetooth::sbc::Params;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut order = Order::new();
    let mut rest = bytes;
    while let [high, low, tail @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(tail.len());
        let (bytes, behind) = tail.split_at(length);
        rest = behind;
        if let Ok(packet) = Packet::parse(bytes) {
            let _ = order.classify(packet.header.sequence);
            assert!(packet.body.len() + 13 <= bytes.len());
            assert!(Header::parse(&packet.header.to_bytes()) == Ok((packet.header, &[][..])));
            assert!(Content::parse(packet.content.to_byte()) == Ok(packet.content));
        }
        if let (Ok(params), [first, ..]) = (Params::parse(bytes), behind) {
            send(length, params, *first, bytes);
        }
    }
});

fn send(mtu: usize, params: Params, most: u8, lengths: &[u8]) {
    if let Ok(mut packetiser) = Packetiser::new(mtu, params) {
        packetiser.set_most_frames(usize::from(most));
        for &length in lengths {
            let _ = packetiser.set_bitpool(length);
            if let Some(packet) = packetiser.push(|_| usize::from(length)) {
                assert!(packet.len() <= mtu && Packet::parse(packet).is_ok());
            }
        }
    }
}
