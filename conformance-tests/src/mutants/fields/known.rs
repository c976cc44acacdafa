//! The flaws of fields that no case can detect, each with the reason.

/// Prefixes of names of flaws, each with the reason.
pub(super) const KNOWN: &[(&str, &str)] = &[
    (
        "Scheduler::jobs: reversed",
        "the order of the list is not promised",
    ),
    (
        "BackfillHandle::wait.end: invented",
        "the report of a finished backfill always has an end",
    ),
    (
        "BackfillHandle::wait.running: zero",
        "no run of a finished backfill runs: zero is right",
    ),
    (
        "BackfillHandle::wait.running: one less",
        "no run of a finished backfill runs: there is no number below zero",
    ),
    (
        "stream BackfillFinished.report.end: invented",
        "the report of a finished backfill always has an end",
    ),
    (
        "stream BackfillFinished.report.running: zero",
        "no run of a finished backfill runs: zero is right",
    ),
    (
        "stream BackfillFinished.report.running: one less",
        "no run of a finished backfill runs: there is no number below zero",
    ),
    (
        "listener BackfillFinished.report.end: invented",
        "the report of a finished backfill always has an end",
    ),
    (
        "listener BackfillFinished.report.running: zero",
        "no run of a finished backfill runs: zero is right",
    ),
    (
        "listener BackfillFinished.report.running: one less",
        "no run of a finished backfill runs: there is no number below zero",
    ),
    (
        "stream Lagged",
        "the channel of the core writes it behind the scheduler; `event/channel.rs` tests it",
    ),
    (
        "listener Lagged",
        "the channel of the core writes it behind the scheduler; `event/channel.rs` tests it",
    ),
];

/// Returns the reason why no case can detect the flaw, if one is listed.
pub(super) fn reason(flaw: &str) -> Option<&'static str> {
    let known = KNOWN.iter().find(|(name, _)| flaw.starts_with(name));
    known.map(|(_, reason)| *reason)
}
