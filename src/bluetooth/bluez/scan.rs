//! Looking for devices through all adapters that are on.

use std::pin::pin;
use std::time::Duration;

use bluer::{DiscoveryFilter, DiscoveryTransport};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::sync::{oneshot, watch};

use super::carry::{Answering, reply};
use super::core::Core;
use super::error::BluetoothError;
use super::explain::{Deed, Refusal, within};

/// A look around; it ends when this is dropped.
pub(super) struct Scan {
    _stop: watch::Sender<()>,
    number: u64,
}

impl Core {
    /// [`Order::Scan`](super::Order::Scan).
    pub(super) fn begin_scan(&mut self, seconds: u32, answer: Answering) {
        let adapters = self.adapters_on();
        if adapters.is_empty() {
            let ids = self.adapter_ids();
            let error = match ids.first() {
                Some(id) => self.check_on(id),
                None => self.adapter_id("hci0").map(drop),
            };
            return reply(answer, error);
        }
        let number = self.scan.as_ref().map_or(0, |scan| scan.number) + 1;
        let (stop, stopped) = watch::channel(());
        let time = Duration::from_secs(seconds.into());
        let mut begun = Vec::new();
        for id in adapters {
            let (tell, told) = oneshot::channel();
            begun.push(told);
            if let Ok(adapter) = self.adapter(&id) {
                let limit = self.settings.answer;
                let look = look(adapter, limit, time, stopped.clone(), tell);
                self.start(look, |_, ()| ());
            }
        }
        // The former one ends here, and BlueZ goes on looking for us.
        self.scan = Some(Scan {
            _stop: stop,
            number,
        });
        self.start(join_all(begun), move |core, results| {
            let results = results.into_iter().flatten();
            reply(answer, first_success(results));
            core.after(time, move |core| {
                if core.scan.as_ref().is_some_and(|scan| scan.number == number) {
                    core.scan = None;
                }
            });
        });
    }
}

/// Looks through one adapter until it is told to stop or the time is over.
async fn look(
    adapter: bluer::Adapter,
    limit: Duration,
    time: Duration,
    mut stopped: watch::Receiver<()>,
    tell: oneshot::Sender<Result<(), BluetoothError>>,
) {
    let filter = DiscoveryFilter {
        transport: DiscoveryTransport::BrEdr,
        ..DiscoveryFilter::default()
    };
    // Refused while another look is under way: then that one's filter holds.
    let _ = adapter.set_discovery_filter(filter).await;
    let begun = within(limit, adapter.discover_devices()).await;
    let found = match begun {
        Ok(found) => found,
        Err(refusal) => {
            let _ = tell.send(Err(explain(&refusal, adapter.name())));
            return;
        }
    };
    let _ = tell.send(Ok(()));
    let mut found = pin!(found);
    let drain = async { while found.next().await.is_some() {} };
    tokio::select! {
        () = drain => {}
        () = tokio::time::sleep(time) => {}
        _ = stopped.changed() => {}
    }
}

fn explain(refusal: &Refusal, adapter: &str) -> BluetoothError {
    refusal.explain(Deed::Other, adapter)
}

/// One adapter that looks is enough.
fn first_success(
    results: impl Iterator<Item = Result<(), BluetoothError>>,
) -> Result<(), BluetoothError> {
    let mut last = Err(BluetoothError::Ended);
    for result in results {
        if result.is_ok() {
            return result;
        }
        last = result;
    }
    last
}
