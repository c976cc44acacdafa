//! Executing jobs: alone, in batches, or where blocking does no harm.
//!
//! One task for each due job is the wrong unit where many are due at once. Runners take them from
//! one shared queue and poll each in place, once; only a job that is still pending then becomes a
//! task of its own. There are as many runners as cores, so that a job that blocks its thread holds
//! up no sibling that another core could run.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    task::{Context, Poll, ready},
    thread,
    time::Duration,
};

use crate::{
    context::{self, Place, Scope},
    engine::{Claim, Ended, Engine, Key, id_of},
    job::{Body, JobCell, JobContext, JobFuture, Told, Work},
    panic,
    shared::Shared,
};

/// From here on jobs that are due together share runners.
const BATCH: usize = 5;

/// After so many jobs a runner gives way to other tasks of the executor.
const JOBS_PER_POLL: usize = 64;

/// Jobs that wait for a runner.
#[derive(Default)]
pub(crate) struct Batch(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    claims: VecDeque<Claim>,
    runners: usize,
}

impl Batch {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands jobs to the executor.
pub(crate) fn dispatch(shared: &Shared, claims: Vec<Claim>) {
    if claims.is_empty() {
        return;
    }
    let Some(shared) = shared.me() else {
        return;
    };
    let (blocking, polled): (Vec<_>, Vec<_>) = claims
        .into_iter()
        .partition(|claim| claim.body.is_blocking());
    if polled.len() < BATCH {
        for claim in polled {
            spawn_alone(&shared, Run::new(&shared, claim));
        }
    } else {
        share(&shared, polled);
    }
    for claim in blocking {
        spawn_blocking(&shared, claim);
    }
}

/// Gives jobs to the runners, of which there are enough to keep every core busy.
fn share(shared: &Arc<Shared>, claims: Vec<Claim>) {
    let missing = {
        let mut waiting = shared.batch.lock();
        waiting.claims.extend(claims);
        let wanted = waiting.claims.len().min(cores());
        let missing = wanted.saturating_sub(waiting.runners);
        waiting.runners += missing;
        missing
    };
    for _ in 0..missing {
        spawn_runner(shared);
    }
}

fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(2, Into::into))
}

fn spawn_runner(shared: &Arc<Shared>) {
    let runner = Runner(shared.clone());
    // A runner that is not taken is dropped, and its jobs with it if it was the last.
    drop(shared.runtime.spawn(Box::pin(runner.run())));
}

/// One runner, counted until dropped.
struct Runner(Arc<Shared>);

impl Runner {
    async fn run(self) {
        poll_fn(|cx| self.poll(cx)).await;
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        for _ in 0..JOBS_PER_POLL {
            let Some(claim) = self.0.batch.lock().claims.pop_front() else {
                return Poll::Ready(());
            };
            let mut run = Run::new(&self.0, claim);
            if Pin::new(&mut run).poll(cx).is_pending() {
                spawn_alone(&self.0, run);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let orphans = {
            let mut waiting = self.0.batch.lock();
            waiting.runners -= 1;
            if waiting.runners == 0 {
                std::mem::take(&mut waiting.claims)
            } else {
                VecDeque::new()
            }
        };
        for claim in orphans {
            drop(Run::new(&self.0, claim));
        }
    }
}

fn spawn_alone(shared: &Arc<Shared>, run: Run) {
    // A run that is not taken is dropped, which ends its job as lost.
    drop(shared.runtime.spawn(Box::pin(run)));
}

/// One execution of an asynchronous job. Dropped unfinished, it ends its job as lost.
struct Run {
    end: EndGuard,
    state: RunState,
    cell: Option<Arc<JobCell>>,
}

enum RunState {
    /// The user's function has not been called yet.
    Ready(Body),
    Polling(JobFuture),
    Over,
}

impl Run {
    fn new(shared: &Arc<Shared>, claim: Claim) -> Self {
        Self {
            end: EndGuard::new(shared, claim.key),
            state: RunState::Ready(claim.body),
            cell: claim.cell,
        }
    }

    fn scope(&self) -> Scope {
        self.end.scope(Place::Async)
    }

    /// Calls the user's function, which answers the future.
    fn begin(&mut self) -> Result<(), Ended> {
        let body = match std::mem::replace(&mut self.state, RunState::Over) {
            RunState::Ready(body) => body,
            begun => {
                self.state = begun;
                return Ok(());
            }
        };
        self.end.shared.started(self.end.key);
        let context = || self.end.context(self.cell.clone());
        let work = catch_unwind(AssertUnwindSafe(|| body.into_work(context)));
        match work {
            Ok(Work::Async(future)) => {
                self.state = RunState::Polling(future);
                Ok(())
            }
            Ok(Work::Blocking(function)) => {
                panic::destroy(function);
                Err(Ended::Lost("it was handed to the wrong executor"))
            }
            Err(payload) => Err(Ended::Panicked(panic::message(payload))),
        }
    }

    /// Whether the job was told to end by being dropped, before or while this is its task.
    fn is_to_be_dropped(&self, cx: &Context<'_>) -> bool {
        let told = match &self.cell {
            Some(cell) => cell.polled_by(cx.waker()),
            None => Told::Nothing,
        };
        told == Told::Drop
    }

    fn poll_body(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        if self
            .cell
            .as_ref()
            .is_some_and(|cell| cell.told() == Told::Drop)
        {
            return Poll::Ready(Ended::Dropped);
        }
        if let Err(ended) = self.begin() {
            return Poll::Ready(ended);
        }
        let RunState::Polling(future) = &mut self.state else {
            return Poll::Ready(Ended::Lost("it was polled after its end"));
        };
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(answer) => Poll::Ready(Ended::Returned(ready!(answer))),
            Err(payload) => Poll::Ready(Ended::Panicked(panic::message(payload))),
        }
    }

    /// A job that is suspended can be reached from outside: it needs a cell.
    fn suspend(&mut self, cx: &Context<'_>) -> Poll<Ended> {
        if self.cell.is_none() {
            self.cell = self.end.attach_cell();
        }
        if self.is_to_be_dropped(cx) {
            return Poll::Ready(Ended::Dropped);
        }
        Poll::Pending
    }

    fn finish(&mut self, ended: Ended) {
        // The body goes first: what it holds is released when its waiters resume.
        panic::destroy(std::mem::replace(&mut self.state, RunState::Over));
        self.end.end(ended);
    }
}

impl Future for Run {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let run = &mut *self;
        let _inside = context::enter(run.scope());
        let mut ended = run.poll_body(cx);
        if ended.is_pending() {
            ended = run.suspend(cx);
        }
        let ended = ready!(ended);
        run.finish(ended);
        Poll::Ready(())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _inside = context::enter(self.scope());
        panic::destroy(std::mem::replace(&mut self.state, RunState::Over));
    }
}

