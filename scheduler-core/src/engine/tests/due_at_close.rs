//! Undecided instants that are due when a shutdown begins.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    EventKind, Misfire, MisfirePolicy, Options, Overlap, Schedule, Shutdown, SkipReason, State,
    Task, Trigger, Verdict,
    engine::{Action, Question, rig::Rig},
    trigger::{Interval, Once},
};

const SECOND: Duration = Duration::from_secs(1);

fn every_second(overlap: Overlap) -> Schedule {
    let every = Interval::every(SECOND).unwrap();
    Schedule::new(every, Task::new(|_| async {}))
        .id("s")
        .overlap(overlap)
}

fn shut_down(rig: &mut Rig, how: Shutdown) {
    rig.engine.shut_down(how, &rig.now).unwrap();
    rig.settle();
}

/// Advances time without a driver turn.
fn pass(rig: &mut Rig, by: Duration) {
    rig.now.pass(by);
    rig.now.shift_wall(TimeDelta::from_std(by).unwrap());
}

fn decided(rig: &Rig, id: &str, begun: DateTime<Utc>) -> Vec<(i64, u64, Verdict)> {
    let history = rig.engine.history(&id.into()).unwrap_or_default();
    let of = |it: crate::Decision| {
        let seconds = (it.span.from - begun).num_seconds();
        (seconds, it.span.count.known(), it.verdict)
    };
    history.into_iter().map(of).collect()
}

const SHUTDOWN: Verdict = Verdict::Skipped(SkipReason::Shutdown);

#[test]
fn an_instant_that_is_due_and_not_taken_runs() {
    let mut rig = Rig::started(Options::default());
    let begun = rig.now.wall();
    rig.add(every_second(Overlap::Skip)).unwrap();
    pass(&mut rig, SECOND);
    shut_down(&mut rig, Shutdown::graceful());
    assert_eq!(
        (rig.runs(begun), rig.engine.state()),
        (vec![1], State::ShuttingDown)
    );
    rig.advance(5 * SECOND);
    assert_eq!(rig.runs(begun), [1], "nothing new becomes due");
    rig.end_oldest();
    let decided = decided(&rig, "s", begun);
    assert!(
        matches!(decided[..], [(1, 1, Verdict::Ran { .. })]),
        "{decided:?}"
    );
    let report = rig.engine.report().unwrap();
    assert_eq!((report.drained.len(), report.unstarted), (1, 0));
}

#[test]
fn late_instants_go_by_their_policies_as_they_stood_when_the_shutdown_began() {
    let mut rig = Rig::started(Options::default());
    let begun = rig.now.wall();
    let all = Misfire::policy(MisfirePolicy::FireAll { max: 2 });
    rig.add(every_second(Overlap::BufferAll).misfire(all))
        .unwrap();
    pass(&mut rig, 4 * SECOND);
    rig.engine
        .shut_down(Shutdown::graceful(), &rig.now)
        .unwrap();
    // The driver takes its turn later: instants since the shutdown were not due.
    pass(&mut rig, 2 * SECOND);
    rig.settle();
    assert_eq!(rig.runs(begun), [3]);
    rig.end_oldest();
    assert_eq!(rig.runs(begun), [4]);
    rig.end_oldest();
    assert_eq!(rig.engine.state(), State::ShutDown);
    let decided = decided(&rig, "s", begun);
    let too_many = Verdict::not_run(SkipReason::TooMany);
    assert_eq!(decided[0], (1, 2, too_many));
    assert_eq!(decided.len(), 3, "{decided:?}");
}

#[test]
fn whoever_does_not_drain_records_what_was_due() {
    for how in [Shutdown::running_only(), Shutdown::immediate()] {
        let mut rig = Rig::started(Options::default());
        let begun = rig.now.wall();
        rig.add(every_second(Overlap::Skip)).unwrap();
        pass(&mut rig, 3 * SECOND);
        shut_down(&mut rig, how);
        assert_eq!(rig.engine.state(), State::ShutDown);
        assert_eq!(decided(&rig, "s", begun), [(1, 3, SHUTDOWN)]);
    }
}

