//! One sentence at the bottom: what changed, with Undo, for 6 s or until the
//! next one. It waits while the pointer is on it.

use std::time::{Duration, Instant};

use iced::widget::{button, column, container, mouse_area, opaque, row, space, text};
use iced::{Element, Padding, alignment};

use super::action::{Action, Actions, Overlay};
use super::focus::{FocusId, Region};
use super::keys::Press;
use super::shared::Shared;
use super::{fonts, measure, style};
use crate::engine::Command;

/// The toast, if one is shown.
#[derive(Debug, Default)]
pub struct Toast {
    shown: Option<Shown>,
    hovered: bool,
}

#[derive(Debug)]
struct Shown {
    text: String,
    undo: bool,
    since: Instant,
}

/// What happens to it.
#[derive(Debug, Clone)]
pub enum Message {
    /// Take back what it tells.
    Undone,
    /// Away with it.
    Dismissed,
    /// The pointer is on it.
    Entered,
    /// The pointer has left it.
    Left,
}

/// How long it stays.
pub const STAYS: Duration = Duration::from_secs(6);

impl Toast {
    /// Takes a message.
    pub fn update(&mut self, message: &Message) -> Actions {
        match message {
            Message::Undone => {
                self.hide();
                return vec![Action::Tell(Command::Undo)];
            }
            Message::Dismissed => self.hide(),
            Message::Entered => self.hovered = true,
            Message::Left => self.hovered = false,
        }
        Vec::new()
    }

    /// Shows a sentence; with `undo` it offers to take the change back.
    pub fn show(&mut self, text: String, undo: bool, now: Instant) {
        self.shown = Some(Shown {
            text,
            undo,
            since: now,
        });
    }

    /// Takes it away.
    pub fn hide(&mut self) {
        self.shown = None;
        self.hovered = false;
    }

    /// The sentence shown.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.shown.as_ref().map(|shown| shown.text.as_str())
    }

    /// Whether it offers Undo.
    #[must_use]
    pub fn offers_undo(&self) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.undo)
    }

    /// Everything in it that can have the keyboard.
    #[must_use]
    pub fn focusables(&self) -> Vec<FocusId> {
        self.offers_undo().then(focus).into_iter().collect()
    }

    /// Takes a key while its button has the keyboard; `None` when it means
    /// nothing here.
    pub fn key(&mut self, press: &Press) -> Option<Actions> {
        press.activates().then(|| self.update(&Message::Undone))
    }

    /// Time has passed; `held` while its button has the keyboard.
    pub fn tick(&mut self, now: Instant, held: bool) {
        let Some(shown) = &mut self.shown else {
            return;
        };
        if self.hovered || held {
            shown.since = now;
        } else if now.saturating_duration_since(shown.since) >= STAYS {
            self.hide();
        }
    }

    /// Draws it over the lower end of the canvas, or at the window's bottom while
    /// a dialog is open, which it would cover there.
    #[must_use]
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let Some(shown) = &self.shown else {
            return space().into();
        };
        let tokens = &shared.tokens;
        let (all, canvas) = (shared.regions.all, shared.regions.canvas);
        let sentence = text(lines(&shown.text, LINE))
            .size(fonts::BODY)
            .font(fonts::MEDIUM)
            .color(tokens.on_accent)
            .wrapping(text::Wrapping::None)
            .shaping(text::Shaping::Advanced);
        let mut content = row![sentence]
            .spacing(20)
            .padding(Padding::from([12.0, 16.0]))
            .align_y(alignment::Vertical::Center);
        if shown.undo {
            content = content.push(undo(shared));
        }
        let paper =
            container(content).style(|_| style::lifted(tokens, tokens.accent, tokens.accent));
        let paper = mouse_area(opaque(paper))
            .on_enter(Message::Entered)
            .on_exit(Message::Left);
        let padding = Padding {
            left: canvas.x,
            right: all.width - canvas.x - canvas.width,
            bottom: if has_dialog(shared) {
                FOOT
            } else {
                all.height - canvas.y - canvas.height + LIFT
            },
            top: 0.0,
        };
        container(paper)
            .width(all.width)
            .height(all.height)
            .padding(padding)
            .align_x(alignment::Horizontal::Center)
            .align_y(alignment::Vertical::Bottom)
            .into()
    }
}

