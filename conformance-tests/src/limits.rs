//! How long things may take in real time before they count as hanging.
//!
//! They are limits, not waits: a case that goes well never gets near them. Both can be set from the
//! environment, in seconds, for a machine that is slower than any other.

use std::{env, time::Duration};

/// How long a case may take before it counts as hanging.
pub(crate) fn watchdog() -> Duration {
    limit("CONFORMANCE_WATCHDOG", 120)
}

/// How long something that has to come may take.
pub(crate) fn patience() -> Duration {
    limit("CONFORMANCE_PATIENCE", 30)
}

fn limit(variable: &str, default: u64) -> Duration {
    let set = env::var(variable).ok();
    Duration::from_secs(set.and_then(|set| set.parse().ok()).unwrap_or(default))
}
