//! The numbers that can be set here: where each is in the rig, how it is
//! written, read and limited. Pure.

use crate::engine::format;
use crate::gui::prefs::Unit;
use crate::gui::shared::Shared;
use crate::gui::slider::Steps;
use crate::rig::edit::Edit;
use crate::rig::error::RigError;
use crate::rig::limits::{self, Limit};
use crate::rig::quantity::{self, speed_of_sound, tidy};
use crate::rig::{Rig, SpeakerId, Target, ZoneId};

/// A number of the rig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Knob {
    /// The trim of a speaker, µs.
    Trim(SpeakerId),
    /// The gain of a speaker, dB.
    Gain(SpeakerId),
    /// How far a speaker is from the listener, m.
    Distance(SpeakerId),
    /// The gain of a zone, dB.
    ZoneGain(ZoneId),
    /// The crossover of a zone, Hz.
    Crossover(ZoneId),
    /// The fixed latency, ms.
    Target,
    /// The period of devices, frames.
    Period,
}

/// The unit of delays and the air that turns them into lengths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// ms, µs or cm.
    pub unit: Unit,
    /// °C.
    pub temperature: f64,
}

impl Measure {
    /// As the user chose.
    #[must_use]
    pub fn of(shared: &Shared) -> Self {
        Self {
            unit: shared.prefs.unit,
            temperature: shared.link.rig.settings.temperature_c,
        }
    }

    /// A delay in µs with its unit, such as `+0.180 ms`.
    #[must_use]
    pub fn delay(self, us: f64) -> String {
        match self.unit {
            Unit::Ms => format::delay_ms(us),
            Unit::Us => format::delay_us(us),
            Unit::Cm => format::delay_cm(us, speed_of_sound(self.temperature)),
        }
    }
}

impl Knob {
    /// The change that sets it.
    #[must_use]
    pub fn edit(&self, value: f64) -> Edit {
        Edit::set(self.path(), self.written(value))
    }

    /// Where it is in the rig.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Trim(id) => format!("speakers.{id}.trim"),
            Self::Gain(id) => format!("speakers.{id}.gain"),
            Self::Distance(id) => format!("speakers.{id}.distance"),
            Self::ZoneGain(id) => format!("zones.{id}.gain"),
            Self::Crossover(id) => format!("zones.{id}.crossover"),
            Self::Target => "settings.target".into(),
            Self::Period => "settings.period".into(),
        }
    }

    fn written(&self, value: f64) -> String {
        match self {
            Self::Trim(_) => format!("{value:.0}us"),
            Self::Gain(_) | Self::ZoneGain(_) => format!("{} dB", plain(value)),
            Self::Distance(_) => format!("{} m", plain(value)),
            Self::Crossover(_) => format!("{} Hz", plain(value)),
            Self::Target => format!("{} ms", plain(value)),
            Self::Period => format!("{value:.0}"),
        }
    }

    /// What the rig says; 0 when what it belongs to is gone.
    #[must_use]
    pub fn read(&self, rig: &Rig) -> f64 {
        let speaker = |id: &str| rig.speaker(id);
        let zone = |id: &str| rig.zone(id);
        match self {
            Self::Trim(id) => speaker(id).map_or(0.0, |of| of.trim_us as f64),
            Self::Gain(id) => speaker(id).map_or(0.0, |of| of.gain_db),
            Self::Distance(id) => speaker(id).map_or(0.0, |of| of.distance_m),
            Self::ZoneGain(id) => zone(id).map_or(0.0, |of| of.gain_db),
            Self::Crossover(id) => zone(id).map_or(0.0, |of| of.crossover_hz),
            Self::Target => match rig.settings.target {
                Target::FixedMs(ms) => ms,
                Target::Auto => 0.0,
            },
            Self::Period => f64::from(rig.settings.period),
        }
    }

    /// What it may be.
    #[must_use]
    pub fn limit(&self) -> Limit {
        match self {
            Self::Trim(_) => limits::TRIM_US,
            Self::Gain(_) | Self::ZoneGain(_) => limits::GAIN_DB,
            Self::Distance(_) => limits::DISTANCE_M,
            Self::Crossover(_) => limits::CROSSOVER_HZ,
            Self::Target => limits::TARGET_MS,
            Self::Period => limits::PERIOD,
        }
    }

    /// The nearest value that is allowed and can be written.
    #[must_use]
    pub fn sound(&self, value: f64) -> f64 {
        let grid = self.grid();
        let stepped = (value * grid).round() / grid;
        // Adding zero makes a negative zero positive.
        self.limit().clamp(stepped, 0.0) + 0.0
    }

    /// Values of one unit: 1 for whole numbers, 10 for tenths.
    fn grid(&self) -> f64 {
        match self {
            Self::Trim(_) | Self::Period | Self::Crossover(_) => 1.0,
            Self::Gain(_) | Self::ZoneGain(_) => 10.0,
            Self::Distance(_) | Self::Target => 1000.0,
        }
    }

    /// How far keys move it.
    #[must_use]
    pub fn steps(&self) -> Steps {
        match self {
            Self::Trim(_) => Steps {
                fine: 1.0,
                plain: 10.0,
                coarse: 100.0,
                page: 1000.0,
            },
            _ => Steps {
                fine: 0.1,
                plain: 0.5,
                coarse: 3.0,
                page: 6.0,
            },
        }
    }

    /// The number as it stands in its field, without the unit.
    #[must_use]
    pub fn shown(&self, value: f64, measure: Measure) -> String {
        match self {
            Self::Trim(_) => {
                let text = measure.delay(value);
                text.split_whitespace().next().unwrap_or_default().into()
            }
            Self::Gain(_) | Self::ZoneGain(_) => {
                let text = format::level(value);
                text.split_whitespace().next().unwrap_or_default().into()
            }
            Self::Distance(_) => format!("{value:.2}"),
            Self::Crossover(_) | Self::Target | Self::Period => tidy(value),
        }
    }

    /// The unit beside the number.
    #[must_use]
    pub fn unit(&self, measure: Measure) -> &'static str {
        match self {
            Self::Trim(_) => measure.unit.label(),
            Self::Gain(_) | Self::ZoneGain(_) => "dB",
            Self::Distance(_) => "m",
            Self::Crossover(_) => "Hz",
            Self::Target => "ms",
            Self::Period => "frames",
        }
    }

    /// Reads what the user typed; a unit that is written wins.
    ///
    /// # Errors
    /// One sentence: what may be written, or what is allowed.
    pub fn typed(&self, text: &str, measure: Measure) -> Result<f64, RigError> {
        // `±0.000` stands in the field itself.
        let text = text.trim().trim_start_matches('±');
        let bare = text.ends_with(|last: char| last.is_ascii_digit());
        let with_unit = if bare {
            format!("{text} {}", self.unit(measure))
        } else {
            text.to_owned()
        };
        let value = match self {
            Self::Trim(_) => quantity::delay_us(&with_unit, measure.temperature)?,
            Self::Gain(_) | Self::ZoneGain(_) => quantity::decibels(text)?,
            Self::Distance(_) => quantity::metres(text)?,
            Self::Crossover(_) => quantity::hertz(text)?,
            Self::Target => quantity::seconds(&with_unit)? * 1e3,
            Self::Period => quantity::count(text, "frames")?,
        };
        self.limit().check(value).map(|value| self.sound(value))
    }
}

