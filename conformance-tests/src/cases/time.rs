//! Cases of TM: instants, clocks that are set, and long sleeps.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use scheduler_core::{
    ErrorKind, Event, EventKind, Job, Misfire, Options, Overlap, Runtime, Schedule, ScheduleId,
    Scheduler, SchedulerExt, Trigger,
    schedule::{MisfirePolicy, RunCause, Which},
    trigger::{AnyOf, Cron, Interval, Once},
};

use super::{
    bodies::counting,
    record::{Record, Run},
};
use crate::{Backend, World, gate::Counter, limits::patience, world::kind};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3_600);

fn every(period: Duration) -> Interval {
    Interval::every(period).expect("not zero")
}

fn minutely() -> Cron {
    Cron::parse("* * * * *").expect("valid")
}

pub(super) fn an_interval_never_drifts(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let record = Record::new(&world.time);
    let slow = record.slow_task(Duration::from_millis(700));
    let begun = world.wall();
    world.call(|it| it.add(Schedule::new(every(SECOND), slow)).expect("added"));
    world.advance(60 * SECOND);
    let exact: Vec<_> = (1..=60).map(|n| begun + TimeDelta::seconds(n)).collect();
    assert_eq!(record.nominals(), exact);
}

pub(super) fn nothing_runs_early(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let record = Record::new(&world.time);
    let add = |schedule: Schedule| world.call(|it| it.add(schedule).expect("added"));
    add(Schedule::new(
        every(Duration::from_micros(777_777)),
        record.task(),
    ));
    add(Schedule::new(minutely(), record.task()));
    for millis in [1_u64, 2, 3, 500, 501, 59_999, 60_001] {
        let job = Job::from(record.task());
        let later = job.after(Duration::from_millis(millis));
        world.scheduler.post(later).expect("accepted");
    }
    world.advance(120 * SECOND);
    let runs = record.runs();
    assert_eq!(runs.len(), 154 + 3 + 7, "intervals, minutes, jobs");
    for run in runs {
        assert!(run.at >= run.nominal, "{run:?}");
    }
}

/// Returns the first `count` multiples of ten seconds after `begun`.
fn tens(begun: DateTime<Utc>, count: i64) -> Vec<DateTime<Utc>> {
    let multiples = (1..=count).map(|n| begun + TimeDelta::seconds(10 * n));
    multiples.collect()
}

pub(super) fn a_clock_set_forward_causes_no_burst(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let (steady, calendar) = (Record::new(&world.time), Record::new(&world.time));
    let begun = world.wall();
    world.call(|it| {
        it.add(Schedule::new(every(10 * SECOND), steady.task()))
            .expect("added");
        it.add(Schedule::new(minutely(), calendar.task()))
            .expect("added");
    });
    world.advance(30 * SECOND);
    world.time.jump_wall(TimeDelta::hours(5));
    world.advance(90 * SECOND);
    assert_eq!(steady.nominals(), tens(begun, 12), "not the wall clock");
    let runs = calendar.runs().len();
    assert!(
        (1..=4).contains(&runs),
        "five skipped hours ran {runs} times"
    );
    let jumps = |event: &&Event| matches!(event.kind, EventKind::ClockJumped { .. });
    assert_eq!(world.events().iter().filter(jumps).count(), 1);
}

/// Returns the nominal times of a record, in minutes since `begun`, and the cause of each run.
fn minutes(record: &Record, begun: DateTime<Utc>) -> Vec<(i64, RunCause)> {
    let runs = record.runs();
    let minute = |run: &Run| Some(((run.nominal - begun).num_minutes(), run.cause?));
    runs.iter().filter_map(minute).collect()
}

/// Returns the given minutes, all with the same cause.
fn all(minutes: std::ops::RangeInclusive<i64>, cause: RunCause) -> Vec<(i64, RunCause)> {
    minutes.map(|minute| (minute, cause)).collect()
}

