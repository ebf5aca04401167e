//! The settings: the window's at the left, the sound's at the right. Everything
//! is in force at once; a text field when Enter is pressed or it is left.

mod choices;

use iced::widget::{column, row, text};
use iced::{Element, Length};

use self::choices::{
    AT_LOGIN, CLOSINGS, DESKTOP, MOTIONS, RENDERERS, UNITS, found, key_of, preferred, switched,
};
use super::drafts::{Drafts, Setting};
use super::files::{self, Filed};
use super::frame::{self, Place};
use super::{Dialog, Message, pieces};
use crate::desktop::Switches;
use crate::gui::action::{Action, Actions, Overlay};
use crate::gui::icon::Icon;
use crate::gui::shared::Shared;
use crate::gui::{fonts, style};
use crate::store::AtLogin;

/// The text fields that are being changed, and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Settings {
    drafts: Drafts,
    /// What is started at log-in, once that is known.
    at_login: Option<AtLogin>,
    /// What the user wants on the desktop, once that is known.
    desktop: Option<Switches>,
    /// Which of these two was changed last, and why it could not be.
    not_set: Option<(&'static str, Option<String>)>,
}

impl Settings {
    fn start_at_login(&mut self, item: &str, shared: &Shared) -> Option<Actions> {
        let what = found(&AT_LOGIN, item.strip_prefix("login/")?)?;
        self.not_set = Some((LOGIN, None));
        let look = shared.install.clone();
        let set = |autostart| files::set_at_login(autostart, look, what);
        Some(shared.autostart.clone().map(set).into_iter().collect())
    }

    fn on_the_desktop(&mut self, item: &str, shared: &Shared) -> Option<Actions> {
        let key = item.strip_prefix("desktop/")?;
        self.not_set = Some((DESKTOP_SCOPE, None));
        let changed = self.desktop.and_then(|switches| switched(switches, key));
        let set = |switches| files::set_desktop(shared.paths.desktop(), switches);
        Some(changed.map(set).into_iter().collect())
    }

    fn window<'a>(&self, shared: &'a Shared) -> Element<'a, Message> {
        let mut all = window(shared);
        if shared.autostart.is_some() {
            let choices = AT_LOGIN.map(|(key, label, _)| (key, label));
            let chosen = self.at_login.map_or("", |what| key_of(&AT_LOGIN, &what));
            let choice = pieces::choice("login", &choices, chosen, shared);
            let below = self.wrong_at(LOGIN, shared);
            all = all.push(pieces::labelled("At log-in", choice, below, shared));
        }
        all.into()
    }

    /// Why this could not be changed.
    fn wrong_at<'a>(&self, scope: &str, shared: &Shared) -> Option<Element<'a, Message>> {
        let (of, wrong) = self.not_set.as_ref()?;
        let wrong = wrong.as_deref().filter(|_| *of == scope)?;
        Some(pieces::wrong(wrong, shared))
    }

    /// What the engine does on the desktop.
    fn desktop<'a>(&self, shared: &'a Shared) -> Element<'a, Message> {
        let switches = DESKTOP.map(|(key, label, is_on)| {
            let kind = if self.desktop.as_ref().is_some_and(is_on) {
                style::Button::On
            } else {
                style::Button::Secondary
            };
            pieces::segment(&format!("desktop/{key}"), label, kind, shared)
        });
        let switches = row(switches).spacing(4).wrap().vertical_spacing(4.0);
        column![heading("Desktop", shared), switches]
            .push(self.wrong_at(DESKTOP_SCOPE, shared))
            .spacing(8)
            .into()
    }

    fn sound<'a>(&self, shared: &'a Shared) -> Element<'a, Message> {
        let mut all = column![heading("Sound", shared)].spacing(8);
        for setting in &SETTINGS {
            all = all.push(self.drafts.field(setting, shared));
        }
        all.push(self.desktop(shared)).width(COLUMN).into()
    }
}

impl Dialog for Settings {
    fn items(&self, shared: &Shared) -> Vec<String> {
        let choices = shared.themes.choices();
        let usable = choices.iter().filter(|choice| choice.problem.is_none());
        let mut items: Vec<String> = usable
            .map(|choice| format!("theme/{}", choice.key))
            .collect();
        items.extend(WINDOW.map(Into::into));
        if shared.autostart.is_some() {
            let login = AT_LOGIN.iter().map(|(key, ..)| format!("login/{key}"));
            items.extend(login);
        }
        items.extend(SETTINGS.iter().map(|setting| setting.path.into()));
        items.extend(DESKTOP.map(|(key, ..)| format!("desktop/{key}")));
        items.extend(
            shared
                .link
                .snapshot
                .bluetooth
                .as_ref()
                .map(|_| "bluetooth".into()),
        );
        items.extend(["presets", "keys"].map(Into::into));
        items.extend(shared.install.as_ref().map(|_| "install".into()));
        items.push(CLOSE.into());
        items
    }

