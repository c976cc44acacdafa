//! Cases of EV: the published events, their readers and their order.

use std::{sync::Arc, time::Duration};

use scheduler_core::{
    Event, EventFilter, EventKind, Job, Options, Schedule, Scheduler, SchedulerExt, Shutdown,
    State, Task,
    event::{EventName, StateCause},
    failure::JobFailure,
    implement::block_on,
    trigger::{Interval, Once},
};

use crate::{
    Backend, World,
    gate::{Counter, Gate},
};

pub(super) fn each_transition_is_published_once_in_order(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    world
        .run(async {
            world
                .scheduler
                .spawn(async {})
                .expect("accepted")
                .wait()
                .await
        })
        .expect("the job ends");
    world.shut_down(Shutdown::graceful()).expect("shut down");
    let events = world.events();
    assert!(
        events.windows(2).all(|pair| pair[0].seq < pair[1].seq),
        "{events:?}"
    );
    let ends = |event: &&Event| event.kind.is_last();
    assert_eq!(events.iter().filter(ends).count(), 1, "{events:?}");
    assert!(events.last().is_some_and(|event| event.kind.is_last()));
}

pub(super) fn events_of_a_job_are_in_order(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let job = world.scheduler.spawn(async {}).expect("accepted");
    world.run(job.wait()).expect("the job ends");
    let told = |event: &Event| match event.kind {
        EventKind::JobScheduled { job: of, .. } if of == job.id() => Some("scheduled"),
        EventKind::JobClaimed(of) if of == job.id() => Some("claimed"),
        EventKind::JobStarted(of) if of == job.id() => Some("started"),
        EventKind::JobFinished { job: of, .. } if of == job.id() => Some("finished"),
        _ => None,
    };
    let story: Vec<_> = world.events().iter().filter_map(told).collect();
    assert_eq!(story, ["scheduled", "claimed", "started", "finished"]);
}

pub(super) fn a_panicking_listener_affects_no_other(backend: &dyn Backend) {
    let world = World::new(backend);
    let (first, second) = (Counter::default(), Counter::default());
    let panics = first.clone();
    world.scheduler.add_listener(
        EventFilter::jobs(),
        Arc::new(move |_: &Event| {
            panics.add();
            panic!("a listener panics");
        }),
    );
    let hears = second.clone();
    world
        .scheduler
        .add_listener(EventFilter::jobs(), Arc::new(move |_: &Event| hears.add()));
    let world = world.started();
    world
        .run(async {
            world
                .scheduler
                .spawn(async {})
                .expect("accepted")
                .wait()
                .await
        })
        .expect("the job ends");
    world.settle();
    assert_eq!((first.get(), second.get()), (4, 4));
    assert_eq!(world.scheduler.metrics().listener_panics, 4);
    assert_eq!(world.state(), State::Running);
}

pub(super) fn a_panicking_handler_is_caught_and_counted(backend: &dyn Backend) {
    let calls = Counter::default();
    let called = calls.clone();
    let options = Options::default().on_error(move |_: &JobFailure| {
        called.add();
        panic!("the handler panics");
    });
    let world = World::with(backend, options).started();
    let failing = Job::new(|_| async { Err::<(), _>("a failure") });
    let job = world.scheduler.try_submit(failing).expect("accepted");
    world.run(job.wait()).expect("the job ends");
    world.settle();
    assert_eq!(calls.get(), 1);
    assert_eq!(world.scheduler.metrics().handler_panics, 1);
    assert_eq!(world.state(), State::Running);
}

pub(super) fn a_slow_subscriber_learns_how_much_it_missed(backend: &dyn Backend) {
    let world = World::with(backend, Options::default().event_capacity(2));
    let mut slow = world.scheduler.subscribe(EventFilter::jobs());
    let world = world.started();
    for _ in 0..3 {
        world
            .run(async {
                world
                    .scheduler
                    .spawn(async {})
                    .expect("accepted")
                    .wait()
                    .await
            })
            .expect("the job ends");
    }
    let first = slow.try_next().expect("an event is published");
    assert!(
        matches!(first.kind, EventKind::Lagged { missed: 10 }),
        "{first:?}"
    );
    let rest: Vec<Event> = std::iter::from_fn(|| slow.try_next()).collect();
    assert_eq!(rest.len(), 2);
    assert!(rest.iter().all(|event| event.seq > first.seq));
}

/// The listener blocks on a gate. Meanwhile the jobs and all other readers continue.
pub(super) fn a_listener_that_blocks_delays_nothing(backend: &dyn Backend) {
    let world = World::new(backend);
    let (gate, calls) = (Gate::default(), Counter::default());
    let (opened, called) = (gate.clone(), calls.clone());
    let blocks = move |_: &Event| {
        called.add();
        block_on(opened.pass());
    };
    world
        .scheduler
        .add_listener(EventFilter::jobs(), Arc::new(blocks));
    let world = world.started();
    for _ in 0..3 {
        let job = world.call(|scheduler| scheduler.spawn(async {}).expect("accepted"));
        world.run(job.wait()).expect("the job ends");
    }
    assert_eq!(calls.get(), 1, "the listener has one call at a time");
    world.time.outside(|| gate.open());
    world.settle();
    assert_eq!(calls.get(), 12, "the listener receives every event");
}

