//! Prints the verdicts: `cargo run`, or `cargo run -- LC,JB` for some rules.

use std::{env, path::Path, process::ExitCode, sync::Arc};

use conformance_tests::{Backend, Expectations, Run};
use third_party::{FromScratch, thread_per_task};

fn main() -> ExitCode {
    let known = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance.toml");
    let known = match Expectations::read(&known) {
        Ok(known) => known,
        Err(wrong) => {
            eprintln!("{wrong}");
            return ExitCode::from(2);
        }
    };
    let run = match env::args().nth(1) {
        Some(filter) => Run::default().filter(&filter),
        None => Run::default(),
    };
    let backends: [Arc<dyn Backend>; 2] = [Arc::new(thread_per_task()), Arc::new(FromScratch)];
    let report = run.expecting(known).isolated().on(&backends);
    print!("{}", report.matrix());
    ExitCode::from(report.exit_code())
}
