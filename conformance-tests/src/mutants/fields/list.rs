//! The fields of every returned value and event. `every_field_of_every_value_is_listed` compares them with the sources of
//! the core.

use std::{marker::PhantomData, mem::discriminant};

use chrono::DateTime;
use scheduler_core::{
    EventKind, JobOutcome, Metrics, ScheduleInfo, ShutdownReport,
    backfill::{BackfillEnd, BackfillFailure, BackfillReport},
    event::EventName,
    job::{CancelReason, JobInfo, JobResult, Progress},
    schedule::{Decision, Explanation, Pause, RunFacts, RunReport, SkipReason, Span, Verdict},
    shutdown::{FailedJob, JobRef},
};
use serde::Serialize;

use super::spoil::Spoil;

/// Describes the ways in which the field that the function returns can be wrong.
fn ways_of<T, F: Spoil>(_: fn(&T) -> Option<&F>) -> Vec<String> {
    F::ways()
}

/// Returns the ways in which a value can be wrong, whose type must be data.
fn data<T: Serialize>(ways: Vec<String>, _: PhantomData<T>) -> Vec<String> {
    ways
}

/// Implements [`Spoil`] for structs: one field is wrong in one of its ways.
macro_rules! fields {
    ($($answer:ident $(= $sample:expr;)? { $($field:ident),* })*) => {
        $(impl Spoil for $answer {
            fn ways() -> Vec<String> {
                let fields: &[(&str, Vec<String>)] = &[$(
                    (stringify!($field), ways_of(|it: &Self| Some(&it.$field))),
                )*];
                // Each of these values is data for other programs too.
                data(labelled(fields), PhantomData::<Self>)
            }

            fn spoil(&mut self, way: usize) {
                let mut way = way;
                $(
                    let count = ways_of(|it: &Self| Some(&it.$field)).len();
                    if way < count {
                        return self.$field.spoil(way);
                    }
                    way -= count;
                )*
                unreachable!("there is no way {way} more")
            }

            $(fn sample() -> Option<Self> {
                Some($sample)
            })?
        })*

        #[cfg(test)]
        const FIELDS: &[(&str, &[&str])] = &[$(
            (stringify!($answer), &[$(stringify!($field)),*]),
        )*];
    };
}

/// Implements [`Spoil`] for enums: one field of one variant is wrong in one of its ways.
macro_rules! variants {
    ($list:ident: $($answer:ident $(= $wrong:expr, $other:expr;)? {
        $($variant:ident { $($field:tt: $name:ident),* }),*
    })*) => {
        $(impl Spoil for $answer {
            fn ways() -> Vec<String> {
                let fields: &[(&str, Vec<String>)] = &[$(
                    (stringify!($answer), another($wrong)),
                )? $($((
                    concat!(stringify!($variant), ".", stringify!($name)),
                    ways_of(|it: &Self| match it {
                        Self::$variant { $field: found, .. } => Some(found),
                        _ => None,
                    }),
                ),)*)*];
                labelled(fields)
            }

            fn spoil(&mut self, way: usize) {
                let mut way = way;
                $(
                    if way == 0 {
                        return replace_variant(self, $wrong, $other);
                    }
                    way -= 1;
                )?
                $($(
                    let count = ways_of(|it: &Self| match it {
                        Self::$variant { $field: found, .. } => Some(found),
                        _ => None,
                    })
                    .len();
                    if way < count {
                        if let Self::$variant { $field: found, .. } = self {
                            found.spoil(way);
                        }
                        return;
                    }
                    way -= count;
                )*)*
                unreachable!("there is no way {way} more")
            }

            $(fn sample() -> Option<Self> {
                Some($wrong)
            })?
        })*

        #[cfg(test)]
        const $list: &[(&str, &[&str])] = &[$(
            (stringify!($answer), &[$(stringify!($variant), $(stringify!($name),)*)*]),
        )*];
    };
}

/// Describes the one way in which an enum can be wrong as a whole: another variant.
fn another<T>(_: T) -> Vec<String> {
    vec!["another".to_owned()]
}

/// Replaces the value by `wrong`, or by `other` if the value already has the variant of `wrong`.
fn replace_variant<T>(value: &mut T, wrong: T, other: T) {
    let is_wrong = discriminant(value) == discriminant(&wrong);
    *value = if is_wrong { other } else { wrong };
}

fn labelled(fields: &[(&str, Vec<String>)]) -> Vec<String> {
    let label = |(field, ways): &(&str, Vec<String>)| -> Vec<String> {
        ways.iter().map(|way| join(field, way)).collect()
    };
    fields.iter().flat_map(label).collect()
}

/// Joins the path of a field with a path below that field, or with a way.
pub(super) fn join(field: &str, below: &str) -> String {
    let mark = if below.contains(": ") { "." } else { ": " };
    format!("{field}{mark}{below}")
}

fields! {
    JobInfo { id, name, status, schedule, attempt, progress, policy, spawned_at }
    JobResult { job, name, schedule, nominal, began, ended, attempts, outcome, expires }
    Progress = Self::new(0.1, "invented"); { fraction, text }
    ScheduleInfo {
        id, name, task, next, ended, running, kept, paused, tags, metadata, started, skipped,
        failures, last
    }
    Pause = Self::new("invented".into(), DateTime::UNIX_EPOCH); { reason, since }
    Metrics {
        delayed, queued, retrying, running, handling, schedules, accepted, succeeded, failed,
        timed_out, retried, panicked, cancelled, lost, handler_panics, hung_handlers,
        listener_panics
    }
    ShutdownReport {
        cause, drained, failed, cancelled, abandoned, hung_handlers, unstarted, never_started
    }
    FailedJob { job, error }
    JobRef { id, name }
    Decision { span, cause, at, verdict, met, run }
    RunReport = Self::new(DateTime::UNIX_EPOCH); { began, ended, attempts, error }
    Span = Self::single(DateTime::UNIX_EPOCH); { from, to, count }
    RunFacts = Self::default(); { cause, covers, backfill }
    BackfillReport {
        end, started, running, succeeded, failed, cancelled, skipped, failures, left
    }
    BackfillFailure { nominal, job, error }
}