pub(super) fn a_listener_may_call_the_scheduler(backend: &dyn Backend) {
    let world = World::new(backend);
    let ran = Counter::default();
    let (scheduler, runs) = (world.scheduler.clone(), ran.clone());
    let listener = move |event: &Event| {
        if let EventKind::StateChanged {
            to: State::Running, ..
        } = event.kind
        {
            let runs = runs.clone();
            scheduler
                .post(Job::new(move |_| async move { runs.add() }))
                .expect("accepted");
        }
        if let EventKind::JobFinished { .. } = event.kind {
            drop(scheduler.request_shutdown(Shutdown::graceful()));
        }
    };
    world
        .scheduler
        .add_listener(EventFilter::all(), Arc::new(listener));
    let world = world.started();
    world.run(world.scheduler.stopped()).expect("stopped");
    assert_eq!(ran.get(), 1);
}

/// The listener removes the schedule of the finished job; another schedule continues.
pub(super) fn a_listener_may_remove_the_schedule_of_an_event(backend: &dyn Backend) {
    let world = World::new(backend).started();
    let ran = [Counter::default(), Counter::default()];
    for (id, ran) in ["removed", "stays"].into_iter().zip(&ran) {
        let ran = ran.clone();
        let task = Task::new(move |_| {
            ran.add();
            async {}
        });
        let every = Interval::every(Duration::from_secs(1)).expect("not zero");
        world.call(|it| it.add(Schedule::new(every, task).id(id)).expect("added"));
    }
    let (scheduler, removals) = (world.scheduler.clone(), Counter::default());
    let removed = removals.clone();
    let listener = move |event: &Event| {
        if matches!(event.kind, EventKind::JobFinished { .. }) {
            let removal = scheduler.schedule(&"removed".into()).remove();
            removal.map(|()| removed.add()).unwrap_or_default();
        }
    };
    let filter = EventFilter::all().of_schedule("removed");
    world.scheduler.add_listener(filter, Arc::new(listener));
    world.advance(Duration::from_secs(1));
    world.settle();
    world.advance(Duration::from_secs(4));
    assert_eq!(removals.get(), 1);
    let left: Vec<_> = world
        .scheduler
        .schedules()
        .into_iter()
        .map(|it| it.id)
        .collect();
    assert_eq!(left, ["stays".into()]);
    assert_eq!((ran[0].get(), ran[1].get()), (1, 5));
    world.shut_down(Shutdown::graceful()).expect("shut down");
}

pub(super) fn a_removed_listener_is_not_called(backend: &dyn Backend) {
    let mut world = World::new(backend);
    let calls = Counter::default();
    let called = calls.clone();
    let listener = Arc::new(move |_: &Event| called.add());
    let id = world.scheduler.add_listener(EventFilter::all(), listener);
    assert!(world.scheduler.remove_listener(id));
    assert!(!world.scheduler.remove_listener(id));
    let world_events = |world: &mut World| world.events();
    world = world.started();
    world.advance(Duration::from_secs(1));
    world.shut_down(Shutdown::graceful()).expect("shut down");
    let events = world_events(&mut world);
    assert_eq!(calls.get(), 0);
    let requested = |event: &Event| {
        matches!(
            event.kind,
            EventKind::StateChanged {
                cause: StateCause::Requested,
                ..
            }
        )
    };
    assert!(events.len() > 2, "too few events were published");
    assert!(events.iter().all(requested), "{events:?}");
}

pub(super) fn a_filter_passes_only_matching_events(backend: &dyn Backend) {
    use EventName::{JobClaimed, JobFinished, JobScheduled, JobStarted, ScheduleExhausted};
    let world = World::new(backend).started();
    let tick = || Task::new(|_| async {}).tag("tick");
    let other = world.call(|scheduler| {
        for id in ["mine", "theirs"] {
            let once = Once::after(Duration::from_secs(1));
            scheduler
                .add(Schedule::new(once, tick()).id(id))
                .expect("added");
        }
        scheduler.post(Job::new(|_| async {}).after(Duration::from_secs(1)))
    });
    let other = other.expect("accepted");
    let ends = EventFilter::only([JobFinished, JobClaimed]);
    let filters = [
        EventFilter::jobs().of_schedule("mine"),
        ends.clone().tagged("tick"),
        ends.of_job(other) | EventFilter::schedules().of_schedule("theirs"),
        EventFilter::jobs().tagged("unused"),
    ];
    let mut streams = filters.map(|filter| world.scheduler.subscribe(filter));
    world.advance(Duration::from_secs(1));
    let seen = streams.each_mut().map(|stream| {
        let events = std::iter::from_fn(|| stream.try_next());
        events.map(|event| event.kind.name()).collect::<Vec<_>>()
    });
    let life = vec![JobScheduled, JobClaimed, JobStarted, JobFinished];
    assert_eq!(seen[0], life);
    let count = |name| seen[1].iter().filter(|&&seen| seen == name).count();
    assert_eq!(
        (seen[1].len(), count(JobClaimed), count(JobFinished)),
        (4, 2, 2)
    );
    let mut third = seen[2].clone();
    third.sort_unstable();
    assert_eq!(third, [ScheduleExhausted, JobClaimed, JobFinished]);
    assert!(seen[3].is_empty());
}
