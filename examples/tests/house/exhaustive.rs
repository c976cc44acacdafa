//! Checks that public enums, and structs with public fields, are `#[non_exhaustive]`, except for a
//! list with reasons.
//!
//! A variant or a field can then be added without a new major version.

use std::collections::BTreeSet;

use crate::sources::{files, root, text};

/// The folders of the published crates.
const CRATES: &[&str] = &[
    "backend-async-std",
    "backend-smol",
    "backend-thread",
    "backend-tokio",
    "conformance-tests",
    "scheduler",
    "scheduler-core",
    "scheduler-testing",
    "scheduler-triggers",
];

/// The exceptions, by folder of the crate and name, with the reason.
const DELIBERATE: &[(&str, &str, &str)] = &[
    (
        "conformance-tests",
        "Harness",
        "each backend writes it as a literal",
    ),
    ("conformance-tests", "Level", "the levels of RFC 2119"),
    (
        "scheduler-core",
        "Claim",
        "a job and its token identify a claim",
    ),
    (
        "scheduler-core",
        "Node",
        "a number and its nonce identify a node",
    ),
    (
        "scheduler-core",
        "Count",
        "exact or a lower bound: there is no third",
    ),
    (
        "scheduler-core",
        "FirstState",
        "a scheduler must be able to start in each",
    ),
    (
        "scheduler-core",
        "Rested",
        "hidden: for one crate of the same version",
    ),
    (
        "scheduler-core",
        "Work",
        "a scheduler must run every kind of body",
    ),
    ("scheduler-triggers", "Length", "a newtype"),
    (
        "scheduler-triggers",
        "Overrun",
        "hidden: for one crate of the same version",
    ),
    (
        "scheduler-triggers",
        "Period",
        "the units of a calendar, written as a literal",
    ),
    (
        "scheduler-triggers",
        "Repeats",
        "a scheduler must treat every kind",
    ),
    (
        "scheduler-triggers",
        "Spent",
        "hidden: for one crate of the same version",
    ),
    (
        "scheduler-triggers",
        "Timeline",
        "a scheduler must treat every kind",
    ),
];

/// Folder of the scenarios and traces of the model, which tests write as literals and match in
/// full.
const LITERALS: &str = "conformance-tests/src/model/";

/// Returns the kind and the name of the public enum or struct that `line` declares.
fn declared(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("pub ")?;
    let (kind, rest) = rest.split_once(' ')?;
    let length = rest.find(|letter: char| !letter.is_alphanumeric());
    let name = &rest[..length.unwrap_or(rest.len())];
    ["enum", "struct"].contains(&kind).then_some((kind, name))
}

/// Returns the public types of a source that another crate can build or match in full.
fn exhaustive(source: &str) -> Vec<&str> {
    let lines: Vec<_> = source.lines().collect();
    let mut found = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let Some((kind, name)) = declared(line) else {
            continue;
        };
        let mut above = lines[..number]
            .iter()
            .rev()
            .take_while(|line| !line.is_empty());
        let is_open = above.any(|line| line.contains("#[non_exhaustive]"));
        let mut body = lines[number + 1..].iter().take_while(|line| **line != "}");
        let is_seen = match kind {
            _ if line.ends_with(';') => line.contains("(pub "),
            "struct" => !line.ends_with("{}") && body.any(|line| line.starts_with("    pub ")),
            _ => true,
        };
        if is_seen && !is_open {
            found.push(name);
        }
    }
    found
}

#[test]
fn public_types_can_grow_unless_they_are_listed() {
    let mut found = BTreeSet::new();
    for folder in CRATES {
        for path in files(&root().join(folder).join("src"), &["rs"]) {
            let place = path.strip_prefix(root()).expect("inside the workspace");
            if !place.starts_with(LITERALS) {
                let source = text(&path);
                found.extend(
                    exhaustive(&source)
                        .iter()
                        .map(|name| format!("{folder} {name}")),
                );
            }
        }
    }
    let listed = DELIBERATE
        .iter()
        .map(|(folder, name, _)| format!("{folder} {name}"));
    let listed: BTreeSet<_> = listed.collect();
    let difference: Vec<_> = found.symmetric_difference(&listed).collect();
    assert!(
        difference.is_empty(),
        "make it #[non_exhaustive], or list it with the reason; or it is listed and no longer there: {difference:#?}"
    );
}

#[test]
fn exhaustive_types_are_found() {
    let source = "\
/// Can grow.
#[derive(Debug)]
#[non_exhaustive]
pub enum Open {
    One,
}

#[derive(Debug)]
pub enum Closed {
    One,
}

pub struct Private {
    field: u8,
}

pub struct Public {
    pub field: u8,
}

pub struct Newtype(pub u8);
pub struct Opaque(u8);
pub(crate) enum Inner {
    One,
}
";
    assert_eq!(exhaustive(source), ["Closed", "Public", "Newtype"]);
}
