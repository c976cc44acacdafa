//! The runtime keeps every rule.

conformance_tests::conformance_suite!(third_party::thread_per_task());
