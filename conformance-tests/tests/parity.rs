//! The pages that compare say what is tested, and are believed only as far as that is so.

use std::{fs, path::Path};

use conformance_tests::CASES;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All of the core's sources, to look for unit tests in.
fn core() -> String {
    let mut text = String::new();
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scheduler-core");
    let mut folders = vec![core.join("src"), core.join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("it is a folder").flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path if path.extension().is_some_and(|kind| kind == "rs") => {
                    text += &fs::read_to_string(path).expect("it is text");
                }
                _ => {}
            }
        }
    }
    text
}

/// The rows of the tables whose first column is an id.
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

#[test]
fn every_behaviour_of_aiojobs_is_answered_for() {
    let page = read("docs/parity-aiojobs.md");
    let rows = rows(&page);
    let families = [('S', 34), ('J', 22), ('H', 7), ('X', 16), ('D', 15)];
    let wanted = families.map(|(family, count)| {
        let id = move |number| match family {
            'S' | 'J' | 'H' | 'X' => format!("{family}{number:02}"),
            _ => format!("{family}{number}"),
        };
        (1..=count).map(id).collect::<Vec<_>>()
    });
    let found: Vec<_> = rows.iter().map(|(id, _)| id.to_string()).collect();
    assert_eq!(found, wanted.concat());
}

#[test]
fn every_test_that_is_named_exists() {
    let (page, core) = (read("docs/parity-aiojobs.md"), core());
    for (id, cells) in rows(&page) {
        let tests = tests_of(&cells);
        let does_not_arise = cells[3] == "–";
        assert_eq!(
            tests.is_empty(),
            does_not_arise,
            "{id} needs a test, or a dash"
        );
        for name in tests {
            let exists = match name.strip_prefix("core::") {
                Some(name) => core.contains(&format!("fn {name}()")),
                None => CASES.iter().any(|case| case.name == name),
            };
            assert!(exists, "{id}: there is no test {name}");
        }
    }
}
