//! [`Tables`]: the rows of the store, and the index of waiting jobs that must agree with them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    Class, End, EndRow, JobFilter, RecordRow, RunOf, ScheduleRow, ScheduleState, StoreTime,
    StoredId, StoredJob,
    turns::{Claimable, LiveNode, RowResult, Rows, Suspects, TakenKey},
};

/// A waiting job in the order of claims.
type Waiting = (String, Class, StoreTime, StoredId);

/// All rows.
#[derive(Debug, Default, Clone)]
pub(super) struct Tables {
    nodes: BTreeMap<u64, LiveNode>,
    // Never given twice, so "no row" stays the mark of a dead node.
    last_node: u64,
    keys: BTreeMap<String, TakenKey>,
    jobs: BTreeMap<StoredId, StoredJob>,
    waiting: BTreeSet<Waiting>,
    ends: BTreeMap<StoredId, EndRow>,
    schedules: BTreeMap<String, ScheduleRow>,
    records: BTreeMap<RunOf, RecordRow>,
    edits: u64,
    stored: u64,
}

impl Tables {
    /// Returns how often work that may be claimed was stored.
    pub(super) const fn stored(&self) -> u64 {
        self.stored
    }

    fn claimable<'a>(&'a self, which: &'a Claimable<'_>) -> impl Iterator<Item = &'a StoredJob> {
        let first = (
            which.queue.to_owned(),
            Class::High,
            StoreTime::from_micros(i64::MIN),
            StoredId::from_bytes([0; 16]),
        );
        let queue = self
            .waiting
            .range(first..)
            .take_while(|place| place.0 == which.queue);
        queue
            .filter_map(|place| self.jobs.get(&place.3))
            .filter(|job| {
                let may = match which.suspects {
                    Suspects::With => true,
                    Suspects::Without => !job.is_suspect(),
                    Suspects::Only => job.is_suspect(),
                };
                may && !which.without.contains(&job.row.task)
            })
    }
}

/// Returns the place of a job among those that can be claimed; `None` for a claimed job and a kept run.
fn place(job: &StoredJob) -> Option<Waiting> {
    let due = job.row.due.filter(|_| job.node.is_none())?;
    Some((job.row.queue.clone(), job.row.class, due, job.row.id))
}

impl Rows for Tables {
    fn add_node(&mut self, node: &LiveNode) -> RowResult<u64> {
        self.last_node += 1;
        let mut node = node.clone();
        node.row.id = self.last_node;
        self.nodes.insert(self.last_node, node);
        Ok(self.last_node)
    }

    fn node(&mut self, id: u64) -> RowResult<Option<LiveNode>> {
        Ok(self.nodes.get(&id).cloned())
    }

    fn set_node(&mut self, node: &LiveNode) -> RowResult<()> {
        self.nodes.insert(node.row.id, node.clone());
        Ok(())
    }

    fn remove_node(&mut self, id: u64) -> RowResult<()> {
        self.nodes.remove(&id);
        Ok(())
    }

    fn nodes(&mut self) -> RowResult<Vec<LiveNode>> {
        Ok(self.nodes.values().cloned().collect())
    }

    fn job(&mut self, id: StoredId) -> RowResult<Option<StoredJob>> {
        Ok(self.jobs.get(&id).cloned())
    }

    fn add_job(&mut self, job: &StoredJob) -> RowResult<()> {
        self.set_job(job)
    }

    fn set_job(&mut self, job: &StoredJob) -> RowResult<()> {
        self.remove_job(job.row.id)?;
        if let Some(place) = place(job) {
            self.waiting.insert(place);
            self.stored += 1;
        }
        self.jobs.insert(job.row.id, job.clone());
        Ok(())
    }

    fn remove_job(&mut self, id: StoredId) -> RowResult<()> {
        if let Some(place) = self.jobs.remove(&id).as_ref().and_then(place) {
            self.waiting.remove(&place);
        }
        Ok(())
    }

    fn due_jobs(
        &mut self,
        which: &Claimable<'_>,
        now: StoreTime,
        at_most: usize,
    ) -> RowResult<Vec<StoredJob>> {
        let due = self
            .claimable(which)
            .filter(|job| job.row.due.is_some_and(|due| due <= now));
        Ok(due.take(at_most).cloned().collect())
    }

