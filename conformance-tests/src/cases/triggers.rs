//! Cases of TM: triggers that misbehave, and local times around clock changes.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Error, ErrorKind, Event, EventKind, Overlap, Schedule, SchedulerExt, Trigger,
    schedule::{ScheduleChange, ScheduleEnd},
    trigger::{Cron, Interval, TriggerError, Zone},
};

use super::record::Record;
use crate::{Backend, World, gate::Counter};

const DAY: Duration = Duration::from_secs(86_400);

/// How many calls of a trigger one instant may need: enough for a bisection over all dates.
const FEW: usize = 300;

/// A trigger that counts its calls and computes its result by a closure.
struct Asked<F> {
    questions: Counter,
    answer: F,
}

impl<F> std::fmt::Debug for Asked<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asked")
    }
}

type Answer = Option<DateTime<Utc>>;

impl<F: Fn(DateTime<Utc>) -> Answer + Send + Sync + 'static> Trigger for Asked<F> {
    fn next_after(&self, after: DateTime<Utc>) -> Answer {
        self.questions.add();
        (self.answer)(after)
    }

    fn first_from(&self, live: DateTime<Utc>) -> Answer {
        self.questions.add();
        (self.answer)(live)
    }
}

/// Runs a correct schedule, due every second, beside one whose trigger computes its result by
/// `answer`. Returns the events of ten seconds, in which the correct one must have run ten times.
fn beside_a_good_one(
    backend: &dyn Backend,
    questions: &Counter,
    answer: impl Fn(DateTime<Utc>) -> Answer + Send + Sync + 'static,
) -> (Vec<Event>, Record) {
    let mut world = World::new(backend).started();
    let (good, odd) = (Record::new(&world.time), Record::new(&world.time));
    let every = Interval::every(Duration::from_secs(1)).expect("not zero");
    let trigger = Asked {
        questions: questions.clone(),
        answer,
    };
    world.call(|it| {
        it.add(Schedule::new(every, good.task())).expect("added");
        let odd = Schedule::new(trigger, odd.task()).id("odd");
        it.add(odd.overlap(Overlap::AllowAll)).expect("added");
    });
    world.advance(Duration::from_secs(10));
    assert_eq!(
        good.runs().len(),
        10,
        "the other schedule must keep running"
    );
    (world.events(), odd)
}

pub(super) fn count(events: &[Event], wanted: impl Fn(&EventKind) -> bool) -> usize {
    events.iter().filter(|event| wanted(&event.kind)).count()
}

pub(super) const fn is_fault(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ScheduleFaulted { .. })
}

const fn is_exhausted(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ScheduleExhausted(_))
}

/// The first instant of the trigger is an hour ago, its next one a day ahead.
pub(super) fn an_instant_in_the_past_is_decided_once(backend: &dyn Backend) {
    let questions = Counter::default();
    let asked = questions.clone();
    let (events, odd) = beside_a_good_one(backend, &questions, move |after| {
        let past = asked.get() == 1;
        let by = if past {
            TimeDelta::hours(-1)
        } else {
            TimeDelta::days(1)
        };
        Some(after + by)
    });
    assert_eq!(
        odd.runs().len(),
        1,
        "the default policy runs a late instant"
    );
    assert_eq!(count(&events, is_fault), 0);
    assert!(
        questions.get() <= FEW,
        "{} calls of the trigger",
        questions.get()
    );
}

pub(super) fn a_trigger_that_does_not_advance_is_a_fault(backend: &dyn Backend) {
    let questions = Counter::default();
    let (events, odd) = beside_a_good_one(backend, &questions, Some);
    assert_eq!(count(&events, is_fault), 1);
    assert!(odd.runs().len() <= 1);
    assert!(
        questions.get() <= FEW,
        "{} calls of the trigger",
        questions.get()
    );
}

pub(super) fn a_trigger_without_further_instants_ends_once(backend: &dyn Backend) {
    let questions = Counter::default();
    let asked = questions.clone();
    let (events, odd) = beside_a_good_one(backend, &questions, move |after| {
        (asked.get() == 1).then(|| after + TimeDelta::seconds(1))
    });
    let seen = (count(&events, is_exhausted), count(&events, is_fault));
    assert_eq!(seen, (1, 0));
    assert_eq!(odd.runs().len(), 1);
}

