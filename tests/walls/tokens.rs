//! Just enough of Rust's lexical structure to tell code from prose.

/// A word, a path separator or a single other character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Counted from 1.
    pub line: usize,
    /// As written.
    pub text: String,
}

impl Token {
    /// An identifier, keyword or number.
    pub fn is_word(&self) -> bool {
        self.text
            .starts_with(|c: char| c.is_alphanumeric() || c == '_')
    }
}

/// The tokens of code that [`code_only`] has cleaned.
pub fn tokens(code: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    for (number, text) in code.lines().enumerate() {
        let line = number + 1;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let length = if c.is_alphanumeric() || c == '_' {
                rest.find(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                c.len_utf8()
            };
            if !c.is_whitespace() {
                out.push(Token {
                    line,
                    text: rest[..length].to_owned(),
                });
            }
            rest = &rest[length..];
        }
    }
    out
}

/// The text with comments and the contents of literals blanked, lines kept.
pub fn code_only(text: &str) -> String {
    let c: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < c.len() {
        let end = match c[i] {
            '/' if c.get(i + 1) == Some(&'/') => line_comment(&c, i),
            '/' if c.get(i + 1) == Some(&'*') => block_comment(&c, i),
            '"' => string(&c, i),
            '\'' => character(&c, i),
            'r' if !follows_word(&c, i) => raw_string(&c, i),
            _ => i,
        };
        if end > i {
            out.extend(
                c[i..end]
                    .iter()
                    .map(|&c| if c == '\n' { '\n' } else { ' ' }),
            );
            i = end;
        } else {
            out.push(c[i]);
            i += 1;
        }
    }
    out
}

/// Is this letter inside a longer word? The `b` and `c` of `br"…"` and `cr"…"` do not count.
fn follows_word(c: &[char], i: usize) -> bool {
    let before = |k: usize| i.checked_sub(k).and_then(|at| c.get(at));
    let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric() || *c == '_');
    match before(1) {
        Some('b' | 'c') => word(before(2)),
        other => word(other),
    }
}

fn line_comment(c: &[char], i: usize) -> usize {
    c[i..]
        .iter()
        .position(|&c| c == '\n')
        .map_or(c.len(), |n| i + n)
}

fn block_comment(c: &[char], mut i: usize) -> usize {
    let mut depth = 0;
    while i < c.len() {
        match (c[i], c.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
        if depth == 0 {
            return i;
        }
    }
    i
}

fn string(c: &[char], mut i: usize) -> usize {
    i += 1;
    while i < c.len() && c[i] != '"' {
        i += if c[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(c.len())
}

/// The end of a character literal; `i` itself when the quote begins a lifetime.
fn character(c: &[char], i: usize) -> usize {
    if c.get(i + 1) == Some(&'\\') {
        let closing = c[i + 3..].iter().position(|&c| c == '\'');
        return closing.map_or(c.len(), |n| i + 3 + n + 1);
    }
    if c.get(i + 2) == Some(&'\'') {
        i + 3
    } else {
        i
    }
}

fn raw_string(c: &[char], i: usize) -> usize {
    let hashes = c[i + 1..].iter().take_while(|&&c| c == '#').count();
    if c.get(i + 1 + hashes) != Some(&'"') {
        return i;
    }
    let mut k = i + 2 + hashes;
    while k < c.len() {
        if c[k] == '"'
            && c[k + 1..]
                .iter()
                .take(hashes)
                .filter(|&&c| c == '#')
                .count()
                == hashes
        {
            return k + 1 + hashes;
        }
        k += 1;
    }
    c.len()
}
