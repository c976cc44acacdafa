//! Writes the canonical text of a rule, which parses back to an equal rule.

use std::fmt;

use super::{
    Cron, CronField,
    bits::Bits,
    builder::default_policies,
    month::{LAST, MonthDays, WeekDays},
    values::{Form, Item, Values},
    years::Years,
};
use crate::Zone;

/// Writes the expression in its shortest form, after the settings that differ from the default:
/// `TZ=Europe/Berlin GAP=skip 30 2 * * MON-FRI`.
impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_settings(f)?;
        let rule = &self.rule;
        let has_year = rule.years.is_restricted();
        if has_year || rule.seconds != Values::single(0) {
            write!(f, "{} ", list(CronField::Second, rule.seconds))?;
        }
        let (minutes, hours) = (rule.minutes, rule.hours);
        write!(
            f,
            "{} {} ",
            list(CronField::Minute, minutes),
            list(CronField::Hour, hours)
        )?;
        let month_days = month_days(&rule.month_days, rule.month_days_restrict);
        let week_days = week_days(&rule.week_days, rule.week_days_restrict);
        write!(f, "{month_days} {} {week_days}", months(rule.months))?;
        if has_year {
            write!(f, " {}", years(&rule.years))
        } else {
            Ok(())
        }
    }
}

impl Cron {
    fn fmt_settings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = &self.rule;
        let (gap, fold) = default_policies(rule.is_fixed_time());
        if self.zone != Zone::utc() {
            write!(f, "TZ={} ", self.zone)?;
        }
        if self.gap != gap {
            write!(f, "GAP={} ", self.gap)?;
        }
        if self.fold != fold {
            write!(f, "FOLD={} ", self.fold)?;
        }
        if rule.month_days_restrict && rule.week_days_restrict && !rule.either_day {
            f.write_str("DAYS=and ")?;
        }
        if !rule.has_every_week() {
            let weeks: Vec<_> = rule.weeks.iter().collect();
            write!(f, "WEEK={} ", joined(runs(CronField::Week, &weeks)))?;
        }
        Ok(())
    }
}

fn list(field: CronField, values: Values) -> String {
    let numbers: Vec<_> = values.bits.iter().collect();
    match values.form {
        Form::Points => joined(numbers.into_iter().map(|number| name(field, number))),
        Form::Span => with_a_range(field, &numbers),
        Form::Star => with_a_star(field, values.bits),
    }
}

fn months(bits: Bits) -> String {
    let (first, last) = CronField::Month.bounds();
    if bits == Bits::range(first, last) {
        return "*".into();
    }
    joined(runs(CronField::Month, &bits.iter().collect::<Vec<_>>()))
}

fn month_days(days: &MonthDays, restrict: bool) -> String {
    let near = |day: u32| format!("{day}W");
    let back = |back: u32| {
        if back == 0 {
            "L".into()
        } else {
            format!("L-{back}")
        }
    };
    let near_end = days.near_from_end.iter();
    let special = (days.from_end.iter().map(back))
        .chain(days.near.iter().map(near))
        .chain(
            days.near_or_last
                .iter()
                .map(|day| format!("{}L", near(day))),
        )
        .chain(near_end.map(|distance| format!("{}W", back(distance))))
        .chain(nth_weekdays(&days.weekdays));
    joined(
        dates(CronField::DayOfMonth, days.dates, restrict)
            .into_iter()
            .chain(special),
    )
}

fn week_days(days: &WeekDays, restrict: bool) -> String {
    let every = dates(CronField::DayOfWeek, days.every, restrict);
    joined(every.into_iter().chain(nth_weekdays(days)))
}

fn nth_weekdays(days: &WeekDays) -> impl Iterator<Item = String> {
    days.nth().map(|(weekday, nth)| match nth {
        LAST => format!("{}L", name(CronField::DayOfWeek, weekday)),
        nth => format!("{}#{nth}", name(CronField::DayOfWeek, weekday)),
    })
}

