//! Aligned columns of text: every cell is padded to the widest of its column,
//! two spaces between columns, no spaces at line ends.

/// A table under construction.
pub(super) struct Table {
    right: Vec<bool>,
    rows: Vec<Row>,
}

enum Row {
    /// A line across all columns.
    Title(String),
    /// A line that belongs to the row above it.
    Note(String),
    Cells(Vec<String>),
}

impl Table {
    /// A table with these column heads; `>` before one aligns its column to the right.
    pub(super) fn new(heads: &[&str]) -> Self {
        let plain = |head: &&str| head.trim_start_matches('>').to_owned();
        Self {
            right: heads.iter().map(|head| head.starts_with('>')).collect(),
            rows: vec![Row::Cells(heads.iter().map(plain).collect())],
        }
    }

    /// A line across all columns.
    pub(super) fn title(&mut self, text: impl Into<String>) {
        self.rows.push(Row::Title(text.into()));
    }

    /// A row, one cell for each column.
    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(Row::Cells(cells));
    }

    /// A sentence about the row before it.
    pub(super) fn note(&mut self, text: &str) {
        self.rows.push(Row::Note(text.into()));
    }

    /// The whole table, a line end after every line.
    pub(super) fn text(&self) -> String {
        let widths = self.widths();
        let mut text = String::new();
        for row in &self.rows {
            let line = match row {
                Row::Title(title) => title.clone(),
                Row::Note(note) => format!("    {note}"),
                Row::Cells(cells) => self.line(cells, &widths),
            };
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        cells
            .iter()
            .zip(widths.iter().zip(&self.right))
            .map(|(cell, (&width, &right))| match right {
                true => format!("{cell:>width$}  "),
                false => format!("{cell:width$}  "),
            })
            .collect()
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths = vec![0; self.right.len()];
        for row in &self.rows {
            let Row::Cells(cells) = row else { continue };
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
        widths
    }
}
