//! Effects of the next clock change on an entry.

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::trigger::ClockEffectKind;

use crate::crontab::Entry;

/// The period in which effects are searched for. A zone that changes its clocks does so within a year.
const DAYS: TimeDelta = TimeDelta::days(366);

/// The effects to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effects {
    /// Only the effects on times that the clock skips.
    Skipped,
    /// The effects on skipped and on repeated times.
    All,
}

/// Describes the effects of the first clock change that has one on the entry.
pub(super) fn next_change(entry: &Entry, wanted: Effects, now: DateTime<Utc>) -> Option<String> {
    let anchored = entry.trigger.anchored(now);
    let trigger = anchored.as_deref().unwrap_or(&*entry.trigger);
    let effects = trigger.clock_effects(now..=now + DAYS);
    let mut effects = effects.filter(|effect| {
        let is_skip = matches!(
            effect.kind(),
            ClockEffectKind::Moved | ClockEffectKind::Skipped
        );
        is_skip || wanted == Effects::All
    });
    let first = effects.next()?;
    let at = first.change().at();
    let more = effects.take_while(|effect| effect.change().at() == at);
    Some(match more.count() {
        0 => first.to_string(),
        1 => format!("{first}; 1 more time is affected"),
        more => format!("{first}; {more} more times are affected"),
    })
}
