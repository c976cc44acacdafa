//! Schedules: their identity, pauses, misfires, overlaps and history.

use super::super::{
    Mutant,
    Place::{Calls, Settings},
    forge, schedules, spawned, triggers,
    twist::twisted,
};

mutants! {
    150 "labels of schedules are not shown" ["SC-001"]
        Calls(|scene| twisted(scene, schedules::HidesLabels));
    151 "a schedule under an id that is taken takes its place" ["SC-002"]
        Calls(|scene| twisted(scene, schedules::ALWAYS_REPLACES));
    152 "a schedule under an id that is taken is refused, whatever it asks for" ["SC-003"]
        Calls(|scene| twisted(scene, schedules::ALWAYS_REFUSES));
    153 "what is replaced is removed, and the new one added" ["SC-004", "OV-012"]
        Calls(|scene| twisted(scene, schedules::ReplacesByRemoving));
    154 "a schedule is said to be paused, and goes on" ["SC-005"]
        Calls(|scene| twisted(scene, schedules::OnlyPromisesToPause));
    155 "the first reason of a pause stays for ever" ["SC-006"]
        Calls(|scene| twisted(scene, schedules::KeepsTheFirstReason));
    156 "half of a change that is refused is made" ["SC-007"]
        Calls(|scene| twisted(scene, schedules::MakesHalfAChange));
    157 "a change is promised, and not made" ["SC-008", "OV-008"]
        Calls(|scene| twisted(scene, schedules::OnlyPromisesToChange));
    158 "after a pause of a schedule everything is made up for" ["SC-009"]
        Calls(|scene| twisted(scene, schedules::RESUMES_WHERE_IT_STOOD));
    159 "after a pause of a schedule nothing is made up for" ["SC-010"]
        Calls(|scene| twisted(scene, schedules::RESUMES_FROM_NOW));
    160 "a run on request is a job like any" ["SC-011", "SC-012"]
        Calls(|scene| twisted(scene, schedules::RunsAnyJob::default()));
    161 "a schedule that is removed is only paused" ["SC-012"]
        Calls(|scene| twisted(scene, schedules::OnlyPausesWhatIsRemoved));
    162 "starts are not shifted" ["SC-013"]
        Calls(|scene| twisted(scene, schedules::NO_JITTER));
    163 "settings that make no sense are left out" ["SC-014"]
        Calls(|scene| twisted(scene, schedules::MAKES_SENSE));
    164 "failures in a row pause nothing" ["SC-015"]
        Calls(|scene| twisted(scene, schedules::NEVER_GIVES_UP));
    165 "the preview begins with the instant after the next" ["SC-016"]
        Calls(|scene| twisted(scene, schedules::PreviewsTooLate));
    170 "the last instant of the grace is late" ["MF-001"]
        Calls(|scene| twisted(scene, schedules::EXCLUDES_THE_GRACE));
    171 "what is to be skipped is made up for once" ["MF-002"]
        Calls(|scene| twisted(scene, schedules::NEVER_SKIPS));
    172 "the earliest instant is taken for the latest" ["MF-003"]
        Calls(|scene| twisted(scene, schedules::MISTAKES_THE_FIRST_FOR_THE_LAST));
    173 "one run for several does not know what it is for" ["MF-004"]
        Calls(|scene| twisted(scene, schedules::COVERS_NOTHING));
    174 "one more is made up for than allowed" ["MF-005"]
        Calls(|scene| twisted(scene, schedules::FIRES_ONE_MORE));
    175 "nothing is too old to be made up for" ["MF-006"]
        Calls(|scene| twisted(scene, schedules::NOTHING_IS_TOO_OLD));
    176 "late runs come at any hour" ["MF-007"]
        Calls(|scene| twisted(scene, schedules::AT_ANY_HOUR));
    177 "what is made up for runs all at once" ["MF-008"]
        Calls(|scene| twisted(scene, schedules::NO_PACE));
    178 "a trigger is asked each question a thousand times" ["MF-009"]
        Calls(|scene| twisted(scene, triggers::ASKS_A_THOUSAND_TIMES));
    179 "whatever is late counts as on time" ["MF-010"]
        Calls(|scene| twisted(scene, schedules::IS_NEVER_LATE));
    180 "each overlap policy is taken for another one" ["OV-001", "OV-002", "OV-003", "OV-004", "OV-005", "OV-006"]
        Calls(|scene| twisted(scene, schedules::MIXES_UP_OVERLAPS));
    182 "groups of schedules are forgotten" ["OV-007"]
        Calls(|scene| twisted(scene, schedules::NO_GROUPS));
    183 "one run at a time, whatever a schedule allows" ["OV-009"]
        Calls(|scene| twisted(scene, schedules::ONE_AT_A_TIME));
    184 "any number of instants is kept" ["OV-010"]
        Calls(|scene| twisted(scene, schedules::KEEPS_ANY_NUMBER));
    185 "instants that are not run are not told" ["OV-011"]
        Calls(|scene| twisted(scene, forge::hushes_what_is_not_run()));
    186 "each instant has two records" ["LG-001"]
        Calls(|scene| twisted(scene, schedules::WRITES_TWICE));
    187 "a record ends with the start of its run" ["LG-002"]
        Calls(|scene| twisted(scene, schedules::FORGETS_THE_END));
    188 "there is one reason for everything that is not run" ["LG-003"]
        Calls(|scene| twisted(scene, schedules::HAS_ONE_REASON));
    189 "no record ever gives way" ["LG-004"]
        Calls(|scene| twisted(scene, schedules::NEVER_FORGETS));
    190 "what has no record is not explained" ["LG-005"]
        Calls(|scene| twisted(scene, schedules::LooksInTheBooksOnly));
    191 "the history goes with its schedule" ["LG-006"]
        Calls(|scene| twisted(scene, schedules::BurnsTheBooks));
    192 "how far a job has come is not told" ["JC-002"]
        Calls(|scene| twisted(scene, forge::skips_the_progress()));
    193 "one job runs at a time, whatever the limit" ["JC-006"]
        Settings(spawned::one_at_a_time);
    380 "a schedule whose rule is never due is not found" ["TM-022"]
        Calls(|scene| twisted(scene, schedules::HidesTheNeverDue));
    219 "in place of what a schedule runs nothing runs" ["TM-001", "LC-028", "OV-011", "LG-006"]
        Calls(|scene| twisted(scene, schedules::RUNS_NOTHING));
    360 "no rule is equal to another" ["SC-017"]
        Calls(|scene| twisted(scene, triggers::EQUALS_NOTHING));
    361 "what is kept of a rule that has ended is not listed" ["SC-019"]
        Calls(|scene| twisted(scene, schedules::HidesTheExhausted));
    362 "what is due and given up has no record" ["SC-018"]
        Calls(|scene| twisted(scene, schedules::FORGETS_WHAT_IS_GIVEN_UP));
    363 "whatever came before a resumption is passed over" ["SC-009"]
        Calls(|scene| twisted(scene, schedules::PassesOverWhatWasDue));
    364 "the shift of a schedule that is paused stays what it was" ["SC-013"]
        Calls(|scene| twisted(scene, schedules::ShiftsOnlyWhatGoes));
}
