//! What keeps speakers together. Pure and real-time safe: no clock, lock,
//! allocation or system call is reachable from [`lane::Lane::render`].

pub mod clock;
pub mod crossover;
pub mod feed;
pub mod gain;
pub mod glide;
pub mod history;
pub mod intake;
pub mod kernel;
pub mod lane;
pub mod limiter;
pub mod meter;
pub mod mix;
pub mod servo;
pub mod time;
pub mod walk;
