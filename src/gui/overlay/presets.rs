//! Presets: rigs saved by name. Loading one can be undone like any change;
//! deleting one can be taken back as long as this list is open.

use std::path::PathBuf;

use iced::widget::{column, container, row, text};
use iced::{Element, Length, alignment};

use super::entry::{self, Entry};
use super::files::{self, Filed, Job};
use super::frame::{self, Place};
use super::source::expanded;
use super::{Dialog, Message, focus_id, pieces};
use crate::engine::Command;
use crate::gui::action::{Action, Actions};
use crate::gui::icon::{Icon, icon};
use crate::gui::shared::Shared;
use crate::gui::{fonts, measure, style};
use crate::rig::Rig;
use crate::store::presets::PresetInfo;

/// The list, the one that is picked out, and what is being written.
#[derive(Debug, Default)]
pub(super) struct PresetList {
    presets: Option<Vec<PresetInfo>>,
    picked: Option<PathBuf>,
    writing: Option<Writing>,
    said: String,
    wrong: Option<String>,
    deleted: Option<Box<Rig>>,
}

#[derive(Debug)]
struct Writing {
    what: What,
    text: String,
}

/// What the text field is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Save,
    Duplicate,
    Rename,
    Export,
    Import,
}

impl What {
    fn label(self) -> &'static str {
        match self {
            Self::Save => "Save this rig as",
            Self::Duplicate => "Name of the copy",
            Self::Rename => "New name",
            Self::Export => "Export to the file",
            Self::Import => "Import the file",
        }
    }

    fn does(self) -> &'static str {
        match self {
            Self::Save | Self::Duplicate => "Save",
            Self::Rename => "Rename",
            Self::Export => "Export",
            Self::Import => "Import",
        }
    }
}

impl PresetList {
    fn picked(&self) -> Option<&PresetInfo> {
        let path = self.picked.as_ref()?;
        self.presets.as_ref()?.iter().find(|of| of.path == *path)
    }

    fn entries(&self, shared: &Shared) -> Vec<Entry> {
        let presets = self.presets.iter().flatten();
        presets
            .map(|preset| {
                let picked = self.picked.as_ref() == Some(&preset.path);
                Entry::inner(format!("preset/{}", preset.path.display()), &preset.name)
                    .icon(Icon::FileMusic)
                    .detail(about(preset))
                    .chosen(picked)
                    .keys(if preset.name == shared.link.rig.name {
                        "In use"
                    } else {
                        ""
                    })
            })
            .collect()
    }

    fn write(&mut self, what: What, shared: &Shared) -> Actions {
        let name = self.picked().map(|preset| preset.name.clone());
        let name = name.unwrap_or_default();
        let text = match what {
            What::Save => shared.link.rig.name.clone(),
            What::Duplicate => format!("{name} copy"),
            What::Rename => name,
            What::Export => format!("~/{}.toml", name.replace('/', "-")),
            What::Import => String::new(),
        };
        self.writing = Some(Writing { what, text });
        self.wrong = None;
        vec![Action::Focus(Some(focus_id(TEXT)))]
    }

    /// Does what the text field is for.
    fn written(&mut self, shared: &Shared) -> Actions {
        let Some(writing) = &self.writing else {
            return Vec::new();
        };
        let text = writing.text.trim().to_owned();
        if text.is_empty() {
            self.wrong = Some(match writing.what {
                What::Export | What::Import => "Write the path of a file.".into(),
                _ => "Write a name.".into(),
            });
            return Vec::new();
        }
        let picked = self.picked.clone().unwrap_or_default();
        let job = match writing.what {
            What::Save => Job::Save(text, Box::new((*shared.link.rig).clone())),
            What::Duplicate => Job::Duplicate(picked, text),
            What::Rename => Job::Rename(picked, text),
            What::Export => Job::Export(picked, expanded(&text).into()),
            What::Import => Job::Import(expanded(&text).into()),
        };
        self.run(job, shared)
    }

    fn run(&mut self, job: Job, shared: &Shared) -> Actions {
        self.wrong = None;
        vec![files::start(job, shared.paths.presets())]
    }

