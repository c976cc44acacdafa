//! Real-time limits after which a case or a wait counts as hanging.
//!
//! These are limits, not delays: a passing case never reaches them. Raise them on a slow machine
//! with two environment variables, in seconds.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::environment::Setting;

/// The time limit of a case, from `CONFORMANCE_WATCHDOG`.
const WATCHDOG: Setting = Setting {
    variable: "CONFORMANCE_WATCHDOG",
    usual: 120,
    range: 1..=DAY,
};

/// The time limit of one wait inside a case, from `CONFORMANCE_PATIENCE`.
const PATIENCE: Setting = Setting {
    variable: "CONFORMANCE_PATIENCE",
    usual: 30,
    range: 1..=DAY,
};

const DAY: u64 = 86_400;

static SHORTENED: AtomicU64 = AtomicU64::new(0);

/// Returns the time limit of a case.
pub(crate) fn watchdog() -> Duration {
    limit(&WATCHDOG, 2)
}

/// Returns the time limit of one wait inside a case.
pub(crate) fn patience() -> Duration {
    limit(&PATIENCE, 1)
}

/// Shortens both limits for runs of broken backends, where hangs are expected: a wait to
/// `patience`, a case to twice that. Zero restores the default limits.
pub(crate) fn shorten(patience: Duration) {
    let millis = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
    SHORTENED.store(millis, Ordering::Relaxed);
}

/// Shortens the limits once a case has reached one: 30 s become 5 s, then 2 s. The backend has already
/// failed, and a flaw that hangs one case often hangs many.
///
/// Dropping the value restores the limits.
#[derive(Debug)]
pub(crate) struct Shrinking {
    before: u64,
    /// The name of the case that first reached a limit.
    pub(crate) since: Option<&'static str>,
}

impl Shrinking {
    pub(crate) fn new() -> Self {
        Self {
            before: SHORTENED.load(Ordering::Relaxed),
            since: None,
        }
    }

    /// Shortens the limits, because the case has reached one.
    pub(crate) fn reached(&mut self, case: &'static str) {
        self.since.get_or_insert(case);
        shorten(shorter(patience()));
    }
}

fn shorter(patience: Duration) -> Duration {
    const LEAST: Duration = Duration::from_secs(2);
    patience.min(LEAST.max(patience / 6))
}

impl Drop for Shrinking {
    fn drop(&mut self) {
        SHORTENED.store(self.before, Ordering::Relaxed);
    }
}

/// Returns the environment variables that pass the limits to a child process.
pub(crate) fn variables() -> [(&'static str, String); 2] {
    let seconds = |limit: Duration| limit.as_secs().max(1).to_string();
    [
        (WATCHDOG.variable, seconds(watchdog())),
        (PATIENCE.variable, seconds(patience())),
    ]
}

/// Returns the limits that the environment overrides, as `VARIABLE=value`.
pub(crate) fn changed() -> Vec<String> {
    [WATCHDOG, PATIENCE]
        .iter()
        .filter_map(Setting::changed)
        .collect()
}

fn limit(setting: &Setting, share: u64) -> Duration {
    match SHORTENED.load(Ordering::Relaxed) {
        0 => Duration::from_secs(setting.value()),
        short => Duration::from_millis(short.saturating_mul(share)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_shrink_to_two_seconds() {
        let seconds = [30, 5, 2, 1].map(Duration::from_secs);
        let then = [5, 2, 2, 1].map(Duration::from_secs);
        assert_eq!(seconds.map(shorter), then);
    }
}
