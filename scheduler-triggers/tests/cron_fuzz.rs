//! Any text is parsed to a rule or an error, in bounded time.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod cases;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};
use scheduler_triggers::{Cron, CronField, Dialect, Ocps, Preset, Trigger, Zone, parse_expression};

/// Valid expressions of every form, which the tests damage.
const VALID: [&str; 32] = [
    "* * * * *",
    "*/5 0-23/2 1,15 JAN-DEC mon-fri",
    "0 22-2 28-3 NOV-FEB FRI-MON",
    "30 59 23 31 12 ? 2030-2040/2,9999",
    "0 0 L,L-3,LW,15W,FRI#2,MONL * *",
    "0 0 ? * 5#2,1L,SUN#L",
    "0 0 0 ? * 6L",
    "0 0 0 L-30W 2 ?",
    "0 0 13 * +FRI",
    "H H(1-5) H/7 H(3-9)/2 H",
    "TZ=Europe/Berlin GAP=skip FOLD=both DAYS=and WEEK=1-53/4 0 9 * * *",
    "CRON_TZ=+05:30 0 9 * * *",
    "GAP=shift-by-delta 30 2 * * *",
    "FOLD=last 30 1 * * *",
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
    "@reboot",
    "@every 1h30m",
    "@every 2 days",
    "0 0 last * *",
    "last fri, 2nd mon",
    "5/15 3/2 * 2/3 1/2",
    "0 0 31 2 *",
    "0~59 ~ 5~ ~6 Monday~friday",
    "*/90 12-23/24 */32 */13 Sunday/8",
    "0 0 12 31W,30W,29WL January-march ?",
    "0 22, 10 * * *",
];

const DIALECTS: [Dialect; 9] = [
    Dialect::Standard,
    Dialect::Quartz,
    Dialect::Apscheduler,
    Dialect::Apscheduler3,
    Dialect::Ocps(Ocps::V1_0),
    Dialect::Ocps(Ocps::V1_1),
    Dialect::Ocps(Ocps::V1_2),
    Dialect::Ocps(Ocps::V1_3),
    Dialect::Ocps(Ocps::V1_4),
];

const FIELDS: [CronField; 8] = [
    CronField::Year,
    CronField::Month,
    CronField::DayOfMonth,
    CronField::Week,
    CronField::DayOfWeek,
    CronField::Hour,
    CronField::Minute,
    CronField::Second,
];

/// The pieces that are inserted to damage an expression.
const PIECES: [&str; 34] = [
    "",
    " ",
    "\t",
    "\n",
    ",",
    "-",
    "/",
    "*",
    "?",
    "#",
    "L",
    "W",
    "H",
    "(",
    ")",
    "+",
    "=",
    "@",
    "0",
    "7",
    "60",
    "4294967295",
    "18446744073709551616",
    "TZ=",
    "WEEK=",
    "SUN",
    "last ",
    "2nd ",
    "~",
    "Friday",
    "é",
    "\u{0}",
    "\u{2028}",
    "𝟙",
];

