//! [`Filling`]: the state of one backfill and its next step. Pure.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use super::{BackfillQuestion, Due, Key};
use crate::{
    Backfill, BackfillControl, BackfillEnd, BackfillOrder, BackfillReport, Count, ScheduleId, Span,
    State, Task, base::unix_time::UnixTime, schedule::BackfillCell,
};

/// Upper limit of the concurrency of one backfill.
const MOST_AT_A_TIME: u64 = 1_000;

/// A backfill in progress.
pub(super) struct Filling {
    pub(super) schedule: Key,
    /// The requested range, on the timeline of the schedule.
    pub(super) what: Backfill,
    /// Nanoseconds from the timeline of the schedule to the wall clock, at the start.
    pub(super) lag: i128,
    pub(super) task: Task,
    /// The next question to the trigger; `None` while the trigger is being called, or after the
    /// last instant.
    pub(super) question: Option<BackfillQuestion>,
    /// The first instant of the range that the trigger is being asked for.
    pub(super) asked: Option<UnixTime>,
    /// Fault that ended the trigger after the known instants.
    pub(super) fault: Option<Arc<str>>,
    pub(super) known: VecDeque<UnixTime>,
    /// Instants that ran before the start and are skipped.
    pub(super) done: BTreeSet<UnixTime>,
    /// The deadline of the backfill's next step.
    pub(super) turn: Due,
    /// Deadline at which the pace allows the next start.
    pub(super) ready: u64,
    /// The accepted run that has not started. The pace of the next run counts from its start.
    pub(super) unstarted: Option<Key>,
    /// Reason why no further run starts.
    pub(super) ending: Option<BackfillEnd>,
    pub(super) report: BackfillReport,
    pub(super) cell: Arc<BackfillCell>,
}

/// Next step of a backfill.
pub(super) enum Step {
    Run(UnixTime),
    Ask(BackfillQuestion),
    /// Wait until this deadline.
    Until(u64),
    /// Wait until a run has ended or the trigger has returned.
    Wait,
    Over,
}

impl Filling {
    pub(super) fn new(
        schedule: Key,
        what: Backfill,
        task: &Task,
        question: BackfillQuestion,
        cell: Arc<BackfillCell>,
    ) -> Self {
        let task = task.clone();
        Self {
            schedule,
            task: match what.priority {
                Some(priority) => task.priority(priority),
                None => task,
            },
            what,
            lag: 0,
            question: Some(question),
            asked: None,
            fault: None,
            known: VecDeque::new(),
            done: BTreeSet::new(),
            turn: Due::default(),
            ready: 0,
            unstarted: None,
            ending: None,
            report: BackfillReport::default(),
            cell,
        }
    }

    /// Sets the instants to skip.
    pub(super) fn leaving(self, done: BTreeSet<UnixTime>) -> Self {
        Self { done, ..self }
    }

    /// Sets the difference between the wall clock and the timeline of the schedule.
    pub(super) fn lagging(self, lag: i128) -> Self {
        Self { lag, ..self }
    }

    pub(super) fn schedule_id(&self) -> ScheduleId {
        self.cell.schedule().clone()
    }

    /// Decides the next step. An instant that the step starts is removed from the backfill.
    pub(super) fn step(&mut self, elapsed: u64, state: State) -> Step {
        if self.ending.is_none() {
            self.ending = self.end_reached();
        }
        if self.ending.is_some() {
            let over = self.report.running == 0 && self.asked.is_none();
            return if over { Step::Over } else { Step::Wait };
        }
        let most = (self.what.max_concurrent as u64).min(MOST_AT_A_TIME);
        if state != State::Running || self.report.running >= most || self.unstarted.is_some() {
            return Step::Wait;
        }
        if elapsed < self.ready && !self.known.is_empty() {
            return Step::Until(self.ready);
        }
        match self.known.pop_front() {
            Some(nominal) => Step::Run(nominal),
            None => self.question.take().map_or(Step::Wait, Step::Ask),
        }
    }

    /// Returns the end of a backfill that is complete.
    fn end_reached(&self) -> Option<BackfillEnd> {
        let more = !self.known.is_empty() || self.question.is_some();
        match self.what.limit {
            _ if self.asked.is_some() => None,
            _ if !more => Some(self.last_end()),
            Some(limit) if self.report.started >= limit => Some(BackfillEnd::LimitReached),
            _ => None,
        }
    }

    /// Returns how the backfill ends when no instant is left.
    fn last_end(&self) -> BackfillEnd {
        let fault = self.fault.clone();
        fault.map_or(BackfillEnd::Completed, BackfillEnd::Faulted)
    }

    /// Returns the first remaining instant, or a time before it.
    pub(super) fn left(&self) -> Option<UnixTime> {
        let to_ask = || self.question.as_ref().map(BackfillQuestion::from);
        let known = self.known.front().copied();
        known.or(self.asked).or_else(to_ask)
    }

    /// Returns the first remaining instant in wall-clock time, for callers that continue from it.
    pub(super) fn left_by_clock(&self) -> Option<UnixTime> {
        let left = self.left()?;
        Some(left.checked_add(self.lag).unwrap_or(left))
    }

    /// Returns the remaining range, with its known number of instants.
    pub(super) fn span_of_rest(&self, left: UnixTime) -> Span {
        let known = self.known.len() + usize::from(self.question.is_some());
        let end = match self.what.order {
            BackfillOrder::OldestFirst => self.what.to,
            BackfillOrder::NewestFirst => self.what.from,
        };
        let left = left.date();
        Span::new(left.min(end), left.max(end), Count::AtLeast(known as u64))
    }
}
