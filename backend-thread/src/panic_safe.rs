//! Calls of user code that may panic. A panic never ends a thread of the pool.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls a function. Returns whether it returned without a panic.
pub(crate) fn call(function: impl FnOnce()) -> bool {
    let answer = catch_unwind(AssertUnwindSafe(function));
    // Forget the payload, because its destructor may panic too.
    answer.map_err(std::mem::forget).is_ok()
}

/// Drops a value whose destructor may panic.
pub(crate) fn destroy<T>(value: T) {
    call(|| drop(value));
}
