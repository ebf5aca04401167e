//! PLACEHOLDER for the engine: answers commands, shows a canned state, plays nothing.

use std::{
    sync::Arc,
    thread::{self, JoinHandle},
};

use crate::{
    cli::Failure,
    engine::{
        Command, CommandError, Ends, Handle, Reply, Snapshot,
        snapshot::{Health, SpeakerState, Transport, ZoneState},
    },
    rig::Rig,
};

/// The stand-in's thread; it ends with the last handle or with `Quit`.
#[derive(Debug)]
pub(super) struct Running(Option<JoinHandle<()>>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take().filter(JoinHandle::is_finished) {
            let _panic_was_printed = thread.join();
        }
    }
}

pub(super) fn start(rig: Rig) -> Result<(Handle, Running), Failure> {
    let (handle, ends) = Handle::pair();
    let thread = thread::Builder::new()
        .name("stand-in".into())
        .spawn(move || serve(ends, &rig))
        .map_err(Failure::from)?;
    Ok((handle, Running(Some(thread))))
}

fn serve(mut ends: Ends, rig: &Rig) {
    drop(ends.rigs.send_replace(Arc::new(rig.clone())));
    drop(
        ends.snapshots
            .send_replace(Arc::new(state(rig, Transport::Stopped))),
    );
    // Nobody answers queries here; this tells the asker at once.
    ends.queries.close();
    while let Some(envelope) = ends.commands.blocking_recv() {
        let transport = match envelope.command {
            Command::Play => Some(Transport::Playing),
            Command::Pause => Some(Transport::Paused),
            Command::Stop => Some(Transport::Stopped),
            _ => None,
        };
        if let Some(transport) = transport {
            drop(ends.snapshots.send_replace(Arc::new(state(rig, transport))));
        }
        let quit = envelope.command == Command::Quit;
        if let Some(reply) = envelope.reply {
            drop(reply.send(answer(&envelope.command)));
        }
        if quit {
            return;
        }
    }
}

fn answer(command: &Command) -> Result<Reply, CommandError> {
    let message = match command {
        Command::Play => "Playing.",
        Command::Pause => "Paused.",
        Command::Stop => "Stopped.",
        Command::Quit => "Stopped and ended.",
        _ => {
            return Err(CommandError {
                message: "The engine is not built in yet.".into(),
            });
        }
    };
    Ok(Reply {
        message: message.into(),
    })
}

fn state(rig: &Rig, transport: Transport) -> Snapshot {
    let playing = transport == Transport::Playing;
    let health = if playing {
        Health::InPhase
    } else {
        Health::Ready
    };
    Snapshot {
        transport,
        zones: rig
            .zones
            .iter()
            .map(|zone| ZoneState {
                id: zone.id.clone(),
                spread_us: None,
                playing: if playing {
                    zone.speakers.len() as u32
                } else {
                    0
                },
                total: zone.speakers.len() as u32,
            })
            .collect(),
        speakers: rig
            .speakers
            .iter()
            .map(|speaker| SpeakerState {
                id: speaker.id.clone(),
                role: speaker.role,
                state: health,
                peak_db: -120.0,
                rms_db: -120.0,
                ..SpeakerState::default()
            })
            .collect(),
        ..Snapshot::default()
    }
}
