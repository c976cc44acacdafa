//! The conformance suite on this backend.

conformance_tests::conformance_suite!(conformance_tests::backend(
    backend_smol::SmolRuntime::global
));
