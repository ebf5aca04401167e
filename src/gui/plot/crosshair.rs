//! The live part over the plots: a crosshair through all of them with every
//! value at that time, the time itself, and what happened then.
//!
//! Drawn with quads and text, which the software renderer compares by value, so
//! a crosshair that moves does not draw the plots anew.

use std::sync::Arc;

use iced::advanced::text::{self, Renderer as _};
use iced::advanced::widget::Tree;
use iced::advanced::{Clipboard, Layout, Renderer as _, Shell, Widget, layout, mouse, renderer};
use iced::{
    Border, Color, Element, Event, Font, Length, Pixels, Point, Rectangle, Renderer, Shadow, Size,
    Theme, Vector, alignment, border, touch,
};

use super::brush::Side;
use super::chart::Chart;
use super::draw::{NARROW, times};
use crate::gui::style::radius;
use crate::gui::tokens::Tokens;
use crate::gui::{fonts, log, measure};
use crate::sync::time::Nanos;

/// Where the crosshair is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cross {
    /// Under the pointer or moved by keys: it stays where it is on the screen.
    Loose {
        /// The plot it was put on.
        pane: usize,
        /// How long before now.
        ago: Nanos,
    },
    /// Pinned: it stays at its time.
    Pinned {
        /// The plot it was put on.
        pane: usize,
        /// The time.
        at: Nanos,
    },
}

impl Cross {
    /// The time it is at.
    #[must_use]
    pub fn time(self, now: Nanos) -> Nanos {
        match self {
            Self::Loose { ago, .. } => now - ago,
            Self::Pinned { at, .. } => at,
        }
    }

    /// The plot it was put on.
    #[must_use]
    pub fn pane(self) -> usize {
        match self {
            Self::Loose { pane, .. } | Self::Pinned { pane, .. } => pane,
        }
    }
}

/// One line of what the crosshair says.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Whose it is.
    pub slot: u8,
    /// The value as text.
    pub text: String,
    /// The mean of the column it was read from.
    pub value: f64,
}

/// What a plot says at a time: every speaker that was measured then.
#[must_use]
pub fn readings(chart: &Chart, time: Nanos) -> Vec<Reading> {
    let read = |line| {
        let value = chart.column(line, time)?.mean;
        Some(Reading {
            slot: line.slot,
            text: chart.quantity.value(value),
            value,
        })
    };
    chart.lines.iter().filter_map(read).collect()
}

/// Without the unit that the heading has: there is no room for it in a narrow
/// plot. Another unit than that one stays.
fn without_unit(mut reading: Reading, chart: &Chart) -> Reading {
    if let Some(number) = reading.text.strip_suffix(chart.scale.unit()) {
        reading.text = number.trim_end().to_owned();
    }
    reading
}

/// Where a card of this width begins beside the crosshair: at its right, at its
/// left when only there is room, else where it hides least of the values' labels.
fn beside(x: f32, width: f32, area: Rectangle) -> f32 {
    let (begin, end) = (area.x, area.x + area.width);
    let (right, left) = (x + 8.0, x - 8.0 - width);
    if right + width <= end {
        right
    } else if left >= begin {
        left
    } else {
        right.min(end + OVERHANG - width)
    }
}

/// The time the crosshair is at, with what happened there.
#[must_use]
pub fn caption(chart: &Chart, time: Nanos) -> String {
    let at = chart.unix_ms - (chart.now - time).0 / 1_000_000;
    let clock = log::clock(at);
    match chart.mark(chart.x(time)) {
        Some(mark) => {
            let then = chart.unix_ms - (chart.now - mark.time).0 / 1_000_000;
            format!("{}  {}", log::clock(then), mark.text())
        }
        None => clock,
    }
}

/// The widget; its plots are given with their top left inside it.
pub struct Crosshair<'a, Message> {
    plots: Vec<(Point, &'a Chart)>,
    cross: Option<Cross>,
    tokens: &'a Arc<Tokens>,
    on_hover: fn(Option<(usize, Nanos)>) -> Message,
    on_press: fn(usize, Nanos) -> Message,
}

