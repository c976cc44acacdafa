//! A scenario: the settings of one schedule, and disturbances with their times.

use std::time::Duration;

use chrono::{NaiveTime, TimeDelta};
use proptest::{prelude::*, sample::select};
use scheduler_core::{
    Misfire, Overlap,
    schedule::{Hours, MisfirePolicy, Which},
    trigger::Zone,
};

pub(crate) use crate::rule::{PERIOD, Rule, dawn, morning};

/// The settings of the schedule and of its task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) rule: Rule,
    pub(crate) misfire: Misfire,
    pub(crate) overlap: Overlap,
    pub(crate) max_instances: usize,
    pub(crate) buffer_limit: usize,
    /// Whether the schedule shares a group with another one.
    pub(crate) grouped: bool,
    pub(crate) jitter: u64,
    /// If set, late runs start only in the first seconds after noon.
    pub(crate) hours: Option<u32>,
    /// Duration of a run.
    pub(crate) takes: u64,
    /// Number of attempts of each run that fail.
    pub(crate) failing: u32,
    /// Maximum number of attempts, three seconds apart.
    pub(crate) attempts: u32,
    /// Seconds between two starts of the rate group.
    pub(crate) rate: Option<u64>,
    /// Maximum number of concurrent jobs.
    pub(crate) permits: Option<usize>,
    /// Timeout of an attempt, in seconds.
    pub(crate) attempt_timeout: Option<u64>,
    /// Maximum time until a job starts, in seconds.
    pub(crate) start_within: Option<u64>,
}

impl Settings {
    pub(crate) fn hours(&self) -> Option<Hours> {
        self.hours.map(noon)
    }

    /// Returns the maximum number of active bodies of instants.
    pub(crate) fn limit(&self) -> usize {
        match self.overlap {
            Overlap::AllowAll => usize::MAX,
            _ => self.max_instances,
        }
    }
}

/// Returns the first seconds after noon.
pub(crate) fn noon(seconds: u32) -> Hours {
    let from = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    let until = from + TimeDelta::seconds(i64::from(seconds));
    Hours::new(from, until, Zone::utc())
}

/// A disturbance of the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disturbance {
    Pause,
    Resume,
    PauseSchedule,
    ResumeSchedule(Resumption),
    ReplaceByEqual,
    UpdateToEqual,
    /// Sets another trigger on the same timeline.
    UpdateRule,
    UpdateOverlap(Overlap),
    UpdateJitter(u64),
    UpdateMaxInstances(usize),
    UpdateBufferLimit(usize),
    UpdateGroup(bool),
    UpdateHours(Option<u32>),
    UpdateHistory(usize),
    UpdateFailureLimit(Option<usize>),
    UpdateMisfire(Misfire),
    /// Sets the same task with other labels.
    UpdateLabels,
    RunNow,
    /// Backfills the instants of the last 30 seconds: the concurrency, and the pace.
    Backfill(usize, u64),
    /// Submits a job that shares the rate limit and the permits of the runs.
    OtherJob,
    Remove,
    /// The wall clock is set by this number of seconds.
    Jump(i64),
    /// The executor is blocked for this number of seconds.
    Stall(u64),
    /// The schedules move to another scheduler, as data.
    Handover,
    /// Applies an empty change, which makes the scheduler compare the clocks.
    Look,
    ShutDown(Ending),
}

/// How a paused schedule continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resumption {
    Now,
    WhereItStood,
    /// Continues at the instant this number of seconds ago.
    Since(i64),
}

/// How a scenario ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Everything is resumed, left alone for a long time, and then shut down immediately.
    Rest,
    Graceful,
    /// A graceful shutdown within this number of seconds.
    Within(u64),
    RunningOnly,
    Immediate,
}

/// One scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) settings: Settings,
    /// A disturbance, and the number of milliseconds since the previous step.
    pub(crate) steps: Vec<(u64, Disturbance)>,
    pub(crate) ending: Ending,
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
                misfire.window(Duration::from_secs(window))
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

const RULES: [Rule; 4] = [
    Rule::Interval,
    Rule::Cron,
    Rule::Limited(6),
    Rule::Limited(1),
];

prop_compose! {
    fn settings()(
        rule in select(RULES.to_vec()),
        misfire in misfires(),
        overlap in select(OVERLAPS.to_vec()),
        max_instances in 1_usize..3,
        (buffer_limit, grouped) in (select(vec![1_000_usize, 1, 3]), select(vec![false, false, true])),
        jitter in select(vec![0_u64, 4]),
        hours in select(vec![None, None, Some(45)]),
        takes in select(vec![0_u64, 3, 14, 32]),
        (failing, attempts) in select(vec![(0, 1), (1, 1), (1, 3), (9, 2)]),
        rate in select(vec![None, None, Some(7)]),
        permits in select(vec![None, None, Some(1), Some(3)]),
        attempt_timeout in select(vec![None, None, Some(2)]),
        start_within in select(vec![None, None, Some(5)]),
    ) -> Settings {
        Settings {
            rule, misfire, overlap, max_instances, buffer_limit, grouped, jitter, hours, takes,
            failing, attempts, rate, permits, attempt_timeout, start_within,
        }
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
        2 => select(OVERLAPS.to_vec()).prop_map(D::UpdateOverlap),
        2 => updates(),
        1 => misfires().prop_map(D::UpdateMisfire),
        3 => select(vec![
            D::RunNow,
            D::OtherJob,
            D::Backfill(1, 0),
            D::Backfill(2, 2),
            D::Remove,
            D::Handover,
        ]),
        1 => select(vec![-7_i64, -3, -65, 13, 95, -7_200, 7_200]).prop_map(D::Jump),
        2 => select(vec![2_u64, 15, 70]).prop_map(D::Stall),
    ]
}

/// Changes of single fields.
fn updates() -> impl Strategy<Value = Disturbance> {
    use Disturbance as D;
    select(vec![
        D::UpdateRule,
        D::UpdateJitter(0),
        D::UpdateJitter(4),
        D::UpdateMaxInstances(1),
        D::UpdateMaxInstances(2),
        D::UpdateBufferLimit(1),
        D::UpdateBufferLimit(5),
        D::UpdateGroup(true),
        D::UpdateGroup(false),
        D::UpdateHours(None),
        D::UpdateHours(Some(45)),
        D::UpdateHistory(3),
        D::UpdateFailureLimit(None),
        D::UpdateFailureLimit(Some(1)),
        D::UpdateLabels,
    ])
}

fn endings() -> impl Strategy<Value = Ending> {
    prop_oneof![
        4 => Just(Ending::Rest),
        2 => select(vec![
            Ending::Graceful,
            Ending::Within(20),
            Ending::RunningOnly,
            Ending::Immediate,
        ]),
    ]
}

/// Delays up to an instant, next to one, between two, and others.
fn delays() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => select(vec![0_u64, 1_000, 2_500, 9_999, 10_000, 10_001, 21_000]),
        1 => 0_u64..25_000,
    ]
}

/// Scenarios with any settings, up to seven disturbances, and any end.
pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    let steps = prop::collection::vec((delays(), disturbances()), 0..7);
    (settings(), steps, endings()).prop_map(|(settings, steps, ending)| Plan {
        settings,
        steps,
        ending,
    })
}
