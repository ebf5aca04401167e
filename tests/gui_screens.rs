//! Pictures of every screen, drawn without a display, in `target/screens`.

#[path = "support/window.rs"]
mod window;

use inphase::gui::stage::Stage;
use window::{Window, pictures};

#[test]
fn main_screen() {
    pictures("main", |size| Window::new(Stage::after_a_minute(size)));
}

#[test]
fn first_run() {
    pictures("first-run", |size| Window::new(Stage::first_run(size)));
}
