//! The dock by keyboard: everything that can be clicked can be reached.

use iced::keyboard::key::Named;

use super::tools::Tool;
use super::{Dock, Message, range, resize, trouble};
use crate::engine::history::Range;
use crate::gui::action::Actions;
use crate::gui::focus::{FocusId, Region};
use crate::gui::keys::Press;
use crate::gui::log;
use crate::gui::plot::crosshair::Cross;
use crate::gui::prefs::Prefs;
use crate::gui::regions::Tab;
use crate::gui::shared::Shared;
use crate::sync::time::Nanos;

impl Dock {
    /// Everything in it that can have the keyboard, in reading order.
    #[must_use]
    pub fn focusables(&self, shared: &Shared) -> Vec<FocusId> {
        let of = |item: &str| FocusId::new(Region::Dock, item);
        if shared.is_first_run() {
            return Vec::new();
        }
        if shared.regions.is_wide() {
            let mut all = vec![
                of("split"),
                of("range"),
                of("pause"),
                of("enlarge"),
                of("plots"),
            ];
            all.extend(self.column().iter().map(|tool| tool.focus()));
            if self.lists() {
                all.extend([of("copy-log"), of("log")]);
            }
            return all;
        }
        let mut all: Vec<FocusId> = TABS.map(|(_, name)| of(name)).into();
        match shared.tab {
            Tab::Tune => {}
            Tab::Plots => {
                all.push(of("range"));
                all.extend(self.strip_tools().iter().map(|tool| tool.focus()));
                all.push(of("plots"));
            }
            Tab::Log => {
                if trouble::lost(shared).is_some() {
                    all.extend([of("retry"), of("remove")]);
                }
                all.extend([of("copy-log"), of("log")]);
            }
        }
        all
    }

    /// Takes a key while `id`, which is in this part, has the keyboard; `None`
    /// when it means nothing here.
    pub fn key(&mut self, id: &FocusId, press: &Press, shared: &Shared) -> Option<Actions> {
        match id.item() {
            "split" => split(press, shared),
            "range" => self.key_on_range(press, shared),
            "plots" => self.key_on_plots(press, shared),
            "log" => self.log.key(press),
            item => {
                let message = pressed(item, shared).filter(|_| press.activates())?;
                Some(self.update(message, shared))
            }
        }
    }

    fn key_on_range(&mut self, press: &Press, shared: &Shared) -> Option<Actions> {
        let step = match press.arrow() {
            Some((across, 0)) => across as isize,
            _ if press.activates() => 1,
            _ => return None,
        };
        let all = Range::ALL;
        let here = all.iter().position(|of| *of == range(shared))?;
        let next = (here as isize + step).rem_euclid(all.len() as isize) as usize;
        Some(self.update(Message::Ranged(all[next]), shared))
    }

    /// Left and right move the crosshair, with shift in larger steps; up and down
    /// go to what happened before and after; Enter pins it.
    fn key_on_plots(&mut self, press: &Press, shared: &Shared) -> Option<Actions> {
        let layout = self.layout(shared);
        let (quantity, _, _) = layout.panes.first()?;
        let chart = self.pane(*quantity).chart()?;
        let (now, span) = (chart.now, chart.range.span());
        let time = self.cross.map_or(now, |cross| cross.time(now));
        let step = if press.modifiers.shift() { 20 } else { 100 };
        let moved = match press.named()? {
            Named::ArrowLeft => time - Nanos(span.0 / step),
            Named::ArrowRight => time + Nanos(span.0 / step),
            Named::ArrowUp => {
                let before = |at: &Nanos| time - *at > NEAR;
                let marks = chart.marks.iter().map(|mark| mark.time);
                marks.rev().find(before).unwrap_or(time)
            }
            Named::ArrowDown => {
                let after = |at: &Nanos| *at - time > NEAR;
                let mut marks = chart.marks.iter().map(|mark| mark.time);
                marks.find(after).unwrap_or(time)
            }
            Named::Enter | Named::Space => {
                return Some(self.update(Message::Pressed(0, now - time), shared));
            }
            Named::Escape if self.cross.is_some() => {
                self.cross = None;
                return Some(Vec::new());
            }
            _ => return None,
        };
        let moved = moved.clamp(now - span, now);
        self.cross = Some(Cross::Loose {
            pane: 0,
            ago: now - moved,
        });
        Some(Vec::new())
    }
}

fn split(press: &Press, shared: &Shared) -> Option<Actions> {
    let height = shared.prefs.dock;
    match press.named()? {
        Named::ArrowUp => Some(resize(height + STEP, shared)),
        Named::ArrowDown => Some(resize(height - STEP, shared)),
        Named::Enter | Named::Space | Named::Delete => Some(resize(Prefs::default().dock, shared)),
        _ => None,
    }
}

fn pressed(item: &str, shared: &Shared) -> Option<Message> {
    if let Some((tab, _)) = TABS.iter().find(|(_, name)| *name == item) {
        return Some(Message::Tabbed(*tab));
    }
    match item {
        "copy-log" => Some(Message::Log(log::Message::Copied)),
        "retry" => Some(Message::Retried),
        "remove" => Some(Message::Removed(trouble::lost(shared)?.id.clone())),
        _ => {
            let tool = Tool::ALL.into_iter().find(|tool| tool.name() == item)?;
            Some(tool.message())
        }
    }
}

/// The tabs of the strip and how they are called in focus ids.
pub(super) const TABS: [(Tab, &str); 3] = [
    (Tab::Tune, "tab-tune"),
    (Tab::Plots, "tab-plots"),
    (Tab::Log, "tab-log"),
];
/// An arrow key moves the edge of the dock so far.
const STEP: f32 = 16.0;
/// The crosshair is at a mark already.
const NEAR: Nanos = Nanos(50_000_000);
