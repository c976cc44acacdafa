//! A rule in plain English.

use super::{
    Cron, CronField,
    bits::Bits,
    month::{LAST, MonthDays, WeekDays},
    rule::Rule,
    words::{Numbers, joined, listed, month, ordinal, runs, weekday},
};
use crate::trigger::Zone;

impl Cron {
    /// The rule in plain English, for people; only the canonical text says everything.
    ///
    /// ```
    /// # use scheduler_core::trigger::Cron;
    /// assert_eq!(Cron::parse("0 9 * * 1-5")?.describe(), "at 09:00, Monday to Friday");
    /// assert_eq!(Cron::parse("*/15 * L * *")?.describe(), "every 15 minutes, on the last day of the month");
    /// # Ok::<(), scheduler_core::trigger::CronError>(())
    /// ```
    #[must_use]
    pub fn describe(&self) -> String {
        let mut parts = vec![self.rule.time()];
        parts.extend(self.rule.days());
        parts.extend(self.rule.weeks());
        parts.extend(self.rule.months());
        parts.extend(self.rule.years());
        if parts.len() == 1 && self.rule.is_at_times() {
            parts.push("every day".into());
        }
        if self.zone != Zone::utc() {
            parts.push(format!("{} time", self.zone));
        }
        parts.join(", ")
    }
}

impl Rule {
    /// The time of day: single times if they are few, or else field by field.
    fn time(&self) -> String {
        if let Some(times) = self.times() {
            return format!("at {}", joined(times, "and"));
        }
        let seconds = Numbers::of(self.seconds.bits, CronField::Second.bounds());
        let minutes = Numbers::of(self.minutes.bits, CronField::Minute.bounds());
        let hours = Numbers::of(self.hours.bits, CronField::Hour.bounds());
        if seconds.single() == Some(0) {
            return minutes_and_hours(&minutes, &hours);
        }
        let seconds = unit("second", &seconds);
        match (&minutes, &hours) {
            (Numbers::All, Numbers::All) => seconds,
            (Numbers::All, hours) => format!("{seconds}, {}", during(hours)),
            (minutes, Numbers::All) => format!("{seconds}, {}", unit("minute", minutes)),
            (minutes, hours) => {
                format!("{seconds}, {}, {}", unit("minute", minutes), during(hours))
            }
        }
    }

    fn is_at_times(&self) -> bool {
        self.times().is_some()
    }

    /// The times of day, if they are few.
    fn times(&self) -> Option<Vec<String>> {
        let fields = [self.hours, self.minutes, self.seconds];
        if fields
            .map(|field| field.bits.iter().count())
            .iter()
            .product::<usize>()
            > FEW_TIMES
        {
            return None;
        }
        let [hours, minutes, seconds] = fields.map(|field| field.bits);
        let hours_and_minutes = hours.iter().flat_map(|hour| {
            minutes
                .iter()
                .map(move |minute| format!("{hour:02}:{minute:02}"))
        });
        if seconds == Bits::from_iter([0]) {
            return Some(hours_and_minutes.collect());
        }
        let with_seconds = |time: String| {
            seconds
                .iter()
                .map(move |second| format!("{time}:{second:02}"))
        };
        Some(hours_and_minutes.flat_map(with_seconds).collect())
    }

    fn days(&self) -> Option<String> {
        let every_weekday = self.week_days.every == Bits::range(0, 6);
        let by_weekday = (!every_weekday).then(|| weekdays(&self.week_days));
        let every_date = Bits::range(1, 31).is_subset_of(self.month_days.dates);
        let by_date = (!every_date).then(|| dates(&self.month_days));
        match (by_date, by_weekday) {
            (Some(date), Some(weekday)) if self.either_day => {
                Some(format!("on {date} or on {weekday}"))
            }
            (Some(date), Some(weekday)) => Some(format!("on {date} if that is {weekday}")),
            (Some(date), None) if !self.either_day => Some(format!("on {date}")),
            (None, Some(weekday)) if !self.either_day => Some(weekday),
            _ => None,
        }
    }

    fn weeks(&self) -> Option<String> {
        let weeks = (!self.has_every_week()).then(|| runs(self.weeks.iter()))?;
        Some(format!(
            "in ISO week {}",
            listed(&weeks, |week| week.to_string())
        ))
    }

