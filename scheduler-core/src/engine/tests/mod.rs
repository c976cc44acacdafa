//! The engine by itself, in time that is a number.

mod limits;
mod order;
mod rates;
mod retries;
mod scale;