    fn first(&self, shared: &Shared) -> Option<String> {
        let chosen = format!("theme/{}", shared.prefs.theme);
        let items = self.items(shared);
        items
            .iter()
            .find(|item| **item == chosen)
            .or_else(|| items.first())
            .cloned()
    }

    fn press(&mut self, item: &str, shared: &Shared) -> Actions {
        match item {
            CLOSE => return vec![Action::Close],
            "bluetooth" => return vec![Action::Close, Action::Open(Overlay::Bluetooth)],
            "presets" => return vec![Action::Close, Action::Open(Overlay::Presets)],
            "keys" => return vec![Action::Close, Action::Open(Overlay::Keys)],
            "install" => return vec![Action::Close, Action::Open(Overlay::Install)],
            _ => {}
        }
        if let Some(actions) = self.start_at_login(item, shared) {
            return actions;
        }
        if let Some(actions) = self.on_the_desktop(item, shared) {
            return actions;
        }
        match preferred(item, &shared.prefs) {
            Some(prefs) => vec![Action::Prefer(prefs)],
            None => self.drafts.commit(item, shared),
        }
    }

    fn typed(&mut self, item: &str, text: String) {
        self.drafts.typed(&SETTINGS, item, text);
    }

    fn leave(&mut self, item: &str, shared: &Shared) -> Actions {
        self.drafts.commit(item, shared)
    }

    fn start(&self, shared: &Shared) -> Actions {
        let autostart = shared.autostart.clone();
        let mut actions = vec![files::ask_desktop(shared.paths.desktop())];
        actions.extend(autostart.map(files::ask_at_login));
        actions
    }

    fn filed(&mut self, filed: Filed, _shared: &Shared) -> Actions {
        match filed {
            Filed::AtLogin(what) => self.at_login = Some(what),
            Filed::Desktop(switches) => self.desktop = Some(switches),
            Filed::Failed(wrong) => {
                let (scope, _) = self.not_set.take().unwrap_or((DESKTOP_SCOPE, None));
                self.not_set = Some((scope, Some(wrong)));
            }
            _ => {}
        }
        Vec::new()
    }

    fn place(&self, _shared: &Shared) -> Place {
        Place::Centre
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let bluetooth = shared.link.snapshot.bluetooth.as_ref().map(|_| {
            pieces::push(
                "bluetooth",
                Some(Icon::Bluetooth),
                "Bluetooth",
                style::Button::Secondary,
                true,
                shared,
            )
        });
        let install = shared.install.as_ref().map(|_| {
            pieces::push(
                "install",
                Some(Icon::MonitorDown),
                "This computer",
                style::Button::Secondary,
                true,
                shared,
            )
        });
        let links = row![]
            .push(bluetooth)
            .extend([
                pieces::push(
                    "presets",
                    Some(Icon::FolderOpen),
                    "Presets",
                    style::Button::Secondary,
                    true,
                    shared,
                ),
                pieces::push(
                    "keys",
                    Some(Icon::Keyboard),
                    "Keys",
                    style::Button::Secondary,
                    true,
                    shared,
                ),
            ])
            .push(install)
            .extend([
                iced::widget::container(pieces::hint(ABOUT, shared))
                    .center_y(40)
                    .width(Length::Fill)
                    .into(),
                pieces::push(CLOSE, None, "Close", style::Button::Secondary, true, shared),
            ])
            .spacing(8);
        let content = column![
            row![self.window(shared), self.sound(shared)].spacing(28),
            crate::gui::widgets::rule(&shared.tokens),
            links,
        ]
        .spacing(10)
        .padding(iced::Padding::from([0.0, 8.0]));
        frame::card("Settings", 2.0 * COLUMN + 28.0 + 40.0, content, shared)
    }
}

fn switch<'a, T: PartialEq>(
    scope: &str,
    all: &[(&'static str, &'static str, T)],
    value: &T,
    shared: &Shared,
) -> Element<'a, Message> {
    let choices: Vec<(&str, &str)> = all.iter().map(|(key, label, _)| (*key, *label)).collect();
    pieces::choice(scope, &choices, key_of(all, value), shared)
}

