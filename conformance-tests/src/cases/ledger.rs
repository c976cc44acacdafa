//! Cases of LG: the ledger, which records the decision for each nominal time.

use std::time::Duration;

use scheduler_core::{
    ErrorKind, Misfire, Options, Overlap, Schedule, Shutdown,
    job::{CancelMode, CancelReason, CancelStatus, OutcomeKind},
    schedule::{
        Decision, Explanation, MisfirePolicy, ResumeFrom, ScheduleChange, SkipReason, Verdict,
    },
    trigger::Cron,
};

use super::{
    bodies,
    stage::{HALF, SECOND, Stage, every, it_id, single},
};
use crate::{Backend, gate::Gate, world::kind};

/// Returns the instants that the records cover, in order.
fn accounted(stage: &Stage) -> Vec<i64> {
    let seconds = |known: &Decision| {
        let (from, to) = (stage.second(known.span.from), stage.second(known.span.to));
        assert_eq!(known.span.count.known(), to.abs_diff(from) + 1);
        from..=to
    };
    let history = stage.history();
    let mut all: Vec<_> = history.iter().flat_map(seconds).collect();
    all.sort_unstable();
    all
}

/// The schedule is late, overlaps, is paused, and is late again.
pub(super) fn every_instant_has_one_record(backend: &dyn Backend) {
    let policies = [
        MisfirePolicy::Skip,
        MisfirePolicy::FireOnce(scheduler_core::schedule::Which::Latest),
        MisfirePolicy::FireOnce(scheduler_core::schedule::Which::Earliest),
        MisfirePolicy::FireAll { max: 3 },
    ];
    let overlaps = [
        Overlap::Skip,
        Overlap::BufferOne,
        Overlap::BufferAll,
        Overlap::TerminateOther,
    ];
    for (policy, overlap) in policies.into_iter().zip(overlaps) {
        let stage = Stage::new(backend);
        let slow = stage.record.slow_task(Duration::from_millis(1_600));
        let schedule = stage.secondly_as(slow).history(100);
        let misfire = Misfire::policy(policy).grace(HALF / 2).window(6 * SECOND);
        stage.add(schedule.misfire(misfire).overlap(overlap));
        stage.world.advance(4 * SECOND + HALF);
        stage.come_late(10 * SECOND);
        stage.world.advance(3 * SECOND);
        stage.pause("for a while");
        stage.world.advance(5 * SECOND);
        stage.resume(ResumeFrom::Now);
        stage.world.advance(2 * SECOND);
        stage.come_late(SECOND);
        assert_eq!(
            accounted(&stage),
            Vec::from_iter(1..=25),
            "{policy:?}, {overlap:?}"
        );
    }
}

/// Ten catch-up runs wait and start one after the other.
pub(super) fn waiting_catch_up_runs_have_a_record(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let misfire = Misfire::policy(MisfirePolicy::FireAll { max: 9 });
    let misfire = misfire.grace(HALF / 2).pace(3 * SECOND);
    let schedule = stage.secondly().history(100).misfire(misfire);
    stage.add(schedule.overlap(Overlap::AllowAll));
    stage.come_late(10 * SECOND + HALF);
    assert_eq!(accounted(&stage), Vec::from_iter(1..=10));
    let kept = stage.verdicts().into_iter().skip(2);
    assert!(
        kept.clone()
            .all(|(_, verdict)| verdict == Verdict::Buffered)
    );
    let seventh = stage
        .world
        .call(|it| it.schedule(&it_id()).explain(stage.at(7)));
    let Ok(Explanation::Decided(seventh)) = seventh else {
        panic!("{seventh:?}")
    };
    assert_eq!(seventh.verdict, Verdict::Buffered);
    stage.world.advance(30 * SECOND);
    assert_eq!(accounted(&stage), Vec::from_iter(1..=40));
    let over = |(_, verdict): &(i64, Verdict)| !matches!(verdict, Verdict::Buffered);
    assert!(stage.verdicts().iter().all(over));
}

