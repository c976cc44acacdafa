//! [`TriggerSpec`]: triggers as data, which the feature `serde` reads and writes.
//!
//! Every kind is an object with a `type`; `docs/guide/triggers.md` lists them all. Unknown fields are
//! refused by name, so that a misspelt bound is not ignored. A null field counts as omitted. Errors have
//! a path at any depth. For this reason the data is read field by field: serde's internally tagged enums
//! lose the path.

mod build;
mod calendar;
mod combined;
mod concrete;
mod cron;
mod data;
mod error_path;
mod exclusion;
mod fields;
mod kinds;
mod length;
mod moment;
mod names;
mod on_calendar;
mod read;
mod simple;
#[cfg(test)]
mod tests;
pub(super) mod written;

use std::sync::Arc;

use serde::Serialize;

use self::build::Scope;
#[doc(hidden)]
pub use self::error_path::joined;
#[cfg(test)]
pub(super) use self::read::KINDS;
pub use self::{
    calendar::CalendarIntervalSpec,
    combined::{AllOfSpec, AnyOfSpec, BoundedSpec, ExcludingSpec, JitteredSpec, LimitedSpec},
    cron::CronSpec,
    exclusion::ExclusionSpec,
    length::Length,
    moment::Moment,
    on_calendar::OnCalendarSpec,
    simple::{IntervalSpec, OnceSpec},
};
use super::{Trigger, TriggerError, Zone, work};

/// A trigger as data, in a form that can be stored, sent and read by people.
///
/// ```
/// use scheduler_triggers::TriggerSpec;
///
/// let json = r#"{"type":"cron","expr":"0 9 * * MON-FRI","tz":"Europe/Berlin"}"#;
/// let spec: TriggerSpec = serde_json::from_str(json)?;
/// assert_eq!(serde_json::to_string(&spec)?, json);
///
/// let trigger = spec.build()?;
/// let next = trigger.next_after("2024-03-29T11:00:00Z".parse()?);
/// assert_eq!(next, Some("2024-04-01T07:00:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TriggerSpec {
    /// [`AllOf`](super::AllOf).
    AllOf(AllOfSpec),
    /// [`AnyOf`](super::AnyOf).
    AnyOf(AnyOfSpec),
    /// [`Bounded`](super::Bounded).
    Bounded(BoundedSpec),
    /// [`CalendarInterval`](super::CalendarInterval).
    CalendarInterval(CalendarIntervalSpec),
    /// [`Cron`](super::Cron).
    Cron(CronSpec),
    /// [`Excluding`](super::Excluding).
    Excluding(ExcludingSpec),
    /// [`Interval`](super::Interval).
    Interval(IntervalSpec),
    /// [`Jittered`](super::Jittered).
    Jittered(JitteredSpec),
    /// [`Limited`](super::Limited).
    Limited(LimitedSpec),
    /// [`OnCalendar`](super::OnCalendar).
    OnCalendar(OnCalendarSpec),
    /// [`Once`](super::Once).
    Once(OnceSpec),
}

impl TriggerSpec {
    /// Builds the trigger. Without a start, it is relative to the start of its schedule; see
    /// [`Trigger::anchored`].
    ///
    /// # Errors
    ///
    /// [`TriggerError`], with its position, the value found and the values allowed.
    ///
    /// ```
    /// # use scheduler_triggers::TriggerSpec;
    /// let spec: TriggerSpec = serde_json::from_str(r#"{"type":"interval","every":0}"#)?;
    /// assert!(spec.build().is_err());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn build(&self) -> Result<Arc<dyn Trigger>, TriggerError> {
        self.build_in(&Zone::utc()).map(|(trigger, _)| trigger)
    }

    /// Builds the trigger with `zone` as the default for local times. Also returns the zone in
    /// which to print its instants: its own, the first one named inside it, or else `zone`.
    ///
    /// # Errors
    ///
    /// The errors of [`build`](Self::build).
    ///
    /// ```
    /// # use scheduler_triggers::{TriggerSpec, Zone};
    /// let spec: TriggerSpec = serde_json::from_str(r#"{"type":"once","at":"2024-07-01T12:00"}"#)?;
    /// let (trigger, zone) = spec.build_in(&Zone::named("Asia/Tokyo")?)?;
    /// assert_eq!(trigger.to_string(), "once at 2024-07-01T03:00:00Z");
    /// assert_eq!(zone.to_string(), "Asia/Tokyo");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn build_in(&self, zone: &Zone) -> Result<(Arc<dyn Trigger>, Zone), TriggerError> {
        let built = work::building(work::DOCUMENT, || self.build_inside(&Scope::new(zone)))?;
        Ok((built.trigger, built.zone.unwrap_or_else(|| zone.clone())))
    }
}
