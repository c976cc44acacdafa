//! Compares the results with those of APScheduler case by case, and lists the intended differences.
//!
//! The cases were made by running APScheduler 3.11.3, 4.0.0a6 and 4.0-master. Many carry the answer
//! of an independent oracle, which is right where APScheduler is not.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod case;
mod cron;
mod kinds;
mod verdict;
