//! Where one block reads from: pure positions, so that timing can be run and
//! judged without making the sound.

use super::MAX_SLOTS;
use super::slot::Slot;
use crate::sync::servo::Track;

/// What a block reads and how loud.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// Device frame index of the block's first frame, since the lane began.
    pub first: u64,
    /// Frames in the block.
    pub frames: usize,
    /// Whether anything but silence comes out.
    pub sounding: bool,
    /// The lane's fade at the first frame, 0 to 1.
    pub fade_from: f32,
    /// The lane's fade at `until`.
    pub fade_to: f32,
    /// The source's data ends here: less than `frames` only when it ran dry. What
    /// sounded last then runs out instead of breaking off.
    pub until: usize,
    /// Read positions before the speakers' delays.
    pub track: Track,
    /// Source data beyond this block's need, in seconds; negative = missing,
    /// infinite = nothing is known yet.
    pub slack: f64,
    /// Where each speaker reads.
    pub slots: [Option<SlotPlan>; MAX_SLOTS],
}

/// Where one speaker reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlotPlan {
    /// What sounds.
    pub voice: Voice,
    /// What is fading in over it, with its share at the block's ends.
    pub fade: Option<(Voice, f32, f32)>,
}

/// A straight walk through the source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Voice {
    /// Source frame, with fraction, for the block's first frame.
    pub start: f64,
    /// Source frames per device frame.
    pub step: f64,
}

/// The source frames a block wants, taps included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wanted {
    pub first: f64,
    pub last: f64,
}

impl Plan {
    pub(super) fn silent(first: u64, frames: usize) -> Self {
        Self {
            first,
            frames,
            sounding: false,
            fade_from: 0.0,
            fade_to: 0.0,
            until: frames,
            track: Track::default(),
            slack: f64::INFINITY,
            slots: [None; MAX_SLOTS],
        }
    }

    /// Lays every speaker's walk; `silent` lets delays jump at once.
    pub(super) fn lay_voices(
        &mut self,
        slots: &mut [Option<Box<Slot>>; MAX_SLOTS],
        track: Track,
        source_rate: u32,
        seconds: f64,
        silent: bool,
        whole: bool,
    ) {
        let rate = f64::from(source_rate);
        let place = |delay: f64| {
            let frames = delay * rate;
            track.start - if whole { frames.round() } else { frames }
        };
        for (slot, plan) in slots.iter_mut().zip(&mut self.slots) {
            let Some(slot) = slot else { continue };
            if silent {
                slot.glide.jump();
            }
            let delays = slot.glide.advance(seconds);
            let moved = (delays.to - delays.from) * rate / self.frames as f64;
            *plan = Some(SlotPlan {
                voice: Voice {
                    start: place(delays.from),
                    step: track.step - moved,
                },
                fade: delays.fade.map(|fade| {
                    let voice = Voice {
                        start: place(fade.delay),
                        step: track.step,
                    };
                    (voice, fade.from as f32, fade.to as f32)
                }),
            });
        }
    }

    pub(super) fn wanted(&self, half: usize) -> Wanted {
        let mut wanted = Wanted {
            first: f64::INFINITY,
            last: f64::NEG_INFINITY,
        };
        for plan in self.slots.iter().flatten() {
            for voice in std::iter::once(plan.voice).chain(plan.fade.map(|(voice, ..)| voice)) {
                let end = voice.start + voice.step * self.frames as f64;
                wanted.first = wanted.first.min(voice.start - half as f64);
                wanted.last = wanted.last.max(end + half as f64);
            }
        }
        if wanted.first > wanted.last {
            let end = self.track.start + self.track.step * self.frames as f64;
            return Wanted {
                first: self.track.start,
                last: end,
            };
        }
        wanted
    }
}
