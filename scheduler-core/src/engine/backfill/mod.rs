//! Backfills: run the instants of a range on request, independently of the schedule.
//!
//! A backfill is a cursor. It knows a few instants at a time, and calls the trigger for more when those
//! are used up. A year of seconds therefore needs no more memory than an hour. It proceeds when a run of it
//! has ended, when the pace allows, or when its trigger has returned.

mod filling;
mod handled;
mod turns;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Weak},
};

use self::{
    filling::{Filling, Step},
    handled::Unhandled,
};
use super::{
    Discarded,
    cx::Cx,
    jobs::{Jobs, Nominal, RunEnded, id_of},
    schedules::{Schedules, ledger::Record},
    slab::Key,
    time::{Due, Kind},
};
use crate::{
    Backfill, BackfillControl, BackfillEnd, BackfillId, BackfillReport, BackfillTimes, EventKind,
    Operation, Rerun, Result, RunCause, ScheduleId, SkipReason, Span, Task, Verdict,
    base::unix_time::UnixTime,
    job::{CancelMode, CancelReason, JobId, JobOutcome, OutcomeKind},
    permit,
    schedule::{BackfillAnswer, BackfillCell, BackfillHost, BackfillQuestion},
};

/// Tag of the keys under which waits for backfills are stored. No job has such a key.
const BACKFILL: u64 = 1 << 63;

/// The backfills in progress.
#[derive(Default)]
pub(super) struct Backfills {
    all: BTreeMap<BackfillId, Filling>,
    /// For each job of a backfill: the backfill, and the nominal time.
    runs: BTreeMap<Key, (BackfillId, UnixTime)>,
    unhandled: Unhandled,
    last: u64,
}

impl Backfills {
    /// Returns the task of a backfill without active runs, if `key` is that of one.
    pub(super) fn idle_task(&self, key: Key) -> Option<&Task> {
        let id = BackfillId::of_key(key);
        let filling = self.all.get(&id).filter(|_| id.as_key() == key);
        let idle = filling.filter(|filling| filling.report.running == 0);
        idle.map(|filling| &filling.task)
    }
}

impl BackfillId {
    /// Returns the key under which waits for the backfill are stored; it is the id of no job.
    pub(crate) const fn as_target(self) -> JobId {
        JobId::from_bits(BACKFILL | self.number())
    }

    fn as_key(self) -> Key {
        super::key_of(self.as_target())
    }

    fn of_key(key: Key) -> Self {
        Self::from_number(key.to_bits() & !BACKFILL)
    }
}

impl Backfills {
    /// Starts a backfill.
    pub(in crate::engine) fn start(
        &mut self,
        id: &ScheduleId,
        what: Backfill,
        host: Weak<dyn BackfillHost>,
        schedules: &mut Schedules,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) -> Result<Arc<BackfillCell>> {
        permit(cx.lifecycle.state(), Operation::Backfill)?;
        let schedule = schedules.key_of_schedule(id)?;
        what.validate()?;
        let record = schedules.listed(id)?;
        let lag = record.lag(cx);
        let what = what.earlier_by(lag);
        let backfill = BackfillId::from_number(self.last + 1);
        let question = record.backfill_question(backfill, &what, cx);
        let cell = Arc::new(BackfillCell::new(backfill, id.clone(), host));
        let done = self.already_run(id, &what, schedules)?;
        let filling = Filling::new(schedule, what, record.task(), question, cell.clone());
        let filling = filling.leaving(done).lagging(lag);
        self.last += 1;
        self.all.insert(backfill, filling);
        schedules.note_backfill(schedule);
        cx.publish(|| EventKind::BackfillStarted {
            backfill,
            schedule: id.clone(),
        });
        self.advance(backfill, schedules, jobs, cx);
        Ok(cell)
    }

    /// Returns the instants that a backfill would run now.
    pub(in crate::engine) fn times(
        &self,
        id: &ScheduleId,
        what: &Backfill,
        schedules: &Schedules,
        cx: &Cx,
    ) -> Result<BackfillTimes> {
        let record = schedules.listed(id)?;
        what.validate()?;
        let what = what.clone().earlier_by(record.lag(cx));
        let nobody = BackfillId::from_number(0);
        let question = record.backfill_question(nobody, &what, cx);
        let skipped = self.already_run(id, &what, schedules)?;
        Ok(BackfillTimes::new(question, skipped, what.limit))
    }

