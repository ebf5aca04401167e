//! The command line's grammar: every sub-command, its options, and an example each.

use std::path::PathBuf;

use clap::{
    Args, Parser, Subcommand, ValueHint,
    builder::{PossibleValuesParser, TypedValueParser, ValueParser},
};
use clap_complete::Shell;

use super::parse;
use crate::install::Piece;
use crate::rig::{Source, Target, field};

/// Plays one audio stream on many speakers, in sync, and shows that it is.
#[derive(Debug, Parser)]
#[command(
    name = "inphase",
    version,
    max_term_width = 100,
    after_help = "Without a command the window opens.\n\nExamples:\n  inphase\n  inphase --demo\n  inphase devices\n  inphase play song.flac --to alsa:lab1=L --to alsa:lab2=R\n  inphase status --watch"
)]
pub(super) struct Cli {
    /// Control socket to use instead of the user's own
    #[arg(long, global = true, value_name = "PATH", value_hint = ValueHint::FilePath)]
    pub socket: Option<PathBuf>,
    /// Open the window on a rig of simulated speakers; nothing is saved. With a command that asks a
    /// running instance: the one behind that window
    #[arg(long)]
    pub demo: bool,
    #[command(subcommand)]
    pub action: Option<Action>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// List the devices that can play or capture
    #[command(after_help = "Example:\n  inphase devices --json")]
    Devices {
        /// Print JSON
        #[arg(long)]
        json: bool,
        /// List the simulated speakers instead
        #[arg(long)]
        demo: bool,
    },
    /// Play files, a pipe, a capture device, the desktop or a test signal
    Play(Play),
    /// Play the saved rig without a window
    Run(Run),
    /// Show what the running instance does
    #[command(after_help = "Example:\n  inphase status --watch")]
    Status {
        /// Keep showing it until Ctrl+C
        #[arg(long)]
        watch: bool,
        /// Print JSON; with --watch one object a line
        #[arg(long)]
        json: bool,
    },
    /// Change one setting of the running instance
    #[command(after_help = settable())]
    Set {
        /// What to change, such as speakers.left.trim
        path: String,
        /// The new value; options go before it
        #[arg(required = true, num_args = 1.., allow_hyphen_values = true, trailing_var_arg = true)]
        value: Vec<String>,
    },
    /// Move a speaker to a zone, or out of its zone
    #[command(
        name = "move",
        after_help = "Examples:\n  inphase move left kitchen 1\n  inphase move left -"
    )]
    Move {
        /// Which speaker
        speaker: String,
        /// Where to; - is no zone
        #[arg(default_value = "-", allow_hyphen_values = true)]
        zone: String,
        /// Place inside the zone, 1 is the first; the end if not given
        index: Option<usize>,
    },
    /// Add, remove, order and change zones
    #[command(after_help = "Example:\n  inphase zone add kitchen --name Kitchen")]
    Zone {
        #[command(subcommand)]
        action: ZoneAction,
    },
    /// Add and remove speakers
    #[command(
        after_help = "Example:\n  inphase speaker add alsa:hw:CARD=DAC,DEV=0=L --zone kitchen"
    )]
    Speaker {
        #[command(subcommand)]
        action: SpeakerAction,
    },
    /// Play a soft chirp on one speaker, over the music
    #[command(after_help = "Example:\n  inphase identify left")]
    Identify {
        /// Which speaker
        speaker: String,
    },
    /// Pause if it plays, else go on
    #[command(after_help = "Example:\n  inphase play-pause")]
    PlayPause,
    /// Fade out and hold
    #[command(after_help = "Example:\n  inphase pause")]
    Pause,
    /// Start or go on playing
    #[command(after_help = "Example:\n  inphase resume")]
    Resume,
    /// Fade out and go back to the beginning
    #[command(after_help = "Example:\n  inphase stop")]
    Stop,
    /// Take back the last change
    #[command(after_help = "Example:\n  inphase undo")]
    Undo,
    /// Make the change that was taken back again
    #[command(after_help = "Example:\n  inphase redo")]
    Redo,
    /// Have the running instance look for devices now
    #[command(after_help = "Example:\n  inphase rescan")]
    Rescan,
    /// Print what happened: dropouts, lost devices, changes
    #[command(after_help = "Example:\n  inphase events --follow")]
    Events {
        /// Keep printing until Ctrl+C
        #[arg(long, short)]
        follow: bool,
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Print the measured history as CSV
    #[command(after_help = "Example:\n  inphase history --csv --last 10m > history.csv")]
    History {
        /// Print CSV; the only format there is
        #[arg(long)]
        csv: bool,
        /// How far back, up to 1h
        #[arg(long, value_name = "TIME", default_value = "1h", value_parser = ValueParser::new(parse::span))]
        last: f64,
    },
    /// Write a page with plots of sync, latency, drift and events
    #[command(after_help = "Example:\n  inphase report --out report.html")]
    Report {
        /// File to write; standard output if not given
        #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
        out: Option<PathBuf>,
        /// Markdown instead of HTML
        #[arg(long)]
        markdown: bool,
        /// How far back, up to 1h
        #[arg(long, value_name = "TIME", default_value = "1h", value_parser = ValueParser::new(parse::span))]
        last: f64,
    },
    /// Find, pair and connect Bluetooth devices, and let an Echo play to this computer
    #[command(
        after_help = "Without a command it shows what there is. DEVICE is an address or a name.\n\nExamples:\n  inphase bluetooth scan\n  inphase bluetooth pair Flip6\n  inphase bluetooth accept"
    )]
    Bluetooth {
        #[command(subcommand)]
        action: Option<BluetoothAction>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Run a scenario in the simulated room and print how well it went
    #[command(after_help = "Example:\n  inphase room tests/scenarios/b1.toml --json")]
    Room {
        /// The scenario
        #[arg(value_name = "SCENARIO.toml", value_hint = ValueHint::FilePath)]
        scenario: PathBuf,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Add Inphase to the applications menu, to log-in, to the background
    #[command(
        after_help = "Pieces:\n  menu        an entry in the applications menu, with its icon\n  login       the window opens at log-in\n  background  the speakers play from log-in on, without a window (a systemd user unit)\n  realtime    sound goes first when the computer is busy (asks for your password)\nFrom an AppImage, the program is copied to ~/.local/bin, where the entries lead.\n\nExamples:\n  inphase install\n  inphase install menu background --dry-run\n  inphase install --list"
    )]
    Install {
        /// What to add; the menu entry if not given
        #[arg(value_name = "PIECE", value_parser = piece())]
        pieces: Vec<Piece>,
        /// Print what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
        /// List the pieces and how they are
        #[arg(long, conflicts_with = "pieces")]
        list: bool,
    },
    /// Remove what `install` added; rig and settings stay
    #[command(
        after_help = "Examples:\n  inphase uninstall\n  inphase uninstall login\n  inphase uninstall --purge --dry-run"
    )]
    Uninstall {
        /// What to remove; all of it if not given
        #[arg(value_name = "PIECE", value_parser = piece())]
        pieces: Vec<Piece>,
        /// Print what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
        /// Remove the rig, presets, settings, measurements and logs, too
        #[arg(long, conflicts_with = "pieces")]
        purge: bool,
    },
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  inphase completions bash > ~/.local/share/bash-completion/completions/inphase"
    )]
    Completions {
        /// Which shell
        shell: Shell,
    },
    /// Print the man page of all commands
    #[command(after_help = "Example:\n  inphase man > inphase.1 && man ./inphase.1")]
    Man {
        /// Write one page for each command into this directory instead
        #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
    /// Fade out, give the devices back and end the running instance
    #[command(after_help = "Example:\n  inphase quit")]
    Quit,
}

