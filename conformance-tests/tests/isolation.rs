//! A backend that damages its process fails one case, and corrupts no report.
//!
//! This test has no standard harness, because the cases start the program again.

use std::{
    env,
    io::{Write, stdout},
    process::{self, ExitCode},
    sync::Arc,
    thread,
};

use backend_thread::ThreadRuntime;
use conformance_tests::{Backend, Harness, Report, Run, backend};

/// A *vandal*: a backend that harms its process in one case, and is sound in all others.
struct Vandal<B> {
    sound: B,
    name: &'static str,
    act: fn(),
}

/// The case in which the vandal acts.
const SPOILT: &str = "the_end_is_final";

impl<B: Backend> Backend for Vandal<B> {
    fn name(&self) -> String {
        self.name.into()
    }

    fn harness(&self) -> Harness {
        if thread::current().name() == Some(SPOILT) {
            (self.act)();
        }
        self.sound.harness()
    }
}

fn vandal(name: &'static str, act: fn()) -> Arc<dyn Backend> {
    let sound = backend(ThreadRuntime::new);
    Arc::new(Vandal { sound, name, act })
}

fn scribble() {
    let mut out = stdout().lock();
    for _ in 0..8 {
        drop(out.write_all(&vec![0xff; 1024 * 1024]));
    }
    drop(out.write_all(b"conformance-answer: [\"FAIL\", \"no\"] and no end of line"));
}

/// A thread of the backend panics, and the case can only observe that its wait times out.
fn worker() {
    let worker = thread::Builder::new().name("a worker".into());
    let worker = worker.spawn(|| panic!("the worker is gone"));
    let ended = worker.expect("a thread").join();
    assert!(ended.is_ok(), "nothing came");
}

/// The number of cases that run against each vandal.
const CASES: usize = 5;

/// The name of a vandal, its action, and the expected status and message of the case.
type Act = (&'static str, fn(), &'static str, &'static str);

const ACTS: [Act; 6] = [
    ("abort", || process::abort(), "CRASH", "signal: 6"),
    ("exit", || process::exit(0), "CRASH", "exit status: 0"),
    ("scribble", scribble, "pass", ""),
    (
        "shout",
        || panic!("{}<script>\u{1b}", "x".repeat(1024 * 1024)),
        "FAIL",
        "bytes more",
    ),
    ("worker", worker, "FAIL", "thread 'a worker' panicked at "),
    ("mutter", || panic!("]]>\u{0}<script>\u{1b}"), "FAIL", "]]>"),
];

fn main() -> ExitCode {
    if env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    std::panic::set_hook(Box::new(|_| {}));
    let vandals: Vec<_> = ACTS.map(|(name, act, ..)| vandal(name, act)).into();
    let run = Run::default().filter("LC-002,LC-006,LC-019").isolated();
    let report = run.on(&vandals);
    let complaints = [of_cases(&report), of_formats(&report)].concat();
    complaints.iter().for_each(|wrong| println!("{wrong}"));
    println!("{} vandals, {} complaints", ACTS.len(), complaints.len());
    ExitCode::from(u8::from(!complaints.is_empty()))
}

fn of_cases(report: &Report) -> Vec<String> {
    let mut complaints = Vec::new();
    for (backend, (_, _, word, part)) in report.backends.iter().zip(ACTS) {
        for case in &backend.cases {
            let seen = case.status.message().unwrap_or_default();
            let (word, part) = match case.case {
                SPOILT => (word, part),
                _ => ("pass", ""),
            };
            if case.status.word() != word || !seen.contains(part) || seen.len() > 32 * 1024 {
                let (name, case) = (&backend.name, case.case);
                complaints.push(format!("{name}, {case}: {:.200}", format!("{seen:?}")));
            }
        }
    }
    let cases: usize = report.backends.iter().map(|one| one.cases.len()).sum();
    if cases != CASES * ACTS.len() || report.exit_code() != 1 {
        complaints.push(format!("{cases} cases, exit code {}", report.exit_code()));
    }
    complaints
}

/// Checks that each report format escapes the output of a vandal.
fn of_formats(report: &Report) -> Vec<String> {
    let formats = [
        report.matrix(),
        report.junit(),
        report.html(),
        report.json_text(),
    ];
    let spoils = |text: &&String| text.contains(['\0', '\u{1b}']);
    let spoilt = formats.iter().filter(spoils);
    spoilt.map(|text| format!("{text:.400}")).collect()
}
