//! Agreement with the slow evaluator, and laws of every trigger.

use std::{iter::successors, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use scheduler_triggers::{Jittered, Trigger, TriggerSpec, Zone, upcoming, upcoming_from};

use crate::{
    config,
    model::{FIRST, LAST, Place, Rule, place, rule},
};

/// Builds the trigger of a rule from its JSON, after writing and parsing it once more.
pub(crate) fn build(rule: &Rule, place: Place) -> Arc<dyn Trigger> {
    let spec: TriggerSpec = serde_json::from_value(rule.json(place)).unwrap();
    let again = serde_json::to_string(&spec).unwrap();
    assert_eq!(serde_json::from_str::<TriggerSpec>(&again).unwrap(), spec);
    spec.build_in(&Zone::bundled(place.zone).unwrap())
        .unwrap()
        .0
}

fn instant(place: Place, minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp((place.change + minute) * 60, 0).unwrap()
}

/// Generates a rule without `all_of`. Its failing searches are bounded, but hundreds of them are
/// slow.
fn quick_rule() -> impl Strategy<Value = Rule> {
    rule().prop_filter("no agreement", |rule| !format!("{rule:?}").contains("All("))
}

fn order(answer: Option<DateTime<Utc>>) -> (bool, Option<DateTime<Utc>>) {
    (answer.is_none(), answer)
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn every_kind_agrees_with_the_slow_evaluator(rule in rule(), place in place()) {
        agrees_with_the_slow_evaluator(&rule, place)?;
    }
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn every_kind_obeys_the_laws(
        rule in rule(),
        place in place(),
        jitter in prop::option::of(0..20_000_u64),
        offsets in prop::collection::vec(FIRST * 60_000_000_000..LAST * 60_000_000_000, 2..8),
        part in 0.0..1.0_f64,
    ) {
        let mut trigger = build(&rule, place);
        if let Some(seconds) = jitter {
            trigger = Arc::new(Jittered::new(trigger, Duration::from_secs(seconds), "seed"));
        }
        let mut asked: Vec<_> = offsets.iter().map(|nanos| instant(place, 0) + TimeDelta::nanoseconds(*nanos)).collect();
        asked.sort();
        let answers: Vec<_> = asked.iter().map(|at| trigger.next_after(*at)).collect();
        prop_assert!(answers.is_sorted_by_key(|answer| order(*answer)), "{}: {:?}", trigger, answers);
        for (now, next) in asked.iter().zip(answers) {
            check_step(&*trigger, *now, next, part)?;
        }
        let stepped: Vec<_> = successors(trigger.next_after(asked[0]), |at| trigger.next_after(*at)).take(30).collect();
        prop_assert!(stepped.is_sorted_by(|one, two| one < two), "{}", trigger);
        prop_assert_eq!(upcoming(&*trigger, asked[0]).take(30).collect::<Vec<_>>(), stepped);
    }
}

fn check_step(
    trigger: &dyn Trigger,
    now: DateTime<Utc>,
    next: Option<DateTime<Utc>>,
    part: f64,
) -> Result<(), TestCaseError> {
    let previous = trigger.prev_before(now);
    prop_assert!(
        previous.is_none_or(|previous| previous < now && trigger.matches(previous)),
        "{}",
        trigger
    );
    if let Some(previous) = previous {
        let back = trigger.next_after(previous);
        prop_assert!(
            back.is_none_or(|back| back >= now),
            "{}: {:?}",
            trigger,
            back
        );
        prop_assert!(back == next || back == Some(now), "{}: {:?}", trigger, back);
    }
    let Some(next) = next else { return Ok(()) };
    prop_assert!(next > now && trigger.matches(next), "{}", trigger);
    prop_assert!(
        trigger.prev_before(next).is_none_or(|before| before <= now),
        "{}",
        trigger
    );
    let between = now
        + TimeDelta::nanoseconds(
            ((next - now).num_nanoseconds().unwrap_or(0) as f64 * part) as i64,
        );
    prop_assert!(
        between >= next || trigger.next_after(between) == Some(next),
        "{}: {}",
        trigger,
        between
    );
    Ok(())
}

proptest! {
    #![proptest_config(config(24))]

    /// A rule with only `next_after` finds earlier instants too.
    #[test]
    fn the_general_way_back_is_the_direct_one(rule in quick_rule(), place in place(), minute in FIRST..LAST) {
        #[derive(Debug)]
        struct Forward(Arc<dyn Trigger>);

        impl Trigger for Forward {
            fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
                self.0.next_after(after)
            }
        }

        let trigger = build(&rule, place);
        let forward = Forward(trigger.clone());
        let at = instant(place, minute);
        prop_assert_eq!(forward.prev_before(at), trigger.prev_before(at), "{}", trigger);
        prop_assert_eq!(forward.matches(at), trigger.matches(at), "{}", trigger);
    }

    #[test]
    fn equal_data_are_equal_rules(rule in rule(), place in place()) {
        let (one, two) = (build(&rule, place), build(&rule, place));
        prop_assert!(*one == *two);
        prop_assert_eq!(one.to_string(), two.to_string());
    }
}

