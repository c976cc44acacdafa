//! How long things may take in real time before they count as hanging.
//!
//! They are limits, not waits: a case that goes well never gets near them. Both can be set from the
//! environment, in seconds, for a machine that is slower than any other.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::environment::Setting;

/// How long a case may take: `CONFORMANCE_WATCHDOG`.
const WATCHDOG: Setting = Setting {
    variable: "CONFORMANCE_WATCHDOG",
    usual: 120,
    range: 1..=DAY,
};

/// How long something that has to come may take: `CONFORMANCE_PATIENCE`.
const PATIENCE: Setting = Setting {
    variable: "CONFORMANCE_PATIENCE",
    usual: 30,
    range: 1..=DAY,
};

const DAY: u64 = 86_400;

static SHORTENED: AtomicU64 = AtomicU64::new(0);

/// How long a case may take before it counts as hanging.
pub(crate) fn watchdog() -> Duration {
    limit(&WATCHDOG, 2)
}

/// How long something that has to come may take.
pub(crate) fn patience() -> Duration {
    limit(&PATIENCE, 1)
}

/// For runs of broken backends, in which things do hang: patience lasts that long from now on, and
/// the watchdog twice as long. Zero sets the usual limits again.
pub(crate) fn shorten(patience: Duration) {
    let millis = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
    SHORTENED.store(millis, Ordering::Relaxed);
}

/// What tells a process of its own of these limits.
pub(crate) fn variables() -> [(&'static str, String); 2] {
    let seconds = |limit: Duration| limit.as_secs().max(1).to_string();
    [
        (WATCHDOG.variable, seconds(watchdog())),
        (PATIENCE.variable, seconds(patience())),
    ]
}

/// The limits that the environment has changed.
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
