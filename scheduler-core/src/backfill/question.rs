//! Reads the instants of a range from a trigger, a few at a time.

use std::sync::Arc;

use crate::{
    Backfill, BackfillId, BackfillOrder,
    base::{panic::Contained, unix_time::UnixTime},
    schedule::{
        repeats::just_after,
        search::{self, Standstill, first_from, step},
    },
    trigger::{Asked, Timeline, Trigger},
};

/// Number of instants that are read at a time.
const CHUNK: usize = 64;

/// A call of a trigger for the next instants of a range.
#[derive(Clone)]
pub(crate) struct BackfillQuestion {
    pub(crate) backfill: BackfillId,
    trigger: Contained<Arc<dyn Trigger>>,
    order: BackfillOrder,
    /// Begin of the range.
    from: UnixTime,
    /// End of the range, inclusive.
    to: UnixTime,
    /// Time on both timelines at the start of the backfill.
    live: Live,
    /// Where the trigger is called.
    pub(crate) asked: Asked,
}

/// Anchor of a relative trigger.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Live {
    pub(crate) wall: UnixTime,
    pub(crate) elapsed: UnixTime,
}

/// Result of a trigger call.
#[derive(Debug, Default)]
pub(crate) struct BackfillAnswer {
    pub(crate) found: Vec<UnixTime>,
    /// The instant after those that were read, if any.
    pub(crate) next: Option<UnixTime>,
    /// Fault of the trigger.
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
            BackfillOrder::OldestFirst => (UnixTime::of(what.from), UnixTime::of(what.to)),
            BackfillOrder::NewestFirst => (UnixTime::of(what.to), UnixTime::of(what.from)),
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

    /// Creates a question without a backfill, for a dry run.
    pub(crate) fn of(trigger: Arc<dyn Trigger>, what: &Backfill) -> Self {
        let from = UnixTime::of(what.from);
        let live = Live {
            wall: from,
            elapsed: from,
        };
        Self::new(
            BackfillId::from_number(0),
            what,
            Contained::new(trigger),
            live,
            Asked::AtOnce,
        )
    }

    /// Creates a question that continues at another instant.
    pub(crate) fn go_on_at(self, from: UnixTime) -> Self {
        Self { from, ..self }
    }

    /// Calls the trigger, which is user code. A panic, a lack of progress or an exceeded budget becomes a
    /// fault.
    pub(crate) fn ask(&self) -> BackfillAnswer {
        let mut answer = BackfillAnswer::default();
        answer.fault = search::asked(|| self.find(&mut answer)).0.err();
        answer
    }

    fn find(&self, answer: &mut BackfillAnswer) -> Result<(), Standstill> {
        let live = match self.trigger.timeline() {
            Timeline::Wall => self.live.wall,
            Timeline::Elapsed => self.live.elapsed,
        };
        let anchored = self.trigger.anchored(live.date());
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

    fn first(&self, trigger: &dyn Trigger) -> Result<Option<UnixTime>, Standstill> {
        match self.order {
            BackfillOrder::OldestFirst => first_from(trigger, self.from),
            BackfillOrder::NewestFirst => step_back(trigger, just_after(self.from)),
        }
    }

    fn following(
        &self,
        trigger: &dyn Trigger,
        instant: UnixTime,
    ) -> Result<Option<UnixTime>, Standstill> {
        match self.order {
            BackfillOrder::OldestFirst => step(trigger, instant),
            BackfillOrder::NewestFirst => step_back(trigger, instant),
        }
    }

    /// Returns whether the range reaches `instant`.
    fn reaches(&self, instant: UnixTime) -> bool {
        match self.order {
            BackfillOrder::OldestFirst => instant <= self.to,
            BackfillOrder::NewestFirst => instant >= self.to,
        }
    }

    pub(crate) fn into_trigger(self) -> Contained<Arc<dyn Trigger>> {
        self.trigger
    }

    pub(crate) const fn from(&self) -> UnixTime {
        self.from
    }
}

/// Returns the last instant before `before`, or an error if the trigger does not go back.
fn step_back(trigger: &dyn Trigger, before: UnixTime) -> Result<Option<UnixTime>, Standstill> {
    match trigger.prev_before(before.date()).map(UnixTime::of) {
        Some(previous) if previous >= before => {
            let (before, previous) = (before.date(), previous.date());
            Err(
                format!("the trigger does not go back: before {before} it returned {previous}")
                    .into(),
            )
        }
        previous => Ok(previous),
    }
}
