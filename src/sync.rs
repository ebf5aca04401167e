//! What keeps speakers together. Pure and real-time safe: no clock, lock,
//! allocation or system call is reachable from [`lane::Lane::render`].

pub mod clock;
pub mod feed;
pub mod glide;
pub mod intake;
pub mod kernel;
pub mod lane;
pub mod servo;
pub mod time;
