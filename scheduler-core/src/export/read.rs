//! Builds schedules from a document.

use std::{collections::BTreeMap, str::FromStr, sync::Arc};

use chrono::TimeDelta;
use serde_json::Value;

use super::{
    DecidedData, HoursData, ImportError, ImportProblem, PauseData, PolicyData, RetryData,
    ScheduleData, ScheduleDocument, TaskData, VERSION, duplicates::Tree, durations, entry::Entry,
    error::Problems, object::Object,
};
use crate::{
    Conflict, Error, Hours, Schedule, Task,
    base::text::{BRIEF, brief},
    contract::names::{check_name, check_text},
    job::{JobPolicy, RateLimit, Retry, TaskLimit},
    registry::{TaskError, TaskRegistry},
    schedule::{Decided, Label, Policies},
    trigger::{Timeline, Trigger, Zone, joined, work},
};

impl TryFrom<Value> for ScheduleDocument {
    type Error = ImportError;

    fn try_from(document: Value) -> Result<Self, ImportError> {
        let problems = Problems::default();
        Self::try_from(Tree {
            value: document,
            problems,
        })
    }
}

impl TryFrom<Tree> for ScheduleDocument {
    type Error = ImportError;

    fn try_from(document: Tree) -> Result<Self, ImportError> {
        let Tree {
            value,
            mut problems,
        } = document;
        let read = read_document(&value, &mut problems);
        let empty = || Self {
            version: VERSION,
            schedules: Vec::new(),
        };
        problems.unless(read.unwrap_or_else(empty))
    }
}

impl FromStr for ScheduleDocument {
    type Err = ImportError;

    fn from_str(json: &str) -> Result<Self, ImportError> {
        let document: Tree = serde_json::from_str(json).map_err(|error| ImportError {
            problems: vec![ImportProblem::new(
                "",
                format!("the text is not JSON: {error}"),
            )],
            more: 0,
        })?;
        document.try_into()
    }
}

fn read_document(document: &Value, problems: &mut Problems) -> Option<ScheduleDocument> {
    let mut entry = Entry::new(document, String::new(), problems)?;
    let version: Option<Value> = entry.required("version");
    let schedules: Option<Vec<Value>> = entry.required("schedules");
    entry.finish();
    if let Some(version) = version.filter(|version| version.as_u64() != Some(VERSION.into())) {
        problems.add(|| ImportProblem::version(brief(&version.to_string(), BRIEF)));
    }
    let numbered = schedules?.into_iter().enumerate();
    let read = numbered.filter_map(|(at, schedule)| {
        read_schedule(&schedule, format!("schedules[{at}]"), problems)
    });
    Some(ScheduleDocument {
        version: VERSION,
        schedules: read.collect(),
    })
}

fn read_schedule(schedule: &Value, path: String, problems: &mut Problems) -> Option<ScheduleData> {
    let mut entry = Entry::new(schedule, path, problems)?;
    let default = Policies::DEFAULT;
    // All schedules are read first, so that every problem is reported.
    let (id, name) = (entry.required("id"), entry.optional("name"));
    let (tags, metadata) = (
        entry.or("tags", Vec::new()),
        entry.or("metadata", Default::default()),
    );
    let (trigger, task) = (
        entry.trigger("trigger"),
        entry.required::<Object<_>>("task"),
    );
    let misfire = entry.or("misfire", Object(default.misfire.into()));
    let overlap = entry.or("overlap", default.overlap);
    let jitter = entry.or("jitter", crate::trigger::Length(default.jitter));
    let max_instances = entry.or("max_instances", default.max_instances);
    let buffer_limit = entry.or("buffer_limit", default.buffer_limit);
    let (group, late_hours) = (
        entry.optional("group"),
        entry.optional::<Object<_>>("late_hours"),
    );
    let pause_after_failures = entry.optional("pause_after_failures");
    let (history, paused) = (
        entry.optional("history"),
        entry.optional::<Object<_>>("paused"),
    );
    let (next, by_hand) = (entry.optional("next"), entry.or("by_hand", false));
    let lag = entry.or("lag", durations::Signed(TimeDelta::zero()));
    let decided = entry.optional::<Object<_>>("decided");
    entry.finish();
    Some(ScheduleData {
        id: id?,
        name: name?,
        tags: tags?,
        metadata: metadata?,
        trigger: trigger?,
        task: task?.0,
        misfire: misfire?.0,
        overlap: overlap?,
        jitter: jitter?.0,
        max_instances: max_instances?,
        buffer_limit: buffer_limit?,
        group: group?,
        late_hours: late_hours?.map(|hours| hours.0),
        pause_after_failures: pause_after_failures?,
        history: history?,
        paused: paused?.map(|pause| pause.0),
        next: next?,
        by_hand: by_hand?,
        lag: lag?.0,
        decided: decided?.map(|decided| decided.0),
    })
}

