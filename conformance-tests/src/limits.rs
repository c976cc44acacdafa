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
