//! [`Excluding`]: the instants of another trigger, with exceptions.

use std::{fmt, ops::RangeInclusive, sync::Arc};

use chrono::{DateTime, Utc};

use super::{
    ClockEffects, Exclusion, Repeats, Timeline, Trigger,
    equality::same_rule,
    exclusion::Stretch,
    instant::{saturating, to_nanos},
    pointer::Inner,
    search::{Identity, Search, Way},
    work,
};
#[cfg(feature = "serde")]
use super::{ExcludingSpec, TriggerError, TriggerSpec, spec::written};

/// The instants of another rule, without those that an [`Exclusion`] names: holidays, weekends,
/// nights, or the instants of a third rule.
///
/// The search for a remaining instant ends after a fixed number of steps. If the exclusions leave
/// nothing, the result is therefore `None`.
///
/// ```
/// use std::sync::Arc;
///
/// use chrono::{NaiveDate, Weekday};
/// use scheduler_triggers::{Cron, Excluding, Exclusion, Trigger, Zone};
///
/// let berlin = Zone::named("Europe/Berlin")?;
/// let nine = Cron::parse("0 9 * * *")?.in_zone(berlin.clone());
/// let christmas = NaiveDate::from_ymd_opt(2024, 12, 25).unwrap();
/// let working_days = Excluding::new(Arc::new(nine))
///     .except(Exclusion::weekdays([Weekday::Sat, Weekday::Sun], berlin.clone()))
///     .except(Exclusion::dates([christmas], berlin));
/// let next = working_days.next_after("2024-12-24T12:00:00Z".parse()?);
/// assert_eq!(next, Some("2024-12-26T08:00:00Z".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluding {
    inner: Inner,
    exclusions: Vec<Exclusion>,
    identity: Identity,
}

impl Excluding {
    /// Wraps `inner` without exclusions.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chrono::{NaiveDate, NaiveTime, Weekday};
    /// # use scheduler_triggers::{Cron, Excluding, Exclusion, Trigger, Zone};
    /// let hourly = Excluding::new(Arc::new(Cron::parse("@hourly")?));
    /// assert!(hourly.matches("2024-06-01T12:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn new(inner: Arc<dyn Trigger>) -> Self {
        Self {
            inner: Inner(inner),
            exclusions: Vec::new(),
            identity: Identity::new(),
        }
    }

    /// Excludes the instants that `exclusion` names.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use chrono::{NaiveDate, NaiveTime, Weekday};
    /// # use scheduler_triggers::{Cron, Excluding, Exclusion, Trigger, Zone};
    /// let hourly = Excluding::new(Arc::new(Cron::parse("@hourly")?));
    /// let work = hourly.except(Exclusion::weekdays([Weekday::Sat, Weekday::Sun], Zone::utc()));
    /// assert!(work.matches("2024-05-31T12:00:00Z".parse()?));
    /// assert!(!work.matches("2024-06-01T12:00:00Z".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn except(mut self, exclusion: Exclusion) -> Self {
        self.exclusions.push(exclusion);
        self.identity = Identity::new();
        self
    }

    /// Returns a range of time around `at` that is excluded as a whole, if `at` is excluded.
    fn stretch(&self, at: DateTime<Utc>) -> Option<Stretch> {
        self.exclusions
            .iter()
            .find_map(|exclusion| exclusion.stretch(at))
    }
}