fn window(shared: &Shared) -> iced::widget::Column<'_, Message> {
    let prefs = &shared.prefs;
    let restart = pieces::hint("In force at the next start.", shared);
    column![
        heading("Window", shared),
        theme(shared),
        pieces::labelled("Size", scale(shared), None, shared),
        pieces::labelled(
            "Delays in",
            switch("unit", &UNITS, &prefs.unit, shared),
            None,
            shared
        ),
        pieces::labelled(
            "Motion",
            switch("motion", &MOTIONS, &prefs.motion, shared),
            None,
            shared
        ),
        pieces::labelled(
            "Drawn by",
            switch("renderer", &RENDERERS, &prefs.renderer, shared),
            Some(restart),
            shared
        ),
        pieces::labelled(
            "On close",
            switch("close", &CLOSINGS, &prefs.on_close, shared),
            None,
            shared
        ),
    ]
    .spacing(8)
    .width(COLUMN)
}

/// The themes; a broken file is named with what is wrong with it.
fn theme(shared: &Shared) -> Element<'_, Message> {
    let choices = shared.themes.choices();
    let usable: Vec<(&str, &str)> = choices
        .iter()
        .filter(|choice| choice.problem.is_none())
        .map(|choice| (choice.key.as_str(), choice.name.as_str()))
        .collect();
    let buttons = pieces::choice("theme", &usable, &shared.prefs.theme, shared);
    let mut below = column![].spacing(2);
    let mut broken = false;
    for choice in choices.iter().filter(|choice| choice.problem.is_some()) {
        broken = true;
        let problem = choice.problem.as_deref().unwrap_or_default();
        below = below.push(pieces::wrong(
            &format!("{}: {problem}", choice.name),
            shared,
        ));
    }
    let below = broken.then(|| below.into());
    pieces::labelled("Theme", buttons, below, shared)
}

fn scale(shared: &Shared) -> Element<'_, Message> {
    let prefs = &shared.prefs;
    let percent = if prefs.tv {
        "auto".to_owned()
    } else {
        format!("{:.0}%", prefs.scale * 100.0)
    };
    let percent = text(percent)
        .size(fonts::BODY)
        .font(fonts::MEDIUM)
        .color(shared.tokens.text)
        .align_x(iced::alignment::Horizontal::Center)
        .width(52);
    let step = |item, label| pieces::segment(item, label, style::Button::Secondary, shared);
    let tv = if prefs.tv {
        style::Button::On
    } else {
        style::Button::Secondary
    };
    row![
        step("scale/less", "−"),
        percent,
        step("scale/more", "+"),
        iced::widget::space().width(8),
        pieces::segment("scale/tv", "TV", tv, shared),
    ]
    .spacing(4)
    .align_y(iced::alignment::Vertical::Center)
    .into()
}

fn heading<'a>(words: &str, shared: &Shared) -> Element<'a, Message> {
    text(words.to_owned())
        .size(fonts::NAME)
        .font(fonts::SEMIBOLD)
        .color(shared.tokens.text)
        .into()
}

const WINDOW: [&str; 15] = [
    "scale/less",
    "scale/more",
    "scale/tv",
    "unit/ms",
    "unit/us",
    "unit/cm",
    "motion/system",
    "motion/full",
    "motion/reduced",
    "renderer/auto",
    "renderer/gpu",
    "renderer/software",
    "close/ask",
    "close/keep",
    "close/stop",
];

const SETTINGS: [Setting; 5] = [
    Setting {
        path: "settings.target",
        label: "Latency",
        hint: "auto, or a fixed one such as 40 ms",
    },
    Setting {
        path: "settings.in_phase",
        label: "In phase up to",
        hint: "beyond it a speaker is drifting",
    },
    Setting {
        path: "settings.temperature",
        label: "Air, °C",
        hint: "for the speed of sound",
    },
    Setting {
        path: "settings.period",
        label: "Device period",
        hint: "frames at 48 kHz; fewer is faster, more is safer",
    },
    Setting {
        path: "settings.rate",
        label: "Sample rate",
        hint: "auto follows the source, or such as 48 kHz",
    },
];

const ABOUT: &str = concat!(
    "Inphase ",
    env!("CARGO_PKG_VERSION"),
    ", MIT or Apache-2.0. IBM Plex by IBM, OFL 1.1. Icons by Lucide, ISC."
);
const LOGIN: &str = "login";
const DESKTOP_SCOPE: &str = "desktop";
const CLOSE: &str = "close-dialog";
const COLUMN: f32 = 424.0;
