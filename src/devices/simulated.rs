//! The virtual room in real time: simulated speakers behind the same `Backend`
//! as real ones, for the demo, for trying things out without hardware, and for
//! tests of the engine. One thread per open stream paces the callbacks by the
//! speaker's own crystal; a machine that freezes makes it run dry and start
//! again, as a real card would.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{
    Backend, Capture, DeviceError, DeviceInfo, DeviceKind, Direction, Fault, Noise, Presence,
    Radio, Render, Stream, StreamFormat, Want, now,
};
use crate::rig::{Output, Rig, Role, Source, Speaker, TestSignal, Zone};
use crate::room::chance::Chance;
use crate::room::crystal::{Crystal, CrystalSpec, Wander};
use crate::room::device::{DelayError, Device, DeviceSpec, Wake};
use crate::sync::time::Nanos;

/// A simulated speaker.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// The part of the id after `room:`.
    pub id: String,
    /// What a person calls it.
    pub name: String,
    /// What it stands in for.
    pub kind: DeviceKind,
    /// 1 or 2.
    pub channels: u16,
    /// Its crystal.
    pub crystal: CrystalSpec,
    /// Latency after the converter, in the delay report, milliseconds.
    pub reported_ms: f64,
    /// Latency that nobody is told, milliseconds; only a microphone finds it.
    pub hidden_ms: f64,
}

/// The backend. Clones share the same speakers, so a test keeps one clone to
/// pull cables while the engine holds the other.
#[derive(Debug, Clone)]
pub struct Room {
    places: Arc<[Place]>,
}

/// A speaker and what is being done to it.
#[derive(Debug)]
struct Place {
    speaker: Simulated,
    knobs: Arc<Knobs>,
}

#[derive(Debug, Default)]
struct Knobs {
    unplugged: AtomicBool,
    taken: AtomicBool,
    open: AtomicBool,
    /// A stall that was asked for, nanoseconds.
    stall: AtomicI64,
}

impl Room {
    /// A room with these speakers.
    #[must_use]
    pub fn new(speakers: Vec<Simulated>) -> Self {
        let place = |speaker| Place {
            speaker,
            knobs: Arc::default(),
        };
        Self {
            places: speakers.into_iter().map(place).collect(),
        }
    }

    /// The demo's home of eight speakers; see [`demo_rig`].
    #[must_use]
    pub fn demo() -> Self {
        Self::new(demo_speakers())
    }

    /// A room with the speakers whose devices `rig` names `room:…`: those of the
    /// demo, and for any other name a stereo speaker with a crystal of its own.
    /// `None` when the rig names none.
    #[must_use]
    pub fn of_rig(rig: &Rig) -> Option<Self> {
        let mut speakers: Vec<Simulated> = Vec::new();
        for speaker in &rig.speakers {
            let Some(id) = speaker.output.device.strip_prefix("room:") else {
                continue;
            };
            if speakers.iter().all(|known| known.id != id) {
                let of_demo = demo_speakers().into_iter().find(|known| known.id == id);
                speakers.push(of_demo.unwrap_or_else(|| stereo(id)));
            }
        }
        (!speakers.is_empty()).then(|| Self::new(speakers))
    }

    /// Pulls a speaker's cable, or the battery of a Bluetooth one. Returns
    /// whether there is such a speaker; so do the others.
    pub fn unplug(&self, id: &str) -> bool {
        self.turn(id, |knobs| knobs.unplugged.store(true, Ordering::Release))
    }

    /// Puts it back.
    pub fn plug(&self, id: &str) -> bool {
        self.turn(id, |knobs| knobs.unplugged.store(false, Ordering::Release))
    }

    /// Another program takes the speaker, or gives it back.
    pub fn take(&self, id: &str, taken: bool) -> bool {
        self.turn(id, |knobs| knobs.taken.store(taken, Ordering::Release))
    }

    /// The speaker's time stands still for `length` from now on.
    pub fn stall(&self, id: &str, length: Nanos) -> bool {
        self.turn(id, |knobs| knobs.stall.store(length.0, Ordering::Release))
    }

    fn turn(&self, id: &str, knob: impl Fn(&Knobs)) -> bool {
        let place = self.place(id);
        if let Some(place) = place {
            knob(&place.knobs);
        }
        place.is_some()
    }