fn spawn_blocking(shared: &Arc<Shared>, claim: Claim) {
    let end = EndGuard::new(shared, claim.key);
    let work = move || run_blocking(end, claim.body, claim.cell.as_ref());
    // Work that is not taken is dropped, which ends its job as lost.
    drop(shared.runtime.spawn_blocking(Box::new(work)));
}

fn run_blocking(mut end: EndGuard, body: Body, cell: Option<&Arc<JobCell>>) {
    let _inside = context::enter(end.scope(Place::Blocking));
    if cell.is_some_and(|cell| cell.told() == Told::Drop) {
        panic::destroy(body);
        return end.end(Ended::Dropped);
    }
    end.shared.started(end.key);
    let context = || end.context(cell.cloned());
    let answer = catch_unwind(AssertUnwindSafe(|| match body.into_work(context) {
        Work::Blocking(function) => function(),
        Work::Async(future) => crate::block_on(future),
    }));
    end.end(match answer {
        Ok(answer) => Ended::Returned(answer),
        Err(payload) => Ended::Panicked(panic::message(payload)),
    });
}

/// Tells the engine exactly once how a job has ended: `Lost`, unless it is told otherwise.
///
/// It is made before the task is, and travels as part of it: a task that is dropped before its
/// first poll still ends its job.
struct EndGuard {
    shared: Arc<Shared>,
    key: Key,
    over: bool,
}

impl EndGuard {
    fn new(shared: &Arc<Shared>, key: Key) -> Self {
        Self {
            shared: shared.clone(),
            key,
            over: false,
        }
    }

    fn scope(&self, place: impl FnOnce(crate::JobId) -> Place) -> Scope {
        Scope {
            scheduler: self.shared.id(),
            place: place(id_of(self.key)),
        }
    }

    fn attach_cell(&self) -> Option<Arc<JobCell>> {
        self.shared
            .call(|engine: &mut Engine, _| engine.attach_cell(self.key))
    }

    /// What the body is given. A job that has been abandoned already gets a context that is
    /// cancelled and leads nowhere.
    fn context(&self, cell: Option<Arc<JobCell>>) -> JobContext {
        let cell = cell.or_else(|| self.attach_cell());
        JobContext::new(cell.unwrap_or_else(|| Arc::new(JobCell::abandoned(id_of(self.key)))))
    }

    fn end(&mut self, ended: Ended) {
        self.over = true;
        self.shared.finished(self.key, ended);
    }
}

impl Drop for EndGuard {
    fn drop(&mut self) {
        if !self.over {
            self.end(Ended::Lost("the runtime dropped it, or could not take it"));
        }
    }
}

/// Sleeps on the runtime's clock. The runtime may wake early; this does not.
pub(crate) async fn sleep(shared: Arc<Shared>, duration: Duration) {
    /// Where adding the duration to an instant would overflow.
    const FOREVER: Duration = Duration::from_secs(100 * 365 * 86_400);
    let start = shared.runtime.now().mono;
    let end = start.checked_add(duration.min(FOREVER)).unwrap_or(start);
    while shared.runtime.now().mono < end {
        shared.runtime.sleep_until(end).await;
    }
}
