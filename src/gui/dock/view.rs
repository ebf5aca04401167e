//! Draws the dock.

use iced::widget::{Row, button, column, container, pin, row, space, stack, text};
use iced::{Color, Element, Length, Padding, Point, Size, alignment};

use super::keyboard::TABS;
use super::layout::{Layout, TABS as TABS_WIDTH, TOOLS};
use super::splitter::Splitter;
use super::tools::Tool;
use super::{Dock, Message};
use crate::gui::focus::{FocusId, Region};
use crate::gui::icon::{self, Icon};
use crate::gui::plot::crosshair::Crosshair;
use crate::gui::regions::Tab;
use crate::gui::shared::Shared;
use crate::gui::{fonts, log, style, widgets};

impl Dock {
    /// The column of tabs of the compact layout.
    #[must_use]
    pub fn tabs<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let tokens = &shared.tokens;
        let height = shared.regions.dock.height;
        let each = (height - 12.0) / 3.0;
        let tabs = TABS.map(|(tab, name)| tab_button(tab, name, each.min(72.0), shared));
        let tabs = column(tabs)
            .spacing(if each > 72.0 { each - 72.0 } else { 0.0 })
            .width(TABS_WIDTH - tokens.line_width())
            .align_x(alignment::Horizontal::Center);
        let ground = tokens.clone();
        let column = container(tabs)
            .width(TABS_WIDTH - tokens.line_width())
            .height(Length::Fill)
            .padding(Padding::from([6.0, 0.0]))
            .style(move |_| style::panel(&ground));
        let edge = vertical(shared);
        stack![row![column, edge], horizontal(shared)]
            .width(TABS_WIDTH)
            .height(height)
            .into()
    }

    /// Draws it.
    #[must_use]
    pub fn view<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let tokens = shared.tokens.clone();
        let regions = &shared.regions;
        let layout = self.layout(shared);
        let content = if regions.is_wide() {
            self.wide(&layout, shared)
        } else {
            self.strip(&layout, shared)
        };
        container(content)
            .width(Length::Fill)
            .height(Length::Fill)
            .style(move |_| style::panel(&tokens))
            .into()
    }

    fn wide<'a>(&'a self, layout: &Layout, shared: &'a Shared) -> Element<'a, Message> {
        let room = layout.plots.width + TOOLS;
        let range_right = layout
            .panes
            .first()
            .map_or(0.0, |(_, _, place)| place.size.width - place.margins.right);
        let column = self.column().iter().map(|tool| self.tool(*tool, shared));
        let mut layers = vec![
            self.plots(layout, shared),
            self.range_at(range_right, shared),
            pin(self.tools(&[Tool::Pause, Tool::Enlarge], shared))
                .x(room - 84.0)
                .y(4.0)
                .into(),
            pin(iced::widget::Column::with_children(column).spacing(1))
                .x(room - 42.0)
                .y(48.0)
                .into(),
        ];
        if let Some((left, width)) = layout.list {
            layers.push(pin(self.list(width, shared)).x(left).into());
        }
        layers.push(horizontal(shared));
        layers.push(self.split(shared));
        iced::widget::Stack::with_children(layers)
            .width(Length::Fill)
            .height(Length::Fill)
            .into()
    }

    fn strip<'a>(&'a self, layout: &Layout, shared: &'a Shared) -> Element<'a, Message> {
        let content: Element<'a, Message> = match shared.tab {
            Tab::Tune => space().into(),
            Tab::Plots => self.plot_strip(layout, shared),
            Tab::Log => self.log_strip(layout, shared),
        };
        stack![
            row![self.tabs(shared), content].width(Length::Fill),
            horizontal(shared)
        ]
        .width(Length::Fill)
        .height(Length::Fill)
        .into()
    }

    fn plot_strip<'a>(&'a self, layout: &Layout, shared: &'a Shared) -> Element<'a, Message> {
        let range_right = layout
            .panes
            .first()
            .map_or(0.0, |(_, _, place)| place.size.width - place.margins.right);
        stack![
            self.plots(layout, shared),
            self.range_at(range_right, shared),
            pin(self.tools(self.strip_tools(), shared))
                .x(layout.plots.width - 130.0)
                .y(4.0),
        ]
        .width(layout.plots.width)
        .height(Length::Fill)
        .into()
    }

    /// The switch ends where the lines of the first plot do.
    fn range_at<'a>(&'a self, right: f32, shared: &'a Shared) -> Element<'a, Message> {
        container(self.range_switch(shared))
            .width(right)
            .height(42.0)
            .align_x(alignment::Horizontal::Right)
            .align_y(alignment::Vertical::Center)
            .into()
    }

    fn log_strip<'a>(&'a self, layout: &Layout, shared: &'a Shared) -> Element<'a, Message> {
        let (_, width) = layout.list.unwrap_or_default();
        let height = shared.regions.dock.height;
        let line = shared.tokens.line_width();
        let copy = self.copy_log("", shared);
        let list = row![
            self.log
                .view(shared, Size::new(width - 48.0, height - line))
                .map(Message::Log),
            container(copy).padding(4.0),
        ];
        if layout.card == 0.0 {
            return list.into();
        }
        row![
            self.card(shared, layout.card - line),
            vertical(shared),
            list
        ]
        .into()
    }

    /// The canvases, and the crosshair over them.
    fn plots<'a>(&'a self, layout: &Layout, shared: &'a Shared) -> Element<'a, Message> {
        let canvases = layout.panes.iter().map(|(quantity, _, place)| {
            container(self.pane(*quantity).view(&shared.tokens))
                .width(place.size.width)
                .height(place.size.height)
                .clip(true)
                .into()
        });
        let charts = layout.panes.iter().filter_map(|(quantity, left, _)| {
            let chart = self.pane(*quantity).chart()?;
            Some((Point::new(left - layout.tabs, 0.0), chart))
        });
        let crosshair = Crosshair::new(
            charts.collect(),
            self.cross,
            &shared.tokens,
            Message::Hovered,
            Message::Pressed,
        );
        let plots = stack![Row::with_children(canvases), crosshair]
            .width(layout.plots.width)
            .height(layout.plots.height);
        let id = FocusId::new(Region::Dock, "plots");
        container(widgets::ringed(plots, &id, shared))
            .id("plots")
            .into()
    }

    /// The list of events beside the plots.
    fn list<'a>(&'a self, width: f32, shared: &'a Shared) -> Element<'a, Message> {
        let tokens = &shared.tokens;
        let height = shared.regions.dock.height;
        let head = row![
            text("Events")
                .font(fonts::SEMIBOLD)
                .size(fonts::NAME)
                .color(tokens.text)
                .width(Length::Fill),
            self.copy_log("Copy", shared),
        ]
        .align_y(alignment::Vertical::Center)
        .padding(Padding::ZERO.left(16.0).right(8.0))
        .height(HEAD);
        let line = tokens.line_width();
        let room = Size::new(width - line, height - HEAD - 2.0 * line);
        let rows = self.log.view(shared, room).map(Message::Log);
        let list =
            column![space().height(line), head, widgets::rule(tokens), rows].width(width - line);
        row![vertical(shared), list].height(height).into()
    }

    fn copy_log<'a>(&'a self, label: &str, shared: &'a Shared) -> Element<'a, Message> {
        let tokens = &shared.tokens;
        let id = FocusId::new(Region::Dock, "copy-log");
        let button = widgets::labelled(Some(Icon::Copy), label, style::Button::Ghost, tokens)
            .height(36.0)
            .on_press(Message::Log(log::Message::Copied));
        let button = widgets::ringed(button, &id, shared);
        container(widgets::tip(
            button,
            "Copy the event log as text",
            iced::widget::tooltip::Position::Top,
            tokens,
        ))
        .id("copy-log")
        .into()
    }

    fn split<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let id = FocusId::new(Region::Dock, "split");
        let focused = shared.has_focus(&id);
        let color = if focused {
            shared.tokens.focus
        } else {
            shared.tokens.edge
        };
        Splitter::new(
            shared.regions.dock.height,
            (color, focused),
            Message::Split,
            Message::SplitReset,
        )
        .into()
    }
}