    fn act(&mut self, item: &str, shared: &Shared) -> Actions {
        let Some(path) = self.picked.clone() else {
            return Vec::new();
        };
        match item {
            "load" => self.run(Job::Load(path), shared),
            "duplicate" => self.write(What::Duplicate, shared),
            "rename" => self.write(What::Rename, shared),
            "export" => self.write(What::Export, shared),
            "delete" => self.run(Job::Delete(path), shared),
            _ => Vec::new(),
        }
    }

    fn settle(&mut self, presets: Vec<PresetInfo>, shared: &Shared) -> Actions {
        let asked = self.presets.is_none();
        self.presets = Some(presets);
        self.writing = None;
        if self.picked().is_none() {
            let first = self.presets.iter().flatten().next();
            self.picked = first.map(|preset| preset.path.clone());
        }
        let items = self.items(shared);
        let there = shared
            .focus
            .as_ref()
            .is_some_and(|id| items.iter().any(|item| item == id.item()));
        if there && !asked {
            return Vec::new();
        }
        vec![Action::Focus(self.first(shared).map(focus_id))]
    }
}

impl Dialog for PresetList {
    fn items(&self, shared: &Shared) -> Vec<String> {
        let mut items = entry::items(&self.entries(shared));
        if self.picked().is_some() {
            items.extend(ACTIONS.iter().map(|(item, ..)| (*item).to_owned()));
        }
        if self.writing.is_some() {
            items.extend([TEXT, CANCEL, DO].map(Into::into));
        } else {
            items.extend([SAVE, IMPORT].map(Into::into));
            if self.deleted.is_some() {
                items.push(RESTORE.into());
            }
            items.push(CLOSE.into());
        }
        items
    }

    fn press(&mut self, item: &str, shared: &Shared) -> Actions {
        match item {
            CLOSE => vec![Action::Close],
            SAVE => self.write(What::Save, shared),
            IMPORT => self.write(What::Import, shared),
            TEXT | DO => self.written(shared),
            CANCEL => {
                self.writing = None;
                self.wrong = None;
                vec![Action::Focus(self.first(shared).map(focus_id))]
            }
            RESTORE => self.deleted.take().map_or_else(Vec::new, |rig| {
                let name = rig.name.clone();
                self.run(Job::Save(name, rig), shared)
            }),
            _ => match item.strip_prefix("preset/") {
                Some(path) => {
                    self.picked = Some(path.into());
                    Vec::new()
                }
                None => self.act(item, shared),
            },
        }
    }

    fn typed(&mut self, _item: &str, text: String) {
        self.wrong = None;
        if let Some(writing) = &mut self.writing {
            writing.text = text;
        }
    }

    fn filed(&mut self, filed: Filed, shared: &Shared) -> Actions {
        match filed {
            Filed::AtLogin(_) | Filed::Chosen(_) | Filed::Desktop(_) | Filed::Pieces(..) => {
                Vec::new()
            }
            Filed::Failed(wrong) => {
                self.wrong = Some(wrong);
                Vec::new()
            }
            Filed::Loaded(rig, said) => {
                let mut actions = vec![Action::Close, Action::Tell(Command::Load(rig))];
                if !said.is_empty() {
                    actions.push(Action::Toast(said.join(" ")));
                }
                actions
            }
            Filed::Listed {
                presets,
                said,
                deleted,
            } => {
                self.said = said;
                self.deleted = deleted;
                self.settle(presets, shared)
            }
        }
    }

    fn start(&self, shared: &Shared) -> Actions {
        vec![files::start(Job::List, shared.paths.presets())]
    }

    fn scrolled(&self, item: &str, shared: &Shared) -> Option<f32> {
        entry::scrolled(&self.entries(shared), item, most(shared))
    }

    fn place(&self, _shared: &Shared) -> Place {
        Place::Centre
    }

    fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let entries = self.entries(shared);
        let list: Element<'a, Message> = match &self.presets {
            Some(presets) if presets.is_empty() => {
                let content = column![empty(shared), self.below(shared)].spacing(12);
                return frame::card("Presets", WIDTH, content, shared);
            }
            _ => entry::list(&entries, LIST_WIDTH, most(shared), None, shared),
        };
        let height = entry::height(&entries).clamp(LEAST, most(shared).max(LEAST));
        let list = container(list).width(LIST_WIDTH).height(height);
        let mut side = column![].spacing(4).width(Length::Fill);
        if self.picked().is_some() {
            for (item, sign, label) in ACTIONS {
                let kind = if item == "load" {
                    style::Button::Primary
                } else {
                    style::Button::Ghost
                };
                side = side.push(pieces::push(item, Some(sign), label, kind, true, shared));
            }
        }
        let content = column![row![list, side].spacing(16), self.below(shared)].spacing(12);
        frame::card("Presets", WIDTH, content, shared)
    }
}