impl<'a, Message> Crosshair<'a, Message> {
    /// Over these plots.
    pub fn new(
        plots: Vec<(Point, &'a Chart)>,
        cross: Option<Cross>,
        tokens: &'a Arc<Tokens>,
        on_hover: fn(Option<(usize, Nanos)>) -> Message,
        on_press: fn(usize, Nanos) -> Message,
    ) -> Self {
        Self {
            plots,
            cross,
            tokens,
            on_hover,
            on_press,
        }
    }

    /// The plot under a point of the widget, and how long ago that is.
    fn under(&self, at: Point) -> Option<(usize, Nanos)> {
        self.plots
            .iter()
            .enumerate()
            .find_map(|(index, (corner, chart))| {
                let area = chart.area + Vector::new(corner.x, corner.y);
                let reach = Rectangle {
                    height: area.height + BELOW,
                    ..area
                };
                let ago = chart.ago(at.x - corner.x);
                reach.contains(at).then_some((index, ago))
            })
    }
}

impl<Message> Widget<Message, Theme, Renderer> for Crosshair<'_, Message> {
    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Fill)
    }

    fn layout(&mut self, _: &mut Tree, _: &Renderer, limits: &layout::Limits) -> layout::Node {
        layout::atomic(limits, Length::Fill, Length::Fill)
    }

    fn update(
        &mut self,
        _tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _renderer: &Renderer,
        _clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        _viewport: &Rectangle,
    ) {
        let under = cursor
            .position_in(layout.bounds())
            .and_then(|at| self.under(at));
        match event {
            Event::Mouse(mouse::Event::CursorMoved { .. } | mouse::Event::CursorLeft) => {
                let shown = match self.cross {
                    Some(Cross::Loose { pane, ago }) => Some((pane, ago)),
                    Some(Cross::Pinned { .. }) => return,
                    None => None,
                };
                if shown != under {
                    shell.publish((self.on_hover)(under));
                }
            }
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left))
            | Event::Touch(touch::Event::FingerPressed { .. }) => {
                if let Some((pane, ago)) = under {
                    shell.publish((self.on_press)(pane, ago));
                    shell.capture_event();
                }
            }
            _ => {}
        }
    }

    fn mouse_interaction(
        &self,
        _tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
        _renderer: &Renderer,
    ) -> mouse::Interaction {
        let at = cursor.position_in(layout.bounds());
        match at.and_then(|at| self.under(at)) {
            Some(_) => mouse::Interaction::Crosshair,
            None => mouse::Interaction::None,
        }
    }

    fn draw(
        &self,
        _tree: &Tree,
        renderer: &mut Renderer,
        _theme: &Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        _viewport: &Rectangle,
    ) {
        let Some(cross) = self.cross else { return };
        let bounds = layout.bounds();
        renderer.with_layer(bounds, |renderer| {
            let mut ink = Ink {
                renderer,
                tokens: self.tokens,
                bounds,
            };
            for (index, (corner, chart)) in self.plots.iter().enumerate() {
                let origin = bounds.position() + (*corner - Point::ORIGIN);
                ink.plot(chart, origin, cross);
                let seen = cross.time(chart.now) >= chart.begin();
                if index == cross.pane() && seen {
                    let card = ink.caption_card(chart, origin, cross);
                    ink.clear_times(&self.plots, card);
                    ink.caption(chart, cross, card);
                }
            }
        });
    }
}

impl<'a, Message: 'a> From<Crosshair<'a, Message>> for Element<'a, Message> {
    fn from(crosshair: Crosshair<'a, Message>) -> Self {
        Self::new(crosshair)
    }
}

struct Ink<'a> {
    renderer: &'a mut Renderer,
    tokens: &'a Tokens,
    bounds: Rectangle,
}

