//! Lengths of time in arguments and crontabs.

use std::time::Duration;

use scheduler_core::trigger::{Expression, Interval, Zone};

/// Parses a length of time, such as `10s` or `1h30m`.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    match Expression::parse(&format!("@every {text}"), Zone::utc()) {
        Ok(Expression::Every(every)) => Ok(Interval::period(&every)),
        _ => Err("expected a duration, such as 10s, 2m or 1h30m".to_owned()),
    }
}
