//! Scenarios that failed in the past, named after the fault.

use std::time::Duration;

use scheduler_core::{
    Misfire, Overlap,
    schedule::{MisfirePolicy, Which},
};

use crate::{
    laws::judge,
    plan::{Disturbance as D, Ending, Plan, Resumption, Rule, Settings},
    play::play,
};

/// Returns settings without limits, late runs or long runs.
fn calm(rule: Rule) -> Settings {
    Settings {
        rule,
        misfire: Misfire::policy(MisfirePolicy::FireOnce(Which::Latest)),
        overlap: Overlap::Skip,
        max_instances: 1,
        buffer_limit: 1_000,
        grouped: false,
        jitter: 0,
        hours: None,
        takes: 0,
        failing: 0,
        attempts: 1,
        rate: None,
        permits: None,
        attempt_timeout: None,
        start_within: None,
    }
}

/// Returns a policy that runs at most nine late instants, with a grace of one second.
fn fire_all() -> Misfire {
    Misfire::policy(MisfirePolicy::FireAll { max: 9 }).grace(Duration::from_secs(1))
}

fn holds(settings: Settings, steps: &[(u64, D)]) {
    let plan = Plan {
        settings,
        steps: steps.to_vec(),
        ending: Ending::Rest,
    };
    upholds(&plan);
}

fn upholds(plan: &Plan) {
    let violations = judge(plan, &play(plan));
    assert!(
        violations.is_empty(),
        "{plan:#?}\n{}",
        violations.join("\n")
    );
}

#[test]
fn a_run_on_request_retries_no_more_once_its_schedule_is_removed() {
    let settings = Settings {
        takes: 14,
        failing: 1,
        attempts: 3,
        ..calm(Rule::Interval)
    };
    holds(settings, &[(0, D::RunNow), (0, D::Remove)]);
}

#[test]
fn a_due_run_retries_no_more_once_its_schedule_is_removed() {
    let settings = Settings {
        takes: 32,
        failing: 9,
        attempts: 2,
        ..calm(Rule::Cron)
    };
    holds(settings, &[(10_000, D::Remove)]);
}

#[test]
fn an_equal_rule_keeps_an_instant_that_jitter_holds() {
    for change in [D::UpdateToEqual, D::ReplaceByEqual] {
        let settings = Settings {
            jitter: 4,
            ..calm(Rule::Cron)
        };
        holds(settings, &[(10_001, change)]);
    }
}

#[test]
fn an_equal_rule_runs_no_instant_twice() {
    for change in [D::UpdateToEqual, D::ReplaceByEqual] {
        holds(calm(Rule::Cron), &[(9_000, change)]);
    }
}

#[test]
fn an_interval_keeps_its_place_over_a_clock_jump_and_a_handover() {
    for seconds in [13, 95, -7] {
        let steps = [(9_001, D::Jump(seconds)), (1_000, D::Handover)];
        holds(calm(Rule::Interval), &steps);
    }
}

#[test]
fn runs_that_were_kept_past_the_window_are_missed() {
    let settings = Settings {
        misfire: fire_all().window(Duration::from_secs(25)),
        overlap: Overlap::BufferOne,
        takes: 14,
        ..calm(Rule::Interval)
    };
    holds(settings, &[(1_000, D::Stall(70))]);
}

#[test]
fn catch_up_runs_keep_their_pace_over_a_pause() {
    let settings = Settings {
        misfire: fire_all().pace(Duration::from_secs(4)),
        overlap: Overlap::BufferOne,
        permits: Some(1),
        ..calm(Rule::Cron)
    };
    let steps = [(10_000, D::Jump(95)), (10_001, D::Pause), (0, D::Stall(70))];
    holds(settings, &steps);
}

#[test]
fn earlier_runs_count_under_a_new_overlap_policy() {
    let settings = Settings {
        overlap: Overlap::AllowAll,
        takes: 32,
        ..calm(Rule::Cron)
    };
    holds(
        settings,
        &[(10_000, D::UpdateOverlap(Overlap::TerminateOther))],
    );
}

#[test]
fn no_attempt_begins_in_a_pause_of_its_schedule() {
    let settings = Settings {
        failing: 9,
        attempts: 2,
        ..calm(Rule::Cron)
    };
    holds(
        settings,
        &[
            (10_001, D::PauseSchedule),
            (21_000, D::ResumeSchedule(Resumption::Now)),
        ],
    );
}

