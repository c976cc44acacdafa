//! TM: time and triggers.

use super::{Family, must, should};

pub(super) const FAMILY: Family = Family {
    name: "TM: time and triggers",
    rules: &[
        must(
            "TM-001",
            "the n-th instant of an interval is its start and n periods exactly, however slow jobs are",
            "counting from the end of the last run, an hourly job is late by a day after a year",
        ),
        must(
            "TM-002",
            "nothing runs before its instant",
            "what is done early is done wrong",
        ),
        should(
            "TM-003",
            "on an idle machine nothing is later than a second",
            "a timer wheel with coarse slots still promises seconds",
        )
        .untested(
            "real lateness is a property of machine and load, not of the rules: the benchmarks \
             measure it, p50 and p99, beside the backend's own sleep",
        ),
        must(
            "TM-004",
            "a clock set forward leaves intervals alone; calendars follow the misfire policy",
            "one run for each minute of the jump is a burst (robfig/cron #26)",
        ),
        must(
            "TM-005",
            "a clock set back up to 3 h: patterns go on at once, fixed times with a record do not \
             repeat; further: all do; what comes again is a ClockRepeat(n)",
            "the hour that comes again must not be billed again, and a clock that was wrong for years \
             must not silence a schedule for years",
        ),
        should(
            "TM-006",
            "what became due while the machine slept is noticed within a minute",
            "elapsed time stands still meanwhile, and timers with it",
        ),
        must(
            "TM-007",
            "misfire policies skip, run once, or run a bounded number; the grace is inclusive",
            "the boundary is where two implementations differ",
        ),
        must(
            "TM-008",
            "an instant in the past is one misfire decision",
            "a trigger asked again and again about the past is a spin",
        ),
        must(
            "TM-009",
            "a trigger that does not advance faults its schedule after few questions",
            "it spins the scheduler (APScheduler #1021, node-cron #492); others have to go on",
        ),
        must(
            "TM-010",
            "a trigger without a further instant ends its schedule, once, without a panic",
            "a date that never comes took the process down (windmill #11195)",
        ),
        must(
            "TM-011",
            "a trigger that panics faults its schedule; others go on",
            "triggers are user code",
        ),
        must(
            "TM-012",
            "NaN, infinite, negative or overflowing seconds are InvalidTrigger",
            "Duration::from_secs_f64 panics on them",
        )
        .unbreakable("intervals are built by the core, with no backend in between"),
        must(
            "TM-013",
            "an interval of no length is InvalidTrigger",
            "it would be due all the time",
        )
        .unbreakable("intervals are built by the core, with no backend in between"),
        must(
            "TM-014",
            "the longest durations are accepted and never due, without a wake-up",
            "Instant::now() + Duration::MAX panics",
        ),
        must(
            "TM-015",
            "the year 9999 and later is ok or OutOfRange; waiting wakes once a minute at most",
            "far dates overflow, or are waited for in tiny slices",
        ),
        must(
            "TM-016",
            "a local time that a clock change leaves out runs once, at the first instant after it",
            "robfig/cron #541 and croner #16 lost or moved the run",
        ),
        must(
            "TM-017",
            "a local time that comes twice runs once; each real hour runs hourly rules and intervals",
            "clokwerk #38, tokio-cron-scheduler #107: four runs, or none",
        ),
        must(
            "TM-018",
            "half-hour shifts, skipped days, changes at midnight, 29 February, day 31",
            "the rules that only hold in Berlin are no rules",
        ),
        must(
            "TM-019",
            "what is submitted while it sleeps towards something later is on time",
            "a driver that is not woken runs it when it wakes anyway",
        ),
        must(
            "TM-020",
            "ten thousand jobs of one instant run once each, in order",
            "batches are where jobs are lost",
        ),
        must(
            "TM-021",
            "time is read from the runtime only",
            "a scheduler that reads another clock cannot be tested, or suspended",
        ),
        must(
            "TM-022",
            "a schedule whose rule is never due stays listed, says so, and is told once",
            "a typing error in a date must not look like a schedule that was never added",
        ),
        must(
            "TM-023",
            "a schedule that is due again and again without a pause starves no other job",
            "an interval of a nanosecond is a mistake of one that must not stop all others",
        ),
        should(
            "TM-024",
            "sleeps that end at once, before their deadline, make no loop, and are announced",
            "a sleep that goes by another clock than the one that is read burns a processor",
        ),
        must(
            "TM-025",
            "a trigger that needs too many questions to its members is a fault; others go on",
            "264 bytes of data stopped every other schedule",
        ),
        must(
            "TM-026",
            "a trigger that blocks holds up its own schedule only",
            "triggers are user code, and were asked by the thread that everything waits for",
        ),
    ],
};