fn tab_button<'a>(tab: Tab, name: &str, height: f32, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let (sign, label) = match tab {
        Tab::Tune => (Icon::SlidersHorizontal, "Tune"),
        Tab::Plots => (Icon::ChartLine, "Plots"),
        Tab::Log => (Icon::List, "Log"),
    };
    let chosen = shared.tab == tab;
    let (kind, color): (_, Color) = if chosen {
        (style::Button::On, tokens.on_accent)
    } else {
        (style::Button::Row, tokens.text_second)
    };
    let content = column![
        icon::icon(sign, 17.0, color),
        text(label).size(fonts::SMALL).line_height(1.1).color(color),
    ]
    .spacing(4)
    .align_x(alignment::Horizontal::Center);
    let button = button(container(content).center(Length::Fill))
        .width(50.0)
        .height(height - 2.0)
        .padding(0.0)
        .style(style::button(kind, tokens))
        .on_press(Message::Tabbed(tab));
    let id = FocusId::new(Region::Dock, name);
    container(widgets::ringed(button, &id, shared))
        .id(match tab {
            Tab::Tune => "tab-tune",
            Tab::Plots => "tab-plots",
            Tab::Log => "tab-log",
        })
        .height(height)
        .center_y(Length::Shrink)
        .into()
}

fn horizontal<'a>(shared: &'a Shared) -> Element<'a, Message> {
    let tokens = shared.tokens.clone();
    container(space().width(Length::Fill).height(tokens.line_width()))
        .style(move |_| style::line(&tokens))
        .into()
}

fn vertical<'a>(shared: &'a Shared) -> Element<'a, Message> {
    let tokens = shared.tokens.clone();
    container(space().width(tokens.line_width()).height(Length::Fill))
        .style(move |_| style::line(&tokens))
        .into()
}

/// Height of the heading over the list of events.
const HEAD: f32 = 44.0;
