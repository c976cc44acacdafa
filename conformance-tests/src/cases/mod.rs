//! The cases, one file for each family of rules, and the one table that lists them.

mod attempts;
mod backfills;
mod blocking_work;
mod bodies;
mod by_hand;
mod cancel_modes;
mod cancels;
mod changes;
mod clocks;
mod closing;
mod config;
mod context;
mod data;
mod decisions;
mod destructors;
mod details;
mod ending;
mod events;
mod failure_counts;
mod far;
mod faults;
mod finished;
mod given_up;
mod given_up_runs;
mod handlers;
mod history_pages;
mod hurries;
mod inside;
mod interrupted;
mod jobs;
mod kept;
mod laborious;
mod last_runs;
mod latecomers;
mod leaks;
mod ledger;
mod lone_readers;
mod misfires;
mod moved_tasks;
mod new_settings;
mod overlaps;
mod overtaking;
mod pauses;
mod permits;
mod places;
mod punctual;
mod queue;
mod queue_pauses;
mod queues;
mod rate_groups;
mod readers;
mod record;
mod reentry;
mod retries;
mod run_reports;
mod runtime;
mod runtime_context;
mod runtime_gone;
mod scenarios;
mod schedule_handles;
mod schedules;
mod scopes;
mod shared_rates;
mod shutdown;
mod spawned;
mod stage;
mod start;
mod starvation;
mod sweep;
pub(crate) mod table;
mod task_limits;
mod threads;
mod time;
mod timers;
mod torture;
mod transcripts;
mod triggers;
mod turns;
mod valued;
mod waits;
mod wakers;

use crate::Case;

/// Defines both [`CASES`] and the macro `conformance_suite` from one list. `$d` is a dollar sign,
/// which an inner macro cannot write by itself.
macro_rules! cases {
    (($d:tt) $($module:ident: $($name:ident [$rule:literal $(, $mark:ident)*]),* ;)*) => {
        /// Every case.
        pub const CASES: &[Case] = &[$($(
            Case::new(stringify!($name), $rule, $module::$name)$(.$mark())*,
        )*)*];

        /// Defines one test for each case, on the backend that the expression returns.
        #[macro_export]
        macro_rules! conformance_suite {
            ($d backend:expr) => {$($(
                #[test]
                fn $name() {
                    let path = concat!(module_path!(), "::", stringify!($name));
                    let known = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance.toml");
                    $crate::check(stringify!($name), path, known, $d backend);
                }
            )*)*};
        }
    };
}

