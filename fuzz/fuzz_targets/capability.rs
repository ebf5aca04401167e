//! An offer of the other end, ours, and a wish.
#![no_main]

use inphase_fuzz::bluetooth::capability::{AacOffer, Codec, SbcOffer, Wish, select, validate};
use inphase_fuzz::bluetooth::sbc::{Params, Rate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (kind, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    assert!(!Codec::identify(*kind, bytes).to_string().is_empty());
    let _ = AacOffer::parse(bytes).map(|offer| offer.rates().count());
    let half = bytes.len() / 2;
    let (theirs, ours) = bytes.split_at(half);
    if let Ok(offer) = SbcOffer::parse(ours) {
        let _ = validate(theirs, &offer).map(|chosen| assert!(chosen.to_bytes() == *theirs));
    }
    let wish = Params::parse(ours).map_or(Wish::usual(Rate::Hz48000), |params| Wish { params });
    match select(theirs, &wish) {
        Ok(chosen) => {
            let offer = SbcOffer::parse(theirs).expect("it was chosen from");
            assert!(validate(&chosen.to_bytes(), &offer) == Ok(chosen));
        }
        Err(refusal) => assert!(!refusal.to_string().is_empty()),
    }
});
