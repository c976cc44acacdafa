use std::{hint::black_box, str::FromStr};

use chrono::{DateTime, TimeZone, Utc};
use chrono_tz::{America::New_York, Tz};
use scheduler_core::{
    Trigger,
    trigger::{Cron, Zone},
};

use crate::{
    compare::{Comparison, per_op},
    gauges::thread_time,
    plan::Plan,
};

/// Expressions that most crontabs use.
const USUAL: [&str; 10] = [
    "* * * * *",
    "*/5 * * * *",
    "0 * * * *",
    "0 0 * * *",
    "30 2 * * *",
    "0 9 * * MON-FRI",
    "0 0 1 * *",
    "0 12 * * SAT",
    "15,45 */6 * * *",
    "0 0 1 1 *",
];

/// Expressions that need a long search, or never match.
const NASTY: [&str; 15] = [
    "0 0 29 2 *",
    "0 0 29 2 1",
    "0 0 29 2 +MON",
    "0 0 30,31 2 *",
    "59 23 31 12 *",
    "*/7 */5 */3 */2 */2",
    "0 0 L-3 * *",
    "0 0 LW * *",
    "0 0 15W * *",
    "0 0 * * FRI#5",
    "0 0 * 2 +MON#5",
    "WEEK=53 0 0 3 1 +SUN",
    "0 0 0 29 2 ? 2096",
    "0 0 0 29 2 ? 2027-9999/2",
    NEVER_SHOWN,
];

/// A time of day that never occurs: New York's clocks skip it on the only matching day of every
/// year.
const NEVER_SHOWN: &str = "GAP=skip 30 2 * 3 SUN#2";

/// The number of start instants, spread over a year.
const INSTANTS: usize = 64;

pub fn run(plan: &Plan) {
    let rounds = plan.rounds(21, 5);
    compare("ten usual expressions", &USUAL, rounds);
    for expression in NASTY {
        compare(expression, &[expression], rounds);
    }
    Comparison::new("reading `0 9 * * MON-FRI`", "ns")
        .with("scheduler-core", || {
            timed(|_| Cron::parse("0 9 * * MON-FRI"))
        })
        .with("cron", || {
            timed(|_| cron::Schedule::from_str("0 0 9 * * MON-FRI"))
        })
        .with("croner", || {
            timed(|_| croner::Cron::from_str("0 9 * * MON-FRI"))
        })
        .with("saffron", || {
            timed(|_| saffron::Cron::from_str("0 9 * * MON-FRI"))
        })
        .run(rounds);
}

/// Measures the next instant of each expression, in UTC and in New York. A crate is left out if it
/// cannot parse an expression, or takes milliseconds to find no match.
fn compare(title: &str, expressions: &[&str], rounds: usize) {
    let own = || all(expressions, |text| Cron::parse(text).ok()).unwrap_or_default();
    let new_york = Zone::named("America/New_York").unwrap_or_else(|_| Zone::utc());
    let own_new_york: Vec<_> = own()
        .into_iter()
        .map(|cron| cron.in_zone(new_york.clone()))
        .collect();
    let own_utc = own();
    let mut utc = Comparison::new(format!("{title}, UTC"), "ns a next time")
        .with("scheduler-core", move || {
            each(&own_utc, |cron, at| cron.next_after(at))
        });
    let mut zoned = Comparison::new(format!("{title}, New York"), "ns a next time")
        .with("scheduler-core", move || {
            each(&own_new_york, |cron, at| cron.next_after(at))
        });

    if expressions == [NEVER_SHOWN] {
        let unasked: Vec<_> = own()
            .into_iter()
            .map(|cron| cron.in_zone(new_york.clone()))
            .collect();
        zoned = zoned.with("scheduler-core, asked only once", move || {
            each(&unasked, |cron, at| cron.clone().next_after(at))
        });
    }

    let with_seconds = |text: &str| {
        let seconds = if text.split(' ').count() == 5 {
            "0 "
        } else {
            ""
        };
        cron::Schedule::from_str(&format!("{seconds}{text}")).ok()
    };
    if let Some(schedules) = all(expressions, with_seconds) {
        let again = schedules.clone();
        utc = utc.with("cron", move || {
            each(&schedules, |cron, at| cron.after(&at).next())
        });
        zoned = zoned.with("cron", move || {
            each(&again, |cron, at| cron.after(&local(at)).next())
        });
    }
    if let Some(crons) = all(expressions, readable_by_croner) {
        let again = crons.clone();
        utc = utc.with("croner", move || {
            each(&crons, |cron, at| cron.find_next_occurrence(&at, false))
        });
        zoned = zoned.with("croner", move || {
            each(&again, |cron, at| {
                cron.find_next_occurrence(&local(at), false)
            })
        });
    }
    if let Some(crons) = all(expressions, |text| saffron::Cron::from_str(text).ok()) {
        utc = utc.with("saffron", move || {
            each(&crons, |cron, at| cron.next_after(at))
        });
    }
    utc.run(rounds);
    zoned.run(rounds);
}

/// Parses an expression, unless croner would search for milliseconds.
fn readable_by_croner(text: &str) -> Option<croner::Cron> {
    let is_endless = ["0 0 30,31 2 *", "0 0 29 2 +MON", "0 0 * 2 +MON#5"].contains(&text);
    croner::Cron::from_str(text).ok().filter(|_| !is_endless)
}

fn all<T>(texts: &[&str], read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    texts.iter().map(|text| read(text)).collect()
}

fn each<C, T>(crons: &[C], next: impl Fn(&C, DateTime<Utc>) -> T) -> f64 {
    let instants: Vec<_> = (0..INSTANTS).map(instant).collect();
    timed(|turn| {
        next(
            &crons[turn % crons.len()],
            instants[turn / crons.len() % INSTANTS],
        )
    })
}

fn timed<T>(mut work: impl FnMut(usize) -> T) -> f64 {
    let start = thread_time();
    for turn in 0..TURNS {
        black_box(work(black_box(turn)));
    }
    per_op(thread_time() - start, TURNS)
}

const TURNS: usize = 10 * INSTANTS * 4;

/// Returns instants from January 2026 on, about five days apart, with an uneven time of day.
fn instant(number: usize) -> DateTime<Utc> {
    let second = 1_768_435_200 + number as i64 * (5 * 86_400 + 3_671);
    DateTime::from_timestamp(second, 0).unwrap_or_default()
}

fn local(at: DateTime<Utc>) -> DateTime<Tz> {
    New_York.from_utc_datetime(&at.naive_utc())
}
