//! The pages of the documentation: every link leads somewhere, the map names files that exist, and the
//! README shows the lifecycle table.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use scheduler::{
    State,
    lifecycle::{Operation, permit},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns all Markdown files below `folder`, without build products.
fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a readable folder");
    for path in entries.map(|entry| entry.expect("a readable entry").path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            pages(&path, found);
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// Returns the text without its blocks of code, in which brackets are not links.
fn prose(page: &str) -> String {
    let mut code = false;
    let mut lines = Vec::new();
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// Returns the anchor that GitHub generates for a heading.
fn anchor(heading: &str) -> String {
    let kept = |letter: &char| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter);
    let text: String = heading.to_lowercase().chars().filter(kept).collect();
    text.trim().replace(' ', "-")
}

fn has_anchor(page: &str, wanted: &str) -> bool {
    let headings = prose(page);
    let mut headings = headings.lines().filter(|line| line.starts_with('#'));
    headings.any(|line| anchor(line.trim_start_matches('#')) == wanted)
}

/// Returns the targets of the links on a page, without those to other sites.
fn links(page: &str) -> Vec<String> {
    let text = prose(page);
    let target = |rest: &str| rest.split(')').next().unwrap_or_default().to_owned();
    let inside = |link: &String| !link.contains("://") && !link.contains(' ');
    text.split("](")
        .skip(1)
        .map(target)
        .filter(inside)
        .collect()
}

/// Returns why a link of `page` is broken, if it is.
fn broken(page: &Path, text: &str, link: &str) -> Option<String> {
    let (file, part) = link.split_once('#').unwrap_or((link, ""));
    let target = page.parent().unwrap_or(page).join(file);
    if !file.is_empty() && !target.exists() {
        return Some(format!("{}: no file {file}", page.display()));
    }
    let target = match file {
        "" => text.to_owned(),
        _ => fs::read_to_string(&target).unwrap_or_default(),
    };
    let found = part.is_empty() || has_anchor(&target, part);
    (!found).then(|| format!("{}: no heading for #{part} in {link}", page.display()))
}

#[test]
fn every_link_leads_somewhere() {
    let mut found = Vec::new();
    pages(&root(), &mut found);
    assert!(found.len() > 20, "{found:?}");
    let mut problems = Vec::new();
    for page in &found {
        let text = fs::read_to_string(page).expect("a page is text");
        problems.extend(
            links(&text)
                .iter()
                .filter_map(|link| broken(page, &text, link)),
        );
    }
    assert!(problems.is_empty(), "{problems:#?}");
}

#[test]
fn a_broken_link_is_found() {
    let page = root().join("docs/guide/recipes.md");
    let text = "## Here it is\n[a](#here-it-is) [b](#not-here) [c](nowhere.md) [d](testing.md#virtual-time)";
    let problems: Vec<_> = links(text)
        .iter()
        .filter_map(|link| broken(&page, text, link))
        .collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
}

/// Returns the files in the last column of the map, with the folder of their heading.
fn mapped(map: &str) -> Vec<String> {
    let mut folder = "";
    let mut files = Vec::new();
    for line in map.lines() {
        if line.starts_with("## ") {
            folder = line.split('`').nth(1).unwrap_or_default();
        }
        let cells: Vec<_> = line.split('|').collect();
        if let [_, _, named, _] = cells[..] {
            files.extend(
                named
                    .split('`')
                    .skip(1)
                    .step_by(2)
                    .map(|file| format!("{folder}/{file}")),
            );
        }
    }
    files
}

#[test]
fn the_map_names_files_that_exist() {
    let map = fs::read_to_string(root().join("docs/internals/map.md")).expect("the map");
    let files = mapped(&map);
    assert!(files.len() > 60, "{files:?}");
    let missing: Vec<_> = files
        .iter()
        .filter(|file| !root().join(file).exists())
        .collect();
    assert!(
        missing.is_empty(),
        "docs/internals/map.md names {missing:?}"
    );
}

/// Returns the names in the last column of `page` that do not exist: files of the core, and items
/// of the file before them.
fn missing_on(page: &str) -> Vec<String> {
    let core = root().join("scheduler-core/src");
    let mut missing = Vec::new();
    let mut source = String::new();
    let columns = page.lines().filter_map(|line| line.split('|').nth(2));
    for name in columns.flat_map(|column| column.split('`').skip(1).step_by(2)) {
        let is_there = if name.ends_with(".rs") {
            source = fs::read_to_string(core.join(name)).unwrap_or_default();
            !source.is_empty()
        } else {
            ["fn", "struct"]
                .iter()
                .any(|kind| source.contains(&format!("{kind} {name}")))
        };
        if !is_there {
            missing.push(name.to_owned());
        }
    }
    missing
}

#[test]
fn the_way_of_a_due_time_leads_through_items_that_exist() {
    let page = root().join("docs/internals/one-due-time.md");
    let page = fs::read_to_string(page).expect("the page");
    let names = page.split('`').skip(1).step_by(2);
    let files: BTreeSet<_> = names.filter(|name| name.ends_with(".rs")).collect();
    assert!((15..=23).contains(&files.len()), "{files:?}");
    assert_eq!(missing_on(&page), Vec::<String>::new());
    let wrong = "| a | `shell/driver.rs`: `drive`, `fly`; `nowhere.rs` |";
    assert_eq!(missing_on(wrong), ["fly", "nowhere.rs"]);
}

/// Returns the operations of a row of the lifecycle table.
fn operations(row: &str) -> Vec<Operation> {
    if row.contains("a waiting call") {
        return vec![Operation::WaitInside];
    }
    let of_schedule = row.contains("of a schedule");
    let operation = |call: &str| match call {
        "pause" | "resume" if of_schedule => Operation::Add,
        "start" => Operation::Start,
        "start_paused" => Operation::StartPaused,
        "shutdown" => Operation::Shutdown,
        "request_shutdown" => Operation::RequestShutdown,
        "pause" => Operation::Pause,
        "resume" => Operation::Resume,
        "submit" => Operation::Submit,
        "add" | "update" => Operation::Add,
        "run_now" => Operation::RunNow,
        "backfill" => Operation::Backfill,
        "durable()" => Operation::Durable,
        "wait_idle" => Operation::WaitIdle,
        "remove" => Operation::Remove,
        "cancel" => Operation::Cancel,
        "stopped" => Operation::Stopped,
        other => panic!("the README has a row about {other:?}"),
    };
    row.split('`').skip(1).step_by(2).map(operation).collect()
}

#[test]
fn the_readme_shows_the_lifecycle_table() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let table = readme
        .split("## What is allowed when")
        .nth(1)
        .expect("the section");
    let mut missing: Vec<_> = Operation::ALL.to_vec();
    for line in table
        .lines()
        .skip_while(|line| !line.contains("---"))
        .skip(1)
    {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [_, row, results @ .., _] = &cells[..] else {
            break;
        };
        for operation in operations(row) {
            missing.retain(|other| *other != operation);
            for (state, result) in State::ALL.iter().copied().zip(results) {
                let expected = match permit(state, operation) {
                    Ok(()) => "ok".to_owned(),
                    Err(error) => format!("{error:?}"),
                };
                let shown = result.split(',').next().unwrap_or_default();
                assert_eq!(shown, expected, "{operation:?} while {state}");
            }
        }
    }
    assert_eq!(
        missing,
        [Operation::Observe],
        "the row of queries names no call"
    );
}
