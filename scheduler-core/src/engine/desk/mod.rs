//! The desk: the machine between the engine of a node and its store.
//!
//! ```text
//!  submit, end, time ──▶ Desk ──▶ one turn at a time ──▶ Session::turn
//!                          ▲                                  │
//!                          └────────── handle_turned ◀────────┘
//! ```
//!
//! [`Desk`] documents the protocol. It owns no clock, thread or session, so every order of replies, losses and
//! delays is a test without any of them.

mod away;
mod backoff;
mod clock;
mod decide;
mod ends;
mod gathered;
mod held;
mod news;
mod options;
mod patience;
mod rhythm;
mod schedules;
mod step;
#[cfg(test)]
mod tests;
mod trust;
mod turned;

use std::time::Duration;

use self::{
    away::Away,
    backoff::Backoff,
    clock::StoreClock,
    gathered::{Gathered, Sent, claims_of},
    held::Held,
    rhythm::Rhythm,
    schedules::StoredSchedules,
    trust::Trust,
};
pub(crate) use self::{
    decide::{begin, resumed},
    gathered::Ticket,
    held::{RunEnd, RunEnded},
    options::DeskOptions,
    step::{Effect, Reply, Step},
};
use crate::store::{
    Applied, Claim, End, GiveBack, Given, IdMaker, Node, Open, Opened, RunRules, StoreError,
    StoreTime, StoredId, StoredJob, Sweep, Turn, Turned, Want, Write, Written,
};

/// How often a node asks for news, and the longest time between two claims of an idle node.
const NEWS: u64 = 1_000_000_000;

/// How many jobs one turn writes or claims at most. More gain little, and cost the others of the turn time.
const MOST: usize = 500;

/// How long a job waits that this node cannot run, so that another node can claim it first.
const UNFIT_DELAY: Duration = Duration::from_secs(60);

/// How long a job waits whose node was lost, and up to as much again.
const LOST_DELAY: Duration = Duration::from_secs(1);

/// The state of a node of a store, and every decision about its turns.
///
/// # Protocol
///
/// The shell calls [`next`](Self::next) with the time, and carries out the [`Step`]. It reports the result of a call
/// to the store with one of the `handle_*` methods, and carries out the [`Effect`]s that they return. It reports nothing
/// of a call that it has given up.
///
/// # Invariants
///
/// * One turn is away at a time. What is written meanwhile goes with the next one: group commit follows by itself.
/// * A turn without an answer is sent again under its number until a reply comes (`ST-024`).
/// * The lease is trusted from the first sending of the last answered turn (`ST-020`). Once it has ended, no run of the
///   node counts: each receives a cancellation request, and the next turn gives it back as lost.
/// * A claim that the node does not run is given back (`ST-034`).
#[derive(Debug)]
pub(crate) struct Desk {
    options: DeskOptions,
    clock: StoreClock,
    member: Option<Member>,
    away: Option<Away>,
    /// Whether an opening is under way.
    is_opening: bool,
    gathered: Gathered,
    held: Held,
    schedules: StoredSchedules,
    /// Makes the ids of runs.
    ids: IdMaker,
    rhythm: Rhythm,
    trust: Trust,
    backoff: Backoff,
    /// Tasks that have no function here, although the registry was asked.
    unfit: Vec<String>,
    wants: Wants,
    has_left: bool,
}

/// The node, and the number of its last turn.
#[derive(Debug, Clone, Copy)]
struct Member {
    node: Node,
    turn: u64,
}

/// Whether the node claims jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wants {
    /// It claims what it can hold.
    Jobs,
    /// It keeps its runs and claims nothing: the scheduler is paused or not started.
    Nothing,
    /// It claims nothing, and leaves once its runs have ended.
    ToLeave,
}

impl Desk {
    pub(crate) fn new(options: DeskOptions, now: u64, wall: StoreTime) -> Self {
        Self {
            clock: StoreClock::new(now, wall),
            backoff: Backoff::new(options.nonce),
            trust: Trust::new(options.lease),
            rhythm: Rhythm::new(options.lease, now),
            // Apart from the ids of submissions, which the shell makes.
            ids: IdMaker::with_maker(options.nonce.rotate_left(32) ^ 1),
            options,
            member: None,
            away: None,
            is_opening: false,
            gathered: Gathered::default(),
            held: Held::default(),
            schedules: StoredSchedules::default(),
            unfit: Vec::new(),
            wants: Wants::Nothing,
            has_left: false,
        }
    }

    /// Returns the time of the store, estimated from its last replies.
    pub(crate) fn store_time(&self, now: u64) -> StoreTime {
        self.clock.at(now)
    }

    /// Returns whether the store has answered, and the node is registered.
    pub(crate) const fn is_member(&self) -> bool {
        self.member.is_some()
    }

    /// Sets whether the node claims jobs.
    pub(crate) fn set_wants(&mut self, wants: Wants, now: u64) {
        // The shell sets the present wish before each step: only a new one is a reason for a turn.
        if self.wants != Wants::ToLeave && self.wants != wants {
            self.wants = wants;
            self.rhythm.hurry(now);
        }
    }

    /// Adds a write to the next turn. Its result is an [`Effect::Reply`] with the ticket.
    pub(crate) fn write(&mut self, write: Write, now: u64) -> Ticket {
        self.gathered.add(write, now)
    }

