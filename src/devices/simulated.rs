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
use crate::rig::Rig;
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
    /// By what it is known again where that is not its id, such as the id of a
    /// Bluetooth device.
    pub key: Option<String>,
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
    /// Whether it can be used.
    pub presence: Presence,
    /// Battery and signal of a wireless one when the room begins.
    pub radio: Radio,
    /// When its time stands still while it plays.
    pub stalls: Option<Mishap>,
    /// When its link is lost while it plays.
    pub losses: Option<Mishap>,
}

/// Something that goes wrong again and again, by the clock of the room.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mishap {
    /// First at, seconds from the room's beginning.
    pub first_s: f64,
    /// Then every so many seconds.
    pub every_s: f64,
    /// For how long, seconds.
    pub length_s: f64,
}

impl Mishap {
    /// The first one that ends after `since`: from when to when.
    fn next(&self, since: f64) -> (f64, f64) {
        let past = (since - self.first_s - self.length_s) / self.every_s;
        let begins = self.first_s + self.every_s * (past.floor() + 1.0).max(0.0);
        (begins, begins + self.length_s)
    }
}

/// The backend. Clones share the same speakers, so a test keeps one clone to
/// pull cables while the engine holds the other.
#[derive(Debug, Clone)]
pub struct Room {
    places: Arc<[Place]>,
    born: Nanos,
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
    /// The link is lost until this moment, nanoseconds.
    away: AtomicI64,
    /// It must be paired first.
    strange: AtomicBool,
}

impl Room {
    /// A room with these speakers.
    #[must_use]
    pub fn new(speakers: Vec<Simulated>) -> Self {
        let place = |speaker: Simulated| Place {
            knobs: Arc::new(Knobs {
                strange: AtomicBool::new(speaker.presence == Presence::Unpaired),
                ..Knobs::default()
            }),
            speaker,
        };
        Self {
            places: speakers.into_iter().map(place).collect(),
            born: now(),
        }
    }

    /// The demo's home; see [`demo_rig`].
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

