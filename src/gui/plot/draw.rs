//! Draws a plot on any backend of `plotters`: the window's canvas, SVG.

use iced::{Color, Point, Rectangle, Size, Vector};
use plotters::prelude::DrawingBackend;

use super::backend::FINE;
use super::brush::{Area, Brush, Drawn, Face, Side, corners};
use super::chart::{Chart, Line, Says, Tag};
use super::line::{dashed, ribbon, spikes};
use crate::engine::history::Range;
use crate::gui::glyph;
use crate::gui::scene::Mark;
use crate::gui::tokens::Tokens;
use crate::gui::{fonts, measure};

/// Draws a plot with its top left at `origin`.
///
/// # Errors
/// What the backend fails with.
pub fn chart<DB: DrawingBackend>(
    chart: &Chart,
    area: &Area<DB>,
    origin: Vector,
    tokens: &Tokens,
) -> Drawn<DB> {
    let easel = Easel {
        brush: Brush::new(area, origin),
        chart,
        tokens,
    };
    easel.draw()
}

struct Easel<'a, DB: DrawingBackend> {
    brush: Brush<'a, DB>,
    chart: &'a Chart,
    tokens: &'a Tokens,
}

impl<DB: DrawingBackend> Easel<'_, DB> {
    fn draw(&self) -> Drawn<DB> {
        self.brush.rectangle(self.chart.area, self.tokens.plot)?;
        self.heading()?;
        self.band()?;
        self.values()?;
        self.times()?;
        self.marks()?;
        self.targets()?;
        for selected in [false, true] {
            for line in &self.chart.lines {
                if line.selected == selected {
                    self.line(line)?;
                }
            }
        }
        if self.chart.lines.is_empty() {
            let middle = self.chart.area.center();
            let words = "Nothing measured yet";
            if self.chart.area.width > measure::width(words, fonts::SMALL, fonts::REGULAR) {
                let face = self.face(fonts::SMALL, self.tokens.text_third);
                self.brush.words(words, middle, Side::Middle, face)?;
            }
        }
        for tag in self.chart.tags() {
            self.tag(&tag)?;
        }
        Ok(())
    }

    fn heading(&self) -> Drawn<DB> {
        let chart = self.chart;
        let at = Point::new(chart.area.x, HEADING);
        let face = Face {
            bold: true,
            ..self.face(fonts::NAME, self.tokens.text)
        };
        self.brush.words(chart.title, at, Side::Left, face)?;
        let width = measure::width(chart.title, fonts::NAME, fonts::SEMIBOLD);
        let unit = self.face(fonts::SMALL, self.tokens.text_third);
        let beside = at + Vector::new(width + 8.0, 1.0);
        self.brush
            .words(chart.scale.unit(), beside, Side::Left, unit)
    }

    fn band(&self) -> Drawn<DB> {
        let Some(band) = self.chart.band else {
            return Ok(());
        };
        let (top, bottom) = (self.chart.y(band), self.chart.y(-band));
        let area = Rectangle {
            y: top,
            height: bottom - top,
            ..self.chart.area
        };
        self.brush.rectangle(area, self.tokens.band_plot)
    }

    /// The grid, and the borders of the band.
    fn values(&self) -> Drawn<DB> {
        let chart = self.chart;
        let (left, right) = (chart.area.x, chart.area.x + chart.area.width);
        let face = self.face(fonts::TICK, self.tokens.text_third);
        for (value, label) in chart.scale.ticks(chart.band) {
            let y = chart.y(value);
            let ends = [Point::new(left, y), Point::new(right, y)];
            if chart.band.is_none_or(|band| value.abs() != band) {
                self.brush.stroke(&ends, self.tokens.grid, 1.0)?;
            }
            self.brush
                .words(&label, Point::new(left - 7.0, y), Side::Right, face)?;
        }
        let Some(band) = chart.band.filter(|band| *band < chart.scale.high()) else {
            return Ok(());
        };
        for y in [chart.y(band), chart.y(-band)] {
            let ends = (Point::new(left, y), Point::new(right, y));
            let color = self.tokens.ok.scale_alpha(0.5);
            self.brush.dashes(ends, color, 1.0, (3.0, 4.0))?;
        }
        Ok(())
    }

    fn times(&self) -> Drawn<DB> {
        let face = self.face(fonts::TICK, self.tokens.text_third);
        for (words, at, side) in times(self.chart) {
            self.brush.words(words, at, side, face)?;
        }
        Ok(())
    }

    fn marks(&self) -> Drawn<DB> {
        let chart = self.chart;
        let bottom = chart.area.y + chart.area.height;
        for mark in &chart.marks {
            let x = chart.x(mark.time);
            let color = glyph::color(mark.shape, self.tokens);
            let ends = (Point::new(x, chart.area.y), Point::new(x, bottom));
            self.brush.dashes(ends, color, 1.5, (4.0, 3.0))?;
            self.glyph(mark.shape, Point::new(x, bottom + 23.0))?;
        }
        Ok(())
    }

    /// The health marks as they are in the window, 12 pixels.
    fn glyph(&self, shape: Mark, center: Point) -> Drawn<DB> {
        let color = glyph::color(shape, self.tokens);
        let ink = self.tokens.on_health;
        let at = |x: f32, y: f32| center + Vector::new(x, y) * 0.75;
        match shape {
            Mark::Out => {
                let diamond = [at(0.0, -8.8), at(8.8, 0.0), at(0.0, 8.8), at(-8.8, 0.0)];
                self.brush.fill(&diamond, color)?;
                let cross = 2.4;
                self.brush
                    .stroke(&[at(-cross, -cross), at(cross, cross)], ink, 1.5)?;
                self.brush
                    .stroke(&[at(-cross, cross), at(cross, -cross)], ink, 1.5)
            }
            Mark::Drifting => {
                let triangle = [at(0.0, -8.0), at(8.4, 7.2), at(-8.4, 7.2)];
                self.brush.fill(&triangle, color)?;
                self.brush
                    .stroke(&[at(0.0, -2.6), at(0.0, 2.0)], ink, 1.5)?;
                self.brush.circle(at(0.0, 4.6), 0.9, ink, None)
            }
            _ => {
                self.brush.circle(center, 6.0, color, None)?;
                let tick = [at(-3.6, 0.2), at(-1.0, 2.8), at(3.8, -2.6)];
                self.brush.stroke(&tick, ink, 1.6)
            }
        }
    }

    fn targets(&self) -> Drawn<DB> {
        let chart = self.chart;
        for trace in &chart.targets {
            for run in &trace.runs {
                let spots = chart.spots(run);
                for pair in spots.windows(2) {
                    // Only where the target changes is there more than one level.
                    if (pair[0].mean - pair[1].mean).abs() > 0.5 {
                        let step = [pair[0], pair[1]].map(|spot| Point::new(spot.x, spot.mean));
                        self.brush.stroke(&step, self.tokens.text, 1.5)?;
                    }
                }
                for level in spots.chunk_by(|a, b| (a.mean - b.mean).abs() <= 0.5) {
                    let [first, .., last] = level else { continue };
                    let ends = (
                        Point::new(first.x, first.mean),
                        Point::new(last.x, first.mean),
                    );
                    self.brush.dashes(ends, self.tokens.text, 1.5, (6.0, 4.0))?;
                }
            }
            self.target_label(trace.last().map(|column| column.mean))?;
        }
        Ok(())
    }

    fn target_label(&self, target: Option<f64>) -> Drawn<DB> {
        let chart = self.chart;
        let Some(ms) = target.filter(|_| chart.targets.len() == 1) else {
            return Ok(());
        };
        let label = format!("target {}", trimmed(ms));
        let y = chart.y(ms);
        let above = if y - chart.area.y > 16.0 { -9.0 } else { 10.0 };
        let at = Point::new(chart.area.x + chart.area.width - 4.0, y + above);
        let face = self.face(fonts::TICK, self.tokens.text_second);
        self.brush.words(&label, at, Side::Right, face)
    }

    fn line(&self, line: &Line) -> Drawn<DB> {
        let chart = self.chart;
        let (color, is_dashed) = self.tokens.identity(line.slot);
        let any = chart.lines.iter().any(|line| line.selected);
        let (width, color) = match (line.selected, any) {
            (true, _) => (2.6, color),
            (false, true) => (1.8, color.scale_alpha(0.6)),
            (false, false) => (1.8, color),
        };
        let phase = chart.x(chart.begin())
            - ((chart.begin().secs() / chart.range.span().secs()) * f64::from(chart.area.width))
                .rem_euclid(10.0) as f32;
        for run in &line.trace.runs {
            let spots = chart.spots(run);
            if is_dashed {
                for dash in dashed(&spots, phase, (6.0, 4.0)) {
                    self.brush.fill(&ribbon(dash, width), color)?;
                }
            } else {
                self.brush.fill(&ribbon(&spots, width), color)?;
            }
            for spike in spikes(&spots, 1.4) {
                self.brush.fill(&corners(spike), color)?;
            }
        }
        Ok(())
    }

    fn tag(&self, tag: &Tag) -> Drawn<DB> {
        let x = self.chart.area.x + self.chart.area.width + 5.0;
        let area = Rectangle::new(Point::new(x, tag.y - 6.5), Size::new(17.0, 13.0));
        let bold = |color| Face {
            bold: true,
            ..self.face(fonts::TICK, color)
        };
        let line = match tag.says {
            Says::Line(index) => &self.chart.lines[index],
            Says::More(count) => {
                let face = bold(self.tokens.text_second);
                let words = format!("+{count}");
                return self.brush.words(&words, area.center(), Side::Middle, face);
            }
        };
        let (color, again) = self.tokens.identity(line.slot);
        let number = line.slot.to_string();
        if !line.live {
            let [a, b, c, d] = corners(area);
            for ends in [(a, b), (b, c), (c, d), (d, a)] {
                self.brush.dashes(ends, color, 1.2, (2.5, 1.8))?;
            }
            let face = bold(self.tokens.text);
            return self.brush.words(&number, area.center(), Side::Middle, face);
        }
        if again {
            self.brush.rounded(area, 4.0, self.tokens.text)?;
            self.brush.rounded(area.shrink(1.5), 2.5, color)?;
        } else {
            self.brush.rounded(area, 4.0, color)?;
        }
        let face = bold(self.tokens.tag_number(line.slot));
        self.brush.words(&number, area.center(), Side::Middle, face)
    }

    fn face(&self, size: f32, color: Color) -> Face {
        Face {
            size,
            bold: false,
            color,
        }
    }
}

