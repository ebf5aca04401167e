//! Keeps a window's pixels up to date: finds what differs from the last picture,
//! and draws that again.

use std::collections::VecDeque;

use iced::advanced::graphics::{Viewport, damage};
use iced::advanced::renderer::Quad;
use iced::{Background, Color, Font, Pixels, Rectangle, Size};
use iced_tiny_skia::{Layer, Renderer};

use super::painter::{self, Painter};
use super::parts::{self, Part};

/// What is known of a window's pixels.
#[derive(Debug)]
pub struct Repaint {
    painter: Painter,
    /// What the last picture showed.
    last: Renderer,
    /// How it was shown; `None` before the first.
    shown: Option<Shown>,
    /// What changed from picture to picture, newest first: a window with several
    /// buffers hands back one that is some pictures old.
    changes: VecDeque<Vec<Part>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Shown {
    size: Size<u32>,
    scale: f32,
    ground: Color,
}

impl Repaint {
    /// For a new window.
    #[must_use]
    pub fn new(font: Font, size: Pixels) -> Self {
        Self {
            painter: Painter::new(font, size),
            last: Renderer::new(font, size),
            shown: None,
            changes: VecDeque::new(),
        }
    }

    /// The window's pixels are gone.
    pub fn forget(&mut self) {
        self.shown = None;
        self.changes.clear();
    }

    /// Brings pixels that show the window as it was `age` pictures ago (0: that
    /// show anything) to what `renderer` shows, and tells which parts were drawn.
    /// The renderer is exchanged for another, to be drawn with from anew.
    pub fn paint(
        &mut self,
        renderer: &mut Renderer,
        viewport: &Viewport,
        ground: Color,
        (pixels, age): (&mut [u32], u8),
    ) -> Vec<Part> {
        let shown = Shown {
            size: viewport.physical_size(),
            scale: viewport.scale_factor(),
            ground,
        };
        let changed = self.changed(renderer, shown);
        self.changes.push_front(changed);
        self.changes.truncate(OLDEST);
        let known = (1..=self.changes.len()).contains(&usize::from(age));
        let parts = if known {
            let since = self.changes.iter().take(usize::from(age));
            parts::joined(since.flatten().copied())
        } else {
            vec![Part::whole(shown.size)]
        };
        let layers = renderer.layers();
        for part in &parts {
            let look = (shown.scale, ground);
            self.painter
                .paint(*part, layers, look, pixels, shown.size.width);
        }
        self.painter.finish(shown.size);
        std::mem::swap(renderer, &mut self.last);
        parts
    }

    /// What differs from the last picture.
    fn changed(&mut self, renderer: &mut Renderer, shown: Shown) -> Vec<Part> {
        if self.shown.replace(shown) != Some(shown) {
            return vec![Part::whole(shown.size)];
        }
        let all = |layer: &Layer| vec![layer.bounds];
        let (before, now) = (self.last.layers(), renderer.layers());
        let areas = damage::diff(before, now, all, differ);
        let around = |area: Rectangle| Part::around(area, shown.scale, shown.size);
        parts::joined(areas.into_iter().filter_map(around))
    }
}

/// What differs in a layer. The renderer's own answer leaves out shadows.
fn differ(before: &Layer, now: &Layer) -> Vec<Rectangle> {
    let mut areas = Layer::damage(before, now);
    if before.bounds == now.bounds {
        let shade = |(quad, _): &(Quad, Background)| {
            let shade = painter::shadow(quad).and_then(|area| area.intersection(&now.bounds));
            shade.into_iter().collect()
        };
        areas.extend(damage::list(&before.quads, &now.quads, shade, |a, b| {
            a == b
        }));
    }
    areas
}

/// Buffers that a window may have.
const OLDEST: usize = 4;
