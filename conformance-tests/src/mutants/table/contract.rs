//! Mutants of a runtime's timers, clocks and blocking work.

use super::super::{
    Mutant,
    Place::Runtime,
    flawed::flawed,
    spawns,
    timers::{self, Clock, Lost},
};

mutants! {
    625 "every sleep ends five seconds late" ["R11", "TM-003"]
        Runtime(|on| flawed(on, timers::FIVE_SECONDS_LATE));
    626 "every sleep lasts twice as long" ["R11"]
        Runtime(|on| flawed(on, timers::TWICE_AS_LONG));
    627 "elapsed time is a thousandth fast" ["R8"]
        Runtime(|on| flawed(on.clone(), Clock { built: on.now(), read: timers::drifts }));
    628 "a sleep never ends if its deadline has passed by more than a second" ["R4"]
        Runtime(|on| flawed(on, Lost::in_the_past()));
    629 "of two sleeps with one deadline the first never ends" ["R4"]
        Runtime(|on| flawed(on, timers::OneForEachDeadline::default()));
    630 "a sleep ignores its third waker and all further ones" ["R4"]
        Runtime(|on| flawed(on, timers::IGNORES_THE_THIRD));
    631 "every 300th sleep never ends" ["R4"]
        Runtime(|on| flawed(on, Lost::one_of_300()));
    632 "sleeps of ten days and more end at once" ["R10"]
        Runtime(|on| flawed(on, timers::TEN_DAYS_AT_ONCE));
    633 "elapsed time goes back by 50 microseconds" ["R8"]
        Runtime(|on| flawed(on.clone(), Clock { built: on.now(), read: timers::goes_back }));
    634 "the wall clock does not advance" ["R9"]
        Runtime(|on| flawed(on.clone(), Clock { built: on.now(), read: timers::has_no_wall_clock }));
    635 "the wall clock is an hour ahead" ["R9"]
        Runtime(|on| flawed(on.clone(), Clock { built: on.now(), read: timers::is_an_hour_off }));
    636 "blocking work has four threads" ["R12"]
        Runtime(|on| flawed(on, spawns::FourThreads::new()));
    637 "each poll of a sleep leaks a clone of the waker" ["R5"]
        Runtime(|on| flawed(on, timers::LEAKS_WAKERS));
    638 "a task that is spawned inside a task is polled at once" ["R1"]
        Runtime(|on| flawed(on, spawns::PollsInlineInTasks));
    639 "one task of ten is refused, and leaked" ["R2"]
        Runtime(|on| flawed(on, spawns::LeaksWhatItRefuses::default()));
    640 "the clock is an hour behind that of the sleeps" ["R10"]
        Runtime(|on| flawed(on.clone(), Clock { built: on.now(), read: timers::is_behind_its_sleeps }));
    641 "blocking work runs on the calling thread" ["R12"]
        Runtime(|on| flawed(on, spawns::BlocksTheCaller));
    642 "every 300th piece of blocking work is lost" ["R12"]
        Runtime(|on| flawed(on, spawns::LosesBlockingWork::default()));
    643 "the milliseconds of a sleep are counted in 32 bits" ["R10"]
        Runtime(|on| flawed(on, timers::THIRTY_TWO_BITS));
    645 "each poll of a sleep begins it again" ["R11"]
        Runtime(|on| flawed(on, timers::BeginsAgain));
    646 "an ended task is dropped under a lock that spawn takes" ["R14"]
        Runtime(|on| flawed(on, spawns::DropsUnderItsLock::default()));
    647 "wakers of sleeps are called under a lock that sleeps take" ["R14"]
        Runtime(|on| flawed(on, timers::WakesUnderItsLock::default()));
    648 "a thread of the runtime looks for work each millisecond" ["R6"]
        Runtime(timers::has_a_ticking_thread);
    649 "with a hundred tasks in its queue, spawn polls the task" ["R1"]
        Runtime(|on| flawed(on, spawns::RunsWhatIsTooMuch::default()));
    650 "a wake during a poll is lost" ["R2"]
        Runtime(|on| flawed(on, spawns::LosesWakesOfPolls));
    644 "blocking work runs on the threads of the tasks" ["R12"]
        Runtime(|on| flawed(on, spawns::BlocksTheTasks));
}
