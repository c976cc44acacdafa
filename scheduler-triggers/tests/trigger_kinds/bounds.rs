//! Every combination of rules finds an instant in a bounded number of steps. The tests count calls
//! to the innermost rules, and measure no time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc, Weekday};
use proptest::{prelude::*, sample::select};
use scheduler_triggers::{
    AllOf, AnyOf, Bounded, Cron, Excluding, Exclusion, Interval, Jittered, Limited, Once, Trigger,
    TriggerError, TriggerSpec, Zone,
};

use crate::config;

/// The maximum number of steps for a call, over all of its searches.
const STEPS: u64 = 10_000;
/// The maximum number of calls of a combined rule to each member in one step.
const QUESTIONS: u64 = 4;
/// The number of steps for counting ahead, and the number of steps for each instant.
const AHEAD: (u64, u64) = (11 * STEPS, 8);

const CRONS: [&str; 5] = [
    "* * * * *",
    "0 0 29 2 *",
    "0 0 31 2 *",
    "30 12 * * MON#5",
    "TZ=America/New_York GAP=skip 30 2 * 3 SUN#2",
];

/// A trigger that counts its calls, in a counter that all triggers of a test share.
#[derive(Debug)]
struct Counted {
    rule: Arc<dyn Trigger>,
    asked: Arc<AtomicU64>,
}

impl Counted {
    fn ask<T>(&self, answer: impl FnOnce(&dyn Trigger) -> T) -> T {
        self.asked.fetch_add(1, Ordering::Relaxed);
        answer(&*self.rule)
    }
}

impl Trigger for Counted {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.ask(|rule| rule.next_after(after))
    }

    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.ask(|rule| rule.prev_before(before))
    }

    fn matches(&self, at: DateTime<Utc>) -> bool {
        self.ask(|rule| rule.matches(at))
    }

    fn first_from(&self, live: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.ask(|rule| rule.first_from(live))
    }

    fn spec(&self) -> Result<TriggerSpec, TriggerError> {
        self.rule.spec()
    }
}

/// A combination of rules, whose innermost rules agree rarely or never.
#[derive(Debug, Clone)]
pub(crate) enum Tree {
    Leaf(Leaf),
    AllOf(Vec<Self>, u64),
    AnyOf(Vec<Self>),
    Bounded(Box<Self>, i64),
    Excluding(Box<Self>, Box<Self>),
    Jittered(Box<Self>, u64),
    Limited(Box<Self>, usize),
    Nights(Box<Self>),
    Nothing(Box<Self>),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Leaf {
    Cron(&'static str),
    Every(u64),
    Once(i64),
}

pub(crate) fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        2 => select(&CRONS[..]).prop_map(Leaf::Cron),
        4 => select(&[1, 59, 60, 61, 3_600, 9_973, 10_007, 86_399, 86_400][..]).prop_map(Leaf::Every),
        1 => (-5..5_i64).prop_map(Leaf::Once),
    ];
    leaf.prop_map(Tree::Leaf).prop_recursive(5, 12, 3, |inner| {
        let one = || inner.clone().prop_map(Box::new);
        let some = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            4 => (some(), select(&[0, 1, 30][..])).prop_map(|(rules, within)| Tree::AllOf(rules, within)),
            1 => some().prop_map(Tree::AnyOf),
            1 => (one(), -3..3_i64).prop_map(|(rule, start)| Tree::Bounded(rule, start)),
            3 => (one(), one()).prop_map(|(rule, other)| Tree::Excluding(rule, other)),
            2 => (one(), select(&[0, 10, u64::MAX][..])).prop_map(|(rule, max)| Tree::Jittered(rule, max)),
            1 => (one(), select(&[1, 3, 2_000][..])).prop_map(|(rule, max)| Tree::Limited(rule, max)),
            1 => one().prop_map(Tree::Nights),
            1 => one().prop_map(Tree::Nothing),
        ]
    })
}

impl Tree {
    /// Returns the combination with a counter of its own.
    pub(crate) fn uncounted(&self) -> Arc<dyn Trigger> {
        self.rule(&Arc::default())
    }

