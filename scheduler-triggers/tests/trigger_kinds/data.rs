//! Any text is parsed to a rule or an error, in bounded time.

use std::sync::Arc;

use chrono::DateTime;
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};
use scheduler_triggers::{Trigger, TriggerError, TriggerSpec, Zone, upcoming};
use serde_json::Value;

use crate::{
    config,
    kinds::{names_in, types},
};

/// Data with every `type`, from which the tests make damaged data.
const SEEDS: [&str; 16] = [
    r#"{"type":"once","at":"2024-07-01T12:00:00+02:00"}"#,
    r#"{"type":"once","after":"5m","tz":"+05:30"}"#,
    r#"{"type":"interval","every":"1h30m","start":"2024-07-01T12:00:00","end":"2024-07-02","tz":"Europe/Berlin"}"#,
    r#"{"type":"interval","every":90,"immediately":true,"skip_start":false,"end":null}"#,
    r#"{"type":"cron","expr":"0 9 * * MON-FRI","tz":"Europe/Berlin","gap":"skip","fold":"both","day_rule":"and","dialect":"vixie","seed":"a"}"#,
    r#"{"type":"cron","fields":{"day":"last fri","hour":"0-3","week":5},"start":"2024-01-01","end":"2030-01-01"}"#,
    r#"{"type":"calendar_interval","years":1,"months":2,"weeks":3,"days":4,"time":"10:00:00","start":"2024-01-31"}"#,
    r#"{"type":"on_calendar","expr":"Mon..Fri *-*~07/1 09:00:00.5","tz":"Europe/Berlin","start":"2024-01-01","end":"2030-01-01","gap":"skip","fold":"both"}"#,
    r#"{"type":"any_of","triggers":[{"type":"once","at":"2024-07-01"},{"type":"interval","every":0.5}]}"#,
    r#"{"type":"all_of","triggers":[{"type":"cron","expr":"@daily"},{"type":"cron","expr":"@monthly"}],"threshold":"1s"}"#,
    r#"{"type":"limited","count":3,"trigger":{"type":"jittered","up_to":9,"trigger":{"type":"cron","expr":"@daily"}}}"#,
    r#"{"type":"jittered","trigger":{"type":"once","at":"2024-07-01"},"up_to":"10m","seed":"backup"}"#,
    r#"{"type":"bounded","trigger":{"type":"cron","expr":"@every 7m"},"start":"2024-07-01T10:00","end":"2024-08-31","tz":"Asia/Tokyo"}"#,
    r#"{"type":"excluding","trigger":{"type":"cron","expr":"@hourly"},"exclude":[{"type":"yearly","dates":["12-25"]},{"type":"time_of_day","from":"22:00","to":"06:00"}]}"#,
    r#"{"type":"excluding","trigger":{"type":"cron","expr":"@hourly"},"exclude":[{"type":"dates","dates":["2024-12-25"]}]}"#,
    r#"{"type":"excluding","trigger":{"type":"cron","expr":"@hourly"},"exclude":[{"type":"weekdays","weekdays":["sat"]},{"type":"date_range","from":"2024-07-02","to":"2024-07-03"},{"type":"trigger","trigger":{"type":"cron","expr":"0 */2 * * *"}}]}"#,
];

const PIECES: [&str; 25] = [
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
    "\"hourly\"",
    "{\"type\":\"once\",\"at\":\"2024-07-01\"}",
    "\u{e9}",
    "\"\\u0000\"",
    "\"PT0S\"",
    "1.5",
    "\"+23:59\"",
];

/// Replaces, removes or repeats a piece of a text between two of its separators.
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
    match json.parse::<TriggerSpec>() {
        Ok(spec) => try_spec(json, &spec),
        Err(error) => check_error(json, &error),
    }
}

/// Checks that an error has the same text for each way to read the data.
fn check_error(json: &str, error: &TriggerError) {
    let message = error.to_string();
    assert!(
        message.len() < 1500 && !error.kind().is_empty(),
        "{json}: {message}"
    );
    let by_serde = serde_json::from_str::<TriggerSpec>(json).expect_err(json);
    let reason = error.reason().to_string();
    if error.kind() != "json" {
        assert!(by_serde.to_string().contains(&reason), "{json}: {by_serde}");
    }
}

