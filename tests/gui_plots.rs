//! The dock: plots, crosshair, event log, and what is copied and saved of them.
#![allow(clippy::unwrap_used)]

#[path = "support/window.rs"]
mod window;

use iced::Size;
use inphase::engine::history::Range;
use inphase::engine::snapshot::EventKind;
use inphase::gui::action::Selection;
use inphase::gui::app::Message;
use inphase::gui::dock::{self};
use inphase::gui::regions::Tab;
use inphase::gui::stage::Stage;
use inphase::sync::time::Nanos;
use window::{COMPACT, WIDE, Window, pictures};

fn dock(window: &mut Window, message: dock::Message) {
    window.message(Message::Dock(message));
}

fn playing(size: Size) -> Stage {
    let mut stage = Stage::after_a_minute(size);
    stage.event(EventKind::Changed, None, "Left tower is 0.18 ms later.");
    for _ in 0..20 * 20 {
        stage.play(50);
    }
    stage
}

fn on_tab(size: Size, tab: Tab) -> Window {
    let mut window = Window::new(playing(size));
    dock(&mut window, dock::Message::Tabbed(tab));
    window.wait(50);
    window
}

fn troubled(size: Size) -> Stage {
    let mut stage = playing(size);
    stage.lose("shelf-left");
    for _ in 0..6 * 20 {
        stage.play(50);
    }
    stage
}

#[test]
fn pictures_of_the_dock() {
    pictures("plots", |size| on_tab(size, Tab::Plots));
    pictures("plots-trouble", |size| {
        let mut window = Window::new(troubled(size));
        dock(&mut window, dock::Message::Tabbed(Tab::Log));
        window.wait(100);
        window
    });
}
