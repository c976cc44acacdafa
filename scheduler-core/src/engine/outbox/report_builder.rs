//! [`ReportBuilder`]: collects outcomes of jobs for the report of a shutdown.

use crate::{FailedJob, ShutdownReport, StateCause, contract::shutdown::JobRef, job::JobOutcome};

/// Maximum number of failures that are recorded before a shutdown, which bounds the memory of a long watch.
const KEPT: usize = 10_000;

/// The failures since the first watcher was added, or the report of the shutdown in progress.
#[derive(Default)]
pub(in crate::engine) struct ReportBuilder {
    watchers: usize,
    /// Failures since the first watcher was added.
    failed: Vec<FailedJob>,
    report: Option<ShutdownReport>,
}

impl ReportBuilder {
    /// Adds a watcher (`AJ-021`).
    pub(in crate::engine) const fn watch_failures(&mut self) {
        self.watchers += 1;
    }

    /// Removes a watcher. If it was the last, returns the recorded failures, which the caller drops after
    /// unlocking.
    pub(in crate::engine) fn unwatch_failures(&mut self) -> Vec<FailedJob> {
        self.watchers -= 1;
        match self.watchers {
            0 => std::mem::take(&mut self.failed),
            _ => Vec::new(),
        }
    }

    /// Begins the report of a shutdown with the failures that were recorded before.
    pub(in crate::engine) fn begin_report(&mut self, cause: StateCause) {
        self.report = Some(ShutdownReport {
            failed: std::mem::take(&mut self.failed).into_iter().collect(),
            ..ShutdownReport::new(cause)
        });
    }

    /// Takes the report of a complete shutdown.
    pub(in crate::engine) fn take_report(&mut self) -> Option<ShutdownReport> {
        self.report.take()
    }

    /// Records the outcome of a job that began `attempt` attempts.
    pub(in crate::engine) fn note(
        &mut self,
        job: impl FnOnce() -> JobRef,
        attempt: u32,
        outcome: &JobOutcome,
    ) {
        match &mut self.report {
            Some(report) => note_in(report, job(), attempt, outcome),
            None if self.watchers > 0 && self.failed.len() < KEPT => {
                if let JobOutcome::Failed(error) = outcome {
                    self.failed.push(FailedJob::new(job(), error.clone()));
                }
            }
            None => {}
        }
    }

    /// Records a job that ignored its cancellation.
    pub(in crate::engine) fn note_abandoned(&mut self, job: JobRef) {
        if let Some(report) = &mut self.report {
            report.abandoned.push(job);
        }
    }

    /// Records an error handler that did not return in time.
    pub(in crate::engine) fn note_hung_handler(&mut self, job: JobRef) {
        if let Some(report) = &mut self.report {
            report.hung_handlers.push(job);
        }
    }
}

fn note_in(report: &mut ShutdownReport, job: JobRef, attempt: u32, outcome: &JobOutcome) {
    match outcome {
        JobOutcome::Cancelled(_) if attempt == 0 => report.note_unstarted(job),
        JobOutcome::Cancelled(_) => report.cancelled.push(job),
        JobOutcome::Failed(error) => report.failed.push(FailedJob::new(job, error.clone())),
        JobOutcome::Succeeded(()) => report.drained.push(job),
    }
}

#[cfg(test)]
mod tests {
    use crate::{FailedJob, Job, Named, Options, Shutdown, engine::rig::Rig};

    fn fail(rig: &mut Rig, name: &str) {
        let job = rig.submit(Job::new(|_| async {}).name(name));
        rig.fail(&job);
    }

    fn names(failed: &[FailedJob]) -> Vec<&str> {
        let all = failed.iter();
        all.filter_map(|one| one.job.name.as_deref()).collect()
    }

    /// Returns the failures that the report of a shutdown would list now.
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
