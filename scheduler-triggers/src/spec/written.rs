//! Converts triggers back to data.

use std::sync::Arc;

use chrono::{DateTime, NaiveTime, Utc};

use super::{ExclusionSpec, Moment, TriggerSpec, build::DEEPEST, names};
use crate::{Trigger, TriggerError, Zone};

/// Returns the instant as data, if it can be parsed back.
pub(crate) fn instant(at: DateTime<Utc>) -> Result<Moment, TriggerError> {
    moment(Moment::Instant(at.fixed_offset()))
}

/// Returns the value unchanged if it can be parsed back: its year must have four digits.
pub(crate) fn moment(moment: Moment) -> Result<Moment, TriggerError> {
    let text = moment.to_string();
    if text.parse() == Ok(moment) {
        Ok(moment)
    } else {
        Err(unwritable(text))
    }
}

/// Returns the time of day if it can be parsed back: it must not be a leap second.
pub(crate) fn time(time: NaiveTime) -> Result<NaiveTime, TriggerError> {
    let text = names::time_text(time);
    if names::time_of_day(&text) == Ok(time) {
        Ok(time)
    } else {
        Err(unwritable(text))
    }
}

/// Returns the name or the offset of the zone. The system's rules may have neither.
pub(crate) fn zone(zone: &Zone) -> Result<String, TriggerError> {
    let no_data = || TriggerError::NotData {
        rule: format!("a zone without a name ({zone})"),
    };
    zone.label().ok_or_else(no_data)
}

/// Returns the data of the inner rule.
pub(crate) fn inner(rule: &dyn Trigger) -> Result<Box<TriggerSpec>, TriggerError> {
    rule.spec().map(Box::new)
}

/// Returns the data of the inner rules.
pub(crate) fn members(rules: &[Arc<dyn Trigger>]) -> Result<Vec<TriggerSpec>, TriggerError> {
    rules.iter().map(|rule| rule.spec()).collect()
}

impl TriggerSpec {
    /// Returns the rule, or an error if it is nested too deeply to be built.
    pub(crate) fn checked(self) -> Result<Self, TriggerError> {
        if self.depth() > DEEPEST {
            Err(TriggerError::TooDeep { deepest: DEEPEST })
        } else {
            Ok(self)
        }
    }

    /// Returns the nesting depth, counted as when the rule is built.
    fn depth(&self) -> usize {
        let deepest = |members: &[Self]| members.iter().map(Self::depth).max().unwrap_or(0) + 1;
        match self {
            Self::AllOf(spec) => deepest(&spec.triggers),
            Self::AnyOf(spec) => deepest(&spec.triggers),
            Self::Bounded(spec) => spec.trigger.depth() + 1,
            Self::Excluding(spec) => {
                let exclusions = spec.exclude.iter().map(ExclusionSpec::depth);
                exclusions
                    .max()
                    .max(Some(spec.trigger.depth()))
                    .unwrap_or(0)
                    + 1
            }
            Self::Jittered(spec) => spec.trigger.depth() + 1,
            Self::Limited(spec) => spec.trigger.depth() + 1,
            Self::CalendarInterval(_)
            | Self::Cron(_)
            | Self::Interval(_)
            | Self::OnCalendar(_)
            | Self::Once(_) => 0,
        }
    }
}

impl ExclusionSpec {
    fn depth(&self) -> usize {
        match self {
            Self::Trigger { trigger, .. } => trigger.depth() + 1,
            _ => 0,
        }
    }
}

fn unwritable(found: String) -> TriggerError {
    TriggerError::Time {
        found,
        problem: "it could not be read back: years have four digits, minutes 60 seconds".into(),
    }
}