    fn months(&self) -> Option<String> {
        match Numbers::of(self.months, CronField::Month.bounds()) {
            Numbers::All => None,
            Numbers::Every(step) => {
                Some(format!("in every {} month from January on", ordinal(step)))
            }
            Numbers::Runs(runs) => Some(format!("in {}", listed(&runs, month))),
        }
    }

    fn years(&self) -> Option<String> {
        let years = runs(self.years.is_restricted().then(|| self.years.iter())?);
        match years.as_slice() {
            [(first, _), .., (_, last)] if years.len() > FEW_YEARS => {
                Some(format!("in some of the years {first} to {last}"))
            }
            few => Some(format!("in {}", listed(few, |year| year.to_string()))),
        }
    }
}

const FEW_TIMES: usize = 6;
const FEW_YEARS: usize = 8;

fn minutes_and_hours(minutes: &Numbers, hours: &Numbers) -> String {
    if let (Some(minute), Some((first, last))) = (minutes.single(), hours.single_run()) {
        return format!("every hour from {first:02}:{minute:02} to {last:02}:{minute:02}");
    }
    match (minutes.single(), minutes, hours) {
        (Some(0), _, Numbers::All) => "every hour".into(),
        (Some(0), _, Numbers::Every(step)) => format!("every {step} hours"),
        (Some(minute), _, Numbers::All) => format!("every hour at minute {minute}"),
        (Some(minute), _, Numbers::Every(step)) => format!("every {step} hours at minute {minute}"),
        (_, minutes, Numbers::All) => unit("minute", minutes),
        (_, minutes, hours) => format!("{} {}", unit("minute", minutes), during(hours)),
    }
}

/// `every minute`, `every 5 minutes`, `at minutes 5 and 10 to 20`.
fn unit(name: &str, numbers: &Numbers) -> String {
    match numbers {
        Numbers::All => format!("every {name}"),
        Numbers::Every(step) => format!("every {step} {name}s"),
        Numbers::Runs(runs) => {
            let plural = if numbers.single().is_some() { "" } else { "s" };
            format!(
                "at {name}{plural} {}",
                listed(runs, |number| number.to_string())
            )
        }
    }
}

/// `from 09:00 to 17:59`, `in every 2nd hour`, `in the hours 9, 12 and 15`.
fn during(hours: &Numbers) -> String {
    match hours {
        Numbers::All => "in every hour".into(),
        Numbers::Every(step) => format!("in every {} hour", ordinal(*step)),
        Numbers::Runs(runs) => {
            let spans = runs
                .iter()
                .map(|(first, last)| format!("from {first:02}:00 to {last:02}:59"));
            joined(spans.collect(), "and")
        }
    }
}

fn weekdays(days: &WeekDays) -> String {
    // A week begins on Monday here, so that the weekend is together.
    let from_monday = days.every.iter().map(|day| (day + 6) % 7).collect::<Bits>();
    let every = listed(&runs(from_monday.iter()), |day| weekday((day + 1) % 7));
    let every = Some(every).filter(|every| !every.is_empty());
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

fn dates(days: &MonthDays) -> String {
    let plain = match Numbers::of(days.dates, CronField::DayOfMonth.bounds()) {
        Numbers::Every(step) => Some(format!(
            "every {} day of the month from the 1st on",
            ordinal(step)
        )),
        Numbers::Runs(runs) => Some(listed(&runs, |day| format!("the {}", ordinal(day)))),
        Numbers::All => None,
    };
    let plain = plain.filter(|plain| !plain.is_empty());
    let from_end = days.from_end.iter().map(before_last);
    let near = days
        .near
        .iter()
        .map(|day| format!("the workday nearest to the {}", ordinal(day)));
    let near_end = days.near_from_end.iter().map(|back| match back {
        0 => "the last workday of the month".into(),
        back => format!("the workday nearest to {}", before_last(back)),
    });
    let nth = days.weekdays.nth().map(|(day, nth)| nth_weekday(day, nth));
    let all = plain
        .into_iter()
        .chain(from_end)
        .chain(near)
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
