//! The cached layer below the nodes: edges, the source, the boxes of the zones,
//! and the slots they offer to what is carried.

use iced::widget::text::Alignment;
use iced::{Color, Point, Rectangle, Size, Vector};

use super::face::{Faces, Flow, Light, SourceFace, ZoneFace, title_size};
use super::layout::{Layout, Place, SLOT_HINT, SLOT_LINE, SLOT_TEXT, SLOT_TITLE, Slots};
use super::metrics::rectangle;
use super::paint::{DASHES, boxed, line, outline, sign, text, through};
use super::track::Track;
use crate::gui::drag::Offer;
use crate::gui::icon::Icon;
use crate::gui::layer::Brush;
use crate::gui::scene::Mark;
use crate::gui::style::radius;
use crate::gui::tokens::Tokens;
use crate::gui::{fonts, glyph, measure};
use crate::rig::Timing;

/// Draws it.
pub fn paint(faces: &Faces, frame: &mut Brush<'_>) {
    frame.transform(faces.sight.into_canvas());
    let both = || faces.zones.iter().zip(&faces.layout.zones);
    // What flows is drawn over what does not: near the source they share the way.
    for flows in [false, true] {
        for (zone, place) in both().filter(|(zone, _)| (zone.flow == Flow::Playing) == flows) {
            edge(frame, zone, place, faces);
        }
    }
    source(frame, &faces.source, &faces.layout, &faces.tokens);
    for (zone, place) in both() {
        self::zone(frame, zone, place, faces);
    }
    if let Some(index) = faces.order {
        order(frame, index, faces);
    }
}

fn edge(frame: &mut Brush<'_>, zone: &ZoneFace, place: &Place, faces: &Faces) {
    let tokens = &faces.tokens;
    let track = &place.track;
    let idle = tokens.edge.scale_alpha(0.75);
    let (color, tip) = match zone.flow {
        Flow::Playing => (tokens.edge, tokens.accent),
        Flow::Idle => (idle, tokens.edge),
        Flow::Broken => (tokens.err, tokens.err),
    };
    let length = track.length();
    let mut draw = |from: f32, to: f32| {
        frame.stroke(&through(&track.part(from, to)), line(color, 2.0));
    };
    match zone.flow {
        Flow::Playing => draw(0.0, length - 2.0),
        Flow::Broken => {
            let (from, to) = gap(track);
            draw(0.0, from);
            draw(to, length - 2.0);
        }
        Flow::Idle => {
            let dots = (length / DOTS) as usize;
            for dot in 0..dots {
                let from = dot as f32 * DOTS;
                draw(from, from + 1.0);
            }
        }
    }
    if zone.flow == Flow::Broken {
        cross(frame, track, tokens);
    }
    arrow(frame, track.at(length), tip);
    let label = Point::new(
        place.area.center_x() + 12.0,
        place.area.y - if place.wide { 14.0 } else { 12.0 },
    );
    let style = (fonts::SMALL, fonts::SEMIBOLD);
    text(
        frame,
        &zone.latency,
        label,
        Alignment::Left,
        style,
        tokens.text_second,
    );
    if zone.own && !zone.latency.is_empty() {
        let width = measure::width(&zone.latency, fonts::SMALL, fonts::SEMIBOLD);
        let beside = label + Vector::new(width + 14.0, 0.0);
        sign(frame, Icon::Unlink2, beside, 14.0, tokens.text_second);
    }
}

/// Where a broken edge has its gap: before its last corner, or on the short way
/// straight down.
fn gap(track: &Track) -> (f32, f32) {
    let length = track.length();
    if length < SHORT {
        return (length - 19.0, length - 9.0);
    }
    (length - 71.0, length - 53.0)
}

fn cross(frame: &mut Brush<'_>, track: &Track, tokens: &Tokens) {
    let (from, to) = gap(track);
    let centre = track.at((from + to) / 2.0);
    let arm = if track.length() < SHORT { 3.0 } else { 4.5 };
    for way in [arm, -arm] {
        let ends = [
            centre - Vector::new(arm, way),
            centre + Vector::new(arm, way),
        ];
        frame.stroke(&through(&ends), line(tokens.err, 2.0));
    }
}

fn arrow(frame: &mut Brush<'_>, tip: Point, color: Color) {
    let tip = tip - Vector::new(0.0, 1.5);
    let head = [
        tip + Vector::new(-5.0, -6.5),
        tip,
        tip + Vector::new(5.0, -6.5),
    ];
    frame.stroke(&through(&head), line(color, 2.2));
}

