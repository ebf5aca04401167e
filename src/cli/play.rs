//! `inphase play`: makes a rig of the command line and plays it, unsaved.

use clap::ArgMatches;

use super::{
    Failure,
    args::Play,
    launch::{Request, Which},
    parse::{self, OutputSpec},
    session::{self, Plan},
};
use crate::{
    remote::Place,
    rig::{Output, Rig, Settings, Source, Speaker, Zone, plan, validate},
};

/// The zone that all speakers of `play` are in.
const ZONE: &str = "all";

/// Plays until the source ends, the time is over or the user stops it.
///
/// # Errors
/// Wrong usage, another instance, or what the engine refuses.
pub(super) fn play(play: &Play, matches: &ArgMatches, place: &Place) -> Result<(), Failure> {
    let rig = rig(play, matches)?;
    let request = Request {
        which: Which::Given(Box::new(rig)),
        simulated: play.session.simulated,
        config_dir: play.session.config_dir.clone(),
        state_dir: play.session.state_dir.clone(),
    };
    let plan = Plan::of_play(&play.session);
    session::hold(&request, &plan, &play.session, place)
}

fn rig(play: &Play, matches: &ArgMatches) -> Result<Rig, Failure> {
    let trims = for_each_output(matches, "trim", &play.trim)?;
    let gains = for_each_output(matches, "gain", &play.gain)?;
    let mut rig = Rig {
        name: "Command line".into(),
        source: Some(source(play)?),
        settings: settings(play),
        ..Rig::default()
    };
    for (spec, (trim, gain)) in play.to.iter().zip(trims.iter().zip(&gains)) {
        let speaker = Speaker {
            trim_us: trim.unwrap_or(0),
            gain_db: gain.unwrap_or(0.0),
            ..speaker(spec, &rig)
        };
        rig.speakers.push(speaker);
    }
    rig.zones.push(Zone {
        id: ZONE.into(),
        name: "All".into(),
        speakers: rig.speakers.iter().map(|s| s.id.clone()).collect(),
        ..Zone::default()
    });
    if let Some(clash) = plan::clashes(&rig).next() {
        return Err(Failure::misused(format!(
            "Another --to already plays on channel {} of {}. Choose other channels for one of them.",
            clash.channel, clash.silent.output.device
        )));
    }
    match validate::problems(&rig).first() {
        Some(problem) => Err(Failure::misused(&problem.text)),
        None => Ok(rig),
    }
}

fn source(play: &Play) -> Result<Source, Failure> {
    let mut source = parse::source(&play.sources, play.repeat).map_err(Failure::misused)?;
    if play.repeat && !matches!(source, Source::Files { .. }) {
        return Err(Failure::misused(
            "--repeat goes with files only. Leave it out.",
        ));
    }
    let told = play.format.is_some() || play.rate.is_some() || play.channels.is_some();
    match &mut source {
        Source::Pipe {
            format,
            rate,
            channels,
            ..
        } => {
            *format = play.format.clone().unwrap_or_else(|| format.clone());
            *rate = play.rate.unwrap_or(*rate);
            *channels = play.channels.unwrap_or(*channels);
        }
        _ if told => {
            return Err(Failure::misused(
                "--rate, --format and --channels describe raw PCM; use them with `-` or `pipe:PATH`.",
            ));
        }
        _ => {}
    }
    Ok(source)
}

fn settings(play: &Play) -> Settings {
    let usual = Settings::default();
    Settings {
        period: play.period.unwrap_or(usual.period),
        target: play.latency.unwrap_or(usual.target),
        ..usual
    }
}

/// A speaker for an output, with a short name and a colour that no other has.
pub(super) fn speaker(spec: &OutputSpec, rig: &Rig) -> Speaker {
    let id = rig.free_speaker_id(&short_name(&spec.output));
    Speaker {
        name: id.clone(),
        id,
        output: spec.output.clone(),
        role: spec.role(),
        slot: rig.free_slot(),
        ..Speaker::default()
    }
}

/// What tells outputs apart at a glance: the card or sink, and the channels.
fn short_name(output: &Output) -> String {
    let device = &output.device;
    let (_, name) = device.split_once(':').unwrap_or(("", device));
    let card = name
        .split_once("CARD=")
        .map_or(name, |(_, rest)| rest.split(',').next().unwrap_or(rest));
    let channels = output.channels.iter().map(|channel| format!(" {channel}"));
    card.to_owned() + &channels.collect::<String>()
}

