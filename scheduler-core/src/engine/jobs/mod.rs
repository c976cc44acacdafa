//! [`Jobs`]: the accepted jobs, from their acceptance to their end.

mod attempts;
mod batch;
mod begin;
mod cancel;
mod delay;
mod ending;
mod finished;
mod handling;
mod held_runs;
mod holders;
mod job_extras;
mod job_info;
mod late_starts;
mod permits;
mod pools;
mod priority_queue;
mod progress;
mod queue;
mod queue_pause;
mod queues;
mod rate_limits;
mod record;
mod results;
mod retry;
mod schedule_permits;
mod start_rules;
mod starts;
mod submit;
mod task_limits;
mod timeouts;
mod token_lines;
mod tokens;
mod unqueued;
mod waits;

pub(super) use self::{
    attempts::AttemptState,
    begin::Crossing,
    ending::{Finished, RunEnded},
    start_rules::{StartRules, Wait},
    submit::Nominal,
};
use self::{
    batch::Batch,
    handling::Handling,
    held_runs::HeldRuns,
    priority_queue::{PriorityQueue, Rank},
    queues::Queues,
    rate_limits::Rates,
    record::Stage,
    results::Results,
    schedule_permits::SchedulePermits,
    task_limits::TaskLimits,
    unqueued::Unqueued,
    waits::Waits,
};
pub(crate) use self::{
    begin::Begin,
    ending::{End, Ended},
    handling::Unhandled,
    record::{JobExtras, JobRecord, Refused, id_of, key_of},
    retry::RetryRequest,
};
use super::{Cx, Key, slab::Slab};
use crate::{EventKind, Options, base::unix_time::UnixTime};

/// All jobs, by where they wait, and the limits on their starts.
pub(super) struct Jobs {
    records: Slab<JobRecord>,
    queues: Queues,
    outside: Unqueued,
    /// Jobs with a permit that wait for the executor.
    batch: Batch,
    going: SchedulePermits,
    /// Runs of paused schedules.
    parked: HeldRuns,
    /// Runs that wait until fewer runs of their schedule are active.
    surplus: HeldRuns,
    /// Which job waits for which.
    waits: Waits,
    rates: Rates,
    task_limits: TaskLimits,
    /// Failed jobs whose error handlers have not returned.
    handling: Handling,
    /// Results of finished jobs.
    results: Results,
}

impl Jobs {
    pub(super) fn new(options: &Options, now: UnixTime) -> Self {
        Self {
            records: Slab::default(),
            queues: Queues::of(options, now),
            outside: Unqueued::default(),
            batch: Batch::default(),
            going: SchedulePermits::default(),
            parked: HeldRuns::default(),
            surplus: HeldRuns::default(),
            waits: Waits::default(),
            rates: Rates::default(),
            task_limits: TaskLimits::default(),
            handling: Handling::default(),
            results: Results::new(options.kept_results),
        }
    }

    #[inline]
    pub(super) fn get(&self, key: Key) -> Option<&JobRecord> {
        self.records.get(key)
    }

    /// Publishes an event about a job, if a reader wants it.
    pub(super) fn publish(&self, key: Key, kind: impl FnOnce() -> EventKind, cx: &mut Cx) {
        if cx.outbox.readers.is_observed() {
            let kind = kind();
            if cx.outbox.readers.wants(kind.name()) {
                let about = self.records.get(key).map(JobRecord::about);
                cx.publish_about(kind, about.unwrap_or_default());
            }
        }
    }
}
