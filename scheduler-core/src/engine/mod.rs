//! The engine: decides everything, does nothing.
//!
//! ```text
//!  commands, inputs, time ──▶ Engine ──▶ actions, next deadline
//! ```
//!
//! [`Engine`] documents the protocol and the machines that it consists of. This file has the calls
//! that its owner makes around each command and input.

mod backfill;
mod closing;
mod commands;
mod cx;
mod deferred_calls;
#[cfg(feature = "store")]
pub(crate) mod desk;
mod getters;
mod idle;
mod inputs;
mod jobs;
mod occurrence;
mod outbox;
mod queue_number;
mod run_state;
mod schedules;
mod slab;
mod time;
mod trigger_calls;

#[cfg(test)]
pub(crate) mod rig;
#[cfg(test)]
mod tests;

use std::sync::Weak;

use self::{
    backfill::Backfills,
    closing::{Closing, Targets},
    cx::Cx,
    idle::Stillness,
    jobs::Jobs,
    schedules::{Schedules, arming::SCHEDULE},
};
pub(crate) use self::{
    inputs::Rest,
    jobs::{Begin, End, Ended, Refused, RetryRequest, Unhandled, id_of, key_of},
    outbox::{Action, Claim, Delivery, Discarded, Drained, Freed, Subscriber},
    queue_number::QueueNumber,
    schedules::{
        plan::{Plan, PlanRequest, plan},
        retire::Retirement,
    },
    slab::Key,
    time::{EarlySleeps, NEVER},
    trigger_calls::{Question, WORK_PER_TURN},
};
use crate::{Now, Options, job::JobHost};

