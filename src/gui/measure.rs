//! How wide text is, and text that fits: iced cuts text off without a sign.

use std::cell::RefCell;
use std::collections::HashMap;

use iced::advanced::graphics::text::Paragraph;
use iced::advanced::text::{self, Paragraph as _};
use iced::{Font, Pixels, Size, alignment};

use super::fonts;

/// Width of one line of text, logical pixels.
#[must_use]
pub fn width(content: &str, size: f32, font: Font) -> f32 {
    let key = (content.to_owned(), size.to_bits(), font);
    let known = WIDTHS.with_borrow(|widths| widths.get(&key).copied());
    known.unwrap_or_else(|| {
        let width = shaped(content, size, font);
        WIDTHS.with_borrow_mut(|widths| {
            if widths.len() >= MOST {
                widths.clear();
            }
            let _new = widths.insert(key, width);
        });
        width
    })
}

/// The text if it fits into `room`, else its beginning and `…`.
#[must_use]
pub fn fitted(content: &str, room: f32, size: f32, font: Font) -> String {
    if width(content, size, font) <= room {
        return content.to_owned();
    }
    let ends: Vec<usize> = content
        .char_indices()
        .map(|(at, _)| at)
        .filter(|&at| is_boundary(content, at))
        .collect();
    let shortened = |count: usize| format!("{}…", content[..ends[count]].trim_end());
    let fits = |count: &usize| width(&shortened(*count), size, font) <= room;
    let (mut low, mut high) = (0, ends.len().saturating_sub(1));
    while low < high {
        let middle = (low + high).div_ceil(2);
        if fits(&middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    if ends.is_empty() {
        String::new()
    } else {
        shortened(low)
    }
}

/// Joined emoji and marks stay with what they belong to.
fn is_boundary(content: &str, at: usize) -> bool {
    let joins = |c: char| matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{20e3}' | '\u{0300}'..='\u{036f}' | '\u{1f3fb}'..='\u{1f3ff}');
    let next = content[at..].chars().next();
    let last = content[..at].chars().next_back();
    !next.is_some_and(joins) && last != Some('\u{200d}')
}

fn shaped(content: &str, size: f32, font: Font) -> f32 {
    Paragraph::with_text(text::Text {
        content,
        bounds: Size::INFINITE,
        size: Pixels(size),
        line_height: text::LineHeight::Relative(fonts::LINE_HEIGHT),
        font,
        align_x: text::Alignment::Left,
        align_y: alignment::Vertical::Top,
        shaping: text::Shaping::Advanced,
        wrapping: text::Wrapping::None,
    })
    .min_width()
}

thread_local! {
    static WIDTHS: RefCell<HashMap<(String, u32, Font), f32>> = RefCell::default();
}

/// Widths remembered; live numbers would fill memory otherwise.
const MOST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis_and_fits_then() {
        for name in [
            "Left tower",
            "Küchenlautsprecher über dem Kühlschrank links",
            "キッチンのスピーカーと居間のスピーカー",
            "مكبر الصوت في غرفة المعيشة الكبيرة",
            "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦 family",
        ] {
            for room in [20.0, 60.0, 120.0] {
                let fitted = fitted(name, room, fonts::NAME, fonts::SEMIBOLD);
                assert!(width(&fitted, fonts::NAME, fonts::SEMIBOLD) <= room || fitted == "…");
                assert!(fitted == name || fitted.ends_with('…'), "{fitted}");
            }
        }
        assert_eq!(fitted("Sub", 200.0, fonts::NAME, fonts::SEMIBOLD), "Sub");
        assert_eq!(fitted("", 0.0, fonts::NAME, fonts::SEMIBOLD), "");
    }
}
