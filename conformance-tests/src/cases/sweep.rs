//! Cases of TBL: every public method in every state, from every place, by every way to call it.

mod rows;
mod stand;

use std::collections::BTreeMap;

use scheduler_core::State;

use self::{
    rows::{Kind, ROWS, Row},
    stand::{Call, Place, replies, replies_without_scheduler},
};
use crate::Backend;

/// The result of each row: a line for each method. The section `Thread` has a column for each state;
/// those of the other places have the results that differ there, when running, paused and shutting
/// down.
const WANTED: &str = include_str!("sweep/sweep.txt");

pub(super) fn every_method_in_every_state(backend: &dyn Backend) {
    compare(backend, Place::Thread);
}

pub(super) fn every_method_inside_a_job(backend: &dyn Backend) {
    compare(backend, Place::Job);
}

pub(super) fn every_method_inside_a_blocking_job(backend: &dyn Backend) {
    compare(backend, Place::BlockingJob);
}

pub(super) fn every_method_inside_a_listener(backend: &dyn Backend) {
    compare(backend, Place::Listener);
}

pub(super) fn every_method_inside_an_error_handler(backend: &dyn Backend) {
    compare(backend, Place::ErrorHandler);
}

pub(super) fn every_method_of_handles_to_a_dropped_scheduler(backend: &dyn Backend) {
    let rows = || {
        ROWS.iter()
            .filter(|row| matches!(row.kind, Kind::Outlives | Kind::ChangesByHandle))
    };
    let calls: Vec<Call> = rows().map(|row| Box::new(row.call) as Call).collect();
    let found = replies_without_scheduler(backend, &calls);
    let wanted = section("Dropped");
    for (row, found) in rows().zip(found) {
        assert_eq!(
            Some(&vec![&*found]),
            wanted.get(row.method),
            "{}",
            row.method
        );
    }
}

fn compare(backend: &dyn Backend, place: Place) {
    let rows: Vec<&Row> = ROWS
        .iter()
        .filter(|row| can_be_called(row.kind, place))
        .collect();
    let columns = place
        .states()
        .iter()
        .map(|state| column(backend, &rows, *state, place));
    let columns: Vec<_> = columns.collect();
    for (number, row) in rows.iter().enumerate() {
        let found: Vec<_> = columns
            .iter()
            .map(|column| column[number].as_str())
            .collect();
        let wanted = wanted(row.method, place);
        assert_eq!(
            found,
            wanted,
            "{}, {place:?}, in {:?}",
            row.method,
            place.states()
        );
    }
}

/// Returns the results of a method in each state in which code at the place can run.
fn wanted(method: &str, place: Place) -> Vec<&'static str> {
    if let Some(cells) = section(&format!("{place:?}")).remove(method) {
        return cells;
    }
    let cells = section("Thread").remove(method).unwrap_or_default();
    let states = State::ALL.iter().zip(cells);
    let states = states.filter(|(state, _)| place.states().contains(state));
    states.map(|(_, cell)| cell).collect()
}

/// Reads a section of the table. Two spaces or more end a cell.
fn section(name: &str) -> BTreeMap<&'static str, Vec<&'static str>> {
    let head = format!("== {name}");
    let lines = WANTED.lines().skip_while(|line| *line != head).skip(1);
    let lines = lines.take_while(|line| !line.starts_with("=="));
    let cells = |line: &'static str| {
        let mut cells = line
            .split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty());
        Some((cells.next()?, cells.collect()))
    };
    lines.filter_map(cells).collect()
}

/// A call that blocks its thread is made only where that is refused.
fn can_be_called(kind: Kind, place: Place) -> bool {
    kind != Kind::Blocks || place == Place::Job
}

