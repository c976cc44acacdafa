//! Tests the suite: a sound backend fails no case, and the cases detect every mutant of it.
//!
//! This test has no standard harness, because some cases start the program again. Numbers among its arguments
//! select the mutants to test.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use backend_thread::ThreadRuntime;
use conformance_tests::{
    Backend, backend,
    mutants::{
        Kill, kill_table, put_fields_to_the_test, put_numbers_to_the_test, put_to_the_test,
        unproven,
    },
    run_all,
};

fn main() -> ExitCode {
    if env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    // Silence panics: the cases make jobs panic on purpose.
    std::panic::set_hook(Box::new(|_| {}));
    let sound: Arc<dyn Backend> = Arc::new(backend(ThreadRuntime::new));
    let numbers: Vec<u16> = env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    if !numbers.is_empty() {
        return only(&numbers, &sound);
    }
    let mut kills = put_to_the_test(&sound);
    // A document that is being rewritten says nothing about these results.
    if env::var_os("UPDATE_SPEC").is_none() {
        kills.iter_mut().for_each(|kill| look_again(kill, &sound));
    }
    kills.iter().for_each(tell);
    let fields = put_fields_to_the_test(&sound);
    let complaints = [
        survivors(&kills),
        fields.complaints(),
        unsound(&sound),
        outdated(&(kill_table(&kills) + &fields.section())),
    ];
    let complaints: Vec<_> = complaints.into_iter().flatten().collect();
    for complaint in &complaints {
        println!("{complaint}");
    }
    for rule in unproven() {
        println!("unproven, broken by no mutant: {} {}", rule.id, rule.text);
    }
    let (noticed, unnoticed) = (fields.noticed.len(), fields.unnoticed.len());
    println!(
        "{} flaws of fields tested, {noticed} noticed",
        noticed + unnoticed
    );
    println!(
        "{} mutants tested, {} complaints",
        kills.len(),
        complaints.len()
    );
    ExitCode::from(u8::from(!complaints.is_empty()))
}

/// Tests only the mutants with these numbers, and prints what detected them.
fn only(numbers: &[u16], sound: &Arc<dyn Backend>) -> ExitCode {
    let kills = put_numbers_to_the_test(sound, numbers);
    kills.iter().for_each(|kill| println!("{}", kill.line()));
    let is_unknown = |number: &&u16| kills.iter().all(|kill| kill.mutant.id != **number);
    let unknown = numbers.iter().filter(is_unknown);
    let mut complaints = survivors(&kills);
    complaints.extend(unknown.map(|number| format!("there is no mutant {number}")));
    complaints
        .iter()
        .for_each(|complaint| println!("{complaint}"));
    ExitCode::from(u8::from(!complaints.is_empty()))
}

/// Repeats a result that differs from the document, because a case may have run out of time. A mutant
/// that is no longer detected is not repeated: there the suite has become weaker.
fn look_again(kill: &mut Kill, sound: &Arc<dyn Backend>) {
    let (line, document) = (kill.line(), document());
    if document.contains(&line) {
        return;
    }
    let cases = format!(
        "| {:02} | {} | {} |",
        kill.mutant.id, kill.mutant.flaw, kill.rule
    );
    let known = document.lines().find(|known| known.starts_with(&cases));
    let is_known = |case: &str| known.is_some_and(|known| known.contains(case));
    if kill.noticed.iter().any(|(case, _)| !is_known(case)) {
        println!("repeated with more time: {line}");
        *kill = kill.unhurried(sound);
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/internals/mutants.md")
}

fn document() -> String {
    fs::read_to_string(path()).unwrap_or_default()
}

fn tell(kill: &Kill) {
    if env::args().any(|argument| argument == "--nocapture") {
        println!("{:?} against {}", kill.mutant, kill.rule);
        for (case, status) in &kill.noticed {
            let seen = status.message().unwrap_or_default();
            let seen = seen.lines().take(3).collect::<Vec<_>>().join(" / ");
            println!("    {} {case}: {seen}", status.word());
        }
    }
}

fn survivors(kills: &[Kill]) -> Vec<String> {
    let alive = kills.iter().filter(|kill| kill.noticed.is_empty());
    alive
        .map(|kill| format!("{:?}: no case of {} detects it", kill.mutant, kill.rule))
        .collect()
}

fn unsound(sound: &Arc<dyn Backend>) -> Vec<String> {
    let report = run_all(std::slice::from_ref(sound), None);
    match report.exit_code() {
        0 => Vec::new(),
        _ => vec![report.matrix()],
    }
}

/// Compares the document with `wanted`, or rewrites it if `UPDATE_SPEC` is set.
fn outdated(wanted: &str) -> Vec<String> {
    if env::var_os("UPDATE_SPEC").is_some() {
        fs::write(path(), wanted).expect("the document can be written");
    }
    let found = document();
    let new = wanted.lines().filter(|line| !found.contains(line));
    let old = found.lines().filter(|line| !wanted.contains(line));
    new.map(|line| format!("docs/internals/mutants.md lacks: {line}"))
        .chain(old.map(|line| format!("docs/internals/mutants.md has: {line}")))
        .collect()
}
