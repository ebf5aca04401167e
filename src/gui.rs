//! The window over the engine: iced, drawn from plain data that is pulled from
//! one [`Handle`](crate::engine::Handle). It never opens a device and never
//! waits for the engine, so a slow window disturbs no sound.
//!
//! [`app`] owns the [`shared`] state and the parts (bar, rail, graph, inspector,
//! dock, overlays). A part has a state, messages, `update`, `key`, `focusables`
//! and `view`; what it wants of others it returns as [`action::Action`]s.

pub mod action;
pub mod app;
pub mod around;
pub mod bar;
pub mod commands;
pub mod dock;
pub mod drag;
pub mod ended;
pub mod engines;
pub mod first_run;
pub mod focus;
pub mod fonts;
pub mod glyph;
pub mod graph;
pub mod grip;
pub mod hold_button;
pub mod icon;
pub mod inspector;
pub mod keys;
pub mod latency_bar;
pub mod layer;
pub mod link;
pub mod log;
pub mod measure;
pub mod number_field;
pub mod overlay;
pub mod plot;
pub mod prefs;
pub mod processor;
pub mod radio;
pub mod rail;
pub mod regions;
pub mod renderer;
pub mod scene;
pub mod shared;
pub mod slider;
pub mod stage;
pub mod style;
pub mod themes;
pub mod toast;
pub mod tokens;
pub mod widgets;

use app::{App, Start};
use iced::window;

use crate::desktop::APP_ID;

/// Opens the window and runs it until it is closed. What draws it is chosen
/// before, see [`renderer`].
///
/// # Errors
/// When the system gives no window.
pub fn run(start: Start) -> iced::Result {
    let (width, height) = start.prefs.size;
    let window = window::Settings {
        size: iced::Size::new(width, height),
        min_size: Some(SMALLEST),
        icon: icon::window(),
        exit_on_close_request: false,
        platform_specific: window::settings::PlatformSpecific {
            application_id: APP_ID.into(),
            ..Default::default()
        },
        ..window::Settings::default()
    };
    iced::application(move || App::new(start.clone()), App::update, hosted)
        .title(App::title)
        .theme(App::theme)
        .scale_factor(App::scale)
        .subscription(App::subscription)
        .settings(iced::Settings {
            id: Some(APP_ID.into()),
            fonts: fonts::all(),
            default_font: fonts::REGULAR,
            default_text_size: fonts::BODY.into(),
            antialiasing: true,
            ..iced::Settings::default()
        })
        .window(window)
        .run()
}

fn hosted(app: &App) -> iced::Element<'_, app::Message, iced::Theme, processor::Renderer> {
    processor::host(app.view())
}

/// Below the smallest layout the content scrolls; smaller than this it cannot be
/// used.
const SMALLEST: iced::Size = iced::Size::new(480.0, 320.0);
