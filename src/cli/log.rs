//! The program's own log, for people who look for a fault. Off unless asked for.

use std::{fs::File, io::LineWriter, path::Path, sync::Mutex};

use tracing_subscriber::{EnvFilter, fmt};

use super::Failure;

/// Names of levels and modules, such as `debug` or `inphase::engine=trace`.
const FILTER: &str = "INPHASE_LOG";

/// Writes the log to `path`, appending; warnings go to standard error without one.
///
/// # Errors
/// When the file cannot be opened.
pub(super) fn start(path: Option<&Path>) -> Result<(), Failure> {
    let builder = fmt().with_ansi(false).with_target(true);
    let done = match path {
        None => builder
            .with_env_filter(filter("warn"))
            .with_writer(std::io::stderr)
            .try_init(),
        Some(path) => {
            let file = File::options()
                .append(true)
                .create(true)
                .open(path)
                .map_err(|error| cannot_open(path, &error))?;
            builder
                .with_env_filter(filter("info"))
                .with_writer(Mutex::new(LineWriter::new(file)))
                .try_init()
        }
    };
    // Already set up by a program that embeds us.
    let _kept = done;
    Ok(())
}

/// Libraries that report what we tell in better words, or what is no problem at all
/// (a computer without JACK, a line without length), keep quiet unless they are
/// asked for by name.
fn filter(usual: &str) -> EnvFilter {
    EnvFilter::try_from_env(FILTER).unwrap_or_else(|_| {
        EnvFilter::new(format!(
            "{usual},jack=off,pulseaudio=off,symphonia=off,winit=error,iced_tiny_skia::geometry=off"
        ))
    })
}

fn cannot_open(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Refused(format!(
        "The log {} cannot be opened: {error}. Choose another file with `--log FILE`.",
        path.display()
    ))
}
