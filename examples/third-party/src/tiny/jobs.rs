//! The steps of a job: acceptance, launch, execution, end.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, Weak},
    task::Poll,
    time::Duration,
};

use scheduler_core::{
    Error, EventKind, Job, JobHandle, JobId, JobOutcome, Result, Runtime, Scheduler, State,
    implement::{OwnHost, OwnJob, Work, block_on},
    job::{CancelMode, CancelReason, CancelStatus, JobError, JobInfo, JobStatus, Start},
    lifecycle::{Operation, permit},
    runtime::BoxFuture,
};

use super::{Shared, Tiny, either, queues};

impl Shared {
    pub(super) fn accept(&self, job: Job) -> Result<JobHandle> {
        let nominal = self.runtime.now().wall();
        let host: Weak<dyn OwnHost> = self.me.clone();
        let (id, handle, now) = self.change(|inner| {
            permit(inner.state, Operation::Submit)?;
            queues::check(&job)?;
            let id = JobId::from_bits(inner.number());
            let own = Arc::new(OwnJob::new(id, job.get_name(), nominal, host));
            let handle = own.handle();
            let status = match job.get_start() {
                Start::Now => JobStatus::Queued,
                _ => JobStatus::Delayed,
            };
            inner.jobs.insert(id, (own, status));
            inner.news.push(EventKind::JobScheduled {
                job: id,
                name: handle.name(),
                schedule: None,
                nominal,
                run: None,
            });
            let now = match inner.state {
                // The delay of a job counts in a pause, too.
                State::Running | State::Paused => Some(job),
                _ => {
                    inner.held.push((id, job));
                    None
                }
            };
            Ok::<_, Error>((id, handle, now))
        })?;
        if let Some(job) = now {
            self.launch(id, job);
        }
        Ok(handle)
    }

    /// Spawns a job, which waits for its due time. A job that cannot be spawned is lost.
    pub(super) fn launch(&self, id: JobId, job: Job) {
        let me = self.me();
        let task = async move {
            let delay = match job.get_start() {
                Start::After(delay) => delay,
                Start::At(at) => (at - me.runtime.now().wall()).to_std().unwrap_or_default(),
                _ => Duration::ZERO,
            };
            either(me.sleep(delay), me.ended()).await;
            me.run(id, job).await;
        };
        if self.runtime.spawn(Box::pin(task)).is_err() {
            self.finish(id, lost());
        }
    }

    async fn run(&self, id: JobId, job: Job) {
        if job.is_blocking() {
            return self.run_beside(id, job);
        }
        let Some(own) = self.let_begin(id) else {
            return self.hold(id, job);
        };
        let body = || job.into_work(own.context());
        let outcome = match catch_unwind(AssertUnwindSafe(body)) {
            Ok(Work::Async(body)) => self.unless_cancelled(id, body).await,
            Ok(Work::Blocking(body)) => outcome_of(body()),
            Err(_) => panicked(),
        };
        self.finish(id, outcome);
    }

    /// Marks a job as started, unless the scheduler is paused or the job has ended.
    fn let_begin(&self, id: JobId) -> Option<Arc<OwnJob>> {
        self.change(|inner| {
            let running = inner.state == State::Running;
            let (own, status) = inner.jobs.get_mut(&id)?;
            if !running {
                return None;
            }
            *status = JobStatus::Running;
            let own = own.clone();
            inner.news.push(EventKind::JobClaimed(id));
            inner.news.push(EventKind::JobStarted(id));
            Some(own)
        })
    }

    /// Polls a body until it returns, panics, or is cancelled.
    async fn unless_cancelled(&self, id: JobId, mut body: Body) -> JobOutcome {
        let mut cancelled = pin!(self.changed.until(|| {
            let told = self.lock().jobs.get(&id).map(|(_, status)| *status);
            (told == Some(JobStatus::Cancelling)).then_some(())
        }));
        poll_fn(|cx| {
            match catch_unwind(AssertUnwindSafe(|| body.as_mut().poll(cx))) {
                Ok(Poll::Ready(answer)) => return Poll::Ready(outcome_of(answer)),
                Ok(Poll::Pending) => {}
                Err(_) => return Poll::Ready(panicked()),
            }
            let cancelled = cancelled.as_mut().poll(cx);
            cancelled.map(|()| JobOutcome::Cancelled(CancelReason::Requested))
        })
        .await
    }

