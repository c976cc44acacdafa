//! Cases of MF: instants that are detected late, and their treatment by the misfire policies.

use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use scheduler_core::{
    Job, Misfire, Options, Overlap, Schedule, Task, Trigger,
    job::CancelReason,
    schedule::{Count, Hours, MisfirePolicy, RunCause, SkipReason, Span, Verdict, Which},
    trigger::{Once, Timeline, Zone},
};

use super::{
    record::Record,
    stage::{HALF, SECOND, Skipped, Stage, every},
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
};

const HOUR: Duration = Duration::from_secs(3_600);
const YEAR: i64 = 365 * 24 * 3_600;
const ALL: MisfirePolicy = MisfirePolicy::FireAll { max: 99 };

/// Returns a stage whose secondly schedule is ten and a half seconds late.
fn late(backend: &dyn Backend, misfire: Misfire) -> Stage {
    let stage = Stage::new(backend);
    stage.add(stage.secondly().misfire(misfire).overlap(Overlap::AllowAll));
    stage.come_late(10 * SECOND + HALF);
    stage
}

const fn spans<const N: usize>(skipped: [Skipped; N]) -> [Skipped; N] {
    skipped
}

pub(super) fn the_grace_includes_its_last_instant(backend: &dyn Backend) {
    for (late, cause) in [(0, RunCause::Due), (1, RunCause::CatchUp)] {
        let stage = Stage::new(backend);
        let misfire = Misfire::default().grace(10 * SECOND);
        let once = Schedule::new(Once::at(stage.at(5)), stage.record.task());
        stage.add(once.misfire(misfire));
        stage.come_late(15 * SECOND + Duration::from_nanos(late));
        assert_eq!(stage.causes(), [cause], "{late} ns after the grace");
    }
}

pub(super) fn skip_runs_no_late_instant(backend: &dyn Backend) {
    let skip = Misfire::policy(MisfirePolicy::Skip);
    let mut none = late(backend, skip.grace(HALF / 2));
    assert_eq!(none.ran(), [0_i64; 0]);
    assert_eq!(none.skipped(), spans([(1, 10, SkipReason::Misfire)]));
    let mut last = late(backend, skip.grace(HALF));
    assert_eq!((last.ran(), last.causes()), (vec![10], vec![RunCause::Due]));
    assert_eq!(last.skipped(), spans([(1, 9, SkipReason::Misfire)]));
    last.world.advance(2 * SECOND);
    assert_eq!(last.ran(), [10, 11, 12]);
}

pub(super) fn fire_once_runs_once_for_all_late_instants(backend: &dyn Backend) {
    let once = |which| late(backend, Misfire::policy(MisfirePolicy::FireOnce(which)));
    let mut latest = once(Which::Latest);
    assert_eq!(latest.ran(), [10]);
    assert_eq!(latest.skipped(), spans([(1, 9, SkipReason::Coalesced)]));
    let mut earliest = once(Which::Earliest);
    assert_eq!(earliest.ran(), [1]);
    assert_eq!(earliest.skipped(), spans([(2, 10, SkipReason::Coalesced)]));
    earliest.world.advance(2 * SECOND);
    assert_eq!(earliest.ran(), [1, 11, 12]);
}

pub(super) fn a_run_that_replaces_several_instants_knows_them(backend: &dyn Backend) {
    for which in [Which::Latest, Which::Earliest] {
        let stage = late(backend, Misfire::policy(MisfirePolicy::FireOnce(which)));
        let all = Span::new(stage.at(1), stage.at(10), Count::Exactly(10));
        assert_eq!(stage.record.runs()[0].covers, Some(all));
        stage.world.advance(SECOND);
        assert_eq!(
            stage.record.runs()[1].covers,
            None,
            "the run covers one instant"
        );
    }
}

