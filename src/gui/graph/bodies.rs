//! The cached layer of the speakers' nodes: everything on them but what moves.

use iced::widget::canvas::Path;
use iced::widget::text::Alignment;
use iced::{Color, Point, Rectangle, Size};

use super::face::{Faces, NodeFace, SOLO, ZoneFace, badge_width};
use super::ground::{chosen, faded, ring};
use super::layout::Place;
use super::metrics::{NodeParts, node_parts};
use super::needle::BAND;
use super::paint::{DASHES, boxed, line, outline, rounded, sign, text, through};
use crate::gui::icon::Icon;
use crate::gui::layer::Brush;
use crate::gui::scene::Mark;
use crate::gui::style::radius;
use crate::gui::tokens::Tokens;
use crate::gui::{fonts, glyph};

/// Draws it.
pub fn paint(faces: &Faces, frame: &mut Brush<'_>) {
    frame.transform(faces.sight.into_canvas());
    let zones = faces
        .zones
        .iter()
        .zip(&faces.layout.zones)
        .zip(&faces.nodes);
    for ((zone, place), nodes) in zones.filter(|((zone, _), _)| !zone.hole) {
        for (node, area) in nodes.iter().zip(&place.nodes) {
            self::node(frame, node, *area, place.wide, faces);
        }
        insertion(frame, zone, place, faces);
    }
}

