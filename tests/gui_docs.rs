//! The pictures of the documentation, drawn by the window's own software renderer.
//!
//! `make screenshots` writes them into `docs/pictures`; a plain run compares them with
//! what the window looks like now. All that is drawn is invented (`gui::stage`), fonts
//! are bundled, and tiny-skia computes alike everywhere but for the last bits, so a
//! picture may differ in the shades of single pixels and in nothing that can be read:
//! at most [`FEW`] pixels by more than [`SHADE`] steps. A changed word differs in more
//! than a hundred.
#![allow(clippy::unwrap_used)]

#[path = "support/window.rs"]
mod window;

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use iced::{Point, Size};
use inphase::bluetooth::simulated::{self, ECHO, SECOND_FLIP, VISITOR};
use inphase::bluetooth::state::{Asked, PairingWindow, Request, Verdict};
use inphase::gui::action::{Overlay, Selection};
use inphase::gui::app::Message;
use inphase::gui::dock;
use inphase::gui::drag::Step;
use inphase::gui::regions::Tab;
use inphase::gui::stage::Stage;
use inphase::gui::tokens::Tokens;
use inphase::install::Look;
use inphase::rig::plan::{Cost, GroupId};
use inphase::store::{Autostart, StoreError};
use inphase::sync::time::Nanos;
use window::Window;

/// The shape that software centres ask for, and high enough for a zone of four.
const SIZE: Size = Size::new(1600.0, 900.0);
/// Steps of 256 in one channel that nobody sees.
const SHADE: u8 = 24;
/// Pixels of a picture that may differ by more.
const FEW: usize = 20;
/// The middle of the first row of the rail.
const FIRST_ROW: Point = Point::new(120.0, 178.0);

type Make = fn() -> Window;

fn playing() -> Window {
    let mut stage = Stage::after_a_minute(SIZE);
    stage.radio(|state| *state = simulated::home());
    let mut window = Window::new(stage);
    window.wait(600);
    window
}

/// It can be added to this computer; how is not looked at.
fn addable(window: &mut Window) {
    window.stage.app.shared.install = Some(Look::new(|| Err(StoreError::NoHome)));
}

fn selected(id: &str) -> Window {
    let mut window = playing();
    window.stage.app.shared.selection = Selection::Speaker(id.into());
    window.wait(250);
    window
}

fn with_bluetooth() -> Window {
    let mut stage = Stage::bluetooth(SIZE);
    stage.recall(60);
    let mut window = Window::new(stage).with_tasks();
    window.wait(400);
    window
}

fn dark() -> Window {
    selected("left-tower")
}

fn light() -> Window {
    dark().themed(Tokens::light())
}

fn drag() -> Window {
    let mut window = playing();
    window.carry(FIRST_ROW, Point::new(1100.0, 300.0));
    // What the engine's planner says of a speaker with 190 ms.
    let cost = |group, before: Option<f64>, after| Cost {
        group,
        before: before.map(Nanos::from_millis),
        after: Some(Nanos::from_millis(after)),
    };
    let own = GroupId::Own("patio".into());
    let costs = (
        vec![cost(GroupId::InSync, Some(24.0), 212.0)],
        vec![
            cost(GroupId::InSync, Some(24.0), 24.0),
            cost(own, None, 198.0),
        ],
    );
    window.message(Message::Drag(Step::Costed("patio".into(), Ok(costs))));
    window.wait(250);
    window
}

fn plots() -> Window {
    let mut window = selected("sub");
    window.message(Message::Dock(dock::Message::Tabbed(Tab::Plots)));
    window.message(Message::Dock(dock::Message::Enlarged));
    window.wait(250);
    window
}

fn pairing() -> Window {
    let mut window = with_bluetooth();
    window.open(Overlay::Pairing);
    let now = u64::try_from(window.stage.snapshot.unix_ms).unwrap();
    window.stage.radio(|state| {
        state.pairing = Some(PairingWindow {
            ends_at_ms: now + 162_000,
            adapters: vec!["hci0".into()],
            paired: Vec::new(),
        });
        state.requests.push(Request {
            id: 1,
            address: VISITOR,
            name: "Echo Show".into(),
            adapter: "hci0".into(),
            what: Asked::Pair,
            verdict: Verdict::Open,
            at_ms: now,
        });
    });
    window.wait(400);
    window
}

fn adapters() -> Window {
    let mut window = with_bluetooth();
    window.open(Overlay::Bluetooth);
    window.wait(400);
    window
}

fn device() -> Window {
    let mut window = with_bluetooth();
    window.open(Overlay::Device(SECOND_FLIP));
    window.wait(400);
    window
}

/// With Bluetooth, and an Echo that nobody has paired yet.
fn first_run() -> Window {
    let mut window = Window::new(Stage::first_run(SIZE));
    window.stage.radio(|state| {
        *state = simulated::home();
        state.devices.retain(|device| device.address != ECHO);
    });
    addable(&mut window);
    window.wait(400);
    window
}

fn settings() -> Window {
    let mut window = playing().with_tasks();
    let autostart = Autostart::new("/nonexistent", "/usr/bin/inphase");
    window.stage.app.shared.autostart = Some(autostart);
    addable(&mut window);
    window.open(Overlay::Settings);
    window.wait(250);
    window
}

