//! How one backfill stands, and what it does next: pure.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{BackfillQuestion, Key};
use crate::{
    Backfill, BackfillControl, BackfillEnd, BackfillOrder, BackfillReport, Count, ScheduleId, Span,
    Task, schedule::BackfillCell,
};

/// How many runs of one backfill may wait or go, whatever was asked for.
const MOST_AT_A_TIME: u64 = 1_000;

/// A backfill that is going.
pub(super) struct Filling {
    pub(super) schedule: Key,
    /// What is to be run, on the timeline of the schedule.
    pub(super) what: Backfill,
    /// How far that lagged behind the wall clock when it began.
    pub(super) lag: TimeDelta,
    pub(super) task: Task,
    /// The question that comes next, unless it is being asked or the trigger has no more.
    pub(super) question: Option<BackfillQuestion>,
    /// Where the question begins that its trigger is being asked.
    pub(super) asked: Option<DateTime<Utc>>,
    /// What its trigger did wrong after the instants that are known.
    pub(super) fault: Option<Arc<str>>,
    pub(super) known: VecDeque<DateTime<Utc>>,
    /// What had been run when it began, and is to be left alone.
    pub(super) done: BTreeSet<DateTime<Utc>>,
    /// Its entry among the turns.
    pub(super) turn: Option<u64>,
    /// When the pace allows the next start.
    pub(super) ready: u64,
    /// The run that has been accepted and has not started: the pace counts from its start.
    pub(super) unstarted: Option<Key>,
    /// Nothing more is to be started, for this reason.
    pub(super) ending: Option<BackfillEnd>,
    pub(super) report: BackfillReport,
    pub(super) cell: Arc<BackfillCell>,
}

/// What a backfill does next.
pub(super) enum Step {
    Run(DateTime<Utc>),
    Ask(BackfillQuestion),
    /// Nothing before then.
    Until(u64),
    /// Nothing before a run of it has ended or its trigger has answered.
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
            lag: TimeDelta::zero(),
            question: Some(question),
            asked: None,
            fault: None,
            known: VecDeque::new(),
            done: BTreeSet::new(),
            turn: None,
            ready: 0,
            unstarted: None,
            ending: None,
            report: BackfillReport::default(),
            cell,
        }
    }

    /// The same, which leaves these instants alone.
    pub(super) fn leaving(self, done: BTreeSet<DateTime<Utc>>) -> Self {
        Self { done, ..self }
    }

    /// The same, of a schedule that lags so far behind the wall clock.
    pub(super) fn lagging(self, lag: TimeDelta) -> Self {
        Self { lag, ..self }
    }

    pub(super) fn schedule_id(&self) -> ScheduleId {
        self.cell.schedule().clone()
    }

    /// What to do next: pure but for what it takes.
    pub(super) fn step(&mut self, elapsed: u64, runs: bool) -> Step {
        if self.ending.is_none() {
            self.ending = self.end_reached();
        }
        if self.ending.is_some() {
            let over = self.report.running == 0 && self.asked.is_none();
            return if over { Step::Over } else { Step::Wait };
        }
        let most = (self.what.max_concurrent as u64).min(MOST_AT_A_TIME);
        if !runs || self.report.running >= most || self.unstarted.is_some() {
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

    /// Whether it has come to an end by itself.
    fn end_reached(&self) -> Option<BackfillEnd> {
        let more = !self.known.is_empty() || self.question.is_some();
        match self.what.limit {
            _ if self.asked.is_some() => None,
            _ if !more => Some(self.last_end()),
            Some(limit) if self.report.started >= limit => Some(BackfillEnd::LimitReached),
            _ => None,
        }
    }

    /// How it ends when every instant has had its turn.
    fn last_end(&self) -> BackfillEnd {
        let fault = self.fault.clone();
        fault.map_or(BackfillEnd::Completed, BackfillEnd::Faulted)
    }

    /// The first instant that has not had its turn, or a point before it.
    pub(super) fn left(&self) -> Option<DateTime<Utc>> {
        let to_ask = || self.question.as_ref().map(BackfillQuestion::from);
        let known = self.known.front().copied();
        known.or(self.asked).or_else(to_ask)
    }

    /// The same by the wall clock, off which whoever goes on from there reads it.
    pub(super) fn left_by_clock(&self) -> Option<DateTime<Utc>> {
        let left = self.left()?;
        Some(left.checked_add_signed(self.lag).unwrap_or(left))
    }

    /// What is left, from `left` to the end of the range: at least what is known of it.
    pub(super) fn span_of_rest(&self, left: DateTime<Utc>) -> Span {
        let known = self.known.len() + usize::from(self.question.is_some());
        let end = match self.what.order {
            BackfillOrder::OldestFirst => self.what.to,
            BackfillOrder::NewestFirst => self.what.from,
        };
        Span {
            from: left.min(end),
            to: left.max(end),
            count: Count::AtLeast(known as u64),
        }
    }
}
