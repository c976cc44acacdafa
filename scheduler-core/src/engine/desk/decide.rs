//! Decides about a stored schedule: its due instants and its kept runs, in one write.

use std::{sync::Arc, time::Duration};

use super::schedules::{Known, instant_at, stored, unix};
use crate::{
    SkipReason, Span,
    engine::schedules::stored::{StoredFate, StoredPlan, StoredRule},
    schedule::{Policies, Verdict},
    store::{
        Begin, Decide, IdMaker, NewRun, OpenRun, Picture, RecordRow, RunOf, ScheduleState,
        ScheduleText, StoreTime,
    },
    trigger::Trigger,
};

/// The precision of stores.
const MICROSECOND: Duration = Duration::from_micros(1);

/// Returns the decision about a schedule as it is in the store; `None` if nothing has to change.
pub(super) fn decide(
    known: &Known,
    picture: &Picture,
    now: StoreTime,
    ids: &mut IdMaker,
    claims: usize,
) -> Option<Decide> {
    let row = &picture.row;
    let plan = match row.next.filter(|_| row.state == ScheduleState::Active) {
        Some(cursor) => due(known, after_records(cursor, row.last), now),
        None => None,
    };
    let may_release = row.state == ScheduleState::Active || row.state == ScheduleState::Finished;
    let has_work = plan.is_some() || may_release && !picture.kept.is_empty();
    if !has_work {
        return None;
    }
    let mut decision = Decision {
        known,
        picture,
        now,
        ids,
        claims,
        decide: Decide::from_picture(picture),
    };
    if let Some(plan) = &plan {
        decision.move_cursor(plan);
    }
    let runs = plan.map(|plan| plan.runs).unwrap_or_default();
    let runs: Vec<_> = runs.iter().map(|run| (stored(run.0), run.2)).collect();
    decision.overlap(&runs);
    decision.finish()
}

/// Returns the first instant of a new schedule from `from` on, later than `after`, and the trigger whose relative parts
/// were fixed.
pub(crate) fn begin(trigger: Arc<dyn Trigger>, from: StoreTime, after: Option<StoreTime>) -> Begin {
    let rule = StoredRule::new("", trigger, Policies::DEFAULT);
    let (anchored, mut first) = rule.begin(unix(from));
    if let (Some(after), Some(at)) = (after, first)
        && stored(at) <= after
    {
        let rule = anchored.clone().map_or(rule, |trigger| {
            StoredRule::new("", trigger, Policies::DEFAULT)
        });
        first = rule.first_from(unix(after.plus(MICROSECOND)));
    }
    (anchored, first.map(stored))
}

/// Returns the cursor, but not at or before the last record: an instant is decided once, whatever was written to the
/// row.
fn after_records(cursor: StoreTime, last: Option<StoreTime>) -> StoreTime {
    last.map_or(cursor, |last| cursor.max(last.plus(MICROSECOND)))
}

/// Returns the decision that resumes a paused schedule. The instants before `from` are recorded as skipped; without it
/// the schedule continues at its cursor.
pub(crate) fn resumed(picture: &Picture, from: Option<StoreTime>) -> Decide {
    let mut decide = Decide::from_picture(picture);
    decide.state = if decide.next.is_some() {
        ScheduleState::Active
    } else {
        // Its trigger had ended before the pause, which held its last runs.
        ScheduleState::Finished
    };
    let rule = ScheduleText::read(&picture.row.data).and_then(|text| text.rule());
    let (Some(from), Some(cursor), Some((trigger, policies))) = (from, picture.row.next, rule)
    else {
        return decide;
    };
    let rule = StoredRule::new(&picture.row.id, trigger, policies);
    let Some(nominal) = rule.first_from(unix(cursor)) else {
        return decide;
    };
    let plan = rule.resume(nominal, unix(from));
    for (span, reason) in &plan.passed {
        let skipped = name(Verdict::not_run(*reason));
        decide
            .records
            .push(span_record(&picture.row.id, span, &skipped, None));
    }
    decide.next = plan.next.map(stored);
    if decide.next.is_none() {
        decide.state = ScheduleState::Finished;
    }
    decide
}

/// Returns the plan about the instants that are due, with their jitter.
fn due(known: &Known, cursor: StoreTime, now: StoreTime) -> Option<StoredPlan> {
    let Some(nominal) = instant_at(&known.rule, cursor) else {
        // The trigger has no instant at or after the cursor.
        return Some(StoredPlan::default());
    };
    let is_due = known.rule.start_of(nominal) <= unix(now);
    is_due.then(|| known.rule.due(nominal, unix(now)))
}

