//! Rules as plain data, with a slow evaluator that shares no code with the triggers.
//!
//! It checks every minute of a range of time. Local times come from jiff.

use std::collections::BTreeSet;

use jiff::{
    Timestamp, civil,
    tz::{TimeZone, TimeZoneDatabase},
};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

/// Zones, each with the minute of a clock change.
pub(crate) const ZONES: [(&str, &str); 7] = [
    ("UTC", "2024-02-29T00:00:00Z"),
    ("Europe/Berlin", "2024-03-31T01:00:00Z"),
    ("Europe/Berlin", "2024-10-27T01:00:00Z"),
    ("Australia/Lord_Howe", "2024-10-05T15:30:00Z"),
    ("Australia/Lord_Howe", "2024-04-06T15:00:00Z"),
    ("Africa/Cairo", "2024-10-31T21:00:00Z"),
    ("America/Nuuk", "2024-03-31T01:00:00Z"),
];

/// A rule; times are minutes relative to the clock change.
#[derive(Debug, Clone)]
pub(crate) enum Rule {
    All(Vec<Self>, i64),
    Any(Vec<Self>),
    Bounded(Box<Self>, i64, i64),
    /// A period in days, its first day relative to that of the change, and the minute of the day.
    Days(i64, i64, i64),
    Cron(BTreeSet<u8>, BTreeSet<u8>),
    Every(i64, i64),
    /// A rule except a range of the day, in minutes, and a weekday from Monday = 1.
    Except(Box<Self>, i64, i64, i8),
    Without(Box<Self>, Box<Self>),
    Limited(Box<Self>, usize, i64),
    Once(i64),
}

/// The origin of the minutes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) zone: &'static str,
    pub(crate) change: i64,
}

/// The range of minutes to check, relative to the change.
pub(crate) const FIRST: i64 = -1500;
pub(crate) const LAST: i64 = 1800;
const BEYOND: i64 = LAST + 600;

pub(crate) fn place() -> impl Strategy<Value = Place> {
    select(&ZONES[..]).prop_map(|(zone, at)| Place {
        zone,
        change: at.parse::<Timestamp>().unwrap().as_second() / 60,
    })
}

pub(crate) fn rule() -> impl Strategy<Value = Rule> {
    let values = |most: u8| prop::collection::btree_set(0..most, 1..4);
    let simple = prop_oneof![
        (1..4_i64, -3..2_i64, 0..1440_i64)
            .prop_map(|(days, start, at)| Rule::Days(days, start, at)),
        (values(60), values(24)).prop_map(|(minutes, hours)| Rule::Cron(minutes, hours)),
        (1..200_i64, FIRST..LAST).prop_map(|(period, start)| Rule::Every(period, start)),
        (FIRST..LAST).prop_map(Rule::Once),
    ];
    simple.prop_recursive(3, 12, 3, |inner| {
        let one = inner.clone().prop_map(Box::new).boxed();
        prop_oneof![
            (vec(inner.clone(), 1..4), 0..90_i64)
                .prop_map(|(rules, within)| Rule::All(rules, within)),
            vec(inner, 1..4).prop_map(Rule::Any),
            (one.clone(), FIRST..LAST, FIRST..LAST).prop_map(|(rule, a, b)| Rule::Bounded(
                rule,
                a.min(b),
                a.max(b)
            )),
            (one.clone(), 0..1440_i64, 1..1440_i64, 1..8_i8).prop_map(
                |(rule, from, length, day)| Rule::Except(rule, from, (from + length) % 1440, day)
            ),
            (one.clone(), one.clone()).prop_map(|(rule, other)| Rule::Without(rule, other)),
            (one, 1..30_usize, FIRST..LAST)
                .prop_map(|(rule, count, start)| Rule::Limited(rule, count, start)),
        ]
    })
}

impl Rule {
    /// Returns the minutes at which the rule is due.
    pub(crate) fn minutes(&self, place: Place) -> BTreeSet<i64> {
        let zone = TimeZoneDatabase::bundled().get(place.zone).unwrap();
        self.due(place, &zone)
    }

