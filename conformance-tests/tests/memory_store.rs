//! The contract of stores on the store in memory.

conformance_tests::store_suite!(|| Box::new(scheduler_core::store::MemoryStore::new()));