/// `play`.
#[derive(Debug, Args)]
#[command(after_help = PLAY)]
pub(super) struct Play {
    /// What to play: files, -, pipe:PATH, capture:DEVICE, desktop, monitor:SINK or test:NAME
    #[arg(required = true, value_name = "SOURCE", value_hint = ValueHint::AnyPath)]
    pub sources: Vec<String>,
    /// Where to play it: a device with channels and role, once for each speaker
    #[arg(long, required = true, value_name = "OUTPUT[=ROLE]", value_parser = ValueParser::new(parse::output))]
    pub to: Vec<parse::OutputSpec>,
    /// Delay of the --to before it, such as 180us, -0.2ms or 62cm; later is positive
    #[arg(long, value_name = "DELAY", allow_hyphen_values = true, value_parser = ValueParser::new(parse::trim))]
    pub trim: Vec<i64>,
    /// Gain of the --to before it in dB, -60 to 12
    #[arg(long, value_name = "DB", allow_hyphen_values = true, value_parser = ValueParser::new(parse::gain))]
    pub gain: Vec<f64>,
    /// Preferred device period in frames at 48 kHz
    #[arg(long, value_name = "FRAMES", allow_negative_numbers = true, value_parser = ValueParser::new(parse::period))]
    pub period: Option<u32>,
    /// Latency from source to ear in ms; as low as the devices allow if not given
    #[arg(long, value_name = "MS", allow_negative_numbers = true, value_parser = ValueParser::new(parse::latency))]
    pub latency: Option<Target>,
    /// Begin again after the last file
    #[arg(long)]
    pub repeat: bool,
    /// Frames per second of raw PCM [default: 44100]
    #[arg(long, value_name = "HZ", allow_negative_numbers = true, value_parser = ValueParser::new(parse::pcm_rate))]
    pub rate: Option<u32>,
    /// Sample format of raw PCM [default: s16le]
    #[arg(long, value_parser = Source::FORMATS)]
    pub format: Option<String>,
    /// Channels of raw PCM [default: 2]
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true, value_parser = ValueParser::new(parse::pcm_channels))]
    pub channels: Option<u16>,
    #[command(flatten)]
    pub session: Session,
}

