//! A reduced scheduler that calls listeners, with only the parts that their turns need.

use loom::{sync::Mutex, thread};

use crate::{BlockingWork, event::Event};

pub(crate) struct EventFilter;

#[derive(Debug, Clone, Copy)]
pub(crate) struct ListenerId;

#[derive(Debug)]
pub(crate) struct SpawnError;

pub(crate) trait Listener: Send + Sync {
    fn on_event(&self, event: &Event);
}

pub(crate) mod engine {
    use std::sync::Arc;

    use super::{EventFilter, ListenerId};
    use crate::{BoxFuture, event::channel::EventSender};

    pub(crate) struct Subscriber {
        #[allow(dead_code, reason = "nothing is filtered here")]
        pub(crate) filter: EventFilter,
        pub(crate) sender: EventSender,
        pub(crate) listener: Option<(ListenerId, Arc<dyn Delivery>)>,
    }

    pub(crate) trait Delivery: Send + Sync {
        fn wake(self: Arc<Self>);
        fn is_busy(&self) -> bool;
        fn close(&self);
        #[allow(dead_code, reason = "no model removes a listener by this")]
        fn until_returned(&self) -> BoxFuture<'_, ()>;
    }

    impl Subscriber {
        fn delivery(&self) -> &Arc<dyn Delivery> {
            let (_, delivery) = self
                .listener
                .as_ref()
                .expect("the model attaches a listener");
            delivery
        }

        pub(crate) fn wake(&self) {
            self.sender.wake();
            self.delivery().clone().wake();
        }

        pub(crate) fn is_busy(&self) -> bool {
            self.delivery().is_busy()
        }

        pub(crate) fn close(&self) {
            self.delivery().close();
        }
    }
}

/// Starts a thread for each piece of work.
#[derive(Default)]
pub(crate) struct Runtime(Mutex<Vec<thread::JoinHandle<()>>>);

impl Runtime {
    pub(crate) fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        let mut threads = self.0.lock().unwrap();
        threads.push(thread::spawn(work));
        Ok(())
    }

    /// Waits for the ends of all threads, because loom cannot see that their shared state outlives
    /// them.
    pub(crate) fn join(&self) {
        let next = || self.0.lock().unwrap().pop();
        while let Some(thread) = next() {
            thread.join().unwrap();
        }
    }
}

pub(crate) mod shared {
    use std::sync::{Arc, Weak};

    use loom::sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    };

    use super::{Runtime, SpawnError, engine::Subscriber};
    use crate::{BlockingWork, sync::signal::Signal};

    pub(crate) struct Shared {
        pub(crate) runtime: Runtime,
        pub(crate) listener_panics: AtomicU64,
        subscriber: Subscriber,
        /// Whether the engine has shut down; this mutex is the lock of the engine.
        ended: Mutex<bool>,
        /// Whether everything but the engine has stopped too.
        stopped: AtomicBool,
        stopped_signal: Signal,
    }

    impl Shared {
        pub(crate) fn new(subscriber: impl FnOnce(Weak<Self>) -> Subscriber) -> Arc<Self> {
            Arc::new_cyclic(|this| Self {
                runtime: Runtime::default(),
                listener_panics: AtomicU64::new(0),
                subscriber: subscriber(this.clone()),
                ended: Mutex::new(false),
                stopped: AtomicBool::new(false),
                stopped_signal: Signal::new(),
            })
        }

        pub(crate) const fn subscriber(&self) -> &Subscriber {
            &self.subscriber
        }

        pub(crate) fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
            self.runtime.spawn_blocking(work)
        }

        pub(crate) fn call_back(&self, callback: impl FnOnce()) -> bool {
            callback();
            true
        }

        pub(crate) const fn can_call_listeners(&self) -> bool {
            true
        }

        pub(crate) fn end(&self) {
            *self.ended.lock().unwrap() = true;
        }

        /// Completes the shutdown unless a listener is busy, as in the core, where the engine
        /// evaluates the first condition.
        pub(crate) fn close_unless_busy(&self) {
            let ended = *self.ended.lock().unwrap();
            if ended && !self.subscriber.is_busy() {
                self.subscriber.close();
                self.stopped.store(true, Ordering::SeqCst);
                self.stopped_signal.notify();
            }
        }

        pub(crate) async fn until_stopped(&self) {
            let stopped = || self.stopped.load(Ordering::SeqCst).then_some(());
            self.stopped_signal.until(stopped).await;
        }
    }
}
