//! Nodes that decide schedules by hand, beside the store in memory, and random schedules for them.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
    sync::Arc,
    time::Duration,
};

use super::super::{decide::decide, schedules::Known};
use super::*;
use crate::{
    JobContext, Misfire, MisfirePolicy, Overlap, Schedule, Which,
    registry::TaskRegistry,
    store::{Decide, Picture, Put, RecordRow, ScheduleText},
    trigger::{AnyOf, Interval, Trigger},
};

/// A sequence of numbers that repeats.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn roll(&mut self, range: Range<u64>) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        range.start + (mixed ^ (mixed >> 29)) % (range.end - range.start)
    }

    pub(super) fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(0..all.len() as u64) as usize]
    }
}

/// Returns the time that is `micros` after the begin of the test.
pub(super) fn micro(micros: u64) -> StoreTime {
    at(micros * 1_000)
}

/// Returns an irregular trigger with a few instants a second to a few a minute, which may end.
pub(super) fn trigger(dice: &mut Dice) -> Arc<dyn Trigger> {
    let mut every = || {
        let period = Duration::from_millis(dice.pick(&[130, 700, 1_000, 2_500, 7_000]));
        let start = micro(dice.roll(0..3_000) * 1_000);
        let every = Interval::every(period).expect("a period");
        let every = every.starting_at(start.to_utc().expect("a date"));
        let end = micro(dice.roll(10..400) * 1_000_000);
        match dice.roll(0..3) {
            0 => every.ending_at(end.to_utc().expect("a date")),
            _ => every,
        }
    };
    let (one, other) = (Arc::new(every()), Arc::new(every()));
    if dice.roll(0..2) == 0 {
        return one;
    }
    Arc::new(AnyOf::new([one as _, other as _]).expect("two members"))
}

/// Returns a schedule of the trigger with random policies.
pub(super) fn policies(schedule: Schedule, dice: &mut Dice) -> Schedule {
    let max = dice.roll(1..6) as usize;
    let misfire = Misfire::policy(dice.pick(&[
        MisfirePolicy::Skip,
        MisfirePolicy::FireOnce(Which::Earliest),
        MisfirePolicy::FireOnce(Which::Latest),
        MisfirePolicy::FireAll { max },
    ]));
    let misfire = misfire.grace(Duration::from_millis(dice.pick(&[1, 500, 1_000, 9_000])));
    let overlap = dice.pick(&[
        Overlap::Skip,
        Overlap::AllowAll,
        Overlap::BufferOne,
        Overlap::BufferAll,
        Overlap::CancelOther,
        Overlap::TerminateOther,
    ]);
    // In memory a kept run has the jitter of the latest instant that was decided with it; in a store, its own. So the
    // end of its window differs by less than the jitter.
    let (jitter, window) =
        dice.pick(&[(0, 500), (0, 4_000), (0, 20_000), (0, 0), (40, 0), (900, 0)]);
    schedule
        .id("s")
        .jitter(Duration::from_millis(jitter))
        .overlap(overlap)
        .max_instances(dice.roll(1..4) as usize)
        .buffer_limit(dice.roll(1..5) as usize)
        .misfire(match window {
            0 => misfire,
            window => misfire.window(Duration::from_millis(window)),
        })
}

/// Returns a schedule of the task `t`.
pub(super) fn schedule_of(trigger: impl Trigger) -> Schedule {
    let mut tasks = TaskRegistry::new();
    tasks
        .register("t", |_: JobContext, (): ()| async {})
        .expect("a new name");
    tasks.schedule(trigger, "t", ()).expect("a known task")
}

/// A node, without a desk.
pub(super) struct Peer {
    session: Box<dyn Session>,
    node: super::super::Node,
    number: u64,
    ids: IdMaker,
    /// The claims, in their order.
    pub(super) claims: Vec<Claim>,
    /// Runs that its decisions asked to cancel.
    cancelled: BTreeSet<StoredId>,
}

impl Peer {
    pub(super) fn new(store: &MemoryStore, nonce: u64) -> Self {
        let mut session = store.connect().expect("it is in memory");
        let mut open = Open::new("peer", nonce, Duration::from_secs(1_000_000));
        open.now = Some(micro(0));
        let opened = session.open(&open).expect("it is in memory");
        Self {
            session,
            node: opened.node,
            number: 0,
            ids: IdMaker::with_maker(nonce),
            claims: Vec::new(),
            cancelled: BTreeSet::new(),
        }
    }

