//! Jobs that panic in every possible place, and the outcome of each.

use std::{
    future::Future,
    panic::panic_any,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use scheduler_core::{
    Job, Task,
    implement::block_on,
    job::{JobError, OutcomeKind, Retry},
};

use crate::bomb::Bomb;

const SOON: Duration = Duration::from_millis(1);

pub(crate) type Case = (&'static str, fn() -> Job, OutcomeKind);

/// Jobs that end by themselves.
pub(crate) const ENDING: &[Case] = &[
    (
        "the function panics",
        function_panics,
        OutcomeKind::Panicked,
    ),
    (
        "the first poll panics",
        first_poll_panics,
        OutcomeKind::Panicked,
    ),
    (
        "a later poll panics",
        later_poll_panics,
        OutcomeKind::Panicked,
    ),
    (
        "a blocking body panics",
        blocking_panics,
        OutcomeKind::Panicked,
    ),
    (
        "the payload panics at its end",
        payload_panics,
        OutcomeKind::Panicked,
    ),
    (
        "so does that of a blocking body",
        blocking_payload_panics,
        OutcomeKind::Panicked,
    ),
    (
        "what the body holds panics at its end",
        held_panics,
        OutcomeKind::Panicked,
    ),
    (
        "so does what a blocking body holds",
        blocking_held_panics,
        OutcomeKind::Panicked,
    ),
    (
        "the future panics after its answer",
        future_panics_after,
        OutcomeKind::Succeeded,
    ),
    (
        "the error panics at its end",
        error_panics,
        OutcomeKind::Failed,
    ),
    (
        "so does that of a blocking body, though",
        blocking_error_panics,
        OutcomeKind::Failed,
    ),
    ("the backoff panics", backoff_panics, OutcomeKind::Failed),
    (
        "the filter of retries panics",
        filter_panics,
        OutcomeKind::Failed,
    ),
    (
        "the second attempt panics",
        second_attempt_panics,
        OutcomeKind::Panicked,
    ),
    ("nothing panics", nothing_panics, OutcomeKind::Succeeded),
];

/// Jobs that run until they are cancelled, or have not begun when they are cancelled.
pub(crate) const GOING: &[Case] = &[
    (
        "suspended, with what panics at its end",
        suspended,
        OutcomeKind::Cancelled,
    ),
    (
        "asleep, with what panics at its end",
        asleep,
        OutcomeKind::Cancelled,
    ),
    (
        "blocked, with what panics at its end",
        blocked,
        OutcomeKind::Panicked,
    ),
    (
        "not begun, a future that panics at its end",
        future_to_come,
        OutcomeKind::Cancelled,
    ),
    (
        "not begun, a function that panics at its end",
        function_to_come,
        OutcomeKind::Cancelled,
    ),
];

fn panics() {
    panic!("a job")
}

fn panics_with_a_bomb() {
    panic_any(Bomb::new())
}

fn function_panics() -> Job {
    Job::new(|_| {
        panics();
        async {}
    })
}

fn first_poll_panics() -> Job {
    Job::new(|_| async { panics() })
}

fn later_poll_panics() -> Job {
    Job::new(|job| async move {
        job.sleep(SOON).await;
        panics();
    })
}

fn blocking_panics() -> Job {
    Job::blocking(|_| panics())
}

fn payload_panics() -> Job {
    Job::new(|_| async { panics_with_a_bomb() })
}

fn blocking_payload_panics() -> Job {
    Job::blocking(|_| panics_with_a_bomb())
}

fn held_panics() -> Job {
    let held = Bomb::new();
    Job::future(async move { held.hold() })
}

fn blocking_held_panics() -> Job {
    let held = Bomb::new();
    Job::blocking(move |_| held.hold())
}

/// A future that panics when it is dropped, after it has returned its output.
struct PanicsAfter(Bomb);

impl Future for PanicsAfter {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        self.0.hold();
        Poll::Ready(())
    }
}

fn future_panics_after() -> Job {
    Job::future(PanicsAfter(Bomb::new()))
}

fn error_panics() -> Job {
    Job::new(|_| async { Err::<(), _>(Bomb::new()) })
}

fn blocking_error_panics() -> Job {
    Job::blocking(|_| Err::<(), _>(Bomb::new()))
}

fn failing() -> Task {
    Task::new(|_| async { Err::<(), _>(Bomb::new()) })
}

fn backoff_panics() -> Job {
    let held = Bomb::new();
    let backoff = move |_, _: &JobError| {
        held.hold();
        panic!("the backoff")
    };
    failing().retry(Retry::custom(backoff)).into()
}

fn filter_panics() -> Job {
    let held = Bomb::new();
    let filter = move |_: &JobError| {
        held.hold();
        panic!("the filter")
    };
    let retry = Retry::fixed(3, SOON).only_if(filter);
    failing().retry(retry).into()
}

fn second_attempt_panics() -> Job {
    let held = Bomb::new();
    let task = Task::new(move |job| {
        held.hold();
        async move {
            match job.attempt() {
                1 => Err::<(), _>(Bomb::new()),
                _ => panic!("the second attempt"),
            }
        }
    });
    task.retry(Retry::fixed(3, SOON)).into()
}

fn nothing_panics() -> Job {
    Job::new(|_| async {})
}

fn suspended() -> Job {
    let held = Bomb::new();
    Job::new(|job| async move {
        job.report_progress(0.0, "begun");
        std::future::pending::<()>().await;
        held.hold();
    })
}

fn asleep() -> Job {
    let held = Bomb::new();
    Job::new(|job| async move {
        job.report_progress(0.0, "begun");
        job.sleep(Duration::from_secs(3600)).await;
        held.hold();
    })
}

fn blocked() -> Job {
    let held = Bomb::new();
    Job::blocking(move |job| {
        job.report_progress(0.0, "begun");
        block_on(job.cancelled());
        held.hold();
    })
}

fn future_to_come() -> Job {
    held_panics().after(Duration::from_secs(3600))
}

fn function_to_come() -> Job {
    blocking_held_panics().after(Duration::from_secs(3600))
}
