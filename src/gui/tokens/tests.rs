#![allow(clippy::unwrap_used)]

use super::*;

/// WCAG 2 relative luminance.
fn luminance(color: Color) -> f64 {
    let linear = |channel: f32| {
        let value = f64::from(channel);
        if value <= 0.03928 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b)
}

/// WCAG 2 contrast ratio, 1 to 21.
fn contrast(a: Color, b: Color) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn surfaces(tokens: &Tokens) -> [Color; 9] {
    [
        tokens.background,
        tokens.panel,
        tokens.zone,
        tokens.node,
        tokens.node_hover,
        tokens.control,
        tokens.control_hover,
        tokens.well,
        tokens.plot,
    ]
}

fn least(color: Color, grounds: &[Color]) -> f64 {
    let ratios = grounds.iter().map(|ground| contrast(color, *ground));
    ratios.fold(f64::INFINITY, f64::min)
}

#[test]
fn every_text_can_be_read_on_every_surface() {
    for (tokens, bar) in [
        (Tokens::dark(), 4.5),
        (Tokens::light(), 4.5),
        (Tokens::contrast(), 7.0),
    ] {
        let grounds = surfaces(&tokens);
        for (name, color) in [
            ("text", tokens.text),
            ("text_second", tokens.text_second),
            ("text_third", tokens.text_third),
            ("ok", tokens.ok),
            ("warn", tokens.warn),
            ("err", tokens.err),
            ("busy", tokens.busy),
        ] {
            let ratio = least(color, &grounds);
            assert!(ratio >= bar, "{} {name}: {ratio:.2}", tokens.name);
        }
        let cards = [
            tokens.ok_ground,
            tokens.warn_ground,
            tokens.err_ground,
            tokens.busy_ground,
        ];
        assert!(least(tokens.text, &cards) >= 10.0, "{} cards", tokens.name);
        assert!(contrast(tokens.on_accent, tokens.accent) >= 15.0);
    }
}

#[test]
fn edges_focus_and_identities_stand_out() {
    for tokens in [Tokens::dark(), Tokens::light(), Tokens::contrast()] {
        let name = &tokens.name;
        let grounds = surfaces(&tokens);
        let edge = least(tokens.edge, &grounds);
        assert!(edge >= 3.4, "{name} edge: {edge:.2}");
        let focus = least(tokens.focus, &grounds);
        assert!(focus >= 4.8, "{name} focus: {focus:.2}");
        for (index, (line, number)) in tokens.speaker.iter().zip(tokens.tag_text).enumerate() {
            let on_plot = contrast(*line, tokens.plot);
            assert!(on_plot >= 3.4, "{name} speaker {index}: {on_plot:.2}");
            let on_tag = contrast(number, *line);
            assert!(on_tag >= 4.8, "{name} tag {index}: {on_tag:.2}");
        }
    }
}

#[test]
fn a_theme_of_ones_own_needs_only_what_it_changes() {
    let own = Tokens::parse("name = \"Mine\"\nok = \"#00FF00\"").unwrap();
    assert_eq!(own.ok, Color::from_rgb8(0, 255, 0));
    assert_eq!(own.text, Tokens::dark().text);
}

#[test]
fn a_wrong_theme_is_told_in_one_line_that_names_the_key() {
    for (text, words) in [
        ("ok = \"greenish\"", &["greenish", "#1A2B3C", "ok"][..]),
        ("speaker = [\"#000000\"]", &["8 colours"]),
        ("colour = \"#000000\"", &["colour"]),
        ("ok = ", &["line 1"]),
        ("backgroud = \"#000000\"", &["Did you mean \"background\"?"]),
        ("name = \"Sea\"\nok = #fff", &["line 2"]),
    ] {
        let said = Tokens::parse(text).unwrap_err();
        assert!(said.len() < 100 && !said.contains(" | "), "{said}");
        assert!(!said.contains('\n'), "{said}");
        for word in words {
            assert!(said.contains(word), "{said}");
        }
    }
}

#[test]
fn the_ninth_speaker_has_the_first_colour_and_is_dashed() {
    let tokens = Tokens::dark();
    assert_eq!(tokens.identity(9), (tokens.speaker[0], true));
    assert_eq!(tokens.identity(1), (tokens.speaker[0], false));
    assert_eq!(tokens.identity(0), tokens.identity(1));
}
