//! Commands: edits of the rig with undo, the transport, and saving a moment
//! after the last change.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Comparison, Control};
use crate::devices::DeviceInfo;
use crate::engine::Files;
use crate::engine::clock::{now, unix_ms};
use crate::engine::command::{Command, CommandError, Envelope, Reply};
use crate::engine::observer::known_rate;
use crate::engine::output::Output;
use crate::engine::snapshot::EventKind;
use crate::engine::source::{Active, Origin};
use crate::rig::edit::Edit;
use crate::rig::history::{Gesture, History};
use crate::rig::{Rig, Source, SpeakerId, validate};
use crate::store::Measurements;
use crate::sync::lane::LaneCommand;
use crate::sync::time::{Nanos, Ppm};

/// The rig with its past, and where it is saved.
#[derive(Debug)]
pub struct Desk {
    history: History,
    revision: u64,
    measurements: Measurements,
    /// `None` keeps everything in memory.
    files: Option<Files>,
    dirty: Option<Nanos>,
    trouble: Option<String>,
}

impl Desk {
    /// A desk with this rig on it.
    #[must_use]
    pub fn new(rig: Rig, measurements: Measurements, files: Option<Files>) -> Self {
        Self {
            history: History::new(rig),
            revision: 0,
            measurements,
            files,
            dirty: None,
            trouble: None,
        }
    }

    /// The rig as it is now.
    #[must_use]
    pub fn rig(&self) -> Arc<Rig> {
        self.history.rig().clone()
    }

    /// Counts changes.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What undo would take back.
    #[must_use]
    pub fn undoable(&self) -> Option<&str> {
        self.history.undoable()
    }

    /// What redo would do again.
    #[must_use]
    pub fn redoable(&self) -> Option<&str> {
        self.history.redoable()
    }

    /// A device's clock rate as measured last time.
    #[must_use]
    pub fn prior(&self, device: &str) -> Option<Ppm> {
        self.measurements
            .devices
            .get(device)
            .map(|known| Ppm(known.ppm))
    }

    /// Notes what identifies the speakers' devices; not a change of the user's.
    pub(super) fn adopt(&mut self, found: &[(SpeakerId, DeviceInfo)]) {
        self.history.amend(|rig| {
            for (id, device) in found {
                if let Ok(speaker) = rig.speaker_mut(id) {
                    speaker.output.device.clone_from(&device.id);
                    speaker.output.key.clone_from(&device.key);
                }
            }
        });
    }

    fn changed(&mut self) {
        self.revision += 1;
        self.dirty = Some(now());
    }

    /// Saves a second after the last change. Returns a new trouble to tell.
    pub(super) fn save_when_due(
        &mut self,
        time: Nanos,
        outputs: &BTreeMap<String, Output>,
    ) -> Option<String> {
        match self.dirty {
            Some(since) if time - since > SAVE_AFTER => self.save_now(outputs),
            _ => None,
        }
    }

    /// Saves rig and measurements. What cannot be saved stays in memory and is
    /// tried again with the next change.
    pub(super) fn save_now(&mut self, outputs: &BTreeMap<String, Output>) -> Option<String> {
        self.dirty = None;
        self.learn(outputs);
        let files = self.files.as_ref()?;
        let rig = files.rig.as_ref().map(|file| file.save(self.history.rig()));
        let saved = rig
            .unwrap_or(Ok(()))
            .and_then(|()| files.measurements.save(&self.measurements));
        let trouble = saved.err().map(|error| error.to_string());
        if trouble.is_some() {
            // Try again in a while.
            self.dirty = Some(now() + SAVE_AGAIN);
        }
        let new = trouble
            .clone()
            .filter(|text| self.trouble.as_ref() != Some(text));
        self.trouble = trouble;
        new
    }

    fn learn(&mut self, outputs: &BTreeMap<String, Output>) {
        for (id, output) in outputs {
            if let Some((ppm, ppm_sd)) = output.report.as_ref().and_then(known_rate) {
                let known = self.measurements.devices.entry(id.clone()).or_default();
                known.ppm = ppm.0;
                known.ppm_sd = ppm_sd;
                known.at = unix_ms() / 1000;
            }
        }
    }
}

impl Control {
    /// Carries out one command and whatever else is waiting; of many values for
    /// one field only the last is applied.
    pub(super) fn take(&mut self, first: Envelope) {
        let mut waiting = vec![first];
        while let Ok(more) = self.ends.commands.try_recv() {
            waiting.push(more);
        }
        for at in 0..waiting.len() {
            let later = waiting[at + 1..]
                .iter()
                .any(|other| supersedes(&other.command, &waiting[at].command));
            let result = if later {
                Ok("Replaced by a later value.".into())
            } else {
                self.carry_out(waiting[at].command.clone())
            };
            let answer = result
                .map(|message| Reply { message })
                .map_err(|message| CommandError { message });
            if let Some(reply) = waiting[at].reply.take() {
                // Nobody waiting any more is fine.
                drop(reply.send(answer));
            }
        }
    }

