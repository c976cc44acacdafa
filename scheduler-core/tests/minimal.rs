//! A scheduler with only the required methods, as a third party writes it: tests of the provided
//! methods, and of their results if the scheduler misbehaves.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads the clock, and may fail"
)]

mod never;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Error, ErrorKind, EventFilter, Job, JobHandle, JobId, Metrics, Result, RuntimeScheduler,
    Schedule, ScheduleId, ScheduleInfo, Scheduler, SchedulerExt, Shutdown, ShutdownReport, State,
    Task,
    backfill::{Backfill, BackfillHandle, BackfillTimes},
    event::{EventStream, Listener, ListenerId},
    implement::{QueueControl, ScheduleControl},
    job::{CancelMode, JobInfo, JobResult},
    lifecycle::{FirstState, LifecycleError},
    runtime::BoxFuture,
    schedule::{Decision, Explanation, ResumeFrom, ScheduleChange},
    shutdown::FailureWatch,
    trigger::Once,
};

/// A scheduler that forwards every call to `whole`.
struct Minimal {
    whole: RuntimeScheduler<never::Never>,
    /// The error of `remove` for the schedule "odd".
    odd: Option<fn() -> Error>,
}

fn minimal() -> Minimal {
    Minimal {
        whole: never::scheduler(),
        odd: None,
    }
}

#[async_trait]
impl Scheduler for Minimal {
    fn backend(&self) -> &str {
        self.whole.backend()
    }

    fn state(&self) -> State {
        self.whole.state()
    }

    async fn start_in(&self, first: FirstState) -> Result<()> {
        self.whole.start_in(first).await
    }

    fn pause(&self) -> Result<()> {
        self.whole.pause()
    }

    fn resume(&self) -> Result<()> {
        self.whole.resume()
    }

    fn request_shutdown(&self, how: Shutdown) -> Result<()> {
        self.whole.request_shutdown(how)
    }

    async fn stopped(&self) -> Result<Arc<ShutdownReport>> {
        self.whole.stopped().await
    }

    async fn wait_idle(&self) -> Result<()> {
        self.whole.wait_idle().await
    }

    fn watch_failures(&self) -> FailureWatch {
        self.whole.watch_failures()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.whole.sleep(duration)
    }

    async fn submit(&self, job: Job) -> Result<JobHandle> {
        self.whole.submit(job).await
    }

    fn try_submit(&self, job: Job) -> Result<JobHandle> {
        self.whole.try_submit(job)
    }

    fn handle(&self, id: JobId) -> Option<JobHandle> {
        self.whole.handle(id)
    }

    fn jobs(&self) -> Vec<JobInfo> {
        self.whole.jobs()
    }

    fn schedule_control(&self) -> Arc<dyn ScheduleControl> {
        Arc::new(Schedules(self.whole.clone(), self.odd))
    }

    fn queue_control(&self) -> Arc<dyn QueueControl> {
        self.whole.queue_control()
    }

    fn result(&self, id: JobId) -> Result<JobResult> {
        self.whole.result(id)
    }

    fn subscribe(&self, filter: EventFilter) -> EventStream {
        self.whole.subscribe(filter)
    }

    fn add_listener(&self, filter: EventFilter, listener: Arc<dyn Listener>) -> ListenerId {
        self.whole.add_listener(filter, listener)
    }

    fn remove_listener(&self, id: ListenerId) -> bool {
        self.whole.remove_listener(id)
    }

    fn metrics(&self) -> Metrics {
        self.whole.metrics()
    }
}

/// The control of the schedules of [`Minimal`].
struct Schedules(RuntimeScheduler<never::Never>, Option<fn() -> Error>);

impl ScheduleControl for Schedules {
    fn add(&self, schedule: Schedule) -> Result<ScheduleId> {
        self.0.schedule_control().add(schedule)
    }

    fn add_all(&self, schedules: Vec<Schedule>) -> Result<Vec<ScheduleId>> {
        self.0.schedule_control().add_all(schedules)
    }

