//! `keys.md`: the keys of the window, from the table that the keyboard itself reads.

use super::{head, page, row};
use crate::gui::commands::{Chord, Group, TABLE};

#[test]
fn the_page_of_keys_is_the_table_of_the_window() {
    let mut text = String::from(
        "# Keys\n\n<!-- Made by `make docs` from src/gui/commands.rs. -->\n\n\
         Every row is also a command of the list that Ctrl+K opens. Tab and the arrow keys walk \
         through the window, Enter does what has the focus, Esc goes back.\n",
    );
    for group in Group::ALL {
        text.push_str(&format!("\n## {}\n\n", group.title()));
        text.push_str(&head(["command", "keys"]));
        for of in TABLE.iter().filter(|of| of.group == group) {
            let keys: Vec<String> = of.chords.iter().map(Chord::text).collect();
            text.push_str(&row([of.title, &keys.join(", ")]));
        }
    }
    page("keys.md", &text);
}
