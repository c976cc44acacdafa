//! Mutants of triggers and clocks, and of the runtime below the scheduler.

use super::super::{
    Mutant,
    Place::{Between, Calls},
    jobs::{self, Handles},
    listeners, sleeps, starts, triggers,
    twist::twisted,
    waiting,
};

mutants! {
    100 "intervals follow the wall clock" ["TM-004"]
        Calls(|scene| twisted(scene, triggers::INTERVALS_ON_THE_WALL));
    101 "an instant in the past is skipped" ["TM-008"]
        Calls(|scene| twisted(scene, triggers::FORGETS_THE_PAST));
    102 "a panicking trigger stops the scheduler" ["TM-011"]
        Calls(|scene| twisted(scene, triggers::STOPS_AT_A_PANIC));
    103 "a skipped local time does not run" ["TM-016"]
        Calls(|scene| twisted(scene, triggers::SKIPS_THE_HOUR));
    104 "clock changes are rounded to whole hours" ["TM-018"]
        Calls(|scene| twisted(scene, triggers::ROUNDS_THE_SHIFT));
    105 "after a clock was set back, recorded instants run again" ["TM-005"]
        Calls(triggers::repeats_after_a_step_back);
    340 "a trigger that may block is called on the driver's thread" ["TM-026"]
        Calls(|scene| twisted(scene, triggers::ASKS_AT_ONCE));
    341 "the work of triggers is not limited" ["TM-025"]
        Calls(|scene| twisted(scene, triggers::ASKS_WITHOUT_A_BUDGET));
    381 "after a clock was set back, patterns wait until it has caught up" ["TM-005"]
        Calls(|scene| twisted(scene, triggers::WAITS_FOR_THE_CLOCK));
    382 "after a clock was set back a little, fixed times run again" ["TM-005"]
        Calls(|scene| twisted(scene, triggers::REPEATS_WHAT_IS_FIXED));
    106 "a start whose future is dropped stays Starting" ["FT-001"]
        Calls(|scene| twisted(scene, starts::StuckWhenGivenUp::default()));
    107 "waiters of a lost job are not woken" ["FT-003", "RT-011"]
        Calls(|scene| twisted(scene, Handles(|| jobs::ForgetsTheLost)));
    108 "a sleep that ends early counts as its deadline" ["FT-004"]
        Between(sleeps::believes_its_timer);
    109 "every late instant is skipped, within the grace too" ["FT-005"]
        Calls(|scene| twisted(scene, waiting::SkipsEveryLateInstant));
    110 "a panicking listener pauses the scheduler" ["FT-006", "EV-003"]
        Calls(|scene| twisted(scene, listeners::OnePanicPausesAll));
}
