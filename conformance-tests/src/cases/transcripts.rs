//! Cases of RD: transcripts of every value and event, in a life of jobs, schedules, backfills and a
//! shutdown.

mod backfills;
mod ends;
mod jobs;
mod lines;
mod schedules;
mod script;
mod stores;

pub(super) use self::{
    backfills::all_values_of_backfills_follow_the_calls,
    ends::every_field_of_a_shutdown_report_follows_the_jobs,
    jobs::all_values_of_jobs_follow_the_calls, schedules::all_values_of_schedules_follow_the_calls,
    stores::all_events_of_a_node_follow_its_store,
};
