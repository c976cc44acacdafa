//! Proves every runtime, each in a process of its own.

use std::{
    env, io,
    process::{Command, ExitCode, Output},
    sync::{Mutex, PoisonError},
    thread,
    time::Instant,
};

use crate::{runtimes, table};

/// How many runtimes are proved at the same time. A proof mostly waits.
const AT_ONCE: usize = 3;

/// Prints the verdict on each runtime, and the whole report if it is not the one in the README.
///
/// # Errors
///
/// A text, if the table cannot be read.
pub(crate) fn prove_all() -> Result<ExitCode, String> {
    let rows = table::rows()?;
    let names: Vec<String> = runtimes::all()
        .iter()
        .map(|runtime| runtime.name())
        .collect();
    let listed: Vec<&String> = rows.iter().map(|row| &row.name).collect();
    if listed != names.iter().collect::<Vec<_>>() {
        return Err(format!(
            "the README lists {listed:?}, the gallery has {names:?}"
        ));
    }
    let left = Mutex::new(rows.iter());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let prove_some = || {
        let mut as_listed = true;
        while let Some(row) = next() {
            as_listed &= is_as_listed(row);
        }
        as_listed
    };
    let as_listed = thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(prove_some)).collect();
        let ended = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(false));
        ended.fold(true, |all, one| all & one)
    });
    Ok(ExitCode::from(u8::from(!as_listed)))
}

/// Returns whether a runtime has the verdict of its row.
fn is_as_listed(row: &table::Row) -> bool {
    let begun = Instant::now();
    if let Some(why) = runtimes::obstacle(&row.name) {
        println!("{}: NOT RUN on this machine: {why}", row.name);
        return true;
    }
    let output = match report_on(&row.name) {
        Ok(output) => output,
        Err(error) => {
            println!("{}: not started: {error}", row.name);
            return false;
        }
    };
    let report = String::from_utf8_lossy(&output.stdout);
    let start = format!("{}: ", row.name);
    let verdict = report.lines().find_map(|line| line.strip_prefix(&start));
    let has_failed = !matches!(output.status.code(), Some(0 | 3));
    if !has_failed && verdict == Some(&row.verdict) {
        println!("{start}{}, in {} s", row.verdict, begun.elapsed().as_secs());
        return true;
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    println!(
        "{start}not as the README says: {}\n{report}{errors}",
        row.verdict
    );
    false
}

fn report_on(name: &str) -> io::Result<Output> {
    Command::new(env::current_exe()?).arg(name).output()
}
