//! Describes a rule in plain English.

mod days;

use super::{
    Cron, CronField,
    bits::Bits,
    rule::Rule,
    words::{Numbers, joined, listed, ordinal, runs},
};
use crate::Zone;

impl Cron {
    /// Describes the rule in plain English, for people. Only the canonical text is complete.
    ///
    /// ```
    /// # use scheduler_triggers::Cron;
    /// assert_eq!(Cron::parse("0 9 * * 1-5")?.describe(), "at 09:00, from Monday to Friday");
    /// assert_eq!(Cron::parse("*/15 * L * *")?.describe(), "every 15 minutes, on the last day of the month");
    /// # Ok::<(), scheduler_triggers::CronError>(())
    /// ```
    #[must_use]
    pub fn describe(&self) -> String {
        let mut parts = vec![self.rule.time()];
        parts.extend(self.rule.days_and_months());
        parts.extend(self.rule.weeks());
        parts.extend(self.rule.year_list());
        if parts.len() == 1 && self.rule.is_at_times() {
            parts.push("every day".into());
        }
        if self.rule.is_never {
            parts.push("which never comes".into());
        }
        if self.zone != Zone::utc() {
            parts.push(format!("{} time", self.zone));
        }
        parts.join(", ")
    }
}

impl Rule {
    /// Describes the time of day: as single times if they are few, or else field by field.
    pub(crate) fn time(&self) -> String {
        if let Some(times) = self.times() {
            return format!("at {}", joined(times, "and"));
        }
        let seconds = Numbers::of(self.seconds.bits, CronField::Second.bounds());
        let minutes = Numbers::of(self.minutes.bits, CronField::Minute.bounds());
        let hours = Numbers::around(self.hours.bits, CronField::Hour.bounds());
        if seconds.single() == Some(0) {
            return minutes_and_hours(&minutes, &hours);
        }
        let seconds = unit("second", &seconds);
        match (&minutes, &hours) {
            (Numbers::All, Numbers::All) => seconds,
            (Numbers::All, hours) => format!("{seconds}, {}", during(hours)),
            (minutes, Numbers::All) => format!("{seconds}, {}", during_minutes(minutes)),
            (minutes, hours) => {
                format!("{seconds}, {}, {}", during_minutes(minutes), during(hours))
            }
        }
    }

    pub(crate) fn is_at_times(&self) -> bool {
        self.times().is_some()
    }

    /// Returns the times of day, if they are few.
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

    pub(crate) fn year_list(&self) -> Option<String> {
        let years = runs(self.years.is_restricted().then(|| self.years.iter())?);
        match years.as_slice() {
            [(first, _), .., (_, last)] if years.len() > FEW_YEARS => {
                Some(format!("in some of the years {first} to {last}"))
            }
            few => {
                let is_run = matches!(few, [(first, last)] if first != last);
                let preposition = if is_run { "from" } else { "in" };
                Some(format!(
                    "{preposition} {}",
                    listed(few, |year| year.to_string())
                ))
            }
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
        (Some(0), _, Numbers::Every(step)) => every(*step, "hour", "day", 24),
        (Some(minute), _, Numbers::All) => format!("every hour at minute {minute}"),
        (Some(minute), _, Numbers::Every(step)) => {
            format!("{} at minute {minute}", every(*step, "hour", "day", 24))
        }
        (Some(minute), _, Numbers::Steps { first, last, step }) => {
            format!("every {step} hours from {first:02}:{minute:02} to {last:02}:{minute:02}")
        }
        (_, minutes, Numbers::All) => unit("minute", minutes),
        (_, minutes, hours) => format!("{} {}", unit("minute", minutes), during(hours)),
    }
}

/// Describes a field: `every minute`, `every 5 minutes`, `at minutes 5 and 10 to 20`.
fn unit(name: &str, numbers: &Numbers) -> String {
    let whole = if name == "second" { "minute" } else { "hour" };
    match numbers {
        Numbers::All => format!("every {name}"),
        Numbers::Every(step) => every(*step, name, whole, 60),
        Numbers::Runs(runs) if *runs == [(0, 0), (30, 30)] => every(30, name, whole, 60),
        Numbers::Steps { first, last, step } => {
            format!("every {step} {name}s from {name} {first} to {last}")
        }
        Numbers::Runs(_) => at(name, numbers),
    }
}

/// Describes a step: `every 5 minutes`. A step that does not divide the field restarts in each:
/// `every 7 minutes of each hour`.
fn every(step: u32, name: &str, whole: &str, length: u32) -> String {
    let anew = if length.is_multiple_of(step) {
        String::new()
    } else {
        format!(" of each {whole}")
    };
    format!("every {step} {name}s{anew}")
}

/// Describes a list of numbers: `at minutes 5 and 10 to 20`.
fn at(name: &str, numbers: &Numbers) -> String {
    let plural = if numbers.single().is_some() { "" } else { "s" };
    format!(
        "at {name}{plural} {}",
        numbers.list(|number| number.to_string())
    )
}

/// Describes the minutes in which several seconds match: `in every 2nd minute`, `at minute 5`.
fn during_minutes(minutes: &Numbers) -> String {
    match minutes {
        Numbers::All => "in every minute".into(),
        Numbers::Every(step) => format!("in every {} minute", ordinal(*step)),
        Numbers::Steps { first, last, step } => {
            format!("in every {} minute from {first} to {last}", ordinal(*step))
        }
        Numbers::Runs(_) => at("minute", minutes),
    }
}

/// Describes the hours in which several minutes match: `from 09:00 to 17:59`, `in every 2nd hour`.
fn during(hours: &Numbers) -> String {
    match hours {
        Numbers::All => "in every hour".into(),
        Numbers::Every(step) => format!("in every {} hour", ordinal(*step)),
        Numbers::Steps { first, last, step } => {
            format!(
                "in every {} hour from {first:02}:00 to {last:02}:59",
                ordinal(*step)
            )
        }
        Numbers::Runs(runs) => {
            let spans = runs
                .iter()
                .map(|(first, last)| format!("from {first:02}:00 to {last:02}:59"));
            joined(spans.collect(), "and")
        }
    }
}
