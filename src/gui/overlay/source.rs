//! What is played: line in, the desktop, what a sink plays, files, a pipe, a
//! test signal, nothing. Choosing one plays it.

mod lists;

use std::path::PathBuf;

use iced::widget::{column, row};
use iced::{Element, Length};

use super::entry::{self, Entry};
use super::files::{self, Filed};
use super::frame::{self, Place};
use super::{Dialog, Message, focus_id, pieces};
use crate::desktop::files::Chosen;
use crate::engine::Command;
use crate::gui::action::{Action, Actions};
use crate::gui::icon::Icon;
use crate::gui::shared::Shared;
use crate::gui::style;
use crate::rig::edit::Edit;
use crate::rig::{Source, quantity};

/// The chooser: its first page, or one that asks for more.
#[derive(Debug)]
pub(super) struct Chooser {
    page: Page,
    paths: String,
    repeat: bool,
    pipe: Pipe,
    wrong: Option<String>,
    /// The desktop has no dialog for files.
    alone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Kinds,
    Files,
    Pipe,
    Test,
    Sink,
}

#[derive(Debug)]
struct Pipe {
    path: String,
    format: String,
    rate: String,
    channels: String,
}

impl Default for Pipe {
    fn default() -> Self {
        Self {
            path: String::new(),
            format: "s16le".into(),
            rate: "44100".into(),
            channels: "2".into(),
        }
    }
}

/// Plays files, in their order.
pub(super) fn play_files(paths: &[PathBuf]) -> Actions {
    let paths = paths
        .iter()
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    play(Source::Files {
        paths,
        repeat: false,
    })
}

pub(super) fn play(source: Source) -> Actions {
    vec![
        Action::Tell(Command::Edit(Edit::SetSource(Some(source)))),
        Action::Send(Command::Play),
    ]
}

impl Chooser {
    /// Fields begin with what is played now.
    pub(super) fn new(shared: &Shared) -> Self {
        let mut chooser = Self {
            page: Page::Kinds,
            paths: String::new(),
            repeat: false,
            pipe: Pipe::default(),
            wrong: None,
            alone: false,
        };
        match &shared.link.rig.source {
            Some(Source::Files { paths, repeat }) => {
                chooser.paths = written(paths.clone());
                chooser.repeat = *repeat;
            }
            Some(Source::Pipe {
                path,
                format,
                rate,
                channels,
            }) => {
                chooser.pipe = Pipe {
                    path: path.clone(),
                    format: format.clone(),
                    rate: rate.to_string(),
                    channels: channels.to_string(),
                };
            }
            _ => {}
        }
        chooser
    }

    fn entries(&self, shared: &Shared) -> Vec<Entry> {
        match self.page {
            Page::Kinds => lists::kinds(shared),
            Page::Test => lists::tests(shared),
            Page::Sink => lists::sinks(shared),
            Page::Files | Page::Pipe => Vec::new(),
        }
    }

    fn turn(&mut self, page: Page, shared: &Shared) -> Actions {
        self.page = page;
        self.wrong = None;
        let first = self.first(shared);
        vec![Action::Focus(first.map(focus_id))]
    }

    fn files(&self) -> Result<Source, String> {
        let said = |error: crate::rig::RigError| error.to_string();
        let text = self.paths.trim();
        let paths = if text.starts_with('"') {
            match text.parse().map_err(said)? {
                Source::Files { paths, .. } => paths,
                _ => Vec::new(),
            }
        } else {
            vec![text.to_owned()]
        };
        let source = Source::Files {
            paths: paths.iter().map(|path| expanded(path)).collect(),
            repeat: self.repeat,
        };
        source.check().map_err(said)?;
        Ok(source)
    }

    fn piped(&self) -> Result<Source, String> {
        let said = |error: crate::rig::RigError| error.to_string();
        let pipe = &self.pipe;
        let channels = quantity::count(&pipe.channels, "channels").map_err(said)?;
        let source = Source::Pipe {
            path: expanded(pipe.path.trim()),
            format: pipe.format.clone(),
            rate: quantity::hertz(&pipe.rate).map_err(said)?.round() as u32,
            channels: channels as u16,
        };
        source.check().map_err(said)?;
        Ok(source)
    }

