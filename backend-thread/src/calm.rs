//! Running what may panic: no thread of the pool ends by it.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls a function; answers whether it returned.
pub(crate) fn call(function: impl FnOnce()) -> bool {
    let answer = catch_unwind(AssertUnwindSafe(function));
    // The payload's own destructor may panic too.
    answer.map_err(std::mem::forget).is_ok()
}

/// Drops a value whose destructor may panic.
pub(crate) fn destroy<T>(value: T) {
    call(|| drop(value));
}
