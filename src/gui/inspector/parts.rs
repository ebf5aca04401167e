//! Pieces that the inspector's pages and strips are made of.

use iced::widget::{Button, button, column, container, row, scrollable, space, text, tooltip};
use iced::{Color, Element, Length, Padding, Theme, alignment};

use super::control::{Control, STEPS};
use super::edit::{Field, Shown};
use super::knob::{COARSE_US, FINE_US, Knob, Measure};
use super::reveal::PAGE;
use super::{Inspector, Message};
use crate::engine::format;
use crate::gui::focus::{FocusId, Region};
use crate::gui::hold_button::HoldButton;
use crate::gui::icon::{self, Icon};
use crate::gui::number_field::Entry;
use crate::gui::prefs::Unit;
use crate::gui::shared::Shared;
use crate::gui::slider::{Kind, Scale, Slider};
use crate::gui::tokens::Tokens;
use crate::gui::widgets::{self, ringed};
use crate::gui::{fonts, measure, style};
use crate::rig::Speaker;

/// Width of what stands in the wide inspector.
pub const ROOM: f32 = 328.0 - 2.0 * MARGIN - 1.0;
/// At its sides.
pub const MARGIN: f32 = 16.0;

/// The wide inspector around its page, which scrolls when it is too long.
pub fn panel<'a>(content: Element<'a, Message>, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let bar = scrollable::Scrollbar::new()
        .width(6)
        .scroller_width(6)
        .margin(3);
    let page = scrollable(container(content).padding(MARGIN).width(Length::Fill))
        .id(PAGE)
        .direction(scrollable::Direction::Vertical(bar))
        .style(style::scroll(tokens))
        .width(Length::Fill)
        .height(Length::Fill);
    beside_line(page.into(), tokens)
}

/// What the wide inspector shows while nothing is selected.
pub fn nothing<'a>(shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let words = column![
        text("Select a speaker")
            .font(fonts::SEMIBOLD)
            .size(fonts::ZONE)
            .color(tokens.text),
        text("Its delay, gain and channel are set here while it plays.")
            .size(fonts::SMALL)
            .color(tokens.text_second)
            .align_x(alignment::Horizontal::Center),
    ]
    .spacing(6)
    .max_width(220)
    .align_x(alignment::Horizontal::Center);
    let page = container(words).center(Length::Fill);
    beside_line(page.into(), tokens)
}

fn beside_line<'a>(page: Element<'a, Message>, tokens: &Tokens) -> Element<'a, Message> {
    let (ground, edge) = (tokens.clone(), tokens.clone());
    let line = space().width(tokens.line_width()).height(Length::Fill);
    let line = container(line).style(move |_| style::line(&edge));
    container(row![line, page])
        .style(move |_| style::panel(&ground))
        .width(Length::Fill)
        .height(Length::Fill)
        .into()
}

/// A section heading.
pub fn heading<'a>(words: &str, tokens: &Tokens) -> Element<'a, Message> {
    text(words.to_owned())
        .font(fonts::SEMIBOLD)
        .size(fonts::NAME)
        .color(tokens.text)
        .into()
}

/// Small words beside a control.
pub fn label<'a>(words: impl Into<String>, color: Color) -> Element<'a, Message> {
    text(words.into())
        .size(fonts::SMALL)
        .color(color)
        .wrapping(text::Wrapping::None)
        .into()
}

/// The label of a field, or why what stands in it cannot be taken.
pub fn label_of<'a>(
    words: &str,
    shown: &Shown,
    room: f32,
    tokens: &Tokens,
) -> Element<'a, Message> {
    match &shown.error {
        Some(error) => {
            widgets::fitted(error, room, fonts::SMALL, fonts::MEDIUM, tokens.err, tokens)
        }
        None => label(words, tokens.text_second),
    }
}

/// A row with something at both ends.
pub fn ends<'a>(
    left: impl Into<Element<'a, Message>>,
    right: impl Into<Element<'a, Message>>,
) -> Element<'a, Message> {
    row![left.into(), space().width(Length::Fill), right.into()]
        .align_y(alignment::Vertical::Center)
        .into()
}

/// Draws the focus ring around a control, and gives it its name.
pub fn ring<'a>(
    content: impl Into<Element<'a, Message>>,
    control: Control,
    shared: &Shared,
) -> Element<'a, Message> {
    named(ringed(content, &control.id(), shared), control)
}

/// What never has the keyboard.
fn no_control() -> FocusId {
    FocusId::new(Region::Inspector, "")
}

