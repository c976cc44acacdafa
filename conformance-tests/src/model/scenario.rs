//! Scenarios as data: the configuration, the calls, the scripts of the jobs, and the faults.
//!
//! A scenario can be written as JSON, run on any backend, predicted by the model, and shrunk when
//! it fails.

use std::time::Duration;

use scheduler_core::{Options, Shutdown, job::CancelMode, lifecycle::Operation, shutdown::Waiting};
use serde::{Deserialize, Serialize};

use super::work::{JobSpec, QueueSpec, ScheduleSpec};

/// A complete scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// A description of the scenario, or the seed that generated it.
    pub name: String,
    /// The configuration of the scheduler.
    #[serde(default)]
    pub config: Config,
    /// The commands, in order. After each, the scenario runs until everything is idle.
    pub commands: Vec<Command>,
    /// A fault that occurs once, in addition to the commands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
}

/// A fault, and the opportunity at which it occurs, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// A sleep of the scheduler or of a job ends at once.
    EarlySleep(u64),
    /// A sleep wakes its task a few times without need.
    RestlessSleep(u64),
    /// A listener panics at an event.
    ListenerPanic(u64),
    /// The error handler panics at a failure.
    HandlerPanic(u64),
    /// A client abandons a call: its future is dropped.
    GiveUp {
        /// The number of the call.
        call: u64,
        /// The number of polls before the drop.
        polls: u64,
    },
}

/// The configuration of the scheduler.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The maximum number of running jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_concurrent_jobs: Option<usize>,
    /// The maximum number of waiting jobs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_limit: Option<usize>,
    /// The queues beside the default one, from number 1 on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<QueueSpec>,
}

impl Config {
    /// Returns the options for the core. The driver wakes for every instant, so that times are
    /// exact.
    #[must_use]
    pub fn options(&self) -> Options {
        let mut options = Options::default()
            .event_capacity(1 << 20)
            .wake_quantum(Duration::ZERO);
        if let Some(limit) = self.max_concurrent_jobs {
            options = options.max_concurrent_jobs(limit);
        }
        if let Some(limit) = self.queue_limit {
            options = options.queue_limit(limit);
        }
        let named = (1..).zip(&self.queues);
        named.fold(options, |options, (number, queue)| {
            options.queue(queue.named(number))
        })
    }

    /// Returns the settings of the queue with this number, if there is one.
    pub(crate) fn queue(&self, number: u8) -> Option<QueueSpec> {
        match usize::from(number).checked_sub(1) {
            Some(index) => self.queues.get(index).copied(),
            None => Some(QueueSpec {
                concurrency: self.max_concurrent_jobs,
                limit: self.queue_limit,
                ..QueueSpec::default()
            }),
        }
    }
}

/// One command of a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// A client makes a call, after its last call has returned.
    Call(ClientCall),
    /// Several clients make calls concurrently.
    Par(Vec<ClientCall>),
    /// Time passes.
    Advance(Millis),
    /// The wall clock is set forward or back.
    JumpWall(i64),
    /// A gate is opened permanently.
    OpenGate(u8),
    /// New spawns are held back until `ReleaseSpawns`.
    HoldSpawns,
    /// The held spawns run.
    ReleaseSpawns,
    /// The spawn after this number of others fails.
    FailSpawn(u8),
    /// The clients drop their handles to the scheduler.
    DropScheduler,
}

/// Milliseconds.
pub type Millis = u64;

/// A call and the client that makes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientCall {
    /// The number of the client.
    pub client: u8,
    /// The call.
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
    /// `JobHandle::cancel`; without a handle to the job, nothing is called.
    Cancel {
        /// The tag of the job.
        job: u16,
        /// The grace, in milliseconds; 0 cancels at once.
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
    /// `QueueHandle::pause`
    PauseQueue(u8),
    /// `QueueHandle::resume`
    ResumeQueue(u8),
    /// `jobs`, `schedules`, `queues`, `metrics`
    Look,
}

impl Call {
    /// Returns the row of the lifecycle table for this call.
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
            Self::Add(_) | Self::PauseQueue(_) | Self::ResumeQueue(_) => Operation::Add,
            Self::Remove(_) => Operation::Remove,
            Self::RunNow(_) => Operation::RunNow,
            Self::Wait(_) | Self::DropHandle(_) | Self::Look => Operation::Observe,
        }
    }

    /// Returns whether the call needs a job handle and no scheduler.
    pub(crate) const fn is_about_a_handle(&self) -> bool {
        matches!(
            self,
            Self::Cancel { .. } | Self::Wait(_) | Self::DropHandle(_)
        )
    }

    /// Returns the job that the call submits, if any.
    #[must_use]
    pub const fn job(&self) -> Option<&JobSpec> {
        match self {
            Self::Submit(job) | Self::TrySubmit(job) | Self::Post(job) => Some(job),
            _ => None,
        }
    }

    /// Returns the name of the method.
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
            Self::Remove(_) => "schedule.remove",
            Self::RunNow(_) => "schedule.run_now",
            Self::PauseQueue(_) => "queue.pause",
            Self::ResumeQueue(_) => "queue.resume",
            Self::Look => "look",
        }
    }
}

/// The parameters of a shutdown. Their times are in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct How {
    /// The time limit for running jobs; `None` is unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<Millis>,
    /// Whether accepted jobs that are due run in that time. Otherwise they are cancelled at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub runs_waiting: bool,
    /// The grace that jobs then have to end.
    pub grace: Millis,
    /// The time that the runtime then has to drop them.
    pub abandon: Millis,
    /// Whether the call shortens a shutdown that is already in progress.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hurries: bool,
}

impl From<How> for Shutdown {
    fn from(how: How) -> Self {
        let shutdown = how.drain.map_or_else(Self::graceful, |drain| {
            Self::drain_within(Duration::from_millis(drain))
        });
        let shutdown = match how.runs_waiting {
            true => shutdown,
            false => shutdown.waiting(Waiting::Cancel),
        };
        let shutdown = shutdown
            .cancel_grace(Duration::from_millis(how.grace))
            .abandon_after(Duration::from_millis(how.abandon));
        if how.hurries {
            shutdown.hurry()
        } else {
            shutdown
        }
    }
}

/// Returns the cancellation mode with that grace.
pub(crate) const fn cancel_mode(grace: Millis) -> CancelMode {
    if grace == 0 {
        CancelMode::Immediate
    } else {
        CancelMode::Graceful(Duration::from_millis(grace))
    }
}

impl Scenario {
    /// Parses a scenario from JSON.
    ///
    /// # Errors
    ///
    /// A description of the error in the text, with its position.
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

    /// Returns the scenario as JSON, one command on each line.
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

    /// Returns the number of clients.
    pub(crate) fn clients(&self) -> u8 {
        let calls = self.commands.iter().flat_map(Command::calls);
        calls.map(|call| call.client + 1).max().unwrap_or(0)
    }
}

impl Command {
    /// Returns the calls that clients make in this command.
    pub(crate) fn calls(&self) -> &[ClientCall] {
        match self {
            Self::Call(call) => std::slice::from_ref(call),
            Self::Par(calls) => calls,
            _ => &[],
        }
    }

    /// Returns the calls that clients make in this command, to change them.
    pub(crate) fn calls_mut(&mut self) -> &mut [ClientCall] {
        match self {
            Self::Call(call) => std::slice::from_mut(call),
            Self::Par(calls) => calls,
            _ => &mut [],
        }
    }
}
