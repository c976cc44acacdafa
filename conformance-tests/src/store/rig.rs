//! [`Rig`]: a store, its time, and the nodes of a case.

use std::{cell::RefCell, time::Duration};

use scheduler_core::store::{
    Applied, Claim, End, IdMaker, JobRow, Look, LookAt, Node, Open, Rows, Session, Store,
    StoreTime, StoredId, StoredJob, Submit, Sweep, Turn, Turned, Want, Write, Written,
};

/// The lease of each node.
pub(super) const LEASE: Duration = Duration::from_secs(30);
/// How long after a lease others see that it has ended.
pub(super) const MARGIN: Duration = Duration::from_secs(1);

pub(super) const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// A store, its time, and what the nodes of a case share.
pub(crate) struct Rig {
    pub(super) store: Box<dyn Store>,
    pub(super) now: StoreTime,
    ids: RefCell<IdMaker>,
}

impl Rig {
    pub(super) fn new(store: Box<dyn Store>) -> Self {
        Self {
            store,
            now: StoreTime::from_micros(1_767_600_000_000_000),
            ids: RefCell::new(IdMaker::with_maker(7)),
        }
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now = self.now.plus(time);
    }

    pub(super) fn id(&self) -> StoredId {
        self.ids.borrow_mut().next(self.now)
    }

    /// Returns a job of the task `mail` that is due now.
    pub(super) fn job(&self) -> JobRow {
        JobRow::new(self.id(), "mail", "{}", self.now)
    }

    pub(super) fn node(&self) -> TestNode {
        let mut session = self.store.connect().expect("the store is there");
        let mut open = Open::new("node", 11, LEASE);
        open.now = Some(self.now);
        let opened = session.open(&open).expect("the store opens");
        assert_eq!(
            opened.now, self.now,
            "the store takes the time that it is given"
        );
        TestNode {
            session,
            node: opened.node,
            number: 0,
        }
    }

    /// Returns all rows of a page without limit.
    pub(super) fn look(&self, at: LookAt) -> Rows {
        let mut session = self.store.connect().expect("the store is there");
        let mut look = Look::new(at);
        (look.at_most, look.now) = (100_000, Some(self.now));
        session.look(&look).expect("a page").rows
    }

    pub(super) fn jobs(&self) -> Vec<StoredJob> {
        match self.look(LookAt::Jobs(scheduler_core::store::JobFilter::default())) {
            Rows::Jobs(jobs) => jobs,
            other => panic!("jobs were asked for, and {other:?} came"),
        }
    }

    /// Returns the only job that has not ended.
    pub(super) fn only_job(&self) -> StoredJob {
        let jobs = self.jobs();
        assert_eq!(jobs.len(), 1, "one job has not ended: {jobs:#?}");
        jobs[0].clone()
    }

    /// Returns the outcomes of the ended jobs, the last one first.
    pub(super) fn outcomes(&self) -> Vec<String> {
        match self.look(LookAt::Ends(scheduler_core::store::JobFilter::default())) {
            Rows::Ends(ends) => ends.into_iter().map(|end| end.end.outcome).collect(),
            other => panic!("ends were asked for, and {other:?} came"),
        }
    }
}

/// A node of a case, with a session of its own.
pub(super) struct TestNode {
    pub(super) session: Box<dyn Session>,
    pub(super) node: Node,
    pub(super) number: u64,
}

impl TestNode {
    /// Returns the next turn, without its content.
    pub(super) fn next(&mut self, rig: &Rig) -> Turn {
        self.number += 1;
        let mut turn = Turn::new(self.node, self.number, LEASE);
        turn.now = Some(rig.now);
        turn
    }

    pub(super) fn send(&mut self, turn: &Turn) -> Turned {
        self.session.turn(turn).expect("the store does a turn")
    }

    /// Runs the next turn. It must be applied.
    pub(super) fn turn(&mut self, rig: &Rig, fill: impl FnOnce(&mut Turn)) -> Turned {
        let mut turn = self.next(rig);
        fill(&mut turn);
        let turned = self.send(&turn);
        assert_eq!(
            turned.applied,
            Applied::Now,
            "turn {} of a live node",
            turn.number
        );
        assert_eq!(turned.now, rig.now);
        assert_eq!(
            turned.written.len(),
            turn.writes.len(),
            "one result for each write"
        );
        turned
    }

    /// Runs a turn with one write, and returns its result.
    pub(super) fn write(&mut self, rig: &Rig, write: Write) -> Written {
        self.turn(rig, |turn| turn.writes = vec![write])
            .written
            .remove(0)
    }

    /// Stores a job.
    pub(super) fn submit(&mut self, rig: &Rig, job: JobRow) {
        assert_eq!(
            self.write(rig, Write::Submit(Submit::new(job))),
            Written::Done
        );
    }

    /// Claims at most `at_most` jobs of the queue `default`.
    pub(super) fn claim(&mut self, rig: &Rig, at_most: usize) -> Vec<StoredJob> {
        self.turn(rig, |turn| turn.want = Some(Want::new("default", at_most)))
            .claimed
    }

    /// Claims the only job that is due.
    pub(super) fn claim_one(&mut self, rig: &Rig) -> StoredJob {
        let mut claimed = self.claim(rig, 10);
        assert_eq!(claimed.len(), 1, "one job is due: {claimed:#?}");
        claimed.remove(0)
    }

    pub(super) fn finish(&mut self, rig: &Rig, job: &StoredJob, outcome: &str) -> Written {
        let end = End::new(outcome);
        self.write(
            rig,
            Write::Finish {
                claim: claim_of(job),
                end,
            },
        )
    }

    /// Removes dead nodes and frees their jobs, which are due at once.
    pub(super) fn sweep(&mut self, rig: &Rig) -> Vec<StoredId> {
        let sweep = Sweep::new(MARGIN, Duration::ZERO);
        let swept = self.turn(rig, |turn| turn.sweep = Some(sweep)).swept;
        swept.expect("a sweep was asked for").freed
    }
}

pub(super) fn claim_of(job: &StoredJob) -> Claim {
    Claim {
        job: job.row.id,
        token: job.token,
    }
}
