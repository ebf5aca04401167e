//! The parts of Inphase that read what a radio sends, and nothing else of it: the rest
//! would take minutes to build under the fuzzer. `bluetooth` is a link to the source.

pub mod bluetooth;
