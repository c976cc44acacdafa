//! The specification as an automaton: one state of it, and what may happen next.
//!
//! It knows what is called, what the jobs are going to do and what the faults are, and of the
//! scheduler only what it tells. Some things happen unseen (a call is refused, a delayed job joins
//! the queue): those are silent steps, and whoever follows a trace has to try them all.
//!
//! What has to happen has a time by which it must: time cannot pass it by.

mod bodies;
mod calls;
mod closing;
mod describe;
mod due;
mod events;
mod known;
mod ops;
mod table;
mod transitions;

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use scheduler_core::{Operation, State};

pub(super) use self::ops::{Op, Phase};
use self::{bodies::Body, closing::Closing, known::Known, table::permit};
use super::{
    scenario::{Config, JobSpec, Millis, ScheduleSpec, Step},
    trace::{Actor, Label, Nominal},
};

/// One state of everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Machine {
    pub(super) config: Config,
    pub(super) now: Millis,
    pub(super) state: State,
    attempt: u8,
    starts_paused: bool,
    /// The driver was spawned while spawns were held back.
    driver_held: bool,
    pub(super) ops: BTreeMap<Actor, Op>,
    pub(super) jobs: BTreeMap<Label, Rc<JobState>>,
    accepted: u16,
    /// Jobs that wait for a permit, in order.
    queue: Vec<Label>,
    schedules: BTreeMap<u16, ScheduleState>,
    /// Instants that were due when their schedule went: each is still to be reported skipped.
    orphans: Vec<Orphan>,
    closing: Option<Closing>,
    /// The clients have given their handle away.
    pub(super) left: bool,
    /// A job had to be left behind by the shutdown.
    abandoned: bool,
    /// The jobs to which there is a handle.
    handles: BTreeSet<u16>,
    /// When gates were opened.
    gates: BTreeMap<u8, Millis>,
    hold: bool,
    /// A job failed while spawns were held back, and so may be the call of the error handler: the end
    /// waits for it.
    handlers_held: bool,
    /// A spawn may fail.
    may_fail: bool,
    /// How far the wall clock is ahead of the time that has passed.
    ahead: Nominal,
}

/// The first of the instants that were due when their schedule was removed, or the scheduler ended.
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
    /// Its place in the order of acceptance.
    serial: u16,
    /// It counts against the limit of the queue while it is queued.
    takes_room: bool,
    /// It counts for the overlap policy of its schedule.
    occurrence_of: Option<u16>,
    /// It goes when this schedule goes, whatever it was that asked for it.
    run_of: Option<u16>,
    /// Its schedule was removed before it started.
    removed: bool,
    /// It was claimed while spawns were held back.
    held: bool,
    told: Option<Order>,
    /// The shutdown has told it to end, and the event has to come.
    to_be_told: bool,
    body: Body,
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// It waits for its time; before the start of the scheduler there is none.
    Delayed(Option<Millis>),
    Queued,
    Claimed,
    Running,
    Done(String),
}

/// What a job was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Order {
    reason: &'static str,
    at: Millis,
    /// When it is dropped.
    drop_at: Millis,
}

/// What a job is going to do.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Script {
    blocking: bool,
    delay: Millis,
    steps: Vec<Step>,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct ScheduleState {
    script: Known<Script>,
    every: Millis,
    overlapping: bool,
    /// Its next instant, once it is live.
    next: Option<Millis>,
    /// How far the wall clock was ahead of the time that has passed when it became live: its instants
    /// are told by that.
    lead: Nominal,
    /// That was missed; a later one takes its place.
    misfired: bool,
}

impl Machine {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            now: 0,
            state: State::New,
            attempt: 0,
            starts_paused: false,
            driver_held: false,
            ops: BTreeMap::new(),
            jobs: BTreeMap::new(),
            accepted: 0,
            queue: Vec::new(),
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

