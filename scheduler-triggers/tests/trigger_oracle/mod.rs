//! A slow evaluator of cron expressions that shares no code with the real one.
//!
//! It checks every minute: it compares the local time with plain sets, and asks jiff which local
//! times are skipped or repeated.

pub(crate) mod strategies;

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use jiff::{
    Timestamp, civil,
    tz::{AmbiguousOffset, TimeZone},
};
use scheduler_triggers::dst::{Fold, Gap};

/// A field: its text and its meaning.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) text: String,
    pub(crate) values: BTreeSet<u32>,
    pub(crate) begins_with_star: bool,
    pub(crate) is_list_of_numbers: bool,
    pub(crate) special: Vec<Special>,
}

/// A form that only a day field has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Special {
    BeforeLast(u32),
    NearestWorkday(u32),
    LastWorkday,
    Nth(u32, u32),
    Last(u32),
}

/// An expression with five fields and a second, and its settings.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    pub(crate) weeks: Option<Field>,
    pub(crate) years: Option<Field>,
    /// Whether a `+` requires both day fields to match.
    pub(crate) both_days: bool,
    pub(crate) second: Field,
    pub(crate) minute: Field,
    pub(crate) hour: Field,
    pub(crate) day: Field,
    pub(crate) month: Field,
    pub(crate) weekday: Field,
}

/// The policies for clock changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policies {
    pub(crate) gap: Option<Gap>,
    pub(crate) fold: Option<Fold>,
}

impl Expression {
    pub(crate) fn text(&self) -> String {
        let plus = if self.both_days { "+" } else { "" };
        let weekday = format!("{plus}{}", self.weekday.text);
        let weeks = self
            .weeks
            .iter()
            .map(|weeks| format!("WEEK={}", weeks.text));
        let fields = [
            &self.second,
            &self.minute,
            &self.hour,
            &self.day,
            &self.month,
        ];
        let fields = fields.map(|field| field.text.clone()).into_iter();
        let years = self.years.iter().map(|years| years.text.clone());
        let words = weeks.chain(fields).chain([weekday]).chain(years);
        words.collect::<Vec<_>>().join(" ")
    }

    /// Returns every instant after `start`, up to and including `end`.
    pub(crate) fn instants(
        &self,
        zone: &TimeZone,
        policies: Policies,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
    ) -> BTreeSet<DateTime<Utc>> {
        let (gap, fold) = self.defaults();
        let regular = self.regular(zone, policies.fold.unwrap_or(fold), (start, end));
        let made_up = self.made_up(zone, policies.gap.unwrap_or(gap), (start, end));
        let all = regular.into_iter().chain(made_up);
        all.filter(|at| *at > start && *at <= end).collect()
    }

    pub(crate) fn matches_day(&self, date: NaiveDate) -> bool {
        let by_day = self.day.values.contains(&date.day())
            || self.day.special.iter().any(|special| special.picks(date));
        let weekday = date.weekday().num_days_from_sunday();
        let by_weekday = self.weekday.values.contains(&weekday)
            || self
                .weekday
                .special
                .iter()
                .any(|special| special.picks(date));
        let either =
            !self.both_days && !self.day.begins_with_star && !self.weekday.begins_with_star;
        let is_day = if either {
            by_day || by_weekday
        } else {
            by_day && by_weekday
        };
        let within = |field: &Option<Field>, value: u32| {
            field
                .as_ref()
                .is_none_or(|field| field.values.contains(&value))
        };
        is_day
            && self.month.values.contains(&date.month())
            && within(&self.weeks, date.iso_week().week())
            && within(&self.years, date.year().unsigned_abs())
    }

    fn matches(&self, reading: NaiveDateTime) -> bool {
        self.second.values.contains(&reading.second())
            && self.minute.values.contains(&reading.minute())
            && self.hour.values.contains(&reading.hour())
            && self.matches_day(reading.date())
    }

    fn defaults(&self) -> (Gap, Fold) {
        let time = [&self.second, &self.minute, &self.hour];
        if time.iter().all(|field| field.is_list_of_numbers) {
            (Gap::AtGapEnd, Fold::First)
        } else {
            (Gap::Skip, Fold::Both)
        }
    }

    fn regular(
        &self,
        zone: &TimeZone,
        fold: Fold,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
    ) -> Vec<DateTime<Utc>> {
        let mut found = Vec::new();
        let grain = self.grain();
        let first = start.timestamp() - start.timestamp().rem_euclid(grain);
        let seconds = (0..).map(|count| first + count * grain);
        for second in seconds.take_while(|second| *second <= end.timestamp()) {
            let stamp = Timestamp::from_second(second).unwrap();
            let reading = zone.to_datetime(stamp);
            if !self.matches(naive(reading)) {
                continue;
            }
            let keep = match zone.to_ambiguous_timestamp(reading).offset() {
                AmbiguousOffset::Fold { before, .. } => {
                    let is_first = zone.to_offset(stamp) == before;
                    fold == Fold::Both || is_first == (fold == Fold::First)
                }
                _ => true,
            };
            found.extend(keep.then(|| instant(second)));
        }
        found
    }

