//! Formats instants and durations.

use std::{fmt, time::Duration};

use chrono::{DateTime, SecondsFormat, Utc};
use jiff::SignedDuration;

use super::Trigger;

/// A trigger that is shown by its description.
pub(super) struct Rule<'a, T: ?Sized>(pub(super) &'a T);

impl<T: Trigger + ?Sized> fmt::Display for Rule<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_rule(f)
    }
}

/// Formats an instant by RFC 3339, with a fraction only if it is not zero.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Formats a duration as `1h 30m`, which parses back.
pub(super) fn length(length: Duration) -> String {
    match SignedDuration::try_from(length) {
        Ok(length) => format!("{length:#}"),
        Err(_) => format!("{}s", length.as_secs()),
    }
}

/// Formats bounds as ` from … until …`, without those that are not set.
pub(super) fn bounds(
    f: &mut fmt::Formatter<'_>,
    start: Option<impl fmt::Display>,
    end: Option<impl fmt::Display>,
) -> fmt::Result {
    if let Some(start) = start {
        write!(f, " from {start}")?;
    }
    match end {
        Some(end) => write!(f, " until {end}"),
        None => Ok(()),
    }
}
