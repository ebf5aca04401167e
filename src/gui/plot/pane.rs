//! A plot on the screen: a canvas that is kept until a pixel of time has
//! passed or something else of it changed.

use std::sync::Arc;

use iced::{Element, Size, Vector};
use plotters::prelude::IntoDrawingArea;

use super::Quantity;
use super::backend::Sheet;
use super::chart::{Chart, Look, Margins};
use super::draw;
use super::scale::Held;
use crate::engine::history::Range;
use crate::gui::layer::layer;
use crate::gui::tokens::Tokens;

/// What stays of a plot between two frames.
#[derive(Debug)]
pub struct Pane {
    quantity: Quantity,
    chart: Option<Chart>,
    held: Held,
    stamp: Option<Stamp>,
    /// Counts what was shown.
    drawing: u64,
}

/// What a chart was made of: the same again gives the same drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// Time in pixels.
    pixels: i64,
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
            drawing: 0,
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
            pixels: pixels(place, look),
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
        self.drawing += 1;
        true
    }

    /// The drawing.
    pub fn view<'a, Message: 'a>(&'a self, tokens: &'a Arc<Tokens>) -> Element<'a, Message> {
        let size = self.chart.as_ref().map_or(Size::ZERO, |chart| chart.size);
        let size = Size::new(size.width.into(), size.height.into());
        layer(
            (self.drawing, tokens.clone()),
            size,
            |(_, tokens), brush| {
                let mut words = Vec::new();
                self.draw(Sheet::apart(brush, &mut words), tokens);
                brush.words.append(&mut words);
            },
        )
    }

    /// Draws it on a sheet.
    fn draw(&self, sheet: Sheet<'_>, tokens: &Tokens) {
        if let Some(chart) = &self.chart {
            let area = sheet.into_drawing_area();
            let drawn = draw::chart(chart, &area, Vector::ZERO, tokens);
            drawn
                .and_then(|()| area.present())
                .expect("drawing on a canvas cannot fail");
        }
    }
}

/// How many pixels have passed: a plot that moved less looks much the same.
fn pixels(place: Place, look: &Look<'_>) -> i64 {
    let width = place.size.width - place.margins.left - place.margins.right;
    let pixel = look.range.span().0 as f64 / f64::from(width.max(8.0));
    let now = look.history.now().unwrap_or_default();
    (now.0 as f64 / pixel) as i64
}
