//! Three executors that share no code, as inner runtimes for the tests.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, Weak,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
    thread,
    time::Instant,
};

use scheduler_core::{
    Runtime,
    implement::block_on,
    runtime::{BoxFuture, SpawnError},
};

/// A runtime with a thread for each task.
pub(super) struct Threads;

impl Runtime for Threads {
    fn name(&self) -> &str {
        "threads"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        thread::spawn(|| block_on(task));
        Ok(())
    }

    fn sleep_until(&self, _: Instant) -> BoxFuture<'static, ()> {
        unreachable!("virtual time has timers of its own")
    }
}

/// Several threads with a queue. Dropping the pool ends it and drops its tasks.
pub(super) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Mutex<VecDeque<Arc<Cell>>>,
    filled: Condvar,
    order: Order,
    closed: AtomicBool,
    cells: Mutex<Vec<Weak<Cell>>>,
}

#[derive(PartialEq)]
enum Order {
    Fifo,
    Lifo,
}

struct Cell {
    future: Mutex<Option<BoxFuture<'static, ()>>>,
    queued: AtomicBool,
    shared: Arc<Shared>,
}

impl Pool {
    pub(super) fn new(workers: usize) -> Self {
        Self::with_order(workers, Order::Fifo)
    }

    /// Creates a pool with one thread that polls the most recently woken task first.
    pub(super) fn lifo() -> Self {
        Self::with_order(1, Order::Lifo)
    }

    fn with_order(workers: usize, order: Order) -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            filled: Condvar::new(),
            order,
            closed: AtomicBool::new(false),
            cells: Mutex::default(),
        });
        for _ in 0..workers {
            let shared = shared.clone();
            thread::spawn(move || shared.work());
        }
        Self { shared }
    }

    /// Closes the pool for all of its owners.
    pub(super) fn close(&self) {
        self.shared.closed.store(true, SeqCst);
        drop(self.shared.queue.lock().unwrap());
        self.shared.filled.notify_all();
        for cell in std::mem::take(&mut *self.shared.cells.lock().unwrap()) {
            let future = cell
                .upgrade()
                .and_then(|cell| cell.future.lock().unwrap().take());
            drop(future);
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close();
    }
}

impl Runtime for Pool {
    fn name(&self) -> &str {
        "pool"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        if self.shared.closed.load(SeqCst) {
            return Err(SpawnError::no_runtime("do not close the pool"));
        }
        let cell = Arc::new(Cell {
            future: Mutex::new(Some(task)),
            queued: AtomicBool::new(false),
            shared: self.shared.clone(),
        });
        self.shared
            .cells
            .lock()
            .unwrap()
            .push(Arc::downgrade(&cell));
        cell.wake();
        Ok(())
    }

    fn sleep_until(&self, _: Instant) -> BoxFuture<'static, ()> {
        unreachable!("virtual time has timers of its own")
    }
}

impl Shared {
    fn work(&self) {
        while let Some(cell) = self.next() {
            cell.queued.store(false, SeqCst);
            cell.poll();
        }
    }

    fn next(&self) -> Option<Arc<Cell>> {
        let mut queue = self.queue.lock().unwrap();
        loop {
            if self.closed.load(SeqCst) {
                return None;
            }
            let next = match self.order {
                Order::Fifo => queue.pop_front(),
                Order::Lifo => queue.pop_back(),
            };
            if next.is_some() {
                return next;
            }
            queue = self.filled.wait(queue).unwrap();
        }
    }
}

impl Cell {
    fn poll(self: Arc<Self>) {
        let waker = Waker::from(self.clone());
        let mut slot = self.future.lock().unwrap();
        let Some(future) = slot.as_mut() else { return };
        let mut cx = Context::from_waker(&waker);
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut cx)));
        if !matches!(polled, Ok(Poll::Pending)) {
            *slot = None;
        }
    }
}

impl Wake for Cell {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, SeqCst) {
            let shared = self.shared.clone();
            shared.queue.lock().unwrap().push_back(self);
            shared.filled.notify_one();
        }
    }
}
