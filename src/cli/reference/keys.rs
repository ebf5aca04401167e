//! `keys.md`: the keys of the window, from the table that the keyboard itself reads.

use super::{head, page, row};
use crate::gui::commands::{ANYWHERE, Chord, Group, SLIDER, TABLE};

#[test]
fn the_page_of_keys_is_the_table_of_the_window() {
    let mut text = String::from(
        "# Keys\n\n<!-- Made by `make docs` from src/gui/commands.rs. -->\n\n\
         Every command is also in the list that Ctrl+K opens.\n",
    );
    for group in Group::ALL {
        text.push_str(&format!("\n## {}\n\n", group.title()));
        text.push_str(&head(["command", "keys"]));
        for of in TABLE.iter().filter(|of| of.group == group) {
            let keys: Vec<String> = of.chords.iter().map(Chord::text).collect();
            text.push_str(&row([of.title, &keys.join(", ")]));
        }
    }
    for (title, lines) in [("Anywhere", ANYWHERE), ("On a slider", SLIDER)] {
        text.push_str(&format!("\n## {title}\n\n"));
        text.push_str(&head(["what it does", "keys"]));
        for (what, keys) in lines {
            text.push_str(&row([*what, *keys]));
        }
    }
    page("keys.md", &text);
}
