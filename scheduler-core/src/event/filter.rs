//! [`EventFilter`]: selects events. It is plain data, because the engine evaluates it under its lock.

use std::{ops::BitOr, sync::Arc};

use super::{EventKind, EventName, NameSet};
use crate::{ScheduleId, job::JobId};

/// Selects the events that a stream or a listener receives.
///
/// ```
/// use scheduler_core::{EventFilter, event::EventName};
///
/// let ends = EventFilter::only([EventName::JobFinished, EventName::JobRetrying]);
/// let of_reports = ends.clone().of_schedule("report") | ends.tagged("report");
/// let wanted = of_reports | EventFilter::scheduler();
/// assert_ne!(wanted, EventFilter::all());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventFilter(Vec<Clause>);

/// One alternative of a filter. It matches events that meet all of its conditions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Clause {
    names: Names,
    job: Option<JobId>,
    schedule: Option<ScheduleId>,
    tag: Option<Arc<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Names {
    All,
    OfScheduler,
    OfSchedules,
    OfJobs,
    Only(Vec<EventName>),
}

impl Names {
    const fn set(&self) -> NameSet {
        match self {
            Self::All => NameSet::ALL,
            Self::OfScheduler => NameSet::OF_SCHEDULER,
            Self::OfSchedules => NameSet::OF_SCHEDULES,
            Self::OfJobs => NameSet::OF_JOBS,
            Self::Only(names) => NameSet::of(names.as_slice()),
        }
    }
}

/// Facts about the subject of an event that the event itself does not carry.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct About<'a> {
    pub(crate) schedule: Option<&'a ScheduleId>,
    pub(crate) tags: &'a [Arc<str>],
}

impl EventFilter {
    /// Matches every event.
    ///
    /// ```
    /// use scheduler_core::{EventFilter, EventKind, JobId, ScheduleId};
    ///
    /// let all = EventFilter::all();
    /// assert!(all.wants(&EventKind::ScheduleAdded(ScheduleId::new("daily"))));
    /// assert!(all.wants(&EventKind::JobClaimed(JobId::from_bits(7))));
    /// ```
    #[must_use]
    pub fn all() -> Self {
        Self::of(Names::All)
    }

