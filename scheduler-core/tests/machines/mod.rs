//! The machines of the engine are on floors, and only the engine itself connects them.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::{
    TESTS, exports, module_of,
    paths::{Segments, stripped},
    paths_of, sources,
};

/// The modules of the engine, from the bottom. Modules of one floor may name each other.
const FLOORS: &[&[&str]] = &[
    &[
        "cx",
        "run_state",
        "occurrence",
        "outbox",
        "queue_number",
        "slab",
        "time",
        "trigger_calls",
    ],
    &["jobs"],
    &["schedules"],
    // Beside the engine, under a lock of its own.
    &["backfill", "desk"],
    &["closing", "deferred_calls", "idle"],
    &["commands", "engine", "getters", "inputs"],
];

/// Types that actions and deferred questions carry to the shell. The lowest floor may name them.
const MESSAGES: &[&str] = &[
    "End",
    "PlanRequest",
    "Retirement",
    "RetryRequest",
    "ScheduleRecord",
    "Unhandled",
];

/// The only files with methods of the engine, in alphabetical order.
const ENGINE: &[&str] = &[
    "commands.rs",
    "getters.rs",
    "inputs/driver.rs",
    "inputs/mod.rs",
    "mod.rs",
];

fn engine() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/engine")
}

/// Returns the sources of the engine by path, without test code.
fn files() -> Vec<(String, String)> {
    let root = engine();
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut named: Vec<_> = files
        .into_iter()
        .filter(|file| !TESTS.iter().any(|end| file.ends_with(end)))
        .map(|file| {
            let text = fs::read_to_string(&file).expect("it can be read");
            let name = file.strip_prefix(&root).expect("it is inside");
            (name.to_string_lossy().into_owned(), stripped(&text))
        })
        .collect();
    named.sort();
    named
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|modules| modules.contains(&module))
}

/// Returns the module of the engine that a path of the crate leads to; `None` if the path leads out
/// of the engine.
fn module_named<'a>(path: &'a Segments, exported: &'a BTreeMap<String, String>) -> Option<&'a str> {
    let [first, second, ..] = &path[..] else {
        return None;
    };
    let module = exported.get(second).unwrap_or(second);
    // What the engine's own file defines is on the highest floor.
    let module = floor(module).map_or("engine", |_| module.as_str());
    (first == "engine").then_some(module)
}

#[test]
fn no_machine_names_one_of_a_higher_floor() {
    let root = fs::read_to_string(engine().join("mod.rs")).expect("it can be read");
    let exported = exports(&stripped(&root));
    let (mut up, mut count) = (Vec::new(), 0);
    for (name, code) in files() {
        let mut module = vec!["engine".to_owned()];
        module.extend(module_of(Path::new(&name)));
        let own = module.get(1).map_or("engine", String::as_str);
        let own = floor(own).unwrap_or_else(|| panic!("{name} is on no floor of `FLOORS`"));
        for path in paths_of(&code, &module) {
            let Some(other) = module_named(&path, &exported) else {
                continue;
            };
            count += 1;
            let is_message = path
                .last()
                .is_some_and(|it| MESSAGES.contains(&it.as_str()));
            let is_lower = floor(other).is_some_and(|other| other <= own);
            let may_name = is_lower || own == 0 && is_message;
            if !may_name {
                up.push(format!("{name} names {}", path.join("::")));
            }
        }
    }
    assert!(count > 200, "only {count} paths were found");
    assert!(up.is_empty(), "from a lower floor up:\n{}", up.join("\n"));
}

#[test]
fn the_engine_itself_only_routes() {
    let has_methods = |code: &str| code.lines().any(|line| line.starts_with("impl Engine"));
    let files = files();
    let found: Vec<_> = files
        .iter()
        .filter(|(_, code)| has_methods(code))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(found, ENGINE, "files with methods of the engine");
}

/// Inside the engine a time is a `UnixTime` or a number of nanoseconds. Dates of users are converted where they
/// enter and leave.
#[test]
fn no_machine_calculates_with_dates() {
    let names_dates = |code: &str| {
        let mut names = ["chrono", "DateTime", "TimeDelta"].iter();
        names.any(|name| code.contains(name))
    };
    let edge = fs::read_to_string(engine().join("../base/unix_time.rs"));
    let edge = stripped(&edge.expect("it can be read"));
    assert!(names_dates(&edge), "the reader finds dates where they are");
    let files = files();
    let found = files.iter().filter(|(_, code)| names_dates(code));
    let found: Vec<_> = found.map(|(name, _)| name.as_str()).collect();
    assert!(found.is_empty(), "files that name a date: {found:?}");
}
