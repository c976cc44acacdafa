//! `sched conformance`.

use std::{process::ExitCode, sync::Arc};

use clap::{Args, ValueEnum};
use conformance_tests::{Backend, run_all};

use crate::{backends, console::show};

/// Which cases, on which backends, shown how.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A backend's name, or `all`.
    #[arg(long, default_value = "all")]
    backend: String,
    /// A matrix or a page for people, JSON or JUnit's XML for machines.
    #[arg(long, value_enum, default_value_t = Format::Matrix)]
    format: Format,
    /// Only rules whose id starts so; several are separated by commas.
    #[arg(long, value_name = "RULES")]
    filter: Option<String>,
    /// Prints the rules and their cases, runs nothing.
    #[arg(long)]
    list: bool,
    /// Prints what a rule says and how it is checked, runs nothing.
    #[arg(long, value_name = "RULE")]
    explain: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Matrix,
    Json,
    Junit,
    Html,
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    if let Some(rule) = &arguments.explain {
        return explain(rule);
    }
    if arguments.list {
        show(&conformance_tests::list());
        return ExitCode::SUCCESS;
    }
    match selected(&arguments.backend) {
        Some(backends) => prove(&backends, arguments),
        None => unknown("backend", &arguments.backend, &backends::NAMES.join(", ")),
    }
}

fn prove(backends: &[Arc<dyn Backend>], arguments: &Arguments) -> ExitCode {
    // Cases make jobs panic, by the dozen: that is not news.
    std::panic::set_hook(Box::new(|_| {}));
    let report = run_all(backends, arguments.filter.as_deref());
    match arguments.format {
        Format::Matrix => show(&report.matrix()),
        Format::Json => show(&format!("{:#}\n", report.json())),
        Format::Junit => show(&report.junit()),
        Format::Html => show(&report.html()),
    }
    ExitCode::from(report.exit_code())
}

fn selected(name: &str) -> Option<Vec<Arc<dyn Backend>>> {
    let names = if name == "all" {
        backends::NAMES.to_vec()
    } else {
        vec![name]
    };
    names.into_iter().map(backends::named).collect()
}

fn explain(id: &str) -> ExitCode {
    let Some(explanation) = conformance_tests::explain(id) else {
        return unknown("rule", id, "see --list");
    };
    show(&explanation);
    ExitCode::SUCCESS
}

fn unknown(what: &str, found: &str, known: &str) -> ExitCode {
    eprintln!("sched: there is no {what} {found:?}: {known}");
    ExitCode::from(2)
}
