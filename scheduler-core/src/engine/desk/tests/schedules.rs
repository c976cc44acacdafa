//! Schedules of a store: decided once among several nodes, and never lost.

use std::{collections::BTreeMap, time::Duration};

use super::*;
use crate::{
    JobContext, Overlap, Schedule,
    registry::TaskRegistry,
    store::{Put, RecordRow, ScheduleState, ScheduleText},
    trigger::Interval,
};

fn every(seconds: u64) -> Schedule {
    let mut tasks = TaskRegistry::new();
    tasks
        .register("t", |_: JobContext, (): ()| async {})
        .expect("a new name");
    let every = Interval::every(Duration::from_secs(seconds)).expect("an interval");
    tasks
        .schedule(every, "t", ())
        .expect("a known task")
        .id("s")
}

/// Puts a schedule at `now`.
fn put(store: &MemoryStore, schedule: &Schedule, now: u64) {
    let mut text = ScheduleText::new(schedule).expect("it is data");
    let trigger = text.trigger().expect("a trigger");
    let (anchored, next) = begin(trigger, at(now), None);
    if let Some(anchored) = anchored {
        text.anchor(&*anchored).expect("it is data");
    }
    let mut writer = Node::new(store, "writer", now);
    writer.desk.set_wants(Wants::Nothing, now);
    writer
        .desk
        .write(Write::Put(Put::new("s", "t", text.write(), next)), now);
    writer.run(now);
    writer.desk.set_wants(Wants::ToLeave, now);
    writer.run(now);
}

fn records(store: &MemoryStore) -> Vec<RecordRow> {
    let mut session = store.connect().expect("it is in memory");
    let mut look = Look::new(LookAt::Records {
        schedule: "s".to_owned(),
        from: StoreTime::from_micros(0),
        to: StoreTime::from_micros(i64::MAX),
    });
    look.at_most = 10_000;
    match session.look(&look).expect("it is in memory").rows {
        Rows::Records(records) => records,
        _ => Vec::new(),
    }
}

fn verdicts(store: &MemoryStore) -> Vec<String> {
    records(store)
        .into_iter()
        .map(|record| record.verdict)
        .collect()
}

/// Runs the nodes until `end`, in steps of 10 ms. A run takes `length`. Returns the most runs at a time.
fn run_nodes(nodes: &mut [Node], from: u64, end: u64, length: u64) -> usize {
    let mut running: BTreeMap<StoredId, (usize, u64)> = BTreeMap::new();
    let (mut now, mut most) = (from, 0);
    while now < end {
        let ended: Vec<_> = running
            .iter()
            .filter(|(_, run)| run.1 <= now)
            .map(|(id, run)| (*id, run.0))
            .collect();
        for (job, node) in ended {
            running.remove(&job);
            let ended = RunEnded {
                outcome: OK,
                result: None,
                retry: None,
                is_withdrawn: false,
            };
            nodes[node].desk.handle_ended(job, ended, now);
        }
        for (number, node) in nodes.iter_mut().enumerate() {
            node.run(now);
            for job in node.started() {
                running.insert(job.row.id, (number, now + length));
            }
        }
        most = most.max(running.len());
        now += SECOND / 100;
    }
    most
}

#[test]
fn each_instant_runs_once_among_three_nodes() {
    let store = MemoryStore::new();
    put(&store, &every(2), 0);
    let mut nodes = ["a", "b", "c"].map(|name| Node::new(&store, name, 0));
    let most = run_nodes(&mut nodes, 0, 61 * SECOND, SECOND / 2);
    let (_, ends) = stored(&store);
    assert_eq!((most, ends.len()), (1, 30), "{:?}", verdicts(&store));
    assert_eq!(verdicts(&store), vec!["started"; 30]);
    let times: Vec<_> = records(&store)
        .iter()
        .map(|record| record.run.nominal)
        .collect();
    let expected: Vec<_> = (1..=30).map(|number| at(2 * number * SECOND)).collect();
    assert_eq!(times, expected);
}