/// The labels of the time below a plot, and where they stand.
pub(super) fn times(chart: &Chart) -> Vec<(&'static str, Point, Side)> {
    let (begin, half) = match chart.range {
        Range::TenSeconds => ("−10 s", "−5"),
        Range::Minute => ("−60 s", "−30"),
        Range::TenMinutes => ("−10 min", "−5"),
        Range::Hour => ("−60 min", "−30"),
    };
    let at = |x| Point::new(x, chart.area.y + chart.area.height + 11.0);
    let (left, width) = (chart.area.x, chart.area.width);
    let mut times = vec![(begin, at(left), Side::Left)];
    if width > NARROW {
        times.push((half, at(left + width / 2.0), Side::Middle));
    }
    times.push(("now", at(left + width), Side::Right));
    times
}

/// The size that a backend has to say it has for a plot of this size.
#[must_use]
pub fn fine(size: Size) -> (u32, u32) {
    ((size.width * FINE) as u32, (size.height * FINE) as u32)
}

/// Milliseconds without digits that say nothing: `24`, `21.5`.
fn trimmed(ms: f64) -> String {
    let text = format!("{ms:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// In a plot no wider than this, labels are as short as can be.
pub(super) const NARROW: f32 = 200.0;
/// The middle of the heading, from the top.
const HEADING: f32 = 21.0;
