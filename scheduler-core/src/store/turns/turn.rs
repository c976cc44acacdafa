//! A turn: the row of the node, the writes, the claims, the sweep, the questions.

use std::collections::VecDeque;

use super::{Claimable, RowResult, Rows, Suspects, Transaction};
use crate::store::{
    Applied, News, NewsOf, Node, Picture, ScheduleRow, StoreTime, StoredJob, Sweep, Swept, Turn,
    Turned, Want, Write, Written,
};

/// Runs one turn of a node over the rows of a transaction.
///
/// # Errors
///
/// Any error of the rows. The transaction must then be undone.
pub fn turn(rows: &mut dyn Rows, turn: &Turn, now: StoreTime) -> RowResult<Turned> {
    let mut tx = Transaction { rows, now };
    let applied = tx.begin(turn)?;
    let mut turned = Turned::new(now, applied);
    match applied {
        Applied::Now => tx.apply(turn, &mut turned)?,
        Applied::Before => {
            for write in &turn.writes {
                turned.written.push(tx.became(write, turn.node)?);
            }
        }
        Applied::Dead | Applied::WentBack { .. } => return Ok(turned),
    }
    tx.answer(turn, &mut turned)?;
    Ok(turned)
}

impl Transaction<'_> {
    fn apply(&mut self, turn: &Turn, turned: &mut Turned) -> RowResult<()> {
        for write in &turn.writes {
            let written = self.write(write, turn.node)?;
            if written == Written::Done {
                turned.claimed.extend(self.started(write, turn.node)?);
            }
            turned.written.push(written);
        }
        if let Some(want) = &turn.want {
            turned.claimed.extend(self.claim_wanted(want, turn.node)?);
        }
        if let Some(sweep) = &turn.sweep {
            turned.swept = Some(self.sweep(sweep)?);
        }
        if turn.leave {
            self.rows.remove_node(turn.node.id)?;
        }
        Ok(())
    }

    fn write(&mut self, write: &Write, node: Node) -> RowResult<Written> {
        match write {
            Write::Submit(submit) => self.submit(submit, node),
            Write::Finish { claim, end } => self.finish(*claim, end, node),
            Write::GiveBack(give) => self.give_back(give, node),
            Write::Note { claim, text } => self.note(*claim, text, node),
            Write::Decide(decide) => self.decide(decide, node),
            Write::Put(put) => self.put(put),
            Write::Remove { schedule, rev } => self.remove(schedule, *rev),
            Write::Cancel(job) => self.cancel(*job),
            Write::Retry { job, due } => self.retry(*job, *due),
            Write::Discard(job) => self.discard(*job),
        }
    }

    /// Returns the jobs that a stored write started in the hands of the node.
    fn started(&mut self, write: &Write, node: Node) -> RowResult<Vec<StoredJob>> {
        let ids: Vec<_> = match write {
            Write::Submit(submit) if submit.claim => vec![submit.job.id],
            Write::Decide(decide) => {
                let claimed = decide.start.iter().filter(|start| start.claim);
                claimed.map(|start| start.job.id).collect()
            }
            _ => Vec::new(),
        };
        let mut started = Vec::new();
        for id in ids {
            started.extend(self.rows.job(id)?.filter(|job| job.node == Some(node.id)));
        }
        Ok(started)
    }

    fn claim_wanted(&mut self, want: &Want, node: Node) -> RowResult<Vec<StoredJob>> {
        let mut claimed = Vec::new();
        for job in self.pick(want)? {
            claimed.push(self.claim(job, node)?);
        }
        Ok(claimed)
    }

    /// Returns the jobs to claim. A suspect that is passed over takes the place of no other job.
    fn pick(&mut self, want: &Want) -> RowResult<Vec<StoredJob>> {
        let mut lines = Vec::new();
        for (queue, most) in &want.queues {
            lines.push((*most, self.line(queue, (*most).min(want.at_most), want)?));
        }
        let (mut picked, mut suspects) = (Vec::new(), want.suspects);
        while picked.len() < want.at_most {
            let open = lines.iter_mut().filter(|(left, _)| *left > 0);
            let next = open
                .filter(|(_, line)| !line.is_empty())
                .min_by_key(|(_, line)| line.front().map(place));
            let Some((left, line)) = next else { break };
            let Some(job) = line.pop_front() else { break };
            if job.is_suspect() {
                if suspects == 0 {
                    continue;
                }
                suspects -= 1;
            }
            *left -= 1;
            picked.push(job);
        }
        Ok(picked)
    }

    /// Returns as many due jobs of a queue as may be claimed, in the order of claims.
    fn line(&mut self, queue: &str, most: usize, want: &Want) -> RowResult<VecDeque<StoredJob>> {
        let mut which = claimable(queue, want);
        which.suspects = Suspects::Without;
        let mut line = self.rows.due_jobs(&which, self.now, most)?;
        which.suspects = Suspects::Only;
        let suspects = want.suspects.min(most);
        if suspects > 0 {
            line.extend(self.rows.due_jobs(&which, self.now, suspects)?);
            line.sort_by_key(place);
        }
        Ok(line.into())
    }

    fn sweep(&mut self, sweep: &Sweep) -> RowResult<Swept> {
        let mut swept = Swept::default();
        if sweep.bury {
            self.shorten_leases(sweep.margin)?;
            swept.buried = self.bury(sweep.margin)?;
        }
        for mut job in self.rows.orphans(sweep.at_most)? {
            swept.freed.push(job.row.id);
            job.node = None;
            job.lost += 1;
            // Jobs that were lost together do not come back together.
            let delay = sweep.delay + job.row.id.spread(sweep.delay);
            job.row.due = Some(self.now.plus(delay));
            self.rows.set_job(&job)?;
        }
        Ok(swept)
    }

    fn answer(&mut self, turn: &Turn, turned: &mut Turned) -> RowResult<()> {
        if let Some(want) = &turn.want {
            for (queue, _) in &want.queues {
                let first = self.rows.first_due(&claimable(queue, want))?;
                turned.next_due = [turned.next_due, first].into_iter().flatten().min();
            }
        }
        for id in &turn.ask {
            if let Some(row) = self.present(id)? {
                turned.asked.push(self.picture(row)?);
            }
        }
        if let Some(news) = &turn.news {
            turned.news = Some(self.news(news, turn.node)?);
        }
        if turn.recall {
            turned.held = self.rows.jobs_of_node(turn.node.id)?;
        }
        Ok(())
    }

    fn news(&mut self, news: &News, node: Node) -> RowResult<NewsOf> {
        let edited = self.rows.edited(news.seen, news.at_most)?;
        let late = self.now.minus(news.handover);
        let overdue = self.rows.overdue(&news.tasks, late, news.at_most)?;
        let kept = self.rows.with_kept(&news.tasks, news.at_most)?;
        let mine = self.rows.jobs_of_node(node.id)?;
        let cancelled = mine.into_iter().filter(|job| job.cancelled);
        Ok(NewsOf {
            seen: edited.last().map_or(news.seen, |row| row.edit),
            edited: self.pictures(edited)?,
            overdue: self.pictures(overdue)?,
            kept: self.pictures(kept)?,
            cancelled: cancelled.map(|job| job.row.id).collect(),
        })
    }

    fn pictures(&mut self, rows: Vec<ScheduleRow>) -> RowResult<Vec<Picture>> {
        rows.into_iter().map(|row| self.picture(row)).collect()
    }
}

fn claimable<'a>(queue: &'a str, want: &'a Want) -> Claimable<'a> {
    let mut which = Claimable::all_of(queue);
    which.without = &want.without;
    if want.suspects == 0 {
        which.suspects = Suspects::Without;
    }
    which
}

/// Returns the place of a job in the order of claims.
fn place(
    job: &StoredJob,
) -> (
    crate::store::Class,
    Option<StoreTime>,
    crate::store::StoredId,
) {
    (job.row.class, job.row.due, job.row.id)
}
