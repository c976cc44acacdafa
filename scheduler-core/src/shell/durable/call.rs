//! [`Call`]: a call of a session that is under way on a blocking thread.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use super::lock;
use crate::{
    base::panic::caught,
    shell::shared::Shared,
    store::{Open, Opened, Session, Store, StoreError, Turn, Turned},
    sync::alarm::Alarm,
};

/// A call to make.
pub(super) enum Ask {
    Open(Box<Open>),
    Turn(Box<Turn>),
}

/// Result of a call.
pub(super) enum Answer {
    Opened(Result<Opened, StoreError>),
    /// The answer to the turn with this number.
    Turned(u64, Box<Result<Turned, StoreError>>),
}

/// The answer, and the session if it can be used again.
type Done = (Answer, Option<Box<dyn Session>>);

/// A call that is under way. Dropping it leaves the session to its thread.
pub(super) struct Call {
    done: Arc<Mutex<Option<Done>>>,
    number: Option<u64>,
    /// When the call counts as failed.
    pub(super) limit: Instant,
}

#[derive(Debug, thiserror::Error)]
#[error("the store panicked: {0}")]
struct Panicked(String);

impl Call {
    /// Runs the call on a blocking thread, which rings the alarm at the end. Without a session it connects first.
    pub(super) fn begin(
        shared: &Shared,
        store: Arc<dyn Store>,
        session: Option<Box<dyn Session>>,
        ask: Ask,
        alarm: Arc<Alarm>,
        limit: Instant,
    ) -> Self {
        let done = Arc::new(Mutex::new(None));
        let number = match &ask {
            Ask::Open(_) => None,
            Ask::Turn(turn) => Some(turn.number),
        };
        let place = done.clone();
        let work = Box::new(move || {
            let answered = caught(|| answer(&*store, session, &ask));
            let answered = answered.unwrap_or_else(|message| {
                let error = StoreError::Broken(Arc::new(Panicked(message)));
                (failed(number, error), None)
            });
            *lock(&place) = Some(answered);
            alarm.ring();
        });
        let call = Self {
            done,
            number,
            limit,
        };
        if let Err(refused) = shared.spawn_blocking(work) {
            // The work was dropped, and the turn was not sent.
            let error = StoreError::Unreachable(Arc::new(refused));
            *lock(&call.done) = Some((failed(number, error), None));
        }
        call
    }

    /// Returns the answer, once it has come or the limit has passed.
    pub(super) fn take(&self, now: Instant, limit: std::time::Duration) -> Option<Done> {
        let done = lock(&self.done).take();
        let late = || {
            (now >= self.limit).then(|| (failed(self.number, StoreError::TimedOut { limit }), None))
        };
        done.or_else(late)
    }
}

fn answer(store: &dyn Store, session: Option<Box<dyn Session>>, ask: &Ask) -> Done {
    let session = session.map_or_else(|| store.connect(), Ok);
    let mut session = match session {
        Ok(session) => session,
        Err(error) => {
            let number = match ask {
                Ask::Open(_) => None,
                Ask::Turn(turn) => Some(turn.number),
            };
            return (failed(number, error), None);
        }
    };
    let answer = match ask {
        Ask::Open(open) => Answer::Opened(session.open(open)),
        Ask::Turn(turn) => Answer::Turned(turn.number, Box::new(session.turn(turn))),
    };
    let keeps = match &answer {
        Answer::Opened(opened) => is_usable(opened.as_ref().err()),
        Answer::Turned(_, turned) => is_usable(turned.as_ref().as_ref().err()),
    };
    (answer, keeps.then_some(session))
}

/// Returns whether a session can be used again. One that failed may be connected to nothing.
fn is_usable(error: Option<&StoreError>) -> bool {
    error.is_none_or(|error| !error.may_have_been_applied())
}

fn failed(number: Option<u64>, error: StoreError) -> Answer {
    match number {
        None => Answer::Opened(Err(error)),
        Some(number) => Answer::Turned(number, Box::new(Err(error))),
    }
}
