//! Signs that are drawn and not in the icon font: the health marks, battery,
//! signal bars and the logo. Each has a shape of its own, so that colour is
//! never the only difference.

use std::cell::Cell;
use std::f32::consts::{FRAC_PI_2, TAU};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use iced::widget::canvas::{self, Frame, LineCap, LineDash, LineJoin, Path, Stroke, path::Arc};
use iced::widget::{Canvas, canvas as canvas_widget};
use iced::{Color, Length, Point, Rectangle, Renderer, Size, Theme, Vector, mouse};

use super::scene::Mark;
use super::tokens::Tokens;

/// The colour that goes with a mark.
#[must_use]
pub fn color(mark: Mark, tokens: &Tokens) -> Color {
    match mark {
        Mark::InPhase | Mark::Estimated => tokens.ok,
        Mark::Drifting => tokens.warn,
        Mark::Out => tokens.err,
        Mark::Connecting => tokens.busy,
        Mark::Ready | Mark::Off => tokens.text_third,
    }
}

/// Draws a mark of `size` pixels around `center`. `turn` is the angle of the
/// connecting ring, from 0 to 1; it stands still with less motion.
pub fn draw(frame: &mut Frame, mark: Mark, center: Point, size: f32, turn: f32, tokens: &Tokens) {
    let color = color(mark, tokens);
    let unit = size / 16.0;
    let at = |x: f32, y: f32| center + Vector::new(x * unit, y * unit);
    let line = |width: f32, color: Color| Stroke {
        line_cap: LineCap::Round,
        line_join: LineJoin::Round,
        ..Stroke::default().with_width(width * unit).with_color(color)
    };
    match mark {
        Mark::InPhase => {
            frame.fill(&Path::circle(center, 8.0 * unit), color);
            let tick = Path::new(|path| {
                path.move_to(at(-3.6, 0.2));
                path.line_to(at(-1.0, 2.8));
                path.line_to(at(3.8, -2.6));
            });
            frame.stroke(&tick, line(2.2, tokens.on_health));
        }
        Mark::Estimated => {
            frame.stroke(&Path::circle(center, 6.8 * unit), line(2.2, color));
            frame.fill(&Path::circle(center, 3.0 * unit), color);
        }
        Mark::Drifting => {
            let triangle = Path::new(|path| {
                path.move_to(at(0.0, -7.0));
                path.line_to(at(7.6, 6.4));
                path.line_to(at(-7.6, 6.4));
                path.close();
            });
            frame.fill(&triangle, color);
            frame.stroke(&triangle, line(1.6, color));
            let bang = Path::line(at(0.0, -2.4), at(0.0, 1.6));
            frame.stroke(&bang, line(2.0, tokens.on_health));
            frame.fill(&Path::circle(at(0.0, 4.3), 1.2 * unit), tokens.on_health);
        }
        Mark::Out => {
            let diamond = Path::new(|path| {
                path.move_to(at(0.0, -8.6));
                path.line_to(at(8.6, 0.0));
                path.line_to(at(0.0, 8.6));
                path.line_to(at(-8.6, 0.0));
                path.close();
            });
            frame.fill(&diamond, color);
            frame.stroke(&diamond, line(1.0, color));
            for (from, to) in [((-2.4, -2.4), (2.4, 2.4)), ((-2.4, 2.4), (2.4, -2.4))] {
                let arm = Path::line(at(from.0, from.1), at(to.0, to.1));
                frame.stroke(&arm, line(2.0, tokens.on_health));
            }
        }
        Mark::Connecting => {
            let start = TAU * turn - FRAC_PI_2 + 0.7;
            let open = Path::new(|path| {
                path.arc(Arc {
                    center,
                    radius: 6.6 * unit,
                    start_angle: start.into(),
                    end_angle: (start + TAU * 0.78).into(),
                });
            });
            frame.stroke(&open, line(2.4, color));
        }
        Mark::Ready => frame.stroke(&Path::circle(center, 6.6 * unit), line(2.0, color)),
        Mark::Off => {
            frame.stroke(&Path::circle(center, 6.6 * unit), line(1.8, color));
            frame.stroke(&Path::line(at(-4.4, 4.4), at(4.4, -4.4)), line(1.8, color));
        }
    }
}

