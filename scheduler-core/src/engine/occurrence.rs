//! [`Occurrence`]: an instant for which a schedule or a backfill starts a run.

use crate::{RunCause, RunFacts, Span, base::unix_time::UnixTime};

/// An instant to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Occurrence {
    pub(crate) nominal: UnixTime,
    /// The instants that the run replaces, if there are several.
    pub(crate) covers: Option<Span>,
    /// The replaced instants other than that of the run, until they are recorded.
    pub(in crate::engine) others: Option<Span>,
    pub(crate) cause: RunCause,
    /// Whether the run is a catch-up run, which keeps the pace.
    pub(in crate::engine) late: bool,
    /// Jitter of the run's start in nanoseconds, which does not count as lateness.
    pub(in crate::engine) shift: u64,
}

impl Occurrence {
    /// Removes the replaced instants, after they were recorded.
    pub(in crate::engine) const fn on_record(self) -> Self {
        Self {
            others: None,
            ..self
        }
    }

    pub(in crate::engine) const fn new(nominal: UnixTime, cause: RunCause) -> Self {
        Self {
            nominal,
            covers: None,
            others: None,
            cause,
            late: false,
            shift: 0,
        }
    }

    /// Returns facts for the job's context; `None` for an ordinary run.
    pub(in crate::engine) fn facts(&self) -> Option<Box<RunFacts>> {
        let special = self.cause != RunCause::Due || self.covers.is_some();
        special.then(|| {
            Box::new(RunFacts {
                cause: self.cause,
                covers: self.covers,
                backfill: None,
            })
        })
    }
}