    fn rule(&self, asked: &Arc<AtomicU64>) -> Arc<dyn Trigger> {
        let all =
            |rules: &[Self]| -> Vec<_> { rules.iter().map(|rule| rule.rule(asked)).collect() };
        match self {
            Self::Leaf(leaf) => Arc::new(Counted {
                rule: leaf.rule(),
                asked: asked.clone(),
            }),
            Self::AllOf(rules, within) => {
                let rules = AllOf::new(all(rules)).unwrap();
                Arc::new(rules.threshold(Duration::from_secs(*within)))
            }
            Self::AnyOf(rules) => Arc::new(AnyOf::new(all(rules)).unwrap()),
            Self::Bounded(rule, start) => {
                Arc::new(Bounded::new(rule.rule(asked)).starting_at(day(*start)))
            }
            Self::Excluding(rule, other) => {
                let other = Exclusion::rule(other.rule(asked));
                Arc::new(Excluding::new(rule.rule(asked)).except(other))
            }
            Self::Jittered(rule, max) => Arc::new(Jittered::new(
                rule.rule(asked),
                Duration::from_secs(*max),
                "seed",
            )),
            Self::Limited(rule, max) => {
                let limited = Limited::new(rule.rule(asked), *max).unwrap();
                Arc::new(limited.counting_from(day(0)))
            }
            Self::Nights(rule) => {
                let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
                let night = Exclusion::time_of_day(time(22), time(6), Zone::utc()).unwrap();
                Arc::new(Excluding::new(rule.rule(asked)).except(night))
            }
            Self::Nothing(rule) => {
                let odd = [Weekday::Mon, Weekday::Wed, Weekday::Fri, Weekday::Sun];
                let even = [Weekday::Tue, Weekday::Thu, Weekday::Sat];
                let rule = Excluding::new(rule.rule(asked));
                let rule = rule.except(Exclusion::weekdays(odd, Zone::utc()));
                Arc::new(rule.except(Exclusion::weekdays(even, Zone::utc())))
            }
        }
    }

    fn leaves(&self) -> u64 {
        match self {
            Self::Leaf(_) => 1,
            Self::AllOf(rules, _) | Self::AnyOf(rules) => rules.iter().map(Self::leaves).sum(),
            Self::Excluding(rule, other) => rule.leaves() + other.leaves(),
            Self::Bounded(rule, _)
            | Self::Jittered(rule, _)
            | Self::Limited(rule, _)
            | Self::Nights(rule)
            | Self::Nothing(rule) => rule.leaves(),
        }
    }

    /// Returns how many rules count ahead, and the sum of their limits.
    fn limits(&self) -> (u64, u64) {
        let add = |(limits, most): (u64, u64), rule: &Self| {
            let (more, higher) = rule.limits();
            (limits + more, most + higher)
        };
        match self {
            Self::Leaf(_) => (0, 0),
            Self::AllOf(rules, _) | Self::AnyOf(rules) => rules.iter().fold((0, 0), add),
            Self::Excluding(rule, other) => add(rule.limits(), other),
            Self::Limited(rule, max) => add((1, u64::try_from(*max).unwrap()), rule),
            Self::Bounded(rule, _)
            | Self::Jittered(rule, _)
            | Self::Nights(rule)
            | Self::Nothing(rule) => rule.limits(),
        }
    }
}

impl Leaf {
    fn rule(self) -> Arc<dyn Trigger> {
        match self {
            Self::Cron(text) => Arc::new(Cron::parse(text).unwrap()),
            Self::Every(period) => {
                let every = Interval::every(Duration::from_secs(period)).unwrap();
                Arc::new(every.starting_at(day(-100)))
            }
            Self::Once(number) => Arc::new(Once::at(day(number))),
        }
    }
}

fn day(number: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600 + number * 86_400, 0).unwrap()
}

/// Returns rules nested `depth` times.
fn nested(
    depth: usize,
    wrap: impl Fn(Arc<dyn Trigger>) -> Arc<dyn Trigger>,
) -> (Arc<dyn Trigger>, Arc<AtomicU64>) {
    let asked = Arc::new(AtomicU64::new(0));
    let leaf = Tree::Leaf(Leaf::Every(60)).rule(&asked);
    ((0..depth).fold(leaf, |rule, _| wrap(rule)), asked)
}

fn exactly(rule: Arc<dyn Trigger>) -> Arc<dyn Trigger> {
    Arc::new(AllOf::new([rule]).unwrap().threshold(Duration::ZERO))
}

