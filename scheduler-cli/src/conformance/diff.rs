//! Compares two reports or two backends.

use std::{fs, path::Path, process::ExitCode};

use conformance_tests::{
    Change, Report, Saved, compare,
    model::{self, Failure, Side, generate},
};

use super::{Arguments, Format, Stop, backend};
use crate::console::show;

pub(super) fn diff(one: &str, other: &str, arguments: &Arguments) -> Result<ExitCode, Stop> {
    if arguments.format != Format::Matrix {
        return Err("--diff is printed as text only".into());
    }
    match (Path::new(one).is_file(), Path::new(other).is_file()) {
        (true, true) => files(one, other),
        (false, false) => backends(one, other, arguments),
        (true, false) => Err(format!(
            "{one} is a file and {other} is not: name two reports, or two backends"
        )
        .into()),
        (false, true) => Err(format!(
            "{other} is a file and {one} is not: name two reports, or two backends"
        )
        .into()),
    }
}

fn files(one: &str, other: &str) -> Result<ExitCode, Stop> {
    let read = |path: &str| {
        let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
        Saved::parse(&text).map_err(|error| format!("{path}: {error}"))
    };
    let changes = compare(&read(one)?, &read(other)?);
    show(&told(&changes))?;
    Ok(ExitCode::from(u8::from(!changes.is_empty())))
}

/// Runs the cases on both backends, and compares their traces of random scenarios.
fn backends(one: &str, other: &str, arguments: &Arguments) -> Result<ExitCode, Stop> {
    let both = [backend(one)?, backend(other)?];
    arguments.filter()?;
    let report = arguments.run().on(&both);
    let alone = |at: usize| {
        let mut alone: Report = report.clone();
        alone.backends = vec![report.backends[at].clone()];
        Saved::of(&alone).map_err(|error| error.to_string())
    };
    let changes = compare(&alone(0)?, &alone(1)?);
    let failure = first_difference(&both, &report);
    let scenarios = match &failure {
        Some((seed, failure)) => format!("the scenario of seed {seed} differs:\n{failure}"),
        None => format!(
            "the same trace in {} scenarios from seed {} on\n",
            report.scenarios, report.seed
        ),
    };
    show(&(scenarios + &told(&changes)))?;
    let is_different = failure.is_some() || !changes.is_empty();
    Ok(ExitCode::from(u8::from(is_different)))
}

fn first_difference(
    [one, other]: &[std::sync::Arc<dyn conformance_tests::Backend>; 2],
    report: &Report,
) -> Option<(u64, Box<Failure>)> {
    let here = |scenario: &_| model::run(&**one, scenario);
    let there = |scenario: &_| model::run(&**other, scenario);
    let (left, right) = (one.name(), other.name());
    let (left, right) = (Side::new(&left, &here), Side::new(&right, &there));
    let mut seeds = (0..report.scenarios).map(|step| report.seed.wrapping_add(step));
    seeds.find_map(|seed| {
        let failure = model::compare(&left, &right, &generate(seed)).err()?;
        Some((seed, failure))
    })
}

fn told(changes: &[Change]) -> String {
    let lines = changes.iter().map(|change| format!("{change}\n"));
    let lines: String = lines.collect();
    match changes.len() {
        0 => "no difference\n".into(),
        1 => format!("{lines}1 difference\n"),
        count => format!("{lines}{count} differences\n"),
    }
}
