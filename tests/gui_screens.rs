//! Pictures of every screen, drawn without a display, in `target/screens`.

#[path = "support/window.rs"]
mod window;

use inphase::gui::stage::{self, Stage};
use window::{Window, pictures};

#[test]
fn main_screen() {
    pictures("main", |size| Window::new(Stage::after_a_minute(size)));
}

#[test]
fn first_run() {
    pictures("first-run", |size| Window::new(Stage::first_run(size)));
}

#[test]
fn a_house_of_32_speakers_in_6_zones() {
    pictures("house", |size| {
        let rig = stage::house();
        let snapshot = stage::snapshot(&rig, 24.0);
        let mut window = Window::new(Stage::new(rig, snapshot, stage::devices(), size));
        window.wait(20_000);
        window
    });
}

#[test]
fn a_window_in_which_nothing_changes_repaints_nothing() {
    let mut window = Window::new(Stage::after_a_minute(window::WIDE));
    let _first = window.repainted();
    assert_eq!(window.repainted(), []);
}

#[test]
fn what_plays_repaints_a_small_part_of_the_window() {
    let mut window = Window::new(Stage::after_a_minute(window::WIDE));
    let _first = window.repainted();
    let all = window::WIDE.width * window::WIDE.height;
    let mut area = 0.0;
    for _ in 0..40 {
        window.stage.play(50);
        let parts = window.repainted();
        area += parts.iter().map(iced::Rectangle::area).sum::<f32>();
    }
    assert!(area / 40.0 < all / 5.0, "{} of {all}", area / 40.0);
}
