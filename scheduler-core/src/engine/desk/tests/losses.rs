//! Lost replies, lost leases, lost nodes.

use super::*;

#[test]
fn a_submission_whose_answer_was_lost_is_stored_once() {
    let store = MemoryStore::new();
    let mut node = Node::new(&store, "a", 0);
    node.run(0);
    node.submit(1, 0);
    node.net = Net::AnswerLost;
    let retry = node.run(0);
    assert!(node.has(|effect| matches!(effect, Effect::StoreLost(_))));
    assert!(node.started().is_empty());
    node.net = Net::Up;
    node.run(retry);
    assert!(node.has(|effect| matches!(effect, Effect::StoreBack)));
    assert_eq!(node.started().len(), 1, "the list of claims has the job");
    assert!(node.end(1, OK, retry));
    node.run(retry);
    assert_eq!(stored(&store), (vec![], vec!["succeeded".to_owned()]));
}

#[test]
fn an_end_whose_answer_was_lost_counts_once() {
    let store = MemoryStore::new();
    let mut node = Node::new(&store, "a", 0);
    node.submit(1, 0);
    node.run(0);
    node.end(1, OK, 1);
    node.net = Net::AnswerLost;
    let retry = node.run(1);
    node.net = Net::Up;
    node.run(retry);
    assert_eq!(stored(&store), (vec![], vec!["succeeded".to_owned()]));
    assert_eq!(node.started().len(), 1);
}

#[test]
fn a_caller_gives_up_when_its_patience_is_over() {
    let store = MemoryStore::new();
    let mut node = Node::new(&store, "a", 0);
    node.run(0);
    node.submit(1, 0);
    node.net = Net::AnswerLost;
    node.run(0);
    node.net = Net::Down;
    node.submit(2, SECOND);
    node.run_to(0, 70 * SECOND);
    assert!(
        matches!(node.replies()[..], [Reply::Unknown(_), Reply::Unsent(_)]),
        "{:?}",
        node.replies()
    );
    node.net = Net::Up;
    node.run_to(70 * SECOND, 80 * SECOND);
    let (jobs, ends) = stored(&store);
    assert_eq!(
        (jobs.len(), ends.len()),
        (1, 0),
        "the second job was never sent"
    );
}

#[test]
fn runs_end_with_the_lease_and_are_given_back() {
    let store = MemoryStore::new();
    let mut node = Node::new(&store, "a", 0);
    node.submit(1, 0);
    node.run(0);
    assert_eq!(node.started().len(), 1);
    node.net = Net::Down;
    node.run_to(0, 24 * SECOND);
    assert!(!node.has(|effect| matches!(effect, Effect::LeaseLost(_))));
    node.run_to(24 * SECOND, 26 * SECOND);
    assert!(
        node.has(|effect| matches!(effect, Effect::LeaseLost(_))),
        "a margin before the end"
    );
    assert!(!node.end(1, OK, 26 * SECOND), "its end does not count");
    node.net = Net::Up;
    node.run_to(26 * SECOND, 29 * SECOND);
    let again = node.started();
    assert_eq!(
        (again.len(), again[0].token, again[0].lost),
        (1, 2, 1),
        "under a new token"
    );
    assert!(node.end(1, OK, 29 * SECOND));
    node.run(29 * SECOND);
    assert_eq!(stored(&store), (vec![], vec!["succeeded".to_owned()]));
}

#[test]
fn the_lease_counts_from_the_first_sending() {
    let store = MemoryStore::new();
    let mut node = Node::new(&store, "a", 0);
    node.submit(1, 0);
    node.run(0);
    // A turn is applied at 10 s and its answer lost. The repetition at 20 s renews nothing in the store.
    node.run_to(0, 10 * SECOND);
    node.net = Net::AnswerLost;
    node.run(10 * SECOND);
    assert!(
        node.has(|effect| matches!(effect, Effect::StoreLost(_))),
        "a turn is due each second"
    );
    let again = node
        .desk
        .away
        .as_mut()
        .expect("it has no answer")
        .send_again();
    let turned = node
        .session
        .turn(&Turn {
            now: Some(at(20 * SECOND)),
            ..again
        })
        .unwrap();
    assert_eq!(turned.applied, Applied::Before);
    node.desk
        .handle_turned(turned_number(&node), turned, 20 * SECOND);
    let length = LEASE - LEASE / 6;
    assert_eq!(node.desk.trust.until(), Some(10 * SECOND + length));
}

