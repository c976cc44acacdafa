//! The name of the backend in reports.

use backend_async_std::{AsyncStdRuntime, AsyncStdScheduler};
use scheduler_core::{Runtime, Scheduler};

#[test]
fn its_name_is_that_of_its_executor() {
    let runtime = AsyncStdRuntime::new();
    assert_eq!(runtime.name(), "async-std");
    let scheduler = AsyncStdScheduler::new(runtime);
    assert_eq!(scheduler.backend(), "async-std");
}
