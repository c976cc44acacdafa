//! Jobs that wait for a permit, and the starts of jobs.

use std::sync::Arc;

use super::{PriorityQueue, permits::Permits, priority_queue::Rank, tokens::Tokens};
use crate::{
    base::unix_time::UnixTime,
    engine::{
        Key,
        time::{Deadlines, Due, Kind},
    },
    queue::{self, QueueInfo},
    schedule::Pause,
};

/// A queue: its waiting jobs, and its permits, slots and tokens.
#[derive(Debug)]
pub(super) struct Queue {
    settings: queue::Queue,
    /// Jobs that wait for a permit, in order. Some keys may be stale.
    ready: PriorityQueue,
    /// Number of keys that are not stale.
    queued: usize,
    /// Number of queued jobs that count for the limit.
    submitted: usize,
    permits: Permits,
    /// The tokens of the queue's rate; `None` without a rate.
    tokens: Option<Tokens>,
    /// When the next token comes, while a job waits for it.
    due: Due,
    /// Reason and begin of the pause.
    pause: Option<(Arc<str>, UnixTime)>,
    started: u64,
    /// The queue is among those that may have a job to start.
    is_marked: bool,
}

/// Why a queue starts no job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// The queue is paused.
    Paused,
    /// The queue has no token before this time.
    Until(u64),
}

impl Queue {
    /// Creates the queue, which may be paused from `now` on.
    pub(super) fn of(settings: queue::Queue, now: UnixTime) -> Self {
        Self {
            tokens: settings.rate_limit().as_ref().map(Tokens::of),
            pause: settings.paused.clone().map(|reason| (reason, now)),
            settings,
            ready: PriorityQueue::default(),
            queued: 0,
            submitted: 0,
            permits: Permits::default(),
            due: Due::default(),
            started: 0,
            is_marked: false,
        }
    }

    pub(super) const fn name(&self) -> &Arc<str> {
        &self.settings.name
    }

    /// Returns how many jobs could start at once without a slot. With a rate every job takes a slot.
    pub(super) fn at_once(&self) -> usize {
        if self.has_rate() {
            0
        } else {
            self.free_permits()
        }
    }

