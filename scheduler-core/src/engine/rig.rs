//! Test rig: drives the engine by hand, with time as a number.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Action, Begin, Claim, End, Ended, Engine, Rest, Subscriber, id_of,
    schedules::{jitter, plan::plan},
};
use crate::{
    Event, EventFilter, EventKind, EventStream, Explanation, Job, JobId, JobOutcome, Now,
    Operation, Options, Result, Schedule, ScheduleChange, ScheduleId,
    base::{panic::caught, unix_time::UnixTime},
    event_channel,
    job::{JobCell, JobControl, JobError, JobInfo},
    shell::Shared,
};

/// Returns the jitter of the start of the schedule `s` for `nominal`.
pub(super) fn shift(nominal: DateTime<Utc>, following: DateTime<Utc>, limit: Duration) -> Duration {
    let [nominal, following] = [nominal, following].map(UnixTime::of);
    let nanos = jitter::shift(jitter::seed("s"), nominal, Some(following), limit);
    Duration::from_nanos(nanos)
}

pub(crate) struct Rig {
    pub(crate) engine: Engine,
    pub(crate) now: Now,
    /// Started jobs that have not finished.
    pub(crate) claims: Vec<Claim>,
    /// Whether the executor polls no job.
    pub(crate) is_blocked: bool,
    blocked: Vec<Claim>,
    /// Whether error handlers do not return.
    pub(crate) handlers_hang: bool,
    events: EventStream,
    rest: Rest,
}

impl Rig {
    /// Creates a running engine.
    pub(crate) fn started(options: Options) -> Self {
        let mut rig = Self::new(options);
        rig.start();
        rig
    }

    /// Creates an engine that was not started.
    pub(crate) fn new(options: Options) -> Self {
        Self::at(options, Now::system())
    }

    /// Creates an engine at this time.
    pub(crate) fn at(options: Options, now: Now) -> Self {
        let mut engine = Engine::new(options, now, Weak::<Shared>::new());
        engine.set_parallelism(NonZeroUsize::MIN.saturating_add(1));
        let (sender, events) = event_channel(10_000);
        engine.observe(Subscriber {
            filter: EventFilter::all(),
            sender,
            listener: None,
        });
        Self {
            engine,
            now,
            claims: Vec::new(),
            is_blocked: false,
            blocked: Vec::new(),
            handlers_hang: false,
            events,
            rest: Rest::None,
        }
    }

    /// Adds a reader of events.
    pub(crate) fn read(&mut self, filter: EventFilter) -> EventStream {
        let (sender, stream) = event_channel(10);
        let listener = None;
        let subscriber = Subscriber {
            filter,
            sender,
            listener,
        };
        assert!(self.engine.observe(subscriber).is_none());
        stream
    }

    /// Drops the rig's own stream of events.
    pub(crate) fn stop_reading(&mut self) {
        (_, self.events) = event_channel(1);
    }

    pub(crate) fn start(&mut self) {
        self.engine.start(Operation::Start, &self.now).unwrap();
        self.engine.handle_driver_up(&self.now);
        self.settle();
    }

    /// Submits a job with a handle.
    pub(crate) fn submit(&mut self, job: impl Into<Job>) -> Arc<JobCell> {
        let job = job.into();
        let cell = Arc::new(JobCell::new(job.facts(), Weak::<Shared>::new()));
        let taken = self.engine.submit(job, Some(cell.clone()), 0, &self.now);
        assert!(taken.is_ok(), "{:?}", taken.err());
        self.settle();
        cell
    }

    /// Advances time, with a driver turn at each deadline.
    pub(crate) fn advance(&mut self, by: Duration) {
        let end = self.elapsed() + by.as_nanos() as u64;
        self.settle();
        while let Rest::Until { deadline, .. } = self.rest {
            if deadline > end {
                break;
            }
            self.pass(deadline - self.elapsed());
            self.settle();
        }
        self.pass(end - self.elapsed());
        self.settle();
    }

    pub(crate) fn elapsed(&self) -> u64 {
        self.engine.cx.clocks().elapsed_at(self.now.mono())
    }

    /// Explains an instant of a schedule.
    pub(crate) fn explain(&self, id: &ScheduleId, instant: DateTime<Utc>) -> Explanation {
        let instant = UnixTime::of(instant);
        let known = self.engine.explain(id, instant, &self.now).unwrap();
        known.explain(instant)
    }

