//! Pages for people, and the removal of old rows.

use super::super::{
    End, EndRow, Keep, Look, LookAt, Page, Rows, ScheduleState, StoreError, StoreTime,
};
use super::tables::Tables;

impl Tables {
    pub(super) fn look(&self, look: &Look, now: StoreTime) -> Result<Page, StoreError> {
        let (rows, next) = match &look.at {
            LookAt::Jobs(filter) => {
                let rows = self
                    .jobs()
                    .filter(|job| filter.shows(job))
                    .map(|job| (job.row.id.to_string(), job.clone()));
                let (rows, next) = page(look, rows);
                (Rows::Jobs(rows), next)
            }
            LookAt::Ends(filter) => {
                let mut rows: Vec<_> = self.ends().filter(|end| filter.shows_end(end)).collect();
                rows.sort_by_key(|end| last_first(end));
                let rows = rows.into_iter().map(|end| (last_first(end), end.clone()));
                let (rows, next) = page(look, rows);
                (Rows::Ends(rows), next)
            }
            LookAt::Records { schedule, from, to } => {
                let shown = self.records.values().filter(|record| {
                    record.run.schedule == *schedule && (*from..*to).contains(&record.run.nominal)
                });
                let rows = shown.map(|record| {
                    (
                        in_order(record.run.nominal, record.run.cause),
                        record.clone(),
                    )
                });
                let (rows, next) = page(look, rows);
                (Rows::Records(rows), next)
            }
            LookAt::Schedules => {
                let ids = self
                    .schedules
                    .keys()
                    .filter(|id| self.present(id).is_some());
                let rows = ids.filter_map(|id| Some((id.clone(), self.picture(id)?)));
                let (rows, next) = page(look, rows);
                (Rows::Schedules(rows), next)
            }
            LookAt::Nodes => {
                let rows = self.nodes.rows().map(|row| {
                    let mut row = row.clone();
                    row.holds = self.jobs().filter(|job| job.node == Some(row.id)).count() as u64;
                    (format!("{:020}", row.id), row)
                });
                let (rows, next) = page(look, rows);
                (Rows::Nodes(rows), next)
            }
        };
        Ok(Page::new(now, rows, next))
    }

    pub(super) fn prune(&mut self, keep: &Keep, at_most: usize, now: StoreTime) -> usize {
        self.keys.prune(now);
        let old = |end: &&EndRow| {
            let stay = if end.end.outcome == End::DEAD {
                keep.dead
            } else {
                keep.ends
            };
            end.ended < now.minus(stay)
        };
        let ends: Vec<_> = self
            .ends()
            .filter(old)
            .map(|end| end.job.row.id)
            .take(at_most)
            .collect();
        for &id in &ends {
            self.take_end(id);
        }
        let left = at_most - ends.len();
        let old = self
            .records
            .values()
            .filter(|record| record.at < now.minus(keep.records));
        let records: Vec<_> = old.map(|record| record.run.clone()).take(left).collect();
        for run in &records {
            self.records.remove(run);
        }
        let left = left - records.len();
        let removed = self.removed_without_record().take(left).collect::<Vec<_>>();
        for id in &removed {
            self.schedules.remove(id);
        }
        ends.len() + records.len() + removed.len()
    }

    /// Returns the removed schedules that no longer have a record.
    fn removed_without_record(&self) -> impl Iterator<Item = String> {
        let removed = self
            .schedules
            .values()
            .filter(|row| row.state == ScheduleState::Removed);
        let has_record = |id: &str| self.records.keys().any(|run| run.schedule == id);
        removed
            .filter(move |row| !has_record(&row.id))
            .map(|row| row.id.clone())
    }
}

/// Returns the rows of a page, and the cursor of the next one: the key of the last row.
fn page<T>(look: &Look, rows: impl Iterator<Item = (String, T)>) -> (Vec<T>, Option<String>) {
    let mut rest = rows
        .filter(|(key, _)| look.after.as_ref().is_none_or(|after| key > after))
        .peekable();
    let (mut shown, mut last) = (Vec::new(), None);
    while shown.len() < look.at_most
        && let Some((key, row)) = rest.next()
    {
        shown.push(row);
        last = Some(key);
    }
    let next = last.filter(|_| rest.peek().is_some());
    (shown, next)
}

/// Returns a text that sorts ends from the last one to the first.
fn last_first(end: &EndRow) -> String {
    in_order(StoreTime::from_micros(!end.ended.micros()), 0) + &end.job.row.id.to_string()
}

/// Returns a text that sorts as the two numbers do.
fn in_order(time: StoreTime, number: i64) -> String {
    let sorted = |number: i64| number.cast_unsigned() ^ (1 << 63);
    format!("{:016x}{:016x}", sorted(time.micros()), sorted(number))
}
