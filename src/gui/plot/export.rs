//! The plots as a picture to keep: SVG or PNG, in the colours of the theme.
//!
//! The SVG is written by `plotters`. The PNG is drawn by the same code on the
//! window's own canvas and renderer, at twice the size: the fonts are those of
//! the window and no second rasteriser is needed.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use iced::advanced::graphics::geometry::Renderer as _;
use iced::advanced::renderer::{Headless, Renderer as _};
use iced::widget::canvas::Frame;
use iced::{Pixels, Point, Rectangle, Renderer, Size, Vector};
use plotters::prelude::{DrawingBackend, IntoDrawingArea, SVGBackend};

use super::Quantity;
use super::backend::Sheet;
use super::brush::{Area, Brush, Drawn, Face, Side};
use super::chart::{Chart, Look, Margins};
use super::draw;
use super::scale::Held;
use crate::gui::tokens::Tokens;
use crate::gui::{fonts, log, measure};

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Pixels, twice as many as on the screen.
    Png,
    /// Lines and text.
    Svg,
}

impl Form {
    fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Svg => "svg",
        }
    }
}

/// The four plots, their heading, and who is who.
#[derive(Debug, Clone)]
pub struct Picture {
    heading: String,
    charts: Vec<(Vector, Chart)>,
    names: Vec<(u8, String)>,
    size: Size,
    tokens: Arc<Tokens>,
    unix_ms: i64,
}

impl Picture {
    /// Gathers what is to be seen.
    #[must_use]
    pub fn new(look: &Look<'_>, tokens: Arc<Tokens>) -> Self {
        let chart = |(quantity, x, y, size): (Quantity, f32, f32, Size)| {
            let chart = Chart::new(quantity, size, MARGINS, look, &mut Held::default());
            (Vector::new(x, y), chart)
        };
        let small = Size::new(WIDTH / 3.0, SMALL);
        let charts: Vec<_> = [
            (Quantity::Error, 0.0, TOP, Size::new(WIDTH, LARGE)),
            (Quantity::Latency, 0.0, TOP + LARGE, small),
            (Quantity::Drift, WIDTH / 3.0, TOP + LARGE, small),
            (Quantity::Buffer, WIDTH * 2.0 / 3.0, TOP + LARGE, small),
        ]
        .map(chart)
        .into();
        let mut names: Vec<(u8, String)> = Vec::new();
        for line in charts.iter().flat_map(|(_, chart)| &chart.lines) {
            if !names.iter().any(|(slot, _)| *slot == line.slot) {
                names.push((line.slot, line.name.clone()));
            }
        }
        names.sort();
        let rows = names.len().div_ceil(COLUMNS);
        let unix_ms = look.history.unix_ms().unwrap_or_default();
        let heading = format!(
            "{}: the last {} until {}",
            look.rig.name,
            look.range.label(),
            log::date(unix_ms)
        );
        Self {
            heading,
            charts,
            names,
            size: Size::new(WIDTH, TOP + LARGE + SMALL + rows as f32 * ROW + 20.0),
            tokens,
            unix_ms,
        }
    }