    /// Cancels the interest of a caller in its reply. The write stays.
    pub(crate) fn forget(&mut self, ticket: Ticket) {
        self.gathered.forget(ticket);
        if let Some(away) = &mut self.away {
            away.forget(ticket);
        }
    }

    /// Returns the next step at `now`, and the effects of the time that has passed.
    pub(crate) fn next(&mut self, now: u64) -> (Step, Vec<Effect>) {
        let mut effects = Vec::new();
        self.expire(now, &mut effects);
        self.lose_patience(now, &mut effects);
        let step = self.step(now);
        (step, effects)
    }

    fn step(&mut self, now: u64) -> Step {
        if self.has_left {
            return Step::Left;
        }
        if self.is_opening {
            return Step::Wait(self.wake_up(now, u64::MAX));
        }
        let Some(member) = self.member else {
            if self.wants == Wants::ToLeave && self.gathered.is_empty() {
                self.has_left = true;
                return Step::Left;
            }
            if let Some(later) = self.backoff.waits(now) {
                return Step::Wait(self.wake_up(now, later));
            }
            self.is_opening = true;
            self.trust.sent(now);
            return Step::Open(Box::new(self.open()));
        };
        if let Some(away) = &mut self.away {
            if away.is_out() {
                return Step::Wait(self.wake_up(now, u64::MAX));
            }
            if let Some(later) = self.backoff.waits(now) {
                return Step::Wait(self.wake_up(now, later));
            }
            return Step::Turn(Box::new(away.send_again()));
        }
        if let Some(later) = self.backoff.waits(now) {
            return Step::Wait(self.wake_up(now, later));
        }
        let due = self.due();
        if due > now {
            return Step::Wait(self.wake_up(now, due));
        }
        Step::Turn(Box::new(self.send(member, now)))
    }

    fn open(&self) -> Open {
        let mut open = Open::new(&self.options.name, self.options.nonce, self.options.lease);
        open.queues.clone_from(&self.options.queues);
        open.tasks.clone_from(&self.options.tasks);
        open
    }

    /// Returns when the next turn is due.
    fn due(&self) -> u64 {
        if !self.gathered.is_empty() || self.is_leaving() {
            return 0;
        }
        let due = self.rhythm.due(self.is_claiming());
        if self.decides_schedules() {
            return due.min(self.schedule_due(&self.clock));
        }
        due
    }

    fn is_claiming(&self) -> bool {
        self.wants == Wants::Jobs && self.held.len() < self.options.hold && self.trust.is_kept()
    }

    fn is_leaving(&self) -> bool {
        self.wants == Wants::ToLeave && self.held.is_empty()
    }

    /// Returns the earliest of `then`, the end of the lease, and the end of the patience of a caller.
    fn wake_up(&self, now: u64, then: u64) -> u64 {
        let patience = self
            .oldest_wait()
            .map(|since| since.saturating_add(nanos(self.options.patience)));
        let first = [self.trust.until(), patience];
        first.into_iter().flatten().fold(then, u64::min).max(now)
    }

    /// Builds the next turn.
    fn send(&mut self, member: Member, now: u64) -> Turn {
        let number = member.turn + 1;
        let mut turn = Turn::new(member.node, number, self.options.lease);
        let sent = self.gathered.take(MOST);
        turn.writes = sent.iter().map(|sent| sent.write.clone()).collect();
        turn.leave = self.is_leaving() && self.gathered.is_empty();
        if self.is_claiming() {
            let claims = turn.writes.iter().map(claims_of).sum();
            turn.want = Some(self.want(self.free().saturating_sub(claims)));
        }
        if self.rhythm.takes_beat(now) {
            let mut sweep = Sweep::new(margin(self.options.lease), LOST_DELAY);
            sweep.bury = self.rhythm.may_bury(now);
            turn.sweep = Some(sweep);
        }
        if self.rhythm.takes_news(now) {
            turn.news = Some(self.news_question());
        }
        if self.decides_schedules() {
            turn.ask = self.schedules.take_asks(self.clock.at(now));
        }
        turn.recall = self.trust.takes_recall();
        self.trust.sent(now);
        self.member = Some(Member {
            turn: number,
            ..member
        });
        let away = self.away.insert(Away::new(turn, sent));
        away.turn().clone()
    }

    /// Returns how many jobs the node can still begin.
    fn free(&self) -> usize {
        self.options.hold.saturating_sub(self.held.len()).min(MOST)
    }

    /// Returns the wish for `free` jobs.
    fn want(&self, free: usize) -> Want {
        let mut want = Want::new("", free);
        want.queues = self
            .options
            .queues
            .iter()
            .map(|queue| (queue.clone(), free))
            .collect();
        want.without.clone_from(&self.unfit);
        // A job that was lost twice may have ended its process. It must not take another suspect with it.
        want.suspects = usize::from(!self.held.has_suspect());
        want
    }

    /// Notices that the lease has ended.
    fn expire(&mut self, now: u64, effects: &mut Vec<Effect>) {
        if !self.trust.expires(now) {
            return;
        }
        for run in self.held.drain_runs() {
            effects.push(Effect::LeaseLost(run.claim.job));
            self.give_back(run.claim, Given::Lost, None, now);
        }
    }
}

/// Returns the time before the end of a lease at which the node stops to trust it, and after it at which the others
/// regard it as over.
fn margin(lease: Duration) -> Duration {
    lease / 6
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
