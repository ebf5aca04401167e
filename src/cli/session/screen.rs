//! What `play` and `run` show: one live line on a terminal, plain lines elsewhere.

use std::io::Write;

use crate::{
    cli::{Failure, show},
    engine::{Event, EventKind, Snapshot},
    rig::Rig,
};

/// The longest live line; a longer one would wrap and leave its first half behind.
const WIDTH: usize = 79;

/// Where a session is shown.
pub(super) struct Screen<W> {
    out: W,
    terminal: bool,
    quiet: bool,
    // The headline last printed on a plain output, or drawn on a terminal.
    last: String,
}

impl<W: Write> Screen<W> {
    /// A screen on `out`; `terminal` if it understands control sequences.
    pub(super) fn new(out: W, terminal: bool, quiet: bool) -> Self {
        Self {
            out,
            terminal,
            quiet,
            last: String::new(),
        }
    }

    /// Draws the state where it changed.
    ///
    /// # Errors
    /// When the output is closed.
    pub(super) fn draw(&mut self, rig: &Rig, snapshot: &Snapshot) -> Result<(), Failure> {
        if self.quiet {
            return Ok(());
        }
        let headline = if self.terminal {
            show::live(rig, snapshot).chars().take(WIDTH).collect()
        } else {
            show::summary(rig, snapshot)
        };
        if headline == self.last {
            return Ok(());
        }
        self.last = headline;
        if self.terminal {
            write!(self.out, "\r\x1b[K{}", self.last)?;
        } else {
            writeln!(self.out, "{}", self.last)?;
        }
        self.out.flush()?;
        Ok(())
    }

    /// Prints an event; only problems when quiet.
    ///
    /// # Errors
    /// When the output is closed.
    pub(super) fn event(&mut self, event: &Event) -> Result<(), Failure> {
        if self.quiet && !is_problem(event.kind) {
            return Ok(());
        }
        self.line(&show::event(event))
    }

    /// Prints a line above the live one.
    ///
    /// # Errors
    /// When the output is closed.
    pub(super) fn line(&mut self, text: &str) -> Result<(), Failure> {
        if self.terminal && !self.last.is_empty() {
            write!(self.out, "\r\x1b[K{text}\n{}", self.last)?;
        } else {
            writeln!(self.out, "{text}")?;
        }
        self.out.flush()?;
        Ok(())
    }

    /// Leaves the live line, so that the prompt begins a new one.
    ///
    /// # Errors
    /// When the output is closed.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        if self.terminal && !self.last.is_empty() {
            self.last.clear();
            writeln!(self.out)?;
            self.out.flush()?;
        }
        Ok(())
    }
}

fn is_problem(kind: EventKind) -> bool {
    match kind {
        EventKind::Dropout { .. }
        | EventKind::Xrun
        | EventKind::Lost
        | EventKind::Resync { .. }
        | EventKind::Refused => true,
        EventKind::Back | EventKind::Changed | EventKind::Info => false,
    }
}
