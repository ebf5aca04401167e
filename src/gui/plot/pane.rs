//! A plot on the screen: a canvas that is kept until half a pixel of time has
//! passed or something else of it changed.

use std::cell::RefCell;
use std::sync::Arc;

use iced::widget::canvas::{self, Cache, Frame};
use iced::widget::{Canvas, canvas as canvas_widget};
use iced::{Rectangle, Renderer, Size, Theme, Vector, mouse};
use plotters::prelude::IntoDrawingArea;

use super::Quantity;
use super::backend::Sheet;
use super::chart::{Chart, Look, Margins};
use super::draw;
use super::scale::Held;
use crate::engine::history::Range;
use crate::gui::tokens::Tokens;

/// What stays of a plot between two frames.
#[derive(Debug)]
pub struct Pane {
    quantity: Quantity,
    chart: Option<Chart>,
    held: Held,
    stamp: Option<Stamp>,
    cache: Cache,
    painted: RefCell<Option<Arc<Tokens>>>,
}

/// What a chart was made of: the same again gives the same drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// Time in halves of a pixel.
    half_pixels: i64,
    size: Size,
    margins: Margins,
    title: &'static str,
    range: Range,
    selected: Option<String>,
    /// The rig's revision and the number of events.
    revisions: (u64, u64),
    /// The plots stand still.
    frozen: bool,
}

/// Where a pane is and what stands over it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Its size.
    pub size: Size,
    /// Room around the lines.
    pub margins: Margins,
    /// There is room for the whole heading only in the wide layout.
    pub short: bool,
}

impl Pane {
    /// Shows nothing yet.
    #[must_use]
    pub fn new(quantity: Quantity) -> Self {
        Self {
            quantity,
            chart: None,
            held: Held::default(),
            stamp: None,
            cache: Cache::new(),
            painted: RefCell::new(None),
        }
    }

    /// What it shows.
    #[must_use]
    pub fn chart(&self) -> Option<&Chart> {
        self.chart.as_ref()
    }

    /// Gathers anew what it shows, if that has changed visibly. Returns whether
    /// it will be drawn anew.
    pub fn refresh(&mut self, place: Place, look: &Look<'_>, events: u64, frozen: bool) -> bool {
        let title = if place.short {
            self.quantity.short_title()
        } else {
            self.quantity.title()
        };
        let stamp = Stamp {
            half_pixels: half_pixels(place, look),
            size: place.size,
            margins: place.margins,
            title,
            range: look.range,
            selected: look.selected.map(str::to_owned),
            revisions: (look.snapshot.revision, events),
            frozen,
        };
        if self.stamp.as_ref() == Some(&stamp) {
            return false;
        }
        if self
            .stamp
            .as_ref()
            .is_some_and(|old| old.range != look.range)
        {
            // Another range is another picture; its scale needs no patience.
            self.held = Held::default();
        }
        let made = Chart::new(
            self.quantity,
            place.size,
            place.margins,
            look,
            &mut self.held,
        );
        self.chart = Some(Chart { title, ..made });
        self.stamp = Some(stamp);
        self.cache.clear();
        true
    }

    /// The canvas.
    pub fn view<'a, Message: 'a>(
        &'a self,
        tokens: &'a Arc<Tokens>,
    ) -> Canvas<impl canvas::Program<Message> + use<'a, Message>, Message> {
        let size = self.chart.as_ref().map_or(Size::ZERO, |chart| chart.size);
        canvas_widget(Drawing { pane: self, tokens })
            .width(size.width)
            .height(size.height)
    }

    /// Draws it, whether it is kept or not.
    pub fn draw(&self, frame: &mut Frame, tokens: &Tokens) {
        if let Some(chart) = &self.chart {
            let area = Sheet::new(frame).into_drawing_area();
            let drawn = draw::chart(chart, &area, Vector::ZERO, tokens);
            drawn
                .and_then(|()| area.present())
                .expect("drawing on a canvas cannot fail");
        }
    }
}

/// How many halves of a pixel have passed: a plot that moved less looks the same.
fn half_pixels(place: Place, look: &Look<'_>) -> i64 {
    let width = place.size.width - place.margins.left - place.margins.right;
    let half = look.range.span().0 as f64 / f64::from(width.max(8.0)) / 2.0;
    let now = look.history.now().unwrap_or_default();
    (now.0 as f64 / half) as i64
}

struct Drawing<'a> {
    pane: &'a Pane,
    tokens: &'a Arc<Tokens>,
}

impl<Message> canvas::Program<Message> for Drawing<'_> {
    type State = ();

    fn draw(
        &self,
        _state: &(),
        renderer: &Renderer,
        _theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<canvas::Geometry> {
        let same = |painted: &Arc<Tokens>| Arc::ptr_eq(painted, self.tokens);
        if !self.pane.painted.borrow().as_ref().is_some_and(same) {
            self.pane.cache.clear();
            let _old = self.pane.painted.replace(Some(self.tokens.clone()));
        }
        let geometry = self.pane.cache.draw(renderer, bounds.size(), |frame| {
            self.pane.draw(frame, self.tokens);
        });
        vec![geometry]
    }
}
