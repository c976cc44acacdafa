//! Virtual time: tests of schedules that run instantly and deterministically.
//!
//! [`VirtualRuntime`] wraps the runtime that a scheduler would use. Time does not pass until the test
//! advances it. Everything runs one after another, in an order that depends on the program alone. A year
//! of cron runs in a moment, and the trace is the same on every executor.
//!
//! # Participants and turns
//!
//! A *participant* is a spawned task, a blocking closure or a *client*. A client is a thread of the test
//! inside [`run`](VirtualRuntime::run), [`block_on`](VirtualRuntime::block_on) or
//! [`outside`](VirtualRuntime::outside). Exactly one participant has the turn. Woken and spawned
//! participants join the end of one queue. The first in the queue gets the next turn: a task for one
//! poll, a thread until it sleeps in [`block_on`](scheduler_core::implement::block_on) or ends. Clients run when
//! the queue is empty.
//!
//! All is *quiet* when no participant has the turn or waits for it. Only then does time advance: to the
//! next timer, which fires alone, until all is quiet again. Timers of one instant fire in the order in
//! which their sleeps were first polled.
//!
//! # Limits
//!
//! Virtual time does not control threads, sockets and clocks outside the runtime. A task that waits for
//! them seems to sleep forever ([`Stalled`]). A wake-up from them while a participant runs makes the
//! order accidental; [`foreign_wakes`](VirtualRuntime::foreign_wakes) counts those.
//!
//! The inner runtime must have its own threads, because the thread of the test blocks; a runtime that
//! detects this refuses the call ([`Runtime::check_blocking`](scheduler_core::Runtime::check_blocking)).
//! Its blocking pool must have a thread for each blocking closure.

mod advance;
mod clock;
mod current;
mod horizon;
mod participant;
mod run;
mod sleep;
mod spawns;
mod stalled;
mod task;
mod thread;
mod turns;
mod virtual_runtime;
mod watchdog;
mod world;

#[cfg(test)]
mod tests;

pub use stalled::Stalled;
pub use virtual_runtime::VirtualRuntime;
