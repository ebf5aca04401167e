//! The window drawn by the processor, part by part: that it looks as if it was
//! drawn whole, and how little of it is drawn.

#[path = "support/window.rs"]
mod window;

use iced::{Point, Size};
use inphase::gui::action::Overlay;
use inphase::gui::fonts;
use inphase::gui::processor::painter::Painter;
use inphase::gui::processor::parts::Part;
use inphase::gui::processor::repaint::Repaint;
use inphase::gui::stage::Stage;
use inphase::gui::tokens::Tokens;
use window::{COMPACT, WIDE, Window};

/// A window and what is seen of it.
struct Screen {
    window: Window,
    repaint: Repaint,
    pixels: Vec<u32>,
    size: Size<u32>,
}

impl Screen {
    fn new(size: Size, tokens: Tokens) -> Self {
        let mut screen = Self {
            window: Window::new(Stage::after_a_minute(size)).themed(tokens),
            repaint: Repaint::new(fonts::REGULAR, fonts::BODY.into()),
            pixels: vec![0; (size.width * size.height) as usize],
            size: Size::new(size.width as u32, size.height as u32),
        };
        assert_eq!(screen.draw(0), [Part::whole(screen.size)]);
        screen
    }

    fn draw(&mut self, age: u8) -> Vec<Part> {
        self.window.paint(&mut self.repaint, &mut self.pixels, age)
    }

    /// What the window looks like when all of it is drawn.
    fn whole(&mut self) -> Vec<u32> {
        let mut anew = Repaint::new(fonts::REGULAR, fonts::BODY.into());
        let mut pixels = vec![0; self.pixels.len()];
        let _all = self.window.paint(&mut anew, &mut pixels, 0);
        pixels
    }

    /// The pixels that differ from it by more than this.
    fn wrong(&mut self, more_than: u8) -> Vec<(u32, u32)> {
        let whole = self.whole();
        let pairs = self.pixels.iter().zip(&whole).enumerate();
        let wrong = pairs.filter(|(_, (a, b))| differ(**a, **b, more_than));
        let at = |index: usize| index as u32;
        wrong
            .map(|(index, _)| (at(index) % self.size.width, at(index) / self.size.width))
            .collect()
    }

    fn check(&mut self, when: &str) {
        let wrong = self.wrong(SMOOTH);
        let first = &wrong[..wrong.len().min(8)];
        assert!(wrong.is_empty(), "{when}: {} at {first:?}", wrong.len());
    }
}

/// The edge of a slanted line may be a little lighter or darker where it is cut.
const SMOOTH: u8 = 16;

fn differ(a: u32, b: u32, more_than: u8) -> bool {
    let (a, b) = (a.to_ne_bytes(), b.to_ne_bytes());
    a.iter().zip(b).any(|(a, b)| a.abs_diff(b) > more_than)
}

#[test]
fn parts_add_up_to_the_whole_while_it_plays_and_is_used() {
    for size in [WIDE, COMPACT] {
        let mut screen = Screen::new(size, Tokens::dark());
        for step in 0..60 {
            match step {
                20 => screen.window.stage.lose("shelf-left"),
                30 => screen
                    .window
                    .click(Point::new(size.width * 0.4, size.height * 0.4)),
                40 => screen.window.point(Point::new(size.width - 35.0, 30.0)),
                _ => screen.window.stage.play(33),
            }
            let _parts = screen.draw(1);
            if step % 10 == 9 {
                screen.check(&format!("step {step} at {}", size.width));
            }
        }
    }
}

#[test]
fn a_dialog_that_shrinks_takes_its_shadow_along() {
    let mut screen = Screen::new(WIDE, Tokens::light());
    screen.window = screen.window.with_tasks();
    screen.window.open(Overlay::Commands);
    let _parts = screen.draw(1);
    screen.window.typewrite("settings");
    let _parts = screen.draw(1);
    // A shadow is soft: what is left of one differs little, but in many places.
    let wrong = screen.wrong(2);
    assert!(wrong.len() < 500, "{} pixels", wrong.len());
}

#[test]
fn any_part_looks_like_that_part_of_the_whole() {
    let mut screen = Screen::new(WIDE, Tokens::dark());
    let (layers, ground) = screen.window.layers();
    let mut painter = Painter::new(fonts::REGULAR, fonts::BODY.into());
    let mut whole = screen.pixels.clone();
    let look = (1.0, ground);
    painter.paint(Part::whole(screen.size), &layers, look, &mut whole, 1440);
    for step in 0..400 {
        let part = Part {
            x: step * 131 % 1390,
            y: step * 89 % 870,
            width: 10 + step * 7 % 40,
            height: 3 + step * 13 % 27,
        };
        let mut pixels = whole.clone();
        painter.paint(part, &layers, look, &mut pixels, 1440);
        let wrong = pixels
            .iter()
            .zip(&whole)
            .filter(|(a, b)| differ(**a, **b, SMOOTH))
            .count();
        assert_eq!(wrong, 0, "{part:?}");
    }
}

#[test]
fn older_buffers_catch_up() {
    let mut screen = Screen::new(COMPACT, Tokens::light());
    let mut other = screen.pixels.clone();
    for _ in 0..6 {
        screen.window.stage.play(50);
        let _parts = screen.draw(2);
        std::mem::swap(&mut screen.pixels, &mut other);
    }
    std::mem::swap(&mut screen.pixels, &mut other);
    screen.check("with two buffers in turn");
}

#[test]
fn parts_look_as_the_renderer_draws_them() {
    for tokens in [Tokens::dark(), Tokens::light(), Tokens::contrast()] {
        let mut screen = Screen::new(WIDE, tokens);
        let (_, rgba) = screen.window.pixels();
        let pixel = |bytes: &[u8]| u32::from_ne_bytes([bytes[2], bytes[1], bytes[0], bytes[3]]);
        let all = rgba.chunks_exact(4).zip(&screen.pixels);
        let wrong = all.filter(|(bytes, seen)| differ(pixel(bytes), **seen, SMOOTH));
        assert_eq!(wrong.count(), 0);
    }
}

#[test]
fn what_stands_still_is_not_drawn() {
    let mut screen = Screen::new(WIDE, Tokens::dark());
    assert_eq!(screen.draw(1), []);
}

#[test]
fn what_plays_draws_few_and_small_parts() {
    for (size, most) in [
        (WIDE, 0.07),
        (Size::new(1280.0, 800.0), 0.07),
        (COMPACT, 0.08),
    ] {
        let mut screen = Screen::new(size, Tokens::dark());
        let (mut count, mut area) = (0, 0);
        for _ in 0..120 {
            screen.window.stage.play(33);
            let parts = screen.draw(1);
            count += parts.len();
            area += parts.iter().map(Part::area).sum::<u64>();
        }
        let share = area as f64 / 120.0 / f64::from(size.width * size.height);
        let each = count as f64 / 120.0;
        println!(
            "{} x {}: {each:.1} parts, {:.2} %",
            size.width,
            size.height,
            share * 100.0
        );
        assert!(
            share < most && each < 12.0,
            "{each} parts, {share} of the window"
        );
    }
}