    fn carry_out(&mut self, command: Command) -> Result<String, String> {
        let time = now();
        match command {
            Command::Edit(edit) => self.edit(&edit, None),
            Command::Hold { edit, gesture } => self.edit(&edit, Some(gesture)),
            Command::Compare(speaker) => self.compare(speaker.as_deref(), time),
            Command::Load(rig) => {
                let mut rig = *rig;
                let repaired = validate::sanitise(&mut rig);
                let said = format!("Loaded {}.", rig.name);
                self.desk.history.replace(rig, &said);
                self.rig_changed();
                Ok(std::iter::once(said)
                    .chain(repaired)
                    .collect::<Vec<_>>()
                    .join(" "))
            }
            Command::Undo => {
                let said = self
                    .desk
                    .history
                    .undo()
                    .ok_or("There is nothing to undo.")?;
                self.rig_changed();
                Ok(said)
            }
            Command::Redo => {
                let said = self
                    .desk
                    .history
                    .redo()
                    .ok_or("There is nothing to redo.")?;
                self.rig_changed();
                Ok(said)
            }
            Command::Play => self.play(time),
            Command::Pause => Ok(self.pause(time)),
            Command::Stop => Ok(self.stop(time)),
            Command::Identify(speaker) => self.identify(&speaker),
            Command::Rescan => {
                self.rescan();
                Ok("Looking for devices.".into())
            }
            Command::Bluetooth(order) => self.bluetooth(order),
            Command::Quit => {
                let _said = self.stop(time);
                self.quit = Some(time + QUIT_FADE);
                Ok("Inphase is ending.".into())
            }
        }
    }

    fn edit(&mut self, edit: &Edit, gesture: Option<Gesture>) -> Result<String, String> {
        let before = self.desk.revision;
        let was = self.desk.rig();
        let said = self
            .desk
            .history
            .apply(edit, gesture)
            .map_err(|error| error.to_string())?;
        if was != self.desk.rig() && before == self.desk.revision {
            self.event(EventKind::Changed, None, said.clone());
            self.rig_changed();
        }
        Ok(said)
    }

    /// Brings everything in line with the rig.
    pub(super) fn rig_changed(&mut self) {
        self.desk.changed();
        let rig = self.desk.rig();
        // Nobody listening is fine.
        let _old = self.ends.rigs.send_replace(rig.clone());
        if rig.source != self.source_of {
            self.change_source(&rig);
        }
        let gone = |of: &Comparison| rig.speaker(&of.speaker).is_none();
        if self.comparing.as_ref().is_some_and(gone) {
            self.comparing = None;
        }
        for problem in self.observer.rig_changed(&rig) {
            self.event(EventKind::Refused, problem.speaker, problem.text);
        }
        self.tell_unlisted();
        self.replan();
    }

    fn change_source(&mut self, rig: &Rig) {
        let time = now();
        self.source_of.clone_from(&rig.source);
        if let Some(old) = self.source.take() {
            // It goes on for as long as the lanes take to fade out.
            self.retired = Some((time + QUIT_FADE, old));
        }
        let made = match &rig.source {
            None => {
                let _said = self.stop(time);
                return;
            }
            Some(source) => self.make_source(source),
        };
        match made {
            Ok(active) => {
                self.source = Some(active);
                for output in self.outputs.values_mut() {
                    output.starve();
                }
                self.restart(time);
            }
            Err(text) => {
                let _said = self.stop(time);
                self.event(EventKind::Refused, None, text);
            }
        }
    }

    /// A source that could not be opened gets another try: the file may be there now.
    pub(super) fn revive_source(&mut self) -> Result<(), String> {
        if self.source.is_some() {
            return Ok(());
        }
        let rig = self.desk.rig();
        let chosen = rig.source.as_ref().ok_or(
            "There is no source yet. Choose one in the window, or with `inphase set source FILE`.",
        )?;
        self.source = Some(self.make_source(chosen)?);
        for output in self.outputs.values_mut() {
            output.starve();
        }
        Ok(())
    }

    fn make_source(&self, source: &Source) -> Result<Active, String> {
        if let Some(origin) = Origin::of(source) {
            let prior = self.desk.prior(origin.label());
            return Ok(Active::capture(origin, prior));
        }
        let reader = crate::sources::open(source).map_err(|error| error.to_string())?;
        Active::read(reader).map_err(|error| {
            format!("The source cannot be started: {error}. Close other programs and try again.")
        })
    }

    fn identify(&mut self, speaker: &str) -> Result<String, String> {
        let rig = self.desk.rig();
        let Some(known) = rig.speaker(speaker) else {
            return Err(crate::rig::error::RigError::unknown(
                "speaker",
                speaker,
                rig.speakers.iter().map(|of| of.id.as_str()),
            )
            .to_string());
        };
        let output = self.outputs.get_mut(&known.output.device);
        let slot = output.as_ref().and_then(|output| output.slot_of(speaker));
        match (output, slot) {
            (Some(output), Some(slot)) if output.format().is_some() => {
                output.send(LaneCommand::Identify(slot));
                Ok(format!("{} chirps.", known.label()))
            }
            _ => Err(format!(
                "{} is not open now. Put it into a zone and play something.",
                known.label()
            )),
        }
    }
}

/// Whether a later command makes an earlier one pointless: the same field set
/// again with nothing else between that could depend on it.
fn supersedes(later: &Command, earlier: &Command) -> bool {
    match (later, earlier) {
        (Command::Edit(Edit::Set { path: a, .. }), Command::Edit(Edit::Set { path: b, .. })) => {
            a == b
        }
        (
            Command::Hold {
                edit: Edit::Set { path: a, .. },
                gesture: later,
            },
            Command::Hold {
                edit: Edit::Set { path: b, .. },
                gesture: earlier,
            },
        ) => a == b && later == earlier,
        _ => false,
    }
}

const SAVE_AFTER: Nanos = Nanos(1_000_000_000);
const SAVE_AGAIN: Nanos = Nanos(30_000_000_000);
/// From closing the gates to closing the devices.
const QUIT_FADE: Nanos = Nanos(80_000_000);
