//! The results of the writes of a turn that was applied before.

use super::{RowResult, Transaction};
use crate::store::{Given, Node, Write, Written};

impl Transaction<'_> {
    /// Returns what the store says about a write that an earlier sending of its turn has applied or refused.
    ///
    /// The end rows and tokens tell most of it. A decision is always stale, so that the node plans from the stored
    /// row: if the decision was applied, its cursor and its runs are in the picture.
    pub(super) fn became(&mut self, write: &Write, node: Node) -> RowResult<Written> {
        let is_done = match write {
            Write::Submit(submit) => {
                let id = submit.job.id;
                if self.rows.job(id)?.is_none()
                    && self.rows.end(id)?.is_none()
                    && let Some(holder) = self.holder_of(&submit.job)?
                {
                    return Ok(Written::Taken(holder));
                }
                true
            }
            Write::Finish { claim, .. } => {
                let end = self.rows.end(claim.job)?;
                end.is_some_and(|end| end.job.token == claim.token)
            }
            Write::GiveBack(give) => self.rows.job(give.claim.job)?.is_some_and(|job| {
                let freed = job.node.is_none() && job.token == give.claim.token;
                freed && (give.given != Given::Lost || job.lost > 0) || job.token > give.claim.token
            }),
            Write::Note { claim, text } => self.rows.job(claim.job)?.is_some_and(|job| {
                job.node == Some(node.id)
                    && job.token == claim.token
                    && job.note.as_ref() == Some(text)
            }),
            Write::Decide(decide) => return self.stale(&decide.schedule),
            Write::Put(put) => match self.present(&put.schedule)? {
                Some(row)
                    if (&row.task, &row.data, row.state) == (&put.task, &put.data, put.state) =>
                {
                    true
                }
                _ => return self.stale(&put.schedule),
            },
            Write::Remove { schedule, .. } => match self.present(schedule)? {
                None => true,
                Some(_) => return self.stale(schedule),
            },
            Write::Cancel(id) => match self.rows.job(*id)? {
                Some(job) if job.node.is_some() => return Ok(Written::Marked),
                Some(_) => false,
                None => self.rows.end(*id)?.is_some(),
            },
            Write::Retry { job, .. } => self.rows.job(*job)?.is_some(),
            Write::Discard(job) => self.rows.end(*job)?.is_none(),
        };
        Ok(if is_done {
            Written::Done
        } else {
            Written::Gone
        })
    }
}
