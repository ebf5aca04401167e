//! Devices through cpal: ALSA, PulseAudio (and pipewire-pulse), JACK, and
//! PipeWire itself behind the feature `pipewire`. One implementation for all;
//! [`Family`] holds what differs.
//!
//! Guarantees: no cpal type leaves; every wait inside is bounded; the period is
//! always asked for (cpal's default is 2 s on PulseAudio); a device keeps the
//! sample format that loses least.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use cpal::traits::{DeviceTrait, HostTrait};
use cpal::{ErrorKind, HostId, SupportedStreamConfigRange};

use self::choose::Choice;
use self::lent::{Lent, Spare};
use self::stream::{Board, PcmStream, Setup, Slot};
use super::reserve::Reservation;
use super::stable::{self, Cards};
use super::{
    Backend, Capture, DeviceError, DeviceInfo, DeviceKind, Direction, Fault, Noise, Presence,
    Radio, Render, Stream, StreamFormat, Want, desktop, pulse, reserve,
};

mod choose;
mod convert;
mod delay;
mod lent;
mod stream;

/// The sound systems that cpal reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// ALSA: hardware and plug-in PCMs.
    Alsa,
    /// PulseAudio or pipewire-pulse.
    Pulse,
    /// JACK or pipewire-jack.
    Jack,
    /// PipeWire's own protocol.
    #[cfg(feature = "pipewire")]
    Pipewire,
}

impl Family {
    /// All that this build knows.
    pub const ALL: &'static [Self] = &[
        Self::Alsa,
        Self::Pulse,
        Self::Jack,
        #[cfg(feature = "pipewire")]
        Self::Pipewire,
    ];

    /// The id prefix.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Alsa => "alsa",
            Self::Pulse => "pulse",
            Self::Jack => "jack",
            #[cfg(feature = "pipewire")]
            Self::Pipewire => "pipewire",
        }
    }

    fn host(self) -> HostId {
        match self {
            Self::Alsa => HostId::Alsa,
            Self::Pulse => HostId::PulseAudio,
            Self::Jack => HostId::Jack,
            #[cfg(feature = "pipewire")]
            Self::Pipewire => HostId::PipeWire,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Alsa => "ALSA",
            Self::Pulse => "PulseAudio",
            Self::Jack => "JACK",
            #[cfg(feature = "pipewire")]
            Self::Pipewire => "PipeWire",
        }
    }

    /// How this family's time stamps scatter. ALSA: the pointer lags by up to
    /// one of its steps and the thread wakes late, so both errors are late.
    /// PulseAudio: the latency is the server's last answer less the time since
    /// it arrived, so its way back makes it late; measured on pipewire-pulse,
    /// half of all stamps lie within 0.15 ms of the earliest, 5 % are 1 to 4 ms
    /// late. JACK and PipeWire smooth their cycle times with a loop of their
    /// own and round to frames.
    fn noise(self) -> Noise {
        match self {
            Self::Alsa | Self::Pulse => Noise::OneSided,
            Self::Jack => Noise::TwoSided,
            #[cfg(feature = "pipewire")]
            Self::Pipewire => Noise::TwoSided,
        }
    }

    /// The shortest period that runs steadily at `rate`. Over the PulseAudio
    /// protocol two periods are all that is queued, and a request takes a round
    /// trip: on pipewire-pulse 4 ms lost whole milliseconds again and again
    /// without a word, 10 ms none.
    fn shortest_period(self, rate: u32) -> u32 {
        match self {
            Self::Pulse => rate / 100,
            _ => 1,
        }
    }

    /// Periods of the device's own buffer, as cpal asks for it.
    fn buffer(self, period: u32) -> u32 {
        match self {
            Self::Alsa | Self::Pulse => period.saturating_mul(2),
            Self::Jack => period,
            #[cfg(feature = "pipewire")]
            Self::Pipewire => 0,
        }
    }

    /// Which of our threads may ask for real-time priority. Not those behind
    /// ALSA's plug-ins to a sound server, which may spin when it dies; and JACK
    /// and PipeWire see to it themselves.
    fn realtime(self, name: &str) -> bool {
        match self {
            Self::Alsa => !is_server_plugin(name),
            Self::Pulse => true,
            _ => false,
        }
    }
}

