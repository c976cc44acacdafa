//! [`Installed`]: the entries of the crontab in the scheduler, and how a new crontab replaces them.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use scheduler_core::{
    Error, Schedule, ScheduleId, Scheduler, Task, schedule::Conflict, trigger::Zone,
};

use crate::{
    command::{self, Runner},
    crontab::Entry,
    log::Record,
    ping::Url,
    state::Earlier,
    tally::Tally,
};

/// The facts of an entry that reports use.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) zone: Zone,
    pub(crate) ping: Option<Url>,
}

/// The installed entries, for reports.
pub(crate) type Known = Arc<Mutex<HashMap<ScheduleId, About>>>;

/// Returns the zone of an entry.
pub(crate) fn zone(known: &Known, id: &ScheduleId) -> Zone {
    let known = known.lock().unwrap_or_else(PoisonError::into_inner);
    let zone = known.get(id).map(|about| about.zone.clone());
    drop(known);
    zone.unwrap_or_else(Zone::utc)
}

/// The entries of the crontab in the scheduler.
pub(crate) struct Installed {
    scheduler: Arc<dyn Scheduler>,
    runner: Arc<Runner>,
    known: Known,
    tally: Tally,
    entries: HashMap<String, Entry>,
}

/// Numbers of entries that a new crontab changed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    added: usize,
    changed: usize,
    removed: usize,
    unchanged: usize,
    /// `@reboot` entries that are new.
    waiting: usize,
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            added,
            changed,
            removed,
            unchanged,
            waiting,
        } = self;
        write!(
            f,
            "{added} added, {changed} changed, {removed} removed, {unchanged} unchanged"
        )?;
        match waiting {
            0 => Ok(()),
            count => write!(f, ", {count} wait for the next start"),
        }
    }
}

impl Installed {
    pub(crate) fn new(scheduler: Arc<dyn Scheduler>, runner: Arc<Runner>) -> Self {
        Self {
            scheduler,
            runner,
            known: Known::default(),
            tally: Tally::default(),
            entries: HashMap::new(),
        }
    }

    pub(crate) fn known(&self) -> Known {
        Arc::clone(&self.known)
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally.clone()
    }

    /// Adds the entries of the first crontab, at the places of an earlier run.
    pub(crate) fn install(&mut self, entries: Vec<Entry>, earlier: &Earlier) -> Result<(), Error> {
        // Before the entries are added, because one of them can be due at once.
        earlier.restore_counts(&entries, &self.tally);
        self.add(&entries, earlier)?;
        self.entries.extend(keyed(entries));
        Ok(())
    }

    /// Replaces the crontab. Running commands continue, and unchanged entries keep their next instants. On an
    /// error, nothing has changed.
    pub(crate) fn replace(&mut self, entries: Vec<Entry>) -> Result<Changes, Error> {
        let mut changes = Changes::default();
        let mut old = self.entries.clone();
        let (mut kept, mut fresh) = split(entries, &mut old);
        changes.unchanged = kept.len();
        rename(&kept, &mut fresh);
        let (start, fresh): (Vec<_>, Vec<_>) = fresh.into_iter().partition(Entry::is_at_start);
        changes.waiting = start.len();
        self.add(&fresh, &Earlier::default())?;
        for entry in &fresh {
            match old.remove(&entry.id) {
                Some(_) => changes.changed += 1,
                None => changes.added += 1,
            }
        }
        changes.removed = old.len();
        old.into_keys()
            .for_each(|id| self.remove(&ScheduleId::new(id)));
        // A new `@reboot` entry is known from now on, so that a later reload does not count it again.
        kept.extend(keyed(fresh.into_iter().chain(start)));
        self.entries = kept;
        Ok(changes)
    }

    fn remove(&self, id: &ScheduleId) {
        // The schedule of an `@reboot` entry has ended.
        self.scheduler.schedule(id).remove().unwrap_or_default();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(id);
        drop(known);
        self.tally.remove(id);
    }

