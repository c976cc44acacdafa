use backend_thread::{ThreadRuntime, ThreadScheduler};
use scheduler_core::{Scheduler, SchedulerExt, schedule::Which, trigger::Once};

use super::*;
use crate::crontab::Wrong;

fn read(line: &str) -> Result<Policies, Wrong> {
    let mut policies = Policies::default();
    policies.read(line, 0).map(|()| policies)
}

#[test]
fn each_key_sets_its_policy_of_the_library() {
    let schedule = "overlap=buffer-all max-instances=2 buffer-limit=7 jitter=30s misfire=fire-earliest \
                    grace=5s catch-up=1h pace=2s pause-after-failures=4";
    let policies = read(schedule).expect("right");
    let scheduler = ThreadScheduler::new(ThreadRuntime::new());
    let task = Task::new(|_| async {});
    let trigger = Arc::new(Once::after(Duration::from_secs(3_600)));
    scheduler
        .add(policies.schedule(trigger, task))
        .expect("it is added");
    let info = &scheduler.schedules()[0];
    assert_eq!(info.overlap(), Overlap::BufferAll);
    assert_eq!((info.max_instances(), info.buffer_limit()), (2, 7));
    assert_eq!(info.jitter(), Duration::from_secs(30));
    assert_eq!(info.pause_after_failures(), Some(4));
    let misfire = Misfire::policy(MisfirePolicy::FireOnce(Which::Earliest))
        .grace(Duration::from_secs(5))
        .window(Duration::from_secs(3_600))
        .pace(Duration::from_secs(2));
    assert_eq!(info.misfire(), misfire);
}

#[test]
fn each_key_sets_its_policy_of_jobs() {
    let job = "retry=3 backoff=10s timeout=10m attempt-timeout=1m timeout-grace=9s start-within=2m \
               priority=-4 queue=io";
    let policies = read(job).expect("right").job();
    assert_eq!(policies.timeout, Some(Duration::from_secs(600)));
    assert_eq!(policies.attempt_timeout, Some(Duration::from_secs(60)));
    assert_eq!(policies.timeout_grace, Duration::from_secs(9));
    assert_eq!(policies.start_within, Some(Duration::from_secs(120)));
    assert_eq!(
        (policies.priority, policies.queue.as_deref()),
        (-4, Some("io"))
    );
    assert!(policies.retry.is_some());
    assert!(read("").expect("right").job().retry.is_none());
}

#[test]
fn mistakes_are_named_with_their_column() {
    for (line, column, part) in [
        (
            "timout=1m",
            1,
            "unknown key \"timout\", did you mean timeout?",
        ),
        ("id=a  id=b", 7, "duplicate key \"id\""),
        ("jitter=soon", 8, "expected a duration"),
        ("overlap=skp", 9, "did you mean skip?"),
        ("retry=many", 7, "expected a number"),
        ("tz=Nowhere/Land", 4, "Nowhere/Land"),
        ("misfire", 1, "expected key=value"),
        ("id=", 4, "expected a name"),
        ("ping=example.org", 6, "expected a URL"),
    ] {
        let (place, message) = read(line).expect_err("a mistake");
        assert_eq!(place, column, "{line}: {message}");
        assert!(message.contains(part), "{line}: {message}");
    }
    for line in ["backoff=1s", "timeout-grace=1s"] {
        assert!(read(line).expect("right").mistake().is_some(), "{line}");
    }
}
