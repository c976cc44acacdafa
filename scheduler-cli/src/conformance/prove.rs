//! Runs the suite.

use std::process::ExitCode;

use super::{Arguments, Stop, output};

pub(super) fn prove(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let backends = arguments.backends()?;
    if arguments.filter()?.selects_nothing() {
        return Err("the filter selects no case; --list has all rules".into());
    }
    output::prepare(arguments)?;
    let report = arguments.run().on(&backends);
    output::put(&report, arguments)?;
    let code = match report.exit_code() {
        3 if arguments.allow_partial => 0,
        code => code,
    };
    Ok(ExitCode::from(code))
}
