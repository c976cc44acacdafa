//! `sched convert`: crontabs and tables from what other schedulers read.

mod entry;
mod kubernetes;
mod shell;
mod supercronic;
mod systemd;

use std::{ffi::OsString, fs, path::Path, process::ExitCode};

use clap::{Args, ValueEnum};
use scheduler_core::trigger::Zone;

use crate::{
    console::{complain, show, visible_path},
    crontab::{self, Layout},
};

/// Converts timers of systemd, CronJobs of Kubernetes and calls of supercronic.
///
/// Prints a crontab or a file of entries in TOML for sched run. Each setting without a counterpart is a comment in it,
/// and a warning on standard error.
///
/// systemd: FILE.timer, with FILE.service beside it. kubernetes: the output of kubectl get cronjobs -o json, or - for
/// standard input. supercronic: its flags and its crontab.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The kind of the files.
    #[arg(long, value_enum)]
    from: Kind,
    /// The files. For supercronic, its flags too.
    #[arg(
        required = true,
        value_name = "FILE",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    rest: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Systemd,
    Kubernetes,
    Supercronic,
}

const EXAMPLES: &str = "\
Examples:
  sched convert --from systemd /etc/systemd/system/backup.timer > sched.toml
  kubectl get cronjobs -o json | sched convert --from kubernetes - > sched.toml
  sched convert --from supercronic -overlapping -json crontab > new.crontab

Exit code:
  0  all was converted
  1  settings without a counterpart were left out
  2  a file cannot be read or converted, or the call is wrong";

/// A converted file.
#[derive(Debug, Default)]
struct Converted {
    text: String,
    /// Settings that were left out.
    left_out: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let converted = match arguments.from {
        Kind::Systemd => each(&arguments.rest, systemd::convert),
        Kind::Kubernetes => each(&arguments.rest, kubernetes::convert),
        Kind::Supercronic => supercronic::convert(&arguments.rest),
    };
    let converted = converted.and_then(|converted| check(arguments.from, converted));
    let Converted { text, left_out } = match converted {
        Ok(converted) => converted,
        Err(error) => {
            complain(format_args!("sched: {error}"));
            return ExitCode::from(2);
        }
    };
    for line in &left_out {
        complain(format_args!("warning: {line}"));
    }
    match show(&text) {
        Ok(()) => ExitCode::from(u8::from(!left_out.is_empty())),
        Err(error) => {
            complain(format_args!("sched: standard output: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Converts each file, one after the other.
fn each(
    files: &[OsString],
    convert: fn(&Path) -> Result<Converted, String>,
) -> Result<Converted, String> {
    let mut all = Converted::default();
    for file in files {
        let one = convert(Path::new(file))?;
        all.text += &one.text;
        all.left_out.extend(one.left_out);
    }
    Ok(all)
}

/// Returns the text of a file.
fn read(path: &Path) -> Result<String, String> {
    let text = match path.as_os_str() == "-" {
        true => std::io::read_to_string(std::io::stdin()),
        false => fs::read_to_string(path),
    };
    text.map_err(|error| format!("{}: {error}", visible_path(path)))
}

/// Returns the text if `sched run` accepts it.
fn check(kind: Kind, converted: Converted) -> Result<Converted, String> {
    let text = converted.text.as_bytes();
    let parsed = match kind {
        Kind::Supercronic => crontab::parse(text, &Zone::utc(), Layout::Own),
        Kind::Systemd | Kind::Kubernetes => crontab::parse_table(text, &Zone::utc()),
    };
    match parsed {
        Ok(_) => Ok(converted),
        Err(problems) => {
            let lines: Vec<_> = converted.text.lines().collect();
            let problem = problems.first().map_or_else(String::new, |problem| {
                let line = lines.get(problem.line - 1).unwrap_or(&"");
                format!(": {}: {line:?}", problem.message)
            });
            Err(format!("the converted entries are refused{problem}"))
        }
    }
}
