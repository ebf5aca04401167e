//! The little picture of the third step: a speaker on its way into a zone.

use iced::advanced::text::{LineHeight, Shaping};
use iced::widget::canvas::{Frame, Path, Stroke, Text};
use iced::{Color, Element, Font, Pixels, Point, Rectangle, Size, alignment};

use super::Message;
use crate::gui::icon::Icon;
use crate::gui::rail;
use crate::gui::shared::Shared;
use crate::gui::style::radius;
use crate::gui::tokens::Tokens;
use crate::gui::{fonts, glyph, measure};

/// Draws it `width` pixels wide, with the user's own names where there are any.
pub fn view<'a>(width: f32, zone: &str, shared: &Shared) -> Element<'a, Message> {
    let height = if shared.regions.is_wide() {
        268.0
    } else {
        200.0
    };
    let rows = shared.scene.rail.iter().flat_map(|group| &group.rows);
    let ready = rows.filter(|row| rail::is_ready(row));
    let mut names = ready.map(|row| row.name.clone());
    let carried = names.next().unwrap_or_else(|| "Shelf left".into());
    let resident = names.next_back().unwrap_or_else(|| "Left tower".into());
    let picture = Picture {
        tokens: (*shared.tokens).clone(),
        zone: zone.to_owned(),
        resident,
        carried,
        over: shared.drag.is_some(),
    };
    let shows = (
        picture.zone.clone(),
        picture.resident.clone(),
        picture.carried.clone(),
        picture.over,
    );
    let colors = [picture.tokens.background, picture.tokens.accent];
    glyph::drawing(Size::new(width, height), &colors, shows, move |frame| {
        picture.draw(frame);
    })
    .into()
}

struct Picture {
    tokens: Tokens,
    zone: String,
    resident: String,
    carried: String,
    over: bool,
}

impl Picture {
    fn draw(&self, frame: &mut Frame) {
        let tokens = &self.tokens;
        let size = frame.size();
        let scale = size.height / 268.0;
        let ground = Rectangle::new(Point::ORIGIN, size).shrink(0.5);
        plain(
            frame,
            ground,
            radius::CARD,
            tokens.background,
            tokens.line,
            1.0,
        );
        let zone = Rectangle {
            x: 14.0,
            y: 14.0,
            width: size.width - 28.0,
            height: 180.0 * scale,
        };
        self.zone(frame, zone);
        let row = Rectangle {
            x: zone.x + 13.0,
            y: zone.y + 38.0 * scale.max(0.9),
            width: zone.width - 26.0,
            height: 46.0 * scale.max(0.84),
        };
        let strip = Rectangle {
            y: if self.over {
                row.y
            } else {
                row.y + row.height + 10.0 * scale
            },
            height: 60.0 * scale,
            ..row
        };
        let (color, _) = tokens.identity(CARRIED);
        let tint = color.scale_alpha(0.2);
        plain(frame, strip, radius::NODE, tint, color, 2.0);
        if self.over {
            // The real one is on its way: it needs no picture of itself.
            return;
        }
        self.resident(frame, row);
        let ghost = Rectangle {
            x: strip.x + strip.width * 0.22,
            y: strip.y + strip.height * 0.62,
            width: strip.width * 0.78 + 13.0,
            height: 56.0 * scale.max(0.84),
        };
        self.ghost(frame, ghost, color);
    }

    fn zone(&self, frame: &mut Frame, area: Rectangle) {
        let tokens = &self.tokens;
        let path = rounded(area, radius::ZONE);
        frame.fill(&path, tokens.zone);
        let (color, width) = if self.over {
            (tokens.accent, 2.5)
        } else {
            (tokens.edge, 2.0)
        };
        let edge = Stroke {
            line_dash: glyph::DASH,
            ..Stroke::default().with_width(width).with_color(color)
        };
        frame.stroke(&path, edge);
        let at = Point::new(area.x + 15.0, area.y + 19.0);
        let room = area.width - 30.0;
        words(frame, &self.zone, at, room, fonts::SEMIBOLD, tokens.text);
    }

