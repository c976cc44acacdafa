//! Measures one path in its own process, under callgrind.

use std::{
    env,
    num::NonZeroU64,
    process::{Command, ExitCode},
    str::FromStr,
};

use counting::count;

use crate::{
    counts::{Cost, each},
    paths::{PATHS, Path},
};

/// The function whose instructions callgrind counts. It is found by its name.
#[inline(never)]
pub fn gate_measured(work: impl FnOnce()) {
    let ((), counted) = count(work);
    println!("allocations: {}", counted.allocations);
}

/// Runs the path called `name` in this process.
pub fn run_here(name: &str) -> Result<ExitCode, String> {
    let path = PATHS.iter().find(|path| path.name == name);
    let path = path.ok_or_else(|| format!("unknown path `{name}`"))?;
    (path.run)(path.operations);
    Ok(ExitCode::SUCCESS)
}

/// Runs `path` under callgrind and returns the cost of one operation.
pub fn cost(path: &Path) -> Result<Cost, String> {
    let counted = collect(path.name, &[])?;
    Ok(Cost {
        instructions: each(counted.instructions, path.operations),
        allocations: each(counted.allocations, path.operations),
    })
}

/// The cost of the measured part of one run.
pub struct Counted {
    pub instructions: u64,
    allocations: u64,
}

/// Runs this program under callgrind with `--path name` and `more` arguments.
pub fn collect(name: &str, more: &[&str]) -> Result<Counted, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=*gate_measured*")
        .arg(program)
        .args(["--path", name])
        .args(more)
        .output()
        .map_err(|error| format!("valgrind cannot be run, install it first: {error}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{name}: {}\n{errors}", output.status));
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    let allocations: Option<u64> = number_after(&printed, "allocations: ");
    // callgrind prints zero if it has not found the function.
    let instructions: Option<NonZeroU64> = number_after(&errors, "Collected : ");
    let (Some(allocations), Some(instructions)) = (allocations, instructions) else {
        return Err(format!("{name}: no counts in its output\n{errors}"));
    };
    Ok(Counted {
        instructions: instructions.get(),
        allocations,
    })
}

/// Returns the number after `label`, if it is a valid `N`.
fn number_after<N: FromStr>(text: &str, label: &str) -> Option<N> {
    let (_, rest) = text.split_once(label)?;
    let end = rest.find(|letter: char| !letter.is_ascii_digit());
    rest.get(..end.unwrap_or(rest.len()))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_ends_where_its_digits_do() {
        assert_eq!(
            number_after("allocations: 12\n3", "allocations: "),
            Some(12_u64)
        );
        assert_eq!(number_after("Collected : 7", "Collected : "), Some(7_u64));
        assert_eq!(
            number_after::<u64>("Collected : none", "Collected : "),
            None
        );
        assert_eq!(number_after::<u64>("7", "Collected : "), None);
    }

    #[test]
    fn only_what_may_be_zero_is() {
        let text = "Collected : 0";
        assert_eq!(number_after(text, "Collected : "), Some(0_u64));
        assert_eq!(number_after::<NonZeroU64>(text, "Collected : "), None);
    }
}
