//! Virtual time: schedules tested in no time, with the same result every time.
//!
//! [`VirtualRuntime`] goes between a scheduler and the runtime it would use anyway. Time stands
//! still until the test moves it, and everything runs one after another, in an order that follows
//! from the program alone: a year of cron passes in a moment, and the trace is the same on every
//! executor.
//!
//! # Participants and turns
//!
//! Everything that runs is a *participant*: a spawned task, a blocking closure, and a *client*,
//! that is a thread of the test inside of [`run`](VirtualRuntime::run),
//! [`block_on`](VirtualRuntime::block_on) or [`outside`](VirtualRuntime::outside). Exactly one of
//! them has the turn. Whoever is woken or spawned goes to the end of one queue; when the turn is
//! given back, the first in the queue gets it: a task for one poll, a thread until it sleeps in
//! [`block_on`](scheduler_core::block_on) or ends. Clients get in when the queue is empty.
//!
//! All is *quiet* when nobody has the turn and nobody waits for it. Time moves only then: to the
//! next timer, which fires alone, then all is let become quiet again. Timers of one instant fire
//! in the order in which their sleeps were first polled.
//!
//! # What it cannot see
//!
//! Threads, sockets and clocks that are not reached through the runtime. Work that waits for them
//! looks as if it slept for ever ([`Stalled`]), and a wake that comes from them while somebody
//! runs makes the order an accident; [`foreign_wakes`](VirtualRuntime::foreign_wakes) counts those.
//!
//! The inner runtime must run on threads of its own, not on the one that waits here: a runtime that can
//! tell refuses the call ([`Runtime::check_blocking`](scheduler_core::Runtime::check_blocking)). And its
//! blocking pool must have a thread for each blocking closure.

mod clock;
mod current;
mod driving;
mod horizon;
mod seat;
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

/// The example of the README is run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
