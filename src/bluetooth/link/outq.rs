//! How much of what was written is still in the kernel.
//!
//! `SO_MEMINFO` tells the bytes that are allocated for a socket's unsent packets, as
//! `TIOCOUTQ` means to, but that one answers with the free space instead on Bluetooth
//! sockets of some kernels and has no safe call. Packets that the controller has taken
//! are not counted.

use std::os::fd::OwnedFd;

use nix::sys::socket::{getsockopt, setsockopt, sockopt};
use nix::{getsockopt_impl, setsockopt_impl, sockopt_impl};

sockopt_impl!(
    /// The socket's memory, as the kernel's `sk_get_meminfo` lists it.
    Memory,
    GetOnly,
    libc::SOL_SOCKET,
    libc::SO_MEMINFO,
    [u32; libc::SK_MEMINFO_DROPS as usize + 1]
);

sockopt_impl!(
    /// Which traffic of the adapter goes first.
    Priority,
    SetOnly,
    libc::SOL_SOCKET,
    libc::SO_PRIORITY,
    i32
);

/// Bytes allocated for packets that wait in the kernel; 0 where it does not say.
#[must_use]
pub fn queued(socket: &OwnedFd) -> u64 {
    let memory = getsockopt(socket, Memory).unwrap_or_default();
    u64::from(memory[libc::SK_MEMINFO_WMEM_ALLOC as usize])
}

/// Keeps little in the kernel, and lets it go before other traffic. What the kernel
/// refuses is no reason not to play.
pub fn prepare(socket: &OwnedFd) {
    let _kept = setsockopt(socket, sockopt::SndBuf, &BUFFER);
    let _first = setsockopt(socket, Priority, &PRIORITY);
}

/// The kernel doubles it, and a packet of 900 bytes costs 2304: 7 packets, twice as
/// many as are ever left there. A backstop; usually packets wait unencoded.
const BUFFER: usize = 8192;
/// The highest that needs no privilege.
const PRIORITY: i32 = 6;
