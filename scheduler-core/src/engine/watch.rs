//! What fails while somebody watches: the report of the shutdown to come tells of it.

use super::{Engine, slab::Key};
use crate::{FailedJob, job::JobOutcome};

/// How many failures are kept, so that a long watch takes no more than so much room.
const KEPT: usize = 10_000;

/// How many watch, and what has failed meanwhile.
#[derive(Default)]
pub(super) struct Watch {
    watchers: usize,
    failed: Vec<FailedJob>,
}

impl Engine {
    /// Somebody wants to know (`AJ-021`).
    pub(crate) const fn watch_failures(&mut self) {
        self.watch.watchers += 1;
    }

    /// Somebody has seen enough. Answers what nobody wants any more, to be destroyed without a lock.
    pub(crate) fn unwatch_failures(&mut self) -> Vec<FailedJob> {
        self.watch.watchers -= 1;
        match self.watch.watchers {
            0 => std::mem::take(&mut self.watch.failed),
            _ => Vec::new(),
        }
    }

    /// Notes how a job ended before a shutdown.
    pub(super) fn note_early_end(&mut self, key: Key, outcome: &JobOutcome) {
        let Watch { watchers, failed } = &self.watch;
        let wanted = *watchers > 0 && failed.len() < KEPT && self.closing.is_none();
        if let JobOutcome::Failed(error) = outcome
            && wanted
        {
            let failed = FailedJob::new(self.reference(key), error.clone());
            self.watch.failed.push(failed);
        }
    }

    /// What has failed before the shutdown that begins now.
    pub(super) fn early_failures(&mut self) -> Vec<FailedJob> {
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

    /// What the report of a shutdown now says of.
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
