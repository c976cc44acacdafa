//! Compares the results of `CronTrigger(...)` and `CronTrigger.from_crontab(...)`.

use std::sync::Arc;

use scheduler_triggers::{
    Cron, CronBuilder, Dialect, Preset, Trigger,
    dst::{Fold, Gap},
};

use crate::{case::Case, verdict::check};

#[test]
fn named_fields() {
    check(&["cron"], |case| {
        let built = dialects(case).map(|dialect| fields(case).dialect(dialect).build().ok());
        agreed(case, built)
    });
}

/// Weekdays are numbered as in crontabs, regardless of version 3.
#[test]
fn crontabs() {
    check(&["crontab"], |case| {
        let text = case.text("expr").unwrap();
        let cron = Cron::builder(&text).preset(Preset::Apscheduler);
        agreed(case, [cron.zone(case.zone()).build().ok()].into_iter())
    });
}

/// Returns the dialects with the weekday numbers of the versions that gave the result.
fn dialects(case: &Case) -> impl Iterator<Item = Dialect> {
    let three = case.is_of_version_3().then_some(Dialect::Apscheduler3);
    let four = case.is_of_version_4().then_some(Dialect::Apscheduler);
    three.into_iter().chain(four)
}

fn fields(case: &Case) -> CronBuilder {
    let texts = case.params.keys().map(|name| {
        let text = case.text(name).unwrap();
        (name.parse().unwrap(), text)
    });
    let texts: Vec<_> = texts.collect();
    Cron::fields(texts.iter().map(|(field, text)| (*field, text.as_str())))
        .zone(case.zone())
        .gap(Gap::Skip)
        .fold(Fold::Both)
}

/// Returns the rule that all dialects build from a case; they must agree.
fn agreed(case: &Case, mut built: impl Iterator<Item = Option<Cron>>) -> Option<Arc<dyn Trigger>> {
    let first = built.next().unwrap();
    assert!(built.all(|other| other == first), "{case:#?}");
    let cron = first?;
    let again: Cron = cron.to_string().parse().unwrap();
    assert_eq!(again.in_zone(cron.zone().clone()), cron);
    Some(Arc::new(cron))
}
