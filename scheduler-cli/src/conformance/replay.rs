//! Repeats failed cases.

use std::{fmt::Write as _, fs, path::Path, process::ExitCode};

use conformance_tests::{
    Replay, Report, Saved, Status,
    model::{Scenario, Verdict, check, judge, run, to_ndjson},
};
use serde_json::Value;

use super::{Arguments, Stop, backend};
use crate::console::show;

pub(super) fn replay(what: &str, arguments: &Arguments) -> Result<ExitCode, Stop> {
    if !Path::new(what).exists() {
        let line = what.parse::<Replay>();
        return cases(&[line.map_err(|wrong| no_line(what, wrong))?], arguments);
    }
    let text = fs::read_to_string(what).map_err(|error| format!("{what}: {error}"))?;
    match serde_json::from_str::<Value>(&text) {
        Ok(json) if json.get("commands").is_some() => scenario(what, &text, arguments),
        Ok(_) => {
            let report = Saved::parse(&text).map_err(|error| format!("{what}: {error}"))?;
            lines(what, &report.failed(), arguments)
        }
        // A line begins with the name of a backend.
        Err(error) if text.trim_start().starts_with(['{', '[']) => {
            Err(format!("{what}: {error}").into())
        }
        Err(_) => {
            let wanted = |line: &&str| !line.is_empty() && !line.starts_with('#');
            let all = text.lines().map(str::trim).filter(wanted);
            let all: Vec<_> = all.map(without_program).collect();
            lines(what, &all, arguments)
        }
    }
}

/// Returns the error for an argument that is neither a replay line nor a file.
fn no_line(what: &str, wrong: String) -> Stop {
    let is_line = what.split('/').count() == 3 && !what.ends_with(".json");
    match is_line {
        true => wrong.into(),
        false => format!("there is no file {what:?}, and {wrong}").into(),
    }
}

/// Removes the command in front of a replay line, as reports print it.
fn without_program(line: &str) -> String {
    let line = line.split_once("--replay ").map_or(line, |(_, line)| line);
    line.to_owned()
}

fn lines(file: &str, lines: &[String], arguments: &Arguments) -> Result<ExitCode, Stop> {
    let replays: Result<Vec<Replay>, _> = lines.iter().map(|line| line.parse()).collect();
    match replays.map_err(|error| format!("{file}: {error}"))? {
        none if none.is_empty() => {
            Err(format!("{file}: the report has no failed case to repeat").into())
        }
        replays => cases(&replays, arguments),
    }
}

fn cases(replays: &[Replay], arguments: &Arguments) -> Result<ExitCode, Stop> {
    let found = replays
        .iter()
        .map(|replay| Ok((replay, backend(&replay.backend)?)));
    let found: Vec<_> = found.collect::<Result<_, Stop>>()?;
    let runs = found
        .into_iter()
        .map(|(replay, backend)| arguments.run().replaying(replay).on(&[backend]));
    let runs: Vec<Report> = runs.collect();
    let statuses: Vec<&Status> = runs
        .iter()
        .flat_map(|report| &report.backends)
        .flat_map(|backend| &backend.cases)
        .map(|case| &case.status)
        .collect();
    runs.iter().try_for_each(|report| show(&told(report)))?;
    let count =
        |wanted: fn(&Status) -> bool| statuses.iter().filter(|status| wanted(status)).count();
    let (passed, failed) = (
        count(|status| *status == Status::Pass),
        count(Status::is_failure),
    );
    close(passed, failed, statuses.len() - passed - failed)
}

/// Prints the summary, and returns the exit code.
fn close(passed: usize, failed: usize, skipped: usize) -> Result<ExitCode, Stop> {
    show(&format!(
        "{passed} passed, {failed} failed, {skipped} skipped\n"
    ))?;
    Ok(ExitCode::from(match (failed, skipped) {
        (0, 0) => 0,
        (0, _) => 3,
        _ => 1,
    }))
}

/// Returns the result of one case and its remark, to be printed.
fn told(report: &Report) -> String {
    let mut out = String::new();
    for backend in &report.backends {
        for case in &backend.cases {
            let (word, seconds) = (case.status.word(), case.took.as_secs_f64());
            let _ = writeln!(
                out,
                "{word} {}/{} on {} ({seconds:.2} s)",
                case.rule, case.case, backend.name
            );
            for line in case.status.message().unwrap_or_default().lines() {
                let _ = writeln!(out, "  {line}");
            }
        }
    }
    out
}

/// Runs a scenario on every backend, and prints its traces, the model's verdict and differences.
fn scenario(file: &str, text: &str, arguments: &Arguments) -> Result<ExitCode, Stop> {
    let scenario = Scenario::from_json(text).map_err(|error| format!("{file}: {error}"))?;
    let backends = arguments.backends()?;
    let traces: Vec<_> = backends.iter().map(|one| run(&**one, &scenario)).collect();
    let mut out = String::new();
    if let (Some(first), Some(trace)) = (backends.first(), traces.first()) {
        let _ = writeln!(out, "trace on {}:\n{}", first.name(), to_ndjson(trace));
    }
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (backend, trace) in backends.iter().zip(&traces) {
        let verdict = judge(&scenario, trace).verdict;
        let (count, says) = match verdict {
            Verdict::Accepted => (&mut passed, "the model accepts it".to_owned()),
            Verdict::Rejected(rejection) => (&mut failed, rejection.to_string()),
            Verdict::Unknown(why) => (&mut skipped, format!("the model cannot tell: {why}")),
        };
        *count += 1;
        let _ = writeln!(out, "{}: {}", backend.name(), says.trim_end());
    }
    let differ = traces.windows(2).any(|pair| pair[0] != pair[1]);
    if failed + skipped == 0
        && differ
        && let Some(failure) = check(&backends, &scenario)
    {
        failed += 1;
        let _ = writeln!(out, "\nthe backends differ:\n{failure}");
    }
    show(&out)?;
    close(passed, failed, skipped)
}
