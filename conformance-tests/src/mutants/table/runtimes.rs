//! Mutants of how a runtime takes, polls and drops its tasks.

use super::super::{
    Mutant,
    Place::{Between, Runtime},
    runtimes, sleeps,
};

mutants! {
    91 "spawn polls the task once" ["R1"]
        Runtime(runtimes::polls_inline);
    92 "a task that is dropped before its end is leaked" ["RT-011"]
        Between(runtimes::leaks_what_is_dropped);
    93 "tasks run one after the other, each to its end" ["R3"]
        Runtime(runtimes::runs_one_after_the_other);
    94 "a sleep wakes its first waker only" ["R4"]
        Runtime(sleeps::wakes_the_first);
    95 "the timer of a dropped sleep is kept" ["R5"]
        Runtime(sleeps::keeps_dropped_timers);
    96 "a sleep is a loop that reads the clock" ["R6"]
        Runtime(sleeps::sleeps_by_looking);
    97 "a thread of the runtime polls for work continuously" ["R6"]
        Runtime(sleeps::has_a_busy_thread);
    98 "of two concurrent sleeps only the longer one ends" ["R4"]
        Runtime(sleeps::keeps_one_timer);
    99 "one task of eight is neither polled nor dropped" ["R2"]
        Runtime(runtimes::forgets_some);
    440 "a task that blocks its thread delays every other task" ["R7"]
        Runtime(runtimes::polls_one_at_a_time);
    441 "jobs that are due together share one thread" ["RT-014"]
        Between(runtimes::has_one_thread);
    442 "a task that wakes itself is polled again before all others" ["TM-023"]
        Runtime(runtimes::polls_the_same_again);
    443 "a sleep that ends early is restarted at once" ["TM-024"]
        Between(sleeps::begins_again_at_once);
}