/// `run`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  inphase run\n  inphase run --demo --for 60")]
pub(super) struct Run {
    /// Use the simulated rig instead; nothing is saved
    #[arg(long)]
    pub demo: bool,
    /// Started by a window: files wait for Play, and the demo ends with its last window
    #[arg(long, hide = true)]
    pub attended: bool,
    #[command(flatten)]
    pub session: Session,
}

/// The words of the pieces of `install`.
fn piece() -> impl TypedValueParser<Value = Piece> {
    PossibleValuesParser::new(Piece::ALL.map(Piece::word)).try_map(|word| word.parse::<Piece>())
}

/// The fields that `set` knows, from the rig's own table, and examples.
fn settable() -> String {
    let width = field::FIELDS.iter().map(|field| field.path.len()).max();
    let width = width.unwrap_or(0);
    let mut text = String::from("Paths (ID is the short name of a speaker or zone):\n");
    for field in field::FIELDS {
        let values = field.values;
        let line = format!("  {:width$}  {}:", field.path, field.means);
        text.push_str(&line);
        // As wide as clap makes its own lines at most.
        if line.chars().count() + 1 + values.chars().count() > 100 {
            text.push_str(&format!("\n  {:width$} ", ""));
        }
        text.push_str(&format!(" {values}\n"));
    }
    text.push_str(
        "\nExamples:\n  inphase set speakers.left.trim 180us\n  \
         inphase set zones.kitchen.gain -3 dB\n  inphase set settings.temperature 21",
    );
    text
}

const PLAY: &str = "\
Sources:
  FILE …          WAV, FLAC, MP3, Ogg Vorbis, M4A/AAC, ALAC; several play one after the other
  -               raw PCM from standard input
  pipe:PATH       raw PCM from a FIFO, made if it is not there; the writer may close it and
                  come back
  capture:DEVICE  a capture device, such as capture:alsa:hw:CARD=Codec,DEV=0
  desktop         what other programs play to the sink named Inphase
  monitor:SINK    what a sink plays, such as monitor:pulse:SINK
  test:NAME       clicks, pink, sine, left, right, both, anti-phase or sweep
A file whose name looks like one of these needs ./ before it.

