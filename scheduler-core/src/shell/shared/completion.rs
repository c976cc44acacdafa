//! Reports the ends of executions to the engine, and takes the runners' next jobs.

use std::collections::VecDeque;

use super::Shared;
use crate::engine::{Claim, End, Ended, Engine, Key};

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
    pub(crate) fn finished_and_next(&self, key: Key, ended: Ended) -> (Option<End>, Option<Claim>) {
        if matches!(ended, Ended::Returned(Ok(()))) {
            let mut engine = self.lock();
            if let Some(end) = engine.finish_quietly(key) {
                let next = engine.next_claim();
                if next.is_none() {
                    let drained = engine.drain();
                    drop(engine);
                    self.carry_out(drained);
                }
                return (Some(end), next);
            }
        }
        self.finish(key, ended);
        (None, self.next_claim())
    }

    /// Handles the end of a runner. Returns the jobs that it leaves.
    pub(crate) fn runner_gone(&self) -> VecDeque<Claim> {
        self.lock().handle_runner_gone()
    }
}
