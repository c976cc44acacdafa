//! Mutants of kept results.

use super::super::{Mutant, Place::Calls, kept, twist::twisted};

mutants! {
    791 "a result is kept twice as long" ["JB-021"]
        Calls(|scene| twisted(scene, kept::TWICE_AS_LONG));
    792 "a kept result has lost its value" ["JB-021"]
        Calls(|scene| twisted(scene, kept::LosesTheValue));
    793 "a result that was read once stays forever" ["JB-021"]
        Calls(|scene| twisted(scene, kept::NeverForgets::default()));
    794 "a result that made room was never kept, as far as the caller learns" ["JB-022"]
        Calls(|scene| twisted(scene, kept::BlamesThePolicy));
    795 "a job that has not finished is not known" ["JB-023"]
        Calls(|scene| twisted(scene, kept::KnowsOnlyEnds));
}