fn trouble() -> Window {
    let mut stage = Stage::after_a_minute(SIZE);
    stage.radio(|state| *state = simulated::home());
    stage.lose("shelf-left");
    let mut window = Window::new(stage);
    window.wait(600);
    // The list of events would show the time of this computer's zone.
    window.message(Message::Dock(dock::Message::Listed));
    window.wait(50);
    window.open(Overlay::Causes);
    window.wait(250);
    window
}

#[test]
fn the_pictures_of_the_documentation_show_the_window_as_it_is() {
    let pictures: [(&str, Make); 10] = [
        ("window", dark),
        ("window-light", light),
        ("drag", drag),
        ("plots", plots),
        ("pairing", pairing),
        ("adapters", adapters),
        ("device", device),
        ("first-run", first_run),
        ("settings", settings),
        ("trouble", trouble),
    ];
    let write = std::env::var_os("INPHASE_DOCS").is_some_and(|mode| mode == "write");
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let mut stale = Vec::new();
    for (name, make) in pictures {
        let path = dir.join(format!("{name}.png"));
        let (size, now) = make().pixels();
        if write {
            save(&path, size, &now);
        }
        let differing = load(&path, size).map(|old| differing(&old, &now));
        if differing.is_none_or(|pixels| pixels > FEW) {
            stale.push(format!("{name}.png ({differing:?} pixels)"));
        } else {
            println!("{name}.png: {differing:?} pixels differ");
        }
    }
    let known: Vec<String> = pictures.map(|(name, _)| format!("{name}.png")).into();
    for entry in fs::read_dir(&dir).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            known.contains(&file),
            "docs/pictures/{file} is of nothing; remove it"
        );
    }
    assert!(
        stale.is_empty(),
        "the window looks otherwise than docs/pictures: {}. Run: make screenshots",
        stale.join(", ")
    );
}

#[test]
fn a_changed_word_is_seen_and_a_changed_shade_is_not() {
    let mut window = first_run();
    let (_, before) = window.pixels();
    let shaded: Vec<u8> = before.iter().map(|value| value.saturating_add(3)).collect();
    assert!(differing(&before, &shaded) <= FEW);
    window
        .stage
        .app
        .toast
        .show("x".into(), false, window.stage.app.shared.now);
    let (_, after) = window.pixels();
    assert!(differing(&before, &after) > FEW);
}

/// How many pixels differ so that it can be seen.
fn differing(old: &[u8], new: &[u8]) -> usize {
    let pixels = old.chunks_exact(4).zip(new.chunks_exact(4));
    pixels
        .filter(|(old, new)| {
            let mut channels = old.iter().zip(*new).take(3);
            channels.any(|(old, new)| old.abs_diff(*new) > SHADE)
        })
        .count()
}

type Colour = [u8; 3];

/// Writes a picture of at most 256 colours: the window has hardly more, and the file is
/// a third as large.
fn save(path: &Path, size: Size<u32>, rgba: &[u8]) {
    let colours: Vec<Colour> = rgba
        .chunks_exact(4)
        .map(|pixel| [pixel[0], pixel[1], pixel[2]])
        .collect();
    let palette = palette(&colours);
    let mut nearest: HashMap<Colour, u8> = HashMap::new();
    let indices: Vec<u8> = colours
        .iter()
        .map(|&colour| {
            *nearest
                .entry(colour)
                .or_insert_with(|| closest(&palette, colour))
        })
        .collect();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = BufWriter::new(File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, size.width, size.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.concat());
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&indices).unwrap();
}

/// The colours that serve the picture best: each next one is that whose pixels are
/// farthest, all together, from those chosen before.
fn palette(colours: &[Colour]) -> Vec<Colour> {
    let mut counts: BTreeMap<Colour, u64> = BTreeMap::new();
    for &colour in colours {
        *counts.entry(colour).or_default() += 1;
    }
    let mut rest: Vec<(Colour, u64, u32)> = counts
        .into_iter()
        .map(|(colour, count)| (colour, count, u32::MAX))
        .collect();
    let mut chosen = Vec::new();
    while chosen.len() < 256 {
        // Square root of the count: a rare colour far off counts as well.
        let worth = |(_, count, far): &(Colour, u64, u32)| {
            u64::from(*far) * ((*count as f64).sqrt() as u64).max(1)
        };
        let Some(&(next, _, far)) = rest.iter().max_by_key(|of| worth(of)) else {
            break;
        };
        if far == 0 {
            break;
        }
        chosen.push(next);
        for (colour, _, far) in &mut rest {
            *far = (*far).min(distance(*colour, next));
        }
    }
    chosen
}

fn closest(palette: &[Colour], colour: Colour) -> u8 {
    let best = palette
        .iter()
        .enumerate()
        .min_by_key(|(_, known)| distance(**known, colour));
    u8::try_from(best.map_or(0, |(index, _)| index)).unwrap()
}

fn distance(a: Colour, b: Colour) -> u32 {
    let square = |(a, b): (u8, u8)| u32::from(a.abs_diff(b)).pow(2);
    a.into_iter().zip(b).map(square).sum()
}

/// A picture as RGBA; `None` where there is none of this size.
fn load(path: &Path, size: Size<u32>) -> Option<Vec<u8>> {
    let mut decoder = png::Decoder::new(BufReader::new(File::open(path).ok()?));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut pixels).ok()?;
    let fits = (info.width, info.height) == (size.width, size.height);
    let rgb = pixels.chunks_exact(3);
    fits.then(|| rgb.flat_map(|rgb| [rgb[0], rgb[1], rgb[2], 255]).collect())
}
