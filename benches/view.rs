//! What one tick of the window costs before anything is drawn: the engine's state
//! is pulled, the parts are updated, the view is made and laid out.
//!
//! Budget: 3 ms for 32 speakers in 6 zones at 1440x900, a tenth of the time between
//! two pictures. The design's rig of six speakers stands beside it.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use inphase::gui::stage::{self, Stage};
use inphase::rig::{Output, Rig, Role, Speaker, Zone};
use window::{WIDE, Window};

#[path = "../tests/support/window.rs"]
mod window;

/// A house of 32 speakers in 6 zones.
fn house() -> Rig {
    let speaker = |n: usize| Speaker {
        id: format!("s{n}"),
        name: format!("Speaker number {n} by the window"),
        output: Output {
            device: format!("room:s{n}"),
            channels: Vec::new(),
            key: format!("room:s{n}"),
        },
        role: Role::Stereo,
        slot: (n % 12 + 1) as u8,
        ..Speaker::default()
    };
    let zone = |z: usize| Zone {
        id: format!("z{z}"),
        name: format!("Room {z}"),
        speakers: (0..32)
            .filter(|n| n % 6 == z)
            .map(|n| format!("s{n}"))
            .collect(),
        ..Zone::default()
    };
    Rig {
        speakers: (0..32).map(speaker).collect(),
        zones: (0..6).map(zone).collect(),
        ..stage::rig()
    }
}

fn tick(c: &mut Criterion) {
    let mut group = c.benchmark_group("tick of the window");
    let _ = group.measurement_time(Duration::from_secs(5));
    let rigs = [
        ("6 speakers in 3 zones", stage::rig()),
        ("32 speakers in 6 zones", house()),
    ];
    for (name, rig) in rigs {
        let snapshot = stage::snapshot(&rig, 24.0);
        let mut window = Window::new(Stage::new(rig, snapshot, stage::devices(), WIDE));
        window.wait(60_000);
        let _ = group.bench_function(name, |b| {
            b.iter(|| {
                window.stage.play(33);
                window.lay_out();
            });
        });
    }
    group.finish();
}

criterion_group!(benches, tick);
criterion_main!(benches);
