//! Cases of SC: schedules that are added, changed, paused, run at once and removed.

use std::time::Duration;

use chrono::TimeDelta;
use scheduler_core::{
    ErrorKind, Job, JobContext, Misfire, Options, Overlap, Schedule, Scheduler, SchedulerExt, Task,
    job::{CancelReason, OutcomeKind},
    schedule::{
        Conflict, MisfirePolicy, ResumeFrom, RunCause, ScheduleChange, SkipReason, Span, Verdict,
    },
};

use super::{
    bodies::{assert_succeeds, held},
    record::Record,
    stage::{HALF, SECOND, Stage, every, it_id, single},
};
use crate::{
    Backend, World,
    gate::{Counter, Gate},
    world::kind,
};

fn described(record: &Record) -> Schedule {
    Schedule::new(every(2 * SECOND), record.task().name("import"))
        .id("it")
        .name("the nightly import")
        .tag("night")
        .tag("import")
        .metadata("owner", "billing")
        .overlap(Overlap::BufferAll)
        .max_instances(3)
        .buffer_limit(7)
        .group("database")
}

pub(super) fn a_schedule_is_shown_as_it_was_defined(backend: &dyn Backend) {
    let early = World::new(backend);
    let record = Record::new(&early.time);
    early.call(|it| it.add(described(&record)).expect("added"));
    let early = Stage {
        record,
        ..Stage::on(early)
    };
    let late = Stage::new(backend);
    late.add(described(&late.record));
    for stage in [early, late] {
        stage.world.advance(5 * SECOND);
        assert_eq!(stage.ran(), [2, 4]);
        let info = stage.info();
        assert_eq!(info.name.as_deref(), Some("the nightly import"));
        assert_eq!(info.task.as_deref(), Some("import"));
        assert_eq!(
            info.tags.iter().map(|tag| &**tag).collect::<Vec<_>>(),
            ["night", "import"]
        );
        assert_eq!(
            info.metadata.get("owner").map(|owner| &**owner),
            Some("billing")
        );
        assert_eq!((info.max_instances(), info.buffer_limit()), (3, 7));
        assert_eq!(
            (info.overlap(), info.group()),
            (Overlap::BufferAll, Some("database"))
        );
        assert_eq!((info.started, info.last), (2, Some(stage.at(4))));
        assert_eq!(info.next, Some(stage.at(6)));
    }
}

/// Returns a second schedule under the same id, due every three seconds. `dropped` counts the drop
/// of its task.
fn rival(stage: &Stage, dropped: &Counter) -> Schedule {
    let (record, token) = (stage.record.clone(), dropped.on_drop());
    let task = Task::new(move |job: JobContext| {
        let _ = &token;
        record.note(&job);
        async {}
    });
    Schedule::new(every(3 * SECOND), task)
        .id("it")
        .name("rival")
}

pub(super) fn an_existing_id_is_refused(backend: &dyn Backend) {
    let mut stage = Stage::new(backend);
    let dropped = Counter::default();
    stage.add(stage.secondly().name("first"));
    stage.world.advance(2 * SECOND + HALF);
    stage.world.events();
    let refused = stage.world.call(|it| kind(it.add(rival(&stage, &dropped))));
    assert_eq!(refused, Some(ErrorKind::DuplicateId));
    assert_eq!(dropped.get(), 1);
    assert!(stage.world.events().is_empty());
    assert_eq!(stage.info().name.as_deref(), Some("first"));
    stage.world.advance(2 * SECOND);
    assert_eq!(stage.ran(), [1, 2, 3, 4]);
}

pub(super) fn an_existing_schedule_is_kept_on_request(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let dropped = Counter::default();
    stage.add(stage.secondly().name("first"));
    let again = rival(&stage, &dropped).on_conflict(Conflict::Keep);
    assert_eq!(*stage.add(again).id(), it_id());
    stage.world.settle();
    assert_eq!(dropped.get(), 1);
    assert_eq!(stage.info().name.as_deref(), Some("first"));
    stage.world.advance(3 * SECOND + HALF);
    assert_eq!(stage.ran(), [1, 2, 3]);
    let fresh = Schedule::new(every(SECOND), stage.record.task()).id("fresh");
    stage.add(fresh.on_conflict(Conflict::Keep));
    assert_eq!(stage.world.scheduler.schedules().len(), 2);
}

