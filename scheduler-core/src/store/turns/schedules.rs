//! Writes about schedules: decision, put, removal; and the picture of a schedule.

use super::{RowResult, Transaction};
use crate::store::{
    Decide, End, NewRun, Node, OpenRun, Picture, Put, RecordRow, Refusal, ScheduleRow,
    ScheduleState, StoredId, Submit, Written,
};

impl Transaction<'_> {
    /// Returns a schedule with its runs.
    pub(super) fn picture(&mut self, row: ScheduleRow) -> RowResult<Picture> {
        let (mut open, mut kept) = (Vec::new(), Vec::new());
        for job in self.rows.runs_of(&row.id)? {
            let list = if job.row.due.is_some() {
                &mut open
            } else {
                &mut kept
            };
            if let Some(run) = job.row.run {
                list.push(OpenRun::new(job.row.id, run, job.node.is_some()));
            }
        }
        Ok(Picture::new(row, open, kept))
    }

    /// Returns a schedule that was not removed.
    pub(super) fn present(&mut self, id: &str) -> RowResult<Option<ScheduleRow>> {
        let row = self.rows.schedule(id)?;
        Ok(row.filter(|row| row.state != ScheduleState::Removed))
    }

    pub(super) fn stale(&mut self, id: &str) -> RowResult<Written> {
        let picture = match self.present(id)? {
            Some(row) => Some(Box::new(self.picture(row)?)),
            None => None,
        };
        Ok(Written::Stale(picture))
    }

    pub(super) fn decide(&mut self, decide: &Decide, node: Node) -> RowResult<Written> {
        let from = (decide.ver, decide.rev, decide.was);
        let Some(row) = self.present(&decide.schedule)? else {
            return Ok(Written::Stale(None));
        };
        if (row.ver, row.rev, row.next) != from {
            return self.stale(&decide.schedule);
        }
        for record in &decide.records {
            if self.rows.has_record(&record.run)? {
                return Ok(Written::Refused(Refusal::Recorded {
                    schedule: decide.schedule.clone(),
                    nominal: record.run.nominal,
                }));
            }
        }
        if decide.start.iter().any(|start| start.job.key.is_some()) {
            let what = "a run of a schedule cannot have a key: the overlap policy says what may run together";
            return Ok(Written::Refused(Refusal::State {
                what: what.to_owned(),
            }));
        }
        self.move_cursor(row, decide)?;
        for record in &decide.records {
            let mut record = record.clone();
            (record.node, record.at) = (node.id, self.now);
            self.rows.add_record(&record)?;
        }
        self.move_runs(decide, node)?;
        Ok(Written::Done)
    }

    fn move_cursor(&mut self, mut row: ScheduleRow, decide: &Decide) -> RowResult<()> {
        row.ver += 1;
        row.next = decide.next;
        row.state = decide.state;
        // A backfill is about other instants than the cursor.
        let due = decide.records.iter().filter(|record| record.run.cause == 0);
        row.last = due.map(RecordRow::end).chain(row.last).max();
        self.rows.set_schedule(&row)
    }

    fn move_runs(&mut self, decide: &Decide, node: Node) -> RowResult<()> {
        for &id in &decide.cancel {
            self.cancel(id)?;
        }
        for &id in &decide.drop {
            self.drop_kept(id)?;
        }
        for &id in &decide.release {
            let kept = self.rows.job(id)?.filter(|job| job.row.due.is_none());
            if let Some(mut job) = kept {
                job.row.due = Some(self.now);
                self.rows.set_job(&job)?;
            }
        }
        for NewRun { job, claim } in &decide.start {
            let mut submit = Submit::new(job.clone());
            submit.claim = *claim;
            self.submit(&submit, node)?;
        }
        Ok(())
    }

    /// Ends a kept run without a run. Has no effect on another job.
    fn drop_kept(&mut self, id: StoredId) -> RowResult<()> {
        match self.rows.job(id)?.filter(|job| job.row.due.is_none()) {
            Some(job) => self.finish_job(job, End::new(End::DROPPED)),
            None => Ok(()),
        }
    }

    pub(super) fn put(&mut self, put: &Put) -> RowResult<Written> {
        let old = self.rows.schedule(&put.schedule)?;
        let present = old
            .as_ref()
            .filter(|row| row.state != ScheduleState::Removed);
        let rev = present.map_or(0, |row| row.rev);
        if put.rev.is_some_and(|expected| expected != rev) {
            return self.stale(&put.schedule);
        }
        if present.is_some_and(|row| {
            (&row.task, &row.data, row.state) == (&put.task, &put.data, put.state)
        }) {
            return Ok(Written::Same);
        }
        if let (Some(last), Some(next)) = (old.as_ref().and_then(|row| row.last), put.next)
            && next <= last
        {
            return Ok(Written::Refused(Refusal::Behind {
                schedule: put.schedule.clone(),
                last,
                next,
            }));
        }
        let mut row = ScheduleRow::new(&put.schedule, &put.task, &put.data);
        (row.state, row.next) = (put.state, put.next);
        // The numbers of an earlier schedule continue, so a decision about it is void.
        (row.rev, row.ver, row.last) =
            old.map_or((1, 0, None), |old| (old.rev + 1, old.ver, old.last));
        row.edit = self.rows.next_edit()?;
        self.rows.set_schedule(&row)?;
        Ok(Written::Done)
    }

    pub(super) fn remove(&mut self, id: &str, rev: Option<u64>) -> RowResult<Written> {
        let Some(mut row) = self.present(id)? else {
            return Ok(Written::Gone);
        };
        if rev.is_some_and(|expected| expected != row.rev) {
            return self.stale(id);
        }
        for run in self.rows.runs_of(id)? {
            self.drop_kept(run.row.id)?;
        }
        let edit = self.rows.next_edit()?;
        (row.state, row.next, row.edit) = (ScheduleState::Removed, None, edit);
        row.rev += 1;
        self.rows.set_schedule(&row)?;
        Ok(Written::Done)
    }
}
