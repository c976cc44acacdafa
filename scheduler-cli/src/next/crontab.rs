//! The next instants of all entries of crontabs.

use std::{error::Error, io::Write};

use serde_json::json;

use super::{Arguments, Format, question::written, timeline::Timeline};
use crate::source::Source;

/// Prints the next instants of all entries in their order.
pub(super) fn print(
    arguments: &Arguments,
    source: &Source,
    output: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let entries = source.read().map_err(|lines| lines.join("\n"))?.entries;
    let count = usize::try_from(arguments.count).unwrap_or(usize::MAX);
    let line = Timeline::new(&entries, arguments.after, arguments.inclusive)?;
    for (at, place) in line.take(count) {
        let entry = &entries[place];
        let time = written(&entry.zone, at);
        match arguments.format {
            Format::Text => writeln!(output, "{time} [{}]", entry.id)?,
            Format::Json => writeln!(output, "{}", json!({ "time": time, "entry": entry.id }))?,
        }
    }
    Ok(())
}
