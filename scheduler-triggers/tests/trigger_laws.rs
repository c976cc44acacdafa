//! Laws that hold for every trigger, tested with random triggers.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod cases;
mod trigger_oracle;

use std::{collections::BTreeSet, iter::successors, time::Duration};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use jiff::tz::TimeZoneDatabase;
use proptest::{prelude::*, sample::select};
use scheduler_triggers::{
    Cron, CronBuilder, Interval, Once, Trigger, Zone,
    dst::{Fold, Gap},
    upcoming,
};
use trigger_oracle::{
    Expression, Policies, instant,
    strategies::{expression, field},
    zero,
};

/// Zones with an unusual clock change, and an instant near it.
const CHANGES: [(&str, &str); 21] = [
    ("UTC", "2024-02-29T00:00:00Z"),
    ("America/New_York", "2023-03-12T07:00:00Z"),
    ("America/New_York", "2023-11-05T06:00:00Z"),
    ("America/New_York", "2120-03-10T07:00:00Z"),
    ("Europe/London", "2024-03-31T01:00:00Z"),
    ("Europe/Dublin", "2024-10-27T01:00:00Z"),
    ("America/Santiago", "2019-09-08T04:00:00Z"),
    ("America/Havana", "2023-11-05T05:00:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ("America/Nuuk", "2024-03-31T01:00:00Z"),
    ("Africa/Cairo", "2025-04-24T22:00:00Z"),
    ("Africa/Casablanca", "2024-03-10T02:00:00Z"),
    ("Australia/Lord_Howe", "2019-10-05T15:30:00Z"),
    ("Australia/Lord_Howe", "2019-04-06T15:00:00Z"),
    ("Antarctica/Troll", "2024-03-31T01:00:00Z"),
    ("Antarctica/Troll", "2024-10-27T01:00:00Z"),
    ("America/Caracas", "2016-05-01T07:00:00Z"),
    ("Asia/Pyongyang", "2018-05-04T15:00:00Z"),
    ("Asia/Kathmandu", "1985-12-31T18:30:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("Pacific/Kwajalein", "1993-08-21T12:00:00Z"),
];

/// The most instants around a clock change that a test compares.
const MOST: usize = 3_000;

fn config(cases: u32) -> ProptestConfig {
    cases::config(
        cases,
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/trigger_laws.txt"),
    )
}

fn change() -> impl Strategy<Value = (&'static str, DateTime<Utc>)> {
    select(&CHANGES[..]).prop_map(|(zone, at)| (zone, at.parse().unwrap()))
}

fn policies() -> impl Strategy<Value = Policies> {
    let gap = [
        None,
        Some(Gap::AtGapEnd),
        Some(Gap::ShiftByDelta),
        Some(Gap::Skip),
    ];
    let fold = [None, Some(Fold::Both), Some(Fold::First), Some(Fold::Last)];
    (select(gap.to_vec()), select(fold.to_vec())).prop_map(|(gap, fold)| Policies { gap, fold })
}

const NO_POLICIES: Policies = Policies {
    gap: None,
    fold: None,
};

/// Returns the expression without the restriction of one of its fields.
fn without(mut expression: Expression, field: usize) -> Expression {
    let field = match field {
        0 => &mut expression.second,
        1 => &mut expression.minute,
        2 => &mut expression.hour,
        3 => &mut expression.day,
        4 => &mut expression.month,
        5 => &mut expression.weekday,
        6 => {
            expression.weeks = None;
            return expression;
        }
        _ => {
            expression.years = None;
            return expression;
        }
    };
    field.text = "*".into();
    expression
}

fn build(expression: &Expression, zone: &str, policies: Policies) -> Cron {
    with(Cron::builder(&expression.text()), zone, policies)
}

fn with(builder: CronBuilder, zone: &str, policies: Policies) -> Cron {
    let mut builder = builder.zone(Zone::bundled(zone).unwrap());
    if let Some(gap) = policies.gap {
        builder = builder.gap(gap);
    }
    if let Some(fold) = policies.fold {
        builder = builder.fold(fold);
    }
    builder.build().unwrap()
}

/// A trigger with the instants of another one that implements only `next_after`, so that
/// `prev_before` is the default method.
#[derive(Debug)]
struct Forward(Cron);

impl Trigger for Forward {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.next_after(after)
    }
}

fn forward(cron: &Cron, start: DateTime<Utc>, end: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let next = |at: &DateTime<Utc>| cron.next_after(*at);
    successors(cron.next_after(start), next)
        .take_while(|at| *at <= end)
        .collect()
}

fn backward(cron: &Cron, start: DateTime<Utc>, end: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let just_after = end + TimeDelta::nanoseconds(1);
    let previous = |at: &DateTime<Utc>| cron.prev_before(*at);
    let found = successors(cron.prev_before(just_after), previous);
    let mut found: Vec<_> = found.take_while(|at| *at > start).collect();
    found.reverse();
    found
}

proptest! {
    #![proptest_config(config(60))]

    /// Compares expressions around clock changes, in both directions, under every policy.
    #[test]
    fn it_agrees_with_the_slow_evaluator(
        expression in expression(),
        (zone, near) in change(),
        policies in policies(),
        before in 0..40_i64 * 3600,
    ) {
        let start = near - TimeDelta::seconds(before);
        let end = near + TimeDelta::hours(30);
        let rules = TimeZoneDatabase::bundled().get(zone).unwrap();
        let expected = expression.instants(&rules, policies, (start, end));
        let cron = build(&expression, zone, policies);
        let expected: Vec<_> = expected.into_iter().collect();
        prop_assert_eq!(forward(&cron, start, end), expected.clone(), "{}", cron);
        prop_assert_eq!(backward(&cron, start, end), expected, "{}", cron);
    }
}

proptest! {
    #![proptest_config(config(24))]

    /// Compares expressions with seconds, in the hours around a clock change.
    #[test]
    fn it_agrees_to_the_second(
        mut expression in expression(),
        second in field(0, 59),
        (zone, near) in change(),
        policies in policies(),
    ) {
        expression.second = second;
        let (start, end) = (near - TimeDelta::minutes(50), near + TimeDelta::minutes(50));
        let rules = TimeZoneDatabase::bundled().get(zone).unwrap();
        let expected = expression.instants(&rules, policies, (start, end));
        let cron = build(&expression, zone, policies);
        prop_assert_eq!(forward(&cron, start, end), Vec::from_iter(expected), "{}", cron);
    }

    /// Compares expressions over years, one day at a time.
    #[test]
    fn it_picks_the_days_a_calendar_does(expression in expression(), from in 0..40_000_i64) {
        let mut at_noon = expression;
        (at_noon.minute, at_noon.hour) = (zero(), zero());
        let start = instant(from * 86_400);
        let end = start + TimeDelta::days(1500);
        let days = (1..=1500).map(|days| start + TimeDelta::days(days));
        let expected: Vec<_> = days.filter(|day| at_noon.matches_day(day.date_naive())).collect();
        let cron = Cron::parse(&at_noon.text()).unwrap();
        prop_assert_eq!(forward(&cron, start, end), expected.clone());
        prop_assert_eq!(backward(&cron, start, end), expected);
    }
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn any_zone_is_found_or_refused(name in "\\PC{0,20}|[+-][0-9:]{0,8}|[A-Za-z]{1,8}/[a-z_]{1,9}") {
        if let Ok(zone) = name.parse::<Zone>() {
            prop_assert_eq!(zone.to_string().parse(), Ok(zone));
        }
    }

    #[test]
    fn the_next_instant_is_later_and_monotone(
        expression in expression(),
        (zone, near) in change(),
        policies in policies(),
        offsets in prop::collection::vec(-200_000_000_000_000..200_000_000_000_000_i64, 2..12),
    ) {
        let cron = build(&expression, zone, policies);
        let mut instants: Vec<_> = offsets.into_iter().map(|nanos| near + TimeDelta::nanoseconds(nanos)).collect();
        instants.sort();
        let answers: Vec<_> = instants.iter().map(|at| cron.next_after(*at)).collect();
        for (at, answer) in instants.iter().zip(&answers) {
            prop_assert!(answer.is_none_or(|next| next > *at));
        }
        let order = |answer: &Option<DateTime<Utc>>| answer.unwrap_or(DateTime::<Utc>::MAX_UTC);
        prop_assert!(answers.is_sorted_by_key(order), "{cron}: {answers:?}");
    }

    #[test]
    fn between_two_instants_the_answer_does_not_change(
        expression in expression(),
        (zone, near) in change(),
        policies in policies(),
        part in 0.0..1.0_f64,
    ) {
        let cron = build(&expression, zone, policies);
        let mut now = near - TimeDelta::hours(20);
        for _ in 0..20 {
            let Some(next) = cron.next_after(now) else { break };
            let length = (next - now).num_microseconds().unwrap();
            let between = now + TimeDelta::microseconds((length as f64 * part) as i64);
            prop_assert!(between == next || cron.next_after(between) == Some(next), "{cron} {between}");
            prop_assert!(cron.matches(next));
            prop_assert!(cron.prev_before(next).is_none_or(|previous| previous <= now));
            now = next;
        }
    }

    /// The iterator ascends, and `prev_before` of each instant returns the one before.
    #[test]
    fn the_iterator_is_the_same_as_stepping(
        expression in expression(),
        (zone, near) in change(),
        policies in policies(),
        nanos in -100_000_000_000_000..100_000_000_000_000_i64,
    ) {
        let cron = build(&expression, zone, policies);
        let start = near + TimeDelta::nanoseconds(nanos);
        let iterated: Vec<_> = upcoming(&cron, start).take(20).collect();
        let stepped = successors(cron.next_after(start), |at| cron.next_after(*at));
        prop_assert_eq!(&iterated, &stepped.take(20).collect::<Vec<_>>());
        prop_assert!(iterated.is_sorted_by(|a, b| a < b));
        for (earlier, later) in iterated.iter().zip(iterated.iter().skip(1)) {
            prop_assert_eq!(cron.prev_before(*later), Some(*earlier));
        }
        let Some(first) = iterated.first() else { return Ok(()) };
        prop_assert!(cron.prev_before(*first).is_none_or(|previous| previous <= start));
        let just_after = start + TimeDelta::nanoseconds(1);
        let last = cron.prev_before(just_after);
        prop_assert!(last.is_none_or(|last| last <= start && cron.next_after(last) == Some(*first)));
    }

    /// `prev_before` of a trigger agrees with a bisection by `next_after`.
    #[test]
    fn the_way_back_is_that_of_any_trigger(
        expression in expression(),
        (zone, near) in change(),
        policies in policies(),
        nanos in -100_000_000_000_000..100_000_000_000_000_i64,
    ) {
        let cron = build(&expression, zone, policies);
        let (at, any) = (near + TimeDelta::nanoseconds(nanos), Forward(cron.clone()));
        prop_assert_eq!(cron.prev_before(at), any.prev_before(at), "{}", cron);
        let due = cron.next_after(at).unwrap_or(at);
        prop_assert_eq!(cron.matches(due), any.matches(due));
        prop_assert_eq!(cron.matches(at), any.matches(at));
    }

    /// A rule that is due, or skipped, near the same clock change every year.
    #[test]
    fn what_was_asked_before_makes_no_difference(
        (zone, near) in change(),
        minutes in -60..180_i64,
        is_last in any::<bool>(),
        policies in policies(),
        asked in prop::collection::vec(-200_000_000..7_000_000_000_i64, 1..12),
    ) {
        let before = Zone::bundled(zone).unwrap().to_local(near - TimeDelta::seconds(1)).naive_local();
        let near = before + TimeDelta::minutes(minutes);
        let nth = if is_last { "L".to_owned() } else { ((near.day() - 1) / 7 + 1).to_string() };
        let text = near.format("%-M %-H * %-m %w").to_string() + "#" + &nth;
        let cron = with(Cron::builder(&text), zone, policies);
        for at in asked.into_iter().map(instant) {
            let unasked = with(Cron::builder(&text), zone, policies);
            prop_assert_eq!(cron.next_after(at), unasked.next_after(at), "{} after {}", cron, at);
            prop_assert_eq!(cron.prev_before(at), unasked.prev_before(at), "{} before {}", cron, at);
        }
    }

    /// The policies add and remove instants at clock changes only, and each of these is listed.
    #[test]
    fn the_clock_effects_are_all_that_the_policies_decide(
        expression in expression(),
        (zone, near) in change(),
        gap in select(vec![Gap::AtGapEnd, Gap::ShiftByDelta]),
    ) {
        let of = |gap, fold| build(&expression, zone, Policies { gap: Some(gap), fold: Some(fold) });
        let (least, most) = (of(Gap::Skip, Fold::First), of(gap, Fold::Both));
        let around = near - TimeDelta::hours(30)..=near + TimeDelta::hours(30);
        let listed: Vec<_> = most.clock_effects(around.clone()).collect();
        let listed: BTreeSet<_> = listed.iter().flat_map(|effect| effect.instants()).copied().collect();
        for at in &listed {
            prop_assert!(most.matches(*at), "{} at {}", most, at);
        }
        let from = *around.start() - TimeDelta::nanoseconds(1);
        let due = |cron| -> BTreeSet<_> {
            upcoming(cron, from).take_while(|at| around.contains(at)).take(MOST).collect()
        };
        let (fewest, all) = (due(&least), due(&most));
        let full = [&fewest, &all].into_iter().filter(|due| due.len() == MOST);
        let known = full.filter_map(BTreeSet::last).fold(around.end(), Ord::min);
        for at in all.difference(&fewest).filter(|at| *at <= known) {
            prop_assert!(listed.contains(at), "{} at {}", most, at);
        }
        let skipped = |cron: &Cron| {
            let effects = cron.clock_effects(around.clone());
            effects.filter(|effect| effect.change().shift() > TimeDelta::zero()).count()
        };
        prop_assert_eq!(skipped(&least), skipped(&most));
    }

    /// A description that named no restriction of a field would be that of a rule without it too.
    #[test]
    fn a_description_mentions_every_restricted_field(expression in expression(), field in 0..8_usize) {
        let described = build(&expression, "UTC", NO_POLICIES);
        let free = build(&without(expression, field), "UTC", NO_POLICIES);
        let is_restricted = (1970..2100).any(|year| {
            let start: DateTime<Utc> = format!("{year}-02-01T00:00:00Z").parse().unwrap();
            upcoming(&described, start).take(30).ne(upcoming(&free, start).take(30))
        });
        prop_assert!(
            !is_restricted || described.describe() != free.describe(),
            "{:?} and {:?} are both {:?}", described, free, free.describe()
        );
    }

    #[test]
    fn the_canonical_text_parses_back(expression in expression(), policies in policies()) {
        let cron = build(&expression, "Europe/London", policies);
        let text = cron.to_string();
        let again = Cron::parse(&text).unwrap();
        prop_assert_eq!(again.to_string(), text);
        // Equal but for the origin of the zone: the text names it, the system's rules answer.
        prop_assert_eq!(again.in_zone(cron.zone().clone()), cron);
    }

    #[test]
    fn an_interval_is_a_multiple_of_its_period(
        period in 1..u64::MAX,
        start in -1_000_000_000_000_i64..1_000_000_000_000,
        after in -4_000_000_000_000_i64..4_000_000_000_000,
    ) {
        let (start, after) = (instant(start), instant(after));
        let interval = Interval::every(Duration::from_nanos(period)).unwrap().starting_at(start);
        if let Some(next) = interval.next_after(after) {
            prop_assert!(next > after && next >= start);
            let nanos = |at: DateTime<Utc>| i128::from(at.timestamp()) * 1_000_000_000 + i128::from(at.timestamp_subsec_nanos());
            let passed = nanos(next) - nanos(start);
            prop_assert_eq!(passed % i128::from(period), 0);
            prop_assert!(next == start || passed - i128::from(period) <= nanos(after) - nanos(start));
        }
    }
}

#[test]
fn single_instants_obey_the_laws_too() {
    let at = instant(1_700_000_000);
    let instants: BTreeSet<_> = (-3..=3)
        .map(|nanos| at + TimeDelta::nanoseconds(nanos))
        .collect();
    for now in instants {
        assert_eq!(Once::at(at).next_after(now), (now < at).then_some(at));
    }
}
