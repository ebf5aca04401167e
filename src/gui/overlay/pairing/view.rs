//! The dialog drawn: what is going on and for how long, the steps, who has come.

use iced::widget::{column, container, row, scrollable, space, text};
use iced::{Color, Element, Length, Padding, alignment};

use super::{ACCEPT, AGAIN, CLOSE, NAME, NUMBER, Pairing, Phase, REFUSE};
use crate::bluetooth::state::{Device, Request, State, Verdict};
use crate::gui::icon::{self, Icon};
use crate::gui::overlay::{Message, frame, pieces};
use crate::gui::radio::{self, Standing, requests};
use crate::gui::scene::Mark;
use crate::gui::shared::Shared;
use crate::gui::{fonts, glyph, style, widgets};

/// Draws it.
pub fn view<'a>(dialog: &'a Pairing, shared: &'a Shared) -> Element<'a, Message> {
    let Some(state) = radio::state(shared) else {
        return frame::card("Bluetooth", WIDTH + 24.0, closing(dialog, shared), shared);
    };
    if !dialog.guided {
        let content = column![asked(dialog, shared), closing(dialog, shared)].spacing(12);
        return frame::card("A device asks", WIDTH + 24.0, content, shared);
    }
    let mut content = column![banner(dialog, state, shared)].spacing(12);
    if state.service.is_ready() {
        if dialog.picked.is_none() {
            content = content
                .push(name(dialog, shared))
                .push(steps(dialog, shared));
        }
        content = content.push(happenings(dialog, state, shared));
    }
    content = content.push(closing(dialog, shared));
    frame::card("Pair an Echo or a phone", WIDTH + 24.0, content, shared)
}

/// What is going on, and how long it still goes on.
fn banner<'a>(dialog: &Pairing, state: &State, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let picked = dialog.picked.and_then(|address| state.device(address));
    let left = state.pairing.as_ref().filter(|_| picked.is_none());
    let left = left.map(|window| radio::secs_until(window.ends_at_ms, shared.unix_ms()));
    let (mark, ground, edge, words) = if !state.service.is_ready() {
        let words = state.service.sentence();
        (Mark::Drifting, tokens.warn_ground, tokens.warn, words)
    } else if let Some(device) = picked {
        let words = format!(
            "{} is paired, and it is the source now.",
            radio::name(device)
        );
        (Mark::InPhase, tokens.ok_ground, tokens.ok, words)
    } else {
        let words = match dialog.phase {
            Phase::Opening => "Making this computer visible…".into(),
            Phase::Open => format!("Visible as {}", dialog.seen(shared, " and ")),
            Phase::Over => "The time is up. Nothing new can pair now.".into(),
        };
        match dialog.phase {
            Phase::Over => (Mark::Off, tokens.well, tokens.edge, words),
            _ => (Mark::Connecting, tokens.busy_ground, tokens.busy, words),
        }
    };
    let said = pieces::standing(mark, dialog.turn.angle(), &words, shared);
    let mut content = row![said].spacing(12).align_y(alignment::Vertical::Center);
    if let Some(secs) = left {
        let left = text(radio::clock(secs)).size(fonts::TITLE);
        content = content.push(left.font(fonts::SEMIBOLD).color(tokens.text));
    }
    let width = 1.5_f32.max(tokens.border_width);
    let banner = container(content)
        .width(Length::Fill)
        .padding(Padding::from([10.0, 14.0]))
        .style(move |_| style::boxed(ground, edge, width, style::radius::CONTROL));
    inset(banner)
}

fn name<'a>(dialog: &Pairing, shared: &'a Shared) -> Element<'a, Message> {
    let adapter = dialog.adapter(shared).map_or("", radio::adapter_name);
    let name = dialog.name.as_deref().unwrap_or(adapter);
    let field = pieces::field(NAME, name, "Name", false, shared);
    inset(container(pieces::labelled(
        "This computer",
        field,
        None,
        shared,
    )))
}

fn steps<'a>(dialog: &Pairing, shared: &'a Shared) -> Element<'a, Message> {
    let choose = format!("Choose {} there.", dialog.seen(shared, " or "));
    let steps = [
        (
            "Say “Alexa, pair” near the Echo.",
            "Or in the Alexa app: Devices › Echo & Alexa › your Echo › Bluetooth devices.",
        ),
        (
            choose.as_str(),
            "In the app, or in a phone's Bluetooth settings. Some Echos do it by themselves.",
        ),
        (
            "Accept it here when it asks.",
            "Then it connects and becomes the source.",
        ),
    ];
    let steps = steps.into_iter().enumerate();
    let steps = steps.map(|(index, (words, more))| step(index + 1, words, more, shared));
    inset(container(column(steps).spacing(8)))
}

fn step<'a>(number: usize, words: &str, more: &str, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let edge = tokens.edge;
    let digit = text(number.to_string())
        .size(fonts::SMALL)
        .font(fonts::SEMIBOLD)
        .line_height(1.0)
        .color(tokens.text);
    let badge = container(digit)
        .center(24.0)
        .style(move |_| style::boxed(Color::TRANSPARENT, edge, 1.5, 12.0));
    let words = text(words.to_owned()).size(fonts::BODY).font(fonts::MEDIUM);
    let words = words.color(tokens.text).shaping(text::Shaping::Advanced);
    row![
        badge,
        column![words, pieces::hint(more, shared)].width(Length::Fill)
    ]
    .spacing(12)
    .align_y(alignment::Vertical::Center)
    .into()
}

