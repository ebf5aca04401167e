//! `cli.md`: every command, from the grammar.

use clap::{Arg, Command, CommandFactory as _};

use super::{code, head, page, row};
use crate::cli::args::Cli;

#[test]
fn the_page_of_commands_is_what_the_grammar_says() {
    let mut root = Cli::command();
    root.build();
    let mut text = String::from(
        "# Commands\n\n<!-- Made by `make docs` from src/cli/args.rs. -->\n\n\
         Exit codes: 0 done, 1 refused or failed, 2 wrong usage. Results go to standard output, \
         problems to standard error in one sentence. `inphase help COMMAND` prints the same as \
         below.\n\n",
    );
    text.push_str(&head(["command", "what it does"]));
    contents(&root, &mut text);
    text.push('\n');
    command(&root, &mut text);
    page("cli.md", &text);
}

fn name(command: &Command) -> String {
    command
        .get_bin_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned()
}

fn about(command: &Command) -> String {
    let about = command.get_long_about().or_else(|| command.get_about());
    about.map(ToString::to_string).unwrap_or_default()
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help" && !sub.is_hide_set())
}

fn contents(command: &Command, text: &mut String) {
    for sub in shown(command) {
        let name = name(sub);
        let link = format!("[`{name}`](#{})", name.replace(' ', "-"));
        text.push_str(&row([&link, &about(sub)]));
        contents(sub, text);
    }
}

fn command(of: &Command, text: &mut String) {
    let usage = of.clone().render_usage().to_string();
    let usage = usage
        .trim_start_matches("Usage: ")
        .replace("\n       ", "\n");
    text.push_str(&format!(
        "## {}\n\n{}.\n\n",
        name(of),
        about(of).trim_end_matches('.')
    ));
    text.push_str(&format!("    {}\n\n", usage.replace('\n', "\n    ")));
    let arguments: Vec<&Arg> = of.get_arguments().filter(|arg| is_shown(arg, of)).collect();
    if !arguments.is_empty() {
        text.push_str(&head(["argument", "what it is"]));
        for argument in arguments {
            text.push_str(&row([&code(&spelt(argument)), &explained(argument)]));
        }
        text.push('\n');
    }
    if let Some(more) = of.get_after_help() {
        text.push_str(&format!("```text\n{more}\n```\n\n"));
    }
    for sub in shown(of) {
        command(sub, text);
    }
}

/// Options of all commands stand with the program itself.
fn is_shown(argument: &Arg, of: &Command) -> bool {
    let usual = ["help", "version"].contains(&argument.get_id().as_str());
    let repeated = argument.is_global_set() && of.get_name() != "inphase";
    !(argument.is_hide_set() || usual || repeated)
}

/// As it is written.
fn spelt(argument: &Arg) -> String {
    let value = || {
        let names = argument.get_value_names().unwrap_or_default();
        let name = names.first().map_or("VALUE", |name| name.as_str());
        name.to_uppercase()
    };
    if argument.is_positional() {
        return value();
    }
    let long = argument.get_long().map(|long| format!("--{long}"));
    let short = argument.get_short().map(|short| format!("-{short}"));
    let both: Vec<String> = [short, long].into_iter().flatten().collect();
    let takes = argument.get_action().takes_values();
    let value = if takes {
        format!(" {}", value())
    } else {
        String::new()
    };
    both.join(", ") + &value
}

fn explained(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string);
    let mut text = help.unwrap_or_default();
    let values: Vec<String> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| code(value.get_name()))
        .collect();
    if !values.is_empty() && argument.get_action().takes_values() {
        text.push_str(&format!(": {}", values.join(", ")));
    }
    let usual = argument.get_default_values();
    if let (Some(usual), true) = (usual.first(), argument.get_action().takes_values()) {
        let usual = usual.to_string_lossy();
        if !usual.is_empty() {
            text.push_str(&format!("; {} if not given", code(&usual)));
        }
    }
    text
}
