//! Each line of the tables of `docs/guide/migrating.md` has a test here, with the values that the other system
//! showed when it ran. A line without a test fails, and so does a test without a line.

mod aiojobs;
mod apscheduler3;
mod apscheduler4;
mod bare_tokio;
mod late;
mod rules;
mod tokio_cron_scheduler;
mod world;

use std::{fs, path::Path};

/// A line of a table: its first cell, and what has to hold.
type Line = (&'static str, fn());

/// The tables of the page: their headings and lines, in the order of the page.
const TABLES: [(&str, &[Line]); 5] = [
    ("From aiojobs", aiojobs::LINES),
    ("From APScheduler 3", apscheduler3::LINES),
    ("From APScheduler 4", apscheduler4::LINES),
    ("From tokio-cron-scheduler", tokio_cron_scheduler::LINES),
    ("From bare `tokio::spawn` and `interval`", bare_tokio::LINES),
];

/// Returns the headings of a page with the first cells of their tables.
fn tables(page: &str) -> Vec<(String, Vec<String>)> {
    let sections = page.split("\n## ").skip(1).map(|section| {
        let (heading, text) = section.split_once('\n').unwrap_or((section, ""));
        let rows = text.lines().filter(|line| line.starts_with('|')).skip(2);
        (heading.to_owned(), rows.map(first_cell).collect())
    });
    sections.collect()
}

/// Returns the first cell of a row. A bar behind a backslash is part of the text.
fn first_cell(row: &str) -> String {
    let text = row.trim_start_matches('|').replace("\\|", "\u{0}");
    let cell = text.split('|').next().unwrap_or_default();
    cell.trim().replace('\u{0}', "|")
}

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/migrating.md");
    fs::read_to_string(path).expect("the page")
}

#[test]
fn each_line_of_the_page_has_its_test() {
    let listed = TABLES.map(|(heading, lines)| {
        let cells = lines.iter().map(|(cell, _)| (*cell).to_owned());
        (heading.to_owned(), cells.collect())
    });
    assert_eq!(tables(&page()), listed);
}

#[test]
fn a_line_without_a_test_is_found() {
    let page = "# Title\n## From x\n| x | here |\n|---|---|\n| `f(\\|a\\|)` | `g` |\n| h | i |\n";
    let expected = vec!["`f(|a|)`".to_owned(), "h".to_owned()];
    assert_eq!(tables(page), [("From x".to_owned(), expected)]);
}

/// Runs the lines of one table.
fn run(heading: &str) {
    let table = TABLES.iter().find(|(known, _)| *known == heading);
    let (_, lines) = table.expect("a table of the page");
    for (cell, holds) in *lines {
        println!("{heading}: {cell}");
        holds();
    }
}

#[test]
fn the_lines_about_aiojobs_hold() {
    run("From aiojobs");
}

#[test]
fn the_lines_about_apscheduler_3_hold() {
    run("From APScheduler 3");
}

#[test]
fn the_lines_about_apscheduler_4_hold() {
    run("From APScheduler 4");
}

#[test]
fn the_lines_about_tokio_cron_scheduler_hold() {
    run("From tokio-cron-scheduler");
}

#[test]
fn the_lines_about_bare_tokio_hold() {
    run("From bare `tokio::spawn` and `interval`");
}
