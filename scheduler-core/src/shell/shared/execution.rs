//! The calls of an execution: its job begins at the gate, finishes, and is followed by the next one.

use std::{cell::Cell, collections::VecDeque};

use super::Shared;
use crate::{
    EventName, Now, Result,
    engine::{Begin, Claim, End, Ended, Engine, Freed, Key},
    event::NameSet,
    job::{Body, JobCell, JobOutcome},
};

/// The events with the time at which a body began, or published then.
const BEGINS: NameSet = NameSet::of(&[EventName::JobStarted, EventName::JobFinished]);

thread_local! {
    /// Whether this thread is letting a job cross the gate of some scheduler.
    static CROSSES: Cell<bool> = const { Cell::new(false) };
}

/// Drop guard: while it is alive, the thread counts as crossing a gate.
struct Crosses;

impl Crosses {
    fn begin() -> Self {
        CROSSES.set(true);
        Self
    }
}

impl Drop for Crosses {
    fn drop(&mut self) {
        CROSSES.set(false);
    }
}

/// Decision of the engine about a job at the gate.
pub(crate) enum Entry {
    /// The body begins now, before any other user code. If `has_events`, event readers must be woken by
    /// [`Shared::flush`].
    Now { body: Body, has_events: bool },
    /// The engine took the job back, and will execute it later.
    Held,
    /// The body never begins.
    Never(Body),
}

/// The kind of thread on which a body is about to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ground {
    /// The body begins on the executor, inside a poll, where it must not block.
    Executor,
    /// The body begins on a thread where it may block.
    Blocking,
}

impl Shared {
    /// Returns whether the body of a job with a permit may begin at once. If not, the job must
    /// [cross](Self::cross).
    pub(crate) fn passes(&self, cell: Option<&JobCell>) -> bool {
        if self.wants_any(BEGINS) {
            return false;
        }
        if cell.is_some_and(|cell| cell.schedule().is_some()) {
            self.gate.pass_run()
        } else {
            self.gate.pass()
        }
    }

    /// Asks the engine whether the body of a job with a permit may begin. No user code runs during
    /// the crossing, nor between the crossing and the body.
    pub(crate) fn cross(&self, key: Key, body: Body, ground: Ground) -> Entry {
        let now = self.runtime.now();
        let crossing = (Crosses::begin(), self.gate.cross());
        let begin = {
            let mut engine = self.lock();
            // Another call with a later time may have locked first (`EV-001`).
            let now = engine.catch_up(now);
            let begin = engine.begin(key, body, &now);
            // Dropped readers are removed, so that they cost nothing.
            self.note_wanted(&engine);
            match begin {
                Begin::Now(body) => {
                    let has_events = engine.has_published();
                    // A blocking body may take any time, so the driver wakes the readers.
                    let wake = engine.take_wake() | (has_events && ground == Ground::Blocking);
                    Ok((body, has_events, wake))
                }
                begin => Err((begin, self.drain(&mut engine))),
            }
        };
        let (begin, drained) = match begin {
            Ok((body, has_events, wake)) => {
                if wake {
                    self.wake.ring();
                }
                return Entry::Now { body, has_events };
            }
            Err(not_now) => not_now,
        };
        drop(crossing);
        self.carry_out(drained);
        match begin {
            Begin::Now(body) => Entry::Now {
                body,
                has_events: true,
            },
            Begin::Held(left) => {
                drop(left);
                Entry::Held
            }
            Begin::Never(body) => Entry::Never(body),
        }
    }

    /// Wakes the readers of events that were published while a body was about to begin.
    pub(crate) fn flush(&self) {
        self.call(|_, _| ());
    }

    /// Makes a call that pauses or removes something. After it returns, no body begins that the
    /// pause or removal forbids.
    pub(crate) fn pause<T>(&self, pause: impl FnOnce(&mut Engine, &Now) -> Result<T>) -> Result<T> {
        let paused = self.call(pause)?;
        // Some wakers poll a task at once, even during a crossing of this thread. Waiting for that crossing would
        // never end.
        if !CROSSES.get() {
            self.gate.wait_for_crossings();
        }
        Ok(paused)
    }
}

impl Shared {
    /// Reports that the execution of a job has ended.
    pub(crate) fn finished(&self, key: Key, ended: Ended) {
        let quietly = |engine: &mut Engine| Some((engine.finish_quietly(key)?, engine.drain()));
        let end = match ended {
            Ended::Returned(Ok(())) => quietly(&mut self.lock()),
            _ => None,
        };
        let Some((end, drained)) = end else {
            return self.finish(key, ended);
        };
        self.carry_out(drained);
        self.resolve(end);
    }

    /// Wakes the waiters of a finished job. The error handler comes first if the job failed.
    pub(crate) fn resolve(&self, end: End) {
        if matches!(end.outcome, JobOutcome::Failed(_)) {
            self.handle_failure(end);
        } else if let Some(cell) = &end.cell {
            // The engine has set the outcome under its lock (`LC-033`).
            cell.announce();
        }
    }

    fn finish(&self, key: Key, ended: Ended) {
        self.call(|engine, now| engine.handle_finished(key, &ended, now));
        // The error of a cancelled or abandoned job is not reported, and is dropped here.
        drop(ended);
    }

    /// Returns the next job for a runner.
    pub(crate) fn next_claim(&self) -> Option<Claim> {
        self.lock().next_claim()
    }

    /// Handles the end of a runner's job. Returns its pending resolution and the next job, under one lock if the
    /// end has no other effect.
    pub(crate) fn finished_and_next(
        &self,
        key: Key,
        ended: Ended,
    ) -> (Option<End>, Option<Claim>, Freed) {
        if matches!(ended, Ended::Returned(Ok(()))) {
            let mut engine = self.lock();
            if let Some(end) = engine.finish_quietly(key) {
                let next = engine.next_claim();
                if next.is_some() {
                    return (Some(end), next, engine.take_freed());
                }
                let drained = engine.drain();
                drop(engine);
                self.carry_out(drained);
                return (Some(end), None, Freed::Nothing);
            }
        }
        self.finish(key, ended);
        (None, self.next_claim(), Freed::Nothing)
    }

    /// Handles the end of a runner. Returns the jobs that it leaves.
    pub(crate) fn runner_gone(&self) -> VecDeque<Claim> {
        self.lock().handle_runner_gone()
    }
}
