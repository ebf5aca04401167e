//! One speaker in the room: its device, its player, and what was found on it.

use super::Guard;
use crate::room::air;
use crate::room::chance::Chance;
use crate::room::crystal::Crystal;
use crate::room::device::Device;
use crate::room::outcome::SpeakerOutcome;
use crate::room::player::Player;
use crate::room::scenario::{FaultKind, FaultSpec, Scenario, SpeakerSpec};
use crate::sync::time::Ppm;

/// One speaker in the room.
pub(super) struct Desk<P> {
    pub spec: SpeakerSpec,
    pub device: Device,
    pub player: Option<P>,
    pub prior: Option<Ppm>,
    /// Wake-ups of an older stream are void.
    pub generation: u32,
    /// Gone or busy until here, seconds.
    pub away_until: f64,
    pub trim_s: f64,
    pub air_s: f64,
    /// The end of the last callback's frames: index and true converter time.
    pub edge: Option<(u64, f64)>,
    pub out: Vec<f32>,
    /// The last rendered frame, while rendering goes on without a break.
    pub last: Option<[f32; 2]>,
    pub xruns: u64,
    pub clicks: u64,
    pub steepest: f64,
    pub ppm_squares: f64,
    pub ppm_count: u64,
}

impl<P> Desk<P> {
    pub fn new(
        index: usize,
        spec: SpeakerSpec,
        scenario: &Scenario,
        faults: &[(usize, FaultSpec)],
    ) -> Self {
        let mut chance = Chance::new(scenario.seed, 1 + index as u64);
        let mut crystal = Crystal::new(&spec.crystal(), &mut chance);
        for (who, fault) in faults {
            if *who == index && fault.kind == FaultKind::Stall {
                crystal.stall(fault.at, fault.length);
            }
        }
        Self {
            device: Device::new(spec.device(), crystal, chance),
            player: None,
            prior: None,
            generation: 0,
            away_until: 0.0,
            trim_s: 0.0,
            air_s: air::delay_s(spec.distance_m, scenario.temperature_c),
            edge: None,
            out: vec![0.0; spec.period as usize * usize::from(spec.channels)],
            last: None,
            xruns: 0,
            clicks: 0,
            steepest: 0.0,
            ppm_squares: 0.0,
            ppm_count: 0,
            spec,
        }
    }

    /// When frames are heard, hidden latency aside: that is constant and
    /// nobody can know it.
    pub fn heard(&mut self, first: u64, frames: usize) -> Option<(f64, f64)> {
        let after = self.device.spec().reported_s + self.air_s;
        let from = match self.edge {
            Some((frame, time)) if frame == first => time,
            _ => self.device.converter_time(first as f64)?,
        };
        let next = first + frames as u64;
        let to = self.device.converter_time(next as f64)?;
        self.edge = Some((next, to));
        Some((from + after, to + after))
    }

    /// Counts clicks in what was rendered; true if it was digital silence.
    pub fn listen(&mut self, frames: usize, largest: f64) -> bool {
        let channels = usize::from(self.spec.channels);
        let rendered = &self.out[..frames * channels];
        for frame in rendered.chunks_exact(channels) {
            let now = [frame[0], frame[channels - 1]];
            if let Some(before) = self.last {
                let step = (now[0] - before[0]).abs().max((now[1] - before[1]).abs());
                let share = f64::from(step) / largest;
                self.clicks += u64::from(share > 1.0);
                self.steepest = self.steepest.max(share);
            }
            self.last = Some(now);
        }
        rendered.iter().all(|&sample| sample == 0.0)
    }

    pub fn outcome(&self, mut figures: SpeakerOutcome, end: f64) -> SpeakerOutcome
    where
        P: Player,
    {
        figures.name.clone_from(&self.spec.name);
        figures.ppm_true = self.device.crystal().ppm_at(end);
        figures.ppm_learnt = self.prior.unwrap_or_default().0;
        figures.ppm_error_rms = (self.ppm_squares / self.ppm_count.max(1) as f64).sqrt();
        figures.xruns = self.xruns;
        figures.clicks = self.clicks;
        figures
    }
}

impl<P: Player> Desk<P> {
    pub fn render(&mut self, frames: usize, guard: Guard<'_>) {
        let samples = frames * usize::from(self.spec.channels);
        let out = &mut self.out[..samples];
        if let Some(player) = &mut self.player {
            guard(&mut || player.fill(out));
        }
    }
}