    /// Matches events of the scheduler itself: state changes, pauses of queues, clock jumps, early sleeps and
    /// `Lagged`.
    ///
    /// ```
    /// use scheduler_core::{Blocking, EventFilter, EventKind, Scheduler, State};
    /// # let scheduler = Blocking::new(backend_thread::ThreadScheduler::new(Default::default()));
    ///
    /// let mut events = scheduler.subscribe(EventFilter::scheduler());
    /// scheduler.start()?;
    /// let first = events.try_next().expect("the state has changed");
    /// assert!(matches!(first.kind, EventKind::StateChanged { to: State::Starting, .. }));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn scheduler() -> Self {
        Self::of(Names::OfScheduler)
    }

    /// Matches events of schedules and backfills.
    ///
    /// ```
    /// use scheduler_core::{EventFilter, EventKind, JobId, ScheduleId};
    ///
    /// let schedules = EventFilter::schedules();
    /// assert!(schedules.wants(&EventKind::ScheduleAdded(ScheduleId::new("daily"))));
    /// assert!(!schedules.wants(&EventKind::JobClaimed(JobId::from_bits(7))));
    /// ```
    #[must_use]
    pub fn schedules() -> Self {
        Self::of(Names::OfSchedules)
    }

    /// Matches events of jobs.
    ///
    /// ```
    /// use scheduler_core::{EventFilter, EventKind, Job, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let mut events = scheduler.subscribe(EventFilter::jobs());
    /// let id = scheduler.post(Job::new(|_| async {}))?;
    /// let event = events.try_next().expect("the job was accepted");
    /// assert_eq!(event.kind.job(), Some(id));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn jobs() -> Self {
        Self::of(Names::OfJobs)
    }

    /// Matches events with one of these names.
    ///
    /// ```
    /// use scheduler_core::{EventFilter, EventKind, JobId, event::EventName};
    ///
    /// let claims = EventFilter::only([EventName::JobClaimed]);
    /// assert!(claims.wants(&EventKind::JobClaimed(JobId::from_bits(7))));
    /// assert!(!claims.wants(&EventKind::Lagged { missed: 1 }));
    /// ```
    #[must_use]
    pub fn only(names: impl IntoIterator<Item = EventName>) -> Self {
        Self::of(Names::Only(names.into_iter().collect()))
    }

    fn of(names: Names) -> Self {
        Self(vec![Clause {
            names,
            job: None,
            schedule: None,
            tag: None,
        }])
    }

    /// Restricts the filter to events of this job.
    ///
    /// ```
    /// use scheduler_core::{EventFilter, EventKind, JobId};
    ///
    /// let mine = JobId::from_bits(7);
    /// let filter = EventFilter::jobs().of_job(mine);
    /// assert!(filter.wants(&EventKind::JobClaimed(mine)));
    /// assert!(!filter.wants(&EventKind::JobClaimed(JobId::from_bits(8))));
    /// ```
    #[must_use]
    pub fn of_job(self, job: JobId) -> Self {
        self.restrict(|clause| clause.job = Some(job))
    }

    /// Restricts the filter to events of this schedule and its jobs.
    ///
    /// ```
    /// use scheduler_core::{EventFilter, EventKind, ScheduleId};
    ///
    /// let filter = EventFilter::schedules().of_schedule("daily");
    /// assert!(filter.wants(&EventKind::ScheduleAdded(ScheduleId::new("daily"))));
    /// assert!(!filter.wants(&EventKind::ScheduleAdded(ScheduleId::new("hourly"))));
    /// ```
    #[must_use]
    pub fn of_schedule(self, schedule: impl Into<ScheduleId>) -> Self {
        let schedule = schedule.into();
        self.restrict(|clause| clause.schedule = Some(schedule.clone()))
    }

    /// Restricts the filter to events of jobs with this tag.
    ///
    /// ```
    /// use scheduler_core::{EventFilter, Job, Scheduler};
    /// # let scheduler = backend_thread::ThreadScheduler::new(Default::default());
    ///
    /// let mut mails = scheduler.subscribe(EventFilter::jobs().tagged("mail"));
    /// scheduler.post(Job::new(|_| async {}).tag("report"))?;
    /// let mail = scheduler.post(Job::new(|_| async {}).tag("mail"))?;
    /// assert_eq!(mails.try_next().and_then(|event| event.kind.job()), Some(mail));
    /// # Ok::<(), scheduler_core::Error>(())
    /// ```
    #[must_use]
    pub fn tagged(self, tag: impl Into<Arc<str>>) -> Self {
        let tag = tag.into();
        self.restrict(|clause| clause.tag = Some(tag.clone()))
    }

    fn restrict(mut self, change: impl Fn(&mut Clause)) -> Self {
        self.0.iter_mut().for_each(change);
        self
    }

    /// Returns whether the filter matches, judged by the event alone. The last event of a scheduler
    /// always matches. Third-party schedulers use this.
    ///
    /// ```
    /// use scheduler_core::{EventFilter, EventKind, JobId};
    ///
    /// let either = EventFilter::scheduler() | EventFilter::jobs();
    /// assert!(either.wants(&EventKind::JobClaimed(JobId::from_bits(7))));
    /// ```
    #[must_use]
    pub fn wants(&self, kind: &EventKind) -> bool {
        self.wants_about(kind, About::default())
    }

    /// Returns the names of all events that the filter can match, without regard to its other
    /// conditions.
    pub(crate) fn names(&self) -> NameSet {
        // The last event always matches.
        let last = NameSet::of(&[EventName::StateChanged]);
        let names = self.0.iter().map(|clause| clause.names.set());
        names.fold(last, NameSet::union)
    }

    /// Returns whether the filter matches an event, given facts that the event does not carry.
    pub(crate) fn wants_about(&self, kind: &EventKind, about: About<'_>) -> bool {
        kind.is_last() || self.0.iter().any(|clause| clause.wants(kind, about))
    }
}

