//! Flaws of how triggers are called, and of how their results are used.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scheduler_core::{
    Event, EventFilter, EventKind, Result, Schedule, ScheduleHandle, Scheduler, SchedulerExt,
    Trigger,
    trigger::{Repeats, Timeline},
};

use super::twist::{Scene, Twist};

type Instants = Option<DateTime<Utc>>;

/// A trigger whose calls go through the replaced functions.
#[derive(Clone)]
struct Wrapped {
    rule: Arc<dyn Trigger>,
    scheduler: Weak<dyn Scheduler>,
    ways: Ways,
}

#[derive(Clone, Copy)]
struct Ways {
    next: fn(&Wrapped, DateTime<Utc>) -> Instants,
    first: fn(&Wrapped, DateTime<Utc>) -> Instants,
    timeline: fn(&Wrapped) -> Timeline,
    may_block: fn(&Wrapped) -> bool,
    repeats: fn(&Wrapped) -> Repeats,
}

const SOUND: Ways = Ways {
    next: |wrapped, after| wrapped.rule.next_after(after),
    first: |wrapped, live| wrapped.rule.first_from(live),
    timeline: |wrapped| wrapped.rule.timeline(),
    may_block: |wrapped| wrapped.rule.may_block(),
    repeats: |wrapped| wrapped.rule.repeats(),
};

impl std::fmt::Debug for Wrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.rule.fmt(f)
    }
}

impl Trigger for Wrapped {
    fn next_after(&self, after: DateTime<Utc>) -> Instants {
        (self.ways.next)(self, after)
    }

    fn first_from(&self, live: DateTime<Utc>) -> Instants {
        (self.ways.first)(self, live)
    }

    fn timeline(&self) -> Timeline {
        (self.ways.timeline)(self)
    }

    fn may_block(&self) -> bool {
        (self.ways.may_block)(self)
    }

    fn repeats(&self) -> Repeats {
        (self.ways.repeats)(self)
    }

    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        let rule = self.rule.anchored(live)?;
        Some(Arc::new(Self {
            rule,
            ..self.clone()
        }))
    }
}

/// A twist that replaces how every trigger is called.
pub(super) struct Asks(Ways);

#[async_trait]
impl Twist for Asks {
    fn add(&self, on: &Scene, schedule: Schedule) -> Result<ScheduleHandle> {
        let (scheduler, ways) = (Arc::downgrade(&on.inner), self.0);
        on.inner.add(schedule.map_trigger(|rule| {
            Arc::new(Wrapped {
                rule,
                scheduler,
                ways,
            })
        }))
    }
}

/// Mutant 37: each run of an interval moves the next instants.
pub(super) const DRIFTS: Asks = Asks(Ways {
    next: |wrapped, after| {
        let next = wrapped.rule.next_after(after)?;
        Some(next + TimeDelta::milliseconds(700))
    },
    ..SOUND
});

/// Mutant 100: intervals follow the wall clock.
pub(super) const INTERVALS_ON_THE_WALL: Asks = Asks(Ways {
    timeline: |_| Timeline::Wall,
    ..SOUND
});

/// Mutant 39: a trigger that does not advance is called until it does.
pub(super) const ASKS_AGAIN: Asks = Asks(Ways {
    next: |wrapped, after| {
        let mut answers = (0..10_000).map(|_| wrapped.rule.next_after(after));
        answers.find(|next| next.is_none_or(|next| next > after))?
    },
    ..SOUND
});

/// Mutant 40: the result of a trigger is unwrapped.
pub(super) const UNWRAPS: Asks = Asks(Ways {
    first: |wrapped, live| {
        let first = wrapped.rule.first_from(live);
        assert!(first.is_some(), "called `unwrap` on a `None` value");
        first
    },
    next: |wrapped, after| {
        let next = wrapped.rule.next_after(after);
        assert!(next.is_some(), "called `unwrap` on a `None` value");
        next
    },
    ..SOUND
});

/// Mutant 101: an instant in the past is skipped.
pub(super) const FORGETS_THE_PAST: Asks = Asks(Ways {
    first: |wrapped, live| {
        let first = wrapped.rule.first_from(live)?;
        if first < live {
            return wrapped.rule.next_after(live);
        }
        Some(first)
    },
    ..SOUND
});

/// Mutant 102: a panicking trigger stops the scheduler.
pub(super) const STOPS_AT_A_PANIC: Asks = Asks(Ways {
    first: |wrapped, live| {
        let _stops = PausesWhenUnwinding(&wrapped.scheduler);
        wrapped.rule.first_from(live)
    },
    ..SOUND
});

