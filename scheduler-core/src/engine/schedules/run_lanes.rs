//! [`Lane`]: active and buffered runs of one schedule, or of a group that shares an overlap policy.

use std::{collections::VecDeque, sync::Arc};

use super::{Schedules, record::ScheduleRecord};
use crate::{
    Overlap,
    base::unix_time::UnixTime,
    engine::{Key, cx::Cx, jobs::Jobs, occurrence::Occurrence},
};

/// Runs that count for one overlap policy.
#[derive(Default)]
pub(crate) struct Lane {
    /// Active runs, in the order of their acceptance.
    active: VecDeque<Active>,
    /// Number of active runs that are for instants.
    pub(super) instants: usize,
    pub(super) waiting: VecDeque<Waiting>,
    /// Number of active runs that were examined in order to remove or count some.
    #[cfg(test)]
    pub(in crate::engine) looks: std::cell::Cell<usize>,
}

/// An accepted run, which waits for a permit or runs.
#[derive(Clone, Copy)]
struct Active {
    /// Number of the acceptance.
    accepted: u64,
    job: Key,
    schedule: Key,
    part: Part,
}

/// Role of a run in its lane.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A run of an instant, which counts for the overlap policy.
    Instant,
    /// A `run_now` run. It is in the lane only so that it is cancelled with its schedule.
    Asked,
}

/// A waiting run that is not accepted yet.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    pub(super) schedule: Key,
    pub(super) occurrence: Occurrence,
    /// Whether the run is new, and so not recorded as buffered.
    pub(super) fresh: bool,
}

/// Identifies a lane.
#[derive(Clone)]
pub(super) enum LaneOf {
    Schedule(Key),
    Group(Arc<str>),
}

impl Lane {
    /// Returns the number of runs of `schedule` that are for instants.
    fn instants_of(&self, schedule: Key) -> usize {
        let is_own = |run: &&Active| run.schedule == schedule && run.part == Part::Instant;
        self.active.iter().filter(is_own).count()
    }

    /// Returns all runs of `schedule`, including those of `run_now`.
    fn runs_of(&self, schedule: Key) -> impl Iterator<Item = Key> {
        let own = self
            .active
            .iter()
            .filter(move |run| run.schedule == schedule);
        own.map(|run| run.job)
    }

    fn enter(&mut self, run: Active) {
        self.instants += usize::from(run.part == Part::Instant);
        self.active.push_back(run);
    }

    /// Removes the run that was accepted as number `accepted`.
    pub(super) fn leave(&mut self, accepted: u64) {
        let number = |run: &Active| {
            self.look();
            run.accepted
        };
        let found = self.active.binary_search_by_key(&accepted, number);
        if let Some(run) = found.ok().and_then(|index| self.active.remove(index)) {
            self.instants -= usize::from(run.part == Part::Instant);
        }
    }

    /// Adds all runs of another lane.
    fn append(&mut self, other: Self) {
        self.instants += other.instants;
        self.active.extend(other.active);
        let active = self.active.make_contiguous();
        active.sort_unstable_by_key(|run| run.accepted);
        self.waiting.extend(other.waiting);
    }

    #[cfg_attr(
        not(test),
        expect(clippy::unused_self, reason = "tests count the looks")
    )]
    fn look(&self) {
        #[cfg(test)]
        self.looks.set(self.looks.get() + 1);
    }

    /// Returns the number of accepted, unfinished runs.
    pub(in crate::engine) fn active_len(&self) -> usize {
        self.active.len()
    }

    /// Returns the schedules that have runs in the lane.
    pub(super) fn schedules(&self) -> impl Iterator<Item = Key> {
        self.active.iter().map(|run| run.schedule)
    }

    pub(super) fn kept_of(&self, schedule: Key) -> usize {
        let own = self
            .waiting
            .iter()
            .filter(|waiting| waiting.schedule == schedule);
        own.count()
    }

    /// Returns whether runs of `schedule` wait.
    fn keeps(&self, schedule: Key) -> bool {
        // Usually the first one is its own: a lane may hold very many.
        let mut waiting = self.waiting.iter();
        waiting.any(|waiting| waiting.schedule == schedule)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.active.is_empty() && self.waiting.is_empty()
    }

    /// Removes all runs of `schedule`, and returns them.
    fn split_off(&mut self, schedule: Key) -> Self {
        let mine = |waiting: &&Waiting| waiting.schedule == schedule;
        let is_own = |run: &&Active| run.schedule == schedule;
        let taken = Self {
            instants: self.instants_of(schedule),
            active: self.active.iter().filter(is_own).copied().collect(),
            waiting: self.waiting.iter().filter(mine).copied().collect(),
            #[cfg(test)]
            looks: std::cell::Cell::default(),
        };
        self.instants -= taken.instants;
        self.active.retain(|run| run.schedule != schedule);
        self.waiting.retain(|waiting| waiting.schedule != schedule);
        taken
    }
}

impl Schedules {
    pub(super) fn lane_of(&self, key: Key) -> Option<LaneOf> {
        let record = self.get(key)?;
        Some(match &record.policies().group {
            None => LaneOf::Schedule(key),
            Some(group) => LaneOf::Group(group.clone()),
        })
    }

    pub(super) fn lane_mut(&mut self, lane: &LaneOf) -> Option<&mut Lane> {
        match lane {
            LaneOf::Schedule(key) => Some(&mut self.get_mut(*key)?.stats_mut().run_lane),
            LaneOf::Group(group) => Some(self.groups.entry(group.clone()).or_default()),
        }
    }

