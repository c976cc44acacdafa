//! Laws about shutdowns.

use chrono::{DateTime, Utc};
use scheduler_core::schedule::{Decision, Verdict};

use super::{Trial, Violation, runs::tell};
use crate::{
    log::{Run, What},
    plan::{Disturbance, Ending},
    present::Present,
};

/// After a shutdown has begun, only due jobs start; if it does not drain, no job starts.
pub(crate) fn none_after_shutdown(trial: &Trial<'_>) -> Vec<Violation> {
    let mut present = Present::of(&trial.plan.settings);
    let mut violations = Vec::new();
    let mut closed = None;
    for entry in &trial.log.entries {
        present.pass(entry);
        match entry.what {
            What::Call(Disturbance::ShutDown(_)) => {
                // What had come before the clock was set back may start.
                closed = trial.times(entry).max().map(|at| at + trial.set_back());
            }
            What::Start(run) => {
                let begun = present.ending.zip(closed);
                if begun.is_some_and(|(ending, at)| !may_drain(ending, at, run)) {
                    violations.push(tell(entry, run));
                }
            }
            _ => {}
        }
    }
    violations
}

fn may_drain((ending, was_paused): (Ending, bool), at: DateTime<Utc>, run: Run) -> bool {
    let drains = matches!(ending, Ending::Graceful | Ending::Within(_));
    drains && !was_paused && (!run.is_own_instant() || run.nominal <= at)
}

/// After the end, every record has a final verdict.
pub(crate) fn nothing_is_open(trial: &Trial<'_>) -> Vec<Violation> {
    let histories = trial.log.lives.iter().flat_map(|life| &life.history);
    let is_open =
        |known: &&Decision| matches!(known.verdict, Verdict::Buffered | Verdict::Started(_));
    let open = histories.flatten().filter(is_open);
    open.map(|known| format!("{known:?}")).collect()
}
