//! The number of random inputs of a test, and the file for those that fail.

use proptest::{prelude::ProptestConfig, test_runner::FileFailurePersistence};

/// Returns a configuration with `cases` inputs, scaled if `PROPTEST_CASES` differs from its default
/// of 256. Failing inputs are kept in the file `regressions`.
pub(crate) fn config(cases: u32, regressions: &'static str) -> ProptestConfig {
    let general = ProptestConfig::default();
    let wanted = u64::from(cases) * u64::from(general.cases) / 256;
    ProptestConfig {
        cases: u32::try_from(wanted).unwrap_or(u32::MAX).max(1),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(regressions))),
        ..general
    }
}