/// The clock repeats three minutes. Patterns run in them again, fixed times do not.
pub(super) fn a_clock_set_back_a_little_repeats_patterns_only(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let record = || Record::new(&world.time);
    let (steady, pattern, fixed) = (record(), record(), record());
    let begun = world.wall();
    world.advance(30 * SECOND);
    let at_four = Cron::parse("4 0 * * *").expect("valid");
    let both = AnyOf::new([Arc::new(at_four) as Arc<dyn Trigger>]).expect("not empty");
    world.call(|it| {
        it.add(Schedule::new(every(10 * SECOND), steady.task()))
            .expect("added");
        let pattern = Schedule::new(minutely(), pattern.task()).history(100);
        it.add(pattern.id("pattern")).expect("added");
        it.add(Schedule::new(both, fixed.task())).expect("added");
    });
    world.advance(300 * SECOND);
    world.time.jump_wall(TimeDelta::minutes(-3));
    world.advance(60 * SECOND);
    let id = ScheduleId::new("pattern");
    let next = world
        .call(|it| it.schedule(&id).next_times(3))
        .expect("exists");
    let next: Vec<_> = next.iter().map(|at| (*at - begun).num_minutes()).collect();
    assert_eq!(next, [4, 5, 6], "the preview agrees");
    world.advance(540 * SECOND);
    let wanted = [
        all(1..=5, RunCause::Due),
        all(3..=5, RunCause::ClockRepeat(1)),
        all(6..=12, RunCause::Due),
    ];
    assert_eq!(minutes(&pattern, begun), wanted.concat());
    assert_eq!(minutes(&fixed, begun), all(4..=4, RunCause::Due));
    let from = begun + TimeDelta::seconds(30);
    assert_eq!(steady.nominals(), tens(from, 90), "not the wall clock");
    let history = world.call(|it| it.schedule(&id).history()).expect("exists");
    assert_eq!(history.len(), 15, "a record for each");
    let jumps = |event: &&Event| matches!(event.kind, EventKind::ClockJumped { .. });
    assert_eq!(world.events().iter().filter(jumps).count(), 1);
}

/// A step of four hours or more counts as a correction of the clock. Repeated instants run again.
pub(super) fn a_clock_set_back_far_applies_to_all(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (pattern, fixed) = (Record::new(&world.time), Record::new(&world.time));
    let begun = world.wall();
    world.advance(30 * SECOND);
    let hourly = Cron::parse("0 * * * *").expect("valid");
    let at_three = Cron::parse("0 3 * * *").expect("valid");
    world.call(|it| {
        it.add(Schedule::new(hourly, pattern.task()))
            .expect("added");
        it.add(Schedule::new(at_three, fixed.task()))
            .expect("added");
    });
    world.advance(5 * HOUR);
    world.time.jump_wall(TimeDelta::hours(-4));
    world.advance(3 * HOUR);
    let hours = |record: &Record| {
        let runs = minutes(record, begun).into_iter();
        Vec::from_iter(runs.map(|(minute, cause)| (minute / 60, cause)))
    };
    let repeat = RunCause::ClockRepeat(1);
    let wanted = [all(1..=5, RunCause::Due), all(2..=4, repeat)].concat();
    assert_eq!(hours(&pattern), wanted);
    let wanted = [all(3..=3, RunCause::Due), all(3..=3, repeat)].concat();
    assert_eq!(hours(&fixed), wanted);
    // Three years back, before the first decision: the instants there are due as usual.
    world.time.jump_wall(TimeDelta::days(-3 * 365));
    world.advance(2 * HOUR);
    let late = minutes(&pattern, begun).split_off(8);
    assert_eq!(late.len(), 2);
    assert!(
        late.iter().all(|(_, cause)| *cause == RunCause::Due),
        "{late:?}"
    );
}

