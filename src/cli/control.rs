//! Commands against the running instance, over the control socket.

use std::{
    fs,
    io::{self, IsTerminal as _},
    path::Path,
};

use super::{
    Failure,
    args::{Action, NewSpeaker, SpeakerAction, ZoneAction},
    bluetooth, names, out, play, show, sources,
};
use crate::{
    engine::{Command, Event, ReportFormat, Snapshot, snapshot::Transport},
    remote::{Client, Place, Push, Question, RemoteError, Topic},
    rig::{Rig, Speaker, Timing, Zone, edit::Edit},
};

/// How often `status --watch` looks, per second.
const WATCH_HZ: f64 = 5.0;

/// Carries out any action that needs a running instance.
///
/// # Errors
/// No instance, an unknown name, or the engine's refusal.
pub(super) async fn carry_out(action: Action, place: &Place) -> Result<(), Failure> {
    let mut client = match Client::connect(place).await {
        Err(RemoteError::NotRunning) => return Err(Failure::Nobody(place.socket().into())),
        connected => connected?,
    };
    let client = &mut client;
    match action {
        Action::Status { watch, json } => status(client, watch, json).await,
        Action::Events { follow, json } => events(client, follow, json).await,
        Action::History { last, .. } => {
            let csv: String = client.query(Question::History { last_s: last }).await?;
            out::print(&csv)
        }
        Action::Report {
            out,
            markdown,
            last,
        } => report(client, out.as_deref(), markdown, last).await,
        Action::Quit => quit(client).await,
        Action::Bluetooth { action, json } => bluetooth::carry_out(client, action, json).await,
        other => {
            let command = command(client, other).await?;
            tell(client, command).await
        }
    }
}

/// The engine's command for an action, names looked up in its rig.
async fn command(client: &mut Client, action: Action) -> Result<Command, Failure> {
    let edit = match action {
        Action::Undo => return Ok(Command::Undo),
        Action::Redo => return Ok(Command::Redo),
        Action::Pause => return Ok(Command::Pause),
        Action::Resume => return Ok(Command::Play),
        Action::Stop => return Ok(Command::Stop),
        Action::Rescan => return Ok(Command::Rescan),
        Action::PlayPause => {
            let snapshot: Snapshot = client.query(Question::Snapshot).await?;
            return Ok(play_pause(snapshot.transport));
        }
        Action::Identify { speaker } => {
            return Ok(Command::Identify(names::speaker(
                &rig(client).await?,
                &speaker,
            )?));
        }
        Action::Set { path, value } if path.trim() == "source" => {
            Edit::SetSource(sources::chosen(&value)?)
        }
        Action::Set { path, value } => Edit::Set {
            path,
            value: value.join(" "),
        },
        Action::Move {
            speaker,
            zone,
            index,
        } => {
            let rig = rig(client).await?;
            let zone = (zone != "-")
                .then(|| names::zone(&rig, &zone))
                .transpose()?;
            Edit::MoveSpeaker {
                speaker: names::speaker(&rig, &speaker)?,
                zone,
                index: index.map_or(usize::MAX, from_one),
            }
        }
        Action::Zone { action } => zone(&rig(client).await?, action)?,
        Action::Speaker { action } => return speaker(client, action).await,
        other => {
            return Err(Failure::Refused(format!(
                "{other:?} does not go to a running instance."
            )));
        }
    };
    Ok(Command::Edit(edit))
}

fn play_pause(transport: Transport) -> Command {
    match transport {
        Transport::Playing | Transport::Waiting | Transport::Starting => Command::Pause,
        Transport::Stopped | Transport::Paused => Command::Play,
    }
}

/// People count from one; 0 is taken as the first as well.
fn from_one(index: usize) -> usize {
    index.saturating_sub(1)
}

fn zone(rig: &Rig, action: ZoneAction) -> Result<Edit, Failure> {
    Ok(match action {
        ZoneAction::Add { id, name, own } => Edit::AddZone(Zone {
            name: name.unwrap_or_else(|| id.clone()),
            id,
            timing: if own { Timing::Own } else { Timing::InSync },
            ..Zone::default()
        }),
        ZoneAction::Remove { zone } => Edit::RemoveZone(names::zone(rig, &zone)?),
        ZoneAction::Move { zone, index } => Edit::MoveZone {
            zone: names::zone(rig, &zone)?,
            index: from_one(index),
        },
        ZoneAction::Set { zone, field, value } => Edit::Set {
            path: format!("zones.{}.{field}", names::zone(rig, &zone)?),
            value: value.join(" "),
        },
    })
}

