//! `sched next`.

use std::process::ExitCode;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use scheduler_core::trigger::{Expression, Zone};

/// Of which expression, from when, how many.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Five, six or seven cron fields, a name such as @daily, or @every 5m.
    expression: String,
    /// The time zone, by its IANA name.
    #[arg(long, default_value = "UTC")]
    tz: String,
    /// The times after this one; now if left out.
    #[arg(long, value_name = "RFC3339")]
    after: Option<DateTime<Utc>>,
    /// How many.
    #[arg(long, default_value_t = 5)]
    count: usize,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match print(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sched: {error}");
            ExitCode::from(2)
        }
    }
}

fn print(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let zone = Zone::named(&arguments.tz)?;
    let trigger = Expression::parse(&arguments.expression, zone.clone())?.into_trigger();
    let after = arguments.after.unwrap_or_else(Utc::now);
    let first = trigger.next_after(after);
    let times = std::iter::successors(first, |at| trigger.next_after(*at));
    let mut printed = 0;
    for at in times.take(arguments.count) {
        let local = at.with_timezone(&zone.offset_at(at));
        println!("{}", local.to_rfc3339_opts(SecondsFormat::AutoSi, false));
        printed += 1;
    }
    if printed < arguments.count {
        eprintln!("sched: no further time");
    }
    Ok(())
}