pub(super) fn fire_all_runs_the_latest_in_order(backend: &dyn Backend) {
    let some = MisfirePolicy::FireAll { max: 3 };
    let mut some = late(backend, Misfire::policy(some).grace(HALF / 2));
    assert_eq!(some.ran(), [8, 9, 10]);
    assert_eq!(some.skipped(), spans([(1, 7, SkipReason::TooMany)]));
    assert!(some.record.runs().iter().all(|run| run.covers.is_none()));
    let mut all = late(backend, Misfire::policy(ALL).grace(HALF / 2));
    assert_eq!(all.ran(), Vec::from_iter(1..=10));
    assert_eq!(all.skipped(), spans([]));
}

pub(super) fn instants_beyond_the_window_are_dropped(backend: &dyn Backend) {
    let window = Misfire::policy(ALL).grace(SECOND).window(5 * SECOND + HALF);
    let mut stage = late(backend, window);
    assert_eq!(
        stage.ran(),
        Vec::from_iter(5..=10),
        "an instant at the boundary is within the window"
    );
    assert_eq!(stage.skipped(), spans([(1, 4, SkipReason::CatchUpWindow)]));
    let mut short = late(
        backend,
        window.window(5 * SECOND + HALF - Duration::from_nanos(1)),
    );
    assert_eq!(short.ran(), Vec::from_iter(6..=10));
    assert_eq!(short.skipped(), spans([(1, 5, SkipReason::CatchUpWindow)]));
    let graceful = late(backend, window.grace(3 * SECOND).window(Duration::ZERO));
    assert_eq!(
        graceful.ran(),
        [8, 9, 10],
        "instants within the grace are within the window"
    );
}

/// The allowed hours last from 22:00 to 04:00. The stage is late from 03:00 on.
pub(super) fn late_runs_keep_to_their_hours(backend: &dyn Backend) {
    let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("a valid time");
    let night = Hours::new(hour(22), hour(4), Zone::named("UTC").expect("a valid time"));
    let three = "2026-01-05T03:00:00Z".parse().expect("an instant");
    let mut stage = Stage::on(World::beginning(backend, three));
    let hourly = Schedule::new(every(HOUR), stage.record.task()).id("it");
    stage.add(hourly.late_hours(night));
    stage.come_late(3 * HOUR + HOUR / 2);
    assert_eq!(stage.ran(), [0_i64; 0]);
    let too_late = spans([(3_600, 3 * 3_600, SkipReason::OutsideHours)]);
    assert_eq!(stage.skipped(), too_late);
    stage.world.advance(2 * HOUR);
    let hours = |stage: &Stage| Vec::from_iter(stage.ran().into_iter().map(|at| at / 3_600));
    assert_eq!(
        hours(&stage),
        [4, 5],
        "runs on time ignore the allowed hours"
    );
    stage.come_late(14 * HOUR);
    assert_eq!(
        hours(&stage),
        [4, 5, 19],
        "half past ten is within the hours"
    );
}

/// Takes the only permit with a job, and returns the gate that ends this job.
fn occupied(stage: &Stage) -> Gate {
    let gate = Gate::default();
    let task = Record::new(&stage.world.time).held_task(&gate);
    let posted = stage.world.call(|it| it.post(Job::from(task)));
    posted.expect("accepted");
    stage.world.settle();
    gate
}

fn release(stage: &Stage, gate: &Gate) {
    stage.world.time.outside(|| gate.open());
    stage.world.settle();
}

