//! Scenarios are data: what is built, what is called, what the jobs do, what goes wrong.
//!
//! A scenario can be written down as JSON, run on any backend, predicted by the model, and made
//! smaller when it fails.

use std::time::Duration;

use scheduler_core::{Operation, Options, Shutdown, job::CancelMode};
use serde::{Deserialize, Serialize};

/// A whole scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is about, or the seed it was made of.
    pub name: String,
    /// The settings of the scheduler.
    #[serde(default)]
    pub config: Config,
    /// What happens, in order; after each of them all is let become quiet.
    pub commands: Vec<Command>,
    /// What goes wrong, once, besides what the commands do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// What goes wrong, and at which opportunity, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// A sleep of the scheduler or of a job ends at once.
    EarlySleep(u64),
    /// A sleep wakes its task a few times for nothing.
    RestlessSleep(u64),
    /// A listener panics at an event.
    ListenerPanic(u64),
    /// The error handler panics at a failure.
    HandlerPanic(u64),
    /// A client gives up a call: its future is dropped.
    GiveUp {
        /// Which of the calls.
        call: u64,
        /// After so many polls.
        polls: u64,
    },
}

/// The settings of the scheduler.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How many jobs may run at a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrent_jobs: Option<usize>,
    /// How many may wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_limit: Option<usize>,
}

impl Config {
    /// As the core has them. The driver wakes for every instant, so that times are exact.
    #[must_use]
    pub fn options(self) -> Options {
        let mut options = Options::default()
            .event_capacity(1 << 20)
            .wake_quantum(Duration::ZERO);
        if let Some(limit) = self.max_concurrent_jobs {
            options = options.max_concurrent_jobs(limit);
        }
        if let Some(limit) = self.queue_limit {
            options = options.queue_limit(limit);
        }
        options
    }
}

/// One thing that happens from outside.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// A client makes a call, as soon as its last one has answered.
    Call(ClientCall),
    /// Several clients make calls at a time.
    Par(Vec<ClientCall>),
    /// Time passes.
    Advance(Millis),
    /// The wall clock is set, forward or back.
    JumpWall(i64),
    /// A gate is opened, for good.
    OpenGate(u8),
    /// What is spawned from now on does not run yet.
    HoldSpawns,
    /// It does.
    ReleaseSpawns,
    /// Some spawns succeed, and the one after them fails.
    FailSpawn(u8),
    /// The clients give their handle to the scheduler away.
    DropScheduler,
}

/// Milliseconds.
pub type Millis = u64;

/// A call and who makes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientCall {
    /// The number of the client.
    pub client: u8,
    /// What it calls.
    pub call: Call,
}

/// A call of the scheduler's interface.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Call {
    /// `start`
    Start,
    /// `start_paused`
    StartPaused,
    /// `pause`
    Pause,
    /// `resume`
    Resume,
    /// `shutdown`
    Shutdown(How),
    /// `request_shutdown`
    RequestShutdown(How),
    /// `stopped`
    Stopped,
    /// `wait_idle`
    WaitIdle,
    /// `submit`
    Submit(JobSpec),
    /// `try_submit`
    TrySubmit(JobSpec),
    /// `post`
    Post(JobSpec),
    /// `JobHandle::cancel`, or nothing if there is no handle.
    Cancel {
        /// Which job.
        job: u16,
        /// How long it has, in milliseconds; 0 is at once.
        grace: Millis,
    },
    /// `JobHandle::wait`
    Wait(u16),
    /// Drops the handle of a job.
    DropHandle(u16),
    /// `add`
    Add(ScheduleSpec),
    /// `remove`
    Remove(u16),
    /// `run_now`
    RunNow(u16),
    /// `jobs`, `schedules`, `metrics`
    Look,
}

impl Call {
    /// The row of the lifecycle table it belongs to.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match self {
            Self::Start => Operation::Start,
            Self::StartPaused => Operation::StartPaused,
            Self::Pause => Operation::Pause,
            Self::Resume => Operation::Resume,
            Self::Shutdown(_) => Operation::Shutdown,
            Self::RequestShutdown(_) => Operation::RequestShutdown,
            Self::Stopped => Operation::Stopped,
            Self::WaitIdle => Operation::WaitIdle,
            Self::Submit(_) | Self::TrySubmit(_) | Self::Post(_) => Operation::Submit,
            Self::Cancel { .. } => Operation::Cancel,
            Self::Add(_) => Operation::Add,
            Self::Remove(_) => Operation::Remove,
            Self::RunNow(_) => Operation::RunNow,
            Self::Wait(_) | Self::DropHandle(_) | Self::Look => Operation::Observe,
        }
    }

    /// Whether it needs a handle to a job, and no scheduler.
    pub(crate) const fn is_about_a_handle(&self) -> bool {
        matches!(
            self,
            Self::Cancel { .. } | Self::Wait(_) | Self::DropHandle(_)
        )
    }

    /// The job that is submitted, if one is.
    #[must_use]
    pub const fn job(&self) -> Option<&JobSpec> {
        match self {
            Self::Submit(job) | Self::TrySubmit(job) | Self::Post(job) => Some(job),
            _ => None,
        }
    }

    /// Its name, as the interface has it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::StartPaused => "start_paused",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Shutdown(_) => "shutdown",
            Self::RequestShutdown(_) => "request_shutdown",
            Self::Stopped => "stopped",
            Self::WaitIdle => "wait_idle",
            Self::Submit(_) => "submit",
            Self::TrySubmit(_) => "try_submit",
            Self::Post(_) => "post",
            Self::Cancel { .. } => "cancel",
            Self::Wait(_) => "wait",
            Self::DropHandle(_) => "drop_handle",
            Self::Add(_) => "add",
            Self::Remove(_) => "remove",
            Self::RunNow(_) => "run_now",
            Self::Look => "look",
        }
    }
}

