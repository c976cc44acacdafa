//! Triggers and clocks, and what goes wrong beneath the scheduler.

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
    101 "an instant in the past is passed over" ["TM-008"]
        Calls(|scene| twisted(scene, triggers::FORGETS_THE_PAST));
    102 "a trigger that panics stops the scheduler" ["TM-011"]
        Calls(|scene| twisted(scene, triggers::STOPS_AT_A_PANIC));
    103 "a local time that is left out is not run" ["TM-016"]
        Calls(|scene| twisted(scene, triggers::SKIPS_THE_HOUR));
    104 "clock changes are taken for whole hours" ["TM-018"]
        Calls(|scene| twisted(scene, triggers::ROUNDS_THE_SHIFT));
    105 "after a clock was set back, what ran is run again" ["TM-005"]
        Calls(triggers::repeats_after_a_step_back);
    340 "a trigger that may block is asked by the thread that everything waits for" ["TM-026"]
        Calls(|scene| twisted(scene, triggers::ASKS_AT_ONCE));
    341 "the work of a trigger is not counted" ["TM-025"]
        Calls(|scene| twisted(scene, triggers::ASKS_WITHOUT_A_BUDGET));
    381 "after a clock was set back, patterns wait until it has caught up" ["TM-005"]
        Calls(|scene| twisted(scene, triggers::WAITS_FOR_THE_CLOCK));
    382 "after a clock was set back a little, fixed times run again" ["TM-005"]
        Calls(|scene| twisted(scene, triggers::REPEATS_WHAT_IS_FIXED));
    106 "a start whose future is dropped stays Starting" ["FT-001"]
        Calls(|scene| twisted(scene, starts::StuckWhenGivenUp::default()));
    107 "whoever waits for a job that was lost is not told" ["FT-003", "RT-011"]
        Calls(|scene| twisted(scene, Handles(|| jobs::ForgetsTheLost)));
    108 "when a sleep has ended its deadline has come, whatever the clock says" ["FT-004"]
        Between(sleeps::believes_its_timer);
    109 "what is late by anything at all is not run" ["FT-005"]
        Calls(|scene| twisted(scene, waiting::ForgivesNothing));
    110 "when a listener panics, the scheduler pauses" ["FT-006", "EV-003"]
        Calls(|scene| twisted(scene, listeners::OnePanicPausesAll));
}