fn turned_number(node: &Node) -> u64 {
    node.desk.away.as_ref().map_or(0, |away| away.turn().number)
}

#[test]
fn a_dead_node_begins_as_another_one_and_its_job_runs_elsewhere() {
    let store = MemoryStore::new();
    let (mut lost, mut other) = (Node::new(&store, "a", 0), Node::new(&store, "b", 0));
    lost.submit(1, 0);
    lost.run(0);
    assert_eq!(lost.started().len(), 1);
    lost.net = Net::Down;
    let mut now = 0;
    while now < 60 * SECOND {
        lost.run(now);
        other.run(now);
        now += SECOND / 10;
    }
    let taken = other.started();
    assert_eq!((taken.len(), taken[0].token, taken[0].lost), (1, 2, 1));
    assert!(other.has(|effect| matches!(effect, Effect::Buried(names) if names == &["a"])));
    lost.net = Net::Up;
    lost.run_to(now, now + 6 * SECOND);
    assert!(lost.has(|effect| matches!(effect, Effect::Fenced)));
    assert!(lost.started().is_empty());
    assert!(other.end(1, OK, now));
    other.run(now);
    assert_eq!(stored(&store), (vec![], vec!["succeeded".to_owned()]));
}

#[test]
fn a_late_answer_of_a_session_that_was_left_changes_nothing() {
    let store = MemoryStore::new();
    let mut node = Node::new(&store, "a", 0);
    node.run(0);
    node.submit(1, 0);
    let (Step::Turn(mut turn), _) = node.desk.next(0) else {
        panic!("a turn is due")
    };
    turn.now = Some(at(0));
    let late = node.session.turn(&turn).unwrap();
    let hung = StoreError::TimedOut {
        limit: Duration::from_secs(10),
    };
    node.desk.handle_failed(turn.number, &hung, 10 * SECOND);
    node.run_to(10 * SECOND, 11 * SECOND);
    assert_eq!(node.started().len(), 1);
    assert!(
        node.desk
            .handle_turned(turn.number, late, 11 * SECOND)
            .is_empty()
    );
}

#[test]
fn a_turn_that_is_refused_as_a_whole_loses_only_the_bad_write() {
    let store = MemoryStore::new();
    let mut node = Node::new(&store, "a", 0);
    node.run(0);
    for job in 1..=8 {
        node.submit(job, 0);
    }
    let refusal = Refusal::TooLarge {
        what: "arguments",
        found: 2,
        limit: 1,
    };
    let is_bad = |write: &Write| matches!(write, Write::Submit(submit) if submit.job.id == id(5));
    for _ in 0..40 {
        let (step, _) = node.desk.next(0);
        let Step::Turn(mut turn) = step else { break };
        turn.now = Some(at(0));
        let effects = if turn.writes.iter().any(is_bad) {
            node.desk
                .handle_failed(turn.number, &StoreError::Refused(refusal.clone()), 0)
        } else {
            let turned = node.session.turn(&turn).unwrap();
            node.desk.handle_turned(turn.number, turned, 0)
        };
        node.effects.extend(effects);
    }
    let refused = node
        .replies()
        .into_iter()
        .filter(|reply| matches!(reply, Reply::Written(Written::Refused(_))));
    assert_eq!(refused.count(), 1);
    assert_eq!(stored(&store).0.len(), 7);
}

#[test]
fn a_job_that_ends_its_process_is_dead_after_five_times() {
    let store = MemoryStore::new();
    let mut now = 0;
    let mut first = Node::new(&store, "0", now);
    first.submit(1, now);
    first.run(now);
    let mut runs = first.started().len();
    for round in 1..=20 {
        // The node of the round before is gone without a word.
        let mut node = Node::new(&store, &round.to_string(), now);
        let end = now + 200 * SECOND;
        while now < end && runs == round {
            node.run(now);
            runs += node.started().len();
            now += SECOND;
        }
        if runs == round {
            break;
        }
    }
    assert_eq!(runs, 5);
    assert_eq!(stored(&store), (vec![], vec!["dead".to_owned()]));
}