fn years(years: &Years) -> String {
    let text = joined(runs(CronField::Year, &years.iter().collect::<Vec<_>>()));
    if text.len() <= LONGEST_YEARS {
        return text;
    }
    // Steps that overlap, such as every second and every third year, have no shorter form.
    joined(years.items().iter().map(year_item))
}

/// Writes an item of the year field, never longer than in the original text.
fn year_item(item: &Item) -> String {
    let (first, last, step) = item.span();
    let (lowest, highest) = CronField::Year.bounds();
    match (first == lowest, last + step > highest) {
        _ if first == last => first.to_string(),
        (true, true) => format!("*/{step}"),
        (false, true) => format!("{first}/{step}"),
        _ if step == 1 => format!("{first}-{last}"),
        _ => format!("{first}-{last}/{step}"),
    }
}

const LONGEST_YEARS: usize = 1024;

/// Writes the plain days of a day field, where only a leading star matters.
fn dates(field: CronField, bits: Bits, restrict: bool) -> Vec<String> {
    if !restrict {
        return vec![with_a_star(field, bits)];
    }
    runs(field, &bits.iter().collect::<Vec<_>>())
}

/// Writes `*` or `*/n`, and the numbers that it omits.
fn with_a_star(field: CronField, bits: Bits) -> String {
    let (first, last) = field.bounds();
    let stepped = |step: u32| (first..=last).step_by(step as usize).collect::<Bits>();
    // The longest step leaves only the first number.
    let step = (1..=last - first + 1)
        .find(|step| stepped(*step).is_subset_of(bits))
        .unwrap_or(1);
    let star = if step == 1 {
        "*".into()
    } else {
        format!("*/{step}")
    };
    let rest: Vec<_> = bits
        .iter()
        .filter(|value| !stepped(step).contains(*value))
        .collect();
    joined([star].into_iter().chain(runs(field, &rest)))
}

/// Writes at least one range, to distinguish the field from a list of single numbers.
fn with_a_range(field: CronField, numbers: &[u32]) -> String {
    let runs = runs(field, numbers);
    match (runs.iter().any(|run| run.contains('-')), runs.first()) {
        (false, Some(first)) => {
            let range = format!("{first}-{first}");
            joined([range].into_iter().chain(runs.iter().skip(1).cloned()))
        }
        _ => joined(runs),
    }
}

/// Writes ascending numbers as single numbers and ranges, or as one range with a step.
fn runs(field: CronField, numbers: &[u32]) -> Vec<String> {
    if let Some(range) = stepped_range(field, numbers) {
        return vec![range];
    }
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    runs.flat_map(|run| match run {
        [first, _, .., last] => vec![range(field, *first, *last)],
        few => few.iter().map(|number| name(field, *number)).collect(),
    })
    .collect()
}

/// Writes three or more equally spaced numbers as one range with a step.
fn stepped_range(field: CronField, numbers: &[u32]) -> Option<String> {
    let [first, second, .., last] = numbers else {
        return None;
    };
    let step = second - first;
    let is_even = numbers.is_sorted_by(|a, b| a + step == *b);
    match (is_even && numbers.len() > 2, step) {
        (false, _) => None,
        (true, 1) => Some(range(field, *first, *last)),
        (true, step) => Some(format!("{}/{step}", range(field, *first, *last))),
    }
}

fn range(field: CronField, first: u32, last: u32) -> String {
    format!("{}-{}", name(field, first), name(field, last))
}

/// Returns the name of a weekday, which is the same in every dialect, or the number.
fn name(field: CronField, number: u32) -> String {
    match (
        field,
        usize::try_from(number)
            .ok()
            .and_then(|index| field.names().get(index)),
    ) {
        (CronField::DayOfWeek, Some(name)) => (*name).into(),
        _ => number.to_string(),
    }
}

fn joined(items: impl IntoIterator<Item = String>) -> String {
    items.into_iter().collect::<Vec<_>>().join(",")
}
