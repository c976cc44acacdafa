//! When a trigger is due, from when and how often: the answer as text.

use std::sync::Arc;

use chrono::{DateTime, Datelike, FixedOffset, SecondsFormat, Utc};
use scheduler_core::trigger::{
    Moment, Trigger, TriggerError, Upcoming, Zone, upcoming, upcoming_from,
};

/// A trigger and what is asked about it.
pub(super) struct Question {
    pub(super) trigger: Arc<dyn Trigger>,
    /// In which the times are printed.
    pub(super) zone: Zone,
    /// Now, if it is not said.
    pub(super) after: Option<Moment>,
    /// Whether `after` itself counts.
    pub(super) inclusive: bool,
    pub(super) count: u64,
}

impl Question {
    /// The times, in order. A trigger that is relative to the instant it becomes live does so at
    /// `after`. What lies behind the year 9999 cannot be written, and ends it.
    pub(super) fn times(self) -> Result<impl Iterator<Item = String>, TriggerError> {
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
        let locals = std::iter::from_fn(next).map(move |at| local(&self.zone, at));
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        let written = locals.take_while(|local| local.year() <= 9999).take(count);
        Ok(written.map(|local| local.to_rfc3339_opts(SecondsFormat::AutoSi, false)))
    }
}

/// On the clocks of the zone, with an offset of whole minutes: others cannot be written.
fn local(zone: &Zone, at: DateTime<Utc>) -> DateTime<FixedOffset> {
    let offset = zone.offset_at(at);
    let minutes = FixedOffset::east_opt(offset.local_minus_utc() / 60 * 60);
    at.with_timezone(&minutes.unwrap_or(offset))
}

/// For how many times one may ask.
pub(super) const MOST_TIMES: u64 = 1_000_000;
