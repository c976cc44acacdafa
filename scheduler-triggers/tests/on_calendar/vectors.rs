//! Recorded output of `systemd-analyze calendar` from systemd 252.

use chrono::{DateTime, Utc};
use scheduler_triggers::OnCalendar;

use crate::systemd::seconds;

/// One event on each line: its text, its normalised form, and the next three instants after the
/// beginning of 2024, separated by tabs. A refused event has no normalised form.
const VECTORS: &str = include_str!("../data/systemd_calendar.tsv");

#[test]
fn recorded_events_are_read_and_due_as_systemd_had_it() {
    let start: DateTime<Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
    let lines = VECTORS.lines().filter(|line| !line.starts_with('#'));
    let mut count = 0;
    for line in lines {
        let mut columns = line.split('\t');
        let text = columns.next().unwrap();
        let normalized = columns.next().filter(|normalized| !normalized.is_empty());
        let found = OnCalendar::parse(text);
        let shown = found.as_ref().ok().map(ToString::to_string);
        assert_eq!(shown.as_deref(), normalized, "{text}: {found:?}");
        if let Ok(event) = found {
            let times = columns.map(|time| time.parse::<DateTime<Utc>>().unwrap().timestamp());
            assert_eq!(
                seconds(&event, start, 3),
                times.collect::<Vec<_>>(),
                "{text}"
            );
        }
        count += 1;
    }
    assert!(count > 150, "{count}");
}
