//! [`ResumeFrom`]: how a paused schedule continues.

use chrono::{DateTime, Utc};

/// How a paused schedule continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ResumeFrom {
    /// Continues now. Instants during the pause are skipped, and do not count as missed. An instant
    /// before the pause that was still delayed by jitter follows the misfire policy.
    #[default]
    Now,
    /// Continues at the cursor. Instants during the pause follow the misfire policy.
    WhereItStood,
    /// Continues at this instant, read off the present wall clock. Instants before it are skipped;
    /// instants after it follow the misfire policy.
    At(DateTime<Utc>),
}
