//! One plot as SVG: min-max shading, means, tags at the right end, events.
//!
//! Everything the plot shows comes in already decimated. Coordinates are tenths
//! of a pixel, because the SVG writer knows whole numbers only.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::palette::Ink;
use super::scale::Scale;
use crate::engine::history::{Column, Trace};
use crate::sync::time::Nanos;

/// A plot, ready to draw.
pub(super) struct Plot {
    /// For those who cannot see it, and for a tooltip.
    pub title: String,
    pub scale: Scale,
    /// Shaded from minus to plus this, with dashed borders.
    pub band: Option<f64>,
    pub from: Nanos,
    pub to: Nanos,
    /// Labels of the time axis.
    pub ticks: Vec<(Nanos, String)>,
    pub lines: Vec<Line>,
    /// Dashed lines in the text colour, such as the target latency.
    pub targets: Vec<Trace>,
    pub marks: Vec<Mark>,
}

/// One speaker.
pub(super) struct Line {
    /// On its tag.
    pub number: usize,
    /// Colour, 1 to 8.
    pub slot: u8,
    /// The colour is used a second time.
    pub dashed: bool,
    pub trace: Trace,
}

/// Something that happened.
pub(super) struct Mark {
    pub time: Nanos,
    pub ink: Ink,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;
type Point = (i32, i32);

impl Plot {
    /// Draws it in stand-in colours; see `palette`.
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, (WIDTH as u32, HEIGHT as u32))
                .into_drawing_area();
            self.draw(&area)
                .expect("writing SVG into a string cannot fail");
        }
        self.dressed(&svg)
    }

    /// Round joins keep a spike from growing a longer tip than it has.
    fn dressed(&self, svg: &str) -> String {
        let title = super::page::escape(&self.title);
        let size = format!("<svg width=\"{WIDTH}\" height=\"{HEIGHT}\"");
        let dress = format!(
            "<svg width=\"{}\" height=\"{}\" role=\"img\" stroke-linejoin=\"round\"",
            WIDTH / 10,
            HEIGHT / 10
        );
        svg.replacen(&size, &dress, 1)
            .replacen(">\n", &format!("><title>{title}</title>\n"), 1)
            .replace("opacity=\"1\" ", "")
    }

    fn draw(&self, area: &Area<'_>) -> Drawn {
        fill(area, rectangle(LEFT, TOP, RIGHT, BOTTOM), Ink::Ground, 1.0)?;
        self.draw_band(area)?;
        self.draw_axes(area)?;
        self.draw_marks(area)?;
        for line in &self.lines {
            self.draw_shade(area, line)?;
        }
        for trace in &self.targets {
            for run in &trace.runs {
                self.draw_dashes(area, run, Ink::Text, 16, (4, 3))?;
            }
        }
        for line in &self.lines {
            self.draw_line(area, line)?;
        }
        self.draw_tags(area)
    }

    fn draw_band(&self, area: &Area<'_>) -> Drawn {
        let Some(band) = self.band else { return Ok(()) };
        let (top, bottom) = (self.y(band), self.y(-band));
        fill(area, rectangle(LEFT, top, RIGHT, bottom), Ink::Ok, 0.09)?;
        for y in [top, bottom] {
            if y > TOP && y < BOTTOM {
                dashes(area, (LEFT, y), (RIGHT, y), Ink::Ok, 0.7)?;
            }
        }
        Ok(())
    }

    fn draw_axes(&self, area: &Area<'_>) -> Drawn {
        for (value, label) in self.scale.ticks() {
            let y = self.y(value);
            stroke(area, vec![(LEFT, y), (RIGHT, y)], Ink::Grid, 10, 1.0)?;
            text(area, &label, (LEFT - 80, y), HPos::Right, Ink::Axis)?;
        }
        for (time, label) in &self.ticks {
            let x = self.x(*time);
            stroke(area, vec![(x, TOP), (x, BOTTOM)], Ink::Grid, 10, 1.0)?;
            text(area, label, (x, BOTTOM + 250), HPos::Center, Ink::Axis)?;
        }
        Ok(())
    }

    /// Marks closer than 8 pixels become the most serious of them.
    fn draw_marks(&self, area: &Area<'_>) -> Drawn {
        let mut shown: Vec<(i32, Ink)> = Vec::new();
        for mark in self.marks.iter().filter(|mark| mark.time >= self.from) {
            let x = self.x(mark.time);
            match shown.last_mut() {
                Some((last, ink)) if x - *last < 80 => {
                    if rank(mark.ink) > rank(*ink) {
                        *ink = mark.ink;
                    }
                }
                _ => shown.push((x, mark.ink)),
            }
        }
        for (x, ink) in shown {
            dashes(area, (x, TOP), (x, BOTTOM), ink, 0.8)?;
            fill(area, glyph(x, BOTTOM + 80, ink), ink, 1.0)?;
        }
        Ok(())
    }

    fn draw_shade(&self, area: &Area<'_>, line: &Line) -> Drawn {
        let ink = Ink::Speaker(line.slot);
        let tall = self.tall(&line.trace);
        for run in &line.trace.runs {
            let upper = run.iter().map(|c| (self.x(c.time), self.y(c.max)));
            let lower = run.iter().rev().map(|c| (self.x(c.time), self.y(c.min)));
            fill(area, upper.chain(lower).collect(), ink, 0.2)?;
            for column in run {
                let (x, top, bottom) =
                    (self.x(column.time), self.y(column.max), self.y(column.min));
                if bottom - top > tall || run.len() == 1 {
                    let points = vec![(x, top.min(bottom - 15)), (x, bottom)];
                    stroke(area, points, ink, 14, 0.9)?;
                }
            }
        }
        Ok(())
    }

    /// Columns taller than this, in tenths of pixels, hold a spike and are
    /// drawn out: 3 times as tall as half of the others, and at least 6 pixels.
    fn tall(&self, trace: &Trace) -> i32 {
        let mut heights: Vec<_> = trace
            .columns()
            .map(|column| self.y(column.min) - self.y(column.max))
            .collect();
        heights.sort_unstable();
        let median = heights.get(heights.len() / 2).copied().unwrap_or(0);
        (median * 3).max(60)
    }

    fn draw_line(&self, area: &Area<'_>, line: &Line) -> Drawn {
        for run in &line.trace.runs {
            if line.dashed {
                self.draw_dashes(area, run, Ink::Speaker(line.slot), 18, (6, 4))?;
            } else {
                stroke(area, self.means(run), Ink::Speaker(line.slot), 18, 1.0)?;
            }
        }
        Ok(())
    }

    fn draw_dashes(
        &self,
        area: &Area<'_>,
        run: &[Column],
        ink: Ink,
        width: u32,
        (on, off): (usize, usize),
    ) -> Drawn {
        for dash in run.chunks(on + off) {
            let end = dash.len().min(on + 1);
            stroke(area, self.means(&dash[..end]), ink, width, 1.0)?;
        }
        Ok(())
    }

    fn means(&self, run: &[Column]) -> Vec<Point> {
        run.iter()
            .map(|column| (self.x(column.time), self.y(column.mean)))
            .collect()
    }

    /// Numbered tags at the heights where the lines end, pushed apart; hollow
    /// and dashed where the line stopped before the right edge.
    fn draw_tags(&self, area: &Area<'_>) -> Drawn {
        let mut tags: Vec<_> = self
            .lines
            .iter()
            .filter_map(|line| Some((self.y(line.trace.last()?.mean), line)))
            .collect();
        tags.sort_by_key(|(y, line)| (*y, line.number));
        let spots = apart(
            &tags.iter().map(|(y, _)| *y).collect::<Vec<_>>(),
            TAG_HEIGHT + 20,
            TOP + TAG_HEIGHT / 2,
            BOTTOM - TAG_HEIGHT / 2,
        );
        for ((y, line), spot) in tags.into_iter().zip(spots) {
            let ink = Ink::Speaker(line.slot);
            let live = line
                .trace
                .last()
                .is_some_and(|last| self.to - last.time < Nanos((self.to - self.from).0 / 50));
            let leader = vec![(RIGHT, y), (RIGHT + 80, spot)];
            let (x0, x1) = (RIGHT + 80, RIGHT + 80 + TAG_WIDTH);
            let (y0, y1) = (spot - TAG_HEIGHT / 2, spot + TAG_HEIGHT / 2);
            let on = if live {
                stroke(area, leader, ink, 10, 0.8)?;
                fill(area, rectangle(x0, y0, x1, y1), ink, 1.0)?;
                Ink::OnSpeaker(line.slot)
            } else {
                for (from, to) in [
                    ((x0, y0), (x1, y0)),
                    ((x1, y0), (x1, y1)),
                    ((x1, y1), (x0, y1)),
                    ((x0, y1), (x0, y0)),
                ] {
                    dashes(area, from, to, ink, 1.0)?;
                }
                Ink::Text
            };
            let centre = (i32::midpoint(x0, x1), spot);
            text(area, &line.number.to_string(), centre, HPos::Center, on)?;
        }
        Ok(())
    }

    fn x(&self, time: Nanos) -> i32 {
        let share = (time - self.from).0 as f64 / (self.to - self.from).0.max(1) as f64;
        LEFT + (share.clamp(0.0, 1.0) * f64::from(RIGHT - LEFT)).round() as i32
    }

    fn y(&self, value: f64) -> i32 {
        BOTTOM - (self.scale.height(value) * f64::from(BOTTOM - TOP)).round() as i32
    }
}

