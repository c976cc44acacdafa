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
    /// Set while the waiting runs start in their order regardless of the time: all of their schedules have
    /// [`Overlap::BufferAll`] with this limit of active runs, which is reached.
    pub(super) in_order: Option<usize>,
    /// Number of active runs that were examined in order to remove or count some.
    #[cfg(test)]
    pub(in crate::engine) looks: std::cell::Cell<usize>,
}

/// How many runs of one schedule are in its lane.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Presence {
    /// Accepted runs, including those of `run_now`.
    active: usize,
    /// The runs of instants among them.
    instants: usize,
    /// Runs that are not accepted yet.
    pub(super) waiting: usize,
}

impl Presence {
    fn enter(&mut self, part: Part) {
        self.active += 1;
        self.instants += usize::from(part == Part::Instant);
    }

    pub(super) fn leave(&mut self, part: Part) {
        self.active -= 1;
        self.instants -= usize::from(part == Part::Instant);
    }
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

    /// Removes the run that was accepted as number `accepted`, and returns its part.
    pub(super) fn leave(&mut self, accepted: u64) -> Option<Part> {
        let number = |run: &Active| {
            self.look();
            run.accepted
        };
        let found = self.active.binary_search_by_key(&accepted, number);
        let run = found.ok().and_then(|index| self.active.remove(index))?;
        self.instants -= usize::from(run.part == Part::Instant);
        Some(run.part)
    }

    /// Removes the `count` waiting runs of `schedule`. The runs behind the last of them are not examined.
    pub(super) fn take_waiting(&mut self, schedule: Key, count: usize) -> Vec<Waiting> {
        let own =
            |(index, waiting): (usize, &Waiting)| (waiting.schedule == schedule).then_some(index);
        let places = self.waiting.iter().enumerate().filter_map(own);
        let places: Vec<_> = places.take(count).collect();
        if let [only] = places[..] {
            return self.waiting.remove(only).into_iter().collect();
        }
        let taken = places.iter().map(|&place| self.waiting[place]).collect();
        self.waiting.retain(|waiting| waiting.schedule != schedule);
        taken
    }

    /// Adds all runs of another lane.
    fn append(&mut self, other: Self) {
        self.instants += other.instants;
        self.active.extend(other.active);
        let active = self.active.make_contiguous();
        active.sort_unstable_by_key(|run| run.accepted);
        self.waiting.extend(other.waiting);
        self.in_order = None;
    }

    #[cfg_attr(
        not(test),
        expect(clippy::unused_self, reason = "tests count the looks")
    )]
    fn look(&self) {
        #[cfg(test)]
        self.looks.set(self.looks.get() + 1);
    }

    /// Returns the limit of active runs if runs wait that start in their order.
    pub(in crate::engine) fn order(&self) -> Option<usize> {
        self.in_order.filter(|_| !self.waiting.is_empty())
    }

    /// Returns the number of accepted, unfinished runs.
    pub(in crate::engine) fn active_len(&self) -> usize {
        self.active.len()
    }

    /// Returns the schedules that have runs in the lane.
    pub(super) fn schedules(&self) -> impl Iterator<Item = Key> {
        self.active.iter().map(|run| run.schedule)
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
            in_order: None,
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

    /// Returns the lane unless it would have to be made.
    pub(super) fn present_lane_mut(&mut self, lane: &LaneOf) -> Option<&mut Lane> {
        match lane {
            LaneOf::Schedule(key) => {
                let stats = self.get_mut(*key)?.stats.as_deref_mut();
                stats.map(|stats| &mut stats.run_lane)
            }
            LaneOf::Group(group) => self.groups.get_mut(group),
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

    /// Returns how many runs of a schedule are in its lane.
    pub(super) fn presence(&self, key: Key) -> Presence {
        let stats = self.get(key).and_then(|record| record.stats.as_deref());
        stats.map_or_else(Presence::default, |stats| stats.presence)
    }

    /// Returns the numbers of accepted and of buffered runs of instants of a schedule.
    pub(super) fn occupancy(&self, key: Key) -> (usize, usize) {
        let runs = self.presence(key);
        (runs.instants, runs.waiting)
    }

    /// Returns whether a schedule has buffered runs.
    pub(super) fn keeps_runs(&self, key: Key) -> bool {
        self.presence(key).waiting > 0
    }

    /// Returns whether a schedule has accepted or buffered runs.
    pub(super) fn is_occupied(&self, key: Key) -> bool {
        self.occupied_by(key) > 0
    }

    /// Returns the number of accepted and buffered runs of a schedule, including those of `run_now`.
    pub(super) fn occupied_by(&self, key: Key) -> usize {
        let runs = self.presence(key);
        runs.active + runs.waiting
    }

    /// Counts a buffered run of a schedule that starts or is dropped.
    pub(super) fn note_unbuffered(&mut self, key: Key) {
        if let Some(record) = self.get_mut(key) {
            record.stats_mut().presence.waiting -= 1;
        }
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

    /// Returns the oldest active run of a lane that counts for the overlap policy.
    pub(super) fn oldest_counting(&self, of: &LaneOf) -> Option<Key> {
        match of {
            LaneOf::Schedule(key) if self.allows_all(*key) => None,
            _ => self.counting(self.lane_at(of)?).next(),
        }
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

    /// Returns how many runs of a lane count, but `most` if they are more.
    pub(super) fn count_up_to(&self, most: usize, of: &LaneOf, lane: &Lane) -> usize {
        match of {
            LaneOf::Schedule(_) => self.count_of(of, lane),
            LaneOf::Group(_) => self.counting(lane).take(most).count(),
        }
    }

    fn allows_all(&self, key: Key) -> bool {
        let overlap = |record: &ScheduleRecord| record.policies().overlap;
        self.get(key).map(overlap) == Some(Overlap::AllowAll)
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
        if let Some(record) = self.get_mut(schedule) {
            record.stats_mut().presence.enter(part);
        }
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