fn try_spec(json: &str, spec: &TriggerSpec) {
    let again = serde_json::to_value(spec).unwrap();
    assert_eq!(
        TriggerSpec::try_from(again.clone()).as_ref(),
        Ok(spec),
        "{json}"
    );
    assert_eq!(again.to_string().parse().as_ref(), Ok(spec), "{json}");
    match spec.build_in(&Zone::utc()) {
        Ok((trigger, _)) => try_trigger(json, &trigger),
        Err(error) => assert!(error.to_string().len() < 1500, "{json}: {error}"),
    }
}

fn try_trigger(json: &str, trigger: &Arc<dyn Trigger>) {
    if let Ok(spec) = trigger.spec() {
        let text = serde_json::to_string(&spec).unwrap();
        let again = text.parse::<TriggerSpec>().and_then(|spec| spec.build());
        let again = again.unwrap_or_else(|error| panic!("{json} as {text}: {error}"));
        assert_eq!(&*again, &**trigger, "{json} as {text}");
    }
    let now = DateTime::from_timestamp(1_720_000_000, 0).unwrap();
    let trigger = trigger.anchored(now).unwrap_or_else(|| trigger.clone());
    let next = upcoming(&*trigger, now).take(3);
    assert!(next.is_sorted_by(|one, two| one < two), "{json}");
    let previous = trigger.prev_before(now);
    assert!(previous.is_none_or(|previous| previous < now), "{json}");
    assert!(!trigger.to_string().is_empty(), "{json}");
}

/// Changes bytes at random positions.
fn damaged(text: &str, changes: &[(Index, u8, bool)]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for (place, byte, replaced) in changes {
        let at = place.index(bytes.len());
        if *replaced {
            bytes[at] = *byte;
        } else {
            bytes.insert(at, *byte);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Generates arbitrary JSON with the words that triggers use.
fn any_json() -> impl Strategy<Value = String> {
    let name = select(field_names()).prop_map(|name| format!("\"{name}\""));
    let leaf = prop_oneof![select(&PIECES[..]).prop_map(str::to_owned), name.clone()];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        let field =
            (name.clone(), inner.clone()).prop_map(|(name, value)| format!("{name}:{value}"));
        let typed = (select(types()), vec(field.clone(), 0..6)).prop_map(|(kind, fields)| {
            format!(r#"{{"type":"{kind}",{}}}"#, fields.join(",")).replace(",}", "}")
        });
        prop_oneof![
            vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            vec(field, 0..4).prop_map(|fields| format!("{{{}}}", fields.join(","))),
            typed,
        ]
    })
}

fn seeds() -> Vec<Value> {
    let seeds = SEEDS.iter().map(|seed| serde_json::from_str(seed).unwrap());
    seeds.collect()
}

/// Returns the names of all fields in [`SEEDS`].
fn field_names() -> Vec<String> {
    names_in(&Value::from(seeds())).0.into_iter().collect()
}

/// Returns the first of [`SEEDS`] with this `type`.
pub(crate) fn seed_of(kind: &str) -> Value {
    let found = seeds().into_iter().find(|seed| seed["type"] == kind);
    found.unwrap_or_else(|| panic!("{kind} is missing in SEEDS"))
}

#[test]
fn every_type_is_in_a_seed() {
    let (_, found) = names_in(&Value::from(seeds()));
    let all = types().into_iter();
    let missing: Vec<_> = all.filter(|name| !found.contains(*name)).collect();
    assert!(missing.is_empty(), "missing in SEEDS: {missing:?}");
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn any_change_to_a_rule_is_read_or_refused(
        seed in select(&SEEDS[..]),
        changes in vec((0..60_usize, 1..4_usize, select(&PIECES[..])), 1..4),
    ) {
        try_json(&changes.into_iter().fold(seed.to_owned(), |text, change| mutate(&text, change)));
    }

    #[test]
    fn any_damage_to_a_rule_is_read_or_refused(
        seed in select(&SEEDS[..]),
        changes in vec((any::<Index>(), any::<u8>(), any::<bool>()), 1..6),
    ) {
        try_json(&damaged(seed, &changes));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..80)) {
        try_json(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_json_is_read_or_refused(json in any_json()) {
        try_json(&json);
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
    let page = include_str!("../../../docs/guide/triggers.md");
    let examples: Vec<_> = page
        .split("```json\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(examples.len() >= 12);
    for example in examples {
        let spec: TriggerSpec = serde_json::from_str(example).unwrap();
        let trigger = spec.build().unwrap();
        let new_year = DateTime::from_timestamp(1_704_067_200, 0).unwrap();
        assert!(trigger.next_after(new_year).is_some(), "{example}");
    }
}
