//! Which of a device's configurations comes nearest to what the engine wants.
//! Pure: tables in, a choice out.

use cpal::{SampleFormat, SupportedBufferSize, SupportedStreamConfigRange};

use super::convert::PREFERRED;
use crate::devices::Want;

/// One configuration to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    /// Frames per second.
    pub(super) rate: u32,
    /// Channels of the interleaved buffer.
    pub(super) channels: u16,
    /// Frames per callback.
    pub(super) period: u32,
    /// The device's own samples.
    pub(super) format: SampleFormat,
}

/// The best choice, or `None` when no range has enough channels in a format
/// that [`super::convert`] knows. Order of importance: rate, fewest channels
/// that suffice, sample format, period.
pub(super) fn choose(ranges: &[SupportedStreamConfigRange], want: &Want) -> Option<Choice> {
    ranges
        .iter()
        .filter(|range| range.channels() >= want.channels.max(1))
        .filter_map(|range| {
            let liking = PREFERRED
                .iter()
                .position(|format| *format == range.sample_format())?;
            let rate = nearest_rate(range, want.rate);
            let period = nearest_period(range.buffer_size(), want.period);
            let cost = (
                rate_cost(rate, want.rate),
                range.channels(),
                liking,
                period.abs_diff(want.period),
            );
            let choice = Choice {
                rate,
                channels: range.channels(),
                period,
                format: range.sample_format(),
            };
            Some((cost, choice))
        })
        .min_by_key(|(cost, _)| *cost)
        .map(|(_, choice)| choice)
}

/// Periods to try when the device refuses the chosen one although it listed
/// it: first near ones, then sizes that nearly every driver takes.
pub(super) fn fallback_periods(period: u32) -> impl Iterator<Item = u32> {
    [period.next_power_of_two(), 256, 480, 512, 1024, 2048, 4096]
        .into_iter()
        .filter(move |next| *next > period)
}

/// What the ranges offer, for an error message.
pub(super) fn offered(ranges: &[SupportedStreamConfigRange]) -> String {
    let usable = ranges
        .iter()
        .filter(|range| PREFERRED.contains(&range.sample_format()));
    let channels = usable.clone().map(SupportedStreamConfigRange::channels);
    match channels.max() {
        None => "no sample format we know".into(),
        Some(1) => "1 channel".into(),
        Some(most) => format!("up to {most} channels"),
    }
}

/// Whether any range has samples that [`super::convert`] knows.
pub(super) fn has_format(ranges: &[SupportedStreamConfigRange]) -> bool {
    ranges
        .iter()
        .any(|range| PREFERRED.contains(&range.sample_format()))
}

/// The most channels and the usual rates among `ranges`.
pub(super) fn summary(ranges: &[SupportedStreamConfigRange]) -> (u16, Vec<u32>) {
    let channels = ranges
        .iter()
        .map(SupportedStreamConfigRange::channels)
        .max();
    let rates = [44_100, 48_000, 88_200, 96_000, 176_400, 192_000]
        .into_iter()
        .filter(|rate| {
            ranges
                .iter()
                .any(|r| (r.min_sample_rate()..=r.max_sample_rate()).contains(rate))
        })
        .collect();
    (channels.unwrap_or(0), rates)
}

fn nearest_rate(range: &SupportedStreamConfigRange, want: u32) -> u32 {
    let (low, high) = (range.min_sample_rate(), range.max_sample_rate());
    if (low..=high).contains(&want) {
        return want;
    }
    // A whole multiple resamples best; it exists when a range starts above.
    let multiple = want.max(1).saturating_mul(low.div_ceil(want.max(1)));
    if (low..=high).contains(&multiple) {
        return multiple;
    }
    want.clamp(low, high)
}

/// Zero for the wanted rate, then higher rates (nothing is lost), then lower.
fn rate_cost(rate: u32, want: u32) -> (u8, u32) {
    match rate {
        _ if rate == want => (0, 0),
        _ if rate > want && rate.is_multiple_of(want) => (1, rate),
        _ if rate > want => (2, rate),
        _ => (3, want - rate),
    }
}

fn nearest_period(size: &SupportedBufferSize, want: u32) -> u32 {
    match *size {
        SupportedBufferSize::Range { min, max } => want.clamp(min.max(1), max.max(min).max(1)),
        SupportedBufferSize::Unknown => want,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(
        channels: u16,
        low: u32,
        high: u32,
        format: SampleFormat,
    ) -> SupportedStreamConfigRange {
        let size = SupportedBufferSize::Range { min: 64, max: 2048 };
        SupportedStreamConfigRange::new(channels, low, high, size, format)
    }

    const WANT: Want = Want {
        rate: 48_000,
        channels: 2,
        period: 192,
    };

    #[test]
    fn the_widest_integer_at_the_wanted_rate_wins() {
        let ranges = [
            range(2, 44_100, 48_000, SampleFormat::I16),
            range(2, 44_100, 48_000, SampleFormat::I32),
            range(8, 44_100, 48_000, SampleFormat::I32),
            range(2, 96_000, 96_000, SampleFormat::I32),
        ];
        let choice = choose(&ranges, &WANT).expect("a choice");
        assert_eq!(
            choice,
            Choice {
                rate: 48_000,
                channels: 2,
                period: 192,
                format: SampleFormat::I32
            }
        );
    }

    #[test]
    fn a_device_without_the_rate_gets_a_multiple_before_a_lower_one() {
        let ranges = [
            range(2, 44_100, 44_100, SampleFormat::I32),
            range(2, 64_000, 64_000, SampleFormat::I32),
            range(2, 96_000, 96_000, SampleFormat::I16),
        ];
        assert_eq!(choose(&ranges, &WANT).expect("a choice").rate, 96_000);
        assert_eq!(choose(&ranges[..1], &WANT).expect("a choice").rate, 44_100);
    }

    #[test]
    fn too_few_channels_is_no_choice_and_says_what_there_is() {
        let ranges = [range(1, 48_000, 48_000, SampleFormat::I16)];
        assert_eq!(choose(&ranges, &WANT), None);
        assert_eq!(offered(&ranges), "1 channel");
        assert_eq!(offered(&[]), "no sample format we know");
    }

    #[test]
    fn the_period_stays_inside_what_the_device_takes() {
        let ranges = [range(2, 48_000, 48_000, SampleFormat::I16)];
        for (asked, got) in [(1, 64), (192, 192), (9_999, 2048)] {
            let want = Want {
                period: asked,
                ..WANT
            };
            assert_eq!(choose(&ranges, &want).expect("a choice").period, got);
        }
    }

    #[test]
    fn fallback_periods_only_grow() {
        assert!(fallback_periods(192).all(|period| period > 192));
        assert_eq!(fallback_periods(8192).count(), 0);
    }
}
