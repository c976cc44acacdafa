//! Executes jobs: as single tasks, by runners, or on blocking threads.
//!
//! Spawning one task for each of many due jobs is expensive. Runners take jobs from a shared queue and poll
//! each once, in place; only a job that is then pending becomes a task of its own. There are as many runners
//! as the runtime can poll tasks at the same time, so that a job that blocks its thread delays no job that
//! another thread could run.

mod blocking;
mod end_guard;

use std::{
    future::{Future, poll_fn},
    ops::Deref,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use self::{blocking::spawn_blocking, end_guard::EndGuard};
use crate::{
    base::panic::{Contained, caught},
    engine::{Claim, Ended},
    job::{
        Body, CancelRequest, JobCell, JobFuture, Work,
        caller::{self, Place, Scope},
    },
    shell::shared::{Entry, Ground, Shared},
};

/// Number of jobs after which a runner yields to other tasks.
const JOBS_PER_POLL: usize = 64;

/// Hands one job to the executor as a task, and others to runners.
pub(crate) fn dispatch_one(shared: &Shared, claim: Option<Claim>, runners: usize) {
    if let Some(claim) = claim {
        spawn_claim(shared, claim);
    }
    spawn_runners(shared, runners);
}

/// Hands jobs to the executor: `first` and `further` as a task each, the others to runners.
pub(crate) fn dispatch(
    shared: &Shared,
    (first, further): (Option<Claim>, Vec<Claim>),
    runners: usize,
    blocking: Vec<Claim>,
) {
    for claim in first.into_iter().chain(further) {
        spawn_claim(shared, claim);
    }
    spawn_runners(shared, runners);
    for claim in blocking {
        if let Some(shared) = shared.me() {
            spawn_blocking(&shared, claim);
        }
    }
}

fn spawn_claim(shared: &Shared, claim: Claim) {
    if let Some(owned) = shared.me() {
        spawn_alone(shared, Run::new(owned, claim));
    }
}

fn spawn_runners(shared: &Shared, runners: usize) {
    for _ in 0..runners {
        if let Some(shared) = shared.me() {
            spawn_runner(&shared);
        }
    }
}

fn spawn_runner(shared: &Arc<Shared>) {
    let runner = Runner(shared.clone());
    // A refused runner is dropped, and if it was the last one, so are its jobs.
    drop(shared.spawn(Box::pin(runner.run())));
}

/// Guard of a runner. When the last one is dropped, the jobs that no runner has taken end as lost.
struct Runner(Arc<Shared>);

impl Runner {
    async fn run(self) {
        poll_fn(|cx| self.poll(cx)).await;
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let shared = &*self.0;
        let mut next = shared.next_claim().map(|claim| Run::new(shared, claim));
        for left in (0..JOBS_PER_POLL).rev() {
            let Some(run) = next else {
                return Poll::Ready(());
            };
            next = self.execute(run, left, cx);
        }
        // Yields to the other tasks of the executor.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Polls a job once, and returns the runner's next job if there is one.
    fn execute<'a>(
        &'a self,
        mut run: Run<&'a Shared>,
        left: usize,
        cx: &mut Context<'_>,
    ) -> Option<Run<&'a Shared>> {
        let shared = &*self.0;
        let _inside = caller::enter(run.scope());
        match run.advance(cx) {
            Poll::Ready(Over::Ended(ended)) if left > 0 => return run.finish_and_next(ended),
            Poll::Ready(over) => run.finish(over),
            Poll::Pending => spawn_alone(shared, run.into_task(&self.0)),
        }
        let next = (left > 0).then(|| shared.next_claim()).flatten();
        next.map(|claim| Run::new(shared, claim))
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // Jobs that no other runner will take end as lost.
        for claim in self.0.runner_gone() {
            drop(Run::new(&*self.0, claim));
        }
    }
}

fn spawn_alone(shared: &Shared, run: Run<Arc<Shared>>) {
    // A refused execution is dropped, which ends its job as lost.
    drop(shared.spawn(Box::pin(run)));
}

/// An execution of an asynchronous job. Dropping it unfinished ends its job as lost.
///
/// A task owns a reference to its scheduler; a runner lends its own to the jobs that it polls.
struct Run<S: Deref<Target = Shared>> {
    end: EndGuard<S>,
    state: RunState,
    cell: Option<Arc<JobCell>>,
}

/// How an execution ended.
enum Over {
    Ended(Ended),
    /// The engine took the job back, and will execute it later.
    Held,
}

enum RunState {
    /// The user's function was not called yet.
    Ready(Body),
    Polling(Contained<JobFuture>),
    Over,
}

impl<S: Deref<Target = Shared>> Run<S> {
    fn new(shared: S, claim: Claim) -> Self {
        Self {
            end: EndGuard::of(&claim, shared),
            state: RunState::Ready(claim.body),
            cell: claim.cell,
        }
    }

    /// Converts the execution to a task of its own.
    fn into_task(mut self, shared: &Arc<Shared>) -> Run<Arc<Shared>> {
        Run {
            end: self.end.hand_over(shared.clone()),
            state: self.take_state(),
            cell: self.cell.take(),
        }
    }

