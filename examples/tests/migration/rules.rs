//! Rules and their instants.

use scheduler::{
    chrono::{DateTime, Utc},
    trigger::{Cron, CronField, Dialect, Trigger, Zone},
};

/// Returns the next instants of a rule, in UTC.
fn instants(rule: &impl Trigger, from: &str, count: usize) -> Vec<String> {
    let mut at: DateTime<Utc> = from.parse().expect("a time");
    let mut found = Vec::new();
    for _ in 0..count {
        at = rule.next_after(at).expect("it continues");
        found.push(at.format("%a %F %T").to_string());
    }
    found
}

pub(crate) fn cron() {
    let expected = ["Wed 2024-01-10 03:30:00", "Thu 2024-01-11 03:30:00"];
    let rule = Cron::parse("30 3 * * *").expect("it parses");
    assert_eq!(instants(&rule, "2024-01-10T00:00:00Z", 2), expected);
    let rule = Cron::fields([(CronField::Hour, "3"), (CronField::Minute, "30")]);
    let rule = rule.build().expect("it parses");
    assert_eq!(instants(&rule, "2024-01-10T00:00:00Z", 2), expected);
}

pub(crate) fn crontab() {
    let rule = Cron::builder("0 9 * * 0-4").dialect(Dialect::Apscheduler3);
    let days = instants(&rule.build().expect("it parses"), "2024-01-12T10:00:00Z", 6);
    let days: Vec<_> = days.iter().map(|day| &day[..3]).collect();
    assert_eq!(days, ["Mon", "Tue", "Wed", "Thu", "Fri", "Mon"]);
}

pub(crate) fn zone() {
    let berlin = Zone::named("Europe/Berlin").expect("it exists");
    let rule = Cron::parse("0 9 * * *").expect("it parses");
    let from = "2024-01-10T00:00:00Z";
    assert_eq!(instants(&rule, from, 1), ["Wed 2024-01-10 09:00:00"]);
    assert_eq!(
        instants(&rule.in_zone(berlin), from, 1),
        ["Wed 2024-01-10 08:00:00"]
    );
}