    pub(in crate::engine) fn lane(&self, key: Key) -> Option<&Lane> {
        self.lane_at(&self.lane_of(key)?)
    }

    pub(super) fn lane_at(&self, lane: &LaneOf) -> Option<&Lane> {
        match lane {
            LaneOf::Schedule(key) => Some(&self.get(*key)?.stats.as_deref()?.run_lane),
            LaneOf::Group(group) => self.groups.get(group),
        }
    }

    /// Returns the numbers of accepted and of buffered runs of a schedule.
    pub(super) fn occupancy(&self, key: Key) -> (usize, usize) {
        let count = |lane: &Lane| (lane.instants_of(key), lane.kept_of(key));
        self.lane(key).map_or((0, 0), count)
    }

    /// Returns whether a schedule has buffered runs.
    pub(super) fn keeps_runs(&self, key: Key) -> bool {
        self.lane(key).is_some_and(|lane| lane.keeps(key))
    }

    /// Returns whether a schedule has accepted or buffered runs.
    pub(super) fn is_occupied(&self, key: Key) -> bool {
        let holds = |lane: &Lane| lane.runs_of(key).next().is_some() || lane.keeps(key);
        self.lane(key).is_some_and(holds)
    }

    /// Returns the accepted runs of a schedule, including those of `run_now`.
    pub(super) fn runs_of(&self, key: Key) -> Vec<Key> {
        self.lane(key)
            .map_or_else(Vec::new, |lane| lane.runs_of(key).collect())
    }

    /// Returns the runs in a lane that count for the overlap policy, oldest first.
    ///
    /// The policy that a schedule has now decides, not the one at the start of the run: otherwise
    /// `AllowAll` followed by another policy would let more runs be active than `max_instances`.
    pub(super) fn counting<'a>(&'a self, lane: &'a Lane) -> impl Iterator<Item = Key> + 'a {
        let counts = |run: &&Active| run.part == Part::Instant && !self.allows_all(run.schedule);
        lane.active.iter().filter(counts).map(|run| run.job)
    }

    /// Returns how many runs of a lane count for the overlap policy. In the lane of a single
    /// schedule either all do, or none.
    pub(super) fn count_of(&self, of: &LaneOf, lane: &Lane) -> usize {
        match of {
            LaneOf::Schedule(key) if self.allows_all(*key) => 0,
            LaneOf::Schedule(_) => lane.instants,
            LaneOf::Group(_) => self.counting(lane).count(),
        }
    }

    fn allows_all(&self, key: Key) -> bool {
        let overlap = |record: &ScheduleRecord| record.policies().overlap;
        self.get(key).map(overlap) == Some(Overlap::AllowAll)
    }

    /// Returns whether the waiting runs of a schedule start one after the other regardless of the time, so that
    /// the end of a run need not check all of them.
    pub(in crate::engine) fn starts_in_order(&self, key: Key) -> bool {
        let Some(record) = self.get(key) else {
            return false;
        };
        let policies = record.policies();
        let ages = policies.misfire.window.is_some() || policies.hours.is_some();
        let Some(stats) = record.stats.as_deref().filter(|_| !ages) else {
            return false;
        };
        let waiting = &stats.run_lane.waiting;
        let is_buffered = waiting.back().is_some_and(|one| !one.fresh);
        let fits = waiting.len() <= policies.buffer_limit;
        policies.overlap == Overlap::BufferAll && is_buffered && fits
    }

    pub(super) fn tidy_group(&mut self, of: &LaneOf) {
        if let LaneOf::Group(group) = of
            && self.groups.get(group).is_some_and(Lane::is_empty)
        {
            self.groups.remove(group);
        }
    }

    /// Returns the buffered run or the waiting catch-up run of an instant.
    pub(super) fn kept_at(&self, key: Key, nominal: UnixTime) -> Option<&Occurrence> {
        let own = |one: &&Waiting| one.schedule == key && one.occurrence.nominal == nominal;
        let kept = self
            .lane(key)
            .and_then(|lane| lane.waiting.iter().find(own));
        let stats = self.get(key)?.stats.as_deref();
        let mut paced = stats.into_iter().flat_map(|stats| stats.pacing.kept());
        kept.map(|one| &one.occurrence)
            .or_else(|| paced.find(|paced| paced.nominal == nominal))
    }

    pub(super) fn enter_lane(&mut self, schedule: Key, job: Key, part: Part, cx: &Cx) {
        // It was accepted just now: later runs have higher numbers.
        let accepted = cx.outbox.counters().accepted;
        let lane = self.lane_of(schedule);
        if let Some(lane) = lane.and_then(|lane| self.lane_mut(&lane)) {
            lane.enter(Active {
                accepted,
                job,
                schedule,
                part,
            });
        }
    }

    /// Moves the runs of a schedule into its new lane.
    pub(super) fn change_lane(&mut self, key: Key, from: &LaneOf, jobs: &mut Jobs, cx: &mut Cx) {
        let (Some(to), Some(lane)) = (self.lane_of(key), self.lane_mut(from)) else {
            return;
        };
        let moved = lane.split_off(key);
        if let Some(lane) = self.lane_mut(&to) {
            lane.append(moved);
        }
        self.start_allowed(from, jobs, cx);
        self.tidy_group(from);
    }
}
