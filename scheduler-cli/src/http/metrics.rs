//! Metrics in the text format of Prometheus.

use std::fmt::{Display, Write};

use chrono::{DateTime, Utc};
use scheduler_core::{ScheduleId, ScheduleInfo};

use crate::{control::Control, tally::Counts};

/// Maximum number of entries with metrics of their own: each one has about twenty lines.
const MOST: usize = 1_000;

/// Returns the metrics of the scheduler and of its entries.
pub(super) fn text(control: &Control) -> String {
    let mut text = String::new();
    let schedules = control.scheduler.schedules();
    let metrics = control.scheduler.metrics();
    let health = control.health();
    let mut one = |name: &str, kind: &str, help: &str, value: &dyn Display| {
        head(&mut text, name, kind, help);
        line(&mut text, name, "", value);
    };
    one(
        "sched_healthy",
        "gauge",
        "1 if it runs and nothing due is undecided.",
        &u8::from(health.healthy),
    );
    one("sched_entries", "gauge", "Entries.", &schedules.len());
    one(
        "sched_commands_running",
        "gauge",
        "Commands that run.",
        &metrics.running,
    );
    one(
        "sched_runs_waiting",
        "gauge",
        "Runs that wait for a queue or for a retry.",
        &(metrics.queued + metrics.retrying),
    );
    one(
        "sched_retries_total",
        "counter",
        "Failed attempts that were retried.",
        &metrics.retried,
    );
    let entries = entries(&schedules, control);
    gauges(&mut text, &entries);
    counters(&mut text, &entries);
    text
}

/// An entry with its counts. An entry that has ended, such as `@reboot`, no longer has a schedule.
struct Entry<'a> {
    label: String,
    info: Option<&'a ScheduleInfo>,
    counts: Counts,
}

fn entries<'a>(schedules: &'a [ScheduleInfo], control: &Control) -> Vec<Entry<'a>> {
    let mut counts = control.tally.all();
    let mut all: Vec<_> = schedules
        .iter()
        .map(|info| Entry {
            label: label(&info.id),
            info: Some(info),
            counts: counts.remove(&info.id).unwrap_or_default(),
        })
        .collect();
    all.extend(counts.into_iter().map(|(id, counts)| Entry {
        label: label(&id),
        info: None,
        counts,
    }));
    all.truncate(MOST);
    all
}

fn label(id: &ScheduleId) -> String {
    format!("entry=\"{}\"", escaped(id.as_str()))
}

fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_micros() as f64 / 1e6
}

fn gauges(text: &mut String, entries: &[Entry<'_>]) {
    let mut each = |name: &str, help: &str, value: &dyn Fn(&Entry<'_>) -> Option<f64>| {
        head(text, name, "gauge", help);
        for entry in entries {
            if let Some(value) = value(entry) {
                line(text, name, &entry.label, &value);
            }
        }
    };
    let of_info =
        |value: fn(&ScheduleInfo) -> Option<f64>| move |entry: &Entry<'_>| value(entry.info?);
    each(
        "sched_running",
        "Runs that have not ended.",
        &of_info(|info| Some(info.running as f64)),
    );
    each(
        "sched_paused",
        "1 if it is paused.",
        &of_info(|info| Some(f64::from(u8::from(info.is_paused())))),
    );
    each(
        "sched_failures_in_a_row",
        "Consecutive failed runs.",
        &|entry| Some(entry.counts.failures as f64),
    );
    each(
        "sched_next_timestamp_seconds",
        "The next instant.",
        &of_info(|info| info.next.map(seconds)),
    );
    each(
        "sched_last_success_timestamp_seconds",
        "The end of the last successful run.",
        &|entry| entry.counts.last_success.map(seconds),
    );
}

fn counters(text: &mut String, entries: &[Entry<'_>]) {
    head(
        text,
        "sched_runs_total",
        "counter",
        "Ended runs by outcome.",
    );
    for entry in entries {
        for (outcome, count) in &entry.counts.runs {
            let labels = format!("{},outcome=\"{outcome}\"", entry.label);
            line(text, "sched_runs_total", &labels, count);
        }
    }
    head(
        text,
        "sched_skipped_total",
        "counter",
        "Skipped instants by reason.",
    );
    for entry in entries {
        for (reason, count) in &entry.counts.skipped {
            let labels = format!("{},reason=\"{}\"", entry.label, escaped(reason));
            line(text, "sched_skipped_total", &labels, count);
        }
    }
    let late = |counts: &Counts| (counts.late, counts.began);
    summary(
        text,
        "sched_lateness_seconds",
        "From the instant to the start of its run.",
        entries,
        late,
    );
    let took = |counts: &Counts| (counts.took, counts.ended);
    summary(
        text,
        "sched_run_seconds",
        "From the start of a run to its end.",
        entries,
        took,
    );
}

fn summary(
    text: &mut String,
    name: &str,
    help: &str,
    entries: &[Entry<'_>],
    value: impl Fn(&Counts) -> (f64, u64),
) {
    head(text, name, "summary", help);
    for entry in entries {
        let (sum, count) = value(&entry.counts);
        line(text, &format!("{name}_sum"), &entry.label, &sum);
        line(text, &format!("{name}_count"), &entry.label, &count);
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    // A String can always be written to.
    writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}").unwrap_or_default();
}

fn line(text: &mut String, name: &str, labels: &str, value: &dyn Display) {
    let written = match labels {
        "" => writeln!(text, "{name} {value}"),
        labels => writeln!(text, "{name}{{{labels}}} {value}"),
    };
    written.unwrap_or_default();
}

/// Escapes the value of a label.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
