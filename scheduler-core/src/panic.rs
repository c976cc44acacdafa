//! User code that panics: caught at every boundary, and turned into a message.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// The message of a panic. The payload is destroyed here, which may panic once more (`JB-003`).
pub(crate) fn message(payload: Box<dyn Any + Send>) -> String {
    let text = match (
        payload.downcast_ref::<&str>(),
        payload.downcast_ref::<String>(),
    ) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "no message".to_owned(),
    };
    destroy(payload);
    text
}

/// Destroys a value of the user's, whose destructor may panic.
pub(crate) fn destroy<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        // The payload of a panicking destructor may have a panicking destructor: end it here.
        std::mem::forget(payload);
    }
}
