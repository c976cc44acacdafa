//! Short paths for the crate itself, of names that are not at the root: `crate::Backfill`.

pub(crate) use super::{
    backfill::{
        Backfill, BackfillEnd, BackfillHandle, BackfillId, BackfillOrder, BackfillReport,
        BackfillTimes, Rerun, control::BackfillControl,
    },
    base::clock::Now,
    contract::{
        failure::{ErrorHandler, JobFailure, ReportErrors},
        lifecycle::{FirstState, LifecycleError, Operation, permit},
        runtime::{BlockingWork, BoxFuture, SpawnError},
        shutdown::{FailedJob, FailureWatch, JobRef, Waiting},
        waiting_call::WaitingCall,
    },
    event::{
        EventName, EventStream, Listener, ListenerId, StateCause,
        channel::{EventSender, event_channel},
    },
    schedule::{
        Conflict, Count, Decision, Explanation, HistoryPage, Hours, MisfirePolicy, Pause,
        ResumeFrom, RunCause, RunFacts, RunReport, ScheduleChange, ScheduleEnd, SkipReason, Span,
        Verdict, Which, control::ScheduleControl,
    },
    sync::block_on::block_on,
    trigger::Timeline,
};
#[cfg(test)]
pub(crate) use super::{contract::shutdown::Named, job::OutcomeKind};
