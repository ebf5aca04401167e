//! Bluetooth without a radio, for the demo: it answers orders as a home of
//! obliging devices would, each after the time that such a thing takes. The
//! simulation takes the time as an argument; `thread` runs it by the clock.

mod echo;
mod home;
mod thread;

pub use home::{BOOM, ECHO, FLIP, SECOND_FLIP, VISITOR, home};

use super::state::{
    Activity, Address, Asked, Device, Kind, PairingWindow, PlayerAction, PlayerStatus, Request,
    Role, Standing, State, Verdict,
};
use super::{Answer, BluetoothError, Order, volume};
use home::{TRACKS, device, transport};

/// The simulation.
#[derive(Debug)]
pub struct Simulated {
    state: State,
    /// What is still to happen, and when.
    coming: Vec<(u64, Change)>,
    track: usize,
    asked: u32,
}

/// Something that happens by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Paired(Address),
    Connected(Address),
    Disconnected(Address),
    Forgotten(Address),
    Moved(Address, String),
    ScanOver,
    VisitorAsks,
    PairingOver,
}

impl Default for Simulated {
    fn default() -> Self {
        Self {
            state: home(),
            coming: Vec::new(),
            track: 0,
            asked: 0,
        }
    }
}

impl Simulated {
    /// What is known now.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Begins to do what is asked; what takes time shows in the state.
    ///
    /// # Errors
    /// What is asked of something that is not there, or not in a demo.
    pub fn give(&mut self, order: &Order, now_ms: u64) -> Result<(), BluetoothError> {
        match order {
            Order::Power { adapter, on } => self.power(adapter, *on)?,
            Order::Scan { seconds } => self.scan(*seconds, now_ms),
            Order::StopScan => self.happen(Change::ScanOver, now_ms),
            Order::Pair(address) => {
                self.act(*address, Activity::Pairing)?;
                self.after(PAIRS_MS, Change::Paired(*address), now_ms);
            }
            Order::PairThrough { address, adapter } => {
                self.act(*address, Activity::Pairing)?;
                self.device(*address)?.adapter.clone_from(adapter);
                self.after(PAIRS_MS, Change::Paired(*address), now_ms);
            }
            Order::Connect(address) => {
                self.act(*address, Activity::Connecting)?;
                self.after(LINKS_MS, Change::Connected(*address), now_ms);
            }
            Order::Disconnect(address) | Order::Drop { address, .. } => {
                self.act(*address, Activity::Disconnecting)?;
                self.after(LINKS_MS, Change::Disconnected(*address), now_ms);
            }
            Order::Forget(address) => {
                self.act(*address, Activity::Forgetting)?;
                self.after(LINKS_MS, Change::Forgotten(*address), now_ms);
            }
            Order::Move { address, adapter } => {
                let to = adapter.clone();
                self.act(*address, Activity::Moving { to: to.clone() })?;
                self.after(PAIRS_MS, Change::Moved(*address, to), now_ms);
            }
            Order::Trust { address, trusted } => self.device(*address)?.trusted = *trusted,
            Order::Rename { address, alias } => {
                let device = self.device(*address)?;
                device.alias = match alias.trim() {
                    "" => device.name.clone(),
                    alias => alias.to_owned(),
                };
            }
            Order::NameAdapter { adapter, name } => self.name_adapter(adapter, name)?,
            Order::OpenPairing { seconds, .. } => self.open(*seconds, now_ms),
            Order::ClosePairing => self.happen(Change::PairingOver, now_ms),
            Order::Answer { request, answer } => self.answer(*request, answer, now_ms)?,
            Order::SetVolume { address, volume } => {
                if let Some(transport) = &mut self.device(*address)?.transport {
                    transport.volume = Some((*volume).min(volume::LOUDEST));
                }
            }
            Order::Player { address, action } => self.player(*address, *action)?,
            Order::TakeOver | Order::GiveBack => self.hand_over(*order == Order::TakeOver),
            Order::Acquire(_) | Order::Release(_) | Order::Want(_) | Order::LookForOwners => {}
        }
        Ok(())
    }

    /// Lets everything happen that is due.
    pub fn tick(&mut self, now_ms: u64) {
        while let Some(at) = self.coming.iter().position(|(due, _)| *due <= now_ms) {
            let (_, change) = self.coming.remove(at);
            self.happen(change, now_ms);
        }
    }

    fn after(&mut self, ms: u64, change: Change, now_ms: u64) {
        self.coming.push((now_ms + ms, change));
    }

