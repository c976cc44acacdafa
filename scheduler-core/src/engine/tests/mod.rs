//! The engine by itself, in time that is a number.

mod backfill;
mod counts;
mod cursors;
mod failures;
mod ledger;
mod limits;
mod misfire;
mod order;
mod overlap;
mod rates;
mod retries;
mod scale;
mod schedules;
