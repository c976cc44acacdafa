//! Which of a schedule's due instants run, and which one comes next: pure, and outside the lock,
//! because triggers are user code.
//!
//! An instant is *missed* when it is noticed later than the grace, or when a later instant of the
//! same schedule is due as well. However long the gap, the work is bounded: the latest due instant
//! is found by bisection, never by listing.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::slab::Key;
use crate::{
    Misfire, MisfirePolicy, Which,
    panic::message,
    trigger::{Timeline, Trigger},
};

/// A question to a trigger.
#[derive(Clone)]
pub(crate) struct PlanRequest {
    pub(crate) schedule: Key,
    pub(crate) trigger: Arc<dyn Trigger>,
    pub(crate) misfire: Misfire,
    pub(crate) ask: Ask,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ask {
    /// The first instant of a schedule that becomes live; the readings of both timelines.
    First {
        wall: DateTime<Utc>,
        elapsed: DateTime<Utc>,
    },
    /// What to do now that `nominal` is due, and what comes after.
    Due {
        nominal: DateTime<Utc>,
        now: DateTime<Utc>,
    },
}

/// The answer.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The trigger from now on, if a relative one has become absolute.
    pub(crate) trigger: Option<Arc<dyn Trigger>>,
    /// The instants to run for, in order.
    pub(crate) runs: Vec<DateTime<Utc>>,
    /// The first of the instants that are passed over.
    pub(crate) skipped: Option<DateTime<Utc>>,
    /// The next instant to wait for.
    pub(crate) next: Option<DateTime<Utc>>,
    /// What the trigger did wrong: the schedule is over.
    pub(crate) fault: Option<Arc<str>>,
}

/// Asks the trigger. A panic or a standstill of it becomes a fault (`TM-009`, `TM-011`).
pub(crate) fn plan(request: &PlanRequest) -> Plan {
    let answer = catch_unwind(AssertUnwindSafe(|| match request.ask {
        Ask::First { wall, elapsed } => Ok(first(&request.trigger, wall, elapsed)),
        Ask::Due { nominal, now } => due(&*request.trigger, &request.misfire, nominal, now),
    }));
    match answer {
        Ok(Ok(plan)) => plan,
        Ok(Err(standstill)) => Plan::faulted(standstill),
        Err(payload) => Plan::faulted(format!("its trigger panicked: {}", message(payload)).into()),
    }
}

impl Plan {
    fn faulted(problem: Arc<str>) -> Self {
        Self {
            fault: Some(problem),
            ..Self::default()
        }
    }
}

fn first(trigger: &Arc<dyn Trigger>, wall: DateTime<Utc>, elapsed: DateTime<Utc>) -> Plan {
    let at = |trigger: &Arc<dyn Trigger>| match trigger.timeline() {
        Timeline::Wall => wall,
        Timeline::Elapsed => elapsed,
    };
    let anchored = trigger.anchored(at(trigger));
    let absolute = anchored.as_ref().unwrap_or(trigger);
    Plan {
        next: absolute.first_from(at(absolute)),
        trigger: anchored,
        ..Plan::default()
    }
}

