//! Overlap policies: decides about due runs, given the active ones. The table is that of Temporal.
//!
//! A pass decides about each waiting run in order, by the present policies. A run of a paused schedule is
//! buffered under every policy. For the others, the first column that applies decides:
//!
//! | policy | fewer runs than allowed | a run is active | only runs chosen in this pass |
//! |---|---|---|---|
//! | `AllowAll` | start beside | start beside | start beside |
//! | `Skip` | start | skip | skip |
//! | `BufferOne` | start | buffer if nothing is buffered, else skip | the same |
//! | `BufferAll` | start | buffer | buffer |
//! | `CancelOther` | start | cancel the active run, buffer | start in place of the last chosen run |
//! | `TerminateOther` | start | terminate the active run, buffer | start in place of the last chosen run |
//!
//! A run that finds the buffer full is skipped. While a run is being cancelled, `AllowAll` waits too.
//! Termination takes precedence over cancellation.

use std::time::Duration;

use crate::{Overlap, SkipReason, job::CancelMode};

/// Grace of [`Overlap::CancelOther`] between the cancellation request and the drop.
const REPLACE_GRACE: Duration = Duration::from_secs(5);

/// A waiting run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) policy: Overlap,
    /// Maximum number of active runs, including this one.
    pub(super) limit: usize,
    /// Maximum number of buffered runs.
    pub(super) buffer: usize,
    /// Whether the schedule is paused, so that the run stays buffered under every policy.
    pub(super) held: bool,
}

/// Decision about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// The run starts and counts for the overlap policy.
    Start,
    /// The run starts and does not count for the overlap policy.
    StartBeside,
    Keep,
    Drop(SkipReason),
}

/// Result of a pass.
#[derive(Debug, Default)]
pub(super) struct Pass {
    pub(super) fates: Vec<Fate>,
    /// How to cancel earlier runs, if any.
    pub(super) cancel: Option<CancelMode>,
    /// Number of earlier runs to cancel, oldest first.
    pub(super) cancelled: usize,
}

/// Decides about each waiting run, given the number of active runs.
pub(super) fn pass(starts: &[Wish], running: usize) -> Pass {
    let mut pass = Passing {
        running,
        ..Passing::default()
    };
    for start in starts {
        let fate = pass.fate(start);
        pass.kept += usize::from(fate == Fate::Keep);
        pass.done.fates.push(fate);
    }
    pass.finish()
}

#[derive(Default)]
struct Passing {
    running: usize,
    kept: usize,
    /// Positions of the runs that were chosen to start.
    chosen: Vec<usize>,
    done: Pass,
}

impl Passing {
    fn fate(&mut self, start: &Wish) -> Fate {
        if start.held {
            return Fate::Keep;
        }
        if start.policy == Overlap::AllowAll {
            return Fate::StartBeside;
        }
        if self.running + self.chosen.len() < start.limit {
            return self.choose();
        }
        match start.policy {
            Overlap::BufferOne if self.kept == 0 => self.keep(start),
            Overlap::BufferAll => self.keep(start),
            Overlap::CancelOther => self.replace(start, CancelMode::Graceful(REPLACE_GRACE)),
            Overlap::TerminateOther => self.replace(start, CancelMode::Immediate),
            Overlap::Skip | Overlap::BufferOne | Overlap::AllowAll => {
                Fate::Drop(SkipReason::Overlap)
            }
        }
    }

    fn choose(&mut self) -> Fate {
        self.chosen.push(self.done.fates.len());
        Fate::Start
    }

    const fn keep(&self, start: &Wish) -> Fate {
        if self.kept < start.buffer {
            Fate::Keep
        } else {
            Fate::Drop(SkipReason::BufferFull)
        }
    }

    /// Cancels an active run, or replaces a run that was chosen in the same pass.
    fn replace(&mut self, start: &Wish, mode: CancelMode) -> Fate {
        if self.running == 0
            && let Some(earlier) = self.chosen.pop()
        {
            self.done.fates[earlier] = Fate::Drop(SkipReason::Superseded);
            return self.choose();
        }
        let fate = self.keep(start);
        if fate == Fate::Keep {
            // More runs than allowed may be active after a change of the policy or the limit.
            let surplus = (self.running + self.done.cancelled + 1).saturating_sub(start.limit);
            self.done.cancelled = surplus.max(self.done.cancelled + 1);
            if self.done.cancel != Some(CancelMode::Immediate) {
                self.done.cancel = Some(mode);
            }
        }
        fate
    }

