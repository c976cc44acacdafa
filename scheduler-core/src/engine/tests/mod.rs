//! The engine by itself, in time that is a number.

mod backfill;
mod backfill_state;
mod changes;
mod closing;
mod counts;
mod cursors;
mod failures;
mod handling;
mod jumps;
mod ledger;
mod limits;
mod misfire;
mod never_due;
mod order;
mod overlap;
mod places;
mod planning;
mod rates;
mod rest;
mod retries;
mod scale;
mod schedules;
mod search;
mod spent;
mod starts;
mod work;
