//! The specification as an automaton: one state, and the steps that are possible from it.
//!
//! The automaton knows the calls, the scripts of the jobs and the faults. Of the scheduler it sees
//! only the events. Some steps leave no line, such as a refused call or a delayed job that joins
//! the queue. The judge of a trace must try all of these silent steps.
//!
//! A step that must happen has a deadline, which time cannot pass.

mod attempts;
mod bodies;
mod calls;
mod closing;
mod describe;
mod draining;
mod due;
mod events;
mod known;
mod ops;
mod overlaps;
mod queues;
mod rates;
mod schedules;
mod table;
mod transitions;
mod waits;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use scheduler_core::{State, lifecycle::Operation};

pub(super) use self::ops::{Op, Phase};
use self::{
    attempts::Attempts, bodies::Body, closing::Closing, known::Known, queues::QueueState,
    rates::Group, table::permit,
};
use super::{
    scenario::{Config, Millis},
    trace::{Actor, Label, Nominal},
    work::{JobSpec, OverlapSpec, PolicySpec, ScheduleSpec, Step},
};

/// One state of the automaton.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Machine {
    pub(super) config: Known<Config>,
    pub(super) now: Millis,
    pub(super) state: State,
    attempt: u8,
    starts_paused: bool,
    /// Whether the driver was spawned while spawns were held back.
    driver_held: bool,
    pub(super) ops: BTreeMap<Actor, Op>,
    pub(super) jobs: BTreeMap<Label, Rc<JobState>>,
    accepted: u16,
    /// The queues, by number. Number 0 is the default queue.
    queues: Vec<QueueState>,
    /// The number of permits handed out so far.
    turns: u16,
    /// The rate groups, by number.
    groups: BTreeMap<u8, Group>,
    schedules: BTreeMap<u16, ScheduleState>,
    /// Instants that were due when their schedule was removed. Each must still be reported as
    /// skipped.
    orphans: Vec<Orphan>,
    closing: Option<Closing>,
    /// Whether the clients have dropped their handles.
    pub(super) left: bool,
    /// Whether the shutdown abandoned a job.
    abandoned: bool,
    /// The jobs with a handle.
    handles: BTreeSet<u16>,
    /// When each gate was opened.
    gates: BTreeMap<u8, Millis>,
    hold: bool,
    /// Whether a call of the error handler may be held back, because a job failed while spawns were
    /// held. The end waits for it.
    handlers_held: bool,
    /// Whether a spawn may fail.
    may_fail: bool,
    /// The difference between the wall clock and the time that has passed.
    ahead: Nominal,
}

/// The first of the instants that were due when their schedule was removed, or when the scheduler
/// ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Orphan {
    id: u16,
    nominal: Nominal,
    reason: &'static str,
}

/// A job, from its acceptance on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct JobState {
    pub(super) script: Known<Script>,
    pub(super) stage: Stage,
    /// The position in the order of acceptance.
    serial: u16,
    /// Whether the job counts against the queue limit while it is queued.
    takes_room: bool,
    /// The schedule whose overlap policy counts this job.
    occurrence_of: Option<u16>,
    /// The schedule whose removal cancels this job, no matter how the run was requested.
    run_of: Option<u16>,
    /// Whether the schedule of the job was removed before the job started.
    removed: bool,
    /// Whether the job was claimed while spawns were held back.
    held: bool,
    /// The position among all jobs in the order of their permits.
    turn: u16,
    /// Whether a pause took back the permit and returned the job to the queue.
    returned: bool,
    /// The position among the jobs of its rate group that have asked for a token.
    ticket: Option<u16>,
    attempts: Attempts,
    told: Option<Order>,
    /// The grace that a later run of the schedule, which replaces this one, leaves it.
    replaced: Option<Millis>,
    /// Whether the shutdown has cancelled the job and the event must still follow.
    to_be_told: bool,
    body: Body,
}

/// The stage of a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// The job waits for its time, which is unknown before the start of the scheduler.
    Delayed(Option<Millis>),
    Queued,
    /// The job waits for a token of its rate.
    Throttled,
    Claimed,
    /// A pause has taken back the permit of a job with a rate.
    Returned,
    Running,
    /// An attempt has failed, and the retry is undecided.
    Deciding,
    /// The next attempt is due at this instant.
    Retrying(Millis),
    Done(String),
}

/// A cancellation request for a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Order {
    reason: &'static str,
    at: Millis,
    /// When the job is dropped.
    drop_at: Millis,
    /// Whether the first request to cancel was a timeout.
    had_timed_out: bool,
    /// Whether a later request has shortened the grace.
    is_shortened: bool,
}

/// The script of a job.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Script {
    blocking: bool,
    delay: Millis,
    policy: PolicySpec,
    /// Whether a new body is created at the begin of each attempt.
    repeated: bool,
    steps: Vec<Step>,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct ScheduleState {
    script: Known<Script>,
    every: Millis,
    overlap: OverlapSpec,
    /// The buffered runs, oldest first.
    kept: Vec<Nominal>,
    /// The next instant, once the scheduler has started.
    next: Option<Millis>,
    /// The lead of the wall clock when the schedule became active, with which the instants are
    /// computed.
    lead: Nominal,
    /// Whether the next instant was missed. A later one replaces it.
    misfired: bool,
}

