//! [`Rates`]: rate limits of groups of jobs.
//!
//! A job that starts takes one of the [`Tokens`] of its group. Jobs without a token wait in the [`TokenLines`] of
//! the bucket, so that they do not block other jobs. The first of them returns to its queue when there is a token.
//! The token is taken at the start, not while the job waits for a permit. So it goes to the first job whose queue
//! can start one (`QU-010`).

use std::{collections::BTreeMap, sync::Arc};

use super::{
    AttemptState, JobRecord, Jobs, Stage, StartRules, id_of,
    queue::Place,
    token_lines::{Seat, TokenLines},
    tokens::Tokens,
};
use crate::{
    EventKind,
    engine::{
        Cx, Key,
        slab::Slab,
        time::{DUE_PER_TURN, Deadlines, Due, Kind},
    },
    job::{JobPolicy, RateLimit},
};

/// Unused buckets are removed when there is this number of buckets, or twice the number that was in use.
const FEW: usize = 64;

#[derive(Default)]
pub(super) struct Rates {
    groups: BTreeMap<Arc<str>, Key>,
    buckets: Slab<Bucket>,
    sweep_at: usize,
}

struct Bucket {
    tokens: Tokens,
    lines: TokenLines,
    due: Due,
    /// Number of unfinished jobs that use the bucket.
    users: usize,
}

impl Bucket {
    fn new(limit: &RateLimit) -> Self {
        Self {
            tokens: Tokens::of(limit),
            lines: TokenLines::default(),
            due: Due::default(),
            users: 0,
        }
    }

    fn is_idle(&self, elapsed: u64) -> bool {
        self.users == 0 && self.tokens.are_full(elapsed)
    }
}

impl Rates {
    /// Returns the bucket of a limit, and counts one more job.
    pub(super) fn join(&mut self, limit: &RateLimit, elapsed: u64) -> Key {
        let key = match self.groups.get(&limit.group) {
            Some(&key) => key,
            None => self.add(limit, elapsed),
        };
        if let Some(bucket) = self.buckets.get_mut(key) {
            bucket.tokens.adjust(limit);
            bucket.users += 1;
        }
        key
    }

    fn add(&mut self, limit: &RateLimit, elapsed: u64) -> Key {
        if self.groups.len() >= self.sweep_at.max(FEW) {
            self.sweep(elapsed);
            self.sweep_at = 2 * self.groups.len();
        }
        let key = self.buckets.insert(Bucket::new(limit));
        self.groups.insert(limit.group.clone(), key);
        key
    }

    /// Removes full and unused buckets.
    fn sweep(&mut self, elapsed: u64) {
        let buckets = &mut self.buckets;
        self.groups.retain(|_, key| {
            let idle = buckets
                .get(*key)
                .is_none_or(|bucket| bucket.is_idle(elapsed));
            if idle {
                buckets.remove(*key);
            }
            !idle
        });
    }

    pub(super) fn leave(&mut self, bucket: Key) {
        if let Some(bucket) = self.buckets.get_mut(bucket) {
            bucket.users -= 1;
        }
    }

    /// Arms the deadline of the next token, if jobs wait for it in a line without a requeued one.
    pub(super) fn watch(&mut self, key: Key, deadlines: &mut Deadlines) {
        let Some(bucket) = self.buckets.get_mut(key) else {
            return;
        };
        if bucket.lines.has_uncalled() {
            let ready = bucket.tokens.ready_at();
            deadlines.set(Kind::Rate, key, &mut bucket.due, ready);
        } else {
            deadlines.clear(Kind::Rate, key, &mut bucket.due);
        }
    }
}

impl Jobs {
    /// Takes a token for a queued job. Returns whether the job must wait instead.
    pub(super) fn throttle(&mut self, key: Key, cx: &mut Cx) -> bool {
        let Some(bucket_key) = self.bucket_of(key) else {
            return false;
        };
        let elapsed = cx.elapsed();
        let Some(bucket) = self.rates.buckets.get_mut(bucket_key) else {
            return false;
        };
        let seat = self.records.get_mut(key);
        let Some(seat) = seat.and_then(|record| record.take_seat(key, &mut bucket.lines)) else {
            return false;
        };
        let can_start = |gateway| self.queues.lets_pass(gateway, elapsed);
        if bucket.tokens.ready_at() <= elapsed && bucket.lines.is_turn_of(&seat, can_start) {
            bucket.tokens.take(elapsed);
            bucket.lines.leave(seat);
            self.rates.watch(bucket_key, &mut cx.deadlines);
            return false;
        }
        bucket.lines.wait(seat);
        self.leave_task_line(key);
        self.await_token(key, bucket_key, cx);
        true
    }

    /// Returns the token of a job whose body has not begun, because a rate limits starts. The job takes another
    /// token at its next start.
    pub(super) fn refund_token(&mut self, key: Key, cx: &mut Cx) {
        let Some(bucket_key) = self.bucket_of(key) else {
            return;
        };
        if let Some(bucket) = self.rates.buckets.get_mut(bucket_key) {
            bucket.tokens.refund();
        }
        self.rates.watch(bucket_key, &mut cx.deadlines);
    }

