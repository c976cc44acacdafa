//! The contract of stores: cases that any [`Store`] can run.
//!
//! One line in a file under `tests/` makes one test of each case. The expression creates a new, empty store:
//!
//! ```ignore
//! conformance_tests::store_suite!(|| Box::new(MyStore::scratch()));
//! ```
//!
//! Each case brings the time along ([`Turn::now`](scheduler_core::store::Turn::now)), so leases and due times are exact
//! and no case waits.

mod claims;
mod keys;
mod looks;
mod losses;
mod rig;
mod runs;
mod schedules;
mod sharing;
mod turns;

use scheduler_core::store::Store;

use self::rig::Rig;

/// A test of one rule about stores.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct StoreCase {
    /// The name of the case.
    pub name: &'static str,
    /// The id of the rule that it tests, such as `ST-024`.
    pub rule: &'static str,
    run: fn(&mut Rig),
}

impl std::fmt::Debug for StoreCase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.rule, self.name)
    }
}

/// Runs the case with a name on a new, empty store.
///
/// # Panics
///
/// The store breaks the rule of the case, or no case has this name.
pub fn check(name: &str, store: Box<dyn Store>) {
    let case = CASES.iter().find(|case| case.name == name);
    let case = case.unwrap_or_else(|| panic!("no case for stores has the name {name:?}"));
    (case.run)(&mut Rig::new(store));
}

/// Defines both [`CASES`] and the macro `store_suite` from one list. `$d` is a dollar sign, which an inner macro
/// cannot write by itself.
macro_rules! store_cases {
    ($d:tt $($rule:literal $room:ident::$name:ident,)*) => {
        /// Every case for stores.
        pub const CASES: &[StoreCase] = &[$(StoreCase {
            name: stringify!($name),
            rule: $rule,
            run: $room::$name,
        },)*];

        /// Makes one test of each case of the contract of stores. The argument is a closure that creates a new, empty
        /// store, boxed.
        #[macro_export]
        macro_rules! store_suite {
            ($d make:expr) => {
                $(#[test]
                fn $name() {
                    $d crate::store::check(stringify!($name), ($d make)());
                })*
            };
        }
    };
}

store_cases! { $
    "ST-008" turns::a_stored_job_is_there_for_another_session,
    "ST-017" turns::two_nodes_of_one_name_have_two_numbers,
    "ST-017" turns::a_nonce_of_another_node_is_refused,
    "ST-019" turns::a_dead_node_changes_nothing,
    "ST-024" turns::a_turn_that_is_sent_twice_is_applied_once,
    "ST-024" turns::a_late_copy_of_an_older_turn_changes_nothing,
    "ST-028" turns::lost_turns_are_noticed,
    "ST-025" turns::a_refused_write_fails_alone,
    "ST-026" turns::a_repeated_submission_stores_nothing,
    "ST-029" turns::texts_come_back_byte_for_byte,
    "ST-018" turns::a_node_that_leaves_has_no_row,
    "ST-030" claims::a_turn_claims_no_more_than_asked,
    "ST-031" claims::claims_are_in_order_and_never_early,
    "ST-033" claims::a_job_of_an_unknown_task_stays,
    "ST-034" claims::a_node_can_ask_what_it_holds,
    "ST-035" claims::each_return_counts_what_it_is,
    "ST-040" claims::the_token_grows_with_each_claim,
    "ST-018" claims::an_end_needs_the_present_claim,
    "ST-036" losses::age_alone_frees_nothing,
    "ST-006" losses::a_dead_node_loses_its_jobs_after_its_lease,
    "ST-021" losses::a_clock_set_back_does_not_keep_a_dead_node,
    "ST-039" losses::a_node_gets_one_suspect_at_most,
    "ST-031" claims::the_next_due_time_is_that_of_a_job_to_claim,
    "ST-008" claims::a_job_can_be_claimed_by_the_turn_that_stores_it,
    "ST-049" claims::a_cancellation_reaches_each_job,
    "ST-010" claims::an_ended_job_can_be_retried,
    "ST-055" keys::a_key_is_held_by_one_job_until_it_has_ended,
    "ST-055" keys::a_key_can_be_free_after_the_claim,
    "ST-055" keys::a_key_can_be_held_for_a_time,
    "ST-055" keys::a_waiting_job_can_take_over_a_submission,
    "ST-041" schedules::a_decision_is_stored_as_a_whole,
    "ST-012" schedules::of_two_decisions_one_is_stored,
    "ST-012" schedules::an_instant_has_one_record,
    "ST-046" schedules::a_decision_about_an_older_schedule_is_void,
    "ST-041" schedules::a_decision_compares_the_cursor_and_starts_no_keyed_run,
    "ST-046" schedules::an_unchanged_schedule_keeps_its_place,
    "ST-046" schedules::a_schedule_is_not_due_before_its_records,
    "ST-043" runs::overdue_schedules_are_shown_to_those_who_know_the_task,
    "ST-048" runs::a_pause_is_seen_by_every_node,
    "ST-045" runs::open_and_kept_runs_are_counted_from_the_rows,
    "ST-045" runs::kept_runs_are_released_or_dropped,
    "ST-047" runs::a_removal_leaves_other_schedules,
    "ST-056" looks::old_rows_go_in_bounded_steps,
    "ST-010" looks::pages_neither_skip_nor_repeat_a_row,
    "ST-010" looks::filters_show_what_they_name,
    "ST-037" looks::nodes_are_listed_with_what_they_hold,
    "ST-053" sharing::a_watch_ends_in_time,
    "ST-005" sharing::threads_claim_each_job_once,
    "ST-012" sharing::threads_record_each_instant_once,
}
