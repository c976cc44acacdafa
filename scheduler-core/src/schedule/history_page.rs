//! [`HistoryPage`]: a part of the history of a schedule.

use std::ops::RangeInclusive;

use chrono::{DateTime, Utc};

use super::{Decision, RunCause};
use crate::{Error, Result, base::unix_time::UnixTime};

/// A part of the history of a schedule: the decisions about the instants in a range, a page at a time.
/// [`ScheduleHandle::history_page`](crate::ScheduleHandle::history_page) returns it.
///
/// ```
/// use chrono::{TimeDelta, Utc};
/// use scheduler_core::{Schedule, SchedulerExt, Task, schedule::HistoryPage, trigger::Cron};
/// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
///
/// let hourly = scheduler.add(Schedule::new(Cron::parse("@hourly")?, Task::new(|_| async {})))?;
/// let yesterday = Utc::now() - TimeDelta::days(1)..=Utc::now();
/// let mut page = HistoryPage::new(yesterday).limit(20);
/// loop {
///     let decisions = hourly.history_page(&page)?;
///     let Some(last) = decisions.last() else { break };
///     page = page.after(last);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryPage {
    range: RangeInclusive<UnixTime>,
    limit: usize,
    after: Option<Identity>,
}

/// The values of a record that never change. Records of one instant that were made at the same moment may
/// share them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) from: UnixTime,
    pub(crate) to: UnixTime,
    pub(crate) cause: RunCause,
    pub(crate) at: UnixTime,
}

impl Identity {
    fn of(decision: &Decision) -> Self {
        Self {
            from: UnixTime::of(decision.span.from),
            to: UnixTime::of(decision.span.to),
            cause: decision.cause,
            at: UnixTime::of(decision.at),
        }
    }
}

impl HistoryPage {
    /// Creates the first page of the decisions about instants in `range`, with at most 100 of them.
    ///
    /// ```
    /// # use chrono::DateTime;
    /// # use scheduler_core::schedule::HistoryPage;
    /// let page = HistoryPage::new(DateTime::UNIX_EPOCH..=DateTime::UNIX_EPOCH);
    /// assert_eq!(page.clone().limit(100), page);
    /// ```
    #[must_use]
    pub fn new(range: RangeInclusive<DateTime<Utc>>) -> Self {
        let (from, to) = range.into_inner();
        Self {
            range: UnixTime::of(from)..=UnixTime::of(to),
            limit: DEFAULT_LIMIT,
            after: None,
        }
    }

    /// Sets the maximum number of decisions. A page has more only if its last decisions are about the same
    /// instant and were made at the same moment.
    ///
    /// ```
    /// # use chrono::DateTime;
    /// # use scheduler_core::schedule::HistoryPage;
    /// let page = HistoryPage::new(DateTime::UNIX_EPOCH..=DateTime::UNIX_EPOCH).limit(0);
    /// assert!(page.select(&[]).is_err());
    /// ```
    #[must_use]
    pub fn limit(self, decisions: usize) -> Self {
        Self {
            limit: decisions,
            ..self
        }
    }

