//! Reads what doc comments say about a type from its source, as rustfmt lays it out.
//! Its readers compare the names with serialised values, so that nothing is missed.

use std::fs;

/// A struct or an enum.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub doc: String,
    pub is_enum: bool,
    pub members: Vec<Member>,
}

/// A field, or a variant with its own fields; names are as serde writes them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Member {
    pub name: String,
    /// The Rust type of a field, or what a variant carries in parentheses.
    pub kind: String,
    pub doc: String,
    pub fields: Vec<Member>,
}

impl Item {
    pub(super) fn names(&self) -> Vec<&str> {
        self.members.iter().map(|of| of.name.as_str()).collect()
    }

    pub(super) fn member(&self, name: &str) -> &Member {
        self.members
            .iter()
            .find(|member| member.name == name)
            .unwrap_or_else(|| panic!("no member {name} is documented"))
    }
}

/// The text of a source file below `src`.
pub(super) fn read(file: &str) -> String {
    let path = super::root().join("src").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The type `name` in `file`.
pub(super) fn item(file: &str, name: &str) -> Item {
    parse(&read(file), name).unwrap_or_else(|| panic!("{file} has no {name}"))
}

/// What the file says of itself, as Markdown.
pub(super) fn module_doc(file: &str) -> String {
    let text = read(file);
    let lines = text.lines().map_while(|line| line.strip_prefix("//!"));
    lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

fn parse(text: &str, name: &str) -> Option<Item> {
    let lines: Vec<&str> = text.lines().collect();
    let opens = |kind: &str| {
        lines
            .iter()
            .position(|line| *line == format!("pub {kind} {name} {{"))
    };
    let (start, is_enum) = match opens("struct") {
        Some(start) => (start, false),
        None => (opens("enum")?, true),
    };
    let mut doc: Vec<&str> = lines[..start]
        .iter()
        .rev()
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("///"))
        .collect();
    doc.reverse();
    let mut above = lines[..start]
        .iter()
        .rev()
        .take_while(|line| !line.is_empty());
    assert!(
        !is_enum || above.any(|line| line.contains("rename_all = \"snake_case\"")),
        "{name} has other words than these pages would say"
    );
    Some(Item {
        doc: joined(&doc),
        is_enum,
        members: members(&lines[start + 1..], 4),
    })
}

/// The members at this indentation, up to the end of the block around them.
fn members(lines: &[&str], indent: usize) -> Vec<Member> {
    let mut found = Vec::new();
    let mut doc: Vec<&str> = Vec::new();
    let mut attribute = false;
    for (index, line) in lines.iter().enumerate() {
        let here = line.len() - line.trim_start().len();
        let text = line.trim();
        if here < indent && text.starts_with('}') {
            break;
        }
        if here != indent || text.is_empty() {
            continue;
        }
        if attribute || text.starts_with("#[") {
            attribute = !text.ends_with(']');
        } else if let Some(words) = text.strip_prefix("///") {
            doc.push(words);
        } else if text.starts_with('}') {
            doc.clear();
        } else if !text.starts_with("//") {
            let mut member = member(text);
            member.doc = joined(&doc);
            doc.clear();
            if text.ends_with('{') {
                member.fields = members(&lines[index + 1..], indent + 4);
            }
            found.push(member);
        }
    }
    found
}

fn member(text: &str) -> Member {
    let text = text
        .trim_start_matches("pub ")
        .trim_end_matches(['{', ',', ' ']);
    let (name, kind) = match (text.split_once(": "), text.split_once('(')) {
        (Some((name, kind)), _) => (name.to_owned(), kind),
        (None, Some((name, kind))) => (snake(name), kind.trim_end_matches(')')),
        (None, None) => (snake(text), ""),
    };
    Member {
        name,
        kind: kind.to_owned(),
        ..Member::default()
    }
}

/// As `rename_all = "snake_case"` does.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

fn joined(doc: &[&str]) -> String {
    let words: Vec<&str> = doc.iter().map(|line| line.trim()).collect();
    plain(words.join(" ").trim())
}

/// Links of rustdoc as plain code.
pub(super) fn plain(text: &str) -> String {
    text.replace("[`", "`").replace("`]", "`")
}

#[test]
fn structs_enums_and_their_fields_are_read() {
    let text = "\n/// A thing.\n///\n/// With more.\n#[serde(rename_all = \"snake_case\")]\npub enum Thing {\n    \
                /// None of [`Other`].\n    #[default]\n    NoSuch,\n    /// Two\n    /// lines.\n    \
                #[expect(\n        a,\n        reason\n    )]\n    Holds {\n        /// Inside.\n        \
                id: u32,\n    },\n    /// One.\n    One(String),\n}\n";
    let thing = parse(text, "Thing").expect("it is there");
    assert_eq!(thing.doc, "A thing.  With more.");
    assert_eq!(thing.names(), ["no_such", "holds", "one"]);
    assert_eq!(thing.member("no_such").doc, "None of `Other`.");
    assert_eq!(thing.member("holds").doc, "Two lines.");
    assert_eq!(thing.member("holds").fields[0].doc, "Inside.");
    assert_eq!(thing.member("holds").fields[0].kind, "u32");
    assert_eq!(thing.member("one").kind, "String");
    let text = "/// It.\npub struct It {\n    /// A number.\n    #[serde(default)]\n    \
                pub number: Option<f64>,\n    private: u8,\n}\n";
    let it = parse(text, "It").expect("it is there");
    assert_eq!(it.member("number").kind, "Option<f64>");
}