fn source(frame: &mut Brush<'_>, face: &SourceFace, layout: &Layout, tokens: &Tokens) {
    let area = layout.source;
    let ground = if face.light.hovered {
        tokens.node_hover
    } else {
        tokens.node
    };
    let edge = if face.light.selected && !tokens.is_contrast() {
        (tokens.accent, 2.0)
    } else if face.troubled {
        (tokens.err, tokens.border_width)
    } else {
        (tokens.node_border, tokens.border_width)
    };
    boxed(frame, area, radius::CARD, ground, edge);
    if tokens.is_contrast() {
        chosen(frame, area, radius::CARD, face.light, tokens);
    }
    if face.light.focused {
        ring(frame, area, radius::CARD, tokens);
    }
    let icon = Point::new(
        area.x + if layout.metrics.wide { 28.0 } else { 22.0 },
        area.center_y(),
    );
    sign(frame, face.icon, icon, 20.0, tokens.text);
    if layout.metrics.wide {
        let x = area.x + 51.0;
        let name = (fonts::ZONE, fonts::SEMIBOLD);
        let note = (fonts::SMALL, fonts::REGULAR);
        let color = if face.troubled {
            tokens.err
        } else {
            tokens.text_second
        };
        text(
            frame,
            &face.name,
            Point::new(x, area.y + 19.5),
            Alignment::Left,
            name,
            tokens.text,
        );
        text(
            frame,
            &face.note,
            Point::new(x, area.y + 38.5),
            Alignment::Left,
            note,
            color,
        );
    } else {
        let at = Point::new(area.x + 43.0, area.center_y());
        let name = (fonts::NAME, fonts::SEMIBOLD);
        text(frame, &face.name, at, Alignment::Left, name, tokens.text);
    }
}

/// The focus ring: 3 pixels, 2 away.
pub fn ring(frame: &mut Brush<'_>, area: Rectangle, round: f32, tokens: &Tokens) {
    outline(
        frame,
        area.expand(5.0),
        round + 4.0,
        (tokens.focus, 3.0),
        &[],
    );
}

/// The outer ring of what is selected, where its border says something else or
/// every border is as strong. Beside the focus ring it moves inwards, so that
/// both are seen.
pub fn chosen(frame: &mut Brush<'_>, area: Rectangle, round: f32, light: Light, tokens: &Tokens) {
    if !light.selected {
        return;
    }
    let away = if light.focused { 2.0 } else { 4.0 };
    let around = area.expand(away);
    outline(frame, around, round + away - 1.0, (tokens.accent, 2.0), &[]);
}

fn zone(frame: &mut Brush<'_>, face: &ZoneFace, place: &Place, faces: &Faces) {
    let tokens = &faces.tokens;
    zone_box(frame, face, place, tokens);
    if face.hole {
        return;
    }
    header(frame, face, place, tokens, faces.turning);
    if !place.nodes.is_empty() {
        phase_line(frame, face, place, tokens);
    }
    if let Some(area) = place.empty {
        empty(frame, face, area, faces);
    }
    if let Some(at) = place.slots {
        slots(frame, face, &at, faces);
    }
}

fn zone_box(frame: &mut Brush<'_>, face: &ZoneFace, place: &Place, tokens: &Tokens) {
    let area = place.area;
    if face.hole {
        outline(frame, area, radius::ZONE, (tokens.edge, 1.5), DASHES);
        let words = format!("Moving {}…", face.name);
        let style = (fonts::SMALL, fonts::REGULAR);
        text(
            frame,
            &words,
            area.center(),
            Alignment::Center,
            style,
            tokens.text_third,
        );
        return;
    }
    let ground = tokens.zone.scale_alpha(face.fade.max(0.5));
    let rest = (
        tokens.zone_border.scale_alpha(face.fade),
        tokens.border_width,
    );
    match (face.offer, face.light.selected) {
        (Offer::Over, _) => boxed(frame, area, radius::ZONE, ground, (tokens.accent, 2.0)),
        (Offer::May, _) => {
            boxed(frame, area, radius::ZONE, ground, (Color::TRANSPARENT, 0.0));
            outline(frame, area, radius::ZONE, (tokens.edge, 2.0), DASHES);
        }
        (_, true) if tokens.is_contrast() => {
            boxed(frame, area, radius::ZONE, ground, rest);
            chosen(frame, area, radius::ZONE, face.light, tokens);
        }
        (_, true) => boxed(frame, area, radius::ZONE, ground, (tokens.accent, 2.0)),
        (_, false) if face.light.hovered => {
            boxed(
                frame,
                area,
                radius::ZONE,
                ground,
                (tokens.edge, tokens.border_width),
            );
        }
        _ => boxed(frame, area, radius::ZONE, ground, rest),
    }
    if face.light.focused {
        ring(frame, area, radius::ZONE, tokens);
    }
}