    /// A speaker that is there already, in phase.
    fn resident(&self, frame: &mut Frame, area: Rectangle) {
        let tokens = &self.tokens;
        plain(
            frame,
            area,
            radius::NODE,
            tokens.node,
            tokens.node_border,
            1.0,
        );
        let bar = 66.0;
        self.named(frame, area, &self.resident, RESIDENT, bar + 14.0);
        let y = area.center_y();
        let left = area.x + area.width - bar - 14.0;
        let track = Rectangle::new(Point::new(left, y - 3.5), Size::new(bar, 7.0));
        frame.fill(&rounded(track, 3.5), tokens.well);
        let band = Rectangle::new(
            Point::new(left + bar * 0.27, y - 3.5),
            Size::new(bar * 0.46, 7.0),
        );
        frame.fill_rectangle(band.position(), band.size(), tokens.band);
        for x in [band.x, band.x + band.width] {
            let tick = Path::line(Point::new(x, y - 7.0), Point::new(x, y + 7.0));
            frame.stroke(
                &tick,
                Stroke::default().with_width(1.5).with_color(tokens.edge),
            );
        }
        let needle = Rectangle::new(
            Point::new(left + bar * 0.5 - 2.5, y - 9.0),
            Size::new(5.0, 18.0),
        );
        frame.fill(&rounded(needle, 2.5), tokens.ok);
    }

    /// The one that is carried, and the hand that carries it.
    fn ghost(&self, frame: &mut Frame, area: Rectangle, color: Color) {
        let tokens = &self.tokens;
        for spread in [10.0, 6.0, 3.0] {
            let soft = Rectangle {
                y: area.y + 6.0,
                ..area
            };
            let shade = tokens.shadow.scale_alpha(0.3);
            frame.fill(&rounded(soft.expand(spread), radius::NODE + spread), shade);
        }
        plain(frame, area, radius::NODE, tokens.node_hover, color, 2.0);
        self.named(frame, area, &self.carried, CARRIED, 40.0);
        let at = Point::new(area.x + area.width - 22.0, area.y + area.height - 12.0);
        frame.fill_text(Text {
            content: char::from(Icon::Hand).to_string(),
            position: at,
            color: tokens.text,
            size: Pixels(24.0),
            line_height: LineHeight::Relative(1.0),
            font: fonts::ICONS,
            align_x: alignment::Horizontal::Center.into(),
            align_y: alignment::Vertical::Center,
            ..Text::default()
        });
    }

    /// Number and name; `end` pixels at the right stay free.
    fn named(&self, frame: &mut Frame, area: Rectangle, name: &str, slot: u8, end: f32) {
        let tokens = &self.tokens;
        let (color, _) = tokens.identity(slot);
        let tag = Rectangle::new(
            Point::new(area.x + 12.0, area.center_y() - 10.0),
            Size::new(20.0, 20.0),
        );
        frame.fill(&rounded(tag, radius::TAG), color);
        frame.fill_text(Text {
            content: slot.to_string(),
            position: tag.center(),
            color: tokens.tag_number(slot),
            size: Pixels(fonts::SMALL),
            line_height: LineHeight::Relative(1.0),
            font: fonts::BOLD,
            align_x: alignment::Horizontal::Center.into(),
            align_y: alignment::Vertical::Center,
            ..Text::default()
        });
        let at = Point::new(tag.x + 30.0, area.center_y());
        let room = area.x + area.width - end - at.x;
        words(frame, name, at, room, fonts::MEDIUM, tokens.text);
    }
}

fn words(frame: &mut Frame, content: &str, at: Point, room: f32, font: Font, color: Color) {
    frame.fill_text(Text {
        content: measure::fitted(content, room, fonts::BODY, font),
        position: at,
        color,
        size: Pixels(fonts::BODY),
        font,
        align_y: alignment::Vertical::Center,
        shaping: Shaping::Advanced,
        ..Text::default()
    });
}

fn plain(frame: &mut Frame, area: Rectangle, round: f32, ground: Color, edge: Color, width: f32) {
    let path = rounded(area, round);
    frame.fill(&path, ground);
    frame.stroke(&path, Stroke::default().with_width(width).with_color(edge));
}

fn rounded(area: Rectangle, round: f32) -> Path {
    Path::rounded_rectangle(area.position(), area.size(), round.into())
}

/// The number of the speaker that is there.
const RESIDENT: u8 = 1;
/// The number of the one that is carried.
const CARRIED: u8 = 7;
