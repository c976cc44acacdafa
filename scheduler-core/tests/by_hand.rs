//! The scheduler over a runtime that does nothing by itself: the test makes each step.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test brings its own runtime, which begins at an instant, and may fail"
)]

use std::{
    future::{Future, poll_fn},
    mem,
    pin::{Pin, pin},
    sync::{Arc, Mutex, mpsc},
    task::{Context, Poll, Wake, Waker},
    thread,
    time::{Duration, Instant},
};

use scheduler_core::{
    ErrorKind, Event, EventFilter, Job, Options, Runtime, RuntimeScheduler, Scheduler, Shutdown,
    State,
    failure::JobFailure,
    runtime::{BlockingWork, BoxFuture, Now, SpawnError},
};

/// Keeps tasks and blocking work until the test runs them.
struct ByHand {
    now: Mutex<Now>,
    tasks: Mutex<Vec<BoxFuture<'static, ()>>>,
    work: Mutex<Vec<BlockingWork>>,
    /// Whether blocking work runs at once, inside `spawn_blocking`.
    at_once: bool,
}

#[derive(Clone)]
struct Hand(Arc<ByHand>);

impl Runtime for Hand {
    fn name(&self) -> &str {
        "by hand"
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) -> Result<(), SpawnError> {
        self.0.tasks.lock().unwrap().push(task);
        Ok(())
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        let hand = self.clone();
        Box::pin(poll_fn(move |_| {
            if hand.now().mono() < deadline {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        }))
    }

    fn spawn_blocking(&self, work: BlockingWork) -> Result<(), SpawnError> {
        if self.0.at_once {
            work();
        } else {
            self.0.work.lock().unwrap().push(work);
        }
        Ok(())
    }

    fn now(&self) -> Now {
        *self.0.now.lock().unwrap()
    }
}

impl Hand {
    fn new() -> Self {
        Self::with(false)
    }

    fn with(at_once: bool) -> Self {
        Self(Arc::new(ByHand {
            at_once,
            now: Mutex::new(Now::system()),
            tasks: Mutex::default(),
            work: Mutex::default(),
        }))
    }

    /// Polls every task once. Returns the number of tasks that are left.
    fn turn(&self) -> usize {
        let mut tasks = mem::take(&mut *self.0.tasks.lock().unwrap());
        tasks.retain_mut(is_pending);
        let mut all = self.0.tasks.lock().unwrap();
        all.append(&mut tasks);
        all.len()
    }

    fn drop_tasks(&self) {
        let tasks = mem::take(&mut *self.0.tasks.lock().unwrap());
        drop(tasks);
    }

    /// Runs the blocking work, and polls the tasks after it.
    fn work(&self) {
        loop {
            let work = self.0.work.lock().unwrap().pop();
            let Some(work) = work else { return };
            work();
        }
    }

