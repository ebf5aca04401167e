//! Draws what moves: meters, needles, live numbers, the wave, running dashes.
//!
//! Nothing but quads and text, and of equal number from frame to frame, so that
//! the software renderer repaints exactly what changed. The few shapes that are
//! neither are small cached drawings of their own.

use std::cell::RefCell;
use std::sync::Arc;

use iced::advanced::Renderer as _;
use iced::advanced::graphics::geometry::Renderer as _;
use iced::advanced::renderer::Quad;
use iced::advanced::text::{self, Renderer as _};
use iced::widget::canvas::{Cache, Frame, Path};
use iced::{Color, Font, Pixels, Point, Rectangle, Renderer, Size, Vector, alignment, border};

use super::bodies::{MARK, travel};
use super::ground::{mark_of, mark_size};
use super::layout::{Layout, Place};
use super::levels::{Levels, PITCH, WAVE, share};
use super::metrics::{NodeParts, node_parts, rectangle};
use super::needle::Needle;
use crate::engine::Snapshot;
use crate::gui::drag::{self, Offer, Payload};
use crate::gui::scene::{Mark, NodeView, ZoneView};
use crate::gui::shared::Shared;
use crate::gui::tokens::Tokens;
use crate::gui::{fonts, glyph, measure};

/// What the drawing reads.
#[derive(Debug)]
pub struct Moving<'a> {
    /// Where everything is.
    pub layout: &'a Layout,
    /// What moves by itself.
    pub levels: &'a Levels,
    /// Everything else.
    pub shared: &'a Shared,
}

/// Drawings that are neither quads nor text.
#[derive(Debug, Default)]
pub struct Signs {
    early: [Cache; 2],
    late: [Cache; 2],
    ring: Cache,
    /// What they were drawn with: the colours, and how far the ring has turned.
    drawn: RefCell<Option<(Arc<Tokens>, f32)>>,
}

impl Moving<'_> {
    /// Draws everything.
    pub fn draw(&self, renderer: &mut Renderer, signs: &Signs) {
        signs.refresh(&self.shared.tokens, self.levels.turn);
        self.wave(renderer);
        let zones = || self.shared.scene.zones.iter().zip(&self.layout.zones);
        for (zone, place) in
            zones().filter(|(zone, _)| !self.is_carried(&Payload::Zone(zone.id.clone())))
        {
            let refused = drag::offer(&zone.id, self.shared) == Offer::Refused;
            let fade = if refused { 0.35 } else { 1.0 };
            self.zone(renderer, signs, zone, place, fade);
        }
        if self.shared.moves() {
            for (zone, place) in zones() {
                self.dashes(renderer, zone, place);
            }
        }
    }

    fn is_carried(&self, payload: &Payload) -> bool {
        let carried = self.shared.drag.as_ref();
        carried.is_some_and(|drag| drag.payload == *payload)
    }

    fn wave(&self, renderer: &mut Renderer) {
        let area = self.layout.source;
        let (wide, tokens) = (self.layout.metrics.wide, &self.shared.tokens);
        let (pitch, tall) = if wide {
            (10.0 / 3.0, 28.0)
        } else {
            (2.9, 20.0)
        };
        let right = area.x + area.width - 13.0;
        for ago in 0..WAVE {
            let level = if self.shared.moves() {
                self.levels.wave(ago)
            } else {
                self.levels.wave(0)
            };
            let height = (level * tall).max(2.0);
            let x = right - pitch * (ago + 1) as f32;
            let bar = rectangle(x, area.center_y() - height / 2.0, 2.0, height);
            quad(renderer, bar, 1.0, tokens.text_second);
        }
    }

    fn zone(
        &self,
        renderer: &mut Renderer,
        signs: &Signs,
        zone: &ZoneView,
        place: &Place,
        fade: f32,
    ) {
        self.note(renderer, zone, place, fade);
        if zone.mark == Mark::Connecting && !zone.nodes.is_empty() && self.shared.moves() {
            signs.ring(
                renderer,
                mark_of(place),
                mark_size(place),
                &self.shared.tokens,
            );
        }
        for (node, area) in zone.nodes.iter().zip(&place.nodes) {
            if !self.is_carried(&Payload::Speaker(node.id.clone())) {
                let parts = node_parts(*area, place.wide);
                self.node(renderer, signs, node, &parts, fade);
            }
        }
    }

    /// Spread, or how many play.
    fn note(&self, renderer: &mut Renderer, zone: &ZoneView, place: &Place, fade: f32) {
        let tokens = &self.shared.tokens;
        let mark = mark_of(place);
        let (right, color) = if zone.nodes.is_empty() {
            (place.area.x + place.area.width - 14.0, tokens.text_third)
        } else {
            (mark.x - 15.0, tokens.text_second)
        };
        let size = match (place.wide, zone.nodes.is_empty()) {
            (true, false) => fonts::NAME,
            (true, true) => fonts::BODY,
            (false, _) => fonts::SMALL,
        };
        let style = (size, fonts::REGULAR);
        right_text(
            renderer,
            &zone.note,
            Point::new(right, mark.y),
            style,
            color.scale_alpha(fade),
        );
    }

    fn node(
        &self,
        renderer: &mut Renderer,
        signs: &Signs,
        node: &NodeView,
        parts: &NodeParts,
        fade: f32,
    ) {
        let tokens = &self.shared.tokens;
        self.meters(renderer, node, parts, fade);
        let threshold = self.shared.link.rig.settings.in_phase_us;
        let error = live_error(&self.shared.link.snapshot, node);
        if let Some(needle) = Needle::of(node, error, threshold) {
            draw_needle(renderer, signs, needle, node, parts, (tokens, fade));
        }
        if node.mark == Mark::Connecting && self.shared.moves() {
            signs.ring(renderer, parts.mark, MARK, tokens);
        }
        if node.problem.is_none() {
            numbers(renderer, node, parts, tokens, fade);
        }
    }

    fn meters(&self, renderer: &mut Renderer, node: &NodeView, parts: &NodeParts, fade: f32) {
        let (color, _) = self.shared.tokens.identity(node.slot);
        let color = color.scale_alpha(fade);
        let meter = self.levels.meter(&node.id);
        for well in parts.meters.iter().take(node.meters.into()) {
            let level = share(meter.level) * well.height;
            let bar = rectangle(well.x, well.y + well.height - level, well.width, level);
            quad(renderer, bar, well.width / 2.0, color);
            let held = share(meter.held) * well.height;
            let seen = held > 2.0 && held > level + 0.5;
            let line = rectangle(well.x, well.y + well.height - held, well.width, 2.0);
            quad(
                renderer,
                line,
                0.0,
                if seen { color } else { Color::TRANSPARENT },
            );
        }
    }

    /// Always as many as fit on the way, so that the list of quads keeps its
    /// length while they run.
    fn dashes(&self, renderer: &mut Renderer, zone: &ZoneView, place: &Place) {
        if !zone.flows {
            return;
        }
        let track = &place.track;
        let length = track.length() - 8.0;
        let count = (length / PITCH).ceil().max(0.0) as usize;
        for index in 0..count {
            let along = self.levels.run + PITCH * index as f32;
            let seen = along > 2.0 && along < length;
            let at = track.at(along);
            let (width, height) = if track.is_across(along) {
                (5.0, 2.4)
            } else {
                (2.4, 5.0)
            };
            let dash = rectangle(at.x - width / 2.0, at.y - height / 2.0, width, height);
            let color = if seen {
                self.shared.tokens.text
            } else {
                Color::TRANSPARENT
            };
            quad(renderer, dash, 1.2, color);
        }
    }
}

