//! Builds triggers from data.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Moment, TriggerSpec, error_path::Place as _, kinds::each_kind};
use crate::{Bounded, Trigger, TriggerError, Zone};

/// The settings that a rule inherits from the rules around it.
pub(super) struct Scope<'a> {
    /// Zone for local times that name no zone.
    pub(super) zone: &'a Zone,
    depth: usize,
}

/// A trigger, and the zone in which to print its instants, if one is named.
pub(super) struct Built {
    pub(super) trigger: Arc<dyn Trigger>,
    pub(super) zone: Option<Zone>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(zone: &'a Zone) -> Self {
        Self { zone, depth: 0 }
    }

    /// Returns the zone called `name`, if a name is given.
    pub(super) fn named(name: Option<&String>) -> Result<Option<Zone>, TriggerError> {
        let zone = name.map(|name| name.parse().map_err(TriggerError::Zone));
        zone.transpose().at("tz")
    }

    /// Returns the scope for the rules inside a rule that names `zone`, if it names one.
    pub(super) fn inside<'b>(&self, zone: Option<&'b Zone>) -> Result<Scope<'b>, TriggerError>
    where
        'a: 'b,
    {
        let depth = self.depth + 1;
        if depth > DEEPEST {
            return Err(TriggerError::TooDeep { deepest: DEEPEST });
        }
        Ok(Scope {
            zone: zone.unwrap_or(self.zone),
            depth,
        })
    }
}

/// Returns the instants of `start` and `end` in `zone`. A date means its first instant as a start,
/// its last as an end.
pub(super) fn bounds(
    start: Option<Moment>,
    end: Option<Moment>,
    zone: &Zone,
) -> Result<[Option<DateTime<Utc>>; 2], TriggerError> {
    let start = start.map(|start| start.earliest_in(zone).at("start"));
    let end = end.map(|end| end.latest_in(zone).at("end"));
    Ok([start.transpose()?, end.transpose()?])
}

impl Built {
    pub(super) fn new(trigger: impl Trigger, zone: Option<Zone>) -> Self {
        Self {
            trigger: Arc::new(trigger),
            zone,
        }
    }

    /// Restricts the trigger to the given bounds, if any.
    pub(super) fn bounded(self, start: Option<DateTime<Utc>>, end: Option<DateTime<Utc>>) -> Self {
        if start.is_none() && end.is_none() {
            return self;
        }
        self.inside(start, end)
    }

    /// Puts the trigger inside a bounded rule, even without bounds.
    pub(super) fn inside(self, start: Option<DateTime<Utc>>, end: Option<DateTime<Utc>>) -> Self {
        let mut bounded = Bounded::new(self.trigger);
        if let Some(start) = start {
            bounded = bounded.starting_at(start);
        }
        if let Some(end) = end {
            bounded = bounded.ending_at(end);
        }
        Self::new(bounded, self.zone)
    }
}

macro_rules! build_kinds {
    ($($name:literal $kind:ident $spec:ident;)*) => {
        impl TriggerSpec {
            pub(super) fn build_inside(&self, scope: &Scope<'_>) -> Result<Built, TriggerError> {
                match self {
                    $(Self::$kind(spec) => spec.build(scope),)*
                }
            }
        }
    };
}

each_kind!(build_kinds);

impl TriggerSpec {
    /// Returns the start of the rule, if it has one.
    pub(crate) fn start(&self) -> Option<&Moment> {
        match self {
            Self::AllOf(_) | Self::AnyOf(_) | Self::Once(_) => None,
            Self::Bounded(spec) => spec.start.as_ref().or_else(|| spec.trigger.start()),
            Self::CalendarInterval(spec) => spec.start.as_ref(),
            Self::Cron(spec) => spec.start.as_ref(),
            Self::Excluding(spec) => spec.trigger.start(),
            Self::Interval(spec) => spec.start.as_ref(),
            Self::Jittered(spec) => spec.trigger.start(),
            Self::Limited(spec) => spec.counted_from(),
            Self::OnCalendar(spec) => spec.start.as_ref(),
        }
    }
}

/// The maximum nesting depth of rules.
pub(super) const DEEPEST: usize = 32;
