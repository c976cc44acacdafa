//! What rules that are made of several others have in common.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

use super::{Timeline, Trigger, TriggerError};

/// How many members a combined rule may have: each is asked at every question.
const MOST: usize = 1_000;

/// At least one member, and not too many.
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

/// Not too many members, or exclusions.
pub(super) fn few<T>(members: &[T]) -> Result<(), TriggerError> {
    if members.len() > MOST {
        let found = members.len();
        return Err(TriggerError::TooManyMembers { found, most: MOST });
    }
    Ok(())
}

/// The wall clock, unless all members count elapsed time.
pub(super) fn timeline(members: &[Arc<dyn Trigger>]) -> Timeline {
    let is_elapsed = |member: &Arc<dyn Trigger>| member.timeline() == Timeline::Elapsed;
    if members.iter().all(is_elapsed) {
        Timeline::Elapsed
    } else {
        Timeline::Wall
    }
}

/// Whether a question to any of the members may block.
pub(super) fn may_block(members: &[Arc<dyn Trigger>]) -> bool {
    members.iter().any(|member| member.may_block())
}

/// The members with every relative one made absolute, or `None` if none is relative.
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

/// `(one; two; three)`.
pub(super) fn list(members: &[Arc<dyn Trigger>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("(")?;
    for (place, member) in members.iter().enumerate() {
        f.write_str(if place == 0 { "" } else { "; " })?;
        member.fmt_rule(f)?;
    }
    f.write_str(")")
}
