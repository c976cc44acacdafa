//! Late runs and runs that meet others. The numbers of runs are those that APScheduler 3.11 showed.

use std::sync::mpsc;

use scheduler::{
    Misfire, Overlap, Schedule, SchedulerExt, Task, schedule::MisfirePolicy, trigger::Interval,
};

use crate::world::{Calls, SECOND, World};

pub(crate) fn every(seconds: u32) -> Interval {
    Interval::every(seconds * SECOND).expect("not zero")
}

/// Adds a schedule whose first instant was `late` seconds ago, and which is due every `period`
/// seconds. Returns the nominal times of its runs, in seconds from now.
pub(crate) fn late_runs(
    period: u32,
    late: i64,
    misfire: Misfire,
    overlap: Overlap,
) -> (Vec<i64>, usize) {
    let world = World::plain();
    let (calls, begin) = (Calls::default(), world.now());
    let from = world.at(-late);
    let task = calls.task(&world, SECOND / 10);
    let schedule = Schedule::new(every(period).starting_at(from), task).waiting_for(from);
    world.call(|it| it.add(schedule.misfire(misfire).overlap(overlap)));
    world.time.advance(SECOND);
    (calls.seconds_from(begin), calls.peak())
}

pub(crate) fn grace() {
    let skip = Misfire::policy(MisfirePolicy::Skip).grace(30 * SECOND);
    let runs = |late| late_runs(3_600, late, skip, Overlap::Skip).0;
    assert_eq!(runs(600), [0_i64; 0], "ten minutes late");
    assert_eq!(runs(30), [-30]);
    assert_eq!(late_runs(10, 25, skip, Overlap::Skip).0, [-5], "coalesced");
}

pub(crate) fn grace_for_each() {
    let each = Misfire::policy(MisfirePolicy::FireAll { max: 100 });
    let each = each.grace(30 * SECOND).window(30 * SECOND);
    let runs = |period, late| late_runs(period, late, each, Overlap::BufferAll);
    assert_eq!(runs(60, 185), (vec![-5], 1));
    assert_eq!(runs(10, 25), (vec![-25, -15, -5], 1));
    assert_eq!(runs(3_600, 600).0, [0_i64; 0]);
}

pub(crate) fn no_grace() {
    let runs = |period, late| late_runs(period, late, Misfire::default(), Overlap::Skip).0;
    assert_eq!(runs(3_600, 600), [-600]);
    assert_eq!(runs(60, 185 + 600).len(), 1);
}

pub(crate) fn no_grace_for_each() {
    let each = Misfire::policy(MisfirePolicy::FireAll { max: 100 });
    let runs = late_runs(60, 185, each, Overlap::BufferAll);
    assert_eq!(runs, (vec![-185, -125, -65, -5], 1));
    let two = Misfire::policy(MisfirePolicy::FireAll { max: 2 });
    assert_eq!(late_runs(60, 185, two, Overlap::BufferAll).0, [-65, -5]);
}

pub(crate) fn max_instances() {
    let world = World::plain();
    let (calls, begin) = (Calls::default(), world.now());
    let slow = calls.task(&world, 25 * SECOND);
    world.call(|it| it.add(Schedule::new(every(10), slow).max_instances(2)));
    world.time.advance(40 * SECOND);
    assert_eq!(
        (calls.seconds_from(begin), calls.peak()),
        (vec![10, 20, 40], 2)
    );
}

pub(crate) fn jitter() {
    let starts = || {
        let world = World::plain();
        let (told, tells) = mpsc::channel();
        let (time, begin) = (world.time.clone(), world.now());
        let task = Task::new(move |job| {
            let (told, late) = (told.clone(), time.elapsed());
            async move {
                let _ = told.send(((job.nominal() - begin).num_seconds(), late));
            }
        });
        let shaken = Schedule::new(every(60), task).id("shaken");
        world.call(|it| it.add(shaken.jitter(20 * SECOND)));
        world.time.advance(200 * SECOND);
        tells.try_iter().collect::<Vec<_>>()
    };
    let seen = starts();
    let nominal: Vec<_> = seen.iter().map(|(nominal, _)| *nominal).collect();
    assert_eq!(nominal, [60, 120, 180], "the grid stays");
    for (nominal, at) in &seen {
        let shift = at.as_secs_f64() - *nominal as f64;
        assert!((0.0..=20.0).contains(&shift), "{shift}");
    }
    assert_eq!(seen, starts(), "the same in every process");
}
