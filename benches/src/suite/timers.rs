use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap},
};

use crate::{
    compare::{Comparison, per_op},
    gauges::thread_time,
    plan::Plan,
};

/// The engine's own source file.
#[allow(dead_code, reason = "the benchmark needs only a part of it")]
#[path = "../../../scheduler-core/src/engine/time/timer_queue/mod.rs"]
mod queue;

use self::queue::TimerQueue;

/// The number of entries that are taken and put back in a turn.
const STEPS: usize = 500_000;

pub fn run(plan: &Plan) {
    for size in plan.sizes(&[10_000, 100_000, 1_000_000], &[10_000, 100_000]) {
        let rounds = plan.rounds(15, 5);
        Comparison::new(
            format!("take and put back, {size} timers of 1 s to 1 h"),
            "ns a timer",
        )
        .with("BinaryHeap", {
            let mut store = Rearm::<Heap>::new(size);
            move || store.turn()
        })
        .with("timer queue", {
            let mut store = Rearm::<TimerQueue>::new(size);
            move || store.turn()
        })
        .with("BTreeSet", {
            let mut store = Rearm::<Tree>::new(size);
            move || store.turn()
        })
        .run(rounds);
    }
}

trait Store: Default {
    fn put(&mut self, deadline: u64, token: u32);
    fn take_due(&mut self, now: u64) -> Option<(u64, u32)>;
    fn next(&self) -> Option<u64>;
}

/// A timer store driven as in the engine: it advances to the next deadline, and checks each token
/// against its record, because cancelled entries stay in the store.
struct Rearm<S> {
    store: S,
    due: Vec<u64>,
    periods: Vec<u64>,
    now: u64,
}

impl<S: Store> Rearm<S> {
    fn new(size: usize) -> Self {
        let mut this = Self {
            store: S::default(),
            due: vec![0; size],
            periods: (0..size as u64).map(period).collect(),
            now: 0,
        };
        for token in 0..size {
            let phase = mix(token as u64 ^ 0xabcd) % this.periods[token];
            this.due[token] = phase;
            this.store.put(phase, token as u32);
        }
        this
    }

    fn turn(&mut self) -> f64 {
        let start = thread_time();
        let mut taken = 0;
        while taken < STEPS {
            self.now = self.store.next().unwrap_or(self.now).max(self.now);
            while let Some((deadline, token)) = self.store.take_due(self.now) {
                self.put_back(deadline, token);
                taken += 1;
            }
        }
        per_op(thread_time() - start, taken)
    }

    fn put_back(&mut self, deadline: u64, token: u32) {
        let slot = token as usize;
        if self.due[slot] != deadline {
            return;
        }
        let next = deadline + self.periods[slot];
        self.due[slot] = next;
        self.store.put(next, token);
    }
}

/// Returns a period of one second to one hour, spread evenly over its logarithm.
fn period(number: u64) -> u64 {
    let share = (mix(number) >> 11) as f64 / (1u64 << 53) as f64;
    (1e9 * 3_600f64.powf(share)) as u64
}

/// Hashes a number with the finalizer of SplitMix64.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

impl Store for TimerQueue {
    fn put(&mut self, deadline: u64, token: u32) {
        self.push(deadline, token);
    }

    fn take_due(&mut self, now: u64) -> Option<(u64, u32)> {
        self.pop_due(now)
    }

    fn next(&self) -> Option<u64> {
        self.next_deadline()
    }
}

#[derive(Default)]
struct Heap(BinaryHeap<Reverse<(u64, u64, u32)>>, u64);

impl Store for Heap {
    fn put(&mut self, deadline: u64, token: u32) {
        self.1 += 1;
        self.0.push(Reverse((deadline, self.1, token)));
    }

    fn take_due(&mut self, now: u64) -> Option<(u64, u32)> {
        let Reverse((deadline, _, token)) = *self.0.peek()?;
        if deadline > now {
            return None;
        }
        self.0.pop();
        Some((deadline, token))
    }

    fn next(&self) -> Option<u64> {
        self.0.peek().map(|Reverse((deadline, ..))| *deadline)
    }
}

#[derive(Default)]
struct Tree(BTreeSet<(u64, u64, u32)>, u64);

impl Store for Tree {
    fn put(&mut self, deadline: u64, token: u32) {
        self.1 += 1;
        self.0.insert((deadline, self.1, token));
    }

    fn take_due(&mut self, now: u64) -> Option<(u64, u32)> {
        let (deadline, _, token) = *self.0.first()?;
        if deadline > now {
            return None;
        }
        self.0.pop_first();
        Some((deadline, token))
    }

    fn next(&self) -> Option<u64> {
        self.0.first().map(|(deadline, ..)| *deadline)
    }
}
