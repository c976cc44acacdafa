//! The desk beside the store in memory, in given time: every order of answers, losses and delays.

use std::{sync::Arc, time::Duration};

use super::*;
use crate::{
    job::{CancelReason, JobError, JobOutcome},
    store::{
        JobFilter, JobKey, JobRow, Look, LookAt, MemoryStore, Refusal, Rows, Session, Store, Submit,
    },
};

const SECOND: u64 = 1_000_000_000;
const LEASE: u64 = 30 * SECOND;

/// What the network does with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Net {
    Up,
    /// The call does not reach the store.
    Down,
    /// The call is applied, and its answer is lost.
    AnswerLost,
}

/// A node beside a store, without threads.
struct Node {
    desk: Desk,
    session: Box<dyn Session>,
    net: Net,
    effects: Vec<Effect>,
    turns: usize,
}

impl Node {
    fn new(store: &MemoryStore, name: &str, now: u64) -> Self {
        let options = DeskOptions {
            name: name.to_owned(),
            lease: Duration::from_nanos(LEASE),
            hold: 10,
            queues: vec!["default".to_owned()],
            tasks: vec!["t".to_owned()],
            patience: Duration::from_secs(60),
            nonce: name
                .bytes()
                .fold(1, |nonce, byte| nonce * 31 + u64::from(byte)),
        };
        let mut desk = Desk::new(options, now, at(now));
        desk.set_wants(Wants::Jobs, now);
        Self {
            desk,
            session: store.connect().expect("it is in memory"),
            net: Net::Up,
            effects: Vec::new(),
            turns: 0,
        }
    }

    /// Takes steps at `now` until the desk waits. Returns until when.
    fn run(&mut self, now: u64) -> u64 {
        for _ in 0..100 {
            let (step, effects) = self.desk.next(now);
            self.effects.extend(effects);
            let effects = match step {
                Step::Wait(until) => return until,
                Step::Left => return u64::MAX,
                Step::Open(mut open) => {
                    open.now = Some(at(now));
                    match self.call(|session| session.open(&open)) {
                        Ok(opened) => self.desk.handle_opened(&opened, now),
                        Err(error) => self.desk.handle_open_failed(&error, now),
                    }
                }
                Step::Turn(mut turn) => {
                    turn.now = Some(at(now));
                    self.turns += 1;
                    match self.call(|session| session.turn(&turn)) {
                        Ok(turned) => self.desk.handle_turned(turn.number, turned, now),
                        Err(error) => self.desk.handle_failed(turn.number, &error, now),
                    }
                }
            };
            self.effects.extend(effects);
        }
        panic!("the desk does not come to rest at {now}: {:?}", self.desk);
    }

    fn call<T>(
        &mut self,
        call: impl FnOnce(&mut dyn Session) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let lost = || {
            Err(StoreError::Unreachable(Arc::new(std::io::Error::other(
                "cut",
            ))))
        };
        match self.net {
            Net::Up => call(&mut *self.session),
            Net::Down => lost(),
            Net::AnswerLost => {
                drop(call(&mut *self.session));
                lost()
            }
        }
    }

    /// Runs through all waits up to `end`.
    fn run_to(&mut self, from: u64, end: u64) {
        let mut now = from;
        while now < end {
            now = self.run(now).clamp(now + 1, end);
        }
    }

    /// Takes the jobs that were started since the last call.
    fn started(&mut self) -> Vec<StoredJob> {
        let (started, rest) = std::mem::take(&mut self.effects)
            .into_iter()
            .partition::<Vec<_>, _>(|effect| matches!(effect, Effect::Start(_)));
        self.effects = rest;
        let job = |effect| match effect {
            Effect::Start(job) => Some(*job),
            _ => None,
        };
        started.into_iter().filter_map(job).collect()
    }

    fn submit(&mut self, job: u8, now: u64) -> Ticket {
        let mut submit = Submit::new(JobRow::new(id(job), "t", "null", at(now)));
        submit.claim = true;
        self.desk.write(Write::Submit(submit), now)
    }

    fn end(&mut self, job: u8, outcome: JobOutcome, now: u64) -> bool {
        let ended = RunEnded {
            outcome,
            result: None,
            retry: None,
            is_withdrawn: false,
        };
        self.desk.handle_ended(id(job), ended, now)
    }

    fn replies(&self) -> Vec<&Reply> {
        let mut replies = Vec::new();
        for effect in &self.effects {
            if let Effect::Reply(_, reply) = effect {
                replies.push(reply);
            }
        }
        replies
    }

    fn has(&self, wanted: impl Fn(&Effect) -> bool) -> bool {
        self.effects.iter().any(wanted)
    }
}

fn id(job: u8) -> StoredId {
    StoredId::from_bytes([job; 16])
}

fn at(now: u64) -> StoreTime {
    StoreTime::from_micros(1_000_000_000_000).plus(Duration::from_nanos(now))
}

/// Owner, token and number of losses of a job.
type Place = (Option<u64>, u64, u32);

/// Returns the jobs, as owner, token and lost, and the outcomes of those that have ended.
fn stored(store: &MemoryStore) -> (Vec<Place>, Vec<String>) {
    let mut session = store.connect().expect("it is in memory");
    let mut rows = |look| {
        session
            .look(&Look::new(look))
            .expect("it is in memory")
            .rows
    };
    let jobs = match rows(LookAt::Jobs(JobFilter::default())) {
        Rows::Jobs(jobs) => jobs
            .iter()
            .map(|job| (job.node, job.token, job.lost))
            .collect(),
        _ => Vec::new(),
    };
    let ends = match rows(LookAt::Ends(JobFilter::default())) {
        Rows::Ends(ends) => ends.into_iter().map(|end| end.end.outcome).collect(),
        _ => Vec::new(),
    };
    (jobs, ends)
}

const OK: JobOutcome = JobOutcome::Succeeded(());

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
    assert!(
        !node.end(1, OK, 26 * SECOND),
        "its end does not count any more"
    );
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
