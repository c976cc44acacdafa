//! The data forms of rules that contain other rules.

use std::sync::Arc;

use serde::Serialize;

use super::{
    CronSpec, ExclusionSpec, Length, Moment, OnCalendarSpec, TriggerSpec,
    build::{Built, Scope, bounds},
    error_path::Place as _,
    fields::Fields,
};
use crate::{
    AllOf, AnyOf, Excluding, Jittered, Limited, Trigger, TriggerError, Zone, members::few, work,
};

/// `{"type":"all_of","triggers":[…],"threshold":"1s"}`: the data form of `AllOf`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AllOfSpec {
    /// The rules that must agree.
    pub triggers: Vec<TriggerSpec>,
    /// The maximum distance between their instants; one second by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Length>,
    /// The zone of members that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
}

/// `{"type":"any_of","triggers":[…]}`: the data form of `AnyOf`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AnyOfSpec {
    /// The rules that are merged. Without any, the rule is never due.
    pub triggers: Vec<TriggerSpec>,
    /// The zone of members that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
}

/// `{"type":"bounded","trigger":{…},"start":"2024-07-01","end":"2024-08-31"}`: the data form of
/// `Bounded`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BoundedSpec {
    /// The rule that is bounded.
    pub trigger: Box<TriggerSpec>,
    /// The first possible instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Moment>,
    /// The last possible instant; a date includes the whole day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
    /// The zone of the bounds, and of an inner rule that names none. The default is the zone of the
    /// inner rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
}

/// The data form of `Excluding`:
/// `{"type":"excluding","trigger":{…},"exclude":[{"type":"weekdays","weekdays":["sat","sun"]}]}`
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExcludingSpec {
    /// The rule from which instants are excluded.
    pub trigger: Box<TriggerSpec>,
    /// The exclusions.
    pub exclude: Vec<ExclusionSpec>,
    /// The zone of the exclusions, and of an inner rule that names none. The default is the zone of
    /// the inner rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
}

/// `{"type":"jittered","trigger":{…},"up_to":"30s","seed":"backup"}`: the data form of `Jittered`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct JitteredSpec {
    /// The rule whose instants are delayed.
    pub trigger: Box<TriggerSpec>,
    /// The maximum delay.
    pub up_to: Length,
    /// The seed of the delays, such as the id of the schedule.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub seed: String,
    /// The zone of an inner rule that names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
}

/// `{"type":"limited","trigger":{…},"count":3,"start":"2024-07-01"}`: the data form of `Limited`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LimitedSpec {
    /// The rule that is limited.
    pub trigger: Box<TriggerSpec>,
    /// The number of instants that are kept.
    pub count: usize,
    /// The instant from which the count begins. The default is the start of the inner rule, or else
    /// the start of the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Moment>,
    /// Whether the count begins at the start of the schedule, even if the inner rule has a start.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_live: bool,
    /// The zone of the start, and of an inner rule that names none. The default is the zone of the
    /// inner rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
}

impl AllOfSpec {
    pub(super) fn read(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["triggers", "threshold", "tz"])?;
        Ok(Self {
            triggers: fields.required("triggers")?,
            threshold: fields.optional("threshold")?,
            tz: fields.optional("tz")?,
        })
    }

    pub(super) fn build(&self, scope: &Scope<'_>) -> Result<Built, TriggerError> {
        let (members, zone) = members(&self.triggers, self.tz.as_ref(), scope)?;
        let all = AllOf::new(members).at("triggers")?;
        let all = match self.threshold {
            Some(threshold) => all.threshold(threshold.0),
            None => all,
        };
        Ok(Built::new(all, zone))
    }
}

impl AnyOfSpec {
    pub(super) fn read(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["triggers", "tz"])?;
        Ok(Self {
            triggers: fields.required("triggers")?,
            tz: fields.optional("tz")?,
        })
    }

    pub(super) fn build(&self, scope: &Scope<'_>) -> Result<Built, TriggerError> {
        let (members, zone) = members(&self.triggers, self.tz.as_ref(), scope)?;
        let any = AnyOf::of(members).at("triggers")?;
        Ok(Built::new(any, zone))
    }
}