pub(super) fn runs_and_pause_survive_a_replacement(backend: &dyn Backend) {
    let mut stage = Stage::new(backend);
    let (gate, dropped) = (Gate::default(), Counter::default());
    stage.add(stage.secondly_as(stage.record.held_task(&gate)));
    stage.world.advance(SECOND + HALF);
    let other = rival(&stage, &dropped).on_conflict(Conflict::Replace);
    assert_eq!(*stage.add(other).id(), it_id());
    let info = stage.info();
    assert_eq!((info.name.as_deref(), info.running), (Some("rival"), 1));
    let next = stage.at(4) + TimeDelta::milliseconds(500);
    assert_eq!(info.next, Some(next), "the new trigger starts from now");
    stage.world.advance(4 * SECOND);
    let overlapped = [(4, 4, SkipReason::Overlap)];
    assert_eq!(
        stage.skipped(),
        overlapped,
        "the active run of the old definition overlaps"
    );
    gate.open();
    stage.world.advance(3 * SECOND);
    assert_eq!(stage.ran(), [1, 7]);
    assert_eq!(stage.verdicts().len(), 3, "the history is kept");
    stage.pause("quiet, please");
    let third = rival(&stage, &dropped).on_conflict(Conflict::Replace);
    stage.add(third);
    let pause = stage.info().paused.expect("the schedule stays paused");
    assert_eq!(&*pause.reason, "quiet, please");
}

pub(super) fn a_change_is_applied_as_a_whole_or_not_at_all(backend: &dyn Backend) {
    let mut stage = Stage::new(backend);
    stage.add(stage.secondly().name("before"));
    stage.world.advance(SECOND + HALF);
    stage.world.events();
    let good = || {
        ScheduleChange::new()
            .name("after")
            .trigger(every(2 * SECOND))
            .jitter(HALF)
    };
    let bad = good().max_instances(0);
    let refused = stage
        .world
        .call(|it| kind(it.schedule(&it_id()).update(bad)));
    assert_eq!(refused, Some(ErrorKind::InvalidConfig));
    let info = stage.info();
    assert_eq!(
        (info.name.as_deref(), info.jitter()),
        (Some("before"), Duration::ZERO)
    );
    assert_eq!(info.next, Some(stage.at(2)));
    assert!(stage.world.events().is_empty());
    stage.update(good());
    let info = stage.info();
    assert_eq!((info.name.as_deref(), info.jitter()), (Some("after"), HALF));
    assert_eq!(info.next, Some(stage.at(3) + TimeDelta::milliseconds(500)));
    let unknown = "unknown".into();
    let refused = stage
        .world
        .call(|it| kind(it.schedule(&unknown).update(good())));
    assert_eq!(refused, Some(ErrorKind::NotFound));
}

pub(super) fn settings_that_are_not_given_do_not_change(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    stage.add(stage.secondly().name("before").tag("a").metadata("k", "v"));
    stage.world.advance(HALF);
    let other = Record::new(&stage.world.time);
    stage.update(ScheduleChange::new().task(other.task()).tags(["b"]));
    let info = stage.info();
    assert_eq!(
        (info.name.as_deref(), info.next),
        (Some("before"), Some(stage.at(1)))
    );
    assert!(info.has_tag("b") && !info.has_tag("a") && info.metadata.contains_key("k"));
    stage.world.advance(SECOND);
    assert_eq!((stage.ran().len(), other.runs().len()), (0, 1));
}

pub(super) fn a_new_trigger_counts_from_now(backend: &dyn Backend) {
    let mut stage = Stage::new(backend);
    stage.add(stage.secondly());
    stage.world.advance(2 * SECOND + HALF);
    stage.pause("while it is moved");
    stage.world.advance(3 * SECOND);
    let moved = stage
        .world
        .call(|it| it.schedule(&it_id()).reschedule(every(2 * SECOND)));
    moved.expect("the schedule changes its group");
    stage.resume(ResumeFrom::WhereItStood);
    stage.world.advance(4 * SECOND);
    let halves = [1_000, 2_000, 7_500, 9_500];
    assert_eq!(stage.began(), halves);
    assert_eq!(stage.skipped(), [(3, 5, SkipReason::ScheduleChanged)]);
}

pub(super) fn run_now_creates_a_separate_run(backend: &dyn Backend) {
    let mut stage = Stage::new(backend);
    let gate = Gate::default();
    stage.add(stage.secondly_as(stage.record.held_task(&gate)));
    stage.world.advance(SECOND + HALF);
    let asked = stage.world.wall();
    let job = stage
        .world
        .call(|it| it.schedule(&it_id()).run_now().expect("`run_now` succeeds"));
    stage.world.settle();
    let run = stage.record.runs()[1];
    assert_eq!(
        (run.nominal, run.at),
        (asked, asked),
        "the overlap policy does not hold `run_now` back"
    );
    assert_eq!(stage.causes(), [RunCause::Due, RunCause::RunNow]);
    let listed = stage.world.scheduler.job(job.id());
    assert_eq!(listed.and_then(|job| job.schedule), Some(it_id()));
    let info = stage.info();
    assert_eq!((info.running, info.next), (1, Some(stage.at(2))));
    gate.open();
    assert_succeeds(&stage.world, &job);
    stage.world.advance(2 * SECOND);
    assert_eq!(stage.ran(), [1, 1, 2, 3], "`run_now` changes no instant");
    assert_eq!(stage.skipped(), []);
    let history = stage.history();
    let own = history.iter().find(|known| known.cause == RunCause::RunNow);
    let own = own.expect("the run has a record");
    assert_eq!(own.span, Span::single(asked));
    let ran = Verdict::Ran {
        job: job.id(),
        outcome: OutcomeKind::Succeeded,
    };
    assert_eq!(own.verdict, ran);
}

