//! Shared code of triggers that combine several others.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

use super::{Timeline, Trigger, TriggerError};

/// Maximum number of members of a combined trigger. Every call calls each of them.
const MOST: usize = 1_000;

/// Checks that there is a member, and not too many.
pub(super) fn some(
    members: impl IntoIterator<Item = Arc<dyn Trigger>>,
) -> Result<Vec<Arc<dyn Trigger>>, TriggerError> {
    let members: Vec<_> = members.into_iter().collect();
    if members.is_empty() {
        Err(TriggerError::NoMembers)
    } else {
        few(&members).map(|()| members)
    }
}

/// Checks that there are not too many members or exclusions.
pub(super) fn few<T>(members: &[T]) -> Result<(), TriggerError> {
    if members.len() > MOST {
        let found = members.len();
        return Err(TriggerError::TooManyMembers { found, most: MOST });
    }
    Ok(())
}

/// Returns the wall clock, unless all members follow elapsed time.
pub(super) fn timeline(members: &[Arc<dyn Trigger>]) -> Timeline {
    let is_elapsed = |member: &Arc<dyn Trigger>| member.timeline() == Timeline::Elapsed;
    if members.iter().all(is_elapsed) {
        Timeline::Elapsed
    } else {
        Timeline::Wall
    }
}

/// Returns whether a call of any member may block.
pub(super) fn may_block(members: &[Arc<dyn Trigger>]) -> bool {
    members.iter().any(|member| member.may_block())
}

/// Converts every relative member to an absolute one. Returns `None` if none is relative.
pub(super) fn anchored(
    members: &[Arc<dyn Trigger>],
    live: DateTime<Utc>,
) -> Option<Vec<Arc<dyn Trigger>>> {
    let anchored: Vec<_> = members.iter().map(|member| member.anchored(live)).collect();
    if anchored.iter().all(Option::is_none) {
        return None;
    }
    let pairs = anchored.into_iter().zip(members);
    Some(
        pairs
            .map(|(anchored, member)| anchored.unwrap_or_else(|| member.clone()))
            .collect(),
    )
}

/// Formats the members as `(one; two; three)`.
pub(super) fn list(members: &[Arc<dyn Trigger>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("(")?;
    for (place, member) in members.iter().enumerate() {
        f.write_str(if place == 0 { "" } else { "; " })?;
        member.fmt_rule(f)?;
    }
    f.write_str(")")
}
