//! Finds instants of a trigger with few calls, for gaps of any length.

use std::sync::Arc;

use crate::{
    Count, Span,
    base::{panic::caught, unix_time::UnixTime},
    trigger::{Trigger, work},
};

/// Fault of a trigger: it did not advance (`TM-009`), panicked, or exceeded its budget.
pub(crate) type Standstill = Arc<str>;

/// Maximum number of instants that are counted; larger counts are reported as "at least" this.
const COUNTED: u64 = 1_000;

/// Maximum number of member calls for counting, whose result is only informative.
const COUNTING: u32 = 10_000;

/// Calls a trigger, which is user code, within the budget of one decision. Returns the result and the
/// number of member calls.
pub(crate) fn asked<T>(
    ask: impl FnOnce() -> Result<T, Standstill>,
) -> (Result<T, Standstill>, u32) {
    let (answer, spent) = work::within(work::QUESTION, || caught(ask));
    let answer = match (answer, spent.overrun) {
        (Err(message), _) => Err(format!("the trigger panicked: {message}").into()),
        (Ok(_), Some(overrun)) => Err(format!("the trigger has no result: {overrun}").into()),
        (Ok(answer), None) => answer,
    };
    (answer, spent.questions)
}

/// Returns the next instant after `after`, or an error if the trigger does not advance.
pub(crate) fn step(trigger: &dyn Trigger, after: UnixTime) -> Result<Option<UnixTime>, Standstill> {
    match next_after(trigger, after) {
        Some(next) if next <= after => {
            let (after, next) = (after.date(), next.date());
            Err(format!("the trigger does not advance: after {after} it returned {next}").into())
        }
        next => Ok(next),
    }
}

/// Returns the next instant after `after`, as the trigger returns it.
pub(crate) fn next_after(trigger: &dyn Trigger, after: UnixTime) -> Option<UnixTime> {
    trigger.next_after(after.date()).map(UnixTime::of)
}

/// Returns the latest instant that is due at `now`, given that `nominal` is due.
///
/// `next_after` is monotone, so the latest due instant is the smallest `t` with `next_after(t) > now`.
/// Some sixty calls find it, for any number of instants in between.
pub(crate) fn latest_due(
    trigger: &dyn Trigger,
    nominal: UnixTime,
    now: UnixTime,
) -> Result<UnixTime, Standstill> {
    let is_due = |next: Option<UnixTime>| next.is_some_and(|next| next <= now);
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

/// Returns a time strictly between the two, if there is one.
fn midpoint(low: UnixTime, high: UnixTime) -> Option<UnixTime> {
    let middle = low.checked_add(high.since(low) / 2)?;
    (middle > low && middle < high).then_some(middle)
}

/// Maximum number of listed instants.
pub(crate) const MOST_LISTED: usize = 100_000;

/// Returns the last `max` instants from `nominal` to `latest`, in order; at most [`MOST_LISTED`].
///
/// If there are very many, the search starts near the end: `max` times the latest distance before
/// it, doubled until enough instants are found. If earlier instants are much denser, bisection
/// finds a starting point with enough instants, and not too many.
pub(crate) fn last_due(
    trigger: &dyn Trigger,
    nominal: UnixTime,
    latest: UnixTime,
    max: usize,
) -> Result<Vec<UnixTime>, Standstill> {
    let max = max.min(MOST_LISTED);
    let limit = 2 * max + 64;
    let list = |from: UnixTime| {
        let start = step(trigger, before(from))?.unwrap_or(latest);
        list_up_to(trigger, start, latest, limit)
    };
    if let Some(all) = list_up_to(trigger, nominal, latest, limit)? {
        return Ok(keep_last(all, max));
    }
    // From `low` on there are too many.
    let mut low = nominal;
    let mut high = latest;
    let previous = latest_due(trigger, nominal, before(latest))?;
    let mut span = latest.since(previous);
    let mut found = vec![latest];
    while found.len() < max {
        let reach = span.checked_mul(max as i128);
        let near = reach.and_then(|reach| latest.checked_add(-reach));
        let from = near.filter(|&near| near > low);
        let Some(from) = from.or_else(|| midpoint(low, high)) else {
            break;
        };
        match list(from)? {
            Some(all) => {
                (high, found) = (from, all);
                span = span.checked_mul(2).unwrap_or(i128::MAX);
            }
            None => {
                low = from;
                span = i128::MAX;
            }
        }
    }
    Ok(keep_last(found, max))
}

/// Returns all instants from `first` to `latest`, or `None` if there are more than `limit`.
fn list_up_to(
    trigger: &dyn Trigger,
    first: UnixTime,
    latest: UnixTime,
    limit: usize,
) -> Result<Option<Vec<UnixTime>>, Standstill> {
    let mut all = Vec::new();
    let mut at = Some(first);
    while let Some(instant) = at.filter(|&instant| instant <= latest) {
        if all.len() == limit {
            return Ok(None);
        }
        all.push(instant);
        work::earn();
        at = step(trigger, instant)?;
    }
    Ok(Some(all))
}

fn keep_last(mut all: Vec<UnixTime>, max: usize) -> Vec<UnixTime> {
    all.drain(..all.len().saturating_sub(max));
    all
}

/// Returns the time just before `instant`, if it is representable.
pub(crate) fn before(instant: UnixTime) -> UnixTime {
    instant.saturating_add(-1)
}

/// Returns the first instant at or after `from`.
pub(crate) fn first_from(
    trigger: &dyn Trigger,
    from: UnixTime,
) -> Result<Option<UnixTime>, Standstill> {
    step(trigger, before(from))
}

/// Returns the range from instant `from` to instant `to`, with the number of instants in it.
pub(crate) fn span(
    trigger: &dyn Trigger,
    from: UnixTime,
    to: UnixTime,
) -> Result<Span, Standstill> {
    let mut count = 1;
    let mut at = from;
    let most = work::spent().saturating_add(COUNTING);
    while let Some(next) = step(trigger, at)?.filter(|&next| next <= to) {
        if count == COUNTED || work::spent() > most {
            let count = Count::AtLeast(count);
            return Ok(Span::new(from.date(), to.date(), count));
        }
        count += 1;
        at = next;
    }
    let count = Count::Exactly(count);
    Ok(Span::new(from.date(), to.date(), count))
}
