//! Wrong usage in one sentence that says what to write instead, in place of clap's
//! explanation of several lines.

use std::error::Error as _;

use clap::{
    Command, CommandFactory as _,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::args::Cli;
use crate::rig::error::near;

/// What is wrong with `words`, the arguments behind the program's name; `None` for
/// help and the version, which are no mistakes.
pub(super) fn sentence(error: &clap::Error, words: &[String]) -> Option<String> {
    let mut root = Cli::command();
    root.build();
    let command = command(&root, words);
    let path = command.get_bin_name().unwrap_or("inphase").to_owned();
    let said = match error.kind() {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return None,
        ErrorKind::InvalidSubcommand => unknown_command(error, command, &path),
        ErrorKind::UnknownArgument => unknown_argument(error, command, &path),
        ErrorKind::MissingRequiredArgument => format!(
            "`{path}` needs {} as well. `{path} --help` has an example.",
            listed(&names(error, ContextKind::InvalidArg))
        ),
        ErrorKind::InvalidValue => invalid_value(error, &path),
        ErrorKind::ValueValidation => refused_value(error),
        ErrorKind::ArgumentConflict => conflict(error),
        _ => plain(error),
    };
    Some(said)
}

/// The innermost command that was named.
fn command<'a>(root: &'a Command, words: &[String]) -> &'a Command {
    words.iter().fold(root, |found, word| {
        found.find_subcommand(word).unwrap_or(found)
    })
}

fn unknown_command(error: &clap::Error, command: &Command, path: &str) -> String {
    let name = text(error, ContextKind::InvalidSubcommand);
    let known = command.get_subcommands().map(Command::get_name);
    let hint = match near(&name, known) {
        Some(near) => format!("Did you mean \"{near}\"?"),
        None => format!("`{path} --help` lists them."),
    };
    format!("There is no command \"{name}\". {hint}")
}

fn unknown_argument(error: &clap::Error, command: &Command, path: &str) -> String {
    let name = text(error, ContextKind::InvalidArg);
    if !name.starts_with('-') {
        return format!(
            "\"{name}\" is one word too many. `{path} --help` says what belongs behind `{path}`."
        );
    }
    let known: Vec<String> = command
        .get_arguments()
        .filter_map(|argument| Some(format!("--{}", argument.get_long()?)))
        .collect();
    let suggested = near(&name, known.iter().map(String::as_str));
    let hint = match suggested {
        Some(near) => format!("Did you mean \"{near}\"?"),
        None => format!("`{path} --help` lists those there are."),
    };
    format!("`{path}` has no option \"{name}\". {hint}")
}

fn invalid_value(error: &clap::Error, path: &str) -> String {
    let what = text(error, ContextKind::InvalidArg);
    let name = option(&what).unwrap_or(&what);
    let value = text(error, ContextKind::InvalidValue);
    let valid = texts(error, ContextKind::ValidValue);
    let one_of = format!("Use one of: {}.", valid.join(", "));
    if value.is_empty() {
        return match valid[..] {
            [] => format!("{name} needs a value. `{path} --help` has an example."),
            _ => format!("{name} needs a value. {one_of}"),
        };
    }
    let hint = near(&value, valid.iter().map(String::as_str))
        .map_or(one_of, |near| format!("Did you mean \"{near}\"?"));
    format!("{} {hint}", impossible(&what, &value))
}

/// Our own parsers say what to write.
fn refused_value(error: &clap::Error) -> String {
    let Some(why) = error.source() else {
        return plain(error);
    };
    let what = text(error, ContextKind::InvalidArg);
    let value = text(error, ContextKind::InvalidValue);
    format!("{} {why}", impossible(&what, &value))
}

/// `--gain 13 is not possible.`; what has no option's name stands alone.
fn impossible(what: &str, value: &str) -> String {
    match option(what) {
        Some(option) => format!("{option} {value} is not possible."),
        None => format!("\"{value}\" is not possible."),
    }
}

/// The option's name alone, of what clap calls an argument.
fn option(what: &str) -> Option<&str> {
    let first = what.split_whitespace().next()?;
    first.starts_with('-').then_some(first)
}

