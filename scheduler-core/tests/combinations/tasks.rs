//! Tasks and definitions of the schedules of a scenario.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use scheduler_core::{
    JobContext, Overlap, Schedule, Task,
    job::{JobPolicy, RateLimit, Retry},
    registry::TaskRegistry,
    trigger::Interval,
};

use crate::{
    log::{Notes, Run, What, Whose},
    plan::Settings,
};

/// Delay between two attempts.
const RETRY_DELAY: Duration = Duration::from_secs(3);

/// Values from which the schedules of a scenario are built.
pub(crate) struct Tasks {
    pub(crate) registry: TaskRegistry,
    settings: Settings,
    /// Number of the present scheduler, counted over the handovers.
    life: Arc<AtomicUsize>,
}

impl Tasks {
    pub(crate) fn new(settings: &Settings, notes: &Notes) -> Self {
        let mut tasks = Self {
            registry: TaskRegistry::new(),
            settings: settings.clone(),
            life: Arc::default(),
        };
        let (takes, failing) = (settings.takes, settings.failing);
        tasks.register("work", notes, takes, failing);
        tasks.registry.policy("work", policy(settings)).unwrap();
        tasks.register("neighbour", notes, 4, 0);
        tasks
    }

    fn register(&mut self, name: &str, notes: &Notes, takes: u64, failing: u32) {
        let (notes, life) = (notes.clone(), self.life.clone());
        let work = move |job: JobContext, (): ()| {
            let (notes, life) = (notes.clone(), life.load(Ordering::SeqCst));
            async move {
                notes.note(What::Start(run(&job, life)));
                let body = notes.body(job.id());
                if takes > 0 {
                    let scheduler = job.scheduler().unwrap();
                    scheduler.sleep(Duration::from_secs(takes)).await;
                }
                drop(body);
                if job.attempt() <= failing {
                    Err(fmt::Error)
                } else {
                    Ok(())
                }
            }
        };
        self.registry.register(name, work).unwrap();
    }

    /// Counts a handover to another scheduler.
    pub(crate) fn next_life(&self) {
        self.life.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn work(&self) -> Task {
        self.registry.task("work", ()).unwrap()
    }

    /// Builds the schedule of the scenario.
    pub(crate) fn schedule(&self) -> Schedule {
        let settings = &self.settings;
        let mut schedule = Schedule::new(settings.rule.trigger(), self.work())
            .id("s")
            .misfire(settings.misfire)
            .overlap(settings.overlap)
            .max_instances(settings.max_instances)
            .buffer_limit(settings.buffer_limit)
            .jitter(Duration::from_secs(settings.jitter));
        if settings.grouped {
            schedule = schedule.group("group");
        }
        match settings.hours() {
            Some(hours) => schedule.late_hours(hours),
            None => schedule,
        }
    }

    /// Builds the other schedule of the group, which buffers runs and runs them one at a time.
    pub(crate) fn neighbour(&self) -> Schedule {
        let every = Interval::every(Duration::from_secs(7)).unwrap();
        let task = self.registry.task("neighbour", ()).unwrap();
        let schedule = Schedule::new(every, task).id("t").group("group");
        schedule.overlap(Overlap::BufferOne)
    }
}

fn run(job: &JobContext, life: usize) -> Run {
    Run {
        life,
        job: job.id(),
        whose: match job.schedule().map(|id| id.as_str()) {
            None => Whose::Nobody,
            Some("s") => Whose::Own,
            Some(_) => Whose::Neighbour,
        },
        nominal: job.nominal(),
        cause: job.cause(),
        attempt: job.attempt(),
    }
}

fn policy(settings: &Settings) -> JobPolicy {
    let mut policy = JobPolicy::default();
    if settings.attempts > 1 {
        policy = policy.retry(Retry::fixed(settings.attempts, RETRY_DELAY));
    }
    if let Some(rate) = settings.rate {
        policy = policy.rate_limit(RateLimit::new("rate", 1, Duration::from_secs(rate)));
    }
    if let Some(limit) = settings.attempt_timeout {
        policy = policy.attempt_timeout(Duration::from_secs(limit));
    }
    if let Some(limit) = settings.start_within {
        policy = policy.start_within(Duration::from_secs(limit));
    }
    policy
}