/// Moves sorted positions apart until no two are nearer than `gap`, inside
/// `low` to `high` as far as there is room, each as near as possible.
fn apart(wanted: &[i32], gap: i32, low: i32, high: i32) -> Vec<i32> {
    let count = wanted.len() as i32;
    let gap = if count > 1 {
        gap.min((high - low) / (count - 1))
    } else {
        gap
    };
    let mut placed = wanted.to_vec();
    for _ in 0..64 {
        for n in 1..placed.len() {
            let short = gap - (placed[n] - placed[n - 1]);
            if short > 0 {
                placed[n - 1] -= short / 2;
                placed[n] += short - short / 2;
            }
        }
    }
    for (n, spot) in placed.iter_mut().enumerate() {
        let n = n as i32;
        *spot = (*spot).clamp(low + n * gap, high - (count - 1 - n) * gap);
    }
    for n in 1..placed.len() {
        placed[n] = placed[n].max(placed[n - 1] + gap);
    }
    placed
}

fn rank(ink: Ink) -> u8 {
    match ink {
        Ink::Err => 3,
        Ink::Warn => 2,
        Ink::Ok => 1,
        _ => 0,
    }
}

/// Diamond, triangle, disc and bar: the shape tells without the colour.
fn glyph(x: i32, y: i32, ink: Ink) -> Vec<Point> {
    match ink {
        Ink::Err => vec![(x, y - 60), (x + 60, y), (x, y + 60), (x - 60, y)],
        Ink::Warn => vec![(x, y - 55), (x + 60, y + 50), (x - 60, y + 50)],
        Ink::Ok => (0..16)
            .map(|n| {
                let (sin, cos) = (f64::from(n) * std::f64::consts::TAU / 16.0).sin_cos();
                (x + (cos * 45.0) as i32, y + (sin * 45.0) as i32)
            })
            .collect(),
        _ => rectangle(x - 15, y - 50, x + 15, y + 50),
    }
}

