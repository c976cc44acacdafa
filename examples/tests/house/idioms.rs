//! Idioms that made this project hard to read, with replacements.
//!
//! Each of them stood dozens of times in comments, errors and pages. `docs/internals/glossary.md`
//! has the words to use.
use std::{fmt::Write as _, path::Path};

use crate::{
    prose::{Word, of_rust, words},
    sources::{files, root, text},
};

/// An idiom, and what to write in its place.
const IDIOMS: &[(&str, &str)] = &[
    ("answers", "returns"),
    ("answered with", "returned"),
    ("is told", "receives, is notified of"),
    ("are told", "receive, are notified of"),
    ("be told", "be notified, be cancelled"),
    ("told to end", "cancelled"),
    ("tells", "reports, sends, returns"),
    ("whoever", "name the caller"),
    ("goes on", "continues"),
    ("go on", "continue"),
    ("went on", "continued"),
    ("so many", "a number, a limit"),
    ("so long", "a timeout, a duration"),
    ("any more", "no longer"),
    ("gives way", "yields"),
    ("give way", "yield"),
    ("lets go", "releases"),
    ("let go", "released"),
    ("nobody", "name the caller, the waiter"),
    ("somebody", "a caller, a waiter"),
    ("anew", "again"),
    ("for good", "permanently"),
    ("for ever", "forever, indefinitely"),
    ("in vain", "say what failed"),
    ("hears of", "receives"),
    ("hear of", "receive"),
    ("is over", "has ended"),
    ("are over", "have ended"),
    ("is to be", "must be, will be"),
    ("are to be", "must be, will be"),
    ("it stands", "its position, its state"),
    ("stands in", "is in"),
    ("stands on", "is on"),
    ("stands there", "is there"),
    ("stands twice", "is duplicated"),
    ("stands still", "does not advance"),
    ("comes about", "happens"),
    ("come about", "happen"),
    ("knows of", "has"),
    ("is there twice", "duplicate"),
    ("no place for", "name the limit"),
    ("what runs", "running jobs, active runs"),
    ("what waits", "waiting jobs"),
    ("who waits", "waiters"),
    ("who runs", "name the caller"),
    ("came of", "the result of"),
    ("become of", "the result of"),
    ("becomes of", "the result of"),
    ("comes round", "name the event"),
    ("is to come", "is not due yet"),
    ("are to come", "are not due yet"),
    ("is still to", "must still"),
    ("are still to", "must still"),
    ("asked to end", "receives a cancellation request"),
    ("means nothing", "is invalid"),
    ("could be had", "name what failed"),
    ("to be had", "available"),
    ("took its place", "replaced it"),
    ("takes its place", "replaces it"),
    ("not well", "failed"),
];

/// A doc comment that begins with one of these words has no subject.
const HEADLESS: &[&str] = &["what", "who"];

/// Files that quote the idioms.
const EXCEPT: &[&str] = &[
    "docs/internals/glossary.md",
    "examples/tests/house/idioms.rs",
    "examples/tests/house/prose.rs",
];

fn idioms_in(words: &[Word]) -> Vec<(usize, &'static str, &'static str)> {
    let mut found = Vec::new();
    for (idiom, instead) in IDIOMS {
        let parts: Vec<&str> = idiom.split(' ').collect();
        for window in words.windows(parts.len()) {
            let same = window
                .iter()
                .zip(&parts)
                .all(|(word, part)| word.text == *part);
            if same && window[1..].iter().all(|word| !word.first) {
                found.push((window[0].line, *idiom, *instead));
            }
        }
    }
    found
}

/// Returns the lines of doc comments that begin with a clause in place of a noun or a verb.
fn headless(source: &str) -> Vec<usize> {
    let mut opens = true;
    let mut found = Vec::new();
    for (index, line) in source.lines().enumerate() {
        let trimmed = line.trim_start();
        let Some(doc) = trimmed
            .strip_prefix("///")
            .or_else(|| trimmed.strip_prefix("//!"))
        else {
            opens = true;
            continue;
        };
        let first = doc
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let question = doc.trim_end().ends_with('?');
        if opens && !question && HEADLESS.contains(&first.as_str()) {
            found.push(index + 1);
        }
        opens = false;
    }
    found
}

fn check(path: &Path, told: &mut String) -> usize {
    let content = text(path);
    let rust = path.extension().is_some_and(|ending| ending == "rs");
    let prose = if rust {
        of_rust(&content)
    } else {
        content.clone()
    };
    let shown = path
        .strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string();
    if EXCEPT.contains(&shown.as_str()) {
        return 0;
    }
    let idioms = idioms_in(&words(&prose));
    let headless = if rust { headless(&content) } else { Vec::new() };
    for (line, idiom, instead) in &idioms {
        let _ = writeln!(told, "{shown}:{line}: \"{idiom}\"; write: {instead}");
    }
    for line in &headless {
        let _ = writeln!(
            told,
            "{shown}:{line}: the documentation opens with a clause; write a noun phrase or a verb"
        );
    }
    idioms.len() + headless.len()
}

/// Comments, errors, rule texts and pages use the words of the glossary.
#[test]
fn prose_is_plain() {
    let mut told = String::new();
    let count: usize = files(&root(), &["rs", "md"])
        .iter()
        .map(|path| check(path, &mut told))
        .sum();
    assert_eq!(
        count, 0,
        "idioms that docs/internals/glossary.md replaces:\n{told}"
    );
}

#[test]
fn an_idiom_is_found_across_lines_and_not_across_sentences() {
    let found = |text: &str| idioms_in(&words(text)).len();
    assert_eq!(found("the job is\ntold to stop"), 1);
    assert_eq!(found("how it is. Told differently"), 0);
    assert_eq!(found("`is told` is quoted"), 0);
    assert_eq!(
        headless("/// What a job has.\n/// What more.\nfn a() {}\n/// Who waits?\n"),
        [1]
    );
}