/// How to shut down, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct How {
    /// How long running jobs may take; as long as they like if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<Millis>,
    /// How long they then have to end.
    pub grace: Millis,
    /// How long the runtime then has to drop them.
    pub abandon: Millis,
    /// Whether it shortens a shutdown that is going on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hurries: bool,
}

impl From<How> for Shutdown {
    fn from(how: How) -> Self {
        let shutdown = how.drain.map_or_else(Self::graceful, |drain| {
            Self::within(Duration::from_millis(drain))
        });
        // The model knows what runs; what waits and would drain has cases of its own.
        let shutdown = shutdown
            .cancel_waiting()
            .cancel_grace(Duration::from_millis(how.grace))
            .abandon_after(Duration::from_millis(how.abandon));
        if how.hurries {
            shutdown.hurry()
        } else {
            shutdown
        }
    }
}

/// The cancellation with that grace.
pub(crate) const fn cancel_mode(grace: Millis) -> CancelMode {
    if grace == 0 {
        CancelMode::Immediate
    } else {
        CancelMode::Graceful(Duration::from_millis(grace))
    }
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// Its number, by which others refer to it; no two jobs of a scenario share one.
    pub tag: u16,
    /// Whether it blocks its thread.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocking: bool,
    /// How long it waits before it may start.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub delay: Millis,
    /// What it does.
    pub script: Vec<Step>,
}

const fn is_zero(delay: &Millis) -> bool {
    *delay == 0
}

/// A schedule that is due every so often.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    /// Its id.
    pub id: u16,
    /// How often.
    pub every: Millis,
    /// Whether its runs may overlap; else an instant is skipped while a run is going.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overlapping: bool,
    /// Whether its runs block their threads.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocking: bool,
    /// What each run does; it submits nothing.
    pub script: Vec<Step>,
}

/// A step of a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Step {
    /// Leaves a line in the trace, as every step does.
    Witness,
    /// Lets others run.
    Yield,
    /// Sleeps. A blocking job that is told to end ends here.
    Sleep(Millis),
    /// Sleeps, whatever it is told.
    Deaf(Millis),
    /// Waits for a gate. A blocking job that is told to end ends here.
    Gate(u8),
    /// Waits until it is told to end, or the scenario is over.
    UntilTold,
    /// Answers an error.
    Fail,
    /// Panics.
    Panic,
    /// Makes a call.
    Call(Box<Call>),
}

impl Scenario {
    /// The scenario that a JSON text describes.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, and where.
    ///
    /// ```
    /// use conformance_tests::model::Scenario;
    ///
    /// let text = r#"{"name": "one call", "commands": [{"call": {"client": 0, "call": "start"}}]}"#;
    /// assert_eq!(Scenario::from_json(text)?.commands.len(), 1);
    /// # Ok::<(), String>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The scenario as JSON, one command a line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let json = |value: serde_json::Result<String>| value.unwrap_or_default();
        let commands: Vec<String> = self
            .commands
            .iter()
            .map(|command| format!("    {}", json(serde_json::to_string(command))))
            .collect();
        let fault = self.fault.map(|fault| {
            let fault = json(serde_json::to_string(&fault));
            format!("\n  \"fault\": {fault},")
        });
        let fault = fault.unwrap_or_default();
        format!(
            "{{\n  \"name\": {},\n  \"config\": {},{fault}\n  \"commands\": [\n{}\n  ]\n}}\n",
            json(serde_json::to_string(&self.name)),
            json(serde_json::to_string(&self.config)),
            commands.join(",\n")
        )
    }

    /// How many clients it has.
    pub(crate) fn clients(&self) -> u8 {
        let calls = self.commands.iter().flat_map(Command::calls);
        calls.map(|call| call.client + 1).max().unwrap_or(0)
    }
}

impl Command {
    /// The calls that clients make by it.
    pub(crate) fn calls(&self) -> &[ClientCall] {
        match self {
            Self::Call(call) => std::slice::from_ref(call),
            Self::Par(calls) => calls,
            _ => &[],
        }
    }

    /// The same, to be changed.
    pub(crate) fn calls_mut(&mut self) -> &mut [ClientCall] {
        match self {
            Self::Call(call) => std::slice::from_mut(call),
            Self::Par(calls) => calls,
            _ => &mut [],
        }
    }
}