fn rectangle(x0: i32, y0: i32, x1: i32, y1: i32) -> Vec<Point> {
    vec![(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
}

fn fill(area: &Area<'_>, points: Vec<Point>, ink: Ink, alpha: f64) -> Drawn {
    area.draw(&Polygon::new(points, ink.rgb().mix(alpha).filled()))
}

fn stroke(area: &Area<'_>, points: Vec<Point>, ink: Ink, width: u32, alpha: f64) -> Drawn {
    if points.len() < 2 {
        return Ok(());
    }
    area.draw(&PathElement::new(
        points,
        ink.rgb().mix(alpha).stroke_width(width),
    ))
}

/// A straight dashed line.
fn dashes(area: &Area<'_>, from: Point, to: Point, ink: Ink, alpha: f64) -> Drawn {
    let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
    let length = dx.hypot(dy).max(1.0);
    let at = |along: f64| {
        let share = along.min(length) / length;
        (
            from.0 + (dx * share).round() as i32,
            from.1 + (dy * share).round() as i32,
        )
    };
    let mut along = 0.0;
    while along < length {
        stroke(area, vec![at(along), at(along + 50.0)], ink, 10, alpha)?;
        along += 90.0;
    }
    Ok(())
}

fn text(area: &Area<'_>, words: &str, at: Point, side: HPos, ink: Ink) -> Drawn {
    let style = ("sans-serif", TEXT_SIZE)
        .into_font()
        .color(&ink.rgb())
        .pos(Pos::new(side, VPos::Center));
    area.draw(&Text::new(words.to_owned(), at, style))
}

/// Tenths of pixels.
const WIDTH: i32 = 10_400;
const HEIGHT: i32 = 2_700;
const LEFT: i32 = 660;
const RIGHT: i32 = 9_960;
const TOP: i32 = 60;
const BOTTOM: i32 = 2_320;
const TAG_WIDTH: i32 = 240;
const TAG_HEIGHT: i32 = 170;
/// 12.5 pixels; the SVG writer divides by 1.24.
const TEXT_SIZE: f64 = 125.0 * 1.24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_never_overlap_and_stay_inside() {
        for wanted in [
            vec![100, 100, 100, 100, 100, 100, 100, 100],
            vec![2300, 2300, 2301, 2302],
            vec![0, 1, 2, 2000, 2001, 2002],
            (0..40).collect(),
            vec![],
            vec![7],
        ] {
            let placed = apart(&wanted, 190, 145, 2235);
            for pair in placed.windows(2) {
                assert!(pair[1] - pair[0] >= 190.min(2090 / (placed.len() as i32 - 1)));
            }
            assert!(
                placed.iter().all(|y| (145..=2235).contains(y)),
                "{placed:?}"
            );
        }
    }
}