/// The error at this moment; the scene's is up to 200 ms old.
fn live_error(snapshot: &Snapshot, node: &NodeView) -> Option<f64> {
    let shown = node.error_us?;
    let state = snapshot.speakers.iter().find(|of| of.id == node.id);
    let live = state.and_then(|state| state.offset_us.map(|us| us - state.trim_us));
    Some(live.unwrap_or(shown))
}

fn draw_needle(
    renderer: &mut Renderer,
    signs: &Signs,
    needle: Needle,
    node: &NodeView,
    parts: &NodeParts,
    (tokens, fade): (&Tokens, f32),
) {
    let bar = parts.bar;
    let y = bar.center_y();
    let x = |place: f32| bar.center_x() + place * travel(bar);
    let tall = if parts.icon.is_some() { 25.0 } else { 21.0 };
    let color = match node.mark {
        Mark::Drifting => tokens.warn,
        Mark::Out => tokens.err,
        _ => tokens.ok,
    };
    let color = color.scale_alpha(fade);
    let needle_at = |x: f32, width: f32| rectangle(x - width / 2.0, y - tall / 2.0, width, tall);
    match needle {
        Needle::Solid(place) => quad(renderer, needle_at(x(place), 5.0), 2.5, color),
        Needle::Hollow(from, to) => {
            let middle = (x(from) + x(to)) / 2.0;
            let width = (x(to) - x(from)).max(12.0);
            let area = rectangle(middle - width / 2.0, y - 8.5, width, 17.0);
            frame_quad(renderer, area, 5.0, color);
            quad(renderer, needle_at(middle, 2.0), 1.0, color);
        }
        Needle::Arrow(place) => {
            signs.arrow(renderer, place, Point::new(x(place), y), node.mark, tokens);
        }
    }
}

