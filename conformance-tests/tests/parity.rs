//! The comparison pages name a test for each claim. These tests check that the named tests exist.

use std::{fs, path::Path};

use conformance_tests::CASES;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns all sources of a crate of the workspace, to search them for unit tests.
fn sources(of: &str) -> String {
    let mut text = String::new();
    let of = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(of);
    let mut folders = vec![of.join("src"), of.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.extension().is_some_and(|kind| kind == "rs") => {
                    text += &fs::read_to_string(path).expect("a text file");
                }
                _ => {}
            }
        }
    }
    text
}

/// Returns the rows of the tables whose first column is an id.
fn rows(page: &str) -> Vec<(&str, Vec<&str>)> {
    let row = |line| {
        let cells: Vec<_> = str::split(line, '|').map(str::trim).collect();
        let id = *cells.get(1)?;
        let numbered = id.len() > 1 && id[1..].chars().all(|digit| digit.is_ascii_digit());
        numbered.then_some((id, cells))
    };
    page.lines()
        .filter(|line| line.starts_with('|'))
        .filter_map(row)
        .collect()
}

fn tests_of<'a>(cells: &[&'a str]) -> Vec<&'a str> {
    let last = cells[cells.len() - 2];
    last.split('`').skip(1).step_by(2).collect()
}

/// Asserts that the page has every id of each family.
fn assert_complete(page: &str, families: &[(char, usize)]) {
    let wanted = families.iter().flat_map(|&(family, count)| {
        let id = move |number| match family {
            'D' if page.starts_with("# aiojobs") => format!("{family}{number}"),
            _ => format!("{family}{number:02}"),
        };
        (1..=count).map(id)
    });
    let found: Vec<_> = rows(page).iter().map(|(id, _)| id.to_string()).collect();
    assert_eq!(found, wanted.collect::<Vec<_>>());
}

#[test]
fn every_behaviour_of_aiojobs_is_answered_for() {
    let page = read("docs/internals/parity-aiojobs.md");
    let families = [
        ('S', 34),
        ('J', 22),
        ('H', 7),
        ('X', 16),
        ('D', 15),
        ('U', 10),
    ];
    assert_complete(&page, &families);
}

#[test]
fn every_feature_of_apscheduler_is_answered_for() {
    let page = read("docs/internals/parity-apscheduler.md");
    let features = "ABCDEFG".chars().zip([17, 21, 11, 9, 9, 7, 5]);
    let families: Vec<_> = features.chain([('H', 28), ('W', 19)]).collect();
    assert_complete(&page, &families);
    for (id, cells) in rows(&page) {
        assert!(
            ["=", "≠", "○", "–"].contains(&cells[3]),
            "{id} needs a mark"
        );
    }
}

#[test]
fn every_test_that_is_named_exists() {
    let crates = [
        ("core::", sources("scheduler-core")),
        ("triggers::", sources("scheduler-triggers")),
    ];
    for page in [
        "docs/internals/parity-aiojobs.md",
        "docs/internals/parity-apscheduler.md",
    ] {
        for (id, cells) in rows(&read(page)) {
            let tests = tests_of(&cells);
            let has_none = ["–", "○"].contains(&cells[3]);
            assert_eq!(tests.is_empty(), has_none, "{id} needs a test, or a dash");
            for name in tests {
                assert!(
                    exists(name, &crates),
                    "{page}, {id}: there is no test {name}"
                );
            }
        }
    }
}

/// Returns whether a test exists: a unit test of the crate that its prefix names, or a case of the
/// suite.
fn exists(name: &str, crates: &[(&str, String)]) -> bool {
    let mut marked = crates
        .iter()
        .filter_map(|(mark, sources)| Some((name.strip_prefix(mark)?, sources)));
    match marked.next() {
        Some((name, sources)) => {
            sources.contains(&format!("#[test]\nfn {name}()"))
                || sources.contains(&format!("#[test]\n    fn {name}()"))
        }
        None => CASES.iter().any(|case| case.name == name),
    }
}
