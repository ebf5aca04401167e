//! What one tick of the window costs before anything is drawn: the engine's state
//! is pulled, the parts are updated, the view is made and laid out.
//!
//! Budget: 3 ms for 32 speakers in 6 zones at 1440x900, a tenth of the time between
//! two pictures. The design's rig of six speakers stands beside it.

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use inphase::gui::stage::{self, Stage};
use window::{WIDE, Window};

#[path = "../tests/support/window.rs"]
mod window;

fn tick(c: &mut Criterion) {
    let mut group = c.benchmark_group("tick of the window");
    let _ = group.measurement_time(Duration::from_secs(5));
    let rigs = [
        ("6 speakers in 3 zones", stage::rig()),
        ("32 speakers in 6 zones", stage::house()),
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