    pub(super) fn turn(&mut self, write: Option<Write>, now: StoreTime) -> Turned {
        self.number += 1;
        let mut turn = Turn::new(self.node, self.number, Duration::from_secs(1_000_000));
        turn.now = Some(now);
        turn.writes = write.into_iter().collect();
        turn.want = Some(Want::new("default", 1_000));
        turn.ask = vec!["s".to_owned()];
        let turned = self.session.turn(&turn).expect("it is in memory");
        let claim = |job: &StoredJob| Claim {
            job: job.row.id,
            token: job.token,
        };
        self.claims.extend(turned.claimed.iter().map(claim));
        turned
    }

    /// Adds the schedule `s`.
    pub(super) fn put(&mut self, schedule: &Schedule) {
        let mut text = ScheduleText::new(schedule).expect("it is data");
        let trigger = text.trigger().expect("a trigger");
        let (anchored, next) = begin(trigger, micro(0), None);
        if let Some(anchored) = anchored {
            text.anchor(&*anchored).expect("it is data");
        }
        let put = Put::new("s", "t", text.write(), next);
        let turned = self.turn(Some(Write::Put(put)), micro(0));
        assert_eq!(turned.written, [Written::Done]);
    }

    pub(super) fn picture(&mut self, now: StoreTime) -> Picture {
        self.turn(None, now).asked.remove(0)
    }

    /// Plans from what the store holds now.
    pub(super) fn plan(&mut self, now: StoreTime) -> Option<Decide> {
        let picture = self.picture(now);
        let known = Known::read(&picture.row).expect("it was written");
        decide(&known, &picture, now, &mut self.ids, 1_000)
    }

    /// Writes a decision. Returns whether it was applied.
    pub(super) fn write(&mut self, decide: Decide, now: StoreTime) -> bool {
        let cancelled = decide.cancel.clone();
        match self
            .turn(Some(Write::Decide(decide)), now)
            .written
            .remove(0)
        {
            Written::Done => {
                self.cancelled.extend(cancelled);
                true
            }
            Written::Stale(Some(_)) => false,
            other => panic!("{other:?}"),
        }
    }

    /// Decides until nothing is left to decide now.
    pub(super) fn settle(&mut self, now: StoreTime) {
        while let Some(decide) = self.plan(now) {
            assert!(self.write(decide, now), "no other node decides");
        }
    }

    pub(super) fn start(&mut self, now: StoreTime) -> Option<StoreTime> {
        Known::read(&self.picture(now).row)?.start()
    }

    /// Returns the place of a claimed run that was cancelled.
    pub(super) fn cancelled_place(&self) -> Option<usize> {
        let is_cancelled = |claim: &Claim| self.cancelled.contains(&claim.job);
        self.claims.iter().position(is_cancelled)
    }

    pub(super) fn end(&mut self, place: usize, now: StoreTime) {
        let claim = self.claims.remove(place);
        let end = End::new("succeeded");
        let turned = self.turn(Some(Write::Finish { claim, end }), now);
        assert_eq!(turned.written, [Written::Done]);
    }

    fn rows(&mut self, at: LookAt) -> Rows {
        let mut look = Look::new(at);
        look.at_most = 1_000_000;
        self.session.look(&look).expect("it is in memory").rows
    }

    pub(super) fn records(&mut self) -> Vec<RecordRow> {
        let (from, to) = (StoreTime::from_micros(0), StoreTime::from_micros(i64::MAX));
        let schedule = "s".to_owned();
        match self.rows(LookAt::Records { schedule, from, to }) {
            Rows::Records(records) => records,
            other => panic!("{other:?}"),
        }
    }

    /// Returns how the jobs ended.
    pub(super) fn ends(&mut self) -> BTreeMap<StoredId, String> {
        match self.rows(LookAt::Ends(JobFilter::default())) {
            Rows::Ends(ends) => ends
                .into_iter()
                .map(|end| (end.job.row.id, end.end.outcome))
                .collect(),
            other => panic!("{other:?}"),
        }
    }
}

/// Returns the verdict about each instant. Fails if an instant of the trigger has two records.
pub(super) fn by_instant(
    trigger: &dyn Trigger,
    records: impl IntoIterator<Item = (StoreTime, StoreTime, String)>,
) -> BTreeMap<StoreTime, String> {
    let mut all = BTreeMap::new();
    for (from, to, verdict) in records {
        let mut instant = Some(from);
        while let Some(at) = instant.filter(|at| *at <= to) {
            let twice = all.insert(at, verdict.clone());
            assert_eq!(twice, None, "{at} is in two records: {verdict}");
            let next = trigger.next_after(at.to_utc().expect("a date"));
            instant = next.map(StoreTime::from);
        }
    }
    all
}