    /// Finds a speaker by its id, with or without the prefix.
    fn place(&self, id: &str) -> Option<&Place> {
        let id = id.strip_prefix("room:").unwrap_or(id);
        self.places.iter().find(|place| place.speaker.id == id)
    }

    fn present(&self, id: &str) -> Result<&Place, DeviceError> {
        self.place(id)
            .filter(|place| !place.knobs.unplugged.load(Ordering::Acquire))
            .ok_or_else(|| DeviceError::Missing { id: id.into() })
    }
}

impl Backend for Room {
    fn prefix(&self) -> &'static str {
        "room"
    }

    fn list(&mut self) -> Result<Vec<DeviceInfo>, DeviceError> {
        Ok(self
            .places
            .iter()
            .enumerate()
            .filter(|(_, place)| !place.knobs.unplugged.load(Ordering::Acquire))
            .map(|(index, place)| info(&place.speaker, index == 0))
            .collect())
    }

    fn format(
        &mut self,
        id: &str,
        direction: Direction,
        want: &Want,
    ) -> Result<StreamFormat, DeviceError> {
        let place = self.present(id)?;
        if direction == Direction::Input {
            return Err(no_recording(id));
        }
        // Two are asked for when nobody chose a channel.
        if want.channels > place.speaker.channels.max(2) {
            return Err(DeviceError::Unsupported {
                id: id.into(),
                asked: format!("{} channels", want.channels),
                offered: match place.speaker.channels {
                    1 => "1 channel".into(),
                    more => format!("up to {more} channels"),
                },
            });
        }
        let period = want.period.clamp(32, 4096);
        let rate = RATES
            .into_iter()
            .min_by_key(|rate| rate.abs_diff(want.rate))
            .unwrap_or(48_000);
        Ok(StreamFormat {
            rate,
            channels: place.speaker.channels,
            period,
            buffer: buffer(rate, period),
            noise: Noise::TwoSided,
            clock: Some(format!("room:{}", place.speaker.id)),
        })
    }

    fn play(
        &mut self,
        id: &str,
        format: &StreamFormat,
        render: Box<dyn Render>,
    ) -> Result<Box<dyn Stream>, DeviceError> {
        let place = self.present(id)?;
        let taken = place.knobs.taken.load(Ordering::Acquire);
        if taken || place.knobs.open.swap(true, Ordering::AcqRel) {
            return Err(DeviceError::Busy { id: id.into() });
        }
        let flags = Arc::new(Flags::default());
        let player = Playing {
            device: device(&place.speaker, format),
            knobs: place.knobs.clone(),
            flags: flags.clone(),
            out: vec![0.0; format.period as usize * usize::from(format.channels)],
            render,
        };
        let thread = std::thread::Builder::new()
            .name(format!("room {}", place.speaker.id))
            .spawn(move || player.run());
        match thread {
            Ok(thread) => Ok(Box::new(Open {
                flags,
                thread: Some(thread),
            })),
            Err(error) => {
                place.knobs.open.store(false, Ordering::Release);
                Err(DeviceError::System {
                    system: "simulated".into(),
                    reason: error.to_string(),
                })
            }
        }
    }

    fn record(
        &mut self,
        id: &str,
        _format: &StreamFormat,
        _capture: Box<dyn Capture>,
    ) -> Result<Box<dyn Stream>, DeviceError> {
        Err(self.present(id).err().unwrap_or_else(|| no_recording(id)))
    }
}

fn no_recording(id: &str) -> DeviceError {
    DeviceError::Unsupported {
        id: id.into(),
        asked: "recording".into(),
        offered: "playback".into(),
    }
}

fn info(speaker: &Simulated, is_default: bool) -> DeviceInfo {
    let id = format!("room:{}", speaker.id);
    DeviceInfo {
        name: speaker.name.clone(),
        direction: Direction::Output,
        kind: speaker.kind,
        channels: speaker.channels,
        rates: RATES.to_vec(),
        is_default,
        key: id.clone(),
        presence: Presence::Ready,
        radio: Radio::default(),
        latency_ms: None,
        id,
    }
}

