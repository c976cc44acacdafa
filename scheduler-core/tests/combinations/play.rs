//! Plays a scenario and writes down all that can be observed of it.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use scheduler_core::{
    Backfill, Conflict, Decision, Event, EventFilter, EventStream, Explanation, JobContext,
    JobFailure, JobId, Metrics, Options, ResumeFrom, RunCause, RuntimeScheduler, Schedule,
    ScheduleChange, ScheduleId, Scheduler, SchedulerExt, Shutdown,
    export::ScheduleDocument,
    job::{JobPolicy, RateLimit, Retry},
    registry::TaskRegistry,
};

use crate::{
    plan::{Disturbance, Plan, Resumption, Settings, dawn, morning},
    world::World,
};

/// How long everything is left alone at the end.
const EVENING: Duration = Duration::from_secs(240);

/// How long after an instant its record may come: jitter, and the granularity of the driver.
const RETRY_DELAY: Duration = Duration::from_secs(3);

/// The scheduler under test.
type Subject = RuntimeScheduler<World>;

/// Something that was observed, at an instant.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Since the morning, on the clock of elapsed time.
    pub(crate) elapsed: Duration,
    /// What the wall clock showed.
    pub(crate) wall: DateTime<Utc>,
    pub(crate) what: What,
}

/// What was observed.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A body begins.
    Start(Run),
    /// A body has returned or was dropped.
    End(JobId),
    /// A call has returned.
    Call(Disturbance),
    /// At rest: what the next instant is said to be.
    Next(Option<DateTime<Utc>>),
}

/// One attempt of a job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) life: usize,
    pub(crate) job: JobId,
    pub(crate) nominal: DateTime<Utc>,
    pub(crate) cause: Option<RunCause>,
    pub(crate) attempt: u32,
}

/// What one scheduler said of itself: there are several if a scenario hands over.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) events: Vec<Event>,
    /// The records; `None` once nothing is known of the schedule any more.
    pub(crate) history: Option<Vec<Decision>>,
    pub(crate) metrics: Metrics,
    pub(crate) failures: Vec<JobId>,
    /// What each instant until now is explained as.
    pub(crate) explained: Vec<(DateTime<Utc>, Explanation)>,
    /// The instant that the schedule waited for at the end, from which a successor goes on.
    pub(crate) next: Option<DateTime<Utc>>,
}

/// All that was observed.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Entry>,
    pub(crate) lives: Vec<Life>,
    /// Since the morning, at the end.
    pub(crate) elapsed: Duration,
    pub(crate) wall: DateTime<Utc>,
    pub(crate) problems: Vec<String>,
}

#[derive(Clone)]
struct Notes {
    world: World,
    entries: Arc<Mutex<Vec<Entry>>>,
    morning: std::time::Instant,
}

impl Notes {
    fn note(&self, what: What) {
        let now = self.world.read();
        let entry = Entry {
            elapsed: now.mono - self.morning,
            wall: now.wall,
            what,
        };
        self.entries.lock().unwrap().push(entry);
    }
}

/// Notes the end of a body, however it ends.
struct Body {
    notes: Notes,
    job: JobId,
}

impl Drop for Body {
    fn drop(&mut self) {
        self.notes.note(What::End(self.job));
    }
}

struct Stage {
    plan: Plan,
    world: World,
    notes: Notes,
    subject: Subject,
    stream: EventStream,
    failures: Arc<Mutex<Vec<JobId>>>,
    registry: TaskRegistry,
    lives: Vec<Life>,
    life: Arc<AtomicU64>,
    problems: Vec<String>,
    gone: bool,
}

fn id() -> ScheduleId {
    ScheduleId::new("s")
}

fn registry(settings: &Settings, notes: &Notes, life: &Arc<AtomicU64>) -> TaskRegistry {
    let (takes, failing) = (settings.takes, settings.failing);
    let (notes, life) = (notes.clone(), life.clone());
    let mut registry = TaskRegistry::new();
    let work = move |job: JobContext, (): ()| {
        let (notes, life) = (notes.clone(), life.load(Ordering::SeqCst));
        async move {
            let run = Run {
                life: usize::try_from(life).unwrap(),
                job: job.id(),
                nominal: job.nominal(),
                cause: job.cause(),
                attempt: job.attempt(),
            };
            notes.note(What::Start(run));
            let body = Body {
                notes: notes.clone(),
                job: job.id(),
            };
            if takes > 0 {
                let scheduler = job.scheduler().unwrap();
                scheduler.sleep(Duration::from_secs(takes)).await;
            }
            drop(body);
            if job.attempt() <= failing {
                Err(fmt::Error)
            } else {
                Ok(())
            }
        }
    };
    registry.register("work", work).unwrap();
    registry.policy("work", policy(settings)).unwrap();
    registry
}