    fn list(&self) -> Vec<ScheduleInfo> {
        self.0.schedules()
    }

    fn backfills(&self) -> Vec<BackfillHandle> {
        self.0.backfills()
    }

    fn info(&self, id: &ScheduleId) -> Result<ScheduleInfo> {
        self.0.schedule(id).info()
    }

    fn next_times(&self, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>> {
        self.0.schedule(id).next_times(count)
    }

    fn update(&self, id: &ScheduleId, change: ScheduleChange) -> Result<()> {
        self.0.schedule(id).update(change)
    }

    fn pause(&self, id: &ScheduleId, reason: &str) -> Result<()> {
        self.0.schedule(id).pause(reason)
    }

    fn resume(&self, id: &ScheduleId, from: ResumeFrom) -> Result<()> {
        self.0.schedule(id).resume(from)
    }

    fn remove(&self, id: &ScheduleId) -> Result<()> {
        match self.1 {
            Some(error) if id.as_str() == "odd" => Err(error()),
            _ => self.0.schedule(id).remove(),
        }
    }

    fn run_now(&self, id: &ScheduleId) -> Result<JobHandle> {
        self.0.schedule(id).run_now()
    }

    fn backfill(&self, id: &ScheduleId, what: Backfill) -> Result<BackfillHandle> {
        self.0.schedule(id).backfill(what)
    }

    fn backfill_times(&self, id: &ScheduleId, what: &Backfill) -> Result<BackfillTimes> {
        self.0.schedule(id).backfill_times(what)
    }

    fn history(&self, id: &ScheduleId) -> Result<Vec<Decision>> {
        self.0.schedule(id).history()
    }

    fn explain(&self, id: &ScheduleId, instant: DateTime<Utc>) -> Result<Explanation> {
        self.0.schedule(id).explain(instant)
    }
}

fn tomorrow(id: &str) -> Schedule {
    let tomorrow = Once::at(Utc::now() + TimeDelta::days(1));
    Schedule::new(tomorrow, Task::new(|_| async {}))
        .id(id)
        .tag("t")
}

fn ids(scheduler: &Minimal) -> Vec<ScheduleId> {
    let schedules = scheduler.schedules().into_iter();
    schedules.map(|schedule| schedule.id).collect()
}

#[test]
fn the_shorthands_are_made_of_the_required_calls() {
    let scheduler = minimal();
    let id = scheduler.post(Job::future(async {}).name("j")).unwrap();
    let job = scheduler.job(id).unwrap();
    assert_eq!((job.id, job.name.as_deref()), (id, Some("j")));
    scheduler.cancel(id, CancelMode::Immediate);
    assert!(scheduler.job(id).is_none());

    let added = scheduler.add(tomorrow("a")).unwrap();
    assert_eq!(added.id().as_str(), "a");
    let next = Utc::now() + TimeDelta::days(2);
    added.reschedule(Once::at(next)).unwrap();
    assert_eq!(
        scheduler.schedule(added.id()).next_times(9).unwrap(),
        [next]
    );
}

#[test]
fn one_that_went_by_itself_is_passed_over_when_a_tag_is_removed() {
    let scheduler = Minimal {
        odd: Some(|| Error::UnknownSchedule("odd".into())),
        ..minimal()
    };
    scheduler
        .add_all(["a", "odd", "z"].map(tomorrow).into())
        .unwrap();
    let removed = scheduler.remove_tagged("t").unwrap();
    assert_eq!(removed, ["a", "z"].map(ScheduleId::new));
}

#[test]
fn another_error_ends_the_removal_of_a_tag() {
    let scheduler = Minimal {
        odd: Some(|| LifecycleError::ShutDown.into()),
        ..minimal()
    };
    scheduler
        .add_all(["a", "odd", "z"].map(tomorrow).into())
        .unwrap();
    let refused = scheduler.remove_tagged("t").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ShutDown);
    assert_eq!(ids(&scheduler), ["odd", "z"].map(ScheduleId::new));
}