/// ALSA PCMs that lead to a sound server or nowhere.
fn is_server_plugin(name: &str) -> bool {
    let head = name.split(':').next().unwrap_or(name);
    [
        "default",
        "sysdefault",
        "pulse",
        "pipewire",
        "jack",
        "oss",
        "null",
    ]
    .contains(&head)
}

/// A backend over cpal.
pub struct Pcm {
    family: Family,
    /// ALSA only: what the last enumeration found, by cpal's own name. Other
    /// families' handles go stale when a device comes back.
    known: HashMap<String, cpal::Device>,
    choices: HashMap<(String, Direction), Opened>,
    /// PulseAudio only: the connection that asks, and those for streams.
    asking: Option<cpal::Host>,
    spare: Spare,
    /// Cards that are ours for as long as a stream or a choice holds them.
    cards: HashMap<u32, Weak<Reservation>>,
}

/// What `format` found out about a device, for the opening that follows.
#[derive(Clone)]
struct Opened {
    device: cpal::Device,
    choice: Choice,
    card: Option<Arc<Reservation>>,
}

impl Pcm {
    /// A backend; nothing is connected before the first call.
    #[must_use]
    pub fn new(family: Family) -> Self {
        Self {
            family,
            known: HashMap::new(),
            choices: HashMap::new(),
            asking: None,
            spare: Spare::default(),
            cards: HashMap::new(),
        }
    }

    fn host(&self) -> Result<cpal::Host, DeviceError> {
        if self.family == Family::Pulse {
            pulse::ensure_cookie();
        }
        cpal::host_from_id(self.family.host()).map_err(|error| DeviceError::System {
            system: self.family.title().into(),
            reason: plain(&error),
        })
    }

    /// The devices there are now, and whom was asked, for [`Pcm::keep`].
    fn devices(&mut self) -> Result<(cpal::Host, Vec<cpal::Device>), DeviceError> {
        if let Some(host) = self.asking.take()
            && let Ok(devices) = host.devices()
        {
            let devices = devices.collect();
            return Ok((host, devices));
        }
        let host = self.host()?;
        let devices = host.devices().map_err(|error| DeviceError::System {
            system: self.family.title().into(),
            reason: plain(&error),
        })?;
        let devices = devices.collect();
        Ok((host, devices))
    }

    fn keep(&mut self, host: cpal::Host) {
        if self.family == Family::Pulse {
            self.asking = Some(host);
        }
    }

    /// The device behind our id. ALSA's handles are only names, so one that
    /// was seen before opens without another enumeration.
    fn device(&mut self, id: &str, direction: Direction) -> Result<cpal::Device, DeviceError> {
        let missing = || DeviceError::Missing { id: id.into() };
        let name = id
            .strip_prefix(self.family.prefix())
            .and_then(|rest| rest.strip_prefix(':'))
            .ok_or_else(missing)?;
        if self.family != Family::Alsa {
            let (host, devices) = self.devices()?;
            self.keep(host);
            let fits = |device: &cpal::Device| {
                device_name(device) == name && directions(device).contains(&direction)
            };
            return devices.into_iter().find(fits).ok_or_else(missing);
        }
        let cards = Cards::system();
        let spellings = stable::spellings(&cards, name);
        if let Some(device) = spellings.iter().find_map(|name| self.known.get(name)) {
            return Ok(device.clone());
        }
        self.remember()?;
        let found = spellings.iter().find_map(|name| self.known.get(name));
        found.cloned().ok_or_else(|| unlisted(id, name))
    }

    fn remember(&mut self) -> Result<(), DeviceError> {
        let (_, devices) = self.devices()?;
        self.known = devices
            .into_iter()
            .map(|device| (device_name(&device), device))
            .collect();
        Ok(())
    }

    /// A configuration of `device`, or for raw hardware whose samples cpal
    /// cannot write (packed 24 bit is usual in USB devices) of ALSA's own
    /// converting PCM for the same hardware.
    fn negotiate(
        &mut self,
        id: &str,
        direction: Direction,
        want: &Want,
    ) -> Result<Opened, DeviceError> {
        let device = self.device(id, direction)?;
        let card = self.reserve(id)?;
        let ranges = self.patient_ranges(id, &device, direction, card.as_deref())?;
        if let Some(choice) = choose::choose(&ranges, want) {
            return Ok(Opened {
                device,
                choice,
                card,
            });
        }
        let refused = DeviceError::Unsupported {
            id: id.into(),
            asked: format!("{} channels", want.channels),
            offered: choose::offered(&ranges),
        };
        let plug = id.replacen("alsa:hw:", "alsa:plughw:", 1);
        if plug == id || choose::has_format(&ranges) {
            return Err(refused);
        }
        let device = self.device(&plug, direction)?;
        let ranges = self.ranges(&plug, &device, direction)?;
        let choice = choose::choose(&ranges, want).ok_or(refused)?;
        Ok(Opened {
            device,
            choice,
            card,
        })
    }

