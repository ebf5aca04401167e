//! Frames, one behind the other, some of them lost.
#![no_main]

use inphase_fuzz::bluetooth::sbc::{DecodeError, Decoder, Encoder, Params};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut decoder = Decoder::new();
    let mut sound = [0.0; Params::MAX_FRAME_VALUES];
    let mut rest = bytes.to_vec();
    let mut at = 0;
    while at < rest.len() {
        match decoder.decode(&rest[at..], &mut sound) {
            Ok(frame) => {
                assert!(frame.consumed == frame.params.frame_len());
                assert!(frame.samples == frame.params.frame_samples());
                let values = frame.samples * frame.params.channels();
                assert!(sound[..values].iter().all(|x| x.is_finite()));
                let mut again = [0; Params::MAX_FRAME_LEN];
                let mut encoder = Encoder::new(frame.params);
                assert!(encoder.encode(&sound[..values], &mut again) == frame.consumed);
                assert!(Params::parse(&again) == Ok(frame.params));
                at += frame.consumed;
            }
            // A fuzzer seldom guesses a checksum: what is behind it is of interest.
            Err(DecodeError::Checksum { expected, .. }) => rest[at + 3] = expected,
            Err(_) => {
                // Making up sound at every byte would take most of the time.
                if rest[at].is_multiple_of(16) {
                    decoder.conceal(&mut sound);
                    assert!(sound.iter().all(|x| x.is_finite()));
                }
                at += 1;
            }
        }
    }
});
