//! Turns of a node whose store replies.

use super::*;

#[test]
fn a_job_is_stored_claimed_and_ended_in_two_turns() {
    let store = MemoryStore::new();
    let mut node = Node::new(&store, "a", 0);
    node.run(0);
    let before = node.turns;
    node.submit(1, 0);
    node.run(0);
    assert_eq!(node.started().len(), 1);
    assert!(matches!(
        node.replies()[..],
        [Reply::Written(Written::Done)]
    ));
    assert!(node.end(1, OK, 5));
    node.run(5);
    assert_eq!(node.turns - before, 2);
    assert_eq!(stored(&store), (vec![], vec!["succeeded".to_owned()]));
}

#[test]
fn what_comes_while_a_turn_is_away_goes_with_the_next_one() {
    let store = MemoryStore::new();
    let mut node = Node::new(&store, "a", 0);
    node.run(0);
    node.submit(1, 0);
    let (Step::Turn(mut turn), _) = node.desk.next(0) else {
        panic!("a turn is due")
    };
    for job in 2..=9 {
        node.submit(job, 1);
    }
    assert!(
        matches!(node.desk.next(1).0, Step::Wait(_)),
        "one turn is away"
    );
    turn.now = Some(at(1));
    let turned = node.session.turn(&turn).unwrap();
    let effects = node.desk.handle_turned(turn.number, turned, 2);
    node.effects.extend(effects);
    let before = node.turns;
    node.run(2);
    assert_eq!(node.turns - before, 1, "one turn for eight jobs");
    assert_eq!(node.started().len(), 9);
}

#[test]
fn a_job_of_an_unknown_task_is_given_back_and_not_asked_for_again() {
    let store = MemoryStore::new();
    let mut node = Node::new(&store, "a", 0);
    node.submit(1, 0);
    node.run(0);
    assert_eq!(node.started().len(), 1);
    node.desk.handle_unfit(id(1), Some("t".to_owned()), 0);
    node.run_to(0, 200 * SECOND);
    assert!(node.started().is_empty());
    assert_eq!(
        stored(&store).0,
        [(None, 1, 0)],
        "it waits for another node"
    );
    let mut other = Node::new(&store, "b", 200 * SECOND);
    other.run(200 * SECOND);
    let taken = other.started();
    assert_eq!(
        (taken.len(), taken[0].attempt),
        (1, 1),
        "no attempt was lost"
    );
}

#[test]
fn a_retry_waits_for_its_delay_and_may_run_elsewhere() {
    let store = MemoryStore::new();
    let (mut one, mut other) = (Node::new(&store, "a", 0), Node::new(&store, "b", 0));
    one.submit(1, 0);
    one.run(0);
    one.started();
    let failed = RunEnded {
        outcome: JobOutcome::Failed(JobError::failed("no disk")),
        result: None,
        retry: Some(Duration::from_secs(5)),
        is_withdrawn: false,
    };
    one.desk.handle_ended(id(1), failed, SECOND);
    one.run(SECOND);
    one.desk.set_wants(Wants::Nothing, SECOND);
    other.run_to(SECOND, 6 * SECOND - 1);
    assert!(other.started().is_empty());
    other.run_to(6 * SECOND - 1, 7 * SECOND);
    let taken = other.started();
    assert_eq!((taken.len(), taken[0].attempt, taken[0].lost), (1, 2, 0));
}

#[test]
fn what_a_node_does_not_begin_before_it_leaves_costs_no_attempt() {
    let store = MemoryStore::new();
    let mut node = Node::new(&store, "a", 0);
    node.submit(1, 0);
    node.run(0);
    node.started();
    node.end(1, JobOutcome::Cancelled(CancelReason::Shutdown), 1);
    node.desk.set_wants(Wants::ToLeave, 1);
    assert_eq!(node.run(1), u64::MAX);
    assert!(matches!(node.desk.next(2).0, Step::Left));
    let mut next = Node::new(&store, "a", 2);
    next.run(2);
    let taken = next.started();
    assert_eq!((taken.len(), taken[0].attempt, taken[0].lost), (1, 1, 0));
}

#[test]
fn keys_never_go_with_ends() {
    let store = MemoryStore::new();
    let mut node = Node::new(&store, "a", 0);
    node.submit(1, 0);
    node.run(0);
    node.end(1, OK, 1);
    let mut row = JobRow::new(id(2), "t", "null", at(0));
    row.key = Some(JobKey::new("k"));
    node.desk.write(Write::Submit(Submit::new(row)), 1);
    let before = node.turns;
    node.run(1);
    assert_eq!(node.turns - before, 2);
}

#[test]
fn a_wish_that_stays_the_same_is_no_reason_for_a_turn() {
    let store = MemoryStore::new();
    let mut node = Node::new(&store, "a", 0);
    node.run(0);
    for _ in 0..10 {
        node.desk.set_wants(Wants::Jobs, 0);
        assert!(matches!(node.desk.next(0).0, Step::Wait(_)));
    }
    node.desk.set_wants(Wants::Nothing, 0);
    node.run(0);
    node.desk.set_wants(Wants::Jobs, 0);
    assert!(matches!(node.desk.next(0).0, Step::Turn(_)));
}
