//! Draws one part of the window on a picture of its own.

use iced::advanced::Renderer as _;
use iced::advanced::graphics::geometry::Renderer as _;
use iced::advanced::graphics::text::{Renderer as _, Text};
use iced::advanced::graphics::{Image, Viewport};
use iced::advanced::renderer::Quad;
use iced::advanced::text::Renderer as _;
use iced::{Color, Font, Pixels, Point, Rectangle, Size, Transformation};
use iced_tiny_skia::{Geometry, Layer, Primitive, Renderer};
use tiny_skia::{Mask, PixmapMut};

use super::parts::Part;
use super::words::{self, Words};

/// The renderer of parts, and what it keeps from one to the next.
#[derive(Debug)]
pub struct Painter {
    renderer: Renderer,
    words: Words,
    picture: Vec<u8>,
    grid: Grid,
}

/// The pixels of the part that is drawn, in a picture with a margin: letters and
/// round corners that are only in part on a picture are drawn differently.
#[derive(Debug, Clone, Copy)]
struct Grid {
    part: Part,
    scale: f32,
    before: u32,
    behind: u32,
}

impl Grid {
    fn new(part: Part, scale: f32) -> Self {
        Self {
            part,
            scale,
            before: (BEFORE * scale).ceil() as u32,
            behind: (BEHIND * scale).ceil() as u32,
        }
    }

    fn picture(&self) -> Size<u32> {
        let margins = self.before + self.behind;
        Size::new(self.part.width + margins, self.part.height + margins)
    }

    fn part_in_picture(&self) -> Part {
        Part {
            x: self.before,
            y: self.before,
            ..self.part
        }
    }

    /// Where words are to stand so that their letters meet the same pixels in
    /// every part: the renderer cuts off what is behind the decimal point, which
    /// moves what begins above the part down by a pixel.
    fn settle(&self, at: Point) -> Point {
        let top = f64::from(self.part.y) - f64::from(self.before);
        let line = (f64::from(at.y) * f64::from(self.scale)).floor() - top;
        let safe = if line < 0.0 { line - SAFE } else { line + SAFE };
        let y = (safe + top) / f64::from(self.scale);
        // Across, letters stand at quarters of a pixel; none on the border of two.
        Point::new(at.x + BESIDE / self.scale, y as f32)
    }
}

impl Painter {
    /// With the font of words that have none of their own.
    #[must_use]
    pub fn new(font: Font, size: Pixels) -> Self {
        Self {
            renderer: Renderer::new(font, size),
            words: Words::default(),
            picture: Vec::new(),
            grid: Grid::new(Part::whole(Size::new(0, 0)), 1.0),
        }
    }

    /// Draws what `layers` show in this part onto a window of `width` pixels.
    pub fn paint(
        &mut self,
        part: Part,
        layers: &[Layer],
        (scale, ground): (f32, Color),
        window: &mut [u32],
        width: u32,
    ) {
        let grid = Grid::new(part, scale);
        self.grid = grid;
        self.gather(part.logical(scale), layers);
        let size = grid.picture();
        let length = Part::whole(size).area() as usize * 4;
        if self.picture.len() < length {
            self.picture.resize(length, 0);
        }
        let pixels = &mut self.picture[..length];
        let picture = PixmapMut::from_bytes(pixels, size.width, size.height);
        let mask = Mask::new(size.width, size.height);
        let (Some(mut picture), Some(mut mask)) = (picture, mask) else {
            // Of no size.
            return;
        };
        let viewport = Viewport::with_physical_size(size, scale);
        let drawn = grid.part_in_picture().logical(scale);
        self.renderer
            .draw(&mut picture, &mut mask, &viewport, &[drawn], ground);
        copy(&self.picture, grid, window, width);
    }

    /// A picture of the window is complete.
    pub fn finish(&mut self, window: Size<u32>) {
        self.words.age();
        // After the whole window was drawn its picture is not needed for long.
        let small = Part::whole(window).area() as usize / SMALL * 4;
        if self.picture.len() > small {
            self.picture = Vec::new();
        }
    }

    /// Takes what reaches into the area, moved to where that is in the picture.
    fn gather(&mut self, area: Rectangle, layers: &[Layer]) {
        let inside = self.grid.part_in_picture().logical(self.grid.scale);
        let origin = Transformation::translate(inside.x - area.x, inside.y - area.y);
        self.renderer.reset(Rectangle::with_size(Size::ZERO));
        self.renderer.start_transformation(origin);
        for layer in layers {
            if let Some(seen) = layer.bounds.intersection(&area) {
                self.gather_layer(layer, seen);
            }
        }
        self.renderer.end_transformation();
    }

