//! Whatever is written, the answer is a rule or an error, and it comes at once.

use chrono::DateTime;
use proptest::{prelude::*, sample::select};
use scheduler_core::trigger::{TriggerSpec, Zone, upcoming};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

const SEEDS: [&str; 9] = [
    r#"{"type":"once","at":"2024-07-01T12:00:00+02:00"}"#,
    r#"{"type":"interval","every":"1h30m","start":"2024-07-01T12:00:00","end":"2024-07-02","tz":"Europe/Berlin"}"#,
    r#"{"type":"cron","expr":"0 9 * * MON-FRI","tz":"Europe/Berlin","gap":"skip","dialect":"vixie"}"#,
    r#"{"type":"cron","fields":{"day":"last fri","hour":"0-3","week":5}}"#,
    r#"{"type":"calendar_interval","years":1,"months":2,"weeks":3,"days":4,"time":"10:00:00","start":"2024-01-31"}"#,
    r#"{"type":"any_of","triggers":[{"type":"once","at":"2024-07-01"},{"type":"interval","every":0.5}]}"#,
    r#"{"type":"all_of","triggers":[{"type":"cron","expr":"@daily"},{"type":"cron","expr":"@monthly"}],"threshold":"1s"}"#,
    r#"{"type":"limited","count":3,"trigger":{"type":"jittered","up_to":9,"trigger":{"type":"cron","expr":"@daily"}}}"#,
    r#"{"type":"excluding","trigger":{"type":"cron","expr":"@hourly"},"exclude":[{"type":"yearly","dates":["12-25"]},{"type":"time_of_day","from":"22:00","to":"06:00"}]}"#,
];

const PIECES: [&str; 24] = [
    "0",
    "-1",
    "99999999999999999999",
    "1e308",
    "\"\"",
    "null",
    "true",
    "[]",
    "{}",
    "\"9999-12-31T23:59:59Z\"",
    "\"0000-01-01\"",
    "\"-262144-01-01\"",
    "4294967295",
    "18446744073709551615",
    "\"Pacific/Apia\"",
    "\"2011-12-30\"",
    "\"24:00:00\"",
    "\"* * * * * * *\"",
    "{\"type\":\"once\",\"at\":\"2024-07-01\"}",
    "\u{e9}",
    "\"\\u0000\"",
    "\"PT0S\"",
    "1.5",
    "\"+23:59\"",
];

/// Replaces, drops or repeats a piece of a text between two of its marks.
fn mutate(text: &str, (place, length, piece): (usize, usize, &str)) -> String {
    let marks: Vec<_> = text
        .char_indices()
        .filter(|(_, c)| ",:[]{}\"".contains(*c))
        .map(|(at, _)| at)
        .collect();
    if marks.is_empty() {
        return piece.to_owned();
    }
    let from = marks[place % marks.len()];
    let to = marks
        .get(place % marks.len() + length)
        .copied()
        .unwrap_or(text.len());
    format!("{}{piece}{}", &text[..=from], &text[to..])
}

fn try_json(json: &str) {
    let Ok(spec) = serde_json::from_str::<TriggerSpec>(json) else {
        return;
    };
    let again = serde_json::to_string(&spec).unwrap();
    assert_eq!(
        serde_json::from_str::<TriggerSpec>(&again).unwrap(),
        spec,
        "{json}"
    );
    let Ok((trigger, _)) = spec.build_in(&Zone::utc()) else {
        return;
    };
    let now = DateTime::from_timestamp(1_720_000_000, 0).unwrap();
    let trigger = trigger.anchored(now).unwrap_or(trigger);
    assert!(
        upcoming(&*trigger, now)
            .take(3)
            .is_sorted_by(|one, two| one < two),
        "{json}"
    );
    assert!(
        trigger
            .prev_before(now)
            .is_none_or(|previous| previous < now),
        "{json}"
    );
    assert!(!trigger.to_string().is_empty(), "{json}");
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn any_change_to_a_rule_is_read_or_refused(
        seed in select(&SEEDS[..]),
        changes in prop::collection::vec((0..60_usize, 1..4_usize, select(&PIECES[..])), 1..4),
    ) {
        try_json(&changes.into_iter().fold(seed.to_owned(), |text, change| mutate(&text, change)));
    }

    #[test]
    fn any_value_of_any_field_is_read_or_refused(
        seed in select(&SEEDS[..]),
        place in 0..12_usize,
        piece in select(&PIECES[..]),
    ) {
        // From a colon to the next comma or brace: mostly well-formed.
        let colons: Vec<_> = seed.match_indices(':').map(|(at, _)| at).collect();
        let from = colons[place % colons.len()] + 1;
        let to = from + seed[from..].find([',', '}']).unwrap();
        try_json(&format!("{}{piece}{}", &seed[..from], &seed[to..]));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        try_json(&text);
        try_json(&format!(r#"{{"type":"once","at":{}}}"#, serde_json::to_string(&text).unwrap()));
        try_json(&format!(r#"{{"type":"interval","every":{}}}"#, serde_json::to_string(&text).unwrap()));
    }

    #[test]
    fn any_point_in_time_is_read_or_refused(text in "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([T ][0-9:.+Z-]{0,14})?") {
        try_json(&format!(r#"{{"type":"once","at":"{text}","tz":"America/Havana"}}"#));
        try_json(&format!(r#"{{"type":"cron","expr":"@daily","start":"{text}","end":"{text}"}}"#));
    }
}

#[test]
fn every_example_on_the_page_is_a_rule_that_is_due() {
    let page = include_str!("../../../docs/triggers.md");
    let examples: Vec<_> = page
        .split("```json\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(examples.len() >= 11);
    for example in examples {
        let spec: TriggerSpec = serde_json::from_str(example).unwrap();
        let trigger = spec.build().unwrap();
        let new_year = DateTime::from_timestamp(1_704_067_200, 0).unwrap();
        assert!(trigger.next_after(new_year).is_some(), "{example}");
    }
}
