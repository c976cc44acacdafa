//! `--state`: a file that keeps places, pauses and counts of entries over restarts.
//!
//! It is replaced in one step, at most once a second. After a crash, an instant of the last second can run again.

mod file;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Condvar, Mutex, PoisonError},
    thread,
    time::Duration,
};

use chrono::{DateTime, Utc};
use scheduler_core::{
    Event, EventFilter, Schedule, ScheduleId, ScheduleInfo, Scheduler, State, event::EventName,
};
use serde::{Deserialize, Serialize};

use crate::{
    crontab::Entry,
    log::Log,
    tally::{Counts, Tally},
    threads,
};

/// The only supported version of the file.
const VERSION: u32 = 1;

/// Least time between two writes.
const PAUSE: Duration = Duration::from_secs(1);

/// The content of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    entries: BTreeMap<String, Saved>,
}

/// The kept facts of an entry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    /// The rule in words. A place is valid for this rule alone.
    trigger: String,
    /// The next instant; all before it are decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<DateTime<Utc>>,
    /// The reason of the pause, if it is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    paused: Option<String>,
    #[serde(default, skip_serializing_if = "Counts::is_empty")]
    counts: Counts,
}

/// The state of an earlier run.
#[derive(Debug, Default)]
pub(crate) struct Earlier(BTreeMap<String, Saved>);

impl Earlier {
    /// Reads the file, and checks it. There is none at the first start.
    pub(crate) fn load(path: &Path) -> io::Result<Self> {
        match file::read(path)? {
            None => Ok(Self::default()),
            Some(text) => {
                let document: Document = serde_json::from_str(&text)?;
                if document.version != VERSION {
                    let text = format!(
                        "version {} of the file is not known, only {VERSION} is",
                        document.version
                    );
                    return Err(io::Error::new(io::ErrorKind::InvalidData, text));
                }
                Ok(Self(document.entries))
            }
        }
    }

    /// Gives the entries their counts.
    pub(crate) fn restore_counts(&self, entries: &[Entry], tally: &Tally) {
        for entry in entries {
            if let Some(saved) = self.0.get(&entry.id) {
                tally.restore(&ScheduleId::new(&*entry.id), &saved.counts);
            }
        }
    }

    /// Gives the schedule of an entry its place and its pause.
    pub(crate) fn restore(&self, entry: &Entry, schedule: Schedule) -> Schedule {
        let Some(saved) = self.0.get(&entry.id) else {
            return schedule;
        };
        let is_same = saved.trigger == entry.trigger.to_string() && !entry.is_at_start();
        let next = saved.next.filter(|_| is_same);
        let schedule = next.into_iter().fold(schedule, Schedule::waiting_for);
        let paused = saved.paused.clone().into_iter();
        paused.fold(schedule, Schedule::paused)
    }
}

/// Writes the file whenever the state has changed.
#[derive(Debug, Clone)]
pub(crate) struct Keeper(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    tally: Tally,
    log: Log,
    has_changed: Mutex<bool>,
    changed: Condvar,
    /// Held while the file is written.
    last: Mutex<BTreeMap<String, Saved>>,
}

impl Keeper {
    /// Starts the thread that writes.
    pub(crate) fn start(
        path: PathBuf,
        scheduler: &Arc<dyn Scheduler>,
        tally: Tally,
        log: &Log,
    ) -> io::Result<Self> {
        let keeper = Self(Arc::new(Inner {
            path,
            tally,
            log: log.clone(),
            has_changed: Mutex::new(true),
            changed: Condvar::new(),
            last: Mutex::default(),
        }));
        let listening = keeper.clone();
        let listener = move |_: &Event| listening.0.change();
        let filter = EventFilter::schedules()
            | EventFilter::only([EventName::JobScheduled, EventName::JobFinished]);
        scheduler.add_listener(filter, Arc::new(listener));
        let (writer, scheduler) = (keeper.clone(), Arc::clone(scheduler));
        threads::spawn("sched-state", move || {
            loop {
                writer.0.wait();
                writer.write(&*scheduler);
                thread::sleep(PAUSE);
            }
        })?;
        Ok(keeper)
    }

    /// Writes the file, if the state has changed. A failure is reported.
    pub(crate) fn write(&self, scheduler: &dyn Scheduler) {
        // The lock keeps an older state from replacing a newer one.
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        let entries: BTreeMap<_, _> = scheduler.schedules().iter().map(saved).collect();
        // A scheduler that shuts down forgets its schedules; this checks the state after the list.
        let is_over = matches!(scheduler.state(), State::ShuttingDown | State::ShutDown);
        if !is_over {
            self.0.replace(&mut last, entries);
        }
    }

    /// Writes the counts of the runs that ended in the shutdown.
    pub(crate) fn finish(&self) {
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = last.clone();
        self.0.replace(&mut last, entries);
    }
}

impl Inner {
    /// Replaces the file by these entries with their present counts, if that changes it.
    fn replace(&self, last: &mut BTreeMap<String, Saved>, mut entries: BTreeMap<String, Saved>) {
        for (id, counts) in self.tally.all() {
            // An `@reboot` entry that has run has no schedule, and keeps its counts.
            entries.entry(id.to_string()).or_default().counts = counts;
        }
        if entries == *last {
            return;
        }
        let document = Document {
            version: VERSION,
            entries,
        };
        let text = serde_json::to_string_pretty(&document).map_err(io::Error::from);
        match text.and_then(|text| file::replace(&self.path, &text)) {
            Ok(()) => *last = document.entries,
            Err(error) => {
                let path = crate::console::visible_path(&self.path);
                self.log
                    .note(format_args!("the state was not written: {path}: {error}"));
            }
        }
    }

    fn change(&self) {
        *self
            .has_changed
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_one();
    }

    fn wait(&self) {
        let has_changed = self
            .has_changed
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_while(has_changed, |changed| !*changed);
        *waited.unwrap_or_else(PoisonError::into_inner) = false;
    }
}

fn saved(info: &ScheduleInfo) -> (String, Saved) {
    let saved = Saved {
        trigger: info.trigger().map(ToString::to_string).unwrap_or_default(),
        next: info.next,
        paused: info.paused.as_ref().map(|pause| pause.reason.to_string()),
        counts: Counts::default(),
    };
    (info.id.to_string(), saved)
}
