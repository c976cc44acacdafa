//! With the feature `tracing`, failures without a handler are logged as `tracing` events.
//!
//! A test program of its own, because the subscriber is global to the process.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test brings its own runtime, which reads the clock and starts threads"
)]

mod threads;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use scheduler_core::{Blocking, Job, RuntimeScheduler, Scheduler, Shutdown};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::set_global_default,
};

use self::threads::Threads;

/// The fields of an event, as text.
#[derive(Debug, Clone, Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

/// A subscriber that keeps each event; clones share them.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<(Level, String, Fields)>>>);

impl Subscriber for Kept {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let metadata = event.metadata();
        let kept = (*metadata.level(), metadata.target().to_owned(), fields);
        self.0.lock().unwrap().push(kept);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[test]
fn a_failure_that_no_handler_hears_of_is_one_event() {
    let kept = Kept::default();
    set_global_default(kept.clone()).unwrap();
    let scheduler = Blocking::new(RuntimeScheduler::new(Threads));
    scheduler.start().unwrap();
    let job = Job::new(|_| async { Err::<(), _>("no\nroute\u{1b}[2K\u{202e}") });
    let job = scheduler.try_submit(job.name("mail")).unwrap();
    job.wait_blocking().unwrap();
    scheduler.shutdown(Shutdown::graceful()).unwrap();
    let events = kept.0.lock().unwrap().clone();
    let [(level, target, Fields(fields))] = &events[..] else {
        panic!("there is one failure: {events:?}");
    };
    assert_eq!((*level, target.as_str()), (Level::ERROR, "scheduler"));
    let shown = |name| fields.get(name).map(String::as_str);
    assert_eq!(shown("message"), Some("a job failed"));
    assert_eq!(shown("job"), Some(&*job.id().to_string()));
    assert_eq!(shown("name"), Some("mail"));
    assert_eq!(shown("attempt"), Some("1"));
    assert_eq!(shown("error"), Some(r"no\nroute\u{1b}[2K\u{202e}"));
    assert!(shown("spawned_at").is_some_and(|site| site.contains("traced.rs")));
    assert_eq!(shown("schedule"), None);
}