    /// The job, to be changed.
    fn job_mut(&mut self, label: Label) -> Option<&mut JobState> {
        self.jobs.get_mut(&label).map(Rc::make_mut)
    }

    /// Forgets a run of a schedule that is over: nobody can ask for it any more.
    fn forget(&mut self, label: Label) {
        let is_over = |job: &Rc<JobState>| {
            matches!(job.stage, Stage::Done(_)) && (job.body.dropped || !job.body.has_begun())
        };
        if matches!(label, Label::Run(..)) && self.jobs.get(&label).is_some_and(is_over) {
            self.jobs.remove(&label);
        }
    }

    /// All jobs, to be changed.
    fn jobs_mut(&mut self) -> impl Iterator<Item = &mut JobState> {
        self.jobs.values_mut().map(Rc::make_mut)
    }

    fn is_permitted(&self, operation: Operation) -> bool {
        permit(self.state, operation).is_ok()
    }

    pub(super) fn running(&self) -> usize {
        self.jobs.values().filter(|job| job.is_running()).count()
    }

    fn permits(&self) -> usize {
        let limit = self.config.max_concurrent_jobs.unwrap_or(usize::MAX);
        limit.saturating_sub(self.running())
    }

    fn can_start(&self) -> bool {
        self.state == State::Running && self.permits() > 0
    }

    fn has_started(&self) -> bool {
        !matches!(self.state, State::New | State::Starting)
    }

    /// Whether a submitted job could be taken.
    fn has_room(&self, delay: Millis) -> bool {
        self.places(delay) > 0
    }

    /// How many submitted jobs could be taken.
    fn places(&self, delay: Millis) -> usize {
        let Some(limit) = self.config.queue_limit.filter(|_| delay == 0) else {
            return usize::MAX;
        };
        let takes_room = |label: &&Label| self.jobs.get(label).is_some_and(|job| job.takes_room);
        let taken = self.queue.iter().filter(takes_room).count();
        let starts = self.state == State::Running && self.queue.is_empty();
        let at_once = if starts { self.permits() } else { 0 };
        limit.saturating_sub(taken).saturating_add(at_once)
    }

    fn is_idle(&self) -> bool {
        let due = || {
            let delayed = self.jobs.values().filter_map(|job| job.waits_until());
            let scheduled = self.schedules.values().filter_map(|schedule| schedule.next);
            delayed.chain(scheduled).any(|at| at <= self.now)
        };
        let holds = self.state == State::Paused;
        let at_gate = |job: &JobState| holds && job.stage == Stage::Claimed && !job.held;
        let running = |job: &&Rc<JobState>| job.is_running() && !at_gate(job);
        self.jobs.values().find(running).is_none()
            && (self.state != State::Running || self.queue.is_empty() && !due())
    }

    /// Runs of a schedule that its overlap policy counts.
    fn active(&self, schedule: u16) -> usize {
        let counts = |job: &&Rc<JobState>| {
            job.occurrence_of == Some(schedule) && !matches!(job.stage, Stage::Done(_))
        };
        self.jobs.values().filter(counts).count()
    }

    /// Whether a call that is under way keeps the scheduler alive.
    fn is_held_by_a_call(&self) -> bool {
        self.ops.values().any(Op::holds_the_scheduler)
    }
}

impl JobState {
    pub(super) const fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Claimed | Stage::Running)
    }

    const fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Delayed(_) | Stage::Queued)
    }

    const fn waits_until(&self) -> Option<Millis> {
        match self.stage {
            Stage::Delayed(due) => due,
            _ => None,
        }
    }
}

impl Script {
    fn of_job(spec: &JobSpec) -> Known<Self> {
        Known::new(Self {
            blocking: spec.blocking,
            delay: spec.delay,
            steps: spec.script.clone(),
        })
    }

    fn of_schedule(spec: &ScheduleSpec) -> Known<Self> {
        Known::new(Self {
            blocking: spec.blocking,
            delay: 0,
            steps: spec.script.clone(),
        })
    }
}
