//! Implements [`Trigger`] for pointers to triggers.

use std::{
    fmt,
    ops::{self, RangeInclusive},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::{ClockEffects, Repeats, Timeline, Trigger};
#[cfg(feature = "serde")]
use super::{TriggerError, TriggerSpec};

/// The trigger inside another one. It is comparable, so that the outer one can derive `PartialEq`.
#[derive(Clone)]
pub(super) struct Inner(pub(super) Arc<dyn Trigger>);

impl ops::Deref for Inner {
    type Target = dyn Trigger;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl PartialEq for Inner {
    fn eq(&self, other: &Self) -> bool {
        self.equals(&*other.0)
    }
}

impl Eq for Inner {}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Forwards every call to the trigger behind the pointer.
macro_rules! trigger_behind {
    ($pointer:ty) => {
        impl Trigger for $pointer {
            fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
                (**self).next_after(after)
            }

            fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
                (**self).prev_before(before)
            }

            fn matches(&self, at: DateTime<Utc>) -> bool {
                (**self).matches(at)
            }

            fn first_from(&self, live: DateTime<Utc>) -> Option<DateTime<Utc>> {
                (**self).first_from(live)
            }

            fn timeline(&self) -> Timeline {
                (**self).timeline()
            }

            fn repeats(&self) -> Repeats {
                (**self).repeats()
            }

            fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
                (**self).anchored(live)
            }

            fn clock_effects(&self, range: RangeInclusive<DateTime<Utc>>) -> ClockEffects<'_> {
                (**self).clock_effects(range)
            }

            fn may_block(&self) -> bool {
                (**self).may_block()
            }

            fn equals(&self, other: &dyn Trigger) -> bool {
                (**self).equals(other)
            }

            #[cfg(feature = "serde")]
            fn spec(&self) -> Result<TriggerSpec, TriggerError> {
                (**self).spec()
            }

            fn fmt_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt_rule(f)
            }
        }
    };
}

