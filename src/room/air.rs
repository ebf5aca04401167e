//! The air between a speaker and the ear.

/// Speed of sound in dry air in m/s at a temperature in °C:
/// 331.3 · √(1 + T / 273.15), the ideal-gas relation.
#[must_use]
pub fn speed_of_sound(temperature_c: f64) -> f64 {
    331.3 * (1.0 + temperature_c / 273.15).max(0.1).sqrt()
}

/// How long sound takes over a distance in metres, in seconds.
#[must_use]
pub fn delay_s(distance_m: f64, temperature_c: f64) -> f64 {
    distance_m / speed_of_sound(temperature_c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_and_a_half_metres_are_ten_milliseconds_at_room_temperature() {
        assert!((delay_s(3.432, 20.0) - 0.010).abs() < 2e-5);
    }

    #[test]
    fn sound_is_faster_in_warm_air() {
        assert!(delay_s(10.0, 30.0) < delay_s(10.0, 0.0));
    }
}