/// A mark as a widget.
#[must_use]
pub fn mark<'a, Message: 'a>(
    mark: Mark,
    size: f32,
    turn: f32,
    tokens: &Tokens,
) -> Canvas<impl canvas::Program<Message> + use<'a, Message>, Message> {
    let colors = [color(mark, tokens), tokens.on_health];
    let turn = if mark == Mark::Connecting { turn } else { 0.0 };
    let shows = shows(&colors, (mark.word(), turn.to_bits()));
    sign(Size::new(size + 2.0, size + 2.0), shows, {
        let tokens = tokens.clone();
        move |frame| draw(frame, mark, frame.center(), size, turn, &tokens)
    })
}

/// How far the connecting ring has turned. It stands still where nothing may
/// move, and turns in steps that the eye takes for turning.
#[derive(Debug, Default)]
pub struct Turn {
    began: Option<Instant>,
    angle: f32,
}

impl Turn {
    /// Time has passed.
    pub fn tick(&mut self, now: Instant, moves: bool) {
        let began = *self.began.get_or_insert(now);
        let turns = now.saturating_duration_since(began).as_secs_f32() / TURN_SECS;
        self.angle = if moves {
            (turns.fract() * TURN_STEPS).floor() / TURN_STEPS
        } else {
            0.0
        };
    }

    /// From 0 to 1.
    #[must_use]
    pub fn angle(&self) -> f32 {
        self.angle
    }
}

/// Once around.
const TURN_SECS: f32 = 1.2;
const TURN_STEPS: f32 = 24.0;

/// Signal strength as four bars.
#[must_use]
pub fn signal<'a, Message: 'a>(
    dbm: i16,
    tokens: &Tokens,
) -> Canvas<impl canvas::Program<Message> + use<'a, Message>, Message> {
    let bars = bars(dbm);
    let (full, empty) = (tokens.text, tokens.track);
    let shows = shows(&[full, empty], bars);
    sign(Size::new(16.0, 14.0), shows, move |frame| {
        for bar in 0..4_u8 {
            let height = 4.0 + 3.0 * f32::from(bar);
            let corner = Point::new(4.0 * f32::from(bar), 13.0 - height);
            let path = Path::rounded_rectangle(corner, Size::new(2.8, height), 1.0.into());
            frame.fill(&path, if bar < bars { full } else { empty });
        }
    })
}

/// A battery, 0 to 100.
#[must_use]
pub fn battery<'a, Message: 'a>(
    percent: u8,
    tokens: &Tokens,
) -> Canvas<impl canvas::Program<Message> + use<'a, Message>, Message> {
    let (edge, fill) = (tokens.text_second, tokens.text_second);
    let shows = shows(&[edge, fill], percent);
    sign(Size::new(24.0, 13.0), shows, move |frame| {
        let case = Path::rounded_rectangle(Point::new(1.0, 1.0), Size::new(19.0, 11.0), 3.0.into());
        frame.stroke(&case, Stroke::default().with_width(1.5).with_color(edge));
        let knob = Path::rounded_rectangle(Point::new(21.0, 4.5), Size::new(2.0, 4.0), 1.0.into());
        frame.fill(&knob, edge);
        let width = 14.0 * f32::from(percent.min(100)) / 100.0;
        let level = Path::rounded_rectangle(
            Point::new(3.5, 3.5),
            Size::new(width.max(1.0), 6.0),
            1.5.into(),
        );
        frame.fill(&level, fill);
    })
}

