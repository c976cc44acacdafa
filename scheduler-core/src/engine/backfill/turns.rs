//! Steps of backfills, and their records in the history of the schedule.

use super::{BackfillAnswer, BackfillId, BackfillQuestion, Backfills, Filling, Step, has_been_run};
use crate::{
    Rerun, RunCause, RunFacts, SkipReason, Span, Verdict,
    base::unix_time::UnixTime,
    engine::{
        Action, Discarded,
        cx::Cx,
        jobs::{JobRecord, Jobs},
        occurrence::Occurrence,
        schedules::{Schedules, ledger::Record},
        slab::Key,
        time::{DUE_PER_TURN, Kind, NEVER, nanos},
    },
};

impl Filling {
    /// Returns whether a pace counts from the start of each run.
    pub(super) const fn is_paced(&self) -> bool {
        !self.what.pace.is_zero()
    }

    /// Creates the job of a run.
    pub(super) fn run(&self, id: BackfillId, nominal: UnixTime) -> JobRecord {
        let facts = RunFacts {
            cause: RunCause::Backfill,
            covers: None,
            backfill: Some(id),
        };
        let what = backfilled(nominal);
        let run = JobRecord::of_run(&self.task, None, self.schedule_id(), &what);
        let run = run.with_facts(facts);
        if self.is_paced() {
            run.watching(what)
        } else {
            run
        }
    }
}

impl Backfills {
    /// Carries out the steps that a backfill can take now.
    pub(super) fn advance(
        &mut self,
        id: BackfillId,
        schedules: &mut Schedules,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        let elapsed = cx.elapsed();
        let state = cx.lifecycle.state();
        for _ in 0..DUE_PER_TURN {
            let Some(filling) = self.all.get_mut(&id) else {
                return;
            };
            match filling.step(elapsed, state) {
                Step::Run(nominal) => self.run_unless_done(id, nominal, schedules, jobs, cx),
                Step::Ask(question) => return self.ask(id, question, cx),
                Step::Until(due) => return self.set_turn(id, due, cx),
                Step::Wait => return,
                Step::Over => return self.finish(id, schedules, cx),
            }
        }
        // More steps are possible, but other backfills must get their turn.
        self.set_turn(id, elapsed, cx);
    }

    fn run_unless_done(
        &mut self,
        id: BackfillId,
        nominal: UnixTime,
        schedules: &mut Schedules,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        if self.is_done(id, nominal, schedules) {
            self.skip_done(id, nominal, schedules, cx);
        } else {
            self.start_run(id, nominal, schedules, jobs, cx);
        }
    }

    /// Returns whether an instant ran before and must be skipped.
    fn is_done(&self, id: BackfillId, nominal: UnixTime, schedules: &Schedules) -> bool {
        let Some(filling) = self.all.get(&id) else {
            return false;
        };
        let rerun = filling.what.rerun;
        if rerun == Rerun::All {
            return false;
        }
        if filling.done.contains(&nominal) {
            return true;
        }
        let schedule = filling.schedule_id();
        let mut records = schedules.records_of(&schedule).into_iter().flatten();
        records.any(|record| record.from == nominal && has_been_run(record, rerun))
    }

    /// Counts a skipped instant. The record of its earlier run remains.
    fn skip_done(
        &mut self,
        id: BackfillId,
        nominal: UnixTime,
        schedules: &mut Schedules,
        cx: &mut Cx,
    ) {
        let Some(filling) = self.all.get_mut(&id) else {
            return;
        };
        filling.report.skipped += 1;
        let schedule = filling.schedule_id();
        schedules.publish_skipped(
            schedule,
            Span::single(nominal.date()),
            SkipReason::AlreadyRan,
            cx,
        );
    }

    fn ask(&mut self, id: BackfillId, question: BackfillQuestion, cx: &mut Cx) {
        if let Some(filling) = self.all.get_mut(&id) {
            filling.asked = Some(question.from());
            cx.trigger_calls.begin(question.asked);
            cx.push(Action::AskForInstants(Box::new(question)));
        }
    }