/// The state of one scheduler, and every decision about it.
///
/// The engine does nothing itself. It reads no clock, wakes no task, takes no lock and calls no
/// user code. Its owner, the shell, keeps it behind a lock, calls it with the time of the call, and
/// then carries out the actions that the call left.
///
/// # Kinds of methods
///
/// 1. *Getters* (in `getters.rs`) return state: `state`, `metrics`, `report`, `job_info`, `schedule_infos_at`, `wanted` and others.
/// 2. *Commands* (in `commands.rs`) are the calls of users: `start`, `submit`, `add`, `pause`,
///    `cancel`, `backfill`, `shut_down` and others. A command that returns an error has not changed
///    the job or schedule that it names.
/// 3. *Inputs* (in `inputs/`) report what has happened outside: `begin` and the methods named `handle_*`.
/// 4. [`drain`](Self::drain) takes the actions to carry out. [`handle_timeout`](Self::handle_timeout) and
///    [`next_turn`](Self::next_turn) return when the driver must call again.
///
/// # One call
///
/// ```text
/// read the clocks
/// lock
///     now = catch_up(now)          another call with a later time may have locked first
///     a command or an input(now)
///     take_gate()                  sets the gate at which bodies begin
///     drain()
/// unlock
/// carry out what was drained: signals first, then the end, the claims and the actions in their order
/// ```
///
/// Getters need no `drain`. Two inputs of the hot path need less than one:
///
/// * [`begin`](Self::begin) that lets a body begin is followed by [`take_wake`](Self::take_wake). If
///   [`has_published`](Self::has_published), a call that drains follows once the body is suspended.
/// * [`finish_quietly`](Self::finish_quietly) may be followed by [`next_claim`](Self::next_claim). Without a next
///   claim a `drain` follows. With one, the owner wakes a waiter for a slot, and drains with a later call.
///
/// # What to call after what
///
/// The owner carries out all of [`Drained`], and reports the result of an action as an input:
///
/// | drained | to do without the lock | then |
/// |---|---|---|
/// | [`Claim`] | poll the body once [`begin`](Self::begin) lets it begin | [`finish_quietly`](Self::finish_quietly) after a success, and [`handle_finished`](Self::handle_finished) unless that was enough |
/// | [`Action::RunBlocking`] | the same, on a thread that may block | the same |
/// | `runners` | start as many tasks that loop over [`next_claim`](Self::next_claim) | [`handle_runner_gone`](Self::handle_runner_gone) |
/// | [`Action::Resolve`], `end` | call the error handler if the job failed, wake the waiters | [`handle_handled`](Self::handle_handled) if it failed |
/// | [`Action::HandlerHung`] | wake the waiters of a job whose error handler did not return in time | nothing |
/// | [`Action::RequestCancel`] | send the cancellation request to the body, which ends or is dropped | `handle_finished` |
/// | [`Action::AttemptOver`] | notify the contexts of an attempt that a retry will follow | nothing |
/// | [`Action::Decide`] | call the retry policy | [`handle_retry`](Self::handle_retry) |
/// | [`Action::Plan`] | call the trigger: [`plan`] | [`handle_plan`](Self::handle_plan), or [`put_off`](Self::put_off) |
/// | [`Action::Retire`] | call the replaced trigger | [`handle_retired`](Self::handle_retired), or `put_off` |
/// | [`Action::AskForInstants`] | call the trigger for a backfill | [`handle_instants`](Self::handle_instants), or `put_off` |
/// | [`Action::BackfillOver`] | wake the waiters of a backfill | nothing |
/// | [`Action::Discard`] | drop the value | nothing |
/// | `wake_driver` | wake the driver | [`handle_timeout`](Self::handle_timeout) |
/// | [`Action::Stopped`] | let listeners finish, resolve the callers of `shutdown` | nothing: the scheduler has ended |
///
/// The driver calls [`handle_driver_up`](Self::handle_driver_up) at its first poll. Then it loops:
/// [`handle_timeout`](Self::handle_timeout) takes what is due and returns a [`Rest`]: turn again, end, or sleep.
/// Triggers that were called since may have set an earlier deadline, so [`next_turn`](Self::next_turn) is called
/// before each sleep. From then on a call that sets an earlier deadline also sets `wake_driver`. The driver reports
/// sleeps that end early with [`handle_early_sleeps`](Self::handle_early_sleeps). If the runtime drops it before the
/// end, [`handle_driver_gone`](Self::handle_driver_gone) finishes everything.
///
/// A body reports its progress with [`handle_progress`](Self::handle_progress), while a reader wants such events.
///
/// After a batch of results of triggers, call [`release_gathered`](Self::release_gathered): jobs of
/// one instant start by their priority, once all of them are known.
///
/// # Late, early and repeated calls
///
/// They are harmless, because the machines compare each input with their own record. An early
/// [`handle_timeout`](Self::handle_timeout) finds nothing due. A late one finds everything that has become due, at
/// most [`DUE_PER_TURN`](time::DUE_PER_TURN) entries in one turn. A second `handle_finished`, or one for an
/// abandoned job, is ignored. The result of a trigger is void once its schedule has changed, that of a retry
/// policy once its job was cancelled. Only the results of trigger calls are counted: each [`PlanRequest`],
/// [`Retirement`] and [`BackfillQuestion`](crate::schedule::BackfillQuestion) must come back exactly once.
///
/// # Invariants
///
/// * The time of the calls never goes back; the wall clock in it may.
/// * Inside, a time is integers: nanoseconds since the scheduler was built, or a [`UnixTime`].
/// * User values leave as actions ([`Action::Discard`]): no destructor of a user runs under the lock.
/// * Every wait of a machine has a deadline or ends with an input:
///   [`handle_timeout`](Self::handle_timeout) returns the earliest deadline, and an earlier one that
///   comes up later sets `wake_driver`.
/// * An attempt of a job begins at most once. A job that was held at its begin has another [`Claim`] later.
/// * The waiters of a job are resolved once.
/// * The outcome of a job is set under the lock, so that a caller that sees the scheduler idle sees all outcomes.
///
/// # Machines
///
/// Each machine owns one part of the state in private fields. Calls go down by argument: a machine receives the
/// machines below it and the context [`Cx`]. Facts go up by return value: [`Jobs`] returns that a run has ended,
/// and the engine passes it to [`Schedules`] or [`Backfills`]. `scheduler-core/tests/machines` holds the floors.
///
/// | floor | machine | owns |
/// |---|---|---|
/// | 4 | [`Closing`] | the phases of a shutdown |
/// | 3 | [`Backfills`] | backfills in progress |
/// | 2 | [`Schedules`] | schedules, their timers, lanes and histories |
/// | 1 | [`Jobs`] | jobs, the run queue, permits, rates, attempts, waits |
/// | 0 | [`Cx`] | the time of the call, options, state, deadlines, the outbox |
pub(crate) struct Engine {
    cx: Cx,
    jobs: Jobs,
    schedules: Schedules,
    backfills: Backfills,
    closing: Closing,
    stillness: Stillness,
}