impl ScheduleData {
    /// Builds the schedule with the tasks of `registry`. `path` is its path in the document.
    pub(super) fn build(
        &self,
        registry: &TaskRegistry,
        conflict: Conflict,
        path: &str,
        problems: &mut Problems,
    ) -> Option<Schedule> {
        let before = problems.len();
        let mut note = |at: &str, problem: &dyn std::fmt::Display| {
            problems.add(|| ImportProblem::new(joined(path, at), problem));
        };
        let trigger = self
            .trigger
            .build()
            .map_err(|error| note(&joined("trigger", error.path()), error.reason()));
        if let (Ok(trigger), Some(next)) = (&trigger, self.next)
            && !self.by_hand
            && !trigger.matches(next)
        {
            match work::all_spent() {
                Some(overrun) => note(
                    "next",
                    &format!("cannot check whether {next} is an instant of the trigger: {overrun}"),
                ),
                None => note("next", &format!("{next} is not an instant of the trigger")),
            }
        }
        let task = self.task.build(registry);
        let task = task.map_err(|(at, problem)| note(&joined("task", &at), &problem));
        let names = check_name("id", &self.id).and_then(|()| self.label().validate());
        let reason = |pause: &PauseData| check_text("paused.reason", &pause.reason);
        let names = names.and_then(|()| self.paused.as_ref().map_or(Ok(()), reason));
        if let Err(error) = names {
            let (at, problem) = setting(error);
            note(&at, &problem);
        }
        let policies = self.policies();
        let policies = policies.map_err(|(at, problem)| note(&at, &problem));
        let decided = self.decided.as_ref().map(DecidedData::build).transpose();
        let decided = decided.map_err(|(at, problem)| note(&joined("decided", &at), &problem));
        if let Some(problem) = idle_decided(trigger.as_deref().ok(), self.decided.as_ref()) {
            note("decided", &problem);
        }
        match (trigger, task, policies, decided) {
            (Ok(trigger), Ok(task), Ok(policies), Ok(decided)) if problems.len() == before => {
                let schedule = Schedule::new(trigger, task).on_conflict(conflict);
                Some(self.complete(schedule, policies, decided.unwrap_or_default()))
            }
            _ => None,
        }
    }

    fn complete(&self, mut schedule: Schedule, policies: Policies, decided: Decided) -> Schedule {
        schedule = schedule.id(&*self.id);
        schedule.policies = policies;
        schedule.label = self.label();
        schedule.next = self.next;
        schedule.lag = self.lag;
        schedule.decided = decided;
        if let Some(pause) = &self.paused {
            schedule.paused = Some(Arc::from(&*pause.reason));
            schedule.paused_since = pause.since;
        }
        schedule
    }

    fn label(&self) -> Label {
        let mut label = Label {
            name: self.name.as_deref().map(Arc::from),
            ..Label::default()
        };
        label.tags = self.tags.iter().map(|tag| Arc::from(&**tag)).collect();
        label.metadata = shared(&self.metadata);
        label
    }

    pub(crate) fn policies(&self) -> Result<Policies, (String, String)> {
        let hours = self.late_hours.as_ref().map(HoursData::build).transpose()?;
        let policies = Policies {
            misfire: self.misfire.clone().into(),
            overlap: self.overlap,
            jitter: self.jitter,
            max_instances: self.max_instances,
            buffer_limit: self.buffer_limit,
            history: self.history,
            group: self.group.as_deref().map(Arc::from),
            hours,
            failure_limit: self.pause_after_failures,
        };
        policies.validate().map_err(setting)?;
        Ok(policies)
    }
}