    /// Adds all entries or none, and logs their next instants.
    fn add(&self, entries: &[Entry], earlier: &Earlier) -> Result<(), Error> {
        let schedule = |entry| earlier.restore(entry, schedule(entry, &self.runner));
        let schedules = entries.iter().map(schedule);
        // Before the schedules are added, because one of them can be due at once.
        let before = self.exchange(entries.iter().map(about).collect());
        let added = match self.scheduler.add_all(schedules.collect()) {
            Ok(added) => added,
            Err(error) => {
                self.exchange(before);
                return Err(error);
            }
        };
        for (schedule, entry) in added.iter().zip(entries) {
            let next = schedule.next_times(1).unwrap_or_default();
            self.runner.log.write(&Record::Next {
                entry: &entry.id,
                at: next.first().map(|at| command::shown(&entry.zone, *at)),
            });
        }
        Ok(())
    }

    /// Sets or removes what is known of entries, and returns what was known before.
    fn exchange(&self, facts: Vec<Facts>) -> Vec<Facts> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let exchange = |(id, about): Facts| {
            let before = match about {
                Some(about) => known.insert(id.clone(), about),
                None => known.remove(&id),
            };
            (id, before)
        };
        facts.into_iter().map(exchange).collect()
    }
}

/// The facts of an entry, if it is known.
type Facts = (ScheduleId, Option<About>);

fn about(entry: &Entry) -> Facts {
    let about = About {
        zone: entry.zone.clone(),
        ping: entry.policies.ping.clone(),
    };
    (ScheduleId::new(&*entry.id), Some(about))
}

fn keyed(entries: impl IntoIterator<Item = Entry>) -> HashMap<String, Entry> {
    let pair = |entry: Entry| (entry.id.clone(), entry);
    entries.into_iter().map(pair).collect()
}

/// Takes the unchanged entries out of the old ones: those of the same id, and those that only moved to another
/// line. Returns them and the others.
fn split(
    entries: Vec<Entry>,
    old: &mut HashMap<String, Entry>,
) -> (HashMap<String, Entry>, Vec<Entry>) {
    let mut kept = HashMap::new();
    let mut moved = Vec::new();
    for entry in entries {
        match old.get(&entry.id) {
            Some(known) if known.is_same(&entry) => kept.extend(old.remove_entry(&entry.id)),
            _ => moved.push(entry),
        }
    }
    let mut by_command = HashMap::<String, Vec<String>>::new();
    for (id, entry) in old.iter() {
        let ids = by_command.entry(entry.command.clone()).or_default();
        ids.push(id.clone());
    }
    let mut fresh = Vec::new();
    for entry in moved {
        let ids = by_command.get_mut(&entry.command);
        let same = ids.and_then(|ids| {
            let is_same = |id: &String| old.get(id).is_some_and(|known| known.is_same(&entry));
            let place = ids.iter().position(is_same)?;
            Some(ids.swap_remove(place))
        });
        match same {
            Some(id) => kept.extend(old.remove_entry(&id)),
            None => fresh.push(entry),
        }
    }
    (kept, fresh)
}

/// Gives new entries other ids than those of entries that moved away from their line.
fn rename(kept: &HashMap<String, Entry>, fresh: &mut [Entry]) {
    let mut taken: HashSet<_> = kept.keys().cloned().collect();
    for entry in fresh {
        while !taken.insert(entry.id.clone()) {
            entry.id.push('+');
        }
    }
}

/// Converts an entry to a schedule, which never overlaps itself unless its policies say so.
fn schedule(entry: &Entry, runner: &Arc<Runner>) -> Schedule {
    let (shared, runner) = (Arc::new(entry.clone()), Arc::clone(runner));
    let task = Task::new(move |job| {
        let (entry, runner) = (Arc::clone(&shared), Arc::clone(&runner));
        async move { command::run(&entry, &job, &runner).await }
    });
    let task = task.name(format!("[{}]", entry.id));
    let schedule = entry.policies.schedule(entry.trigger.clone(), task);
    schedule.id(&*entry.id).on_conflict(Conflict::Replace)
}
