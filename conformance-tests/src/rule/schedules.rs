//! SC, MF, OV and LG: schedules, what is late, what overlaps, and the account of it.

use super::{Family, must};

pub(super) const FAMILY: Family = Family {
    name: "SC: schedules",
    rules: &[
        must(
            "SC-001",
            "a schedule is shown as it was defined, and runs alike, added before or after the start",
            "whoever finds it at night wants to know whose it is and what it will do",
        ),
        must(
            "SC-002",
            "an id that is taken is refused, and the schedule that has it goes on untouched",
            "a definition that was refused must not have half replaced the other",
        ),
        must(
            "SC-003",
            "if asked to keep what is there, add answers its id, and the new one is gone",
            "programs add their schedules at each start (APScheduler needed replace_existing)",
        ),
        must(
            "SC-004",
            "a replaced schedule's runs go on and count; its pause and history stay",
            "a deploy must not start a second run beside the first, or wake what was put to sleep",
        ),
        must(
            "SC-005",
            "a paused schedule begins nothing; what runs goes on, what is kept stays, others run",
            "one job makes trouble, and the rest of the night has to go on",
        ),
        must(
            "SC-006",
            "pausing again changes the reason, not since when; resuming twice does nothing",
            "the second person who pauses it knows more than the first",
        ),
        must(
            "SC-007",
            "a change is made as a whole or, if any part of it makes no sense, not at all",
            "half a change is a schedule that nobody has ever asked for",
        ),
        must(
            "SC-008",
            "another trigger counts from now: what is due of the old one is told, not made up for",
            "moving a job from two o'clock to three must not run it at once, nor lose it silently",
        ),
        must(
            "SC-009",
            "resumed from now, what came during the pause is passed over, and not missed",
            "paused is what it was to be",
        ),
        must(
            "SC-010",
            "resumed from where it stood, or from an instant, what came goes by its misfire policy",
            "a pause for maintenance must not lose the day's invoices",
        ),
        must(
            "SC-011",
            "run_now is a run of its own: its own instant and cause, and no instant is touched",
            "a test at noon must not cost the run at midnight",
        ),
        must(
            "SC-012",
            "a removed schedule starts nothing: what waits is given up and told, what runs goes on",
            "APScheduler runs what was submitted already, and tells nobody",
        ),
        must(
            "SC-013",
            "jitter shifts starts by up to its limit, alike in every run; instants stay as they are",
            "a random shift that moves the instants drifts, and cannot be tested",
        ),
        must(
            "SC-014",
            "settings by which nothing could run are InvalidConfig, when added or changed",
            "it would wait for ever without a word",
        ),
        must(
            "SC-015",
            "so many failures in a row pause a schedule, with the last error as the reason",
            "what fails every minute hides what else fails",
        ),
        must(
            "SC-016",
            "the preview names the instants that it will run for, and changes nothing",
            "people check a rule before they trust it",
        ),
        must(
            "SC-017",
            "an equal trigger keeps its place, replaced or changed, and what is due stays due",
            "a program that adds its schedules at each start must not lose what is due, or run nothing",
        ),
        must(
            "SC-018",
            "what is due when its trigger, its place or its schedule is given up is told, and why",
            "who moves or removes a job wants to know what does not run for that",
        ),
        must(
            "SC-019",
            "a schedule whose trigger has ended is listed, and can be paused, while some are kept",
            "what nobody can see nobody can stop",
        ),
    ],
};

