//! [`Stalled`]: the error of a future that can never complete.

use std::time::Duration;

use super::world::Core;

/// A future can never complete: no participant can run, and no timer is left.
///
/// The usual cause is a task that waits for an event that never happens. Waiting for something outside
/// virtual time, such as a thread, a socket or the real clock, looks the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the future stalled {elapsed:?} after the start, as nothing can run and no timer is left, with \
     {asleep} participant{} asleep and {held} spawn{} held back: let something wake it within virtual time",
    plural(*asleep),
    plural(*held)
)]
#[non_exhaustive]
pub struct Stalled {
    /// Virtual time that had elapsed.
    pub elapsed: Duration,
    /// Number of sleeping tasks, blocking closures and clients, including the caller.
    pub asleep: usize,
    /// Number of spawns that [`hold_spawns`](super::VirtualRuntime::hold_spawns) holds back.
    pub held: usize,
}

const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

impl Core {
    pub(super) fn stalled(&self) -> Stalled {
        let held = self.spawns.held_count();
        Stalled {
            elapsed: self.clock.elapsed(),
            asleep: self.turns.len().saturating_sub(held),
            held,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_one_line_that_counts_as_people_do() {
        let text = |asleep, held| {
            let elapsed = Duration::from_secs(1);
            let stalled = Stalled {
                elapsed,
                asleep,
                held,
            };
            stalled.to_string()
        };
        let expected = "the future stalled 1s after the start, as nothing can run and no timer is left, with 1 \
                        participant asleep and 0 spawns held back: let something wake it within virtual time";
        assert_eq!(text(1, 0), expected);
        assert!(text(2, 1).contains("with 2 participants asleep and 1 spawn held back"));
    }
}
