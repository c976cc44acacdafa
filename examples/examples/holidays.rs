//! A report on working days: cron has no holidays, so a list of dates is taken out of its instants.
//!
//! `cargo run --package scheduler-examples --example holidays`

use std::{error::Error, sync::Arc};

use chrono::{NaiveDate, Utc, Weekday};
use scheduler::{
    prelude::*,
    trigger::{Excluding, Exclusion, upcoming},
};

/// One date per line. The rest of the line is a comment.
pub(crate) const HOLIDAYS: &str = "\
2026-04-03 Good Friday
2026-04-06 Easter Monday
2026-12-24 office closed
2026-12-31 office closed
";

/// Returns the instants of a cron expression in a zone, on working days only.
pub(crate) fn on_working_days(
    expression: &str,
    zone: &str,
    holidays: &str,
) -> Result<Excluding, Box<dyn Error>> {
    let zone = Zone::named(zone)?;
    let cron = Cron::parse(expression)?.in_zone(zone.clone());
    let dates = holidays
        .lines()
        .map(|line| line.split(' ').next().unwrap_or_default().parse());
    let dates = dates.collect::<Result<Vec<NaiveDate>, _>>()?;
    Ok(Excluding::new(Arc::new(cron))
        .except(Exclusion::weekdays(
            [Weekday::Sat, Weekday::Sun],
            zone.clone(),
        ))
        // The same days every year, and those that a list must name for each year.
        .except(Exclusion::yearly(
            [(1, 1), (12, 25), (12, 26)],
            zone.clone(),
        )?)
        .except(Exclusion::dates(dates, zone)))
}

pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let report = on_working_days("0 9 * * *", "Europe/Berlin", HOLIDAYS)?;
    for instant in upcoming(&report, Utc::now()).take(10) {
        println!("{instant}");
    }
    Ok(())
}