/// The logo: speakers on one line.
#[must_use]
pub fn logo<'a, Message: 'a>(
    size: f32,
    tokens: &Tokens,
) -> Canvas<impl canvas::Program<Message> + use<'a, Message>, Message> {
    let (ground, ink) = (tokens.accent, tokens.on_accent);
    let shows = shows(&[ground, ink], ());
    sign(Size::new(size, size), shows, move |frame| {
        let unit = size / 32.0;
        let case =
            Path::rounded_rectangle(Point::ORIGIN, Size::new(size, size), (7.0 * unit).into());
        frame.fill(&case, ground);
        let bar = |x: f32, y: f32, width: f32, height: f32| {
            Path::rounded_rectangle(
                Point::new(x * unit, y * unit),
                Size::new(width * unit, height * unit),
                (height.min(width) / 2.0 * unit).into(),
            )
        };
        for (y, left, right) in [(9.0, 7.0, 25.0), (14.5, 5.0, 27.0), (20.0, 8.0, 24.0)] {
            frame.fill(&bar(left, y, right - left, 2.6), ink.scale_alpha(0.55));
        }
        frame.fill(&bar(14.3, 5.0, 3.4, 22.0), ink);
    })
}

/// How many of four bars a signal fills: −60 dBm and better is all of them.
#[must_use]
pub fn bars(dbm: i16) -> u8 {
    match dbm {
        -60.. => 4,
        -70.. => 3,
        -80.. => 2,
        -90.. => 1,
        _ => 0,
    }
}

/// A dashed box that fills its room.
#[must_use]
pub fn dashed<'a, Message: 'a>(
    color: Color,
    width: f32,
    radius: f32,
) -> Canvas<impl canvas::Program<Message> + use<'a, Message>, Message> {
    let shows = shows(&[color], (width.to_bits(), radius.to_bits()));
    sign(Size::ZERO, shows, move |frame| {
        let inset = width / 2.0 + 0.5;
        let size = frame.size();
        let path = Path::rounded_rectangle(
            Point::new(inset, inset),
            Size::new(size.width - 2.0 * inset, size.height - 2.0 * inset),
            radius.into(),
        );
        let stroke = Stroke {
            line_dash: DASH,
            ..Stroke::default().with_width(width).with_color(color)
        };
        frame.stroke(&path, stroke);
    })
    .width(Length::Fill)
    .height(Length::Fill)
}

/// Any drawing that is made anew only when its colours or what it shows differ.
#[must_use]
pub fn drawing<'a, Message: 'a>(
    size: Size,
    colors: &[Color],
    shown: impl Hash,
    draw: impl Fn(&mut Frame) + 'a,
) -> Canvas<impl canvas::Program<Message> + 'a, Message> {
    sign(size, shows(colors, shown), draw)
}

/// A dash pattern of the interface: 6 on, 4 off.
pub const DASH: LineDash<'static> = LineDash {
    segments: &[6.0, 4.0],
    offset: 0,
};

/// A small drawing that is made once and again only when it shows something
/// else: the software renderer then leaves its place alone, and leaves no specks.
struct Sign<F> {
    shows: u64,
    draw: F,
}

#[derive(Default)]
struct Drawn {
    cache: canvas::Cache,
    shows: Cell<u64>,
}

fn sign<Message, F: Fn(&mut Frame)>(size: Size, shows: u64, draw: F) -> Canvas<Sign<F>, Message> {
    canvas_widget(Sign { shows, draw })
        .width(size.width)
        .height(size.height)
}

/// A number that differs between drawings that look different.
fn shows(colors: &[Color], more: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    for color in colors {
        color.into_linear().map(f32::to_bits).hash(&mut hasher);
    }
    more.hash(&mut hasher);
    hasher.finish()
}

impl<Message, F: Fn(&mut Frame)> canvas::Program<Message> for Sign<F> {
    type State = Drawn;

    fn draw(
        &self,
        drawn: &Drawn,
        renderer: &Renderer,
        _theme: &Theme,
        bounds: Rectangle,
        _cursor: mouse::Cursor,
    ) -> Vec<canvas::Geometry> {
        if drawn.shows.replace(self.shows) != self.shows {
            drawn.cache.clear();
        }
        vec![drawn.cache.draw(renderer, bounds.size(), &self.draw)]
    }
}