variants! {
    VARIANTS:
    Verdict = Verdict::Buffered, Verdict::Skipped(SkipReason::Overlap); {
        Buffered {},
        Started { 0: job },
        Ran { job: job, outcome: outcome },
        Cancelled { job: job, reason: reason },
        Coalesced { into: into },
        Skipped { 0: reason },
        Missed { 0: reason }
    }
    Explanation = Explanation::NoRecord, Explanation::NotYet; {
        Decided { 0: decision },
        NotYet {},
        Undecided {},
        NoSuchInstant { next: next },
        NoRecord {}
    }
    BackfillEnd = BackfillEnd::Shutdown, BackfillEnd::Completed; {
        Completed {},
        LimitReached {},
        Cancelled {},
        ScheduleRemoved {},
        Shutdown {},
        Faulted { 0: problem }
    }
    JobOutcome = Self::Cancelled(CancelReason::Expired), Self::Succeeded(()); {
        Succeeded {},
        Failed { 0: error },
        Cancelled { 0: reason }
    }
}

/// Implements [`Spoil`] for [`EventKind`] as `variants!` does, and lists the names of the events.
macro_rules! events {
    ($($event:ident { $($fields:tt)* }),*) => {
        variants! { EVENT_FIELDS: EventKind { $($event { $($fields)* }),* } }

        /// The names of all events.
        pub(super) const EVENTS: &[EventName] = &[$(EventName::$event),*];
    };
}

events! {
    StateChanged { from: from, to: to, cause: cause },
    ClockJumped { by: by },
    SleepsEndEarly { left: left },
    StoreLost { error: error },
    StoreBack {},
    NodeReplaced {},
    NodeRemoved { node: node },
    QueuePaused { queue: queue, reason: reason },
    QueueResumed { queue: queue },
    ScheduleAdded { 0: schedule },
    ScheduleReplaced { 0: schedule },
    ScheduleUpdated { 0: schedule },
    SchedulePaused { schedule: schedule, reason: reason },
    ScheduleResumed { 0: schedule },
    ScheduleRemoved { 0: schedule },
    ScheduleExhausted { 0: schedule },
    ScheduleNeverDue { 0: schedule },
    ScheduleFaulted { schedule: schedule, problem: problem },
    OccurrenceKept { schedule: schedule, nominal: nominal },
    OccurrencesSkipped { schedule: schedule, span: span, reason: reason },
    BackfillStarted { backfill: backfill, schedule: schedule },
    BackfillFinished { backfill: backfill, schedule: schedule, report: report },
    JobScheduled {
        job: job, name: name, schedule: schedule, nominal: nominal, run: run
    },
    JobClaimed { 0: job },
    JobStarted { 0: job },
    JobThrottled { 0: job },
    JobProgress { job: job, progress: progress },
    JobTimedOut { job: job, attempt: attempt },
    JobCancelling { 0: job },
    JobRetrying { job: job, attempt: attempt, due: due, error: error },
    JobFinished {
        job: job, outcome: outcome, schedule: schedule, nominal: nominal, began: began,
        ended: ended, attempts: attempts
    },
    Lagged { missed: missed }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::{EVENT_FIELDS, FIELDS, VARIANTS};

    /// Returns the text of all source files in a folder.
    fn sources(folder: &Path) -> String {
        let mut text = String::new();
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            match path.is_dir() {
                true => text += &sources(&path),
                false => text += &fs::read_to_string(path).unwrap_or_default(),
            }
        }
        text
    }

    /// Returns the public fields of a struct, or the variants of an enum and their fields.
    fn names_in(sources: &str, answer: &str) -> BTreeSet<String> {
        let heads = [
            format!("pub struct {answer} {{\n"),
            format!("pub enum {answer} {{\n"),
        ];
        let generic = format!("pub enum {answer}<T = ()> {{\n");
        let mut heads = heads.iter().chain([&generic]);
        let body = heads.find_map(|head| sources.split_once(head.as_str()));
        let (body, _) = body
            .expect("a type of the core")
            .1
            .split_once("\n}")
            .expect("its end");
        let mut is_attribute = false;
        let names = body.lines().filter_map(|line| {
            let line = line.trim();
            // An attribute may have several lines.
            let begins = line.starts_with("#[");
            if begins || is_attribute {
                is_attribute = !line.ends_with(']');
                return None;
            }
            let is_field = line.starts_with("pub ") || line.starts_with(char::is_lowercase);
            let is_variant = line.starts_with(char::is_uppercase);
            let line = line.strip_prefix("pub ").unwrap_or(line);
            let end = line.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let is_private = line.starts_with("pub(") || line.is_empty();
            ((is_field || is_variant) && !is_private)
                .then(|| line[..end.unwrap_or(line.len())].to_owned())
        });
        names.collect()
    }

    #[test]
    fn every_field_of_every_value_is_listed() {
        let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scheduler-core/src");
        let sources = sources(&core);
        for (answer, listed) in FIELDS.iter().chain(VARIANTS).chain(EVENT_FIELDS) {
            let found = names_in(&sources, answer);
            let listed: BTreeSet<_> = listed.iter().map(|name| (*name).to_owned()).collect();
            let missing: Vec<_> = found.difference(&listed).collect();
            assert!(missing.is_empty(), "{answer}: the list lacks {missing:?}");
        }
    }
}