    /// Returns the number of jobs that wait in the queue.
    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.queued
    }

    #[inline]
    pub(super) const fn permits(&self) -> &Permits {
        &self.permits
    }

    /// Returns the number of free permits.
    #[inline]
    pub(super) fn free_permits(&self) -> usize {
        self.permits.free(self.settings.concurrency)
    }

    /// Returns the limit of waiting jobs.
    #[inline]
    pub(super) const fn limit(&self) -> Option<usize> {
        self.settings.limit
    }

    /// Returns the number of free slots; `usize::MAX` without a limit.
    #[inline]
    pub(super) fn free_slots(&self) -> usize {
        let limit = self.settings.limit.unwrap_or(usize::MAX);
        limit.saturating_sub(self.submitted)
    }

    #[inline]
    pub(super) const fn is_paused(&self) -> bool {
        self.pause.is_some()
    }

    /// Returns whether its starts are limited by a rate.
    #[inline]
    pub(super) const fn has_rate(&self) -> bool {
        self.tokens.is_some()
    }

    /// Pauses the queue at `now`, or replaces the reason of its pause.
    pub(super) fn pause(&mut self, reason: Arc<str>, now: UnixTime) {
        let since = self.pause.take().map_or(now, |(_, since)| since);
        self.pause = Some((reason, since));
    }

    /// Ends the pause. Returns whether the queue was paused.
    pub(super) fn resume(&mut self) -> bool {
        self.pause.take().is_some()
    }

    /// Returns why no job starts at `elapsed`, not even one that needs no permit.
    #[inline]
    pub(super) fn closed(&self, elapsed: impl FnOnce() -> u64) -> Option<Closed> {
        if self.is_paused() {
            return Some(Closed::Paused);
        }
        let ready = self.tokens.as_ref()?.ready_at();
        (ready > elapsed()).then_some(Closed::Until(ready))
    }

    /// Inserts a job.
    #[inline]
    pub(super) fn push(&mut self, key: Key, place: Place) {
        self.queued += 1;
        match place {
            Place::Slot(rank) => {
                self.submitted += 1;
                self.ready.push(key, rank);
            }
            Place::Last(rank) => self.ready.push(key, rank),
            Place::First(rank) => self.ready.push_first(key, rank),
            Place::Returned(rank, turn) => self.ready.push_returned(key, turn, rank),
        }
    }

    /// Marks the queue as one with a job to start. Returns false if it is marked already or empty.
    #[inline]
    pub(super) const fn mark(&mut self) -> bool {
        self.queued > 0 && !std::mem::replace(&mut self.is_marked, true)
    }

    #[inline]
    pub(super) const fn unmark(&mut self) {
        self.is_marked = false;
    }

    /// Removes the next key, which may be stale. Without a free permit, removes only a job that needs none.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<Key> {
        if self.queued == 0 {
            return None;
        }
        if self.free_permits() > 0 {
            self.ready.pop()
        } else {
            self.ready.pop_besides()
        }
    }

    /// Removes the next key, even if no permit is free.
    pub(super) fn pop_any(&mut self) -> Option<Key> {
        self.ready.pop()
    }

    /// Counts a job that leaves the queue. [`free_slot`](Self::free_slot) frees the slot of the job.
    #[inline]
    pub(super) const fn leave(&mut self) {
        self.queued -= 1;
    }

    /// Frees the slot of a submitted job.
    #[inline]
    pub(super) const fn free_slot(&mut self) {
        self.submitted -= 1;
    }

    /// Takes a permit, and a token at `elapsed` if there is a rate.
    #[inline]
    pub(super) fn start(&mut self, elapsed: impl FnOnce() -> u64) {
        self.permits.take();
        self.started += 1;
        if let Some(tokens) = &mut self.tokens {
            tokens.take(elapsed());
        }
    }

    /// Frees the permit of a job that has just started, if its rank needs none.
    #[inline]
    pub(super) fn exempt(&mut self, rank: Rank) {
        self.permits.exempt(rank);
    }

    /// Takes back the permit of a job that ended.
    #[inline]
    pub(super) fn end(&mut self, rank: Rank) {
        self.permits.give_back(rank);
    }

    /// Takes back the count and the token of a start whose body never began. [`end`](Self::end) takes back its permit.
    #[inline]
    pub(super) const fn undo_start(&mut self) {
        self.started -= 1;
        if let Some(tokens) = &mut self.tokens {
            tokens.refund();
        }
    }

    /// Arms the deadline of the next token, if a job waits for it.
    pub(super) fn watch(&mut self, key: Key, ready: u64, deadlines: &mut Deadlines) {
        deadlines.set(Kind::QueueRate, key, &mut self.due, ready);
    }

    /// Records that the deadline of the next token has come.
    pub(super) fn unwatch(&mut self, key: Key, deadlines: &mut Deadlines) {
        deadlines.clear(Kind::QueueRate, key, &mut self.due);
    }

    /// Removes stale keys, if there are many.
    pub(super) fn tidy(&mut self, is_queued: impl Fn(Key) -> bool) {
        if self.ready.len() > 2 * self.queued + 64 {
            self.ready.retain(is_queued);
        }
    }

    pub(super) fn info(&self) -> QueueInfo {
        let mut info = QueueInfo::new(&self.settings);
        let pause = self.pause.as_ref();
        info.paused = pause.map(|(reason, since)| Pause::new(reason.clone(), since.date()));
        info.queued = self.queued;
        info.running = self.permits.running();
        info.started = self.started;
        info
    }

    #[cfg(test)]
    pub(super) fn ready_len(&self) -> usize {
        self.ready.len()
    }
}

/// Where a job enters its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Behind all jobs of its priority. The job takes a slot of the queue.
    Slot(Rank),
    /// Behind all jobs of its priority.
    Last(Rank),
    /// Before all jobs of its priority.
    First(Rank),
    /// Before all jobs that had no permit yet, in the order of the claim numbers.
    Returned(Rank, u32),
}
