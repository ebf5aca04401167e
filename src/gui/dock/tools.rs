//! The controls of the plots: range, freeze, enlarge, list, copy, save.

use iced::widget::{Row, button, container, text, tooltip};
use iced::{Element, Length, alignment};

use super::{Dock, Message, range};
use crate::engine::history::Range;
use crate::gui::focus::{FocusId, Region};
use crate::gui::icon::{self, Icon};
use crate::gui::plot::export::Form;
use crate::gui::shared::Shared;
use crate::gui::{fonts, style, widgets};

/// A control that is nothing but an icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tool {
    Pause,
    Enlarge,
    List,
    Copy,
    Save,
    Png,
    Svg,
    Cancel,
}

impl Tool {
    pub(super) const ALL: [Self; 8] = [
        Self::Pause,
        Self::Enlarge,
        Self::List,
        Self::Copy,
        Self::Save,
        Self::Png,
        Self::Svg,
        Self::Cancel,
    ];

    /// As it stands in a focus id.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Enlarge => "enlarge",
            Self::List => "list",
            Self::Copy => "copy",
            Self::Save => "save",
            Self::Png => "png",
            Self::Svg => "svg",
            Self::Cancel => "cancel",
        }
    }

    pub(super) fn focus(self) -> FocusId {
        FocusId::new(Region::Dock, self.name())
    }

    pub(super) fn message(self) -> Message {
        match self {
            Self::Pause => Message::Paused,
            Self::Enlarge => Message::Enlarged,
            Self::List => Message::Listed,
            Self::Copy => Message::CopyAsked,
            Self::Save => Message::SaveAsked(true),
            Self::Png => Message::FormChosen(Form::Png),
            Self::Svg => Message::FormChosen(Form::Svg),
            Self::Cancel => Message::SaveAsked(false),
        }
    }
}

impl Dock {
    /// The tools in the column right of the plots, from the top.
    pub(super) fn column(&self) -> &'static [Tool] {
        if self.saving {
            &[Tool::Png, Tool::Svg, Tool::Cancel]
        } else {
            &[Tool::List, Tool::Copy, Tool::Save]
        }
    }

    /// The tools of the compact layout, in a row.
    pub(super) fn strip_tools(&self) -> &'static [Tool] {
        if self.saving {
            &[Tool::Png, Tool::Svg, Tool::Cancel]
        } else {
            &[Tool::Pause, Tool::Copy, Tool::Save]
        }
    }

    /// Draws one, 40 pixels wide.
    pub(super) fn tool<'a>(&'a self, tool: Tool, shared: &'a Shared) -> Element<'a, Message> {
        let tokens = &shared.tokens;
        let (sign, explained, on) = self.face(tool, shared);
        let kind = if on {
            style::Button::On
        } else {
            style::Button::Ghost
        };
        let color = if on { tokens.on_accent } else { tokens.text };
        let content: Element<'a, Message> = match sign {
            Some(sign) => icon::icon(sign, 18.0, color).into(),
            None => text(tool.name().to_uppercase())
                .font(fonts::MEDIUM)
                .size(fonts::TICK)
                .color(color)
                .into(),
        };
        let button = button(container(content).center(Length::Fill))
            .width(40.0)
            .height(36.0)
            .padding(0.0)
            .style(style::button(kind, tokens))
            .on_press(tool.message());
        let ringed = widgets::ringed(button, &tool.focus(), shared);
        container(widgets::tip(
            ringed,
            explained,
            tooltip::Position::Top,
            tokens,
        ))
        .id(tool.name())
        .into()
    }

    fn face(&self, tool: Tool, shared: &Shared) -> (Option<Icon>, &'static str, bool) {
        let large = shared.prefs.dock >= *crate::gui::regions::DOCK.end();
        match tool {
            Tool::Pause if self.is_paused() => (Some(Icon::Play), "Go on", true),
            Tool::Pause => (
                Some(Icon::Pause),
                "Hold the plots. Recording goes on.",
                false,
            ),
            Tool::Enlarge if large => (Some(Icon::Minimize2), "Make the dock smaller", false),
            Tool::Enlarge => (Some(Icon::Maximize2), "Make the dock larger", false),
            Tool::List if self.lists() => (Some(Icon::List), "Show all plots", true),
            Tool::List => (Some(Icon::List), "Show the event log", false),
            Tool::Copy => (Some(Icon::Copy), "Copy the data as CSV", false),
            Tool::Save => (Some(Icon::Download), "Save a picture of the plots", false),
            Tool::Png => (None, "Save as PNG, for a message or a page", false),
            Tool::Svg => (None, "Save as SVG, sharp at any size", false),
            Tool::Cancel => (Some(Icon::X), "Do not save", false),
        }
    }

    /// The switch of the range.
    pub(super) fn range_switch<'a>(&'a self, shared: &'a Shared) -> Element<'a, Message> {
        let choices = Range::ALL.map(|range| (range, range.label()));
        let switch = widgets::segments(
            &choices,
            Some(range(shared)),
            Message::Ranged,
            &shared.tokens,
        );
        let id = FocusId::new(Region::Dock, "range");
        container(widgets::ringed(switch, &id, shared))
            .id("range")
            .into()
    }

    /// Several tools beside each other.
    pub(super) fn tools<'a>(&'a self, tools: &[Tool], shared: &'a Shared) -> Element<'a, Message> {
        let tools = tools.iter().map(|tool| self.tool(*tool, shared));
        Row::with_children(tools)
            .spacing(2)
            .align_y(alignment::Vertical::Center)
            .into()
    }
}
