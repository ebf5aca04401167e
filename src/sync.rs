//! What keeps speakers together. Pure and real-time safe: no clock, lock,
//! allocation or system call is reachable from [`lane::Lane::render`].

pub mod clock;
pub mod feed;
pub mod time;