/// The runs were on time when they were decided, but then waited for a permit or for an earlier run.
pub(super) fn runs_that_start_beyond_the_window_are_dropped(backend: &dyn Backend) {
    let misfire = Misfire::default().grace(SECOND).window(25 * SECOND);
    let stage = Stage::with(backend, Options::default().max_concurrent_jobs(1));
    let gate = occupied(&stage);
    let tens = Schedule::new(every(10 * SECOND), stage.record.task()).id("it");
    stage.add(tens.misfire(misfire).overlap(Overlap::AllowAll));
    stage.world.advance(45 * SECOND + HALF);
    release(&stage, &gate);
    assert_eq!(
        stage.ran(),
        [30, 40],
        "the runs of 10 and 20 waited beyond the window"
    );
    let reason = CancelReason::Expired;
    for (second, verdict) in &stage.verdicts()[..2] {
        let given_up =
            matches!(verdict, Verdict::Cancelled { reason: found, .. } if *found == reason);
        assert!(given_up, "{second}: {verdict:?}");
    }
    let (stage, gate) = (Stage::new(backend), Gate::default());
    let tens = every(10 * SECOND).immediately();
    let tens = Schedule::new(tens, stage.record.held_task(&gate)).id("it");
    stage.add(tens.misfire(misfire).overlap(Overlap::BufferAll));
    stage.world.advance(45 * SECOND + HALF);
    release(&stage, &gate);
    assert_eq!(stage.ran(), [0, 30, 40]);
    let missed = Verdict::Missed(SkipReason::CatchUpWindow);
    assert_eq!(stage.verdicts()[1..3], [(10, missed), (20, missed)]);
}

/// The allowed hours end while a run waits for its permit. That run was decided on time.
pub(super) fn late_runs_start_only_within_their_hours(backend: &dyn Backend) {
    let stage = Stage::with(backend, Options::default().max_concurrent_jobs(1));
    let (from, until) = (stage.at(-3 * 3_600).time(), stage.at(3_600).time());
    let night = Hours::new(from, until, Zone::named("UTC").expect("a valid time"));
    let gate = occupied(&stage);
    let hourly = Schedule::new(every(HOUR), stage.record.task()).id("it");
    stage.add(hourly.late_hours(night).overlap(Overlap::AllowAll));
    stage.world.advance(HOUR + HOUR / 2);
    release(&stage, &gate);
    stage.world.advance(HOUR);
    assert_eq!(
        stage.ran(),
        [2 * 3_600],
        "the first run became late outside the allowed hours"
    );
    let [(3_600, Verdict::Cancelled { reason, .. }), _] = stage.verdicts()[..] else {
        panic!("{:?}", stage.verdicts())
    };
    assert_eq!(reason, CancelReason::OutsideHours);
}

/// The first run waits half a minute for its permit.
pub(super) fn the_pace_is_between_starts(backend: &dyn Backend) {
    let stage = Stage::with(backend, Options::default().max_concurrent_jobs(1));
    let minutely = Schedule::new(every(60 * SECOND), stage.record.task()).id("it");
    let paced = Misfire::policy(MisfirePolicy::FireAll { max: 4 });
    let paced = paced.grace(SECOND).pace(10 * SECOND);
    stage.add(minutely.misfire(paced).overlap(Overlap::AllowAll));
    let gate = occupied(&stage);
    stage.come_late(610 * SECOND);
    stage.world.advance(30 * SECOND);
    assert_eq!(stage.ran(), [0_i64; 0]);
    release(&stage, &gate);
    stage.world.advance(15 * SECOND);
    let runs = stage.ran().into_iter().zip(stage.began());
    assert_eq!(Vec::from_iter(runs), [(420, 640_000), (480, 650_000)]);
}

/// The pause covers the due time of the second run, and nothing else is due for the last ones.
pub(super) fn paced_runs_continue_after_a_pause(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let minutely = Schedule::new(every(60 * SECOND), stage.record.task());
    let paced = Misfire::policy(MisfirePolicy::FireAll { max: 4 });
    let paced = paced.grace(SECOND).pace(10 * SECOND);
    stage.add(minutely.misfire(paced).overlap(Overlap::AllowAll));
    stage.come_late(610 * SECOND);
    stage.world.advance(5 * SECOND);
    stage.come_late(7 * SECOND);
    stage.world.advance(25 * SECOND);
    let runs = stage.ran().into_iter().zip(stage.began());
    let wanted = [
        (420, 610_000),
        (480, 622_000),
        (540, 632_000),
        (600, 642_000),
    ];
    assert_eq!(Vec::from_iter(runs), wanted);
}

