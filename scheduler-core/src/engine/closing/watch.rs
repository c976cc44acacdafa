//! [`Watch`]: failures before a shutdown, recorded for its report.

use crate::engine::{Engine, Key};
use crate::{FailedJob, job::JobOutcome};

/// Maximum number of recorded failures, which bounds the memory of a long watch.
const KEPT: usize = 10_000;

/// Number of watchers, and the recorded failures.
#[derive(Default)]
pub(in crate::engine) struct Watch {
    watchers: usize,
    failed: Vec<FailedJob>,
}

impl Engine {
    /// Adds a watcher (`AJ-021`).
    pub(crate) const fn watch_failures(&mut self) {
        self.watch.watchers += 1;
    }

    /// Removes a watcher. If it was the last, returns the recorded failures, which the caller drops after
    /// unlocking.
    pub(crate) fn unwatch_failures(&mut self) -> Vec<FailedJob> {
        self.watch.watchers -= 1;
        match self.watch.watchers {
            0 => std::mem::take(&mut self.watch.failed),
            _ => Vec::new(),
        }
    }

    /// Records the outcome of a job before a shutdown.
    pub(in crate::engine) fn note_early_end(&mut self, key: Key, outcome: &JobOutcome) {
        let Watch { watchers, failed } = &self.watch;
        let wanted = *watchers > 0 && failed.len() < KEPT && self.closing.is_none();
        if let JobOutcome::Failed(error) = outcome
            && wanted
        {
            let failed = FailedJob::new(self.reference(key), error.clone());
            self.watch.failed.push(failed);
        }
    }

    /// Returns the failures that were recorded before this shutdown.
    pub(in crate::engine) fn early_failures(&mut self) -> Vec<FailedJob> {
        std::mem::take(&mut self.watch.failed)
    }
}

#[cfg(test)]
mod tests {
    use crate::{FailedJob, Job, Named, Options, Shutdown, engine::rig::Rig};

    fn fail(rig: &mut Rig, name: &str) {
        let job = rig.submit(Job::new(|_| async {}).named(name));
        rig.fail(&job);
    }

    fn names(failed: &[FailedJob]) -> Vec<&str> {
        let all = failed.iter();
        all.filter_map(|one| one.job.name.as_deref()).collect()
    }

    /// The failures that the report of a shutdown would name now.
    fn reported(rig: &mut Rig) -> Named<FailedJob> {
        let how = Shutdown::graceful();
        rig.engine.shut_down(how, &rig.now).unwrap();
        rig.engine.report().expect("it has ended").failed.clone()
    }

    #[test]
    fn failures_are_kept_as_long_as_anybody_watches() {
        let mut rig = Rig::started(Options::default());
        rig.engine.watch_failures();
        rig.engine.watch_failures();
        fail(&mut rig, "a");
        assert!(rig.engine.unwatch_failures().is_empty());
        fail(&mut rig, "b");
        assert_eq!(names(&rig.engine.unwatch_failures()), ["a", "b"]);
        fail(&mut rig, "c");
        rig.engine.watch_failures();
        fail(&mut rig, "d");
        let reported: Vec<_> = reported(&mut rig).iter().cloned().collect();
        assert_eq!(names(&reported), ["d"]);
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let mut rig = Rig::started(Options::default());
        rig.engine.watch_failures();
        for _ in 0..=super::KEPT {
            fail(&mut rig, "a");
        }
        assert_eq!(reported(&mut rig).len(), super::KEPT);
    }
}
