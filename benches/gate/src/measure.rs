//! One path in a process of its own, under callgrind.

use std::{
    env,
    process::{Command, ExitCode},
};

use counting::count;

use crate::{
    counts::{Cost, each},
    paths::{PATHS, Path},
};

/// What callgrind counts: the instructions inside of this function. It finds it by its name.
#[inline(never)]
pub fn gate_measured(work: impl FnOnce()) {
    let ((), counted) = count(work);
    println!("allocations: {}", counted.allocations);
}

/// Runs the path of that name here.
pub fn run_here(name: &str) -> Result<ExitCode, String> {
    let path = PATHS.iter().find(|path| path.name == name);
    let path = path.ok_or_else(|| format!("unknown path `{name}`"))?;
    (path.run)(path.operations);
    Ok(ExitCode::SUCCESS)
}

/// Runs `path` under callgrind and returns what one of its operations costs.
pub fn cost(path: &Path) -> Result<Cost, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=*gate_measured*")
        .arg(program)
        .args(["--path", path.name])
        .output()
        .map_err(|error| format!("valgrind cannot be run, install it first: {error}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{}: {}\n{errors}", path.name, output.status));
    }
    let printed = String::from_utf8_lossy(&output.stdout);
    let allocations = number_after(&printed, "allocations: ");
    let instructions = number_after(&errors, "Collected : ");
    let (Some(allocations), Some(instructions)) = (allocations, instructions) else {
        return Err(format!("{}: no counts in its output\n{errors}", path.name));
    };
    Ok(Cost {
        instructions: each(instructions, path.operations),
        allocations: each(allocations, path.operations),
    })
}

fn number_after(text: &str, label: &str) -> Option<u64> {
    let (_, rest) = text.split_once(label)?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits
        .parse()
        .ok()
        .filter(|number| *number > 0 || label.starts_with('a'))
}
