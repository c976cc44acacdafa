//! Runs scripts as jobs.

use std::{
    future::{Future, poll_fn},
    panic::resume_unwind,
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use scheduler_core::{
    Job, JobContext, Scheduler, Task,
    implement::{block_on, yield_now},
    job::JobPolicy,
};

use super::{FINALE, log::Log, stage::Stage};
use crate::model::{
    trace::{Actor, Did, Ending, Label, What},
    work::{JobSpec, ScheduleSpec, Step},
};

/// Returns the job of a script. The drop of its body is always recorded.
pub(super) fn job(stage: &Arc<Stage>, spec: &JobSpec) -> Job {
    let (stage, label) = (stage.clone(), Label::Job(spec.tag));
    let script: Arc<[Step]> = spec.script.clone().into();
    let body = move || Body {
        trail: Trail::new(&stage, label),
        stage: stage.clone(),
        script: script.clone(),
    };
    if spec.policy.retry.is_some() {
        return Job::from(repeated(spec.blocking, move |_| Some(body())));
    }
    let body = body();
    if spec.blocking {
        Job::blocking(move |context| body.run_blocking(&context))
    } else {
        Job::new(move |context| async move { body.run(&context).await })
    }
}

/// Returns the task of a schedule's script.
pub(super) fn task(stage: &Arc<Stage>, spec: &ScheduleSpec) -> Task {
    let stage = Arc::downgrade(stage);
    let script: Arc<[Step]> = spec.script.clone().into();
    let body = move |context: &JobContext| {
        let stage = stage.upgrade()?;
        let label = stage.log.label(context.id())?;
        Some(Body {
            trail: Trail::new(&stage, label),
            stage,
            script: script.clone(),
        })
    };
    let task = repeated(spec.blocking, body);
    match spec.policy.is_plain() {
        true => task,
        false => task.policy(JobPolicy::from(spec.policy)),
    }
}

/// Returns a task that creates a body for each execution.
fn repeated(
    blocking: bool,
    body: impl Fn(&JobContext) -> Option<Body> + Send + Sync + 'static,
) -> Task {
    if blocking {
        Task::blocking(move |context| match body(&context) {
            Some(body) => body.run_blocking(&context),
            None => Ok(()),
        })
    } else {
        Task::new(move |context| {
            let body = body(&context);
            async move {
                match body {
                    Some(body) => body.run(&context).await,
                    None => Ok(()),
                }
            }
        })
    }
}

struct Body {
    stage: Arc<Stage>,
    script: Arc<[Step]>,
    /// The last field, so that it is dropped last.
    trail: Trail,
}

/// Records the steps of a body, and its drop, in the log.
struct Trail {
    log: Arc<Log>,
    label: Label,
}

impl Trail {
    fn new(stage: &Arc<Stage>, label: Label) -> Self {
        Self {
            log: stage.log.clone(),
            label,
        }
    }

    fn note(&self, did: Did) {
        self.log.note(What::Body(self.label, did));
    }
}

impl Drop for Trail {
    fn drop(&mut self) {
        self.note(Did::Dropped);
    }
}

/// The error that a failing script returns.
const FAILURE: &str = "as the script says";

impl Body {
    async fn run(self, context: &JobContext) -> Result<(), &'static str> {
        for (number, step) in (0..).zip(self.script.iter()) {
            self.trail.note(Did::Step(number));
            match step {
                Step::Witness => {}
                Step::Yield => yield_now().await,
                Step::Sleep(length) | Step::Deaf(length) => {
                    context.sleep(Duration::from_millis(*length)).await;
                }
                Step::Gate(gate) => self.stage.gate(*gate).pass().await,
                Step::UntilTold => self.until_told(context).await,
                Step::Fail => return self.fail(),
                Step::Panic => self.panic(),
                Step::Call(call) => {
                    let by = Actor::Job(self.trail.label);
                    self.stage.perform(by, call, self.scheduler(context)).await;
                }
            }
        }
        self.trail.note(Did::Ended(Ending::Well));
        Ok(())
    }

    fn run_blocking(self, context: &JobContext) -> Result<(), &'static str> {
        for (number, step) in (0..).zip(self.script.iter()) {
            self.trail.note(Did::Step(number));
            let goes_on = match step {
                Step::Witness | Step::Yield => true,
                Step::Sleep(length) => context.sleep_blocking(Duration::from_millis(*length)),
                Step::Deaf(length) => {
                    block_on(context.sleep(Duration::from_millis(*length)));
                    true
                }
                Step::Gate(gate) => {
                    let gate = self.stage.gate(*gate);
                    block_on(first_of(gate.pass(), context.cancelled()))
                }
                Step::UntilTold => {
                    block_on(self.until_told(context));
                    true
                }
                Step::Fail => return self.fail(),
                Step::Panic => self.panic(),
                Step::Call(call) => {
                    let by = Actor::Job(self.trail.label);
                    block_on(self.stage.perform(by, call, self.scheduler(context)));
                    true
                }
            };
            if !goes_on {
                break;
            }
        }
        self.trail.note(Did::Ended(Ending::Well));
        Ok(())
    }

    /// Returns the scheduler handle of the clients, as if the job had captured it, or else the one
    /// in the job context.
    fn scheduler(&self, context: &JobContext) -> Option<Arc<dyn Scheduler>> {
        self.stage.scheduler().or_else(|| context.scheduler())
    }

    async fn until_told(&self, context: &JobContext) {
        let finale = self.stage.gate(FINALE);
        first_of(finale.pass(), context.cancelled()).await;
    }

    fn fail(&self) -> Result<(), &'static str> {
        self.trail.note(Did::Ended(Ending::Failing));
        Err(FAILURE)
    }

    /// Panics without a message on the terminal.
    fn panic(&self) -> ! {
        self.trail.note(Did::Ended(Ending::Panicking));
        resume_unwind(Box::new(FAILURE))
    }
}

/// Returns whether `first` completes before `second`. A tie counts for `first`.
async fn first_of(first: impl Future<Output = ()>, second: impl Future<Output = ()>) -> bool {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(|cx| {
        if first.as_mut().poll(cx).is_ready() {
            return Poll::Ready(true);
        }
        second.as_mut().poll(cx).map(|()| false)
    })
    .await
}
