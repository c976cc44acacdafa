//! SC, MF: settings that change while a start waits for its time.

use std::time::Duration;

use scheduler_core::{
    Misfire, Overlap, Schedule,
    schedule::{Conflict, MisfirePolicy, ResumeFrom, ScheduleChange},
};

use super::stage::{SECOND, Stage, every};
use crate::Backend;

/// A way to change the jitter of the stage's schedule.
type Change = fn(&Stage, Duration);

const CHANGES: [Change; 2] = [
    |stage, jitter| stage.update(ScheduleChange::new().jitter(jitter)),
    |stage, jitter| {
        stage.add(shifted(stage, jitter).on_conflict(Conflict::Replace));
        stage.world.settle();
    },
];

/// Returns a schedule whose other settings are the usual ones.
fn shifted(stage: &Stage, jitter: Duration) -> Schedule {
    let tenth = Schedule::new(every(10 * SECOND), stage.record.task());
    tenth.id("it").jitter(jitter)
}

/// Returns when the runs began under a jitter that changes five seconds before the first instant.
fn began(backend: &dyn Backend, jitter: Duration, change: impl FnOnce(&Stage)) -> Vec<i64> {
    let stage = Stage::new(backend);
    stage.add(shifted(&stage, jitter));
    stage.world.advance(5 * SECOND);
    change(&stage);
    stage.world.advance(25 * SECOND);
    stage.began()
}

pub(super) fn a_new_jitter_applies_to_the_next_start(backend: &dyn Backend) {
    for [old, new] in [[0, 3], [0, 9], [3, 0], [3, 9], [9, 0], [9, 3]] {
        let [old, new] = [old, new].map(Duration::from_secs);
        let wanted = began(backend, new, |_| ());
        assert_ne!(began(backend, old, |_| ()), wanted, "the jitter matters");
        for change in CHANGES {
            let found = began(backend, old, |stage| change(stage, new));
            assert_eq!(found, wanted, "{old:?}, then {new:?}");
        }
    }
}

fn paced(pace: Duration) -> Misfire {
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 4 });
    all.grace(SECOND).pace(pace)
}

/// Four catch-up runs are due after 630 seconds, ten seconds apart. The pace changes 3 or 7 seconds after the first.
pub(super) fn a_new_pace_counts_from_the_last_start(backend: &dyn Backend) {
    let table = [
        (3, 20, [630, 650, 670, 690]),
        (3, 5, [630, 635, 640, 645]),
        (7, 5, [630, 637, 642, 647]),
        (3, 0, [630, 633, 633, 633]),
    ];
    for (after, pace, wanted) in table {
        let stage = Stage::new(backend);
        let minutely = Schedule::new(every(60 * SECOND), stage.record.task()).id("it");
        let minutely = minutely.overlap(Overlap::AllowAll);
        stage.add(minutely.misfire(paced(10 * SECOND)));
        stage.come_late(630 * SECOND);
        stage.world.advance(after * SECOND);
        let pace = Duration::from_secs(pace);
        stage.update(ScheduleChange::new().misfire(paced(pace)));
        stage.world.advance(100 * SECOND);
        let runs = stage.ran().into_iter().zip(stage.began());
        let late = runs.filter(|(nominal, _)| *nominal <= 600);
        let begun: Vec<_> = late.map(|(_, began)| began / 1_000).collect();
        assert_eq!(begun, wanted, "{pace:?} from then on");
    }
}

/// Four catch-up runs are due after 630 seconds. A pause begins three seconds after the first.
pub(super) fn catch_up_runs_keep_their_pace_over_a_pause(backend: &dyn Backend) {
    let table = [
        (2, [630, 640, 650, 660]),
        (7, [630, 640, 650, 660]),
        (20, [630, 653, 663, 673]),
    ];
    for (paused, wanted) in table {
        let stage = Stage::new(backend);
        let minutely = Schedule::new(every(60 * SECOND), stage.record.task()).id("it");
        let minutely = minutely.overlap(Overlap::AllowAll);
        stage.add(minutely.misfire(paced(10 * SECOND)));
        stage.come_late(630 * SECOND);
        stage.world.advance(3 * SECOND);
        stage.pause("held");
        stage.world.advance(paused * SECOND);
        stage.resume(ResumeFrom::WhereItStood);
        stage.world.advance(100 * SECOND);
        let runs = stage.ran().into_iter().zip(stage.began());
        let late = runs.filter(|(nominal, _)| *nominal <= 600);
        let begun: Vec<_> = late.map(|(_, began)| began / 1_000).collect();
        assert_eq!(begun, wanted, "a pause of {paused} seconds");
    }
}
