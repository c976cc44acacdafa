//! Any trigger becomes data and the same rule again, with the same instants.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use proptest::{collection::vec, prelude::*, sample::select};
use scheduler_triggers::{
    AllOf, AnyOf, Bounded, CalendarInterval, Cron, Excluding, Exclusion, Expression, Interval,
    Jittered, Limited, OnCalendar, Once, Period, Preset, Trigger, TriggerError, TriggerSpec, Zone,
    dst::{Fold, Gap},
    upcoming,
};

use crate::config;

pub(crate) type Rule = Arc<dyn Trigger>;

const EXPRESSIONS: [&str; 12] = [
    "0 9 * * MON-FRI",
    "*/5 * * * *",
    "30 2 L-2 * *",
    "0 0 13 * FRI",
    "DAYS=and 0 0 13 * FRI",
    "WEEK=1-10 0 0 * * *",
    "15 30 12 15W * FRI#2",
    "0 0 0 1 1 * 2030-2040/3",
    "H H(1-5) * * *",
    "5-7,9 22-2 */2 * *",
    "0 0 31 2 *",
    "0 1-1 LW * SUNL",
];

const EVENTS: [&str; 6] = [
    "Mon..Fri *-*-* 09:00:00",
    "*:0/15",
    "Mon *-05~07/1 02:30",
    "24..30/2-*-1,15 1..3:*:0/0.25",
    "quarterly",
    "*-02-30",
];

const ZONES: [&str; 7] = [
    "UTC",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "+05:30",
    "-00:44:30",
    "Etc/GMT+5",
];

const LENGTHS: [Duration; 8] = [
    Duration::from_nanos(1),
    Duration::from_millis(1500),
    Duration::from_secs(1),
    Duration::from_secs(86_400),
    Duration::from_secs(1_000_000_000_000_000),
    Duration::new(9_223_372_036_854_775_807, 999_999_999),
    Duration::from_secs(u64::MAX),
    Duration::MAX,
];

fn zone() -> impl Strategy<Value = Zone> {
    select(&ZONES[..]).prop_map(|name| name.parse().unwrap())
}

fn length() -> impl Strategy<Value = Duration> {
    prop_oneof![
        select(&LENGTHS[..]),
        (1..1_000_000_000_000_u64).prop_map(Duration::from_nanos),
        (1..1_000_000_u64).prop_map(Duration::from_secs),
    ]
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (
        0..4_000_000_000_i64,
        prop_oneof![Just(0), 0..1_000_000_000_u32],
    )
        .prop_map(|(second, nanos)| DateTime::from_timestamp(second, nanos).unwrap())
}

fn date() -> impl Strategy<Value = NaiveDate> {
    instant().prop_map(|at| at.date_naive())
}

fn time() -> impl Strategy<Value = NaiveTime> {
    instant().prop_map(|at| at.time())
}

fn gap() -> impl Strategy<Value = Gap> {
    use Gap::{AtGapEnd, ShiftByDelta, Skip};
    select(vec![AtGapEnd, ShiftByDelta, Skip])
}

fn fold() -> impl Strategy<Value = Fold> {
    use Fold::{Both, First, Last};
    select(vec![Both, First, Last])
}

fn once() -> impl Strategy<Value = Once> {
    prop_oneof![instant().prop_map(Once::at), length().prop_map(Once::after)]
}

fn interval() -> impl Strategy<Value = Interval> {
    let bound = || prop::option::of(instant());
    (length(), any::<bool>(), bound(), bound()).prop_map(|(period, at_once, start, end)| {
        let mut interval = Interval::every(period).unwrap();
        if at_once {
            interval = interval.immediately();
        }
        if let Some(start) = start {
            interval = interval.starting_at(start);
        }
        match end {
            Some(end) => interval.ending_at(end),
            None => interval,
        }
    })
}

fn cron() -> impl Strategy<Value = Cron> {
    let policies = (
        prop::option::of(gap()),
        prop::option::of(fold()),
        any::<bool>(),
    );
    (select(&EXPRESSIONS[..]), zone(), policies).prop_map(|(text, zone, (gap, fold, vixie))| {
        let mut builder = Cron::builder(text).zone(zone).seed("backup");
        if vixie {
            builder = builder.preset(Preset::Vixie);
        }
        if let Some(gap) = gap {
            builder = builder.gap(gap);
        }
        if let Some(fold) = fold {
            builder = builder.fold(fold);
        }
        builder.build().unwrap()
    })
}

