//! Every model, as a test.

#![cfg(loom)]

macro_rules! check {
    ($($name:ident)*) => { $(#[test] fn $name() { models::check::$name(); })* };
}

check! {
    a_change_wakes_who_waits_for_it
    a_change_wakes_everybody_who_waits_for_it
    who_stops_waiting_takes_nobody_along
    a_reader_that_is_polled_by_the_one_who_wakes_reads
    who_is_polled_by_the_one_who_wakes_sees_the_change
    no_ring_is_forgotten_before_it_was_looked_at
    who_stops_waiting_takes_no_wake_up_along
    a_place_that_becomes_free_is_taken
    a_newcomer_is_refused_no_place_that_nobody_waits_for
    the_next_in_line_is_told_when_the_first_leaves
    every_event_is_read_and_the_end_is_seen
    a_late_order_never_reaches_the_next_attempt
    two_orders_leave_the_more_urgent_one
    a_body_that_is_told_to_end_is_polled_once_more
    a_listener_hears_of_everything_before_the_end
    no_call_of_a_listener_outlasts_its_removal
    all_work_that_blocks_is_done_and_its_threads_end
    work_that_blocks_waits_for_no_other_while_there_may_be_threads
    every_task_runs_and_the_workers_end
    a_task_that_is_woken_while_it_is_polled_is_polled_again
    what_a_closed_pool_holds_is_dropped
    a_task_that_is_woken_while_its_pool_closes_is_dropped
    tasks_that_are_woken_wait_for_no_other_while_there_may_be_workers
    a_pause_waits_for_who_crosses_the_gate
    nobody_passes_a_gate_that_is_known_to_be_closed
}
