//! Compares the counts of this run with the recorded ones.

use std::process::{Command, ExitCode};

use crate::{
    counts::{Cost, Recorded},
    measure::cost,
    paths::{PATHS, Path},
};

/// The number of additional instructions that a cheap operation may count, whatever the tolerance:
/// the fixed part of a run, divided by its operations.
const GRACE_INSTRUCTIONS: f64 = 5.0;

/// The additional allocations that an operation may count, for tables that happen to grow.
const GRACE_ALLOCATIONS: f64 = 0.02;

fn selected(only: &str) -> impl Iterator<Item = &'static Path> {
    PATHS.iter().filter(move |path| path.name.contains(only))
}

/// Compares each path with its record. Fails if one costs more. Reports one that costs less, so
/// that the record can be lowered.
pub fn compare(only: &str) -> Result<ExitCode, String> {
    let recorded = Recorded::read()?;
    note_compiler(&recorded.rustc);
    let (mut passed, mut failed) = (0, 0);
    println!(
        "{:<28} {:>12} {:>12} {:>8} {:>7} {:>7}",
        "path", "instructions", "recorded", "change", "allocs", "recorded"
    );
    for path in selected(only) {
        let now = cost(path)?;
        let Some(before) = recorded.paths.get(path.name) else {
            println!("{:<28} {:>12} {:>12}", path.name, now.instructions, "none");
            failed += 1;
            continue;
        };
        let verdict = judge(now, *before, recorded.tolerance);
        println!(
            "{:<28} {:>12.0} {:>12.0} {:>+7.1}% {:>7.2} {:>7.2}  {}",
            path.name,
            now.instructions,
            before.instructions,
            change(now, *before),
            now.allocations,
            before.allocations,
            verdict.text(),
        );
        if verdict == Verdict::Dearer {
            failed += 1
        } else {
            passed += 1
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed > 0 {
        println!(
            "a path that has to cost more is recorded with --update, in a commit that says why"
        );
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Records the current costs of the selected paths.
pub fn update(only: &str) -> Result<ExitCode, String> {
    let mut recorded = Recorded::read().or_else(|problem| match only {
        "" => Ok(Recorded {
            tolerance: 2.0,
            rustc: String::new(),
            paths: Default::default(),
        }),
        _ => Err(problem),
    })?;
    recorded
        .paths
        .retain(|name, _| PATHS.iter().any(|path| path.name == name));
    for path in selected(only) {
        let now = cost(path)?;
        println!(
            "{:<28} {:>12.0} {:>7.2}",
            path.name, now.instructions, now.allocations
        );
        recorded.paths.insert(path.name.to_owned(), now);
    }
    recorded.rustc = compiler();
    recorded.write()?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Dearer,
    Same,
    Cheaper,
}

impl Verdict {
    const fn text(self) -> &'static str {
        match self {
            Self::Dearer => "FAILED: costs more than recorded",
            Self::Same => "",
            Self::Cheaper => "cheaper: record it with --update",
        }
    }
}

fn judge(now: Cost, before: Cost, tolerance: f64) -> Verdict {
    let allowed = (before.instructions * tolerance / 100.0).max(GRACE_INSTRUCTIONS);
    let more = now.instructions - before.instructions;
    let more_allocations = now.allocations - before.allocations;
    if more > allowed || more_allocations > GRACE_ALLOCATIONS {
        Verdict::Dearer
    } else if more < -2.0 * allowed || more_allocations < -GRACE_ALLOCATIONS {
        Verdict::Cheaper
    } else {
        Verdict::Same
    }
}

fn change(now: Cost, before: Cost) -> f64 {
    (now.instructions / before.instructions - 1.0) * 100.0
}

fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_default()
}

fn note_compiler(recorded: &str) {
    let here = compiler();
    if here != recorded {
        println!(
            "NOTE: recorded with {recorded}, compiled with {here}: counts may differ for that alone"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: Cost = Cost {
        instructions: 1_000.0,
        allocations: 3.0,
    };

    fn verdict(instructions: f64, allocations: f64) -> Verdict {
        judge(
            Cost {
                instructions,
                allocations,
            },
            BEFORE,
            2.0,
        )
    }

    #[test]
    fn what_costs_more_than_the_tolerance_fails() {
        assert_eq!(verdict(1_020.0, 3.0), Verdict::Same);
        assert_eq!(verdict(1_021.0, 3.0), Verdict::Dearer);
        assert_eq!(verdict(1_000.0, 3.03), Verdict::Dearer);
        assert_eq!(verdict(900.0, 3.03), Verdict::Dearer);
    }

    #[test]
    fn what_costs_less_is_reported() {
        assert_eq!(verdict(980.0, 3.0), Verdict::Same);
        assert_eq!(verdict(950.0, 3.0), Verdict::Cheaper);
        assert_eq!(verdict(1_000.0, 2.0), Verdict::Cheaper);
    }
}