    fn play_if(&mut self, source: Result<Source, String>) -> Actions {
        match source {
            Ok(source) => {
                let mut actions = vec![Action::Close];
                actions.extend(play(source));
                actions
            }
            Err(wrong) => {
                self.wrong = Some(wrong);
                Vec::new()
            }
        }
    }
}

impl Dialog for Chooser {
    fn items(&self, shared: &Shared) -> Vec<String> {
        let fixed: &[&str] = match self.page {
            Page::Kinds => return entry::items(&self.entries(shared)),
            Page::Test | Page::Sink => {
                let mut items = entry::items(&self.entries(shared));
                items.push(BACK.into());
                return items;
            }
            Page::Files if self.alone => &[PATHS, REPEAT, BACK, PLAY],
            Page::Files => &[PATHS, BROWSE, REPEAT, BACK, PLAY],
            Page::Pipe => &[
                "pipe/path",
                "format/s16le",
                "format/s24le",
                "format/s32le",
                "format/f32le",
                "pipe/rate",
                "pipe/channels",
                BACK,
                PLAY,
            ],
        };
        fixed.iter().map(|item| (*item).to_owned()).collect()
    }

    fn first(&self, shared: &Shared) -> Option<String> {
        let entries = self.entries(shared);
        let chosen = entries.iter().find(|entry| entry.chosen && entry.possible);
        chosen
            .map(|entry| entry.item.clone())
            .or_else(|| self.items(shared).first().cloned())
    }

    fn press(&mut self, item: &str, shared: &Shared) -> Actions {
        match (item, self.page) {
            (BACK, _) => self.turn(Page::Kinds, shared),
            (PATHS | PLAY, Page::Files) => self.play_if(self.files()),
            (BROWSE, _) => vec![files::browse()],
            (REPEAT, _) => {
                self.repeat = !self.repeat;
                Vec::new()
            }
            (_, Page::Pipe) => match item.strip_prefix("format/") {
                Some(format) => {
                    format.clone_into(&mut self.pipe.format);
                    Vec::new()
                }
                None => self.play_if(self.piped()),
            },
            ("page/files", _) => self.turn(Page::Files, shared),
            ("page/pipe", _) => self.turn(Page::Pipe, shared),
            ("page/test", _) => self.turn(Page::Test, shared),
            ("page/sink", _) => self.turn(Page::Sink, shared),
            _ => entry::press(self.entries(shared), item),
        }
    }

    fn typed(&mut self, item: &str, text: String) {
        self.wrong = None;
        match item {
            PATHS => self.paths = text,
            "pipe/path" => self.pipe.path = text,
            "pipe/rate" => self.pipe.rate = text,
            "pipe/channels" => self.pipe.channels = text,
            _ => {}
        }
    }

    fn filed(&mut self, filed: Filed, _shared: &Shared) -> Actions {
        match filed {
            Filed::Chosen(Chosen::Files(files)) if self.page == Page::Files => {
                let paths = files.iter().map(|path| path.to_string_lossy().into());
                self.paths = written(paths.collect());
                self.wrong = None;
                vec![Action::Focus(Some(focus_id(PLAY)))]
            }
            Filed::Chosen(Chosen::NoDialog) => {
                self.alone = true;
                vec![Action::Focus(Some(focus_id(PATHS)))]
            }
            _ => Vec::new(),
        }
    }

    fn scrolled(&self, item: &str, shared: &Shared) -> Option<f32> {
        entry::scrolled(&self.entries(shared), item, most(shared))
    }

    fn place(&self, shared: &Shared) -> Place {
        let regions = &shared.regions;
        Place::LeftTop {
            x: if regions.is_wide() { 130.0 } else { 50.0 },
            y: regions.bar.height - 2.0,
        }
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let (title, content) = match self.page {
            Page::Kinds => ("What to play", self.list(shared)),
            Page::Test => ("A test signal", self.list_with_back(shared)),
            Page::Sink => ("What a sink plays", self.list_with_back(shared)),
            Page::Files => ("Files", self.files_page(shared)),
            Page::Pipe => ("A pipe", self.pipe_page(shared)),
        };
        frame::card(title, WIDTH + 24.0, content, shared)
    }
}