trigger_behind!(Arc<dyn Trigger>);
trigger_behind!(Box<dyn Trigger>);

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        AllOf, AnyOf, Bounded, CalendarInterval, Cron, Excluding, Exclusion, Interval, Jittered,
        Limited, OnCalendar, Once, Period,
    };

    #[derive(Debug)]
    struct Never;

    impl Trigger for Never {
        fn next_after(&self, _: DateTime<Utc>) -> Option<DateTime<Utc>> {
            None
        }
    }

    fn daily() -> Arc<dyn Trigger> {
        Arc::new(Cron::parse("@daily").unwrap())
    }

    #[test]
    fn a_pointer_answers_as_what_it_points_to() {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let boxed: Box<dyn Trigger> = Box::new(daily());
        assert_eq!(boxed.next_after(now), daily().next_after(now));
        assert_eq!(boxed.prev_before(now), daily().prev_before(now));
        assert!(boxed.matches(DateTime::UNIX_EPOCH));
        assert_eq!(boxed.to_string(), daily().to_string());
    }

    #[test]
    fn every_kind_describes_itself_and_a_users_trigger_has_its_debug_text() {
        let epoch = DateTime::UNIX_EPOCH;
        let monthly = CalendarInterval::every(
            Period {
                months: 2,
                ..Period::default()
            },
            epoch.date_naive(),
        );
        let every = |seconds| Arc::new(Interval::every(Duration::from_secs(seconds)).unwrap());
        let weekend = [chrono::Weekday::Sat, chrono::Weekday::Sun];
        let utc = crate::Zone::utc;
        let kinds: [(Arc<dyn Trigger>, &str); 10] = [
            (Arc::new(Never), "Never"),
            (Arc::new(Once::at(epoch)), "once at 1970-01-01T00:00:00Z"),
            (every(300), "every 5m"),
            (
                Arc::new(monthly.unwrap()),
                "every 2 months at 00:00:00 in UTC from 1970-01-01",
            ),
            (
                Arc::new(OnCalendar::parse("Tue *-*-8..14 09:00").unwrap()),
                "at 09:00, from the 8th to the 14th if that is Tuesday",
            ),
            (
                Arc::new(AllOf::new([daily(), every(7) as _]).unwrap()),
                "all of (at 00:00, every day; every 7s) within 1s",
            ),
            (
                Arc::new(AnyOf::new([daily(), Arc::new(Never)]).unwrap()),
                "any of (at 00:00, every day; Never)",
            ),
            (
                Arc::new(Excluding::new(daily()).except(Exclusion::weekdays(weekend, utc()))),
                "at 00:00, every day, except on Sat, Sun in UTC",
            ),
            (
                Arc::new(Bounded::new(daily()).starting_at(epoch)),
                "at 00:00, every day from 1970-01-01T00:00:00Z",
            ),
            (
                Arc::new(
                    Limited::new(
                        Arc::new(Jittered::new(daily(), Duration::from_secs(60), "s")),
                        3,
                    )
                    .unwrap(),
                ),
                "at 00:00, every day, up to 1m later, 3 times",
            ),
        ];
        for (kind, expected) in kinds {
            assert_eq!(kind.describe(), expected);
            let boxed: Box<dyn Trigger> = Box::new(kind);
            assert_eq!(boxed.describe(), expected);
        }
    }

    #[test]
    fn rules_are_equal_whatever_points_to_them() {
        let nested: Arc<dyn Trigger> = Arc::new(Box::new(daily()) as Box<dyn Trigger>);
        assert_eq!(&*nested, &*daily());
        assert_eq!(&*daily(), &*nested);
        assert_ne!(&*daily(), &Once::at(DateTime::UNIX_EPOCH) as &dyn Trigger);
        let merged = |member| AnyOf::new([member]).unwrap();
        assert_eq!(merged(daily()), merged(nested));
    }

    #[test]
    fn a_rule_that_cannot_be_compared_is_only_itself() {
        let never: Arc<dyn Trigger> = Arc::new((1, Never).1);
        assert_eq!(&*never, &*never.clone());
        assert_ne!(&*never, &*daily());
    }

    /// Asserts that the rules have every kind of trigger.
    #[cfg(feature = "serde")]
    fn assert_every_kind(rules: impl Iterator<Item = Arc<dyn Trigger>>) {
        let kind = |rule: Arc<dyn Trigger>| serde_json::to_value(rule.spec().unwrap()).unwrap();
        let found: Vec<_> = rules.map(kind).collect();
        for kind in crate::spec::KINDS {
            assert!(
                found.iter().any(|data| data["type"] == kind),
                "{kind} is missing here"
            );
        }
    }

    #[test]
    fn a_rule_may_block_if_any_member_may() {
        let rules = |member: Arc<dyn Trigger>| -> Vec<Arc<dyn Trigger>> {
            let second = Duration::from_secs(1);
            let excluded = Exclusion::rule(member.clone());
            vec![
                Arc::new(Box::new(member.clone()) as Box<dyn Trigger>),
                Arc::new(AllOf::new([daily(), member.clone()]).unwrap()),
                Arc::new(AnyOf::new([daily(), member.clone()]).unwrap()),
                Arc::new(Bounded::new(member.clone())),
                Arc::new(Excluding::new(daily()).except(excluded)),
                Arc::new(Excluding::new(member.clone())),
                Arc::new(Jittered::new(member.clone(), second, "seed")),
                Arc::new(Limited::new(member, 1).unwrap()),
            ]
        };
        let built_in: [Arc<dyn Trigger>; 5] = [
            daily(),
            Arc::new(
                CalendarInterval::from_live(Period {
                    days: 1,
                    ..Period::default()
                })
                .unwrap(),
            ),
            Arc::new(Interval::every(Duration::from_secs(1)).unwrap()),
            Arc::new(OnCalendar::parse("daily").unwrap()),
            Arc::new(Once::at(DateTime::UNIX_EPOCH)),
        ];
        #[cfg(feature = "serde")]
        assert_every_kind(built_in.iter().cloned().chain(rules(daily())));
        for rule in built_in {
            assert!(!rule.may_block(), "{rule}");
            assert!(rules(rule).iter().all(|rule| !rule.may_block()));
        }
        assert!(rules(Arc::new(Never)).iter().all(|rule| rule.may_block()));
    }
}
