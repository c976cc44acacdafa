//! The properties that must hold in every order. loom itself detects a thread that is never woken.

mod blocking;
mod events;
mod gate;
mod listeners;
mod orders;
mod pool;
mod signals;
mod slots;

use std::{
    sync::Arc,
    task::{Context, Wake, Waker},
};

use loom::sync::Mutex;

use crate::BoxFuture;

pub use self::{
    blocking::*, events::*, gate::*, listeners::*, orders::*, pool::*, signals::*, slots::*,
};

/// The bound of preemptions; defects that need more are rare. Without a bound the models pass too,
/// but take minutes. Models with several threads that start others use three.
const PREEMPTIONS: usize = 4;

/// Runs a model in every order of its threads.
fn every_order(model: impl Fn() + Sync + Send + 'static) {
    every_order_with(PREEMPTIONS, model);
}

fn every_order_with(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.check(model);
}

/// A task that is polled at once, on the thread that wakes it.
struct Inline(Mutex<Option<BoxFuture<'static, ()>>>);

impl Wake for Inline {
    fn wake(self: Arc<Self>) {
        self.poll();
    }
}

impl Inline {
    fn poll(self: &Arc<Self>) {
        let task = self.0.lock().unwrap().take();
        if let Some(mut task) = task {
            let waker = Waker::from(self.clone());
            if task
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
            {
                *self.0.lock().unwrap() = Some(task);
            }
        }
    }
}