struct PausesWhenUnwinding<'a>(&'a Weak<dyn Scheduler>);

impl Drop for PausesWhenUnwinding<'_> {
    fn drop(&mut self) {
        if std::thread::panicking()
            && let Some(scheduler) = self.0.upgrade()
        {
            scheduler.pause().unwrap_or_default();
        }
    }
}

/// Returns whether `at` is on the given day, in UTC.
fn on(at: DateTime<Utc>, (year, month, day): (i32, u32, u32)) -> bool {
    Some(at.date_naive()) == NaiveDate::from_ymd_opt(year, month, day)
}

/// Mutant 43: a repeated local time runs twice.
pub(super) const REPEATS_THE_HOUR: Asks = Asks(Ways {
    next: |wrapped, after| {
        let next = wrapped.rule.next_after(after);
        let hour = TimeDelta::hours(1);
        let again = wrapped.rule.next_after(after - hour).map(|at| at + hour);
        let again = again.filter(|&at| at > after && on(at, (2026, 10, 25)));
        next.into_iter().chain(again).min()
    },
    ..SOUND
});

/// Mutant 103: a skipped local time does not run.
pub(super) const SKIPS_THE_HOUR: Asks = Asks(Ways {
    next: |wrapped, after| leave_out(wrapped, wrapped.rule.next_after(after)?),
    first: |wrapped, live| leave_out(wrapped, wrapped.rule.first_from(live)?),
    ..SOUND
});

fn leave_out(wrapped: &Wrapped, at: DateTime<Utc>) -> Instants {
    if on(at, (2026, 3, 29)) {
        return wrapped.rule.next_after(at);
    }
    Some(at)
}

/// Mutant 104: clock changes are rounded to whole hours.
pub(super) const ROUNDS_THE_SHIFT: Asks = Asks(Ways {
    next: |wrapped, after| {
        let next = wrapped.rule.next_after(after)?;
        let half = TimeDelta::minutes(i64::from(on(next, (2019, 10, 6))) * 30);
        Some(next + half)
    },
    ..SOUND
});

/// Mutant 360: no trigger is equal to another.
pub(super) const EQUALS_NOTHING: Asks = Asks(SOUND);

/// Mutant 178: a trigger is called a thousand times for each question.
pub(super) const ASKS_A_THOUSAND_TIMES: Asks = Asks(Ways {
    next: |wrapped, after| (0..1_000).fold(None, |_, _| wrapped.rule.next_after(after)),
    ..SOUND
});

/// Mutant 340: a trigger that may block is called on the driver's thread.
pub(super) const ASKS_AT_ONCE: Asks = Asks(Ways {
    may_block: |_| false,
    ..SOUND
});

/// Mutant 341: the work of triggers is not limited.
pub(super) const ASKS_WITHOUT_A_BUDGET: Asks = Asks(Ways {
    next: |wrapped, after| elsewhere(|| wrapped.rule.next_after(after)),
    first: |wrapped, live| elsewhere(|| wrapped.rule.first_from(live)),
    ..SOUND
});

fn elsewhere(ask: impl FnOnce() -> Instants + Send) -> Instants {
    std::thread::scope(|scope| scope.spawn(ask).join().ok().flatten())
}

/// Mutant 381: after a clock was set back, patterns wait until it has caught up.
pub(super) const WAITS_FOR_THE_CLOCK: Asks = Asks(Ways {
    repeats: |_| Repeats::Never,
    ..SOUND
});

/// Mutant 382: after a clock was set back a little, fixed times run again.
pub(super) const REPEATS_WHAT_IS_FIXED: Asks = Asks(Ways {
    repeats: |_| Repeats::Always,
    ..SOUND
});

/// Mutant 105: after a clock was set back, recorded instants run again.
pub(super) fn repeats_after_a_step_back(scene: Scene) -> Arc<dyn Scheduler> {
    let inner = Arc::downgrade(&scene.inner);
    let again = move |event: &Event| {
        let EventKind::ClockJumped { by } = event.kind else {
            return;
        };
        let Some(inner) = inner.upgrade().filter(|_| by < TimeDelta::zero()) else {
            return;
        };
        for schedule in inner.schedules() {
            drop(inner.schedule(&schedule.id).run_now());
        }
    };
    scene
        .inner
        .add_listener(EventFilter::scheduler(), Arc::new(again));
    scene.inner
}