    /// Sets the wall clock without waking the driver.
    pub(crate) fn jump(&mut self, seconds: i64) {
        self.now.shift_wall(TimeDelta::seconds(seconds));
    }

    fn pass(&mut self, nanos: u64) {
        self.now.pass(Duration::from_nanos(nanos));
        self.now.shift_wall(TimeDelta::nanoseconds(nanos as i64));
    }

    /// Carries out all actions, and runs driver turns until it sleeps.
    pub(crate) fn settle(&mut self) {
        loop {
            self.carry_out();
            self.rest = self.engine.handle_timeout(&self.now);
            let woken = self.carry_out();
            if self.rest != Rest::None && !woken {
                return;
            }
        }
    }

    /// Returns whether the driver must be woken.
    fn carry_out(&mut self) -> bool {
        let mut woken = false;
        loop {
            let drained = self.engine.drain();
            woken |= drained.wake_driver;
            let more = drained.more.unwrap_or_default();
            let mut claims: Vec<_> = drained.claim.into_iter().chain(more.claims).collect();
            claims.extend(std::iter::from_fn(|| self.engine.next_claim()));
            // Actions that follow from the begin of a body are carried out too.
            let idle = claims.is_empty();
            claims.into_iter().for_each(|claim| self.execute(claim));
            let over = idle && drained.end.is_none() && more.actions.is_empty();
            if over {
                self.assert_awake_in_time();
                return woken;
            }
            if let Some(end) = drained.end {
                self.resolve(end);
            }
            for action in more.actions {
                self.perform(action);
            }
            self.engine.release_gathered(&self.now);
        }
    }

