//! The pages name tests, and each of them exists.

use std::{fs, path::Path};

/// The pages.
const PAGES: [&str; 2] = ["docs/guide/cron.md", "docs/internals/other-crons.md"];

/// Returns the text of all tests of a module.
fn source(module: &str) -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let path = module.replace("::", "/");
    let places = ["cli", "next"].map(|target| tests.join(target).join(&path));
    let found = places
        .iter()
        .find_map(|place| fs::read_to_string(place.with_extension("rs")).ok());
    found.unwrap_or_else(|| panic!("no module {module}"))
}

/// Returns the names of tests in a line: words in backquotes with a module, such as `run::a_test_of_it`.
fn names(line: &str) -> Vec<(&str, &str)> {
    let words = line.split('`').skip(1).step_by(2);
    let paths = words.filter_map(|word| word.rsplit_once("::"));
    let is_word = |text: &str| {
        text.chars().all(|letter| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_:".contains(letter)
        })
    };
    paths
        .filter(|(module, name)| is_word(module) && is_word(name))
        .collect()
}

#[test]
fn each_test_that_a_page_names_exists() {
    for page in PAGES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(page);
        let text = fs::read_to_string(&path).expect("the page is there");
        let all: Vec<_> = text.lines().flat_map(names).collect();
        assert!(all.len() > 10, "{page} names {} tests", all.len());
        for (module, name) in all {
            let found = source(module).contains(&format!("#[test]\nfn {name}() {{"));
            assert!(found, "{page} names {module}::{name}, which is no test");
        }
    }
}

/// Returns the rows below a head of a table.
fn rows<'a>(text: &'a str, head: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = text.lines().skip_while(move |line| !line.starts_with(head));
    lines.skip(2).take_while(|line| line.starts_with('|'))
}

#[test]
fn each_feature_beside_other_crons_has_its_test() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/cron.md");
    let text = fs::read_to_string(path).expect("the page is there");
    let rows: Vec<_> = rows(&text, "| | `sched` | supercronic |").collect();
    assert!(rows.len() > 20, "{rows:#?}");
    for row in rows {
        assert!(!names(row).is_empty(), "{row} names no test");
    }
}