fn conflict(error: &clap::Error) -> String {
    let one = names(error, ContextKind::InvalidArg).join(" ");
    let others = names(error, ContextKind::PriorArg);
    match others[..] {
        [] => plain(error),
        _ if others.contains(&one) => format!("{one} is given twice. Leave one out."),
        _ => format!(
            "{one} does not go together with {}. Leave one out.",
            listed(&others)
        ),
    }
}

/// What clap says, as far as its first sentence.
fn plain(error: &clap::Error) -> String {
    let text = error.to_string();
    let first = text.split("\n\n").next().unwrap_or(&text);
    let words: Vec<&str> = first.split_whitespace().collect();
    let words = words.join(" ");
    let words = words.strip_prefix("error: ").unwrap_or(&words);
    let mut letters = words.trim_end_matches('.').chars();
    let upper = letters.next().map(|first| first.to_uppercase().to_string());
    format!(
        "{}{}. `inphase --help` has examples.",
        upper.unwrap_or_default(),
        letters.as_str()
    )
}

/// `a, b and c`.
fn listed(words: &[String]) -> String {
    match words {
        [] => "more".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Arguments as help calls them: options with their value, others by their name.
fn names(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    let plain = |text: String| match option(&text) {
        Some(_) => text,
        None => text.trim_matches(['<', '>', '[', ']', '.']).to_owned(),
    };
    texts(error, kind).into_iter().map(plain).collect()
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    texts(error, kind).into_iter().next().unwrap_or_default()
}

fn texts(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn said(line: &str) -> String {
        let words: Vec<String> = line.split_whitespace().map(Into::into).collect();
        let all = std::iter::once("inphase".to_owned()).chain(words.clone());
        let error = Cli::command().try_get_matches_from(all).unwrap_err();
        sentence(&error, &words).unwrap()
    }

    #[test]
    fn every_mistake_is_one_line_that_says_what_to_write() {
        let table = [
            (
                "frobnicate",
                "There is no command \"frobnicate\". `inphase --help` lists them.",
            ),
            (
                "stauts",
                "There is no command \"stauts\". Did you mean \"status\"?",
            ),
            (
                "zone ad",
                "There is no command \"ad\". Did you mean \"add\"?",
            ),
            (
                "status --jsn",
                "`inphase status` has no option \"--jsn\". Did you mean \"--json\"?",
            ),
            (
                "status now",
                "\"now\" is one word too many. `inphase status --help` says what belongs behind `inphase status`.",
            ),
            (
                "play a.wav",
                "`inphase play` needs --to <OUTPUT[=ROLE]> as well. `inphase play --help` has an example.",
            ),
            (
                "zone set kitchen",
                "`inphase zone set` needs FIELD and VALUE as well. `inphase zone set --help` has an example.",
            ),
            (
                "uninstall login --purge",
                "PIECE does not go together with --purge. Leave one out.",
            ),
            (
                "completions bsh",
                "\"bsh\" is not possible. Did you mean \"bash\"?",
            ),
            (
                "play a.wav --to room:a --latency -3",
                "--latency -3 is not possible. Use auto, or 1 to 5000 ms.",
            ),
            (
                "play a.wav --to room:a --period 5",
                "--period 5 is not possible. Use 32 to 4096 frames.",
            ),
            (
                "play - --to room:a --rate 5",
                "--rate 5 is not possible. Use 8000 to 192000 Hz.",
            ),
            (
                "bluetooth volume Flip 160",
                "\"160\" is not possible. Use 0 to 100 %.",
            ),
            (
                "play a.wav --to foo:bar",
                "--to foo:bar is not possible. There is no kind of device \"foo\". Use one of: alsa, pulse, jack, bt, room.",
            ),
        ];
        for (line, expected) in table {
            assert_eq!(said(line), expected, "{line}");
        }
        for line in ["play", "set", "play a --to", "status --json=3"] {
            let said = said(line);
            assert!(
                !said.contains('\n') && said.ends_with('.'),
                "{line}: {said}"
            );
        }
    }

    #[test]
    fn help_and_version_are_no_mistakes() {
        for line in ["--help", "--version", "zone", "play --help"] {
            let words = vec![line.to_owned()];
            let all = ["inphase"].into_iter().chain(line.split(' '));
            let error = Cli::command().try_get_matches_from(all).unwrap_err();
            assert_eq!(sentence(&error, &words), None, "{line}");
        }
    }
}
