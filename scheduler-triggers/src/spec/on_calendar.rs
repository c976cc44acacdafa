//! The data form of `on_calendar`.

use serde::Serialize;

use super::{
    Moment,
    build::{Built, Scope, bounds},
    error_path::Place as _,
    fields::Fields,
    names::choice,
};
use crate::{Fold, Gap, OnCalendar, TriggerError};

/// `{"type":"on_calendar","expr":"Mon..Fri *-*-* 09:00:00","tz":"Europe/Berlin"}`: the data form of
/// `OnCalendar`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OnCalendarSpec {
    /// A calendar event of systemd.
    pub expr: String,
    /// The zone of the clock, unless the event names one.
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
}

impl OnCalendarSpec {
    pub(super) fn read(mut fields: Fields) -> Result<Self, TriggerError> {
        fields.only(&FIELDS)?;
        Ok(Self {
            expr: fields.required("expr")?,
            tz: fields.optional("tz")?,
            start: fields.optional("start")?,
            end: fields.optional("end")?,
            gap: fields.optional("gap")?,
            fold: fields.optional("fold")?,
        })
    }

    pub(super) fn build(&self, scope: &Scope<'_>) -> Result<Built, TriggerError> {
        let named = Scope::named(self.tz.as_ref())?;
        let zone = named.as_ref().unwrap_or(scope.zone);
        let event = OnCalendar::parse_in(&self.expr, zone.clone());
        let mut event = event.map_err(TriggerError::OnCalendar).at("expr")?;
        if let Some(gap) = self.gap {
            event = event.gap(gap);
        }
        if let Some(fold) = self.fold {
            event = event.fold(fold);
        }
        let zone = event.zone();
        let [start, end] = bounds(self.start, self.end, zone)?;
        let is_named = named.is_some() || zone != scope.zone;
        let shown = is_named.then(|| zone.clone());
        Ok(Built::new(event, shown).bounded(start, end))
    }

    pub(super) fn has_bounds(&self) -> bool {
        self.start.is_some() || self.end.is_some()
    }
}

const FIELDS: [&str; 6] = ["expr", "tz", "start", "end", "gap", "fold"];