    /// The speaker with this key is paired, or no longer.
    pub fn pair(&self, key: &str, paired: bool) -> bool {
        let mut places = self.places.iter();
        let place = places.find(|place| place.speaker.key.as_deref() == Some(key));
        if let Some(place) = place {
            place.knobs.strange.store(!paired, Ordering::Release);
        }
        place.is_some()
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
            .filter(|place| place.presence() == Presence::Ready)
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
            .map(|(index, place)| info(place, now() - self.born, index == 0))
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
            fate: Fate::new(&place.speaker, self.born),
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

impl Place {
    fn presence(&self) -> Presence {
        match self.speaker.presence {
            _ if self.knobs.away.load(Ordering::Acquire) > now().0 => Presence::Offline,
            _ if self.knobs.strange.load(Ordering::Acquire) => Presence::Unpaired,
            Presence::Unpaired => Presence::Ready,
            presence => presence,
        }
    }
}

fn info(place: &Place, age: Nanos, is_default: bool) -> DeviceInfo {
    let speaker = &place.speaker;
    let id = format!("room:{}", speaker.id);
    DeviceInfo {
        name: speaker.name.clone(),
        direction: Direction::Output,
        kind: speaker.kind,
        channels: speaker.channels,
        rates: RATES.to_vec(),
        is_default,
        key: speaker.key.clone().unwrap_or_else(|| id.clone()),
        presence: place.presence(),
        radio: Radio {
            battery: speaker.radio.battery.map(|full| drained(full, age)),
            ..speaker.radio
        },
        latency_ms: (place.presence() == Presence::Ready)
            .then_some(BUFFER_S * 1e3 + speaker.reported_ms),
        inside: None,
        id,
    }
}

/// What is left of a battery after a while.
fn drained(full: u8, age: Nanos) -> u8 {
    let used = (age.secs() / SECONDS_PER_PERCENT) as u8;
    full.saturating_sub(used).max(1)
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

/// What goes wrong with a speaker next; the moments are those of [`now`].
#[derive(Debug)]
struct Fate {
    born: f64,
    stalls: Option<Mishap>,
    losses: Option<Mishap>,
    stall: Option<(f64, f64)>,
    loss: Option<(f64, f64)>,
}

impl Fate {
    fn new(speaker: &Simulated, born: Nanos) -> Self {
        let born = born.secs();
        let age = now().secs() - born;
        let next = |mishap: Mishap| mishap.next(age);
        Self {
            born,
            stalls: speaker.stalls,
            losses: speaker.losses,
            stall: speaker.stalls.map(next),
            loss: speaker.losses.map(next),
        }
    }

    /// For how long its time stands still from now on, seconds.
    fn stall(&mut self, time: f64) -> Option<f64> {
        let age = time - self.born;
        let (begins, ends) = self.stall.filter(|(begins, _)| age >= *begins)?;
        self.stall = self.stalls.map(|mishap| mishap.next(ends));
        Some(ends - begins)
    }

    /// Until when its link is lost from now on.
    fn loss(&mut self, time: f64) -> Option<Nanos> {
        let age = time - self.born;
        let (_, ends) = self.loss.filter(|(begins, _)| age >= *begins)?;
        self.loss = self.losses.map(|mishap| mishap.next(ends));
        Some(Nanos::from_secs(self.born + ends))
    }
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
        key: None,
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
        presence: Presence::Ready,
        radio: Radio::default(),
        stalls: None,
        losses: None,
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
    fate: Fate,
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
            let asked = (stall > 0).then(|| Nanos(stall).secs());
            if let Some(length) = asked.or_else(|| self.fate.stall(time.secs())) {
                self.device.crystal_mut().stall(time.secs(), length);
            }
            if let Some(until) = self.fate.loss(time.secs()) {
                self.knobs.away.store(until.0, Ordering::Release);
                self.flags.gone.store(true, Ordering::Release);
                return;
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

/// Radio links take so long after the converter, milliseconds.
const LINK_MS: f64 = 166.0;
/// A battery of a portable speaker lasts about twelve hours.
const SECONDS_PER_PERCENT: f64 = 430.0;

mod demo;
pub use demo::demo_rig;
use demo::demo_speakers;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;
    use crate::rig::{Output, Speaker};

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
        let (_stream, told) = play(&mut room, "room:flip-6").unwrap();
        let mut last = Nanos::ZERO;
        for _ in 0..20 {
            let (time, delay, samples) = told.recv_timeout(HANG).unwrap();
            assert!(time > last && samples == 960);
            assert!(
                delay >= Nanos::from_millis(LINK_MS) && delay < Nanos::from_millis(LINK_MS + 23.0)
            );
            last = time;
        }
    }

    #[test]
    fn an_unplugged_speaker_ends_its_stream_and_can_be_opened_when_it_is_back() {
        let mut room = Room::demo();
        let hands = room.clone();
        let (mut stream, told) = play(&mut room, "room:shelf-left").unwrap();
        let _ = told.recv_timeout(HANG).unwrap();
        assert!(hands.unplug("room:shelf-left"));
        while told.recv_timeout(HANG).is_ok() {}
        assert_eq!(stream.fault(), Some(Fault::Gone));
        assert!(
            room.list()
                .unwrap()
                .iter()
                .all(|d| d.id != "room:shelf-left")
        );
        assert!(matches!(
            play(&mut room, "room:shelf-left"),
            Err(DeviceError::Missing { .. })
        ));
        drop(stream);
        assert!(hands.plug("room:shelf-left"));
        let (_stream, told) = play(&mut room, "room:shelf-left").unwrap();
        assert!(told.recv_timeout(HANG).is_ok());
    }

    #[test]
    fn a_taken_speaker_is_busy_and_so_is_an_open_one() {
        let mut room = Room::demo();
        let (stream, _told) = play(&mut room, "room:tv-bar").unwrap();
        let second = play(&mut room, "room:tv-bar").err();
        assert!(matches!(second, Some(DeviceError::Busy { .. })));
        drop(stream);
        assert!(room.take("room:tv-bar", true));
        let third = play(&mut room, "room:tv-bar").err();
        assert!(matches!(third, Some(DeviceError::Busy { .. })));
        assert!(room.take("room:tv-bar", false));
        assert!(play(&mut room, "room:tv-bar").is_ok());
        assert!(!room.take("room:nowhere", true));
    }

    #[test]
    fn the_demo_rig_names_only_speakers_that_are_there() {
        let devices = Room::demo().list().unwrap();
        let rig = demo_rig();
        assert_eq!((rig.speakers.len(), rig.zones.len()), (6, 3));
        for speaker in &rig.speakers {
            let device = devices.iter().find(|d| d.id == speaker.output.device);
            assert_eq!(device.unwrap().presence, Presence::Ready);
            let zones = rig
                .zones
                .iter()
                .filter(|z| z.speakers.contains(&speaker.id));
            assert_eq!(zones.count(), 1);
        }
        let usable = |d: &&DeviceInfo| {
            d.presence == Presence::Ready && rig.speakers.iter().all(|s| s.output.device != d.id)
        };
        let rail: Vec<_> = devices.iter().filter(usable).map(|d| &*d.name).collect();
        assert_eq!(rail, ["Line out rear", "JBL Flip 6", "JBL Flip 6 (2)"]);
        assert_eq!(devices.len(), 12);
    }

    #[test]
    fn what_is_absent_is_listed_and_cannot_be_played() {
        let mut room = Room::demo();
        for id in ["room:boom-3", "room:hdmi-2", "room:bedroom-pi"] {
            let device = room.list().unwrap().into_iter().find(|d| d.id == id);
            assert_ne!(device.unwrap().presence, Presence::Ready);
            let refused = play(&mut room, id).err();
            assert!(matches!(refused, Some(DeviceError::Missing { .. })));
        }
    }

    #[test]
    fn mishaps_come_by_the_clock_of_the_room() {
        let mishap = Mishap {
            first_s: 10.0,
            every_s: 100.0,
            length_s: 5.0,
        };
        for (since, begins) in [
            (0.0, 10.0),
            (12.0, 10.0),
            (15.0, 110.0),
            (16.0, 110.0),
            (109.0, 110.0),
            (1000.0, 1010.0),
        ] {
            assert_eq!(mishap.next(since), (begins, begins + 5.0), "{since}");
        }
        let unlucky = Simulated {
            losses: Some(mishap),
            stalls: Some(mishap),
            ..stereo("x")
        };
        let mut fate = Fate::new(&unlucky, now());
        let born = fate.born;
        assert_eq!(fate.loss(born + 9.9), None);
        let until = fate.loss(born + 11.0).unwrap();
        assert!((until.secs() - born - 15.0).abs() < 1e-6);
        assert_eq!(fate.loss(born + 16.0), None);
        assert!(fate.loss(born + 111.0).is_some());
        assert_eq!(fate.stall(born + 10.0), Some(5.0));
        assert_eq!(fate.stall(born + 10.1), None);
    }

    #[test]
    fn a_lost_link_ends_the_stream_and_comes_back() {
        let lost = Mishap {
            first_s: 0.1,
            every_s: 1e9,
            length_s: 0.2,
        };
        let mut room = Room::new(vec![Simulated {
            losses: Some(lost),
            ..stereo("x")
        }]);
        let (mut stream, told) = play(&mut room, "room:x").unwrap();
        while told.recv_timeout(HANG).is_ok() {}
        assert_eq!(stream.fault(), Some(Fault::Gone));
        drop(stream);
        let mut again = play(&mut room, "room:x");
        while again.is_err() {
            std::thread::yield_now();
            again = play(&mut room, "room:x");
        }
        assert!(again.unwrap().1.recv_timeout(HANG).is_ok());
    }

    #[test]
    fn batteries_run_down_slowly_and_never_to_nothing() {
        assert_eq!(drained(82, Nanos::ZERO), 82);
        assert_eq!(drained(82, Nanos::from_secs(3600.0)), 74);
        assert_eq!(drained(82, Nanos::from_secs(1e6)), 1);
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
            speakers: ["room:1", "alsa:lab1", "room:flip-6", "room:1", "room:2"]
                .map(on)
                .into(),
            ..Rig::default()
        };
        let devices = Room::of_rig(&rig).unwrap().list().unwrap();
        let found: Vec<_> = devices.iter().map(|d| (&*d.id, d.channels)).collect();
        assert_eq!(found, [("room:1", 2), ("room:flip-6", 2), ("room:2", 2)]);
        assert_ne!(stereo("1").crystal.ppm, stereo("2").crystal.ppm);
        rig.speakers = vec![on("alsa:lab1")];
        assert!(Room::of_rig(&rig).is_none());
    }

    #[test]
    fn there_is_nothing_to_record_from() {
        let error = Room::demo().format("room:flip-6", Direction::Input, &WANT);
        assert!(matches!(error, Err(DeviceError::Unsupported { .. })));
    }

    #[test]
    fn a_speaker_has_the_channels_it_has() {
        let mut room = Room::demo();
        let asked = |channels| Want { channels, ..WANT };
        for (id, offered) in [
            ("room:sub", "1 channel"),
            ("room:flip-6", "up to 2 channels"),
        ] {
            let error = room.format(id, Direction::Output, &asked(3));
            assert_eq!(
                error.unwrap_err().to_string(),
                format!("{id} cannot do 3 channels. It offers {offered}.")
            );
        }
        let format = room.format("room:sub", Direction::Output, &asked(2));
        assert_eq!(format.unwrap().channels, 1);
    }
}
