//! Brings what was drawn onto the screen: by iced's own compositor where there
//! is a graphics card, else part by part.

use std::num::NonZeroU32;

use iced::advanced::graphics::compositor::{Display, Information, SurfaceError, Window};
use iced::advanced::graphics::{self, Error, Settings, Shell, Viewport};
use iced::advanced::renderer::Headless as _;
use iced::{Color, Size};

use super::Renderer;
use super::repaint::Repaint;
use crate::gui::renderer;

type Screen = softbuffer::Context<Box<dyn Display>>;
type Buffers = softbuffer::Surface<Box<dyn Display>, Box<dyn Window>>;
#[cfg(feature = "gpu")]
type Card = <iced::Renderer as graphics::compositor::Default>::Compositor;
#[cfg(feature = "gpu")]
type CardSurface = <Card as graphics::Compositor>::Surface;

/// What shows the window.
#[allow(missing_debug_implementations, reason = "a screen has none")]
pub enum Compositor {
    /// The processor.
    Processor(Processor),
    /// A graphics card.
    #[cfg(feature = "gpu")]
    Card(Box<Card>),
}

/// What a window is shown on.
#[allow(missing_debug_implementations, reason = "buffers have none")]
pub enum Surface {
    /// Buffers that the processor draws into.
    Processor(Box<Sheet>),
    /// Those of a graphics card.
    #[cfg(feature = "gpu")]
    Card(CardSurface),
}

impl graphics::Compositor for Compositor {
    type Renderer = Renderer;
    type Surface = Surface;

    async fn with_backend(
        settings: Settings,
        display: impl Display + Clone,
        compatible_window: impl Window + Clone,
        shell: Shell,
        backend: Option<&str>,
    ) -> Result<Self, Error> {
        let wanted = backend
            .map(str::to_owned)
            .or_else(|| std::env::var(renderer::VARIABLE).ok());
        #[cfg(feature = "gpu")]
        if wanted.as_deref() != Some(renderer::PROCESSOR) {
            let window = compatible_window;
            let display = display.clone();
            let card = Card::with_backend(settings, display, window, shell, backend).await?;
            if let Card::Primary(_) = &card {
                return Ok(Self::Card(Box::new(card)));
            }
        }
        #[cfg(not(feature = "gpu"))]
        let (_, _, _) = (compatible_window, shell, wanted);
        Processor::new(settings, display).map(Self::Processor)
    }

    fn create_renderer(&self) -> Renderer {
        match self {
            Self::Processor(processor) => Renderer(by_processor(processor.renderer())),
            #[cfg(feature = "gpu")]
            Self::Card(card) => Renderer(card.create_renderer()),
        }
    }

    fn create_surface<W: Window + Clone>(&mut self, window: W, width: u32, height: u32) -> Surface {
        match self {
            Self::Processor(processor) => {
                let mut sheet = processor.sheet(window);
                sheet.resize(width, height);
                Surface::Processor(Box::new(sheet))
            }
            #[cfg(feature = "gpu")]
            Self::Card(card) => Surface::Card(card.create_surface(window, width, height)),
        }
    }

    fn configure_surface(&mut self, surface: &mut Surface, width: u32, height: u32) {
        match (self, surface) {
            (Self::Processor(_), Surface::Processor(sheet)) => sheet.resize(width, height),
            #[cfg(feature = "gpu")]
            (Self::Card(card), Surface::Card(surface)) => {
                card.configure_surface(surface, width, height);
            }
            #[cfg(feature = "gpu")]
            _ => {}
        }
    }

    fn information(&self) -> Information {
        match self {
            Self::Processor(_) => Information {
                adapter: "CPU".into(),
                backend: renderer::PROCESSOR.into(),
            },
            #[cfg(feature = "gpu")]
            Self::Card(card) => card.information(),
        }
    }

