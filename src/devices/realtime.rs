//! Real-time priority of the audio threads: asked for, never required.
//!
//! Three ways, in this order. cpal asks rtkit for direct ALSA hardware before
//! the first callback. At the first callback of any stream the thread asks for
//! `SCHED_FIFO` itself, which the user's limits (`RLIMIT_RTPRIO`) allow or
//! refuse: one or two system calls, once. Refused, it leaves its thread id, and
//! a helper thread asks rtkit for it over the system bus. Sound never waits for
//! any of it; [`sentence`] says what to do when all refuse.
//!
//! Denormals: flush-to-zero cannot be switched on soundly from Rust (changing
//! the floating-point control register is undefined behaviour), so the
//! recursive filters keep their own states out of that range, and captured
//! samples below it are read as zero.

use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use thread_priority::{
    RealtimeThreadSchedulePolicy, ThreadPriority, ThreadPriorityValue, ThreadSchedulePolicy,
    set_thread_priority_and_policy, thread_native_id, thread_schedule_policy,
};

/// Above every ordinary thread, below what JACK (≥ 10 by default) and
/// PipeWire's data loops (20 by rtkit, 88 by limits) use, which feed us.
const PRIORITY: u8 = 10;

/// rtkit only promotes processes that the kernel stops when a real-time thread
/// computes this long without a pause; in microseconds, rtkit's own default.
const RTTIME_MICROS: u64 = 200_000;

/// Asks for real-time priority for the calling thread under the user's limits.
/// True when the thread has it now, whoever gave it. Does not allocate.
pub(crate) fn by_limits() -> bool {
    if matches!(
        thread_schedule_policy(),
        Ok(ThreadSchedulePolicy::Realtime(_))
    ) {
        return true;
    }
    let Ok(priority) = ThreadPriorityValue::try_from(PRIORITY) else {
        return false;
    };
    set_thread_priority_and_policy(
        thread_native_id(),
        ThreadPriority::Crossplatform(priority),
        ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::Fifo),
    )
    .is_ok()
}

/// Asks rtkit for real-time priority for thread `tid` of this process. Blocks
/// for up to a second: never call it on an audio or the control thread.
///
/// # Errors
/// rtkit's or the bus's own words.
pub(crate) fn by_rtkit(tid: i32) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(1), ask_rtkit(tid))
            .await
            .map_err(|_| "rtkit does not answer".to_owned())?
            .map_err(|error| error.to_string())
    })
}

#[zbus::proxy(
    interface = "org.freedesktop.RealtimeKit1",
    default_service = "org.freedesktop.RealtimeKit1",
    default_path = "/org/freedesktop/RealtimeKit1"
)]
trait RealtimeKit {
    fn make_thread_realtime(&self, thread: u64, priority: u32) -> zbus::Result<()>;
    #[zbus(property, name = "MaxRealtimePriority")]
    fn max_realtime_priority(&self) -> zbus::Result<i32>;
    #[zbus(property, name = "RTTimeUSecMax")]
    fn rt_time_usec_max(&self) -> zbus::Result<i64>;
}

async fn ask_rtkit(tid: i32) -> zbus::Result<()> {
    let bus = zbus::Connection::system().await?;
    let rtkit = RealtimeKitProxy::new(&bus).await?;
    let most = rtkit.max_realtime_priority().await.unwrap_or(20).max(1);
    let time = rtkit.rt_time_usec_max().await.ok();
    let time = time.and_then(|t| u64::try_from(t).ok());
    limit_rttime(time.unwrap_or(RTTIME_MICROS));
    let thread = u64::try_from(tid).unwrap_or(0);
    let priority = u32::from(PRIORITY).min(most.unsigned_abs());
    rtkit.make_thread_realtime(thread, priority).await
}

/// Lowers the process's limit of uninterrupted real-time computing to what
/// rtkit demands; a lower limit stays.
fn limit_rttime(micros: u64) {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_RTTIME) {
        let hard = hard.min(micros);
        // The soft limit's signal comes first; see `catch_overruns`.
        if let Err(error) = setrlimit(Resource::RLIMIT_RTTIME, hard / 4 * 3, hard) {
            tracing::debug!("RLIMIT_RTTIME stays: {error}");
        }
    }
}

/// Keeps the kernel's warning about a real-time thread that computed too long
/// (`SIGXCPU`) from ending the program. Call once, inside a tokio runtime.
///
/// # Errors
/// When the signal cannot be caught.
pub fn catch_overruns() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let kind = SignalKind::from_raw(nix::sys::signal::Signal::SIGXCPU as i32);
    // The handler stays installed after this listener is gone.
    signal(kind).map(drop)
}

/// What to tell the user when real-time priority was denied, given what the
/// limits allow; see [`limit`].
#[must_use]
pub fn sentence(limit: u64) -> String {
    if limit == 0 {
        "Real-time priority was denied, so sound may drop out under load. Install rtkit, \
         or run `inphase install realtime` and log in again."
            .into()
    } else {
        format!(
            "Real-time priority was denied although your limit is {limit}, so sound may drop \
             out under load. Install rtkit and start Inphase again."
        )
    }
}

/// The highest real-time priority the user's limits allow; 0 = none.
#[must_use]
pub fn limit() -> u64 {
    getrlimit(Resource::RLIMIT_RTPRIO).map_or(0, |(soft, _)| soft)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_limits_decide_and_a_second_request_changes_nothing() {
        let thread = std::thread::spawn(|| {
            let first = by_limits();
            let policy = thread_schedule_policy().unwrap();
            assert_eq!(first, matches!(policy, ThreadSchedulePolicy::Realtime(_)));
            assert_eq!(by_limits(), first);
        });
        thread.join().unwrap();
    }

    #[test]
    fn the_sentence_says_how_to_get_it() {
        assert!(sentence(0).contains("`inphase install realtime`"));
        assert!(sentence(95).contains("95") && sentence(95).contains("rtkit"));
    }
}
