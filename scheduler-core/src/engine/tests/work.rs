//! The work of one trigger call, counted in calls of its members.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};

use crate::{
    EventKind, Misfire, MisfirePolicy, Options, Schedule, Task,
    engine::rig::Rig,
    trigger::{AllOf, AnyOf, Cron, Excluding, Exclusion, Interval, Limited, Once, Trigger},
};

/// Maximum number of member calls in one trigger call.
const BUDGET: usize = 100_000;

/// A trigger that counts its calls.
#[derive(Debug)]
struct Counted(Arc<AtomicUsize>, Arc<dyn Trigger>);

impl Trigger for Counted {
    fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.fetch_add(1, SeqCst);
        self.1.next_after(after)
    }
}

#[derive(Default)]
struct Questions(Arc<AtomicUsize>);

impl Questions {
    fn of(&self, rule: impl Trigger) -> Arc<dyn Trigger> {
        Arc::new(Counted(self.0.clone(), Arc::new(rule)))
    }

    fn take(&self) -> usize {
        self.0.swap(0, SeqCst)
    }

    /// Creates a trigger that never matches: it asks for every full hour and every half hour at the
    /// same time.
    fn never(&self) -> Arc<dyn Trigger> {
        let members = ["0 * * * *", "30 * * * *"].map(|text| self.of(Cron::parse(text).unwrap()));
        Arc::new(AllOf::new(members).unwrap())
    }

    /// Creates a trigger with an instant each millisecond, combined with one that never matches.
    fn often_or_never(&self) -> AnyOf {
        AnyOf::new([self.of(every(Duration::from_millis(1))), self.never()]).unwrap()
    }
}

fn every(period: Duration) -> Interval {
    Interval::every(period).unwrap()
}

fn schedule(trigger: impl Trigger, id: &str) -> Schedule {
    Schedule::new(trigger, Task::new(|_| async {})).id(id)
}

fn faults(rig: &mut Rig) -> Vec<String> {
    let events = rig.events().into_iter();
    let fault = |event| match event {
        EventKind::ScheduleFaulted { schedule, problem } => Some(format!("{schedule}: {problem}")),
        _ => None,
    };
    events.filter_map(fault).collect()
}

#[test]
fn a_search_that_is_given_up_faults_its_schedule_and_the_others_go_on() {
    let (mut rig, asked) = (Rig::started(Options::default()), Questions::default());
    for number in 0..10 {
        rig.add(schedule(asked.often_or_never(), &format!("hard-{number}")))
            .unwrap();
        assert!(asked.take() <= BUDGET, "its first question is its last one");
    }
    let beside = schedule(every(Duration::from_millis(50)), "beside");
    rig.add(beside).unwrap();
    let faults = faults(&mut rig);
    assert_eq!(faults.len(), 10);
    let problem = "hard-0: the trigger has no result: the search for its next instant was given up: \
                   its members agree too rarely or never";
    assert_eq!(faults[0], problem);
    for _ in 0..20 {
        rig.advance(Duration::from_millis(50));
        assert_eq!(rig.running().len(), 1);
        rig.end_all();
    }
    assert_eq!(asked.take(), 0);
}

#[test]
fn members_do_not_multiply_the_budget() {
    let (mut rig, asked) = (Rig::started(Options::default()), Questions::default());
    let ticks = |count| (0..count).map(|_| asked.of(every(Duration::from_millis(1))));
    let many = || Arc::new(AnyOf::new(ticks(1_000)).unwrap()) as Arc<dyn Trigger>;
    let of_many = AnyOf::new((0..1_000).map(|_| many())).unwrap();
    asked.take();
    rig.add(schedule(of_many, "s")).unwrap();
    assert!(asked.take() <= BUDGET);
    let expected = "s: the trigger has no result: it took more than 100000 calls of its members, \
                    use fewer or simpler members";
    assert_eq!(faults(&mut rig), [expected]);
}

#[test]
fn a_rule_of_many_members_goes_on_after_a_long_sleep() {
    for policy in [
        Misfire::default().policy,
        MisfirePolicy::FireAll { max: 100 },
    ] {
        let (mut rig, asked) = (Rig::started(Options::default()), Questions::default());
        let seconds = (1..=250).map(|n| asked.of(every(Duration::from_secs(n))));
        let merged = schedule(AnyOf::new(seconds).unwrap(), "s");
        rig.add(merged.misfire(Misfire {
            policy,
            ..Misfire::default()
        }))
        .unwrap();
        rig.sleep_through(Duration::from_secs(86_400));
        assert_eq!(faults(&mut rig), Vec::<String>::new(), "{policy:?}");
        assert!(
            rig.engine
                .schedule_info(&"s".into())
                .unwrap()
                .next
                .is_some()
        );
        assert!(asked.take() <= 5 * BUDGET);
    }
}

#[test]
fn a_limit_is_counted_within_the_budget() {
    let (mut rig, asked) = (Rig::started(Options::default()), Questions::default());
    let minutely = || asked.of(Cron::parse("* * * * *").unwrap());
    for (count, is_faulted) in [(50_000, false), (1_000_000, true)] {
        let limited = Limited::new(minutely(), count).unwrap();
        rig.add(schedule(limited, &format!("{count}"))).unwrap();
        assert!(asked.take() <= BUDGET + 10);
        assert_eq!(faults(&mut rig).len(), usize::from(is_faulted));
    }
    let limited = Limited::new(Arc::new(every(Duration::from_secs(1))), 1_000_000);
    rig.add(schedule(limited.unwrap(), "interval")).unwrap();
    assert!(
        faults(&mut rig).is_empty(),
        "an interval need not be counted"
    );
}

fn second(asked: &Questions) -> Arc<dyn Trigger> {
    asked.of(every(Duration::from_secs(1)).starting_at(DateTime::UNIX_EPOCH))
}

/// Returns the number of member calls from the addition of a schedule to its tenth run.
fn questions_of(rule: impl FnOnce(&Questions) -> Arc<dyn Trigger>) -> usize {
    let (mut rig, asked) = (Rig::started(Options::default()), Questions::default());
    let rule = rule(&asked);
    asked.take();
    rig.add(Schedule::new(rule, Task::new(|_| async {})))
        .unwrap();
    for _ in 0..10 {
        rig.advance(Duration::from_secs(1));
        rig.end_all();
    }
    assert!(faults(&mut rig).is_empty());
    asked.take()
}

#[test]
fn twice_as_many_rules_take_hardly_more_than_twice_as_many_questions() {
    type Made = fn(&Questions, usize) -> Arc<dyn Trigger>;
    let kinds: [Made; 4] = [
        |asked, n| Arc::new(AnyOf::new((0..n).map(|_| second(asked))).unwrap()),
        |asked, n| Arc::new(AllOf::new((0..n).map(|_| second(asked))).unwrap()),
        |asked, n| {
            let never = || Exclusion::rule(asked.of(Once::at(DateTime::UNIX_EPOCH)));
            let rule = Excluding::new(second(asked));
            Arc::new((0..n).fold(rule, |rule, _| rule.except(never())))
        },
        |asked, n| Arc::new(Limited::new(second(asked), n).unwrap()),
    ];
    for (kind, made) in kinds.into_iter().enumerate() {
        let questions = |n| questions_of(|asked| made(asked, n));
        let [n, twice, four_times] = [100, 200, 400].map(questions);
        assert!(twice * 10 <= n * 25, "{kind}: {n} {twice}");
        assert!(
            four_times * 10 <= twice * 25,
            "{kind}: {twice} {four_times}"
        );
    }
}
