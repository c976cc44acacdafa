//! The results of the writes of a turn that was applied before.

use super::super::{Given, Node, Write, Written};
use super::tables::Tables;

impl Tables {
    /// Returns what the store says about a write that an earlier sending of its turn has applied or refused.
    ///
    /// The end rows and tokens tell most of it. A decision is always stale, so that the node plans from the stored
    /// row: if the decision was applied, its cursor and its runs are in the picture.
    pub(super) fn became(&self, write: &Write, node: Node) -> Written {
        let done = |is: bool| if is { Written::Done } else { Written::Gone };
        match write {
            Write::Submit(submit) => {
                let stored = self.job(submit.job.id).is_some() || self.end(submit.job.id).is_some();
                match self.keys.holder_of(&submit.job) {
                    Some(holder) if !stored => Written::Taken(holder),
                    _ => Written::Done,
                }
            }
            Write::Finish { claim, .. } => done(
                self.end(claim.job)
                    .is_some_and(|end| end.job.token == claim.token),
            ),
            Write::GiveBack(give) => done(self.job(give.claim.job).is_some_and(|job| {
                let freed = job.node.is_none() && job.token == give.claim.token;
                freed && (give.given != Given::Lost || job.lost > 0) || job.token > give.claim.token
            })),
            Write::Note { claim, text } => done(self.job(claim.job).is_some_and(|job| {
                job.node == Some(node.id)
                    && job.token == claim.token
                    && job.note.as_ref() == Some(text)
            })),
            Write::Decide(decide) => self.stale(&decide.schedule),
            Write::Put(put) => match self.present(&put.schedule) {
                Some(row)
                    if (&row.task, &row.data, row.state) == (&put.task, &put.data, put.state) =>
                {
                    Written::Done
                }
                _ => self.stale(&put.schedule),
            },
            Write::Remove { schedule, .. } => match self.present(schedule) {
                None => Written::Done,
                Some(_) => self.stale(schedule),
            },
            Write::Cancel(id) => match self.job(*id) {
                Some(job) if job.node.is_some() => Written::Marked,
                Some(_) => Written::Gone,
                None => done(self.end(*id).is_some()),
            },
            Write::Retry { job, .. } => done(self.job(*job).is_some()),
            Write::Discard(job) => done(self.end(*job).is_none()),
        }
    }
}