    /// Asserts that the driver does not sleep beyond any deadline of a machine. For timers in far
    /// buckets only the time of the next look is known.
    fn assert_awake_in_time(&mut self) {
        self.engine.cx.begin(&self.now);
        let next = self.engine.next_deadline();
        let is_rough = self.engine.cx.deadlines.next_timer() == next;
        let until = self.engine.cx.deadlines.wakes_at();
        assert!(
            until <= next || is_rough,
            "it sleeps until {until}, {next} is due"
        );
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::RunBlocking(claim) => self.execute(claim),
            Action::RequestCancel(order) => order.give(),
            Action::AttemptOver(cell) => cell.attempt_over(),
            Action::Resolve(end) => self.resolve(end),
            Action::HandlerHung(unhandled) => unhandled.resolve(),
            Action::Plan(asked) => self.engine.handle_plan(&asked, plan(&asked), &self.now),
            Action::Decide(asked) => {
                let delay = caught(|| asked.ask()).ok().flatten();
                self.engine.handle_retry(asked.job, delay, &self.now);
            }
            Action::AskForInstants(asked) => {
                let answer = asked.ask();
                self.engine.handle_instants(*asked, answer, &self.now);
            }
            Action::Retire(asked) => {
                let span = asked.ask();
                self.engine.handle_retired(*asked, span, &self.now);
            }
            Action::BackfillOver(cell) => cell.announce(),
            Action::Discard(_) | Action::Stopped => {}
        }
    }

    /// Polls a job at once, unless the executor is blocked.
    fn execute(&mut self, claim: Claim) {
        if self.is_blocked {
            self.blocked.push(claim);
        } else {
            self.enter(claim);
        }
    }

    /// Unblocks the executor, which polls the jobs with permits.
    pub(crate) fn unblock(&mut self) {
        self.is_blocked = false;
        for claim in std::mem::take(&mut self.blocked) {
            self.enter(claim);
        }
        self.settle();
    }

    fn enter(&mut self, claim: Claim) {
        match self.engine.begin(claim.key, claim.body, &self.now) {
            Begin::Now(body) => self.claims.push(Claim { body, ..claim }),
            Begin::Held(_) => {}
            Begin::Never(_) => {
                let ended = Ended::NotBegun;
                self.engine.handle_finished(claim.key, &ended, &self.now);
            }
        }
    }

    /// Wakes the waiters of a job. For a failure, an error handler returns first, at once.
    fn resolve(&mut self, end: End) {
        let failed = matches!(end.outcome, JobOutcome::Failed(_));
        if self.handlers_hang && failed {
            return;
        }
        match &end.cell {
            Some(cell) if failed => cell.resolve(end.outcome),
            Some(cell) => cell.announce(),
            None => {}
        }
        self.engine.handle_handled(end.key, &self.now);
    }

    /// Returns the ids of the running jobs, in starting order.
    pub(crate) fn running(&self) -> Vec<JobId> {
        self.claims.iter().map(|claim| id_of(claim.key)).collect()
    }

    /// Adds a schedule.
    pub(crate) fn add(&mut self, mut schedule: Schedule) -> Result<ScheduleId> {
        let present = self.engine.trigger_to_replace(&schedule);
        schedule.compared = present.map(|present| present.compare(&**schedule.trigger));
        let added = self.engine.add(schedule, &self.now);
        self.settle();
        added
    }

    /// Changes a schedule.
    pub(crate) fn update(&mut self, id: &ScheduleId, mut change: ScheduleChange) -> Result<()> {
        if let Some((trigger, ..)) = &change.trigger {
            let present = self.engine.present_trigger(id);
            change.compared = present.map(|present| present.compare(&***trigger));
        }
        let updated = self.engine.update(id, change, &self.now);
        self.settle();
        updated
    }

    /// Advances time without driver turns: a suspend, or a clock that was set forward.
    pub(crate) fn sleep_through(&mut self, by: Duration) {
        self.pass(by.as_nanos() as u64);
        self.settle();
    }

    /// Returns the nominal times of a schedule's running jobs, in seconds since `since`.
    pub(crate) fn runs(&self, since: DateTime<Utc>) -> Vec<i64> {
        let nominal = |claim: &Claim| claim.cell.as_ref().map(|cell| cell.nominal());
        let nominals = self.claims.iter().filter_map(nominal);
        nominals
            .map(|nominal| (nominal - since).num_seconds())
            .collect()
    }

    /// Finishes the oldest run successfully.
    pub(crate) fn end_oldest(&mut self) {
        let claim = self.claims.remove(0);
        let ended = Ended::Returned(Ok(()));
        self.engine.handle_finished(claim.key, &ended, &self.now);
        self.settle();
    }

    /// Finishes every running job successfully, but none that starts because of it.
    pub(crate) fn end_all(&mut self) {
        for claim in std::mem::take(&mut self.claims) {
            let ended = Ended::Returned(Ok(()));
            self.engine.handle_finished(claim.key, &ended, &self.now);
        }
        self.settle();
    }

    /// Finishes the oldest execution of a job.
    pub(crate) fn end(&mut self, job: &JobCell, ended: &Ended) {
        let position = self
            .claims
            .iter()
            .position(|claim| id_of(claim.key) == job.id());
        let claim = self.claims.remove(position.expect("the job runs"));
        self.engine.handle_finished(claim.key, ended, &self.now);
        self.settle();
    }

    pub(crate) fn succeed(&mut self, job: &JobCell) {
        self.end(job, &Ended::Returned(Ok(())));
    }

    pub(crate) fn fail(&mut self, job: &JobCell) {
        self.end(job, &Ended::Returned(Err(JobError::failed("no"))));
    }

    pub(crate) fn info(&self, job: &JobCell) -> Option<JobInfo> {
        self.engine.job_info(super::key_of(job.id()))
    }

    /// Returns the events since the last call, without `JobStarted`, which follows each claim at once.
    pub(crate) fn events(&mut self) -> Vec<EventKind> {
        let mut events = self.all_events();
        events.retain(|event| !matches!(event, EventKind::JobStarted(_)));
        events
    }

    pub(crate) fn all_events(&mut self) -> Vec<EventKind> {
        let next = || self.events.try_next();
        std::iter::from_fn(next)
            .map(|event: Event| event.kind)
            .collect()
    }
}

/// Describes the outcome of a job.
pub(crate) fn outcome(job: &JobCell) -> Option<String> {
    job.outcome().map(|outcome| match outcome {
        JobOutcome::Succeeded(()) => "succeeded".into(),
        JobOutcome::Failed(error) => error.to_string(),
        JobOutcome::Cancelled(reason) => format!("cancelled: {reason}"),
    })
}
