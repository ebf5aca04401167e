//! Shell completions and the man page, from the grammar in `args`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::{Failure, args::Cli, out};

/// The completion script of a shell.
pub(super) fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "inphase", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Prints the one man page of all commands, or writes a page each into `dir`.
///
/// # Errors
/// When it cannot be written.
pub(super) fn man(dir: Option<&Path>) -> Result<(), Failure> {
    match dir {
        None => out::print(&page()?),
        Some(dir) => write_pages(dir).map_err(|(path, error)| {
            Failure::Refused(format!(
                "{} cannot be written: {error}. Choose another directory.",
                path.display()
            ))
        }),
    }
}

fn write_pages(dir: &Path) -> Result<(), (PathBuf, io::Error)> {
    let failed = |error| (dir.to_path_buf(), error);
    fs::create_dir_all(dir).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), dir).map_err(failed)
}

/// One page: the program, then a section for each command with its options.
fn page() -> Result<String, io::Error> {
    let mut root = Cli::command();
    root.build();
    let mut page = Vec::new();
    let man = Man::new(root.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut text = String::from_utf8_lossy(&page).into_owned();
    sections(&root, &mut text)?;
    let mut last = Vec::new();
    man.render_extra_section(&mut last)?;
    text.push_str(&String::from_utf8_lossy(&last));
    Ok(text)
}

fn sections(command: &Command, text: &mut String) -> Result<(), io::Error> {
    for sub in command.get_subcommands().filter(|sub| !is_help(sub)) {
        let name = sub.get_bin_name().unwrap_or_else(|| sub.get_name());
        text.push_str(&format!(".SH \"{}\"\n", name.to_uppercase()));
        let mut section = Vec::new();
        let man = Man::new(sub.clone());
        man.render_description_section(&mut section)?;
        man.render_synopsis_section(&mut section)?;
        if sub.get_arguments().any(|argument| !argument.is_hide_set()) {
            man.render_options_section(&mut section)?;
        }
        man.render_extra_section(&mut section)?;
        for line in String::from_utf8_lossy(&section).lines() {
            match line.strip_prefix(".SH ") {
                // The heading above already says whose description it is.
                Some("DESCRIPTION") => {}
                Some(heading) => text.push_str(&format!(".SS {heading}\n")),
                None => {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
        sections(sub, text)?;
    }
    Ok(())
}

fn is_help(command: &Command) -> bool {
    command.get_name() == "help"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use clap::ValueEnum as _;

    use super::*;

    fn names(command: &Command) -> Vec<String> {
        let mut all = Vec::new();
        for sub in command.get_subcommands().filter(|sub| !is_help(sub)) {
            all.push(sub.get_bin_name().unwrap().to_owned());
            all.extend(names(sub));
        }
        all
    }

    fn built() -> Command {
        let mut root = Cli::command();
        root.build();
        root
    }

    #[test]
    fn completions_of_every_shell_know_every_command() {
        for &shell in Shell::value_variants() {
            let script = completions(shell);
            for command in built().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell}: {command}");
            }
        }
    }

    #[test]
    fn the_man_page_has_a_section_and_an_example_for_every_command() {
        let page = page().unwrap();
        assert!(page.contains(".TH inphase 1"));
        for name in names(&built()) {
            let heading = format!(".SH \"{}\"\n", name.to_uppercase());
            let (_, rest) = page.split_once(&heading).expect(&heading);
            let section = rest.split("\n.SH ").next().unwrap();
            assert!(section.contains("Example"), "{name}: {section}");
        }
    }

    #[test]
    fn pages_for_packages_are_written_one_for_each_command() {
        let dir = tempfile::tempdir().unwrap();
        man(Some(&dir.path().join("man1"))).unwrap();
        for name in names(&built()) {
            let file = format!("{}.1", name.replace(' ', "-"));
            assert!(dir.path().join("man1").join(&file).exists(), "{file}");
        }
    }
}
