//! Running the suite.

use std::process::ExitCode;

use super::{Arguments, Misuse, output};

pub(super) fn prove(arguments: &Arguments) -> Result<ExitCode, Misuse> {
    let backends = arguments.backends()?;
    arguments.filter()?;
    let report = arguments.run().on(&backends);
    if report
        .backends
        .iter()
        .all(|backend| backend.cases.is_empty())
    {
        return Err("the filter selects no case; --list has all rules".into());
    }
    output::put(&report, arguments)?;
    let code = match report.exit_code() {
        3 if arguments.allow_partial => 0,
        code => code,
    };
    Ok(ExitCode::from(code))
}