    fn finish(mut self) -> Pass {
        if self.done.cancel.is_some() {
            for fate in &mut self.done.fates {
                if *fate == Fate::StartBeside {
                    *fate = Fate::Keep;
                }
            }
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::{Fate::*, *};

    const OVERLAP: Fate = Drop(SkipReason::Overlap);

    fn start(policy: Overlap) -> Wish {
        Wish {
            policy,
            limit: 1,
            buffer: 3,
            held: false,
        }
    }

    fn fates(policies: &[Overlap], running: usize) -> Vec<Fate> {
        let starts: Vec<_> = policies.iter().copied().map(start).collect();
        pass(&starts, running).fates
    }

    #[test]
    fn whatever_its_policy_the_first_one_starts_if_nothing_runs() {
        for policy in [
            Overlap::Skip,
            Overlap::BufferOne,
            Overlap::BufferAll,
            Overlap::CancelOther,
            Overlap::TerminateOther,
        ] {
            assert_eq!(fates(&[policy], 0), [Start]);
        }
        assert_eq!(fates(&[Overlap::AllowAll], 0), [StartBeside]);
    }

    #[test]
    fn skip_drops_while_something_runs() {
        assert_eq!(fates(&[Overlap::Skip; 2], 1), [OVERLAP; 2]);
        assert_eq!(fates(&[Overlap::Skip; 2], 0), [Start, OVERLAP]);
    }

    #[test]
    fn buffer_one_keeps_the_first_waiter() {
        assert_eq!(fates(&[Overlap::BufferOne; 3], 1), [Keep, OVERLAP, OVERLAP]);
        assert_eq!(fates(&[Overlap::BufferOne; 3], 0), [Start, Keep, OVERLAP]);
        let mixed = [Overlap::BufferAll, Overlap::BufferOne];
        assert_eq!(fates(&mixed, 1), [Keep, OVERLAP]);
    }

    #[test]
    fn buffer_all_keeps_up_to_the_limit() {
        let full = Drop(SkipReason::BufferFull);
        assert_eq!(fates(&[Overlap::BufferAll; 4], 1), [Keep, Keep, Keep, full]);
        assert_eq!(
            fates(&[Overlap::BufferAll; 4], 0),
            [Start, Keep, Keep, Keep]
        );
    }

    #[test]
    fn cancel_other_keeps_itself_and_ends_what_runs() {
        let pass = pass(&[start(Overlap::CancelOther)], 1);
        assert_eq!(pass.fates, [Keep]);
        assert_eq!(pass.cancel, Some(CancelMode::Graceful(REPLACE_GRACE)));
        assert_eq!(pass.cancelled, 1);
    }

    #[test]
    fn replacing_what_was_only_chosen_cancels_nothing() {
        for policy in [Overlap::CancelOther, Overlap::TerminateOther] {
            let starts = [start(Overlap::Skip), start(policy), start(policy)];
            let pass = pass(&starts, 0);
            let superseded = Drop(SkipReason::Superseded);
            assert_eq!(pass.fates, [superseded, superseded, Start]);
            assert_eq!(pass.cancel, None);
        }
    }

    #[test]
    fn terminating_beats_cancelling() {
        for order in [
            [Overlap::CancelOther, Overlap::TerminateOther],
            [Overlap::TerminateOther, Overlap::CancelOther],
        ] {
            let pass = pass(&order.map(start), 1);
            assert_eq!(pass.cancel, Some(CancelMode::Immediate));
        }
    }

    #[test]
    fn allow_all_waits_for_a_cancellation() {
        let mixed = [Overlap::AllowAll, Overlap::CancelOther, Overlap::AllowAll];
        assert_eq!(fates(&mixed, 1), [Keep, Keep, Keep]);
        assert_eq!(fates(&mixed, 0), [StartBeside, Start, StartBeside]);
    }

    #[test]
    fn more_than_one_may_run_if_allowed() {
        let two = |policy| {
            let start = Wish {
                limit: 2,
                ..start(policy)
            };
            [start; 3]
        };
        assert_eq!(pass(&two(Overlap::Skip), 0).fates, [Start, Start, OVERLAP]);
        assert_eq!(pass(&two(Overlap::BufferAll), 1).fates, [Start, Keep, Keep]);
        let cancelling = pass(&two(Overlap::CancelOther), 2);
        assert_eq!((cancelling.cancelled, cancelling.fates), (3, vec![Keep; 3]));
    }

    #[test]
    fn what_is_held_stays() {
        let held = Wish {
            held: true,
            ..start(Overlap::Skip)
        };
        assert_eq!(pass(&[held, start(Overlap::Skip)], 0).fates, [Keep, Start]);
    }
}