pub(super) fn a_record_follows_its_run(backend: &dyn Backend) {
    let (stage, gate) = (Stage::new(backend), Gate::default());
    let held = stage.secondly_as(stage.record.held_task(&gate));
    stage.add(held.overlap(Overlap::BufferAll));
    stage.world.advance(2 * SECOND + HALF);
    let [(1, Verdict::Started(first)), (2, Verdict::Buffered)] = stage.verdicts()[..] else {
        panic!("{:?}", stage.verdicts());
    };
    gate.open();
    stage.world.settle();
    let outcome = OutcomeKind::Succeeded;
    let [(1, one), (2, Verdict::Ran { outcome: two, .. })] = stage.verdicts()[..] else {
        panic!("{:?}", stage.verdicts());
    };
    assert_eq!(
        (one, two),
        (
            Verdict::Ran {
                job: first,
                outcome
            },
            outcome
        )
    );
}

pub(super) fn a_run_that_never_began_was_cancelled(backend: &dyn Backend) {
    let stage = Stage::with(backend, Options::default().max_concurrent_jobs(1));
    let gate = Gate::default();
    let blocker = bodies::held(&gate);
    stage.world.call(|it| it.post(blocker).expect("accepted"));
    stage.add(stage.secondly());
    stage.world.advance(SECOND + HALF);
    let [(1, Verdict::Started(job))] = stage.verdicts()[..] else {
        panic!("{:?}", stage.verdicts());
    };
    let status = stage.world.call(|it| it.cancel(job, CancelMode::Immediate));
    assert_eq!(status, CancelStatus::Prevented);
    let reason = CancelReason::Requested;
    assert_eq!(stage.verdicts(), [(1, Verdict::Cancelled { job, reason })]);
    gate.open();
}

pub(super) fn skipped_instants_have_their_reason(backend: &dyn Backend) {
    let (stage, gate) = (Stage::new(backend), Gate::default());
    let skip = Misfire::policy(MisfirePolicy::Skip).grace(HALF / 2);
    stage.add(
        stage
            .secondly_as(stage.record.held_task(&gate))
            .misfire(skip),
    );
    stage.world.advance(2 * SECOND + HALF);
    stage.come_late(SECOND);
    stage.pause("for a while");
    stage.world.advance(SECOND);
    stage.resume(ResumeFrom::Now);
    let reasons = stage.verdicts();
    let wanted = [
        (2, Verdict::Skipped(SkipReason::Overlap)),
        (3, Verdict::Missed(SkipReason::Misfire)),
        (4, Verdict::Skipped(SkipReason::Paused)),
    ];
    assert_eq!(reasons[1..], wanted);
    gate.open();
}

/// One run would replace four late instants, and an earlier run is active.
pub(super) fn instants_of_a_skipped_run_have_its_reason(backend: &dyn Backend) {
    let (stage, gate) = (Stage::new(backend), Gate::default());
    let once = Misfire::default().grace(SECOND);
    let tenth = Schedule::new(every(10 * SECOND), stage.record.held_task(&gate));
    stage.add(tenth.id("it").misfire(once).overlap(Overlap::Skip));
    stage.world.advance(10 * SECOND);
    stage.come_late(45 * SECOND);
    let skipped = Verdict::Skipped(SkipReason::Overlap);
    let verdicts = stage.verdicts();
    assert_eq!(verdicts[1..], [(20, skipped), (50, skipped)]);
    gate.open();
    stage.world.settle();
    assert_eq!(stage.ran(), [10]);
}

/// A way in which a buffered run is given up, and the reason.
type GivesUp = (fn(&mut Stage), SkipReason);

const GIVES_UP: [GivesUp; 2] = [
    (
        |stage| {
            let removed = stage.world.call(|it| it.schedule(&it_id()).remove());
            removed.expect("removed");
        },
        SkipReason::ScheduleRemoved,
    ),
    (
        |stage| drop(stage.world.shut_down(Shutdown::immediate())),
        SkipReason::Shutdown,
    ),
];

