//! A scenario: the settings of one schedule, and what disturbs it at which moments.

use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use proptest::{prelude::*, sample::select};
use scheduler_core::{
    Hours, Misfire, MisfirePolicy, Overlap, Which,
    trigger::{Cron, Interval, Limited, Trigger, Zone},
};

/// How far apart the instants of every rule here are.
pub(crate) const PERIOD: i64 = 10;

/// What the instants are counted from.
pub(crate) fn dawn() -> DateTime<Utc> {
    DateTime::from_timestamp(1_773_144_000, 0).unwrap()
}

/// When the world begins: between two instants.
pub(crate) fn morning() -> DateTime<Utc> {
    dawn() + TimeDelta::seconds(1)
}

/// A rule whose instants are the multiples of [`PERIOD`] seconds after the dawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// An interval: follows elapsed time.
    Interval,
    /// A cron rule: follows the wall clock.
    Cron,
    /// The interval, for so many instants.
    Limited(usize),
}

impl Rule {
    pub(crate) fn trigger(self) -> std::sync::Arc<dyn Trigger> {
        let interval = || {
            let every = Interval::every(Duration::from_secs(PERIOD as u64)).unwrap();
            every.starting_at(dawn() + TimeDelta::seconds(PERIOD))
        };
        match self {
            Self::Interval => std::sync::Arc::new(interval()),
            Self::Cron => std::sync::Arc::new(Cron::parse("*/10 * * * * *").unwrap()),
            Self::Limited(max) => {
                let limited = Limited::new(std::sync::Arc::new(interval()), max).unwrap();
                std::sync::Arc::new(limited.counting_from(dawn()))
            }
        }
    }

    /// The instant after `instant`, by arithmetic alone.
    pub(crate) fn next_after(self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let passed = (instant - dawn())
            .num_nanoseconds()
            .unwrap()
            .div_euclid(PERIOD * 1_000_000_000);
        let number = (passed + 1).max(if self == Self::Cron { i64::MIN } else { 1 });
        match self {
            Self::Limited(max) if number > max as i64 => None,
            _ => Some(dawn() + TimeDelta::seconds(number * PERIOD)),
        }
    }

    /// Its instants after `from` and not after `to`.
    pub(crate) fn instants(self, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let next = |at: &DateTime<Utc>| self.next_after(*at);
        let all = std::iter::successors(self.next_after(from), next);
        all.take_while(|instant| *instant <= to).collect()
    }
}

/// The settings of the schedule and of what it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) rule: Rule,
    pub(crate) misfire: Misfire,
    pub(crate) overlap: Overlap,
    pub(crate) max_instances: usize,
    pub(crate) jitter: u64,
    /// Late runs start in the first so many seconds of the day's noon only.
    pub(crate) hours: Option<u32>,
    /// How long a run takes.
    pub(crate) takes: u64,
    /// How many attempts of each run fail.
    pub(crate) failing: u32,
    /// How many attempts there are, three seconds apart.
    pub(crate) attempts: u32,
    /// Seconds between two starts of the rate group.
    pub(crate) rate: Option<u64>,
    /// The limit of concurrent jobs.
    pub(crate) permits: Option<usize>,
    /// The limit of an attempt's time, in seconds.
    pub(crate) attempt_timeout: Option<u64>,
    /// The limit of the time until a job starts, in seconds.
    pub(crate) start_within: Option<u64>,
}

impl Settings {
    pub(crate) fn hours(&self) -> Option<Hours> {
        let seconds = self.hours?;
        let from = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
        let until = from + TimeDelta::seconds(i64::from(seconds));
        Some(Hours::new(from, until, Zone::utc()))
    }
}

/// What happens to the schedule or around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disturbance {
    Pause,
    Resume,
    PauseSchedule,
    ResumeSchedule(Resumption),
    ReplaceByEqual,
    UpdateToEqual,
    UpdateOverlap(Overlap),
    UpdateJitter(u64),
    UpdateMaxInstances(usize),
    UpdateMisfire(MisfirePolicy),
    RunNow,
    /// The instants of the last 30 seconds once more.
    Backfill,
    Remove,
    /// The wall clock is set by so many seconds.
    Jump(i64),
    /// The executor is blocked for so many seconds.
    Stall(u64),
    /// The schedules move to another scheduler, as data.
    Handover,
}