    fn advance(&self, by: Duration) {
        let mut now = self.0.now.lock().unwrap();
        *now = Now::new(now.mono() + by, now.wall() + by);
    }
}

fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

fn is_pending<F: Future + Unpin>(future: &mut F) -> bool {
    poll(future).is_pending()
}

#[test]
fn a_start_that_was_overtaken_has_failed_whatever_became_of_the_other() {
    for other_is_up in [false, true] {
        let hand = Hand::new();
        let scheduler = RuntimeScheduler::new(hand.clone());
        let mut first = scheduler.start();
        assert!(is_pending(&mut first));
        hand.drop_tasks();
        assert_eq!(scheduler.state(), State::New);
        let mut second = scheduler.start();
        assert!(is_pending(&mut second));
        if other_is_up {
            hand.turn();
        }
        let Poll::Ready(Err(error)) = poll(&mut first) else {
            panic!("its driver was dropped");
        };
        assert_eq!(error.kind(), ErrorKind::NoRuntime);
        hand.turn();
        assert!(matches!(poll(&mut second), Poll::Ready(Ok(()))));
    }
}

fn started(hand: &Hand, options: Options) -> RuntimeScheduler<Hand> {
    let scheduler = RuntimeScheduler::with_options(hand.clone(), options).unwrap();
    assert!(is_pending(&mut scheduler.start()));
    hand.turn();
    assert_eq!(scheduler.state(), State::Running);
    scheduler
}

#[test]
fn failures_are_told_of_while_somebody_watches() {
    for watches in [true, false] {
        let hand = Hand::new();
        let scheduler = started(&hand, Options::default());
        let watch = scheduler.watch_failures();
        if !watches {
            drop(watch);
        }
        scheduler
            .post(Job::new(|_| async { Err::<(), _>("no") }))
            .unwrap();
        hand.turn();
        hand.work();
        scheduler.request_shutdown(Shutdown::graceful()).unwrap();
        let Poll::Ready(Ok(report)) = poll(&mut scheduler.stopped()) else {
            panic!("the shutdown must not wait for anything");
        };
        assert_eq!(report.failed.len(), usize::from(watches));
    }
}

#[test]
fn who_hears_of_a_change_of_state_overtakes_nobody_who_waits_for_room() {
    let hand = Hand::new();
    let options = Options::default().max_concurrent_jobs(1).queue_limit(1);
    let scheduler = started(&hand, options);
    scheduler.pause().unwrap();
    let job = || Job::new(|_| async {});
    scheduler.post(job()).unwrap();
    let (mut first, mut second) = (scheduler.submit(job()), scheduler.submit(job()));
    assert!(is_pending(&mut first) && is_pending(&mut second));
    scheduler.resume().unwrap();
    assert!(is_pending(&mut second), "it is not its turn");
    assert!(matches!(poll(&mut first), Poll::Ready(Ok(_))));
}

/// Returns a scheduler that has shut down and whose listener has not received that event yet, with
/// the events that it has received.
fn ended(hand: &Hand) -> (RuntimeScheduler<Hand>, Arc<Mutex<Vec<Event>>>) {
    let scheduler = RuntimeScheduler::new(hand.clone());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = heard.clone();
    let listener = move |event: &Event| hears.lock().unwrap().push(event.clone());
    scheduler.add_listener(EventFilter::scheduler(), Arc::new(listener));
    assert!(is_pending(&mut scheduler.start()));
    hand.turn();
    hand.work();
    assert_eq!(scheduler.state(), State::Running);
    scheduler.request_shutdown(Shutdown::graceful()).unwrap();
    assert_eq!(scheduler.state(), State::ShutDown);
    (scheduler, heard)
}

#[test]
fn the_end_is_told_to_every_listener_however_fast_the_first_is() {
    let hand = Hand::with(true);
    let scheduler = RuntimeScheduler::new(hand.clone());
    let heard = Arc::new(Mutex::new(0));
    for _ in 0..3 {
        let heard = heard.clone();
        let listener = move |event: &Event| {
            *heard.lock().unwrap() += usize::from(event.kind.is_last());
        };
        scheduler.add_listener(EventFilter::scheduler(), Arc::new(listener));
    }
    assert!(is_pending(&mut scheduler.start()));
    hand.turn();
    scheduler.request_shutdown(Shutdown::graceful()).unwrap();
    assert_eq!(*heard.lock().unwrap(), 3);
}

fn has_heard_the_end(heard: &Mutex<Vec<Event>>) -> bool {
    heard
        .lock()
        .unwrap()
        .iter()
        .any(|event| event.kind.is_last())
}

#[test]
fn the_end_waits_for_the_last_calls_of_listeners() {
    let hand = Hand::new();
    let (scheduler, heard) = ended(&hand);
    let mut stopped = pin!(scheduler.stopped());
    assert_eq!(hand.turn(), 1, "the driver waits");
    assert!(is_pending(&mut stopped) && !has_heard_the_end(&heard));
    hand.work();
    assert!(has_heard_the_end(&heard));
    assert!(matches!(poll(&mut stopped), Poll::Ready(Ok(_))));
    assert_eq!(hand.turn(), 0);
}

#[test]
fn the_end_does_not_wait_for_a_listener_for_more_than_five_seconds() {
    let hand = Hand::new();
    let (scheduler, heard) = ended(&hand);
    let mut stopped = pin!(scheduler.stopped());
    hand.turn();
    let nearly = Duration::from_secs(5) - Duration::from_nanos(1);
    hand.advance(nearly);
    assert_eq!(hand.turn(), 1);
    assert!(is_pending(&mut stopped));
    hand.advance(Duration::from_nanos(1));
    assert_eq!(hand.turn(), 0);
    assert!(matches!(poll(&mut stopped), Poll::Ready(Ok(_))));
    hand.work();
    assert!(
        !has_heard_the_end(&heard),
        "no listener is called after the end"
    );
}

/// Runs the kept blocking work on a thread when it wakes, and returns once an error handler is running there.
struct RunsTheHandler {
    hand: Hand,
    begun: Mutex<mpsc::Receiver<()>>,
    threads: Mutex<Vec<thread::JoinHandle<()>>>,
}

impl Wake for RunsTheHandler {
    fn wake(self: Arc<Self>) {
        let hand = self.hand.clone();
        let work = thread::spawn(move || hand.work());
        self.threads.lock().unwrap().push(work);
        self.begun.lock().unwrap().recv().unwrap();
    }
}

#[test]
fn a_loss_ends_with_its_last_handler_whatever_its_listeners_have_not_received() {
    let hand = Hand::new();
    let (begins, begun) = mpsc::channel();
    let (ends, end) = mpsc::channel::<()>();
    let end = Mutex::new(end);
    let options = Options::default().on_error(move |_: &JobFailure| {
        begins.send(()).unwrap();
        end.lock().unwrap().recv().unwrap();
    });
    let scheduler = started(&hand, options);
    scheduler.add_listener(EventFilter::scheduler(), Arc::new(|_: &Event| {}));
    scheduler.pause().unwrap();
    scheduler.resume().unwrap();
    // The listener's thread has been taken and has returned: the runtime does not seem to refuse it.
    hand.work();
    let fails = Job::new(|_| async { Err::<(), _>("no") });
    let job = scheduler.try_submit(fails).unwrap();
    hand.turn();
    let wakes = Arc::new(RunsTheHandler {
        hand: hand.clone(),
        begun: Mutex::new(begun),
        threads: Mutex::default(),
    });
    let mut waits = pin!(job.wait());
    let waker = Waker::from(wakes.clone());
    let polled = waits.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending(), "no handler has been called");
    hand.drop_tasks();
    assert_eq!(scheduler.state(), State::ShuttingDown);
    ends.send(()).unwrap();
    for thread in mem::take(&mut *wakes.threads.lock().unwrap()) {
        thread.join().unwrap();
    }
    assert_eq!(scheduler.state(), State::ShutDown);
    assert!(matches!(poll(&mut scheduler.stopped()), Poll::Ready(Ok(_))));
}
