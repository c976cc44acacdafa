//! The scheduler from scratch keeps every rule, except for the cases that `conformance.toml` lists.

conformance_tests::conformance_suite!(third_party::FromScratch);
