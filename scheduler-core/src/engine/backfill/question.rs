//! Asking a trigger for the instants of a range, a few at a time.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{
    Backfill, BackfillId, BackfillOrder,
    engine::search::{self, Standstill, TICK, first_from, step},
    panic::Contained,
    trigger::{Asked, Timeline, Trigger},
};

/// How many instants are found at a time, however many there are.
const CHUNK: usize = 64;

/// A question to a trigger: which instants of a range come next.
#[derive(Clone)]
pub(crate) struct BackfillQuestion {
    pub(crate) backfill: BackfillId,
    trigger: Contained<Arc<dyn Trigger>>,
    order: BackfillOrder,
    /// The first instant that is wanted, or any before it.
    from: DateTime<Utc>,
    /// The last one that may be.
    to: DateTime<Utc>,
    /// The readings of both timelines when the backfill was asked for.
    live: Live,
    /// Where it is asked.
    pub(crate) asked: Asked,
}

/// When a rule becomes absolute that is relative yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Live {
    pub(crate) wall: DateTime<Utc>,
    pub(crate) elapsed: DateTime<Utc>,
}

/// The answer.
#[derive(Debug, Default)]
pub(crate) struct BackfillAnswer {
    pub(crate) found: Vec<DateTime<Utc>>,
    /// The instant after those, if there is one.
    pub(crate) next: Option<DateTime<Utc>>,
    /// What the trigger did wrong.
    pub(crate) fault: Option<Standstill>,
}

impl BackfillQuestion {
    pub(crate) fn new(
        backfill: BackfillId,
        what: &Backfill,
        trigger: Contained<Arc<dyn Trigger>>,
        live: Live,
        asked: Asked,
    ) -> Self {
        let (from, to) = match what.order {
            BackfillOrder::OldestFirst => (what.from, what.to),
            BackfillOrder::NewestFirst => (what.to, what.from),
        };
        Self {
            backfill,
            trigger,
            order: what.order,
            from,
            to,
            live,
            asked,
        }
    }

    /// A question that belongs to no backfill.
    pub(crate) fn of(trigger: Arc<dyn Trigger>, what: &Backfill) -> Self {
        let live = Live {
            wall: what.from,
            elapsed: what.from,
        };
        Self::new(
            BackfillId::from_number(0),
            what,
            Contained::new(trigger),
            live,
            Asked::AtOnce,
        )
    }

    /// The same from another instant on.
    pub(crate) fn go_on_at(self, from: DateTime<Utc>) -> Self {
        Self { from, ..self }
    }

    /// Asks the trigger: user code. A panic, a standstill or too much work of it becomes a fault.
    pub(crate) fn ask(&self) -> BackfillAnswer {
        let mut answer = BackfillAnswer::default();
        answer.fault = search::asked(|| self.find(&mut answer)).0.err();
        answer
    }

    fn find(&self, answer: &mut BackfillAnswer) -> Result<(), Standstill> {
        let anchored = self.trigger.anchored(match self.trigger.timeline() {
            Timeline::Wall => self.live.wall,
            Timeline::Elapsed => self.live.elapsed,
        });
        let anchored = anchored.map(Contained::new);
        let trigger = anchored.as_ref().unwrap_or(&self.trigger);
        let mut at = self.first(&***trigger)?;
        while let Some(instant) = at.filter(|&instant| self.reaches(instant)) {
            if answer.found.len() == CHUNK {
                answer.next = Some(instant);
                break;
            }
            answer.found.push(instant);
            at = self.following(&***trigger, instant)?;
        }
        Ok(())
    }

    fn first(&self, trigger: &dyn Trigger) -> Result<Option<DateTime<Utc>>, Standstill> {
        match self.order {
            BackfillOrder::OldestFirst => first_from(trigger, self.from),
            BackfillOrder::NewestFirst => {
                let end = self.from.checked_add_signed(TICK).unwrap_or(self.from);
                step_back(trigger, end)
            }
        }
    }

    fn following(
        &self,
        trigger: &dyn Trigger,
        instant: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, Standstill> {
        match self.order {
            BackfillOrder::OldestFirst => step(trigger, instant),
            BackfillOrder::NewestFirst => step_back(trigger, instant),
        }
    }

    /// Whether the range goes as far as `instant`.
    fn reaches(&self, instant: DateTime<Utc>) -> bool {
        match self.order {
            BackfillOrder::OldestFirst => instant <= self.to,
            BackfillOrder::NewestFirst => instant >= self.to,
        }
    }

    pub(in crate::engine) fn into_trigger(self) -> Contained<Arc<dyn Trigger>> {
        self.trigger
    }

    pub(super) const fn from(&self) -> DateTime<Utc> {
        self.from
    }
}

/// The last instant before `before`; an error if the trigger does not go back.
fn step_back(
    trigger: &dyn Trigger,
    before: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Standstill> {
    match trigger.prev_before(before) {
        Some(previous) if previous >= before => Err(format!(
            "its trigger does not go back: before {before} it answered {previous}"
        )
        .into()),
        previous => Ok(previous),
    }
}
