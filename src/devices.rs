//! The edge to audio devices: what they are called, how they are opened.
//!
//! No cpal, ALSA or D-Bus type leaves this module; ids are our own strings
//! (`alsa:hw:CARD=DAC,DEV=0`, `pulse:SINK`, `room:kitchen`).

use serde::{Deserialize, Serialize};

pub use crate::sync::clock::Noise;
use crate::sync::time::Nanos;

pub mod desktop;
pub mod pcm;
pub mod pulse;
pub mod realtime;
pub mod reserve;
pub mod simulated;
pub mod stable;
pub mod watch;

/// The clock of every stamp: `CLOCK_MONOTONIC_RAW`, which nobody slews.
#[must_use]
pub fn now() -> Nanos {
    use nix::time::{ClockId, clock_gettime};
    // The call cannot fail for a clock that every Linux since 2.6.28 has.
    clock_gettime(ClockId::CLOCK_MONOTONIC_RAW).map_or(Nanos::ZERO, |t| {
        Nanos(t.tv_sec() * 1_000_000_000 + t.tv_nsec())
    })
}

/// Which way sound goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Plays.
    Output,
    /// Captures.
    Input,
}

/// What a device is, for icons and defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// USB DAC or interface.
    Usb,
    /// HDMI or DisplayPort.
    Hdmi,
    /// Built-in or plug-in card.
    Card,
    /// Bluetooth, through the sound server.
    Bluetooth,
    /// On the network, through the sound server or another program.
    Network,
    /// A sink of the sound server without hardware, or a plug-in PCM.
    Virtual,
    /// One of the room's simulated speakers.
    Simulated,
    /// Not known.
    #[default]
    Unknown,
}

/// A device as listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// Our id, such as `alsa:hw:CARD=DAC,DEV=0`.
    pub id: String,
    /// What a person calls it.
    pub name: String,
    /// Which way sound goes.
    pub direction: Direction,
    /// What it is.
    pub kind: DeviceKind,
    /// Most channels it takes; 0 = unknown until opened.
    pub channels: u16,
    /// Rates it takes; empty = unknown until opened.
    pub rates: Vec<u32>,
    /// The system's default device.
    pub is_default: bool,
    /// What stays the same when the system renumbers it.
    pub key: String,
    /// Whether it can be used now.
    #[serde(default)]
    pub presence: Presence,
    /// What is known of a wireless one.
    #[serde(default)]
    pub radio: Radio,
    /// Latency to expect from handing a frame over until it sounds, in
    /// milliseconds, where it is known or assumed before opening it.
    #[serde(default)]
    pub latency_ms: Option<f64>,
    /// What it takes inside, beyond the delay that its stream reports.
    #[serde(default)]
    pub inside: Option<Inside>,
}

/// Latency inside a device that its stream's delay leaves out, such as the
/// buffer of a Bluetooth speaker.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Inside {
    /// Milliseconds.
    pub ms: f64,
    /// One standard deviation of that, milliseconds.
    pub sd_ms: f64,
    /// How it is known.
    pub known: Known,
}

/// How a latency is known, surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// Measured at this Unix time in seconds.
    Measured(i64),
    /// The device says so.
    Reported,
    /// Usual for its kind.
    Assumed,
}

/// Whether a listed device can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It can be opened.
    #[default]
    Ready,
    /// Seen, but it must be paired first.
    Unpaired,
    /// Known, but switched off, such as a screen.
    Off,
    /// Known, but not reachable now.
    Offline,
}

/// What is known of a wireless device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Radio {
    /// Battery, 0 to 100.
    pub battery: Option<u8>,
    /// Signal strength in dBm.
    pub signal_dbm: Option<i16>,
}

/// What the engine would like of a stream; the backend answers with what it gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Want {
    /// Frames per second.
    pub rate: u32,
    /// At least this many channels.
    pub channels: u16,
    /// Frames per callback.
    pub period: u32,
}

/// A stream's agreed format.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamFormat {
    /// Frames per second.
    pub rate: u32,
    /// Channels of the interleaved buffer.
    pub channels: u16,
    /// Usual frames per callback; callbacks may differ.
    pub period: u32,
    /// Frames the device can hold; 0 = unknown.
    pub buffer: u32,
    /// How its time stamps scatter.
    pub noise: Noise,
    /// Streams with equal names share one clock.
    pub clock: Option<String>,
}

/// Fills an output's buffer. Called on the device's own real-time thread: no
/// allocation, lock, log or system call inside.
pub trait Render: Send + 'static {
    /// `out` is interleaved; its first frame will be at the converter at
    /// `now + delay`. Every sample of `out` must be written.
    fn render(&mut self, now: Nanos, delay: Nanos, out: &mut [f32]);
    /// The device ran dry and was restarted.
    fn xrun(&mut self);
}

/// Takes an input's buffer. Same thread rules as [`Render`].
pub trait Capture: Send + 'static {
    /// `data` is interleaved; its first frame was at the converter at `captured`.
    fn capture(&mut self, now: Nanos, captured: Nanos, data: &[f32]);
    /// The device overran and was restarted.
    fn xrun(&mut self);
}