fn policy(settings: &Settings) -> JobPolicy {
    let mut policy = JobPolicy::default();
    if settings.attempts > 1 {
        policy = policy.retry(Retry::fixed(settings.attempts, RETRY_DELAY));
    }
    if let Some(rate) = settings.rate {
        policy = policy.rate_limit(RateLimit::new("rate", 1, Duration::from_secs(rate)));
    }
    if let Some(limit) = settings.attempt_timeout {
        policy = policy.attempt_timeout(Duration::from_secs(limit));
    }
    if let Some(limit) = settings.start_within {
        policy = policy.start_within(Duration::from_secs(limit));
    }
    policy
}

fn subject(world: &World, settings: &Settings, failures: &Arc<Mutex<Vec<JobId>>>) -> Subject {
    let failures = failures.clone();
    let mut options = Options::default()
        .history(100_000)
        .event_capacity(100_000)
        .on_error(move |failure: &JobFailure| failures.lock().unwrap().push(failure.job));
    if let Some(permits) = settings.permits {
        options = options.max_concurrent_jobs(permits);
    }
    RuntimeScheduler::with_options(world.clone(), options).unwrap()
}

impl Stage {
    fn new(plan: &Plan) -> Self {
        let world = World::at(morning());
        let notes = Notes {
            world: world.clone(),
            entries: Arc::default(),
            morning: world.read().mono,
        };
        let failures = Arc::default();
        let subject = subject(&world, &plan.settings, &failures);
        let life = Arc::default();
        let stage = Self {
            stream: subject.subscribe(EventFilter::all()),
            registry: registry(&plan.settings, &notes, &life),
            plan: plan.clone(),
            world,
            notes,
            subject,
            failures,
            lives: Vec::new(),
            life,
            problems: Vec::new(),
            gone: false,
        };
        stage.subject.add(stage.schedule()).unwrap();
        stage.world.block_on(stage.subject.start()).unwrap();
        stage.world.settle();
        stage
    }

    /// The schedule of the plan, made anew.
    fn schedule(&self) -> Schedule {
        let settings = &self.plan.settings;
        let task = self.registry.task("work", ()).unwrap();
        let schedule = Schedule::with_trigger(settings.rule.trigger(), task)
            .id("s")
            .misfire(settings.misfire)
            .overlap(settings.overlap)
            .max_instances(settings.max_instances)
            .jitter(Duration::from_secs(settings.jitter));
        match settings.hours() {
            Some(hours) => schedule.only_within(hours),
            None => schedule,
        }
    }

    /// Carries a disturbance out. Calls may be refused: a schedule that has ended knows none. What the
    /// laws take for done is noted only if it was.
    fn disturb(&mut self, disturbance: Disturbance) {
        let (subject, id) = (self.subject.clone(), id());
        match disturbance {
            Disturbance::Pause => drop(subject.pause()),
            Disturbance::Resume => drop(subject.resume()),
            Disturbance::PauseSchedule => {
                if subject.pause_schedule(&id, "test").is_err() {
                    return;
                }
            }
            Disturbance::ResumeSchedule(from) => {
                let from = match from {
                    Resumption::Now => ResumeFrom::Now,
                    Resumption::WhereItStood => ResumeFrom::WhereItStood,
                    Resumption::Since(seconds) => {
                        ResumeFrom::At(self.world.read().wall - TimeDelta::seconds(seconds))
                    }
                };
                drop(subject.resume_schedule(&id, from));
            }
            Disturbance::ReplaceByEqual if !self.gone && subject.schedule(&id).is_some() => {
                subject
                    .add(self.schedule().on_conflict(Conflict::Replace))
                    .unwrap();
            }
            Disturbance::ReplaceByEqual => {}
            Disturbance::UpdateToEqual => {
                drop(subject.update(&id, ScheduleChange::all(self.schedule())));
            }
            Disturbance::UpdateOverlap(overlap) => {
                drop(subject.update(&id, ScheduleChange::new().overlap(overlap)));
            }
            Disturbance::UpdateJitter(jitter) => {
                let change = ScheduleChange::new().jitter(Duration::from_secs(jitter));
                drop(subject.update(&id, change));
            }
            Disturbance::UpdateMaxInstances(limit) => {
                drop(subject.update(&id, ScheduleChange::new().max_instances(limit)));
            }
            Disturbance::UpdateMisfire(policy) => {
                let mut misfire = self.plan.settings.misfire;
                misfire.policy = policy;
                drop(subject.update(&id, ScheduleChange::new().misfire(misfire)));
            }
            Disturbance::RunNow => self.run_now(),
            Disturbance::Backfill => {
                let wall = self.world.read().wall;
                let range = Backfill::new(wall - TimeDelta::seconds(30)..=wall);
                drop(subject.backfill(&id, range));
            }
            Disturbance::Remove => {
                if subject.remove(&id).is_err() {
                    return;
                }
                self.gone = true;
            }
            Disturbance::Jump(seconds) => self.world.jump(seconds),
            Disturbance::Stall(seconds) => self.world.pass(Duration::from_secs(seconds)),
            Disturbance::Handover => self.hand_over(),
        }
        self.notes.note(What::Call(disturbance));
        self.world.settle();
        self.note_next();
    }

