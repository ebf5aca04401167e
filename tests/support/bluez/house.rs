//! One situation: a bus, a BlueZ, our task, and a way to wait for its state.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use inphase::bluetooth::bluez::{
    Acquired, Backoff, BluetoothError, Codecs, Done, Order, Orders, Patience, Settings, orders, run,
};
use inphase::bluetooth::state::{Address, Device, State};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::bus::{Bus, Policy, VARIABLE};
use super::fake::Bluez;

/// How long anything may take on a machine that does much else.
pub const DEADLINE: Duration = Duration::from_secs(30);

pub const KITCHEN: &str = "02:00:00:00:01:01";
pub const STUDY: &str = "02:00:00:00:01:02";
pub const ECHO: &str = "02:00:00:00:02:01";

/// A test in a process of its own, whose system bus is a private one.
pub fn situation<F: Future<Output = ()>>(name: &str, body: impl FnOnce() -> F) {
    if std::env::var_os("INPHASE_SITUATION").is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(body());
        return;
    }
    // The test's name in its program leaves the program's own name out.
    let name = name.split_once("::").map_or(name, |(_, name)| name);
    if Command::new("dbus-daemon")
        .arg("--version")
        .output()
        .is_err()
    {
        println!("skipped: dbus-daemon is not installed");
        return;
    }
    let directory = tempfile::tempdir().expect("a place");
    let program = std::env::current_exe().expect("this program");
    let child = Command::new(program)
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env("INPHASE_SITUATION", directory.path())
        .env(
            VARIABLE,
            format!("unix:path={}", directory.path().join("bus").display()),
        )
        .output()
        .expect("this program runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(
        child.status.success(),
        "{}\n{}",
        text(&child.stdout),
        text(&child.stderr)
    );
    assert!(
        text(&child.stdout).contains("1 passed"),
        "{name} is no test"
    );
}

/// Where the situation keeps its files.
pub fn directory() -> &'static Path {
    let directory = std::env::var_os("INPHASE_SITUATION").expect("inside a situation");
    Path::new(Box::leak(directory.into_boxed_os_str()))
}

/// SBC as far as these tests need it.
struct Sbc;

impl Codecs for Sbc {
    fn codec(&self) -> u8 {
        0
    }

    fn source_capabilities(&self) -> Vec<u8> {
        super::radio::SBC.to_vec()
    }

    fn sink_capabilities(&self) -> Vec<u8> {
        super::radio::SBC.to_vec()
    }

    fn select(&self, remote: &[u8]) -> Option<Vec<u8>> {
        let [first, second, low, high] = *remote else {
            return None;
        };
        let rate = if first & 0x10 != 0 { 0x10 } else { 0x20 };
        (first & 0x01 != 0 && second & 0x15 == 0x15)
            .then(|| vec![rate | 0x01, 0x15, low.max(2), high.min(53)])
    }

    fn accepts(&self, configuration: &[u8]) -> bool {
        configuration.len() == 4 && configuration[3] <= 53
    }
}

/// A patience that is short, and counts.
#[derive(Clone)]
pub struct Short {
    pub pause: Duration,
    /// `(device, failures)` as they came; 0 is a success.
    pub heard: Arc<Mutex<Vec<(Address, u32)>>>,
}

struct Counted {
    short: Short,
    address: Address,
    failed: u32,
}

impl Patience for Short {
    fn backoff(&self, address: Address) -> Box<dyn Backoff> {
        Box::new(Counted {
            short: self.clone(),
            address,
            failed: 0,
        })
    }
}

impl Backoff for Counted {
    fn failed(&mut self) -> Duration {
        self.failed += 1;
        self.short
            .heard
            .lock()
            .unwrap()
            .push((self.address, self.failed));
        self.short.pause
    }

    fn succeeded(&mut self) {
        self.failed = 0;
        self.short.heard.lock().unwrap().push((self.address, 0));
    }

    fn pardoned(&mut self) {}
}

/// Our task and what it says.
pub struct House {
    pub orders: Orders,
    pub state: watch::Receiver<Arc<State>>,
    pub patience: Short,
    pub task: JoinHandle<()>,
    _bus: Option<Bus>,
}

/// How a house is set up.
pub struct Plan {
    pub settings: Settings,
    pub patience: Short,
}