impl Machine {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            config: Known::new(config.clone()),
            now: 0,
            state: State::New,
            attempt: 0,
            starts_paused: false,
            driver_held: false,
            ops: BTreeMap::new(),
            jobs: BTreeMap::new(),
            accepted: 0,
            queues: QueueState::all_of(config),
            turns: 0,
            groups: BTreeMap::new(),
            schedules: BTreeMap::new(),
            orphans: Vec::new(),
            closing: None,
            left: false,
            abandoned: false,
            handles: BTreeSet::new(),
            gates: BTreeMap::new(),
            hold: false,
            handlers_held: false,
            may_fail: false,
            ahead: 0,
        }
    }

    /// Returns the job, to change it.
    fn job_mut(&mut self, label: Label) -> Option<&mut JobState> {
        self.jobs.get_mut(&label).map(Rc::make_mut)
    }

    /// Forgets a finished run of a schedule, which no call can refer to.
    fn forget(&mut self, label: Label) {
        let is_over = |job: &Rc<JobState>| {
            matches!(job.stage, Stage::Done(_)) && (job.body.dropped || !job.body.has_begun())
        };
        if matches!(label, Label::Run(..)) && self.jobs.get(&label).is_some_and(is_over) {
            self.jobs.remove(&label);
        }
    }

    /// Returns all jobs, to change them.
    fn jobs_mut(&mut self) -> impl Iterator<Item = &mut JobState> {
        self.jobs.values_mut().map(Rc::make_mut)
    }

    fn is_permitted(&self, operation: Operation) -> bool {
        permit(self.state, operation).is_ok()
    }

    pub(super) fn running(&self) -> usize {
        self.jobs.values().filter(|job| job.is_running()).count()
    }

    fn has_started(&self) -> bool {
        !matches!(self.state, State::New | State::Starting)
    }

    fn is_idle(&self) -> bool {
        let due = || {
            let delayed = self.jobs.values().filter_map(|job| job.waits_until());
            let scheduled = self.schedules.values().filter_map(|schedule| schedule.next);
            delayed.chain(scheduled).any(|at| at <= self.now) || self.has_undecided()
        };
        let holds = self.state == State::Paused;
        let at_gate = |job: &JobState| holds && job.stage == Stage::Claimed && !job.held;
        let running = |job: &&Rc<JobState>| job.is_running() && !at_gate(job);
        self.jobs.values().find(running).is_none()
            && (!self.starts_jobs() || !self.jobs.values().any(|job| job.is_pending()) && !due())
    }

    /// Returns the number of runs that the overlap policy of the schedule counts.
    fn active(&self, schedule: u16) -> usize {
        let counts = |job: &&Rc<JobState>| {
            job.occurrence_of == Some(schedule) && !matches!(job.stage, Stage::Done(_))
        };
        self.jobs.values().filter(counts).count()
    }

    /// Returns whether a pending call keeps the scheduler alive.
    fn is_held_by_a_call(&self) -> bool {
        self.ops.values().any(Op::holds_the_scheduler)
    }
}

impl JobState {
    pub(super) const fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Claimed | Stage::Running)
    }

    fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done(_))
    }

    fn is_claimed(&self) -> bool {
        self.stage == Stage::Claimed
    }

    fn is_returned(&self) -> bool {
        self.stage == Stage::Returned
    }

    /// Returns whether a permit is reserved for the job: it has one, or is the first to receive one
    /// after a pause.
    fn has_permit(&self) -> bool {
        self.is_running() || self.is_returned()
    }

    /// Returns whether the job waits for a permit, or for a token of its rate.
    const fn waits_for_a_start(&self) -> bool {
        matches!(self.stage, Stage::Queued | Stage::Throttled)
    }

    const fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Delayed(_)) || self.is_pending()
    }

    /// Returns whether the job waits for something other than its due time.
    const fn is_pending(&self) -> bool {
        matches!(
            self.stage,
            Stage::Queued
                | Stage::Throttled
                | Stage::Returned
                | Stage::Deciding
                | Stage::Retrying(_)
        )
    }

    const fn waits_until(&self) -> Option<Millis> {
        match self.stage {
            Stage::Delayed(due) => due,
            Stage::Retrying(due) => Some(due),
            _ => None,
        }
    }

    /// Returns whether the job has no body: it was dropped, or the attempt never created one.
    fn is_body_gone(&self) -> bool {
        self.body.dropped || self.script.repeated && !self.body.has_begun()
    }
}

impl Script {
    fn of_job(spec: &JobSpec) -> Known<Self> {
        Known::new(Self {
            blocking: spec.blocking,
            delay: spec.delay,
            policy: spec.policy,
            repeated: spec.policy.retry.is_some(),
            steps: spec.script.clone(),
        })
    }

    fn of_schedule(spec: &ScheduleSpec) -> Known<Self> {
        Known::new(Self {
            blocking: spec.blocking,
            delay: 0,
            policy: spec.policy,
            repeated: true,
            steps: spec.script.clone(),
        })
    }
}
