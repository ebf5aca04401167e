//! Words that were set in type, kept while they are drawn again and again.
//!
//! The renderer keeps those of its last picture only; parts are many small
//! pictures, so it would set the same words anew in each.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use iced::advanced::graphics::text::Paragraph;
use iced::advanced::text::{Alignment, LineHeight, Paragraph as _, Text, Wrapping};
use iced::alignment::Vertical;
use iced::{Point, Rectangle};

/// The words.
#[derive(Default)]
pub struct Words {
    kept: HashMap<u64, Kept>,
    now: u32,
}

struct Kept {
    paragraph: Paragraph,
    used: u32,
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Words")
            .field("kept", &self.kept.len())
            .finish()
    }
}

impl Words {
    /// The words in type, and where their top left corner is when they stand at
    /// `bounds` as they are aligned.
    pub fn set(&mut self, text: &Text<&str>, at: Point) -> (&Paragraph, Point) {
        let kept = self.kept.entry(key(text)).or_insert_with(|| Kept {
            paragraph: Paragraph::with_text(*text),
            used: 0,
        });
        kept.used = self.now;
        let size = kept.paragraph.min_bounds();
        let left = match text.align_x {
            Alignment::Center => at.x - size.width / 2.0,
            Alignment::Right => at.x - size.width,
            _ => at.x,
        };
        let top = match text.align_y {
            Vertical::Top => at.y,
            Vertical::Center => at.y - size.height / 2.0,
            Vertical::Bottom => at.y - size.height,
        };
        (&kept.paragraph, Point::new(left, top))
    }

    /// A picture is complete: words that have not been drawn for long go.
    pub fn age(&mut self) {
        self.now = self.now.wrapping_add(1);
        if self.now.is_multiple_of(LONG) {
            let now = self.now;
            self.kept
                .retain(|_, kept| now.wrapping_sub(kept.used) <= LONG);
        }
    }
}

/// A text as the renderer keeps it in its layers.
pub fn text(
    content: &str,
    bounds: Rectangle,
    (size, line_height): (iced::Pixels, iced::Pixels),
    font: iced::Font,
    (align_x, align_y): (Alignment, Vertical),
    shaping: iced::advanced::text::Shaping,
) -> Text<&str> {
    Text {
        content,
        bounds: bounds.size(),
        size,
        line_height: LineHeight::Absolute(line_height),
        font,
        align_x,
        align_y,
        shaping,
        wrapping: Wrapping::default(),
    }
}

fn key(text: &Text<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.content.hash(&mut hasher);
    text.size.0.to_bits().hash(&mut hasher);
    let line_height = text.line_height.to_absolute(text.size);
    line_height.0.to_bits().hash(&mut hasher);
    text.font.hash(&mut hasher);
    text.bounds.width.to_bits().hash(&mut hasher);
    text.bounds.height.to_bits().hash(&mut hasher);
    text.shaping.hash(&mut hasher);
    text.align_x.hash(&mut hasher);
    hasher.finish()
}

/// Pictures; 10 s at 30 a second.
const LONG: u32 = 300;
