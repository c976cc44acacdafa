//! [`Call`]: a call of a session that is under way on a blocking thread.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use super::lock;
use crate::{
    base::panic::caught,
    shell::shared::Shared,
    store::{Keep, Open, Opened, Session, Store, StoreError, Turn, Turned},
    sync::alarm::Alarm,
};

/// How many calls may be under way, those that hang included.
const MOST_CALLS: usize = 3;

/// A call to make.
pub(super) enum Ask {
    Open(Box<Open>),
    Turn(Box<Turn>),
    /// Remove old rows, at most as many.
    Prune(Keep, usize),
}

/// Result of a call.
pub(super) enum Answer {
    Opened(Result<Opened, StoreError>),
    /// The answer to the turn with this number.
    Turned(u64, Box<Result<Turned, StoreError>>),
    /// The number of removed rows.
    Pruned(Result<usize, StoreError>),
}

impl Ask {
    /// Returns the answer of a call that failed.
    fn failed(&self, error: StoreError) -> Answer {
        Kind::of(self).failed(error)
    }
}

/// Kind of a call.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Open,
    Turn(u64),
    Prune,
}

impl Kind {
    fn of(ask: &Ask) -> Self {
        match ask {
            Ask::Open(_) => Self::Open,
            Ask::Turn(turn) => Self::Turn(turn.number),
            Ask::Prune(..) => Self::Prune,
        }
    }

    fn failed(self, error: StoreError) -> Answer {
        match self {
            Self::Open => Answer::Opened(Err(error)),
            Self::Turn(number) => Answer::Turned(number, Box::new(Err(error))),
            Self::Prune => Answer::Pruned(Err(error)),
        }
    }
}

/// The answer, and the session if it can be used again.
type Done = (Answer, Option<Box<dyn Session>>);

/// A call that is under way. Dropping it leaves the session to its thread.
pub(super) struct Call {
    done: Arc<Mutex<Option<Done>>>,
    kind: Kind,
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
        calls: &Arc<()>,
        session: Option<Box<dyn Session>>,
        ask: Ask,
        alarm: Arc<Alarm>,
        limit: Instant,
    ) -> Self {
        let done = Arc::new(Mutex::new(None));
        let kind = Kind::of(&ask);
        let call = Self {
            done: done.clone(),
            kind,
            limit,
        };
        if Arc::strong_count(calls) > MOST_CALLS {
            // The calls before hang. Each of them holds a thread, so their number is bounded.
            let limit = limit.saturating_duration_since(shared.runtime.now().mono());
            *lock(&done) = Some((ask.failed(StoreError::TimedOut { limit }), None));
            alarm.ring();
            return call;
        }
        let (place, running) = (done, calls.clone());
        let work = Box::new(move || {
            let answered = caught(|| answer(&*store, session, &ask));
            let answered = answered.unwrap_or_else(|message| {
                let error = StoreError::Broken(Arc::new(Panicked(message)));
                (kind.failed(error), None)
            });
            *lock(&place) = Some(answered);
            drop(running);
            alarm.ring();
        });
        if let Err(refused) = shared.spawn_blocking(work) {
            // The work was dropped, and the turn was not sent.
            let error = StoreError::Unreachable(Arc::new(refused));
            *lock(&call.done) = Some((kind.failed(error), None));
        }
        call
    }

    /// Returns the answer, once it has come or the limit has passed.
    pub(super) fn take(&self, now: Instant, limit: std::time::Duration) -> Option<Done> {
        let done = lock(&self.done).take();
        let late = || {
            let timed_out = || self.kind.failed(StoreError::TimedOut { limit });
            (now >= self.limit).then(|| (timed_out(), None))
        };
        done.or_else(late)
    }
}

fn answer(store: &dyn Store, session: Option<Box<dyn Session>>, ask: &Ask) -> Done {
    let session = session.map_or_else(|| store.connect(), Ok);
    let mut session = match session {
        Ok(session) => session,
        Err(error) => return (ask.failed(error), None),
    };
    let answer = match ask {
        Ask::Open(open) => Answer::Opened(session.open(open)),
        Ask::Turn(turn) => Answer::Turned(turn.number, Box::new(session.turn(turn))),
        Ask::Prune(keep, at_most) => Answer::Pruned(session.prune(keep, *at_most)),
    };
    let keeps = match &answer {
        Answer::Opened(opened) => is_usable(opened.as_ref().err()),
        Answer::Turned(_, turned) => is_usable(turned.as_ref().as_ref().err()),
        Answer::Pruned(pruned) => is_usable(pruned.as_ref().err()),
    };
    (answer, keeps.then_some(session))
}

/// Returns whether a session can be used again. One that failed may be connected to nothing.
fn is_usable(error: Option<&StoreError>) -> bool {
    error.is_none_or(|error| !error.may_have_been_applied())
}
