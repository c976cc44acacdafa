//! Triggers alone.

use chrono::{DateTime, Utc};
use scheduler_core::{
    Trigger,
    trigger::{Cron, Zone},
};

use super::keep;
use crate::measure::gate_measured;

const USUAL: [&str; 5] = [
    "* * * * *",
    "*/15 9-17 * * MON-FRI",
    "0 0 1 * *",
    "30 2 * * *",
    "0 0 29 2 *",
];

pub fn cron_parse(expressions: usize) {
    gate_measured(|| {
        for number in 0..expressions {
            keep(Cron::parse(USUAL[number % USUAL.len()]));
        }
    });
}

/// Asks each rule in turn for the instant after its last one. A rule that reaches the end of time
/// restarts.
fn walk(rules: &[Cron], questions: usize) {
    let mut at: Vec<DateTime<Utc>> = vec![DateTime::UNIX_EPOCH; rules.len()];
    gate_measured(|| {
        for number in 0..questions {
            let rule = number % rules.len();
            let next = rules[rule].next_after(at[rule]);
            at[rule] = next.unwrap_or(DateTime::UNIX_EPOCH);
        }
    });
}

fn usual() -> impl Iterator<Item = Cron> {
    USUAL
        .iter()
        .map(|text| Cron::parse(text).expect("a usual expression"))
}

pub fn cron_next_utc(questions: usize) {
    walk(&usual().collect::<Vec<_>>(), questions);
}

pub fn cron_next_zoned(questions: usize) {
    let zone = Zone::named("Europe/Berlin").expect("a zone");
    let rules: Vec<_> = usual().map(|rule| rule.in_zone(zone.clone())).collect();
    walk(&rules, questions);
}
