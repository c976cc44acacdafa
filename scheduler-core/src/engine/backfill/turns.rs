//! Steps of backfills, and their records in the history of the schedule.

use chrono::{DateTime, Utc};

use super::{BackfillAnswer, BackfillId, BackfillQuestion, Step, has_been_run};
use crate::{
    Decision, Now, Rerun, RunCause, RunFacts, ScheduleId, SkipReason, Span, State, Task, Verdict,
    engine::{
        Action, Discarded, Engine,
        jobs::{JobExtras, JobRecord},
        occurrence::Occurrence,
        slab::Key,
        time::{DUE_PER_TURN, Kind, NEVER, nanos},
    },
    job::Start,
};

impl Engine {
    /// Carries out the steps that a backfill can take now.
    pub(super) fn advance_backfill(&mut self, id: BackfillId) {
        let elapsed = self.cx.elapsed();
        let runs = self.cx.lifecycle.state() == State::Running;
        for _ in 0..DUE_PER_TURN {
            let Some(filling) = self.backfills.all.get_mut(&id) else {
                return;
            };
            match filling.step(elapsed, runs) {
                Step::Run(nominal) => self.run_unless_done(id, nominal),
                Step::Ask(question) => return self.ask_for_instants(id, question),
                Step::Until(due) => return self.set_turn(id, due),
                Step::Wait => return,
                Step::Over => return self.conclude_backfill(id),
            }
        }
        // More steps are possible, but other backfills must get their turn.
        self.set_turn(id, elapsed);
    }

    fn run_unless_done(&mut self, id: BackfillId, nominal: DateTime<Utc>) {
        if self.is_done(id, nominal) {
            self.skip_done(id, nominal);
        } else {
            self.start_backfill_run(id, nominal);
        }
    }

