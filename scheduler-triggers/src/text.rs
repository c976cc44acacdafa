//! How instants and lengths of time are printed.

use std::{fmt, time::Duration};

use chrono::{DateTime, SecondsFormat, Utc};
use jiff::SignedDuration;

/// RFC 3339, with a fraction only if there is one.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// `1h 30m`; can be read back.
pub(super) fn length(length: Duration) -> String {
    match SignedDuration::try_from(length) {
        Ok(length) => format!("{length:#}"),
        Err(_) => format!("{}s", length.as_secs()),
    }
}

/// ` from … until …`, as far as there are bounds.
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