/// Who has come, and who asks.
fn happenings<'a>(
    dialog: &'a Pairing,
    state: &'a State,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let mut rows = column![].spacing(6);
    let mut empty = true;
    for request in dialog.requests(shared) {
        rows = rows.push(asks(dialog, request, shared));
        empty = false;
    }
    for device in dialog.newcomers(state) {
        rows = rows.push(newcomer(dialog, device, state, shared));
        empty = false;
    }
    if empty {
        let nobody = "Nobody has asked yet. Only what you accept here gets in.";
        rows = rows.push(pieces::hint(nobody, shared));
    }
    let most = (shared.regions.all.height - OTHERS).max(ROW);
    let rows = scrollable(rows).style(style::scroll(&shared.tokens));
    inset(container(rows).max_height(most))
}

fn asked<'a>(dialog: &'a Pairing, shared: &'a Shared) -> Element<'a, Message> {
    let requests = dialog.requests(shared).into_iter();
    let rows = requests.map(|request| asks(dialog, request, shared));
    inset(container(column(rows).spacing(6)))
}

/// What can be answered: the item before the slash, and the button's word.
pub fn answers(request: &Request) -> impl Iterator<Item = (&'static str, &'static str)> {
    let all: &[(&str, &str)] = match request.verdict {
        Verdict::Open if requests::wants_number(request) => &[(REFUSE, "Refuse"), (ACCEPT, "Send")],
        Verdict::Open => &[(REFUSE, "Refuse"), (ACCEPT, "Accept")],
        Verdict::Refused => &[(ACCEPT, "Let it in")],
        Verdict::Shown | Verdict::Granted | Verdict::Lapsed => &[],
    };
    all.iter().copied()
}

fn asks<'a>(dialog: &Pairing, request: &Request, shared: &'a Shared) -> Element<'a, Message> {
    let mut end = row![].spacing(8).align_y(alignment::Vertical::Center);
    if requests::wants_number(request) {
        let item = format!("{NUMBER}/{}", request.id);
        let typed = dialog.numbers.get(&request.id).map_or("", String::as_str);
        let field = pieces::field(&item, typed, "Number", false, shared);
        end = end.push(container(field).width(96));
    }
    for (what, label) in answers(request) {
        let kind = match (what, request.verdict) {
            (ACCEPT, Verdict::Open) => style::Button::Primary,
            _ => style::Button::Secondary,
        };
        let item = format!("{what}/{}", request.id);
        end = end.push(pieces::push(&item, None, label, kind, true, shared));
    }
    let mark = requests::mark(request);
    let (title, detail) = (requests::title(request), requests::detail(request));
    line(mark, dialog, &title, &detail, end.into(), shared)
}

fn newcomer<'a>(
    dialog: &Pairing,
    device: &Device,
    state: &State,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let standing = Standing::of_source(device, state);
    let detail = match (&device.failure, device.connected) {
        (Some(failure), _) => failure.clone(),
        (None, true) => format!("Connected. {}.", standing.words),
        (None, false) if device.paired && standing.mark != Mark::Connecting => {
            "Paired. Say “Alexa, connect” if it does not connect by itself.".into()
        }
        (None, false) => standing.words,
    };
    let end = space().into();
    line(
        standing.mark,
        dialog,
        &radio::name(device),
        &detail,
        end,
        shared,
    )
}

fn line<'a>(
    mark: Mark,
    dialog: &Pairing,
    title: &str,
    detail: &str,
    end: Element<'a, Message>,
    shared: &'a Shared,
) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let title = text(title.to_owned())
        .size(fonts::BODY)
        .font(fonts::SEMIBOLD)
        .color(tokens.text)
        .shaping(text::Shaping::Advanced);
    let words = column![title, pieces::hint(detail, shared)]
        .spacing(2)
        .width(Length::Fill);
    let sign = glyph::mark(mark, 18.0, dialog.turn.angle(), tokens);
    let content = row![sign, words, end]
        .spacing(12)
        .align_y(alignment::Vertical::Center);
    let (ground, edge) = (tokens.node, tokens.node_border);
    let width = tokens.border_width;
    container(content)
        .width(Length::Fill)
        .padding(Padding::from([8.0, 12.0]))
        .style(move |_| style::boxed(ground, edge, width, style::radius::NODE))
        .into()
}

fn closing<'a>(dialog: &Pairing, shared: &'a Shared) -> Element<'a, Message> {
    let tokens = &shared.tokens;
    let safe = row![
        icon::icon(Icon::ShieldCheck, 16.0, tokens.text_third),
        pieces::hint("Nobody can pair once this is closed.", shared),
    ]
    .spacing(8)
    .align_y(alignment::Vertical::Center);
    let ready = radio::state(shared).is_some_and(|state| state.service.is_ready());
    let open = dialog.guided && ready && dialog.phase != Phase::Over && dialog.picked.is_none();
    let mut buttons = row![].spacing(8);
    if dialog.guided && dialog.phase == Phase::Over {
        let kind = style::Button::Primary;
        buttons = buttons.push(pieces::push(AGAIN, None, "Open again", kind, true, shared));
    }
    let (label, kind) = if dialog.picked.is_some() {
        ("Done", style::Button::Primary)
    } else {
        ("Close", style::Button::Secondary)
    };
    buttons = buttons.push(pieces::push(CLOSE, None, label, kind, true, shared));
    let line = row![]
        .push(open.then_some(safe))
        .push(space().width(Length::Fill))
        .push(buttons)
        .align_y(alignment::Vertical::Center);
    column![widgets::rule(tokens), inset(container(line))]
        .spacing(10)
        .into()
}

fn inset<'a>(content: iced::widget::Container<'a, Message>) -> Element<'a, Message> {
    container(content)
        .width(Length::Fill)
        .padding(Padding::from([0.0, 8.0]))
        .into()
}

const WIDTH: f32 = 580.0;
/// Height of all that stands around who has come.
const OTHERS: f32 = 406.0;
/// Height of one who has.
const ROW: f32 = 62.0;
