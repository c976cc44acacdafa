//! One thread that makes every call, in a random order.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{TimeDelta, Utc};
use scheduler_core::{
    Event, EventFilter, JobId, Overlap, Schedule, ScheduleId, Scheduler, SchedulerExt, Task,
    backfill::Backfill,
    event::{EventStream, ListenerId},
    job::CancelMode,
    schedule::{Conflict, ResumeFrom, ScheduleChange},
    trigger::{Cron, Interval},
};

use crate::ledger::Ledger;

/// The number of ids of schedules that the callers share.
const SCHEDULES: u64 = 20;

pub(crate) struct Caller {
    state: u64,
    scheduler: Arc<dyn Scheduler>,
    ledger: Arc<Ledger>,
    recent: Vec<JobId>,
    streams: Vec<EventStream>,
    listeners: Vec<ListenerId>,
}

impl Caller {
    pub(crate) fn new(seed: u64, scheduler: Arc<dyn Scheduler>, ledger: Arc<Ledger>) -> Self {
        Self {
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            scheduler,
            ledger,
            recent: Vec::new(),
            streams: Vec::new(),
            listeners: Vec::new(),
        }
    }

    /// Returns a number below `below`, by Xorshift, which is repeatable and good enough to mix
    /// calls.
    fn draw(&mut self, below: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state % below
    }

    fn id(&mut self) -> ScheduleId {
        ScheduleId::new(format!("storm {}", self.draw(SCHEDULES)))
    }

    pub(crate) fn call_until(mut self, until: Instant) {
        while Instant::now() < until {
            match self.draw(30) {
                0..=11 => self.submit(),
                12..=14 => self.cancel(),
                15..=22 => self.schedule(),
                23..=26 => self.ask(),
                27 | 28 => self.observe(),
                _ => self.hold(),
            }
        }
    }

    fn submit(&mut self) {
        let number = self.draw(u64::MAX);
        let mut job = self.ledger.job(number);
        if number.is_multiple_of(3) {
            job = job.after(Duration::from_micros(number % 3_000));
        }
        match number % 4 {
            0 => {
                if let Ok(id) = self.scheduler.post(job) {
                    self.remember(id);
                }
            }
            1 => {
                // Dropped after one poll if there is no slot.
                let mut submit = self.scheduler.submit(job);
                let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
                if let std::task::Poll::Ready(Ok(handle)) = submit.as_mut().poll(&mut cx) {
                    self.ledger.keep(handle);
                }
            }
            _ => {
                if let Ok(handle) = self.scheduler.try_submit(job) {
                    self.remember(handle.id());
                    self.ledger.keep(handle);
                }
            }
        }
    }

    fn remember(&mut self, id: JobId) {
        self.recent.push(id);
        if self.recent.len() > 50 {
            self.recent.remove(0);
        }
    }

    fn cancel(&mut self) {
        let Some(job) = self.recent.pop() else { return };
        let mode = match self.draw(2) {
            0 => CancelMode::Immediate,
            _ => CancelMode::Graceful(Duration::from_millis(1)),
        };
        self.scheduler.cancel(job, mode);
        drop(self.scheduler.handle(job));
    }

    fn schedule(&mut self) {
        let id = self.id();
        match self.draw(9) {
            0..=2 => drop(self.scheduler.add(self.new_schedule(id))),
            3 => drop(self.scheduler.schedule(&id).remove()),
            4 => {
                let change = ScheduleChange::new()
                    .overlap(Overlap::BufferOne)
                    .jitter(Duration::from_millis(1));
                drop(self.scheduler.schedule(&id).update(change));
            }
            5 => drop(self.scheduler.schedule(&id).pause("storm")),
            6 => drop(
                self.scheduler
                    .schedule(&id)
                    .resume(ResumeFrom::WhereItStood),
            ),
            7 => {
                if let Ok(handle) = self.scheduler.schedule(&id).run_now() {
                    self.ledger.keep(handle);
                }
            }
            _ => {
                let now = Utc::now();
                let range = Backfill::new(now - TimeDelta::milliseconds(50)..=now).limit(5);
                drop(self.scheduler.schedule(&id).backfill(range));
            }
        }
    }

    fn new_schedule(&self, id: ScheduleId) -> Schedule {
        let ledger = self.ledger.clone();
        let task = Task::new(move |job| {
            let body = ledger.begin();
            async move {
                let _body = body;
                if job.attempt() == 3 {
                    Err("the third attempt")
                } else {
                    Ok(())
                }
            }
        });
        let every = Interval::every(Duration::from_millis(7)).expect("seven milliseconds");
        let schedule = Schedule::new(every, task).id(id);
        schedule
            .on_conflict(Conflict::Replace)
            .overlap(Overlap::AllowAll)
            .max_instances(2)
    }

    fn ask(&mut self) {
        let id = self.id();
        _ = self.scheduler.metrics();
        drop(self.scheduler.schedule(&id).next_times(3));
        drop(self.scheduler.schedule(&id).history());
        drop(self.scheduler.schedule(&id).explain(Utc::now()));
        drop(self.scheduler.schedule(&id).info());
        if self.draw(20) == 0 {
            drop(self.scheduler.jobs());
            drop(self.scheduler.schedules());
            drop(self.scheduler.backfills());
        }
        drop(Cron::parse("*/5 * * * *"));
    }

    fn observe(&mut self) {
        match self.draw(4) {
            0 => self
                .streams
                .push(self.scheduler.subscribe(EventFilter::all())),
            1 => drop(self.streams.pop()),
            2 => {
                let listener = self
                    .scheduler
                    .add_listener(EventFilter::jobs(), Arc::new(|_: &Event| {}));
                self.listeners.push(listener);
            }
            _ => {
                if let Some(listener) = self.listeners.pop() {
                    assert!(self.scheduler.remove_listener(listener), "it was added");
                }
            }
        }
        self.streams.truncate(5);
    }

    /// Pauses the scheduler for a moment. Another caller may resume it earlier.
    fn hold(&mut self) {
        if self.draw(50) == 0 {
            drop(self.scheduler.pause());
        }
        drop(self.scheduler.resume());
    }
}
