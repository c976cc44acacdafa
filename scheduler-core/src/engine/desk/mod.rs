//! The desk: the machine between the engine of a node and its store.
//!
//! ```text
//!  submit, end, time ──▶ Desk ──▶ one turn at a time ──▶ Session::turn
//!                          ▲                                  │
//!                          └────────── handle_turned ◀────────┘
//! ```
//!
//! [`Desk`] documents the protocol. It owns no clock, thread or session, so every order of answers, losses and
//! delays is a test without any of them.

mod away;
mod backoff;
mod clock;
mod gathered;
mod held;
mod news;
mod rhythm;
#[cfg(test)]
mod tests;
mod trust;

use std::time::Duration;

use self::{
    away::Away,
    backoff::Backoff,
    clock::StoreClock,
    gathered::{Gathered, Sent},
    held::Held,
    rhythm::Rhythm,
    trust::Trust,
};
pub(crate) use self::{
    gathered::Ticket,
    held::{RunEnd, RunEnded},
};
use crate::store::{
    Applied, Claim, End, GiveBack, Given, Node, Open, Opened, RunRules, StoreError, StoreTime,
    StoredId, StoredJob, Sweep, Turn, Turned, Want, Write, Written,
};

/// How often a node asks for news, and the longest time between two claims of an idle node.
const NEWS: u64 = 1_000_000_000;

/// How many jobs one turn writes or claims at most. More gain little, and cost the others of the turn time.
const MOST: usize = 500;

/// How long a job waits that this node cannot run, so that another node can claim it first.
const UNFIT_DELAY: Duration = Duration::from_secs(60);

/// How long a job waits whose node was lost, and up to as much again.
const LOST_DELAY: Duration = Duration::from_secs(1);

/// The settings of a desk.
#[derive(Debug, Clone)]
pub(crate) struct DeskOptions {
    /// Name of the node, for people.
    pub(crate) name: String,
    pub(crate) lease: Duration,
    /// Jobs that the node holds at most, running or not begun.
    pub(crate) hold: usize,
    /// Queues that the node claims from.
    pub(crate) queues: Vec<String>,
    /// Tasks that the node knows.
    pub(crate) tasks: Vec<String>,
    /// How long a caller waits for a store that does not answer.
    pub(crate) patience: Duration,
    /// Random number of the node.
    pub(crate) nonce: u64,
}

/// What the shell does next for the desk.
#[derive(Debug)]
pub(crate) enum Step {
    /// Connect, and call [`Session::open`](crate::store::Session::open).
    Open(Box<Open>),
    /// Call [`Session::turn`](crate::store::Session::turn).
    Turn(Box<Turn>),
    /// Wait until this time, or until an input changes the desk.
    Wait(u64),
    /// The node has left the store.
    Left,
}

/// What the shell carries out after an input.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Submit the claimed job to the scheduler.
    Start(Box<StoredJob>),
    /// Send a cancellation request to the run of the job.
    Cancel(StoredId),
    /// The lease is lost: send the run a cancellation request. Its end is not written.
    LeaseLost(StoredId),
    /// Resolve the caller of a write.
    Reply(Ticket, Reply),
    /// Publish that the store does not answer, and why.
    StoreLost(StoreError),
    /// Publish that the store answers again.
    StoreBack,
    /// Publish that the node was declared dead, or that the store lost its turns. It begins as another node.
    Fenced,
    /// Publish that nodes were removed whose leases were over.
    Buried(Vec<String>),
}

/// The result of a write for its caller.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The store's result.
    Written(Written),
    /// No turn with the write was sent.
    Unsent(StoreError),
    /// The write may have been stored (`ST-026`).
    Unknown(StoreError),
}

