//! The frame around the parts: each gets the rectangle that `regions` says.

use iced::widget::{column, container, row, scrollable, space, stack};
use iced::{Element, Length, Padding, Rectangle};

use super::{App, Message};
use crate::gui::drag::{self, Drag, Hand};
use crate::gui::ended;
use crate::gui::keys::catch;
use crate::gui::rail::Rail;
use crate::gui::regions::Tab;
use crate::gui::style;

impl App {
    /// Draws the window.
    pub fn view(&self) -> Element<'_, Message> {
        let by_pointer = |drag: &Drag| matches!(drag.hand, Hand::Pointer { .. });
        let carried = self.shared.drag.as_ref().is_some_and(by_pointer);
        catch(self.content(), Message::Key)
            .on_pointer_maybe(carried.then_some(Message::Pointer))
            .into()
    }

    fn content(&self) -> Element<'_, Message> {
        let regions = &self.shared.regions;
        let tokens = &self.shared.tokens;
        // Only what is there: the software renderer pays for every layer over
        // every part of the window that it repaints, also for empty ones. There is
        // no ground: the window's own is that of the theme.
        let mut all = stack![self.parts()]
            .width(regions.all.width)
            .height(regions.all.height);
        if self.shared.overlay.is_some() {
            all = all.push(self.overlay());
        }
        if self.toast.text().is_some() {
            all = all.push(self.toast.view(&self.shared).map(Message::Toast));
        }
        if self.shared.drag.is_some() {
            all = all.push(drag::ghost(&self.parts.graph, &self.shared));
        }
        let window = self.shared.size;
        if window.width >= regions.all.width && window.height >= regions.all.height {
            return self.framed(all.into());
        }
        scrollable(self.framed(all.into()))
            .direction(scrollable::Direction::Both {
                vertical: scrollable::Scrollbar::default(),
                horizontal: scrollable::Scrollbar::default(),
            })
            .style(style::scroll(tokens))
            .width(Length::Fill)
            .height(Length::Fill)
            .into()
    }

    /// Leaves the edges free that a television may cut off.
    fn framed<'a>(&self, content: Element<'a, Message>) -> Element<'a, Message> {
        let Rectangle { x, y, .. } = self.shared.regions.all;
        if x <= 0.0 && y <= 0.0 {
            return content;
        }
        let ground = self.shared.tokens.background;
        container(content)
            .padding(Padding::from([y, x]))
            .style(move |_| container::Style::default().background(ground))
            .into()
    }

    fn parts(&self) -> Element<'_, Message> {
        let shared = &self.shared;
        if shared.link.handle.has_ended() {
            return ended::view(shared, Message::Restarted);
        }
        let regions = &shared.regions;
        let parts = &self.parts;
        let main = if shared.is_first_run() {
            parts.first_run.view(shared).map(Message::FirstRun)
        } else {
            parts.graph.view(shared).map(Message::Graph)
        };
        let middle = row![
            fit(parts.rail.view(shared).map(Message::Rail), regions.rail),
            fit(main, regions.canvas),
        ];
        let tuning = !regions.is_wide() && shared.tab == Tab::Tune;
        let dock: Element<'_, Message> = if tuning {
            row![
                parts.dock.tabs(shared).map(Message::Dock),
                parts.inspector.strip(shared).map(Message::Inspector),
            ]
            .into()
        } else {
            parts.dock.view(shared).map(Message::Dock)
        };
        let left = column![middle, fit(dock, regions.dock)];
        let below: Element<'_, Message> = if regions.inspector.width > 0.0 {
            let inspector = parts.inspector.view(shared).map(Message::Inspector);
            row![left, fit(inspector, regions.inspector)].into()
        } else {
            left.into()
        };
        column![
            fit(parts.bar.view(shared).map(Message::Bar), regions.bar),
            below
        ]
        .into()
    }

    fn overlay(&self) -> Element<'_, Message> {
        if let Some(family) = Rail::unfolded(&self.shared) {
            let flyout = self.parts.rail.flyout(family, &self.shared);
            return flyout.map(Message::Rail);
        }
        if self.shared.overlay.is_none() {
            return space().into();
        }
        self.parts.overlays.view(&self.shared).map(Message::Overlay)
    }
}

fn fit(content: Element<'_, Message>, area: Rectangle) -> Element<'_, Message> {
    container(content)
        .width(area.width)
        .height(area.height)
        .clip(true)
        .into()
}