struct Decision<'a> {
    known: &'a Known,
    picture: &'a Picture,
    now: StoreTime,
    ids: &'a mut IdMaker,
    /// Number of jobs that the node can still begin.
    claims: usize,
    decide: Decide,
}

impl Decision<'_> {
    fn move_cursor(&mut self, plan: &StoredPlan) {
        for (span, reason) in &plan.passed {
            self.record_span(span, &name(Verdict::not_run(*reason)), None);
        }
        self.decide.next = plan.next.map(stored);
        if self.decide.next.is_none() {
            self.decide.state = ScheduleState::Finished;
        }
    }

    /// Applies the overlap policy to the kept runs and to the new ones.
    fn overlap(&mut self, new: &[(StoreTime, Option<Span>)]) {
        let rule = &self.known.rule;
        let is_late = |run: &&OpenRun| rule.is_too_late(unix(run.run.nominal), unix(self.now));
        let (late, kept): (Vec<_>, Vec<_>) = self.picture.kept.iter().partition(is_late);
        self.decide.drop.extend(late.iter().map(|run| run.job));
        let open = &self.picture.open;
        let fates = rule.fates(kept.len(), new.len(), open.len());
        let (old_fates, new_fates) = fates.fates.split_at(kept.len());
        for (run, fate) in kept.iter().zip(old_fates) {
            match fate {
                StoredFate::Start => self.decide.release.push(run.job),
                StoredFate::Drop(_) => self.decide.drop.push(run.job),
                StoredFate::Keep => {}
            }
        }
        // Those that were cancelled before are among the open ones until they have ended.
        let oldest = open.iter().take(fates.cancelled).map(|run| run.job);
        self.decide.cancel.extend(oldest);
        for ((nominal, others), fate) in new.iter().zip(new_fates) {
            self.record_run(*nominal, *fate);
            match (others, fate) {
                // They share the fate of the run that would have replaced them.
                (Some(others), StoredFate::Drop(reason)) => {
                    self.record_span(others, &name(Verdict::not_run(*reason)), None);
                }
                (Some(others), _) => self.record_span(others, "coalesced", Some(*nominal)),
                (None, _) => {}
            }
        }
    }

    fn record_run(&mut self, nominal: StoreTime, fate: StoredFate) {
        let run = RunOf::due(&self.picture.row.id, nominal);
        let verdict = match fate {
            StoredFate::Start => "started".to_owned(),
            StoredFate::Keep => "buffered".to_owned(),
            StoredFate::Drop(reason) => name(Verdict::not_run(reason)),
        };
        let mut record = RecordRow::new(run.clone(), verdict);
        if !matches!(fate, StoredFate::Drop(_)) {
            let id = self.ids.next(self.now);
            if let Some(mut job) = self.known.job(id, run, self.now) {
                record.job = Some(id);
                let mut start = NewRun::new(job.clone());
                if fate == StoredFate::Keep {
                    job.due = None;
                    start = NewRun::new(job);
                } else if self.claims > 0 {
                    self.claims -= 1;
                    start.claim = true;
                }
                self.decide.start.push(start);
            }
        }
        self.decide.records.push(record);
    }

    fn record_span(&mut self, span: &Span, verdict: &str, into: Option<StoreTime>) {
        let record = span_record(&self.picture.row.id, span, verdict, into);
        self.decide.records.push(record);
    }

    /// Returns the decision, if it changes anything.
    fn finish(self) -> Option<Decide> {
        let (decide, row) = (self.decide, &self.picture.row);
        let changes = decide.next != row.next
            || decide.state != row.state
            || !decide.records.is_empty()
            || !decide.release.is_empty()
            || !decide.drop.is_empty();
        changes.then_some(decide)
    }
}

fn span_record(schedule: &str, span: &Span, verdict: &str, into: Option<StoreTime>) -> RecordRow {
    let (from, to) = (StoreTime::from(span.from), StoreTime::from(span.to));
    let mut record = RecordRow::new(RunOf::due(schedule, from), verdict);
    record.until = (to > from).then_some(to);
    record.count = span.count.known();
    record.into = into;
    record
}

/// Returns the name of a verdict about an instant that does not run, such as `missed:misfire`.
pub(super) fn name(verdict: Verdict) -> String {
    let reason = verdict.reason().map(reason_name).unwrap_or_default();
    match verdict {
        Verdict::Missed(_) => format!("missed:{reason}"),
        _ => format!("skipped:{reason}"),
    }
}

fn reason_name(reason: SkipReason) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}
