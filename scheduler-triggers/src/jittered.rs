//! [`Jittered`]: another trigger with every instant delayed a little.

use std::{fmt, ops::RangeInclusive, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    ClockEffects, Repeats, Timeline, Trigger,
    equality::same_rule,
    instant::{from_nanos, to_nanos},
    pointer::Inner,
    search::{Identity, Search, Way},
    text, work,
};
#[cfg(feature = "serde")]
use super::{JitteredSpec, Length, TriggerError, TriggerSpec, spec::written};

/// The instants of another trigger, each with a delay that depends only on the instant and a seed. The
/// delays are the same on every machine and after every restart.
///
/// A delay is at most the given maximum, and always less than the time to the next instant. The order
/// is therefore preserved, and no instant is lost.
///
/// Each call needs several calls of the inner trigger. A nesting of more than seven levels
/// therefore returns `None`, like a search without a result.
///
/// ```
/// use std::{sync::Arc, time::Duration};
///
/// use chrono::{DateTime, TimeDelta};
/// use scheduler_triggers::{Cron, Jittered, Trigger};
///
/// let daily = Arc::new(Cron::parse("@daily")?);
/// let spread = Jittered::new(daily, Duration::from_secs(600), "backup");
/// let run = spread.next_after(DateTime::UNIX_EPOCH + TimeDelta::hours(1)).unwrap();
/// assert!(run - DateTime::UNIX_EPOCH - TimeDelta::days(1) <= TimeDelta::minutes(10));
/// # Ok::<(), scheduler_triggers::CronError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jittered {
    inner: Inner,
    max: Duration,
    seed: Arc<str>,
    /// Hash of the seed.
    hash: u64,
    identity: Identity,
}

impl Jittered {
    /// Delays every instant of `inner` by at most `max`. Use the id of the schedule as the seed, so that
    /// schedules with the same trigger get different delays.
    ///
    /// ```
    /// # use std::{sync::Arc, time::Duration};
    /// # use chrono::{DateTime, TimeDelta};
    /// # use scheduler_triggers::{Cron, Jittered, Trigger};
    /// let hourly = Cron::parse("@hourly")?;
    /// let spread = Jittered::new(Arc::new(hourly.clone()), Duration::from_secs(60), "report");
    /// let hour = hourly.next_after(DateTime::UNIX_EPOCH).expect("another hour");
    /// let run = spread.next_after(hour - TimeDelta::nanoseconds(1)).expect("another run");
    /// assert!(hour <= run && run <= hour + TimeDelta::seconds(60));
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    #[must_use]
    pub fn new(inner: Arc<dyn Trigger>, max: Duration, seed: &str) -> Self {
        Self {
            inner: Inner(inner),
            max,
            seed: seed.into(),
            hash: fnv(seed.as_bytes()),
            identity: Identity::new(),
        }
    }

    /// Returns the delayed instant, given the instant that follows it.
    fn moved(&self, nominal: DateTime<Utc>, next: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let at = to_nanos(nominal);
        let most = self.max.as_nanos().min(u128::from(u64::MAX));
        let room = next.map(|next| to_nanos(next) - at - 1);
        let most = room.map_or(most, |room| most.min(u128::try_from(room).unwrap_or(0)));
        // The hash as a fraction of 2^64, of as many values as there are.
        let moved = (u128::from(self.hash(at)) * (most + 1)) >> 64;
        let moved = i128::try_from(moved).unwrap_or(0);
        from_nanos(at + moved).unwrap_or(nominal)
    }

    /// Returns the delayed instant, and looks up the instant that follows it.
    fn moved_alone(&self, nominal: DateTime<Utc>) -> DateTime<Utc> {
        self.moved(nominal, work::ask(|| self.inner.next_after(nominal)))
    }

    fn hash(&self, at: i128) -> u64 {
        let seconds = fnv(&at.to_le_bytes());
        mix(self.hash ^ mix(seconds))
    }

    /// Returns the last instant of the inner trigger at or before `at`.
    fn nominal_until(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match at.checked_add_signed(TimeDelta::nanoseconds(1)) {
            Some(just_after) => work::ask(|| self.inner.prev_before(just_after)),
            None => work::ask(|| self.inner.prev_before(at)),
        }
    }
}