    fn take_state(&mut self) -> RunState {
        std::mem::replace(&mut self.state, RunState::Over)
    }

    fn scope(&self) -> Scope {
        self.end.scope(Place::Async)
    }

    /// Polls the job.
    fn advance(&mut self, cx: &mut Context<'_>) -> Poll<Over> {
        let has_events = match self.begin() {
            Ok(has_events) => has_events,
            Err(over) => return Poll::Ready(over),
        };
        match self.poll_body(cx) {
            Poll::Ready(ended) => Poll::Ready(Over::Ended(ended)),
            Poll::Pending => {
                if has_events {
                    self.end.shared.flush();
                }
                self.suspend(cx).map(Over::Ended)
            }
        }
    }

    /// Begins the body, unless it has begun, by calling the user's function, which returns the future.
    /// Returns whether event readers must be woken.
    fn begin(&mut self) -> Result<bool, Over> {
        let cell = self.cell.as_deref();
        let request = cell.map_or(CancelRequest::Nothing, JobCell::cancel_request);
        if !matches!(self.state, RunState::Ready(_)) {
            return match request {
                CancelRequest::Immediate => Err(Over::Ended(Ended::Dropped)),
                _ => Ok(false),
            };
        }
        if request != CancelRequest::Nothing {
            return Err(Over::Ended(Ended::NotBegun));
        }
        // Asked before the body is taken out, because moving the body costs more than the question.
        let passes = self.end.passes(cell);
        let RunState::Ready(body) = self.take_state() else {
            return Ok(false);
        };
        if passes {
            return self.call(body).map(|()| false);
        }
        match self.end.cross(body, Ground::Executor) {
            Entry::Now { body, has_events } => self.call(body).map(|()| has_events),
            Entry::Held => Err(Over::Held),
            Entry::Never(body) => {
                self.state = RunState::Ready(body);
                Err(Over::Ended(Ended::NotBegun))
            }
        }
    }

    fn call(&mut self, body: Body) -> Result<(), Over> {
        match body {
            // A future has no function to call.
            Body::Future(future) => {
                self.state = RunState::Polling(future);
                Ok(())
            }
            body => self.call_function(body),
        }
    }

    fn call_function(&mut self, body: Body) -> Result<(), Over> {
        let context = || self.end.context(self.cell.clone());
        let ended = match caught(|| body.into_work(context)) {
            Ok(Work::Async(future)) => {
                self.state = RunState::Polling(Contained::new(future));
                return Ok(());
            }
            Ok(Work::Blocking(function)) => {
                drop(function);
                Ended::Lost("the executor cannot run work of this kind")
            }
            Err(message) => Ended::Panicked(message),
        };
        Err(Over::Ended(ended))
    }

    /// Returns whether the job must be dropped.
    fn is_to_be_dropped(&self, cx: &Context<'_>) -> bool {
        let request = match &self.cell {
            Some(cell) => cell.polled_by(cx.waker()),
            None => CancelRequest::Nothing,
        };
        request == CancelRequest::Immediate
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        let RunState::Polling(future) = &mut self.state else {
            return Poll::Ready(Ended::Lost("the task was polled after its end"));
        };
        match caught(|| future.as_mut().poll(cx)) {
            Ok(answer) => Poll::Ready(Ended::Returned(ready!(answer))),
            Err(message) => Poll::Ready(Ended::Panicked(message)),
        }
    }

    /// Returns the cell of a suspended job, through which it can be cancelled.
    fn suspend(&mut self, cx: &Context<'_>) -> Poll<Ended> {
        if self.cell.is_none() {
            self.cell = self.end.attach_cell();
        }
        if self.is_to_be_dropped(cx) {
            return Poll::Ready(Ended::Dropped);
        }
        Poll::Pending
    }

    fn finish(&mut self, over: Over) {
        let Over::Ended(ended) = over else {
            self.end.disarm();
            return;
        };
        // The body is dropped first, so that its values are released when the waiters resume.
        drop(self.take_state());
        self.end.end(ended);
    }
}

impl Run<&Shared> {
    /// Finishes as [`finish`](Self::finish) does, and returns the runner's next job.
    fn finish_and_next(&mut self, ended: Ended) -> Option<Self> {
        drop(self.take_state());
        let (end, next, freed) = self.end.end_and_next(ended);
        // The next job gets its guard before wakers run, so that it cannot be lost if one panics.
        let next = next.map(|claim| Self::new(self.end.shared, claim));
        if next.is_some() {
            // Nothing has been carried out yet: the permit that came free may be what a submit
            // waits for, and the next job may take any time.
            self.end.shared.slots.notify(freed);
        }
        if let Some(end) = end {
            self.end.shared.resolve(end);
        }
        next
    }
}

impl Future for Run<Arc<Shared>> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let run = &mut *self;
        let _inside = caller::enter(run.scope());
        let over = ready!(run.advance(cx));
        run.finish(over);
        Poll::Ready(())
    }
}

impl<S: Deref<Target = Shared>> Drop for Run<S> {
    fn drop(&mut self) {
        if matches!(self.state, RunState::Over) {
            return;
        }
        let _inside = caller::enter(self.scope());
        drop(self.take_state());
    }
}
