//! The rail while something out of a zone is carried: where it is put back.

use iced::widget::{column, container, stack, text};
use iced::{Element, Length, alignment};

use super::Message;
use crate::gui::drag::{Landing, Payload};
use crate::gui::icon::{self, Icon};
use crate::gui::shared::Shared;
use crate::gui::{fonts, glyph, style};

/// A dashed edge, and what a drop would do while it would land here.
pub fn view<'a>(shared: &Shared) -> Option<Element<'a, Message>> {
    let drag = shared.drag.as_ref()?;
    let Payload::Speaker(id) = &drag.payload else {
        return None;
    };
    let rig = &shared.link.rig;
    let (speaker, zone) = (rig.speaker(id)?, rig.zone_of(id)?);
    let tokens = &shared.tokens;
    let here = drag.landing == Some(Landing::Rail);
    let (color, width) = if here {
        (tokens.text, 2.5)
    } else {
        (tokens.edge, 1.5)
    };
    let edge = glyph::dashed(color, width, style::radius::ZONE);
    if !here {
        return Some(container(edge).padding(4.0).into());
    }
    let said = if shared.regions.is_wide() {
        format!("Drop to take {} out of {}", speaker.label(), zone.label())
    } else {
        // On one line it would touch the dashed edges of the icon rail.
        "Take\nout".into()
    };
    let words = text(said)
        .size(if shared.regions.is_wide() {
            fonts::NAME
        } else {
            fonts::TICK
        })
        .font(fonts::MEDIUM)
        .color(tokens.text)
        .center()
        .shaping(text::Shaping::Advanced);
    let words = column![icon::icon(Icon::Undo2, 20.0, tokens.text), words]
        .spacing(10)
        .max_width(180.0)
        .align_x(alignment::Horizontal::Center);
    let ground = tokens.panel;
    let inside = container(words)
        .center(Length::Fill)
        .style(move |_| style::boxed(ground, ground, 0.0, style::radius::ZONE));
    Some(container(stack![inside, edge]).padding(4.0).into())
}
