//! [`StoredSchedules`]: the schedules of the store that the node decides.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{Desk, RunRules, clock::StoreClock, decide::decide};
use crate::{
    base::unix_time::UnixTime,
    engine::schedules::stored::StoredRule,
    store::{
        Class, Decide, JobRow, NewsOf, Picture, RunOf, ScheduleRow, ScheduleState, ScheduleText,
        StoreTime, StoredId, Write, Written,
    },
};

/// How long a schedule waits whose decision the store has refused.
const REFUSED_DELAY: Duration = Duration::from_secs(5);

/// A schedule that the node can decide.
pub(super) struct Known {
    pub(super) rule: StoredRule,
    pub(super) text: ScheduleText,
    /// When the instant at the cursor starts, while the schedule is active.
    start: Option<StoreTime>,
    step: Step,
}

/// Step of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// It waits for the cursor.
    Waits,
    /// The next turn asks for the picture, or the turn that is away does.
    Asks,
    /// A decision is gathered or away.
    Decides,
}

/// The schedules of the store whose tasks the node knows.
#[derive(Default)]
pub(super) struct StoredSchedules {
    known: BTreeMap<String, Known>,
    /// The last edit that the node has seen.
    seen: u64,
    /// Schedules that the next turn asks for.
    asks: BTreeSet<String>,
    /// Schedules whose rows this version cannot read. They stay as they are (`ST-033`).
    unreadable: BTreeSet<String>,
}

impl std::fmt::Debug for StoredSchedules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.known.keys()).finish()
    }
}

impl StoredSchedules {
    pub(super) const fn seen(&self) -> u64 {
        self.seen
    }

    /// Returns when the first schedule is due, on the clock of the store. Now, if one must be asked for.
    pub(super) fn due(&self) -> Option<StoreTime> {
        if !self.asks.is_empty() {
            return Some(StoreTime::from_micros(i64::MIN));
        }
        let waits = self
            .known
            .values()
            .filter(|known| known.step == Step::Waits);
        waits.filter_map(|known| known.start).min()
    }

    /// Returns the schedules that the next turn asks for: those that are due, and those whose runs have ended.
    pub(super) fn take_asks(&mut self, now: StoreTime) -> Vec<String> {
        let is_due = |known: &Known| {
            known.step == Step::Waits && known.start.is_some_and(|start| start <= now)
        };
        for (id, known) in &mut self.known {
            if is_due(known) {
                known.step = Step::Asks;
                self.asks.insert(id.clone());
            }
        }
        std::mem::take(&mut self.asks).into_iter().collect()
    }

    /// Asks for the picture of a schedule, unless the node decides about it already.
    fn ask(&mut self, id: &str) {
        if let Some(known) = self
            .known
            .get_mut(id)
            .filter(|known| known.step == Step::Waits)
        {
            known.step = Step::Asks;
            self.asks.insert(id.to_owned());
        }
    }

    /// Notes the present row of a schedule.
    fn note(&mut self, row: &ScheduleRow) {
        if row.state == ScheduleState::Removed {
            self.known.remove(&row.id);
            self.unreadable.remove(&row.id);
            return;
        }
        let Some(mut known) = Known::read(row) else {
            self.known.remove(&row.id);
            self.unreadable.insert(row.id.clone());
            return;
        };
        self.unreadable.remove(&row.id);
        if let Some(before) = self.known.get(&row.id) {
            known.step = before.step;
        }
        self.known.insert(row.id.clone(), known);
    }

    /// Forgets everything: the node begins as another one, and asks for all schedules again.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

impl Known {
    /// Reads a row. `None` if a newer version wrote what this one cannot read.
    pub(super) fn read(row: &ScheduleRow) -> Option<Self> {
        let text = ScheduleText::read(&row.data)?;
        let (trigger, policies) = text.rule()?;
        let rule = StoredRule::new(&row.id, trigger, policies);
        let next = row.next.filter(|_| row.state == ScheduleState::Active);
        let start = next.map(|next| start_of(&rule, next));
        Some(Self {
            rule,
            text,
            start,
            step: Step::Waits,
        })
    }

    /// Returns when the instant at the cursor starts. `None` without such an instant.
    #[cfg(test)]
    pub(super) const fn start(&self) -> Option<StoreTime> {
        self.start
    }

