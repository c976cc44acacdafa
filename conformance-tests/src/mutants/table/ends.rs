//! Pauses and ends, and what is true when they have come.

use super::super::{
    Mutant,
    Place::{Calls, Settings},
    begins, handlers, policies,
    twist::twisted,
};

mutants! {
    400 "once a start has failed, listeners hear nothing" ["LC-019"]
        Calls(|scene| twisted(scene, handlers::StaysDeaf::default()));
    401 "a shutdown returns before the error handlers have" ["LC-033"]
        Calls(|scene| twisted(scene, handlers::ForgetsHandlers));
    402 "a handler that hangs holds up the end for good" ["LC-034"]
        Settings(handlers::waits_for_ever);
    403 "a pause of a schedule takes effect a little later than it returns" ["SC-005"]
        Calls(|scene| twisted(scene, begins::PausesSchedulesLater));
    405 "a graceful shutdown cancels what waits" ["LC-017", "SD-007", "SD-009", "RY-013"]
        Calls(|scene| twisted(scene, policies::NEVER_DRAINS));
    500 "what a shutdown did not let run is in no history" ["SD-009"]
        Calls(|scene| twisted(scene, policies::EndsUnrecorded));
    404 "the time of an attempt counts from the submission of its job" ["RY-015"]
        Calls(|scene| twisted(scene, begins::CountsFromThePermit));
}