fn header(frame: &mut Brush<'_>, face: &ZoneFace, place: &Place, tokens: &Tokens, turning: bool) {
    let area = place.area;
    let y = area.y + if place.wide { 23.0 } else { 20.0 };
    let x = area.x + if place.wide { 15.0 } else { 13.0 };
    let size = title_size(place);
    let name = tokens.text.scale_alpha(face.fade);
    let third = tokens.text_third.scale_alpha(face.fade);
    text(
        frame,
        &face.name,
        Point::new(x, y),
        Alignment::Left,
        (size, fonts::SEMIBOLD),
        name,
    );
    let end = x + measure::width(&face.name, size, fonts::SEMIBOLD);
    if !face.gain.is_empty() {
        let icon = if face.muted {
            Icon::VolumeX
        } else {
            Icon::Volume2
        };
        sign(frame, icon, Point::new(end + 19.0, y), 15.0, third);
        let style = (fonts::SMALL, fonts::REGULAR);
        text(
            frame,
            &face.gain,
            Point::new(end + 32.0, y),
            Alignment::Left,
            style,
            third,
        );
    } else if face.muted {
        sign(frame, Icon::VolumeX, Point::new(end + 19.0, y), 15.0, third);
    }
    if let Some(mark) = face.mark
        && !(turning && mark == Mark::Connecting)
    {
        let at = mark_of(place);
        glyph::draw(
            frame,
            mark,
            at,
            mark_size(place),
            0.0,
            &faded(tokens, face.fade),
        );
    }
}

/// Where a zone's mark is.
#[must_use]
pub fn mark_of(place: &Place) -> Point {
    let (right, down) = if place.wide {
        (20.0, 23.0)
    } else {
        (18.5, 20.0)
    };
    Point::new(place.area.x + place.area.width - right, place.area.y + down)
}

/// How large it is.
#[must_use]
pub fn mark_size(place: &Place) -> f32 {
    if place.wide { 14.0 } else { 13.0 }
}

/// Tokens with paler health colours.
pub fn faded(tokens: &Tokens, fade: f32) -> Tokens {
    let mut tokens = tokens.clone();
    for color in [
        &mut tokens.ok,
        &mut tokens.warn,
        &mut tokens.err,
        &mut tokens.busy,
        &mut tokens.text_third,
    ] {
        *color = color.scale_alpha(fade);
    }
    tokens
}

fn phase_line(frame: &mut Brush<'_>, face: &ZoneFace, place: &Place, tokens: &Tokens) {
    let area = place.area;
    let third = tokens.text_third.scale_alpha(face.fade);
    // In pieces: it goes through the nodes behind what they show.
    let mut from = area.y + if place.wide { 41.0 } else { 33.0 };
    for node in &place.nodes {
        let color = tokens.edge.scale_alpha(face.fade);
        let piece = Size::new(1.0, node.y - from);
        frame.fill_rectangle(Point::new(place.line.floor(), from), piece, color);
        from = node.y + node.height;
    }
    if place.wide
        && let Some(first) = place.nodes.first()
    {
        let bar = super::metrics::node_parts(*first, true).bar;
        let y = area.y + 51.0;
        let style = (fonts::SMALL, fonts::REGULAR);
        let early = Point::new(bar.x - 4.0, y);
        let late = Point::new(bar.x + bar.width, y);
        text(frame, "early", early, Alignment::Left, style, third);
        text(frame, "late", late, Alignment::Right, style, third);
    }
}

fn empty(frame: &mut Brush<'_>, face: &ZoneFace, area: Rectangle, faces: &Faces) {
    let tokens = &faces.tokens;
    let style = (fonts::BODY, fonts::REGULAR);
    if let Some(name) = &face.landing {
        let (color, _) = tokens.identity(faces.carried);
        let ground = color.scale_alpha(0.16);
        boxed(frame, area, radius::NODE, ground, (Color::TRANSPARENT, 0.0));
        outline(frame, area, radius::NODE, (color, 2.0), DASHES);
        let name = measure::fitted(name, area.width - 24.0, fonts::BODY, fonts::MEDIUM);
        text(
            frame,
            &name,
            area.center(),
            Alignment::Center,
            (fonts::BODY, fonts::MEDIUM),
            tokens.text,
        );
        return;
    }
    outline(frame, area, radius::NODE, (tokens.edge, 1.2), &[3.0, 2.5]);
    let apart = if faces.layout.metrics.wide {
        13.0
    } else {
        11.0
    };
    let color = tokens.text_third.scale_alpha(face.fade);
    let at = |down: f32| area.center() + Vector::new(0.0, down);
    sign(frame, Icon::Plus, at(-apart), 18.0, color);
    text(
        frame,
        "Drag a speaker here",
        at(apart),
        Alignment::Center,
        style,
        color,
    );
}

