//! Compares the results with those of APScheduler case by case, and lists the intended differences.
//!
//! The cases were recorded with APScheduler 3.11.3, 4.0.0a6 and 4.0-master. Many have the result of
//! an independent oracle, for cases in which APScheduler is wrong.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod case;
mod cron;
mod kinds;
mod verdict;
