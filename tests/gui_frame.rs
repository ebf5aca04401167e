//! What frames the graph: bar, rail, toast, first-run page.
#![allow(clippy::unwrap_used)]

#[path = "support/window.rs"]
mod window;

use inphase::gui::stage::Stage;
use window::{Window, pictures};

#[test]
fn pictures_of_the_frame() {
    pictures("frame", |size| {
        let mut window = Window::new(Stage::main(size));
        window.wait(1000);
        window
    });
}
