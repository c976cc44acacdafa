//! Tests of the queue: compares it with a sorted list, and checks its memory.

use proptest::prelude::*;

use super::{far::LEVELS, *};

#[derive(Clone, Copy, Debug)]
enum Step {
    Push(u64),
    PushAfterNow(u64),
    PushBeforeNow(u64),
    Advance(u64, usize),
    PopEarliest,
    Cancel(usize),
    Sweep,
    ExhaustSequence(u32),
    Clear,
}

/// Generates distances of every size: ties, one bucket, bucket boundaries, any level, the end
/// of time.
fn distances() -> impl Strategy<Value = u64> {
    prop_oneof![
        0..4u64,
        0..1u64 << 22,
        (0..200u64).prop_map(|bucket| bucket << BUCKET_BITS),
        (0..64u32, any::<u64>()).prop_map(|(shift, bits)| bits >> shift),
        Just(u64::MAX),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => distances().prop_map(Step::Push),
        8 => distances().prop_map(Step::PushAfterNow),
        2 => distances().prop_map(Step::PushBeforeNow),
        4 => (distances(), 0..40usize).prop_map(|(by, pops)| Step::Advance(by, pops)),
        2 => Just(Step::PopEarliest),
        3 => any::<usize>().prop_map(Step::Cancel),
        1 => Just(Step::Sweep),
        1 => (0..4u32).prop_map(Step::ExhaustSequence),
        1 => (0..30u8).prop_map(|n| if n == 0 { Step::Clear } else { Step::PopEarliest }),
    ]
}

/// A queue, the sorted list that it must equal, and the records of their driver.
#[derive(Default)]
struct Pair {
    queue: TimerQueue,
    model: Vec<(u64, u32)>,
    cancelled: Vec<(u64, u32)>,
    now: u64,
    token: u32,
}

impl Pair {
    fn push(&mut self, deadline: u64) {
        // Tokens run backwards so that they never agree with the order of insertion.
        self.token = self.token.wrapping_sub(1);
        self.queue.push(deadline, self.token);
        let at = self.model.partition_point(|&(other, _)| other <= deadline);
        self.model.insert(at, (deadline, self.token));
    }

    fn pop(&mut self, now: u64) -> bool {
        let popped = self.queue.pop_due(now);
        let due = self.model.first().is_some_and(|entry| entry.0 <= now);
        assert_eq!(popped, due.then(|| self.model.remove(0)));
        if popped.is_some_and(|entry| self.cancelled.contains(&entry)) {
            self.cancelled.retain(|&entry| Some(entry) != popped);
            self.queue.note_discarded();
        }
        popped.is_some()
    }

    fn cancel(&mut self, index: usize) {
        let entry = self.model.get(index % self.model.len().max(1));
        if let Some(&entry) = entry.filter(|entry| !self.cancelled.contains(entry)) {
            self.cancelled.push(entry);
            self.queue.note_stale();
        }
    }

    fn apply(&mut self, step: Step) {
        match step {
            Step::Push(deadline) => self.push(deadline),
            Step::PushAfterNow(by) => self.push(self.now.saturating_add(by)),
            Step::PushBeforeNow(by) => self.push(self.now.saturating_sub(by)),
            Step::Advance(by, pops) => {
                self.now = self.now.saturating_add(by >> 16);
                let all_popped = (0..pops).all(|_| self.pop(self.now));
                let next = self.queue.next_deadline();
                assert!(all_popped || next.is_none_or(|next| next > self.now));
            }
            Step::PopEarliest => assert_eq!(self.model.is_empty(), !self.pop(u64::MAX)),
            Step::Cancel(index) => self.cancel(index),
            Step::Sweep => {
                let cancelled = mem::take(&mut self.cancelled);
                self.queue
                    .sweep(|at, token| !cancelled.contains(&(at, token)));
                self.model.retain(|entry| !cancelled.contains(entry));
            }
            Step::ExhaustSequence(left) => {
                self.queue.sequence = self.queue.sequence.max(u32::MAX - left);
            }
            Step::Clear => {
                self.queue.clear();
                (self.model, self.cancelled) = Default::default();
            }
        }
    }