/// What goes wrong with an open stream; polled by the control task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The device is gone; drop the stream and wait for it.
    Gone,
    /// The stream must be opened again.
    Reopen,
    /// A source that stopped sending for now; drop the stream and try again.
    Paused,
    /// Underrun or overrun; already restarted.
    Xrun,
    /// Real-time priority was denied; sound goes on.
    NoRealtime,
}

impl Fault {
    /// Whether the stream is of no use any more.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Gone | Self::Reopen | Self::Paused)
    }
}

/// An open stream. Dropping it closes the device.
pub trait Stream: Send {
    /// The next fault, if any; never blocks. A [final](Fault::is_final) one may be told
    /// again and again: read them by `faults`, below.
    fn fault(&mut self) -> Option<Fault>;
}

impl dyn Stream {
    /// All faults there are, up to the first final one.
    pub fn faults(&mut self) -> impl Iterator<Item = Fault> {
        let mut over = false;
        std::iter::from_fn(move || {
            let fault = if over { None } else { self.fault() };
            over = fault.is_some_and(Fault::is_final);
            fault
        })
    }
}

/// One family of devices (ALSA, PulseAudio, …). All calls may block for
/// seconds: the engine makes them on a blocking thread.
pub trait Backend: Send {
    /// The id prefix without the colon, such as `alsa`.
    fn prefix(&self) -> &'static str;
    /// What there is now.
    ///
    /// # Errors
    /// When the sound system cannot be reached.
    fn list(&mut self) -> Result<Vec<DeviceInfo>, DeviceError>;
    /// What `want` becomes on this device.
    ///
    /// # Errors
    /// When the device is missing, busy or cannot do it.
    fn format(
        &mut self,
        id: &str,
        direction: Direction,
        want: &Want,
    ) -> Result<StreamFormat, DeviceError>;
    /// Starts playing.
    ///
    /// # Errors
    /// When the device is missing, busy or refuses.
    fn play(
        &mut self,
        id: &str,
        format: &StreamFormat,
        render: Box<dyn Render>,
    ) -> Result<Box<dyn Stream>, DeviceError>;
    /// Starts capturing.
    ///
    /// # Errors
    /// When the device is missing, busy or refuses.
    fn record(
        &mut self,
        id: &str,
        format: &StreamFormat,
        capture: Box<dyn Capture>,
    ) -> Result<Box<dyn Stream>, DeviceError>;
}

/// Why a device cannot be used, in one sentence that says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// It is not there.
    #[error("{id} is not there. Plug it in, or choose another device.")]
    Missing {
        /// The device.
        id: String,
    },
    /// ALSA does not list it, and only listed PCMs can be opened.
    #[error(
        "ALSA does not list {id}. Check the name, or add `hint {{ show on description \"{name}\" }}` \
         to its definition in ~/.asoundrc."
    )]
    Unlisted {
        /// The device.
        id: String,
        /// ALSA's name for it.
        name: String,
    },
    /// Another program holds it.
    #[error(
        "{id} is in use by another program. Close that program, or play through the sound server."
    )]
    Busy {
        /// The device.
        id: String,
    },
    /// The sound server or another program keeps the card for itself.
    #[error(
        "{holder} is holding {device} and does not let go. \
         Choose it through the sound server, or stop that program."
    )]
    Held {
        /// The program.
        holder: String,
        /// What the card calls itself.
        device: String,
    },
    /// No permission.
    #[error("No permission to use {id}. Add yourself to the group audio, then log in again.")]
    Permission {
        /// The device.
        id: String,
    },
    /// The device cannot do what was asked.
    #[error("{id} cannot do {asked}. It offers {offered}.")]
    Unsupported {
        /// The device.
        id: String,
        /// What was asked.
        asked: String,
        /// What it offers.
        offered: String,
    },
    /// It is a radio away, and its own module has the sentence.
    #[error("{sentence}")]
    Radio {
        /// What is wrong and what to do next.
        sentence: String,
    },
    /// The sound system itself fails.
    #[error(
        "The {system} sound system does not answer: {reason}. Start {}, or go on without its devices.",
        server(system)
    )]
    System {
        /// Which one.
        system: String,
        /// Its own words.
        reason: String,
    },
}

/// What is started so that a sound system answers.
fn server(system: &str) -> &str {
    match system {
        // Its protocol has two servers, and a list that came too late has its name.
        "PulseAudio" | "pulse" => "PipeWire or PulseAudio",
        _ => "it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_server_that_is_not_there_has_one_cause_and_one_remedy() {
        let error = DeviceError::System {
            system: "PulseAudio".into(),
            reason: "there is no socket".into(),
        };
        assert_eq!(
            error.to_string(),
            "The PulseAudio sound system does not answer: there is no socket. \
             Start PipeWire or PulseAudio, or go on without its devices."
        );
    }

    /// Was pulled out, and says so whenever it is asked.
    struct Pulled {
        before: Vec<Fault>,
    }

    impl Stream for Pulled {
        fn fault(&mut self) -> Option<Fault> {
            self.before.pop().or(Some(Fault::Gone))
        }
    }

    #[test]
    fn a_final_fault_is_read_once_however_often_it_is_told() {
        let before = vec![Fault::NoRealtime, Fault::Xrun];
        let mut stream: Box<dyn Stream> = Box::new(Pulled { before });
        let read: Vec<_> = stream.faults().collect();
        assert_eq!(read, [Fault::Xrun, Fault::NoRealtime, Fault::Gone]);
    }
}