/// The schedule can be listed, run by `run_now`, given another trigger, and removed.
pub(super) fn a_schedule_that_is_never_due_is_listed(backend: &dyn Backend) {
    let mut world = World::new(backend).started();
    let record = Record::new(&world.time);
    let ended = Interval::every(Duration::from_secs(1)).expect("not zero");
    let ended = ended.starting_at(DateTime::UNIX_EPOCH);
    let never = ended.ending_at(DateTime::UNIX_EPOCH + TimeDelta::hours(1));
    let schedule = world.call(|it| it.add(Schedule::new(never, record.task())).expect("added"));
    world.advance(Duration::from_secs(60));
    let info = schedule.info().expect("exists");
    assert_eq!((info.ended, info.next), (Some(ScheduleEnd::NeverDue), None));
    let times = schedule.next_times(3);
    assert!(times.expect("exists").is_empty());
    world.call(|_| drop(schedule.run_now().expect("`run_now` succeeds")));
    world.settle();
    assert_eq!(record.runs().len(), 1);
    let every = Interval::every(Duration::from_secs(10)).expect("not zero");
    world.call(|_| {
        schedule
            .update(ScheduleChange::new().trigger(every))
            .expect("changed");
    });
    world.advance(Duration::from_secs(30));
    assert_eq!(record.runs().len(), 4);
    let info = schedule.info().expect("exists");
    assert_eq!(info.ended, None);
    world.call(|_| schedule.remove().expect("removed"));
    let events = world.events();
    let told = |kind: &EventKind| matches!(kind, EventKind::ScheduleNeverDue(_));
    let seen = (count(&events, told), count(&events, is_exhausted));
    assert_eq!(seen, (1, 0));
}

pub(super) fn a_trigger_that_panics_is_a_fault(backend: &dyn Backend) {
    let questions = Counter::default();
    let (events, odd) = beside_a_good_one(backend, &questions, |_| panic!("a trigger panics"));
    assert_eq!(count(&events, is_fault), 1);
    assert!(odd.runs().is_empty());
}

fn refusal(built: Result<Interval, TriggerError>) -> Option<ErrorKind> {
    built.err().map(|error| Error::from(error).kind())
}

pub(super) fn invalid_seconds_are_refused(_: &dyn Backend) {
    let nonsense = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -1.0,
        -f64::MIN_POSITIVE,
        1e300,
        f64::MAX,
    ];
    for seconds in nonsense {
        let refused = refusal(Interval::from_secs_f64(seconds));
        assert_eq!(refused, Some(ErrorKind::InvalidTrigger), "{seconds}");
    }
    assert_eq!(refusal(Interval::from_secs_f64(0.25)), None);
}

pub(super) fn an_interval_of_zero_is_refused(_: &dyn Backend) {
    let refused = Some(ErrorKind::InvalidTrigger);
    assert_eq!(refusal(Interval::every(Duration::ZERO)), refused);
    assert_eq!(refusal(Interval::from_secs_f64(0.0)), refused);
    assert_eq!(refusal(Interval::every(Duration::from_nanos(1))), None);
}

/// Zone, expression, start, and the instants at which the schedule must run in the next two days.
type Vector = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

fn check(backend: &dyn Backend, vectors: &[Vector]) {
    for (zone, expression, start, expected) in vectors {
        let world = World::beginning(backend, instant(start)).started();
        let record = Record::new(&world.time);
        let rule = Cron::parse(expression).expect("valid");
        let rule = rule.in_zone(Zone::bundled(zone).expect("a zone"));
        let schedule = Schedule::new(rule, record.task());
        world.call(|it| it.add(schedule).expect("added"));
        let last = instant(expected.last().unwrap_or(start));
        let span = (last - instant(start) + TimeDelta::minutes(1)).to_std();
        world.advance(span.expect("a positive span"));
        let expected: Vec<_> = expected.iter().map(|at| instant(at)).collect();
        assert_eq!(record.nominals(), expected, "{expression} in {zone}");
        let late = record.runs().into_iter().find(|run| run.at != run.nominal);
        assert_eq!(late, None, "{expression} in {zone}");
    }
}

