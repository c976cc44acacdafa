//! Everything behind one dependency: each executor runs a job, with only the names of this crate.

use std::time::Duration;

use scheduler::{
    Job, RuntimeScheduler, Scheduler, SchedulerExt, Shutdown, async_std,
    chrono::TimeDelta,
    implement::block_on,
    smol,
    testing::VirtualRuntime,
    thread, tokio,
    trigger::{Interval, TriggerSpec},
};

fn assert_runs(scheduler: &dyn Scheduler) {
    let report = block_on(async {
        scheduler.start().await?;
        assert_eq!(scheduler.spawn_value(async { 6 * 7 })?.await?, 42);
        scheduler.shutdown(Shutdown::graceful()).await
    });
    assert!(report.is_ok(), "{}: {report:?}", scheduler.backend());
}

#[test]
fn every_executor_is_a_module_of_its_name() {
    let runtime = ::tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .expect("a runtime");
    let handle = runtime.handle().clone();
    assert_runs(&tokio::TokioScheduler::new(tokio::TokioRuntime::new(
        handle,
    )));
    assert_runs(&smol::SmolScheduler::new(smol::SmolRuntime::global()));
    assert_runs(&async_std::AsyncStdScheduler::new(
        async_std::AsyncStdRuntime::new(),
    ));
    assert_runs(&thread::ThreadScheduler::new(thread::ThreadRuntime::new()));
}

/// The types are those of the core, so a library that depends only on the core accepts them.
#[test]
fn the_types_are_those_of_the_core() {
    fn library(trigger: &dyn scheduler_core::Trigger) -> scheduler_core::trigger::Timeline {
        trigger.timeline()
    }
    let hourly = Interval::every(Duration::from_secs(3600)).expect("a length");
    assert_eq!(library(&hourly), scheduler::trigger::Timeline::Elapsed);
}

#[test]
fn features_bring_data_and_virtual_time() {
    let spec: TriggerSpec = r#"{"type":"interval","every":"1h"}"#.parse().expect("a rule");
    assert!(spec.build().is_ok());
    let time = VirtualRuntime::new(thread::ThreadRuntime::new());
    let scheduler = RuntimeScheduler::new(time.clone());
    time.run(async {
        scheduler.start().await?;
        let day = TimeDelta::days(1).to_std().expect("it is positive");
        scheduler
            .try_submit(Job::new(|_| async {}).after(day))?
            .await?;
        scheduler.shutdown(Shutdown::graceful()).await
    })
    .expect("nothing stalls");
    assert_eq!(time.elapsed(), Duration::from_secs(86_400));
}

/// Both crates contain the same tour, as a copy each.
#[test]
fn the_tour_is_that_of_the_core() {
    assert_eq!(
        include_str!("../src/tour.txt"),
        include_str!("../../scheduler-core/src/tour.txt")
    );
}