/// A run that replaces four late instants waits for the end of an earlier one.
pub(super) fn instants_of_a_buffered_run_share_its_fate(backend: &dyn Backend) {
    for (give_up, reason) in GIVES_UP {
        let (mut stage, gate) = (Stage::new(backend), Gate::default());
        let once = Misfire::default().grace(SECOND);
        let tenth = Schedule::new(every(10 * SECOND), stage.record.held_task(&gate));
        let tenth = tenth.id("it").misfire(once);
        stage.add(tenth.overlap(Overlap::BufferOne));
        stage.world.advance(10 * SECOND);
        stage.come_late(45 * SECOND);
        let into = stage.at(50);
        let waits = [(20, Verdict::Coalesced { into }), (50, Verdict::Buffered)];
        assert_eq!(stage.verdicts()[1..], waits);
        give_up(&mut stage);
        stage.world.settle();
        let given_up = Verdict::Skipped(reason);
        assert_eq!(stage.verdicts()[1..], [(20, given_up), (50, given_up)]);
        gate.open();
    }
}

pub(super) fn instants_within_the_grace_are_not_recorded_as_late(backend: &dyn Backend) {
    let late = Verdict::Missed(SkipReason::Misfire);
    let superseded = Verdict::Skipped(SkipReason::Superseded);
    for (grace, wanted) in [
        (60, vec![(10, superseded)]),
        (15, vec![(10, late), (30, superseded)]),
        (14, vec![(10, late)]),
    ] {
        let stage = Stage::new(backend);
        let skip = Misfire::policy(MisfirePolicy::Skip).grace(grace * SECOND);
        let tenth = Schedule::new(every(10 * SECOND), stage.record.task());
        stage.add(tenth.id("it").misfire(skip));
        stage.come_late(45 * SECOND);
        assert_eq!(stage.ran(), [40], "{grace} s");
        let mut verdicts = stage.verdicts();
        verdicts.pop();
        assert_eq!(verdicts, wanted, "{grace} s");
    }
}

pub(super) fn the_latest_records_are_kept(backend: &dyn Backend) {
    for (limit, wanted) in [(3, vec![5, 6, 7]), (0, vec![]), (1, vec![7])] {
        let stage = Stage::new(backend);
        stage.add(stage.secondly().history(limit));
        stage.world.advance(7 * SECOND + HALF);
        assert_eq!(stage.ran().len(), 7);
        let kept = stage.verdicts().into_iter().map(|(second, _)| second);
        assert_eq!(kept.collect::<Vec<_>>(), wanted);
        assert_eq!(explained(&stage, stage.at(2)), Explanation::NoRecord);
    }
    let stage = Stage::with(backend, Options::default().history(2));
    stage.add(stage.secondly());
    stage.world.advance(7 * SECOND + HALF);
    assert_eq!(stage.history().len(), 2);
    for length in [1, 0] {
        stage.update(ScheduleChange::new().history(length));
        assert_eq!(stage.history().len(), length, "at once");
    }
}

fn explained(stage: &Stage, at: chrono::DateTime<chrono::Utc>) -> Explanation {
    let answer = stage.world.call(|it| it.schedule(&it_id()).explain(at));
    answer.expect("exists")
}

pub(super) fn explain_says_why_an_instant_did_not_run(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let minutely = Cron::parse("* * * * *").expect("valid");
    let next = minutely_after(&stage);
    let minutes = |count: i64| next + chrono::TimeDelta::minutes(count);
    stage.add(Schedule::new(minutely, stage.record.task()).id("it"));
    stage.world.advance(180 * SECOND);
    let Explanation::Decided(decision) = explained(&stage, minutes(1)) else {
        panic!("{:?}", explained(&stage, minutes(1)));
    };
    assert!(
        matches!(decision.verdict, Verdict::Ran { .. }),
        "{decision:?}"
    );
    let beside = explained(&stage, minutes(1) + chrono::TimeDelta::seconds(5));
    assert_eq!(
        beside,
        Explanation::NoSuchInstant {
            next: Some(minutes(2))
        }
    );
    assert_eq!(explained(&stage, minutes(99)), Explanation::NotYet);
    assert_eq!(explained(&stage, minutes(-99)), Explanation::NoRecord);
    stage.pause("for a while");
    stage.world.advance(180 * SECOND);
    assert_eq!(explained(&stage, minutes(4)), Explanation::Undecided);
    stage.resume(ResumeFrom::Now);
    let Explanation::Decided(decision) = explained(&stage, minutes(4)) else {
        panic!("{:?}", explained(&stage, minutes(4)));
    };
    assert_eq!(decision.verdict, Verdict::Skipped(SkipReason::Paused));
    let unknown = "unknown".into();
    let refused = stage
        .world
        .call(|it| kind(it.schedule(&unknown).explain(next)));
    assert_eq!(refused, Some(ErrorKind::NotFound));
}