/// The wall clock jumps ahead and elapsed time does not, as during a suspend of the machine.
pub(super) fn a_suspend_of_the_machine_is_detected(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let record = Record::new(&world.time);
    let in_two_hours = world.wall() + TimeDelta::hours(2);
    let schedule = Schedule::new(Once::at(in_two_hours), record.task());
    world.call(|it| it.add(schedule).expect("added"));
    let job = Job::from(record.task()).at(in_two_hours);
    world.scheduler.post(job).expect("accepted");
    world.advance(10 * SECOND);
    world.time.jump_wall(TimeDelta::hours(3));
    world.advance(60 * SECOND);
    assert_eq!(record.nominals(), [in_two_hours; 2]);
}

/// Ten instants, one a second, are due during a pause. Returns those that run after it.
fn after_a_pause(backend: &dyn Backend, misfire: Misfire) -> Vec<i64> {
    let world = World::new(backend).started();
    let record = Record::new(&world.time);
    let begun = world.wall();
    let schedule = Schedule::new(every(SECOND), record.task());
    let schedule = schedule.misfire(misfire).overlap(Overlap::AllowAll);
    world.call(|it| {
        it.add(schedule).expect("added");
        it.pause().expect("paused");
    });
    world.advance(10 * SECOND + SECOND / 2);
    world.call(|it| it.resume().expect("resumed"));
    world.settle();
    let seconds = |at: DateTime<Utc>| (at - begun).num_seconds();
    record.nominals().into_iter().map(seconds).collect()
}

pub(super) fn misfires_follow_their_policy(backend: &dyn Backend) {
    let ran = |policy| after_a_pause(backend, Misfire::policy(policy).grace(SECOND / 4));
    assert_eq!(ran(MisfirePolicy::Skip), [0_i64; 0]);
    assert_eq!(ran(MisfirePolicy::FireOnce(Which::Latest)), [10]);
    assert_eq!(ran(MisfirePolicy::FireOnce(Which::Earliest)), [1]);
    assert_eq!(ran(MisfirePolicy::FireAll { max: 3 }), [8, 9, 10]);
    assert_eq!(
        ran(MisfirePolicy::FireAll { max: 99 }),
        Vec::from_iter(1..=10)
    );
}

/// A run that is as late as the grace is on time. A nanosecond later it is not.
pub(super) fn the_grace_is_inclusive(backend: &dyn Backend) {
    for (late, runs) in [(0, 1), (1, 0)] {
        let world = World::new(backend).started();
        let record = Record::new(&world.time);
        let skip = Misfire::policy(MisfirePolicy::Skip).grace(10 * SECOND);
        let once = Once::at(world.wall() + TimeDelta::seconds(5));
        let schedule = Schedule::new(once, record.task()).misfire(skip);
        world.call(|it| {
            it.add(schedule).expect("added");
            it.pause().expect("paused");
        });
        world.advance(15 * SECOND + Duration::from_nanos(late));
        world.call(|it| it.resume().expect("resumed"));
        world.settle();
        assert_eq!(record.runs().len(), runs, "{late} ns after the grace");
    }
}

/// Some durations end at no expressible instant, and one ends at an instant far away.
pub(super) fn the_longest_durations_are_never_due(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let ran = Record::new(&world.time);
    let two_centuries = 200 * 365 * 24 * HOUR;
    for long in [
        Duration::MAX,
        Duration::from_millis(u64::MAX),
        two_centuries,
    ] {
        let interval = Schedule::new(every(long), ran.task());
        let job = Job::from(ran.task()).after(long);
        world.call(|it| {
            it.post(job).expect("accepted");
            it.add(interval).expect("added");
        });
    }
    world.settle();
    let fires = world.time.timer_fires();
    world.advance(24 * HOUR);
    assert_eq!(
        world.time.timer_fires(),
        fires,
        "no timer fires without a due instant"
    );
    for _ in 0..100 {
        world.advance(365 * 24 * HOUR);
    }
    assert_eq!(
        world.time.timer_fires(),
        fires,
        "no timer fires without a due instant"
    );
    assert!(ran.runs().is_empty());
    let job = world.scheduler.try_submit(Job::from(ran.task()));
    world
        .run(job.expect("accepted").wait())
        .expect("the job ends");
    assert_eq!(ran.runs().len(), 1);
}

