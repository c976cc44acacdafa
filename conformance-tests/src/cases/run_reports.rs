//! Cases of LG: what a record says about the run of its instant, and about the run that the instant met.

use std::time::Duration;

use chrono::TimeDelta;
use scheduler_core::{
    JobContext, Options, Overlap, Schedule, ScheduleId, Task,
    job::{CancelMode, JobPolicy, Retry},
    schedule::{Decision, RunReport, Verdict},
};

use super::{
    bodies,
    stage::{HALF, SECOND, Stage, every, it_id},
};
use crate::{Backend, gate::Gate};

const BRIEFLY: Duration = Duration::from_millis(300);

fn briefly() -> TimeDelta {
    TimeDelta::milliseconds(300)
}

/// Returns the only record of the schedule.
fn only(stage: &Stage) -> Decision {
    let history = stage.history();
    let [only] = &history[..] else {
        panic!("{history:?}");
    };
    only.clone()
}

pub(super) fn a_finished_run_has_a_report(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    stage.add(stage.secondly_as(stage.record.slow_task(BRIEFLY)));
    stage.world.advance(SECOND + BRIEFLY / 2);
    let running = only(&stage);
    assert!(matches!(running.verdict, Verdict::Started(_)));
    assert_eq!((&running.run, running.lateness()), (&None, None));
    stage.world.advance(HALF);
    let mut ran = RunReport::new(stage.at(1) + briefly());
    ran.began = Some(stage.at(1));
    ran.attempts = 1;
    let known = only(&stage);
    assert_eq!((&known.run, known.met), (&Some(ran), None));
    assert_eq!(known.lateness(), Some(TimeDelta::zero()));
    let duration = known.run.as_ref().and_then(RunReport::duration);
    assert_eq!(duration, Some(briefly()));
}

/// Two attempts of 0.3 s, a second apart. The error of the last one is recorded, in brief.
pub(super) fn the_report_of_a_failed_run_has_its_error(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let fails = |job: JobContext| async move {
        job.sleep(BRIEFLY).await;
        Err::<(), _>(format!(
            "no disk in attempt {}{}",
            job.attempt(),
            "!".repeat(9_999)
        ))
    };
    let policy = JobPolicy::default().retry(Retry::fixed(2, SECOND));
    let task = Task::new(fails).policy(policy);
    stage.add(Schedule::new(every(60 * SECOND), task).id("it"));
    stage.world.advance(63 * SECOND);
    let Decision { run: Some(run), .. } = only(&stage) else {
        panic!("{:?}", only(&stage));
    };
    let ended = stage.at(61) + briefly() * 2;
    assert_eq!((run.began, run.ended), (Some(stage.at(60)), ended));
    assert_eq!(run.attempts, 2);
    let error = run.error.expect("it failed");
    assert!(error.starts_with("no disk in attempt 2!!"), "{error}");
    assert!(error.chars().count() < 1_000, "it is in brief");
}

pub(super) fn the_report_of_a_run_that_never_began_says_so(backend: &dyn Backend) {
    let stage = Stage::with(backend, Options::default().max_concurrent_jobs(1));
    let gate = Gate::default();
    let blocker = bodies::held(&gate);
    stage.world.call(|it| it.post(blocker).expect("accepted"));
    stage.add(stage.secondly());
    stage.world.advance(SECOND + HALF);
    let Verdict::Started(job) = only(&stage).verdict else {
        panic!("{:?}", only(&stage));
    };
    stage.world.call(|it| it.cancel(job, CancelMode::Immediate));
    let ended = stage.at(1) + TimeDelta::milliseconds(500);
    assert_eq!(only(&stage).run, Some(RunReport::new(ended)));
    gate.open();
}

/// The first run is held; what happens to the second instant hangs on the policy.
pub(super) fn a_record_names_the_run_that_the_instant_met(backend: &dyn Backend) {
    for overlap in [Overlap::Skip, Overlap::BufferAll, Overlap::AllowAll] {
        let (stage, gate) = (Stage::new(backend), Gate::default());
        let held = stage.secondly_as(stage.record.held_task(&gate));
        stage.add(held.overlap(overlap).buffer_limit(1));
        stage.world.advance(3 * SECOND + HALF);
        let history = stage.history();
        let Verdict::Started(first) = history[0].verdict else {
            panic!("{history:?}");
        };
        let met = history.iter().map(|known| known.met);
        let expected = match overlap {
            Overlap::AllowAll => [None; 3],
            _ => [None, Some(first), Some(first)],
        };
        assert_eq!(Vec::from_iter(met), expected, "{overlap:?}");
        gate.open();
        stage.world.settle();
        if overlap == Overlap::BufferAll {
            let second = &stage.history()[1];
            assert!(matches!(second.verdict, Verdict::Ran { .. }));
            assert_eq!(second.met, Some(first), "it waited for the first");
        }
    }
}

/// The runs of one group meet each other. A run that a pause holds up has met no other run.
pub(super) fn runs_of_a_group_meet_each_other(backend: &dyn Backend) {
    let (stage, gate) = (Stage::new(backend), Gate::default());
    let held = stage.secondly_as(stage.record.held_task(&gate));
    stage.add(held.group("one"));
    let other = Schedule::new(every(2 * SECOND), stage.record.task()).id("other");
    stage.add(other.group("one").overlap(Overlap::BufferAll));
    stage.world.advance(SECOND + HALF);
    let Verdict::Started(first) = only(&stage).verdict else {
        panic!("{:?}", only(&stage));
    };
    stage.world.advance(SECOND);
    let of_other = || {
        let other = ScheduleId::new("other");
        stage
            .world
            .call(|it| it.schedule(&other).history().expect("listed"))
    };
    assert_eq!(of_other()[0].met, Some(first));
    assert_eq!(stage.history()[1].met, Some(first));
    assert_eq!(stage.info().id, it_id());
    gate.open();
}