    /// Writes no file.
    fn hand_over(&mut self, to_us: bool) {
        if let Some(file) = &mut self.state.handover {
            file.standing = if to_us {
                Standing::Written
            } else {
                Standing::Absent
            };
        }
    }

    fn device(&mut self, address: Address) -> Result<&mut Device, BluetoothError> {
        let mut devices = self.state.devices.iter_mut();
        let device = devices.find(|device| device.address == address);
        device.ok_or(BluetoothError::UnknownDevice { address })
    }

    fn act(&mut self, address: Address, activity: Activity) -> Result<(), BluetoothError> {
        let device = self.device(address)?;
        device.activity = activity;
        device.failure = None;
        Ok(())
    }

    fn power(&mut self, id: &str, on: bool) -> Result<(), BluetoothError> {
        let mut adapters = self.state.adapters.iter_mut();
        let adapter = adapters.find(|adapter| adapter.id == id);
        let adapter = adapter.ok_or_else(|| unknown(id))?;
        adapter.powered = on;
        Ok(())
    }

    fn name_adapter(&mut self, id: &str, name: &str) -> Result<(), BluetoothError> {
        let mut adapters = self.state.adapters.iter_mut();
        let adapter = adapters.find(|adapter| adapter.id == id);
        let adapter = adapter.ok_or_else(|| unknown(id))?;
        name.clone_into(&mut adapter.alias);
        adapter.named = Some(name.to_owned());
        Ok(())
    }

    fn scan(&mut self, seconds: u32, now_ms: u64) {
        for adapter in &mut self.state.adapters {
            adapter.discovering = adapter.powered;
        }
        self.after(u64::from(seconds) * 1000, Change::ScanOver, now_ms);
    }

    fn open(&mut self, seconds: u32, now_ms: u64) {
        let ms = u64::from(seconds) * 1000;
        let adapters = self.state.adapters.iter().filter(|of| of.powered);
        self.state.pairing = Some(PairingWindow {
            ends_at_ms: now_ms + ms,
            adapters: adapters.map(|adapter| adapter.id.clone()).collect(),
            paired: Vec::new(),
        });
        self.coming
            .retain(|(_, change)| *change != Change::PairingOver);
        self.after(ms, Change::PairingOver, now_ms);
        if self.state.device(VISITOR).is_none() {
            self.after(ASKS_MS, Change::VisitorAsks, now_ms);
        }
    }

    fn answer(&mut self, id: u32, answer: &Answer, now_ms: u64) -> Result<(), BluetoothError> {
        let mut requests = self.state.requests.iter_mut();
        let open = requests.find(|request| request.id == id && request.verdict == Verdict::Open);
        let request = open.ok_or(BluetoothError::NothingAsked)?;
        if *answer == Answer::No {
            request.verdict = Verdict::Refused;
            return Ok(());
        }
        request.verdict = Verdict::Granted;
        let (address, name) = (request.address, request.name.clone());
        if self.device(address).is_err() {
            self.state
                .devices
                .push(device(address, &name, Kind::Source));
        }
        self.act(address, Activity::Pairing)?;
        self.after(PAIRS_MS, Change::Paired(address), now_ms);
        Ok(())
    }

    fn player(&mut self, address: Address, action: PlayerAction) -> Result<(), BluetoothError> {
        let step = match action {
            PlayerAction::Next => 1,
            PlayerAction::Previous => TRACKS.len() - 1,
            _ => 0,
        };
        self.track = (self.track + step) % TRACKS.len();
        let (title, artist) = TRACKS[self.track];
        if let Some(player) = &mut self.device(address)?.player {
            title.clone_into(&mut player.title);
            artist.clone_into(&mut player.artist);
            player.status = match action {
                PlayerAction::Play => PlayerStatus::Playing,
                PlayerAction::Pause => PlayerStatus::Paused,
                PlayerAction::Stop => PlayerStatus::Stopped,
                PlayerAction::Next | PlayerAction::Previous => player.status,
            };
        }
        Ok(())
    }

    fn happen(&mut self, change: Change, now_ms: u64) {
        // A device that was forgotten meanwhile is changed no more.
        match change {
            Change::Paired(address) => {
                self.change(address, |device| {
                    device.paired = true;
                    device.trusted = true;
                });
                self.change(address, connect);
                if let Some(window) = &mut self.state.pairing {
                    window.paired.push(address);
                }
            }
            Change::Connected(address) => self.change(address, connect),
            Change::Disconnected(address) => self.change(address, disconnect),
            Change::Forgotten(address) => self.change(address, |device| {
                disconnect(device);
                device.paired = false;
                device.trusted = false;
            }),
            Change::Moved(address, to) => self.change(address, |device| {
                connect(device);
                device.adapter = to;
            }),
            Change::ScanOver => {
                for adapter in &mut self.state.adapters {
                    adapter.discovering = false;
                }
            }
            Change::VisitorAsks if self.state.pairing.is_some() => self.visit(now_ms),
            Change::VisitorAsks => {}
            Change::PairingOver => self.state.pairing = None,
        }
    }