    /// Returns the job of a run, without its due time.
    pub(super) fn job(&self, id: StoredId, run: RunOf, now: StoreTime) -> Option<JobRow> {
        let task = &self.text.data()?.task;
        let mut job = JobRow::new(id, &task.name, task.args.to_string(), now);
        let policy = task.policy.as_ref();
        if let Some(queue) = policy.and_then(|policy| policy.queue.as_ref()) {
            job.queue.clone_from(queue);
        }
        job.class = match policy.map_or(0, |policy| policy.priority) {
            0 => Class::Normal,
            1.. => Class::High,
            _ => Class::Low,
        };
        let rules = RunRules {
            policy: task.policy.clone(),
            ..RunRules::default()
        };
        job.policy = rules.write();
        job.run = Some(run);
        Some(job)
    }
}

/// Returns the instant at a cursor. It is later than the cursor if the trigger was changed.
pub(super) fn instant_at(rule: &StoredRule, cursor: StoreTime) -> Option<UnixTime> {
    rule.first_from(unix(cursor))
}

fn start_of(rule: &StoredRule, cursor: StoreTime) -> StoreTime {
    let Some(nominal) = instant_at(rule, cursor) else {
        return cursor;
    };
    let start = rule.start_of(nominal);
    // Not before the start: its jitter may end between two microseconds.
    let cut = stored(start);
    if unix(cut) < start {
        cut.plus(Duration::from_micros(1))
    } else {
        cut
    }
}

/// Returns a time of stores as an instant.
pub(super) fn unix(at: StoreTime) -> UnixTime {
    let micros = at.micros();
    let nanos = micros.rem_euclid(1_000_000) * 1_000;
    UnixTime::new(
        micros.div_euclid(1_000_000),
        u32::try_from(nanos).unwrap_or(0),
    )
}

/// Returns an instant as a time of stores: the microsecond before it.
pub(super) fn stored(at: UnixTime) -> StoreTime {
    let micros = i128::from(at.seconds()) * 1_000_000 + i128::from(at.nanos() / 1_000);
    let least = i64::MIN;
    StoreTime::from_micros(i64::try_from(micros).unwrap_or(if micros < 0 {
        least
    } else {
        i64::MAX
    }))
}

impl Desk {
    /// Returns when a schedule is due, on the clock of the node.
    pub(super) fn schedule_due(&self, clock: &StoreClock) -> u64 {
        self.schedules.due().map_or(u64::MAX, |due| clock.mono(due))
    }

    /// Takes what the store says about schedules.
    pub(super) fn note_schedules(&mut self, news: NewsOf, now: u64) {
        self.schedules.seen = news.seen;
        for picture in &news.edited {
            self.schedules.note(&picture.row);
        }
        for picture in news.overdue.into_iter().chain(news.kept) {
            self.schedules.note(&picture.row);
            self.decide(&picture, now);
        }
    }

    /// Decides about the schedules that a turn asked for.
    pub(super) fn note_asked(&mut self, ids: &[String], pictures: Vec<Picture>, now: u64) {
        for id in ids {
            if let Some(known) = self
                .schedules
                .known
                .get_mut(id)
                .filter(|known| known.step == Step::Asks)
            {
                known.step = Step::Waits;
            }
        }
        for picture in pictures {
            self.schedules.note(&picture.row);
            self.decide(&picture, now);
        }
    }

    fn decide(&mut self, picture: &Picture, now: u64) {
        if !self.decides_schedules() {
            return;
        }
        let at = self.clock.at(now);
        let claims = self.free().saturating_sub(self.gathered.claims());
        let Some(known) = self
            .schedules
            .known
            .get_mut(&picture.row.id)
            .filter(|known| known.step == Step::Waits)
        else {
            return;
        };
        if let Some(decision) = decide(known, picture, at, &mut self.ids, claims) {
            known.step = Step::Decides;
            self.gathered.add_quietly(Write::Decide(decision), now);
        }
    }

    /// Handles the result of a decision.
    pub(super) fn note_decided(&mut self, decision: &Decide, written: Written, now: u64) {
        let Some(known) = self.schedules.known.get_mut(&decision.schedule) else {
            return;
        };
        known.step = Step::Waits;
        match written {
            Written::Done => {
                let active = decision.state == ScheduleState::Active;
                let next = decision.next.filter(|_| active);
                known.start = next.map(|next| start_of(&known.rule, next));
            }
            Written::Stale(Some(picture)) => {
                self.schedules.note(&picture.row);
                self.decide(&picture, now);
            }
            Written::Stale(None) | Written::Gone => {
                self.schedules.known.remove(&decision.schedule);
            }
            // The store cannot keep the decision. Later its picture may be another one; until then it is not asked for at
            // each turn.
            _ => known.start = Some(self.clock.at(now).plus(REFUSED_DELAY)),
        }
    }

    /// Looks at a schedule one of whose runs has ended, if runs of it may wait for that.
    pub(super) fn note_run_ended(&mut self, run: Option<&RunOf>) {
        let Some(run) = run else { return };
        let keeps = |known: &Known| known.rule.keeps_runs();
        if self.schedules.known.get(&run.schedule).is_some_and(keeps) {
            self.schedules.ask(&run.schedule);
        }
    }

    /// Returns whether the node decides about schedules.
    pub(super) fn decides_schedules(&self) -> bool {
        self.wants == super::Wants::Jobs && self.trust.is_kept()
    }
}