    /// As SVG.
    #[must_use]
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        let (width, height) = draw::fine(self.size);
        {
            let area = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
            self.draw(&area)
                .and_then(|()| area.present())
                .expect("writing SVG into a string cannot fail");
        }
        let size = format!("<svg width=\"{width}\" height=\"{height}\"");
        let real = format!(
            "<svg width=\"{}\" height=\"{}\"",
            self.size.width, self.size.height
        );
        svg.replacen(&size, &real, 1)
    }

    /// As PNG; `None` where the processor cannot draw, which is nowhere.
    #[must_use]
    pub fn png(&self) -> Option<Vec<u8>> {
        let renderer =
            <Renderer as Headless>::new(fonts::REGULAR, Pixels(fonts::BODY), Some("tiny-skia"));
        let mut renderer = iced::futures::executor::block_on(renderer)?;
        renderer.reset(Rectangle::with_size(self.size));
        let mut frame = Frame::new(&renderer, self.size);
        let area = Sheet::new(&mut frame).into_drawing_area();
        self.draw(&area).and_then(|()| area.present()).ok()?;
        drop(area);
        renderer.draw_geometry(frame.into_geometry());
        let pixels = Size::new(
            (self.size.width * SHARP) as u32,
            (self.size.height * SHARP) as u32,
        );
        let rgba = renderer.screenshot(pixels, SHARP, self.tokens.panel);
        encode(pixels, &rgba).ok()
    }

    /// Writes it into a folder and returns where it is. Blocks on the disk.
    ///
    /// # Errors
    /// One sentence for the user.
    pub fn save(&self, form: Form, folder: &Path) -> Result<PathBuf, String> {
        let bytes = match form {
            Form::Svg => self.svg().into_bytes(),
            Form::Png => self.png().ok_or("The picture could not be drawn.")?,
        };
        let refused = |error: &dyn Display| {
            let folder = folder.display();
            format!("The plots could not be saved in {folder}: {error}. Make room or allow it.")
        };
        let name = format!("inphase-plots-{}", log::stamp(self.unix_ms));
        for number in 1..100 {
            let name = match number {
                1 => format!("{name}.{}", form.extension()),
                more => format!("{name}-{more}.{}", form.extension()),
            };
            let path = folder.join(name);
            let created = OpenOptions::new().write(true).create_new(true).open(&path);
            return match created {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => Err(refused(&error)),
                Ok(mut file) => match file.write_all(&bytes) {
                    Ok(()) => Ok(path),
                    Err(error) => Err(refused(&error)),
                },
            };
        }
        Err(refused(&"there are too many of that time already"))
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let tokens = &self.tokens;
        let brush = Brush::new(area, Vector::ZERO);
        brush.rectangle(Rectangle::with_size(self.size), tokens.panel)?;
        let face = Face {
            size: fonts::ZONE,
            bold: true,
            color: tokens.text,
        };
        let at = Point::new(MARGINS.left, 26.0);
        brush.words(&self.heading, at, Side::Left, face)?;
        for (origin, chart) in &self.charts {
            draw::chart(chart, area, *origin, tokens)?;
        }
        for (index, (slot, name)) in self.names.iter().enumerate() {
            self.name(&brush, index, *slot, name)?;
        }
        Ok(())
    }

    fn name<DB: DrawingBackend>(
        &self,
        brush: &Brush<'_, DB>,
        index: usize,
        slot: u8,
        name: &str,
    ) -> Drawn<DB> {
        let cell = (WIDTH - MARGINS.left) / COLUMNS as f32;
        let (column, row) = (index % COLUMNS, index / COLUMNS);
        let left = MARGINS.left + column as f32 * cell;
        let y = TOP + LARGE + SMALL + (row as f32 + 0.5) * ROW + 4.0;
        let tag = Rectangle::new(Point::new(left, y - 8.0), Size::new(18.0, 16.0));
        let (color, _) = self.tokens.identity(slot);
        brush.rounded(tag, 4.0, color)?;
        let number = Face {
            size: fonts::TICK,
            bold: true,
            color: self.tokens.tag_number(slot),
        };
        brush.words(&slot.to_string(), tag.center(), Side::Middle, number)?;
        let face = Face {
            size: fonts::SMALL,
            bold: false,
            color: self.tokens.text,
        };
        let name = measure::fitted(name, cell - 38.0, fonts::SMALL, fonts::REGULAR);
        brush.words(&name, Point::new(left + 26.0, y), Side::Left, face)
    }
}

/// Where pictures go: the user's folder for them, or the home directory.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    let dirs = directories::UserDirs::new()?;
    let pictures = dirs.picture_dir().filter(|dir| dir.is_dir());
    Some(pictures.unwrap_or(dirs.home_dir()).to_owned())
}

fn encode(size: Size<u32>, rgba: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.width, size.height);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgba)?;
    writer.finish()?;
    Ok(bytes)
}

const WIDTH: f32 = 1200.0;
/// The heading's height, the large plot's, the small ones'.
const TOP: f32 = 44.0;
const LARGE: f32 = 320.0;
const SMALL: f32 = 280.0;
/// Names of speakers beside each other, and the height of a row of them.
const COLUMNS: usize = 6;
const ROW: f32 = 26.0;
const MARGINS: Margins = Margins {
    left: 56.0,
    right: 36.0,
    top: 44.0,
    bottom: 40.0,
};
/// Pixels of the PNG for a logical one.
const SHARP: f32 = 2.0;