proptest! {
    #![proptest_config(config(6))]

    #[test]
    fn the_ends_of_time_do_no_harm(rule in quick_rule(), place in place()) {
        let trigger = build(&rule, place);
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            prop_assert!(trigger.next_after(at).is_none_or(|next| next > at));
            prop_assert!(trigger.prev_before(at).is_none_or(|previous| previous < at));
            let _ = (trigger.matches(at), trigger.first_from(at), trigger.anchored(at));
        }
    }
}

fn agrees_with_the_slow_evaluator(rule: &Rule, place: Place) -> Result<(), TestCaseError> {
    let trigger = build(rule, place);
    let (first, last) = (instant(place, FIRST), instant(place, LAST));
    let minutes = rule.minutes(place);
    let expected: Vec<_> = minutes
        .range(..=LAST)
        .map(|at| instant(place, *at))
        .collect();
    let there: Vec<_> = upcoming_from(&*trigger, first)
        .take_while(|at| *at <= last)
        .collect();
    prop_assert_eq!(&there, &expected, "there: {}", trigger);
    let previous = |at: &DateTime<Utc>| trigger.prev_before(*at);
    let back = successors(previous(&(last + TimeDelta::nanoseconds(1))), previous);
    let mut back: Vec<_> = back.take_while(|at| *at >= first).collect();
    back.reverse();
    prop_assert_eq!(&back, &expected, "back: {}", trigger);
    for minute in (FIRST..=LAST)
        .step_by(7)
        .chain(minutes.range(..=LAST).copied())
    {
        let due = minutes.contains(&minute);
        prop_assert_eq!(
            trigger.matches(instant(place, minute)),
            due,
            "{}: {}",
            trigger,
            minute
        );
    }
    Ok(())
}

/// A search through an exhausted member once consumed all steps of the outer search.
#[test]
fn a_member_that_is_never_due_does_not_starve_the_others() {
    let daily = || Rule::Days(1, 0, 0);
    let never = || Rule::Except(Box::new(daily()), 1280, 1, 1);
    let place = Place {
        zone: "UTC",
        change: 28_486_080,
    };
    for (rule, period) in [
        (
            Rule::All(
                vec![daily(), Rule::Any(vec![never(), Rule::Every(1, 0)])],
                0,
            ),
            1440,
        ),
        (
            Rule::All(
                vec![
                    Rule::Every(97, 0),
                    Rule::Any(vec![never(), Rule::Every(14, 0)]),
                ],
                0,
            ),
            97 * 14,
        ),
        (
            Rule::Without(Box::new(Rule::Every(7, 0)), Box::new(never())),
            7,
        ),
    ] {
        let trigger = build(&rule, place);
        let (first, second) = (instant(place, 0), instant(place, period));
        let just_before = first - TimeDelta::nanoseconds(1);
        assert_eq!(trigger.next_after(just_before), Some(first), "{trigger}");
        assert_eq!(trigger.next_after(first), Some(second), "{trigger}");
        assert_eq!(trigger.prev_before(second), Some(first), "{trigger}");
    }
}