#[test]
fn a_start_that_jitter_holds_is_not_early_when_the_clock_is_set_back() {
    for seconds in [-7, -3] {
        let settings = Settings {
            jitter: 4,
            ..calm(Rule::Cron)
        };
        holds(settings, &[(9_100, D::Jump(seconds))]);
    }
}

#[test]
fn a_rate_holds_over_starts_that_a_pause_held_back() {
    for (pause, resume) in [
        (
            D::PauseSchedule,
            D::ResumeSchedule(Resumption::WhereItStood),
        ),
        (D::Pause, D::Resume),
    ] {
        let settings = Settings {
            overlap: Overlap::BufferAll,
            takes: 3,
            failing: 1,
            attempts: 3,
            rate: Some(7),
            ..calm(Rule::Cron)
        };
        for delay in [9_000, 9_100, 11_900, 12_500, 21_000] {
            holds(settings.clone(), &[(delay, pause), (2_500, resume)]);
        }
    }
}

#[test]
fn runs_that_wait_for_a_permit_go_one_at_a_time_once_no_more_may() {
    let settings = Settings {
        overlap: Overlap::AllowAll,
        takes: 32,
        permits: Some(3),
        ..calm(Rule::Interval)
    };
    for overlap in [Overlap::Skip, Overlap::BufferAll] {
        holds(settings.clone(), &[(52_000, D::UpdateOverlap(overlap))]);
    }
}

#[test]
fn runs_that_wait_for_a_permit_all_go_on_after_a_pause_of_their_schedule() {
    let settings = Settings {
        overlap: Overlap::AllowAll,
        takes: 3,
        permits: Some(1),
        misfire: fire_all(),
        ..calm(Rule::Interval)
    };
    let steps = [
        (0, D::Stall(70)),
        (0, D::PauseSchedule),
        (9_000, D::ResumeSchedule(Resumption::WhereItStood)),
    ];
    holds(settings, &steps);
}

#[test]
fn a_drain_waits_for_no_run_of_a_paused_schedule() {
    let retried = Settings {
        takes: 14,
        failing: 1,
        attempts: 3,
        ..calm(Rule::Interval)
    };
    let throttled = Settings {
        rate: Some(7),
        takes: 0,
        ..retried.clone()
    };
    for settings in [retried, throttled] {
        for delay in [9_000, 10_000, 12_000, 24_500] {
            let plan = Plan {
                settings: settings.clone(),
                steps: vec![(delay, D::PauseSchedule)],
                ending: Ending::Graceful,
            };
            upholds(&plan);
        }
    }
}

#[test]
fn an_instant_that_comes_again_is_given_up_as_such() {
    for seconds in [-3, -7] {
        let settings = Settings {
            jitter: 4,
            ..calm(Rule::Cron)
        };
        let steps = [(30_999, D::Jump(seconds)), (2_500, D::Remove)];
        holds(settings, &steps);
    }
}

#[test]
fn an_instant_that_a_pause_held_is_decided_after_the_clock_was_set_back() {
    let plan = Plan {
        settings: calm(Rule::Cron),
        steps: vec![
            (0, D::Jump(-7)),
            (1_000, D::PauseSchedule),
            (30_000, D::ResumeSchedule(Resumption::WhereItStood)),
        ],
        ending: Ending::Graceful,
    };
    upholds(&plan);
}

#[test]
fn a_schedule_that_has_ended_is_listed_while_a_pause_holds_its_runs() {
    let settings = Settings {
        misfire: fire_all().pace(Duration::from_secs(4)),
        ..calm(Rule::Limited(6))
    };
    let unpaced = D::UpdateMisfire(fire_all());
    let steps = [
        (0, D::Stall(70)),
        (577, D::PauseSchedule),
        (9_999, unpaced),
        (0, D::Backfill(1, 0)),
    ];
    holds(settings, &steps);
    let waiting = Settings {
        overlap: Overlap::AllowAll,
        takes: 3,
        permits: Some(1),
        misfire: fire_all(),
        ..calm(Rule::Limited(6))
    };
    let steps = [(0, D::Stall(70)), (0, D::PauseSchedule)];
    holds(waiting, &steps);
}

#[test]
fn an_instant_that_comes_again_is_known_to_the_next_scheduler() {
    for (jump, handover) in [(9_999, 9_999), (9_999, 0), (21_000, 21_000)] {
        let steps = [(jump, D::Jump(-65)), (handover, D::Handover)];
        holds(calm(Rule::Cron), &steps);
    }
}