#[test]
fn what_its_jitter_held_back_is_on_record_after_any_shutdown() {
    for how in [
        Shutdown::graceful(),
        Shutdown::running_only(),
        Shutdown::immediate(),
    ] {
        let mut rig = Rig::started(Options::default());
        let begun = rig.now.wall();
        let every = Interval::every(3_600 * SECOND).unwrap();
        let schedule = Schedule::new(every, Task::new(|_| async {})).id("s");
        rig.add(schedule.jitter(3_000 * SECOND)).unwrap();
        rig.advance(3_601 * SECOND);
        assert!(
            rig.running().is_empty(),
            "its start is shifted by more than a second"
        );
        shut_down(&mut rig, how);
        assert_eq!(rig.engine.state(), State::ShutDown);
        assert_eq!(decided(&rig, "s", begun), [(3_600, 1, SHUTDOWN)], "{how:?}");
    }
}

#[test]
fn an_answer_that_is_awaited_when_the_shutdown_begins_counts() {
    let mut rig = Rig::started(Options::default());
    let begun = rig.now.wall();
    rig.add(every_second(Overlap::Skip)).unwrap();
    pass(&mut rig, SECOND);
    rig.engine.handle_timeout(&rig.now);
    // The question is out, its answer is not.
    shut_down(&mut rig, Shutdown::graceful());
    assert_eq!(rig.runs(begun), [1]);
    rig.end_oldest();
    assert_eq!(rig.engine.state(), State::ShutDown);
}

#[test]
fn a_drain_that_is_cut_short_records_what_was_not_decided() {
    let mut rig = Rig::started(Options::default());
    let begun = rig.now.wall();
    rig.add(every_second(Overlap::Skip)).unwrap();
    pass(&mut rig, 2 * SECOND);
    rig.engine
        .shut_down(Shutdown::graceful(), &rig.now)
        .unwrap();
    pass(&mut rig, 7 * SECOND);
    shut_down(&mut rig, Shutdown::immediate().hurry());
    assert_eq!(rig.engine.state(), State::ShutDown);
    assert_eq!(decided(&rig, "s", begun), [(1, 2, SHUTDOWN)]);
}

#[test]
fn every_history_outlives_the_shutdown() {
    let mut rig = Rig::started(Options::default());
    let begun = rig.now.wall();
    for number in 0..300 {
        rig.add(every_second(Overlap::Skip).id(format!("s{number}")))
            .unwrap();
    }
    rig.engine.pause(&rig.now).unwrap();
    rig.advance(SECOND);
    shut_down(&mut rig, Shutdown::graceful());
    for number in 0..300 {
        assert_eq!(
            decided(&rig, &format!("s{number}"), begun),
            [(1, 1, SHUTDOWN)]
        );
    }
}

#[test]
fn what_was_due_runs_whatever_becomes_of_the_wall_clock_then() {
    let mut rig = Rig::started(Options::default());
    let begun = rig.now.wall();
    let at = Once::at(begun + TimeDelta::seconds(2));
    rig.add(Schedule::new(at, Task::new(|_| async {})).id("s"))
        .unwrap();
    pass(&mut rig, 3 * SECOND);
    rig.engine
        .shut_down(Shutdown::graceful(), &rig.now)
        .unwrap();
    rig.jump(-3_600);
    rig.settle();
    assert_eq!(rig.runs(begun), [2]);
    rig.end_oldest();
    assert_eq!(rig.engine.state(), State::ShutDown);
}

#[test]
fn a_trigger_that_never_says_what_is_due_does_not_hold_up_the_end() {
    for how in [Shutdown::graceful(), Shutdown::drain_within(SECOND)] {
        let mut rig = Rig::started(Options::default());
        let begun = rig.now.wall();
        rig.add(every_second(Overlap::Skip)).unwrap();
        pass(&mut rig, 2 * SECOND);
        rig.engine.handle_timeout(&rig.now);
        drop(rig.engine.drain());
        shut_down(&mut rig, how);
        assert_eq!(rig.engine.state(), State::ShuttingDown);
        rig.advance(6 * SECOND);
        assert_eq!(rig.engine.state(), State::ShutDown);
        let decided = decided(&rig, "s", begun);
        assert!(matches!(decided[..], [(1, _, SHUTDOWN)]), "{decided:?}");
    }
}