    /// Returns whether an instant ran before and must be skipped.
    fn is_done(&self, id: BackfillId, nominal: DateTime<Utc>) -> bool {
        let Some(filling) = self.backfills.all.get(&id) else {
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
        let mut decisions = self.schedules.decisions_of(&schedule).into_iter().flatten();
        decisions.any(|decision| decision.span.from == nominal && has_been_run(decision, rerun))
    }

    /// Counts a skipped instant. The record of its earlier run remains.
    fn skip_done(&mut self, id: BackfillId, nominal: DateTime<Utc>) {
        let Some(filling) = self.backfills.all.get_mut(&id) else {
            return;
        };
        filling.report.skipped += 1;
        let schedule = filling.schedule_id();
        self.schedules.tell_skipped(
            schedule,
            Span::single(nominal),
            SkipReason::AlreadyRan,
            &mut self.cx,
        );
    }

    fn ask_for_instants(&mut self, id: BackfillId, question: BackfillQuestion) {
        if let Some(filling) = self.backfills.all.get_mut(&id) {
            filling.asked = Some(question.from());
            self.cx.asking.note_question(question.asked);
            self.cx
                .outbox
                .actions
                .push_back(Action::AskForInstants(Box::new(question)));
        }
    }

    /// Returns whether the backfill still needs the result of a question.
    pub(in crate::engine) fn awaits_instants(&self, id: BackfillId) -> bool {
        let filling = self.backfills.all.get(&id);
        filling.is_some_and(|filling| filling.asked.is_some())
    }

    /// Handles the result of a trigger, unless the backfill was ended meanwhile.
    pub(crate) fn handle_instants(
        &mut self,
        question: BackfillQuestion,
        answer: BackfillAnswer,
        now: &Now,
    ) {
        self.cx.begin(now);
        self.cx.asking.note_answer(question.asked);
        let id = question.backfill;
        let filling = self.backfills.all.get_mut(&id);
        let Some(filling) = filling.filter(|filling| filling.asked.is_some()) else {
            let trigger = question.into_trigger();
            return self.cx.discard(Discarded::Trigger(trigger));
        };
        filling.asked = None;
        filling.known.extend(answer.found);
        filling.fault = answer.fault;
        match answer.next {
            Some(next) => filling.question = Some(question.go_on_at(next)),
            None => self.cx.discard(Discarded::Trigger(question.into_trigger())),
        }
        self.advance_backfill(id);
    }

    /// Sets the deadline of the next step.
    pub(super) fn set_turn(&mut self, id: BackfillId, due: u64) {
        if let Some(filling) = self.backfills.all.get_mut(&id) {
            let turn = &mut filling.turn;
            self.cx
                .deadlines
                .set(Kind::Backfill, id.as_key(), turn, due);
        }
    }

    /// Counts the pace from the start of this run.
    pub(super) fn watch_start(&mut self, id: BackfillId, job: Key, nominal: DateTime<Utc>) {
        if let Some(filling) = self.backfills.all.get_mut(&id) {
            filling.unstarted = Some(job);
        }
        let extras = self.jobs.get_mut(job).and_then(|job| job.extras.as_mut());
        if let Some(extras) = extras {
            extras.watched = Some(Box::new(backfilled(nominal)));
        }
    }

    /// Handles the start of a run for which its backfill waits.
    pub(in crate::engine) fn backfill_run_started(&mut self, job: Key) {
        let Some(&(id, _)) = self.backfills.runs.get(&job) else {
            return;
        };
        let elapsed = self.cx.elapsed();
        let Some(filling) = self.backfills.all.get_mut(&id) else {
            return;
        };
        if filling
            .unstarted
            .take_if(|unstarted| *unstarted == job)
            .is_some()
        {
            filling.ready = elapsed.saturating_add(nanos(filling.what.pace));
            let ready = filling.ready;
            self.set_turn(id, ready);
        }
    }

    /// Handles expired deadlines of backfills.
    pub(in crate::engine) fn handle_backfills(&mut self, elapsed: u64) {
        let pop = || self.cx.deadlines.pop_due(Kind::Backfill, elapsed);
        let due: Vec<_> = std::iter::from_fn(pop).take(DUE_PER_TURN).collect();
        for key in due {
            let id = BackfillId::of_key(key);
            self.set_turn(id, NEVER);
            self.advance_backfill(id);
        }
    }

    /// Continues all backfills after a pause of the scheduler.
    pub(in crate::engine) fn resume_backfills(&mut self) {
        let elapsed = self.cx.elapsed();
        let all: Vec<_> = self.backfills.all.keys().copied().collect();
        for id in all {
            self.set_turn(id, elapsed);
        }
    }

    /// Records a run.
    pub(super) fn accept_run(
        &mut self,
        task: &Task,
        schedule: ScheduleId,
        nominal: DateTime<Utc>,
        id: BackfillId,
    ) -> Key {
        let facts = RunFacts {
            cause: RunCause::Backfill,
            covers: None,
            backfill: Some(id),
        };
        let occurrence = backfilled(nominal);
        let extras = JobExtras::of_schedule(task, None, schedule, &occurrence).of_run(facts);
        let job = JobRecord::of_schedule(task.body(), extras);
        self.jobs.accept(job, Start::At(nominal), &mut self.cx)
    }

    pub(super) fn note_backfilled(
        &mut self,
        schedule: Key,
        nominal: DateTime<Utc>,
        verdict: Verdict,
    ) {
        self.schedules
            .note_occurrence(schedule, &backfilled(nominal), verdict, &self.cx);
    }

    /// Records and publishes the instants that a backfill did not reach.
    pub(super) fn note_not_backfilled(&mut self, key: Key, span: Span, reason: SkipReason) {
        let Some(record) = self.schedules.get(key) else {
            return;
        };
        let schedule = record.id.clone();
        self.schedules.note(
            key,
            |ledger, limit| {
                let verdict = Verdict::not_run(reason);
                let decision = Decision::new(span, RunCause::Backfill, self.cx.wall(), verdict);
                ledger.note(decision, limit);
            },
            &self.cx,
        );
        self.schedules
            .tell_skipped(schedule, span, reason, &mut self.cx);
    }
}

const fn backfilled(nominal: DateTime<Utc>) -> Occurrence {
    Occurrence::new(nominal, RunCause::Backfill)
}
