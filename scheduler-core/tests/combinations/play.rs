//! Plays a scenario, and records everything that can be observed.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::TimeDelta;
use scheduler_core::{
    Error, EventFilter, Job, JobId, Options, Result, RuntimeScheduler, ScheduleId, Scheduler,
    SchedulerExt, Shutdown, State,
    backfill::Backfill,
    event::EventStream,
    export::ScheduleDocument,
    failure::JobFailure,
    schedule::{Conflict, ResumeFrom, ScheduleChange, ScheduleEnd},
};

use crate::{
    log::{Life, Log, Notes, Said, What},
    plan::{Disturbance, Ending, Plan, Resumption, Rule, Settings, dawn, morning, noon},
    tasks::Tasks,
    world::World,
};

/// Time for which everything is left alone at the end.
const EVENING: Duration = Duration::from_secs(240);

/// Maximum delay of an entry that becomes due during a turn of the driver.
const QUANTUM: Duration = Duration::from_millis(20);

/// The scheduler under test.
type Subject = RuntimeScheduler<World>;

struct Stage {
    plan: Plan,
    world: World,
    notes: Notes,
    tasks: Tasks,
    subject: Subject,
    stream: EventStream,
    failures: Arc<Mutex<Vec<JobId>>>,
    lives: Vec<Life>,
    problems: Vec<String>,
    rule: Rule,
    /// Maximum number of records, if the scenario sets one.
    history: Option<usize>,
    /// Whether no record of this life has been evicted.
    is_whole: bool,
}