/// Makes the calls of all rows in one state. Those that change nothing share a scheduler.
fn column(backend: &dyn Backend, rows: &[&Row], state: State, place: Place) -> Vec<String> {
    let shares = |row: &&&Row| matches!(row.kind, Kind::Reads | Kind::Outlives);
    let shared: Vec<Call> = rows
        .iter()
        .filter(shares)
        .map(|row| Box::new(row.call) as Call)
        .collect();
    let mut shared = replies(backend, state, place, shared).into_iter();
    let cells = rows.iter().map(|row| {
        let reply = match shares(&row) {
            true => shared.next(),
            false => replies(backend, state, place, vec![Box::new(row.call)]).pop(),
        };
        reply.unwrap_or_else(|| "no reply".to_owned())
    });
    cells.collect()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::{ROWS, section};

    /// The sources of the public types whose methods the table has.
    const SOURCES: &[(&str, &str)] = &[
        ("Scheduler", "contract/scheduler.rs"),
        ("SchedulerExt", "api/scheduler_ext.rs"),
        ("Blocking", "api/blocking.rs"),
        ("JobScope", "api/scope.rs"),
        ("JobHandle", "job/handle.rs"),
        ("JobHandle", "job/handle/wait.rs"),
        ("ScheduleHandle", "schedule/handle.rs"),
        ("BackfillHandle", "backfill/handle.rs"),
        ("EventStream", "event/channel.rs"),
        ("QueueHandle", "queue/handle.rs"),
    ];

    /// Constructors: those of handles are for other implementations.
    const CONSTRUCTORS: [&str; 5] = [
        "JobHandle::new",
        "ScheduleHandle::new",
        "BackfillHandle::new",
        "Blocking::new",
        "QueueHandle::new",
    ];

    /// Returns the public methods in the source: those of the trait, or in inherent blocks.
    fn methods(of: &str, source: &str) -> BTreeSet<String> {
        let (mut names, mut is_inside, mut prefix) = (BTreeSet::new(), false, "pub ");
        for line in source.lines() {
            if !line.is_empty() && !line.starts_with([' ', '}', '#', '/']) {
                let is_trait = line.starts_with(&format!("pub trait {of}:"));
                let block = line.trim_start_matches("impl").split(" for ").next();
                let is_inherent = line.starts_with("impl")
                    && !line.contains(" for ")
                    && block.is_some_and(|block| block.contains(of));
                is_inside = is_trait || is_inherent;
                prefix = if is_trait { "" } else { "pub " };
            }
            let Some(line) = line.strip_prefix("    ") else {
                continue;
            };
            let Some(line) = line.strip_prefix(prefix) else {
                continue;
            };
            let line = line
                .trim_start_matches("const ")
                .trim_start_matches("async ");
            if let (true, Some(line)) = (is_inside, line.strip_prefix("fn ")) {
                let end = line.find(['(', '<']).expect("parameters");
                names.insert(format!("{of}::{}", &line[..end]));
            }
        }
        names
    }

    #[test]
    fn the_table_has_every_public_method() {
        let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scheduler-core/src");
        let mut found = BTreeSet::new();
        for (of, path) in SOURCES {
            let source = fs::read_to_string(core.join(path)).expect("a source of the core");
            let methods = methods(of, &source);
            assert!(methods.len() > 1, "{path}: {methods:?}");
            found.extend(methods);
        }
        let method = |name: &'static str| name.split(',').next().unwrap_or(name).to_owned();
        let mut listed: BTreeSet<_> = ROWS.iter().map(|row| method(row.method)).collect();
        listed.extend(CONSTRUCTORS.map(str::to_owned));
        found.insert("JobHandle::into_future".to_owned());
        assert_eq!(found, listed);
    }

    #[test]
    fn every_row_has_results_and_every_result_a_row() {
        let rows: BTreeSet<_> = ROWS.iter().map(|row| row.method).collect();
        assert_eq!(rows.len(), ROWS.len());
        let mut results: BTreeSet<_> = section("Thread").into_keys().collect();
        results.extend(section("Job").into_keys());
        assert_eq!(rows, results);
    }
}