    /// Keeps a job that became due during a pause, until the scheduler is resumed.
    fn hold(&self, id: JobId, job: Job) {
        self.change(|inner| {
            if inner.jobs.contains_key(&id) {
                // Its delay has passed.
                inner.held.push((id, job.after(Duration::ZERO)));
            }
        });
    }

    /// Runs a blocking body on a thread outside the executor. The body begins only when that thread
    /// runs.
    fn run_beside(&self, id: JobId, job: Job) {
        let me = self.me();
        let work = move || {
            let Some(own) = me.let_begin(id) else {
                return me.hold(id, job);
            };
            let body = || match job.into_work(own.context()) {
                Work::Blocking(body) => body(),
                Work::Async(body) => block_on(body),
            };
            let outcome = catch_unwind(AssertUnwindSafe(body));
            me.finish(id, outcome.map_or_else(|_| panicked(), outcome_of));
        };
        if self.runtime.spawn_blocking(Box::new(work)).is_err() {
            self.finish(id, lost());
        }
    }

    pub(super) fn finish(&self, id: JobId, outcome: JobOutcome) {
        let (told, now) = (outcome.clone(), self.runtime.now().wall());
        let ended = self.change(|inner| {
            let (own, status) = inner.jobs.remove(&id)?;
            let has_begun = matches!(status, JobStatus::Running | JobStatus::Cancelling);
            inner.news.push(EventKind::JobFinished {
                job: id,
                outcome: told,
                schedule: None,
                nominal: own.context().nominal(),
                began: None,
                ended: now,
                attempts: has_begun.into(),
            });
            inner.end_if_done();
            Some(own)
        });
        if let Some(own) = ended {
            own.finish(outcome);
        }
    }
}

type Answer = std::result::Result<(), JobError>;
type Body = BoxFuture<'static, Answer>;

fn outcome_of(answer: Answer) -> JobOutcome {
    answer.map_or_else(JobOutcome::Failed, JobOutcome::Succeeded)
}

fn panicked() -> JobOutcome {
    JobOutcome::Failed(JobError::Panicked("it panicked".into()))
}

fn lost() -> JobOutcome {
    JobOutcome::Failed(JobError::Lost("it could not be spawned".into()))
}

impl OwnHost for Shared {
    fn status(&self, job: JobId) -> JobStatus {
        let inner = self.lock();
        inner
            .jobs
            .get(&job)
            .map_or(JobStatus::Finished, |(_, status)| *status)
    }

    fn info(&self, job: JobId) -> Option<JobInfo> {
        let inner = self.lock();
        let (own, status) = inner.jobs.get(&job)?;
        Some(JobInfo::new(job, own.handle().name(), *status, None))
    }

    fn cancel(&self, job: JobId, _: CancelMode) -> CancelStatus {
        match OwnHost::status(self, job) {
            JobStatus::Finished => CancelStatus::TooLate,
            JobStatus::Queued | JobStatus::Delayed => {
                self.finish(job, JobOutcome::Cancelled(CancelReason::Requested));
                CancelStatus::Prevented
            }
            _ => {
                let own = self.change(|inner| {
                    let (own, status) = inner.jobs.get_mut(&job)?;
                    if *status == JobStatus::Running {
                        inner.news.push(EventKind::JobCancelling(job));
                    }
                    *status = JobStatus::Cancelling;
                    Some(own.clone())
                });
                own.inspect(|own| own.request_cancel(CancelReason::Requested));
                CancelStatus::Requested
            }
        }
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let me = self.me();
        Box::pin(async move { Shared::sleep(&me, duration).await })
    }

    fn scheduler(&self) -> Option<Arc<dyn Scheduler>> {
        let user = self.user.get()?.upgrade()?;
        Some(Arc::new(Tiny(user)))
    }
}