fn device(speaker: &Simulated, format: &StreamFormat) -> Device {
    let mut chance = chance(&speaker.id);
    let crystal = Crystal::new(&speaker.crystal, &mut chance);
    let spec = DeviceSpec {
        rate: format.rate,
        period: format.period,
        buffer: format.buffer.max(2 * format.period),
        delay_error: DelayError::Frames(2.0),
        // The machine's own scheduling is jitter enough.
        jitter_s: 0.0,
        reported_s: speaker.reported_ms * 1e-3,
        hidden_s: speaker.hidden_ms * 1e-3,
    };
    Device::new(spec, crystal, chance)
}

/// The name is the seed: a speaker is the same one whenever it is opened.
fn chance(id: &str) -> Chance {
    let seed = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Chance::new(seed, 0)
}

/// A stereo speaker of any name; the name decides its crystal.
fn stereo(id: &str) -> Simulated {
    Simulated {
        id: id.into(),
        name: id.into(),
        kind: DeviceKind::Simulated,
        channels: 2,
        crystal: CrystalSpec {
            ppm: chance(id).between(-PPM_MAX, PPM_MAX),
            wander_ppm: 0.5,
            wander_s: 300.0,
            wander: Wander::Walk,
        },
        reported_ms: 0.0,
        hidden_ms: 0.0,
    }
}

/// Whole periods, at least two and at least [`BUFFER_S`]: no real-time
/// priority is asked for a demo, so the scheduler needs some room.
fn buffer(rate: u32, period: u32) -> u32 {
    let frames = (f64::from(rate) * BUFFER_S) as u32;
    period * frames.div_ceil(period).max(2)
}

/// What the two ends of an open stream tell each other.
#[derive(Debug, Default)]
struct Flags {
    stop: AtomicBool,
    gone: AtomicBool,
    reopen: AtomicBool,
    xrun: AtomicBool,
}

/// The control side.
struct Open {
    flags: Arc<Flags>,
    thread: Option<JoinHandle<()>>,
}

impl Stream for Open {
    fn fault(&mut self) -> Option<Fault> {
        let raised = |flag: &AtomicBool| flag.swap(false, Ordering::AcqRel);
        if raised(&self.flags.gone) {
            Some(Fault::Gone)
        } else if raised(&self.flags.reopen) {
            Some(Fault::Reopen)
        } else {
            raised(&self.flags.xrun).then_some(Fault::Xrun)
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.flags.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic in the render callback has been printed already.
            let _ = thread.join();
        }
    }
}

/// The audio thread's side.
struct Playing {
    device: Device,
    knobs: Arc<Knobs>,
    flags: Arc<Flags>,
    out: Vec<f32>,
    render: Box<dyn Render>,
}

impl Playing {
    fn run(mut self) {
        self.device.open(now().secs());
        while !self.is_over() {
            let time = now();
            let stall = self.knobs.stall.swap(0, Ordering::AcqRel);
            if stall > 0 {
                let length = Nanos(stall).secs();
                self.device.crystal_mut().stall(time.secs(), length);
            }
            let early = self.device.next_wake() - time.secs();
            if early > 0.0 {
                std::thread::park_timeout(Duration::from_secs_f64(early.min(LONGEST_SLEEP)));
            } else {
                self.serve(time);
            }
        }
    }

    fn is_over(&self) -> bool {
        if self.knobs.unplugged.load(Ordering::Acquire) {
            self.flags.gone.store(true, Ordering::Release);
            return true;
        }
        if self.knobs.taken.load(Ordering::Acquire) {
            self.flags.reopen.store(true, Ordering::Release);
            return true;
        }
        self.flags.stop.load(Ordering::Acquire)
    }

    fn serve(&mut self, time: Nanos) {
        match self.device.wake(time.secs()) {
            Wake::Callback { delay, .. } => self.render.render(time, delay, &mut self.out),
            Wake::Xrun => {
                self.render.xrun();
                self.flags.xrun.store(true, Ordering::Release);
            }
            Wake::Wait => {}
        }
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.knobs.open.store(false, Ordering::Release);
    }
}

const RATES: [u32; 4] = [44_100, 48_000, 88_200, 96_000];
/// What a simulated device holds, seconds.
const BUFFER_S: f64 = 0.020;
/// Most that a crystal is off, as cheap ones are.
const PPM_MAX: f64 = 50.0;
/// A stream notices its end within this, seconds.
const LONGEST_SLEEP: f64 = 0.02;

