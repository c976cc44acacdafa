//! Cases of TM: triggers whose `next` is expensive, or blocks.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Overlap, Schedule, SchedulerExt, Task, Trigger,
    trigger::{AllOf, AnyOf, Cron, Interval},
};

use super::{
    record::Record,
    triggers::{count, is_fault},
};
use crate::{Backend, World, gate::Counter, limits::patience, world::Live};

/// Returns a trigger that is due each millisecond, combined with one that never matches: minute 0 and
/// minute 30 at once. Each call searches as far as its limit allows.
fn hard() -> AnyOf {
    let rule = |text| Arc::new(Cron::parse(text).expect("valid")) as Arc<dyn Trigger>;
    let never = AllOf::new([rule("0 * * * *"), rule("30 * * * *")]).expect("not empty");
    let often = Interval::every(Duration::from_millis(1)).expect("not zero");
    AnyOf::new([Arc::new(often) as _, Arc::new(never) as _]).expect("not empty")
}

pub(super) fn a_trigger_over_its_budget_is_a_fault(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let (good, odd) = (Record::new(&world.time), Record::new(&world.time));
    let every = Interval::every(Duration::from_millis(50)).expect("not zero");
    world.call(|it| {
        it.add(Schedule::new(every, good.task())).expect("added");
        for _ in 0..10 {
            it.add(Schedule::new(hard(), odd.task())).expect("added");
        }
    });
    world.advance(Duration::from_secs(10));
    assert_eq!(
        good.runs().len(),
        200,
        "the other schedule must keep running"
    );
    assert_eq!(odd.runs().len(), 0);
    assert_eq!(count(&world.events(), is_fault), 10);
}

/// A trigger that blocks in `next` until another schedule has run.
#[derive(Debug)]
struct Blocks {
    others: Mutex<Receiver<()>>,
    questions: Counter,
    starved: Counter,
}

impl Trigger for Blocks {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        // Runs from before this call do not count.
        while others.try_recv().is_ok() {}
        if others.recv_timeout(patience()).is_err() {
            self.starved.add();
        }
        self.questions.add();
        Some(after + TimeDelta::milliseconds(50))
    }
}

pub(super) fn a_blocking_trigger_delays_only_its_schedule(backend: &dyn Backend) {
    let live = Live::new(backend).started();
    let (ran, others) = mpsc::channel();
    let (begun, begins) = mpsc::channel();
    let tell = |sender: Sender<()>| {
        Task::new(move |_| {
            sender.send(()).unwrap_or_default();
            async {}
        })
    };
    let (questions, starved) = (Counter::default(), Counter::default());
    let blocks = Blocks {
        others: Mutex::new(others),
        questions: questions.clone(),
        starved: starved.clone(),
    };
    let every = Interval::every(Duration::from_millis(5)).expect("not zero");
    live.scheduler
        .add(Schedule::new(every, tell(ran)))
        .expect("added");
    live.scheduler
        .add(Schedule::new(blocks, tell(begun)).overlap(Overlap::AllowAll))
        .expect("added");
    for _ in 0..3 {
        assert_eq!(begins.recv_timeout(patience()), Ok(()), "its own schedule");
    }
    assert_eq!(starved.get(), 0, "of {} calls", questions.get());
}
