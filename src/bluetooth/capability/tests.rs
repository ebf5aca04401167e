//! Offers of speakers and sources, good and bad.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::bluetooth::sbc::{Allocation, Blocks, Mode, Params, Rate, Subbands};

/// What nearly every speaker offers: all but the two low rates, bitpool 2 to 53.
const SPEAKER: [u8; 4] = [0x3F, 0xFF, 2, 53];

#[test]
fn our_offers_are_what_the_profile_asks_for() {
    assert_eq!(SbcOffer::SINK.to_bytes(), SPEAKER);
    assert_eq!(SbcOffer::SOURCE.to_bytes(), [0x3F, 0xFF, 2, 250]);
    let rates: Vec<Rate> = SbcOffer::SINK.rates().collect();
    assert_eq!(rates, [Rate::Hz48000, Rate::Hz44100]);
}

#[test]
fn a_usual_speaker_gets_what_is_wished() {
    let chosen = select(&SPEAKER, &Wish::usual(Rate::Hz48000)).unwrap();
    assert_eq!(chosen.params, Params::HIGH_QUALITY.with_bitpool(53));
    assert_eq!(chosen.to_bytes(), [0x11, 0x15, 2, 53]);
    let chosen = select(&SPEAKER, &Wish::usual(Rate::Hz44100)).unwrap();
    assert_eq!(chosen.to_bytes(), [0x21, 0x15, 2, 53]);
    assert_eq!(chosen.params.bitrate(), 327_993);
    let chosen = select(&SPEAKER, &Wish::finest(Rate::Hz44100)).unwrap();
    assert_eq!(chosen.to_bytes(), [0x24, 0x15, 2, 38]);
    assert_eq!(chosen.params.bitrate(), 452_025);
}

#[test]
fn a_plain_speaker_gets_what_comes_nearest() {
    // 44.1 kHz, mono, 8 blocks, 4 subbands, by level, bitpool 10 to 30.
    let chosen = select(&[0x28, 0x4A, 10, 30], &Wish::usual(Rate::Hz48000)).unwrap();
    assert_eq!(
        chosen,
        Configuration {
            params: Params {
                rate: Rate::Hz44100,
                blocks: Blocks::Eight,
                mode: Mode::Mono,
                allocation: Allocation::Snr,
                subbands: Subbands::Four,
                // Half of 53, since the wish is for two channels together.
                bitpool: 26,
            },
            min_bitpool: 10,
        }
    );
    // Nothing but joint stereo for one who wishes two separate channels.
    let chosen = select(&[0x11, 0x15, 2, 250], &Wish::finest(Rate::Hz48000)).unwrap();
    assert_eq!(
        (chosen.params.mode, chosen.params.bitpool),
        (Mode::Joint, 76)
    );
}

#[test]
fn refusals_say_what_to_do() {
    let wish = Wish::usual(Rate::Hz48000);
    let told = |bytes: &[u8]| select(bytes, &wish).unwrap_err();
    assert_eq!(told(&[0x3F, 0xFF, 2]), Refusal::Length { provided: 3 });
    for (bytes, lacking) in [
        ([0x0F, 0xFF, 2, 53], "sample rate"),
        ([0xF0, 0xFF, 2, 53], "channel mode"),
        ([0xFF, 0x0F, 2, 53], "number of blocks"),
        ([0xFF, 0xF3, 2, 53], "number of subbands"),
        ([0xFF, 0xFC, 2, 53], "bit allocation"),
    ] {
        assert_eq!(told(&bytes), Refusal::Nothing { lacking });
    }
    let limit = 250;
    assert_eq!(
        told(&[0xFF, 0xFF, 53, 2]),
        Refusal::Range {
            min: 53,
            max: 2,
            limit
        }
    );
    assert_eq!(
        told(&[0xFF, 0xFF, 0, 1]),
        Refusal::Range {
            min: 0,
            max: 1,
            limit
        }
    );
    let refusal = told(&[0xFF, 0xFF, 60, 80]);
    assert_eq!(
        refusal,
        Refusal::Bitpool {
            min: 60,
            max: 80,
            allowed: 53
        }
    );
    assert_eq!(
        refusal.to_string(),
        "the device wants an SBC bitpool of 60 to 80, 53 is the most allowed here: raise the bitpool of this device to 60 at least"
    );
}

