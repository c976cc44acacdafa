//! The next instants of all entries of crontabs.

use std::{cmp::Reverse, collections::BinaryHeap, error::Error, io::Write};

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{
    Arguments, Format,
    question::{Question, written},
};
use crate::source::Source;

/// An instant of an entry, by its number.
type Due = Reverse<(DateTime<Utc>, usize)>;

/// Prints the next instants of all entries in their order.
pub(super) fn print(
    arguments: &Arguments,
    source: &Source,
    output: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let entries = source.read().map_err(|lines| lines.join("\n"))?.entries;
    // An entry at the start has no instant before that.
    let entries: Vec<_> = entries
        .iter()
        .filter(|entry| !entry.is_at_start())
        .collect();
    let mut times = Vec::new();
    let mut due = BinaryHeap::<Due>::new();
    for (place, entry) in entries.iter().enumerate() {
        let question = Question {
            trigger: entry.trigger.clone(),
            zone: entry.zone.clone(),
            after: arguments.after,
            inclusive: arguments.inclusive,
            count: arguments.count,
        };
        let mut instants = question.instants()?;
        due.extend(instants.next().map(|at| Reverse((at, place))));
        times.push(instants);
    }
    for _ in 0..arguments.count {
        let Some(Reverse((at, place))) = due.pop() else {
            break;
        };
        due.extend(times[place].next().map(|at| Reverse((at, place))));
        let (entry, time) = (&entries[place], written(&entries[place].zone, at));
        match arguments.format {
            Format::Text => writeln!(output, "{time} [{}]", entry.id)?,
            Format::Json => writeln!(output, "{}", json!({ "time": time, "entry": entry.id }))?,
        }
    }
    Ok(())
}