impl Trigger for Excluding {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let search = Search::begin(&self.identity, Way::There, after);
        let mut after = after;
        while search.step(after) {
            let next = work::ask(|| self.inner.next_after(after))?;
            let Some(stretch) = self.stretch(next) else {
                return Some(next);
            };
            after = saturating(stretch.end - 1).max(next);
        }
        None
    }

    fn prev_before(&self, before: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let search = Search::begin(&self.identity, Way::Back, before);
        let mut before = before;
        while search.step(before) {
            let previous = work::ask(|| self.inner.prev_before(before))?;
            let Some(stretch) = self.stretch(previous) else {
                return Some(previous);
            };
            before = saturating(stretch.start.min(to_nanos(previous)));
        }
        None
    }

    fn matches(&self, at: DateTime<Utc>) -> bool {
        self.stretch(at).is_none() && self.inner.matches(at)
    }

    fn first_from(&self, live: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let first = self.inner.first_from(live)?;
        if self.stretch(first).is_some() {
            self.next_after(first)
        } else {
            Some(first)
        }
    }

    fn repeats(&self) -> Repeats {
        self.inner.repeats().map(|part| Self {
            inner: Inner(part),
            exclusions: self.exclusions.clone(),
            identity: Identity::new(),
        })
    }

    fn timeline(&self) -> Timeline {
        self.inner.timeline()
    }

    fn anchored(&self, live: DateTime<Utc>) -> Option<Arc<dyn Trigger>> {
        let exclusions = self.exclusions.iter();
        let anchored: Vec<_> = exclusions
            .map(|exclusion| exclusion.anchored(live))
            .collect();
        let inner = self.inner.anchored(live);
        if inner.is_none() && anchored.iter().all(Option::is_none) {
            return None;
        }
        let pairs = anchored.into_iter().zip(&self.exclusions);
        let exclusions = pairs.map(|(anchored, old)| anchored.unwrap_or_else(|| old.clone()));
        Some(Arc::new(Self {
            inner: inner.map_or_else(|| self.inner.clone(), Inner),
            exclusions: exclusions.collect(),
            identity: Identity::new(),
        }))
    }

    fn clock_effects(&self, range: RangeInclusive<DateTime<Utc>>) -> ClockEffects<'_> {
        let effects = self.inner.clock_effects(range);
        let is_due = |at| self.stretch(at).is_none();
        ClockEffects::new(effects.filter_map(move |effect| effect.kept(is_due)))
    }

    fn may_block(&self) -> bool {
        self.inner.may_block() || self.exclusions.iter().any(Exclusion::may_block)
    }

    fn equals(&self, other: &dyn Trigger) -> bool {
        same_rule(self, other)
    }

    #[cfg(feature = "serde")]
    fn spec(&self) -> Result<TriggerSpec, TriggerError> {
        let exclude = self.exclusions.iter().map(Exclusion::spec);
        TriggerSpec::Excluding(ExcludingSpec {
            trigger: written::inner(&*self.inner)?,
            exclude: exclude.collect::<Result<_, _>>()?,
            tz: None,
        })
        .checked()
    }

    fn fmt_rule(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Excluding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_rule(f)?;
        for exclusion in &self.exclusions {
            write!(f, ", except {exclusion}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{NaiveDate, NaiveTime, Weekday};

    use super::*;
    use crate::{Cron, Interval, TriggerError, Zone, upcoming};

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn cron(text: &str) -> Arc<dyn Trigger> {
        Arc::new(Cron::parse(text).unwrap())
    }

    fn berlin() -> Zone {
        Zone::bundled("Europe/Berlin").unwrap()
    }

    fn time(hour: u32) -> NaiveTime {
        NaiveTime::from_hms_opt(hour, 0, 0).unwrap()
    }

    #[test]
    fn nights_are_skipped_at_once() {
        let every = Interval::every(Duration::from_nanos(1)).unwrap();
        let every = every.starting_at(at("2024-01-01T00:00:00Z"));
        let night = Exclusion::time_of_day(time(22), time(6), berlin()).unwrap();
        let days = Excluding::new(Arc::new(every)).except(night);
        let evening = at("2024-03-30T21:00:00Z");
        // The night in which clocks are advanced.
        let morning = at("2024-03-31T04:00:00Z");
        assert_eq!(days.next_after(evening), Some(morning));
        assert!(days.matches(morning) && !days.matches(evening));
        let last = evening - chrono::TimeDelta::nanoseconds(1);
        assert_eq!(days.prev_before(morning), Some(last));
        assert!(days.matches(last));
    }

    #[test]
    fn the_clock_may_go_back_into_the_day_before() {
        // In Cairo 2024-10-31 23:59 is followed by 23:00.
        let cairo = Zone::bundled("Africa/Cairo").unwrap();
        let first = NaiveDate::from_ymd_opt(2024, 10, 31).unwrap();
        let hourly = Cron::parse("30 * * * *").unwrap().in_zone(cairo.clone());
        let without = Excluding::new(Arc::new(hourly)).except(Exclusion::dates([first], cairo));
        assert_eq!(
            without.next_after(at("2024-10-30T20:00:00Z")),
            Some(at("2024-10-30T20:30:00Z"))
        );
        assert_eq!(
            without.next_after(at("2024-10-30T20:30:00Z")),
            Some(at("2024-10-31T22:30:00Z"))
        );
        assert_eq!(
            without.prev_before(at("2024-10-31T22:30:00Z")),
            Some(at("2024-10-30T20:30:00Z"))
        );
    }

    #[test]
    fn ranges_and_yearly_dates() {
        let day = |month, day| NaiveDate::from_ymd_opt(2024, month, day).unwrap();
        let range = Exclusion::date_range(day(12, 20), day(12, 31), berlin()).unwrap();
        let yearly = Exclusion::yearly([(1, 1), (2, 29)], berlin()).unwrap();
        let nine = Excluding::new(cron("TZ=Europe/Berlin 0 9 * * *"))
            .except(range)
            .except(yearly);
        assert_eq!(
            nine.next_after(at("2024-12-19T12:00:00Z")),
            Some(at("2025-01-02T08:00:00Z"))
        );
        assert_eq!(
            nine.next_after(at("2028-02-28T12:00:00Z")),
            Some(at("2028-03-01T08:00:00Z"))
        );
        assert_eq!(
            nine.prev_before(at("2025-01-02T08:00:00Z")),
            Some(at("2024-12-19T08:00:00Z"))
        );
    }

    #[test]
    fn another_rule_is_left_out() {
        let hours = Excluding::new(cron("@hourly")).except(Exclusion::rule(cron("0 12 * * *")));
        assert_eq!(
            hours.next_after(at("2024-01-01T11:00:00Z")),
            Some(at("2024-01-01T13:00:00Z"))
        );
        assert_eq!(
            upcoming(&hours, at("2024-01-01T00:30:00Z")).take(23).last(),
            Some(at("2024-01-02T00:00:00Z"))
        );
    }

    #[test]
    fn nothing_left_is_never() {
        let week = [
            Weekday::Mon,
            Weekday::Tue,
            Weekday::Wed,
            Weekday::Thu,
            Weekday::Fri,
            Weekday::Sat,
            Weekday::Sun,
        ];
        let none = Excluding::new(cron("* * * * *")).except(Exclusion::weekdays(week, berlin()));
        assert_eq!(none.next_after(at("2024-01-01T00:00:00Z")), None);
        assert_eq!(none.prev_before(at("2024-01-01T00:00:00Z")), None);
        let itself = Excluding::new(cron("* * * * *")).except(Exclusion::rule(cron("* * * * *")));
        assert_eq!(itself.next_after(at("2024-01-01T00:00:00Z")), None);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let day = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
        let refused = [
            Exclusion::date_range(day.succ_opt().unwrap(), day, Zone::utc()),
            Exclusion::time_of_day(time(1), time(1), Zone::utc()),
            Exclusion::yearly([(2, 30)], Zone::utc()),
            Exclusion::yearly([(13, 1)], Zone::utc()),
        ];
        for error in refused {
            assert!(
                matches!(error, Err(TriggerError::OutOfRange { .. })),
                "{error:?}"
            );
        }
    }

    #[test]
    fn it_is_printed_in_words() {
        let weekend = Exclusion::weekdays([Weekday::Sun, Weekday::Sat], Zone::utc());
        let days = Excluding::new(cron("0 9 * * *")).except(weekend);
        assert_eq!(
            days.to_string(),
            "at 09:00, every day, except on Sat, Sun in UTC"
        );
    }
}
