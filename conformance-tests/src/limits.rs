//! How long things may take in real time before they count as hanging.
//!
//! They are limits, not waits: a case that goes well never gets near them. Both can be set from the
//! environment, in seconds, for a machine that is slower than any other.

use std::{
    env,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// How long a case may take: `CONFORMANCE_WATCHDOG`.
const WATCHDOG: (&str, u64) = ("CONFORMANCE_WATCHDOG", 120);

/// How long something that has to come may take: `CONFORMANCE_PATIENCE`.
const PATIENCE: (&str, u64) = ("CONFORMANCE_PATIENCE", 30);

static SHORTENED: AtomicU64 = AtomicU64::new(0);

/// How long a case may take before it counts as hanging.
pub(crate) fn watchdog() -> Duration {
    limit(WATCHDOG, 2)
}

/// How long something that has to come may take.
pub(crate) fn patience() -> Duration {
    limit(PATIENCE, 1)
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
        (WATCHDOG.0, seconds(watchdog())),
        (PATIENCE.0, seconds(patience())),
    ]
}

fn limit((variable, default): (&str, u64), share: u64) -> Duration {
    match SHORTENED.load(Ordering::Relaxed) {
        0 => {
            let set = env::var(variable).ok();
            Duration::from_secs(set.and_then(|set| set.parse().ok()).unwrap_or(default))
        }
        short => Duration::from_millis(short.saturating_mul(share)),
    }
}