    fn gather_layer(&mut self, layer: &Layer, seen: Rectangle) {
        self.renderer.start_layer(seen);
        for (quad, background) in &layer.quads {
            if reach(quad).intersects(&seen) {
                self.renderer.fill_quad(*quad, *background);
            }
        }
        for drawing in &layer.primitives {
            let Some(seen) = drawing.clip_bounds().intersection(&seen) else {
                continue;
            };
            let into = drawing.transformation();
            let back = into.inverse();
            let near = (seen * back).expand(EDGE);
            let reaches = |primitive: &&Primitive| extent(primitive).intersects(&near);
            let strokes = drawing.as_slice().iter().filter(reaches);
            let primitives: Vec<Primitive> = strokes.cloned().collect();
            if primitives.is_empty() {
                continue;
            }
            self.renderer.start_transformation(into);
            self.renderer.draw_geometry(Geometry::Live {
                text: Vec::new(),
                images: Vec::new(),
                primitives,
                clip_bounds: drawing.clip_bounds() * back,
            });
            self.renderer.end_transformation();
        }
        for image in &layer.images {
            self.gather_image(image);
        }
        for words in &layer.text {
            let into = words.transformation();
            let near = (seen * into.inverse()).expand(EDGE);
            self.renderer.start_transformation(into);
            for text in words.as_slice() {
                self.gather_text(text, near, into);
            }
            self.renderer.end_transformation();
        }
        self.renderer.end_layer();
    }

    fn gather_text(&mut self, text: &Text, near: Rectangle, into: Transformation) {
        match text {
            Text::Paragraph {
                paragraph,
                position,
                color,
                clip_bounds,
                transformation,
            } => {
                let fills = Rectangle::new(*position, paragraph.min_bounds).expand(EDGE);
                let reaches = (fills * *transformation).intersects(&near);
                let Some(paragraph) = reaches.then(|| paragraph.upgrade()).flatten() else {
                    return;
                };
                let at = settled(self.grid, *position, into * *transformation);
                self.renderer.start_transformation(*transformation);
                self.renderer
                    .fill_paragraph(&paragraph, at, *color, *clip_bounds);
                self.renderer.end_transformation();
            }
            Text::Editor {
                editor,
                position,
                color,
                clip_bounds,
                transformation,
            } => {
                let Some(editor) = editor.upgrade() else {
                    return;
                };
                let at = settled(self.grid, *position, into * *transformation);
                self.renderer.start_transformation(*transformation);
                self.renderer.fill_editor(&editor, at, *color, *clip_bounds);
                self.renderer.end_transformation();
            }
            Text::Cached {
                content,
                bounds,
                color,
                size,
                line_height,
                font,
                align_x,
                align_y,
                shaping,
                clip_bounds,
            } => {
                if !clip_bounds.intersects(&near) {
                    return;
                }
                let sizes = (*size, *line_height);
                let aligned = (*align_x, *align_y);
                let text = words::text(content, *bounds, sizes, *font, aligned, *shaping);
                let (paragraph, at) = self.words.set(&text, bounds.position());
                let at = settled(self.grid, at, into);
                self.renderer.fill_paragraph(paragraph, at, *color, near);
            }
            Text::Raw {
                raw,
                transformation,
            } => {
                self.renderer.start_transformation(*transformation);
                self.renderer.fill_raw(raw.clone());
                self.renderer.end_transformation();
            }
        }
    }

    /// The window has no images; the features of iced that draw them are off.
    #[allow(clippy::unused_self, reason = "beside its like")]
    fn gather_image(&mut self, _image: &Image) {}
}

/// The place of words, before it is moved by `into`.
fn settled(grid: Grid, at: Point, into: Transformation) -> Point {
    grid.settle(at * into) * into.inverse()
}

/// What a quad fills, with its shadow.
fn reach(quad: &Quad) -> Rectangle {
    let bounds = quad.bounds.expand(EDGE);
    shadow(quad).map_or(bounds, |shadow| bounds.union(&shadow))
}

/// Where its shadow falls, if it has one.
pub(super) fn shadow(quad: &Quad) -> Option<Rectangle> {
    let seen = quad.shadow.color.a > 0.0;
    let blurred = || quad.bounds.expand(EDGE + quad.shadow.blur_radius);
    seen.then(|| blurred() + quad.shadow.offset)
}

/// What a primitive fills, before it is moved to its place.
fn extent(primitive: &Primitive) -> Rectangle {
    let width = match primitive {
        Primitive::Fill { .. } => 0.0,
        // The point of a mitre reaches further than half the width.
        Primitive::Stroke { stroke, .. } => stroke.width * 2.0,
    };
    primitive.visible_bounds().expand(width)
}

fn copy(picture: &[u8], grid: Grid, window: &mut [u32], width: u32) {
    let (part, inside) = (grid.part, grid.part_in_picture());
    let (from, onto) = (grid.picture().width as usize * 4, width as usize);
    let rows = picture.chunks_exact(from).skip(inside.y as usize);
    let below = window.chunks_exact_mut(onto).skip(part.y as usize);
    for (row, line) in rows.zip(below).take(part.height as usize) {
        let line = &mut line[part.x as usize..][..part.width as usize];
        let (colors, _rest) = row[inside.x as usize * 4..].as_chunks();
        for (pixel, color) in line.iter_mut().zip(colors) {
            *pixel = u32::from_ne_bytes(*color);
        }
    }
}

/// How far letters and smooth edges may reach out of their bounds.
const EDGE: f32 = 3.0;
/// Margins of a picture, logical pixels: as large as the largest letter, which
/// must not begin outside, and as the largest corner.
const BEFORE: f32 = 48.0;
const BEHIND: f32 = 16.0;
/// Off the border of two pixels, in pixels: down, and across.
const SAFE: f64 = 0.25;
const BESIDE: f32 = 0.002;
/// Of the window's area, how much a picture may keep.
const SMALL: usize = 4;