fn node(frame: &mut Brush<'_>, node: &NodeFace, area: Rectangle, wide: bool, faces: &Faces) {
    let tokens = &faces.tokens;
    if node.hole {
        outline(frame, area, radius::NODE, (tokens.edge, 1.5), DASHES);
        let words = format!("Moving {}…", node.name);
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
    let parts = node_parts(area, wide);
    body(frame, node, area, tokens);
    wells(frame, node, &parts, tokens);
    scale(frame, &parts, node, tokens);
    title(frame, node, &parts, faces);
    foot(frame, node, &parts, tokens);
}

fn body(frame: &mut Brush<'_>, node: &NodeFace, area: Rectangle, tokens: &Tokens) {
    let ground = if node.light.hovered {
        tokens.node_hover
    } else {
        tokens.node
    };
    let ground = ground.scale_alpha(node.fade.max(0.5));
    let width = tokens.border_width;
    let edge = match node.mark {
        Mark::Drifting => (tokens.warn, width.max(1.2)),
        _ => (tokens.node_border.scale_alpha(node.fade), width),
    };
    if node.lost {
        boxed(frame, area, radius::NODE, ground, (Color::TRANSPARENT, 0.0));
        outline(frame, area, radius::NODE, (tokens.err, 2.0), DASHES);
        // Both must be seen: the state inside, the selection around it.
        chosen(frame, area, radius::NODE, node.light, tokens);
    } else if node.light.selected && !tokens.is_contrast() {
        boxed(frame, area, radius::NODE, ground, (tokens.accent, 2.0));
    } else {
        boxed(frame, area, radius::NODE, ground, edge);
        chosen(frame, area, radius::NODE, node.light, tokens);
    }
    if node.light.focused {
        ring(frame, area, radius::NODE, tokens);
    }
}

fn wells(frame: &mut Brush<'_>, node: &NodeFace, parts: &NodeParts, tokens: &Tokens) {
    for meter in parts.meters.iter().take(node.meters.into()) {
        let ground = tokens.well.scale_alpha(node.fade);
        let edge = well_edge(tokens);
        boxed(frame, *meter, meter.width / 2.0, ground, edge);
    }
}

/// With strong borders, a well on a black ground needs one too.
fn well_edge(tokens: &Tokens) -> (Color, f32) {
    if tokens.is_contrast() {
        (tokens.text_third, 1.0)
    } else {
        (Color::TRANSPARENT, 0.0)
    }
}

fn scale(frame: &mut Brush<'_>, parts: &NodeParts, node: &NodeFace, tokens: &Tokens) {
    let bar = parts.bar;
    let well = tokens.well.scale_alpha(node.fade);
    boxed(frame, bar, bar.height / 2.0, well, well_edge(tokens));
    let (middle, y) = (bar.center_x(), bar.center_y());
    let half = travel(bar) * BAND as f32;
    let band = Rectangle::new(
        Point::new(middle - half, bar.y - 1.0),
        Size::new(2.0 * half, bar.height + 2.0),
    );
    frame.fill(&rounded(band, 0.0), tokens.band.scale_alpha(node.fade));
    let edge = tokens.edge.scale_alpha(node.fade);
    for x in [middle - half, middle + half] {
        frame.fill_rectangle(Point::new(x - 1.0, y - 7.0), Size::new(2.0, 14.0), edge);
    }
    let tall = if parts.icon.is_some() { 13.0 } else { 11.0 };
    frame.fill_rectangle(
        Point::new(middle.floor() - 0.5, y - tall),
        Size::new(1.5, 2.0 * tall),
        edge.scale_alpha(0.8),
    );
}

/// From the centre of a bar to where a needle at its end stands.
#[must_use]
pub fn travel(bar: Rectangle) -> f32 {
    bar.width / 2.0 - 4.0
}

fn title(frame: &mut Brush<'_>, node: &NodeFace, parts: &NodeParts, faces: &Faces) {
    let tokens = &faces.tokens;
    tag(frame, node.slot, parts.tag, tokens, node.fade);
    let name = (fonts::NAME, fonts::SEMIBOLD);
    let ink = tokens.text.scale_alpha(node.fade);
    text(frame, &node.name, parts.name, Alignment::Left, name, ink);
    let mut right = parts.badges.x;
    badge(
        frame,
        node.role,
        &mut right,
        parts.badges.y,
        (tokens, node.fade, false),
    );
    if node.solo {
        badge(
            frame,
            SOLO,
            &mut right,
            parts.badges.y,
            (tokens, node.fade, true),
        );
    }
    if node.muted {
        let at = Point::new(right - 9.0, parts.badges.y);
        sign(
            frame,
            Icon::VolumeX,
            at,
            15.0,
            tokens.text_third.scale_alpha(node.fade),
        );
    }
    if !(faces.turning && node.mark == Mark::Connecting) {
        glyph::draw(
            frame,
            node.mark,
            parts.mark,
            MARK,
            0.0,
            &faded(tokens, node.fade),
        );
    }
}

fn tag(frame: &mut Brush<'_>, slot: u8, area: Rectangle, tokens: &Tokens, fade: f32) {
    let (ground, dashed) = tokens.identity(slot);
    frame.fill(&rounded(area, radius::TAG), ground.scale_alpha(fade));
    if dashed {
        outline(frame, area, radius::TAG, (tokens.text, 1.5), &[3.0, 2.0]);
    }
    let size = if slot < 10 { 13.0 } else { 12.0 };
    let ink = tokens.tag_number(slot).scale_alpha(fade);
    let number = slot.to_string();
    text(
        frame,
        &number,
        area.center(),
        Alignment::Center,
        (size, fonts::BOLD),
        ink,
    );
}

/// A word in a box that ends at `right`, which moves on to the left.
fn badge(
    frame: &mut Brush<'_>,
    word: &str,
    right: &mut f32,
    y: f32,
    (tokens, fade, filled): (&Tokens, f32, bool),
) {
    let width = badge_width(word);
    let area = Rectangle::new(Point::new(*right - width, y - 10.0), Size::new(width, 20.0));
    let (ground, edge, ink) = if filled {
        (tokens.accent, tokens.accent, tokens.on_accent)
    } else {
        (Color::TRANSPARENT, tokens.edge, tokens.text)
    };
    let edge = (edge.scale_alpha(fade), 1.2_f32);
    boxed(frame, area, radius::TAG, ground.scale_alpha(fade), edge);
    let style = (fonts::TICK, fonts::SEMIBOLD);
    text(
        frame,
        word,
        area.center(),
        Alignment::Center,
        style,
        ink.scale_alpha(fade),
    );
    *right -= width + 6.0;
}

fn foot(frame: &mut Brush<'_>, node: &NodeFace, parts: &NodeParts, tokens: &Tokens) {
    if let Some(problem) = &node.problem {
        let style = (fonts::SMALL, fonts::MEDIUM);
        let ink = tokens.err.scale_alpha(node.fade);
        text(frame, problem, parts.problem, Alignment::Left, style, ink);
    } else if let Some(at) = parts.icon {
        sign(
            frame,
            node.icon,
            at,
            14.0,
            tokens.text_third.scale_alpha(node.fade),
        );
    }
}

/// The line that shows between which nodes something lands.
fn insertion(frame: &mut Brush<'_>, zone: &ZoneFace, place: &Place, faces: &Faces) {
    let (Some(index), Some(first), Some(last)) =
        (zone.line, place.nodes.first(), place.nodes.last())
    else {
        return;
    };
    let half = faces.layout.metrics.node_gap / 2.0;
    let y = place
        .nodes
        .get(index)
        .map_or(last.y + last.height + half, |node| node.y - half);
    let (color, _) = faces.tokens.identity(faces.carried);
    let ends = [Point::new(first.x, y), Point::new(first.x + first.width, y)];
    frame.stroke(&through(&ends), line(color, 3.0));
    frame.fill(&Path::circle(ends[0], 5.0), color);
}

/// Size of a node's mark.
pub const MARK: f32 = 14.0;
