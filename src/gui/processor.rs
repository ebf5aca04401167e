//! Drawing by the processor, where there is no graphics card, at a price that
//! follows what has changed and not how large the window is.
//!
//! iced's software renderer draws every changed part of the window through a
//! mask as large as the window, cleared and filled anew for each layer and each
//! drawing in it. A playing window changes in a dozen small places 30 times a
//! second. So here each part that changed is drawn on a small picture of its
//! own, by the same renderer and with only what reaches into it ([`painter`]),
//! and copied onto the window ([`repaint`]).
//!
//! The views know nothing of it: they draw with [`iced::Renderer`] and are
//! [`host`](host())ed in the [`Renderer`] of this module, whose compositor draws them.

pub mod compositor;
pub mod host;
pub mod painter;
pub mod parts;
pub mod repaint;
pub mod words;

use iced::advanced::graphics::compositor::Default as WithCompositor;
use iced::advanced::graphics::text::{Editor, Paragraph};
use iced::advanced::image::{Allocation, Error, Handle};
use iced::advanced::renderer::{Headless, Quad};
use iced::advanced::text::{self, Text};
use iced::{
    Background, Color, Font, Pixels, Point, Rectangle, Renderer as Inner, Size, Transformation,
};

pub use host::host;

/// iced's renderer, with another way onto the screen.
#[allow(missing_debug_implementations, reason = "that of a card has none")]
pub struct Renderer(
    /// What the views draw with.
    pub Inner,
);

impl WithCompositor for Renderer {
    type Compositor = compositor::Compositor;
}

impl iced::advanced::Renderer for Renderer {
    fn start_layer(&mut self, bounds: Rectangle) {
        self.0.start_layer(bounds);
    }

    fn end_layer(&mut self) {
        self.0.end_layer();
    }

    fn start_transformation(&mut self, transformation: Transformation) {
        self.0.start_transformation(transformation);
    }

    fn end_transformation(&mut self) {
        self.0.end_transformation();
    }

    fn fill_quad(&mut self, quad: Quad, background: impl Into<Background>) {
        self.0.fill_quad(quad, background);
    }

    fn reset(&mut self, new_bounds: Rectangle) {
        self.0.reset(new_bounds);
    }

    fn allocate_image(
        &mut self,
        handle: &Handle,
        callback: impl FnOnce(Result<Allocation, Error>) + Send + 'static,
    ) {
        self.0.allocate_image(handle, callback);
    }
}

impl text::Renderer for Renderer {
    type Font = Font;
    type Paragraph = Paragraph;
    type Editor = Editor;

    const ICON_FONT: Font = Inner::ICON_FONT;
    const CHECKMARK_ICON: char = Inner::CHECKMARK_ICON;
    const ARROW_DOWN_ICON: char = Inner::ARROW_DOWN_ICON;
    const SCROLL_UP_ICON: char = Inner::SCROLL_UP_ICON;
    const SCROLL_DOWN_ICON: char = Inner::SCROLL_DOWN_ICON;
    const SCROLL_LEFT_ICON: char = Inner::SCROLL_LEFT_ICON;
    const SCROLL_RIGHT_ICON: char = Inner::SCROLL_RIGHT_ICON;
    const ICED_LOGO: char = Inner::ICED_LOGO;

    fn default_font(&self) -> Font {
        self.0.default_font()
    }

    fn default_size(&self) -> Pixels {
        self.0.default_size()
    }

    fn fill_paragraph(&mut self, text: &Paragraph, at: Point, color: Color, clip: Rectangle) {
        self.0.fill_paragraph(text, at, color, clip);
    }

    fn fill_editor(&mut self, editor: &Editor, at: Point, color: Color, clip: Rectangle) {
        self.0.fill_editor(editor, at, color, clip);
    }

    fn fill_text(&mut self, text: Text, at: Point, color: Color, clip: Rectangle) {
        self.0.fill_text(text, at, color, clip);
    }
}

impl Headless for Renderer {
    async fn new(font: Font, size: Pixels, backend: Option<&str>) -> Option<Self> {
        <Inner as Headless>::new(font, size, backend)
            .await
            .map(Self)
    }

    fn name(&self) -> String {
        self.0.name()
    }

    fn screenshot(&mut self, size: Size<u32>, scale: f32, ground: Color) -> Vec<u8> {
        self.0.screenshot(size, scale, ground)
    }
}
