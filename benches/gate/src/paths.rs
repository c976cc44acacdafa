//! The hot paths: the setup of each, and the part that is counted.

mod calls;
mod due;
mod spawned;
mod triggers;

use std::hint::black_box;

pub use self::{calls::*, due::*, spawned::*, triggers::*};

/// One hot path.
pub struct Path {
    pub name: &'static str,
    /// The number of operations in one run.
    pub operations: usize,
    pub run: fn(usize),
}

macro_rules! paths {
    ($($name:ident $operations:literal)*) => {
        pub const PATHS: &[Path] = &[$(
            Path { name: stringify!($name), operations: $operations, run: $name },
        )*];
    };
}

paths! {
    spawn_limited 5_000
    spawn_unlimited 5_000
    spawn_lone 5_000
    post_lone 5_000
    submit_at_limit 2_000
    submit_blocked 2_000
    spawn_observed 2_000
    spawn_with_timeout 2_000
    due_future 10_000
    due_function 10_000
    interval_run 10_000
    cron_run 2_000
    retried_run 2_000
    buffered_run 2_000
    rate_limited_job 2_000
    add_one_shot 10_000
    cancel_pending 10_000
    add_schedule 5_000
    remove_schedule 5_000
    shutdown_pending 10_000
    metrics_read 10_000
    cron_parse 2_000
    cron_next_utc 10_000
    cron_next_zoned 10_000
    export_schedule 500
    import_schedule 500
}

/// Prevents the compiler from removing a value.
fn keep<T>(value: T) {
    drop(black_box(value));
}
