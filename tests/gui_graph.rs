//! The graph and dragging: what a hand, a key or a tap does reaches the engine
//! as the right edit, and what is drawn never overlaps. Pictures are written to
//! `target/screens`.
#![allow(clippy::unwrap_used)]

#[path = "support/window.rs"]
mod window;

use inphase::gui::stage::Stage;
use window::{Window, pictures};

#[test]
fn main_pictures() {
    pictures("graph-main", |size| {
        let mut window = Window::new(Stage::after_a_minute(size));
        window.stage.app.shared.selection =
            inphase::gui::action::Selection::Speaker("left-tower".into());
        window
    });
}
