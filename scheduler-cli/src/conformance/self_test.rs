//! Tests the suite: its cases must detect every mutant.

use std::{fmt::Write as _, process::ExitCode};

use conformance_tests::{
    mutants::{Kill, MUTANTS, put_some_to_the_test, survivors, unproven},
    plain_json,
};
use serde_json::{Value, json};

use super::{Arguments, Format, Stop, progress};
use crate::console::show;

pub(super) fn self_test(arguments: &Arguments) -> Result<ExitCode, Stop> {
    let filter = arguments.filter()?;
    let backends = arguments.backends()?;
    let sound = backends
        .into_iter()
        .next_back()
        .ok_or("the self-test needs a backend: name one")?;
    let told = |kill: &Kill| {
        if !arguments.quiet {
            progress::put(&line(kill));
        }
    };
    if !matches!(arguments.format, Format::Matrix | Format::Json) {
        return Err("--self-test is printed as a matrix or as JSON only".into());
    }
    let kills = put_some_to_the_test(&sound, &filter, told);
    if kills.is_empty() {
        return Err("no mutant breaks a rule that the filter selects".into());
    }
    let survived = survivors(&kills).next().is_some();
    match arguments.format {
        Format::Json => show(&plain_json(&machine(&sound.name(), &kills)))?,
        _ => show(&table(&kills))?,
    }
    Ok(ExitCode::from(u8::from(survived)))
}

fn verdict(kill: &Kill) -> &'static str {
    match kill.noticed.is_empty() {
        true => "SURVIVED",
        false => "noticed",
    }
}

fn line(kill: &Kill) -> String {
    let (id, flaw) = (kill.mutant.id, kill.mutant.flaw);
    format!("{id:03} {:7} {:8} {flaw}\n", kill.rule, verdict(kill))
}

fn table(kills: &[Kill]) -> String {
    let mut out = String::from("mutant, rule, and the cases that detect it\n");
    for kill in kills {
        out.push_str(&line(kill));
        for (case, status) in &kill.noticed {
            writeln!(out, "            {:8} {case}", status.word()).unwrap_or_default();
        }
    }
    let unproven: Vec<_> = unproven().map(|rule| rule.id).collect();
    if !unproven.is_empty() {
        let unproven = unproven.join(" ");
        writeln!(out, "\nrules that no mutant breaks: {unproven}").unwrap_or_default();
    }
    let all: usize = MUTANTS.iter().map(|mutant| mutant.rules.len()).sum();
    let skipped = all - kills.len();
    let failed = survivors(kills).count();
    let passed = kills.len() - failed;
    out + &format!("{passed} passed, {failed} failed, {skipped} skipped\n")
}

fn machine(backend: &str, kills: &[Kill]) -> Value {
    let one = |kill: &Kill| {
        let cases = kill.noticed.iter().map(|(case, status)| {
            json!({"case": case, "status": status.word(), "message": status.message()})
        });
        json!({
            "mutant": kill.mutant.id,
            "flaw": kill.mutant.flaw,
            "rule": kill.rule,
            "killed": !kill.noticed.is_empty(),
            "cases": cases.collect::<Vec<_>>(),
        })
    };
    json!({
        "backend": backend,
        "kills": kills.iter().map(one).collect::<Vec<_>>(),
        "unproven": unproven().map(|rule| rule.id).collect::<Vec<_>>(),
    })
}