fn instant(text: &str) -> DateTime<Utc> {
    let parsed = DateTime::parse_from_rfc3339(text);
    parsed.expect("the case writes instants correctly").to_utc()
}

pub(super) fn a_skipped_local_time_runs_once_after_the_gap(backend: &dyn Backend) {
    check(
        backend,
        &[
            (
                "Europe/Berlin",
                "30 2 * * *",
                "2026-03-28T12:00:00Z",
                &["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
            ),
            (
                "America/New_York",
                "30 2 * * *",
                "2023-03-12T05:00:00Z",
                &["2023-03-12T07:00:00Z", "2023-03-13T06:30:00Z"],
            ),
            (
                "Europe/Berlin",
                "0 * * * *",
                "2026-03-28T23:30:00Z",
                &[
                    "2026-03-29T00:00:00Z",
                    "2026-03-29T01:00:00Z",
                    "2026-03-29T02:00:00Z",
                ],
            ),
        ],
    );
}

pub(super) fn a_repeated_local_time_runs_once(backend: &dyn Backend) {
    check(
        backend,
        &[
            (
                "Europe/Berlin",
                "30 2 * * *",
                "2026-10-24T12:00:00Z",
                &["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
            ),
            (
                "America/New_York",
                "30 1 * * *",
                "2023-11-05T04:00:00Z",
                &["2023-11-05T05:30:00Z", "2023-11-06T06:30:00Z"],
            ),
            (
                "America/New_York",
                "0 * * * *",
                "2023-11-05T04:30:00Z",
                &[
                    "2023-11-05T05:00:00Z",
                    "2023-11-05T06:00:00Z",
                    "2023-11-05T07:00:00Z",
                ],
            ),
        ],
    );
    let world = World::beginning(backend, instant("2026-10-24T12:00:00Z")).started();
    let record = Record::new(&world.time);
    let hourly = Interval::every(DAY / 24).expect("not zero");
    world.call(|it| it.add(Schedule::new(hourly, record.task())).expect("added"));
    world.advance(DAY);
    assert_eq!(record.runs().len(), 24, "each real hour runs an interval");
}

pub(super) fn unusual_zones_and_dates_are_right(backend: &dyn Backend) {
    check(
        backend,
        &[
            (
                "Australia/Lord_Howe",
                "15 2 * * *",
                "2019-10-05T13:00:00Z",
                &["2019-10-05T15:30:00Z", "2019-10-06T15:15:00Z"],
            ),
            (
                "Pacific/Apia",
                "0 12 * * *",
                "2011-12-29T12:00:00Z",
                &["2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"],
            ),
            (
                "America/Santiago",
                "30 0 * * *",
                "2019-09-08T02:00:00Z",
                &["2019-09-08T04:00:00Z", "2019-09-09T03:30:00Z"],
            ),
        ],
    );
    previews(
        backend,
        "0 0 29 2 *",
        &["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"],
    );
    previews(
        backend,
        "0 0 31 * *",
        &[
            "2026-01-31T00:00:00Z",
            "2026-03-31T00:00:00Z",
            "2026-05-31T00:00:00Z",
        ],
    );
}

/// Checks `next_times` for instants that lie years ahead.
fn previews(backend: &dyn Backend, expression: &str, expected: &[&str]) {
    let world = World::beginning(backend, instant("2026-01-01T00:00:00Z")).started();
    let record = Record::new(&world.time);
    let rule: Arc<dyn Trigger> = Arc::new(Cron::parse(expression).expect("valid"));
    let schedule = Schedule::new(rule, record.task()).id("rare");
    world.call(|it| it.add(schedule).expect("added"));
    let times = world.call(|it| it.schedule(&"rare".into()).next_times(expected.len()));
    let expected: Vec<_> = expected.iter().map(|at| instant(at)).collect();
    assert_eq!(times.expect("exists"), expected, "{expression}");
}
