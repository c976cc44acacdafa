//! [`BackfillTimes`]: the dry run of a backfill.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    iter::FusedIterator,
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::{
    Backfill,
    question::{BackfillAnswer, BackfillQuestion},
};
use crate::{Trigger, base::unix_time::UnixTime};

/// Iterator over the instants that a [`Backfill`] would run, in its order.
///
/// The instants are computed on demand, so a large range costs nothing in advance. The iteration ends
/// with the range, the limit, or the trigger. If the trigger failed, [`fault`](Self::fault) says so.
#[must_use = "nothing is found until it is asked for"]
pub struct BackfillTimes {
    question: Option<BackfillQuestion>,
    known: VecDeque<UnixTime>,
    /// Instants that ran before and are skipped.
    skipped: BTreeSet<UnixTime>,
    left: u64,
    fault: Option<Arc<str>>,
}

impl BackfillTimes {
    /// Returns the instants of `trigger` that `what` selects, including those that ran before. Third-party
    /// schedulers use this. A relative trigger is anchored at the begin of the range.
    pub fn of(trigger: Arc<dyn Trigger>, what: &Backfill) -> Self {
        let question = BackfillQuestion::of(trigger, what);
        Self::new(question, BTreeSet::new(), what.limit)
    }

    pub(crate) const fn new(
        question: BackfillQuestion,
        skipped: BTreeSet<UnixTime>,
        limit: Option<u64>,
    ) -> Self {
        Self {
            question: Some(question),
            known: VecDeque::new(),
            skipped,
            left: match limit {
                Some(limit) => limit,
                None => u64::MAX,
            },
            fault: None,
        }
    }

    /// Returns the fault of the trigger, if one ended the iteration.
    ///
    /// ```
    /// use scheduler_core::backfill::Backfill;
    /// # use scheduler_core::{Schedule, Scheduler, SchedulerExt, Task, trigger::Cron};
    /// # let scheduler = scheduler_core::Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    /// # let daily = Schedule::new(Cron::parse("@daily")?, Task::new(|_| async {}));
    /// # let daily = scheduler.add(daily.id("daily"))?;
    /// # let week = "2026-01-01T00:00:00Z".parse()?..="2026-01-07T00:00:00Z".parse()?;
    ///
    /// let mut times = daily.backfill_times(&Backfill::new(week))?;
    /// assert_eq!(times.by_ref().count(), 7);
    /// assert_eq!(times.fault(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Reads the next batch of instants from the trigger.
    fn ask(&mut self) -> Option<()> {
        let question = self.question.take()?;
        let BackfillAnswer { found, next, fault } = question.ask();
        self.fault = fault;
        self.known.extend(found);
        self.question = next.map(|next| question.go_on_at(next));
        Some(())
    }
}

impl Iterator for BackfillTimes {
    type Item = DateTime<Utc>;

    fn next(&mut self) -> Option<DateTime<Utc>> {
        if self.left == 0 {
            return None;
        }
        loop {
            match self.known.pop_front() {
                Some(instant) if self.skipped.contains(&instant) => {}
                Some(instant) => {
                    self.left -= 1;
                    return Some(instant.date());
                }
                None => self.ask()?,
            }
        }
    }
}

impl FusedIterator for BackfillTimes {}

impl fmt::Debug for BackfillTimes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackfillTimes")
            .field("known", &self.known)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}
