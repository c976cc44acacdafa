//! Mutants of backfills and of schedules as data, and later additions of every kind.

use scheduler_core::trigger::Timeline;

use super::super::{Mutant, Place::Calls, backfills, ends, listeners, spawned, twist::twisted};

mutants! {
    200 "the end of a range is not backfilled" ["BF-001"]
        Calls(|scene| twisted(scene, backfills::ENDS_EARLY));
    201 "a backfill pauses its schedule" ["BF-002"]
        Calls(|scene| twisted(scene, backfills::HoldsTheSchedule));
    202 "a backfill starts all runs at once" ["BF-003"]
        Calls(|scene| twisted(scene, backfills::STARTS_ALL_AT_ONCE));
    203 "a backfill ignores its pace" ["BF-004", "BF-012"]
        Calls(|scene| twisted(scene, backfills::HAS_NO_PACE));
    204 "a dry run runs the instants" ["BF-005"]
        Calls(|scene| twisted(scene, backfills::RunsDry));
    205 "a backfill ignores its limit" ["BF-006"]
        Calls(|scene| twisted(scene, backfills::HAS_NO_LIMIT));
    206 "a backfill cannot be stopped" ["BF-007", "BF-012"]
        Calls(|scene| twisted(scene, backfills::WeakHandles { ends: false, waits: true }));
    207 "a paused schedule is not backfilled" ["BF-008"]
        Calls(|scene| twisted(scene, backfills::RefusesPausedSchedules));
    208 "waiting for a backfill returns at once" ["BF-004", "BF-009"]
        Calls(|scene| twisted(scene, backfills::WeakHandles { ends: true, waits: false }));
    209 "an invalid backfill is corrected silently" ["BF-010"]
        Calls(|scene| twisted(scene, backfills::CORRECTS_INVALID));
    210 "a backfill leaves no records" ["BF-011"]
        Calls(|scene| twisted(scene, backfills::KeepsNoRecord));
    673 "the runs of a backfill have the priority of their task" ["BF-003"]
        Calls(|scene| twisted(scene, backfills::NO_PRIORITY));
    211 "a backfill lists all instants first" ["BF-012"]
        Calls(|scene| twisted(scene, backfills::ListsFirst));
    212 "a backfill reruns every instant, whatever its policy" ["BF-013"]
        Calls(|scene| twisted(scene, backfills::RUNS_AGAIN));
    213 "the definition of a schedule is not exposed" ["DT-003", "DT-005"]
        Calls(|scene| twisted(scene, backfills::HidesTheDefinition));
    214 "an imported schedule starts at now" ["DT-004"]
        Calls(|scene| twisted(scene, backfills::BeginsAnew { only: None }));
    530 "an imported schedule of the wall clock has no decided instants" ["DT-007"]
        Calls(|scene| twisted(scene, backfills::BeginsAnew { only: Some(Timeline::Wall) }));
    215 "add_all adds the schedules before the invalid one" ["DT-006"]
        Calls(|scene| twisted(scene, backfills::AddsSome));
    216 "failures before the shutdown are missing in its report" ["AJ-021"]
        Calls(|scene| twisted(scene, ends::ForgetsWhatCameBefore));
    217 "while a submit waits, no other call gets a slot" ["AJ-022"]
        Calls(|scene| twisted(scene, spawned::ReservesEverySlot::default()));
    218 "removing a listener drops it on the caller's thread, where it panics" ["FT-007"]
        Calls(|scene| twisted(scene, listeners::KeepsThem::default()));
}
