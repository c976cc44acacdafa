//! Pages for people, and the removal of old rows.

use super::{RowResult, Rows, Transaction};
use crate::store::{Keep, Look, LookAt, Page, Rows as PageRows, StoreError, StoreTime, StoredId};

/// Reads one page over the rows of a transaction.
///
/// # Errors
///
/// Any error of the rows; [`StoreError::Unsuitable`] for a cursor that no page has returned.
pub fn look(rows: &mut dyn Rows, look: &Look, now: StoreTime) -> RowResult<Page> {
    let mut tx = Transaction { rows, now };
    let after = look.after.as_deref();
    // One more row than shown says whether a page follows.
    let at_most = look.at_most.saturating_add(1);
    let (rows, next) = match &look.at {
        LookAt::Jobs(filter) => {
            let after = after
                .map(|text| text.parse().map_err(|_| foreign(text)))
                .transpose()?;
            let (jobs, more) = cut(tx.rows.jobs_after(filter, after, at_most)?, look);
            let next = jobs.last().map(|job| job.row.id.to_string());
            (PageRows::Jobs(jobs), next.filter(|_| more))
        }
        LookAt::Ends(filter) => {
            let after = after.map(instant_and::<StoredId>).transpose()?;
            let (ends, more) = cut(tx.rows.ends_after(filter, after, at_most)?, look);
            let next = ends
                .last()
                .map(|end| format!("{} {}", end.ended.micros(), end.job.row.id));
            (PageRows::Ends(ends), next.filter(|_| more))
        }
        LookAt::Records { schedule, from, to } => {
            let after = after.map(instant_and::<i64>).transpose()?;
            let records = tx
                .rows
                .records_after(schedule, (*from, *to), after, at_most)?;
            let (records, more) = cut(records, look);
            let next = records
                .last()
                .map(|record| format!("{} {}", record.run.nominal.micros(), record.run.cause));
            (PageRows::Records(records), next.filter(|_| more))
        }
        LookAt::Schedules => {
            let (rows, more) = cut(tx.rows.schedules_after(after, at_most)?, look);
            let next = rows.last().map(|row| row.id.clone()).filter(|_| more);
            let pictures: RowResult<Vec<_>> = rows.into_iter().map(|row| tx.picture(row)).collect();
            (PageRows::Schedules(pictures?), next)
        }
        LookAt::Schedule { id } => {
            let row = tx.present(id)?;
            let pictures: RowResult<Vec<_>> = row.into_iter().map(|row| tx.picture(row)).collect();
            (PageRows::Schedules(pictures?), None)
        }
        LookAt::Nodes => {
            let after: Option<u64> = after
                .map(|text| text.parse().map_err(|_| foreign(text)))
                .transpose()?;
            let nodes = tx.rows.nodes()?.into_iter().map(|live| live.row);
            let nodes = nodes.filter(|row| after.is_none_or(|after| row.id > after));
            let (mut nodes, more) = cut(nodes.take(at_most).collect(), look);
            for node in &mut nodes {
                node.holds = tx.rows.jobs_of_node(node.id)?.len() as u64;
            }
            let next = nodes
                .last()
                .map(|node| node.id.to_string())
                .filter(|_| more);
            (PageRows::Nodes(nodes), next)
        }
    };
    Ok(Page::new(now, rows, next))
}

/// Removes old rows, at most `at_most`. Returns how many.
///
/// # Errors
///
/// Any error of the rows.
pub fn prune(rows: &mut dyn Rows, keep: &Keep, at_most: usize, now: StoreTime) -> RowResult<usize> {
    rows.prune_keys(now)?;
    let ends = rows.prune_ends(now.minus(keep.ends), now.minus(keep.dead), at_most)?;
    let records = rows.prune_records(now.minus(keep.records), at_most - ends)?;
    let removed = rows.prune_removed(at_most - ends - records)?;
    Ok(ends + records + removed)
}

/// Returns the rows of the page, and whether another one follows.
fn cut<T>(mut rows: Vec<T>, look: &Look) -> (Vec<T>, bool) {
    let more = rows.len() > look.at_most;
    rows.truncate(look.at_most);
    (rows, more)
}

/// Reads a cursor that is an instant and something else.
fn instant_and<T: std::str::FromStr>(text: &str) -> RowResult<(StoreTime, T)> {
    let parts = text.split_once(' ').and_then(|(micros, rest)| {
        Some((
            StoreTime::from_micros(micros.parse().ok()?),
            rest.parse().ok()?,
        ))
    });
    parts.ok_or_else(|| foreign(text))
}

fn foreign(cursor: &str) -> StoreError {
    let cursor: String = cursor.chars().take(80).collect();
    StoreError::Unsuitable(format!(
        "cursor {cursor:?} is not that of a page: pass the `next` of the page before"
    ))
}
