//! What is written: the files of `packaging`, made right for where the program is.

use std::path::Path;

use crate::store::autostart::quoted;

/// The entry's file name; it is the program's name among all programs.
pub(super) const DESKTOP_FILE: &str = "io.github.inphase.Inphase.desktop";

/// Size, file name and content of every icon.
pub(super) const ICONS: [(&str, &str, &[u8]); 9] = [
    (
        "scalable",
        "io.github.inphase.Inphase.svg",
        include_bytes!("../../packaging/linux/io.github.inphase.Inphase.svg"),
    ),
    (
        "16x16",
        PNG,
        include_bytes!("../../packaging/linux/icons/16.png"),
    ),
    (
        "24x24",
        PNG,
        include_bytes!("../../packaging/linux/icons/24.png"),
    ),
    (
        "32x32",
        PNG,
        include_bytes!("../../packaging/linux/icons/32.png"),
    ),
    (
        "48x48",
        PNG,
        include_bytes!("../../packaging/linux/icons/48.png"),
    ),
    (
        "64x64",
        PNG,
        include_bytes!("../../packaging/linux/icons/64.png"),
    ),
    (
        "128x128",
        PNG,
        include_bytes!("../../packaging/linux/icons/128.png"),
    ),
    (
        "256x256",
        PNG,
        include_bytes!("../../packaging/linux/icons/256.png"),
    ),
    (
        "512x512",
        PNG,
        include_bytes!("../../packaging/linux/icons/512.png"),
    ),
];

const PNG: &str = "io.github.inphase.Inphase.png";

/// The entry in the applications menu. A desktop hides it when the program is gone.
pub(super) fn desktop_file(program: &Path) -> String {
    let path = program.to_string_lossy();
    let mut text = String::new();
    for line in ENTRY.lines() {
        match line.strip_prefix("Exec=inphase") {
            Some(arguments) => {
                // Once for the entry; its actions have none.
                if !text.contains("\nTryExec=") {
                    text.push_str(&format!("TryExec={}\n", path.replace('\\', "\\\\")));
                }
                text.push_str(&format!("Exec={}{arguments}\n", quoted(&path)));
            }
            None => text.push_str(&format!("{line}\n")),
        }
    }
    text
}

/// The unit that plays in the background. An AppImage mounts itself by a program
/// that has more rights than the user, which a unit without new privileges forbids.
pub(super) fn unit(program: &Path, app_image: bool) -> String {
    let program = unit_quoted(&program.to_string_lossy());
    let text = UNIT.replace("@BINDIR@/inphase", &program);
    let lines = text.lines();
    let lines = lines.filter(|line| !(app_image && line.starts_with("NoNewPrivileges=")));
    lines.map(|line| format!("{line}\n")).collect()
}

/// A path as one word of `ExecStart`.
fn unit_quoted(path: &str) -> String {
    let mut quoted = String::from('"');
    for sign in path.chars() {
        match sign {
            '"' | '\\' => quoted.push('\\'),
            '%' | '$' => quoted.push(sign),
            _ => {}
        }
        quoted.push(sign);
    }
    quoted.push('"');
    quoted
}

/// The file that allows real-time priority, for `who`; without the words for
/// people who copy it by hand.
pub(super) fn limits(who: &str) -> String {
    let text = without_comments(LIMITS);
    let lines = text.lines();
    lines
        .map(|line| format!("{}\n", line.replacen("@audio", who, 1)))
        .collect()
}

/// The lines that count.
pub(super) fn without_comments(limits: &str) -> String {
    let counts = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let lines = limits.lines().map(str::trim).filter(counts);
    lines.map(|line| format!("{line}\n")).collect()
}

const ENTRY: &str = include_str!("../../packaging/linux/io.github.inphase.Inphase.desktop");
const UNIT: &str = include_str!("../../packaging/inphase.service");
const LIMITS: &str = include_str!("../../packaging/limits-inphase.conf");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_starts_the_program_where_it_is() {
        let entry = desktop_file(Path::new("/home/me/my apps/inphase"));
        assert!(entry.contains("\nTryExec=/home/me/my apps/inphase\n"));
        assert!(entry.contains("\nExec=\"/home/me/my apps/inphase\"\n"));
        assert!(entry.contains("\nExec=\"/home/me/my apps/inphase\" --demo\n"));
        assert_eq!(entry.matches("TryExec=").count(), 1);
    }

    #[test]
    fn a_unit_starts_the_program_where_it_is_and_lets_an_app_image_mount() {
        let binary = unit(Path::new("/opt/in phase/100%/inphase"), false);
        assert!(binary.contains("\nExecStart=\"/opt/in phase/100%%/inphase\" run\n"));
        assert!(binary.contains("NoNewPrivileges=yes"));
        let image = unit(Path::new("/home/me/.local/bin/inphase"), true);
        assert!(!image.contains("NoNewPrivileges"));
        assert!(!image.contains("@BINDIR@"));
    }

    #[test]
    fn limits_are_for_the_group_or_the_user() {
        assert!(limits("@audio").starts_with("@audio - rtprio 95\n"));
        assert!(limits("ada").contains("\nada - memlock 262144\n"));
        assert!(!limits("ada").contains("@audio"));
    }

    #[test]
    fn icons_have_the_sizes_of_their_directories() {
        for (size, file, icon) in &ICONS[1..] {
            assert_eq!(&icon[..4], b"\x89PNG", "{size} {file}");
            let width = u32::from_be_bytes([icon[16], icon[17], icon[18], icon[19]]);
            assert_eq!(*size, format!("{width}x{width}"));
        }
    }
}