async fn speaker(client: &mut Client, action: SpeakerAction) -> Result<Command, Failure> {
    let rig = rig(client).await?;
    match action {
        SpeakerAction::Remove { speaker } => {
            let speaker = names::speaker(&rig, &speaker)?;
            Ok(Command::Edit(Edit::RemoveSpeaker(speaker)))
        }
        SpeakerAction::Add(new) => add_speaker(client, &rig, new).await,
    }
}

/// Adding to a zone is two edits; the last one is returned to be sent.
async fn add_speaker(client: &mut Client, rig: &Rig, new: NewSpeaker) -> Result<Command, Failure> {
    // Looked up first: nothing is added when the zone is not there.
    let zone = new.zone.map(|zone| names::zone(rig, &zone)).transpose()?;
    let made = play::speaker(&new.output, rig);
    let id = new.id.unwrap_or(made.id);
    let add = Command::Edit(Edit::AddSpeaker(Speaker {
        name: new.name.unwrap_or_else(|| id.clone()),
        id: id.clone(),
        ..made
    }));
    if zone.is_none() {
        return Ok(add);
    }
    tell(client, add).await?;
    Ok(Command::Edit(Edit::MoveSpeaker {
        speaker: id,
        zone,
        index: usize::MAX,
    }))
}

async fn rig(client: &mut Client) -> Result<Rig, RemoteError> {
    client.query(Question::Rig).await
}

async fn tell(client: &mut Client, command: Command) -> Result<(), Failure> {
    let reply = client.command(command).await?;
    out::print(&reply.message)
}

async fn quit(client: &mut Client) -> Result<(), Failure> {
    match client.command(Command::Quit).await {
        Ok(reply) => {
            client.closed().await;
            out::print(&reply.message)
        }
        // It ended before it could answer.
        Err(RemoteError::Closed) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn status(client: &mut Client, watch: bool, json: bool) -> Result<(), Failure> {
    if watch {
        return watch_status(client, json).await;
    }
    let snapshot: Snapshot = client.query(Question::Snapshot).await?;
    if json {
        return out::print(&out::json(&snapshot));
    }
    out::print(&show::status(&rig(client).await?, &snapshot))
}

async fn watch_status(client: &mut Client, json: bool) -> Result<(), Failure> {
    // From home, clearing what is left of the last picture.
    let (before, after) = if io::stdout().is_terminal() {
        ("\x1b[H\x1b[2J", "")
    } else {
        ("", "\n")
    };
    client.watch(Topic::Rigs, None).await?;
    client.watch(Topic::Snapshots, Some(WATCH_HZ)).await?;
    let mut rig = Rig::default();
    loop {
        match client.push().await {
            Ok(Push::Rig(newer)) => rig = newer,
            Ok(Push::Snapshot(snapshot)) if json => out::print(&out::json(&snapshot))?,
            Ok(Push::Snapshot(snapshot)) => {
                out::print(&format!("{before}{}{after}", show::status(&rig, &snapshot)))?;
            }
            Ok(_) => {}
            Err(RemoteError::Closed) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

async fn events(client: &mut Client, follow: bool, json: bool) -> Result<(), Failure> {
    let print = |event: &Event| {
        out::print(&if json {
            out::json(event)
        } else {
            show::event(event)
        })
    };
    // Watching first, so that nothing falls between the two.
    if follow {
        client.watch(Topic::Events, None).await?;
    }
    let past: Vec<Event> = client.query(Question::Events).await?;
    past.iter().try_for_each(print)?;
    if !follow {
        return Ok(());
    }
    loop {
        match client.push().await {
            Ok(Push::Event(event)) if past.contains(&event) => {}
            Ok(Push::Event(event)) => print(&event)?,
            Ok(Push::LostEvents(lost)) => {
                out::problem(&format!("{lost} events came too fast to be shown."));
            }
            Ok(_) => {}
            Err(RemoteError::Closed) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

async fn report(
    client: &mut Client,
    file: Option<&Path>,
    markdown: bool,
    last: f64,
) -> Result<(), Failure> {
    let format = if markdown {
        ReportFormat::Markdown
    } else {
        ReportFormat::Html
    };
    let last_s = last;
    let text: String = client.query(Question::Report { format, last_s }).await?;
    let Some(file) = file else {
        return out::print(&text);
    };
    fs::write(file, text).map_err(|error| {
        Failure::Refused(format!(
            "{} cannot be written: {error}. Choose another file with `--out FILE`.",
            file.display()
        ))
    })?;
    out::print(&format!("Wrote {}.", file.display()))
}

#[cfg(test)]
mod tests;
