//! The README shows what the program prints.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{env, path::Path, process::Command};

const README: &str = include_str!("../README.md");

/// Returns the commands of the README with the lines that they must print.
fn examples() -> Vec<(&'static str, Vec<&'static str>)> {
    let blocks = README.split("```console\n").skip(1);
    let shown = blocks.filter_map(|block| block.split("```").next());
    let commands = shown.flat_map(|block| block.split("$ ").skip(1));
    let examples = commands.filter_map(|text| {
        let mut lines = text.lines();
        Some((lines.next()?, lines.collect::<Vec<_>>()))
    });
    examples.filter(|(_, lines)| !lines.is_empty()).collect()
}

/// Returns the standard output of a shell command that finds `sched`.
fn printed(command: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_sched"));
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [program.parent().unwrap().to_owned()].into_iter();
    let path = env::join_paths(folders.chain(env::split_paths(&path))).unwrap();
    let mut shell = Command::new("sh");
    let output = shell.args(["-c", command]).env("PATH", path).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{command}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_examples_print_what_the_readme_shows() {
    let examples = examples();
    assert_eq!(examples.len(), 2);
    for (command, lines) in examples {
        assert_eq!(printed(command).lines().collect::<Vec<_>>(), lines);
    }
}
