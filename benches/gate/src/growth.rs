//! How the cost of an input grows with its size.
//!
//! Each input is counted at three sizes, each twice the one before. Its row in the table limits the
//! factor by which twice the size may cost more: about two for a pass over the input, about one for
//! a call that does not depend on it.

use std::{hint::black_box, process::ExitCode};

use crate::{inputs::INPUTS, measure::collect};

/// The fraction of its limit below which the growth of an input is reported, so that the limit can
/// be lowered.
const SLOWER: f64 = 0.6;

/// An input whose size a user chooses.
pub struct Input {
    pub name: &'static str,
    /// The smallest size that is counted.
    pub size: usize,
    /// The maximum factor by which twice the size may cost more.
    pub most: f64,
    pub run: fn(usize),
}

/// Runs the input called `name` with `size` elements in this process.
pub fn run_here(name: &str, size: usize) -> Result<ExitCode, String> {
    let input = INPUTS.iter().find(|input| input.name == name);
    let input = input.ok_or_else(|| format!("unknown input `{name}`"))?;
    (input.run)(black_box(size));
    Ok(ExitCode::SUCCESS)
}

/// Counts the inputs whose names contain `only`. Fails if one grows faster than its row allows.
pub fn check(only: &str) -> Result<ExitCode, String> {
    println!(
        "{:<24} {:>6} {:>13} {:>6} {:>6} {:>6}",
        "input", "size", "instructions", "twice", "again", "most"
    );
    let mut failed = 0;
    for input in INPUTS.iter().filter(|input| input.name.contains(only)) {
        let [small, double, large] = [1, 2, 4].map(|times| count(input, input.size * times));
        let small = small?;
        let (double, large) = (double?, large?);
        let (twice, again) = (double / small, large / double);
        let verdict = judge(twice.max(again), input.most);
        println!(
            "{:<24} {:>6} {small:>13.0} {twice:>6.2} {again:>6.2} {:>6.2}  {}",
            input.name,
            input.size,
            input.most,
            verdict.text()
        );
        failed += u32::from(verdict == Verdict::Faster);
    }
    println!("{failed} inputs grow faster than their rows allow");
    match failed {
        0 => Ok(ExitCode::SUCCESS),
        _ => Ok(ExitCode::FAILURE),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Faster,
    Allowed,
    Slower,
}

impl Verdict {
    const fn text(self) -> &'static str {
        match self {
            Self::Faster => "FAILED: grows faster",
            Self::Allowed => "",
            Self::Slower => "grows slower: lower its row",
        }
    }
}

/// Compares the growth of an input with that of its row.
fn judge(times: f64, most: f64) -> Verdict {
    if times > most {
        Verdict::Faster
    } else if times < most * SLOWER {
        Verdict::Slower
    } else {
        Verdict::Allowed
    }
}

fn count(input: &Input, size: usize) -> Result<f64, String> {
    let counted = collect(input.name, &["--size", &size.to_string()])?;
    Ok(counted.instructions as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_growth_is_compared_with_its_row() {
        assert_eq!(judge(2.21, 2.2), Verdict::Faster);
        assert_eq!(judge(2.2, 2.2), Verdict::Allowed);
        assert_eq!(judge(2.0, 4.2), Verdict::Slower);
    }
}