impl Engine {
    pub(crate) fn new(options: Options, origin: Now, host: Weak<dyn JobHost>) -> Self {
        let jobs = Jobs::new(&options, origin.unix_time());
        let mut cx = Cx::new(options, origin, host);
        cx.note_paused_queues(jobs.paused_queues());
        Self {
            cx,
            jobs,
            schedules: Schedules::default(),
            backfills: Backfills::default(),
            closing: Closing::default(),
            stillness: Stillness::default(),
        }
    }

    /// Returns the time of a call. The caller read the clock before locking, possibly before a call that locked
    /// first, so the engine takes the later time (`EV-001`).
    pub(crate) fn catch_up(&mut self, now: Now) -> Now {
        self.cx.catch_up(now)
    }

    /// Returns the new setting of the gate, if it changed.
    pub(crate) fn take_gate(&mut self) -> Option<crate::sync::gate::Asks> {
        let has_moved = self.cx.outbox.take_gate_moved();
        has_moved.then(|| self.cx.lifecycle.asks())
    }

    /// Returns whether a new deadline must wake the driver.
    pub(crate) const fn take_wake(&mut self) -> bool {
        self.cx.deadlines.take_wake()
    }

    /// Returns the queues of which a slot or a permit was freed.
    pub(crate) fn take_freed(&mut self) -> Freed {
        self.cx.outbox.take_freed()
    }

    /// Returns whether published events wait for their readers to be woken.
    pub(crate) fn has_published(&self) -> bool {
        self.cx.outbox.readers.has_reached()
    }

    /// Returns the shutdown, and the machines that it ends.
    const fn parts(&mut self) -> (&mut Closing, Targets<'_>) {
        let targets = Targets {
            cx: &mut self.cx,
            jobs: &mut self.jobs,
            schedules: &mut self.schedules,
            backfills: &mut self.backfills,
        };
        (&mut self.closing, targets)
    }

    /// Removes stale timers, if there are many.
    fn sweep_timers(&mut self) {
        let (jobs, schedules) = (&self.jobs, &self.schedules);
        self.cx.deadlines.sweep_timers(|deadline, token| {
            if token & SCHEDULE == 0 {
                jobs.is_armed(token, deadline)
            } else {
                schedules.is_armed(token & !SCHEDULE, deadline)
            }
        });
    }

    /// Takes the actions, to be carried out after unlocking.
    pub(crate) fn drain(&mut self) -> Drained {
        self.sweep_timers();
        let wake_driver = self.take_wake();
        let idle = self.stillness.has_come_to_rest(&self.jobs, &self.cx);
        let (claim, claims) = self.jobs.take_few();
        Drained {
            claim,
            runners: self.jobs.hire(),
            end: self.cx.outbox.take_end(),
            more: self.cx.outbox.take_more(claims),
            wake_driver,
            freed: self.take_freed(),
            state_changed: self.cx.outbox.take_state_changed(),
            idle,
        }
    }
}
