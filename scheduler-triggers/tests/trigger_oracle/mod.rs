//! A slow evaluator of cron expressions that shares no code with the real one.
//!
//! It checks every minute: it compares the local time with plain sets, and asks jiff which local
//! times are skipped or repeated.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Timelike, Utc};
use jiff::{
    Timestamp, civil,
    tz::{AmbiguousOffset, TimeZone},
};
use proptest::{collection::vec, prelude::*};
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

/// Generates a field with numbers from `low` to `high`.
pub(crate) fn field(low: u32, high: u32) -> impl Strategy<Value = Field> {
    let star = Just(("*".to_owned(), (low..=high).collect::<Vec<_>>(), false));
    // A step larger than the range leaves its first value.
    let steps = (2..=high - low + 20).prop_map(move |step| {
        (
            format!("*/{step}"),
            (low..=high).step_by(step as usize).collect(),
            false,
        )
    });
    let single = (low..=high).prop_map(|value| (value.to_string(), vec![value], true));
    let range = (low..=high, low..=high, 1..9_u32).prop_map(move |(first, last, step)| {
        let numbers = around(low, high, first, last);
        let text = if step == 1 {
            format!("{first}-{last}")
        } else {
            format!("{first}-{last}/{step}")
        };
        (
            text,
            numbers.into_iter().step_by(step as usize).collect(),
            false,
        )
    });
    let open = (low..high, 1..9_u32).prop_map(move |(first, step)| {
        let numbers = (first..=high).step_by(step as usize).collect();
        (format!("{first}/{step}"), numbers, false)
    });
    let item = prop_oneof![2 => star, 2 => steps, 4 => single, 2 => range, 1 => open];
    list(item)
}

/// Generates years that a test may reach, and ranges of them, which do not wrap around.
fn years() -> impl Strategy<Value = Field> {
    let single = (1970..2100_u32).prop_map(|year| (year.to_string(), vec![year], true));
    let range = (1970..2100_u32, 1..60_u32, 1..9_u32).prop_map(|(first, length, step)| {
        let last = first + length;
        let years = (first..=last).step_by(step as usize).collect();
        (format!("{first}-{last}/{step}"), years, false)
    });
    list(prop_oneof![1 => single, 3 => range])
}

/// An item: its text, its numbers, and whether it is a single number.
type Item = (String, Vec<u32>, bool);

fn list(item: impl Strategy<Value = Item>) -> impl Strategy<Value = Field> {
    vec(item, 1..4).prop_map(|items| Field {
        begins_with_star: items[0].0.starts_with('*'),
        is_list_of_numbers: items.iter().all(|item| item.2),
        text: items
            .iter()
            .map(|item| item.0.as_str())
            .collect::<Vec<_>>()
            .join(","),
        values: items.into_iter().flat_map(|item| item.1).collect(),
        special: Vec::new(),
    })
}

/// Generates an expression whose second is 0.
pub(crate) fn expression() -> impl Strategy<Value = Expression> {
    let days = (field(1, 31), vec(month_day(), 0..3)).prop_map(with_special);
    let weekdays = prop_oneof![field(0, 6), named(field(0, 6), WEEKDAYS)];
    let weekdays = (weekdays, vec(week_day(), 0..3)).prop_map(with_special);
    // Half of the expressions are due on every day, to test clock changes.
    let every = |low, high| {
        Just(Field {
            text: if high == 31 { "?" } else { "*" }.into(),
            values: (low..=high).collect(),
            begins_with_star: true,
            is_list_of_numbers: false,
            special: Vec::new(),
        })
    };
    let days = prop_oneof![2 => every(1, 31), 1 => days];
    let weekdays = prop_oneof![2 => every(0, 6), 1 => weekdays];
    let months =
        prop_oneof![3 => every(1, 12), 1 => field(1, 12), 1 => named(field(1, 12), MONTHS)];
    let rarely = |field| prop_oneof![5 => Just(None), 1 => field];
    let around = (
        rarely(field(1, 53).prop_map(Some).boxed()),
        rarely(years().prop_map(Some).boxed()),
        prop::bool::weighted(0.2),
    );
    (field(0, 59), field(0, 23), days, months, weekdays, around).prop_map(
        |(minute, hour, day, month, weekday, (weeks, years, both_days))| Expression {
            weeks,
            years,
            both_days,
            second: zero(),
            minute,
            hour,
            day,
            month,
            weekday,
        },
    )
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

fn with_special((mut field, special): (Field, Vec<(String, Special)>)) -> Field {
    for (text, special) in special {
        field.text = format!("{},{text}", field.text);
        field.special.push(special);
    }
    field
}

fn month_day() -> impl Strategy<Value = (String, Special)> {
    prop_oneof![
        Just(("L".to_owned(), Special::BeforeLast(0))),
        Just(("lw".to_owned(), Special::LastWorkday)),
        (0..=30_u32).prop_map(|days| (format!("L-{days}"), Special::BeforeLast(days))),
        (1..=31_u32).prop_map(|day| (format!("{day}W"), Special::NearestWorkday(day))),
        (0..7_u32, 1..=5_u32).prop_map(|(day, nth)| {
            let name = WEEKDAYS[day as usize];
            (format!("{name}#{nth}"), Special::Nth(day, nth))
        }),
        (0..7_u32).prop_map(|day| (format!("{}l", WEEKDAYS[day as usize]), Special::Last(day))),
    ]
}

/// Replaces the numbers at the ends of items by names.
fn named(
    field: impl Strategy<Value = Field>,
    names: &'static [&'static str],
) -> impl Strategy<Value = Field> {
    let name = move |number: &str| {
        let number: usize = number.parse().unwrap();
        names[if names.len() == 12 {
            number - 1
        } else {
            number
        }]
    };
    field.prop_map(move |field| {
        let items = field.text.split(',').map(|item| {
            let (range, step) = item
                .split_once('/')
                .map_or((item, None), |(a, b)| (a, Some(b)));
            let range = match range {
                "*" => "*".to_owned(),
                range => range.split('-').map(name).collect::<Vec<_>>().join("-"),
            };
            match step {
                Some(step) => format!("{range}/{step}"),
                None => range,
            }
        });
        let text = items.collect::<Vec<_>>().join(",");
        Field { text, ..field }
    })
}

const WEEKDAYS: &[&str] = &["sun", "MON", "Tue", "weD", "THU", "fri", "SAT"];
const MONTHS: &[&str] = &[
    "Jan", "feb", "MAR", "apr", "may", "jun", "JUL", "aug", "sep", "oct", "nov", "DEC",
];

fn week_day() -> impl Strategy<Value = (String, Special)> {
    prop_oneof![
        (0..7_u32, 1..=5_u32)
            .prop_map(|(day, nth)| (format!("{day}#{nth}"), Special::Nth(day, nth))),
        (0..7_u32).prop_map(|day| (format!("{}L", WEEKDAYS[day as usize]), Special::Last(day))),
    ]
}

/// Returns the numbers from `first` to `last`, wrapping around if needed.
fn around(low: u32, high: u32, first: u32, last: u32) -> Vec<u32> {
    let mut numbers = vec![first];
    while numbers.last() != Some(&last) {
        let value = numbers[numbers.len() - 1];
        numbers.push(if value == high { low } else { value + 1 });
    }
    numbers
}