impl PresetList {
    fn below<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let push = |item, label, kind| pieces::push(item, None, label, kind, true, shared);
        let Some(writing) = &self.writing else {
            let mut line = row![
                push(SAVE, "Save this rig as…", style::Button::Secondary),
                push(IMPORT, "Import…", style::Button::Secondary),
                container(self.told(shared))
                    .center_y(40)
                    .width(Length::Fill),
            ]
            .spacing(8);
            if self.deleted.is_some() {
                line = line.push(push(RESTORE, "Undo", style::Button::Outline));
            }
            let line = line
                .push(push(CLOSE, "Close", style::Button::Secondary))
                .align_y(alignment::Vertical::Center);
            return frame::edged(line);
        };
        let label = text(writing.what.label())
            .size(fonts::BODY)
            .color(shared.tokens.text_second);
        let wrong = self.wrong.is_some();
        let line = row![
            label,
            pieces::field(TEXT, &writing.text, "", wrong, shared),
            push(CANCEL, "Cancel", style::Button::Secondary),
            push(DO, writing.what.does(), style::Button::Primary),
        ]
        .spacing(8)
        .align_y(alignment::Vertical::Center);
        frame::edged(column![line, self.told(shared)].spacing(6))
    }

    /// What was done, or what is wrong.
    fn told<'a>(&self, shared: &Shared) -> Element<'a, Message> {
        let words = |words: &str| measure::fitted(words, 560.0, fonts::SMALL, fonts::REGULAR);
        match &self.wrong {
            Some(wrong) => pieces::wrong(wrong, shared),
            None => pieces::hint(&words(&self.said), shared),
        }
    }
}

/// What presets are for, where there are none.
fn empty<'a>(shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let heading = text("No presets yet")
        .size(fonts::NAME)
        .font(fonts::SEMIBOLD)
        .color(tokens.text);
    let why = "A preset keeps all speakers, zones, delays and gains under one name. Save this rig \
               as one, and go back to it whenever you like.";
    let why = text(why)
        .size(fonts::BODY)
        .color(tokens.text_second)
        .align_x(alignment::Horizontal::Center);
    let words = column![
        icon(Icon::FolderOpen, 28.0, tokens.text_third),
        heading,
        container(why).max_width(420.0)
    ]
    .spacing(8)
    .align_x(alignment::Horizontal::Center);
    container(words).center_x(Length::Fill).padding(28).into()
}

fn about(preset: &PresetInfo) -> String {
    let count = |number: usize, one: &str| match number {
        1 => format!("1 {one}"),
        more => format!("{more} {one}s"),
    };
    let mut about = format!(
        "{} in {}",
        count(preset.speakers, "speaker"),
        count(preset.zones, "zone")
    );
    if let Some(said) = preset.said.first() {
        about = format!("{about} · {said}");
    }
    about
}

fn most(shared: &Shared) -> f32 {
    (shared.regions.all.height - 260.0).clamp(240.0, 380.0)
}

const ACTIONS: [(&str, Icon, &str); 5] = [
    ("load", Icon::Download, "Load"),
    ("duplicate", Icon::Copy, "Duplicate…"),
    ("rename", Icon::Pencil, "Rename…"),
    ("export", Icon::Upload, "Export…"),
    ("delete", Icon::Trash2, "Delete"),
];

const TEXT: &str = "text";
const DO: &str = "do";
const CANCEL: &str = "cancel";
const SAVE: &str = "save";
const IMPORT: &str = "import";
const RESTORE: &str = "restore";
const CLOSE: &str = "close";
/// Height of what can be done with a preset, which stands beside the list.
const LEAST: f32 = 5.0 * 40.0 + 4.0 * 4.0;
const LIST_WIDTH: f32 = 520.0;
const WIDTH: f32 = 744.0;