/// Up to three decimals, and a hyphen as the minus.
fn plain(value: f64) -> String {
    tidy(value).replace('−', "-")
}

/// Where the middle of a slider is that shows `span` to both sides: where it was
/// as long as the value is in reach, else at zero or, if that is out of reach as
/// well, at the value itself.
#[must_use]
pub fn middle(was: f64, value: f64, span: f64) -> f64 {
    if (value - was).abs() <= span {
        was
    } else if value.abs() <= span {
        0.0
    } else {
        value
    }
}

/// What the coarse slider shows to both sides, µs.
pub const COARSE_US: f64 = 50_000.0;
/// What the fine slider shows to both sides, µs.
pub const FINE_US: f64 = 500.0;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn measure(unit: Unit) -> Measure {
        Measure {
            unit,
            temperature: 20.0,
        }
    }

    #[test]
    fn what_is_shown_reads_back_as_the_same_value_in_each_unit() {
        let knob = Knob::Trim("left".into());
        for unit in [Unit::Ms, Unit::Us] {
            for us in [-250_000.0, -1234.0, 0.0, 7.0, 180.0, 249_999.0] {
                let shown = knob.shown(us, measure(unit)).replace('±', "");
                let back = knob.typed(&shown, measure(unit)).unwrap();
                assert!((back - us).abs() < 0.5, "{shown} {unit:?}");
            }
        }
        assert_eq!(knob.shown(180.0, measure(Unit::Cm)), "+6.2");
        let back = knob.typed("+6.2", measure(Unit::Cm)).unwrap();
        assert!((back - 181.0).abs() < 1.0, "{back}");
    }

    #[test]
    fn a_unit_that_is_typed_wins() {
        let knob = Knob::Trim("left".into());
        let ms = measure(Unit::Ms);
        for (text, us) in [
            ("3.2", 3200.0),
            ("3,2", 3200.0),
            ("−3.2", -3200.0),
            ("180us", 180.0),
            ("62 cm", 1806.0),
        ] {
            assert!((knob.typed(text, ms).unwrap() - us).abs() < 1.0, "{text}");
        }
        let error = knob.typed("412", ms).unwrap_err().to_string();
        assert_eq!(error, "Use −250 to +250 ms.");
        assert!(knob.typed("fast", ms).is_err());
    }

    #[test]
    fn every_edit_is_taken_by_the_rig() {
        let mut rig = crate::gui::stage::rig();
        for (knob, value) in [
            (Knob::Trim("sub".into()), -1234.0),
            (Knob::Gain("sub".into()), -3.5),
            (Knob::Distance("sub".into()), 2.75),
            (Knob::ZoneGain("kitchen".into()), 1.2),
            (Knob::Crossover("kitchen".into()), 95.0),
            (Knob::Target, 41.5),
            (Knob::Period, 256.0),
        ] {
            let _said = crate::rig::edit::apply(&mut rig, &knob.edit(value)).unwrap();
            assert!((knob.read(&rig) - value).abs() < 1e-9, "{knob:?}");
        }
    }

    #[test]
    fn the_fine_slider_keeps_its_middle_while_the_value_is_in_reach() {
        assert!((middle(0.0, 180.0, FINE_US)).abs() < 1e-9);
        assert!((middle(12_000.0, 12_300.0, FINE_US) - 12_000.0).abs() < 1e-9);
        assert!((middle(12_000.0, 200.0, FINE_US)).abs() < 1e-9);
        assert!((middle(0.0, 900.0, FINE_US) - 900.0).abs() < 1e-9);
    }
}
