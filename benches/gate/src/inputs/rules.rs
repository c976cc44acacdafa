//! Triggers of many parts, and long texts.

use std::sync::Arc;

use chrono::DateTime;
use scheduler_core::{
    Trigger,
    trigger::{AllOf, AnyOf, Cron},
};

use super::keep;
use crate::measure::gate_measured;

fn rules(size: usize) -> impl Iterator<Item = Arc<dyn Trigger>> {
    let rule = |number: usize| Cron::parse(&format!("{} * * * *", number % 60));
    (0..size).map(move |number| Arc::new(rule(number).expect("valid")) as _)
}

fn walk(rule: &dyn Trigger) {
    let mut at = DateTime::UNIX_EPOCH;
    gate_measured(|| {
        for _ in 0..20 {
            at = rule.next_after(at).expect("it continues");
        }
    });
}

pub fn members_of_any(size: usize) {
    walk(&AnyOf::new(rules(size)).expect("not empty"));
}

/// All members are equal triggers, so that they agree.
pub fn members_of_all(size: usize) {
    let same = rules(1).next().expect("one");
    walk(&AllOf::new((0..size).map(|_| same.clone())).expect("not empty"));
}

pub fn cron_list(size: usize) {
    let minutes: Vec<_> = (0..size).map(|number| (number % 60).to_string()).collect();
    let text = format!("{} * * * *", minutes.join(","));
    gate_measured(|| keep(Cron::parse(&text).expect("valid")));
}

pub fn cron_spaces(size: usize) {
    let text = format!("0{}* * * *", " ".repeat(size));
    gate_measured(|| keep(Cron::parse(&text).expect("valid")));
}
