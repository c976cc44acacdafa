//! The document says what the rules say.

use std::{env, fs, path::Path};

/// Written anew when `UPDATE_SPEC` is set.
#[test]
fn the_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec.md");
    let wanted = conformance_tests::specification();
    if env::var_os("UPDATE_SPEC").is_some() {
        fs::write(&path, &wanted).expect("the document can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let differs = found.lines().zip(wanted.lines()).position(|(a, b)| a != b);
    assert!(
        found == wanted,
        "docs/spec.md differs from the rules, from line {differs:?} on; run \
         UPDATE_SPEC=1 cargo test --package conformance-tests --test specification"
    );
}

#[test]
fn every_rule_is_explained() {
    for rule in conformance_tests::rules() {
        let text = conformance_tests::explain(rule.id).expect("it exists");
        assert!(text.contains(rule.text) && text.contains(rule.intent));
        assert!(conformance_tests::list().contains(rule.id));
    }
    let later = conformance_tests::explain("st-004").expect("it is known");
    assert!(later.contains("not yet: no backend has a store"), "{later}");
    assert_eq!(conformance_tests::explain("XX-999"), None);
}
