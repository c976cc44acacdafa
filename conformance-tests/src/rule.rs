//! The rules, as data: what a case cites, and what reports explain.

/// How binding a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Has to be kept.
    Must,
    /// Ought to be kept.
    Should,
}

impl Level {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
        }
    }
}

/// One rule of the specification.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Its name for ever.
    pub id: &'static str,
    /// How binding it is.
    pub level: Level,
    /// What has to be observed.
    pub text: &'static str,
}

/// The rule of that id.
///
/// # Panics
///
/// If there is none: every case cites an existing rule, which a test checks.
#[must_use]
pub fn rule(id: &str) -> &'static Rule {
    let found = RULES.iter().find(|rule| rule.id == id);
    found.unwrap_or_else(|| panic!("no rule is called {id}"))
}

const fn must(id: &'static str, text: &'static str) -> Rule {
    Rule {
        id,
        level: Level::Must,
        text,
    }
}

const fn should(id: &'static str, text: &'static str) -> Rule {
    Rule {
        id,
        level: Level::Should,
        text,
    }
}

/// Every rule that has a case.
pub const RULES: &[Rule] = &[
    must(
        "TBL",
        "each call in each state answers what the lifecycle table says",
    ),
    must(
        "LC-001",
        "a scheduler is built without a runtime: no task, timer or thread before start",
    ),
    must(
        "LC-002",
        "shutdown before start is NotRunning; the state stays New; a later start works",
    ),
    must(
        "LC-003",
        "pause, resume, run_now and wait_idle before start are NotRunning",
    ),
    must(
        "LC-004",
        "a second start is AlreadyRunning; the first is unaffected",
    ),
    must(
        "LC-005",
        "of sixteen starts at a time one succeeds, fifteen are AlreadyRunning",
    ),
    must("LC-006", "a start after the end is ShutDown"),
    must("LC-007", "a shutdown begun after the end is ShutDown"),
    must(
        "LC-008",
        "shutdowns at a time all succeed with the same report, none before the end",
    ),
    must("LC-009", "a call that is refused changes nothing"),
    must(
        "LC-012",
        "a waiting call inside an own job is WouldDeadlock; state and job are unaffected",
    ),
    must(
        "LC-013",
        "request_shutdown inside a job is ok; the job's outcome is recorded",
    ),
    should(
        "LC-014",
        "a job that waits for a shutdown through a helper is ended by the deadline",
    ),
    must(
        "LC-015",
        "a job that ignores its cancellation is abandoned, and named in the error",
    ),
    must(
        "LC-016",
        "nothing starts and no event comes after the end, not even from abandoned jobs",
    ),
    must(
        "LC-017",
        "a graceful shutdown waits for running jobs and starts no new ones",
    ),
    must("LC-018", "a shutdown while starting aborts the start"),
    must(
        "LC-019",
        "a start that failed leaves New and nothing running; a retry works",
    ),
    must(
        "LC-020",
        "a start or shutdown whose future is dropped goes on; nothing is stuck",
    ),
    must(
        "LC-021",
        "jobs submitted before the start run after it, first in, first out",
    ),
    must("LC-022", "a full queue answers QueueFull at once"),
    must(
        "LC-023",
        "a job submitted after the end is dropped exactly once and never polled",
    ),
    must(
        "LC-024",
        "a job may submit while the scheduler runs, not while it shuts down",
    ),
    must(
        "LC-025",
        "every accepted job has exactly one outcome at the end",
    ),
    must(
        "LC-026",
        "no job starts after pause has returned; running ones go on",
    ),
    must(
        "LC-027",
        "pausing twice, or resuming what is not paused, is ok and no event",
    ),
    must(
        "LC-028",
        "what was due during a pause follows the misfire policy, not one run each",
    ),
    must(
        "LC-029",
        "a shutdown while paused cancels the jobs that are held",
    ),
    must(
        "LC-030",
        "state events come once each and along the edges of the state diagram",
    ),
    should("LC-031", "a shutdown with nothing running takes no time"),
    must("LC-032", "two schedulers do not affect each other"),
    must(
        "RT-001",
        "dropping the last handle does not block; async jobs are dropped",
    ),
    must(
        "RT-004",
        "dropping a new scheduler cancels the jobs it holds",
    ),
    must("RT-005", "the last handle may be owned by a running job"),
    must("RT-007", "calls from plain threads work"),
    must(
        "RT-009",
        "blocking calls inside an asynchronous job are WouldDeadlock",
    ),
    must(
        "RT-011",
        "a runtime that is dropped under the scheduler resolves every handle",
    ),
    must("RT-012", "after the end no task and no timer is left"),
    must("JB-001", "the value reaches the waiter; one event says so"),
    must(
        "JB-002",
        "a panic is the job's outcome; the permit is free; the next job runs",
    ),
    must(
        "JB-003",
        "a panic with an odd payload, even one that panics when dropped, is like any",
    ),
    must(
        "JB-004",
        "a failure nobody waits for reaches the error handler exactly once",
    ),
    must(
        "JB-005",
        "a failure somebody waits for reaches the waiter, and the handler once",
    ),
    must(
        "JB-006",
        "waiting again, from clones, after the end gives an equal outcome",
    ),
    must("JB-007", "a job whose handle was dropped still runs"),
    must(
        "JB-008",
        "a job cancelled before it started is never polled",
    ),
    must(
        "JB-009",
        "a running job is told; async bodies are dropped at the next suspension",
    ),
    must(
        "JB-010",
        "a cancel after the end is TooLate and changes nothing",
    ),
    must("JB-012", "a second cancel adds no event"),
    must(
        "JB-013",
        "a body is dropped exactly once, however its job ends",
    ),
    must(
        "JB-014",
        "never more jobs run than the limit allows; permits return on every path",
    ),
    must(
        "JB-015",
        "jobs of one instant start in the order of their submission",
    ),
    should(
        "JB-017",
        "waiting inside a job for one that can never start is WouldDeadlock",
    ),
    must(
        "EV-001",
        "one event for each transition, strictly increasing",
    ),
    must(
        "EV-002",
        "a job is scheduled, claimed, started, finished, in that order",
    ),
    must(
        "EV-003",
        "a panicking listener stays, and the others still get the event",
    ),
    must(
        "EV-004",
        "a panicking error handler is caught and counted, not handed to itself",
    ),
    must(
        "EV-005",
        "a slow subscriber delays nothing, and is told how much it missed",
    ),
    must("EV-006", "a listener may submit and request the shutdown"),
    must("EV-007", "a listener is not called after it was removed"),
    must("R1", "spawn does not poll inline"),
    must("R2", "a task is polled to its end or dropped, never leaked"),
    must("R3", "tasks that wait do not hold up each other"),
    must("R4", "a sleep is never lost"),
    must("R5", "a dropped sleep frees its timer"),
    must("R6", "what is idle does not spin"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CASES;

    #[test]
    fn every_case_cites_a_rule_and_every_rule_has_a_case() {
        for case in CASES {
            assert!(!rule(case.rule).text.is_empty());
        }
        for rule in RULES {
            assert!(CASES.iter().any(|case| case.rule == rule.id), "{}", rule.id);
        }
    }

    #[test]
    fn names_and_ids_are_unique() {
        let mut names: Vec<_> = CASES.iter().map(|case| case.name).collect();
        names.extend(RULES.iter().map(|rule| rule.id));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
