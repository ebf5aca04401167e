//! How a slider looks: quads and one text, so that the software renderer
//! redraws exactly what has moved.

use iced::advanced::text::{self, Renderer as _};
use iced::advanced::{Renderer as _, renderer::Quad};
use iced::{Border, Color, Pixels, Point, Rectangle, Renderer, Shadow, Size, alignment, border};

use super::Kind;
use crate::gui::tokens::Tokens;
use crate::gui::{fonts, measure};

/// Colours and marks of a slider.
#[derive(Debug)]
pub struct Look {
    pub kind: Kind,
    pub ticks: Vec<f64>,
    pub fill: Color,
    pub focused: bool,
    track: Color,
    tick: Color,
    handle: Color,
    faded: Color,
    ground: Color,
    ink: Color,
    focus: Color,
}

/// The handle at a moment.
#[derive(Debug)]
pub struct Hand {
    pub place: f32,
    pub held: bool,
    pub over: bool,
    pub enabled: bool,
}

/// Pixels between the ends of the handle's way.
pub fn length(bounds: Rectangle) -> f32 {
    (bounds.width - 2.0 * INSET).max(1.0)
}

impl Look {
    pub fn new(tokens: &Tokens) -> Self {
        Self {
            kind: Kind::default(),
            ticks: Vec::new(),
            fill: tokens.accent,
            focused: false,
            track: tokens.track,
            tick: tokens.edge,
            handle: tokens.accent,
            faded: tokens.edge,
            ground: tokens.panel,
            ink: tokens.on_accent,
            focus: tokens.focus,
        }
    }

    /// Track, ticks, filled part, handle and focus ring.
    pub fn track(&self, renderer: &mut Renderer, bounds: Rectangle, ticks: &[f32], hand: &Hand) {
        let middle = bounds.center_y();
        let at = |place: f32| bounds.x + INSET + place * length(bounds);
        let line = Rectangle::new(
            Point::new(bounds.x, middle - TRACK / 2.0),
            Size::new(bounds.width, TRACK),
        );
        rounded(renderer, line, self.track, TRACK / 2.0);
        for tick in ticks {
            let mark = Rectangle::new(
                Point::new((at(*tick) - 0.75).round(), middle - 7.0),
                Size::new(1.5, 14.0),
            );
            rounded(renderer, mark, self.tick, 0.75);
        }
        let from = match self.kind {
            Kind::Bipolar => at(0.5),
            Kind::OneSided => bounds.x,
        };
        let handle = at(hand.place);
        let (left, right) = (from.min(handle), from.max(handle));
        let filled = Rectangle::new(
            Point::new(left, middle - TRACK / 2.0),
            Size::new(right - left, TRACK),
        );
        let fill = if hand.enabled { self.fill } else { self.faded };
        if filled.width > 0.5 {
            rounded(renderer, filled, fill, TRACK / 2.0);
        }
        self.handle(renderer, Point::new(handle, middle), hand);
    }

    fn handle(&self, renderer: &mut Renderer, center: Point, hand: &Hand) {
        let size = if hand.held || hand.over { 11.0 } else { 10.0 };
        // A rim of the ground keeps the handle apart from track and ticks.
        disc(renderer, center, size + 2.0, self.ground);
        let color = if hand.enabled {
            self.handle
        } else {
            self.faded
        };
        disc(renderer, center, size, color);
        if self.focused && hand.enabled {
            let ring = square(center, size + 5.0);
            let border = Border {
                color: self.focus,
                width: 3.0,
                radius: border::radius(size + 5.0),
            };
            quad(renderer, ring, Color::TRANSPARENT, border);
        }
    }

    /// The value over the handle, in a layer of its own: it lies over whatever
    /// stands above the slider.
    pub fn bubble(
        &self,
        renderer: &mut Renderer,
        bounds: Rectangle,
        words: &str,
        hand: &Hand,
        viewport: &Rectangle,
    ) {
        let width = measure::width(words, fonts::BODY, fonts::SEMIBOLD) + 20.0;
        let handle = bounds.x + INSET + hand.place * length(bounds);
        let room = viewport.x..viewport.x + viewport.width - width;
        let x = (handle - width / 2.0).min(room.end).max(room.start);
        let area = Rectangle::new(
            Point::new(x, bounds.center_y() - 16.0 - BUBBLE),
            Size::new(width, BUBBLE),
        );
        let Some(visible) = area.expand(1.0).intersection(viewport) else {
            return;
        };
        renderer.with_layer(visible, |renderer| {
            rounded(renderer, area, self.handle, 6.0);
            let line = text::Text {
                content: words.to_owned(),
                bounds: area.size(),
                size: Pixels(fonts::BODY),
                line_height: text::LineHeight::Relative(1.0),
                font: fonts::SEMIBOLD,
                align_x: text::Alignment::Center,
                align_y: alignment::Vertical::Center,
                shaping: text::Shaping::Basic,
                wrapping: text::Wrapping::None,
            };
            renderer.fill_text(line, area.center(), self.ink, visible);
        });
    }
}

fn disc(renderer: &mut Renderer, center: Point, radius: f32, color: Color) {
    rounded(renderer, square(center, radius), color, radius);
}

fn square(center: Point, half: f32) -> Rectangle {
    Rectangle::new(
        Point::new(center.x - half, center.y - half),
        Size::new(2.0 * half, 2.0 * half),
    )
}

fn rounded(renderer: &mut Renderer, bounds: Rectangle, color: Color, radius: f32) {
    quad(renderer, bounds, color, border::rounded(radius));
}

fn quad(renderer: &mut Renderer, bounds: Rectangle, color: Color, border: Border) {
    let shape = Quad {
        bounds,
        border,
        shadow: Shadow::default(),
        snap: false,
    };
    renderer.fill_quad(shape, color);
}

/// From the end of the track to the end of the handle's way.
const INSET: f32 = 10.0;
/// Height of the track.
const TRACK: f32 = 5.0;
/// Height of the bubble.
const BUBBLE: f32 = 28.0;
