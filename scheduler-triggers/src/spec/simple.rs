//! The data forms of `once` and `interval`.

use serde::Serialize;

use super::{
    Length, Moment,
    build::{Built, Scope, bounds},
    error_path::Place as _,
    fields::Fields,
};
use crate::{Interval, Once, TriggerError};

/// `{"type":"once","at":"2024-07-01T12:00:00","tz":"Europe/Berlin"}`: the data form of `Once`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OnceSpec {
    /// The instant; a date means its first instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Moment>,
    /// The delay after the start of the schedule, in place of an instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Length>,
    /// Whether the instant is one of elapsed time, as for a delay whose schedule has started. An
    /// instant beyond the last date is omitted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub elapsed: bool,
    /// The zone of a local time without an offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
}

/// `{"type":"interval","every":"1h30m","start":"2024-07-01T12:00:00Z"}`: the data form of
/// `Interval`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct IntervalSpec {
    /// The elapsed time from one instant to the next.
    pub every: Length,
    /// The first instant. The default is one period after the start of the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Moment>,
    /// The last possible instant; a date includes the whole day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
    /// Whether the first instant is the start of the schedule. Valid only without `start`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub immediately: bool,
    /// Whether the first instant is one period after `start`. Valid only with `start`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skip_start: bool,
    /// The zone of local times without an offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
}

impl OnceSpec {
    pub(super) fn read(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["at", "after", "elapsed", "tz"])?;
        Ok(Self {
            at: fields.optional("at")?,
            after: fields.optional("after")?,
            elapsed: fields.or_default("elapsed")?,
            tz: fields.optional("tz")?,
        })
    }

    pub(super) fn build(&self, scope: &Scope<'_>) -> Result<Built, TriggerError> {
        let zone = Scope::named(self.tz.as_ref())?;
        let instant = |at: Moment| at.earliest_in(zone.as_ref().unwrap_or(scope.zone)).at("at");
        let once = match (self.at.map(instant).transpose()?, self.after, self.elapsed) {
            (at, None, true) => Once::elapsed(at),
            (Some(at), None, false) => Once::at(at),
            (None, Some(delay), false) => Once::after(delay.0),
            _ => return Err(TriggerError::OnceSource),
        };
        Ok(Built::new(once, zone))
    }
}

impl IntervalSpec {
    pub(super) fn read(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["every", "start", "end", "immediately", "skip_start", "tz"])?;
        Ok(Self {
            every: fields.required("every")?,
            start: fields.optional("start")?,
            end: fields.optional("end")?,
            immediately: fields.or_default("immediately")?,
            skip_start: fields.or_default("skip_start")?,
            tz: fields.optional("tz")?,
        })
    }

    pub(super) fn build(&self, scope: &Scope<'_>) -> Result<Built, TriggerError> {
        let named = Scope::named(self.tz.as_ref())?;
        let zone = named.as_ref().unwrap_or(scope.zone);
        let mut interval = Interval::every(self.every.0).at("every")?;
        if self.immediately {
            interval = interval.immediately();
        }
        let [start, end] = bounds(self.start, self.end, zone)?;
        if let Some(start) = start {
            interval = if self.skip_start {
                interval.counted_from(start)
            } else {
                interval.starting_at(start)
            };
        }
        if let Some(end) = end {
            interval = interval.ending_at(end);
        }
        Ok(Built::new(interval, named))
    }
}
