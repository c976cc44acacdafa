//! The data form of `cron`, as an expression or by named fields.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    IntervalSpec, Length, Moment,
    build::{Built, Scope, bounds},
    data::{Data, quoted},
    error_path::Place as _,
    fields::{Fields, FromData, unexpected},
    names::choice,
};
use crate::{
    Cron, CronBuilder, CronError, CronField, DayRule, Dialect, Fold, Gap, Interval, Preset,
    TriggerError, expression,
};

/// `{"type":"cron","expr":"0 9 * * MON-FRI"}` or `{"type":"cron","fields":{"day":"last fri"}}`: the
/// data form of `Cron`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CronSpec {
    /// An expression of five to seven fields, or an `@name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expr: Option<String>,
    /// Fields by name, as in APScheduler. A number may be written without quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<BTreeMap<String, String>>,
    /// The zone of the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tz: Option<String>,
    /// The first possible instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Moment>,
    /// The last possible instant; a date includes the whole day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<Moment>,
    /// The policy for a local time that a clock change skips.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "choice")]
    pub gap: Option<Gap>,
    /// The policy for a local time that a clock change repeats.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "choice")]
    pub fold: Option<Fold>,
    /// The name of a [`Preset`], or else of a [`Dialect`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
    /// The rule for days when both day fields restrict them.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "choice")]
    pub day_rule: Option<DayRule>,
    /// The seed of hashed fields, such as the id of the schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
}

impl CronSpec {
    pub(super) fn read(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&FIELDS)?;
        let named: Option<NamedFields> = fields.optional("fields")?;
        Ok(Self {
            expr: fields.optional("expr")?,
            fields: named.map(|named| named.0),
            tz: fields.optional("tz")?,
            start: fields.optional("start")?,
            end: fields.optional("end")?,
            gap: fields.optional("gap")?,
            fold: fields.optional("fold")?,
            dialect: fields.optional("dialect")?,
            day_rule: fields.optional("day_rule")?,
            seed: fields.optional("seed")?,
        })
    }

    pub(super) fn build(&self, scope: &Scope<'_>) -> Result<Built, TriggerError> {
        if let Some(interval) = self.interval()? {
            return interval.build(scope);
        }
        let named = Scope::named(self.tz.as_ref())?;
        let zone = named.as_ref().unwrap_or(scope.zone);
        let builder = self.settings(self.source()?.zone(zone.clone()))?;
        let cron = builder.build().map_err(TriggerError::Cron);
        let cron = cron.at(if self.expr.is_some() {
            "expr"
        } else {
            "fields"
        })?;
        let zone = cron.zone();
        let [start, end] = bounds(self.start, self.end, zone)?;
        let is_named = named.is_some() || zone != scope.zone;
        let shown = is_named.then(|| zone.clone());
        Ok(Built::new(cron, shown).bounded(start, end))
    }

    pub(super) fn has_bounds(&self) -> bool {
        self.start.is_some() || self.end.is_some()
    }

    /// Returns the interval that an expression such as `@every 5m` describes.
    fn interval(&self) -> Result<Option<IntervalSpec>, TriggerError> {
        let Some(length) = self.expr.as_deref().and_then(expression::every) else {
            return Ok(None);
        };
        let every = expression::duration(length).at("expr")?;
        Interval::every(every).at("expr")?;
        Ok(Some(IntervalSpec {
            every: Length(every),
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
                let fields: Result<Vec<(CronField, _)>, TriggerError> = fields.collect();
                Ok(Cron::fields(fields.at("fields")?))
            }
            _ => Err(TriggerError::CronSource),
        }
    }

    fn settings(&self, mut builder: CronBuilder) -> Result<CronBuilder, TriggerError> {
        if let Some(name) = &self.dialect {
            let chosen = dialect(builder, name).map_err(TriggerError::Cron);
            builder = chosen.at("dialect")?;
        }
        if let Some(gap) = self.gap {
            builder = builder.gap(gap);
        }
        if let Some(fold) = self.fold {
            builder = builder.fold(fold);
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

/// Applies the preset called `name` with all its settings, or else the dialect with that name.
fn dialect(builder: CronBuilder, name: &str) -> Result<CronBuilder, CronError> {
    if let Ok(preset) = name.parse() {
        return Ok(builder.preset(preset));
    }
    match name.parse() {
        Ok(Dialect::Apscheduler3) => Ok(builder
            .preset(Preset::Apscheduler)
            .dialect(Dialect::Apscheduler3)),
        Ok(dialect) => Ok(builder.dialect(dialect)),
        Err(_) => Err(CronError::Name {
            what: "dialect",
            found: quoted(name),
            expected: DIALECTS,
        }),
    }
}

/// The text of a field, or its number.
struct FieldText(String);

impl FromData for FieldText {
    fn from_data(data: Data) -> Result<Self, TriggerError> {
        match data {
            Data::Text(text) => Ok(Self(text)),
            Data::Whole(number) => Ok(Self(number.to_string())),
            Data::Negative(number) => Ok(Self(number.to_string())),
            // A fraction is passed on as text, and refused when the field is parsed.
            Data::Float(number) => Ok(Self(format!("{number:?}").trim_end_matches(".0").into())),
            other => Err(unexpected("text or a whole number", &other)),
        }
    }
}

struct NamedFields(BTreeMap<String, String>);

impl FromData for NamedFields {
    fn from_data(data: Data) -> Result<Self, TriggerError> {
        let fields = Fields::of(data, "an object with fields such as \"hour\"")?;
        fields.only(&NAMES)?;
        let texts = fields.rest::<FieldText>()?.into_iter();
        Ok(Self(texts.map(|(name, text)| (name, text.0)).collect()))
    }
}

const FIELDS: [&str; 10] = [
    "expr", "fields", "tz", "start", "end", "gap", "fold", "dialect", "day_rule", "seed",
];
const DIALECTS: &str = "vixie, quartz, systemd, temporal, ocps-1-0 to ocps-1-4, apscheduler, \
                        apscheduler-3 or standard";
const NAMES: [&str; 8] = [
    "year",
    "month",
    "day",
    "week",
    "day_of_week",
    "hour",
    "minute",
    "second",
];