pub(super) fn a_removed_schedule_starts_nothing(backend: &dyn Backend) {
    let mut stage = Stage::new(backend);
    let gate = Gate::default();
    let held = stage.secondly_as(stage.record.held_task(&gate));
    stage.add(held.overlap(Overlap::BufferAll));
    stage.world.advance(3 * SECOND + HALF);
    let job = stage.world.scheduler.jobs().first().map(|job| job.id);
    let running = job.and_then(|job| stage.world.scheduler.handle(job));
    let running = running.expect("one runs");
    stage
        .world
        .call(|it| it.schedule(&it_id()).remove().expect("existed"));
    assert_eq!(stage.skipped(), single([2, 3], SkipReason::ScheduleRemoved));
    assert!(stage.world.scheduler.schedule(&it_id()).info().is_err());
    stage.world.advance(3 * SECOND);
    gate.open();
    assert_succeeds(&stage.world, &running);
    assert_eq!(stage.ran(), [1]);
}

pub(super) fn waiting_jobs_are_cancelled_with_their_schedule(backend: &dyn Backend) {
    let stage = Stage::with(backend, Options::default().max_concurrent_jobs(1));
    let gate = Gate::default();
    let blocker: Job = held(&gate);
    stage.world.call(|it| it.post(blocker).expect("accepted"));
    stage.add(stage.secondly());
    stage.world.advance(SECOND + HALF);
    let [(1, Verdict::Started(job))] = stage.verdicts()[..] else {
        panic!("{:?}", stage.verdicts());
    };
    stage
        .world
        .call(|it| it.schedule(&it_id()).remove().expect("existed"));
    stage.world.settle();
    let reason = CancelReason::ScheduleRemoved;
    assert_eq!(stage.verdicts(), [(1, Verdict::Cancelled { job, reason })]);
    gate.open();
    stage.world.advance(SECOND);
    assert_eq!(stage.ran(), [0_i64; 0]);
}

pub(super) fn jitter_keeps_the_nominal_time(backend: &dyn Backend) {
    let shifts = |limit: Duration| {
        let stage = Stage::new(backend);
        stage.add(stage.secondly().jitter(limit));
        stage.world.advance(40 * SECOND);
        assert_eq!(stage.ran()[..39], Vec::from_iter(1..=39)[..]);
        let runs = stage.record.runs();
        assert!(runs.iter().all(|run| run.cause == Some(RunCause::Due)));
        let shift = |run: &super::record::Run| run.at - run.nominal;
        runs[..39].iter().map(shift).collect::<Vec<_>>()
    };
    let (some, limit) = (shifts(HALF), TimeDelta::milliseconds(500));
    assert!(
        some.iter()
            .all(|&by| by >= TimeDelta::zero() && by <= limit),
        "{some:?}"
    );
    assert!(some.iter().max() > some.iter().min(), "{some:?}");
    assert_eq!(
        some,
        shifts(HALF),
        "the jitter is the same in every process"
    );
    let within = |by: &TimeDelta| *by < TimeDelta::seconds(1);
    assert!(
        shifts(60 * SECOND).iter().all(within),
        "no start is delayed beyond the next instant"
    );
}

pub(super) fn settings_that_let_nothing_run_are_refused(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let none = Misfire::policy(MisfirePolicy::FireAll { max: 0 });
    for nonsense in [
        stage.secondly().max_instances(0),
        stage.secondly().buffer_limit(0),
        stage.secondly().pause_after_failures(0),
        stage.secondly().misfire(none),
    ] {
        let refused = stage.world.call(|it| kind(it.add(nonsense)));
        assert_eq!(refused, Some(ErrorKind::InvalidConfig));
    }
    assert!(stage.world.scheduler.schedules().is_empty());
    stage.add(stage.secondly());
    for nonsense in [
        ScheduleChange::new().max_instances(0),
        ScheduleChange::new().buffer_limit(0),
        ScheduleChange::new().pause_after_failures(0),
        ScheduleChange::new().misfire(none),
    ] {
        let refused = stage
            .world
            .call(|it| kind(it.schedule(&it_id()).update(nonsense)));
        assert_eq!(refused, Some(ErrorKind::InvalidConfig));
    }
}

pub(super) fn the_preview_returns_the_instants_that_run(backend: &dyn Backend) {
    let mut stage = Stage::new(backend);
    stage.add(stage.secondly().jitter(HALF));
    stage.world.advance(2 * SECOND + HALF);
    stage.world.events();
    let preview = stage
        .world
        .call(|it| it.schedule(&it_id()).next_times(5).expect("exists"));
    assert_eq!(
        preview,
        Vec::from_iter((3..=7).map(|second| stage.at(second)))
    );
    assert!(stage.world.events().is_empty());
    stage.world.advance(5 * SECOND);
    assert_eq!(stage.record.nominals()[2..], preview);
}