    fn due(&self, place: Place, zone: &TimeZone) -> BTreeSet<i64> {
        let read = |minute: i64| {
            let second = (place.change + minute) * 60;
            zone.to_datetime(Timestamp::from_second(second).unwrap())
        };
        let those =
            |is_due: &dyn Fn(i64) -> bool| (FIRST..=BEYOND).filter(|at| is_due(*at)).collect();
        match self {
            Self::All(rules, within) => {
                let members: Vec<_> = rules.iter().map(|rule| rule.due(place, zone)).collect();
                let starts = members.iter().flatten().copied();
                let agrees = |at: &i64| {
                    members
                        .iter()
                        .all(|due| due.range(*at..=*at + within).next().is_some())
                };
                starts.filter(agrees).collect()
            }
            Self::Any(rules) => rules
                .iter()
                .flat_map(|rule| rule.due(place, zone))
                .collect(),
            Self::Bounded(rule, start, end) => {
                rule.due(place, zone).range(start..=end).copied().collect()
            }
            Self::Cron(minutes, hours) => those(&|at| {
                let clock = read(at);
                let (minute, hour) = (clock.minute().cast_unsigned(), clock.hour().cast_unsigned());
                minutes.contains(&minute) && hours.contains(&hour)
            }),
            Self::Days(days, start, time) => {
                let today = read(0).date();
                those(&|at| {
                    let clock = read(at);
                    let passed = days_between(today, clock.date()) - start;
                    passed >= 0 && passed % days == 0 && minute_of(clock) == *time
                })
            }
            Self::Every(period, start) => those(&|at| at >= *start && (at - start) % period == 0),
            Self::Except(rule, from, to, weekday) => {
                let mut due = rule.due(place, zone);
                due.retain(|at| {
                    let clock = read(*at);
                    let minute = minute_of(clock);
                    let night = if from < to {
                        (*from..*to).contains(&minute)
                    } else {
                        minute >= *from || minute < *to
                    };
                    !night && clock.weekday().to_monday_one_offset() != *weekday
                });
                due
            }
            Self::Without(rule, other) => &rule.due(place, zone) - &other.due(place, zone),
            Self::Limited(rule, count, start) => rule
                .due(place, zone)
                .range(start..)
                .take(*count)
                .copied()
                .collect(),
            Self::Once(at) => BTreeSet::from([*at]),
        }
    }

    /// Returns the rule as JSON for a trigger.
    pub(crate) fn json(&self, place: Place) -> Value {
        let at = |minute: &i64| {
            Timestamp::from_second((place.change + minute) * 60)
                .unwrap()
                .to_string()
        };
        let list = |rules: &[Self]| Value::from_iter(rules.iter().map(|rule| rule.json(place)));
        let clock = |minute: &i64| format!("{:02}:{:02}:00", minute / 60, minute % 60);
        let exclude = |rule: &Self, what: Value| json!({"type": "excluding", "trigger": rule.json(place), "exclude": what});
        match self {
            Self::All(rules, within) => {
                json!({"type": "all_of", "triggers": list(rules), "threshold": within * 60})
            }
            Self::Any(rules) => json!({"type": "any_of", "triggers": list(rules)}),
            Self::Bounded(rule, start, end) => {
                json!({"type": "bounded", "trigger": rule.json(place), "start": at(start), "end": at(end)})
            }
            Self::Cron(minutes, hours) => {
                let expression = format!("{} {} * * *", join(minutes), join(hours));
                json!({"type": "cron", "expr": expression, "gap": "skip", "fold": "both"})
            }
            Self::Days(days, start, time) => {
                let zone = TimeZoneDatabase::bundled().get(place.zone).unwrap();
                let today = zone
                    .to_datetime(Timestamp::from_second(place.change * 60).unwrap())
                    .date();
                let start = today.checked_add(jiff::Span::new().days(*start)).unwrap();
                json!({
                    "type": "calendar_interval", "days": days, "start": start.to_string(),
                    "time": clock(time), "gap": "skip", "fold": "both",
                })
            }
            Self::Every(period, start) => {
                json!({"type": "interval", "every": period * 60, "start": at(start)})
            }
            Self::Except(rule, from, to, day) => {
                let day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
                    [usize::try_from(day - 1).unwrap()];
                let night = json!({"type": "time_of_day", "from": clock(from), "to": clock(to)});
                exclude(
                    rule,
                    json!([night, {"type": "weekdays", "weekdays": [day]}]),
                )
            }
            Self::Without(rule, other) => exclude(
                rule,
                json!([{"type": "trigger", "trigger": other.json(place)}]),
            ),
            Self::Limited(rule, count, start) => {
                json!({"type": "limited", "trigger": rule.json(place), "count": count, "start": at(start)})
            }
            Self::Once(minute) => json!({"type": "once", "at": at(minute)}),
        }
    }
}

fn join(values: &BTreeSet<u8>) -> String {
    let texts: Vec<_> = values.iter().map(u8::to_string).collect();
    texts.join(",")
}

fn minute_of(clock: civil::DateTime) -> i64 {
    i64::from(clock.hour()) * 60 + i64::from(clock.minute())
}

fn days_between(from: civil::Date, to: civil::Date) -> i64 {
    i64::from((to - from).get_days())
}
