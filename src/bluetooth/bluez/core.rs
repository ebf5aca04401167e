//! The one place that knows everything. Work that waits is done by tasks, whose
//! results come back as steps; so no field needs a lock and nothing here waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::bus::{self, Link};
use super::endpoint::Endpoints;
use super::order::{Errand, Inbox};
use super::others::Looks;
use super::pairing::Pairing;
use super::record::Record;
use super::scan::Scan;
use super::settings::Settings;
use super::tree::Tree;
use crate::bluetooth::state::{Address, Handover, Owner, State, Unavailable};

/// What is done with the core when its turn comes.
type Step = Box<dyn FnOnce(&mut Core) + Send>;

/// Brings steps to the core from any task.
#[derive(Clone)]
pub(super) struct Mailbox(mpsc::UnboundedSender<Step>);

impl Mailbox {
    /// Nobody reads it any more once the core has ended.
    pub(super) fn post(&self, step: impl FnOnce(&mut Core) + Send + 'static) {
        let _ = self.0.send(Box::new(step));
    }
}

/// Everything that is known and under way.
pub(super) struct Core {
    pub(super) settings: Arc<Settings>,
    pub(super) mailbox: Mailbox,
    tasks: JoinSet<()>,
    publish: watch::Sender<Arc<State>>,
    /// The connections, while the bus is there.
    pub(super) link: Option<Link>,
    /// Why BlueZ cannot be talked to; `None` while it is being asked or talks.
    pub(super) reason: Option<Unavailable>,
    /// BlueZ has listed its objects.
    pub(super) listed: bool,
    pub(super) tree: Tree,
    /// What we know of each device beyond BlueZ.
    pub(super) records: BTreeMap<Address, Record>,
    /// The names we gave to adapters.
    pub(super) names: BTreeMap<String, String>,
    /// Adapters that the kernel's switches block.
    pub(super) blocked: BTreeSet<String>,
    pub(super) endpoints: Endpoints,
    pub(super) pairing: Pairing,
    pub(super) scan: Option<Scan>,
    pub(super) owners: Vec<Owner>,
    pub(super) handover: Option<Handover>,
    /// This computer's Wi-Fi shares the air.
    pub(super) wifi_24: bool,
    /// Looks for owners that are due.
    pub(super) looks: Looks,
    /// Orders that wait for BlueZ's first answer.
    pub(super) waiting: Vec<Errand>,
    /// Devices about which a person is being asked.
    pub(super) asking: watch::Sender<BTreeSet<Address>>,
}

impl Core {
    fn new(
        settings: Settings,
        publish: watch::Sender<Arc<State>>,
    ) -> (Self, mpsc::UnboundedReceiver<Step>) {
        let (steps, coming) = mpsc::unbounded_channel();
        let core = Self {
            settings: Arc::new(settings),
            mailbox: Mailbox(steps),
            tasks: JoinSet::new(),
            publish,
            link: None,
            reason: None,
            listed: false,
            tree: Tree::default(),
            records: BTreeMap::new(),
            names: BTreeMap::new(),
            blocked: BTreeSet::new(),
            endpoints: Endpoints::default(),
            pairing: Pairing::default(),
            scan: None,
            owners: Vec::new(),
            handover: None,
            wifi_24: false,
            looks: Looks::default(),
            waiting: Vec::new(),
            asking: watch::Sender::new(BTreeSet::new()),
        };
        (core, coming)
    }

    /// Runs until nobody can give orders any more.
    pub(super) async fn run(
        settings: Settings,
        mut inbox: Inbox,
        publish: watch::Sender<Arc<State>>,
    ) {
        let (mut core, mut steps) = Self::new(settings, publish);
        core.connect_bus();
        core.watch_owners();
        loop {
            tokio::select! {
                errand = inbox.0.recv() => match errand {
                    Some(errand) => core.carry_out(errand),
                    None => break,
                },
                Some(step) = steps.recv() => step(&mut core),
                message = bus::next(&mut core.link) => match message {
                    Some(message) => core.hear(&message),
                    None => core.bus_broke(),
                },
                Some(_) = core.tasks.join_next() => {}
            }
            core.show();
        }
        core.leave().await;
    }

    /// Does `work` in a task of its own, then `then` with its result.
    pub(super) fn start<T: Send + 'static>(
        &mut self,
        work: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(&mut Self, T) + Send + 'static,
    ) {
        let mailbox = self.mailbox.clone();
        let _ = self.tasks.spawn(async move {
            let result = work.await;
            mailbox.post(move |core| then(core, result));
        });
    }

    /// Does `then` after a while.
    pub(super) fn after(&mut self, pause: Duration, then: impl FnOnce(&mut Self) + Send + 'static) {
        self.start(tokio::time::sleep(pause), |core, ()| then(core));
    }

    /// Does `work` blocking, where it disturbs nobody, then `then`.
    pub(super) fn start_blocking<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> T + Send + 'static,
        then: impl FnOnce(&mut Self, T) + Send + 'static,
    ) {
        let work = tokio::task::spawn_blocking(work);
        self.start(work, |core, result| {
            if let Ok(result) = result {
                then(core, result);
            }
        });
    }

    /// BlueZ has listed its objects: begin.
    pub(super) fn found(&mut self) {
        self.reason = None;
        self.listed = true;
        self.register_agent();
        self.look_at_switches();
        self.changed_all();
        self.look_for_owners();
        self.carry_out_waiting();
    }

    /// BlueZ cannot be talked to: forget what it said.
    pub(super) fn lost(&mut self, reason: Unavailable) {
        self.reason = Some(reason);
        self.listed = false;
        self.tree.clear();
        self.endpoints.clear();
        self.scan = None;
        self.pairing.lost();
        for record in self.records.values_mut() {
            record.lost();
        }
        let _ = self.asking.send_replace(BTreeSet::new());
        self.carry_out_waiting();
    }

    /// Something about the object at `path` changed.
    pub(super) fn changed(&mut self, path: &str) {
        use super::tree::{adapter_of, device_of};
        if let Some(address) = device_of(path) {
            self.device_changed(address);
        } else if let Some(adapter) = adapter_of(path) {
            self.adapter_changed(adapter);
        }
    }

    fn changed_all(&mut self) {
        for adapter in self.adapter_ids() {
            self.adapter_changed(&adapter);
        }
        for address in self.addresses() {
            self.device_changed(address);
        }
    }

    /// Publishes the state if it is another than before.
    fn show(&self) {
        let state = self.view();
        let _ = self.publish.send_if_modified(|shown| {
            let new = **shown != state;
            if new {
                *shown = Arc::new(state);
            }
            new
        });
    }

    /// Leaves everything as it was found, as far as BlueZ answers in time.
    async fn leave(&mut self) {
        let closing = self.close_window_calls();
        let _ = tokio::time::timeout(self.settings.answer, closing).await;
        self.scan = None;
        self.link = None;
        self.tasks.abort_all();
    }
}

/// Milliseconds since 1970.
pub(super) fn wall() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}
