//! What happened, in order: events, their subscribers and listeners.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use event_listener::{Event as Signal, listener};

use crate::{
    ScheduleId, State,
    job::{JobError, JobId, JobOutcome, Progress},
};

/// Something that happened to a scheduler, a schedule or a job.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Event {
    /// Its place in the order of this scheduler's events: strictly increasing (`EV-001`).
    pub seq: u64,
    /// When it happened, on the wall clock.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// An event: for those who implement a scheduler.
    #[must_use]
    pub const fn new(seq: u64, at: DateTime<Utc>, kind: EventKind) -> Self {
        Self { seq, at, kind }
    }
}

/// What happened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum EventKind {
    /// The scheduler went from one state to another.
    StateChanged {
        /// Where it stood.
        from: State,
        /// Where it stands now.
        to: State,
        /// Why.
        cause: StateCause,
    },
    /// The wall clock was set, or the machine slept: it moved by this much against elapsed time.
    ClockJumped {
        /// Forward if positive.
        by: TimeDelta,
    },
    /// A schedule was added.
    ScheduleAdded(ScheduleId),
    /// A schedule was removed.
    ScheduleRemoved(ScheduleId),
    /// A schedule's trigger has no further instant; the schedule is gone.
    ScheduleExhausted(ScheduleId),
    /// A schedule's trigger panicked or did not advance; the schedule is gone.
    ScheduleFaulted {
        /// Which schedule.
        schedule: ScheduleId,
        /// What its trigger did.
        problem: Arc<str>,
    },
    /// Due instants of a schedule that were not run.
    OccurrencesSkipped {
        /// Which schedule.
        schedule: ScheduleId,
        /// The first of them.
        nominal: DateTime<Utc>,
        /// Why.
        reason: SkipReason,
    },
    /// A job was accepted.
    JobScheduled {
        /// Which job.
        job: JobId,
        /// Its name.
        name: Option<Arc<str>>,
        /// The schedule it is an occurrence of.
        schedule: Option<ScheduleId>,
        /// The instant it is for.
        nominal: DateTime<Utc>,
    },
    /// A job got its permit and was handed to the executor.
    JobClaimed(JobId),
    /// A job's body begins.
    JobStarted(JobId),
    /// A job waits for its rate limit.
    JobThrottled(JobId),
    /// A job says how far it has got.
    JobProgress {
        /// Which job.
        job: JobId,
        /// So far.
        progress: Arc<Progress>,
    },
    /// A job came to its time limit, and is told to end.
    JobTimedOut {
        /// Which job.
        job: JobId,
        /// Which attempt, counted from 1.
        attempt: u32,
    },
    /// A running job was told to end.
    JobCancelling(JobId),
    /// An attempt of a job failed; another one follows.
    JobRetrying {
        /// Which job.
        job: JobId,
        /// The number of the attempt to come.
        attempt: u32,
        /// When it is due, on the timeline of elapsed time.
        due: DateTime<Utc>,
        /// How the last one failed.
        error: JobError,
    },
    /// A job has ended.
    JobFinished {
        /// Which job.
        job: JobId,
        /// How.
        outcome: JobOutcome,
    },
    /// The subscriber was too slow: this many events before this one are lost to it.
    Lagged {
        /// How many.
        missed: u64,
    },
}

impl EventKind {
    /// Whether the event ends the life of its scheduler: there is none after it.
    #[must_use]
    pub const fn is_last(&self) -> bool {
        matches!(
            self,
            Self::StateChanged {
                to: State::ShutDown,
                ..
            }
        )
    }

    const fn topic(&self) -> Topic {
        match self {
            Self::StateChanged { .. } | Self::ClockJumped { .. } | Self::Lagged { .. } => {
                Topic::Scheduler
            }
            Self::ScheduleAdded(_)
            | Self::ScheduleRemoved(_)
            | Self::ScheduleExhausted(_)
            | Self::ScheduleFaulted { .. }
            | Self::OccurrencesSkipped { .. } => Topic::Schedules,
            Self::JobScheduled { .. }
            | Self::JobClaimed(_)
            | Self::JobStarted(_)
            | Self::JobThrottled(_)
            | Self::JobProgress { .. }
            | Self::JobTimedOut { .. }
            | Self::JobRetrying { .. }
            | Self::JobCancelling(_)
            | Self::JobFinished { .. } => Topic::Jobs,
        }
    }
}

#[derive(Clone, Copy)]
enum Topic {
    Scheduler = 1,
    Schedules = 2,
    Jobs = 4,
}

/// Why the state changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StateCause {
    /// A call asked for it.
    Requested,
    /// The last handle to the scheduler was dropped.
    Dropped,
    /// The runtime dropped the scheduler's driver.
    RuntimeGone,
    /// The runtime could not take the driver: the start failed.
    StartFailed,
}

/// Why due instants were not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SkipReason {
    /// They were noticed later than the schedule's grace allows, and its policy passes them over.
    Misfire,
    /// An earlier run of the schedule was still going.
    Overlap,
}