cases! { ($)
    table:
        every_call_follows_the_table_when_new ["TBL"],
        every_call_follows_the_table_when_starting ["TBL"],
        every_call_follows_the_table_when_running ["TBL"],
        every_call_follows_the_table_when_paused ["TBL"],
        every_call_follows_the_table_when_shutting_down ["TBL"],
        every_call_follows_the_table_when_shut_down ["TBL"],
        waiting_calls_inside_a_job_follow_the_table ["TBL"],
        cancelling_and_awaiting_a_job_follow_the_table ["TBL"];
    sweep:
        every_method_in_every_state ["TBL"],
        every_method_inside_a_job ["TBL"],
        every_method_inside_a_blocking_job ["TBL"],
        every_method_inside_a_listener ["TBL"],
        every_method_inside_an_error_handler ["TBL"],
        every_method_of_handles_to_a_dropped_scheduler ["TBL"];
    hurries:
        each_setting_of_a_hurrying_shutdown_shortens ["SD-002"];
    failure_counts:
        a_cancelled_run_neither_fails_nor_ends_a_row_of_failures ["SC-015"],
        a_new_task_or_schedule_begins_a_row_of_failures ["SC-015"],
        a_failure_does_not_replace_the_reason_of_a_pause ["SC-015"];
    transcripts:
        all_values_of_jobs_follow_the_calls ["RD-001"],
        all_values_of_schedules_follow_the_calls ["RD-002"],
        all_values_of_backfills_follow_the_calls ["RD-003"],
        every_field_of_a_shutdown_report_follows_the_jobs ["RD-004"],
        all_events_of_a_node_follow_its_store ["RD-005"];
    start:
        building_starts_nothing ["LC-001"],
        shutdown_before_start_is_refused ["LC-002"],
        sixteen_shutdowns_before_start_are_all_refused ["LC-002"],
        calls_that_need_a_running_scheduler_are_refused_before_start ["LC-003"],
        a_second_start_is_refused ["LC-004"],
        of_sixteen_starts_one_succeeds ["LC-005"],
        the_end_is_final ["LC-006"],
        a_refused_call_changes_nothing ["LC-009"],
        errors_are_returned_by_the_call_that_caused_them ["LC-010"],
        every_thread_sees_a_new_state ["LC-011"],
        a_failed_start_can_be_retried ["LC-019"],
        a_start_after_a_failed_one_is_complete ["LC-019"],
        jobs_from_before_the_start_run_after_it_in_order ["LC-021"],
        state_events_follow_the_state_diagram ["LC-030"],
        two_schedulers_do_not_affect_each_other ["LC-032"];
    shutdown:
        a_shutdown_after_the_end_is_refused ["LC-007"],
        concurrent_shutdowns_share_one_report ["LC-008"],
        stopped_returns_only_after_the_end ["LC-033"],
        a_job_cannot_wait_for_its_own_scheduler ["LC-012"],
        a_listener_cannot_wait_for_its_own_scheduler ["LC-012"],
        a_job_may_request_the_shutdown ["LC-013"],
        the_deadline_ends_a_job_that_waits_through_a_helper ["LC-014"],
        a_job_that_ignores_its_cancellation_is_abandoned_and_named ["LC-015"],
        nothing_happens_after_the_end ["LC-016"],
        a_graceful_shutdown_waits_for_running_jobs ["LC-017"],
        a_shutdown_aborts_a_start ["LC-018"],
        a_start_or_shutdown_continues_when_its_future_is_dropped ["LC-020"],
        every_accepted_job_has_one_outcome_at_the_end ["LC-025"],
        a_shutdown_while_paused_cancels_held_jobs ["LC-029"],
        a_shutdown_without_running_jobs_is_immediate ["LC-031"];
    handlers:
        the_end_comes_after_the_last_error_handler ["LC-033"],
        a_hanging_handler_is_left_after_its_grace ["LC-034"],
        a_hanging_handler_delays_no_other_handler ["LC-034"],
        a_shutdown_waits_for_handlers_until_its_deadline ["LC-034"];
    queue:
        a_full_queue_refuses_at_once ["LC-022"],
        a_dropped_submit_gives_its_slot_to_the_next_waiter ["AJ-004"],
        slots_beyond_the_waiters_are_available_at_once ["AJ-022"];
    permits:
        a_freed_permit_goes_to_the_first_waiter ["AJ-022"];
    queue:
        a_refused_job_is_dropped_once_and_never_polled ["LC-023"],
        a_job_may_submit_until_the_shutdown ["LC-024"],
        no_job_starts_after_a_pause ["LC-026"],
        jobs_with_a_permit_wait_for_the_end_of_a_pause ["LC-026"],
        no_body_begins_after_a_pause_at_any_step ["LC-026"],
        no_body_begins_after_a_pause_on_any_thread ["LC-026"],
        pausing_twice_and_resuming_twice_do_nothing ["LC-027"],
        instants_of_a_pause_cause_no_burst ["LC-028"];
    runtime_context:
        dropping_the_last_handle_does_not_block ["RT-001"],
        a_drop_during_a_shutdown_does_not_stop_it ["RT-001"],
        a_drop_inside_a_task_neither_panics_nor_blocks ["RT-002", isolated],
        a_drop_while_unwinding_does_not_abort ["RT-003", isolated],
        dropping_a_new_scheduler_cancels_its_jobs ["RT-004"],
        a_job_may_own_the_last_handle ["RT-005"],
        a_start_on_a_bare_thread_succeeds_or_is_refused ["RT-006", isolated],
        calls_from_plain_threads_work ["RT-007"],
        a_job_can_be_awaited_anywhere ["RT-008"],
        blocking_calls_inside_a_job_are_refused ["RT-009"],
        blocking_calls_inside_a_foreign_task_return ["RT-010"],
        schedulers_and_handles_are_send_and_sync ["RT-013"];
    runtime_gone:
        dropping_the_runtime_wakes_every_waiter ["RT-011", stop],
        dropping_the_tasks_wakes_every_waiter ["RT-011"],
        a_sleep_ends_when_its_runtime_is_gone ["RT-015", stop],
        a_sleep_ends_when_no_task_can_be_had ["RT-015"];
    leaks:
        nothing_is_left_after_the_end ["RT-012"],
        a_thousand_schedulers_leave_nothing_behind ["RT-012", procfs];
    jobs:
        a_value_reaches_its_waiter ["JB-001"],
        a_panic_ends_only_its_own_job ["JB-002"],
        unusual_panic_payloads_are_handled ["JB-003", isolated],
        a_failure_is_handled_once ["JB-004"],
        a_failure_reaches_waiter_and_handler ["JB-005"],
        waiting_again_returns_the_same_outcome ["JB-006"],
        dropping_the_handle_detaches_the_job ["JB-007"];
    cancels:
        a_queued_job_can_be_cancelled ["JB-008"],
        a_running_job_is_dropped_at_its_suspension ["JB-009"],
        a_blocking_job_sees_that_it_is_cancelled ["JB-009"],
        a_late_cancel_changes_nothing ["JB-010"],
        a_cancel_of_an_unknown_id_says_so ["JB-020"],
        a_cancel_that_races_the_end_has_one_winner ["JB-011"],
        a_second_cancel_adds_no_event ["JB-012"];
    jobs:
        a_body_is_dropped_once ["JB-013"],
        the_limit_is_never_exceeded ["JB-014"],
        jobs_of_one_instant_keep_their_order ["JB-015"],
        a_job_that_blocks_delays_no_other ["JB-016"],
        waiting_for_a_job_that_cannot_start_is_refused ["JB-017"],
        jobs_that_wait_for_each_other_are_refused ["JB-017"],
        an_err_is_a_failure_for_every_submitting_call ["JB-018"],
        awaiting_a_handle_moves_the_value_out ["JB-019"];
    inside:
        a_handler_inside_a_job_of_another_scheduler_cannot_wait_for_that_one ["LC-012"],
        a_submit_that_only_its_caller_could_unblock_is_refused ["AJ-023"],
        one_of_two_submits_that_wait_for_each_other_is_refused ["AJ-023"],
        a_submit_that_others_can_unblock_waits ["AJ-024"],
        a_submit_that_time_unblocks_waits ["AJ-024"],
        a_submit_that_time_unblocks_waits_for_a_throttled_job ["AJ-024"];
    spawned:
        jobs_are_listed_until_they_end ["AJ-001"],
        a_posted_job_can_be_found_and_awaited ["AJ-001"],
        the_next_job_has_its_permit_when_a_waiter_resumes ["AJ-002"],
        a_dropped_submit_submits_nothing ["AJ-003"],
        waiting_submits_get_slots_in_order ["AJ-004"],
        a_waiting_submit_is_refused_by_the_shutdown ["AJ-005"],
        the_shutdown_refuses_every_waiting_submit ["AJ-005"],
        the_limit_holds_for_any_cancellation ["AJ-006"];
    waits:
        a_wait_that_times_out_leaves_the_job_unchanged ["AJ-007"],
        a_wait_can_cancel_at_its_timeout ["AJ-008"];
    cancel_modes:
        each_way_to_cancel_keeps_its_mode ["AJ-008"];
    waits:
        closing_a_job_waits_for_its_end_or_times_out ["AJ-009"],
        a_dropped_waiter_does_not_affect_its_job ["AJ-010"];
    spawned:
        an_unobserved_end_is_reported_to_later_waiters ["AJ-011"],
        a_failure_has_the_source_location_of_its_job ["AJ-012"];
    waits:
        timeouts_of_jobs_and_waits_are_distinct ["AJ-013"];
    scopes:
        an_unlimited_job_outlives_its_waiter ["AJ-014"],
        an_unlimited_job_needs_no_permit ["AJ-015"],
        jobs_submitted_during_a_drain_are_awaited ["AJ-016"],
        jobs_that_exceed_the_drain_are_cancelled ["AJ-016"],
        a_job_that_respawns_itself_is_ended_by_the_limit ["AJ-016"],
        a_failure_during_the_close_is_reported ["AJ-017"],
        a_failure_before_the_close_is_in_the_report ["AJ-021"],
        a_failure_during_run_scoped_is_in_the_report ["AJ-021"],
        a_scheduler_can_run_for_a_scope ["AJ-018"],
        dropping_run_scoped_shuts_the_scheduler_down ["AJ-018"],
        a_scope_waits_for_its_jobs_and_those_they_add ["AJ-019"],
        a_scope_reports_each_of_its_jobs_once ["AJ-019"],
        dropping_a_scope_cancels_its_jobs ["AJ-020"],
        a_scope_can_be_drained_with_a_timeout ["AJ-020"];
    retries:
        failed_attempts_are_retried_until_one_succeeds ["RY-001"],
        the_last_failure_is_the_outcome_and_reported_once ["RY-002"],
        jitter_is_bounded_and_the_same_in_every_run ["RY-003"],
        panics_are_retried_only_on_request ["RY-004"],
        user_functions_decide_about_retries_and_may_panic ["RY-005"],
        between_attempts_a_job_holds_no_permit ["RY-006"],
        the_higher_priority_starts_first ["RY-011"],
        a_group_starts_no_faster_than_its_rate ["RY-012"],
        no_late_retry_begins_during_a_shutdown ["RY-013"],
        a_retry_in_time_begins_during_a_shutdown ["RY-013"],
        a_contradictory_policy_is_refused ["RY-014"];
    attempts:
        an_attempt_past_its_timeout_is_dropped_and_retried ["RY-007"],
        the_total_timeout_ends_the_job ["RY-008"],
        a_blocking_job_past_its_timeout_sees_the_reason ["RY-009"],
        a_job_that_does_not_start_in_time_never_runs ["RY-010"],
        a_delayed_job_expires_when_its_time_passes_in_a_pause ["RY-010"],
        the_timeout_of_an_attempt_counts_from_its_first_poll ["RY-015"],
        an_attempt_that_cannot_begin_in_time_never_begins ["RY-015"];
    context:
        a_job_knows_itself ["JC-001"],
        a_job_without_a_name_has_none ["JC-001"],
        a_queued_job_keeps_its_identity ["JC-001"],
        progress_is_visible_everywhere ["JC-002"],
        a_job_sees_the_reason_of_its_cancellation ["JC-003"],
        every_clone_of_a_context_sees_the_end_of_its_attempt ["JC-004"],
        a_blocking_sleep_ends_with_the_cancellation ["JC-005"],
        a_job_reaches_its_scheduler_while_it_exists ["JC-006"];
    closing:
        a_further_shutdown_changes_nothing ["SD-001"],
        a_hurrying_shutdown_only_shortens ["SD-002"],
        interrupted_jobs_are_cancelled_not_failed ["SD-003"],
        every_job_ends_once_in_any_wait ["SD-004"],
        a_job_with_a_permit_counts_as_running ["SD-005"],
        an_abandoned_job_is_reported_with_its_origin ["SD-006"],
        throttled_and_buffered_runs_run_in_turn ["SD-007"],
        shutdowns_without_a_drain_name_the_remaining_jobs ["SD-008"],
        due_instants_run_before_the_end ["SD-009"],
        instants_that_a_shutdown_prevents_are_recorded ["SD-009"];
    events:
        each_transition_is_published_once_in_order ["EV-001"],
        events_of_a_job_are_in_order ["EV-002"],
        a_panicking_listener_affects_no_other ["EV-003", isolated],
        a_panicking_handler_is_caught_and_counted ["EV-004", isolated],
        a_slow_subscriber_learns_how_much_it_missed ["EV-005"],
        a_listener_that_blocks_delays_nothing ["EV-005"],
        a_listener_may_call_the_scheduler ["EV-006"],
        a_listener_may_remove_the_schedule_of_an_event ["EV-006"],
        a_removed_listener_is_not_called ["EV-007"],
        a_filter_passes_only_matching_events ["EV-008"];
    lone_readers:
        a_lone_reader_gets_the_events_of_its_filter ["EV-008"];
    readers:
        events_are_in_time_order_across_threads ["EV-001"],
        removing_a_listener_waits_for_its_running_call ["EV-007"],
        listeners_can_remove_themselves_and_each_other ["EV-007"],
        readers_without_matching_events_are_not_woken ["EV-009"],
        a_dropped_stream_keeps_nothing ["EV-009"],
        a_stream_ends_with_its_scheduler ["EV-010"];
    finished:
        the_event_of_an_end_has_the_facts_about_the_job ["EV-011"],
        a_late_reader_learns_when_a_run_began ["EV-011"];
    latecomers:
        a_late_reader_misses_no_start ["EV-002"],
        a_reader_during_a_job_receives_its_end ["EV-002"],
        a_reader_before_the_due_time_receives_the_start ["EV-002"],
        a_reader_before_the_body_receives_the_start ["EV-002"];
    time:
        an_interval_never_drifts ["TM-001"],
        nothing_runs_early ["TM-002"];
    punctual:
        a_job_is_not_late ["TM-003"];
    time:
        a_clock_set_forward_causes_no_burst ["TM-004"],
        a_clock_set_back_a_little_repeats_patterns_only ["TM-005"],
        a_clock_set_back_far_applies_to_all ["TM-005"],
        a_suspend_of_the_machine_is_detected ["TM-006"],
        misfires_follow_their_policy ["TM-007"],
        the_grace_is_inclusive ["TM-007"];
    triggers:
        an_instant_in_the_past_is_decided_once ["TM-008"],
        a_trigger_that_does_not_advance_is_a_fault ["TM-009"],
        a_trigger_without_further_instants_ends_once ["TM-010"],
        a_trigger_that_panics_is_a_fault ["TM-011"],
        invalid_seconds_are_refused ["TM-012"],
        an_interval_of_zero_is_refused ["TM-013"];
    time:
        the_longest_durations_are_never_due ["TM-014"],
        far_dates_cause_few_wakeups ["TM-015"];
    triggers:
        a_skipped_local_time_runs_once_after_the_gap ["TM-016"],
        a_repeated_local_time_runs_once ["TM-017"],
        unusual_zones_and_dates_are_right ["TM-018"];
    time:
        an_earlier_job_wakes_the_driver ["TM-019"],
        ten_thousand_at_once_run_once_each ["TM-020"],
        a_frozen_clock_is_trusted ["TM-021"];
    triggers:
        a_schedule_that_is_never_due_is_listed ["TM-022"];
    turns:
        the_shortest_interval_starves_no_job ["TM-023"],
        a_trigger_that_is_always_due_starves_no_job ["TM-023"],
        sleeps_that_end_at_once_cause_no_busy_loop ["TM-024"];
    laborious:
        a_trigger_over_its_budget_is_a_fault ["TM-025"],
        a_blocking_trigger_delays_only_its_schedule ["TM-026"];
    schedules:
        a_schedule_is_shown_as_it_was_defined ["SC-001"],
        an_existing_id_is_refused ["SC-002"],
        an_existing_schedule_is_kept_on_request ["SC-003"],
        runs_and_pause_survive_a_replacement ["SC-004"];
    pauses:
        a_paused_schedule_begins_nothing ["SC-005"],
        a_run_with_a_permit_waits_for_its_schedule ["SC-005"],
        a_schedule_can_be_added_paused ["SC-005"],
        pausing_again_changes_the_reason ["SC-006"];
    schedules:
        a_change_is_applied_as_a_whole_or_not_at_all ["SC-007"],
        settings_that_are_not_given_do_not_change ["SC-007"],
        a_new_trigger_counts_from_now ["SC-008"];
    pauses:
        instants_of_a_pause_are_skipped ["SC-009"],
        after_a_resumption_at_the_cursor_the_misfire_policy_decides ["SC-010"],
        a_resumption_instant_is_wall_clock_time ["SC-010"];
    schedules:
        run_now_creates_a_separate_run ["SC-011"],
        a_removed_schedule_starts_nothing ["SC-012"],
        waiting_jobs_are_cancelled_with_their_schedule ["SC-012"],
        jitter_keeps_the_nominal_time ["SC-013"],
        settings_that_let_nothing_run_are_refused ["SC-014"];
    pauses:
        consecutive_failures_pause_a_schedule ["SC-015"];
    schedules:
        the_preview_returns_the_instants_that_run ["SC-016"];
    changes:
        an_equal_trigger_keeps_its_cursor ["SC-017"],
        due_instants_stay_due_under_an_equal_trigger ["SC-017"],
        due_instants_of_a_replaced_trigger_are_recorded ["SC-018"],
        due_instants_before_a_new_cursor_are_recorded ["SC-018"],
        due_instants_of_a_removed_schedule_are_recorded ["SC-018"],
        a_schedule_with_buffered_runs_stays_listed_after_its_end ["SC-019"],
        run_now_jobs_are_cancelled_with_their_schedule ["SC-012"],
        no_retry_follows_a_removal ["SC-012"],
        instants_before_a_pause_are_not_skipped ["SC-009"],
        a_new_jitter_applies_to_a_paused_schedule ["SC-013"];
    schedule_handles:
        every_call_about_an_unknown_id_is_refused_alike ["SC-020"],
        a_handle_outlives_its_schedule ["SC-020"],
        a_kept_handle_serves_the_replacement ["SC-021"],
        a_handle_keeps_no_scheduler_alive ["SC-022"],
        a_run_may_use_the_handle_of_its_schedule ["SC-023"];
    misfires:
        the_grace_includes_its_last_instant ["MF-001"],
        skip_runs_no_late_instant ["MF-002"],
        fire_once_runs_once_for_all_late_instants ["MF-003"],
        a_run_that_replaces_several_instants_knows_them ["MF-004"],
        fire_all_runs_the_latest_in_order ["MF-005"],
        instants_beyond_the_window_are_dropped ["MF-006"],
        runs_that_start_beyond_the_window_are_dropped ["MF-006"],
        late_runs_keep_to_their_hours ["MF-007"],
        late_runs_start_only_within_their_hours ["MF-007"],
        catch_up_runs_keep_their_pace ["MF-008"],
        the_pace_is_between_starts ["MF-008"],
        paced_runs_continue_after_a_pause ["MF-008"],
        a_year_asleep_is_bounded_work ["MF-009"],
        a_catch_up_run_is_marked_and_keeps_its_nominal_time ["MF-010"];
    overlaps:
        skip_skips_overlapping_instants ["OV-001"],
        buffer_one_keeps_the_first_instant ["OV-002"],
        buffer_all_runs_one_after_the_other ["OV-003"],
        cancel_other_waits_for_the_end ["OV-004"],
        a_run_that_ignores_cancel_other_is_dropped_after_its_grace ["OV-004"],
        terminate_other_does_not_wait ["OV-005"],
        allow_all_starts_every_run ["OV-006"],
        schedules_of_a_group_overlap ["OV-007"],
        allow_all_takes_no_part_in_its_group ["OV-007"],
        a_schedule_that_changes_groups_takes_only_its_own_runs ["OV-007"],
        active_runs_join_a_group_with_their_schedules ["OV-007"],
        a_changed_policy_applies_to_buffered_runs ["OV-008"],
        max_instances_runs_are_active ["OV-009"],
        the_buffer_limit_holds ["OV-010"],
        each_skipped_instant_is_reported_once ["OV-011"];
    changes:
        active_runs_count_for_a_new_policy ["OV-012"],
        runs_beyond_a_lowered_limit_wait ["OV-013"],
        retries_beyond_a_lowered_limit_wait ["OV-013"];
    ledger:
        every_instant_has_one_record ["LG-001"],
        waiting_catch_up_runs_have_a_record ["LG-001"],
        a_record_follows_its_run ["LG-002"],
        a_run_that_never_began_was_cancelled ["LG-002"],
        skipped_instants_have_their_reason ["LG-003"],
        runs_buffered_at_the_end_have_a_record ["LG-003"],
        instants_of_a_skipped_run_have_its_reason ["LG-003"],
        instants_of_a_buffered_run_share_its_fate ["LG-003"],
        instants_within_the_grace_are_not_recorded_as_late ["LG-003"],
        the_latest_records_are_kept ["LG-004"],
        explain_says_why_an_instant_did_not_run ["LG-005"],
        explain_knows_the_instants_of_an_earlier_trigger ["LG-005"],
        the_history_outlives_its_schedule ["LG-006"],
        a_new_schedule_under_an_old_id_continues_its_history ["LG-006"];
    run_reports:
        a_finished_run_has_a_report ["LG-008"],
        the_report_of_a_failed_run_has_its_error ["LG-008"],
        the_report_of_a_run_that_never_began_says_so ["LG-008"],
        a_record_names_the_run_that_the_instant_met ["LG-009"],
        runs_of_a_group_meet_each_other ["LG-009"];
    history_pages:
        the_pages_of_a_history_have_every_record_once ["LG-010"];
    backfills:
        each_instant_of_the_range_runs_once ["BF-001"],
        a_range_is_wall_clock_time ["BF-001"],
        the_schedule_continues_during_a_backfill ["BF-002"],
        failures_of_a_backfill_do_not_pause_the_schedule ["BF-002"],
        a_backfill_keeps_its_concurrency ["BF-003"],
        a_backfill_keeps_its_pace ["BF-004"],
        the_pace_of_a_backfill_is_between_starts ["BF-004"],
        the_dry_run_runs_nothing ["BF-005"],
        the_limit_of_a_backfill_reports_where_to_continue ["BF-006"],
        a_paused_schedule_is_backfilled_and_a_paused_scheduler_waits ["BF-008"],
        a_run_cannot_wait_for_its_own_backfill ["BF-009"],
        an_invalid_backfill_is_refused ["BF-010"],
        a_backfill_publishes_its_begin_and_end ["BF-011"],
        a_year_of_seconds_is_read_in_portions ["BF-012"],
        earlier_runs_are_skipped_on_request ["BF-013"],
        the_records_of_a_backfill_do_not_hide_earlier_runs ["BF-013"];
    interrupted:
        a_backfill_can_be_stopped ["BF-007"],
        a_backfill_ends_with_its_schedule ["BF-007"],
        a_shutdown_interrupts_a_backfill ["BF-007"];
    queues:
        a_job_is_in_the_queue_that_it_names ["QU-001"],
        an_unknown_queue_is_refused_by_every_call ["QU-001"],
        a_full_queue_delays_no_other ["QU-002"],
        each_queue_has_its_own_slots_and_waiters ["QU-003"],
        the_rate_of_a_queue_spaces_its_starts ["QU-004"],
        the_jobs_of_a_queue_keep_their_order ["QU-005"];
    queue_pauses:
        a_pause_holds_its_queue_and_no_other ["QU-006"],
        the_default_queue_can_be_paused ["QU-006"],
        a_queue_that_is_paused_again_keeps_its_begin ["QU-006"];
    queues:
        queues_are_listed_with_their_counts ["QU-007"],
        a_job_may_wait_for_a_job_of_another_queue ["QU-008"],
        waits_across_queues_that_never_end_are_refused ["QU-008"],
        runs_and_retries_stay_in_their_queue ["QU-009"];
    queue_pauses:
        a_shutdown_cancels_the_jobs_of_a_paused_queue ["QU-009"];
    starvation:
        a_submit_waits_for_a_holder_that_can_end ["AJ-024"],
        a_wait_for_a_slot_that_is_over_blocks_nothing ["QU-008"],
        a_submit_waits_behind_a_caller_that_may_give_up ["AJ-024"];
    details:
        no_step_back_starts_a_job_early ["TM-002"],
        a_pause_voids_the_question_that_is_open ["SC-005"],
        an_instant_set_by_hand_has_no_jitter_of_another ["SC-026"],
        a_backfill_has_the_priority_that_it_names ["BF-003"];
    decisions:
        a_job_may_be_cancelled_while_its_retry_is_decided ["RY-006"];
    shared_rates:
        a_paused_queue_holds_no_token_of_its_group ["QU-010"],
        a_full_queue_holds_no_token_of_its_group ["QU-010"],
        a_queue_without_a_token_holds_none_of_its_group ["QU-010"],
        tokens_of_a_group_keep_the_order_over_queues ["QU-010"];
    given_up_runs:
        catch_up_runs_that_are_given_up_have_a_record ["LG-003"],
        a_schedule_that_leaves_its_group_makes_room ["OV-007"],
        cancel_other_makes_room_for_a_lowered_limit_at_once ["OV-004"],
        a_raised_limit_lets_each_waiting_run_begin ["OV-013"];
    rate_groups:
        a_retry_waits_behind_jobs_that_asked_before_it ["QU-010"],
        new_numbers_of_a_group_apply_to_jobs_that_wait ["RY-012"],
        a_rate_holds_among_many_groups ["RY-012"],
        slots_of_several_queues_may_come_free_at_once ["QU-003"];
    new_settings:
        a_new_jitter_applies_to_the_next_start ["SC-013"],
        a_new_pace_counts_from_the_last_start ["MF-008"],
        catch_up_runs_keep_their_pace_over_a_pause ["MF-008"];
    task_limits:
        a_task_runs_as_many_jobs_as_allowed_over_schedules_jobs_and_queues ["QU-011"],
        a_retry_needs_a_permit_of_the_task_again ["QU-011"],
        jobs_that_wait_for_their_task_hold_up_no_other ["QU-012"],
        a_paused_queue_holds_no_permit_of_the_task ["QU-012"],
        a_wait_for_a_job_of_the_own_full_task_is_refused ["QU-013"];
    given_up:
        a_drain_waits_for_no_run_of_a_paused_schedule ["SD-010"],
        a_repeated_instant_is_given_up_as_such ["LG-007"],
        an_ended_schedule_stays_listed_while_a_pause_holds_its_runs ["SC-019"];
    kept:
        a_kept_result_has_the_outcome_and_the_value ["JB-021"],
        a_kept_failure_has_the_error ["JB-021"],
        a_result_expires_when_its_time_ends ["JB-021"],
        a_result_outlives_the_shutdown ["JB-021"],
        the_result_that_expires_first_makes_room ["JB-022"],
        what_has_no_result_says_why ["JB-023"];
    valued:
        each_way_to_submit_can_keep_the_value ["AJ-025"],
        a_job_with_a_value_waits_for_a_slot_or_is_refused ["AJ-025"],
        a_scope_keeps_the_values_of_its_jobs ["AJ-025"],
        the_value_is_that_of_the_attempt_that_counts ["AJ-025"];
    by_hand:
        an_instant_set_by_hand_runs_and_the_rule_continues ["SC-026"],
        instants_before_one_set_by_hand_are_recorded ["SC-026"],
        an_instant_set_by_hand_in_the_past_is_late ["SC-026"],
        an_instant_set_by_hand_needs_no_other ["SC-026"],
        a_schedule_that_is_live_since_the_past_catches_up ["SC-027"],
        all_schedules_are_removed_in_one_step ["SC-028"];
    last_runs:
        an_ended_schedule_stays_listed_until_its_last_run_has_ended ["SC-019"],
        the_last_run_that_waits_is_cancelled_with_its_schedule ["SC-019"],
        a_run_adds_the_next_schedule_under_its_own_id ["SC-024"],
        texts_that_are_no_visible_line_are_refused ["SC-025"];
    data:
        a_named_task_runs_with_its_arguments ["DT-001"],
        invalid_arguments_are_refused_with_their_path ["DT-002"],
        an_export_and_import_change_nothing ["DT-003"],
        an_imported_schedule_continues_at_its_cursor ["DT-004"],
        a_handover_after_a_clock_jump_changes_nothing ["DT-004"],
        a_pause_survives_export_and_import ["DT-004"],
        schedules_that_cannot_be_exported_are_named ["DT-005"],
        an_import_adds_all_or_nothing ["DT-006"],
        add_all_adds_all_or_none ["DT-006"],
        repeated_instants_are_known_after_a_handover ["DT-007"];
    config:
        a_concurrency_limit_of_zero_is_refused ["CF-001"],
        queue_and_event_capacities_of_zero_are_refused ["CF-002"],
        existing_and_unknown_ids_are_refused ["CF-003"],
        errors_have_text_sources_and_kinds ["CF-004"];
    faults:
        a_dropped_call_leaves_nothing_stuck ["FT-001"],
        a_submit_dropped_at_any_poll_submits_nothing ["FT-001"],
        a_panic_at_any_poll_ends_only_its_job ["FT-002"],
        every_job_ends_when_spawns_are_refused ["FT-003"],
        a_panicking_runtime_loses_only_its_task ["FT-003", isolated],
        sleeps_that_end_early_change_nothing ["FT-004"],
        sleeps_that_end_late_lose_nothing ["FT-005"],
        a_listener_can_panic_at_any_event ["FT-006", isolated];
    destructors:
        each_job_ends_once_with_panicking_destructors ["FT-007", isolated],
        destructors_of_user_values_may_panic ["FT-007", isolated];
    reentry:
        user_values_may_call_the_scheduler ["FT-008", isolated];
    wakers:
        a_panicking_waker_does_not_block_other_waiters ["FT-009", isolated],
        a_panicking_waker_does_not_block_a_submit ["FT-009", isolated],
        a_waiter_polled_by_its_own_waker_continues ["FT-009", isolated],
        a_waiter_that_waits_again_during_its_wake_waits ["FT-009", isolated],
        a_waiter_is_woken_only_for_its_own_event ["FT-009"],
        a_completed_wait_keeps_no_waker ["FT-009"],
        a_completed_submit_keeps_no_waker ["FT-009"],
        the_handle_of_an_ended_job_keeps_no_waker ["FT-009"];
    moved_tasks:
        a_request_reaches_a_task_that_was_moved ["FT-009"],
        a_task_that_was_moved_waits_for_others ["FT-009"];
    scenarios:
        random_scenarios_are_explained_by_the_model ["CN-001", seeded],
        a_repeated_scenario_leaves_the_same_trace ["CN-002", seeded],
        a_scenario_leaves_the_same_trace_on_the_reference_runtime ["CN-003", seeded],
        concurrent_runs_are_explained_by_the_model ["CN-004", seeded];
    runtime:
        spawn_does_not_poll_inline ["R1"];
    places:
        spawn_polls_inline_nowhere ["R1"],
        a_burst_waits_for_a_thread_of_the_runtime ["R1"],
        what_is_refused_is_dropped ["R2"],
        a_runtime_that_has_ended_keeps_no_task ["R2", stop];
    runtime:
        tasks_are_polled_to_their_end ["R2"],
        a_wake_during_a_poll_is_not_lost ["R2"],
        pending_tasks_do_not_keep_their_thread ["R3"],
        no_sleep_is_lost ["R4"],
        a_sleep_wakes_its_last_waker ["R4"],
        a_shorter_sleep_overtakes_a_longer_one ["R4"],
        a_dropped_sleep_frees_its_timer ["R5"];
    torture:
        of_thousands_of_sleeps_none_is_lost ["R4", seeded],
        thousands_of_sleeps_keep_no_waker ["R5", seeded];
    runtime:
        a_sleeping_task_is_not_polled ["R6"],
        an_idle_scheduler_does_not_spin ["R6"],
        an_idle_process_uses_no_processor ["R6", procfs],
        an_idle_process_is_not_woken ["R6", procfs];
    threads:
        woken_tasks_that_block_have_a_thread_each ["R7"];
    clocks:
        elapsed_time_keeps_the_pace_of_the_system ["R8"],
        elapsed_time_never_goes_back ["R8"],
        the_wall_clock_is_that_of_the_system ["R9"];
    punctual:
        sleeps_follow_the_clock_of_their_runtime ["R10"];
    far:
        far_deadlines_do_not_end_at_once ["R10"];
    punctual:
        sleeps_end_soon_after_their_deadline ["R11"];
    runtime:
        a_sleep_that_is_polled_often_ends ["R11"];
    blocking_work:
        dozens_of_blocking_calls_run_at_once ["R12"],
        blocking_work_and_tasks_do_not_wait_for_each_other ["R12"],
        no_blocking_work_is_lost ["R12"];
    places:
        tasks_and_wakers_may_call_their_runtime ["R14"];
    threads:
        jobs_due_together_use_every_thread ["RT-014"];
}