fn due(
    trigger: &dyn Trigger,
    misfire: &Misfire,
    nominal: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Plan, Arc<str>> {
    let latest = latest_due(trigger, nominal, now)?;
    let on_time = now.signed_duration_since(latest)
        <= TimeDelta::from_std(misfire.grace).unwrap_or(TimeDelta::MAX);
    let runs = match misfire.policy {
        MisfirePolicy::Skip if on_time => vec![latest],
        MisfirePolicy::Skip => Vec::new(),
        MisfirePolicy::FireOnce(Which::Latest) => vec![latest],
        MisfirePolicy::FireOnce(Which::Earliest) => vec![nominal],
        MisfirePolicy::FireAll { max } => last_due(trigger, nominal, latest, max)?,
    };
    Ok(Plan {
        skipped: first_skipped(trigger, nominal, latest, &runs),
        next: step(trigger, latest)?,
        runs,
        ..Plan::default()
    })
}

/// The next instant after `after`; an error if the trigger does not advance.
fn step(trigger: &dyn Trigger, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Arc<str>> {
    match trigger.next_after(after) {
        Some(next) if next <= after => {
            Err(format!("its trigger does not advance: after {after} it answered {next}").into())
        }
        next => Ok(next),
    }
}

/// The latest instant that is due at `now`, given that `nominal` is.
///
/// `next_after` is monotone, so the latest due instant is the smallest `t` with
/// `next_after(t) > now`: some sixty questions find it, however many instants lie between.
fn latest_due(
    trigger: &dyn Trigger,
    nominal: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, Arc<str>> {
    let is_due = |next: Option<DateTime<Utc>>| next.is_some_and(|next| next <= now);
    if !is_due(step(trigger, nominal)?) {
        return Ok(nominal);
    }
    let (mut low, mut high) = (nominal, now);
    while let Some(middle) = midpoint(low, high) {
        match step(trigger, middle)? {
            Some(next) if next <= now => low = next,
            _ => high = middle,
        }
    }
    Ok(if is_due(step(trigger, low)?) {
        high
    } else {
        low
    })
}

/// A point strictly between the two, if there is one.
fn midpoint(low: DateTime<Utc>, high: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let half = high.signed_duration_since(low) / 2;
    let middle = low.checked_add_signed(half)?;
    (middle > low && middle < high).then_some(middle)
}

/// The last `max` instants from `nominal` to `latest`, in order.
///
/// Where there are very many, the search starts close to the end: `max` times the latest distance
/// before it, doubled until enough are found.
fn last_due(
    trigger: &dyn Trigger,
    nominal: DateTime<Utc>,
    latest: DateTime<Utc>,
    max: usize,
) -> Result<Vec<DateTime<Utc>>, Arc<str>> {
    if let Some(all) = list_up_to(trigger, nominal, latest, max.saturating_mul(2))? {
        return Ok(keep_last(all, max));
    }
    let before = latest_due(trigger, nominal, latest - TimeDelta::nanoseconds(1))?;
    let mut span = latest.signed_duration_since(before);
    loop {
        let reach = span.checked_mul(i32::try_from(max).unwrap_or(i32::MAX));
        let from = reach.and_then(|reach| latest.checked_sub_signed(reach));
        let from = from.unwrap_or(nominal).max(nominal);
        let start = step(trigger, from - TimeDelta::nanoseconds(1))?.unwrap_or(latest);
        let limit = max.saturating_mul(4).saturating_add(1_000);
        match list_up_to(trigger, start, latest, limit)? {
            Some(all) if all.len() >= max || from == nominal => return Ok(keep_last(all, max)),
            Some(_) => span = span * 2,
            // Denser further back than at the end: the last distance decides.
            None => return list_dense(trigger, start, latest, max),
        }
    }
}

/// All instants from `first` to `latest`, or `None` if there are more than `limit`.
fn list_up_to(
    trigger: &dyn Trigger,
    first: DateTime<Utc>,
    latest: DateTime<Utc>,
    limit: usize,
) -> Result<Option<Vec<DateTime<Utc>>>, Arc<str>> {
    let mut all = Vec::new();
    let mut at = Some(first);
    while let Some(instant) = at.filter(|&instant| instant <= latest) {
        if all.len() == limit {
            return Ok(None);
        }
        all.push(instant);
        at = step(trigger, instant)?;
    }
    Ok(Some(all))
}

/// The last `max` instants of an irregular trigger, by stepping through a window.
fn list_dense(
    trigger: &dyn Trigger,
    first: DateTime<Utc>,
    latest: DateTime<Utc>,
    max: usize,
) -> Result<Vec<DateTime<Utc>>, Arc<str>> {
    /// Bounds the work for a trigger that is a million times denser some way back.
    const STEPS: usize = 1_000_000;
    let mut window = VecDeque::with_capacity(max.min(1_024));
    let mut at = Some(first);
    for _ in 0..STEPS {
        let Some(instant) = at.filter(|&instant| instant <= latest) else {
            break;
        };
        if window.len() == max {
            window.pop_front();
        }
        window.push_back(instant);
        at = step(trigger, instant)?;
    }
    Ok(window.into())
}

fn keep_last(mut all: Vec<DateTime<Utc>>, max: usize) -> Vec<DateTime<Utc>> {
    all.drain(..all.len().saturating_sub(max));
    all
}

/// The first due instant that does not run.
fn first_skipped(
    trigger: &dyn Trigger,
    nominal: DateTime<Utc>,
    latest: DateTime<Utc>,
    runs: &[DateTime<Utc>],
) -> Option<DateTime<Utc>> {
    if runs.first() != Some(&nominal) {
        return Some(nominal);
    }
    let ran_all = runs.last() == Some(&latest);
    if ran_all {
        None
    } else {
        trigger.next_after(nominal)
    }
}
