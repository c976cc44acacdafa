//! Settings that meet, and what changes while something is under way: drawn at random, and judged by
//! what must hold whatever happens. The judge shares no code with the engine.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Weak,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::jumps::{self, SECOND};
use crate::{
    Backfill, Conflict, EventKind, Hours, Job, JobId, Misfire, MisfirePolicy, Options, Overlap,
    ResumeFrom, RunCause, Schedule, ScheduleChange, ScheduleId, Task, Verdict, Which,
    engine::{Ended, rig::Rig},
    job::{JobError, Retry},
    shared::Shared,
    trigger::{Cron, Interval, Zone},
};

/// Draws numbers (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }

    fn seconds(&mut self, from: u64, to: u64) -> Duration {
        SECOND * (from + self.below(to - from)) as u32
    }
}

/// What was drawn of a schedule.
#[derive(Debug, Clone)]
struct Settings {
    on_wall: bool,
    misfire: Misfire,
    overlap: Overlap,
    max_instances: usize,
    buffer: usize,
    jitter: Duration,
    /// How long its hours last, from the beginning on.
    hours: Option<i64>,
    retries: bool,
}

impl Settings {
    fn draw(dice: &mut Dice) -> Self {
        let policy = dice.one_of(&[
            MisfirePolicy::Skip,
            MisfirePolicy::FireOnce(Which::Latest),
            MisfirePolicy::FireOnce(Which::Earliest),
            MisfirePolicy::FireAll { max: 3 },
            MisfirePolicy::FireAll { max: 9 },
        ]);
        let grace = dice.one_of(&[SECOND, 15 * SECOND]);
        let misfire = Misfire::policy(policy).grace(grace);
        let misfire = misfire.pace(dice.one_of(&[Duration::ZERO, 3 * SECOND, 7 * SECOND]));
        Self {
            on_wall: dice.below(3) == 0,
            misfire: Misfire {
                window: dice.one_of(&[None, None, Some(25 * SECOND)]),
                ..misfire
            },
            overlap: overlap(dice),
            max_instances: 1 + dice.below(3) as usize,
            buffer: dice.one_of(&[1, 3, 1_000]),
            jitter: dice.one_of(&[Duration::ZERO, Duration::ZERO, 4 * SECOND]),
            hours: dice.one_of(&[None, None, Some(120)]),
            retries: dice.below(4) == 0,
        }
    }

    fn hours(&self, begun: DateTime<Utc>) -> Option<Hours> {
        let time = |second| (begun + TimeDelta::seconds(second)).time();
        let hours = |length| Hours::new(time(-60), time(length), Zone::utc());
        self.hours.map(hours)
    }

    fn schedule(&self, begun: DateTime<Utc>) -> Schedule {
        let retry = Retry::fixed(3, 2 * SECOND);
        let task = Task::new(|_| async {});
        let task = if self.retries {
            task.retry(retry)
        } else {
            task
        };
        let every = Interval::every(10 * SECOND).unwrap().starting_at(begun);
        let cron = Cron::parse("*/10 * * * * *").unwrap();
        let mut schedule = if self.on_wall {
            Schedule::new(cron, task)
        } else {
            Schedule::new(every, task)
        };
        if let Some(hours) = self.hours(begun) {
            schedule = schedule.only_within(hours);
        }
        let schedule = schedule.id("s").misfire(self.misfire).overlap(self.overlap);
        let schedule = schedule.max_instances(self.max_instances).history(100_000);
        schedule.buffer_limit(self.buffer).jitter(self.jitter)
    }
}

fn overlap(dice: &mut Dice) -> Overlap {
    dice.one_of(&[
        Overlap::Skip,
        Overlap::BufferOne,
        Overlap::BufferAll,
        Overlap::CancelOther,
        Overlap::TerminateOther,
        Overlap::AllowAll,
    ])
}

fn id() -> ScheduleId {
    "s".into()
}