/// Its button.
#[must_use]
pub fn focus() -> FocusId {
    FocusId::new(Region::Toast, "undo")
}

/// Whether a dialog is open; a flyout of the rail leaves the canvas free.
fn has_dialog(shared: &Shared) -> bool {
    let overlay = shared.overlay.as_ref();
    overlay.is_some_and(|overlay| !matches!(overlay, Overlay::Rail(_)))
}

/// The word Undo with a line under it. Its ring is in the colour of the word: that
/// of focus is too pale on this ground.
fn undo<'a>(shared: &Shared) -> Element<'a, Message> {
    let ink = shared.tokens.on_accent;
    let word = text("Undo")
        .size(fonts::BODY)
        .font(fonts::SEMIBOLD)
        .color(ink);
    let width = measure::width("Undo", fonts::BODY, fonts::SEMIBOLD);
    let line = container(space().width(width).height(1.5))
        .style(move |_| style::boxed(ink, ink, 0.0, 0.0));
    let ring = if shared.has_focus(&focus()) { 2.0 } else { 0.0 };
    button(column![word, line])
        .padding(Padding::from([4.0, 6.0]))
        .style(move |_, status| button::Style {
            background: matches!(status, button::Status::Hovered | button::Status::Pressed)
                .then(|| ink.scale_alpha(0.12).into()),
            border: iced::border::rounded(style::radius::TAG)
                .color(ink)
                .width(ring),
            text_color: ink,
            ..button::Style::default()
        })
        .on_press(Message::Undone)
        .into()
}

/// Breaks a sentence into at most two lines of `room` pixels; what is left over
/// ends in `…`.
fn lines(sentence: &str, room: f32) -> String {
    let width = |text: &str| measure::width(text, fonts::BODY, fonts::MEDIUM);
    if width(sentence) <= room {
        return sentence.to_owned();
    }
    let spaces = sentence.char_indices().filter(|(_, sign)| *sign == ' ');
    let fits = |at: &usize| width(&sentence[..*at]) <= room;
    let at = spaces.map(|(at, _)| at).take_while(fits).last();
    let (first, rest) = sentence.split_at(at.unwrap_or(0));
    let rest = measure::fitted(rest.trim_start(), room, fonts::BODY, fonts::MEDIUM);
    if first.is_empty() {
        rest
    } else {
        format!("{first}\n{rest}")
    }
}

/// Longest line.
const LINE: f32 = 430.0;
/// Above the canvas's buttons.
const LIFT: f32 = 64.0;
/// Above the window's bottom while a dialog is open.
const FOOT: f32 = 12.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sentence_takes_two_lines_at_most_and_no_line_is_too_long() {
        let word = "Küchenlautsprecherüberdemkühlschrank".repeat(4);
        for sentence in [
            "Sub moved to Kitchen",
            "Added JBL Flip 6 in the kitchen over the fridge. Moved JBL Flip 6 in the kitchen over the fridge to Living room.",
            &"Moved a speaker with a name. ".repeat(20),
            &word,
            "",
        ] {
            let lines = lines(sentence, LINE);
            assert!(lines.lines().count() <= 2, "{lines}");
            for line in lines.lines() {
                assert!(measure::width(line, fonts::BODY, fonts::MEDIUM) <= LINE);
            }
        }
    }

    #[test]
    fn it_goes_after_six_seconds_but_not_under_the_pointer() {
        let start = Instant::now();
        let mut toast = Toast::default();
        toast.show("Moved.".into(), true, start);
        let _ = toast.update(&Message::Entered);
        toast.tick(start + 2 * STAYS, false);
        assert_eq!(toast.text(), Some("Moved."));
        let _ = toast.update(&Message::Left);
        toast.tick(start + 3 * STAYS - Duration::from_millis(1), false);
        assert!(toast.text().is_some());
        toast.tick(start + 3 * STAYS, true);
        assert!(toast.text().is_some());
        toast.tick(start + 4 * STAYS, false);
        assert_eq!(toast.text(), None);
    }
}
