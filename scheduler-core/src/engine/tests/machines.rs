//! Tests of the schedules and the backfills alone, without the engine that connects them.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use chrono::TimeDelta;

use super::backfill::{at, every_minute, minutes};
use crate::{
    Backfill, BackfillControl, BackfillEnd, ErrorKind, Now, Options, Overlap, Schedule, ScheduleId,
    SkipReason, State, StateCause, Task, Verdict,
    engine::{
        Action, Ended, Key,
        backfill::Backfills,
        cx::Cx,
        jobs::{Finished, Jobs, RunEnded},
        plan,
        schedules::{Schedules, arming::SCHEDULE},
        trigger_calls::TriggerCalls,
    },
    job::JobError,
    schedule::BackfillCell,
    shell::Shared,
    trigger::{Asked, Interval},
};

const TEN: Duration = Duration::from_secs(10);

/// The machines below the shutdown, and the time.
struct Machines {
    cx: Cx,
    jobs: Jobs,
    schedules: Schedules,
    backfills: Backfills,
    now: Now,
}

impl Machines {
    /// Creates the machines of a running scheduler.
    fn running() -> Self {
        let now = Now::system();
        let mut cx = Cx::new(Options::default(), now, Weak::<Shared>::new());
        cx.change_state(State::Running, StateCause::Requested);
        Self {
            cx,
            jobs: Jobs::new(&Options::default(), crate::base::unix_time::UnixTime::EPOCH),
            schedules: Schedules::default(),
            backfills: Backfills::default(),
            now,
        }
    }

    fn add(&mut self, schedule: Schedule) -> ScheduleId {
        let added = self.schedules.add(schedule, &mut self.jobs, &mut self.cx);
        let id = added.unwrap();
        self.respond();
        id
    }

    /// Starts a backfill.
    fn fill(&mut self, id: &ScheduleId, what: Backfill) -> Arc<BackfillCell> {
        let host = Weak::<Shared>::new();
        let (schedules, jobs) = (&mut self.schedules, &mut self.jobs);
        let started = self
            .backfills
            .start(id, what, host, schedules, jobs, &mut self.cx);
        started.unwrap()
    }

    /// Passes the end of a run to its schedule or backfill.
    fn run_ended(&mut self, run: Option<&RunEnded>) {
        let (schedules, jobs) = (&mut self.schedules, &mut self.jobs);
        if run.is_some_and(RunEnded::is_of_backfill) {
            self.backfills.run_ended(run, schedules, jobs, &mut self.cx);
        } else {
            schedules.run_ended(run, jobs, &mut self.cx);
        }
    }

    /// Carries out the requested trigger calls.
    fn respond(&mut self) {
        for action in self.cx.outbox.take_actions() {
            match action {
                Action::Plan(asked) => {
                    let planned = plan(&asked);
                    self.schedules
                        .handle_plan(&asked, planned, &mut self.jobs, &mut self.cx);
                }
                Action::AskForInstants(asked) => {
                    let found = asked.ask();
                    self.backfills.handle_instants(
                        *asked,
                        found,
                        &mut self.schedules,
                        &mut self.jobs,
                        &mut self.cx,
                    );
                }
                _ => {}
            }
        }
    }

    /// Advances time, and handles the timers that are due.
    fn advance(&mut self, by: Duration) {
        self.now.pass(by);
        self.now.shift_wall(TimeDelta::from_std(by).unwrap());
        self.cx.begin(&self.now);
        while let Some((deadline, token)) = self.cx.deadlines.pop_timer(self.cx.elapsed()) {
            self.schedules
                .handle_due(token & !SCHEDULE, deadline, &mut self.cx);
            self.respond();
        }
    }

    /// Returns the jobs that have been claimed since the last call, in order.
    fn claimed(&mut self) -> Vec<Key> {
        let (first, others) = self.jobs.take_few();
        first
            .into_iter()
            .chain(others)
            .map(|claim| claim.key)
            .collect()
    }

    /// Finishes a running job, and returns the facts about its run.
    fn finish(&mut self, job: Key, ended: &Ended) -> Option<RunEnded> {
        match self.jobs.handle_finished(job, ended, &mut self.cx) {
            Some(Finished::Job(run)) => run,
            _ => panic!("it is no running job, or is tried again"),
        }
    }

    fn verdicts(&self, id: &ScheduleId) -> Vec<Verdict> {
        let history = self.schedules.history(id).unwrap();
        history.iter().map(|decision| decision.verdict).collect()
    }
}

fn every_ten() -> Schedule {
    Schedule::new(Interval::every(TEN).unwrap(), Task::new(|_| async {})).id("s")
}

fn succeeded() -> Ended {
    Ended::Returned(Ok(()))
}

#[test]
fn a_schedule_waits_for_its_instant_and_hands_its_run_to_the_jobs() {
    let mut all = Machines::running();
    let id = all.add(every_ten());
    assert_eq!(all.cx.deadlines.next_timer(), TEN.as_nanos() as u64);
    all.advance(TEN);
    assert_eq!(all.claimed().len(), 1);
    assert!(matches!(all.verdicts(&id)[..], [Verdict::Started(_)]));
    assert_eq!(all.cx.deadlines.next_timer(), 2 * TEN.as_nanos() as u64);
}

