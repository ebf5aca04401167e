//! The real program on a real PipeWire: one file on three sinks, whose monitors
//! are recorded and compared with the file and with each other, while one sink
//! goes away and comes back. Skipped, aloud, where the programs are not installed.
//!
//! What is judged is content: which stretch of the file a stretch of a recording
//! is. Nothing here depends on when something happened, only on what was played, from
//! the moment each speaker has found its place: until then it may move, and on a machine
//! that freezes meanwhile it moves more than once.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/content.rs"]
mod content;
#[path = "support/program.rs"]
mod program;
#[path = "support/sound_server.rs"]
mod sound_server;

use std::sync::{Arc, Mutex, PoisonError};

use content::{BLOCK, Content, Found, RATE};
use inphase::devices::pcm::{Family, Pcm};
use inphase::devices::{Backend, Capture, Direction, Stream, Want};
use inphase::sync::time::Nanos;
use program::{Home, speaker, until, write_wav};
use sound_server::{SoundServer, rerun};

const SINKS: [&str; 3] = ["a", "b", "c"];
/// Long enough for the slowest machine; the program is told to quit before.
const SECONDS: usize = 170;

/// One test at a time: each has a sound server and a program of its own to keep going.
static ALONE: Mutex<()> = Mutex::new(());

/// What a monitor carried, left channel, and when each block arrived.
#[derive(Default)]
struct Taped {
    samples: Vec<f32>,
    /// Index of the first frame and its time at the sink.
    stamps: Vec<(usize, Nanos)>,
}

/// What was recorded of one monitor.
struct Recording(Arc<Mutex<Taped>>);

/// A running recording.
struct Tape {
    recording: Recording,
    stream: Box<dyn Stream>,
}

struct Recorder(Arc<Mutex<Taped>>);

impl Capture for Recorder {
    fn capture(&mut self, _now: Nanos, captured: Nanos, data: &[f32]) {
        let mut taped = self.0.lock().unwrap();
        let at = taped.samples.len();
        taped.stamps.push((at, captured));
        taped
            .samples
            .extend(data.chunks_exact(2).map(|frame| frame[0]));
    }
    fn xrun(&mut self) {}
}

impl Tape {
    fn of(sink: &str) -> Self {
        let want = Want {
            rate: RATE as u32,
            channels: 2,
            period: 480,
        };
        let id = format!("pulse:{sink}.monitor");
        let mut backend = Pcm::new(Family::Pulse);
        let format = backend.format(&id, Direction::Input, &want).unwrap();
        assert_eq!((format.rate, format.channels), (want.rate, want.channels));
        let taped = Arc::new(Mutex::default());
        let recorder = Box::new(Recorder(Arc::clone(&taped)));
        let stream = backend.record(&id, &format, recorder).unwrap();
        Self {
            recording: Recording(taped),
            stream,
        }
    }

    fn stop(self) -> Recording {
        drop(self.stream);
        self.recording
    }

    fn len(&self) -> usize {
        self.recording.0.lock().unwrap().samples.len()
    }

    /// Waits until this much sound, not silence, has come in after frame `from`.
    fn wait_for_sound(&self, from: usize, seconds: f64) {
        let wanted = (seconds * RATE) as usize;
        let heard = until(|| {
            let taped = self.recording.0.lock().unwrap();
            let after = taped.samples.iter().skip(from);
            let begun = after.clone().position(|sample| sample.abs() > 0.01);
            begun.is_some_and(|begun| after.len() - begun > wanted)
        });
        assert!(heard, "no sound for {seconds} s after frame {from}");
    }
}

impl Recording {
    /// What it carried from frame `from` on.
    fn blocks(&self, content: &Content, from: usize) -> Vec<Found> {
        content.blocks(&self.0.lock().unwrap().samples, from)
    }

    /// When the file's frame 0 would have been at the sink, by each block.
    fn beginnings(&self, found: &[Found]) -> Vec<f64> {
        let taped = self.0.lock().unwrap();
        let time = |at: usize| {
            let next = taped.stamps.partition_point(|(frame, _)| *frame <= at);
            let (frame, stamp) = taped.stamps[next - 1];
            stamp.secs() + (at - frame) as f64 / RATE
        };
        let intact = found.iter().filter(|block| block.is_intact());
        intact
            .map(|block| time(block.at) - block.file as f64 / RATE)
            .collect()
    }
}