/// A home of eight speakers; the last two stand in for Bluetooth ones.
fn demo_speakers() -> Vec<Simulated> {
    let speaker = |id: &str, name: &str, channels, ppm, wander_ppm, hidden_ms| Simulated {
        id: id.into(),
        name: name.into(),
        kind: DeviceKind::Simulated,
        channels,
        crystal: CrystalSpec {
            ppm,
            wander_ppm,
            wander_s: 300.0,
            wander: Wander::Walk,
        },
        reported_ms: 0.0,
        hidden_ms,
    };
    let radio = |reported_ms, speaker: Simulated| Simulated {
        kind: DeviceKind::Bluetooth,
        reported_ms,
        ..speaker
    };
    vec![
        speaker("sofa-left", "Sofa left", 1, 4.2, 0.3, 1.1),
        speaker("sofa-right", "Sofa right", 1, -7.9, 0.3, 1.1),
        speaker("sofa-sub", "Subwoofer", 1, 18.4, 0.5, 3.6),
        speaker("counter", "Kitchen counter", 2, -22.7, 0.8, 0.6),
        speaker("dining", "Dining table", 2, 31.3, 0.8, 2.4),
        speaker("bedroom", "Bedroom shelf", 2, -12.1, 0.5, 1.9),
        radio(152.0, speaker("bath", "Bathroom speaker", 2, 9.6, 1.5, 6.3)),
        radio(
            186.0,
            speaker("terrace", "Terrace speaker", 2, -41.0, 2.0, 11.2),
        ),
    ]
}

