//! [`Overview`]: schedules and jobs as tables of text.

use std::fmt;

use chrono::SecondsFormat;

use crate::{
    ScheduleInfo,
    base::{
        panic::caught,
        text::{brief, visible},
    },
    job::JobInfo,
};

/// The schedules and jobs of a scheduler at the time of the call, to be printed.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Overview {
    /// The schedules, ordered by id.
    pub schedules: Vec<ScheduleInfo>,
    /// The unfinished jobs.
    pub jobs: Vec<JobInfo>,
}

/// Maximum number of characters of a cell.
const WIDEST: usize = 60;

impl fmt::Display for Overview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schedules = self.schedules.iter().map(schedule).collect();
        table(f, ["schedule", "trigger", "next", "state"], schedules)?;
        f.write_str("\n")?;
        table(
            f,
            ["job", "name", "schedule", "state"],
            self.jobs.iter().map(job).collect(),
        )
    }
}

fn schedule(info: &ScheduleInfo) -> [String; 4] {
    let next = info
        .next
        .map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    // A trigger of the user's prints itself.
    let rule = info
        .trigger()
        .and_then(|rule| caught(|| rule.to_string()).ok());
    let state = match (&info.paused, info.ended) {
        (Some(pause), _) => format!("paused: {}", pause.reason),
        (None, Some(end)) => end.to_string(),
        (None, None) => format!("{} running, {} buffered", info.running, info.kept),
    };
    [
        info.id.as_str().to_owned(),
        rule.unwrap_or_else(unknown),
        next.unwrap_or_else(unknown),
        state,
    ]
}

fn job(info: &JobInfo) -> [String; 4] {
    let state = match info.attempt {
        0 | 1 => format!("{:?}", info.status),
        attempt => format!("{:?}, attempt {attempt}", info.status),
    };
    [
        info.id.to_string(),
        info.name.as_deref().map_or_else(unknown, str::to_owned),
        info.schedule
            .as_ref()
            .map_or_else(unknown, ToString::to_string),
        state,
    ]
}

fn unknown() -> String {
    "-".to_owned()
}

/// Writes a table: a heading, and a line for each row, with columns of equal width.
fn table(f: &mut fmt::Formatter<'_>, heading: [&str; 4], rows: Vec<[String; 4]>) -> fmt::Result {
    let mut lines = vec![heading.map(str::to_owned)];
    lines.extend(
        rows.into_iter()
            .map(|row| row.map(|cell| brief(&visible(&cell).to_string(), WIDEST))),
    );
    let width = |column: usize| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2)];
    for [first, second, third, last] in &lines {
        let [one, two, three] = widths;
        writeln!(f, "{first:one$}  {second:two$}  {third:three$}  {last}")?;
    }
    Ok(())
}
