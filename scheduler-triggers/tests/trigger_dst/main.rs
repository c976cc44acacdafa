//! Clock changes, with dated examples: the due instants under the default rule and under each
//! policy.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod apia;
mod policies;
mod vectors;
mod zones;

use chrono::{DateTime, Utc};
use scheduler_triggers::{Cron, Trigger, Zone};

/// Zone, expression, start, and the instants due after it. The zone's rules are the compiled-in
/// ones.
type Vector = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

/// Checks the vectors forward and backward.
fn check(vectors: &[Vector]) {
    for (zone, expression, start, expected) in vectors {
        let zone_rules = Zone::bundled(zone).unwrap();
        let cron = Cron::parse(expression).unwrap().in_zone(zone_rules);
        let mut now = at(start);
        for due in *expected {
            let due = at(&format!("{}{due}", &start[..5]));
            assert_eq!(
                cron.next_after(now),
                Some(due),
                "{zone} {expression} after {now}"
            );
            assert!(cron.matches(due), "{zone} {expression} at {due}");
            assert!(cron.prev_before(due).is_none_or(|previous| previous <= now));
            now = due;
        }
        for due in expected.iter().rev().skip(1) {
            let due = at(&format!("{}{due}", &start[..5]));
            assert_eq!(
                cron.prev_before(now),
                Some(due),
                "{zone} {expression} before {now}"
            );
            now = due;
        }
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.replace('Z', ":00Z").parse().unwrap()
}
