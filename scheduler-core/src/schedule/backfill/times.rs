//! The instants that a backfill would run, without running them.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    iter::FusedIterator,
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::Backfill;
use crate::{
    Trigger,
    engine::{BackfillAnswer, BackfillQuestion},
};

/// The instants that a [`Backfill`](super::Backfill) would run, in its order: its dry run.
///
/// They are found as they are asked for, so that a range of very many costs nothing. Nothing is
/// run. The end of the iteration is that of the range, of the limit, or of the trigger, of which
/// [`fault`](Self::fault) tells.
#[must_use = "nothing is found until it is asked for"]
pub struct BackfillTimes {
    question: Option<BackfillQuestion>,
    known: VecDeque<DateTime<Utc>>,
    /// What has been run, and is passed over.
    skipped: BTreeSet<DateTime<Utc>>,
    left: u64,
    fault: Option<Arc<str>>,
}

impl BackfillTimes {
    /// The instants of `trigger` that are asked for, whether they have been run or not: for those who
    /// implement a scheduler. A rule that is relative becomes absolute at the beginning of the range.
    pub fn of(trigger: Arc<dyn Trigger>, what: &Backfill) -> Self {
        let question = BackfillQuestion::of(trigger, what);
        Self::new(question, BTreeSet::new(), what.limit)
    }

    pub(crate) const fn new(
        question: BackfillQuestion,
        skipped: BTreeSet<DateTime<Utc>>,
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

    /// What the trigger did wrong, if that has ended the iteration.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Asks the trigger for some more.
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
                    return Some(instant);
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