    /// Returns the instants of the range that have already run. A backfill needs them at its begin,
    /// because its own records may evict them (`BF-013`).
    fn already_run(
        &self,
        id: &ScheduleId,
        what: &Backfill,
        schedules: &Schedules,
    ) -> Result<BTreeSet<UnixTime>> {
        let range = UnixTime::of(what.from)..=UnixTime::of(what.to);
        let records = schedules.records_of(id)?;
        let run = records.filter(|record| has_been_run(record, what.rerun));
        let instants = run.map(|record| record.from);
        Ok(instants.filter(|instant| range.contains(instant)).collect())
    }

    pub(in crate::engine) fn report(&self, id: BackfillId) -> Option<BackfillReport> {
        let Some(filling) = self.all.get(&id) else {
            return self.unhandled.report(id);
        };
        let left = filling.left_by_clock().map(UnixTime::date);
        Some(BackfillReport {
            left: left.or(filling.report.left),
            ..filling.report.clone()
        })
    }

    /// Returns the backfills in progress, oldest first.
    pub(in crate::engine) fn cells(&self) -> Vec<Arc<BackfillCell>> {
        let over = self.unhandled.cells();
        let all = self.all.values();
        let all = over.chain(all.map(|filling| filling.cell.clone()));
        let mut cells: Vec<_> = all.collect();
        cells.sort_by_key(|cell| cell.id());
        cells
    }

    fn start_run(
        &mut self,
        id: BackfillId,
        nominal: UnixTime,
        schedules: &mut Schedules,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        let Some(filling) = self.all.get_mut(&id) else {
            return;
        };
        filling.report.started += 1;
        filling.report.running += 1;
        let schedule = filling.schedule;
        let job = jobs.accept_run(filling.run(id, nominal), Nominal::At(nominal), cx);
        filling.unstarted = filling.is_paced().then_some(job);
        self.runs.insert(job, (id, nominal));
        jobs.begin_backfill_wait(id.as_key(), job);
        self.note_backfilled(
            schedule,
            nominal,
            Verdict::Started(id_of(job)),
            schedules,
            cx,
        );
        jobs.enqueue(job, schedules, cx);
    }

    /// Handles the end of a run of a backfill.
    pub(in crate::engine) fn run_ended(
        &mut self,
        run: Option<&RunEnded>,
        schedules: &mut Schedules,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        if let Some(run) = run {
            schedules.note_run_end(run);
            self.note_run_end(run.job, &run.outcome, schedules, jobs, cx);
        }
    }

    /// Records the end of a run of a backfill, and continues the backfill.
    fn note_run_end(
        &mut self,
        job: Key,
        outcome: &JobOutcome,
        schedules: &mut Schedules,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        let Some((id, nominal)) = self.runs.remove(&job) else {
            return;
        };
        jobs.end_backfill_wait(id.as_key(), job);
        if matches!(outcome, JobOutcome::Failed(_)) {
            self.unhandled.add(job, id);
        }
        let Some(filling) = self.all.get_mut(&id) else {
            return;
        };
        filling.report.note(nominal.date(), id_of(job), outcome);
        filling.unstarted.take_if(|unstarted| *unstarted == job);
        if filling.ending.is_none() {
            return self.set_turn(id, cx.elapsed(), cx);
        }
        self.end_if_over(id, schedules, cx);
    }

    /// Ends a backfill. With `runs`, also cancels its running jobs.
    pub(in crate::engine) fn end(
        &mut self,
        id: BackfillId,
        runs: Option<CancelMode>,
        schedules: &mut Schedules,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        self.interrupt(id, &BackfillEnd::Cancelled, schedules, cx);
        for job in self.runs_of(id) {
            if !jobs.is_running(job) {
                let run = jobs.prevent(job, CancelReason::Requested, cx);
                self.run_ended(run.as_ref(), schedules, jobs, cx);
            } else if let Some(mode) = runs {
                let (_, run) = jobs.cancel(job, mode, CancelReason::Requested, cx);
                self.run_ended(run.as_ref(), schedules, jobs, cx);
            }
        }
        jobs.fill(schedules, cx);
    }

