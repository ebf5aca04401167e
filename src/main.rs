//! The `inphase` program: parses the command line and starts; no logic here.

use std::process::ExitCode;

fn main() -> ExitCode {
    inphase::cli::main()
}
