//! [`Expression`]: a trigger written on one line, as a cron expression or `@every`.

use std::{fmt, sync::Arc, time::Duration};

use jiff::{Span, SpanRelativeTo};

use super::{Cron, Interval, Trigger, TriggerError, Zone};

/// A trigger that was parsed from one line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expression {
    /// A cron expression with fields, or a name such as `@daily`.
    Cron(Cron),
    /// `@every 5m`.
    Every(Interval),
}

impl Expression {
    /// Parses a cron expression, or `@every` with a duration: `@every 90s`, `@every 1h30m`,
    /// `@every 2 days`, `@every PT5M`. A day is 24 hours, a week seven days.
    ///
    /// `zone` is the time zone of a cron expression that names none.
    ///
    /// # Errors
    ///
    /// [`TriggerError`], which says what was found and what is allowed.
    ///
    /// ```
    /// # use scheduler_triggers::{Expression, Zone};
    /// let every = Expression::parse("@every 1h30m", Zone::utc())?;
    /// assert_eq!(every.to_string(), "@every 1h 30m");
    /// let cron = Expression::parse("@daily", Zone::utc())?;
    /// assert_eq!(cron.to_string(), "0 0 * * *");
    /// # Ok::<(), scheduler_triggers::TriggerError>(())
    /// ```
    pub fn parse(text: &str, zone: Zone) -> Result<Self, TriggerError> {
        Self::parse_seeded(text, zone, "")
    }

    /// Parses as [`parse`](Self::parse) does, with a seed for `H`, such as the id of the schedule; see
    /// [`CronBuilder::seed`](super::CronBuilder::seed).
    ///
    /// # Errors
    ///
    /// The errors of [`parse`](Self::parse).
    ///
    /// ```
    /// # use scheduler_triggers::{Expression, Zone};
    /// let nightly = |seed| Expression::parse_seeded("H H(0-5) * * *", Zone::utc(), seed);
    /// assert_eq!(nightly("backup"), nightly("backup"));
    /// assert_ne!(nightly("backup"), nightly("mail"));
    /// ```
    pub fn parse_seeded(text: &str, zone: Zone, seed: &str) -> Result<Self, TriggerError> {
        match every(text) {
            Some(length) => Ok(Self::Every(Interval::every(duration(length)?)?)),
            None => Ok(Self::Cron(
                Cron::builder(text).zone(zone).seed(seed).build()?,
            )),
        }
    }

    /// Converts the expression into a trigger.
    ///
    /// ```
    /// # use chrono::DateTime;
    /// # use scheduler_triggers::{Expression, Zone};
    /// let trigger = Expression::parse("@hourly", Zone::utc())?.into_trigger();
    /// assert_eq!(trigger.next_after(DateTime::UNIX_EPOCH), DateTime::from_timestamp(3600, 0));
    /// # Ok::<(), scheduler_triggers::TriggerError>(())
    /// ```
    #[must_use]
    pub fn into_trigger(self) -> Arc<dyn Trigger> {
        match self {
            Self::Cron(cron) => Arc::new(cron),
            Self::Every(interval) => Arc::new(interval),
        }
    }
}

/// Formats text that parses back to an equal expression.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron(cron) => cron.fmt(f),
            Self::Every(interval) => {
                // A longer period cannot have been parsed.
                let period = jiff::SignedDuration::try_from(interval.period());
                write!(
                    f,
                    "@every {:#}",
                    period.unwrap_or(jiff::SignedDuration::MAX)
                )
            }
        }
    }
}

/// Parses a cron expression or `@every` into a trigger.
///
/// # Errors
///
/// The errors of [`Expression::parse`].
///
/// ```
/// use scheduler_triggers::{Zone, parse_expression};
///
/// assert!(parse_expression("@every 5m", Zone::utc()).is_ok());
/// assert!(parse_expression("*/5 * * * *", Zone::utc()).is_ok());
/// assert!(parse_expression("@every 0s", Zone::utc()).is_err());
/// ```
pub fn parse_expression(text: &str, zone: Zone) -> Result<Arc<dyn Trigger>, TriggerError> {
    Expression::parse(text, zone).map(Expression::into_trigger)
}

/// Parses the duration after `@every`.
pub(super) fn every(text: &str) -> Option<&str> {
    let (word, length) = text.trim().split_once(char::is_whitespace)?;
    word.eq_ignore_ascii_case("@every").then_some(length.trim())
}

pub(super) fn duration(text: &str) -> Result<Duration, TriggerError> {
    let invalid = |problem: String| TriggerError::Duration {
        found: text.chars().take(LONGEST_QUOTE).collect(),
        problem,
    };
    let days = SpanRelativeTo::days_are_24_hours();
    let span = text.parse().and_then(|span: Span| span.to_duration(days));
    // A span is shorter than twenty thousand years, a length of time need not be.
    let length = span.or_else(|error| text.parse().map_err(|_: jiff::Error| error));
    let length = length.map_err(|_| invalid(FORM.into()))?;
    Duration::try_from(length).map_err(|_| invalid("it is negative".into()))
}

const FORM: &str = "expected a form such as 1h30m, 90s or PT1H30M, in weeks at most: \
                    months and years have no fixed length";
const LONGEST_QUOTE: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn period(text: &str) -> Duration {
        match Expression::parse(text, Zone::utc()).unwrap() {
            Expression::Every(interval) => interval.period(),
            Expression::Cron(cron) => panic!("{cron}"),
        }
    }

    #[test]
    fn lengths_of_time_are_read_in_many_forms() {
        for (text, seconds) in [
            ("@every 5m", 300),
            ("@EVERY 1h30m", 5400),
            (" @every  90s ", 90),
            ("@every 2 days", 172_800),
            ("@every 1w", 604_800),
            ("@every PT1M", 60),
        ] {
            assert_eq!(period(text), Duration::from_secs(seconds), "{text}");
        }
        assert_eq!(period("@every 250ms"), Duration::from_millis(250));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let parse = |text| Expression::parse(text, Zone::utc()).unwrap_err();
        assert_eq!(parse("@every 0s"), TriggerError::ZeroInterval);
        for text in [
            "@every -5m",
            "@every 5",
            "@every soon",
            "@every 1 month",
            "@every \u{e9}",
        ] {
            assert!(
                matches!(parse(text), TriggerError::Duration { .. }),
                "{text}: {}",
                parse(text)
            );
        }
        for text in ["@every", "", "@sometimes"] {
            assert!(matches!(parse(text), TriggerError::Cron(_)), "{text}");
        }
    }

    #[test]
    fn what_is_displayed_parses_back() {
        for text in [
            "@every 1h30m",
            "@every 1ms",
            "@every 3w",
            "0 9 * * MON-FRI",
            "@weekly",
        ] {
            let expression = Expression::parse(text, Zone::utc()).unwrap();
            let again = Expression::parse(&expression.to_string(), Zone::utc());
            assert_eq!(again, Ok(expression), "{text}");
        }
    }
}
