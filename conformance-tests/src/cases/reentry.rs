//! Cases of FT: user values that call the scheduler when they are run, cloned, formatted or dropped,
//! inside every call. If the scheduler holds a lock at that point, it deadlocks and the case hangs.

mod calls;
mod values;

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use scheduler_core::{
    Event, EventFilter, Job, JobId, Options, Overlap, Scheduler, SchedulerExt, Shutdown,
    event::ListenerId, failure::JobFailure, job::CancelMode,
};

use self::{
    calls::{CALLS, job, schedule},
    values::{Line, Speaking},
};
use crate::{Backend, World};

const SECOND: Duration = Duration::from_secs(1);

/// More jobs than a scheduler with the limits of a [`Stage`] takes.
const MANY: usize = 20;

/// A scheduler with user values in all places that hold one.
struct Stage {
    world: World,
    line: Line,
    listener: ListenerId,
    /// A finished job whose result is kept.
    kept: Option<JobId>,
    waiting: Vec<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

pub(super) fn user_values_may_call_the_scheduler(backend: &dyn Backend) {
    for (name, call) in CALLS {
        let stage = Stage::new(backend);
        let before = stage.line.calls.get();
        stage.world.time.outside(|| call(&stage));
        stage.world.advance(3 * SECOND);
        assert!(
            stage.line.calls.get() > before,
            "no user value was used during {name}"
        );
        stage.end();
    }
}

impl Stage {
    fn new(backend: &dyn Backend) -> Self {
        let line = Line::default();
        let handles = line.value();
        let options = Options::default()
            .max_concurrent_jobs(8)
            .queue_limit(1)
            .event_capacity(2)
            .history(1)
            .on_error(move |failure: &JobFailure| {
                handles.speak();
                drop(failure.error.to_string());
            });
        let between = line.clone();
        let world = World::over_with(backend, options, |runtime| {
            Arc::new(Speaking {
                line: between,
                runtime: Arc::new(runtime),
            })
        });
        line.connect(&world.scheduler);
        let hears = line.value();
        let hear = Arc::new(move |event: &Event| {
            hears.speak();
            drop(format!("{event:?}"));
        });
        let listener = world.scheduler.add_listener(EventFilter::all(), hear);
        let stage = Self {
            world: world.started(),
            line,
            listener,
            kept: None,
            waiting: Vec::new(),
        };
        stage.filled()
    }

    /// Adds jobs of all kinds, a schedule, and pending calls.
    fn filled(mut self) -> Self {
        let it = self.world.scheduler.clone();
        let kept = schedule(&self, "known").overlap(Overlap::BufferAll);
        let fails = self.line.value();
        let value = self.line.value();
        let with_result = self.world.time.outside(|| {
            it.add(kept).expect("added");
            it.post(Job::new(|_| async { Err::<(), _>(fails) }))
                .expect("accepted");
            let told = it.post(job(&self)).expect("accepted");
            it.cancel(told, CancelMode::Graceful(60 * SECOND));
            it.post(job(&self).after(3600 * SECOND)).expect("accepted");
            // One value is read, and the other one expires.
            let keeps = |time| Job::from(values::valued(&self.line).keep_result(time));
            it.post(keeps(3 * SECOND)).expect("accepted");
            it.post(keeps(3600 * SECOND)).ok()
        });
        self.kept = with_result;
        self.world.advance(2 * SECOND);
        let going = self
            .world
            .call(|it| it.try_submit(job(&self)).expect("accepted"));
        let valued = self
            .world
            .call(|it| it.spawn_value(async { value }).expect("accepted"));
        let is_full = || (0..MANY).any(|_| it.post(job(&self)).is_err());
        assert!(self.world.time.outside(is_full), "the queue is full");
        let line = job(&self);
        let (idle, stopped) = (it.clone(), it.clone());
        let mut stream = it.subscribe(EventFilter::all());
        self.wait(async move { _ = going.wait().await });
        self.wait(async move { _ = valued.wait().await });
        self.wait(async move { _ = it.submit(line).await });
        self.wait(async move { _ = idle.wait_idle().await });
        self.wait(async move { _ = stopped.stopped().await });
        self.wait(async move { while stream.next().await.is_some() {} });
        self
    }

    /// Polls `call` once with a waker that calls the scheduler, and keeps it pending.
    fn wait(&mut self, call: impl Future<Output = ()> + Send + 'static) {
        let mut call: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(call);
        let waker = self.line.waker();
        let polled = self
            .world
            .time
            .outside(|| call.as_mut().poll(&mut Context::from_waker(&waker)));
        if polled == Poll::Pending {
            self.waiting.push(call);
        }
    }

    /// Returns the ids of the present jobs.
    fn jobs(&self) -> Vec<JobId> {
        let jobs = self.world.scheduler.jobs();
        jobs.iter().map(|job| job.id).collect()
    }

    fn end(self) {
        let Self { world, waiting, .. } = self;
        _ = world.shut_down(Shutdown::immediate().hurry());
        world.settle();
        world.time.outside(|| drop(waiting));
        drop(world);
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::CALLS;

    /// Returns the names of the methods of the trait in a file of the core.
    fn methods(file: &str) -> Vec<String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scheduler-core/src");
        let source = fs::read_to_string(source.join(file)).expect("the sources of scheduler-core");
        let calls = source.lines().filter_map(|line| {
            let line = line.strip_prefix("    ")?;
            let line = line.strip_prefix("async ").unwrap_or(line);
            line.strip_prefix("fn ")?.split('(').next()
        });
        calls.map(Into::into).collect()
    }

    #[test]
    fn every_call_of_the_interface_is_made() {
        let calls = methods("contract/scheduler.rs");
        let of_schedules = methods("schedule/control.rs");
        assert!(calls.len() > 25 && of_schedules.len() > 10, "{calls:?}");
        let of_schedules = of_schedules.iter().map(|name| format!("schedule.{name}"));
        for call in calls.into_iter().chain(of_schedules) {
            assert!(
                CALLS.iter().any(|(known, _)| *known == call),
                "the case does not make the call {call}"
            );
        }
    }
}