impl BoundedSpec {
    pub(super) fn read(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["trigger", "start", "end", "tz"])?;
        Ok(Self {
            trigger: fields.required("trigger")?,
            start: fields.optional("start")?,
            end: fields.optional("end")?,
            tz: fields.optional("tz")?,
        })
    }

    pub(super) fn build(&self, scope: &Scope<'_>) -> Result<Built, TriggerError> {
        let built = inner(&self.trigger, self.tz.as_ref(), scope)?;
        let zone = built.zone.as_ref().unwrap_or(scope.zone);
        let [start, end] = bounds(self.start, self.end, zone)?;
        Ok(built.inside(start, end))
    }

    /// Returns the same rule as a `cron` or an `on_calendar` with bounds of its own, if the inner
    /// rule is one.
    pub(crate) fn simplified(self) -> TriggerSpec {
        match *self.trigger {
            TriggerSpec::Cron(cron) if !cron.has_bounds() && self.has_bounds() => {
                TriggerSpec::Cron(CronSpec {
                    start: self.start,
                    end: self.end,
                    ..cron
                })
            }
            TriggerSpec::OnCalendar(event) if !event.has_bounds() && self.has_bounds() => {
                TriggerSpec::OnCalendar(OnCalendarSpec {
                    start: self.start,
                    end: self.end,
                    ..event
                })
            }
            trigger => TriggerSpec::Bounded(Self {
                trigger: Box::new(trigger),
                ..self
            }),
        }
    }

    fn has_bounds(&self) -> bool {
        self.start.is_some() || self.end.is_some()
    }
}

impl ExcludingSpec {
    pub(super) fn read(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["trigger", "exclude", "tz"])?;
        Ok(Self {
            trigger: fields.required("trigger")?,
            exclude: fields.required("exclude")?,
            tz: fields.optional("tz")?,
        })
    }

    pub(super) fn build(&self, scope: &Scope<'_>) -> Result<Built, TriggerError> {
        let built = inner(&self.trigger, self.tz.as_ref(), scope)?;
        let inside = scope.inside(built.zone.as_ref())?;
        few(&self.exclude).at("exclude")?;
        let mut excluding = Excluding::new(built.trigger.clone());
        for (index, exclusion) in self.exclude.iter().enumerate() {
            let built = exclusion.build(&inside);
            excluding = excluding.except(built.at(&format!("exclude[{index}]"))?);
        }
        Ok(Built::new(excluding, built.zone))
    }
}

impl JitteredSpec {
    pub(super) fn read(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["trigger", "up_to", "seed", "tz"])?;
        Ok(Self {
            trigger: fields.required("trigger")?,
            up_to: fields.required("up_to")?,
            seed: fields.or_default("seed")?,
            tz: fields.optional("tz")?,
        })
    }

    pub(super) fn build(&self, scope: &Scope<'_>) -> Result<Built, TriggerError> {
        let Built { trigger, zone } = inner(&self.trigger, self.tz.as_ref(), scope)?;
        Ok(Built::new(
            Jittered::new(trigger, self.up_to.0, &self.seed),
            zone,
        ))
    }
}

impl LimitedSpec {
    pub(super) fn read(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&["trigger", "count", "start", "from_live", "tz"])?;
        Ok(Self {
            trigger: fields.required("trigger")?,
            count: fields.required("count")?,
            start: fields.optional("start")?,
            from_live: fields.or_default("from_live")?,
            tz: fields.optional("tz")?,
        })
    }

    pub(super) fn build(&self, scope: &Scope<'_>) -> Result<Built, TriggerError> {
        let built = inner(&self.trigger, self.tz.as_ref(), scope)?;
        let zone = built.zone.as_ref().unwrap_or(scope.zone);
        let start = self.counted_from();
        let limited = Limited::new(built.trigger.clone(), self.count).at("count")?;
        let limited = match start {
            Some(start) => limited.counting_from(start.earliest_in(zone).at("start")?),
            None => limited,
        };
        if let Some(overrun) = work::all_spent() {
            let problem = overrun.to_string();
            return Err(TriggerError::TooMuchWork { problem }).at("count");
        }
        Ok(Built::new(limited, built.zone))
    }

    /// Returns the instant from which the count begins, unless that is the start of the schedule.
    pub(super) fn counted_from(&self) -> Option<&Moment> {
        let inside = || self.trigger.start().filter(|_| !self.from_live);
        self.start.as_ref().or_else(inside)
    }
}

/// Builds the inner rule. Its zone is the one that the outer rule names, or else its own.
fn inner(
    spec: &TriggerSpec,
    tz: Option<&String>,
    scope: &Scope<'_>,
) -> Result<Built, TriggerError> {
    let named = Scope::named(tz)?;
    let built = spec.build_inside(&scope.inside(named.as_ref())?);
    let built = built.at("trigger")?;
    Ok(Built {
        trigger: built.trigger,
        zone: named.or(built.zone),
    })
}

type Members = Vec<Arc<dyn Trigger>>;

/// Builds the inner rules, with the zone named around them or else by the first one that names a
/// zone.
fn members(
    specs: &[TriggerSpec],
    tz: Option<&String>,
    scope: &Scope<'_>,
) -> Result<(Members, Option<Zone>), TriggerError> {
    let mut zone = Scope::named(tz)?;
    let named = zone.clone();
    let inside = scope.inside(named.as_ref())?;
    let mut members = Vec::with_capacity(specs.len());
    for (index, spec) in specs.iter().enumerate() {
        let built = spec.build_inside(&inside);
        let built = built.at(&format!("triggers[{index}]"))?;
        zone = zone.or(built.zone);
        members.push(built.trigger);
    }
    Ok((members, zone))
}
