//! Decides due instants of several stretches together: after the wall clock was set back, instants that come again and
//! instants that are new have records of different causes, but one misfire policy (`MF-004`).

use super::{Due, Plan, PlanRequest, Standstill, UnixTime};
use crate::{MisfirePolicy, SkipReason, Which};

/// Decides which of the due instants run: `nominal`, and those after it up to `now`.
pub(super) fn due(
    request: &PlanRequest,
    nominal: UnixTime,
    now: UnixTime,
    wall: UnixTime,
) -> Result<Plan, Standstill> {
    let mut stretches = Vec::new();
    let mut next = Some(nominal);
    // At most two ends for each closed pass, and the number of closed passes is bounded.
    while let Some(first) = next.filter(|&first| first <= now) {
        let stretch = request.stretch(first, now);
        let due = Due::find(&stretch.rule, first, stretch.until, now, wall)?;
        // The jitter of the awaited instant has passed. A later instant may still have to wait for its own.
        if first > nominal && due.is_to_come() {
            break;
        }
        let latest = due.latest;
        next = request.following(latest)?;
        stretches.push((stretch, first, latest));
    }
    let dues = stretches
        .iter()
        .map(|(stretch, first, latest)| Due::until(&stretch.rule, *first, *latest, now, wall));
    let dues = dues.collect::<Result<Vec<_>, _>>()?;
    request.wait_for(next, plan(request, &dues)?)
}

/// Applies the policies to the instants of all stretches.
fn plan(request: &PlanRequest, dues: &[Due<'_>]) -> Result<Plan, Standstill> {
    if let [due] = dues {
        return due.plan();
    }
    let mut plan = Plan::default();
    let mut left = Vec::new();
    for due in dues {
        if let Some(first) = due.left(&mut plan)? {
            left.push((due, first));
        }
    }
    match request.policies().misfire.policy {
        MisfirePolicy::Skip => {
            let Some((last, earlier)) = left.split_last() else {
                return Ok(plan);
            };
            for (due, first) in earlier {
                due.skip_until(*first, due.latest, &mut plan)?;
            }
            last.0.skip(last.1, &mut plan)?;
        }
        MisfirePolicy::FireOnce(which) => {
            let run = match which {
                Which::Earliest => 0,
                Which::Latest => left.len().saturating_sub(1),
            };
            for (at, (due, first)) in left.iter().enumerate() {
                if at == run {
                    due.fire_once(*first, which, &mut plan)?;
                } else {
                    plan.pass(due.trigger, *first, due.latest, SkipReason::Coalesced)?;
                }
            }
        }
        MisfirePolicy::FireAll { max } => fire_all(&left, max, &mut plan)?,
    }
    Ok(plan)
}

/// Runs the last `max` instants of all stretches.
fn fire_all(left: &[(&Due<'_>, UnixTime)], max: usize, plan: &mut Plan) -> Result<(), Standstill> {
    let (mut free, mut parts) = (max, Vec::new());
    for (due, first) in left.iter().rev() {
        let mut part = Plan::default();
        if free == 0 {
            part.pass(due.trigger, *first, due.latest, SkipReason::TooMany)?;
        } else {
            free -= due.fire_all(*first, free, &mut part)?;
        }
        parts.push(part);
    }
    for part in parts.into_iter().rev() {
        plan.passed.extend(part.passed);
        plan.runs.extend(part.runs.into_vec());
    }
    Ok(())
}