pub(super) fn catch_up_runs_keep_their_pace(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let minutely = Schedule::new(every(60 * SECOND), stage.record.task());
    let paced = Misfire::policy(MisfirePolicy::FireAll { max: 4 });
    let paced = paced.grace(SECOND).pace(10 * SECOND);
    stage.add(minutely.misfire(paced).overlap(Overlap::AllowAll));
    stage.come_late(630 * SECOND);
    stage.world.advance(60 * SECOND);
    let runs = stage.ran().into_iter().zip(stage.began());
    let wanted = [
        (420, 630_000),
        (480, 640_000),
        (540, 650_000),
        (600, 660_000),
        (660, 660_000),
    ];
    let mut runs: Vec<_> = runs.collect();
    runs.sort_unstable();
    assert_eq!(runs, wanted, "runs on time are not paced");
}

/// A trigger that is due every second of the wall clock and counts the calls of `next`.
#[derive(Clone, Default)]
struct Secondly(Counter);

impl std::fmt::Debug for Secondly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secondly")
    }
}

impl Trigger for Secondly {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.add();
        DateTime::from_timestamp(after.timestamp() + 1, 0)
    }

    fn timeline(&self) -> Timeline {
        Timeline::Wall
    }
}

/// The machine is suspended for a year.
pub(super) fn a_year_asleep_is_bounded_work(backend: &dyn Backend) {
    let few = MisfirePolicy::FireAll { max: 100 };
    let once = MisfirePolicy::FireOnce(Which::Latest);
    for (policy, wanted) in [(few, 100_usize), (once, 1), (MisfirePolicy::Skip, 0)] {
        let stage = Stage::new(backend);
        let asked = Counter::default();
        let trigger = Secondly(asked.clone());
        let schedule = Schedule::new(trigger, stage.record.task()).id("it");
        let misfire = Misfire::policy(policy).grace(Duration::ZERO);
        stage.add(schedule.misfire(misfire).overlap(Overlap::AllowAll));
        stage.world.advance(HALF);
        stage.world.time.jump_wall(TimeDelta::seconds(YEAR));
        stage.world.advance(60 * SECOND);
        let is_late = |cause: &&RunCause| **cause == RunCause::CatchUp;
        let late = stage.causes().iter().filter(is_late).count();
        assert!(
            (wanted.saturating_sub(1)..=wanted).contains(&late),
            "{late} late runs by {policy:?}"
        );
        assert!(
            asked.get() < 10_000,
            "{policy:?} took {} calls of the trigger",
            asked.get()
        );
        let skipped = stage.info().skipped;
        assert!(
            (1_000..=2 * YEAR.unsigned_abs()).contains(&skipped),
            "{skipped}"
        );
        let covers = stage.record.runs().iter().find_map(|run| run.covers);
        let counted = covers.is_none_or(|all| all.count == Count::AtLeast(1_000));
        assert!(counted, "{covers:?}");
    }
}

pub(super) fn a_catch_up_run_is_marked_and_keeps_its_nominal_time(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let record = stage.record.clone();
    let seen = Task::new(move |job| {
        record.note(&job);
        async {}
    });
    let misfire = Misfire::policy(ALL).grace(HALF);
    let schedule = stage.secondly_as(seen).misfire(misfire);
    stage.add(schedule.overlap(Overlap::AllowAll));
    stage.come_late(3 * SECOND + HALF);
    stage.world.advance(SECOND);
    assert_eq!(stage.ran(), [1, 2, 3, 4]);
    assert_eq!(stage.began(), [3_500, 3_500, 3_500, 4_000]);
    let (late, due) = (RunCause::CatchUp, RunCause::Due);
    assert_eq!(stage.causes(), [late, late, due, due]);
    let history = stage.history();
    assert_eq!(
        history.iter().map(|known| known.cause).collect::<Vec<_>>(),
        stage.causes()
    );
}
