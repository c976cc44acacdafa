//! Writes about schedules: decision, put, removal; and the picture of a schedule.

use super::super::{
    Decide, End, NewRun, Node, OpenRun, Picture, Put, RecordRow, Refusal, ScheduleRow,
    ScheduleState, StoreTime, StoredJob, Submit, Written,
};
use super::tables::Tables;

impl Tables {
    /// Returns a schedule with its runs.
    pub(super) fn picture(&self, id: &str) -> Option<Picture> {
        let row = self.schedules.get(id)?.clone();
        let (mut open, mut kept) = (Vec::new(), Vec::new());
        for job in self.jobs() {
            let Some(run) = job.row.run.as_ref().filter(|run| run.schedule == id) else {
                continue;
            };
            let list = if job.row.due.is_some() {
                &mut open
            } else {
                &mut kept
            };
            list.push(OpenRun::new(job.row.id, run.clone(), job.node.is_some()));
        }
        for list in [&mut open, &mut kept] {
            list.sort_by_key(|run| (run.run.nominal, run.job));
        }
        Some(Picture::new(row, open, kept))
    }

    /// Returns a schedule that was not removed.
    pub(super) fn present(&self, id: &str) -> Option<&ScheduleRow> {
        self.schedules
            .get(id)
            .filter(|row| row.state != ScheduleState::Removed)
    }

    pub(super) fn stale(&self, id: &str) -> Written {
        Written::Stale(
            self.present(id)
                .and_then(|_| self.picture(id))
                .map(Box::new),
        )
    }

    pub(super) fn decide(&mut self, decide: &Decide, node: Node, now: StoreTime) -> Written {
        let from = (decide.ver, decide.rev, decide.was);
        let Some(row) = self.present(&decide.schedule) else {
            return Written::Stale(None);
        };
        if (row.ver, row.rev, row.next) != from {
            return self.stale(&decide.schedule);
        }
        if let Some(record) = decide
            .records
            .iter()
            .find(|record| self.records.contains_key(&record.run))
        {
            return Written::Refused(Refusal::Recorded {
                schedule: decide.schedule.clone(),
                nominal: record.run.nominal,
            });
        }
        if decide.start.iter().any(|start| start.job.key.is_some()) {
            let what = "a run of a schedule cannot have a key: the overlap policy says what may run together";
            return Written::Refused(Refusal::State {
                what: what.to_owned(),
            });
        }
        self.move_cursor(decide);
        for record in &decide.records {
            let mut record = record.clone();
            (record.node, record.at) = (node.id, now);
            self.records.insert(record.run.clone(), record);
        }
        self.move_runs(decide, node, now);
        Written::Done
    }

    fn move_cursor(&mut self, decide: &Decide) {
        let Some(row) = self.schedules.get_mut(&decide.schedule) else {
            return;
        };
        row.ver += 1;
        row.next = decide.next;
        row.state = decide.state;
        // A backfill is about other instants than the cursor.
        let due = decide.records.iter().filter(|record| record.run.cause == 0);
        row.last = due.map(RecordRow::end).chain(row.last).max();
    }

    fn move_runs(&mut self, decide: &Decide, node: Node, now: StoreTime) {
        for &id in &decide.cancel {
            self.cancel(id, now);
        }
        for &id in &decide.drop {
            if self.is_kept(id) {
                self.finish_job(id, End::new(End::DROPPED), now);
            }
        }
        for &id in &decide.release {
            if let Some(mut job) = self.job(id).filter(|_| self.is_kept(id)).cloned() {
                job.row.due = Some(now);
                self.set_job(job);
            }
        }
        for NewRun { job, claim } in &decide.start {
            let mut submit = Submit::new(job.clone());
            submit.claim = *claim;
            self.submit(&submit, node, now);
        }
    }

    fn is_kept(&self, id: super::super::StoredId) -> bool {
        self.job(id)
            .is_some_and(|job| job.row.due.is_none() && job.node.is_none())
    }

    pub(super) fn put(&mut self, put: &Put) -> Written {
        let present = self.present(&put.schedule);
        let rev = present.map_or(0, |row| row.rev);
        if put.rev.is_some_and(|expected| expected != rev) {
            return self.stale(&put.schedule);
        }
        if present.is_some_and(|row| {
            (&row.task, &row.data, row.state) == (&put.task, &put.data, put.state)
        }) {
            return Written::Same;
        }
        let old = self.schedules.get(&put.schedule);
        if let (Some(last), Some(next)) = (old.and_then(|row| row.last), put.next)
            && next <= last
        {
            let schedule = put.schedule.clone();
            return Written::Refused(Refusal::Behind {
                schedule,
                last,
                next,
            });
        }
        let mut row = ScheduleRow::new(&put.schedule, &put.task, &put.data);
        (row.state, row.next) = (put.state, put.next);
        // The numbers of an earlier schedule continue, so a decision about it is void.
        (row.rev, row.ver, row.last) =
            old.map_or((1, 0, None), |old| (old.rev + 1, old.ver, old.last));
        self.edits += 1;
        row.edit = self.edits;
        self.schedules.insert(put.schedule.clone(), row);
        Written::Done
    }

    pub(super) fn remove(&mut self, id: &str, rev: Option<u64>, now: StoreTime) -> Written {
        let Some(row) = self.present(id) else {
            return Written::Gone;
        };
        if rev.is_some_and(|expected| expected != row.rev) {
            return self.stale(id);
        }
        let kept = self
            .picture(id)
            .map(|picture| picture.kept)
            .unwrap_or_default();
        for run in kept {
            self.finish_job(run.job, End::new(End::DROPPED), now);
        }
        self.edits += 1;
        if let Some(row) = self.schedules.get_mut(id) {
            (row.state, row.next, row.edit) = (ScheduleState::Removed, None, self.edits);
            row.rev += 1;
        }
        Written::Done
    }

    /// Returns the schedules that have kept runs.
    pub(super) fn with_kept(&self) -> impl Iterator<Item = &str> {
        let kept = self.jobs().filter(|job: &&StoredJob| job.row.due.is_none());
        let ids: std::collections::BTreeSet<&str> = kept
            .filter_map(|job| Some(job.row.run.as_ref()?.schedule.as_str()))
            .collect();
        ids.into_iter()
    }
}