/// Where a paused schedule goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resumption {
    Now,
    WhereItStood,
    /// From so many seconds ago.
    Since(i64),
}

/// One scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) settings: Settings,
    /// After so many milliseconds since the last step: a disturbance.
    pub(crate) steps: Vec<(u64, Disturbance)>,
}

fn misfires() -> impl Strategy<Value = Misfire> {
    let windows = select(vec![None, Some(25)]);
    (
        select(POLICIES.to_vec()),
        select(vec![1_u64, 12]),
        windows,
        select(vec![0_u64, 4]),
    )
        .prop_map(|(policy, grace, window, pace)| {
            let misfire = Misfire::policy(policy)
                .grace(Duration::from_secs(grace))
                .pace(Duration::from_secs(pace));
            window.map_or(misfire, |window| {
                misfire.within(Duration::from_secs(window))
            })
        })
}

const POLICIES: [MisfirePolicy; 5] = [
    MisfirePolicy::Skip,
    MisfirePolicy::FireOnce(Which::Latest),
    MisfirePolicy::FireOnce(Which::Earliest),
    MisfirePolicy::FireAll { max: 2 },
    MisfirePolicy::FireAll { max: 9 },
];

const OVERLAPS: [Overlap; 6] = [
    Overlap::Skip,
    Overlap::BufferOne,
    Overlap::BufferAll,
    Overlap::CancelOther,
    Overlap::TerminateOther,
    Overlap::AllowAll,
];

prop_compose! {
    fn settings()(
        rule in select(vec![Rule::Interval, Rule::Cron, Rule::Limited(6)]),
        misfire in misfires(),
        overlap in select(OVERLAPS.to_vec()),
        max_instances in 1_usize..3,
        jitter in select(vec![0_u64, 4]),
        hours in select(vec![None, None, Some(45)]),
        takes in select(vec![0_u64, 3, 14, 32]),
        (failing, attempts) in select(vec![(0, 1), (1, 1), (1, 3), (9, 2)]),
        rate in select(vec![None, None, Some(7)]),
        permits in select(vec![None, None, Some(1)]),
        attempt_timeout in select(vec![None, None, Some(2)]),
        start_within in select(vec![None, None, Some(5)]),
    ) -> Settings {
        Settings { rule, misfire, overlap, max_instances, jitter, hours, takes, failing, attempts, rate, permits, attempt_timeout, start_within }
    }
}

fn disturbances() -> impl Strategy<Value = Disturbance> {
    use Disturbance as D;
    prop_oneof![
        2 => select(vec![D::Pause, D::PauseSchedule]),
        4 => select(vec![
            D::Resume,
            D::ResumeSchedule(Resumption::Now),
            D::ResumeSchedule(Resumption::WhereItStood),
            D::ResumeSchedule(Resumption::Since(0)),
            D::ResumeSchedule(Resumption::Since(15)),
        ]),
        2 => select(vec![D::ReplaceByEqual, D::UpdateToEqual]),
        1 => select(OVERLAPS.to_vec()).prop_map(D::UpdateOverlap),
        1 => select(vec![0_u64, 4]).prop_map(D::UpdateJitter),
        1 => (1_usize..3).prop_map(D::UpdateMaxInstances),
        1 => select(POLICIES.to_vec()).prop_map(D::UpdateMisfire),
        2 => select(vec![D::RunNow, D::Backfill, D::Remove, D::Handover]),
        1 => select(vec![-7_i64, 13, 95]).prop_map(D::Jump),
        2 => select(vec![2_u64, 15, 70]).prop_map(D::Stall),
    ]
}

/// Any settings, and up to six disturbances: right at an instant, beside one, or in between.
pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    let delays = select(vec![0_u64, 1_000, 2_500, 9_999, 10_000, 10_001, 21_000]);
    let steps = prop::collection::vec((delays, disturbances()), 0..6);
    (settings(), steps).prop_map(|(settings, steps)| Plan { settings, steps })
}