/// Gives a control its name, by which it is found.
fn named<'a>(content: impl Into<Element<'a, Message>>, control: Control) -> Element<'a, Message> {
    container(content).id(control.id().to_string()).into()
}

/// How a field is drawn.
#[derive(Debug, Clone, Copy)]
pub struct FieldLook {
    /// Height of the box.
    pub height: f32,
    /// Size of the text.
    pub size: f32,
    /// Width of the box.
    pub width: Length,
    /// Room at the right for the unit.
    pub unit_room: f32,
    /// Without a box until it is edited.
    pub plain: bool,
}

/// A field with whatever stands at its right end.
pub fn field<'a>(
    inspector: &Inspector,
    field: Field,
    look: FieldLook,
    unit: Option<Element<'a, Message>>,
    shared: &Shared,
) -> Element<'a, Message> {
    let shown = inspector.editor.shown(&field, &inspector.hand, shared);
    let control = field.control();
    let tokens = &shared.tokens;
    let above = ((look.height - look.size * fonts::LINE_HEIGHT) / 2.0).max(0.0);
    // A number without a box ends where its column ends.
    let (side, end) = if look.plain { (4.0, 0.0) } else { (12.0, 12.0) };
    let padding = Padding {
        top: above,
        bottom: above,
        left: side,
        right: end + look.unit_room,
    };
    let wrong = shown.error.is_some();
    let boxed = style::field(tokens, wrong);
    let bare = look.plain && !shown.live && !wrong;
    let entry = Entry::new(
        &shown.text,
        shown.live,
        move |wish| Message::Wished(field.clone(), wish),
        move |input| {
            input
                .font(fonts::SEMIBOLD)
                .size(look.size)
                .line_height(text::LineHeight::Relative(fonts::LINE_HEIGHT))
                .padding(padding)
                .width(look.width)
                .align_x(if look.plain {
                    alignment::Horizontal::Right
                } else {
                    alignment::Horizontal::Left
                })
                .style(move |theme: &Theme, status| {
                    let mut of = boxed(theme, status);
                    if bare {
                        of.background = Color::TRANSPARENT.into();
                        of.border.width = 0.0;
                    }
                    of
                })
        },
    );
    let mut layers = iced::widget::stack![entry];
    if let Some(unit) = unit {
        let unit = container(unit)
            .width(Length::Fill)
            .height(Length::Fill)
            .align_x(alignment::Horizontal::Right)
            .align_y(alignment::Vertical::Center)
            .padding(Padding::ZERO.right(end));
        layers = layers.push(unit);
    }
    let layers = layers.width(look.width).height(look.height);
    // The ring would hide the border that says so. It must be in the tree all
    // the same: the text field would lose its cursor with its place.
    let ringed_by = if wrong { no_control() } else { control.id() };
    named(ringed(layers, &ringed_by, shared), control)
}

/// The unit in a field.
pub fn unit_label<'a>(knob: &Knob, size: f32, shared: &Shared) -> Element<'a, Message> {
    text(knob.unit(Measure::of(shared)))
        .size(size)
        .color(shared.tokens.text_third)
        .into()
}

/// The name of a speaker or zone: a click renames it. `room` is for all of it.
pub fn name<'a>(
    inspector: &Inspector,
    of: Field,
    room: f32,
    size: f32,
    shared: &Shared,
) -> Element<'a, Message> {
    let shown = inspector.editor.shown(&of, &inspector.hand, shared);
    let tokens = &shared.tokens;
    if shown.live || shown.error.is_some() {
        let look = FieldLook {
            height: size * fonts::LINE_HEIGHT + 6.0,
            size,
            width: Length::Fixed(room),
            unit_room: 0.0,
            plain: false,
        };
        return field(inspector, of, look, None, shared);
    }
    let line = widgets::fitted(
        &shown.text,
        room - 8.0,
        size,
        fonts::SEMIBOLD,
        tokens.text,
        tokens,
    );
    let rename = button(line)
        .padding(Padding::from([1.0, 4.0]))
        .style(style::button(style::Button::Row, tokens))
        .on_press(Message::Wished(of, crate::gui::number_field::Wish::Begin));
    ring(rename, Control::Name, shared)
}

/// Why the name cannot be taken, or the line under it.
pub fn under_name<'a>(
    inspector: &Inspector,
    of: &Field,
    words: &str,
    room: f32,
    shared: &Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let shown = inspector.editor.shown(of, &inspector.hand, shared);
    let (words, color) = match &shown.error {
        Some(error) => (error.as_str(), tokens.err),
        None => (words, tokens.text_second),
    };
    let line = widgets::fitted(
        words,
        room - 4.0,
        fonts::SMALL,
        fonts::REGULAR,
        color,
        tokens,
    );
    container(line).padding(Padding::ZERO.left(4)).into()
}

