//! The events of a failing case, printed with the failure.

use std::{cell::RefCell, fmt::Write as _};

use chrono::{DateTime, Utc};
use scheduler_core::Event;

/// The maximum number of events in the text.
const LAST: usize = 40;

thread_local! {
    /// The text recorded for the case on this thread.
    static STORY: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Records the last of these events for the failing case on this thread.
pub(crate) fn keep(begun: DateTime<Utc>, events: &[Event]) {
    if events.is_empty() {
        return;
    }
    let mut text = String::from("events, with the virtual time since the beginning:\n");
    for Event { seq, at, kind, .. } in &events[events.len().saturating_sub(LAST)..] {
        let seconds = (*at - begun).as_seconds_f64();
        writeln!(text, "{seq:5} {seconds:10.3} s  {kind:?}").unwrap_or_default();
    }
    STORY.with_borrow_mut(|story| story.push_str(&text));
}

/// Returns the recorded text, and clears it.
pub(crate) fn take() -> String {
    STORY.with_borrow_mut(std::mem::take)
}