fn id() -> ScheduleId {
    ScheduleId::new("s")
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

/// Ignores the error of a call that is not allowed in the present state.
fn ignored<T>(result: Result<T>) -> Result<()> {
    result.map(drop)
}

impl Stage {
    fn new(plan: &Plan) -> Self {
        let world = World::at(morning());
        let notes = Notes::of(&world);
        let failures = Arc::default();
        let subject = subject(&world, &plan.settings, &failures);
        let stage = Self {
            stream: subject.subscribe(EventFilter::all()),
            tasks: Tasks::new(&plan.settings, &notes),
            plan: plan.clone(),
            world,
            notes,
            subject,
            failures,
            lives: Vec::new(),
            problems: Vec::new(),
            rule: plan.settings.rule,
            history: None,
            is_whole: true,
        };
        stage.subject.add(stage.tasks.schedule()).unwrap();
        if plan.settings.grouped {
            stage.subject.add(stage.tasks.neighbour()).unwrap();
        }
        stage.world.block_on(stage.subject.start()).unwrap();
        stage.world.settle();
        stage
    }

    /// Carries out a disturbance. A call for a schedule that has ended returns an error.
    fn disturb(&mut self, disturbance: Disturbance) {
        let is_done = self.call(disturbance).is_ok();
        if is_done && disturbance != Disturbance::Handover {
            self.notes.note(What::Call(disturbance));
        }
        self.world.settle();
        self.look_at_history();
        self.note_rest();
    }

    fn call(&mut self, disturbance: Disturbance) -> Result<()> {
        match disturbance {
            Disturbance::Pause => self.subject.pause(),
            Disturbance::Resume => self.subject.resume(),
            Disturbance::PauseSchedule => self.subject.schedule(&id()).pause("test"),
            Disturbance::ResumeSchedule(from) => self.resume_schedule(from),
            Disturbance::ReplaceByEqual => self.replace(),
            Disturbance::UpdateToEqual => {
                self.subject
                    .schedule(&id())
                    .update(ScheduleChange::all(self.tasks.schedule()))?;
                self.ruled(self.plan.settings.rule);
                self.history = None;
                Ok(())
            }
            Disturbance::UpdateRule => {
                let other = self.rule.other();
                let change = ScheduleChange::new().trigger(other.trigger());
                self.subject.schedule(&id()).update(change)?;
                self.ruled(other);
                Ok(())
            }
            Disturbance::RunNow | Disturbance::Backfill(..) => self.ask_for_more(disturbance),
            Disturbance::OtherJob => ignored(self.subject.try_submit(Job::from(self.tasks.work()))),
            Disturbance::Remove => self.subject.schedule(&id()).remove(),
            Disturbance::Jump(seconds) => {
                self.world.jump(seconds);
                Ok(())
            }
            Disturbance::Stall(seconds) => {
                self.world.pass(Duration::from_secs(seconds));
                Ok(())
            }
            Disturbance::Handover => {
                self.hand_over();
                Ok(())
            }
            Disturbance::Look => self.subject.schedule(&id()).update(ScheduleChange::new()),
            Disturbance::ShutDown(ending) => self.subject.request_shutdown(how(ending)),
            field => self.update(field),
        }
    }

    fn resume_schedule(&self, from: Resumption) -> Result<()> {
        let from = match from {
            Resumption::Now => ResumeFrom::Now,
            Resumption::WhereItStood => ResumeFrom::WhereItStood,
            Resumption::Since(seconds) => {
                ResumeFrom::At(self.world.read().wall() - TimeDelta::seconds(seconds))
            }
        };
        self.subject.schedule(&id()).resume(from)
    }

    /// Replaces the schedule, if it exists; otherwise a new one would be added.
    fn replace(&mut self) -> Result<()> {
        let info = self.subject.schedule(&id()).info()?;
        // The id of a schedule that waits only for the end of its last run is free (`SC-024`).
        let has_ended = matches!(
            info.ended,
            Some(ScheduleEnd::Exhausted | ScheduleEnd::Faulted)
        );
        if has_ended && info.kept == 0 {
            return Err(Error::UnknownSchedule(id()));
        }
        let schedule = self.tasks.schedule().on_conflict(Conflict::Replace);
        self.subject.add(schedule)?;
        self.ruled(self.plan.settings.rule);
        self.history = None;
        Ok(())
    }

    fn ruled(&mut self, rule: Rule) {
        if rule != self.rule {
            self.rule = rule;
            self.notes.note(What::Ruled(rule));
        }
    }

    /// Changes one field.
    fn update(&mut self, field: Disturbance) -> Result<()> {
        let change = ScheduleChange::new();
        let change = match field {
            Disturbance::UpdateOverlap(overlap) => change.overlap(overlap),
            Disturbance::UpdateJitter(jitter) => change.jitter(Duration::from_secs(jitter)),
            Disturbance::UpdateMaxInstances(limit) => change.max_instances(limit),
            Disturbance::UpdateBufferLimit(limit) => change.buffer_limit(limit),
            Disturbance::UpdateGroup(joins) => change.group::<&str>(joins.then_some("group")),
            Disturbance::UpdateHours(hours) => change.late_hours(hours.map(noon)),
            Disturbance::UpdateHistory(length) => change.history(length),
            Disturbance::UpdateFailureLimit(limit) => change.pause_after_failures(limit),
            Disturbance::UpdateMisfire(misfire) => change.misfire(misfire),
            Disturbance::UpdateLabels => {
                let change = change
                    .name("another")
                    .tags(["tag"])
                    .metadata("key", "value");
                change.task(self.tasks.work())
            }
            other => panic!("{other:?} changes no field"),
        };
        self.subject.schedule(&id()).update(change)?;
        if let Disturbance::UpdateHistory(length) = field {
            (self.history, self.is_whole) = (Some(length), false);
        }
        Ok(())
    }

    /// Checks that the history has no more records than its limit.
    fn look_at_history(&mut self) {
        let Some(length) = self.history else {
            return;
        };
        let known = self
            .subject
            .schedule(&id())
            .history()
            .unwrap_or_default()
            .len();
        if known > length && self.subject.schedule(&id()).info().is_ok() {
            self.problems.push(format!("{known} records of {length}"));
        }
    }

    /// Requests runs that do not change the next instant.
    fn ask_for_more(&mut self, what: Disturbance) -> Result<()> {
        let next = |subject: &Subject| subject.schedule(&id()).next_times(1).ok();
        let before = next(&self.subject);
        let asked = match what {
            Disturbance::Backfill(most, pace) => {
                let wall = self.world.read().wall();
                let range = Backfill::new(wall - TimeDelta::seconds(30)..=wall);
                let range = range.max_concurrent(most).pace(Duration::from_secs(pace));
                ignored(self.subject.schedule(&id()).backfill(range))
            }
            _ => ignored(self.subject.schedule(&id()).run_now()),
        };
        let after = next(&self.subject);
        if before != after {
            self.problems.push(format!(
                "{what:?} moved the cursor: {before:?} to {after:?}"
            ));
        }
        asked
    }

    fn note_rest(&self) {
        let next = self.subject.schedule(&id()).next_times(1);
        let next = next.ok().and_then(|times| times.first().copied());
        let explained = |at| Some((at, self.subject.schedule(&id()).explain(at).ok()?));
        let info = self.subject.schedule(&id()).info();
        self.notes.note(What::Rest(Said {
            next: next.and_then(explained),
            is_paused: info.is_ok_and(|info| info.is_paused()),
        }));
    }

    /// Shuts this scheduler down, and continues with another one from the export.
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
        self.end_life(Ending::Immediate);
        self.tasks.next_life();
        self.is_whole = self.history.is_none();
        self.notes.note(What::Call(Disturbance::Handover));
        self.failures = Arc::default();
        self.subject = subject(&self.world, &self.plan.settings, &self.failures);
        self.stream = self.subject.subscribe(EventFilter::all());
        let registry = &self.tasks.registry;
        let imported = self
            .subject
            .import_schedules(&document, registry, Conflict::Refuse);
        imported.unwrap();
        let again = self.subject.export_schedules().unwrap();
        if again != exported {
            self.problems
                .push(format!("imported {exported:#?}\nexported again {again:#?}"));
        }
        self.world.block_on(self.subject.start()).unwrap();
    }

    /// Shuts the scheduler down, and records its final state.
    fn end_life(&mut self, ending: Ending) {
        let whole = self.is_whole;
        let history = |subject: &Subject| subject.schedule(&id()).history().ok().filter(|_| whole);
        let now = self.world.read().wall();
        let explain =
            |instant| Some((instant, self.subject.schedule(&id()).explain(instant).ok()?));
        let mut instants = self.rule.instants(dawn(), now);
        instants.retain(|_| whole);
        let explained = instants.into_iter().filter_map(explain).collect();
        let info = self.subject.schedule(&id()).info().ok();
        let standing = history(&self.subject);
        drop(self.call(Disturbance::ShutDown(ending)));
        self.notes.note(What::Call(Disturbance::ShutDown(ending)));
        self.world.settle();
        if !matches!(ending, Ending::Immediate | Ending::Rest) {
            self.world.advance(EVENING);
        }
        let stopped = self.subject.state();
        if stopped != State::ShutDown {
            self.problems.push(format!("{ending:?}, and {stopped:?}"));
        }
        let mut events = Vec::new();
        while let Some(event) = self.stream.try_next() {
            events.push(event);
        }
        self.lives.push(Life {
            events,
            history: history(&self.subject),
            standing,
            info,
            metrics: self.subject.metrics(),
            failures: self.failures.lock().unwrap().clone(),
            explained,
        });
    }

    /// Resumes everything that is paused, and leaves it alone for a long time.
    fn rest(&mut self) {
        self.disturb(Disturbance::UpdateFailureLimit(None));
        self.disturb(Disturbance::Resume);
        self.disturb(Disturbance::ResumeSchedule(Resumption::WhereItStood));
        self.world.advance(EVENING);
        self.note_rest();
    }
}

fn how(ending: Ending) -> Shutdown {
    match ending {
        Ending::Graceful => Shutdown::graceful(),
        Ending::Within(seconds) => Shutdown::drain_within(Duration::from_secs(seconds)),
        Ending::RunningOnly => Shutdown::running_only(),
        Ending::Immediate | Ending::Rest => Shutdown::immediate(),
    }
}

/// Plays a scenario to its end.
pub(crate) fn play(plan: &Plan) -> Log {
    let mut stage = Stage::new(plan);
    for (delay, disturbance) in &plan.steps {
        stage.world.advance(Duration::from_millis(*delay));
        stage.disturb(*disturbance);
    }
    if plan.ending == Ending::Rest {
        stage.rest();
    } else {
        stage.world.advance(QUANTUM);
    }
    let (elapsed, wall) = (stage.notes.elapsed(), stage.world.read().wall());
    stage.end_life(plan.ending);
    Log {
        entries: stage.notes.entries(),
        lives: stage.lives,
        elapsed,
        wall,
        problems: stage.problems,
    }
}
