//! Instants at which many entries are due.

use chrono::{TimeDelta, Utc};

use super::finding::Finding;
use crate::{
    crontab::Entry,
    next::{Timeline, written},
};

/// The period, from now on, in which collisions are searched for.
const DAYS: TimeDelta = TimeDelta::days(7);

/// Maximum number of due instants that are examined. An entry that is due every second has 600,000 in a week.
const MOST_INSTANTS: usize = 1_000_000;

/// Maximum number of findings.
const MOST: usize = 10;

/// Maximum number of ids in a finding.
const MOST_IDS: usize = 5;

/// Returns the first instants at which more than `limit` entries are due, each with other entries than those before.
pub(super) fn find(entries: &[(String, Entry)], limit: usize) -> Vec<Finding> {
    let mut found = Vec::<(Vec<usize>, Finding)>::new();
    let end = Utc::now() + DAYS;
    let Ok(line) = Timeline::new(entries.iter().map(|(_, entry)| entry), None, false) else {
        return Vec::new();
    };
    let instants = line.take(MOST_INSTANTS);
    let mut instants = instants.take_while(|(at, _)| *at < end).peekable();
    while let Some((at, first)) = instants.next() {
        let mut places = vec![first];
        while let Some((_, place)) = instants.next_if(|(next, _)| *next == at) {
            places.push(place);
        }
        let is_new = || found.iter().all(|(known, _)| *known != places);
        if places.len() > limit && is_new() {
            let (file, entry) = &entries[first];
            let ids: Vec<_> = places
                .iter()
                .take(MOST_IDS)
                .map(|place| &*entries[*place].1.id)
                .collect();
            let more = if places.len() > MOST_IDS { ", …" } else { "" };
            let (time, ids) = (written(&entry.zone, at), ids.join(", "));
            let text = format!("{} entries are due at {time}: {ids}{more}", places.len());
            found.push((places, Finding::warning(file, entry.line, text)));
        }
        if found.len() == MOST {
            break;
        }
    }
    found.into_iter().map(|(_, finding)| finding).collect()
}
