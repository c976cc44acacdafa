//! The conformance suite on the backend of `examples/third_party.rs`, and its program.

#[path = "../examples/third_party.rs"]
mod example;

use conformance_tests::{backend, conformance_suite};

conformance_suite!(backend(|| example::ThreadPerTask));

#[test]
fn the_program_runs() {
    example::main().expect("it starts, runs and ends");
}

#[test]
fn it_fits_on_a_page() {
    let source = include_str!("../examples/third_party.rs");
    assert!(source.lines().count() < 100);
}