#[test]
fn what_is_asked_when_the_runtime_goes_is_on_record_all_the_same() {
    let mut rig = Rig::started(Options::default());
    let begun = rig.now.wall();
    rig.add(every_second(Overlap::Skip)).unwrap();
    pass(&mut rig, 2 * SECOND);
    rig.engine.handle_driver_gone(&BTreeSet::new(), &rig.now);
    let asked = rig
        .engine
        .drain()
        .actions()
        .into_iter()
        .find_map(|action| match action {
            Action::Retire(asked) => Some(Question::Retire(asked)),
            _ => None,
        });
    // The runtime has dropped it with everything else.
    rig.engine.put_off(asked, &rig.now);
    assert_eq!(rig.engine.state(), State::ShutDown);
    assert_eq!(decided(&rig, "s", begun), [(1, 1, SHUTDOWN)]);
}

/// Returns the skipped instants, and `None` for the end of the scheduler, in the order of the
/// events.
fn skips_and_end(rig: &mut Rig, begun: DateTime<Utc>) -> Vec<Option<(i64, u64)>> {
    let events = rig.events().into_iter();
    let of = |event| match event {
        EventKind::OccurrencesSkipped { span, .. } => Some(Some((
            (span.from - begun).num_seconds(),
            span.count.known(),
        ))),
        EventKind::StateChanged {
            to: State::ShutDown,
            ..
        } => Some(None),
        _ => None,
    };
    events.filter_map(of).collect()
}

const WITHOUT_TIME: Shutdown = Shutdown::immediate().abandon_after(Duration::ZERO);

#[test]
fn a_shutdown_without_any_time_records_what_was_due_before_its_end() {
    for pauses in [false, true] {
        let mut rig = Rig::started(Options::default());
        let begun = rig.now.wall();
        rig.add(every_second(Overlap::Skip)).unwrap();
        if pauses {
            rig.engine.pause(&rig.now).unwrap();
        }
        pass(&mut rig, 2 * SECOND);
        shut_down(&mut rig, WITHOUT_TIME);
        assert_eq!(skips_and_end(&mut rig, begun), [Some((1, 2)), None]);
        assert_eq!(decided(&rig, "s", begun), [(1, 2, SHUTDOWN)]);
    }
}

/// A trigger of a user, which may block.
#[derive(Debug)]
struct Foreign(Arc<dyn Trigger>);

impl Trigger for Foreign {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.next_after(after)
    }
}

#[test]
fn what_a_trigger_does_not_say_in_time_is_recorded_before_the_end() {
    for how in [WITHOUT_TIME, Shutdown::immediate()] {
        let mut rig = Rig::started(Options::default());
        let begun = rig.now.wall();
        let every = Foreign(Interval::every(SECOND).unwrap().anchored(begun).unwrap());
        let schedule = Schedule::new(every, Task::new(|_| async {})).id("s");
        rig.add(schedule).unwrap();
        rig.settle();
        pass(&mut rig, 2 * SECOND);
        rig.engine.shut_down(how, &rig.now).unwrap();
        let asked = rig.engine.drain().actions().into_iter();
        let asked: Vec<_> = asked
            .filter_map(|action| match action {
                Action::Retire(asked) => Some(asked),
                _ => None,
            })
            .collect();
        assert_eq!(asked.len(), 1);
        rig.advance(6 * SECOND);
        assert_eq!(
            skips_and_end(&mut rig, begun),
            [Some((1, 1)), None],
            "{how:?}"
        );
        for retired in asked {
            let late = retired.ask();
            rig.engine.handle_retired(*retired, late, &rig.now);
        }
        assert_eq!(decided(&rig, "s", begun), [(1, 1, SHUTDOWN)]);
    }
}
