//! Every call of a scheduler and of the handles that it returns.

use std::{future::Future, pin::pin, sync::Arc, task::Context, time::Duration};

use chrono::TimeDelta;
use scheduler_core::{
    Event, EventFilter, Job, JobId, Schedule, ScheduleHandle, ScheduleId, SchedulerExt, Shutdown,
    Task,
    backfill::Backfill,
    job::{CancelMode, JobError, Retry},
    lifecycle::FirstState,
    schedule::{Conflict, HistoryPage, ResumeFrom, ScheduleChange},
    scope::JobScope,
};

use super::{Stage, values::EachSecond};

/// The name of a call, and a function that makes it on the stage.
pub(super) type Call = (&'static str, fn(&Stage));

/// Every call of a scheduler, and those of its job handles, backfills, streams and scopes.
pub(super) const CALLS: &[Call] = &[
    ("backend", |on| {
        drop(on.world.scheduler.backend().to_owned());
    }),
    ("state", |on| _ = on.world.scheduler.state()),
    ("start", |on| on.poll(on.world.scheduler.start())),
    ("start_paused", |on| {
        on.poll(on.world.scheduler.start_paused());
    }),
    ("start_in", |on| {
        on.poll(on.world.scheduler.start_in(FirstState::Running));
    }),
    ("pause", |on| _ = on.world.scheduler.pause()),
    ("resume", |on| {
        on.world.scheduler.pause().expect("paused");
        on.world.scheduler.resume().expect("resumed");
    }),
    ("shutdown", |on| {
        on.poll(on.world.scheduler.shutdown(Shutdown::immediate()));
    }),
    ("request_shutdown", |on| {
        let how = Shutdown::graceful();
        on.world.scheduler.request_shutdown(how).expect("requested");
    }),
    ("stopped", |on| on.poll(on.world.scheduler.stopped())),
    ("wait_idle", |on| on.poll(on.world.scheduler.wait_idle())),
    ("watch_failures", |on| {
        drop(on.world.scheduler.watch_failures());
    }),
    ("durable", |on| _ = on.world.scheduler.durable()),
    ("sleep", |on| {
        on.poll(on.world.scheduler.sleep(Duration::from_secs(1)));
    }),
    ("submit", |on| on.poll(on.world.scheduler.submit(job(on)))),
    ("try_submit", |on| {
        _ = on.world.scheduler.try_submit(job(on));
    }),
    ("post", |on| _ = on.world.scheduler.post(job(on))),
    ("cancel", |on| {
        for id in on.jobs() {
            on.world
                .scheduler
                .cancel(id, CancelMode::Graceful(Duration::from_secs(1)));
            on.world.scheduler.cancel(id, CancelMode::Immediate);
        }
    }),
    ("add", |on| {
        for conflict in [Conflict::Refuse, Conflict::Keep, Conflict::Replace] {
            let schedule = schedule(on, "known").on_conflict(conflict);
            _ = on.world.scheduler.add(schedule);
        }
    }),
    ("add_all", |on| {
        let all = ["a", "b", "known"].map(|id| schedule(on, id));
        assert!(
            on.world.scheduler.add_all(all.into()).is_err(),
            "the schedule has a next time"
        );
    }),
    ("schedule_control", |on| {
        drop(on.world.scheduler.schedule_control());
    }),
    ("queue_control", |on| {
        drop(format!("{:?}", on.world.scheduler.queue_control().list()));
    }),
    ("queue", |on| {
        let queue = on.world.scheduler.queue("default");
        queue.pause("why not").expect("exists");
        queue.resume().expect("exists");
        drop(format!("{:?}", queue.info()));
    }),
    ("queues", |on| {
        drop(format!("{:?}", on.world.scheduler.queues()));
    }),
    ("schedule.add", |on| {
        let control = on.world.scheduler.schedule_control();
        control.add(schedule(on, "third")).expect("added");
    }),
    ("schedule.add_all", |on| {
        let all = ["a", "b"].map(|id| schedule(on, id));
        let control = on.world.scheduler.schedule_control();
        control.add_all(all.into()).expect("added");
    }),
    ("schedule.list", |on| {
        let control = on.world.scheduler.schedule_control();
        drop(format!("{:?}", control.list()));
    }),
    ("schedule.backfills", |on| {
        drop(on.world.scheduler.schedule_control().backfills());
    }),
    ("schedule.remove", |on| {
        on.known().remove().expect("exists");
    }),
    ("schedule.remove_all", |on| {
        let removed = on.world.scheduler.schedule_control().remove_all();
        assert!(!removed.expect("it runs").is_empty());
    }),
    ("schedule.update", |on| {
        let change = ScheduleChange::new()
            .trigger(EachSecond(on.line.value()))
            .task(task(on));
        on.known().update(change).expect("exists");
    }),
    ("schedule.pause", |on| {
        on.known().pause("why not").expect("exists");
    }),
    ("schedule.resume", |on| {
        on.known().pause("why not").expect("exists");
        on.known().resume(ResumeFrom::Now).expect("exists");
    }),
    ("schedule.history", |on| _ = on.known().history()),
    ("schedule.history_page", |on| {
        let now = on.world.wall();
        _ = on.known().history_page(&HistoryPage::new(now..=now));
    }),
    ("schedule.explain", |on| {
        _ = on.known().explain(on.world.wall());
    }),
    ("schedule.run_now", |on| {
        drop(on.known().run_now().expect("exists"));
    }),
    ("schedule.backfill", |on| {
        let range = on.world.wall() - TimeDelta::seconds(3)..=on.world.wall();
        let backfill = on.known().backfill(Backfill::new(range));
        let backfill = backfill.expect("exists");
        on.poll(backfill.wait());
        backfill.cancel(CancelMode::Immediate);
    }),
    ("schedule.backfill_times", |on| {
        let range = on.world.wall() - TimeDelta::seconds(3)..=on.world.wall();
        let times = on.known().backfill_times(&Backfill::new(range));
        assert_eq!(times.expect("exists").count(), 4);
    }),
    ("backfills", |on| {
        on.world
            .scheduler
            .backfills()
            .iter()
            .for_each(|backfill| backfill.stop());
    }),
    ("schedule", |on| drop(format!("{:?}", on.known()))),
    ("schedule.info", |on| {
        drop(format!("{:?}", on.known().info()));
    }),
    ("schedules", |on| {
        drop(format!("{:?}", on.world.scheduler.schedules()));
    }),
    ("schedule.next_times", |on| {
        _ = on.known().next_times(3);
    }),
    ("jobs", |on| {
        drop(format!("{:?}", on.world.scheduler.jobs()));
    }),
    ("job", |on| {
        for id in on.jobs() {
            drop(format!("{:?}", on.world.scheduler.job(id)));
        }
    }),
    ("handle", |on| {
        for id in on.jobs() {
            let handle = on.world.scheduler.handle(id).expect("exists");
            on.poll(handle.wait());
            drop(format!("{handle:?}"));
        }
    }),
    ("result", |on| {
        let kept = on.kept.expect("it was accepted");
        let result = on.world.scheduler.result(kept).expect("kept");
        drop(format!("{result:?}"));
        drop(result);
        assert!(
            on.world
                .scheduler
                .result(JobId::from_bits(u64::MAX))
                .is_err()
        );
    }),
    ("subscribe", |on| {
        let mut stream = on.world.scheduler.subscribe(EventFilter::all());
        on.poll(stream.next());
    }),
    ("add_listener", |on| {
        let value = on.line.value();
        let listener = Arc::new(move |_: &Event| value.speak());
        _ = on
            .world
            .scheduler
            .add_listener(EventFilter::all(), listener);
    }),
    ("remove_listener", |on| {
        assert!(on.world.scheduler.remove_listener(on.listener));
    }),
    ("metrics", |on| _ = on.world.scheduler.metrics()),
    ("export_schedules", |on| {
        drop(on.world.scheduler.export_schedules());
    }),
    ("wait_and_close", |on| {
        let limit = Duration::from_secs(1);
        on.poll(
            on.world
                .scheduler
                .wait_and_close(limit, Shutdown::immediate()),
        );
    }),
    ("JobScope", |on| {
        let scope = JobScope::new(on.world.scheduler.clone());
        _ = scope.post(job(on));
        on.poll(scope.drain());
    }),
];

pub(super) fn known() -> ScheduleId {
    ScheduleId::new("known")
}

/// Returns a task that fails twice. Its retry predicate is called in between.
pub(super) fn task(on: &Stage) -> Task {
    let (held, decides, line) = (on.line.value(), on.line.value(), on.line.clone());
    let once = move |attempt, _: &JobError| {
        decides.speak();
        (attempt < 2).then(|| Duration::from_millis(100))
    };
    let task = Task::new(move |_| {
        held.speak();
        let error = line.value();
        async move { Err::<(), _>(error) }
    });
    task.retry(Retry::custom(once))
}

pub(super) fn schedule(on: &Stage, id: &str) -> Schedule {
    Schedule::new(EachSecond(on.line.value()), task(on)).id(id)
}

/// Returns a job that holds a user value and waits for its cancellation.
pub(super) fn job(on: &Stage) -> Job {
    let held = on.line.value();
    Job::new(move |job| async move {
        job.cancelled().await;
        held.speak();
        job.sleep(Duration::from_secs(60)).await;
        held.speak();
    })
}

impl Stage {
    fn known(&self) -> ScheduleHandle {
        self.world.scheduler.schedule(&known())
    }

    /// Polls a waiting call once, with a waker that calls the scheduler, and drops it.
    fn poll<F: Future>(&self, call: F) {
        let (call, waker) = (pin!(call), self.line.waker());
        let mut cx = Context::from_waker(&waker);
        _ = call.poll(&mut cx);
    }
}
