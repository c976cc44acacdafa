//! Cases of TM, SC, RY: a step back too small to be noticed, a pause in the middle of a question, the
//! jitter of an instant that is replaced by hand, and the priority of a backfill.

use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Job, Misfire, Options, Schedule, ScheduleHandle, Scheduler, Trigger,
    schedule::{MisfirePolicy, ResumeFrom, ScheduleChange, SkipReason, Verdict},
};

use super::{
    backfills::{begin, end_of, range, schedule},
    bodies::{assert_succeeds, held, telling},
    stage::{SECOND, Stage, every},
};
use crate::{Backend, World, gate::Gate};

pub(super) fn no_step_back_starts_a_job_early(backend: &dyn Backend) {
    for step in [1, 5, 20, 500, 999, 5_000] {
        let world = World::new(backend).started();
        let (due, time) = (world.wall() + TimeDelta::seconds(10), world.time.clone());
        let job = telling(move |_| async move {
            let now = scheduler_core::Runtime::now(&time).wall();
            assert!(now >= due, "a step of {step} ms: {:?} early", due - now);
        });
        let job = world.call(|it| it.try_submit(job.at(due)).expect("accepted"));
        world.advance(SECOND);
        world.time.jump_wall(TimeDelta::milliseconds(-step));
        world.advance(20 * SECOND);
        assert_succeeds(&world, &job);
    }
}

/// A trigger for each second that pauses its own schedule when it is asked.
#[derive(Debug)]
struct Pauses {
    own: Arc<OnceLock<ScheduleHandle>>,
    is_to_pause: Arc<AtomicBool>,
}

impl Trigger for Pauses {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.is_to_pause.swap(false, SeqCst) {
            let own = self.own.get().expect("set before");
            own.pause("in the middle").expect("listed");
        }
        DateTime::from_timestamp(after.timestamp() + 1, 0)
    }
}

pub(super) fn a_pause_voids_the_question_that_is_open(backend: &dyn Backend) {
    let stage = Stage::new(backend);
    let (own, is_to_pause) = (Arc::default(), Arc::new(AtomicBool::new(false)));
    let trigger = Pauses {
        own: Arc::clone(&own),
        is_to_pause: is_to_pause.clone(),
    };
    let added = stage.add(Schedule::new(trigger, stage.record.task()).id("it"));
    stage.world.settle();
    assert!(own.set(added).is_ok());
    // The trigger names the present second, which is due at once.
    assert_eq!(stage.ran(), [0]);
    stage.world.call(|it| it.pause().expect("paused"));
    stage.world.advance(5 * SECOND);
    is_to_pause.store(true, SeqCst);
    stage.world.call(|it| it.resume().expect("resumed"));
    stage.world.settle();
    assert!(stage.info().paused.is_some(), "the trigger was asked");
    assert_eq!(stage.world.scheduler.metrics().accepted, 1);
    stage.world.advance(SECOND / 2);
    assert_eq!(stage.history().len(), 1, "{:?}", stage.history());
    stage.resume(ResumeFrom::WhereItStood);
    assert_eq!(stage.ran(), [0, 5]);
    stage.world.advance(SECOND);
    assert_eq!(stage.ran(), [0, 5, 6]);
}

pub(super) fn an_instant_set_by_hand_has_no_jitter_of_another(backend: &dyn Backend) {
    const DAY: Duration = Duration::from_secs(86_400);
    let stage = Stage::new(backend);
    let daily = Schedule::new(every(DAY), stage.record.task()).id("it");
    stage.add(daily.jitter(DAY / 2));
    stage.world.settle();
    stage.world.advance(20 * SECOND);
    let strict = Misfire::policy(MisfirePolicy::Skip).grace(5 * SECOND);
    let change = ScheduleChange::new().jitter(Duration::ZERO).misfire(strict);
    stage.update(change.waiting_for(stage.at(10)));
    assert!(stage.ran().is_empty(), "{:?}", stage.ran());
    let late = Verdict::Missed(SkipReason::Misfire);
    assert_eq!(stage.verdicts(), [(10, late)]);
}

pub(super) fn a_backfill_has_the_priority_that_it_names(backend: &dyn Backend) {
    for (priority, ran_before) in [(None, 0), (Some(5), 1)] {
        let stage = Stage::with(backend, Options::default().max_concurrent_jobs(1));
        stage.add(schedule(&stage, stage.record.task()));
        let gate = Gate::default();
        stage.world.scheduler.post(held(&gate)).expect("accepted");
        stage.world.settle();
        let (seen, record) = (Arc::new(Mutex::new(None)), stage.record.clone());
        let looks = seen.clone();
        let plain = Job::new(move |_| async move {
            let ran = record.nominals().len();
            *looks.lock().unwrap_or_else(PoisonError::into_inner) = Some(ran);
        });
        stage.world.scheduler.post(plain).expect("accepted");
        let what = range(&stage, -35, -5);
        let backfill = begin(
            &stage,
            match priority {
                Some(priority) => what.priority(priority),
                None => what,
            },
        );
        stage.world.time.outside(|| gate.open());
        end_of(&stage, &backfill);
        stage
            .world
            .run(stage.world.scheduler.wait_idle())
            .expect("idle");
        let seen = *seen.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(seen, Some(ran_before), "{priority:?}");
    }
}