    fn first_due(&mut self, which: &Claimable<'_>) -> RowResult<Option<StoreTime>> {
        Ok(self.claimable(which).filter_map(|job| job.row.due).min())
    }

    fn jobs_of_node(&mut self, node: u64) -> RowResult<Vec<StoredJob>> {
        let mine = self.jobs.values().filter(|job| job.node == Some(node));
        Ok(mine.cloned().collect())
    }

    fn orphans(&mut self, at_most: usize) -> RowResult<Vec<StoredJob>> {
        let orphans = self
            .jobs
            .values()
            .filter(|job| job.node.is_some_and(|node| !self.nodes.contains_key(&node)));
        Ok(orphans.take(at_most).cloned().collect())
    }

    fn runs_of(&mut self, schedule: &str) -> RowResult<Vec<StoredJob>> {
        let is_run = |job: &&StoredJob| {
            job.row
                .run
                .as_ref()
                .is_some_and(|run| run.schedule == schedule)
        };
        let mut runs: Vec<_> = self.jobs.values().filter(is_run).cloned().collect();
        runs.sort_by_key(|job| (job.row.run.as_ref().map(|run| run.nominal), job.row.id));
        Ok(runs)
    }

    fn end(&mut self, id: StoredId) -> RowResult<Option<EndRow>> {
        Ok(self.ends.get(&id).cloned())
    }

    fn add_end(&mut self, end: &EndRow) -> RowResult<()> {
        self.ends.insert(end.job.row.id, end.clone());
        Ok(())
    }

    fn remove_end(&mut self, id: StoredId) -> RowResult<()> {
        self.ends.remove(&id);
        Ok(())
    }

    fn key(&mut self, text: &str) -> RowResult<Option<TakenKey>> {
        Ok(self.keys.get(text).cloned())
    }

    fn set_key(&mut self, text: &str, taken: &TakenKey) -> RowResult<()> {
        self.keys.insert(text.to_owned(), taken.clone());
        Ok(())
    }

    fn remove_key(&mut self, text: &str) -> RowResult<()> {
        self.keys.remove(text);
        Ok(())
    }

    fn schedule(&mut self, id: &str) -> RowResult<Option<ScheduleRow>> {
        Ok(self.schedules.get(id).cloned())
    }

    fn set_schedule(&mut self, row: &ScheduleRow) -> RowResult<()> {
        self.schedules.insert(row.id.clone(), row.clone());
        Ok(())
    }

    fn next_edit(&mut self) -> RowResult<u64> {
        self.edits += 1;
        Ok(self.edits)
    }

    fn edited(&mut self, after: u64, at_most: usize) -> RowResult<Vec<ScheduleRow>> {
        let mut edited: Vec<_> = self
            .schedules
            .values()
            .filter(|row| row.edit > after)
            .collect();
        edited.sort_by_key(|row| row.edit);
        Ok(edited.into_iter().take(at_most).cloned().collect())
    }

    fn overdue(
        &mut self,
        tasks: &[String],
        until: StoreTime,
        at_most: usize,
    ) -> RowResult<Vec<ScheduleRow>> {
        let is_overdue = |row: &&ScheduleRow| {
            row.state == ScheduleState::Active
                && tasks.contains(&row.task)
                && row.next.is_some_and(|next| next <= until)
        };
        let mut overdue: Vec<_> = self.schedules.values().filter(is_overdue).collect();
        overdue.sort_by_key(|row| (row.next, &row.id));
        Ok(overdue.into_iter().take(at_most).cloned().collect())
    }

    fn with_kept(&mut self, tasks: &[String], at_most: usize) -> RowResult<Vec<ScheduleRow>> {
        let kept = self.jobs.values().filter(|job| job.row.due.is_none());
        let ids: BTreeSet<_> = kept
            .filter_map(|job| Some(&*job.row.run.as_ref()?.schedule))
            .collect();
        let rows = ids.into_iter().filter_map(|id| self.schedules.get(id));
        Ok(rows
            .filter(|row| tasks.contains(&row.task))
            .take(at_most)
            .cloned()
            .collect())
    }