/// The demo's rig: three zones of [`Room::demo`]'s speakers, and clicks to
/// hear and see that they are together.
#[must_use]
pub fn demo_rig() -> Rig {
    let place = |id: &str, role, distance_m, slot| {
        let speaker = demo_speakers().into_iter().find(|s| s.id == id);
        Speaker {
            id: id.into(),
            name: speaker.map_or_else(String::new, |s| s.name),
            output: Output {
                device: format!("room:{id}"),
                channels: Vec::new(),
                key: format!("room:{id}"),
            },
            role,
            distance_m,
            slot,
            ..Speaker::default()
        }
    };
    let zone = |id: &str, name: &str, speakers: &[&str]| Zone {
        id: id.into(),
        name: name.into(),
        speakers: speakers.iter().map(|&id| id.into()).collect(),
        ..Zone::default()
    };
    Rig {
        name: "Demo home".into(),
        source: Some(Source::Test {
            signal: TestSignal::Clicks,
        }),
        speakers: vec![
            place("sofa-left", Role::L, 2.4, 1),
            place("sofa-right", Role::R, 2.6, 2),
            place("sofa-sub", Role::Sub, 3.1, 3),
            place("counter", Role::Stereo, 1.8, 4),
            place("dining", Role::Stereo, 2.2, 5),
            place("terrace", Role::Stereo, 3.5, 6),
            place("bedroom", Role::Stereo, 1.6, 7),
            place("bath", Role::Mono, 1.5, 8),
        ],
        zones: vec![
            zone(
                "living",
                "Living room",
                &["sofa-left", "sofa-right", "sofa-sub"],
            ),
            zone(
                "kitchen",
                "Kitchen and terrace",
                &["counter", "dining", "terrace"],
            ),
            zone("upstairs", "Upstairs", &["bedroom", "bath"]),
        ],
        ..Rig::default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    const WANT: Want = Want {
        rate: 48_000,
        channels: 2,
        period: 480,
    };
    /// Far longer than any freeze of the machine: only a hang gets here.
    const HANG: Duration = Duration::from_secs(60);

    /// Tells what it is asked.
    struct Tell(Sender<(Nanos, Nanos, usize)>);

    impl Render for Tell {
        fn render(&mut self, now: Nanos, delay: Nanos, out: &mut [f32]) {
            out.fill(0.0);
            let _ = self.0.send((now, delay, out.len()));
        }
        fn xrun(&mut self) {}
    }

    type Told = Receiver<(Nanos, Nanos, usize)>;

    fn play(room: &mut Room, id: &str) -> Result<(Box<dyn Stream>, Told), DeviceError> {
        let format = room.format(id, Direction::Output, &WANT)?;
        let (tell, told) = channel();
        Ok((room.play(id, &format, Box::new(Tell(tell)))?, told))
    }

    #[test]
    fn a_stream_asks_for_sound_as_time_goes_by() {
        let mut room = Room::demo();
        let (_stream, told) = play(&mut room, "room:bath").unwrap();
        let mut last = Nanos::ZERO;
        for _ in 0..20 {
            let (time, delay, samples) = told.recv_timeout(HANG).unwrap();
            assert!(time > last && samples == 960);
            assert!(delay >= Nanos::from_millis(152.0) && delay < Nanos::from_millis(175.0));
            last = time;
        }
    }

    #[test]
    fn an_unplugged_speaker_ends_its_stream_and_can_be_opened_when_it_is_back() {
        let mut room = Room::demo();
        let hands = room.clone();
        let (mut stream, told) = play(&mut room, "room:dining").unwrap();
        let _ = told.recv_timeout(HANG).unwrap();
        assert!(hands.unplug("room:dining"));
        while told.recv_timeout(HANG).is_ok() {}
        assert_eq!(stream.fault(), Some(Fault::Gone));
        assert!(room.list().unwrap().iter().all(|d| d.id != "room:dining"));
        assert!(matches!(
            play(&mut room, "room:dining"),
            Err(DeviceError::Missing { .. })
        ));
        drop(stream);
        assert!(hands.plug("room:dining"));
        let (_stream, told) = play(&mut room, "room:dining").unwrap();
        assert!(told.recv_timeout(HANG).is_ok());
    }

    #[test]
    fn a_taken_speaker_is_busy_and_so_is_an_open_one() {
        let mut room = Room::demo();
        let (stream, _told) = play(&mut room, "room:counter").unwrap();
        let second = play(&mut room, "room:counter").err();
        assert!(matches!(second, Some(DeviceError::Busy { .. })));
        drop(stream);
        assert!(room.take("room:counter", true));
        let third = play(&mut room, "room:counter").err();
        assert!(matches!(third, Some(DeviceError::Busy { .. })));
        assert!(room.take("room:counter", false));
        assert!(play(&mut room, "room:counter").is_ok());
        assert!(!room.take("room:nowhere", true));
    }

    #[test]
    fn the_demo_rig_names_only_speakers_that_are_there() {
        let devices = Room::demo().list().unwrap();
        let rig = demo_rig();
        assert_eq!(rig.speakers.len(), 8);
        for speaker in &rig.speakers {
            assert!(devices.iter().any(|d| d.id == speaker.output.device));
            let zones = rig
                .zones
                .iter()
                .filter(|z| z.speakers.contains(&speaker.id));
            assert_eq!(zones.count(), 1);
        }
        let radios = devices.iter().filter(|d| d.kind == DeviceKind::Bluetooth);
        assert_eq!(radios.count(), 2);
    }

    #[test]
    fn a_rig_may_name_any_number_of_simulated_speakers() {
        let on = |device: &str| Speaker {
            output: Output {
                device: device.into(),
                ..Output::default()
            },
            ..Speaker::default()
        };
        let mut rig = Rig {
            speakers: ["room:1", "alsa:lab1", "room:bath", "room:1", "room:2"]
                .map(on)
                .into(),
            ..Rig::default()
        };
        let devices = Room::of_rig(&rig).unwrap().list().unwrap();
        let found: Vec<_> = devices.iter().map(|d| (&*d.id, d.channels)).collect();
        assert_eq!(found, [("room:1", 2), ("room:bath", 2), ("room:2", 2)]);
        assert_ne!(stereo("1").crystal.ppm, stereo("2").crystal.ppm);
        rig.speakers = vec![on("alsa:lab1")];
        assert!(Room::of_rig(&rig).is_none());
    }

    #[test]
    fn there_is_nothing_to_record_from() {
        let error = Room::demo().format("room:bath", Direction::Input, &WANT);
        assert!(matches!(error, Err(DeviceError::Unsupported { .. })));
    }

    #[test]
    fn a_speaker_has_the_channels_it_has() {
        let mut room = Room::demo();
        let asked = |channels| Want { channels, ..WANT };
        for (id, offered) in [
            ("room:sofa-sub", "1 channel"),
            ("room:bath", "up to 2 channels"),
        ] {
            let error = room.format(id, Direction::Output, &asked(3));
            assert_eq!(
                error.unwrap_err().to_string(),
                format!("{id} cannot do 3 channels. It offers {offered}.")
            );
        }
        let format = room.format("room:sofa-sub", Direction::Output, &asked(2));
        assert_eq!(format.unwrap().channels, 1);
    }
}
