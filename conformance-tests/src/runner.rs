//! Runs each case on its own thread under a watchdog, so that a hang costs only that case.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread,
};

use scheduler_core::text::visible;

use crate::{
    Backend, CASES, Case, Expectations, Rule, Status,
    case::Inconclusive,
    draw::Draw,
    gate,
    isolated::{self, Again},
    limits, rule,
    spec::{causes, explain_hint},
    story,
};

/// Runs one case, in its own process if it requires one.
pub fn run_case(case: Case, backend: &Arc<dyn Backend>) -> Status {
    let again = case.isolated.then_some(Again::Same);
    run_as(case, backend, again, Draw::default())
}

/// Runs one case, in its own process if `again` is given.
pub(crate) fn run_as(
    case: Case,
    backend: &Arc<dyn Backend>,
    again: Option<Again<'_>>,
    draw: Draw,
) -> Status {
    let missing = case.needs.and_then(|need| need.missing(&**backend));
    match (missing, again) {
        (Some(reason), _) => Status::Skip(reason.into()),
        (None, Some(again)) => isolated::run(case, &**backend, again, draw),
        (None, None) => run_here(case, backend, draw),
    }
}

/// Runs one case in this process.
pub(crate) fn run_here(case: Case, backend: &Arc<dyn Backend>, draw: Draw) -> Status {
    let (done, ended) = mpsc::channel();
    let backend = backend.clone();
    let run = move || {
        draw.enter();
        let answer = catch_unwind(AssertUnwindSafe(|| (case.run)(&*backend)));
        drop(done.send(answer.map_or_else(|payload| failed(&*payload), |()| passed())));
    };
    if let Err(error) = thread::Builder::new().name(case.name.into()).spawn(run) {
        return Status::Fail(format!("the thread for the case did not start: {error}"));
    }
    let status = ended.recv_timeout(limits::watchdog());
    status.unwrap_or(Status::Hang)
}

/// Returns the status of a case that did not panic: `Pass`, or `Vacuous` if a mark was not reached.
fn passed() -> Status {
    gate::unreached().map_or(Status::Pass, Status::Vacuous)
}

fn failed(payload: &(dyn Any + Send)) -> Status {
    match payload.downcast_ref::<Inconclusive>() {
        Some(Inconclusive::Vacuous(why)) => Status::Vacuous(why.clone()),
        Some(Inconclusive::Unknown(why)) => Status::Unknown(why.clone()),
        None => {
            let (text, story) = (text(payload), story::take());
            let end = if story.is_empty() { "" } else { "\n" };
            Status::Fail(format!("{}{end}{story}", bounded(text)))
        }
    }
}

/// The number of bytes kept from a panic message, so that reports remain readable.
const MOST: usize = 16 * 1024;

fn bounded(mut text: String) -> String {
    let left = text.len().saturating_sub(MOST);
    if left > 0 {
        let end = (0..=MOST).rev().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
        text.push_str(&format!("… and {left} bytes more"));
    }
    text
}

pub(crate) fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked without a message").to_owned()
}

/// Runs the case called `name` as a test. Panics with the rule and the observation if the rule is
/// broken.
///
/// The case runs in its own process, so that an abort or an exit costs only this case.
///
/// `path` is the path of the test, beginning with its crate. `known` is the `conformance.toml` of
/// its package; [`conformance_suite`](crate::conformance_suite) fixes its path at compile time, so
/// that the environment cannot select another file. The standard harness cannot report a test as
/// skipped or as an expected failure. In both cases this function prints the reason to standard
/// error, and the test passes. The authoritative verdict is that of [`Run`](crate::Run).
///
/// # Panics
///
/// If the rule is broken, the situation under test never occurred, `name` is unknown, or
/// `conformance.toml` is invalid.
pub fn check(name: &str, path: &str, known: &str, backend: impl Backend) {
    let backend: Arc<dyn Backend> = Arc::new(backend);
    let case = CASES.iter().find(|case| case.name == name);
    let case = *case.expect("the macro lists existing cases only");
    isolated::serve(case, &backend);
    let (_crate, test) = path.split_once("::").unwrap_or(("", path));
    let known = Expectations::read(known.as_ref()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let excused = known.to_string();
    let draw = Draw::of_tests();
    if case.seeded {
        println!(
            "{name}: scenarios from seed {}, for {:?}",
            draw.seed, draw.time
        );
    }
    let run = || run_as(case, &backend, Some(Again::Test(test)), draw);
    let status = known.judge(case, &backend.name(), run);
    let rule = rule(case.rule);
    match status {
        Status::Pass => {}
        broken if broken.is_failure() || matches!(broken, Status::Vacuous(_)) => panic!(
            "{} {} {}: {}\n{}\n{}",
            broken.word(),
            rule.id,
            rule.level.name(),
            rule.text,
            shown(broken.message().unwrap_or_default()),
            remedy(rule)
        ),
        unproved => {
            let reason = visible(unproved.message().unwrap_or_default());
            eprintln!("not proved, {}/{name}: {reason} ({excused})", rule.id);
        }
    }
}

/// Returns what helps to understand a failure: the reason for the rule, flaws that break it, and where
/// to read more.
fn remedy(rule: &Rule) -> String {
    let mut text = format!("why: {}\n", rule.intent);
    for cause in causes(rule).lines() {
        text += &format!("possible cause: {cause}\n");
    }
    text + "more: " + &explain_hint(rule)
}

/// Returns the text with its line breaks, and with other control characters escaped for a terminal.
fn shown(text: &str) -> String {
    let lines = text.lines().map(|line| visible(line).to_string());
    lines.collect::<Vec<_>>().join("\n")
}