    fn present(
        &mut self,
        renderer: &mut Renderer,
        surface: &mut Surface,
        viewport: &Viewport,
        ground: Color,
        on_pre_present: impl FnOnce(),
    ) -> Result<(), SurfaceError> {
        match (self, surface) {
            (Self::Processor(_), Surface::Processor(sheet)) => {
                let renderer = of_processor(&mut renderer.0).ok_or(SurfaceError::Lost)?;
                sheet.present(renderer, viewport, ground, on_pre_present)
            }
            #[cfg(feature = "gpu")]
            (Self::Card(card), Surface::Card(surface)) => {
                let renderer = &mut renderer.0;
                card.present(renderer, surface, viewport, ground, on_pre_present)
            }
            #[cfg(feature = "gpu")]
            _ => Err(SurfaceError::Lost),
        }
    }

    fn screenshot(
        &mut self,
        renderer: &mut Renderer,
        viewport: &Viewport,
        ground: Color,
    ) -> Vec<u8> {
        let (size, scale) = (viewport.physical_size(), viewport.scale_factor());
        renderer.0.screenshot(size, scale, ground)
    }
}

/// Windows drawn by the processor.
#[allow(missing_debug_implementations, reason = "a screen has none")]
pub struct Processor {
    screen: Screen,
    settings: Settings,
}

impl Processor {
    fn new(settings: Settings, display: impl Display) -> Result<Self, Error> {
        let screen = Screen::new(Box::new(display) as _);
        let screen = screen.map_err(|error| Error::BackendError(error.to_string()))?;
        Ok(Self { screen, settings })
    }

    fn renderer(&self) -> iced_tiny_skia::Renderer {
        iced_tiny_skia::Renderer::new(self.settings.default_font, self.settings.default_text_size)
    }

    fn sheet(&self, window: impl Window) -> Sheet {
        let buffers = Buffers::new(&self.screen, Box::new(window) as _);
        Sheet {
            buffers: buffers.expect("a window on this screen can be drawn on"),
            repaint: Repaint::new(self.settings.default_font, self.settings.default_text_size),
        }
    }
}

/// A window's buffers, and what they show.
#[allow(missing_debug_implementations, reason = "buffers have none")]
pub struct Sheet {
    buffers: Buffers,
    repaint: Repaint,
}

impl Sheet {
    fn resize(&mut self, width: u32, height: u32) {
        let (Some(width), Some(height)) = (NonZeroU32::new(width), NonZeroU32::new(height)) else {
            return;
        };
        self.repaint.forget();
        // Without buffers of this size the next picture tells that they are lost.
        let _resized = self.buffers.resize(width, height);
    }

    fn present(
        &mut self,
        renderer: &mut iced_tiny_skia::Renderer,
        viewport: &Viewport,
        ground: Color,
        on_pre_present: impl FnOnce(),
    ) -> Result<(), SurfaceError> {
        let mut buffer = self.buffers.buffer_mut().map_err(|_| SurfaceError::Lost)?;
        let size = viewport.physical_size();
        if Size::new(buffer.width().get(), buffer.height().get()) != size {
            return Err(SurfaceError::Outdated);
        }
        let age = buffer.age();
        let _parts = self
            .repaint
            .paint(renderer, viewport, ground, (&mut buffer, age));
        on_pre_present();
        // All of it: nobody tells when another window had covered a part.
        buffer.present().map_err(|_| SurfaceError::Lost)
    }
}

#[cfg(feature = "gpu")]
fn by_processor(renderer: iced_tiny_skia::Renderer) -> iced::Renderer {
    iced::Renderer::Secondary(renderer)
}

#[cfg(not(feature = "gpu"))]
fn by_processor(renderer: iced_tiny_skia::Renderer) -> iced::Renderer {
    renderer
}

#[cfg(feature = "gpu")]
fn of_processor(renderer: &mut iced::Renderer) -> Option<&mut iced_tiny_skia::Renderer> {
    match renderer {
        iced::Renderer::Primary(_) => None,
        iced::Renderer::Secondary(renderer) => Some(renderer),
    }
}

#[cfg(not(feature = "gpu"))]
#[allow(clippy::unnecessary_wraps, reason = "another may draw with a card")]
fn of_processor(renderer: &mut iced::Renderer) -> Option<&mut iced_tiny_skia::Renderer> {
    Some(renderer)
}