    /// The right to open a card directly; nothing for everything else.
    fn reserve(&mut self, id: &str) -> Result<Option<Arc<Reservation>>, DeviceError> {
        if self.family != Family::Alsa {
            return Ok(None);
        }
        let Some((card, title)) = stable::card_of(&Cards::system(), id) else {
            return Ok(None);
        };
        if let Some(ours) = self.cards.get(&card).and_then(Weak::upgrade) {
            return Ok(Some(ours));
        }
        let ours = reserve::reserve(card, &title)?.map(Arc::new);
        if let Some(ours) = &ours {
            let _ = self.cards.insert(card, Arc::downgrade(ours));
        }
        Ok(ours)
    }

    /// A sound server that let go of a card may still be closing it.
    fn patient_ranges(
        &self,
        id: &str,
        device: &cpal::Device,
        direction: Direction,
        card: Option<&Reservation>,
    ) -> Result<Vec<SupportedStreamConfigRange>, DeviceError> {
        let mut attempts = match card {
            Some(card) if card.is_taken_over() => 20,
            _ => 0,
        };
        loop {
            match self.ranges(id, device, direction) {
                Err(DeviceError::Busy { .. }) if attempts > 0 => {
                    attempts -= 1;
                    std::thread::sleep(std::time::Duration::from_millis(50));
                }
                result => return result,
            }
        }
    }

    fn ranges(
        &self,
        id: &str,
        device: &cpal::Device,
        direction: Direction,
    ) -> Result<Vec<SupportedStreamConfigRange>, DeviceError> {
        match direction {
            Direction::Output => device.supported_output_configs().map(Iterator::collect),
            Direction::Input => device.supported_input_configs().map(Iterator::collect),
        }
        .map_err(|error| self.translate(id, &error))
    }

    fn opened(
        &mut self,
        id: &str,
        direction: Direction,
        format: &StreamFormat,
    ) -> Result<(Opened, Lent), DeviceError> {
        let key = (id.to_owned(), direction);
        let agreed = self.choices.remove(&key).filter(|opened| {
            self.family == Family::Alsa
                && opened.choice.rate == format.rate
                && opened.choice.channels == format.channels
        });
        if let Some(opened) = agreed {
            return Ok((opened, self.spare.lend(None)));
        }
        let want = Want {
            rate: format.rate,
            channels: format.channels,
            period: format.period,
        };
        if self.family != Family::Pulse {
            let opened = self.negotiate(id, direction, &want)?;
            return Ok((opened, self.spare.lend(None)));
        }
        // Each stream has a connection, and so a thread, of its own.
        let asking = std::mem::replace(&mut self.asking, self.spare.take());
        let opened = self.negotiate(id, direction, &want);
        let own = std::mem::replace(&mut self.asking, asking);
        let lent = self.spare.lend(own);
        Ok((opened?, lent))
    }

    /// Opens with the agreed period, then with larger ones that drivers that
    /// refuse it usually take.
    fn open(
        &mut self,
        id: &str,
        direction: Direction,
        format: &StreamFormat,
        mut attempt: impl FnMut(&cpal::Device, Setup) -> Result<PcmStream, cpal::Error>,
    ) -> Result<Held, DeviceError> {
        let (opened, lent) = self.opened(id, direction, format)?;
        let Opened {
            device,
            choice,
            card,
        } = opened;
        if choice.rate != format.rate || choice.channels != format.channels {
            return Err(DeviceError::Unsupported {
                id: id.into(),
                asked: format!("{} Hz with {} channels", format.rate, format.channels),
                offered: format!("{} Hz with {} channels", choice.rate, choice.channels),
            });
        }
        let name = id.split_once(':').map_or(id, |(_, name)| name);
        let mut setup = Setup {
            rate: choice.rate,
            channels: choice.channels,
            period: format.period,
            format: choice.format,
            realtime: self.family.realtime(name),
        };
        let mut result = attempt(&device, setup);
        for period in choose::fallback_periods(format.period) {
            match &result {
                Err(error) if error.kind() == ErrorKind::UnsupportedConfig => {
                    setup.period = period;
                    result = attempt(&device, setup);
                }
                _ => break,
            }
        }
        result
            .map(|stream| Held { stream, card, lent })
            .map_err(|error| self.translate(id, &error))
    }