impl Default for Plan {
    fn default() -> Self {
        let patience = Short {
            pause: Duration::from_millis(20),
            heard: Arc::default(),
        };
        let mut settings = Settings::new(
            Arc::new(Sbc),
            Arc::new(patience.clone()),
            directory().join("config"),
        );
        // Only what must time out has a short limit.
        settings.answer = DEADLINE;
        settings.person = DEADLINE;
        settings.again = Duration::from_millis(50);
        settings.owners = Duration::from_millis(50);
        settings.rfkill = directory().join("rfkill");
        settings.processes = directory().join("proc");
        Self { settings, patience }
    }
}

impl Plan {
    /// Another setting.
    pub fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// A back-off of this length.
    pub fn pause(mut self, pause: Duration) -> Self {
        self.patience.pause = pause;
        self.settings.patience = Arc::new(self.patience.clone());
        self
    }

    /// Starts our task; there may be a bus or not.
    pub fn start(self, bus: Option<Bus>) -> House {
        let (orders, inbox) = orders();
        let (publish, state) = watch::channel(Arc::default());
        let task = tokio::spawn(run(self.settings, inbox, publish));
        House {
            orders,
            state,
            patience: self.patience,
            task,
            _bus: bus,
        }
    }
}

/// A bus, a BlueZ with one adapter that is on, and our task on them.
pub async fn home() -> (House, Bluez) {
    home_with(Plan::default()).await
}

/// The same with other settings.
pub async fn home_with(plan: Plan) -> (House, Bluez) {
    let bus = Bus::start(Policy::Open).await;
    let bluez = Bluez::start().await;
    bluez.plug("hci0", "02:00:00:00:00:01", true).await;
    let mut house = plan.start(Some(bus));
    let _ = house.until("endpoints", equipped).await;
    bluez
        .until("an agent", |world| world.default_agent.is_some())
        .await;
    (house, bluez)
}

/// All endpoints are registered.
pub fn equipped(state: &State) -> bool {
    let adapter = state.adapter("hci0");
    adapter.is_some_and(|adapter| adapter.streams >= 6 && adapter.receives)
}

impl House {
    /// Waits until the state is so.
    pub async fn until(&mut self, what: &str, so: impl Fn(&State) -> bool) -> Arc<State> {
        let found = tokio::time::timeout(DEADLINE, self.state.wait_for(|state| so(state))).await;
        let found = found.map(|found| found.map(|state| Arc::clone(&state)));
        match found {
            Ok(Ok(state)) => state,
            Ok(Err(_)) => panic!("the task ended before: {what}"),
            Err(_) => panic!("never: {what}\n{:#?}", self.state.borrow()),
        }
    }

    /// Waits until a device is so.
    pub async fn until_device(
        &mut self,
        address: &str,
        what: &str,
        so: impl Fn(&Device) -> bool,
    ) -> Device {
        let address = at(address);
        let so = |state: &State| state.device(address).is_some_and(&so);
        let state = self.until(&format!("{address} {what}"), so).await;
        state.device(address).expect("it was there").clone()
    }

    /// Waits until a device has its sound connection.
    pub async fn until_sounds(&mut self, address: &str) -> Device {
        let ours = |device: &Device| {
            device
                .transport
                .as_ref()
                .is_some_and(|transport| transport.ours)
        };
        self.until_device(address, "has its sound", ours).await
    }

    /// Gives an order.
    pub async fn give(&self, order: Order) -> Result<Done, BluetoothError> {
        let answer = tokio::time::timeout(DEADLINE * 2, self.orders.give(order)).await;
        answer.expect("every order is answered")
    }

    /// Gives an order that must succeed.
    pub async fn done(&self, order: Order) {
        let given = format!("{order:?}");
        let answer = self.give(order).await;
        assert!(answer.is_ok(), "{given}: {answer:?}");
    }

    /// Gives an order that must fail, and returns its sentence.
    pub async fn refused(&self, order: Order) -> String {
        let given = format!("{order:?}");
        match self.give(order).await {
            Ok(_) => panic!("{given} succeeded"),
            Err(error) => error.to_string(),
        }
    }

    /// Acquires, which must succeed.
    pub async fn acquired(&self, address: &str) -> Acquired {
        match self.give(Order::Acquire(at(address))).await {
            Ok(Done::Acquired(acquired)) => acquired,
            other => panic!("{address}: {other:?}"),
        }
    }
}

/// An address.
pub fn at(address: &str) -> Address {
    address.parse().expect("an address")
}
