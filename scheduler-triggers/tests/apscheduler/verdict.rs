//! Runs the cases of a kind, and compares the differences with the documented ones.

use std::{collections::BTreeSet, sync::Arc};

use scheduler_triggers::{Bounded, Trigger, upcoming_from};

use crate::case::{Answer, Case};

/// The document of all intended differences, with reasons.
const DIFFERENCES: &str = include_str!("../../../docs/internals/apscheduler-differences.md");

/// Each case of `kinds` must have the result of the oracle. Without an oracle, it must have that of
/// APScheduler or a documented difference. Every difference from APScheduler must be documented.
///
/// `build` creates the trigger of a case, without its start and end; `None` if the case is refused.
pub(crate) fn check(kinds: &[&str], build: impl Fn(&Case) -> Option<Arc<dyn Trigger>>) {
    let cases = Case::of_kinds(kinds);
    let documented = documented(&cases);
    let mut differing = BTreeSet::new();
    for case in &cases {
        let answer = answer(case, &build);
        if let Some(expected) = case.of_oracle() {
            assert_eq!(answer, expected, "{case:#?}");
        }
        let Some(theirs) = case.of_apscheduler().filter(|theirs| *theirs == answer) else {
            differing.insert(case.id.as_str());
            let excused = case.is_known_bug() || documented.contains(case.id.as_str());
            assert!(excused, "{answer:?} for {case:#?}");
            continue;
        };
        assert_eq!(answer, theirs);
    }
    let undocumented: Vec<_> = differing.difference(&documented).collect();
    let untrue: Vec<_> = documented.difference(&differing).collect();
    assert!(
        undocumented.is_empty() && untrue.is_empty(),
        "docs/internals/apscheduler-differences.md does not mention {undocumented:?} and is wrong about {untrue:?}"
    );
}

fn answer(case: &Case, build: impl Fn(&Case) -> Option<Arc<dyn Trigger>>) -> Answer {
    let Some(trigger) = build(case) else {
        return Answer::Refused;
    };
    let mut bounded = Bounded::new(trigger);
    if let Some(start) = &case.start {
        bounded = bounded.starting_at(case.instant(start, 0));
    }
    if let Some(end) = &case.end {
        bounded = bounded.ending_at(case.instant(end, 0));
    }
    let instants = upcoming_from(&bounded, case.from());
    Answer::Instants(instants.take(case.asked).collect())
}

/// Returns the ids of cases in the document: `c0159` or `c0257/3.11.3`, in backquotes.
fn documented(cases: &[Case]) -> BTreeSet<&str> {
    let quoted = |id: &str| DIFFERENCES.contains(&format!("`{id}`"));
    let ids = cases.iter().map(|case| case.id.as_str());
    ids.filter(|id| quoted(id)).collect()
}

#[test]
fn every_id_in_the_document_is_that_of_a_case() {
    let kinds = [
        "and",
        "calendarinterval",
        "cron",
        "crontab",
        "date",
        "interval",
        "or",
    ];
    let cases = Case::of_kinds(&kinds);
    let ids: BTreeSet<_> = cases.iter().map(|case| case.id.as_str()).collect();
    let quoted = DIFFERENCES.split('`').skip(1).step_by(2);
    let looks_like_an_id = |text: &&str| {
        text.len() >= 5 && text.starts_with('c') && text[1..5].bytes().all(|b| b.is_ascii_digit())
    };
    for id in quoted.filter(looks_like_an_id) {
        assert!(ids.contains(id), "{id}");
    }
}
