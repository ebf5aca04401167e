//! A model of what stands between the speakers' sockets and the air: the kernel's
//! scheduler (the link with the fewest packets in the controller first), 8 shared
//! buffers, and the air (one packet at a time, with retransmissions). Steps of 0.1 ms.

use std::collections::VecDeque;

use super::super::pacing::{Pacing, Rules, Step};
use super::{Look, Member, Verdict, Watch};
use crate::sync::time::Nanos;

/// What is simulated.
#[derive(Debug, Clone)]
pub struct World {
    /// Share of packets sent again, for each speaker.
    pub loss: Vec<f64>,
    /// Where each one's packets are in their period, 0 to 1.
    pub phases: Vec<f64>,
    /// Frames in each packet.
    pub frames: u32,
    /// An Echo sends, too: 3.75 ms every 14.5 ms.
    pub echo: bool,
    /// A vanished speaker is called again and again, which takes air.
    pub calling: bool,
    pub seed: u64,
}

pub struct Model {
    world: World,
    links: Vec<Link>,
    pub watch: Watch,
    free: u32,
    air_until: i64,
    turn: usize,
    echo_next: i64,
    random: u64,
    pub now: i64,
    /// Whom the watch named, and when.
    pub named: Vec<(Verdict, i64)>,
    /// How long it takes to disconnect one, in steps.
    pub disconnecting: i64,
    leaving: Option<(Member, i64)>,
}

struct Link {
    there: bool,
    silent: bool,
    /// Sends nothing until then.
    fade_until: i64,
    pacing: Pacing,
    written: u64,
    queue: u32,
    controller: VecDeque<()>,
    flying: bool,
    wake: i64,
    delivered: u64,
    last_delivered: i64,
}

/// Nanoseconds in a step.
const STEP: i64 = 100_000;
const BUFFERS: u32 = 8;

impl Model {
    pub fn new(world: World) -> Self {
        let mut watch = Watch::new();
        let period = Nanos(i64::from(world.frames) * 1_000_000_000 / 48_000);
        let links = world
            .phases
            .iter()
            .enumerate()
            .map(|(index, phase)| {
                assert!(watch.joined(index as Member, Nanos::ZERO));
                Link {
                    there: true,
                    silent: false,
                    fade_until: 0,
                    pacing: Pacing::new(
                        Rules::new(48_000),
                        period + Nanos((phase * period.0 as f64) as i64),
                    ),
                    written: 0,
                    queue: 0,
                    controller: VecDeque::new(),
                    flying: false,
                    wake: 0,
                    delivered: 0,
                    last_delivered: 0,
                }
            })
            .collect();
        Self {
            random: world.seed,
            world,
            links,
            watch,
            free: BUFFERS,
            air_until: 0,
            turn: 0,
            echo_next: 0,
            now: 0,
            named: Vec::new(),
            disconnecting: 500,
            leaving: None,
        }
    }

    pub fn vanish(&mut self, index: usize) {
        self.links[index].silent = true;
    }

    pub fn fade(&mut self, index: usize, millis: i64) {
        self.links[index].fade_until = self.now + millis * 10;
    }

    /// The longest time a speaker that is there has not got anything, in seconds.
    pub fn starved(&self) -> f64 {
        let healthy = self.links.iter().filter(|link| link.there && !link.silent);
        let last = healthy.map(|link| link.last_delivered).min();
        last.map_or(0.0, |last| (self.now - last) as f64 * 1e-4)
    }

    pub fn run(&mut self, seconds: f64) {
        let end = self.now + (seconds * 1e4) as i64;
        while self.now < end {
            self.now += 1;
            for index in 0..self.links.len() {
                if self.links[index].there && self.now >= self.links[index].wake {
                    self.speak(index);
                }
            }
            self.air();
            self.judge();
        }
    }

    fn time(&self) -> Nanos {
        Nanos(self.now * STEP)
    }

    /// A speaker's thread: looks, and writes what is due.
    fn speak(&mut self, index: usize) {
        let now = self.time();
        loop {
            self.tell(index);
            let frames = self.world.frames;
            let link = &mut self.links[index];
            match link.pacing.step(now, link.queue, frames) {
                Step::Wait(until) => {
                    let soon = if link.queue > 0 { 10 } else { i64::MAX };
                    let due = (until.0 + STEP - 1) / STEP;
                    link.wake = due.min(self.now.saturating_add(soon)).max(self.now + 1);
                    return;
                }
                Step::Send(_) => {
                    link.written += 1;
                    link.queue += 1;
                    self.schedule();
                }
                Step::Drop(_) | Step::Leap(_) => {}
            }
        }
    }

    fn tell(&mut self, index: usize) {
        let link = &self.links[index];
        let look = Look {
            at: self.time(),
            written: link.written,
            queued: link.queue,
        };
        self.watch.look(index as Member, look);
    }

    /// The kernel hands packets to the controller.
    fn schedule(&mut self) {
        while self.free > 0 {
            let waiting = self.links.iter().filter(|link| link.queue > 0).count() as u32;
            let lowest = self
                .links
                .iter_mut()
                .filter(|link| link.queue > 0)
                .min_by_key(|link| link.controller.len());
            let Some(link) = lowest else { return };
            let quote = (self.free / waiting).max(1);
            for _ in 0..quote.min(link.queue) {
                link.queue -= 1;
                self.free -= 1;
                link.controller.push_back(());
            }
        }
    }

    fn air(&mut self) {
        if self.now < self.air_until {
            return;
        }
        for index in 0..self.links.len() {
            if std::mem::take(&mut self.links[index].flying) {
                let link = &mut self.links[index];
                let _sent = link.controller.pop_front();
                link.delivered += 1;
                link.last_delivered = self.now;
                self.free += 1;
                self.schedule();
            }
        }
        if self.world.echo && self.now >= self.echo_next {
            self.echo_next += 145;
            self.air_until = self.now + 37;
            return;
        }
        let slots = if self.world.frames <= 512 { 25 } else { 37 };
        for offset in 0..self.links.len() {
            let index = (self.turn + offset) % self.links.len();
            let tries = self.tries(self.world.loss[index]);
            let link = &mut self.links[index];
            if link.controller.is_empty() {
                continue;
            }
            if link.silent || self.now < link.fade_until {
                if self.world.calling && offset == 0 {
                    self.turn = index + 1;
                    self.air_until = self.now + 12;
                    return;
                }
                continue;
            }
            link.flying = true;
            self.turn = index + 1;
            self.air_until = self.now + slots * tries;
            return;
        }
    }

    fn tries(&mut self, loss: f64) -> i64 {
        let mut tries = 1;
        while self.chance() < loss && tries < 20 {
            tries += 1;
        }
        tries
    }

    fn judge(&mut self) {
        if let Some((member, at)) = self.leaving
            && self.now >= at
        {
            self.leaving = None;
            let link = &mut self.links[member as usize];
            link.there = false;
            link.queue = 0;
            self.free += link.controller.len() as u32;
            link.controller.clear();
            link.flying = false;
            self.schedule();
            self.watch.left(member, self.time());
        }
        if self.now % 500 == 0
            && let Some(verdict) = self.watch.verdict(self.time())
        {
            self.named.push((verdict, self.now));
            self.leaving = Some((verdict.suspect, self.now + self.disconnecting));
        }
    }

    fn chance(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