/// The state of a node of a store, and every decision about its turns.
///
/// # Protocol
///
/// The shell calls [`next`](Self::next) with the time, and carries out the [`Step`]. It reports the result of a call
/// to the store with one of the `handle_*` methods, and carries out the [`Effect`]s that they return.
///
/// # Invariants
///
/// * One turn is away at a time. What is written meanwhile goes with the next one: group commit follows by itself.
/// * A turn without an answer is sent again under its number until the store answers (`ST-024`).
/// * The lease is trusted from the first sending of the last answered turn (`ST-020`). Once it is over, no run of the
///   node counts: each is told, and given back as lost with the next turn.
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
            options,
            member: None,
            away: None,
            is_opening: false,
            gathered: Gathered::default(),
            held: Held::default(),
            unfit: Vec::new(),
            wants: Wants::Nothing,
            has_left: false,
        }
    }

    /// Returns the time of the store, estimated from its last answers.
    pub(crate) fn store_time(&self, now: u64) -> StoreTime {
        self.clock.at(now)
    }

    /// Returns whether the store has answered, and the node is registered.
    pub(crate) const fn is_member(&self) -> bool {
        self.member.is_some()
    }

    /// Sets whether the node claims jobs.
    pub(crate) fn set_wants(&mut self, wants: Wants, now: u64) {
        if self.wants != Wants::ToLeave {
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
        self.rhythm.due(self.is_claiming())
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
            turn.want = Some(self.want());
        }
        if self.rhythm.takes_beat(now) {
            let mut sweep = Sweep::new(margin(self.options.lease), LOST_DELAY);
            sweep.bury = self.rhythm.may_bury(now);
            turn.sweep = Some(sweep);
        }
        if self.rhythm.takes_news(now) {
            turn.news = Some(self.news_question());
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

    fn want(&self) -> Want {
        let free = (self.options.hold - self.held.len()).min(MOST);
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

    /// Handles the answer to an opening.
    pub(crate) fn handle_opened(&mut self, opened: &Opened, now: u64) -> Vec<Effect> {
        if !std::mem::take(&mut self.is_opening) {
            return Vec::new();
        }
        self.clock.sample(self.trust.last_sent(), now, opened.now);
        self.member = Some(Member {
            node: opened.node,
            turn: 0,
        });
        self.trust.renew();
        self.rhythm.opened(now);
        self.restored()
    }

    fn restored(&mut self) -> Vec<Effect> {
        let back = self.backoff.succeeded();
        back.then_some(Effect::StoreBack).into_iter().collect()
    }

    /// Handles the error of an opening.
    pub(crate) fn handle_open_failed(&mut self, error: &StoreError, now: u64) -> Vec<Effect> {
        self.is_opening = false;
        self.note_failure(error, now)
    }

    fn note_failure(&mut self, error: &StoreError, now: u64) -> Vec<Effect> {
        let first = self.backoff.failed(now);
        let lost = first.then(|| Effect::StoreLost(error.clone()));
        lost.into_iter().collect()
    }

    /// Handles the answer to the turn with this number.
    pub(crate) fn handle_turned(&mut self, number: u64, turned: Turned, now: u64) -> Vec<Effect> {
        // A late answer of a session that was left behind.
        let Some(away) = self.away.take_if(|away| away.turn().number == number) else {
            return Vec::new();
        };
        let mut effects = self.restored();
        self.clock.sample(self.trust.last_sent(), now, turned.now);
        match turned.applied {
            Applied::Now | Applied::Before => self.apply(away, turned, now, &mut effects),
            Applied::Dead | Applied::WentBack { .. } => self.fence(away, now, &mut effects),
        }
        effects
    }

    fn apply(&mut self, away: Away, turned: Turned, now: u64, effects: &mut Vec<Effect>) {
        self.trust.renew();
        // An answer that came after the end of the lease: what it brings is not begun, and is asked for again.
        self.expire(now, effects);
        let (turn, sent) = away.into_parts();
        for (sent, written) in sent.into_iter().zip(turned.written) {
            self.note_written(sent, written, now, effects);
        }
        let asked = turn.want.is_some() && turned.applied == Applied::Now;
        self.rhythm.turned(
            now,
            asked.then(|| {
                let next_due = turned.next_due.map(|due| self.clock.mono(due));
                (turned.claimed.len(), next_due)
            }),
        );
        for job in turned.claimed {
            self.take_claim(job, now, effects);
        }
        if turn.recall {
            self.reconcile(turned.held, now, effects);
        }
        if let Some(swept) = turned.swept.filter(|swept| !swept.buried.is_empty()) {
            effects.push(Effect::Buried(
                swept.buried.into_iter().map(|node| node.name).collect(),
            ));
        }
        if let Some(news) = turned.news {
            self.note_news(&news, effects);
        }
        if turn.leave {
            self.has_left = true;
        }
    }

    fn note_written(&mut self, sent: Sent, written: Written, now: u64, effects: &mut Vec<Effect>) {
        match (written, sent.ticket) {
            // Another transaction holds the row.
            (Written::Busy, _) => self.gathered.add_again(sent),
            (written, Some(ticket)) => effects.push(Effect::Reply(ticket, Reply::Written(written))),
            (Written::Refused(_), None) => self.give_up_refused(sent, now),
            (_, None) => {}
        }
    }

    /// Ends a run whose end cannot be stored, without the text that was refused.
    fn give_up_refused(&mut self, sent: Sent, now: u64) {
        if let Write::Finish { claim, end } = sent.write
            && (end.error.is_some() || end.result.is_some())
        {
            let end = End::new(end.outcome);
            self.gathered.add_quietly(Write::Finish { claim, end }, now);
        }
    }

    /// Takes a job that the store has given to this node.
    fn take_claim(&mut self, job: StoredJob, now: u64, effects: &mut Vec<Effect>) {
        let claim = Claim {
            job: job.row.id,
            token: job.token,
        };
        if self.wants != Wants::Jobs || !self.trust.is_kept() {
            return self.give_back(claim, Given::Unbegun, None, now);
        }
        if job.cancelled {
            return self.finish(claim, End::new(End::CANCELLED), now);
        }
        let rules = RunRules::read(job.row.policy.as_deref());
        if let Some(end) = rules.end_of_lost(&job) {
            return self.finish(claim, end, now);
        }
        self.held.begin(claim, job.clone());
        effects.push(Effect::Start(Box::new(job)));
    }

    fn finish(&mut self, claim: Claim, end: End, now: u64) {
        self.gathered.add_quietly(Write::Finish { claim, end }, now);
    }

    fn give_back(&mut self, claim: Claim, given: Given, due: Option<StoreTime>, now: u64) {
        let give = GiveBack::new(claim, given, due);
        self.gathered.add_quietly(Write::GiveBack(give), now);
    }

    /// Compares the claims of the store with the runs of the node, after an answer was lost (`ST-034`).
    fn reconcile(&mut self, stored: Vec<StoredJob>, now: u64, effects: &mut Vec<Effect>) {
        for job in stored {
            let claim = Claim {
                job: job.row.id,
                token: job.token,
            };
            if !self.held.has(claim) && !self.gathered.ends(claim) {
                self.take_claim(job, now, effects);
            }
        }
    }

    /// Handles the error of the turn that is away.
    pub(crate) fn handle_failed(
        &mut self,
        number: u64,
        error: &StoreError,
        now: u64,
    ) -> Vec<Effect> {
        let Some(away) = self
            .away
            .as_mut()
            .filter(|away| away.turn().number == number)
        else {
            return Vec::new();
        };
        if let StoreError::Refused(refusal) = error {
            // Nothing was applied. The same number is sent again without the writes that may be the cause.
            let (refused, rest) = away.halve();
            for sent in rest {
                self.gathered.add_again(sent);
            }
            let Some(sent) = refused else {
                return Vec::new();
            };
            let Some(ticket) = sent.ticket else {
                self.give_up_refused(sent, now);
                return Vec::new();
            };
            return vec![Effect::Reply(
                ticket,
                Reply::Written(Written::Refused(refusal.clone())),
            )];
        }
        away.failed(error);
        self.note_failure(error, now)
    }

    /// Begins as another node: nothing of the old one counts any more (`ST-019`, `ST-028`).
    fn fence(&mut self, away: Away, now: u64, effects: &mut Vec<Effect>) {
        self.member = None;
        self.trust.lose();
        for run in self.held.drain() {
            effects.push(Effect::LeaseLost(run));
        }
        let (_, sent) = away.into_parts();
        self.gathered.begin_as_another_node(sent);
        // The nonce tells the two nodes apart, even if the store gives the number again.
        self.options.nonce = self
            .options
            .nonce
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(1);
        self.rhythm.hurry(now);
        effects.push(Effect::Fenced);
    }

    /// Notices that the lease is over.
    fn expire(&mut self, now: u64, effects: &mut Vec<Effect>) {
        if !self.trust.expires(now) {
            return;
        }
        for run in self.held.drain_runs() {
            effects.push(Effect::LeaseLost(run.claim.job));
            self.give_back(run.claim, Given::Lost, None, now);
        }
    }

    fn oldest_wait(&self) -> Option<u64> {
        let failing = self.backoff.is_failing();
        let away = self.away.as_ref().and_then(Away::oldest_wait);
        let waits = [away, self.gathered.oldest_wait()];
        waits.into_iter().flatten().min().filter(|_| failing)
    }

    /// Replies to callers that have waited for too long.
    fn lose_patience(&mut self, now: u64, effects: &mut Vec<Effect>) {
        let Some(before) = now.checked_sub(nanos(self.options.patience)) else {
            return;
        };
        let Some(error) = self.backoff.is_failing().then(|| StoreError::TimedOut {
            limit: self.options.patience,
        }) else {
            return;
        };
        if let Some(away) = &mut self.away {
            for ticket in away.take_waits(before) {
                effects.push(Effect::Reply(ticket, Reply::Unknown(error.clone())));
            }
        }
        for ticket in self.gathered.remove_waits(before) {
            effects.push(Effect::Reply(ticket, Reply::Unsent(error.clone())));
        }
    }

    /// Handles the end of a run. Returns whether the run counts: its lease was not lost.
    pub(crate) fn handle_ended(&mut self, job: StoredId, ended: RunEnded, now: u64) -> bool {
        let Some(run) = self.held.end(job) else {
            return false;
        };
        match run.result(ended, self.clock.at(now)) {
            RunEnd::Finish(end) => self.finish(run.claim, end, now),
            RunEnd::GiveBack(given, due) => self.give_back(run.claim, given, due, now),
        }
        true
    }

    /// Handles a claimed job that the node cannot run: the task is unknown here, or refuses the arguments (`ST-033`).
    pub(crate) fn handle_unfit(&mut self, job: StoredId, unknown_task: Option<String>, now: u64) {
        let Some(run) = self.held.end(job) else {
            return;
        };
        self.unfit.extend(unknown_task);
        let later = self.clock.at(now).plus(UNFIT_DELAY);
        self.give_back(run.claim, Given::Unbegun, Some(later), now);
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
