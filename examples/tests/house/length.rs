//! The length of sources: one idea a file.

use std::collections::BTreeSet;

use crate::sources::{files, root, text};

/// The maximum number of lines.
const LIMIT: usize = 400;

/// The files that are longer, each with the reason.
const LONGER: &[(&str, &str)] = &[
    (
        "conformance-tests/src/cases/mod.rs",
        "one table, from which a macro makes the list and the tests",
    ),
    (
        "scheduler-core/src/api/scheduler_ext.rs",
        "one trait, whose documentation is its reference",
    ),
    (
        "scheduler-core/src/contract/scheduler.rs",
        "one trait, whose documentation is its reference",
    ),
];

#[test]
fn sources_are_short_unless_they_are_listed() {
    let mut found = BTreeSet::new();
    for path in files(&root(), &["rs"]) {
        if text(&path).lines().count() > LIMIT {
            let place = path.strip_prefix(root()).expect("inside the workspace");
            found.insert(place.to_string_lossy().replace('\\', "/"));
        }
    }
    let listed: BTreeSet<_> = LONGER.iter().map(|(file, _)| (*file).to_owned()).collect();
    let difference: Vec<_> = found.symmetric_difference(&listed).collect();
    assert!(
        difference.is_empty(),
        "split it by topic, or it is listed and no longer longer than {LIMIT} lines: {difference:#?}"
    );
}
