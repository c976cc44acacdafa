//! The conformance suite on this backend.

conformance_tests::conformance_suite!(conformance_tests::backend(
    backend_async_std::AsyncStdRuntime::new
));