    fn check(&self) {
        assert_eq!(self.queue.len(), self.model.len());
        assert_eq!(self.queue.stale, self.cancelled.len());
        let earliest = self.model.first().map(|&(deadline, _)| deadline);
        let next = self.queue.next_deadline();
        assert!(next.is_some() == earliest.is_some() && next <= earliest);
        assert!(next == earliest || self.queue.len() > SMALL_BUCKET);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn behaves_like_a_sorted_list(steps in prop::collection::vec(steps(), 0..300)) {
        let mut pair = Pair::default();
        for step in steps {
            pair.apply(step);
            pair.check();
        }
        while pair.pop(u64::MAX) {}
        pair.check();
    }

    #[test]
    fn a_driver_fires_everything_on_time(
        deadlines in prop::collection::vec((0..3u64, 0..1u64 << 34), 1..400),
    ) {
        let mut pair = Pair::default();
        deadlines.iter().for_each(|&(hour, offset)| pair.push((hour << 42) + offset));
        for _ in 0..deadlines.len() * (LEVELS + 1) {
            pair.now = pair.queue.next_deadline().unwrap_or(pair.now);
            while pair.pop(pair.now) {}
            pair.check();
        }
        assert_eq!(pair.queue.len(), 0);
    }
}

#[test]
fn an_empty_queue_owns_no_memory() {
    let mut queue = TimerQueue::new();
    assert!(queue.pop_due(u64::MAX).is_none());
    assert_eq!(queue.run.capacity() + queue.late.capacity(), 0);
    assert!(queue.far.levels.iter().all(|level| level.capacity() == 0));
}

#[test]
fn a_burst_leaves_little_memory_behind() {
    let mut queue = TimerQueue::new();
    (0..10_000).for_each(|token| queue.push(1 << 40, token));
    assert_eq!(queue.next_deadline(), Some(1 << 40));
    assert_eq!(queue.pop_due(1 << 40), Some((1 << 40, 0)));
    (0..10_000).for_each(|token| queue.push(0, token));
    while queue.pop_due(u64::MAX).is_some() {}
    assert!(queue.run.capacity() + queue.late.capacity() <= 2 * KEPT_CAPACITY);
    let mut buckets = queue.far.levels.iter().flatten();
    assert!(buckets.all(|bucket| bucket.capacity() <= KEPT_CAPACITY));
}

#[test]
fn a_large_far_bucket_announces_its_start() {
    let mut queue = TimerQueue::new();
    let deadline = (5 << 38) + 12_345;
    (0..33).for_each(|token| queue.push(deadline, token));
    assert_eq!(queue.next_deadline(), Some(5 << 38));
    assert_eq!(queue.pop_due(5 << 38), None);
    assert_eq!(queue.next_deadline(), Some(deadline));
}

#[test]
fn a_sweep_is_wanted_when_stale_entries_prevail() {
    let mut queue = TimerQueue::new();
    (0..2_000).for_each(|token| queue.push(u64::from(token) << 24, token));
    (0..1_512).for_each(|_| queue.note_stale());
    assert!(!queue.wants_sweep());
    queue.note_stale();
    assert!(queue.wants_sweep());
    queue.sweep(|_, token| token >= 1_513);
    assert_eq!((queue.len(), queue.wants_sweep()), (487, false));
    assert_eq!(queue.pop_due(u64::MAX), Some((1_513 << 24, 1_513)));
}

#[test]
fn repeated_pairs_do_not_pile_up() {
    let mut queue = TimerQueue::new();
    for round in 0..100_001 {
        queue.push(1 << 40, round % 2);
        if round >= 2 {
            queue.note_stale();
        }
        if queue.wants_sweep() {
            queue.sweep(|_, _| true);
        }
        assert!(queue.len() < 2_000);
    }
    queue.sweep(|_, _| true);
    let mut buckets = queue.far.levels.iter().flatten();
    assert!(buckets.all(|bucket| bucket.capacity() < 10));
    let order = [0; 3].map(|_| queue.pop_due(u64::MAX).map(|(_, token)| token));
    assert_eq!(order, [Some(1), Some(0), None], "the newest of each stays");
}
