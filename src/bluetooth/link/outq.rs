//! How much of what was written is still in the kernel.
//!
//! The one place with unsafe code: no library gives this ioctl safely.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::sys::socket::{getsockopt, sockopt};

/// What a socket holds, in the kernel's own bytes.
#[derive(Debug, Clone, Copy)]
pub struct Outq {
    /// The answer is what is free; else what is used.
    tells_free: bool,
    size: u64,
}

impl Outq {
    /// Looks at a socket that nothing was written to yet. Bluetooth sockets tell
    /// what is free (`bt_sock_ioctl` in the kernel: send buffer less what is
    /// allocated), all others what is used.
    #[must_use]
    pub fn of_idle(socket: BorrowedFd<'_>) -> Self {
        let size = getsockopt(&socket, sockopt::SndBuf).unwrap_or(0) as u64;
        let idle = ask(socket).unwrap_or(0);
        Self {
            tells_free: idle > 0,
            size: if idle > 0 { idle } else { size },
        }
    }

    /// Bytes that are still there; 0 where the kernel does not say.
    #[must_use]
    pub fn held(&self, socket: BorrowedFd<'_>) -> u64 {
        match ask(socket) {
            Some(free) if self.tells_free => self.size.saturating_sub(free),
            Some(used) => used,
            None => 0,
        }
    }
}

#[expect(
    unsafe_code,
    reason = "a plain integer is written to a place of our own"
)]
fn ask(socket: BorrowedFd<'_>) -> Option<u64> {
    mod call {
        nix::ioctl_read_bad!(outq, nix::libc::TIOCOUTQ, nix::libc::c_int);
    }
    let mut bytes = 0;
    // SAFETY: the descriptor is open while it is borrowed, and TIOCOUTQ writes
    // one int, to a place that lives until the call returns.
    let answered = unsafe { call::outq(socket.as_fd().as_raw_fd(), &raw mut bytes) };
    answered.ok().and_then(|_| u64::try_from(bytes).ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};

    use super::*;

    #[test]
    fn what_was_written_and_not_read_is_held() {
        let (near, far) = socketpair(
            AddressFamily::Unix,
            SockType::SeqPacket,
            None,
            SockFlag::SOCK_NONBLOCK,
        )
        .unwrap();
        let outq = Outq::of_idle(near.as_fd());
        assert_eq!(outq.held(near.as_fd()), 0);
        let _written = nix::unistd::write(&near, &[7; 500]).unwrap();
        let held = outq.held(near.as_fd());
        assert!(held >= 500, "{held}");
        let _read = nix::unistd::read(&far, &mut [0; 600]).unwrap();
        assert_eq!(outq.held(near.as_fd()), 0);
    }
}