/// Returns why the decided instants have no effect with this trigger, if they have none.
fn idle_decided(
    trigger: Option<&dyn Trigger>,
    decided: Option<&DecidedData>,
) -> Option<&'static str> {
    let on_wall = trigger?.timeline() == Timeline::Wall;
    (decided.is_some() && !on_wall)
        .then_some("the trigger counts elapsed time, which is never set back: leave it out")
}

/// Returns the name and the problem of an invalid setting.
fn setting(error: Error) -> (String, String) {
    match error {
        Error::InvalidConfig { field, problem } => (field.to_owned(), problem),
        error => (String::new(), error.to_string()),
    }
}

impl HoursData {
    fn build(&self) -> Result<Hours, (String, String)> {
        let invalid = |error| ("late_hours.zone".to_owned(), format!("{error}"));
        let zone = self.zone.parse::<Zone>().map_err(invalid)?;
        Ok(Hours::new(self.from, self.until, zone))
    }
}

impl TaskData {
    fn build(&self, registry: &TaskRegistry) -> Result<Task, (String, String)> {
        let mut task = registry
            .task(&self.name, &self.args)
            .map_err(|error| match error {
                Error::Task(TaskError::Arguments { path, problem, .. }) => {
                    (joined("args", &path), problem)
                }
                Error::Task(TaskError::Unknown { .. }) => ("name".to_owned(), error.to_string()),
                error => (String::new(), error.to_string()),
            })?;
        if let Some(label) = &self.label {
            check_text("label", label).map_err(setting)?;
            task = task.name(&**label);
        }
        if let Some(policy) = &self.policy {
            if policy.retry.as_ref().is_some_and(RetryData::has_idle_limit) {
                let problem = "a fixed delay does not grow: add \"factor\", or leave it out";
                return Err(("policy.retry.max_delay".to_owned(), problem.to_owned()));
            }
            task.policy = Some(Arc::new(policy.build()));
            task.validate().map_err(|error| {
                let (field, problem) = setting(error);
                (joined("policy", &field), problem)
            })?;
        }
        Ok(task)
    }
}

impl PolicyData {
    pub(crate) fn build(&self) -> JobPolicy {
        let rate_limit = self
            .rate_limit
            .as_ref()
            .map(|limit| RateLimit::new(&*limit.group, limit.count, limit.per).burst(limit.burst));
        JobPolicy {
            tags: self.tags.iter().map(|tag| Arc::from(&**tag)).collect(),
            metadata: shared(&self.metadata),
            priority: self.priority,
            retry: self.retry.as_ref().map(RetryData::build),
            attempt_timeout: self.attempt_timeout,
            timeout: self.timeout,
            timeout_grace: self.timeout_grace,
            start_within: self.start_within,
            rate_limit,
            task_limit: self
                .task_limit
                .as_ref()
                .map(|limit| TaskLimit::new(&*limit.task, limit.jobs)),
            queue: self.queue.as_deref().map(Arc::from),
            keep_result: self.keep_result,
            unlimited: self.unlimited,
        }
    }
}

impl RetryData {
    /// Returns whether there is a maximum delay although the delays do not grow.
    const fn has_idle_limit(&self) -> bool {
        self.factor.is_none() && self.max_delay.is_some()
    }

    fn build(&self) -> Retry {
        let retry = match self.factor {
            None => Retry::fixed(self.attempts, self.delay),
            Some(factor) => Retry::exponential(self.attempts, self.delay).factor(factor),
        };
        let retry = match self.max_delay {
            Some(limit) => retry.max_delay(limit),
            None => retry,
        };
        retry
            .jitter(self.jitter)
            .seed(self.seed)
            .on_panic(self.on_panic)
            .on_timeout(self.on_timeout)
    }
}

fn shared(notes: &BTreeMap<String, String>) -> BTreeMap<Arc<str>, Arc<str>> {
    let shared = |(key, value): (&String, &String)| (Arc::from(&**key), Arc::from(&**value));
    notes.iter().map(shared).collect()
}