    fn translate(&self, id: &str, error: &cpal::Error) -> DeviceError {
        let id = id.to_owned();
        match error.kind() {
            ErrorKind::DeviceBusy => DeviceError::Busy { id },
            ErrorKind::DeviceNotAvailable => DeviceError::Missing { id },
            ErrorKind::PermissionDenied => DeviceError::Permission { id },
            ErrorKind::UnsupportedConfig
            | ErrorKind::UnsupportedOperation
            | ErrorKind::InvalidInput => DeviceError::Unsupported {
                id,
                asked: "this format".into(),
                offered: plain(error),
            },
            _ => DeviceError::System {
                system: self.family.title().into(),
                reason: plain(error),
            },
        }
    }

    /// The stream with all that must live as long. A sound server moves a
    /// stream whose sink goes away to another one, where it would sound on the
    /// wrong speaker: its list decides that the sink is gone.
    fn watched(id: &str, held: Held, board: Arc<Board>) -> Box<dyn Stream> {
        let name = id.strip_prefix("pulse:");
        let watch = name.map(|name| pulse::watch(name, move || board.set_gone()));
        Box::new(Watched {
            held,
            _watch: watch,
        })
    }
}

/// An open stream with what it needs for as long; the fields drop in this order.
struct Held {
    stream: PcmStream,
    card: Option<Arc<Reservation>>,
    #[expect(dead_code, reason = "dropping it is its use")]
    lent: Lent,
}

/// A stream that knows when its sink is gone.
struct Watched {
    held: Held,
    _watch: Option<pulse::Watch>,
}

impl Stream for Watched {
    fn fault(&mut self) -> Option<Fault> {
        // Somebody of higher priority asks for the card: close it.
        if self.held.card.as_ref().is_some_and(|card| card.is_wanted()) {
            return Some(Fault::Gone);
        }
        self.held.stream.fault()
    }
}

impl Backend for Pcm {
    fn prefix(&self) -> &'static str {
        self.family.prefix()
    }

    fn list(&mut self) -> Result<Vec<DeviceInfo>, DeviceError> {
        // A card that nobody opened after asking for its format goes back.
        self.choices.clear();
        let (host, devices) = self.devices()?;
        let cards = Cards::system();
        let default = |device: Option<cpal::Device>| device.map(|d| device_name(&d));
        let (output, input) = match self.family {
            Family::Alsa => (Some("default".into()), Some("default".into())),
            _ => (
                default(host.default_output_device()),
                default(host.default_input_device()),
            ),
        };
        self.keep(host);
        let mut list: Vec<DeviceInfo> = Vec::new();
        for device in &devices {
            for direction in directions(device) {
                let name = device_name(device);
                let is_default = match direction {
                    Direction::Output => Some(&name) == output.as_ref(),
                    Direction::Input => Some(&name) == input.as_ref(),
                };
                let info = self.describe(&cards, device, &name, direction, is_default);
                let new = |info: &DeviceInfo| {
                    !list
                        .iter()
                        .any(|old| old.id == info.id && old.direction == info.direction)
                };
                list.extend(info.filter(new));
            }
        }
        if self.family == Family::Alsa {
            self.known = devices.into_iter().map(|d| (device_name(&d), d)).collect();
        }
        Ok(list)
    }

    fn format(
        &mut self,
        id: &str,
        direction: Direction,
        want: &Want,
    ) -> Result<StreamFormat, DeviceError> {
        let want = Want {
            period: want.period.max(self.family.shortest_period(want.rate)),
            ..*want
        };
        let opened = self.negotiate(id, direction, &want)?;
        let choice = opened.choice;
        let _ = self.choices.insert((id.to_owned(), direction), opened);
        Ok(StreamFormat {
            rate: choice.rate,
            channels: choice.channels,
            period: choice.period,
            buffer: self.family.buffer(choice.period),
            noise: self.family.noise(),
            clock: self.clock(id),
        })
    }

    fn play(
        &mut self,
        id: &str,
        format: &StreamFormat,
        render: Box<dyn Render>,
    ) -> Result<Box<dyn Stream>, DeviceError> {
        let slot: Slot<dyn Render> = Arc::new(Mutex::new(Some(render)));
        let board = Arc::new(Board::default());
        let stream = self.open(id, Direction::Output, format, |device, setup| {
            stream::play(device, setup, &slot, &board)
        })?;
        Ok(Self::watched(id, stream, board))
    }

    fn record(
        &mut self,
        id: &str,
        format: &StreamFormat,
        capture: Box<dyn Capture>,
    ) -> Result<Box<dyn Stream>, DeviceError> {
        let slot: Slot<dyn Capture> = Arc::new(Mutex::new(Some(capture)));
        let board = Arc::new(Board::default());
        let stream = self.open(id, Direction::Input, format, |device, setup| {
            stream::record(device, setup, &slot, &board)
        })?;
        Ok(Self::watched(id, stream, board))
    }
}