impl Clause {
    fn wants(&self, kind: &EventKind, about: About<'_>) -> bool {
        let schedule = || about.schedule.or_else(|| kind.schedule());
        self.names.set().contains(kind.name())
            && self.job.is_none_or(|job| kind.job() == Some(job))
            && self
                .schedule
                .as_ref()
                .is_none_or(|id| schedule() == Some(id))
            && self.tag.as_ref().is_none_or(|tag| about.tags.contains(tag))
    }
}

impl BitOr for EventFilter {
    type Output = Self;

    /// Returns a filter that matches the events of either filter.
    fn bitor(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{State, StateCause};

    fn claimed(job: u64) -> EventKind {
        EventKind::JobClaimed(JobId::from_bits(job))
    }

    fn end() -> EventKind {
        EventKind::StateChanged {
            from: State::ShuttingDown,
            to: State::ShutDown,
            cause: StateCause::Requested,
        }
    }

    #[test]
    fn each_family_wants_its_own() {
        let added = EventKind::ScheduleAdded(ScheduleId::new("a"));
        let missed = EventKind::Lagged { missed: 1 };
        for (filter, wanted) in [
            (EventFilter::all(), [true; 3]),
            (EventFilter::scheduler(), [true, false, false]),
            (EventFilter::schedules(), [false, true, false]),
            (EventFilter::jobs(), [false, false, true]),
            (
                EventFilter::only([EventName::JobClaimed]),
                [false, false, true],
            ),
            (EventFilter::only([]), [false; 3]),
        ] {
            assert_eq!(
                [&missed, &added, &claimed(1)].map(|kind| filter.wants(kind)),
                wanted
            );
            assert!(filter.wants(&end()));
        }
    }

    #[test]
    fn the_names_of_a_filter_are_those_that_it_can_match() {
        let narrow = EventFilter::jobs().of_schedule("mine") | EventFilter::schedules();
        let names = narrow.names();
        assert!(names.contains(EventName::JobStarted) && names.contains(EventName::ScheduleAdded));
        assert!(!names.contains(EventName::ClockJumped) && !names.contains(EventName::Lagged));
        let nothing = EventFilter::only([]).names();
        assert!(!nothing.contains(EventName::JobStarted));
        assert!(nothing.contains(EventName::StateChanged), "the last event");
    }

    #[test]
    fn what_is_said_has_to_fit_all_of_it() {
        let (mine, other) = (ScheduleId::new("mine"), ScheduleId::new("other"));
        let tags = [Arc::from("a"), Arc::from("b")];
        let about = |schedule| About {
            schedule: Some(schedule),
            tags: &tags,
        };
        let filter = EventFilter::jobs()
            .of_job(JobId::from_bits(7))
            .of_schedule("mine")
            .tagged("b");
        assert!(filter.wants_about(&claimed(7), about(&mine)));
        assert!(!filter.wants_about(&claimed(7), about(&other)));
        assert!(!filter.wants_about(&claimed(8), about(&mine)));
        assert!(!filter.wants(&claimed(7)));
        assert!(
            !filter
                .clone()
                .tagged("c")
                .wants_about(&claimed(7), about(&mine))
        );
        let either = filter | EventFilter::jobs().of_job(JobId::from_bits(8));
        assert!(either.wants(&claimed(8)));
    }

    #[test]
    fn a_schedule_s_own_events_say_whose_they_are() {
        let filter = EventFilter::all().of_schedule("mine");
        assert!(filter.wants(&EventKind::ScheduleAdded("mine".into())));
        assert!(!filter.wants(&EventKind::ScheduleAdded("other".into())));
    }
}
