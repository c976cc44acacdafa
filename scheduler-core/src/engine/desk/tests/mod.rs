//! The desk beside the store in memory, in given time: every order of replies, losses and delays.

mod like_memory;
mod losses;
mod peers;
mod planned;
mod schedules;
mod turns;

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

/// State of the network.
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
