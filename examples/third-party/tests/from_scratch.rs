//! The scheduler from scratch keeps the rules that `conformance.toml` does not excuse.

conformance_tests::conformance_suite!(third_party::FromScratch);
