//! The same schedule in memory and in a store: the same verdict about each instant.
//!
//! Differences remain, because a store adds records and does not change them. A kept run that does not start keeps the
//! verdict `buffered`, and its job ends as dropped, where the ledger in memory has the reason. Instants that such a run
//! replaced keep the verdict `coalesced`.
//!
//! If several runs may be active, `CancelOther` and `TerminateOther` part too: in memory a pass also cancels runs that it
//! has just started, a decision of a store only those that were active before. So these are compared with one run.

use std::collections::BTreeMap;

use super::peers::{Dice, Peer, by_instant, micro, policies, schedule_of, trigger};
use super::*;
use crate::{
    Options, Overlap, ScheduleId, Verdict, engine::rig::Rig, runtime::Now, store::RecordRow,
    trigger::Trigger,
};

/// The same schedule in memory and in a store, at the same time.
struct Both {
    rig: Rig,
    peer: Peer,
    /// In microseconds since the begin.
    now: u64,
}

impl Both {
    /// Decides in the store, and ends the runs that were cancelled, on both sides.
    fn settle(&mut self) {
        self.peer.settle(micro(self.now));
        while let Some(place) = self.peer.cancelled_place() {
            self.end(place);
            self.peer.settle(micro(self.now));
        }
    }

    /// Ends a run. If it does not run in memory, the comparison shows where the sides parted.
    fn end(&mut self, place: usize) {
        self.peer.end(place, micro(self.now));
        let claims = &mut self.rig.claims;
        if place < claims.len() {
            claims[..=place].rotate_right(1);
            self.rig.end_oldest();
        }
    }

    /// Advances the time, with a decision at each start.
    fn advance(&mut self, by: u64) {
        let end = self.now + by;
        while let Some(start) = self
            .peer
            .start(micro(self.now))
            .filter(|start| *start <= micro(end))
        {
            let wait = (start.micros() - micro(self.now).micros())
                .max(0)
                .unsigned_abs();
            self.rig.advance(Duration::from_micros(wait));
            self.now += wait;
            self.settle();
        }
        self.rig.advance(Duration::from_micros(end - self.now));
        self.now = end;
        self.settle();
    }

    /// Lets the time pass without a decision.
    fn sleep(&mut self, by: u64) {
        self.rig.sleep_through(Duration::from_micros(by));
        self.now += by;
        self.settle();
    }

    fn end_oldest(&mut self) {
        if !self.peer.claims.is_empty() {
            self.end(0);
            self.settle();
        }
    }
}

fn in_memory(rig: &Rig, rule: &dyn Trigger) -> BTreeMap<StoreTime, String> {
    let decisions = rig
        .engine
        .history(&ScheduleId::from("s"))
        .unwrap_or_default();
    let verdict = |verdict| match verdict {
        Verdict::Started(_) | Verdict::Ran { .. } | Verdict::Cancelled { .. } => "runs".to_owned(),
        Verdict::Buffered => "buffered".to_owned(),
        Verdict::Coalesced { into } => format!("coalesced into {}", StoreTime::from(into)),
        other => decide::name(other),
    };
    let rows = decisions.into_iter().map(|decision| {
        let [from, to] = [decision.span.from, decision.span.to].map(StoreTime::from);
        (from, to, verdict(decision.verdict))
    });
    by_instant(rule, rows)
}

fn in_store(peer: &mut Peer, rule: &dyn Trigger) -> BTreeMap<StoreTime, String> {
    let ends = peer.ends();
    let dropped = |record: &RecordRow| {
        let end = record.job.and_then(|job| ends.get(&job));
        end.is_some_and(|end| end == End::DROPPED)
    };
    let records = peer.records();
    let gone: Vec<_> = records
        .iter()
        .filter(|record| dropped(record))
        .map(|record| record.run.nominal)
        .collect();
    let verdict = |record: &RecordRow| match (&*record.verdict, record.into) {
        ("coalesced", Some(into)) if gone.contains(&into) => "dropped".to_owned(),
        ("coalesced", Some(into)) => format!("coalesced into {into}"),
        ("buffered", _) if dropped(record) => "dropped".to_owned(),
        ("buffered" | "started", _) => "runs".to_owned(),
        (other, _) => other.to_owned(),
    };
    let rows = records
        .iter()
        .map(|record| (record.run.nominal, record.end(), verdict(record)));
    by_instant(rule, rows)
}

/// Returns the verdicts of both sides.
fn verdicts(seed: u64) -> [BTreeMap<StoreTime, String>; 2] {
    let mut dice = Dice::new(seed);
    let mut peer = Peer::new(&MemoryStore::new(), 1);
    let rule = trigger(&mut dice);
    let schedule = policies(schedule_of(rule.clone()), &mut dice).history(100_000);
    let schedule = match schedule.policies.overlap {
        Overlap::CancelOther | Overlap::TerminateOther => schedule.max_instances(1),
        _ => schedule,
    };
    let now = Now::new(Now::system().mono(), micro(0).to_utc().expect("a date"));
    let mut rig = Rig::at(Options::default().max_concurrent_jobs(1_000), now);
    rig.start();
    peer.put(&schedule);
    rig.add(schedule).expect("a new schedule");
    let mut both = Both { rig, peer, now: 0 };
    for _ in 0..30 {
        match dice.roll(0..6) {
            0 => both.sleep(dice.roll(1..30_000_000)),
            1 | 2 => both.end_oldest(),
            _ => both.advance(dice.roll(1..2_000_000)),
        }
    }
    while !both.peer.claims.is_empty() {
        both.end_oldest();
    }
    [
        in_memory(&both.rig, &*rule),
        in_store(&mut both.peer, &*rule),
    ]
}

#[test]
fn a_stored_schedule_decides_as_one_in_memory() {
    let mut seen = BTreeMap::<String, usize>::new();
    let mut wrong = Vec::new();
    for seed in 0..200 {
        let [memory, mut stored] = verdicts(seed);
        for (at, verdict) in &mut stored {
            let reason = memory.get(at).filter(|reason| reason.contains(':'));
            if let Some(reason) = reason.filter(|_| verdict == "dropped") {
                verdict.clone_from(reason);
            }
            let name = verdict.split(" into").next().unwrap_or_default();
            *seen.entry(name.to_owned()).or_default() += 1;
        }
        if memory != stored {
            let all = memory.keys().chain(stored.keys());
            let first = all.filter(|at| memory.get(at) != stored.get(at)).min();
            let at = first.map(|at| (at, memory.get(at), stored.get(at)));
            let mut dice = Dice::new(seed);
            let schedule = policies(schedule_of(trigger(&mut dice)), &mut dice);
            let what = (schedule.policies.overlap, schedule.policies.max_instances);
            wrong.push(format!(
                "seed {seed}, {what:?}: instant, memory, store: {at:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of 200: {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(12)]
    );
    for verdict in [
        "runs",
        "coalesced",
        "missed:misfire",
        "skipped:overlap",
        "skipped:superseded",
    ] {
        assert!(
            seen.contains_key(verdict),
            "{verdict} was never compared: {seen:?}"
        );
    }
}
