//! Equality of triggers behind trait objects.

use std::{any::Any, sync::Arc};

use super::Trigger;

/// Returns whether `other` has the same type and is equal. Pointers to triggers are dereferenced.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use scheduler_triggers::{Trigger, same_rule};
///
/// #[derive(Debug, PartialEq)]
/// struct Never;
///
/// impl Trigger for Never {
///     fn next_after(&self, _: DateTime<Utc>) -> Option<DateTime<Utc>> {
///         None
///     }
///
///     fn equals(&self, other: &dyn Trigger) -> bool {
///         same_rule(self, other)
///     }
/// }
///
/// assert!(Never.equals(&Never));
/// ```
pub fn same_rule<T: Trigger + PartialEq>(one: &T, other: &dyn Trigger) -> bool {
    pointee(other).downcast_ref() == Some(one)
}

/// Returns whether both are the same object.
pub(super) fn same_object<T: Trigger + ?Sized>(one: &T, other: &dyn Trigger) -> bool {
    let other = pointee(other);
    one.type_id() == other.type_id() && std::ptr::addr_eq(one, other)
}

/// Dereferences any number of pointers to a trigger.
fn pointee(trigger: &dyn Trigger) -> &dyn Any {
    let any: &dyn Any = trigger;
    if let Some(shared) = any.downcast_ref::<Arc<dyn Trigger>>() {
        pointee(&**shared)
    } else if let Some(boxed) = any.downcast_ref::<Box<dyn Trigger>>() {
        pointee(&**boxed)
    } else {
        any
    }
}
