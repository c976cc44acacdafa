//! Backfills, schedules as data, and what was found since.

use super::super::{Mutant, Place::Calls, backfills, ends, listeners, spawned, twist::twisted};

mutants! {
    200 "the end of a range is not backfilled" ["BF-001"]
        Calls(|scene| twisted(scene, backfills::ENDS_EARLY));
    201 "a schedule is paused by its backfill" ["BF-002"]
        Calls(|scene| twisted(scene, backfills::HoldsTheSchedule));
    202 "a backfill runs everything at once" ["BF-003"]
        Calls(|scene| twisted(scene, backfills::FLOODS));
    203 "a backfill has no pace" ["BF-004", "BF-012"]
        Calls(|scene| twisted(scene, backfills::HAS_NO_PACE));
    204 "a dry run is none" ["BF-005"]
        Calls(|scene| twisted(scene, backfills::RunsDry));
    205 "a backfill has no limit" ["BF-006"]
        Calls(|scene| twisted(scene, backfills::HAS_NO_LIMIT));
    206 "a backfill that was begun goes to its end" ["BF-007", "BF-012"]
        Calls(|scene| twisted(scene, backfills::WeakHandles { ends: false, waits: true }));
    207 "a paused schedule is not backfilled" ["BF-008"]
        Calls(|scene| twisted(scene, backfills::RespectsThePause));
    208 "whoever waits for a backfill is told at once how it stands" ["BF-004", "BF-009"]
        Calls(|scene| twisted(scene, backfills::WeakHandles { ends: true, waits: false }));
    209 "a backfill that makes no sense is taken for one that does" ["BF-010"]
        Calls(|scene| twisted(scene, backfills::MEANS_WELL));
    210 "what a backfill did is in no history" ["BF-011"]
        Calls(|scene| twisted(scene, backfills::KeepsNoRecord));
    211 "the instants of a backfill are listed first" ["BF-012"]
        Calls(|scene| twisted(scene, backfills::ListsFirst));
    212 "a backfill runs again whatever has been run" ["BF-013"]
        Calls(|scene| twisted(scene, backfills::RUNS_AGAIN));
    213 "what schedules are made of is not told" ["DT-003", "DT-005"]
        Calls(|scene| twisted(scene, backfills::TellsNoDefinition));
    214 "whatever it is told, a schedule begins anew" ["DT-004"]
        Calls(|scene| twisted(scene, backfills::BeginsAnew));
    215 "of several schedules those before the wrong one are added" ["DT-006"]
        Calls(|scene| twisted(scene, backfills::AddsSome));
    216 "what failed before the shutdown began is forgotten" ["AJ-021"]
        Calls(|scene| twisted(scene, ends::ForgetsWhatCameBefore));
    217 "while a submit waits for room, nobody else gets any" ["AJ-022"]
        Calls(|scene| twisted(scene, spawned::LetsNobodyPass::default()));
    218 "a listener is destroyed by whoever removes it, and panics there" ["FT-007"]
        Calls(|scene| twisted(scene, listeners::KeepsThem::default()));
}