/// The switch of ms, µs and cm for the whole window.
pub fn units<'a>(shared: &Shared) -> Element<'a, Message> {
    let choices = Unit::ALL.map(|unit| (unit, unit.label()));
    let chosen = Some(shared.prefs.unit);
    let switch = widgets::segments(&choices, chosen, Message::UnitChosen, &shared.tokens);
    ring(switch, Control::Unit, shared)
}

/// One of the two delay sliders of a speaker.
pub fn delay_slider<'a>(
    inspector: &Inspector,
    speaker: &Speaker,
    control: Control,
    height: f32,
    shared: &Shared,
) -> Element<'a, Message> {
    let knob = Knob::Trim(speaker.id.clone());
    let value = inspector.hand.value(&knob, shared);
    let (middle, span) = middle_of(inspector, &speaker.id, value, control);
    let limit = knob.limit();
    let range = (middle - span).max(limit.min)..=(middle + span).min(limit.max);
    let ticks = [-1.0, -0.5, 0.0, 0.5, 1.0].map(|part| middle + part * span);
    let within = ticks.into_iter().filter(|tick| range.contains(tick));
    let marks: Vec<f64> = within.collect();
    let measure = Measure::of(shared);
    let exact = Measure {
        unit: if measure.unit == Unit::Ms && control == Control::Fine {
            Unit::Us
        } else {
            measure.unit
        },
        ..measure
    };
    let slid = knob.clone();
    let (color, _) = shared.tokens.identity(speaker.slot);
    let slider = Slider::new(
        value,
        range,
        move |value| Message::Slid(slid.clone(), value),
        &shared.tokens,
    )
    .kind(Kind::Bipolar)
    .ticks(&marks)
    .step(if control == Control::Fine { 1.0 } else { 10.0 })
    .wheel(if control == Control::Fine {
        10.0
    } else {
        100.0
    })
    .color(color)
    .focused(shared.has_focus(&control.id()))
    .bubble(move |us| exact.delay(us))
    .height(height)
    .on_press(Message::Focused(control))
    .on_release(Message::LetGo)
    .on_reset(Message::Reset(knob));
    named(slider, control)
}

/// What a delay slider shows: `±500 µs`, or around what; `short` leaves out the
/// word and what is too exact. The long one stands over its slider, where the
/// bubble of a drag would cut it, so it says nothing then.
pub fn span_words(
    inspector: &Inspector,
    speaker: &Speaker,
    control: Control,
    short: bool,
    shared: &Shared,
) -> String {
    let knob = Knob::Trim(speaker.id.clone());
    if !short && inspector.hand.holds(&knob) && shared.has_focus(&control.id()) {
        return String::new();
    }
    let value = inspector.hand.value(&knob, shared);
    let (middle, _) = middle_of(inspector, &speaker.id, value, control);
    if middle.abs() > 0.5 && short {
        return format::latency(middle / 1000.0);
    }
    if middle.abs() > 0.5 {
        return format!("around {}", Measure::of(shared).delay(middle));
    }
    match control {
        Control::Fine => "±500 µs".into(),
        _ => "±50 ms".into(),
    }
}

fn middle_of(inspector: &Inspector, speaker: &str, us: f64, control: Control) -> (f64, f64) {
    let middles = inspector.hand.middles(speaker, us);
    match control {
        Control::Fine => (middles.fine, FINE_US),
        _ => (middles.coarse, COARSE_US),
    }
}

/// The gain slider of a speaker or zone.
pub fn gain_slider<'a>(
    inspector: &Inspector,
    knob: &Knob,
    height: f32,
    shared: &Shared,
) -> Element<'a, Message> {
    let value = inspector.hand.value(knob, shared);
    let limit = knob.limit();
    let slid = knob.clone();
    let slider = Slider::new(
        value,
        limit.min..=limit.max,
        move |value| Message::Slid(slid.clone(), value),
        &shared.tokens,
    )
    .kind(Kind::OneSided)
    .scale(Scale::Fader)
    .ticks(&[0.0])
    .step(0.1)
    .wheel(0.5)
    .height(height)
    .focused(shared.has_focus(&Control::Gain.id()))
    .bubble(format::level)
    .on_press(Message::Focused(Control::Gain))
    .on_release(Message::LetGo)
    .on_reset(Message::Reset(knob.clone()));
    named(slider, Control::Gain)
}