pub(super) const MISFIRES: Family = Family {
    name: "MF: late instants",
    rules: &[
        must(
            "MF-001",
            "an instant as late as the grace is on time; a nanosecond later it is caught up with",
            "the boundary is where two implementations differ",
        ),
        must(
            "MF-002",
            "Skip runs none that are late; one that is on time runs, and all others are told",
            "a report for an hour that is over is of no use",
        ),
        must(
            "MF-003",
            "FireOnce runs once for all that came, for the latest or for the earliest of them",
            "APScheduler coalesces to the latest only, and people ask for the other one",
        ),
        must(
            "MF-004",
            "a run that stands for several knows the first, the last and their number",
            "an import has to know which days it is for",
        ),
        must(
            "MF-005",
            "FireAll runs the latest ones, at most so many, in order; the others are told",
            "without a limit a long night is a thousand runs in the morning",
        ),
        must(
            "MF-006",
            "what is older than the catch-up window is given up, also at its start; the boundary is within",
            "yesterday's reminder does harm today",
        ),
        must(
            "MF-007",
            "outside of its hours nothing late starts; what is on time does, at any hour",
            "the nightly job that catches up at noon takes the shop down",
        ),
        must(
            "MF-008",
            "between the starts of catch-up runs lies their pace; what is on time does not wait for them",
            "a hundred runs at once are an attack on whoever answers them",
        ),
        must(
            "MF-009",
            "a gap of any length takes bounded work: a year, once a second, is few questions",
            "listing what was missed is thirty million entries",
        ),
        must(
            "MF-010",
            "a run that catches up says so, and its instant is never rewritten",
            "the invoice is for the third, also if it is written on the fifth",
        ),
    ],
};

pub(super) const OVERLAPS: Family = Family {
    name: "OV: overlap",
    rules: &[
        must(
            "OV-001",
            "Skip passes over what comes while an earlier run goes",
            "two backups at a time are none",
        ),
        must(
            "OV-002",
            "BufferOne keeps the first that comes, and passes over the rest until it has begun",
            "one more look after the last change is enough",
        ),
        must(
            "OV-003",
            "BufferAll keeps all, and runs them in order, one when the other has ended",
            "each of them counts",
        ),
        must(
            "OV-004",
            "CancelOther tells the earlier run to end, and runs when it has, or its grace is over",
            "the newer run has the newer data",
        ),
        must(
            "OV-005",
            "TerminateOther drops the earlier run at its suspension, and runs at once",
            "what hangs does not listen",
        ),
        must(
            "OV-006",
            "AllowAll starts each beside the others",
            "they are independent of each other",
        ),
        must(
            "OV-007",
            "the schedules of a group overlap with each other, each by its own policy",
            "what must not be touched twice is touched by more than one schedule",
        ),
        must(
            "OV-008",
            "the policy is applied as it stands when the turn has come",
            "whoever changes it wants what waits to follow",
        ),
        must(
            "OV-009",
            "as many runs as allowed go at a time before the policy has a say",
            "two may be fine where three are not",
        ),
        must(
            "OV-010",
            "no more are kept than allowed; what finds no room is told",
            "a buffer without an end is a leak with a delay",
        ),
        must(
            "OV-011",
            "each instant that is not run is told once, counted, and has its reason",
            "\"it did not run\" is the question of every morning",
        ),
        must(
            "OV-012",
            "all runs count for the policy there is now, whichever there was when they began",
            "whoever goes back to one at a time has a reason, and it is urgent",
        ),
    ],
};

pub(super) const LEDGER: Family = Family {
    name: "LG: the ledger",
    rules: &[
        must(
            "LG-001",
            "each instant has one record, alone or in a stretch: none is left out, none is twice",
            "an account with holes proves nothing",
        ),
        must(
            "LG-002",
            "a record follows its run: kept, started, and how it ended",
            "that it was started does not say that it was done",
        ),
        must(
            "LG-003",
            "what was not run is skipped or missed, for the reason that held",
            "who is to blame decides what is to be done",
        ),
        must(
            "LG-004",
            "so many records are kept as asked for, the latest ones, oldest first",
            "memory has to end somewhere, and old news is the first to go",
        ),
        must(
            "LG-005",
            "asked about any instant it tells what became of it, or why there is nothing to tell",
            "\"why did it not run at nine?\" has five different answers",
        ),
        must(
            "LG-006",
            "the history outlives its schedule and the scheduler, and goes on under the same id",
            "questions come when it is gone",
        ),
    ],
};