#[test]
fn one_file_reaches_three_sinks_intact_while_one_goes_and_comes_back() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    if rerun("one_file_reaches_three_sinks_intact_while_one_goes_and_comes_back") {
        return;
    }
    let mut server = match SoundServer::start(&SINKS) {
        Ok(server) => server,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let home = Home::at_server();
    let content = Content::new(SECONDS);
    let file = home.path("bursts.wav");
    write_wav(&file, RATE as u32, content.frames(), |frame| {
        [content.at(frame); 2]
    });
    let [a, b, c] = SINKS.map(Tape::of);
    let mut play = home.start(&[
        "play",
        file.to_str().unwrap(),
        "--to",
        "pulse:a",
        "--to",
        "pulse:b",
        "--to",
        "pulse:c",
    ]);
    let _ = home.wait_for("playing", |status| status["transport"] == "playing");
    for sink in SINKS {
        let _ = home.wait_for("its place", |status| has_its_place(status, sink));
    }
    let settled = [&a, &c, &b].map(Tape::len);
    for (tape, from) in [&a, &c, &b].into_iter().zip(settled) {
        tape.wait_for_sound(from, 5.0);
    }

    // One goes.
    let b_first = b.stop();
    let marks = [a.len(), c.len()];
    server.remove_sink("b").unwrap();
    let _ = home.wait_for("b lost", |status| speaker(status, "b")["state"] == "lost");
    a.wait_for_sound(marks[0], 3.0);
    assert!(!play.has_ended(), "{}", play.told());

    // It comes back by itself, with the sound of the moment.
    server.add_sink("b").unwrap();
    let b = Tape::of("b");
    let _ = home.wait_for_event("b is back");
    let _ = home.wait_for("b's place", |status| has_its_place(status, "b"));
    let returned = b.len();
    b.wait_for_sound(returned, 5.0);
    println!("{}", home.ask(&["events"]));
    let said = home.ask(&["quit"]);
    assert!(said.contains("ending"), "{said}");
    assert_eq!(play.exit_code(), 0, "{}", play.told());

    // Looking through the recordings takes longer than making them.
    let tapes = [a.stop(), c.stop(), b_first, b.stop()];
    let [since_a, since_c, since_b] = settled;
    let from = [since_a, since_c, since_b, returned];
    let found = [0, 1, 2, 3].map(|at| tapes[at].blocks(&content, from[at]));
    let names = [
        "a throughout",
        "c throughout",
        "b at first",
        "b after its return",
    ];
    for (name, found) in names.iter().zip(&found) {
        assert_intact(name, found);
    }
    let since = |at: usize| found[at].iter().position(|block| block.at >= marks[at]);
    let since = [0, 1].map(|at| &found[at][since(at).unwrap()..]);
    assert_intact("a since b went", since[0]);
    assert_intact("c since b went", since[1]);
    let begins = |at: usize| middle(tapes[at].beginnings(&found[at]));
    println!(
        "beginnings against a by PipeWire's stamps: b {:+.2} ms, c {:+.2} ms, b after its return {:+.2} ms",
        (begins(2) - begins(0)) * 1e3,
        (begins(1) - begins(0)) * 1e3,
        (begins(3) - middle(tapes[0].beginnings(since[0]))) * 1e3
    );
}

#[test]
fn a_short_file_is_played_to_its_end_and_play_ends_with_it() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    if rerun("a_short_file_is_played_to_its_end_and_play_ends_with_it") {
        return;
    }
    let _server = match SoundServer::start(&["a"]) {
        Ok(server) => server,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let home = Home::at_server();
    let content = Content::new(3);
    let file = home.path("bursts.wav");
    write_wav(&file, RATE as u32, content.frames(), |frame| {
        [content.at(frame); 2]
    });
    let tape = Tape::of("a");
    let said = home.run(&["play", file.to_str().unwrap(), "--to", "pulse:a"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("Played to the end."), "{said:?}");
    let found = tape.stop().blocks(&content, 0);
    assert_intact("all of it", &found);
    let seen: Vec<_> = found.iter().filter(|block| block.is_intact()).collect();
    let (first, last) = (seen.first().unwrap().file, seen.last().unwrap().file);
    println!("frames {first} to {} of {}", last + BLOCK, content.frames());
    // Blocks at the edges are partly silence.
    assert!(first < 2 * BLOCK, "it begins at frame {first}");
    let end = content.frames() as usize - 2 * BLOCK;
    assert!(last + BLOCK > end, "it ends at frame {}", last + BLOCK);
}

/// What sounds is the file, in order: nine tenths of the blocks without a silence are
/// found, each where the one before it leads to. A frozen machine costs silence, until
/// the speaker has found its place again, and that is no more than half of the time; a
/// program that repeats, mixes up or distorts costs blocks that sound.
fn assert_intact(what: &str, blocks: &[Found]) {
    let (silent, found): (Vec<_>, Vec<_>) = blocks.iter().copied().partition(|block| block.silent);
    let intact = found.iter().filter(|block| block.is_intact()).count();
    let pairs = blocks.windows(2).filter(|pair| pair[1].is_intact());
    let breaks = pairs.filter(|pair| !pair[1].follows(&pair[0])).count();
    let worst = found.iter().map(|block| block.likeness);
    println!(
        "{what}: {intact} of {} blocks intact and {} with silence, {breaks} breaks, least likeness {:.3}",
        found.len(),
        silent.len(),
        worst.fold(1.0, f64::min)
    );
    assert!(found.len() >= 20, "{what}: only {} blocks", found.len());
    assert!(
        silent.len() <= found.len(),
        "{what}: silent for long: {blocks:#?}"
    );
    assert!(
        intact * 10 >= found.len() * 9 && breaks * 10 <= found.len(),
        "{what}: {blocks:#?}"
    );
}

/// It is on its line, or is drawn there smoothly.
fn has_its_place(status: &serde_json::Value, id: &str) -> bool {
    let state = &speaker(status, id)["state"];
    state == "in_phase" || state == "drifting"
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