#[test]
fn a_source_that_asks_too_much_is_refused() {
    let told = |bytes: &[u8]| validate(bytes, &SbcOffer::SINK);
    let good = told(&[0x21, 0x15, 2, 53]).unwrap();
    assert_eq!(
        good.params,
        Params {
            rate: Rate::Hz44100,
            ..Params::HIGH_QUALITY.with_bitpool(53)
        }
    );
    let not = |what| Err(Refusal::NotOffered { what });
    assert_eq!(told(&[0x81, 0x15, 2, 53]), not("sample rate"));
    assert_eq!(told(&[0x21, 0x15, 2, 54]), not("bitpool"));
    let chosen = |what, chosen| Err(Refusal::Ambiguous { what, chosen });
    assert_eq!(told(&[0x31, 0x15, 2, 53]), chosen("sample rate", 2));
    assert_eq!(told(&[0x20, 0x15, 2, 53]), chosen("channel mode", 0));
    assert_eq!(told(&[0x21, 0xF5, 2, 53]), chosen("number of blocks", 4));
    assert_eq!(told(&[0x21, 0x11, 2, 53]), chosen("number of subbands", 0));
    assert_eq!(told(&[0x21, 0x17, 2, 53]), chosen("bit allocation", 2));
    assert_eq!(
        told(&[0x21, 0x15, 30, 20]),
        Err(Refusal::Range {
            min: 30,
            max: 20,
            limit: 250
        })
    );
    // Mono with four subbands: no frame can have it, though the number was offered.
    let wide = SbcOffer::SOURCE;
    assert_eq!(
        validate(&[0x28, 0x19, 2, 65], &wide),
        Err(Refusal::Range {
            min: 2,
            max: 65,
            limit: 64
        })
    );
    assert_eq!(told(&[]), Err(Refusal::Length { provided: 0 }));
}

#[test]
fn every_codec_has_a_name() {
    let named = |kind, bytes: &[u8]| Codec::identify(kind, bytes).to_string();
    assert_eq!(named(0x00, &SPEAKER), "SBC");
    assert_eq!(named(0x02, &[]), "AAC");
    assert_eq!(named(0xFF, &[0x4F, 0, 0, 0, 1, 0, 0x32]), "aptX");
    assert_eq!(
        named(0xFF, &[0xD7, 0, 0, 0, 0x24, 0, 0x32, 0, 0, 0, 0]),
        "aptX HD"
    );
    assert_eq!(named(0xFF, &[0x2D, 1, 0, 0, 0xAA, 0, 0x3C, 7]), "LDAC");
    assert_eq!(named(0xFF, &[0xA9, 8, 0, 0, 1, 0]), "LC3plus");
    assert_eq!(
        named(0xFF, &[0x34, 0x12, 0, 0, 7, 0]),
        "codec 0x0007 of vendor 0x1234"
    );
    assert_eq!(named(0xFF, &[0x4F, 0, 0]), "codec 0xff");
    assert_eq!(named(0x77, &[]), "codec 0x77");
}

fn any_wish() -> impl Strategy<Value = Wish> {
    let rates = [Rate::Hz16000, Rate::Hz32000, Rate::Hz44100, Rate::Hz48000];
    (0..4usize, any::<bool>(), any::<u8>()).prop_map(move |(rate, fine, bitpool)| {
        let wish = if fine { Wish::finest } else { Wish::usual }(rates[rate]);
        Wish {
            params: wish.params.with_bitpool(bitpool),
        }
    })
}

proptest! {
    /// What is chosen from any offer is part of it, and valid to its owner.
    #[test]
    fn a_choice_is_always_part_of_the_offer(offer in any::<[u8; 4]>(), wish in any_wish()) {
        if let Ok(chosen) = select(&offer, &wish) {
            let bytes = chosen.to_bytes();
            prop_assert_eq!(bytes[0] & !offer[0], 0);
            prop_assert_eq!(bytes[1] & !offer[1], 0);
            prop_assert!(bytes[2] >= offer[2] && bytes[3] <= offer[3]);
            prop_assert_eq!(validate(&bytes, &SbcOffer::parse(&offer).unwrap()), Ok(chosen));
        }
    }

    /// Whatever is accepted can be decoded, and comes back as the same bytes.
    #[test]
    fn a_valid_configuration_is_unambiguous(
        bytes in proptest::collection::vec(any::<u8>(), 0..7),
        ours in any::<[u8; 4]>(),
    ) {
        let ours = SbcOffer::parse(&ours).unwrap();
        prop_assert!(select(&bytes, &Wish::usual(Rate::Hz48000)).is_err() || bytes.len() == 4);
        if let Ok(chosen) = validate(&bytes, &ours) {
            prop_assert_eq!(&chosen.to_bytes()[..], &bytes[..]);
            prop_assert_eq!(chosen.params.with_bitpool(chosen.params.bitpool), chosen.params);
        }
        prop_assert!(!Codec::identify(0xFF, &bytes).to_string().is_empty());
    }
}