    fn change(&mut self, address: Address, change: impl FnOnce(&mut Device)) {
        if let Ok(device) = self.device(address) {
            device.activity = Activity::None;
            change(device);
        }
    }

    fn visit(&mut self, now_ms: u64) {
        self.asked += 1;
        self.state.requests.push(Request {
            id: self.asked,
            address: VISITOR,
            name: "Echo Show".into(),
            adapter: "hci0".into(),
            what: Asked::Confirm { passkey: 482_016 },
            verdict: Verdict::Open,
            at_ms: now_ms,
        });
    }
}

fn unknown(adapter: &str) -> BluetoothError {
    BluetoothError::UnknownAdapter {
        adapter: adapter.to_owned(),
    }
}

fn connect(device: &mut Device) {
    device.connected = true;
    device.retry = None;
    let role = if device.kind.feeds() {
        Role::FromSource
    } else {
        Role::ToSpeaker
    };
    let _old = device.transport.get_or_insert_with(|| transport(role));
}

fn disconnect(device: &mut Device) {
    device.connected = false;
    device.transport = None;
}

/// How long pairing takes.
const PAIRS_MS: u64 = 2000;
/// How long a link takes to come or go.
const LINKS_MS: u64 = 800;
/// When an Echo asks, after the window for it was opened.
const ASKS_MS: u64 = 8000;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn pairing_takes_two_seconds_and_connects() {
        let mut simulated = Simulated::default();
        simulated.give(&Order::Pair(BOOM), 1000).unwrap();
        let boom = |of: &Simulated| of.state().device(BOOM).unwrap().clone();
        assert_eq!(boom(&simulated).activity, Activity::Pairing);
        simulated.tick(2900);
        assert!(!boom(&simulated).paired);
        simulated.tick(3000);
        assert_eq!(boom(&simulated).activity, Activity::None);
        assert!(boom(&simulated).paired && boom(&simulated).connected);
    }

    #[test]
    fn a_speaker_is_paired_through_the_adapter_that_was_named() {
        let mut simulated = Simulated::default();
        let through = Order::PairThrough {
            address: BOOM,
            adapter: "hci1".into(),
        };
        simulated.give(&through, 1000).unwrap();
        simulated.tick(3000);
        let boom = simulated.state().device(BOOM).unwrap();
        assert!(boom.paired && boom.adapter == "hci1");
    }

    #[test]
    fn an_echo_asks_while_the_window_is_open_and_pairs_when_let_in() {
        let mut simulated = Simulated::default();
        let open = Order::OpenPairing {
            seconds: 180,
            adapter: None,
        };
        simulated.give(&open, 0).unwrap();
        simulated.tick(ASKS_MS);
        let request = simulated.state().requests[0].clone();
        assert_eq!(request.verdict, Verdict::Open);
        let yes = Order::Answer {
            request: request.id,
            answer: Answer::Yes,
        };
        simulated.give(&yes, ASKS_MS).unwrap();
        assert_eq!(
            simulated.give(&yes, ASKS_MS),
            Err(BluetoothError::NothingAsked)
        );
        simulated.tick(ASKS_MS + PAIRS_MS);
        let state = simulated.state();
        assert!(state.device(VISITOR).unwrap().paired);
        assert_eq!(state.pairing.as_ref().unwrap().paired, [VISITOR]);
        simulated.tick(180_000);
        assert_eq!(simulated.state().pairing, None);
    }

    #[test]
    fn nobody_asks_once_the_window_is_closed() {
        let mut simulated = Simulated::default();
        let open = Order::OpenPairing {
            seconds: 180,
            adapter: None,
        };
        simulated.give(&open, 0).unwrap();
        simulated.give(&Order::ClosePairing, 100).unwrap();
        simulated.tick(60_000);
        assert_eq!(simulated.state().requests, []);
    }

    #[test]
    fn what_is_not_there_is_refused_in_a_sentence() {
        let mut simulated = Simulated::default();
        let address = Address([9; 6]);
        assert_eq!(
            simulated.give(&Order::Connect(address), 0),
            Err(BluetoothError::UnknownDevice { address })
        );
    }
}
