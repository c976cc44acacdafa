//! [`Question`]: asks a trigger for its next times.

use std::sync::Arc;

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat, Utc};
use scheduler_core::{
    Trigger,
    trigger::{Moment, TriggerError, Upcoming, Zone, upcoming, upcoming_from},
};

/// A trigger, the start and the number of requested times.
pub(super) struct Question {
    pub(super) trigger: Arc<dyn Trigger>,
    /// Zone in which the times are printed.
    pub(super) zone: Zone,
    /// Start of the times; `None` means now.
    pub(super) after: Option<Moment>,
    /// Whether `after` itself is included.
    pub(super) inclusive: bool,
    pub(super) count: u64,
}

impl Question {
    /// Returns the times in order, as text.
    pub(super) fn times(self) -> Result<impl Iterator<Item = String>, TriggerError> {
        let zone = self.zone.clone();
        Ok(self.instants()?.map(move |at| written(&zone, at)))
    }

    /// Returns the times in order. A relative trigger is anchored at `after`. Times after the year 9999 cannot be
    /// written and end the list.
    pub(super) fn instants(self) -> Result<impl Iterator<Item = DateTime<Utc>>, TriggerError> {
        let after = self
            .after
            .map_or_else(|| Ok(Utc::now()), |after| after.earliest_in(&self.zone))?;
        let trigger = self.trigger.anchored(after);
        let trigger = trigger.unwrap_or(self.trigger);
        let mut last = Some(after);
        let mut inclusive = self.inclusive;
        let next = move || {
            let ask = if std::mem::take(&mut inclusive) {
                upcoming_from
            } else {
                upcoming
            };
            let mut instants: Upcoming<'_> = ask(&*trigger, last?);
            last = instants.next();
            last
        };
        let zone = self.zone;
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        let can_be_written = move |at: &DateTime<Utc>| local(&zone, *at).year() <= 9999;
        Ok(std::iter::from_fn(next)
            .take_while(can_be_written)
            .take(count))
    }
}

/// Formats an instant in a zone.
pub(crate) fn written(zone: &Zone, at: DateTime<Utc>) -> String {
    local(zone, at).to_rfc3339_opts(SecondsFormat::AutoSi, false)
}

/// Formats local time with an offset in whole minutes, because RFC 3339 allows no others.
fn local(zone: &Zone, at: DateTime<Utc>) -> DateTime<FixedOffset> {
    let offset = zone.offset_at(at);
    let minutes = FixedOffset::east_opt(offset.local_minus_utc() / 60 * 60);
    at.with_timezone(&minutes.unwrap_or(offset))
}

/// Maximum number of times in a question.
pub(super) const MOST_TIMES: u64 = 1_000_000;
