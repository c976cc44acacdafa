//! Pauses and ends, and what is true when they have come.

use super::super::{
    Mutant,
    Place::{Calls, Settings},
    handlers,
    twist::twisted,
};

mutants! {
    400 "once a start has failed, listeners hear nothing" ["LC-019"]
        Calls(|scene| twisted(scene, handlers::StaysDeaf::default()));
    401 "a shutdown returns before the error handlers have" ["LC-033"]
        Calls(|scene| twisted(scene, handlers::ForgetsHandlers));
    402 "a handler that hangs holds up the end for good" ["LC-034"]
        Settings(handlers::waits_for_ever);
}
