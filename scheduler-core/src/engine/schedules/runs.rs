//! The instants that a schedule must run, in order.

use std::mem;

use super::Schedules;
use crate::engine::{Key, cx::Cx, jobs::Jobs, occurrence::Occurrence};

/// The instants of one plan. Nearly always there is one, which is stored inline.
#[derive(Debug, Default)]
pub(super) enum Runs {
    #[default]
    None,
    One(Occurrence),
    Many(Vec<Occurrence>),
}

impl Runs {
    pub(super) fn push(&mut self, next: Occurrence) {
        *self = match mem::take(self) {
            Self::None => Self::One(next),
            Self::One(first) => Self::Many(vec![first, next]),
            Self::Many(mut all) => {
                all.push(next);
                Self::Many(all)
            }
        };
    }

    pub(super) fn into_vec(self) -> Vec<Occurrence> {
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

impl Schedules {
    /// Starts the runs of a plan at once. Several late ones start one after the other.
    pub(super) fn start_runs(&mut self, key: Key, runs: Runs, jobs: &mut Jobs, cx: &mut Cx) {
        let Some(record) = self.get_mut(key) else {
            return;
        };
        let is_paced = !record.policies().misfire.pace.is_zero();
        match runs {
            Runs::None => {}
            Runs::One(run) if !(is_paced && run.late) => self.start_or_wait(key, run, jobs, cx),
            runs => {
                let mut runs = runs.into_vec();
                if is_paced {
                    let late = runs.extract_if(.., |run| run.late).collect::<Vec<_>>();
                    self.add_paced(key, late, jobs, cx);
                }
                if !runs.is_empty() {
                    self.start_or_wait_all(key, runs, jobs, cx);
                }
            }
        }
    }

    /// Applies the overlap policy to an instant that must run.
    pub(super) fn start_or_wait(
        &mut self,
        key: Key,
        due: Occurrence,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) {
        if self.may_start_at_once(key) {
            self.start_run(key, due, jobs, cx);
        } else {
            self.start_or_wait_all(key, vec![due], jobs, cx);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RunCause, base::unix_time::UnixTime};

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
