//! The engine behind the window: another one, the same again, or none any more.

use std::time::Duration;

use iced::Task;
use tokio::time::timeout;

use super::{App, Message};
use crate::engine::snapshot::Transport;
use crate::engine::{Command, Handle};
use crate::gui::action::Selection;
use crate::gui::engines::Which;
use crate::gui::link::Link;
use crate::gui::prefs::OnClose;
use crate::gui::shared::Welcome;

impl App {
    /// Attaches to another engine, or to the same one again.
    pub(super) fn attach(&mut self, which: Which) -> Task<Message> {
        let Some(engines) = &self.engines else {
            return Task::none();
        };
        let left = self
            .left
            .take()
            .filter(|left| which != self.which && which == Which::Own && !left.handle.has_ended());
        let link = left.unwrap_or_else(|| Link::new(engines.attach(which)));
        let mut before = std::mem::replace(&mut self.shared.link, link);
        if which == self.which {
            // The same again: what is in the plots and the log goes on.
            let link = &mut self.shared.link;
            std::mem::swap(&mut link.history, &mut before.history);
            std::mem::swap(&mut link.log, &mut before.log);
        } else if which == Which::Demo {
            // The demo's engine ends without a window, the user's own plays on.
            self.left = Some(before);
        }
        self.which = which;
        self.shared.welcome = Welcome::default();
        self.shared.selection = Selection::Nothing;
        self.shared.focus = None;
        self.shared.drag = None;
        self.shared.overlay = None;
        self.devices_asked = None;
        self.touched = self.shared.now;
        self.arrange();
        self.make_scene(self.shared.now);
        self.recall()
    }

    /// Asks for what happened before the window opened.
    pub(super) fn recall(&self) -> Task<Message> {
        let handle = self.shared.link.handle.clone();
        Task::perform(
            async move { handle.recent_events().await },
            Message::Recalled,
        )
    }

    /// Closes the window once its choices are saved; the sound goes on or stops.
    pub(super) fn leave(&mut self, how: OnClose) -> Task<Message> {
        let mut ending = Vec::new();
        if how == OnClose::Stop {
            ending.push(self.shared.link.handle.clone());
        }
        // An engine with nothing set up that was left for the demo is of no use.
        ending.extend(self.left.take().filter(is_idle).map(|left| left.handle));
        let farewell = Task::future(async move {
            for handle in ending {
                // One that has ended already is what we want.
                let _answer = timeout(FAREWELL, quit(&handle)).await;
            }
            Message::Done
        });
        self.keep_now().chain(farewell).chain(iced::exit())
    }
}

async fn quit(handle: &Handle) {
    let _answer = handle.send(Command::Quit).await;
}

/// Whether it does nothing and nothing is set up for it to do.
pub(super) fn is_idle(link: &Link) -> bool {
    link.snapshot.transport == Transport::Stopped
        && link.rig.source.is_none()
        && link.rig.placed().next().is_none()
}

/// Longest wait for an engine that is to end.
const FAREWELL: Duration = Duration::from_secs(2);
