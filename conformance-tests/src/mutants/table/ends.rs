//! Mutants of pauses, shutdowns and removals: of what must hold once the call has returned.

use super::super::{
    Mutant,
    Place::{Calls, Settings},
    begins, ends, given_up, handlers, policies,
    twist::twisted,
    waiting,
};

mutants! {
    400 "after a failed start, listeners receive nothing" ["LC-019"]
        Calls(|scene| twisted(scene, handlers::SilencesListeners::default()));
    401 "a shutdown returns before the error handlers have" ["LC-033"]
        Calls(|scene| twisted(scene, handlers::ForgetsHandlers));
    402 "a hanging error handler delays the end forever" ["LC-034"]
        Settings(handlers::waits_for_ever);
    403 "pausing a schedule takes effect after the call has returned" ["SC-005"]
        Calls(|scene| twisted(scene, begins::PausesSchedulesLater));
    405 "a graceful shutdown cancels waiting jobs" ["LC-017", "SD-007", "SD-009", "RY-013"]
        Calls(|scene| twisted(scene, policies::NEVER_DRAINS));
    580 "a graceful shutdown waits for the runs of a paused schedule" ["SD-010"]
        Calls(|scene| twisted(scene, given_up::WaitsForPausedRuns));
    581 "a graceful shutdown resumes paused schedules" ["SD-010"]
        Calls(|scene| twisted(scene, given_up::DrainsPausedRuns));
    500 "instants that a shutdown prevented have no record" ["SD-009"]
        Calls(|scene| twisted(scene, policies::EndsUnrecorded));
    774 "a submit that may wait renames the job" ["AJ-025"]
        Calls(|scene| twisted(scene, waiting::RenamesWhatWaits));
    770 "stopped returns when a shutdown has begun" ["LC-033"]
        Calls(|scene| twisted(scene, ends::StopsEarly));
    404 "the timeout of an attempt counts from the submission" ["RY-015"]
        Calls(|scene| twisted(scene, begins::CountsFromThePermit));
}
