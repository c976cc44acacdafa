//! Streams of events, and listeners.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use scheduler_core::{
    EventFilter, EventKind, Scheduler, SchedulerExt, Shutdown, implement::block_on,
    job::OutcomeKind,
};

use super::scheduler;

#[test]
fn events_tell_the_story_in_order() {
    let scheduler = scheduler();
    let mut events = scheduler.subscribe(EventFilter::all());
    scheduler.start().unwrap();
    let job = scheduler.spawn(async {}).unwrap();
    job.wait_blocking().unwrap();
    scheduler.shutdown(Shutdown::graceful()).unwrap();
    let mut story = Vec::new();
    let mut last = 0;
    while let Some(event) = block_on(events.next()) {
        assert!(event.seq > last);
        last = event.seq;
        story.push(match event.kind {
            EventKind::StateChanged { to, .. } => to.to_string(),
            EventKind::JobScheduled { .. } => "scheduled".into(),
            EventKind::JobClaimed(_) => "claimed".into(),
            EventKind::JobStarted(_) => "started".into(),
            EventKind::JobFinished { outcome, .. } => outcome.kind().to_string(),
            other => format!("{other:?}"),
        });
    }
    let expected = "Starting Running scheduled claimed started succeeded ShuttingDown ShutDown";
    assert_eq!(story.join(" "), expected);
}

#[test]
fn a_listener_that_panics_harms_nobody() {
    let scheduler = scheduler();
    let (heard, hears) = mpsc::channel();
    scheduler.add_listener(EventFilter::all(), Arc::new(|_: &_| panic!("deaf")));
    scheduler.add_listener(
        EventFilter::scheduler(),
        Arc::new(move |event: &scheduler_core::Event| drop(heard.send(event.kind.clone()))),
    );
    scheduler.start().unwrap();
    scheduler.shutdown(Shutdown::graceful()).unwrap();
    let last = hears.try_iter().last();
    assert!(last.is_some_and(|kind| kind.is_last()));
    assert!(scheduler.metrics().listener_panics > 0);
}

#[test]
fn a_removed_listener_is_not_called_with_what_it_has_not_been_told() {
    let scheduler = scheduler();
    let (heard, calls) = mpsc::channel();
    let (release, gate) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    let listener = move |event: &scheduler_core::Event| {
        heard.send(event.kind.name()).unwrap();
        let _ = gate.lock().unwrap().recv();
    };
    let id = scheduler.add_listener(EventFilter::all(), Arc::new(listener));
    scheduler.start().unwrap();
    calls.recv_timeout(Duration::from_secs(30)).unwrap();
    // The first call of the listener is still running while others wait for it.
    scheduler.spawn(async {}).unwrap().wait_blocking().unwrap();
    // Inside a job, the removal does not wait for that call.
    let own = scheduler.clone();
    let removal = scheduler.spawn_blocking_value(move |_| assert!(own.remove_listener(id)));
    let removed = removal.unwrap().wait_blocking().unwrap();
    assert_eq!(removed.kind(), OutcomeKind::Succeeded);
    drop(release);
    scheduler.shutdown(Shutdown::graceful()).unwrap();
    // Once no call can follow, the listener is dropped, and the sender with it.
    assert!(calls.recv_timeout(Duration::from_secs(30)).is_err());
    assert_eq!(scheduler.metrics().listener_panics, 0);
}
