//! [`Known`]: facts about an instant of a schedule, read under the lock.

use super::{Schedules, ledger::Record, plan::PlanRequest};
use crate::{
    Decision, Explanation, Result, ScheduleId, Verdict,
    base::unix_time::UnixTime,
    engine::cx::Cx,
    schedule::search::{self, before, next_after},
};

/// Facts about an instant without a record of its own.
pub(crate) struct Undecided {
    pub(crate) question: PlanRequest,
    /// The next instant of the schedule.
    pub(crate) waits_for: Option<UnixTime>,
    /// Present time on the timeline of the schedule.
    pub(crate) reading: UnixTime,
    /// The record of a range that may contain the instant.
    pub(crate) stretch: Option<Decision>,
    /// Whether the trigger has ended.
    pub(crate) is_over: bool,
    /// Wall-clock time at which the schedule got its trigger; `None` if it never had another one.
    pub(crate) ruled_since: Option<UnixTime>,
}

/// Facts for `explain`, read under the lock.
pub(crate) enum Known {
    Decision(Decision),
    Undecided(Box<Undecided>),
    Nothing,
}

impl Known {
    /// Computes the explanation. It calls the trigger, so it must not run under the lock.
    pub(crate) fn explain(self, instant: UnixTime) -> Explanation {
        let undecided = match self {
            Self::Decision(decision) => return Explanation::Decided(decision),
            Self::Nothing => return Explanation::NoRecord,
            Self::Undecided(undecided) => undecided,
        };
        let (answer, _) = search::asked(|| Ok(undecided.explain(instant)));
        answer.unwrap_or(Explanation::NoRecord)
    }
}

impl Undecided {
    fn explain(&self, instant: UnixTime) -> Explanation {
        let trigger = &**self.question.trigger;
        let is_some = next_after(trigger, before(instant)) == Some(instant);
        // The ends of a stretch are instants, whichever rule it is of. Of an earlier rule that is
        // all there is to know.
        let is_known = |stretch: &&Decision| {
            let span = &stretch.span;
            let is_end = [span.from, span.to].map(UnixTime::of).contains(&instant);
            let is_before = |since| UnixTime::of(stretch.at) <= since;
            is_end || self.ruled_since.is_some_and(is_before)
        };
        match &self.stretch {
            Some(stretch) if is_known(&stretch) => Explanation::Decided(stretch.clone()),
            _ if !is_some => Explanation::NoSuchInstant {
                next: next_after(trigger, instant).map(UnixTime::date),
            },
            Some(stretch) => Explanation::Decided(stretch.clone()),
            None if self.is_over => Explanation::NoRecord,
            None if self.waits_for.is_some_and(|next| instant < next) => Explanation::NoRecord,
            None if instant > self.reading => Explanation::NotYet,
            None => Explanation::Undecided,
        }
    }
}

impl Schedules {
    /// Creates the record of a buffered run, which a short history may have dropped.
    fn kept_record(&self, id: &ScheduleId, at: UnixTime, cx: &Cx) -> Option<Decision> {
        let kept = self.kept_at(self.listed_as(id)?, at)?;
        let record = Record::single(
            kept.nominal,
            kept.cause,
            cx.wall(),
            Verdict::Buffered.into(),
        );
        Some(record.decision())
    }

    /// Returns the facts about an instant of a schedule.
    pub(in crate::engine) fn explain(
        &self,
        id: &ScheduleId,
        instant: UnixTime,
        cx: &Cx,
    ) -> Result<Known> {
        let record = self.ledger(id)?.and_then(|ledger| ledger.about(instant));
        let decision = record.map(Record::decision);
        if let Some(decision) = decision
            .as_ref()
            .filter(|_| record.is_some_and(Record::is_single))
        {
            return Ok(Known::Decision(decision.clone()));
        }
        if let Some(kept) = self
            .kept_record(id, instant, cx)
            .filter(|_| decision.is_none())
        {
            return Ok(Known::Decision(kept));
        }
        let Ok((question, waits_for)) = self.preview(id, cx) else {
            return Ok(decision.map_or(Known::Nothing, Known::Decision));
        };
        let record = self.listed(id)?;
        Ok(Known::Undecided(Box::new(Undecided {
            reading: record.reading(cx),
            is_over: record.ended.is_some(),
            ruled_since: record.stats.as_ref().and_then(|stats| stats.ruled_since),
            question,
            waits_for,
            stretch: decision,
        })))
    }
}
