//! Who gets a key: the dialog, what is carried, what has the keyboard, and last
//! the table of commands.

use iced::keyboard::key::Named;

use super::App;
use crate::gui::action::{Action, Actions};
use crate::gui::commands;
use crate::gui::drag::Step;
use crate::gui::ended;
use crate::gui::focus::{self, FocusId, Region};
use crate::gui::keys::Press;
use crate::gui::rail::Rail;

impl App {
    /// Takes a key that no text field has used.
    pub(super) fn press(&mut self, press: &Press) -> Actions {
        if self.shared.link.handle.has_ended() {
            return ended_press(press);
        }
        if let Some(step) = self.carried(press) {
            return vec![Action::Drag(step)];
        }
        if let Some(actions) = self.focused(press) {
            return actions;
        }
        // The key that compares is let go wherever the keyboard is by then.
        if (!press.down || self.shared.overlay.is_none())
            && let Some(actions) = self.parts.inspector.compare_key(press, &self.shared)
        {
            return actions;
        }
        match press.named() {
            Some(Named::Escape) if self.shared.overlay.is_some() => return vec![Action::Close],
            Some(Named::Escape) if self.toast.text().is_some() => {
                self.toast.hide();
                return Vec::new();
            }
            Some(Named::Escape) if self.shared.focus.is_some() => {
                return vec![Action::Focus(None)];
            }
            Some(Named::Tab) => return self.tab(press.modifiers.shift()),
            Some(Named::F6) => return self.next_region(press.modifiers.shift()),
            _ => {}
        }
        if let Some((across, down)) = press.arrow() {
            return self.inside(if across + down > 0 { 1 } else { -1 });
        }
        if self.shared.overlay.is_some() {
            return Vec::new();
        }
        commands::of_press(press)
            .map_or_else(Vec::new, |verb| commands::carry_out(verb, &self.shared))
    }

    /// Keys that steer what is carried.
    fn carried(&self, press: &Press) -> Option<Step> {
        let _carried = self.shared.drag.as_ref()?;
        match press.named()? {
            Named::Escape => Some(Step::Cancel),
            Named::Enter | Named::Space if !press.repeat => Some(Step::Drop),
            _ => {
                let (across, down) = press.arrow()?;
                Some(Step::Key { across, down })
            }
        }
    }

    /// Offers the key to the part that has the keyboard.
    fn focused(&mut self, press: &Press) -> Option<Actions> {
        let shared = &self.shared;
        let id = shared.focus.clone()?;
        let parts = &mut self.parts;
        match id.region()? {
            Region::Bar => parts.bar.key(&id, press, shared),
            Region::Rail => parts.rail.key(&id, press, shared),
            Region::Main if shared.is_first_run() => parts.first_run.key(&id, press, shared),
            Region::Main => parts.graph.key(&id, press, shared),
            Region::Inspector => parts.inspector.key(&id, press, shared),
            Region::Dock => parts.dock.key(&id, press, shared),
            Region::Toast => self.toast.key(press),
            Region::Overlay if Rail::unfolded(shared).is_some() => {
                parts.rail.key(&id, press, shared)
            }
            Region::Overlay => parts.overlays.key(&id, press, shared),
        }
    }

    /// Everything in a region that can have the keyboard.
    fn items(&self, region: Region) -> Vec<FocusId> {
        let shared = &self.shared;
        match region {
            Region::Bar => self.parts.bar.focusables(shared),
            Region::Rail => self.parts.rail.focusables(shared),
            Region::Main if shared.is_first_run() => self.parts.first_run.focusables(shared),
            Region::Main => self.parts.graph.focusables(shared),
            Region::Inspector => self.parts.inspector.focusables(shared),
            Region::Dock => self.parts.dock.focusables(shared),
            Region::Toast => self.toast.focusables(),
            Region::Overlay => Rail::unfolded(shared).map_or_else(
                || self.parts.overlays.focusables(shared),
                |family| self.parts.rail.flyout_focusables(family, shared),
            ),
        }
    }

    /// Tab walks through everything, region by region; a dialog keeps it.
    fn tab(&self, back: bool) -> Actions {
        let items: Vec<FocusId> = if self.shared.overlay.is_some() {
            [Region::Overlay, Region::Toast]
                .into_iter()
                .flat_map(|region| self.items(region))
                .collect()
        } else {
            let regions = Region::ALL.into_iter();
            regions.flat_map(|region| self.items(region)).collect()
        };
        let step = if back { -1 } else { 1 };
        let next = focus::beside(&items, self.shared.focus.as_ref(), step);
        vec![Action::Focus(next)]
    }

    /// F6 goes to the first item of the next region that has any; a dialog is
    /// the only region while it is open.
    fn next_region(&self, back: bool) -> Actions {
        if self.shared.overlay.is_some() {
            return self.tab(back);
        }
        let first = |region| self.items(region).first().cloned();
        let firsts: Vec<FocusId> = Region::ALL.into_iter().filter_map(first).collect();
        let current = self.shared.focus.as_ref().and_then(FocusId::region);
        let here = firsts.iter().find(|id| id.region() == current);
        let step = if back { -1 } else { 1 };
        vec![Action::Focus(focus::beside(&firsts, here, step))]
    }

    /// Arrows go inside the region.
    fn inside(&self, step: isize) -> Actions {
        let Some(region) = self.shared.focus.as_ref().and_then(FocusId::region) else {
            return Vec::new();
        };
        let items = self.items(region);
        vec![Action::Focus(focus::beside(
            &items,
            self.shared.focus.as_ref(),
            step,
        ))]
    }
}

/// Without an engine there is one thing to do.
fn ended_press(press: &Press) -> Actions {
    if press.activates() {
        vec![Action::Restart]
    } else {
        vec![Action::Focus(Some(ended::focus()))]
    }
}