fn on_calendar() -> impl Strategy<Value = OnCalendar> {
    let policies = (prop::option::of(gap()), prop::option::of(fold()));
    (select(&EVENTS[..]), zone(), policies).prop_map(|(text, zone, (gap, fold))| {
        let mut event = OnCalendar::parse_in(text, zone).unwrap();
        if let Some(gap) = gap {
            event = event.gap(gap);
        }
        match fold {
            Some(fold) => event.fold(fold),
            None => event,
        }
    })
}

fn calendar() -> impl Strategy<Value = CalendarInterval> {
    let dates = (prop::option::of(date()), prop::option::of(0..1000_i64));
    let clock = (time(), zone(), gap(), fold());
    ((0..2_u32, 0..20_u32, 0..3_u32, 1..40_u32), dates, clock).prop_map(
        |((years, months, weeks, days), (start, length), (time, zone, gap, fold))| {
            let period = Period {
                years,
                months,
                weeks,
                days,
            };
            let mut interval = match start {
                Some(start) => CalendarInterval::every(period, start).unwrap(),
                None => CalendarInterval::from_live(period).unwrap(),
            };
            if let (Some(start), Some(days)) = (start, length) {
                interval = interval.ending_on(start + TimeDelta::days(days));
            }
            interval.at(time).in_zone(zone).gap(gap).fold(fold)
        },
    )
}

fn exclusion(rule: BoxedStrategy<Rule>) -> impl Strategy<Value = Exclusion> {
    use Weekday::{Fri, Mon, Sat, Sun};
    let days = select(vec![vec![Sat, Sun], vec![], vec![Mon], vec![Fri, Mon, Sun]]);
    let yearly = select(vec![vec![(2, 29)], vec![(12, 25), (1, 1)], vec![]]);
    prop_oneof![
        (vec(date(), 0..3), zone()).prop_map(|(dates, zone)| Exclusion::dates(dates, zone)),
        (date(), 0..90_i64, zone()).prop_map(|(first, days, zone)| {
            Exclusion::date_range(first, first + TimeDelta::days(days), zone).unwrap()
        }),
        (time(), 1..86_399_i64, zone()).prop_map(|(from, length, zone)| {
            let to = from.overflowing_add_signed(TimeDelta::seconds(length)).0;
            Exclusion::time_of_day(from, to, zone).unwrap()
        }),
        (days, zone()).prop_map(|(days, zone)| Exclusion::weekdays(days, zone)),
        (yearly, zone()).prop_map(|(days, zone)| Exclusion::yearly(days, zone).unwrap()),
        rule.prop_map(Exclusion::rule),
    ]
}

/// Generates rules nested `depth` times.
pub(crate) fn rule(depth: u32) -> impl Strategy<Value = Rule> {
    let simple = prop_oneof![
        once().prop_map(|once| Arc::new(once) as Rule),
        interval().prop_map(|interval| Arc::new(interval) as Rule),
        cron().prop_map(|cron| Arc::new(cron) as Rule),
        calendar().prop_map(|calendar| Arc::new(calendar) as Rule),
        on_calendar().prop_map(|event| Arc::new(event) as Rule),
    ];
    simple.prop_recursive(depth, 8, 3, |inner| {
        let inner = inner.boxed();
        prop_oneof![
            (vec(inner.clone(), 1..4), length()).prop_map(|(rules, within)| Arc::new(
                AllOf::new(rules).unwrap().threshold(within)
            ) as Rule),
            vec(inner.clone(), 1..4).prop_map(|rules| Arc::new(AnyOf::new(rules).unwrap()) as Rule),
            (
                inner.clone(),
                prop::option::of(instant()),
                prop::option::of(instant())
            )
                .prop_map(|(rule, start, end)| Arc::new(bounded(rule, start, end)) as Rule),
            (inner.clone(), length(), "[a-z\u{e9}\"]{0,3}")
                .prop_map(|(rule, most, seed)| Arc::new(Jittered::new(rule, most, &seed)) as Rule),
            (inner.clone(), 1..4_usize, prop::option::of(instant()))
                .prop_map(|(rule, count, start)| Arc::new(limited(rule, count, start)) as Rule),
            (inner.clone(), vec(exclusion(inner), 0..3)).prop_map(|(rule, exclusions)| {
                let all = Excluding::new(rule);
                Arc::new(exclusions.into_iter().fold(all, Excluding::except)) as Rule
            }),
        ]
    })
}

fn bounded(rule: Rule, start: Option<DateTime<Utc>>, end: Option<DateTime<Utc>>) -> Bounded {
    let mut bounded = Bounded::new(rule);
    if let Some(start) = start {
        bounded = bounded.starting_at(start);
    }
    match end {
        Some(end) => bounded.ending_at(end),
        None => bounded,
    }
}