fn except_noon(rule: Arc<dyn Trigger>) -> Arc<dyn Trigger> {
    let noon = Arc::new(Once::at(day(0) + TimeDelta::hours(12)));
    Arc::new(Excluding::new(rule).except(Exclusion::rule(noon)))
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn every_question_is_answered_in_a_bounded_number_of_steps(
        tree in tree(),
        offset in -300_000..300_000_i64,
    ) {
        let (asked, at) = (Arc::new(AtomicU64::new(0)), day(0) + TimeDelta::seconds(offset));
        let rule = tree.rule(&asked);
        let (limits, most) = tree.limits();
        let a_step = QUESTIONS * tree.leaves();
        let ahead = limits * AHEAD.0 + most * (AHEAD.1 + 1);
        prop_assert!(asked.swap(0, Ordering::Relaxed) <= a_step * ahead, "counting ahead");

        let next = rule.next_after(at);
        prop_assert!(asked.swap(0, Ordering::Relaxed) <= a_step * (STEPS + 1), "next");
        prop_assert!(next.is_none_or(|next| next > at));
        let previous = rule.prev_before(at);
        prop_assert!(asked.swap(0, Ordering::Relaxed) <= a_step * (STEPS + 1), "previous");
        prop_assert!(previous.is_none_or(|previous| previous < at));
        // These calls may search at each level of nesting.
        let (_, depth) = (rule.matches(at), 6);
        prop_assert!(asked.swap(0, Ordering::Relaxed) <= depth * a_step * (STEPS + 1), "matches");
        let first = rule.first_from(at);
        prop_assert!(asked.swap(0, Ordering::Relaxed) <= depth * a_step * (STEPS + 1), "first");

        prop_assert_eq!(rule.next_after(at), next, "asked again");
        prop_assert_eq!(rule.prev_before(at), previous, "asked again");
        prop_assert_eq!(rule.first_from(at), first, "asked again");
    }
}

#[test]
fn rules_may_be_nested_as_deep_as_json_allows() {
    let minute = |number| day(0) + TimeDelta::minutes(number);
    for wrap in [exactly, except_noon] {
        let (rule, asked) = nested(32, wrap);
        assert_eq!(rule.next_after(minute(3)), Some(minute(4)));
        assert!(
            asked.swap(0, Ordering::Relaxed) <= 2,
            "there is one way down"
        );
        assert!(rule.matches(minute(4)));
        assert_eq!(rule.first_from(minute(4)), Some(minute(4)));
    }
    let (rule, _) = nested(32, except_noon);
    assert_eq!(rule.prev_before(minute(3)), Some(minute(2)));
    assert_eq!(rule.next_after(minute(719)), Some(minute(721)));
}

#[test]
fn jitter_inside_jitter_is_given_up_rather_than_followed_for_ever() {
    let jitter = |rule| Arc::new(Jittered::new(rule, Duration::from_secs(1), "seed")) as _;
    let (few, _) = nested(6, jitter);
    assert!(
        few.next_after(day(0))
            .is_some_and(|next| next < day(0) + TimeDelta::minutes(2))
    );
    let (many, asked) = nested(32, jitter);
    for answer in [
        many.next_after(day(0)),
        many.prev_before(day(0)),
        many.first_from(day(0)),
    ] {
        assert_eq!(answer, None);
    }
    assert!(!many.matches(day(0)));
    let questions = asked.load(Ordering::Relaxed);
    assert!(questions <= 40 * QUESTIONS * STEPS, "{questions}");
}

#[test]
fn a_limit_that_cannot_be_counted_ends_earlier() {
    let seconds = |period| Tree::Leaf(Leaf::Every(period));
    let asked = Arc::new(AtomicU64::new(0));
    let rarely = Tree::AllOf(vec![seconds(59), seconds(61)], 0);
    let limited = Tree::Limited(Box::new(rarely), 1_000_000).rule(&asked);
    assert!(asked.swap(0, Ordering::Relaxed) < 50 * STEPS);
    let first = limited.next_after(day(0)).unwrap();
    let last = limited.prev_before(DateTime::<Utc>::MAX_UTC).unwrap();
    assert_eq!((last - first).num_seconds() % (59 * 61), 0);
    let counted = (last - first).num_seconds() / (59 * 61) + 1;
    assert!((900..1_000).contains(&counted), "{counted}");
    assert_eq!(limited.next_after(last), None);
    assert!(limited.matches(last));
}