impl Pcm {
    /// One line of the list, or `None` for what nobody wants to choose.
    fn describe(
        &self,
        cards: &Cards,
        device: &cpal::Device,
        name: &str,
        direction: Direction,
        is_default: bool,
    ) -> Option<DeviceInfo> {
        let title = device
            .description()
            .map_or_else(|_| name.to_owned(), |text| text.name().to_owned());
        let mut info = DeviceInfo {
            id: format!("{}:{name}", self.family.prefix()),
            name: title,
            direction,
            kind: DeviceKind::Unknown,
            channels: 0,
            rates: Vec::new(),
            is_default,
            key: name.to_owned(),
            presence: Presence::Ready,
            radio: Radio::default(),
            latency_ms: None,
            inside: None,
        };
        match self.family {
            Family::Alsa => stable::describe_alsa(cards, name, &mut info).then_some(info),
            // Our own sink is a source; playing on it would feed back.
            Family::Pulse if desktop::is_ours(name) => None,
            Family::Pulse => {
                stable::describe_server_node(name, &mut info);
                let config = match direction {
                    Direction::Output => device.default_output_config(),
                    Direction::Input => device.default_input_config(),
                };
                if let Ok(config) = config {
                    info.channels = config.channels();
                    info.rates = vec![config.sample_rate()];
                }
                Some(info)
            }
            _ => {
                stable::describe_server_node(name, &mut info);
                let ranges = self.ranges(&info.id, device, direction);
                let (channels, rates) = choose::summary(&ranges.unwrap_or_default());
                (info.channels, info.rates) = (channels, rates);
                Some(info)
            }
        }
    }

    /// Both directions of one hardware PCM run on one crystal; JACK and
    /// PipeWire run all streams of one program on one clock.
    fn clock(&self, id: &str) -> Option<String> {
        match self.family {
            Family::Alsa => stable::hardware_clock(&Cards::system(), id),
            Family::Pulse => None,
            Family::Jack => Some("jack".into()),
            #[cfg(feature = "pipewire")]
            Family::Pipewire => Some("pipewire".into()),
        }
    }
}

fn device_name(device: &cpal::Device) -> String {
    device
        .id()
        .map_or_else(|_| String::new(), |id| id.id().to_owned())
}

fn directions(device: &cpal::Device) -> Vec<Direction> {
    let description = device.description().ok();
    let direction = description.map(|text| text.direction());
    match direction {
        Some(cpal::DeviceDirection::Output) => vec![Direction::Output],
        Some(cpal::DeviceDirection::Input) => vec![Direction::Input],
        _ => vec![Direction::Output, Direction::Input],
    }
}

/// cpal's words without its final full stop: our sentences bring their own.
fn plain(error: &cpal::Error) -> String {
    if error.kind() == ErrorKind::HostUnavailable {
        return "no server runs".into();
    }
    error.to_string().trim_end_matches('.').to_owned()
}

/// cpal opens only what ALSA lists.
fn unlisted(id: &str, name: &str) -> DeviceError {
    let (id, name) = (id.to_owned(), name.to_owned());
    if stable::is_hardware(&name) {
        return DeviceError::Missing { id };
    }
    DeviceError::Unlisted { id, name }
}