fn limited(rule: Rule, count: usize, start: Option<DateTime<Utc>>) -> Limited {
    let limited = Limited::new(rule, count).unwrap();
    match start {
        Some(start) => limited.counting_from(start),
        None => limited,
    }
}

pub(crate) fn json(rule: &Rule) -> String {
    serde_json::to_string(&**rule).unwrap()
}

/// Parses a rule from JSON that names all its zones, so that the default zone changes nothing.
fn read(json: &str) -> Rule {
    let spec: TriggerSpec = serde_json::from_str(json).unwrap();
    spec.build_in(&Zone::named("Asia/Tokyo").unwrap())
        .unwrap()
        .0
}

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn the_rule_read_back_is_the_same(rule in rule(3)) {
        let json = json(&rule);
        prop_assert_eq!(&*read(&json), &*rule, "{}", json);
        prop_assert_eq!(&*rule.spec().unwrap().build().unwrap(), &*rule, "{}", json);
    }
}

proptest! {
    #![proptest_config(config(200))]

    /// A relative rule stays relative, and an anchored one counts from the same instant.
    #[test]
    fn the_rule_read_back_is_due_at_the_same_instants(rule in rule(1), live in instant()) {
        let json = json(&rule);
        let (anchored, again) = (rule.anchored(live), read(&json).anchored(live));
        prop_assert_eq!(&again, &anchored, "{}", json);
        let anchored = anchored.unwrap_or(rule);
        // A start may be later than the years that can be written as data.
        if let Ok(spec) = anchored.spec() {
            let again = spec.build().unwrap();
            let next = |rule: &Rule| upcoming(&**rule, live).take(2).collect::<Vec<_>>();
            prop_assert_eq!(&*again, &*anchored, "{}", json);
            prop_assert_eq!(next(&again), next(&anchored), "{}", json);
            prop_assert_eq!(again.first_from(live), anchored.first_from(live), "{}", json);
            prop_assert_eq!(again.timeline(), anchored.timeline(), "{}", json);
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Never;

impl Trigger for Never {
    fn next_after(&self, _: DateTime<Utc>) -> Option<DateTime<Utc>> {
        None
    }
}

pub(crate) fn daily() -> Rule {
    Arc::new(Cron::parse("@daily").unwrap())
}

#[test]
fn another_kind_is_a_typed_error() {
    let spec = daily().spec().unwrap();
    let error = Interval::try_from(spec).unwrap_err();
    assert!(
        matches!(
            &error,
            TriggerError::Kind {
                expected: "Interval",
                ..
            }
        ),
        "{error:?}"
    );
    let bounded = r#"{"type":"cron","expr":"@daily","start":"2024-07-01"}"#;
    let error = serde_json::from_str::<Cron>(bounded)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("kind Cron") && error.contains("from 2024-07-01"),
        "{error}"
    );
    assert!(serde_json::from_str::<Bounded>(bounded).is_ok());
    assert!(serde_json::from_str::<Expression>(r#"{"type":"once","at":"2024-07-01"}"#).is_err());
}

#[test]
fn what_has_no_data_is_named() {
    let never: Rule = Arc::new(Never);
    let nested = AnyOf::new([daily(), Arc::new(Bounded::new(never)) as _]).unwrap();
    let error = serde_json::to_string(&nested).unwrap_err().to_string();
    let remedy = "use a trigger that has a `spec`, or build it in code";
    assert_eq!(error, format!("Never cannot be written as data: {remedy}"));
    let late = Once::at(DateTime::<Utc>::MAX_UTC);
    assert!(matches!(late.spec(), Err(TriggerError::Time { .. })));
}

#[test]
fn what_is_too_deep_to_be_built_is_not_written() {
    let wrap = |rule: Rule| Arc::new(Bounded::new(rule)) as Rule;
    let deepest = (0..32).fold(daily(), |rule, _| wrap(rule));
    assert_eq!(&*read(&json(&deepest)), &*deepest);
    assert_eq!(
        wrap(deepest).spec(),
        Err(TriggerError::TooDeep { deepest: 32 })
    );
    let excluded = |rule| Arc::new(Excluding::new(daily()).except(Exclusion::rule(rule))) as Rule;
    let deepest = (0..16).fold(daily(), |rule, _| excluded(rule));
    assert_eq!(&*read(&json(&deepest)), &*deepest);
    assert_eq!(
        excluded(deepest).spec(),
        Err(TriggerError::TooDeep { deepest: 32 })
    );
}