/// Which events are wanted.
///
/// ```
/// use scheduler_core::EventFilter;
///
/// let jobs_and_state = EventFilter::jobs() | EventFilter::scheduler();
/// assert_ne!(jobs_and_state, EventFilter::all());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventFilter(u8);

impl EventFilter {
    /// Every event.
    #[must_use]
    pub const fn all() -> Self {
        Self(u8::MAX)
    }

    /// State changes and clock jumps.
    #[must_use]
    pub const fn scheduler() -> Self {
        Self(Topic::Scheduler as u8)
    }

    /// What happens to schedules.
    #[must_use]
    pub const fn schedules() -> Self {
        Self(Topic::Schedules as u8)
    }

    /// What happens to jobs.
    #[must_use]
    pub const fn jobs() -> Self {
        Self(Topic::Jobs as u8)
    }

    /// Whether an event of this kind is wanted. The last event of a scheduler always is.
    #[must_use]
    pub const fn wants(self, kind: &EventKind) -> bool {
        self.0 & kind.topic() as u8 != 0 || kind.is_last()
    }
}

impl std::ops::BitOr for EventFilter {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Creates a bounded event queue: events go in at the sender and come out of the stream in order.
/// When `capacity` are waiting, the oldest gives way and the stream reports `Lagged`.
///
/// For those who implement a scheduler.
pub fn event_channel(capacity: usize) -> (EventSender, EventStream) {
    let queue = Arc::new(Queue {
        waiting: Mutex::default(),
        capacity: capacity.max(1),
        arrived: Signal::new(),
        orphaned: AtomicBool::new(false),
    });
    (EventSender(queue.clone()), EventStream(queue))
}

struct Queue {
    waiting: Mutex<Waiting>,
    capacity: usize,
    arrived: Signal,
    /// The stream is gone: nobody will ever read.
    orphaned: AtomicBool,
}

#[derive(Default)]
struct Waiting {
    events: VecDeque<Event>,
    missed: u64,
    closed: bool,
}

impl Queue {
    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn take(&mut self) -> Option<Event> {
        if self.missed == 0 {
            return self.events.pop_front();
        }
        let missed = std::mem::take(&mut self.missed);
        let next = self.events.front()?;
        Some(Event::new(
            next.seq - 1,
            next.at,
            EventKind::Lagged { missed },
        ))
    }
}

/// The end at which events go in.
pub struct EventSender(Arc<Queue>);

impl EventSender {
    /// Puts an event into the queue; never blocks, never wakes. Call [`wake`](Self::wake) after,
    /// where no lock is held. The last event of a scheduler closes the queue.
    pub fn push(&self, event: Event) {
        let mut waiting = self.0.lock();
        if waiting.closed {
            return;
        }
        if waiting.events.len() == self.0.capacity {
            waiting.events.pop_front();
            waiting.missed += 1;
        }
        waiting.closed = event.kind.is_last();
        waiting.events.push_back(event);
    }

    /// Wakes whoever waits for an event.
    pub fn wake(&self) {
        self.0.arrived.notify(usize::MAX);
    }

    /// Whether the stream has been dropped: nobody will read what is put in.
    #[must_use]
    pub fn is_orphaned(&self) -> bool {
        self.0.orphaned.load(Ordering::Acquire)
    }
}

impl fmt::Debug for EventSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSender").finish_non_exhaustive()
    }
}

/// The events of a scheduler, in order, from the moment of subscription.
#[must_use = "events are lost unless they are read"]
pub struct EventStream(Arc<Queue>);

impl EventStream {
    /// The next event; `None` after the last one of the scheduler.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            listener!(self.0.arrived => arrival);
            {
                let mut waiting = self.0.lock();
                if let Some(event) = waiting.take() {
                    return Some(event);
                }
                if waiting.closed {
                    return None;
                }
            }
            arrival.await;
        }
    }

    /// The next event, if one is waiting.
    pub fn try_next(&mut self) -> Option<Event> {
        self.0.lock().take()
    }
}

impl EventStream {
    /// Whether no event is waiting.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let waiting = self.0.lock();
        waiting.events.is_empty()
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.0.orphaned.store(true, Ordering::Release);
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").finish_non_exhaustive()
    }
}

/// Called with every wanted event, in order, one at a time, on a thread where it may block.
///
/// A listener that panics is counted, stays, and harms nobody (`EV-003`); one that blocks delays
/// nothing but itself (`EV-005`).
pub trait Listener: Send + Sync + 'static {
    /// `event` has happened.
    fn on_event(&self, event: &Event);
}

impl<F: Fn(&Event) + Send + Sync + 'static> Listener for F {
    fn on_event(&self, event: &Event) {
        self(event);
    }
}

/// The identity of a listener that was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(u64);

impl ListenerId {
    /// The id with this representation: for those who implement a scheduler.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}
