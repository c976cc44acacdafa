//! A thread pool written by hand for many small jobs, without a scheduler. It takes whole batches
//! under one lock, and wakes only idle threads.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex},
    thread,
};

pub type Work = Box<dyn FnOnce() + Send>;

/// The number of jobs that are queued or taken in one batch.
const BATCH: usize = 64;

/// The pool; dropping it ends its threads.
pub struct Pool(Arc<Inner>);

struct Inner {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Work>,
    sleeping: usize,
    closed: bool,
}

impl Pool {
    pub fn new(workers: usize) -> Self {
        let inner = Arc::new(Inner {
            state: Mutex::default(),
            arrived: Condvar::new(),
        });
        for _ in 0..workers {
            let inner = inner.clone();
            thread::spawn(move || inner.work());
        }
        Self(inner)
    }

    pub fn run_all(&self, works: impl IntoIterator<Item = Work>) {
        let mut works = works.into_iter().peekable();
        while works.peek().is_some() {
            let batch: Vec<_> = works.by_ref().take(BATCH).collect();
            let sleeping = {
                let mut state = self.0.state.lock().expect("no panic");
                state.waiting.extend(batch);
                state.sleeping > 0
            };
            if sleeping {
                self.0.arrived.notify_one();
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.0.state.lock().expect("no panic").closed = true;
        self.0.arrived.notify_all();
    }
}

impl Inner {
    fn work(&self) {
        let mut batch = Vec::with_capacity(BATCH);
        while self.take(&mut batch) {
            for work in batch.drain(..) {
                work();
            }
        }
    }

    /// Waits for work. Returns whether there is any.
    fn take(&self, batch: &mut Vec<Work>) -> bool {
        let mut state = self.state.lock().expect("no panic");
        while state.waiting.is_empty() {
            if state.closed {
                return false;
            }
            state.sleeping += 1;
            state = self.arrived.wait(state).expect("no panic");
            state.sleeping -= 1;
        }
        let count = state.waiting.len().min(BATCH);
        batch.extend(state.waiting.drain(..count));
        true
    }
}
