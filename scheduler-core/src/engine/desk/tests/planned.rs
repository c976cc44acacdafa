//! Two nodes that decide one schedule in any order, with plans that are old when they are written.

use std::collections::BTreeSet;

use super::peers::{Dice, Peer, by_instant, micro, policies, schedule_of, trigger};
use super::{super::schedules::Known, *};
use crate::{
    Misfire, MisfirePolicy, Overlap, Which,
    schedule::Policies,
    store::{RecordRow, ScheduleState},
    trigger::Interval,
};

/// Lets two nodes look, decide late, and end runs in a random order.
fn run_peers(seed: u64) -> (Dice, [Peer; 2], u64) {
    let mut dice = Dice::new(seed);
    let store = MemoryStore::new();
    let mut peers = [1, 2].map(|nonce| Peer::new(&store, nonce));
    let schedule = policies(schedule_of(trigger(&mut dice)), &mut dice);
    let Policies {
        overlap,
        max_instances,
        ..
    } = schedule.policies;
    peers[0].put(&schedule);
    let (mut plans, mut now) = ([None, None], 0);
    for _ in 0..200 {
        now += dice.pick(&[0, 1, 90_000, 400_000, 5_000_000]);
        let which = dice.roll(0..2) as usize;
        let peer = &mut peers[which];
        match (dice.roll(0..4), plans[which].take()) {
            (0 | 1, None) => plans[which] = peer.plan(micro(now)),
            (0..=2, Some(plan)) => _ = peer.write(plan, micro(now)),
            (_, plan) => {
                plans[which] = plan;
                if !peer.claims.is_empty() {
                    peer.end(0, micro(now));
                }
            }
        }
        let claimed = peers.iter().map(|peer| peer.claims.len()).sum::<usize>();
        let most = if overlap == Overlap::AllowAll {
            usize::MAX
        } else {
            max_instances
        };
        assert!(claimed <= most, "seed {seed}: {claimed} runs, {overlap:?}");
    }
    (dice, peers, now)
}

/// Ends all runs, and decides until none is left.
fn drain(peers: &mut [Peer; 2], now: StoreTime) {
    loop {
        for peer in peers.iter_mut() {
            while !peer.claims.is_empty() {
                peer.end(0, now);
            }
        }
        peers[0].settle(now);
        if peers.iter().all(|peer| peer.claims.is_empty()) {
            return;
        }
    }
}

#[test]
fn each_instant_has_one_record_whoever_decides_it() {
    let mut kept = 0;
    for seed in 0..200 {
        let (_, mut peers, now) = run_peers(seed);
        drain(&mut peers, micro(now));
        let picture = peers[0].picture(micro(now));
        assert!(
            picture.open.is_empty() && picture.kept.is_empty(),
            "seed {seed}"
        );
        let rule = trigger(&mut Dice::new(seed));
        let records = peers[0].records();
        let spans = records
            .iter()
            .map(|record| (record.run.nominal, record.end(), record.verdict.clone()));
        let decided: Vec<_> = by_instant(&*rule, spans).into_keys().collect();
        let mut expected: Vec<_> =
            crate::trigger::upcoming_from(&*rule, micro(0).to_utc().unwrap())
                .map(StoreTime::from)
                .take(decided.len() + 1)
                .collect();
        let next = (expected.len() > decided.len())
            .then(|| expected.pop())
            .flatten();
        assert_eq!(decided, expected, "seed {seed}: a hole");
        assert_eq!(next, picture.row.next, "seed {seed}: the cursor");
        let is_over = picture.row.state == ScheduleState::Finished;
        assert_eq!(is_over, next.is_none(), "seed {seed}");
        let ends = peers[0].ends();
        let runs: BTreeSet<_> = records.iter().filter_map(|record| record.job).collect();
        assert!(
            runs.iter().all(|run| ends.contains_key(run)),
            "seed {seed}: a run is left"
        );
        assert_eq!(
            runs.len(),
            ends.len(),
            "seed {seed}: a run without a record"
        );
        kept += records
            .iter()
            .filter(|record| record.verdict == "buffered")
            .count();
    }
    assert!(kept > 100, "only {kept} runs waited");
}

#[test]
fn instants_finer_than_a_microsecond_are_decided_once_also_when_the_clock_is_set_back() {
    let start = micro(0).to_utc().expect("a date");
    for (nanos, count) in [(333, 42), (1_500, 28)] {
        for policy in [
            MisfirePolicy::Skip,
            MisfirePolicy::FireOnce(Which::Earliest),
            MisfirePolicy::FireOnce(Which::Latest),
            MisfirePolicy::FireAll { max: 3 },
        ] {
            let every = Interval::every(Duration::from_nanos(nanos)).expect("a period");
            let misfire = Misfire::policy(policy).grace(Duration::ZERO);
            let schedule = schedule_of(every.starting_at(start))
                .id("s")
                .misfire(misfire);
            let mut peer = Peer::new(&MemoryStore::new(), 1);
            peer.put(&schedule.overlap(Overlap::AllowAll));
            for now in [0, 1, 3, 9, 40, 12, 30, 41] {
                peer.settle(micro(now));
            }
            let records = peer.records();
            let follows = |pair: &[RecordRow]| pair[0].end() < pair[1].run.nominal;
            let mut sorted = records.clone();
            sorted.sort_by_key(|record| record.run.nominal);
            assert!(
                sorted.windows(2).all(follows),
                "{nanos} ns, {policy:?}: {sorted:?}"
            );
            let decided: u64 = records.iter().map(|record| record.count).sum();
            assert_eq!(decided, count, "{nanos} ns, {policy:?}");
        }
    }
}

#[test]
fn a_schedule_whose_trigger_had_ended_is_finished_when_it_is_resumed() {
    let mut peer = Peer::new(&MemoryStore::new(), 1);
    let every = Interval::every(Duration::from_secs(1)).expect("a period");
    peer.put(&schedule_of(every).id("s"));
    let mut picture = peer.picture(micro(0));
    (picture.row.state, picture.row.next) = (ScheduleState::Paused, None);
    assert_eq!(resumed(&picture, None).state, ScheduleState::Finished);
    picture.row.next = Some(micro(5));
    assert_eq!(resumed(&picture, None).state, ScheduleState::Active);
}

#[test]
fn a_cursor_behind_the_last_record_decides_no_recorded_instant_again() {
    let mut peer = Peer::new(&MemoryStore::new(), 1);
    let start = micro(0).to_utc().expect("a date");
    let every = Interval::every(Duration::from_secs(1)).expect("a period");
    peer.put(&schedule_of(every.starting_at(start)).id("s"));
    let mut picture = peer.picture(micro(0));
    (picture.row.next, picture.row.last) = (Some(micro(0)), Some(micro(3_000_000)));
    let known = Known::read(&picture.row).expect("it was written");
    let ids = &mut IdMaker::with_maker(1);
    let plan = |now, ids: &mut IdMaker| decide::decide(&known, &picture, micro(now), ids, 9);
    assert_eq!(plan(3_500_000, ids), None);
    let decided = plan(4_000_000, ids).expect("the instant after the last record is due");
    let nominal = |record: &RecordRow| record.run.nominal;
    assert_eq!(
        decided.records.iter().map(nominal).collect::<Vec<_>>(),
        [micro(4_000_000)]
    );
}