#[test]
fn the_end_of_a_run_starts_the_next_one_once_the_schedules_are_told() {
    let mut all = Machines::running();
    let id = all.add(every_ten().overlap(Overlap::BufferAll));
    all.advance(TEN);
    all.advance(TEN);
    let claimed = all.claimed();
    let [first] = claimed[..] else {
        panic!("one run at a time: {claimed:?}")
    };
    let run = all.finish(first, &succeeded());
    assert!(all.claimed().is_empty(), "the jobs do not know the buffer");
    all.schedules
        .run_ended(run.as_ref(), &mut all.jobs, &mut all.cx);
    assert_eq!(all.claimed().len(), 1);
    assert!(matches!(
        all.verdicts(&id)[..],
        [Verdict::Ran { .. }, Verdict::Started(_)]
    ));
}

#[test]
fn a_result_of_an_earlier_revision_is_void() {
    let mut all = Machines::running();
    let id = all
        .schedules
        .add(every_ten(), &mut all.jobs, &mut all.cx)
        .unwrap();
    let asked = all.cx.outbox.take_actions();
    let key = all.schedules.key_of_schedule(&id).unwrap();
    all.schedules.begin_removal(key, &mut all.cx);
    all.schedules.remove_listed(key, &mut all.jobs, &mut all.cx);
    assert_eq!(all.cx.trigger_calls.len(), 1, "its trigger is being asked");
    for action in asked {
        if let Action::Plan(asked) = action {
            let planned = plan(&asked);
            all.schedules
                .handle_plan(&asked, planned, &mut all.jobs, &mut all.cx);
        }
    }
    assert_eq!(all.cx.trigger_calls.len(), 0);
    assert_eq!(all.cx.deadlines.next_timer(), u64::MAX);
    let unknown = all.schedules.key_of_schedule(&id).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
}

#[test]
fn due_instants_of_a_removed_schedule_are_awaited_until_its_trigger_has_listed_them() {
    let mut all = Machines::running();
    let id = all.add(every_ten());
    let key = all.schedules.key_of_schedule(&id).unwrap();
    all.now.pass(TEN);
    all.now.shift_wall(TimeDelta::from_std(TEN).unwrap());
    all.cx.begin(&all.now);
    all.schedules.begin_removal(key, &mut all.cx);
    assert!(all.schedules.is_retiring_at_once() && !all.schedules.is_retiring_slowly());
    for action in all.cx.outbox.take_actions() {
        if let Action::Retire(asked) = action {
            let due = asked.ask();
            all.schedules.handle_retired(*asked, due, &mut all.cx);
        }
    }
    assert!(!all.schedules.is_retiring_at_once());
    let removed = Verdict::not_run(SkipReason::ScheduleRemoved);
    assert_eq!(all.verdicts(&id), [removed]);
}

#[test]
fn a_backfill_proceeds_when_it_learns_of_the_end_of_its_run() {
    let mut all = Machines::running();
    let id = all.add(every_minute());
    let backfill = all.fill(&id, minutes(0, 1)).id();
    all.respond();
    for minute in 0..=1 {
        let claimed = all.claimed();
        let [run] = claimed[..] else {
            panic!("one run at a time: {claimed:?}")
        };
        let history = all.schedules.history(&id).unwrap();
        assert_eq!(history.last().unwrap().span.from, at(minute));
        let ended = all.finish(run, &succeeded());
        all.run_ended(ended.as_ref());
        let elapsed = all.cx.elapsed();
        all.backfills
            .handle_due(elapsed, &mut all.schedules, &mut all.jobs, &mut all.cx);
    }
    assert!(all.backfills.report(backfill).is_none(), "it has ended");
}

#[test]
fn a_backfill_that_is_ended_leaves_its_schedule_free_to_go() {
    let mut all = Machines::running();
    let id = all.add(every_minute());
    let key = all.schedules.key_of_schedule(&id).unwrap();
    let cell = all.fill(&id, minutes(0, 9));
    all.respond();
    let run = all.claimed()[0];
    all.schedules.begin_removal(key, &mut all.cx);
    all.backfills
        .end_of(key, &mut all.schedules, &mut all.jobs, &mut all.cx);
    all.schedules.remove_listed(key, &mut all.jobs, &mut all.cx);
    assert!(all.schedules.get(key).is_some(), "its backfill still runs");
    let failed = Ended::Returned(Err(JobError::failed("no")));
    let ended = all.finish(run, &failed);
    all.run_ended(ended.as_ref());
    assert!(all.schedules.get(key).is_none());
    let waiting = all.backfills.report(cell.id()).unwrap();
    assert_eq!(waiting.end, None, "its error handler has not returned");
    all.backfills.run_handled(run, &mut all.cx);
    assert_eq!(cell.report().end, Some(BackfillEnd::ScheduleRemoved));
}

#[test]
fn only_direct_calls_hold_up_the_jobs_of_an_instant() {
    let mut calls = TriggerCalls::default();
    for asked in [Asked::Elsewhere, Asked::Later] {
        calls.begin(asked);
        assert!(!calls.is_about_to_end());
    }
    calls.begin(Asked::AtOnce);
    assert!(calls.is_about_to_end());
    assert_eq!(calls.len(), 3);
    for asked in [Asked::AtOnce, Asked::Elsewhere, Asked::Later] {
        calls.end(asked);
    }
    assert_eq!((calls.len(), calls.is_about_to_end()), (0, false));
}