    fn bucket_of(&self, key: Key) -> Option<Key> {
        self.records.get(key)?.attempts()?.bucket
    }

    fn await_token(&mut self, key: Key, bucket_key: Key, cx: &mut Cx) {
        let Some(record) = self.records.get_mut(key) else {
            return;
        };
        record.stage = Stage::Throttled;
        self.queues.leave(record.queue);
        self.outside.throttled += 1;
        self.rates.watch(bucket_key, &mut cx.deadlines);
        // Without it the queue may be empty, and what starts at once needs no slot.
        cx.outbox.note_freed(self.queue_of(key));
        self.publish(key, || EventKind::JobThrottled(id_of(key)), cx);
    }

    /// Requeues jobs for which there is a token.
    pub(in crate::engine) fn handle_rates(&mut self, rules: &impl StartRules, cx: &mut Cx) {
        if !cx.lifecycle.starts_jobs() {
            return;
        }
        for _ in 0..DUE_PER_TURN {
            let Some(bucket) = cx.deadlines.pop_due(Kind::Rate, cx.elapsed()) else {
                return;
            };
            self.call_next(bucket, cx);
            self.fill(rules, cx);
        }
    }

    fn call_next(&mut self, bucket_key: Key, cx: &mut Cx) {
        let Some(bucket) = self.rates.buckets.get_mut(bucket_key) else {
            return;
        };
        cx.deadlines.clear(Kind::Rate, bucket_key, &mut bucket.due);
        let called = bucket.lines.call();
        // If its queue cannot start the called job, the first one of another line is next.
        self.rates.watch(bucket_key, &mut cx.deadlines);
        let Some(key) = called else {
            return;
        };
        if let Some(record) = self.records.get_mut(key) {
            record.stage = Stage::Queued;
            self.outside.throttled -= 1;
            let place = Place::First(record.rank());
            self.queues.push(record.queue, key, place);
        }
    }

    /// Removes a job that waits for a token or its task, or was requeued.
    pub(super) fn leave_lines(&mut self, key: Key, cx: &mut Cx) {
        self.leave_line(key, cx);
        self.leave_task_line(key);
    }

    /// Counts the end of a job in its groups.
    pub(super) fn leave_groups(&mut self, attempts: &AttemptState, policy: Option<&JobPolicy>) {
        if let Some(bucket) = attempts.bucket {
            self.rates.leave(bucket);
        }
        let limit = policy.and_then(|policy| policy.task_limit.as_ref());
        if let (Some(limit), Some(seat)) = (limit, attempts.task) {
            self.task_limits.leave(limit, seat.task());
        }
    }

    /// Removes a job that waits for a token or was requeued for one.
    fn leave_line(&mut self, key: Key, cx: &mut Cx) {
        let Some(bucket_key) = self.bucket_of(key) else {
            return;
        };
        let Some(record) = self.records.get(key) else {
            return;
        };
        if record.stage == Stage::Throttled {
            self.outside.throttled -= 1;
        }
        let bucket = self.rates.buckets.get_mut(bucket_key);
        if let (Some(bucket), Some(seat)) = (bucket, record.seat(key)) {
            bucket.lines.leave(seat);
        }
        self.rates.watch(bucket_key, &mut cx.deadlines);
    }

    /// Removes all buckets, because no further job starts.
    pub(in crate::engine) fn forget_rates(&mut self, cx: &mut Cx) {
        self.rates = Rates::default();
        cx.deadlines.clear_all(Kind::Rate);
        cx.deadlines.clear_all(Kind::QueueRate);
    }
}

impl JobRecord {
    /// Returns the seat of a job among those of its group that asked for a token. At its first question in an
    /// attempt the job takes a ticket.
    fn take_seat(&mut self, key: Key, lines: &mut TokenLines) -> Option<Seat> {
        let attempts = self.attempts_mut()?;
        attempts.ticket.get_or_insert_with(|| lines.ticket());
        self.seat(key)
    }

    fn seat(&self, key: Key) -> Option<Seat> {
        let ticket = self.attempts()?.ticket?;
        Some(Seat::new(key, self.queue, self.rank(), ticket))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn buckets_that_are_used_or_not_yet_full_are_kept() {
        let mut rates = Rates::default();
        let limit = |group: &str, nanos| RateLimit::new(group, 1, Duration::from_nanos(nanos));
        let used = rates.join(&limit("used", 1), 0);
        let spent = rates.join(&limit("spent", 1_000_000), 0);
        if let Some(bucket) = rates.buckets.get_mut(spent) {
            bucket.tokens.take(0);
        }
        rates.leave(spent);
        for number in 0..1_000 {
            let other = rates.join(&limit(&number.to_string(), 1), number);
            rates.leave(other);
        }
        assert!(rates.join(&limit("used", 1), 1_000) == used);
        assert!(rates.join(&limit("spent", 1_000_000), 1_000) == spent);
    }

    #[test]
    fn unused_buckets_are_forgotten() {
        let mut rates = Rates::default();
        for number in 0..10_000 {
            let limit = RateLimit::new(number.to_string(), 1, Duration::from_nanos(1));
            let bucket = rates.join(&limit, number * 10);
            rates.leave(bucket);
        }
        assert!(rates.groups.len() <= FEW);
    }
}
