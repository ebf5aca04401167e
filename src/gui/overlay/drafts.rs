//! Settings of the rig as text fields: each is in force when Enter is pressed or it is
//! left, and says what is wrong with it until then.

use iced::Element;

use super::{Message, pieces};
use crate::gui::action::Actions;
use crate::gui::shared::Shared;
use crate::rig::edit::Edit;
use crate::rig::field;

/// A setting of the rig: its path, its label, what it means.
pub(super) struct Setting {
    pub path: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
}

/// The fields that are being changed, and what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Drafts(Vec<Draft>);

#[derive(Debug)]
struct Draft {
    path: &'static str,
    text: String,
    wrong: Option<String>,
}

impl Drafts {
    /// Sends what was written, or says what is wrong with it.
    pub fn commit(&mut self, item: &str, shared: &Shared) -> Actions {
        let Some(at) = self.0.iter().position(|draft| draft.path == item) else {
            return Vec::new();
        };
        let draft = &self.0[at];
        let edit = Edit::set(draft.path, draft.text.trim());
        match pieces::check(&edit, shared) {
            Ok(()) => {
                let same = value(item, shared) == draft.text.trim();
                drop(self.0.remove(at));
                if same { Vec::new() } else { pieces::tell(edit) }
            }
            Err(wrong) => {
                self.0[at].wrong = Some(wrong);
                Vec::new()
            }
        }
    }

    /// A field now holds this.
    pub fn typed(&mut self, settings: &[Setting], item: &str, text: String) {
        let known = settings.iter().find(|setting| setting.path == item);
        let Some(path) = known.map(|setting| setting.path) else {
            return;
        };
        self.0.retain(|draft| draft.path != path);
        self.0.push(Draft {
            path,
            text,
            wrong: None,
        });
    }

    /// Draws one of them.
    pub fn field<'a>(&self, setting: &Setting, shared: &'a Shared) -> Element<'a, Message> {
        let draft = self.0.iter().find(|draft| draft.path == setting.path);
        let current = value(setting.path, shared);
        let shown = draft.map_or(current.as_str(), |draft| draft.text.as_str());
        let wrong = draft.and_then(|draft| draft.wrong.as_deref());
        let field = pieces::field(setting.path, shown, "", wrong.is_some(), shared);
        let below = wrong.map_or_else(
            || pieces::hint(setting.hint, shared),
            |wrong| pieces::wrong(wrong, shared),
        );
        pieces::labelled(setting.label, field, Some(below), shared)
    }
}

/// The value in force, as it can be written back.
fn value(path: &str, shared: &Shared) -> String {
    let text = field::get(&shared.link.rig, path).unwrap_or_default();
    // As the rest of the window writes it; both are read.
    text.strip_suffix(" us")
        .map_or(text.clone(), |number| format!("{number} µs"))
}
