//! The instants that a schedule is to run for, in order.

use std::mem;

use crate::{
    Now,
    engine::{Engine, Key, occurrence::Occurrence},
};

/// Nearly always it is one, which takes no memory of its own.
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

impl Engine {
    /// Starts the runs of a plan: at once, or, of several that are late, one at a time.
    pub(in crate::engine) fn start_runs(&mut self, key: Key, runs: Runs, now: &Now) {
        let Some(record) = self.schedules.get_mut(key) else {
            return;
        };
        let is_paced = !record.policies().misfire.pace.is_zero();
        match runs {
            Runs::None => {}
            Runs::One(run) if !(is_paced && run.late) => self.occurrence(key, run, now),
            runs => {
                let mut runs = runs.into_vec();
                if is_paced {
                    let late = runs.extract_if(.., |run| run.late).collect::<Vec<_>>();
                    self.pace(key, late, now);
                }
                if !runs.is_empty() {
                    self.occurrences(key, runs, now);
                }
            }
        }
    }

    /// An instant is to run: what its overlap policy says.
    pub(in crate::engine) fn occurrence(&mut self, key: Key, due: Occurrence, now: &Now) {
        if self.schedules.may_start_at_once(key) {
            self.start_occurrence(key, due, now);
        } else {
            self.occurrences(key, vec![due], now);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::RunCause;

    #[test]
    fn they_keep_their_order() {
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let run = |seconds| Occurrence::new(at(seconds), RunCause::Due);
        for count in 0..4 {
            let all: Vec<_> = (0..count).map(run).collect();
            let mut runs = Runs::default();
            runs.extend(all.clone());
            assert_eq!(runs.into_vec(), all);
        }
    }
}
