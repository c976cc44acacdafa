//! Proves the runtimes, and compares the verdicts with the table in the README of the repository.
//!
//! `cargo run -- rayon R,LC-002` prints the report on one runtime, here for some of the rules.

mod every;
mod local;
mod runtimes;
mod table;

use std::{env, path::Path, process::ExitCode};

use conformance_tests::{Expectations, Run, print_progress};

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let result = match arguments.next() {
        None => every::prove_all(),
        Some(name) => prove(&name, &arguments.next().unwrap_or_default()),
    };
    result.unwrap_or_else(|wrong| {
        eprintln!("{wrong}");
        ExitCode::from(2)
    })
}

/// Prints the report on one runtime.
fn prove(name: &str, filter: &str) -> Result<ExitCode, String> {
    let known = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance.toml");
    let known = Expectations::read(&known).map_err(|wrong| wrong.to_string())?;
    let all = runtimes::all();
    let runtime = all.into_iter().find(|runtime| runtime.name() == name);
    let runtime = runtime.ok_or_else(|| format!("there is no runtime {name:?}"))?;
    let run = Run::default().filter(filter).expecting(known);
    let report = run
        .called(format!("cargo run -- {name}"))
        .watched(print_progress())
        .isolated()
        .on(&[runtime]);
    print!("{}", report.matrix());
    Ok(ExitCode::from(report.exit_code()))
}
