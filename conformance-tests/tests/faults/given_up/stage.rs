//! The scheduler on which waits are dropped, and its jobs.

use chrono::TimeDelta;
use conformance_tests::World;
use scheduler_core::{
    ErrorKind, Job, JobHandle, Result, Runtime, Schedule, Scheduler, SchedulerExt, Shutdown, State,
    Task, backfill::Backfill, scope::JobScope, trigger::Interval,
};
use scheduler_testing::VirtualRuntime;
use std::{
    iter::repeat,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use super::{SECOND, WallClock as _};

#[derive(Clone)]
pub(super) struct Stage {
    pub(super) it: Arc<dyn Scheduler>,
    pub(super) time: VirtualRuntime,
    pub(super) made: Arc<AtomicUsize>,
    pub(super) gone: Arc<AtomicUsize>,
    /// How long the `submit` of another client waited.
    pub(super) waited: Arc<Mutex<Duration>>,
}

/// A value that counts its drop.
struct Token(Arc<AtomicUsize>);

impl Drop for Token {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Stage {
    pub(super) fn new(world: &World) -> Self {
        Self {
            it: world.scheduler.clone(),
            time: world.time.clone(),
            made: Arc::default(),
            gone: Arc::default(),
            waited: Arc::default(),
        }
    }

    fn token(&self) -> Token {
        self.made.fetch_add(1, SeqCst);
        Token(self.gone.clone())
    }

    /// Returns a job that takes one second.
    pub(super) fn work(&self) -> Job {
        self.work_of(SECOND)
    }

    fn work_of(&self, length: Duration) -> Job {
        let token = self.token();
        Job::new(move |job| async move {
            let _token = token;
            job.sleep(length).await;
        })
    }

    pub(super) async fn started(&self) -> Result<()> {
        match self.it.state() {
            State::New => self.it.start().await,
            _ => Ok(()),
        }
    }

    pub(super) async fn working(&self) -> Result<JobHandle> {
        self.started().await?;
        self.it.try_submit(self.work())
    }

    /// Starts the scheduler and fills its queue. The first job ends long before the others, so that
    /// one slot becomes free and then nothing happens for a while.
    pub(super) async fn full(&self) -> Result<()> {
        self.started().await?;
        for length in std::iter::once(SECOND).chain(repeat(3 * SECOND)) {
            match self.it.post(self.work_of(length)) {
                Err(error) if error.kind() == ErrorKind::QueueFull => break,
                posted => drop(posted?),
            }
        }
        Ok(())
    }

    /// Submits a job that requests the shutdown a little later.
    pub(super) fn end_later(&self) -> Result<()> {
        let it = self.it.clone();
        let asks = Job::new(move |job| async move {
            job.sleep(SECOND / 2).await;
            it.request_shutdown(Shutdown::graceful())
        });
        self.it.post(asks).map(drop)
    }

    /// Makes another client submit a job a little later, which waits for a slot.
    pub(super) fn submit_beside(&self) {
        let (stage, job) = (self.clone(), self.work());
        let client = async move {
            stage.time.sleep(SECOND / 10).await;
            let begun = stage.time.elapsed();
            drop(stage.it.submit(job).await);
            *stage.waited.lock().expect("not poisoned") = stage.time.elapsed() - begun;
        };
        self.time.spawn(Box::pin(client)).expect("a client");
    }

    pub(super) fn scope(&self) -> JobScope<Arc<dyn Scheduler>> {
        JobScope::new(self.it.clone())
    }

    fn every_minute(&self) -> Schedule {
        let every = Interval::every(60 * SECOND).expect("not zero");
        let token = Arc::new(self.token());
        let task = Task::new(move |job| {
            let token = token.clone();
            async move {
                let _token = token;
                job.sleep(SECOND).await;
            }
        });
        let from = self.time.now_in_utc() - TimeDelta::minutes(10);
        Schedule::new(every.starting_at(from), task).id("it")
    }

    pub(super) async fn backfilled(&self) -> Result<scheduler_core::backfill::BackfillHandle> {
        self.started().await?;
        self.it.add(self.every_minute())?;
        let now = self.time.now_in_utc();
        let range = now - TimeDelta::minutes(4)..=now - TimeDelta::seconds(1);
        self.it
            .schedule(&"it".into())
            .backfill(Backfill::new(range))
    }
}