#[derive(Debug, Clone)]
enum Damage {
    Cut(Index, Index),
    Double(Index, Index),
    Insert(Index, &'static str),
    Splice(Index, &'static str),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        (at(), at()).prop_map(|(from, to)| Damage::Cut(from, to)),
        (at(), at()).prop_map(|(from, to)| Damage::Double(from, to)),
        (at(), select(&PIECES[..])).prop_map(|(at, piece)| Damage::Insert(at, piece)),
        (at(), select(&VALID[..])).prop_map(|(at, other)| Damage::Splice(at, other)),
    ]
}

impl Damage {
    fn apply(&self, text: &str) -> String {
        let letters: Vec<_> = text.chars().collect();
        let at = |index: &Index| index.index(letters.len() + 1);
        let part = |from: usize, to: usize| letters[from..to].iter().collect::<String>();
        let split = |from: &Index, to: &Index| {
            let (from, to) = (at(from).min(at(to)), at(from).max(at(to)));
            (part(0, from), part(from, to), part(to, letters.len()))
        };
        match self {
            Self::Cut(from, to) => {
                let (before, _, after) = split(from, to);
                before + &after
            }
            Self::Double(from, to) => {
                let (before, middle, after) = split(from, to);
                format!("{before}{middle}{middle}{after}")
            }
            Self::Insert(index, piece) => {
                let (before, _, after) = split(index, index);
                format!("{before}{piece}{after}")
            }
            Self::Splice(index, other) => split(index, index).0 + other,
        }
    }
}

fn damaged() -> impl Strategy<Value = String> {
    (select(&VALID[..]), vec(damage(), 0..5)).prop_map(|(text, damages)| {
        damages
            .iter()
            .fold(text.to_owned(), |text, damage| damage.apply(&text))
    })
}

fn config(cases: u32) -> ProptestConfig {
    cases::config(
        cases,
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cron_fuzz.txt"),
    )
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..80)) {
        try_text(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_text(text in "\\PC{0,60}") {
        try_text(&text);
    }

    #[test]
    fn any_text_of_the_right_letters(
        text in "(TZ=Z |GAP=|DAYS=|FOLD=|WEEK=|@every |@)?([0-9*?LW#/,MONFRIJAnH()+-]{1,6} ){3,8}",
    ) {
        try_text(&text);
    }

    #[test]
    fn any_number_in_any_place(
        fields in vec((0..100_u64, select(&["", "-3", "/7", "#2", "L", "W", "-1/2", ",*", ",L"][..])), 5..8),
    ) {
        let fields: Vec<_> = fields.iter().map(|(number, end)| format!("{number}{end}")).collect();
        try_text(&fields.join(" "));
    }

    #[test]
    fn any_damage(text in damaged()) {
        try_text(&text);
    }

    #[test]
    fn any_fields(fields in vec((select(&FIELDS[..]), damaged()), 0..9), dialect in select(&DIALECTS[..])) {
        let fields = fields.iter().map(|(field, text)| (*field, text.as_str()));
        let fields = fields.map(|(field, text)| (field, text.split(' ').next_back().unwrap()));
        at_once(|| Cron::fields(fields.clone()).dialect(dialect).build().iter().for_each(try_rule));
    }

    #[test]
    fn any_name(text in "\\PC{0,20}") {
        let _ = (text.parse::<Preset>(), text.parse::<Dialect>(), text.parse::<CronField>());
    }
}

/// Parses the text in every dialect.
fn try_text(text: &str) {
    for dialect in DIALECTS {
        at_once(|| {
            let cron = Cron::builder(text).dialect(dialect).seed(text).build();
            match cron {
                Ok(cron) => try_rule(&cron),
                Err(error) => check_place(&error.to_string(), error.column(), text),
            }
        });
    }
    at_once(|| parse_expression(text, Zone::utc()).is_ok());
}

/// Checks that the column of a mistake is that of a character, or one after the last.
fn check_place(message: &str, column: Option<usize>, text: &str) {
    let columns = 1..=text.chars().count() + 1;
    assert!(
        column.is_none_or(|column| columns.contains(&column)),
        "{text:?}: {message}"
    );
    assert!(message.len() < 1000, "{message}");
}

fn try_rule(cron: &Cron) {
    let text = cron.to_string();
    assert_eq!(Cron::parse(&text).as_ref(), Ok(cron), "{text:?}");
    assert!(!cron.describe().is_empty());
    assert!(
        cron.notes()
            .iter()
            .all(|note| note.to_string().len() < 1000)
    );
    for now in [1_700_000_000, 0, -1, 253_402_300_799] {
        let now = DateTime::from_timestamp(now, 0).unwrap() + TimeDelta::nanoseconds(1);
        laws_hold(cron, now);
    }
    laws_hold(cron, DateTime::<Utc>::MIN_UTC);
    laws_hold(cron, DateTime::<Utc>::MAX_UTC);
}

fn laws_hold(cron: &Cron, now: DateTime<Utc>) {
    let next = cron.next_after(now);
    assert!(
        next.is_none_or(|next| next > now && cron.matches(next)),
        "{cron} after {now}"
    );
    let last = cron.prev_before(now);
    assert!(
        last.is_none_or(|last| last < now && cron.matches(last)),
        "{cron} before {now}"
    );
}

/// Runs work that takes microseconds. The limit is longer, because a busy machine may pause the
/// thread.
#[allow(
    clippy::disallowed_methods,
    reason = "the time it takes is what is tested"
)]
fn at_once<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = work();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(10), "it took {took:?}");
    done
}

#[test]
fn numbers_that_overflow_are_refused() {
    for number in ["4294967296", "18446744073709551616", &"9".repeat(400)] {
        for text in [
            format!("{number} * * * *"),
            format!("*/{number} * * * *"),
            format!("* * L-{number} * *"),
            format!("* * * * MON#{number}"),
            format!("0 0 0 1 1 ? {number}"),
            format!("H({number}-{number}) * * * *"),
            format!("WEEK={number} 0 0 * * *"),
        ] {
            assert!(Cron::parse(&text).is_err(), "{text}");
        }
    }
}

#[test]
fn long_texts_are_refused_at_once() {
    for piece in ["*", ",", "0 ", "0,", "-", "/", "L,", "TZ=Z ", "H(", "é"] {
        at_once(|| assert!(Cron::parse(&piece.repeat(100_000)).is_err(), "{piece}"));
    }
    let field = "1,".repeat(100_000);
    let built = at_once(|| Cron::fields([(CronField::Minute, field.as_str())]).build());
    assert!(built.is_err());
}
