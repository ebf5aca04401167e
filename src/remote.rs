//! The control socket: JSON lines between a running engine and the command line.