fn numbers(
    renderer: &mut Renderer,
    node: &NodeView,
    parts: &NodeParts,
    tokens: &Tokens,
    fade: f32,
) {
    let wide = parts.icon.is_some();
    let color = match node.mark {
        Mark::Drifting => tokens.warn,
        Mark::Out => tokens.err,
        _ => tokens.text,
    };
    let size = if wide { 18.0 } else { fonts::NAME };
    let style = (size, fonts::SEMIBOLD);
    right_text(
        renderer,
        &node.offset,
        parts.offset,
        style,
        color.scale_alpha(fade),
    );
    let style = (fonts::SMALL, fonts::REGULAR);
    if wide {
        left_text(
            renderer,
            &node.latency,
            parts.latency,
            style,
            tokens.text_second.scale_alpha(fade),
        );
    } else {
        right_text(
            renderer,
            &node.latency,
            parts.latency,
            style,
            tokens.text_third.scale_alpha(fade),
        );
    }
}

impl Signs {
    fn refresh(&self, tokens: &Arc<Tokens>, turn: f32) {
        let mut drawn = self.drawn.borrow_mut();
        let same = drawn
            .as_ref()
            .is_some_and(|(old, _)| Arc::ptr_eq(old, tokens));
        if !same {
            for arrow in self.early.iter().chain(&self.late) {
                arrow.clear();
            }
        }
        if !same
            || drawn
                .as_ref()
                .is_some_and(|&(_, old)| (old - turn).abs() > 1e-4)
        {
            self.ring.clear();
        }
        *drawn = Some((tokens.clone(), turn));
    }

    fn arrow(&self, renderer: &mut Renderer, place: f32, at: Point, mark: Mark, tokens: &Tokens) {
        let (which, color) = if mark == Mark::Drifting {
            (0, tokens.warn)
        } else {
            (1, tokens.err)
        };
        let (cache, way) = if place < 0.0 {
            (&self.early[which], -1.0)
        } else {
            (&self.late[which], 1.0)
        };
        let size = Size::new(14.0, 18.0);
        let geometry = cache.draw(renderer, size, |frame| arrow(frame, way, color));
        let corner = Vector::new(at.x - size.width / 2.0, at.y - size.height / 2.0);
        renderer.with_translation(corner, |renderer| renderer.draw_geometry(geometry));
    }

    fn ring(&self, renderer: &mut Renderer, at: Point, size: f32, tokens: &Tokens) {
        let turn = self.drawn.borrow().as_ref().map_or(0.0, |&(_, turn)| turn);
        let box_size = Size::new(MARK + 4.0, MARK + 4.0);
        let geometry = self.ring.draw(renderer, box_size, |frame| {
            glyph::draw(frame, Mark::Connecting, frame.center(), size, turn, tokens);
        });
        let corner = Vector::new(at.x - box_size.width / 2.0, at.y - box_size.height / 2.0);
        renderer.with_translation(corner, |renderer| renderer.draw_geometry(geometry));
    }
}

fn arrow(frame: &mut Frame, way: f32, color: Color) {
    let centre = frame.center();
    let at = |x: f32, y: f32| centre + Vector::new(x * way, y);
    let head = Path::new(|path| {
        path.move_to(at(-5.5, -8.0));
        path.line_to(at(5.5, 0.0));
        path.line_to(at(-5.5, 8.0));
        path.close();
    });
    frame.fill(&head, color);
}

fn quad(renderer: &mut Renderer, bounds: Rectangle, round: f32, color: Color) {
    let quad = Quad {
        bounds,
        border: border::rounded(round),
        ..Quad::default()
    };
    renderer.fill_quad(quad, color);
}

fn frame_quad(renderer: &mut Renderer, bounds: Rectangle, round: f32, color: Color) {
    let quad = Quad {
        bounds,
        border: border::rounded(round).color(color).width(2.0),
        ..Quad::default()
    };
    renderer.fill_quad(quad, Color::TRANSPARENT);
}

fn right_text(renderer: &mut Renderer, content: &str, at: Point, style: (f32, Font), color: Color) {
    let width = measure::width(content, style.0, style.1);
    left_text(
        renderer,
        content,
        at - Vector::new(width, 0.0),
        style,
        color,
    );
}

/// Text with bounds of its own size: what it damages is no larger than itself.
fn left_text(
    renderer: &mut Renderer,
    content: &str,
    at: Point,
    (size, font): (f32, Font),
    color: Color,
) {
    let height = size * fonts::LINE_HEIGHT;
    let width = measure::width(content, size, font).ceil() + 2.0;
    let corner = at - Vector::new(0.0, height / 2.0);
    let bounds = Size::new(width, height);
    renderer.fill_text(
        text::Text {
            content: content.to_owned(),
            bounds,
            size: Pixels(size),
            line_height: text::LineHeight::Relative(fonts::LINE_HEIGHT),
            font,
            align_x: text::Alignment::Left,
            align_y: alignment::Vertical::Top,
            shaping: text::Shaping::Basic,
            wrapping: text::Wrapping::None,
        },
        corner,
        color,
        Rectangle::new(corner, bounds),
    );
}