impl Ink<'_> {
    /// The line, and the values beside it.
    fn plot(&mut self, chart: &Chart, origin: Point, cross: Cross) {
        let time = cross.time(chart.now);
        if time < chart.begin() {
            return;
        }
        let area = chart.area + Vector::new(origin.x, origin.y);
        let x = origin.x + chart.x(time);
        let line = Rectangle::new(Point::new(x - 0.5, area.y), Size::new(1.0, area.height));
        let pinned = matches!(cross, Cross::Pinned { .. });
        let color = if pinned {
            self.tokens.accent
        } else {
            self.tokens.text_second
        };
        self.quad(line, Border::default(), color);
        let mut readings = readings(chart, time);
        if chart.area.width <= NARROW {
            let short = |reading| without_unit(reading, chart);
            readings = readings.into_iter().map(short).collect();
        }
        self.values(&readings, area, x);
    }

    fn values(&mut self, readings: &[Reading], area: Rectangle, x: f32) {
        if readings.is_empty() {
            return;
        }
        let room = (((area.height - 8.0) / ROW) as usize).max(1);
        let crowded = readings.len() > room;
        let shown = if crowded { room - 1 } else { readings.len() };
        let widest = |reading: &Reading| measure::width(&reading.text, fonts::TICK, fonts::MEDIUM);
        let text = readings.iter().map(widest).fold(0.0, f32::max);
        let rows = shown + usize::from(crowded);
        let size = Size::new(text + 36.0, rows as f32 * ROW + 6.0);
        let left = beside(x, size.width, area).max(self.bounds.x);
        let at = Point::new(left, area.y + 4.0);
        self.card(Rectangle::new(at, size));
        for (index, reading) in readings.iter().take(shown).enumerate() {
            let y = at.y + 3.0 + (index as f32 + 0.5) * ROW;
            self.tag(reading.slot, Point::new(at.x + 14.0, y));
            let place = Point::new(at.x + size.width - 8.0, y);
            self.words(
                &reading.text,
                place,
                text::Alignment::Right,
                fonts::MEDIUM,
                self.tokens.text,
            );
        }
        if crowded {
            let more = format!("and {}", readings.len() - shown);
            let y = at.y + 3.0 + (shown as f32 + 0.5) * ROW;
            let place = Point::new(at.x + 8.0, y);
            let color = self.tokens.text_third;
            self.words(
                &more,
                place,
                text::Alignment::Default,
                fonts::REGULAR,
                color,
            );
        }
    }

    /// The time and what happened, as much as there is room for.
    fn caption_words(&self, chart: &Chart, cross: Cross) -> String {
        let room = self.bounds.width - 24.0;
        let words = caption(chart, cross.time(chart.now));
        measure::fitted(&words, room, fonts::TICK, fonts::MEDIUM)
    }

    /// Where that stands below the plot.
    fn caption_card(&self, chart: &Chart, origin: Point, cross: Cross) -> Rectangle {
        let words = self.caption_words(chart, cross);
        let width = measure::width(&words, fonts::TICK, fonts::MEDIUM) + 16.0;
        let x = origin.x + chart.x(cross.time(chart.now)) - width / 2.0;
        let x = x
            .min(self.bounds.x + self.bounds.width - width - 4.0)
            .max(self.bounds.x + 4.0);
        let y = origin.y + chart.area.y + chart.area.height + 1.0;
        Rectangle::new(Point::new(x, y), Size::new(width, 20.0))
    }

    /// Takes away every label of the time that the card would cut: fragments of
    /// it beside the card read like another number.
    fn clear_times(&mut self, plots: &[(Point, &Chart)], card: Rectangle) {
        for (corner, chart) in plots {
            let origin = self.bounds.position() + (*corner - Point::ORIGIN);
            for (words, at, side) in times(chart) {
                let width = measure::width(words, fonts::TICK, fonts::REGULAR);
                let before = match side {
                    Side::Left => 0.0,
                    Side::Middle => width / 2.0,
                    Side::Right => width,
                };
                let corner = origin + Vector::new(at.x - before - 1.0, at.y - 9.0);
                let area = Rectangle::new(corner, Size::new(width + 2.0, 14.0));
                if area.intersects(&card) {
                    self.quad(area, Border::default(), self.tokens.panel);
                }
            }
        }
    }

    fn caption(&mut self, chart: &Chart, cross: Cross, card: Rectangle) {
        let words = self.caption_words(chart, cross);
        self.quad(card, border::rounded(radius::TAG), self.tokens.accent);
        self.words(
            &words,
            Point::new(card.x + 8.0, card.center_y()),
            text::Alignment::Default,
            fonts::MEDIUM,
            self.tokens.on_accent,
        );
    }

    fn card(&mut self, area: Rectangle) {
        let edge = Border {
            color: self.tokens.edge,
            width: self.tokens.border_width,
            radius: border::radius(radius::TAG),
        };
        self.quad(area, edge, self.tokens.panel);
    }

    fn tag(&mut self, slot: u8, center: Point) {
        let area = Rectangle::new(center - Vector::new(8.5, 6.5), Size::new(17.0, 13.0));
        let (color, _) = self.tokens.identity(slot);
        self.quad(area, border::rounded(4.0), color);
        self.words(
            &slot.to_string(),
            center,
            text::Alignment::Center,
            fonts::BOLD,
            self.tokens.tag_number(slot),
        );
    }

    fn quad(&mut self, bounds: Rectangle, border: Border, color: Color) {
        self.renderer.fill_quad(
            renderer::Quad {
                bounds,
                border,
                shadow: Shadow::default(),
                snap: false,
            },
            color,
        );
    }

    fn words(&mut self, words: &str, at: Point, side: text::Alignment, font: Font, color: Color) {
        let words = text::Text {
            content: words.to_owned(),
            bounds: Size::new(f32::INFINITY, 20.0),
            size: Pixels(fonts::TICK),
            line_height: text::LineHeight::Relative(fonts::LINE_HEIGHT),
            font,
            align_x: side,
            align_y: alignment::Vertical::Center,
            shaping: text::Shaping::Advanced,
            wrapping: text::Wrapping::None,
        };
        self.renderer.fill_text(words, at, color, self.bounds);
    }
}

/// So far a card may reach over the tags at the right.
const OVERHANG: f32 = 24.0;
/// Height of a line of values.
const ROW: f32 = 15.0;
/// The pointer may be on the marks below a plot, too.
const BELOW: f32 = 34.0;