/// Gives each `--to` the option that was written behind it, if one was.
fn for_each_output<T: Copy>(
    matches: &ArgMatches,
    option: &str,
    values: &[T],
) -> Result<Vec<Option<T>>, Failure> {
    let places = |name: &str| -> Vec<usize> {
        matches
            .indices_of(name)
            .map(Iterator::collect)
            .unwrap_or_default()
    };
    let outputs = places("to");
    let mut all = vec![None; outputs.len()];
    for (place, value) in places(option).into_iter().zip(values) {
        let before = outputs.iter().filter(|&&output| output < place).count();
        let Some(slot) = before.checked_sub(1).map(|index| &mut all[index]) else {
            return Err(Failure::misused(format!(
                "--{option} belongs to the --to before it; write it behind one."
            )));
        };
        if slot.replace(*value).is_some() {
            return Err(Failure::misused(format!(
                "one --to has two --{option}; write one behind each --to."
            )));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use clap::{CommandFactory as _, FromArgMatches as _};

    use super::*;
    use crate::{
        cli::args::{Action, Cli},
        rig::{Role, Target},
    };

    fn made(line: &str) -> Result<Rig, Failure> {
        let words = ["inphase", "play"].into_iter().chain(line.split(' '));
        let matches = Cli::command().try_get_matches_from(words)?;
        let Some(Action::Play(play)) = Cli::from_arg_matches(&matches)?.action else {
            panic!("not play");
        };
        rig(&play, matches.subcommand_matches("play").unwrap())
    }

    fn usage_error(line: &str) -> String {
        match made(line) {
            Err(Failure::Misused(sentence)) => sentence,
            Err(Failure::Grammar(error)) => {
                assert_eq!(error.exit_code(), 2);
                error.to_string()
            }
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn the_first_example_makes_a_stereo_pair_in_one_zone() {
        let rig = made("song.flac --to alsa:lab1=L --to alsa:lab2=R").unwrap();
        let found: Vec<_> = rig.speakers.iter().map(|s| (&*s.id, s.role)).collect();
        assert_eq!(found, [("lab1", Role::L), ("lab2", Role::R)]);
        assert_eq!(rig.zones.len(), 1);
        assert_eq!(rig.zones[0].speakers, ["lab1", "lab2"]);
        assert_eq!(rig.settings, Settings::default());
    }

    #[test]
    fn trim_and_gain_belong_to_the_output_before_them() {
        let line = "desktop --to alsa:a --gain -3dB --to alsa:b --to alsa:c --trim -200us --gain 1";
        let rig = made(line).unwrap();
        let found: Vec<_> = rig
            .speakers
            .iter()
            .map(|s| (s.trim_us, s.gain_db))
            .collect();
        assert_eq!(found, [(0, -3.0), (0, 0.0), (-200, 1.0)]);
        assert!(usage_error("desktop --trim 1ms --to alsa:a").contains("--to before it"));
        assert!(usage_error("desktop --to alsa:a --gain 1 --gain 2").contains("two --gain"));
    }

    #[test]
    fn ids_are_short_and_never_collide() {
        let line = "a.wav --to alsa:hw:CARD=DAC,DEV=0#1 --to alsa:hw:CARD=DAC,DEV=0#2 \
                    --to alsa:hw:CARD=DAC,DEV=1#2 --to pulse:alsa_output.usb-X --to jack:-";
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let rig = made(&line).unwrap();
        let ids: Vec<_> = rig.speakers.iter().map(|s| &*s.id).collect();
        assert_eq!(
            ids,
            ["dac-1", "dac-2", "dac-2-2", "alsa_output-usb-x", "speaker"]
        );
        assert!(ids.iter().all(|id| parse::id(id).is_ok()));
    }

    #[test]
    fn settings_and_pipe_format_come_from_the_options() {
        let line =
            "- --rate 48000 --format f32le --channels 6 --period 64 --latency 40 --to alsa:a";
        let rig = made(line).unwrap();
        assert_eq!(rig.settings.period, 64);
        assert_eq!(rig.settings.target, Target::FixedMs(40.0));
        assert_eq!(
            rig.source,
            Some(Source::Pipe {
                path: "-".into(),
                format: "f32le".into(),
                rate: 48_000,
                channels: 6
            })
        );
    }

    #[test]
    fn options_that_make_no_sense_together_are_refused() {
        assert!(usage_error("a.wav --rate 48000 --to alsa:a").contains("raw PCM"));
        assert!(usage_error("desktop --repeat --to alsa:a").contains("files only"));
        assert!(usage_error("a.wav").contains("--to"));
        assert!(usage_error("a.wav --to alsa:a --period 5").contains("32 to 4096 frames"));
        assert!(usage_error("test:pinc --to alsa:a").contains("Did you mean \"pink\"?"));
        assert!(usage_error("a.wav --to alas:a").contains("Did you mean \"alsa\"?"));
        let twice = usage_error("a.wav --to alsa:a#3 --to alsa:a#3,4");
        assert!(
            twice.contains("already plays on channel 3 of alsa:a"),
            "{twice}"
        );
    }
}