Outputs:
  BACKEND:DEVICE[#CHANNEL[,CHANNEL]][=ROLE]
`inphase devices` lists them. Channels count from 1. Roles: left (or l), right (or r), stereo,
mono, sub, fl, fr, c, lfe, sl, sr; stereo if not given, mono on a single channel. A device id
that itself ends in =C, =L or the like needs its role written. room:NAME, with any name, is a
simulated stereo speaker. --trim and --gain belong to the --to before them.

Examples:
  inphase play song.flac --to alsa:lab1=L --to alsa:lab2=R
  inphase play test:pink --to alsa:lab1 --trim 180us --to pulse:hdmi --gain -3dB --for 10
  inphase play capture:alsa:hw:CARD=Codec,DEV=0 --to alsa:hw:CARD=DAC,DEV=0
  librespot --backend pipe | inphase play - --rate 44100 --to alsa:hw:CARD=Multi,DEV=0#3,4";

/// What `play` and `run` share.
#[derive(Debug, Args)]
pub(super) struct Session {
    /// End by itself after this time, such as 90, 90s or 10m
    #[arg(long = "for", value_name = "TIME", value_parser = ValueParser::new(parse::span))]
    pub stop_after: Option<f64>,
    /// Directory of measurements and logs instead of the usual one
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub state_dir: Option<PathBuf>,
    /// Directory of rig.toml instead of the usual one
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub config_dir: Option<PathBuf>,
    /// Also write a log to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub log: Option<PathBuf>,
    /// Print problems only
    #[arg(long, short)]
    pub quiet: bool,
    /// Use the simulated speakers instead of real ones; `inphase devices --demo` lists them
    #[arg(long, hide = true)]
    pub simulated: bool,
}

/// `bluetooth`.
#[derive(Debug, Subcommand)]
pub(super) enum BluetoothAction {
    /// Look for devices nearby and list them
    #[command(after_help = "Example:\n  inphase bluetooth scan --for 20")]
    Scan {
        /// For how long
        #[arg(long = "for", value_name = "TIME", default_value = "12", value_parser = ValueParser::new(parse::span))]
        seconds: f64,
    },
    /// Pair a speaker that is in pairing mode, and connect it
    #[command(
        after_help = "Examples:\n  inphase bluetooth pair Flip6\n  inphase bluetooth pair Flip6 --adapter hci1"
    )]
    Pair {
        /// Address or name
        device: String,
        /// Through this adapter, such as hci1; one that is paired through another moves
        #[arg(long)]
        adapter: Option<String>,
    },
    /// Let an Echo or a phone find this computer and pair with it for a while
    #[command(after_help = "Example:\n  inphase bluetooth accept --for 3m")]
    Accept {
        /// For how long
        #[arg(long = "for", value_name = "TIME", default_value = "180", value_parser = ValueParser::new(parse::span))]
        seconds: f64,
        /// Only through this adapter, such as hci1
        #[arg(long)]
        adapter: Option<String>,
    },
    /// End that at once
    #[command(after_help = "Example:\n  inphase bluetooth close")]
    Close,
    /// Make WirePlumber leave Bluetooth to Inphase: writes one file and restarts WirePlumber
    #[command(after_help = "Example:\n  inphase bluetooth take-over")]
    TakeOver {
        /// Only print the file: where it goes and what it says
        #[arg(long)]
        dry_run: bool,
    },
    /// Give Bluetooth back to WirePlumber: removes that file
    #[command(after_help = "Example:\n  inphase bluetooth give-back")]
    GiveBack,
    /// Answer a device that asked for something: yes, no, or the digits it wants
    #[command(after_help = "Example:\n  inphase bluetooth answer 3 yes")]
    Answer {
        /// The number of the request, as `inphase bluetooth` shows it
        request: u32,
        /// yes, no, or a PIN
        answer: String,
    },
    /// Connect a device, and again whenever it is lost
    #[command(after_help = "Example:\n  inphase bluetooth connect Flip6")]
    Connect {
        /// Address or name
        device: String,
    },
    /// Disconnect a device, and leave it so
    #[command(after_help = "Example:\n  inphase bluetooth disconnect Flip6")]
    Disconnect {
        /// Address or name
        device: String,
    },
    /// Remove a device and its keys
    #[command(after_help = "Example:\n  inphase bluetooth forget AA:BB:CC:DD:EE:FF")]
    Forget {
        /// Address or name
        device: String,
    },
    /// Call a device by another name
    #[command(after_help = "Example:\n  inphase bluetooth rename AA:BB:CC:DD:EE:FF Left")]
    Rename {
        /// Address or name
        device: String,
        /// The name; its own if not given
        #[arg(default_value = "", hide_default_value = true)]
        name: String,
    },
    /// Set the name under which an Echo sees this computer
    #[command(after_help = "Example:\n  inphase bluetooth name Salon")]
    Name {
        /// The name
        name: String,
        /// Which adapter, if there are several
        #[arg(long, default_value = "hci0")]
        adapter: String,
    },
    /// Set a device's own volume
    #[command(after_help = "Example:\n  inphase bluetooth volume Flip6 60")]
    Volume {
        /// Address or name
        device: String,
        /// 0 to 100 %
        #[arg(allow_negative_numbers = true, value_parser = ValueParser::new(parse::percent))]
        percent: u8,
    },
    /// Ask a source's player for something
    #[command(after_help = "Example:\n  inphase bluetooth player Echo next")]
    Player {
        /// Address or name
        device: String,
        /// What
        #[arg(value_parser = ["play", "pause", "stop", "next", "previous"])]
        action: String,
    },
    /// Use a device through another adapter
    #[command(
        name = "move",
        after_help = "Example:\n  inphase bluetooth move Flip6 hci1"
    )]
    Move {
        /// Address or name
        device: String,
        /// The adapter, such as hci1
        adapter: String,
    },
    /// Switch an adapter on
    #[command(after_help = "Example:\n  inphase bluetooth on hci0")]
    On {
        /// Which one
        #[arg(default_value = "hci0")]
        adapter: String,
    },
    /// Switch an adapter off
    #[command(after_help = "Example:\n  inphase bluetooth off hci1")]
    Off {
        /// Which one
        #[arg(default_value = "hci0")]
        adapter: String,
    },
}

