//! Pink noise: −3 dB per octave from 20 Hz to 20 kHz within ±0.3 dB, at an
//! exact RMS level, the same for the same seed.

/// A pink noise generator.
#[derive(Debug, Clone)]
pub struct Pink {
    white: SplitMix,
    stages: Vec<Stage>,
    /// What the last zero remembers.
    previous: f64,
    gain: f64,
}

impl Pink {
    /// Noise at `rate` frames per second with this RMS value.
    #[must_use]
    pub fn new(rate: u32, seed: u64, rms: f64) -> Self {
        let mut pink = Self {
            white: SplitMix(seed),
            stages: stages(f64::from(rate)),
            previous: 0.0,
            gain: 1.0,
        };
        let mut probe = pink.clone();
        let energy: f64 = (0..rate)
            .map(|n| probe.filter(f64::from(u8::from(n == 0))).powi(2))
            .sum();
        // White noise spread evenly over −1 to 1 has a variance of 1/3.
        pink.gain = rms / (energy / 3.0).sqrt();
        pink
    }

    /// The next sample.
    pub fn next(&mut self) -> f32 {
        let white = self.white.next();
        (self.filter(white) * self.gain) as f32
    }

    fn filter(&mut self, input: f64) -> f64 {
        let shelved = self
            .stages
            .iter_mut()
            .fold(input, |x, stage| stage.filter(x));
        let out = shelved + TOP_ZERO * self.previous;
        self.previous = shelved;
        out
    }
}

/// One pole and the zero half an octave above it: −3 dB, once an octave, makes
/// a straight −3 dB per octave. Both are placed in z by `exp(−2πf/rate)`.
#[derive(Debug, Clone)]
struct Stage {
    pole: f64,
    zero: f64,
    input: f64,
    output: f64,
}

impl Stage {
    fn filter(&mut self, input: f64) -> f64 {
        let output = input - self.zero * self.input + self.pole * self.output;
        self.input = input;
        self.output = output;
        output
    }
}

fn stages(rate: f64) -> Vec<Stage> {
    let place = |hz: f64| (-std::f64::consts::TAU * hz / rate).exp();
    let octaves = (0..).map(|octave| LOWEST * 2.0_f64.powi(octave));
    octaves
        .take_while(|&hz| hz < rate)
        .map(|hz| Stage {
            pole: place(hz),
            zero: place(hz * std::f64::consts::SQRT_2),
            input: 0.0,
            output: 0.0,
        })
        .collect()
}

/// Steele, Lea and Flood's `SplitMix64`, spread evenly over −1 to 1.
#[derive(Debug, Clone)]
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}

/// Hz; below it the noise is flat, which spares loudspeakers.
const LOWEST: f64 = 5.0;
/// A zero at z = −0.085 takes back the 1.3 dB by which the stages are too loud
/// near half the rate.
const TOP_ZERO: f64 = 0.085;
