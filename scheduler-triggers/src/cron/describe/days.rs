//! Describes the days of a rule in plain English.

use crate::cron::{
    CronField,
    bits::Bits,
    month::{LAST, MonthDays, WeekDays},
    rule::Rule,
    words::{Numbers, joined, month, ordinal, weekday},
};

impl Rule {
    pub(crate) fn days_and_months(&self) -> Vec<String> {
        let (days, months) = (self.days(), self.months());
        match (days, months) {
            (Some(days), Some(months)) if self.is_plain_date() => {
                vec![format!("{days} of {}", months.of)]
            }
            (days, months) => days
                .into_iter()
                .chain(months.map(|months| months.within))
                .collect(),
        }
    }

    /// Returns whether the days are single days of a month: `on the 1st and the 15th`.
    fn is_plain_date(&self) -> bool {
        let dates = MonthDays {
            dates: self.month_days.dates,
            ..MonthDays::default()
        };
        let numbers = Numbers::of(self.month_days.dates, CronField::DayOfMonth.bounds());
        let is_listed = matches!(numbers, Numbers::Runs(_)) && self.month_days == dates;
        is_listed && !self.limits_weekdays() && !self.either_day
    }

    fn days(&self) -> Option<String> {
        let (by_date, by_weekday) = (self.limits_dates(), self.limits_weekdays());
        let (dates, weekdays) = (&self.month_days, &self.week_days);
        match (by_date, by_weekday) {
            (true, true) if self.either_day => {
                Some(format!("{} or {}", on_dates(dates), on_weekdays(weekdays)))
            }
            (true, true) => Some(format!(
                "{} if that is {}",
                on_dates(dates),
                weekday_list(weekdays)
            )),
            (true, false) if !self.either_day => Some(on_dates(dates)),
            (false, true) if !self.either_day => Some(on_weekdays(weekdays)),
            _ => None,
        }
    }

    pub(super) fn weeks(&self) -> Option<String> {
        let (first, last) = CronField::Week.bounds();
        let every = |step| format!("in every {} ISO week", ordinal(step));
        match Numbers::of(self.weeks, (first, last)) {
            Numbers::All => None,
            Numbers::Every(step) => Some(format!("{} from the 1st on", every(step))),
            Numbers::Steps { first, last, step } => {
                let [first, last] = [first, last].map(ordinal);
                Some(format!("{} from the {first} to the {last}", every(step)))
            }
            numbers @ Numbers::Runs(_) if numbers.single().is_some() => Some(format!(
                "in ISO week {}",
                numbers.list(|week| week.to_string())
            )),
            numbers => Some(format!(
                "in the ISO weeks {}",
                numbers.list(|week| week.to_string())
            )),
        }
    }

    fn months(&self) -> Option<Months> {
        let every = |step| format!("every {} month", ordinal(step));
        let text = match Numbers::around(self.months, CronField::Month.bounds()) {
            Numbers::All => return None,
            Numbers::Every(step) => format!("{} from January on", every(step)),
            Numbers::Steps { first, last, step } => {
                format!("{} from {} to {}", every(step), month(first), month(last))
            }
            numbers => {
                let list = numbers.list(month);
                let preposition = if numbers.single_run().is_some() {
                    "from"
                } else {
                    "in"
                };
                return Some(Months {
                    within: format!("{preposition} {list}"),
                    of: list,
                });
            }
        };
        Some(Months {
            within: format!("in {text}"),
            of: text,
        })
    }
}

/// The months of a rule: the text by itself, and the text after a date.
struct Months {
    within: String,
    of: String,
}

/// Describes weekdays: `on Monday and Friday`, `from Monday to Friday`.
fn on_weekdays(days: &WeekDays) -> String {
    let is_run = from_monday(days).single_run().is_some() && days.nth().next().is_none();
    format!(
        "{} {}",
        if is_run { "from" } else { "on" },
        weekday_list(days)
    )
}

/// Returns the days of the week counted from Monday, so that the weekend is contiguous.
fn from_monday(days: &WeekDays) -> Numbers {
    let days = days.every.iter().map(|day| (day + 6) % 7).collect::<Bits>();
    Numbers::Runs(Numbers::runs_of(days, (0, 6)))
}

fn weekday_list(days: &WeekDays) -> String {
    let every = from_monday(days).items(|day| weekday((day + 1) % 7));
    let nth = days.nth().map(|(day, nth)| nth_weekday(day, nth));
    joined(every.into_iter().chain(nth).collect(), "and")
}

fn nth_weekday(day: u32, nth: u32) -> String {
    let position = if nth == LAST {
        "last".into()
    } else {
        ordinal(nth)
    };
    format!("the {position} {} of the month", weekday(day))
}

/// Describes dates: `on the 1st and the last day of the month`, `from the 1st to the 7th`.
fn on_dates(days: &MonthDays) -> String {
    let plain = Numbers::of(days.dates, CronField::DayOfMonth.bounds());
    let only = MonthDays {
        dates: days.dates,
        ..MonthDays::default()
    };
    let is_run = plain.single_run().is_some() && *days == only;
    format!(
        "{} {}",
        if is_run { "from" } else { "on" },
        date_list(days, &plain)
    )
}

fn date_list(days: &MonthDays, plain: &Numbers) -> String {
    let every = |step: &u32| format!("every {} day of the month", ordinal(*step));
    let plain = match plain {
        Numbers::All => Vec::new(),
        Numbers::Every(step) => vec![format!("{} from the 1st on", every(step))],
        Numbers::Steps { first, last, step } => {
            let [first, last] = [*first, *last].map(ordinal);
            vec![format!("{} from the {first} to the {last}", every(step))]
        }
        runs @ Numbers::Runs(_) => runs.items(|day| format!("the {}", ordinal(day))),
    };
    let from_end = days.from_end.iter().map(before_last);
    let near = days
        .near
        .iter()
        .map(|day| format!("the workday nearest to the {}", ordinal(day)));
    let near_or_last = days.near_or_last.iter().map(|day| {
        let day = ordinal(day);
        format!("the workday nearest to the {day} or to the last day of a shorter month")
    });
    let near_end = days.near_from_end.iter().map(|back| match back {
        0 => "the last workday of the month".into(),
        back => format!("the workday nearest to {}", before_last(back)),
    });
    let nth = days.weekdays.nth().map(|(day, nth)| nth_weekday(day, nth));
    let all = plain
        .into_iter()
        .chain(from_end)
        .chain(near)
        .chain(near_or_last)
        .chain(near_end)
        .chain(nth);
    joined(all.collect(), "and")
}

fn before_last(back: u32) -> String {
    match back {
        0 => "the last day of the month".into(),
        1 => "the day before the last of the month".into(),
        back => format!("the {} day before the last of the month", ordinal(back)),
    }
}
