//! The cases, one file for each family of rules, and the one table that lists them.

mod attempts;
mod backfills;
mod bodies;
mod cancels;
mod changes;
mod closing;
mod config;
mod context;
mod data;
mod destructors;
mod ending;
mod events;
mod faults;
mod handlers;
mod inside;
mod interrupted;
mod jobs;
mod laborious;
mod latecomers;
mod leaks;
mod ledger;
mod misfires;
mod overlaps;
mod pauses;
mod permits;
mod queue;
mod readers;
mod record;
mod reentry;
mod retries;
mod runtime;
mod runtime_context;
mod scenarios;
mod schedules;
mod scopes;
mod shutdown;
mod spawned;
mod stage;
mod start;
pub(crate) mod table;
mod threads;
mod time;
mod timers;
mod triggers;
mod turns;
mod wakers;

use crate::Case;

/// Makes of one list both [`CASES`] and the macro that turns it into tests. `$d` is a dollar, which
/// an inner macro cannot write by itself.
macro_rules! cases {
    (($d:tt) $($module:ident: $($name:ident [$rule:literal $(, $mark:ident)*]),* ;)*) => {
        /// Every case.
        pub const CASES: &[Case] = &[$($(
            Case::new(stringify!($name), $rule, $module::$name)$(.$mark())*,
        )*)*];

        /// Makes one test of each case, for the backend that the expression answers.
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
        every_call_answers_by_the_table_when_new ["TBL"],
        every_call_answers_by_the_table_when_starting ["TBL"],
        every_call_answers_by_the_table_when_running ["TBL"],
        every_call_answers_by_the_table_when_paused ["TBL"],
        every_call_answers_by_the_table_when_shutting_down ["TBL"],
        every_call_answers_by_the_table_when_shut_down ["TBL"],
        waiting_calls_of_a_job_answer_by_the_table ["TBL"],
        a_job_is_cancelled_and_awaited_by_the_table ["TBL"];
    start:
        building_starts_nothing ["LC-001"],
        shutdown_before_start_is_refused ["LC-002"],
        sixteen_early_shutdowns_are_all_refused ["LC-002"],
        calls_that_need_a_running_scheduler_are_refused_before ["LC-003"],
        a_second_start_is_refused ["LC-004"],
        of_sixteen_starts_one_succeeds ["LC-005"],
        the_end_is_final ["LC-006"],
        a_refused_call_changes_nothing ["LC-009"],
        errors_come_from_the_call_itself ["LC-010"],
        a_change_is_seen_by_every_thread ["LC-011"],
        a_start_that_failed_can_be_tried_again ["LC-019"],
        a_start_after_one_that_failed_is_whole ["LC-019"],
        jobs_from_before_the_start_run_after_it_in_order ["LC-021"],
        the_state_follows_its_edges ["LC-030"],
        two_schedulers_do_not_affect_each_other ["LC-032"];
    shutdown:
        a_shutdown_after_the_end_is_refused ["LC-007"],
        shutdowns_at_a_time_share_one_end ["LC-008"],
        a_job_may_not_wait_for_its_scheduler ["LC-012"],
        a_listener_may_not_wait_for_its_scheduler ["LC-012"],
        a_job_may_request_the_shutdown ["LC-013"],
        the_deadline_ends_a_hidden_wait_for_oneself ["LC-014"],
        what_ignores_the_deadline_is_abandoned_and_named ["LC-015"],
        nothing_happens_after_the_end ["LC-016"],
        a_graceful_shutdown_waits_for_what_runs ["LC-017"],
        a_shutdown_aborts_a_start ["LC-018"],
        a_dropped_call_goes_on_by_itself ["LC-020"],
        every_accepted_job_has_one_outcome_at_the_end ["LC-025"],
        a_shutdown_while_paused_cancels_what_is_held ["LC-029"],
        a_shutdown_with_nothing_to_do_takes_no_time ["LC-031"];
    handlers:
        the_end_comes_after_the_last_handler ["LC-033"],
        a_handler_that_hangs_is_left_after_its_grace ["LC-034"],
        a_handler_that_hangs_holds_up_no_other ["LC-034"],
        a_shutdown_waits_for_handlers_within_its_own_time ["LC-034"];
    queue:
        a_full_queue_refuses_at_once ["LC-022"],
        a_submit_that_is_given_up_passes_its_turn_on ["AJ-004"],
        what_those_who_wait_leave_over_is_taken_at_once ["AJ-022"];
    permits:
        a_permit_that_comes_free_is_for_who_waits ["AJ-022"];
    queue:
        a_refused_job_is_dropped_once_and_never_polled ["LC-023"],
        a_job_may_submit_until_the_shutdown ["LC-024"],
        nothing_starts_after_a_pause ["LC-026"],
        what_has_a_permit_waits_for_the_end_of_a_pause ["LC-026"],
        no_body_begins_after_a_pause_on_any_thread ["LC-026"],
        pausing_twice_and_resuming_twice_do_nothing ["LC-027"],
        what_was_missed_in_a_pause_is_no_burst ["LC-028"];
    runtime_context:
        dropping_the_last_handle_ends_it_without_waiting ["RT-001"],
        a_drop_while_it_shuts_down_lets_it_go_on ["RT-001"],
        a_drop_inside_a_task_neither_panics_nor_blocks ["RT-002", isolated],
        a_drop_while_unwinding_is_not_the_end_of_the_process ["RT-003", isolated],
        dropping_a_new_scheduler_cancels_what_it_holds ["RT-004"],
        a_job_may_own_the_last_handle ["RT-005"],
        a_start_on_a_bare_thread_answers ["RT-006", isolated],
        calls_from_plain_threads_work ["RT-007"],
        a_job_is_awaited_anywhere ["RT-008"],
        blocking_calls_inside_a_job_are_refused ["RT-009"],
        blocking_calls_inside_a_foreign_task_answer ["RT-010"],
        a_runtime_that_goes_wakes_every_waiter ["RT-011", stop],
        tasks_that_are_dropped_wake_every_waiter ["RT-011"],
        a_sleep_ends_when_its_runtime_is_gone ["RT-015", stop],
        a_sleep_ends_when_no_task_can_be_had ["RT-015"],
        everything_may_be_shared_and_sent ["RT-013"];
    leaks:
        nothing_is_left_after_the_end ["RT-012"],
        a_thousand_lives_leave_nothing_behind ["RT-012", procfs];
    jobs:
        a_value_reaches_its_waiter ["JB-001"],
        a_panic_is_the_jobs_own ["JB-002"],
        odd_panic_payloads_do_no_harm ["JB-003", isolated],
        a_failure_is_handled_once ["JB-004"],
        a_failure_reaches_waiter_and_handler ["JB-005"],
        waiting_again_gives_the_same_outcome ["JB-006"],
        a_dropped_handle_detaches ["JB-007"];
    cancels:
        a_queued_job_can_be_prevented ["JB-008"],
        a_running_job_is_dropped_at_its_suspension ["JB-009"],
        a_blocking_job_sees_that_it_is_cancelled ["JB-009"],
        a_late_cancel_changes_nothing ["JB-010"],
        a_cancel_that_races_the_end_has_one_winner ["JB-011"],
        a_second_cancel_adds_no_event ["JB-012"];
    jobs:
        a_body_is_dropped_once ["JB-013"],
        the_limit_is_never_exceeded ["JB-014"],
        jobs_of_one_instant_keep_their_order ["JB-015"],
        a_job_that_blocks_delays_no_other ["JB-016"],
        waiting_for_a_job_that_cannot_start_is_refused ["JB-017"],
        jobs_that_wait_for_each_other_are_found_out ["JB-017"],
        an_err_is_a_failure_whatever_call_it_came_by ["JB-018"],
        awaiting_a_handle_takes_the_value ["JB-019"];
    inside:
        a_handler_inside_a_job_of_another_may_not_wait_for_that ["LC-012"],
        a_submit_that_only_its_caller_could_unblock_is_refused ["AJ-023"],
        of_submits_that_wait_for_each_other_one_is_refused ["AJ-023"],
        a_submit_that_others_can_unblock_waits ["AJ-024"],
        a_submit_that_time_unblocks_waits ["AJ-024"];
    spawned:
        jobs_are_listed_until_they_end ["AJ-001"],
        a_posted_job_can_be_found_and_awaited ["AJ-001"],
        the_successor_has_started_when_a_waiter_resumes ["AJ-002"],
        a_submit_that_is_given_up_has_submitted_nothing ["AJ-003"],
        waiting_submits_get_room_in_their_order ["AJ-004"],
        a_waiting_submit_is_refused_by_the_shutdown ["AJ-005"],
        every_waiting_submit_hears_of_the_shutdown ["AJ-005"],
        the_limit_holds_whatever_is_cancelled ["AJ-006"],
        a_wait_that_runs_out_of_time_leaves_the_job_alone ["AJ-007"],
        a_wait_may_cancel_when_its_time_is_over ["AJ-008"],
        closing_a_job_waits_for_its_end_or_says_that_it_goes_on ["AJ-009"],
        a_waiter_that_is_dropped_disturbs_nothing ["AJ-010"],
        an_end_that_nobody_saw_is_told_to_later_waiters ["AJ-011"],
        a_failure_tells_where_its_job_was_made ["AJ-012"],
        limits_of_time_are_told_apart ["AJ-013"];
    scopes:
        a_shielded_job_outlives_its_waiter ["AJ-014"],
        a_shielded_job_needs_no_permit ["AJ-015"],
        what_comes_while_it_drains_is_awaited_too ["AJ-016"],
        what_does_not_end_in_time_is_cancelled ["AJ-016"],
        a_job_that_respawns_itself_is_ended_by_the_limit ["AJ-016"],
        a_failure_while_it_closes_is_not_swallowed ["AJ-017"],
        a_failure_before_it_closes_is_in_the_report_too ["AJ-021"],
        a_failure_in_the_scope_of_a_scheduler_is_in_its_report ["AJ-021"],
        a_scheduler_may_run_for_a_scope ["AJ-018"],
        a_scope_that_is_dropped_ends_its_scheduler ["AJ-018"],
        a_scope_waits_for_its_jobs_and_those_they_add ["AJ-019"],
        a_scope_that_is_dropped_tells_its_jobs_to_end ["AJ-020"],
        a_scope_may_be_drained_within_a_limit ["AJ-020"];
    retries:
        a_failed_attempt_is_followed_until_one_succeeds ["RY-001"],
        the_last_failure_is_the_outcome_and_told_once ["RY-002"],
        jitter_is_bounded_and_the_same_in_every_run ["RY-003"],
        panics_are_tried_again_only_if_asked_for ["RY-004"],
        own_functions_decide_and_may_panic ["RY-005"],
        between_attempts_a_job_holds_no_permit ["RY-006"],
        the_higher_priority_starts_first ["RY-011"],
        a_group_starts_no_faster_than_its_rate ["RY-012"],
        no_attempt_begins_while_it_shuts_down ["RY-013"],
        an_attempt_in_time_begins_while_it_shuts_down ["RY-013"],
        a_policy_that_makes_no_sense_is_refused ["RY-014"];
    attempts:
        an_attempt_past_its_limit_is_dropped_and_tried_again ["RY-007"],
        the_limit_of_all_attempts_ends_the_job ["RY-008"],
        a_blocking_job_past_its_limit_sees_why ["RY-009"],
        what_is_not_started_in_time_never_runs ["RY-010"],
        an_attempt_has_its_time_from_its_first_poll_on ["RY-015"],
        what_cannot_begin_in_time_never_begins ["RY-015"];
    context:
        a_job_knows_itself ["JC-001"],
        a_queued_job_is_itself_whoever_ends_before_it ["JC-001"],
        progress_is_seen_by_all ["JC-002"],
        a_job_sees_why_it_is_to_end ["JC-003"],
        an_attempt_ends_for_all_who_hold_its_context ["JC-004"],
        a_blocking_sleep_ends_with_its_job ["JC-005"],
        a_job_reaches_its_scheduler_while_it_is_there ["JC-006"];
    closing:
        a_further_shutdown_changes_nothing ["SD-001"],
        a_shutdown_that_hurries_can_only_shorten ["SD-002"],
        what_is_interrupted_has_not_failed ["SD-003"],
        every_job_ends_once_whatever_it_waits_for ["SD-004"],
        a_job_with_a_permit_counts_as_running ["SD-005"],
        what_is_abandoned_is_told_with_its_origin ["SD-006"],
        throttled_jobs_and_kept_instants_run_in_their_turn ["SD-007"],
        who_does_not_drain_names_what_was_left ["SD-008"],
        an_instant_that_is_due_runs_before_the_end ["SD-009"],
        an_instant_that_does_not_run_before_the_end_is_on_record ["SD-009"];
    events:
        each_transition_is_told_once_and_in_order ["EV-001"],
        a_job_tells_its_story_in_order ["EV-002"],
        a_panicking_listener_harms_nobody ["EV-003", isolated],
        a_panicking_handler_is_caught_and_counted ["EV-004", isolated],
        a_slow_subscriber_is_told_what_it_missed ["EV-005"],
        a_listener_that_blocks_delays_nothing ["EV-005"],
        a_listener_may_call_the_scheduler ["EV-006"],
        a_removed_listener_is_not_called ["EV-007"],
        a_filter_passes_what_it_names ["EV-008"];
    readers:
        who_is_overtaken_is_told_of_later ["EV-001"],
        a_reader_that_comes_while_jobs_run_misses_no_start ["EV-002"],
        a_removal_waits_for_the_call_that_is_going_on ["EV-007"],
        listeners_may_remove_themselves_and_each_other ["EV-007"],
        readers_of_nothing_cost_nothing ["EV-009"],
        a_stream_that_is_dropped_keeps_nothing ["EV-009"],
        a_stream_ends_with_what_it_tells_of ["EV-010"];
    latecomers:
        who_comes_while_a_job_runs_hears_its_end ["EV-002"],
        who_comes_before_a_job_is_due_hears_its_start ["EV-002"],
        who_comes_before_a_body_begins_hears_its_start ["EV-002"];
    time:
        an_interval_never_drifts ["TM-001"],
        nothing_runs_early ["TM-002"],
        a_clock_set_forward_is_no_burst ["TM-004"],
        a_clock_set_back_a_little_repeats_patterns_only ["TM-005"],
        a_clock_set_back_far_counts_for_all ["TM-005"],
        a_sleep_of_the_machine_is_noticed ["TM-006"],
        misfires_follow_their_policy ["TM-007"],
        the_grace_is_inclusive ["TM-007"];
    triggers:
        an_instant_in_the_past_is_decided_once ["TM-008"],
        a_trigger_that_stands_still_is_a_fault ["TM-009"],
        a_trigger_without_an_end_in_sight_is_exhausted_once ["TM-010"],
        a_trigger_that_panics_is_a_fault ["TM-011"],
        seconds_that_are_no_length_are_refused ["TM-012"],
        an_interval_of_no_length_is_refused ["TM-013"];
    time:
        the_longest_durations_are_never_due ["TM-014"],
        far_dates_are_waited_for_in_peace ["TM-015"];
    triggers:
        a_time_that_is_left_out_runs_once_after_it ["TM-016"],
        a_time_that_comes_twice_runs_once ["TM-017"],
        odd_zones_and_dates_are_right ["TM-018"];
    time:
        what_comes_earlier_is_on_time ["TM-019"],
        ten_thousand_at_once_run_once_each ["TM-020"],
        a_clock_that_stands_still_is_believed ["TM-021"];
    triggers:
        a_rule_that_is_never_due_is_shown ["TM-022"];
    turns:
        the_shortest_interval_starves_no_job ["TM-023"],
        a_trigger_that_answers_the_present_starves_no_job ["TM-023"],
        sleeps_that_end_at_once_are_no_reason_to_spin ["TM-024"];
    laborious:
        a_trigger_of_too_much_work_is_a_fault ["TM-025"],
        a_trigger_that_blocks_holds_up_nothing_else ["TM-026"];
    schedules:
        a_schedule_is_shown_as_it_was_defined ["SC-001"],
        an_id_that_is_taken_is_refused ["SC-002"],
        what_is_there_is_kept_if_asked_to ["SC-003"],
        a_replaced_schedule_goes_on ["SC-004"];
    pauses:
        a_paused_schedule_begins_nothing ["SC-005"],
        a_run_with_a_permit_waits_for_its_schedule ["SC-005"],
        a_schedule_may_be_paused_from_the_beginning ["SC-005"],
        pausing_again_changes_the_reason ["SC-006"];
    schedules:
        a_change_is_made_as_a_whole_or_not_at_all ["SC-007"],
        what_is_not_named_does_not_change ["SC-007"],
        another_trigger_counts_from_now ["SC-008"];
    pauses:
        what_came_in_a_pause_is_passed_over ["SC-009"],
        from_where_it_stood_the_misfire_policy_decides ["SC-010"],
        an_instant_to_go_on_from_is_one_of_the_clock ["SC-010"];
    schedules:
        run_now_is_a_run_of_its_own ["SC-011"],
        a_removed_schedule_starts_nothing ["SC-012"],
        what_waits_for_a_permit_goes_with_its_schedule ["SC-012"],
        a_shift_keeps_the_instant ["SC-013"],
        settings_by_which_nothing_runs_are_refused ["SC-014"];
    pauses:
        failures_in_a_row_pause_a_schedule ["SC-015"];
    schedules:
        the_preview_names_what_will_run ["SC-016"];
    changes:
        a_rule_that_is_replaced_by_an_equal_one_goes_on ["SC-017"],
        what_is_due_stays_due_under_an_equal_rule ["SC-017"],
        what_is_due_of_another_rule_is_told ["SC-018"],
        what_is_due_of_another_place_is_told ["SC-018"],
        what_is_due_of_a_removed_schedule_is_told ["SC-018"],
        what_is_kept_of_a_rule_that_has_ended_is_listed ["SC-019"],
        a_run_on_request_goes_with_its_schedule ["SC-012"],
        no_attempt_follows_a_removal ["SC-012"],
        what_came_before_a_pause_is_not_passed_over ["SC-009"],
        another_shift_counts_for_a_paused_schedule ["SC-013"];
    misfires:
        the_grace_ends_with_its_last_instant ["MF-001"],
        skip_runs_nothing_that_is_late ["MF-002"],
        fire_once_runs_once_for_all ["MF-003"],
        one_run_for_several_knows_them ["MF-004"],
        fire_all_runs_the_latest_in_order ["MF-005"],
        what_is_too_old_is_given_up ["MF-006"],
        what_waits_too_long_to_start_is_given_up ["MF-006"],
        late_runs_keep_to_their_hours ["MF-007"],
        late_runs_start_within_their_hours_only ["MF-007"],
        catching_up_keeps_its_pace ["MF-008"],
        the_pace_lies_between_starts ["MF-008"],
        a_year_asleep_is_bounded_work ["MF-009"],
        a_late_run_says_so_and_keeps_its_instant ["MF-010"];
    overlaps:
        skip_passes_over_what_comes_meanwhile ["OV-001"],
        buffer_one_keeps_the_first ["OV-002"],
        buffer_all_runs_one_after_the_other ["OV-003"],
        cancel_other_waits_for_the_end ["OV-004"],
        who_does_not_listen_is_dropped_after_a_grace ["OV-004"],
        terminate_other_waits_for_nobody ["OV-005"],
        allow_all_starts_each_beside_the_others ["OV-006"],
        a_group_overlaps_as_one ["OV-007"],
        who_changes_groups_takes_only_its_own_along ["OV-007"],
        a_change_counts_for_what_waits ["OV-008"],
        as_many_as_allowed_go_at_a_time ["OV-009"],
        no_more_are_kept_than_allowed ["OV-010"],
        each_that_is_not_run_is_told_once ["OV-011"];
    changes:
        earlier_runs_count_for_another_policy ["OV-012"],
        no_more_go_than_are_allowed_now ["OV-013"],
        attempts_that_follow_go_as_many_as_are_allowed_now ["OV-013"];
    ledger:
        every_instant_has_one_record ["LG-001"],
        what_waits_for_its_turn_has_a_record ["LG-001"],
        a_record_follows_its_run ["LG-002"],
        a_run_that_never_began_was_cancelled ["LG-002"],
        what_was_not_run_has_its_reason ["LG-003"],
        what_was_kept_at_the_end_says_so ["LG-003"],
        the_latest_records_are_kept ["LG-004"],
        it_tells_why_it_did_not_run ["LG-005"],
        the_history_outlives_its_schedule ["LG-006"],
        a_successor_has_the_history_of_what_still_runs ["LG-006"];
    backfills:
        each_instant_of_the_range_runs_once ["BF-001"],
        a_range_is_one_of_the_clock_as_it_is ["BF-001"],
        the_schedule_goes_on_beside_it ["BF-002"],
        failures_of_a_backfill_are_its_own ["BF-002"],
        no_more_run_at_a_time_than_allowed ["BF-003"],
        its_pace_is_kept ["BF-004"],
        its_pace_lies_between_starts ["BF-004"],
        the_dry_run_runs_nothing ["BF-005"],
        the_limit_says_where_to_go_on ["BF-006"],
        what_is_paused_holds_it_or_not ["BF-008"],
        its_own_run_may_not_wait_for_it ["BF-009"],
        a_backfill_that_makes_no_sense_is_refused ["BF-010"],
        it_is_told_from_its_begin_to_its_end ["BF-011"],
        a_year_of_seconds_is_asked_for_in_portions ["BF-012"],
        what_has_been_run_is_left_alone_if_asked_to ["BF-013"],
        its_own_records_hide_nothing_from_it ["BF-013"];
    interrupted:
        a_backfill_can_be_stopped ["BF-007"],
        a_backfill_ends_with_its_schedule ["BF-007"],
        a_shutdown_interrupts_a_backfill ["BF-007"];
    data:
        a_named_task_runs_with_its_arguments ["DT-001"],
        arguments_that_do_not_fit_are_refused_with_their_place ["DT-002"],
        a_schedule_that_moves_does_not_change ["DT-003"],
        it_goes_on_where_it_stood ["DT-004"],
        a_handover_after_the_clock_was_set_equals_none ["DT-004"],
        a_pause_moves_with_its_schedule ["DT-004"],
        what_cannot_be_data_is_named ["DT-005"],
        an_import_adds_all_or_nothing ["DT-006"],
        several_schedules_are_added_or_none ["DT-006"];
    config:
        a_limit_of_no_job_is_refused ["CF-001"],
        buffers_without_room_are_refused ["CF-002"],
        ids_are_known_or_not ["CF-003"],
        errors_can_be_read_and_kept ["CF-004"];
    faults:
        a_call_that_is_given_up_leaves_nothing_stuck ["FT-001"],
        a_submit_that_is_given_up_submits_nothing ["FT-001"],
        a_panic_at_any_poll_harms_nobody ["FT-002"],
        whatever_cannot_be_spawned_every_job_ends ["FT-003"],
        a_runtime_that_panics_costs_what_it_was_given ["FT-003", isolated],
        sleeps_that_end_early_change_nothing ["FT-004"],
        sleeps_that_end_late_lose_nothing ["FT-005"],
        a_listener_that_panics_at_any_event_harms_nothing ["FT-006", isolated];
    destructors:
        each_job_ends_once_whatever_its_destructors_do ["FT-007", isolated],
        whatever_was_handed_over_may_panic_at_its_end ["FT-007", isolated];
    reentry:
        whatever_was_handed_over_may_call_the_scheduler ["FT-008", isolated];
    wakers:
        a_waker_that_panics_keeps_nobody_else_waiting ["FT-009", isolated],
        a_waker_that_panics_keeps_no_submit_waiting ["FT-009", isolated],
        who_is_polled_by_its_own_waker_goes_on ["FT-009", isolated],
        who_waits_again_within_its_wake_waits ["FT-009", isolated],
        who_waits_is_woken_for_nothing_else ["FT-009"],
        a_wait_that_is_over_keeps_no_waker ["FT-009"],
        a_submit_that_is_over_keeps_no_waker ["FT-009"],
        the_handle_of_an_ended_job_keeps_no_waker ["FT-009"];
    scenarios:
        random_scenarios_are_explained_by_the_model ["CN-001", seeded],
        a_scenario_that_is_run_again_leaves_the_same_trace ["CN-002", seeded],
        a_scenario_leaves_the_same_trace_on_the_reference_runtime ["CN-003", seeded],
        what_really_runs_at_a_time_is_explained_by_the_model ["CN-004", seeded];
    runtime:
        spawn_does_not_poll_inline ["R1"],
        tasks_are_polled_to_their_end ["R2"],
        waiting_tasks_give_way ["R3"],
        no_sleep_is_lost ["R4"],
        a_sleep_wakes_who_polled_it_last ["R4"],
        a_shorter_sleep_overtakes_a_longer_one ["R4"],
        a_dropped_sleep_frees_its_timer ["R5"],
        a_sleeping_task_is_not_polled ["R6"],
        an_idle_scheduler_does_not_spin ["R6"],
        an_idle_process_uses_no_processor ["R6", procfs];
    threads:
        tasks_that_are_woken_and_then_block_have_a_thread_each ["R7"],
        jobs_due_together_use_every_thread ["RT-014"];
}
