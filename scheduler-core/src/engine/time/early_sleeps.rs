//! [`EarlySleeps`]: detects a runtime whose sleeps end before their deadlines. Pure.
//!
//! If the sleeps of a runtime follow another clock than its `now`, the driver would spin: it reads the clock,
//! is too early, and sleeps again.

use std::time::Duration;

/// Maximum number of consecutive early sleeps before the driver waits on a thread.
const TOLERATED: u32 = 8;

/// Minimum duration of a sleep that counts as progress.
const PROGRESS: Duration = Duration::from_millis(1);

const FIRST_WAIT: Duration = Duration::from_millis(1);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Number of consecutive early sleeps towards one deadline.
#[derive(Debug, Default)]
pub(crate) struct EarlySleeps {
    in_a_row: u32,
}

impl EarlySleeps {
    /// Records that a sleep ended after `slept`, with `left` until its deadline. Returns how long
    /// the driver must wait by other means before its next sleep; the wait doubles each time.
    pub(crate) fn ended(&mut self, slept: Duration, left: Duration) -> Option<Duration> {
        if left.is_zero() || slept >= PROGRESS {
            self.in_a_row = 0;
            return None;
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        let waits = self.in_a_row.checked_sub(TOLERATED)?;
        let wait = FIRST_WAIT * (1 << waits.min(10));
        Some(wait.min(LONGEST_WAIT).min(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EventKind, Options, engine::rig::Rig};

    const HOUR: Duration = Duration::from_secs(3_600);

    #[test]
    fn waits_grow_and_are_never_longer_than_what_is_left() {
        let mut sleeps = EarlySleeps::default();
        let mut wait = |left| {
            sleeps
                .ended(Duration::ZERO, left)
                .map(|wait| wait.as_millis())
        };
        assert_eq!([(); 7].map(|()| wait(HOUR)), [None; 7]);
        let waits = [(); 12].map(|()| wait(HOUR).unwrap_or_default());
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_000, 1_000]);
        assert_eq!(wait(Duration::from_millis(5)), Some(5));
        assert_eq!(wait(Duration::ZERO), None);
        assert_eq!(wait(HOUR), None, "it starts again");
    }

    #[test]
    fn slices_of_a_sleep_are_no_reason_to_wait() {
        let mut sleeps = EarlySleeps::default();
        for _ in 0..100 {
            assert_eq!(sleeps.ended(PROGRESS, HOUR), None);
        }
    }

    #[test]
    fn it_is_announced_once() {
        let mut rig = Rig::started(Options::default());
        rig.events();
        for _ in 0..3 {
            let now = rig.now;
            rig.engine.handle_early_sleeps(HOUR, &now);
        }
        let is_early =
            |kind: &EventKind| matches!(kind, EventKind::SleepsEndEarly { left } if *left == HOUR);
        assert_eq!(rig.events().into_iter().filter(is_early).count(), 1);
    }
}
