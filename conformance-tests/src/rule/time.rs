//! Rules TM: time and triggers.

use super::{Family, must, should};

pub(super) const FAMILY: Family = Family {
    name: "TM: time and triggers",
    rules: &[
        must(
            "TM-001",
            "the n-th instant of an interval is its start plus n periods exactly, however slow \
             jobs are",
            "counted from the end of the last run, an hourly job is a day late after a year",
        ),
        must(
            "TM-002",
            "nothing runs before its nominal time",
            "a job that runs early works on incomplete data",
        ),
        should(
            "TM-003",
            "no job is more than a second later than a thread that the system wakes",
            "a timer wheel with coarse slots still promises seconds",
        ),
        must(
            "TM-004",
            "a clock set forward does not affect intervals; calendars follow the misfire policy",
            "one run for each minute of the jump is a burst (robfig/cron #26)",
        ),
        must(
            "TM-005",
            "a clock set back up to 3 h repeats patterns but no recorded fixed times, further back \
             everything; the cause of repeats is ClockRepeat(n)",
            "a repeated hour must not be billed twice, and a clock that was wrong for years must \
             not silence a schedule for years",
        ),
        should(
            "TM-006",
            "instants that became due while the machine slept are detected within a minute",
            "elapsed time and timers stop while a machine sleeps",
        ),
        must(
            "TM-007",
            "misfire policies skip, run once, or run a bounded number; the grace is inclusive",
            "implementations differ at the boundary",
        ),
        must(
            "TM-008",
            "an instant in the past is one misfire decision",
            "a trigger that is asked repeatedly about the past spins",
        ),
        must(
            "TM-009",
            "a trigger that does not advance faults its schedule after a few calls",
            "it spins the scheduler (APScheduler #1021, node-cron #492); other schedules must run",
        ),
        must(
            "TM-010",
            "a trigger without a further instant ends its schedule, once, without a panic",
            "a date that never comes took the process down (windmill #11195)",
        ),
        must(
            "TM-011",
            "a trigger that panics faults its schedule; others continue",
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
            "an interval of zero length is InvalidTrigger",
            "it would always be due",
        )
        .unbreakable("intervals are built by the core, with no backend in between"),
        must(
            "TM-014",
            "the longest durations are accepted and never due, without a wake-up",
            "Instant::now() + Duration::MAX panics",
        ),
        must(
            "TM-015",
            "the year 9999 and later is accepted or OutOfRange; waiting wakes at most once a \
             minute",
            "far dates overflow, or are waited for in tiny slices",
        ),
        must(
            "TM-016",
            "a local time that a clock change skips runs once, at the first instant after the gap",
            "robfig/cron #541 and croner #16 lost or moved the run",
        ),
        must(
            "TM-017",
            "a repeated local time runs once; each real hour runs hourly rules and intervals",
            "clokwerk #38, tokio-cron-scheduler #107: four runs, or none",
        ),
        must(
            "TM-018",
            "half-hour shifts, skipped days, changes at midnight, 29 February and day 31 are \
             handled",
            "rules that hold only in Berlin are no rules",
        ),
        must(
            "TM-019",
            "a job submitted while the driver sleeps towards a later one is on time",
            "a driver that is not woken runs the job at its next wake-up",
        ),
        must(
            "TM-020",
            "ten thousand jobs of one instant run once each, in order",
            "jobs get lost in batches",
        ),
        must(
            "TM-021",
            "time is read from the runtime only",
            "a scheduler that reads another clock can be neither tested nor suspended",
        ),
        must(
            "TM-022",
            "a schedule whose trigger is never due stays listed, says so, and is reported once",
            "a typing error in a date must not look like a schedule that was never added",
        ),
        must(
            "TM-023",
            "a schedule that is due continuously starves no other job",
            "an interval of a nanosecond is one user's mistake and must not stop all other jobs",
        ),
        should(
            "TM-024",
            "sleeps that end before their deadline cause no busy loop, and are reported",
            "a sleep that follows another clock than the one that is read burns a processor",
        ),
        must(
            "TM-025",
            "a trigger that needs too many calls of its members is a fault; other schedules \
             continue",
            "264 bytes of data stopped every other schedule",
        ),
        must(
            "TM-026",
            "a trigger that blocks delays only its own schedule",
            "triggers are user code, and must not block the thread of the driver",
        ),
    ],
};