pub(super) fn far_dates_cause_few_wakeups(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let ran = Record::new(&world.time);
    for year in [2300, 9999, 10_000, 200_000] {
        let at = Utc.with_ymd_and_hms(year, 12, 31, 23, 59, 59);
        let at = at.single().expect("a date");
        let job = world.call(|it| kind(it.post(Job::from(ran.task()).at(at))));
        assert!(matches!(job, None | Some(ErrorKind::InvalidTrigger)));
        let schedule = Schedule::new(Once::at(at), ran.task());
        let schedule = world.call(|it| kind(it.add(schedule)));
        assert!(matches!(schedule, None | Some(ErrorKind::InvalidTrigger)));
    }
    world.settle();
    let fires = world.time.timer_fires();
    world.advance(24 * HOUR);
    let woken = world.time.timer_fires() - fires;
    assert!(woken <= 1_440, "{woken} timers fired in a day");
    world.call(|it| it.post(Job::from(ran.task())).expect("accepted"));
    world.settle();
    assert_eq!(ran.runs().len(), 1, "only the due run starts");
}

pub(super) fn an_earlier_job_wakes_the_driver(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let (record, begun) = (Record::new(&world.time), world.wall());
    for seconds in [100, 50, 10, 1] {
        let job = Job::from(record.task()).after(Duration::from_secs(seconds));
        world.call(|it| it.post(job).expect("accepted"));
        world.settle();
    }
    world.call(|it| {
        let soon = Schedule::new(Once::after(5 * SECOND), record.task());
        it.add(soon).expect("added");
    });
    world.advance(200 * SECOND);
    let at: Vec<_> = record.runs().iter().map(|run| run.at - begun).collect();
    assert_eq!(at, [1, 5, 10, 50, 100].map(TimeDelta::seconds));
}

pub(super) fn ten_thousand_at_once_run_once_each(backend: &dyn Backend) {
    const JOBS: usize = 10_000;
    let options = Options::default().event_capacity(JOBS * 5);
    let mut world = World::with(backend, options).started();
    let ran = Counter::default();
    let posted: Vec<_> = world.call(|it| {
        let job = || counting(&ran).after(7 * SECOND);
        (0..JOBS)
            .map(|_| it.post(job()).expect("accepted"))
            .collect()
    });
    world.advance(7 * SECOND);
    assert_eq!(ran.get(), JOBS);
    let started = |event: Event| match event.kind {
        EventKind::JobStarted(job) => Some(job),
        _ => None,
    };
    let order: Vec<_> = world.events().into_iter().filter_map(started).collect();
    assert_eq!(order, posted);
}

/// The clock of the scheduler is frozen while real time passes, as a sleep of the inner runtime
/// proves. The scheduler must not start anything.
pub(super) fn a_frozen_clock_is_trusted(backend: &dyn Backend) {
    let harness = backend.harness();
    let world = World::new(backend).started();
    let ran = Counter::default();
    let soon = counting(&ran).after(Duration::from_millis(10));
    world.call(|it| it.post(soon).expect("accepted"));
    let (done, over) = mpsc::channel();
    let runtime = harness.runtime.clone();
    let real = Box::pin(async move {
        let later = runtime.now().mono() + Duration::from_millis(60);
        runtime.sleep_until(later).await;
        done.send(()).unwrap_or_default();
    });
    harness.runtime.spawn(real).expect("spawned");
    over.recv_timeout(patience()).expect("the sleep ends");
    world.settle();
    assert_eq!((ran.get(), world.time.elapsed()), (0, Duration::ZERO));
    world.advance(Duration::from_millis(10));
    assert_eq!(ran.get(), 1);
}
