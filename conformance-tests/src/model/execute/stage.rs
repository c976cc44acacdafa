//! The state that the clients and jobs of a scenario share, and the execution of calls.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use scheduler_core::{
    ErrorKind, Job, JobHandle, Misfire, Result, Schedule, ScheduleId, Scheduler, SchedulerExt,
    job::JobPolicy, trigger::Interval,
};

use super::{
    body,
    log::{Log, outcome_text},
};
use crate::{
    gate::Gate,
    model::{
        scenario::{Call, cancel_mode},
        trace::{Actor, Answer, What},
        work::{JobSpec, ScheduleSpec, queue_name},
    },
};

/// The shared state of a scenario.
pub(crate) struct Stage {
    pub(crate) log: Arc<Log>,
    /// The handle of the clients.
    scheduler: Mutex<Option<Arc<dyn Scheduler>>>,
    handles: Mutex<BTreeMap<u16, JobHandle>>,
    gates: Mutex<BTreeMap<u8, Gate>>,
}

impl Stage {
    pub(crate) fn new(log: Arc<Log>, scheduler: Arc<dyn Scheduler>) -> Arc<Self> {
        Arc::new(Self {
            log,
            scheduler: Mutex::new(Some(scheduler)),
            handles: Mutex::default(),
            gates: Mutex::default(),
        })
    }

    pub(crate) fn gate(&self, gate: u8) -> Gate {
        let mut gates = lock(&self.gates);
        gates.entry(gate).or_insert_with(Gate::optional).clone()
    }

    pub(crate) fn scheduler(&self) -> Option<Arc<dyn Scheduler>> {
        lock(&self.scheduler).clone()
    }

    /// Drops the handle of the clients.
    pub(crate) fn leave(&self) {
        let scheduler = lock(&self.scheduler).take();
        drop(scheduler);
    }

    fn handle(&self, job: u16) -> Option<JobHandle> {
        lock(&self.handles).get(&job).cloned()
    }

    /// Makes a call and records it.
    pub(crate) async fn perform(
        self: &Arc<Self>,
        by: Actor,
        call: &Call,
        scheduler: Option<Arc<dyn Scheduler>>,
    ) {
        self.log.note(What::Call(by, call.clone()));
        // A call on a job handle must not keep the scheduler alive.
        let scheduler = scheduler.filter(|_| !call.is_about_a_handle());
        let answer = self.make(call, scheduler).await;
        self.log.note(What::Answer(by, answer));
    }

    async fn make(self: &Arc<Self>, call: &Call, scheduler: Option<Arc<dyn Scheduler>>) -> Answer {
        match call {
            Call::Cancel { job, grace } => match self.handle(*job) {
                Some(handle) => Answer::Cancel(format!("{:?}", handle.cancel(cancel_mode(*grace)))),
                None => Answer::NoHandle,
            },
            Call::Wait(job) => match self.handle(*job) {
                Some(handle) => match handle.wait().await {
                    Ok(outcome) => Answer::Outcome(outcome_text(&outcome)),
                    Err(error) => refused(error.kind()),
                },
                None => Answer::NoHandle,
            },
            Call::DropHandle(job) => {
                let handle = lock(&self.handles).remove(job);
                drop(handle);
                Answer::Ok
            }
            call => match scheduler {
                Some(scheduler) => self.ask(&*scheduler, call).await,
                None => Answer::Gone,
            },
        }
    }

    async fn ask(self: &Arc<Self>, scheduler: &dyn Scheduler, call: &Call) -> Answer {
        match call {
            Call::Start => answer(scheduler.start().await),
            Call::StartPaused => answer(scheduler.start_paused().await),
            Call::Shutdown(how) => answer(scheduler.shutdown((*how).into()).await),
            Call::Stopped => answer(scheduler.stopped().await),
            Call::WaitIdle => answer(scheduler.wait_idle().await),
            Call::Submit(job) => {
                let accepted = scheduler.submit(self.job(job)).await;
                self.keep(job.tag, accepted)
            }
            Call::TrySubmit(job) => self.keep(job.tag, scheduler.try_submit(self.job(job))),
            call => self.ask_at_once(scheduler, call),
        }
    }

    /// Makes the calls that do not wait.
    fn ask_at_once(self: &Arc<Self>, scheduler: &dyn Scheduler, call: &Call) -> Answer {
        match call {
            Call::Pause => answer(scheduler.pause()),
            Call::Resume => answer(scheduler.resume()),
            Call::RequestShutdown(how) => answer(scheduler.request_shutdown((*how).into())),
            Call::Post(job) => answer(scheduler.post(self.job(job))),
            Call::Add(schedule) => match self.schedule(schedule) {
                Some(schedule) => answer(scheduler.add(schedule)),
                None => refused(ErrorKind::InvalidTrigger),
            },
            Call::Remove(id) => answer(scheduler.schedule(&schedule_id(*id)).remove()),
            Call::RunNow(id) => answer(scheduler.schedule(&schedule_id(*id)).run_now()),
            Call::PauseQueue(number) => {
                answer(scheduler.queue(&queue_name(*number)).pause("as scripted"))
            }
            Call::ResumeQueue(number) => answer(scheduler.queue(&queue_name(*number)).resume()),
            _ => {
                let seen = (scheduler.jobs(), scheduler.schedules(), scheduler.metrics());
                drop((seen, scheduler.queues()));
                Answer::Ok
            }
        }
    }

    fn keep(&self, tag: u16, accepted: Result<JobHandle>) -> Answer {
        match accepted {
            Ok(handle) => {
                lock(&self.handles).insert(tag, handle);
                Answer::Ok
            }
            Err(error) => refused(error.kind()),
        }
    }

    fn job(self: &Arc<Self>, spec: &JobSpec) -> Job {
        let job = body::job(self, spec).name(format!("t{}", spec.tag));
        let job = match spec.policy.is_plain() {
            true => job,
            false => job.policy(JobPolicy::from(spec.policy)),
        };
        match spec.delay {
            0 => job,
            delay => job.after(Duration::from_millis(delay)),
        }
    }

    fn schedule(self: &Arc<Self>, spec: &ScheduleSpec) -> Option<Schedule> {
        let every = Interval::every(Duration::from_millis(spec.every)).ok()?;
        let schedule = Schedule::new(every, body::task(self, spec))
            .id(schedule_id(spec.id))
            .misfire(Misfire::default())
            .overlap(spec.overlap.policy.into())
            .max_instances(spec.overlap.instances)
            .buffer_limit(spec.overlap.buffer);
        Some(schedule)
    }
}

fn schedule_id(id: u16) -> ScheduleId {
    ScheduleId::new(format!("s{id}"))
}

fn answer<T>(result: Result<T>) -> Answer {
    match result {
        Ok(_) => Answer::Ok,
        Err(error) => refused(error.kind()),
    }
}

fn refused(kind: ErrorKind) -> Answer {
    Answer::Refused(format!("{kind:?}"))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