    /// Asks for a run, which has to leave the next instant alone.
    fn run_now(&mut self) {
        let next = |subject: &Subject| subject.next_times(&id(), 1).ok();
        let before = next(&self.subject);
        drop(self.subject.run_now(&id()));
        let after = next(&self.subject);
        if before != after {
            self.problems
                .push(format!("run_now moved the cursor: {before:?} to {after:?}"));
        }
    }

    fn note_next(&self) {
        let next = self.subject.next_times(&id(), 1);
        let next = next.ok().and_then(|times| times.first().copied());
        self.notes.note(What::Next(next));
    }

    /// Ends this scheduler, and goes on with another one from what it was exported as.
    fn hand_over(&mut self) {
        let exported = self.subject.export_schedules().unwrap();
        let document: ScheduleDocument = {
            let json = serde_json::to_string(&exported).unwrap();
            json.parse().unwrap()
        };
        if document != exported {
            self.problems
                .push("the document is not what was exported".to_owned());
        }
        let life = self.end_life();
        self.lives.push(life);
        self.life.fetch_add(1, Ordering::SeqCst);
        self.failures = Arc::default();
        self.subject = subject(&self.world, &self.plan.settings, &self.failures);
        self.stream = self.subject.subscribe(EventFilter::all());
        let imported = self
            .subject
            .import_schedules(&document, &self.registry, Conflict::Refuse);
        imported.unwrap();
        let again = self.subject.export_schedules().unwrap();
        if again != exported {
            self.problems
                .push(format!("imported {exported:#?}\nexported again {again:#?}"));
        }
        self.world.block_on(self.subject.start()).unwrap();
    }

    /// What is known at the end, after a shutdown.
    fn end_life(&mut self) -> Life {
        let rule = self.plan.settings.rule;
        let now = self.world.read().wall;
        let explain = |instant| Some((instant, self.subject.explain(&id(), instant).ok()?));
        let instants = rule.instants(dawn(), now);
        let explained = instants.into_iter().filter_map(explain).collect();
        let next = self.subject.schedule(&id()).and_then(|info| info.next);
        let stopped = self.subject.shutdown(Shutdown::now());
        drop(self.world.block_on(stopped));
        self.world.settle();
        let mut events = Vec::new();
        while let Some(event) = self.stream.try_next() {
            events.push(event);
        }
        Life {
            events,
            history: self.subject.history(&id()).ok(),
            metrics: self.subject.metrics(),
            failures: self.failures.lock().unwrap().clone(),
            explained,
            next,
        }
    }
}

/// Plays a scenario to its end: everything paused is resumed, and left alone for long.
pub(crate) fn play(plan: &Plan) -> Log {
    let mut stage = Stage::new(plan);
    for (delay, disturbance) in &plan.steps {
        stage.world.advance(Duration::from_millis(*delay));
        stage.disturb(*disturbance);
    }
    stage.disturb(Disturbance::Resume);
    stage.disturb(Disturbance::ResumeSchedule(Resumption::WhereItStood));
    stage.world.advance(EVENING);
    stage.note_next();
    let elapsed = stage.world.read().mono - stage.notes.morning;
    let wall = stage.world.read().wall;
    let life = stage.end_life();
    stage.lives.push(life);
    let entries = stage.notes.entries.lock().unwrap().clone();
    Log {
        entries,
        lives: stage.lives,
        elapsed,
        wall,
        problems: stage.problems,
    }
}