fn slots(frame: &mut Brush<'_>, face: &ZoneFace, at: &Slots, faces: &Faces) {
    let Some(words) = &face.words else { return };
    let tokens = &faces.tokens;
    let (color, _) = tokens.identity(faces.carried);
    let chosen = face.slot.unwrap_or(Timing::InSync);
    let joins = face.offer == Offer::Over && chosen == Timing::InSync;
    let owns = face.offer == Offer::Over && chosen == Timing::Own;
    slot_box(frame, at.join, joins, color, tokens);
    slot_box(frame, at.own, owns, color, tokens);
    slot_text(
        frame,
        at.join,
        (Icon::Link2, "Join in sync"),
        &words.join,
        tokens,
    );
    slot_text(
        frame,
        at.own,
        (Icon::Unlink2, "Own timing"),
        &words.own,
        tokens,
    );
    let last = SLOT_TEXT + SLOT_LINE * (words.join.len().saturating_sub(1)) as f32;
    let hint = Point::new(at.join.x + 21.0, at.join.y + last + SLOT_HINT);
    glyph::draw(frame, Mark::Connecting, hint, 14.0, 0.0, tokens);
    let style = (fonts::BODY, fonts::MEDIUM);
    let hint = hint + Vector::new(14.0, 0.0);
    text(
        frame,
        "In sync 2 s after you drop",
        hint,
        Alignment::Left,
        style,
        tokens.text,
    );
    let strip_color = if joins { color } else { tokens.edge };
    outline(frame, at.strip, radius::NODE, (strip_color, 2.0), DASHES);
    if joins && let Some(name) = &face.landing {
        let name = measure::fitted(name, at.strip.width - 24.0, fonts::BODY, fonts::MEDIUM);
        let middle = at.strip.center();
        text(
            frame,
            &name,
            middle,
            Alignment::Center,
            style,
            tokens.text_second,
        );
    }
}

fn slot_box(frame: &mut Brush<'_>, area: Rectangle, chosen: bool, color: Color, tokens: &Tokens) {
    if chosen {
        let ground = color.scale_alpha(if tokens.is_contrast() { 0.0 } else { 0.2 });
        boxed(frame, area, radius::CARD, ground, (color, 2.0));
    } else {
        outline(frame, area, radius::CARD, (tokens.edge, 2.0), DASHES);
    }
}

fn slot_text(
    frame: &mut Brush<'_>,
    area: Rectangle,
    (icon, title): (Icon, &str),
    lines: &[String],
    tokens: &Tokens,
) {
    let at = |x: f32, y: f32| Point::new(area.x + x, area.y + y);
    sign(frame, icon, at(23.0, SLOT_TITLE), 18.0, tokens.text);
    let style = (16.0, fonts::SEMIBOLD);
    text(
        frame,
        title,
        at(40.0, SLOT_TITLE),
        Alignment::Left,
        style,
        tokens.text,
    );
    for (index, content) in lines.iter().enumerate() {
        let y = SLOT_TEXT + SLOT_LINE * index as f32;
        let style = (fonts::SMALL, fonts::REGULAR);
        text(
            frame,
            content,
            at(14.0, y),
            Alignment::Left,
            style,
            tokens.text_second,
        );
    }
}

/// A line in the gap before a zone: a carried zone lands there.
fn order(frame: &mut Brush<'_>, index: usize, faces: &Faces) {
    let layout = &faces.layout;
    let half = layout.metrics.gap / 2.0;
    let bar = match (layout.zones.get(index), layout.zones.last()) {
        (Some(next), _) => rectangle(next.area.x - half, next.area.y, 0.0, next.area.height),
        (None, Some(last)) => {
            let x = last.area.x + last.area.width + half;
            rectangle(x, last.area.y, 0.0, last.area.height)
        }
        (None, None) => return,
    };
    let ends = [bar.position(), Point::new(bar.x, bar.y + bar.height)];
    frame.stroke(&through(&ends), line(faces.tokens.accent, 3.0));
    frame.fill(
        &iced::widget::canvas::Path::circle(bar.position(), 5.0),
        faces.tokens.accent,
    );
}

/// Shorter than this, an edge goes straight down.
const SHORT: f32 = 90.0;
/// From dot to dot of an idle edge.
const DOTS: f32 = 6.0;