#[test]
fn instants_while_no_node_ran_follow_the_misfire_policy() {
    let store = MemoryStore::new();
    put(&store, &every(60), 0);
    let mut nodes = [Node::new(&store, "a", 1_000 * SECOND)];
    run_nodes(&mut nodes, 1_000 * SECOND, 1_010 * SECOND, SECOND);
    let records = records(&store);
    let verdicts: Vec<_> = records
        .iter()
        .map(|record| (&*record.verdict, record.count))
        .collect();
    assert_eq!(verdicts, [("coalesced", 15), ("started", 1)]);
    assert_eq!(records[0].into, Some(records[1].run.nominal));
    assert_eq!(records[1].run.nominal, at(960 * SECOND));
}

#[test]
fn a_run_is_skipped_while_another_node_runs_the_one_before() {
    let store = MemoryStore::new();
    put(&store, &every(2), 0);
    let mut nodes = ["a", "b"].map(|name| Node::new(&store, name, 0));
    let most = run_nodes(&mut nodes, 0, 13 * SECOND, 3 * SECOND);
    assert_eq!(most, 1);
    let skipped = "skipped:overlap";
    assert_eq!(
        verdicts(&store),
        ["started", skipped, "started", skipped, "started", skipped]
    );
}

#[test]
fn a_kept_run_starts_when_the_one_before_has_ended() {
    let store = MemoryStore::new();
    put(&store, &every(2).overlap(Overlap::BufferOne), 0);
    let mut nodes = ["a", "b"].map(|name| Node::new(&store, name, 0));
    let most = run_nodes(&mut nodes, 0, 13 * SECOND, 3 * SECOND);
    assert_eq!(most, 1);
    let (_, ends) = stored(&store);
    assert_eq!(
        ends.len(),
        3,
        "2 to 5, 5 to 8, 8 to 11: none waits for a look"
    );
}

#[test]
fn a_kept_run_of_a_dead_node_starts_elsewhere() {
    let store = MemoryStore::new();
    put(&store, &every(2).overlap(Overlap::BufferOne), 0);
    let mut dying = [Node::new(&store, "a", 0)];
    run_nodes(&mut dying, 0, 5 * SECOND, 100 * SECOND);
    let mut nodes = [Node::new(&store, "b", 5 * SECOND)];
    let most = run_nodes(&mut nodes, 5 * SECOND, 100 * SECOND, SECOND);
    let (jobs, ends) = stored(&store);
    assert!(
        ends.len() > 10 && jobs.len() <= 2,
        "{} ended, {jobs:?}",
        ends.len()
    );
    assert_eq!(most, 1);
}

#[test]
fn other_runs_are_cancelled_and_the_new_one_waits_for_their_end() {
    let store = MemoryStore::new();
    put(&store, &every(4).overlap(Overlap::CancelOther), 0);
    let mut node = Node::new(&store, "a", 0);
    node.run_to(0, 5 * SECOND);
    let first = node.started().remove(0).row.id;
    node.run_to(5 * SECOND, 9 * SECOND + SECOND / 2);
    assert!(node.has(|effect| matches!(effect, Effect::Cancel(job) if *job == first)));
    assert!(node.started().is_empty(), "the cancelled run has not ended");
    let cancelled = JobOutcome::Cancelled(CancelReason::Requested);
    let ended = RunEnded {
        outcome: cancelled,
        result: None,
        retry: None,
        is_withdrawn: false,
    };
    node.desk
        .handle_ended(first, ended, 9 * SECOND + SECOND / 2);
    node.run(9 * SECOND + SECOND / 2);
    assert_eq!(node.started().len(), 1);
}