    /// Returns whether the backfill still needs the result of a question.
    pub(in crate::engine) fn awaits_instants(&self, id: BackfillId) -> bool {
        let filling = self.all.get(&id);
        filling.is_some_and(|filling| filling.asked.is_some())
    }

    /// Handles the result of a trigger, unless the backfill was ended meanwhile.
    pub(in crate::engine) fn handle_instants(
        &mut self,
        question: BackfillQuestion,
        answer: BackfillAnswer,
        schedules: &mut Schedules,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        cx.trigger_calls.end(question.asked);
        let id = question.backfill;
        let filling = self.all.get_mut(&id);
        let Some(filling) = filling.filter(|filling| filling.asked.is_some()) else {
            let trigger = question.into_trigger();
            return cx.discard(Discarded::Trigger(trigger));
        };
        filling.asked = None;
        filling.known.extend(answer.found);
        filling.fault = answer.fault;
        match answer.next {
            Some(next) => filling.question = Some(question.go_on_at(next)),
            None => cx.discard(Discarded::Trigger(question.into_trigger())),
        }
        self.advance(id, schedules, jobs, cx);
    }

    /// Sets the deadline of the backfill's next step.
    pub(super) fn set_turn(&mut self, id: BackfillId, due: u64, cx: &mut Cx) {
        if let Some(filling) = self.all.get_mut(&id) {
            let turn = &mut filling.turn;
            cx.deadlines.set(Kind::Backfill, id.as_key(), turn, due);
        }
    }

    /// Handles the start of a run on which the pace of its backfill depends.
    pub(in crate::engine) fn run_started(&mut self, job: Key, cx: &mut Cx) {
        let Some(&(id, _)) = self.runs.get(&job) else {
            return;
        };
        let elapsed = cx.elapsed();
        let Some(filling) = self.all.get_mut(&id) else {
            return;
        };
        if filling
            .unstarted
            .take_if(|unstarted| *unstarted == job)
            .is_some()
        {
            filling.ready = elapsed.saturating_add(nanos(filling.what.pace));
            let ready = filling.ready;
            self.set_turn(id, ready, cx);
        }
    }

    /// Handles expired deadlines of backfills.
    pub(in crate::engine) fn handle_due(
        &mut self,
        elapsed: u64,
        schedules: &mut Schedules,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        let pop = || cx.deadlines.pop_due(Kind::Backfill, elapsed);
        let due: Vec<_> = std::iter::from_fn(pop).take(DUE_PER_TURN).collect();
        for key in due {
            let id = BackfillId::of_key(key);
            self.set_turn(id, NEVER, cx);
            self.advance(id, schedules, jobs, cx);
        }
    }

    /// Continues all backfills after a pause of the scheduler.
    pub(in crate::engine) fn resume(&mut self, cx: &mut Cx) {
        let elapsed = cx.elapsed();
        let all: Vec<_> = self.all.keys().copied().collect();
        for id in all {
            self.set_turn(id, elapsed, cx);
        }
    }

    pub(super) fn note_backfilled(
        &mut self,
        schedule: Key,
        nominal: UnixTime,
        verdict: Verdict,
        schedules: &mut Schedules,
        cx: &Cx,
    ) {
        schedules.note_occurrence(schedule, &backfilled(nominal), verdict, cx);
    }

    /// Records and publishes the instants that a backfill did not reach.
    pub(super) fn note_not_backfilled(
        &mut self,
        key: Key,
        span: Span,
        reason: SkipReason,
        schedules: &mut Schedules,
        cx: &mut Cx,
    ) {
        let Some(record) = schedules.get(key) else {
            return;
        };
        let schedule = record.id().clone();
        schedules.note(
            key,
            |ledger, limit| {
                let verdict = Verdict::not_run(reason);
                let record = Record::new(&span, RunCause::Backfill, cx.wall(), verdict);
                ledger.note(record, limit);
            },
            cx,
        );
        schedules.publish_skipped(schedule, span, reason, cx);
    }
}

const fn backfilled(nominal: UnixTime) -> Occurrence {
    Occurrence::new(nominal, RunCause::Backfill)
}
