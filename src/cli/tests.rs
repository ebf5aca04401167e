//! The grammar as a whole.
#![allow(clippy::unwrap_used)]

use clap::Command;

use super::*;

fn all(command: &Command, found: &mut Vec<Command>) {
    for sub in command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
    {
        found.push(sub.clone());
        all(sub, found);
    }
}

fn every_command() -> Vec<Command> {
    let mut root = Cli::command();
    root.build();
    let mut found = vec![root.clone()];
    all(&root, &mut found);
    found
}

fn error(line: &str) -> clap::Error {
    let words = ["inphase"].into_iter().chain(line.split_whitespace());
    Cli::command().try_get_matches_from(words).unwrap_err()
}

#[test]
fn the_grammar_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn the_help_of_every_command_shows_an_example_of_itself() {
    let commands = every_command();
    assert!(commands.len() > 25, "{}", commands.len());
    for mut command in commands {
        let name = command.get_bin_name().unwrap_or("inphase").to_owned();
        for help in [command.render_help(), command.render_long_help()] {
            let help = help.to_string();
            let (_, examples) = help.split_once("Example").expect(&name);
            assert!(examples.contains(&name), "{name}: {help}");
        }
    }
}

#[test]
fn the_examples_of_the_help_are_understood() {
    for mut command in every_command() {
        let help = command.render_help().to_string();
        let (_, examples) = help.split_once("Example").unwrap();
        for example in examples
            .lines()
            .filter_map(|line| line.split_once("inphase "))
        {
            // What stands behind `>`, `|` or `&&` is the shell's.
            let line = example.1.split(['>', '|', '&']).next().unwrap();
            let words = ["inphase"].into_iter().chain(line.split_whitespace());
            let parsed = Cli::command().try_get_matches_from(words);
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
        }
    }
}

#[test]
fn wrong_usage_exits_with_two_and_help_with_zero() {
    for line in [
        "explode",
        "set",
        "move",
        "status --jsn",
        "zone",
        "history --last soon",
    ] {
        assert_eq!(error(line).exit_code(), 2, "{line}");
    }
    for line in ["--help", "--version", "play --help", "zone add --help"] {
        assert_eq!(error(line).exit_code(), 0, "{line}");
    }
}

#[test]
fn unknown_commands_and_options_suggest_near_ones() {
    let table = [
        ("statsu", "'status'"),
        ("plya a.wav", "'play'"),
        ("zone ad", "'add'"),
        ("status --jsn", "'--json'"),
        ("completions bsh", "'bash'"),
    ];
    for (line, near) in table {
        let text = error(line).to_string();
        assert!(text.contains(near), "{line}: {text}");
    }
}