    fn made_up(
        &self,
        zone: &TimeZone,
        policy: Gap,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
    ) -> Vec<DateTime<Utc>> {
        let mut found = Vec::new();
        let margin = TimeDelta::days(3);
        let (mut reading, last) = ((start - margin).naive_utc(), (end + margin).naive_utc());
        reading = reading.with_second(0).unwrap().with_nanosecond(0).unwrap();
        while reading <= last && policy != Gap::Skip {
            let offset = zone.to_ambiguous_timestamp(civil(reading)).offset();
            if let AmbiguousOffset::Gap { before, after } = offset {
                let length = after.seconds() - before.seconds();
                for reading in self.matching_in_minute(reading) {
                    let shifted = reading.and_utc().timestamp() - i64::from(before.seconds());
                    found.extend(make_up(zone, policy, shifted, length));
                }
            }
            reading += TimeDelta::minutes(1);
        }
        found
    }

    fn matching_in_minute(&self, minute: NaiveDateTime) -> impl Iterator<Item = NaiveDateTime> {
        let seconds = (0..60).map(move |second| minute + TimeDelta::seconds(second));
        seconds.filter(|reading| self.matches(*reading))
    }

    /// Returns the distance of the instants to check: whole minutes suffice if the second is 0.
    fn grain(&self) -> i64 {
        if self.second.values == BTreeSet::from([0]) {
            60
        } else {
            1
        }
    }
}

fn make_up(zone: &TimeZone, policy: Gap, shifted: i64, length: i32) -> Option<DateTime<Utc>> {
    if policy == Gap::ShiftByDelta {
        return Some(instant(shifted));
    }
    let offset = |second| zone.to_offset(Timestamp::from_second(second).unwrap());
    let mut end = shifted;
    while offset(end - 1) == offset(shifted) {
        end -= 1;
    }
    (length <= 3 * 3600).then(|| instant(end))
}

impl Special {
    fn picks(self, date: NaiveDate) -> bool {
        let next_month = |date: NaiveDate| date.succ_opt().unwrap().month() != date.month();
        let is_last = |date: NaiveDate, days: u32| {
            let later = date + TimeDelta::days(i64::from(days));
            later.month() == date.month() && next_month(later)
        };
        let is_workday = |date: NaiveDate| (1..=5).contains(&date.weekday().num_days_from_sunday());
        match self {
            Self::BeforeLast(days) => is_last(date, days),
            Self::NearestWorkday(day) => {
                let wanted = date.with_day(day);
                wanted.is_some_and(|wanted| nearest(wanted, is_workday) == date)
            }
            Self::LastWorkday => {
                let mut last = date;
                while !next_month(last) {
                    last = last.succ_opt().unwrap();
                }
                while !is_workday(last) {
                    last = last.pred_opt().unwrap();
                }
                last == date
            }
            Self::Nth(weekday, nth) => {
                date.weekday().num_days_from_sunday() == weekday && (date.day() - 1) / 7 + 1 == nth
            }
            Self::Last(weekday) => {
                let in_a_week = date + TimeDelta::days(7);
                date.weekday().num_days_from_sunday() == weekday
                    && in_a_week.month() != date.month()
            }
        }
    }
}

/// Returns the nearest workday of the same month. Two workdays are never equally near.
fn nearest(wanted: NaiveDate, is_workday: impl Fn(NaiveDate) -> bool) -> NaiveDate {
    let candidates = (-3..=3).map(|days| wanted + TimeDelta::days(days));
    candidates
        .filter(|date| date.month() == wanted.month() && is_workday(*date))
        .min_by_key(|date| (*date - wanted).num_days().abs())
        .unwrap()
}

pub(crate) fn instant(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn naive(reading: civil::DateTime) -> NaiveDateTime {
    let seconds = reading
        .to_zoned(TimeZone::UTC)
        .unwrap()
        .timestamp()
        .as_second();
    instant(seconds).naive_utc()
}

fn civil(reading: NaiveDateTime) -> civil::DateTime {
    let stamp = Timestamp::from_second(reading.and_utc().timestamp()).unwrap();
    TimeZone::UTC.to_datetime(stamp)
}

pub(crate) fn zero() -> Field {
    Field {
        text: "0".into(),
        values: BTreeSet::from([0]),
        begins_with_star: false,
        is_list_of_numbers: true,
        special: Vec::new(),
    }
}
