//! Tests the recipes of `docs/guide/recipes.md`: each example is compiled into this test, which
//! proves the promise of its recipe.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Lock that lets one test at a time raise a signal, which every listener in this process receives.
static SIGNALS: Mutex<()> = Mutex::new(());

fn signals() -> MutexGuard<'static, ()> {
    SIGNALS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Compiles the named examples as modules.
macro_rules! recipes {
    ($($example:ident from $path:literal),* $(,)?) => {$(
        #[path = $path]
        #[allow(dead_code, reason = "its main function")]
        mod $example;
    )*};
}

recipes! {
    backfill from "../../examples/backfill.rs",
    count_lines from "../../examples/count_lines.rs",
    holidays from "../../examples/holidays.rs",
    library from "../../examples/library.rs",
    mail_queue from "../../examples/mail_queue.rs",
    monitored_service from "../../examples/monitored_service.rs",
    reminder from "../../examples/reminder.rs",
    web_service from "../../examples/web_service.rs",
}

#[path = "backfill.rs"]
mod backfill_test;
#[path = "count_lines.rs"]
mod count_lines_test;
#[path = "holidays.rs"]
mod holidays_test;
#[path = "library.rs"]
mod library_test;
#[path = "mail_queue.rs"]
mod mail_queue_test;
#[path = "monitored_service.rs"]
mod monitored_service_test;
#[path = "reminder.rs"]
mod reminder_test;
#[path = "web_service.rs"]
mod web_service_test;
