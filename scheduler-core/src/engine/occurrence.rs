//! [`Occurrence`]: an instant for which a schedule or a backfill starts a run. [`Runs`]: several of them.

use std::mem;

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

/// The occurrences of one plan, in order. Nearly always there is one, which is stored inline.
#[derive(Debug, Default)]
pub(in crate::engine) enum Runs {
    #[default]
    None,
    One(Occurrence),
    Many(Vec<Occurrence>),
}

impl Runs {
    pub(in crate::engine) fn push(&mut self, next: Occurrence) {
        *self = match mem::take(self) {
            Self::None => Self::One(next),
            Self::One(first) => Self::Many(vec![first, next]),
            Self::Many(mut all) => {
                all.push(next);
                Self::Many(all)
            }
        };
    }

    pub(in crate::engine) fn into_vec(self) -> Vec<Occurrence> {
        match self {
            Self::None => Vec::new(),
            Self::One(only) => vec![only],
            Self::Many(all) => all,
        }
    }
}

impl Extend<Occurrence> for Runs {
    fn extend<T: IntoIterator<Item = Occurrence>>(&mut self, more: T) {
        for next in more {
            self.push(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn they_keep_their_order() {
        let at = |seconds| UnixTime::new(seconds, 0);
        let run = |seconds| Occurrence::new(at(seconds), RunCause::Due);
        for count in 0..4 {
            let all: Vec<_> = (0..count).map(run).collect();
            let mut runs = Runs::default();
            runs.extend(all.clone());
            assert_eq!(runs.into_vec(), all);
        }
    }
}
