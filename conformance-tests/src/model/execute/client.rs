//! Clients: tasks that make their calls one after the other.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use super::{disturbed::Trouble, stage::Stage};
use crate::model::{
    scenario::Call,
    trace::{Actor, Answer, What},
};

/// The queue of calls for a client.
#[derive(Clone, Default)]
pub(super) struct Mailbox(Arc<Mutex<Mail>>);

#[derive(Default)]
struct Mail {
    calls: VecDeque<Call>,
    /// Whether the queue is closed. No more calls are made, and a pending one is dropped.
    closed: bool,
    reader: Option<Waker>,
}

impl Mailbox {
    pub(super) fn send(&self, call: Call) {
        self.change(|mail| mail.calls.push_back(call));
    }

    pub(super) fn close(&self) {
        self.change(|mail| mail.closed = true);
    }

    fn change(&self, change: impl FnOnce(&mut Mail)) {
        let reader = {
            let mut mail = self.lock();
            change(&mut mail);
            mail.reader.take()
        };
        reader.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, Mail> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the next call, or `None` once the queue is closed.
    async fn next(&self) -> Option<Call> {
        self.until(|mail| match mail.closed {
            true => Some(None),
            false => mail.calls.pop_front().map(Some),
        })
        .await
    }

    async fn closed(&self) {
        self.until(|mail| mail.closed.then_some(())).await;
    }

    async fn until<T>(&self, look: impl Fn(&mut Mail) -> Option<T>) -> T {
        poll_fn(|cx| {
            let mut mail = self.lock();
            if let Some(found) = look(&mut mail) {
                return Poll::Ready(found);
            }
            let earlier = mail.reader.replace(cx.waker().clone());
            drop(mail);
            drop(earlier);
            Poll::Pending
        })
        .await
    }
}

/// Runs a client until its queue is closed.
pub(super) async fn live(stage: Arc<Stage>, trouble: Arc<Trouble>, client: u8, mailbox: Mailbox) {
    let by = Actor::Client(client);
    while let Some(call) = mailbox.next().await {
        let patience = trouble.patience();
        let done = {
            let call = stage.perform(by, &call, stage.scheduler());
            unless_given_up(call, &mailbox, patience).await
        };
        if !done {
            stage.log.note(What::Answer(by, Answer::Dropped));
            if patience.is_some() && !mailbox.lock().closed {
                trouble.gave_up();
            }
        }
    }
}

/// Returns whether the call completed before its client abandoned it or its queue was closed.
async fn unless_given_up(
    call: impl Future<Output = ()>,
    mailbox: &Mailbox,
    patience: Option<u64>,
) -> bool {
    let (mut call, mut closed) = (pin!(call), pin!(mailbox.closed()));
    let mut polls = 0;
    poll_fn(|cx| {
        if call.as_mut().poll(cx).is_ready() {
            return Poll::Ready(true);
        }
        polls += 1;
        if patience == Some(polls) {
            return Poll::Ready(false);
        }
        closed.as_mut().poll(cx).map(|()| false)
    })
    .await
}
