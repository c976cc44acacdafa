//! Running a case, on a thread of its own under a watchdog: a hang costs one case.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread,
};

use scheduler_core::text::visible;

use crate::{
    Backend, CASES, Case, Expectations, Status,
    case::Inconclusive,
    draw::Draw,
    gate,
    isolated::{self, Again},
    limits, rule, story,
};

/// Runs one case: in a process of its own, if it has to be.
pub fn run_case(case: Case, backend: &Arc<dyn Backend>) -> Status {
    let again = case.isolated.then_some(Again::Same);
    run_as(case, backend, again, Draw::default())
}

/// In a process of its own, if it is told how to start one.
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
        return Status::Fail(format!("no thread could be had to run it: {error}"));
    }
    let status = ended.recv_timeout(limits::watchdog());
    status.unwrap_or(Status::Hang)
}

/// Unless what it is about never came about.
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

/// How many bytes of a panic's message are kept: reports are to be read.
const MOST: usize = 16 * 1024;

fn bounded(mut text: String) -> String {
    let left = text.len().saturating_sub(MOST);
    if left > 0 {
        text.truncate(text.floor_char_boundary(MOST));
        text.push_str(&format!("… and {left} bytes more"));
    }
    text
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked without a message").to_owned()
}

/// Runs the case of that name as a test: panics with the rule and what was seen if it is broken.
///
/// It runs in a process of its own: whatever ends that, even as if all were well, costs one case.
///
/// `path` is where the test stands, crate first. What `known`, the `conformance.toml` of its package,
/// expects is taken into account: [`conformance_suite`](crate::conformance_suite) has the path of it
/// compiled in, so that the environment of a run chooses no other. The standard harness cannot show that a test was skipped, or failed as
/// expected: it says so on standard error, and passes. The verdict of record is that of
/// [`Run`](crate::Run).
///
/// # Panics
///
/// If the rule is broken, if the case did not come to what it is about, if there is no such case, or
/// if `conformance.toml` is wrong.
pub fn check(name: &str, path: &str, known: &str, backend: impl Backend) {
    let backend: Arc<dyn Backend> = Arc::new(backend);
    let case = CASES.iter().find(|case| case.name == name);
    let case = *case.expect("the macro lists existing cases only");
    isolated::serve(case, &backend);
    let (_crate, test) = path.split_once("::").unwrap_or(("", path));
    let known = Expectations::read(known.as_ref()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let excused = known.to_string();
    let run = || run_as(case, &backend, Some(Again::Test(test)), Draw::default());
    let status = known.judge(case, &backend.name(), run);
    let rule = rule(case.rule);
    match status {
        Status::Pass => {}
        broken if broken.is_failure() || matches!(broken, Status::Vacuous(_)) => panic!(
            "{} {} {}: {}\n{}",
            broken.word(),
            rule.id,
            rule.level.name(),
            rule.text,
            shown(broken.message().unwrap_or_default())
        ),
        unproved => {
            let reason = visible(unproved.message().unwrap_or_default());
            eprintln!("not proved, {}/{name}: {reason} ({excused})", rule.id);
        }
    }
}

/// A text of lines, none of which a terminal obeys.
fn shown(text: &str) -> String {
    let lines = text.lines().map(|line| visible(line).to_string());
    lines.collect::<Vec<_>>().join("\n")
}