    fn has_record(&mut self, run: &RunOf) -> RowResult<bool> {
        Ok(self.records.contains_key(run))
    }

    fn add_record(&mut self, record: &RecordRow) -> RowResult<()> {
        self.records.insert(record.run.clone(), record.clone());
        Ok(())
    }

    fn jobs_after(
        &mut self,
        filter: &JobFilter,
        after: Option<StoredId>,
        at_most: usize,
    ) -> RowResult<Vec<StoredJob>> {
        let rest = self
            .jobs
            .values()
            .filter(|job| after.is_none_or(|after| job.row.id > after));
        Ok(rest
            .filter(|job| filter.shows(job))
            .take(at_most)
            .cloned()
            .collect())
    }

    fn ends_after(
        &mut self,
        filter: &JobFilter,
        after: Option<(StoreTime, StoredId)>,
        at_most: usize,
    ) -> RowResult<Vec<EndRow>> {
        let place = |end: &EndRow| (std::cmp::Reverse(end.ended), end.job.row.id);
        let after = after.map(|(ended, id)| (std::cmp::Reverse(ended), id));
        let mut ends: Vec<_> = self
            .ends
            .values()
            .filter(|end| filter.shows_end(end))
            .collect();
        ends.sort_by_key(|end| place(end));
        let rest = ends
            .into_iter()
            .filter(|end| after.is_none_or(|after| place(end) > after));
        Ok(rest.take(at_most).cloned().collect())
    }

    fn records_after(
        &mut self,
        schedule: &str,
        range: (StoreTime, StoreTime),
        after: Option<(StoreTime, i64)>,
        at_most: usize,
    ) -> RowResult<Vec<RecordRow>> {
        let is_shown = |record: &&RecordRow| {
            let run = &record.run;
            run.schedule == schedule
                && (range.0..range.1).contains(&run.nominal)
                && after.is_none_or(|after| (run.nominal, run.cause) > after)
        };
        Ok(self
            .records
            .values()
            .filter(is_shown)
            .take(at_most)
            .cloned()
            .collect())
    }

    fn schedules_after(
        &mut self,
        after: Option<&str>,
        at_most: usize,
    ) -> RowResult<Vec<ScheduleRow>> {
        let is_shown = |row: &&ScheduleRow| {
            row.state != ScheduleState::Removed && after.is_none_or(|after| *row.id > *after)
        };
        Ok(self
            .schedules
            .values()
            .filter(is_shown)
            .take(at_most)
            .cloned()
            .collect())
    }

    fn prune_ends(&mut self, ends: StoreTime, dead: StoreTime, at_most: usize) -> RowResult<usize> {
        let is_old = |end: &&EndRow| {
            end.ended
                < if end.end.outcome == End::DEAD {
                    dead
                } else {
                    ends
                }
        };
        let old: Vec<_> = self
            .ends
            .values()
            .filter(is_old)
            .map(|end| end.job.row.id)
            .take(at_most)
            .collect();
        for id in &old {
            self.ends.remove(id);
        }
        Ok(old.len())
    }

    fn prune_records(&mut self, records: StoreTime, at_most: usize) -> RowResult<usize> {
        let old = self.records.values().filter(|record| record.at < records);
        let old: Vec<_> = old.map(|record| record.run.clone()).take(at_most).collect();
        for run in &old {
            self.records.remove(run);
        }
        Ok(old.len())
    }

    fn prune_removed(&mut self, at_most: usize) -> RowResult<usize> {
        let recorded: BTreeSet<&str> = self.records.keys().map(|run| &*run.schedule).collect();
        let is_over = |row: &&ScheduleRow| {
            row.state == ScheduleState::Removed && !recorded.contains(&*row.id)
        };
        let over: Vec<_> = self
            .schedules
            .values()
            .filter(is_over)
            .map(|row| row.id.clone())
            .take(at_most)
            .collect();
        for id in &over {
            self.schedules.remove(id);
        }
        Ok(over.len())
    }

    fn prune_keys(&mut self, now: StoreTime) -> RowResult<()> {
        self.keys
            .retain(|_, taken| !(taken.ended && taken.until.is_none_or(|until| until <= now)));
        Ok(())
    }
}
