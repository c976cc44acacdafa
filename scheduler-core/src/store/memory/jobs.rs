//! Writes about jobs: submission, end, return, cancellation, retry.

use super::super::{
    Claim, End, EndRow, GiveBack, Given, Node, OnTaken, StoreTime, StoredId, StoredJob, Submit,
    Written,
};
use super::tables::Tables;

impl Tables {
    pub(super) fn submit(&mut self, submit: &Submit, node: Node, now: StoreTime) -> Written {
        let row = &submit.job;
        if self.job(row.id).is_some() || submit.repeat && self.end(row.id).is_some() {
            return Written::Same;
        }
        if let Some(holder) = self.keys.holder(row, now) {
            return self.taken(submit, holder);
        }
        self.keys.take(row, now);
        self.set_job(StoredJob::new(row.clone(), now));
        // A repeat may be the late copy of a submission that has been stored and claimed elsewhere.
        if submit.claim && !submit.repeat && row.due.is_some_and(|due| due <= now) {
            self.claim(row.id, node);
        }
        Written::Done
    }

    fn taken(&mut self, submit: &Submit, holder: StoredId) -> Written {
        let replaces = submit
            .job
            .key
            .as_ref()
            .is_some_and(|key| key.taken == OnTaken::Replace);
        let waits = self
            .job(holder)
            .filter(|job| replaces && job.node.is_none());
        let Some(mut job) = waits.cloned() else {
            return Written::Taken(holder);
        };
        job.row.args.clone_from(&submit.job.args);
        job.row.policy.clone_from(&submit.job.policy);
        job.row.due = submit.job.due;
        self.set_job(job);
        Written::Replaced(holder)
    }

    /// Gives a waiting job to a node. Returns the claimed job.
    pub(super) fn claim(&mut self, id: StoredId, node: Node) -> Option<StoredJob> {
        let mut job = self.job(id)?.clone();
        job.node = Some(node.id);
        job.token += 1;
        job.attempt += 1;
        self.keys.claimed(&job);
        self.set_job(job.clone());
        Some(job)
    }

    /// Returns the job of a claim that the node has.
    fn claimed(&self, claim: Claim, node: Node) -> Option<StoredJob> {
        let job = self.job(claim.job)?;
        (job.node == Some(node.id) && job.token == claim.token).then(|| job.clone())
    }

    pub(super) fn finish(
        &mut self,
        claim: Claim,
        end: &End,
        node: Node,
        now: StoreTime,
    ) -> Written {
        if self.claimed(claim, node).is_none() {
            return Written::Gone;
        }
        self.finish_job(claim.job, end.clone(), now);
        Written::Done
    }

    /// Ends a job, with or without a claim.
    pub(super) fn finish_job(&mut self, id: StoredId, end: End, now: StoreTime) {
        if let Some(job) = self.take_job(id) {
            self.keys.ended(&job);
            self.set_end(EndRow::new(job, now, end));
        }
    }

    pub(super) fn give_back(&mut self, give: &GiveBack, node: Node) -> Written {
        let Some(mut job) = self.claimed(give.claim, node) else {
            return Written::Gone;
        };
        job.node = None;
        job.row.due = give.due.or(job.row.due);
        match give.given {
            Given::Retry => {}
            Given::Unbegun => job.attempt -= 1,
            Given::Lost => job.lost += 1,
        }
        self.set_job(job);
        Written::Done
    }

    pub(super) fn note(&mut self, claim: Claim, text: &str, node: Node) -> Written {
        let Some(mut job) = self.claimed(claim, node) else {
            return Written::Gone;
        };
        job.note = Some(text.to_owned());
        self.set_job(job);
        Written::Done
    }

    pub(super) fn cancel(&mut self, id: StoredId, now: StoreTime) -> Written {
        let Some(job) = self.job(id) else {
            return Written::Gone;
        };
        if job.node.is_none() {
            self.finish_job(id, End::new(End::CANCELLED), now);
            return Written::Done;
        }
        let mut job = job.clone();
        job.cancelled = true;
        self.set_job(job);
        Written::Marked
    }

    pub(super) fn retry(&mut self, id: StoredId, due: StoreTime, now: StoreTime) -> Written {
        let Some(end) = self.end(id) else {
            return if self.job(id).is_some() {
                Written::Same
            } else {
                Written::Gone
            };
        };
        if let Some(holder) = self.keys.holder(&end.job.row, now) {
            return Written::Taken(holder);
        }
        let Some(EndRow { mut job, .. }) = self.take_end(id) else {
            return Written::Gone;
        };
        // Outside its schedule: it would be a run that no decision knows.
        job.row.run = None;
        job.row.due = Some(due);
        (job.node, job.attempt, job.lost, job.cancelled) = (None, 0, 0, false);
        self.keys.take(&job.row, now);
        self.set_job(job);
        Written::Done
    }

    pub(super) fn discard(&mut self, id: StoredId) -> Written {
        self.take_end(id).map_or(Written::Gone, |_| Written::Done)
    }
}