/// `zone`.
#[derive(Debug, Subcommand)]
pub(super) enum ZoneAction {
    /// Add a zone at the end
    #[command(after_help = "Example:\n  inphase zone add kitchen --name Kitchen --own")]
    Add {
        /// Short name: letters, digits, - and _
        #[arg(value_parser = ValueParser::new(parse::id))]
        id: String,
        /// What people call it
        #[arg(long)]
        name: Option<String>,
        /// Its own timing instead of waiting for the slowest zone
        #[arg(long)]
        own: bool,
    },
    /// Remove a zone; its speakers stay known
    #[command(after_help = "Example:\n  inphase zone remove kitchen")]
    Remove {
        /// Which zone
        zone: String,
    },
    /// Put a zone at another place in the order
    #[command(name = "move", after_help = "Example:\n  inphase zone move kitchen 1")]
    Move {
        /// Which zone
        zone: String,
        /// 1 is the first
        index: usize,
    },
    /// Change one setting of a zone
    #[command(after_help = "Example:\n  inphase zone set kitchen gain -3 dB")]
    Set {
        /// Which zone
        zone: String,
        /// name, gain, mute, timing or crossover
        field: String,
        /// The new value; options go before it
        #[arg(required = true, num_args = 1.., allow_hyphen_values = true, trailing_var_arg = true)]
        value: Vec<String>,
    },
}

/// `speaker`.
#[derive(Debug, Subcommand)]
pub(super) enum SpeakerAction {
    /// Add a speaker
    #[command(
        after_help = "Example:\n  inphase speaker add alsa:hw:CARD=DAC,DEV=0=L --id left --zone kitchen"
    )]
    Add(NewSpeaker),
    /// Forget a speaker
    #[command(after_help = "Example:\n  inphase speaker remove left")]
    Remove {
        /// Which speaker
        speaker: String,
    },
}

/// `speaker add`.
#[derive(Debug, Args)]
pub(super) struct NewSpeaker {
    /// Its device, channels and role, as for `play --to`
    #[arg(value_name = "OUTPUT[=ROLE]", value_parser = ValueParser::new(parse::output))]
    pub output: parse::OutputSpec,
    /// Short name; made from the device if not given
    #[arg(long, value_parser = ValueParser::new(parse::id))]
    pub id: Option<String>,
    /// What people call it
    #[arg(long)]
    pub name: Option<String>,
    /// Zone to put it into
    #[arg(long)]
    pub zone: Option<String>,
}