    /// Ends the backfills of a removed schedule; running jobs continue.
    pub(super) fn end_of(
        &mut self,
        schedule: Key,
        schedules: &mut Schedules,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        let all = self.all.iter();
        let own = all.filter(|(_, filling)| filling.schedule == schedule);
        let own: Vec<_> = own.map(|(&id, _)| id).collect();
        for id in own {
            self.interrupt(id, &BackfillEnd::ScheduleRemoved, schedules, cx);
            for job in self.runs_of(id) {
                let run = jobs.prevent_starts(job, cx);
                self.run_ended(run.as_ref(), schedules, jobs, cx);
            }
        }
    }

    /// Ends all backfills for a shutdown.
    pub(super) fn end_all(&mut self, schedules: &mut Schedules, cx: &mut Cx) {
        let all: Vec<_> = self.all.keys().copied().collect();
        for id in all {
            self.interrupt(id, &BackfillEnd::Shutdown, schedules, cx);
        }
    }

    fn runs_of(&self, id: BackfillId) -> Vec<Key> {
        let runs = self.runs.iter();
        let own = runs.filter(|(_, (of, _))| *of == id);
        own.map(|(&job, _)| job).collect()
    }

    /// Ends a backfill early, unless it is ending, and records its remaining instants.
    fn interrupt(
        &mut self,
        id: BackfillId,
        end: &BackfillEnd,
        schedules: &mut Schedules,
        cx: &mut Cx,
    ) {
        let Some(filling) = self.all.get_mut(&id) else {
            return;
        };
        if filling.ending.is_none() {
            filling.ending = Some(end.clone());
            let (schedule, left) = (filling.schedule, filling.left());
            filling.report.left = filling.left_by_clock().map(UnixTime::date);
            // The result of a pending trigger call is void.
            filling.asked = None;
            if let Some(span) = left.map(|left| filling.span_of_rest(left)) {
                self.note_rest(schedule, span, end, schedules, cx);
            }
        }
        self.end_if_over(id, schedules, cx);
    }

    fn end_if_over(&mut self, id: BackfillId, schedules: &mut Schedules, cx: &mut Cx) {
        let is_over = |filling: &Filling| filling.ending.is_some() && filling.report.running == 0;
        if self.all.get(&id).is_some_and(is_over) {
            self.finish(id, schedules, cx);
        }
    }

    fn finish(&mut self, id: BackfillId, schedules: &mut Schedules, cx: &mut Cx) {
        let Some(mut filling) = self.all.remove(&id) else {
            return;
        };
        let turn = &mut filling.turn;
        cx.deadlines.clear(Kind::Backfill, id.as_key(), turn);
        let mut report = std::mem::take(&mut filling.report);
        report.end = filling.ending.clone();
        if report.end == Some(BackfillEnd::LimitReached) {
            report.left = filling.left_by_clock().map(UnixTime::date);
        }
        let published = Arc::new(report.clone());
        let schedule = filling.schedule_id();
        cx.publish(|| EventKind::BackfillFinished {
            backfill: id,
            schedule,
            report: published,
        });
        cx.discard(Discarded::Task(filling.task));
        if let Some(question) = filling.question {
            let trigger = question.into_trigger();
            cx.discard(Discarded::Trigger(trigger));
        }
        self.resolve_once_handled(filling.cell, report, cx);
        schedules.note_backfill_over(filling.schedule);
        schedules.drop_if_done(filling.schedule, cx);
    }

    fn note_rest(
        &mut self,
        schedule: Key,
        span: Span,
        end: &BackfillEnd,
        schedules: &mut Schedules,
        cx: &mut Cx,
    ) {
        let reason = match end {
            BackfillEnd::ScheduleRemoved => SkipReason::ScheduleRemoved,
            BackfillEnd::Shutdown => SkipReason::Shutdown,
            _ => SkipReason::BackfillEnded,
        };
        self.note_not_backfilled(schedule, span, reason, schedules, cx);
    }
}

/// Returns whether a record counts as an earlier run under the rerun policy.
fn has_been_run(record: &Record, rerun: Rerun) -> bool {
    let single = record.is_single();
    let is_instant = record.cause != RunCause::RunNow;
    let counts = match record.verdict {
        // A buffered instant will still run.
        Verdict::Started(_) | Verdict::Buffered => true,
        Verdict::Ran { outcome, .. } => {
            outcome == OutcomeKind::Succeeded || rerun == Rerun::Nothing
        }
        _ => false,
    };
    rerun != Rerun::All && single && is_instant && counts
}