    /// Begins the page after `last`, the last decision of the page before. If the history has dropped that
    /// decision, it begins with the oldest one.
    ///
    /// ```
    /// # use chrono::DateTime;
    /// # use scheduler_core::schedule::{Count, Decision, HistoryPage, RunCause, SkipReason, Span, Verdict};
    /// # let at = DateTime::UNIX_EPOCH;
    /// # let verdict = Verdict::not_run(SkipReason::Overlap);
    /// # let decision = Decision::new(Span::new(at, at, Count::Exactly(1)), RunCause::Due, at, verdict);
    /// let page = HistoryPage::new(at..=at);
    /// assert_eq!(page.select(&[decision.clone()])?.len(), 1);
    /// assert_eq!(page.after(&decision).select(&[decision])?.len(), 0);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn after(self, last: &Decision) -> Self {
        Self {
            after: Some(Identity::of(last)),
            ..self
        }
    }

    /// Selects the decisions of the page from a whole history, oldest first. For schedulers that implement
    /// [`ScheduleControl`](crate::implement::ScheduleControl) themselves.
    ///
    /// ```
    /// # use chrono::DateTime;
    /// # use scheduler_core::schedule::HistoryPage;
    /// let page = HistoryPage::new(DateTime::UNIX_EPOCH..=DateTime::UNIX_EPOCH);
    /// assert!(page.select(&[])?.is_empty());
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidConfig`](crate::Error::InvalidConfig) if the range ends before it begins, or if the limit is
    /// zero.
    pub fn select(&self, history: &[Decision]) -> Result<Vec<Decision>> {
        self.check()?;
        let all = history
            .iter()
            .map(|decision| (Identity::of(decision), decision));
        Ok(self.choose(all).cloned().collect())
    }

    /// Selects the records of the page, oldest first.
    pub(crate) fn choose<'a, R: 'a>(
        &self,
        all: impl Iterator<Item = (Identity, &'a R)> + Clone,
    ) -> impl Iterator<Item = &'a R> {
        let known = |identity: &Identity| Some(*identity) == self.after;
        let passed = all.clone().enumerate();
        let passed = passed.filter(|(_, (identity, _))| known(identity)).last();
        let passed = passed.map_or(0, |(place, _)| place + 1);
        let (mut left, mut last) = (self.limit, None);
        let within = all
            .skip(passed)
            .filter(|(identity, _)| self.contains(identity));
        let page = within.take_while(move |(identity, _)| {
            let is_same = last.replace(*identity) == Some(*identity);
            let fits = left > 0 || is_same;
            left = left.saturating_sub(1);
            fits
        });
        page.map(|(_, record)| record)
    }

    pub(crate) fn check(&self) -> Result<()> {
        let (from, to) = (self.range.start(), self.range.end());
        if from > to {
            return Err(Error::InvalidConfig {
                field: "history_page.range",
                problem: format!("ends at {}, before it begins at {}", to.date(), from.date()),
            });
        }
        if self.limit == 0 {
            return Err(Error::InvalidConfig {
                field: "history_page.limit",
                problem: "is zero, so that no page has a decision".into(),
            });
        }
        Ok(())
    }

    fn contains(&self, identity: &Identity) -> bool {
        identity.from <= *self.range.end() && identity.to >= *self.range.start()
    }
}

const DEFAULT_LIMIT: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Count, SkipReason, Span, Verdict};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap_or_default()
    }

    fn decision(from: i64, to: i64) -> Decision {
        let span = Span::new(at(from), at(to), Count::Exactly(1));
        let verdict = Verdict::not_run(SkipReason::Paused);
        Decision::new(span, RunCause::Due, at(to), verdict)
    }

    fn seconds(page: &HistoryPage, history: &[Decision]) -> Vec<i64> {
        let page = page.select(history).expect("the page is valid");
        let page = page.iter();
        page.map(|decision| decision.span.from.timestamp())
            .collect()
    }

    #[test]
    fn a_page_has_the_decisions_whose_instants_touch_the_range() {
        let history = [
            decision(1, 1),
            decision(2, 5),
            decision(6, 6),
            decision(7, 7),
        ];
        let of = |from, to| seconds(&HistoryPage::new(at(from)..=at(to)), &history);
        assert_eq!(of(5, 6), [2, 6]);
        assert_eq!(of(3, 4), [2]);
        assert_eq!(of(1, 1), [1]);
        assert_eq!(of(8, 9), Vec::<i64>::new());
    }

    #[test]
    fn the_next_page_continues_and_a_dropped_decision_is_no_obstacle() {
        let history: Vec<_> = (1..=5).map(|second| decision(second, second)).collect();
        let page = HistoryPage::new(at(0)..=at(9)).limit(2);
        assert_eq!(seconds(&page, &history), [1, 2]);
        let second = page.clone().after(&history[1]);
        assert_eq!(seconds(&second, &history), [3, 4]);
        assert_eq!(seconds(&second, &history[3..]), [4, 5]);
        assert_eq!(
            seconds(&page.after(&history[4]), &history),
            Vec::<i64>::new()
        );
    }

    #[test]
    fn decisions_that_look_the_same_stay_on_one_page() {
        let history = [
            decision(1, 1),
            decision(2, 2),
            decision(2, 2),
            decision(3, 3),
        ];
        let page = HistoryPage::new(at(0)..=at(9)).limit(2);
        assert_eq!(seconds(&page, &history), [1, 2, 2]);
        assert_eq!(seconds(&page.after(&history[1]), &history), [3]);
    }

    #[test]
    fn an_empty_range_and_a_limit_of_zero_are_refused() {
        let page = HistoryPage::new(at(0)..=at(9));
        for refused in [HistoryPage::new(at(1)..=at(0)), page.limit(0)] {
            let error = refused.select(&[]).expect_err("it is refused");
            assert_eq!(error.kind(), crate::ErrorKind::InvalidConfig);
        }
    }
}
