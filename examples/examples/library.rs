//! A library that schedules its own work and leaves the executor to its user: a value that reloads
//! itself.
//!
//! `cargo run --package scheduler-examples --example library`

use std::{
    error::Error,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use scheduler::{
    ScheduleHandle,
    job::{JobPolicy, Retry},
    prelude::*,
};

/// A value that is loaded once at the start, and again at an interval.
///
/// The scheduler belongs to the user: this type never starts it and never shuts it down. It adds
/// one schedule, and removes it when it is dropped.
pub(crate) struct Reloaded<T> {
    value: Arc<RwLock<Option<T>>>,
    schedule: ScheduleHandle,
}

impl<T: Clone + Send + Sync + 'static> Reloaded<T> {
    /// Loads the value now, and then every `every`, by a schedule with the id `reloaded/NAME`.
    ///
    /// # Errors
    ///
    /// `DuplicateId` if the name is in use, `ShutDown` after the end of the scheduler.
    pub(crate) fn new<E>(
        scheduler: &dyn Scheduler,
        name: &str,
        every: Duration,
        load: impl Fn() -> Result<T, E> + Send + Sync + 'static,
    ) -> scheduler::Result<Self>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let value = Arc::new(RwLock::new(None));
        let stored = value.clone();
        // `load` may block: a blocking task runs beside the executor.
        let reload = Task::blocking(move |_| {
            let loaded = load()?;
            *stored.write().unwrap_or_else(PoisonError::into_inner) = Some(loaded);
            Ok::<_, E>(())
        });
        let patient = JobPolicy::default().retry(Retry::exponential(3, Duration::from_secs(1)));
        let at_once = Interval::every(every)?.immediately();
        let schedule = Schedule::new(at_once, reload.name(name).policy(patient))
            .id(format!("reloaded/{name}"))
            // So that the user can tell our schedules from others.
            .tag("reloaded")
            .overlap(Overlap::Skip);
        let schedule = scheduler.add(schedule)?;
        Ok(Self { value, schedule })
    }

    /// Returns the value that was loaded last; `None` before the first.
    pub(crate) fn get(&self) -> Option<T> {
        self.value
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl<T> Drop for Reloaded<T> {
    fn drop(&mut self) {
        // `NotFound` if the user removed the schedule: then there is nothing to undo.
        drop(self.schedule.remove());
    }
}

pub(crate) fn main() -> scheduler::Result<()> {
    let scheduler = Blocking::new(ThreadScheduler::new(ThreadRuntime::new()));
    let load = || std::fs::read_to_string("/etc/hostname");
    let hostname = Reloaded::new(&*scheduler, "hostname", Duration::from_secs(60), load)?;
    scheduler.start()?;
    scheduler.wait_idle()?;
    println!("{:?}", hostname.get());
    drop(hostname);
    scheduler.shutdown(Shutdown::graceful())?;
    Ok(())
}
