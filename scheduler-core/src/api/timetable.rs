//! [`Timetable`]: the instants of all schedules in a range.

use std::{cmp::Reverse, collections::BinaryHeap, fmt, iter::FusedIterator, ops::RangeInclusive};

use chrono::{DateTime, Utc};

use crate::{Backfill, BackfillTimes, Error, ErrorKind, Result, ScheduleId, Scheduler};

/// Iterator over the instants of all schedules in a range, in order. At the same instant, schedules follow each
/// other in the order of their ids.
///
/// The instants are those of the triggers, computed on demand. Pauses, jitter and the policies for late and
/// overlapping runs are not considered: a timetable lists when work is due, not whether it runs.
#[must_use = "nothing is found until it is asked for"]
pub struct Timetable {
    /// The schedules in the order of their ids.
    lines: Vec<(ScheduleId, BackfillTimes)>,
    /// The next instant of each schedule that has one, with its place in the list.
    heads: BinaryHeap<Reverse<(DateTime<Utc>, usize)>>,
}

impl Timetable {
    pub(super) fn of<S: Scheduler + ?Sized>(
        scheduler: &S,
        range: RangeInclusive<DateTime<Utc>>,
    ) -> Result<Self> {
        let (from, to) = range.into_inner();
        if from > to {
            return Err(Error::InvalidConfig {
                field: "timetable.range",
                problem: format!("ends at {to}, before it begins at {from}"),
            });
        }
        let what = Backfill::new(from..=to);
        let mut lines = Vec::new();
        for info in scheduler.schedules() {
            match scheduler.schedule(&info.id).backfill_times(&what) {
                Ok(times) => lines.push((info.id, times)),
                // It was removed meanwhile.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        lines.sort_by(|(left, _), (right, _)| left.cmp(right));
        let mut table = Self {
            heads: BinaryHeap::with_capacity(lines.len()),
            lines,
        };
        (0..table.lines.len()).for_each(|line| table.advance(line));
        Ok(table)
    }

    fn advance(&mut self, line: usize) {
        let next = self.lines.get_mut(line).and_then(|(_, times)| times.next());
        self.heads.extend(next.map(|next| Reverse((next, line))));
    }

    /// Returns the schedules whose triggers have failed, with the fault. Their further instants are missing.
    ///
    /// ```
    /// use chrono::{TimeDelta, Utc};
    /// use scheduler_core::SchedulerExt;
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let mut tomorrow = scheduler.timetable(Utc::now()..=Utc::now() + TimeDelta::days(1))?;
    /// assert_eq!(tomorrow.by_ref().count(), 0);
    /// assert_eq!(tomorrow.faults().count(), 0);
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    pub fn faults(&self) -> impl Iterator<Item = (&ScheduleId, &str)> {
        self.lines
            .iter()
            .filter_map(|(id, times)| Some((id, times.fault()?)))
    }
}

impl Iterator for Timetable {
    type Item = (DateTime<Utc>, ScheduleId);

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((at, line)) = self.heads.pop()?;
        self.advance(line);
        let (id, _) = self.lines.get(line)?;
        Some((at, id.clone()))
    }
}

impl FusedIterator for Timetable {}

impl fmt::Debug for Timetable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let next = self.heads.peek().map(|Reverse((at, _))| at);
        f.debug_struct("Timetable")
            .field("schedules", &self.lines.len())
            .field("next", &next)
            .finish()
    }
}