impl Chooser {
    fn list<'a>(&self, shared: &'a Shared) -> Element<'a, Message> {
        entry::list(&self.entries(shared), WIDTH, most(shared), None, shared)
    }

    fn list_with_back<'a>(&self, shared: &'a Shared) -> Element<'a, Message> {
        column![self.list(shared), frame::buttons([back(shared)])]
            .spacing(8)
            .into()
    }

    fn files_page<'a>(&self, shared: &'a Shared) -> Element<'a, Message> {
        let hint = if self.alone {
            "This desktop has no dialog for files. Write the path, or drop files onto the window."
        } else {
            "One path, or several in quotes: \"a.flac\" \"b.flac\". You can also drop files \
             onto the window."
        };
        let wrong = self.wrong.as_deref();
        let field = pieces::field(
            PATHS,
            &self.paths,
            "~/Music/song.flac",
            wrong.is_some(),
            shared,
        );
        let mut line = row![field].spacing(8);
        if !self.alone {
            let sign = Some(Icon::FolderOpen);
            let kind = style::Button::Secondary;
            line = line.push(pieces::push(BROWSE, sign, "Browse…", kind, true, shared));
        }
        let field = column![line, below(wrong, hint, shared)].spacing(6);
        let mut content = column![frame::edged(field)].spacing(6);
        content = content.push(pieces::tick(
            REPEAT,
            "Begin again after the last one",
            self.repeat,
            shared,
        ));
        content
            .push(frame::buttons([back(shared), go(shared)]))
            .into()
    }

    fn pipe_page<'a>(&self, shared: &'a Shared) -> Element<'a, Message> {
        let pipe = &self.pipe;
        let wrong = self.wrong.as_deref();
        let formats: Vec<(&str, &str)> = Source::FORMATS
            .iter()
            .map(|format| (*format, *format))
            .collect();
        let field = |item, value, hint| pieces::field(item, value, hint, false, shared);
        let path = pieces::field(
            "pipe/path",
            &pipe.path,
            "/tmp/music, or - for standard input",
            wrong.is_some() && pipe.path.trim().is_empty(),
            shared,
        );
        let fields = column![
            pieces::labelled("Path", path, None, shared),
            pieces::labelled(
                "Format",
                pieces::choice("format", &formats, &pipe.format, shared),
                None,
                shared
            ),
            pieces::labelled(
                "Rate, Hz",
                row![field("pipe/rate", pipe.rate.as_str(), "44100")].width(120),
                None,
                shared
            ),
            pieces::labelled(
                "Channels",
                row![field("pipe/channels", pipe.channels.as_str(), "2")].width(120),
                None,
                shared
            ),
            below(wrong, "Raw sound that another program writes.", shared),
        ]
        .spacing(8)
        .width(Length::Fill);
        column![
            frame::edged(fields),
            frame::buttons([back(shared), go(shared)])
        ]
        .spacing(8)
        .into()
    }
}

fn below<'a>(wrong: Option<&str>, hint: &str, shared: &Shared) -> Element<'a, Message> {
    wrong.map_or_else(
        || pieces::hint(hint, shared),
        |wrong| pieces::wrong(wrong, shared),
    )
}

fn back<'a>(shared: &Shared) -> Element<'a, Message> {
    pieces::push(BACK, None, "Back", style::Button::Secondary, true, shared)
}

fn go<'a>(shared: &Shared) -> Element<'a, Message> {
    let sign = Some(Icon::Play);
    pieces::push(PLAY, sign, "Play", style::Button::Primary, true, shared)
}

/// Paths as the field has them: one as it is, several in quotes.
fn written(paths: Vec<String>) -> String {
    match <[String; 1]>::try_from(paths) {
        Ok([one]) => one,
        Err(paths) => Source::Files {
            paths,
            repeat: false,
        }
        .to_string(),
    }
}

/// `~` is the user's home, as in a shell.
pub(super) fn expanded(path: &str) -> String {
    let home = || std::env::var("HOME").ok();
    let rest = path.strip_prefix('~');
    let under_home = rest.filter(|rest| rest.is_empty() || rest.starts_with('/'));
    match (under_home, home()) {
        (Some(rest), Some(home)) => format!("{home}{rest}"),
        _ => path.to_owned(),
    }
}

fn most(shared: &Shared) -> f32 {
    (shared.regions.all.height - 170.0).min(560.0)
}

const PATHS: &str = "paths";
const BROWSE: &str = "browse";
const REPEAT: &str = "repeat";
const BACK: &str = "back";
const PLAY: &str = "play";
const WIDTH: f32 = 396.0;
