//! Standard output without panics: a closed pipe ends the command quietly.

use std::io::{self, Write as _};

use serde::Serialize;

use super::Failure;

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Refused(format!(
                "The output cannot be written: {error}. Check where it goes."
            )),
        }
    }
}

/// Prints text to standard output, adding the last line end if it lacks one.
///
/// # Errors
/// [`Failure::Closed`] when nobody reads any more, else what the system says.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

/// Prints one sentence to standard error.
pub(super) fn problem(message: &str) {
    let _closed = writeln!(io::stderr(), "inphase: {message}");
}

/// As one line of JSON.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our types have string keys only")
}
