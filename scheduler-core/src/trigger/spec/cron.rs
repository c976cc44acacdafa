//! `cron`, as an expression or by named fields.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{
    IntervalSpec, Length, Moment,
    build::{Built, Scope},
    names::choice,
};
use crate::trigger::{
    Cron, CronBuilder, CronError, CronField, DayRule, Dialect, GapPolicy, OverlapPolicy, Preset,
    TriggerError, expression,
};

/// `{"type":"cron","expr":"0 9 * * MON-FRI"}` or `{"type":"cron","fields":{"day":"last fri"}}`
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CronSpec {
    /// An expression of five to seven fields, or an `@name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expr: Option<String>,
    /// Fields by their names, as APScheduler has them; numbers may be written as numbers.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "fields")]
    pub fields: Option<BTreeMap<String, String>>,
    /// The zone whose clocks count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
    /// The first instant that is possible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Moment>,
    /// The last instant that is possible; a day counts as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
    /// What to do about a time that a clock change skips.
    #[serde(skip_serializing_if = "Option::is_none", with = "choice")]
    pub gap: Option<GapPolicy>,
    /// What to do about a time that a clock change repeats.
    #[serde(skip_serializing_if = "Option::is_none", with = "choice")]
    pub overlap: Option<OverlapPolicy>,
    /// The name of a [`Preset`], or else of a [`Dialect`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
    /// Which days match when both day fields restrict them.
    #[serde(skip_serializing_if = "Option::is_none", with = "choice")]
    pub day_rule: Option<DayRule>,
    /// What hashed fields are made from, such as the id of the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
}

impl CronSpec {
    pub(super) fn build(&self, scope: &Scope<'_>) -> Result<Built, TriggerError> {
        if let Some(interval) = self.interval()? {
            return interval.build(scope);
        }
        let named = Scope::named(self.tz.as_ref())?;
        let zone = named.as_ref().unwrap_or(scope.zone);
        let cron = self.settings(self.source()?.zone(zone.clone()))?.build()?;
        let zone = cron.zone();
        let start = self
            .start
            .map(|start| start.earliest_in(zone))
            .transpose()?;
        let end = self.end.map(|end| end.latest_in(zone)).transpose()?;
        let is_named = named.is_some() || zone != scope.zone;
        let shown = is_named.then(|| zone.clone());
        Ok(Built::new(cron, shown).bounded(start, end))
    }

    pub(super) fn has_bounds(&self) -> bool {
        self.start.is_some() || self.end.is_some()
    }

    /// What an expression such as `@every 5m` stands for.
    fn interval(&self) -> Result<Option<IntervalSpec>, TriggerError> {
        let Some(length) = self.expr.as_deref().and_then(expression::every) else {
            return Ok(None);
        };
        Ok(Some(IntervalSpec {
            every: Length(expression::duration(length)?),
            start: self.start,
            end: self.end,
            immediately: false,
            skip_start: false,
            tz: self.tz.clone(),
        }))
    }

    fn source(&self) -> Result<CronBuilder, TriggerError> {
        match (&self.expr, &self.fields) {
            (Some(expression), None) => Ok(Cron::builder(expression)),
            (None, Some(fields)) => {
                let fields = fields
                    .iter()
                    .map(|(name, text)| Ok((name.parse()?, text.as_str())));
                let fields: Result<Vec<(CronField, _)>, CronError> = fields.collect();
                Ok(Cron::fields(fields?))
            }
            _ => Err(TriggerError::CronSource),
        }
    }

    fn settings(&self, mut builder: CronBuilder) -> Result<CronBuilder, TriggerError> {
        if let Some(name) = &self.dialect {
            builder = dialect(builder, name)?;
        }
        if let Some(gap) = self.gap {
            builder = builder.gap(gap);
        }
        if let Some(overlap) = self.overlap {
            builder = builder.overlap(overlap);
        }
        if let Some(day_rule) = self.day_rule {
            builder = builder.day_rule(day_rule);
        }
        Ok(match &self.seed {
            Some(seed) => builder.seed(seed),
            None => builder,
        })
    }
}

/// Everything as the scheduler of that name does it, or else only its syntax.
fn dialect(builder: CronBuilder, name: &str) -> Result<CronBuilder, CronError> {
    let unknown = match name.parse() {
        Ok(preset) => return Ok(builder.preset(preset)),
        Err(error) => error,
    };
    match name.parse() {
        Ok(Dialect::Apscheduler3) => Ok(builder
            .preset(Preset::Apscheduler)
            .dialect(Dialect::Apscheduler3)),
        Ok(dialect) => Ok(builder.dialect(dialect)),
        Err(_) => Err(unknown),
    }
}

/// The text of a field, or the number.
struct FieldText(String);

impl<'de> Deserialize<'de> for FieldText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl de::Visitor<'_> for FieldVisitor {
    type Value = FieldText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a cron field, as text or as a whole number")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<FieldText, E> {
        Ok(FieldText(text.into()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<FieldText, E> {
        Ok(FieldText(number.to_string()))
    }
}

fn fields<'de, D>(deserializer: D) -> Result<Option<BTreeMap<String, String>>, D::Error>
where
    D: Deserializer<'de>,
{
    let fields = Option::<BTreeMap<String, FieldText>>::deserialize(deserializer)?;
    let text = |(name, text): (String, FieldText)| (name, text.0);
    Ok(fields.map(|fields| fields.into_iter().map(text).collect()))
}