impl Trigger for Jittered {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let step = Search::single(&self.identity, Way::There, after)?;
        let next = work::ask(|| self.inner.next_after(after));
        let begun = self.nominal_until(after);
        let begun = begun.map(|nominal| self.moved(nominal, next));
        let pending = begun.filter(|moved| *moved > after);
        let later = pending.or_else(|| next.map(|nominal| self.moved_alone(nominal)));
        later.filter(|_| step.is_sound())
    }

    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let step = Search::single(&self.identity, Way::Back, before)?;
        let nominal = work::ask(|| self.inner.prev_before(before))?;
        let passed = Some(self.moved_alone(nominal)).filter(|moved| *moved < before);
        let earlier = passed.or_else(|| {
            let earlier = work::ask(|| self.inner.prev_before(nominal))?;
            Some(self.moved(earlier, Some(nominal)))
        });
        earlier.filter(|_| step.is_sound())
    }

    fn matches(&self, at: DateTime<Utc>) -> bool {
        let Some(step) = Search::single(&self.identity, Way::Back, at) else {
            return false;
        };
        let nominal = self.nominal_until(at);
        nominal.is_some_and(|nominal| self.moved_alone(nominal) == at) && step.is_sound()
    }

    fn first_from(&self, live: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let first = work::ask(|| self.inner.first_from(live));
        match (first, live.checked_sub_signed(TimeDelta::nanoseconds(1))) {
            (Some(passed), _) if passed < live => Some(self.moved_alone(passed)),
            (_, Some(just_before)) => self.next_after(just_before),
            (first, None) => first.map(|first| self.moved_alone(first)),
        }
    }

    /// Returns `Always` or `Never`: a part of the inner trigger would have other successors, and so other delays.
    fn repeats(&self) -> Repeats {
        Repeats::of_pattern(matches!(self.inner.repeats(), Repeats::Always))
    }

    fn timeline(&self) -> Timeline {
        self.inner.timeline()
    }

    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        let inner = Inner(self.inner.anchored(live)?);
        Some(Arc::new(Self {
            inner,
            identity: Identity::new(),
            ..self.clone()
        }))
    }

    fn clock_effects(&self, range: RangeInclusive<DateTime<Utc>>) -> ClockEffects<'_> {
        let effects = self.inner.clock_effects(range);
        ClockEffects::new(effects.map(|effect| effect.moved(|at| self.moved_alone(at))))
    }

    fn may_block(&self) -> bool {
        self.inner.may_block()
    }

    fn equals(&self, other: &dyn Trigger) -> bool {
        same_rule(self, other)
    }

    #[cfg(feature = "serde")]
    fn spec(&self) -> Result<TriggerSpec, TriggerError> {
        TriggerSpec::Jittered(JitteredSpec {
            trigger: written::inner(&*self.inner)?,
            up_to: Length(self.max),
            seed: self.seed.to_string(),
            tz: None,
        })
        .checked()
    }

    fn fmt_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Jittered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_rule(f)?;
        write!(f, ", up to {} later", text::length(self.max))
    }
}

/// Hashes with FNV-1a, which is short and will never change.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Applies the finalizer of SplitMix64: every input bit affects half of the output bits.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Interval, Once, upcoming};

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn minutes() -> Interval {
        Interval::every(Duration::from_secs(60))
            .unwrap()
            .starting_at(at(0))
    }

    fn jittered(max: u64, seed: &str) -> Jittered {
        Jittered::new(Arc::new(minutes()), Duration::from_secs(max), seed)
    }

    #[test]
    fn each_instant_is_moved_once_and_stays_between_its_neighbours() {
        for max in [0, 1, 30, 3600, u64::MAX] {
            let jittered = jittered(max, "a");
            let moved = upcoming(&jittered, at(-1)).take(500);
            for (n, moved) in (0..).zip(moved) {
                let offset = (moved - at(n * 60)).to_std().unwrap();
                assert!(offset < Duration::from_secs(60), "{max}: {moved}");
                assert!(offset <= Duration::from_secs(max), "{max}: {moved}");
            }
        }
    }

    #[test]
    fn it_depends_on_the_seed_and_on_nothing_else() {
        let times = |seed| {
            upcoming(&jittered(30, seed), at(0))
                .take(20)
                .collect::<Vec<_>>()
        };
        assert_eq!(times("a"), times("a"));
        assert_ne!(times("a"), times("b"));
    }

    #[test]
    fn it_uses_the_whole_range() {
        let offsets: Vec<_> = upcoming(&jittered(50, "a"), at(-1))
            .take(1000)
            .map(|at| at.timestamp() % 60)
            .collect();
        for tenth in 0..5 {
            let inside = offsets
                .iter()
                .filter(|offset| **offset / 10 == tenth)
                .count();
            assert!((120..280).contains(&inside), "{tenth}: {inside}");
        }
    }

    #[test]
    fn the_way_back_is_the_way_there() {
        let jittered = jittered(90, "a");
        let there: Vec<_> = upcoming(&jittered, at(-1)).take(200).collect();
        for pair in there.windows(2) {
            assert_eq!(jittered.prev_before(pair[1]), Some(pair[0]));
            assert_eq!(jittered.first_from(pair[1]), Some(pair[1]));
            assert!(jittered.matches(pair[0]));
        }
        assert_eq!(jittered.prev_before(there[0]), None);
    }

    #[test]
    fn a_passed_instant_is_still_the_first() {
        let once = Jittered::new(Arc::new(Once::at(at(100))), Duration::from_secs(10), "");
        let first = once.first_from(at(5_000)).unwrap();
        assert!((at(100)..=at(110)).contains(&first));
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        let last = Once::at(DateTime::<Utc>::MAX_UTC);
        let jittered = Jittered::new(Arc::new(last), Duration::MAX, "a");
        assert_eq!(jittered.next_after(at(0)), Some(DateTime::<Utc>::MAX_UTC));
        assert!(jittered.prev_before(DateTime::<Utc>::MIN_UTC).is_none());
    }
}
