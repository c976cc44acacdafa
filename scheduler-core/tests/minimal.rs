//! A scheduler with only the required methods: the results of the other methods, and of the
//! shorthands that use them.

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
    backfill::Backfill,
    event::{EventStream, Listener, ListenerId},
    job::{CancelMode, CancelStatus, JobInfo},
    lifecycle::LifecycleError,
    runtime::BoxFuture,
    schedule::{ResumeFrom, ScheduleChange},
    trigger::Once,
};

/// Forwards the required methods to `whole`. If `odd` is set, `remove` returns its error instead.
struct Minimal {
    whole: RuntimeScheduler<never::Never>,
    odd: Option<fn() -> Error>,
}

fn minimal(odd: Option<fn() -> Error>) -> Minimal {
    let whole = never::scheduler();
    Minimal { whole, odd }
}

#[async_trait]
impl Scheduler for Minimal {
    fn backend(&self) -> &str {
        self.whole.backend()
    }

    fn state(&self) -> State {
        self.whole.state()
    }

    async fn start(&self) -> Result<()> {
        self.whole.start().await
    }

    async fn start_paused(&self) -> Result<()> {
        self.whole.start_paused().await
    }

    fn pause(&self) -> Result<()> {
        self.whole.pause()
    }

    fn resume(&self) -> Result<()> {
        self.whole.resume()
    }

    async fn shutdown(&self, how: Shutdown) -> Result<Arc<ShutdownReport>> {
        self.whole.shutdown(how).await
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

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.whole.sleep(duration)
    }

    async fn submit(&self, job: Job) -> Result<JobHandle> {
        self.whole.submit(job).await
    }

    fn try_submit(&self, job: Job) -> Result<JobHandle> {
        self.whole.try_submit(job)
    }

    fn cancel(&self, job: JobId, mode: CancelMode) -> CancelStatus {
        self.whole.cancel(job, mode)
    }

    fn add(&self, schedule: Schedule) -> Result<ScheduleId> {
        self.whole.add(schedule)
    }

    fn remove(&self, id: &ScheduleId) -> Result<()> {
        match self.odd {
            Some(error) if id.as_str() == "odd" => Err(error()),
            _ => self.whole.remove(id),
        }
    }

    fn run_now(&self, id: &ScheduleId) -> Result<JobHandle> {
        self.whole.run_now(id)
    }

    fn schedule(&self, id: &ScheduleId) -> Option<ScheduleInfo> {
        self.whole.schedule(id)
    }

    fn schedules(&self) -> Vec<ScheduleInfo> {
        self.whole.schedules()
    }

    fn next_times(&self, id: &ScheduleId, count: usize) -> Result<Vec<DateTime<Utc>>> {
        self.whole.next_times(id, count)
    }

    fn jobs(&self) -> Vec<JobInfo> {
        self.whole.jobs()
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

fn tomorrow(id: &str) -> Schedule {
    let tomorrow = Once::at(Utc::now() + TimeDelta::days(1));
    Schedule::new(tomorrow, Task::new(|_| async {}))
        .id(id)
        .tag("t")
}

/// Returns the name of the method in the `Unsupported` error.
fn missing<T>(answer: Result<T>) -> &'static str {
    match answer.err() {
        Some(Error::Unsupported { call }) => call,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_that_is_not_there_is_named() {
    let scheduler = minimal(None);
    let id = scheduler.add(tomorrow("a")).unwrap();
    let now = Utc::now();
    let what = Backfill::new(now - TimeDelta::days(1)..=now);
    let change = ScheduleChange::new().name("other");
    assert_eq!(missing(scheduler.update(&id, change)), "update");
    assert_eq!(missing(scheduler.pause_schedule(&id, "")), "pause_schedule");
    let resumed = scheduler.resume_schedule(&id, ResumeFrom::Now);
    assert_eq!(missing(resumed), "resume_schedule");
    assert_eq!(missing(scheduler.history(&id)), "history");
    assert_eq!(missing(scheduler.explain(&id, now)), "explain");
    let times = scheduler.backfill_times(&id, &what);
    assert_eq!(missing(times), "backfill_times");
    assert_eq!(missing(scheduler.backfill(&id, what)), "backfill");
    let error = scheduler.history(&id).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("history"), "{error}");
}

#[test]
fn the_other_calls_are_made_of_those_that_are_there() {
    let scheduler = minimal(None);
    let job = || Job::new(|_| async {});
    let [first, second] = ["first", "second"].map(|name| scheduler.post(job().name(name)).unwrap());
    let name = |id| scheduler.job(id).unwrap().name;
    assert_eq!(name(first).as_deref(), Some("first"));
    assert_eq!(name(second).as_deref(), Some("second"));
    scheduler.cancel(first, CancelMode::Immediate);
    assert!(scheduler.job(first).is_none());
    assert!(scheduler.handle(second).is_none() && scheduler.backfills().is_empty());
    let twice = ["a", "b", "a"].map(tomorrow).into();
    let refused = scheduler.add_all(twice).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::DuplicateId);
    assert!(scheduler.schedules().is_empty(), "all of them or none");
    let both = ["b", "a"].map(tomorrow).into();
    assert_eq!(
        scheduler.add_all(both).unwrap(),
        ["b", "a"].map(ScheduleId::new)
    );
}

#[test]
fn one_that_went_by_itself_is_passed_over_when_a_tag_is_removed() {
    let gone = || Error::UnknownSchedule("odd".into());
    let scheduler = minimal(Some(gone));
    scheduler
        .add_all(["a", "odd", "z"].map(tomorrow).into())
        .unwrap();
    let removed = scheduler.remove_tagged("t").unwrap();
    assert_eq!(removed, ["a", "z"].map(ScheduleId::new));
}

#[test]
fn another_error_ends_the_removal_of_a_tag() {
    let broken = || LifecycleError::ShutDown.into();
    let scheduler = minimal(Some(broken));
    scheduler
        .add_all(["a", "odd", "z"].map(tomorrow).into())
        .unwrap();
    let refused = scheduler.remove_tagged("t").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ShutDown);
    let left = scheduler
        .schedules()
        .into_iter()
        .map(|schedule| schedule.id);
    assert_eq!(left.collect::<Vec<_>>(), ["odd", "z"].map(ScheduleId::new));
}

#[test]
fn every_listener_has_a_number_of_its_own() {
    let scheduler = minimal(None);
    assert_eq!(scheduler.backend(), "never");
    let listen = || scheduler.add_listener(EventFilter::all(), Arc::new(|_: &_| {}));
    let (first, second) = (listen(), listen());
    assert!(first != second);
    assert!(scheduler.remove_listener(first) && !scheduler.remove_listener(first));
    assert!(scheduler.remove_listener(second));
}
