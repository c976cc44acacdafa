//! Runs the suite on runtimes that are late at random. A case that does not pass races what it asserts.
//!
//! This is no part of `cargo test`, because it takes minutes. Run it after a change of the cases:
//!
//! ```text
//! cargo test -p conformance-tests --test late -- [CASES] [seeds=FIRST+COUNT] [backend=NAME]
//! ```
//!
//! `CASES` is a filter of the suite, such as `RT,TM-023`. Of eight seeds in a row, each of the first
//! seven delays one kind of step only, and the last one delays several.

#[path = "../backends/mod.rs"]
mod backends;
mod runtime;

use std::{
    env,
    process::ExitCode,
    slice,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use conformance_tests::{Backend, CASES, Case, Filter, Run, Status};

use self::runtime::Late;

/// How many cases run at the same time. They mostly wait.
const AT_A_TIME: usize = 16;

fn main() -> ExitCode {
    if env::args().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    let late = late();
    // In a process that was started for one case, this call runs that case and ends the process.
    let nothing = Run::default().filter("none").on(&late);
    assert!(nothing.backends.is_empty(), "no case has this name");
    let races = run(&late, &filter());
    println!("{races} races");
    ExitCode::from(u8::from(races > 0))
}

/// The value of the argument `name=value`.
fn argument(name: &str) -> Option<String> {
    let value = |argument: String| Some(argument.strip_prefix(name)?.strip_prefix('=')?.to_owned());
    env::args().find_map(value)
}

fn filter() -> Filter {
    let is_list = |argument: &String| !argument.starts_with('-') && !argument.contains('=');
    let list = env::args().skip(1).find(is_list);
    list.map_or_else(Filter::all, |list| Filter::parse(&list))
}

/// The selected backends, once for each seed.
fn late() -> Vec<Arc<dyn Backend>> {
    let seeds = argument("seeds").unwrap_or_else(|| "0+8".into());
    let (first, count) = seeds.split_once('+').unwrap_or((&seeds, "1"));
    let first: u64 = first.parse().expect("the first seed is a number");
    let count: u64 = count.parse().expect("the number of seeds is a number");
    let name = argument("backend");
    let is_selected =
        |sound: &Arc<dyn Backend>| name.as_ref().is_none_or(|name| sound.name() == *name);
    let seeds = first..first.saturating_add(count);
    let with_seed = |seed| {
        let sound = backends::all().into_iter().filter(&is_selected);
        sound.map(move |sound| Arc::new(Late::new(sound, seed)) as Arc<dyn Backend>)
    };
    seeds.flat_map(with_seed).collect()
}

/// Runs the cases, each in a process of its own. Returns how many did not pass.
fn run(backends: &[Arc<dyn Backend>], filter: &Filter) -> usize {
    let selected = CASES.iter().filter(|case| filter.selects(case));
    let pairs = selected.flat_map(|case| backends.iter().map(move |backend| (case, backend)));
    let pairs: Vec<(&Case, &Arc<dyn Backend>)> = pairs.collect();
    let (next, races) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        while let Some((case, backend)) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
            if !passes(case, backend) {
                races.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(work);
        }
    });
    races.into_inner()
}

/// Runs the case, and prints what it observed if it did not pass.
fn passes(case: &Case, backend: &Arc<dyn Backend>) -> bool {
    let run = Run::default().filter(case.name).isolated();
    let report = run.on(slice::from_ref(backend));
    let mut cases = report.backends.iter().flat_map(|backend| &backend.cases);
    cases.all(|case| {
        let is_race = case.status.is_failure() || matches!(case.status, Status::Vacuous(_));
        if is_race {
            let (name, word) = (backend.name(), case.status.word());
            let seen = case.status.message().unwrap_or_default();
            println!("{word} {name} {}/{}\n{seen}", case.rule, case.case);
        }
        !is_race
    })
}