#[test]
fn a_paused_schedule_decides_nothing_on_any_node_until_it_is_resumed() {
    let store = MemoryStore::new();
    put(&store, &every(2), 0);
    let mut node = Node::new(&store, "a", 0);
    node.run_to(0, 3 * SECOND);
    let first = node.started().remove(0).row.id;
    let ended = RunEnded {
        outcome: OK,
        result: None,
        retry: None,
        is_withdrawn: false,
    };
    node.desk.handle_ended(first, ended, 3 * SECOND);
    let row = picture(&store).row;
    let mut pause = Put::new("s", "t", row.data.clone(), row.next);
    (pause.state, pause.rev) = (ScheduleState::Paused, Some(row.rev));
    node.desk.write(Write::Put(pause), 3 * SECOND);
    node.run_to(3 * SECOND, 10 * SECOND);
    assert_eq!(records(&store).len(), 1);
    let resume = resumed(&picture(&store), Some(at(9 * SECOND)));
    node.desk.write(Write::Decide(resume), 10 * SECOND);
    node.run_to(10 * SECOND, 11 * SECOND);
    let counted: Vec<_> = records(&store)
        .iter()
        .map(|record| (record.verdict.clone(), record.count))
        .collect();
    let expected = [("started", 1), ("skipped:paused", 3), ("started", 1)];
    let expected: Vec<_> = expected
        .iter()
        .map(|(verdict, count)| ((*verdict).to_owned(), *count))
        .collect();
    assert_eq!(counted, expected);
}

fn picture(store: &MemoryStore) -> crate::store::Picture {
    let mut session = store.connect().expect("it is in memory");
    match session
        .look(&Look::new(LookAt::Schedules))
        .expect("it is in memory")
        .rows
    {
        Rows::Schedules(mut pictures) => pictures.remove(0),
        _ => panic!("a schedule"),
    }
}

#[test]
fn instants_between_two_microseconds_are_neither_lost_nor_doubled() {
    let store = MemoryStore::new();
    let fine = |nanos| {
        let mut tasks = TaskRegistry::new();
        tasks
            .register("t", |_: JobContext, (): ()| async {})
            .expect("a new name");
        let every = Interval::every(Duration::from_nanos(nanos)).expect("an interval");
        tasks
            .schedule(every, "t", ())
            .expect("a known task")
            .id("s")
            .overlap(Overlap::AllowAll)
    };
    put(&store, &fine(1_500), 0);
    let mut node = Node::new(&store, "a", 0);
    node.run(0);
    for now in (1_000..20_000).step_by(1_000) {
        node.run(now);
        for job in node.started() {
            let ended = RunEnded {
                outcome: OK,
                result: None,
                retry: None,
                is_withdrawn: false,
            };
            node.desk.handle_ended(job.row.id, ended, now);
        }
    }
    let nominals: Vec<_> = records(&store)
        .iter()
        .map(|record| record.run.nominal.micros() - at(0).micros())
        .collect();
    assert!(
        nominals.windows(2).all(|pair| pair[0] < pair[1]),
        "{nominals:?}"
    );
    assert_eq!(
        nominals,
        (1..=12)
            .map(|number| (number * 1_500 + 999) / 1_000)
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_node_claims_no_more_runs_than_it_can_hold() {
    let store = MemoryStore::new();
    let mut writer = Node::new(&store, "writer", 0);
    writer.desk.set_wants(Wants::Nothing, 0);
    let mut text = ScheduleText::new(&every(2)).expect("it is data");
    let (anchored, next) = begin(text.trigger().expect("a trigger"), at(0), None);
    text.anchor(&*anchored.expect("a relative trigger"))
        .expect("it is data");
    for number in 0..30 {
        let put = Put::new(format!("s{number}"), "t", text.write(), next);
        writer.desk.write(Write::Put(put), 0);
    }
    writer.run(0);
    let mut node = Node::new(&store, "a", 0);
    node.run_to(0, 3 * SECOND);
    assert_eq!(node.started().len(), 10, "it holds ten jobs");
    assert_eq!(
        stored(&store).0.len(),
        30,
        "the others wait for another node"
    );
}
