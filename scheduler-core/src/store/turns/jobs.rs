//! Writes about jobs: submission, end, return, cancellation, retry.

use super::{RowResult, Transaction};
use crate::store::{
    Claim, End, EndRow, GiveBack, Given, Node, OnTaken, StoreTime, StoredId, StoredJob, Submit,
    Written,
};

impl Transaction<'_> {
    pub(super) fn submit(&mut self, submit: &Submit, node: Node) -> RowResult<Written> {
        let row = &submit.job;
        if self.rows.job(row.id)?.is_some() || submit.repeat && self.rows.end(row.id)?.is_some() {
            return Ok(Written::Same);
        }
        if let Some(holder) = self.holder(row)? {
            return self.taken(submit, holder);
        }
        self.take_key(row)?;
        let job = StoredJob::new(row.clone(), self.now);
        self.rows.add_job(&job)?;
        // A repeat may be the late copy of a submission that has been stored and claimed elsewhere.
        if submit.claim && !submit.repeat && row.due.is_some_and(|due| due <= self.now) {
            self.claim(job, node)?;
        }
        Ok(Written::Done)
    }

    fn taken(&mut self, submit: &Submit, holder: StoredId) -> RowResult<Written> {
        let key = submit.job.key.as_ref();
        let replaces = key.is_some_and(|key| key.taken == OnTaken::Replace);
        let waits = self
            .rows
            .job(holder)?
            .filter(|job| replaces && job.node.is_none());
        let Some(mut job) = waits else {
            return Ok(Written::Taken(holder));
        };
        job.row.args.clone_from(&submit.job.args);
        job.row.policy.clone_from(&submit.job.policy);
        job.row.due = submit.job.due;
        self.rows.set_job(&job)?;
        Ok(Written::Replaced(holder))
    }

    /// Gives a waiting job to a node. Returns the claimed job.
    pub(super) fn claim(&mut self, mut job: StoredJob, node: Node) -> RowResult<StoredJob> {
        job.node = Some(node.id);
        job.token += 1;
        job.attempt += 1;
        self.key_of_claimed(&job)?;
        self.rows.set_job(&job)?;
        Ok(job)
    }

    /// Returns the job of a claim that the node has.
    fn claimed(&mut self, claim: Claim, node: Node) -> RowResult<Option<StoredJob>> {
        let job = self.rows.job(claim.job)?;
        Ok(job.filter(|job| job.node == Some(node.id) && job.token == claim.token))
    }

    pub(super) fn finish(&mut self, claim: Claim, end: &End, node: Node) -> RowResult<Written> {
        let Some(job) = self.claimed(claim, node)? else {
            return Ok(Written::Gone);
        };
        self.finish_job(job, end.clone())?;
        Ok(Written::Done)
    }

    /// Ends a job, with or without a claim.
    pub(super) fn finish_job(&mut self, job: StoredJob, end: End) -> RowResult<()> {
        self.rows.remove_job(job.row.id)?;
        self.key_of_ended(&job)?;
        self.rows.add_end(&EndRow::new(job, self.now, end))
    }

    pub(super) fn give_back(&mut self, give: &GiveBack, node: Node) -> RowResult<Written> {
        let Some(mut job) = self.claimed(give.claim, node)? else {
            return Ok(Written::Gone);
        };
        job.node = None;
        job.row.due = give.due.or(job.row.due);
        match give.given {
            Given::Retry => {}
            Given::Unbegun => job.attempt -= 1,
            Given::Lost => job.lost += 1,
        }
        self.rows.set_job(&job)?;
        Ok(Written::Done)
    }

    pub(super) fn note(&mut self, claim: Claim, text: &str, node: Node) -> RowResult<Written> {
        let Some(mut job) = self.claimed(claim, node)? else {
            return Ok(Written::Gone);
        };
        job.note = Some(text.to_owned());
        self.rows.set_job(&job)?;
        Ok(Written::Done)
    }

    pub(super) fn cancel(&mut self, id: StoredId) -> RowResult<Written> {
        let Some(mut job) = self.rows.job(id)? else {
            return Ok(Written::Gone);
        };
        if job.node.is_none() {
            self.finish_job(job, End::new(End::CANCELLED))?;
            return Ok(Written::Done);
        }
        job.cancelled = true;
        self.rows.set_job(&job)?;
        Ok(Written::Marked)
    }

    pub(super) fn retry(&mut self, id: StoredId, due: StoreTime) -> RowResult<Written> {
        let Some(EndRow { mut job, .. }) = self.rows.end(id)? else {
            let waits = self.rows.job(id)?.is_some();
            return Ok(if waits { Written::Same } else { Written::Gone });
        };
        if let Some(holder) = self.holder(&job.row)? {
            return Ok(Written::Taken(holder));
        }
        self.rows.remove_end(id)?;
        // Outside its schedule: it would be a run that no decision knows.
        job.row.run = None;
        job.row.due = Some(due);
        (job.node, job.attempt, job.lost, job.cancelled) = (None, 0, 0, false);
        self.take_key(&job.row)?;
        self.rows.add_job(&job)?;
        Ok(Written::Done)
    }

    pub(super) fn discard(&mut self, id: StoredId) -> RowResult<Written> {
        if self.rows.end(id)?.is_none() {
            return Ok(Written::Gone);
        }
        self.rows.remove_end(id)?;
        Ok(Written::Done)
    }
}
