//! [`Queues`]: the queues of a scheduler, by name.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::{
    priority_queue::Rank,
    queue::{Place, Queue},
    token_lines::Gateway,
};
use crate::{
    Error, Options, Result,
    base::unix_time::UnixTime,
    engine::{Key, QueueNumber},
    job::JobPolicy,
    queue::QueueInfo,
};

/// The queues, and which of them may have a job to start.
#[derive(Debug)]
pub(super) struct Queues {
    /// The queues, by number. The default queue ([`DEFAULT`]) is the first.
    all: Vec<Queue>,
    numbers: BTreeMap<Arc<str>, QueueNumber>,
    /// Number of queued jobs in all queues.
    queued: usize,
    /// Number of running jobs of all queues.
    running: usize,
    /// Queues with a job that may start, each once.
    to_fill: VecDeque<QueueNumber>,
}

impl Queues {
    pub(super) fn of(options: &Options, now: UnixTime) -> Self {
        let settings = std::iter::once(&options.default_queue).chain(&options.queues);
        let mut queues = Self {
            all: Vec::new(),
            numbers: BTreeMap::new(),
            queued: 0,
            running: 0,
            to_fill: VecDeque::new(),
        };
        for (number, one) in (0..).zip(settings) {
            queues
                .numbers
                .insert(one.name.clone(), QueueNumber::of_index(number));
            queues.all.push(Queue::of(one.clone(), now));
        }
        queues
    }

    /// Returns the number of the queue that a policy names.
    ///
    /// # Errors
    ///
    /// `UnknownQueue`.
    #[inline]
    pub(super) fn find(&self, policy: Option<&JobPolicy>) -> Result<QueueNumber> {
        match policy.and_then(|policy| policy.queue.as_ref()) {
            None => Ok(QueueNumber::DEFAULT),
            Some(name) => self.number(name),
        }
    }

    /// Returns the number of a queue.
    ///
    /// # Errors
    ///
    /// `UnknownQueue`.
    pub(super) fn number(&self, name: &str) -> Result<QueueNumber> {
        let number = self.numbers.get(name).copied();
        number.ok_or_else(|| Error::UnknownQueue(name.into()))
    }

    #[inline]
    pub(super) fn get(&self, number: QueueNumber) -> &Queue {
        // Numbers come from this value, which keeps all of its queues.
        &self.all[number.index()]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, number: QueueNumber) -> &mut Queue {
        &mut self.all[number.index()]
    }

    /// Returns the number of queued jobs in all queues.
    #[inline]
    pub(super) const fn queued(&self) -> usize {
        self.queued
    }

    /// Returns the number of running jobs of all queues.
    #[inline]
    pub(super) const fn running(&self) -> usize {
        self.running
    }

    /// Returns whether a job that takes this way could start, were it the first of its queue.
    pub(super) fn lets_pass(&self, gateway: Gateway, elapsed: u64) -> bool {
        let queue = self.get(gateway.queue);
        let has_permit = !gateway.needs_permit || queue.free_permits() > 0;
        has_permit && queue.closed(|| elapsed).is_none()
    }

    /// Inserts a job into its queue.
    #[inline]
    pub(super) fn push(&mut self, number: QueueNumber, key: Key, place: Place) {
        self.queued += 1;
        self.get_mut(number).push(key, place);
        self.mark(number);
    }

    /// Counts a job that leaves its queue.
    #[inline]
    pub(super) fn leave(&mut self, number: QueueNumber) {
        self.queued -= 1;
        self.get_mut(number).leave();
    }

    /// Counts the start of a job.
    #[inline]
    pub(super) fn start(&mut self, number: QueueNumber, elapsed: impl FnOnce() -> u64) {
        self.running += 1;
        self.get_mut(number).start(elapsed);
    }

    /// Counts the end of a running job of this rank.
    #[inline]
    pub(super) fn end(&mut self, number: QueueNumber, rank: Rank) {
        self.running -= 1;
        self.get_mut(number).end(rank);
        self.mark(number);
    }

    /// Notes that a job of the queue may start, if one waits.
    #[inline]
    pub(super) fn mark(&mut self, number: QueueNumber) {
        if self.get_mut(number).mark() {
            self.to_fill.push_back(number);
        }
    }

    /// Takes the next queue that may have a job to start.
    #[inline]
    pub(super) fn next_to_fill(&mut self) -> Option<QueueNumber> {
        let number = self.to_fill.pop_front()?;
        self.get_mut(number).unmark();
        Some(number)
    }

    /// Returns the number of paused queues.
    pub(super) fn paused(&self) -> usize {
        self.all.iter().filter(|queue| queue.is_paused()).count()
    }

    pub(super) fn infos(&self) -> Vec<QueueInfo> {
        self.all.iter().map(Queue::info).collect()
    }
}