/// A gain with its label over it, and the number to click and type.
pub fn gain<'a>(
    inspector: &Inspector,
    knob: &Knob,
    room: f32,
    height: f32,
    shared: &Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let number = Field::Number(knob.clone());
    let shown = inspector.editor.shown(&number, &inspector.hand, shared);
    let look = FieldLook {
        height: 26.0,
        size: fonts::BODY,
        width: Length::Fixed(measure::width("−60.0", fonts::BODY, fonts::SEMIBOLD) + 34.0),
        unit_room: 22.0,
        plain: true,
    };
    let unit = text("dB")
        .size(fonts::BODY)
        .font(fonts::SEMIBOLD)
        .color(tokens.text);
    let number = field(inspector, number, look, Some(unit.into()), shared);
    let words = label_of("Gain", &shown, room - 76.0, tokens);
    column![
        ends(words, number),
        gain_slider(inspector, knob, height, shared),
    ]
    .width(Length::Fill)
    .into()
}

/// The step buttons; `long` writes the unit on the middle ones too.
pub fn steps<'a>(long: bool, spacing: f32, shared: &Shared) -> Element<'a, Message> {
    let all = STEPS.iter().enumerate().map(|(index, step)| {
        let sign = if *step < 0 { '−' } else { '+' };
        let words = match (step.abs(), long) {
            (1000, _) => format!("{sign}1 ms"),
            (10, true) => format!("{sign}10 µs"),
            (size, _) => format!("{sign}{size}"),
        };
        let pressed = Message::Stepped(index);
        let step = HoldButton::new(&words, pressed, Message::LetGo, &shared.tokens);
        ring(step, Control::Step(index), shared)
    });
    row(all).spacing(spacing).into()
}

/// Sets the trim back.
pub fn reset<'a>(width: f32, height: f32, shared: &Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let back = widgets::icon_button(Icon::RotateCcw, style::Button::Secondary, tokens)
        .width(width)
        .height(height)
        .on_press(Message::Pressed(Control::Reset));
    let explained = widgets::tip(back, "No trim", tooltip::Position::Bottom, tokens);
    ring(explained, Control::Reset, shared)
}

/// Identify, mute and solo.
pub fn three<'a>(speaker: &Speaker, height: f32, shared: &Shared) -> Element<'a, Message> {
    let muted = if speaker.muted { "Muted" } else { "Mute" };
    let all = [
        (Control::Identify, Icon::BellRing, "Identify", false),
        (Control::Mute, Icon::VolumeX, muted, speaker.muted),
        (Control::Solo, Icon::Headphones, "Solo", speaker.solo),
    ];
    let all = all.map(|(control, sign, words, on)| {
        ring(
            filled(control, sign, words, on, height, shared),
            control,
            shared,
        )
    });
    row(all).spacing(if height < 44.0 { 6 } else { 8 }).into()
}

/// A button that is on or off, as wide as there is room.
pub fn filled<'a>(
    control: Control,
    sign: Icon,
    words: &str,
    on: bool,
    height: f32,
    shared: &Shared,
) -> Element<'a, Message> {
    let kind = if on {
        style::Button::On
    } else {
        style::Button::Secondary
    };
    centered(control, Some(sign), words, kind, height, shared)
        .width(Length::Fill)
        .into()
}

/// A button with its content in the middle.
pub fn centered<'a>(
    control: Control,
    sign: Option<Icon>,
    words: &str,
    kind: style::Button,
    height: f32,
    shared: &Shared,
) -> Button<'a, Message> {
    let tokens = &shared.tokens;
    let ink = match kind {
        style::Button::Primary | style::Button::On => tokens.on_accent,
        _ => tokens.text,
    };
    let small = height < 44.0;
    let (icon_size, size, gap) = if small {
        (15.0, fonts::SMALL, 4)
    } else {
        (17.0, fonts::BODY, 7)
    };
    let label = text(words.to_owned())
        .font(fonts::MEDIUM)
        .size(size)
        .wrapping(text::Wrapping::None);
    let sign = sign.map(|sign| icon::icon(sign, icon_size, ink));
    let content = row![]
        .push(sign)
        .push(label)
        .spacing(gap)
        .align_y(alignment::Vertical::Center);
    button(container(content).center(Length::Fill))
        .height(height)
        .padding(0)
        .style(style::button(kind, tokens))
        .on_press(Message::Pressed(control))
}
