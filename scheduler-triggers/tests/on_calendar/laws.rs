//! Any text is parsed to an event or an error, and an event obeys the laws of every trigger.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};
use scheduler_triggers::{OnCalendar, Trigger, TriggerSpec, Zone};

use crate::{config, grammar::event, oracle::CHANGES};

/// Valid events of every form, which the tests damage.
const VALID: [&str; 18] = [
    "Mon..Fri *-*-* 09:00:00 Europe/Berlin",
    "Sat,Thu,Mon..Wed,Sat..Sun",
    "Wed, 17:48",
    "monday *-12-* 17:00",
    "12,14,13,12:20,10,30",
    "mon,fri *-1/2-1,3 *:30:45",
    "05:40:23.4200004/3.1700005",
    "2003-02..04-05",
    "*-*~07/1 0..23/5:*:0/0.5",
    "Mon *-05~1..3,9",
    "*-02-30",
    "semi-annually UTC",
    "minutely +05:30",
    "GAP=skip FOLD=both daily",
    "@1395716396",
    "12-10-15 1:2:3",
    "2199-12-31 23:59:59.999999",
    "*-*-* *:*:*",
];

const PIECES: [&str; 30] = [
    "",
    " ",
    "\t",
    ",",
    "..",
    ".",
    "-",
    "~",
    "/",
    "*",
    ":",
    "@",
    "+",
    "=",
    "0",
    "7",
    "59",
    "60",
    "2147483648",
    "99999999999999999999",
    ".9999999",
    "Mon",
    "Sunday",
    "UTC",
    "Asia/Tokyo",
    "GAP=skip",
    "daily",
    "é",
    "\u{0}",
    "𝟙",
];

/// Returns the text with one part replaced by `piece`.
fn damaged(text: &str, (from, to, piece): &(Index, Index, &str)) -> String {
    let letters: Vec<_> = text.chars().collect();
    let [from, to] = [from, to].map(|index| index.index(letters.len() + 1));
    let (before, after) = (&letters[..from.min(to)], &letters[from.max(to)..]);
    before
        .iter()
        .copied()
        .chain(piece.chars())
        .chain(after.iter().copied())
        .collect()
}

fn try_text(text: &str) {
    match OnCalendar::parse(text) {
        Ok(event) => try_event(&event),
        Err(error) => {
            let columns = 1..=text.chars().count() + 1;
            let is_inside = error
                .column()
                .is_none_or(|column| columns.contains(&column));
            assert!(
                is_inside && error.to_string().len() < 1000,
                "{text:?}: {error}"
            );
        }
    }
}

fn try_event(event: &OnCalendar) {
    let text = event.to_string();
    assert_eq!(OnCalendar::parse(&text).as_ref(), Ok(event), "{text}");
    assert_eq!(OnCalendar::parse(&text).unwrap().to_string(), text);
    assert!(!event.describe().is_empty());
    let spec = event.spec().unwrap();
    let json = serde_json::to_string(&spec).unwrap();
    let again: TriggerSpec = json.parse().unwrap();
    assert_eq!(&*again.build().unwrap(), event as &dyn Trigger, "{json}");
    assert_eq!(again.build().unwrap().spec().unwrap(), spec, "{json}");
    for now in [1_700_000_000, 0, -1, 7_258_118_400, 253_402_300_799] {
        laws_hold(event, DateTime::from_timestamp(now, 999).unwrap());
    }
    laws_hold(event, DateTime::<Utc>::MIN_UTC);
    laws_hold(event, DateTime::<Utc>::MAX_UTC);
}

fn laws_hold(event: &OnCalendar, now: DateTime<Utc>) {
    let next = event.next_after(now);
    assert!(
        next.is_none_or(|next| next > now && event.matches(next)),
        "{event} after {now}"
    );
    let last = event.prev_before(now);
    assert!(
        last.is_none_or(|last| last < now && event.matches(last)),
        "{event} before {now}"
    );
    if let (Some(last), false) = (last, event.matches(now)) {
        assert_eq!(event.next_after(last), next, "{event} around {now}");
    }
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn any_text(text in "\\PC{0,60}") {
        try_text(&text);
    }

    #[test]
    fn any_text_of_the_right_letters(text in "(([0-9*,./~-]{1,7}|Mon|Sun|\\.\\.)[-:~ ]?){1,9}( UTC)?") {
        try_text(&text);
    }

    #[test]
    fn any_damage(text in select(&VALID[..]), damages in vec((any::<Index>(), any::<Index>(), select(&PIECES[..])), 1..4)) {
        try_text(&damages.iter().fold(text.to_owned(), |text, damage| damaged(&text, damage)));
    }

    #[test]
    fn any_piece_in_any_place(text in select(&VALID[..]), at in any::<Index>(), piece in select(&PIECES[..])) {
        try_text(&damaged(text, &(at, at, piece)));
    }
}

proptest! {
    #![proptest_config(config(120))]

    #[test]
    fn the_next_instant_is_later_and_monotone(
        event in event(),
        change in select(&CHANGES[..]),
        offsets in vec(-200_000_000_000_000..200_000_000_000_000_i64, 2..12),
    ) {
        let near: DateTime<Utc> = change.1.parse().unwrap();
        let event = OnCalendar::parse_in(&event.text, Zone::named(change.0).unwrap()).unwrap();
        try_event(&event);
        let mut asked: Vec<_> = offsets.into_iter().map(|nanos| near + TimeDelta::nanoseconds(nanos)).collect();
        asked.sort();
        let answers: Vec<_> = asked.iter().map(|at| event.next_after(*at)).collect();
        for (at, answer) in asked.iter().zip(&answers) {
            prop_assert!(answer.is_none_or(|next| next > *at));
            laws_hold(&event, *at);
        }
        let order = |answer: &Option<DateTime<Utc>>| answer.unwrap_or(DateTime::<Utc>::MAX_UTC);
        prop_assert!(answers.is_sorted_by_key(order), "{event}: {answers:?}");
    }
}

#[test]
fn the_examples_are_valid() {
    for text in VALID {
        assert!(OnCalendar::parse(text).is_ok(), "{text}");
    }
}

#[test]
fn long_texts_are_refused_or_read_at_once() {
    for piece in [
        "*", ",", "0,", "-", "/", "~", ":", "Mon,", "@", "é", "0.", "..",
    ] {
        assert!(
            OnCalendar::parse(&piece.repeat(100_000)).is_err(),
            "{piece}"
        );
        assert!(
            OnCalendar::parse(&format!("{}:00", piece.repeat(300))).is_err(),
            "{piece}"
        );
    }
    let list = |count: u32| (0..count).map(|_| "0.1/0.7").collect::<Vec<_>>().join(",");
    assert!(OnCalendar::parse(&format!("*:*:{}", list(240))).is_ok());
    assert!(OnCalendar::parse(&format!("*:*:{}", list(241))).is_err());
    // The canonical text of the longest list can be parsed.
    let longest: Vec<_> = (0..240)
        .map(|index| format!("0.{index:03}..59.5/0.25"))
        .collect();
    try_text(&format!("*:*:{}", longest.join(",")));
}
