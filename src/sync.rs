//! What keeps speakers together. Pure and real-time safe: no clock, lock,
//! allocation or system call is reachable from [`lane::Lane::render`].

pub mod crossover;
pub mod gain;
pub mod history;
pub mod kernel;
pub mod limiter;
pub mod meter;
pub mod mix;
pub mod time;
pub mod walk;