/// One record covers ten late instants. A new trigger does not know them.
pub(super) fn explain_knows_the_instants_of_an_earlier_trigger(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let skip = Misfire::policy(MisfirePolicy::Skip).grace(HALF / 2);
    stage.add(stage.secondly().misfire(skip));
    stage.come_late(10 * SECOND + HALF);
    let before = explained(&stage, stage.at(5));
    assert!(matches!(&before, Explanation::Decided(known) if known.span.count.known() > 1));
    let hourly = every(3_600 * SECOND);
    stage.update(ScheduleChange::new().trigger(hourly));
    assert_eq!(explained(&stage, stage.at(5)), before);
}

/// Returns the first full minute after now.
fn minutely_after(stage: &Stage) -> chrono::DateTime<chrono::Utc> {
    let past = stage.begun.timestamp().rem_euclid(60);
    stage.at((60 - past) % 60)
}

pub(super) fn the_history_outlives_its_schedule(backend: &dyn Backend) {
    let mut stage = Stage::new(backend);
    stage.add(stage.secondly());
    stage.world.advance(2 * SECOND + HALF);
    stage
        .world
        .call(|it| it.schedule(&it_id()).remove().expect("existed"));
    let seconds = |stage: &Stage| Vec::from_iter(stage.verdicts().iter().map(|(at, _)| *at));
    assert_eq!(seconds(&stage), [1, 2]);
    stage.add(stage.secondly());
    stage.world.advance(2 * SECOND);
    assert_eq!(seconds(&stage), [1, 2, 3, 4]);
    let gate = Gate::default();
    let held = stage.secondly_as(stage.record.held_task(&gate)).id("other");
    stage.add(held.overlap(Overlap::BufferAll));
    stage.world.advance(2 * SECOND + HALF);
    stage.world.events();
    gate.open();
    let how = Shutdown::immediate();
    stage.world.shut_down(how).expect("shut down");
    let ended = stage.history();
    assert!(ended.len() >= 6, "{ended:?}");
    let unknown = "unknown".into();
    let refused = stage.world.call(|it| kind(it.schedule(&unknown).history()));
    assert_eq!(refused, Some(ErrorKind::NotFound));
}

/// The old schedule is removed while one run is active and one is buffered. The history of the id
/// has both.
pub(super) fn a_new_schedule_under_an_old_id_continues_its_history(backend: &dyn Backend) {
    let (stage, gate) = (Stage::new(backend), Gate::default());
    let held = stage.secondly_as(stage.record.held_task(&gate));
    stage.add(held.overlap(Overlap::BufferAll));
    stage.world.advance(2 * SECOND + HALF);
    stage
        .world
        .call(|it| it.schedule(&it_id()).remove().expect("existed"));
    let removed = (2, Verdict::Skipped(SkipReason::ScheduleRemoved));
    assert!(matches!(stage.verdicts()[..], [(1, Verdict::Started(_)), last] if last == removed));
    stage.add(stage.secondly());
    stage.world.time.outside(|| gate.open());
    stage.world.advance(SECOND);
    assert!(matches!(
        stage.verdicts()[..],
        [(1, Verdict::Ran { .. }), second, (3, Verdict::Ran { .. })] if second == removed
    ));
}

pub(super) fn runs_buffered_at_the_end_have_a_record(backend: &dyn Backend) {
    let (mut stage, gate) = (Stage::new(backend), Gate::default());
    let held = stage.secondly_as(stage.record.held_task(&gate));
    stage.add(held.overlap(Overlap::BufferAll));
    stage.world.advance(3 * SECOND + HALF);
    let report = stage.world.shut_down(Shutdown::immediate());
    report.expect("shut down");
    assert_eq!(stage.skipped(), single([2, 3], SkipReason::Shutdown));
    let reasons = stage.verdicts();
    let shutdown = Verdict::Skipped(SkipReason::Shutdown);
    assert_eq!(reasons[1..], [(2, shutdown), (3, shutdown)]);
}
