//! The comparison pages name a test for each claim. These tests check that the named tests exist.

use std::{collections::BTreeMap, fs, path::Path};

use conformance_tests::CASES;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Marks of a row: equal, different for a reason, missing, not applicable.
const MARKS: [&str; 4] = ["=", "≠", "○", "–"];

/// The pages, and the heading of each index of public names with the file that lists them.
const PAGES: [(&str, &[(&str, &str)]); 2] = [
    ("parity-aiojobs.md", &[("aiojobs 1.4", "aiojobs-1.4.txt")]),
    (
        "parity-apscheduler.md",
        &[
            ("APScheduler 3.11", "apscheduler-3.11.txt"),
            ("APScheduler 4.0", "apscheduler-4.0.txt"),
        ],
    ),
];

/// Returns the mark of each row that has one.
fn marks(page: &str) -> BTreeMap<&str, &str> {
    let marked = rows(page).into_iter().map(|(id, cells)| (id, cells[3]));
    marked.filter(|(_, mark)| MARKS.contains(mark)).collect()
}

/// Returns the names of an index, each with the id of its row.
fn index<'a>(page: &'a str, heading: &str) -> Vec<(&'a str, &'a str)> {
    let (_, rest) = page
        .split_once(&format!("### {heading}\n"))
        .expect("the heading of the index");
    let table = rest.split("\n\n").next().unwrap_or_default();
    let mut found = Vec::new();
    for line in table.lines().skip(2) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, id, names, _] = cells[..] else {
            panic!("{heading}: {line:?} is no row of an index");
        };
        let names = names.split('`').skip(1).step_by(2);
        found.extend(names.map(|name| (name, id)));
    }
    found
}

/// Returns one line of the table of counts.
fn counted<'a>(what: &str, marks: impl Iterator<Item = &'a str>) -> String {
    let marks: Vec<_> = marks.collect();
    let of = |mark| marks.iter().filter(|known| **known == mark).count();
    let [same, differs, later, absent] = MARKS.map(of);
    let all = marks.len();
    format!("| {what} | {all} | {same} | {differs} | {later} | {absent} |")
}

/// Returns the table of counts that belongs at the top of a page.
fn counts(page: &str, indexes: &[(&str, &str)]) -> String {
    let marks = marks(page);
    let mut lines = vec![
        "| | all | = | ≠ | ○ | – |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
        counted("rows", marks.values().copied()),
    ];
    for (heading, _) in indexes {
        let names = index(page, heading);
        let of_names = names.iter().map(|(_, id)| marks[id]);
        lines.push(counted(&format!("public names of {heading}"), of_names));
    }
    lines.join("\n")
}

#[test]
fn the_counts_at_the_top_are_right() {
    for (file, indexes) in PAGES {
        let page = read(&format!("docs/internals/{file}"));
        let wanted = counts(&page, indexes);
        assert!(page.contains(&wanted), "{file} needs this table:\n{wanted}");
    }
}

#[test]
fn every_public_name_has_a_row() {
    for (file, indexes) in PAGES {
        let page = read(&format!("docs/internals/{file}"));
        let known = marks(&page);
        for (heading, list) in indexes {
            let list = read(&format!("conformance-tests/tests/names/{list}"));
            let index = index(&page, heading);
            let mut names: Vec<_> = index.iter().map(|(name, _)| *name).collect();
            names.sort_unstable();
            assert_eq!(names, list.lines().collect::<Vec<_>>(), "{heading}");
            for (name, id) in index {
                assert!(known.contains_key(id), "{name}: there is no row {id}");
            }
        }
    }
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

/// Returns the rows of the tables whose first column is an id. The indexes of names refer to them.
fn rows(page: &str) -> Vec<(&str, Vec<&str>)> {
    let row = |line| {
        let cells: Vec<_> = str::split(line, '|').map(str::trim).collect();
        let id = *cells.get(1)?;
        let numbered = id.len() > 1 && id[1..].chars().all(|digit| digit.is_ascii_digit());
        numbered.then_some((id, cells))
    };
    let before_names = page.split("\n## Every public name").next();
    before_names
        .unwrap_or_default()
        .lines()
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
    let features = "ABCDEFG".chars().zip([18, 24, 11, 15, 9, 17, 5]);
    let families: Vec<_> = features.chain([('H', 28), ('W', 19)]).collect();
    assert_complete(&page, &families);
    for (id, cells) in rows(&page) {
        assert!(MARKS.contains(&cells[3]), "{id} needs a mark");
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