/// A scenario, and what is known of it without the engine.
struct Stage {
    rig: Rig,
    dice: Dice,
    settings: Settings,
    permits: usize,
    begun: DateTime<Utc>,
    paused: bool,
    scheduler_paused: bool,
    jumped: bool,
    /// How many runs went or waited for a permit at the last change.
    accepted_before: usize,
    seen: BTreeSet<JobId>,
    last_late: Option<u64>,
    skipped_events: u64,
    accepted_events: u64,
    log: Vec<String>,
}

impl Stage {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let settings = Settings::draw(&mut dice);
        let permits = 1 + dice.below(4) as usize;
        let now = jumps::rig().now;
        let mut rig = Rig::at(Options::default().max_concurrent_jobs(permits), now);
        rig.start();
        rig.add(settings.schedule(now.wall)).unwrap();
        let mut stage = Self {
            rig,
            dice,
            permits,
            begun: now.wall,
            paused: false,
            scheduler_paused: false,
            jumped: false,
            accepted_before: 0,
            seen: BTreeSet::new(),
            last_late: None,
            skipped_events: 0,
            accepted_events: 0,
            log: vec![format!("{settings:?}, {permits} permits")],
            settings,
        };
        stage.look("add");
        stage
    }

    /// The reading of the schedule's timeline.
    fn reading(&self) -> DateTime<Utc> {
        if self.settings.on_wall {
            return self.rig.now.wall;
        }
        self.begun + TimeDelta::nanoseconds(self.rig.elapsed() as i64)
    }

    fn fail(&self, what: &str) -> ! {
        let log = self.log.join("\n");
        let second = |at: DateTime<Utc>| (at - self.begun).num_seconds();
        let line = |one: &crate::Decision| {
            let (from, to) = (second(one.span.from), second(one.span.to));
            format!("{from} to {to}: {:?}, {:?}", one.cause, one.verdict)
        };
        let history = self.rig.engine.history(&id()).unwrap();
        let history: Vec<_> = history.iter().map(line).collect();
        panic!("{what}\n{log}\n{}", history.join("\n"));
    }

    fn check(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.fail(&what());
        }
    }

    /// Looks at what has started.
    fn look(&mut self, what: &str) {
        self.log.push(format!(
            "{:>6} s: {what}",
            self.rig.elapsed() / 1_000_000_000
        ));
        let runs: Vec<_> = self
            .rig
            .claims
            .iter()
            .filter_map(|claim| claim.cell.clone())
            .collect();
        self.check(self.rig.claims.len() <= self.permits, || {
            "more run than may".into()
        });
        let mut instants = 0;
        for cell in runs {
            let Some(run) = cell.run() else { continue };
            let is_instant = !matches!(run.cause, RunCause::RunNow | RunCause::Backfill);
            instants += usize::from(is_instant);
            if self.seen.insert(crate::job::JobControl::id(&*cell)) && is_instant {
                self.started(cell.nominal(), run.cause, instants);
            }
        }
        for kind in self.rig.events() {
            match kind {
                EventKind::OccurrencesSkipped { span, .. } => {
                    self.skipped_events += span.count.known();
                }
                EventKind::JobScheduled { .. } => self.accepted_events += 1,
                _ => {}
            }
        }
    }

    fn started(&mut self, nominal: DateTime<Utc>, cause: RunCause, running: usize) {
        let late = self.reading() - nominal;
        let second = (nominal - self.begun).num_seconds();
        self.log.push(format!(
            "           start for {second} s, {late} late, {cause:?}"
        ));
        // What was kept when it was due, and starts after the clock was set back, was not early.
        let on_time = late >= TimeDelta::zero() || self.jumped;
        self.check(on_time, || "it starts early".into());
        self.check(!self.paused, || {
            "it starts while its schedule is paused".into()
        });
        self.check(!self.scheduler_paused, || "it starts in a pause".into());
        let misfire = self.settings.misfire;
        let most = |length: Duration| TimeDelta::from_std(length + self.settings.jitter).unwrap();
        if let Some(window) = misfire.window {
            let most = most(window.max(misfire.grace));
            self.check(late <= most, || "it starts later than its window".into());
        }
        let hours = self.settings.hours(self.begun);
        let open = hours.is_none_or(|hours| hours.contains(self.rig.now.wall));
        self.check(open || late <= most(misfire.grace), || {
            "it starts out of hours".into()
        });
        let overlaps = self.settings.overlap == Overlap::AllowAll;
        // What had been accepted before the last change waits for a permit.
        let most = self.settings.max_instances.max(self.accepted_before);
        self.check(overlaps || running <= most, || {
            format!("{running} instances")
        });
        if cause == RunCause::CatchUp && !misfire.pace.is_zero() {
            let (at, pace) = (self.rig.elapsed(), misfire.pace.as_nanos() as u64);
            let early = self.last_late.is_some_and(|last| at < last + pace);
            self.check(!early, || "it does not keep its pace".into());
            self.last_late = Some(at);
        }
    }

    fn end_one(&mut self, ended: &Ended) {
        if !self.rig.claims.is_empty() {
            let place = self.dice.below(self.rig.claims.len() as u64) as usize;
            let claim = self.rig.claims.remove(place);
            self.rig
                .engine
                .handle_finished(claim.key, ended, &self.rig.now);
            self.rig.settle();
        }
    }

    fn step(&mut self) {
        let choice = self.dice.below(20);
        let what = match choice {
            0..=6 => {
                for _ in 0..=self.dice.below(15) {
                    self.rig.advance(SECOND);
                    self.look("");
                    self.log.pop_if(|line| line.ends_with(": "));
                }
                "time passes".to_owned()
            }
            7 | 8 => {
                let by = self.dice.seconds(5, 80);
                self.rig.sleep_through(by);
                format!("it sleeps for {by:?}")
            }
            9..=11 => {
                self.end_one(&Ended::Returned(Ok(())));
                "a run ends".into()
            }
            12 => {
                self.end_one(&Ended::Returned(Err(JobError::failed("no"))));
                "a run fails".into()
            }
            13 => self.pause_or_resume(),
            14 => self.pause_or_resume_all(),
            15 => {
                let host = Weak::<Shared>::new();
                drop(self.rig.engine.run_now(&id(), host, &self.rig.now));
                self.rig.settle();
                "run_now".into()
            }
            16 => {
                self.rig.submit(Job::new(|_| async {}));
                "another job".into()
            }
            17 => {
                let (overlap, most) = (overlap(&mut self.dice), 1 + self.dice.below(3) as usize);
                let info = self.rig.engine.schedule_info(&id()).unwrap();
                self.accepted_before = info.running;
                let change = ScheduleChange::new().overlap(overlap).max_instances(most);
                self.rig.update(&id(), change).unwrap();
                self.rig.settle();
                (self.settings.overlap, self.settings.max_instances) = (overlap, most);
                format!("updated to {overlap:?}, {most}")
            }
            18 => self.backfill_or_replace(),
            _ => {
                let by = self.dice.one_of(&[-7_200, -65, -20, 65, 7_200]);
                self.jumped |= self.settings.on_wall;
                self.rig.jump(by);
                format!("the clock is set by {by} s")
            }
        };
        self.look(&what);
    }

    fn pause_or_resume(&mut self) -> String {
        let now = self.rig.now;
        if !self.paused {
            self.rig.engine.pause_schedule(&id(), "wait", &now).unwrap();
            self.rig.settle();
            self.paused = true;
            return "paused".into();
        }
        let ago = now.wall - TimeDelta::seconds(self.dice.below(30) as i64);
        let at = ResumeFrom::At(ago);
        let from = self
            .dice
            .one_of(&[ResumeFrom::Now, ResumeFrom::WhereItStood, at]);
        self.paused = false;
        self.rig.engine.resume_schedule(&id(), from, &now).unwrap();
        self.rig.settle();
        format!("resumed from {from:?}")
    }

    fn pause_or_resume_all(&mut self) -> String {
        self.scheduler_paused = !self.scheduler_paused;
        if self.scheduler_paused {
            self.rig.engine.pause(&self.rig.now).unwrap();
        } else {
            self.rig.engine.resume(&self.rig.now).unwrap();
        }
        self.rig.settle();
        format!("all paused: {}", self.scheduler_paused)
    }

    fn backfill_or_replace(&mut self) -> String {
        if self.dice.below(2) == 0 {
            let host = Weak::<Shared>::new();
            let wall = self.rig.now.wall;
            let what = Backfill::new(wall - TimeDelta::seconds(30)..=wall);
            let what = what.max_concurrent(2).pace(2 * SECOND);
            drop(self.rig.engine.backfill(&id(), what, host, &self.rig.now));
            self.rig.settle();
            return "a backfill".into();
        }
        let same = self.settings.schedule(self.begun);
        self.rig.add(same.on_conflict(Conflict::Replace)).unwrap();
        "replaced by the same".into()
    }

    /// What must hold in the end.
    fn judge(&mut self) {
        let info = self.rig.engine.schedule_info(&id()).expect("it is listed");
        let history = self.rig.engine.history(&id()).unwrap();
        let is_own = |cause| !matches!(cause, RunCause::RunNow | RunCause::Backfill);
        let mut known: HashMap<(DateTime<Utc>, RunCause), usize> = HashMap::new();
        let (mut jobs, mut of_jobs, mut skipped) = (BTreeSet::new(), 0, 0);
        for one in history.iter().filter(|one| is_own(one.cause)) {
            let cause = match one.cause {
                RunCause::CatchUp => RunCause::Due,
                other => other,
            };
            let mut at = one.span.from;
            while at <= one.span.to {
                *known.entry((at, cause)).or_default() += 1;
                at += TimeDelta::seconds(10);
            }
            match one.verdict {
                Verdict::Started(job)
                | Verdict::Ran { job, .. }
                | Verdict::Cancelled { job, .. } => {
                    // Of a run that was cancelled, also what it was to stand for.
                    jobs.insert(job);
                    of_jobs += one.span.count.known();
                }
                Verdict::Buffered => {}
                _ => skipped += one.span.count.known(),
            }
        }
        let started = jobs.len() as u64;
        skipped += of_jobs - started;
        let twice = known.iter().find(|(_, records)| **records > 1);
        self.check(twice.is_none(), || format!("two records: {twice:?}"));
        let next = info.next.expect("it goes on");
        if !self.jumped {
            let mut at = self.begun;
            while at < next {
                let recorded = known.contains_key(&(at, RunCause::Due));
                self.check(recorded, || format!("{at} has no record"));
                at += TimeDelta::seconds(10);
            }
        }
        let counts = (info.started, info.skipped, self.skipped_events);
        self.check(counts == (started, skipped, skipped), || {
            format!("counts: {counts:?}, by the history {started} and {skipped}")
        });
        let metrics = self.rig.engine.metrics();
        self.check(metrics.accepted == self.accepted_events, || {
            "accepted".into()
        });
        let ended = metrics.succeeded + metrics.failed + metrics.cancelled + metrics.timed_out;
        let open = self.rig.engine.job_infos().len() as u64;
        self.check(metrics.accepted == ended + open, || {
            "every job has one end".into()
        });
    }
}

#[test]
fn whatever_is_combined_what_must_hold_holds() {
    for seed in 0..1_500 {
        let mut stage = Stage::new(seed);
        stage.log.insert(0, format!("seed {seed}"));
        for _ in 0..40 {
            stage.step();
        }
        stage.judge();
    }
}
