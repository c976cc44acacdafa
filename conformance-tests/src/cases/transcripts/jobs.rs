//! The life of jobs: every status, every event and every counter.

use std::sync::Arc;

use scheduler_core::{
    Event, EventFilter, Job, JobId, Options, Shutdown,
    event::EventName,
    failure::JobFailure,
    implement::block_on,
    job::{CancelMode, JobPolicy, RateLimit, Retry},
};

use super::script::{SECOND, Script};
use crate::{
    Backend,
    cases::bodies,
    gate::{Counter, Gate},
};

const WANTED: &str = include_str!("jobs.txt");

/// Creates a scheduler with one permit. Its error handler panics for one failure, and waits at the
/// gate for another.
fn script(backend: &dyn Backend, hangs: &Gate) -> Script {
    let closed = hangs.clone();
    let handler = move |failure: &JobFailure| match failure.name.as_deref() {
        Some("its handler hangs") => block_on(closed.pass()),
        Some("its handler panics") => panic!("the handler panics"),
        _ => {}
    };
    // Release builds keep no spawn sites by default.
    let options = Options::default().keep_spawn_sites(true);
    let options = options.max_concurrent_jobs(1);
    let options = options.handler_grace(2 * SECOND).on_error(handler);
    Script::new(backend, options).started()
}

pub(in crate::cases) fn all_values_of_jobs_follow_the_calls(backend: &dyn Backend) {
    let hangs = Gate::default();
    let mut script = script(backend, &hangs);
    waiting_and_running(&mut script);
    failing(&mut script);
    limited(&mut script);
    handled(&mut script, &hangs);
    script.shut_down(Shutdown::graceful());
    script.compare("jobs.txt", WANTED);
}

fn policy() -> JobPolicy {
    let policy = JobPolicy::default().priority(3).tag("nightly");
    policy.metadata("owner", "billing")
}

fn waiting_and_running(script: &mut Script) {
    let gate = Gate::default();
    let opened = gate.clone();
    let held = Job::new(move |job| async move {
        job.report_progress(0.5, "half");
        opened.pass().await;
        job.report_progress(1.0, "done");
    });
    let held = held.name("held").policy(policy());
    let held = script.call("submit a job", |it| it.try_submit(held).expect("accepted"));
    let (ran, job) = (Counter::default(), "post a job while the permit is taken");
    let queued = bodies::counting(&ran);
    let queued = script.call(job, |it| it.post(queued).expect("accepted"));
    let delayed = bodies::counting(&ran).name("delayed").after(60 * SECOND);
    let delayed = script.call("submit a delayed job", |it| {
        it.try_submit(delayed).expect("accepted")
    });
    script.cancel("cancel the waiting job by its id", |it| {
        it.cancel(queued, CancelMode::Immediate)
    });
    script.cancel("cancel it again", |it| {
        it.cancel(queued, CancelMode::Immediate)
    });
    script.cancel("cancel the delayed job by its handle", |_| {
        delayed.cancel(CancelMode::Immediate)
    });
    script.cancel("cancel an unknown job", |it| {
        it.cancel(JobId::from_bits(u64::MAX), CancelMode::Immediate)
    });
    script.step("open the gate");
    script.world.time.outside(|| gate.open());
    script.tell();
    script.outcome(&held);
    script.outcome(&delayed);
    assert_eq!(ran.get(), 0);
}

fn submit(script: &mut Script, name: &'static str, job: Job) -> scheduler_core::JobHandle {
    let job = job.name(name);
    script.call(&format!("submit {name:?}"), |it| {
        it.try_submit(job).expect("accepted")
    })
}

fn post(script: &mut Script, name: &'static str, job: Job) {
    drop(submit(script, name, job));
}

fn failing(script: &mut Script) {
    let task = scheduler_core::Task::new(|_| async { Err::<(), _>("disk on fire") });
    let retried = task.retry(Retry::fixed(2, SECOND));
    let job = submit(script, "fails twice", retried.into());
    script.await_thrice(&job);
    script.outcome(&job);
    let panics = Job::new(|_| async { panic!("no such table") });
    let job = submit(script, "panics", panics);
    script.outcome(&job);
    let slow = JobPolicy::default().attempt_timeout(SECOND);
    let job = Job::new(|_| std::future::pending::<()>()).policy(slow);
    let job = submit(script, "times out", job);
    script.advance(SECOND);
    script.outcome(&job);
    let job = submit(
        script,
        "is cancelled",
        Job::new(|_| std::future::pending::<()>()),
    );
    script.cancel("request its end", |it| {
        it.cancel(job.id(), CancelMode::Graceful(2 * SECOND))
    });
    script.cancel("request it again", |_| {
        job.cancel(CancelMode::Graceful(2 * SECOND))
    });
    script.advance(2 * SECOND);
    script.outcome(&job);
    script.cancel("cancel the finished job", |_| {
        job.cancel(CancelMode::Immediate)
    });
}

fn limited(script: &mut Script) {
    let rate = RateLimit::new("mail", 1, 10 * SECOND).burst(1);
    let limited = || Job::new(|_| async {}).policy(JobPolicy::default().rate_limit(rate.clone()));
    post(script, "the first of its group", limited());
    let second = submit(script, "the second of its group", limited());
    script.advance(10 * SECOND);
    script.outcome(&second);
    let gate = Gate::default();
    post(script, "blocks", bodies::held(&gate));
    let brief = JobPolicy::default().start_within(SECOND);
    let expired = submit(script, "expires", Job::new(|_| async {}).policy(brief));
    script.advance(2 * SECOND);
    script.outcome(&expired);
    script.step("open the gate");
    script.world.time.outside(|| gate.open());
    script.tell();
}

fn handled(script: &mut Script, hangs: &Gate) {
    let fails = || Job::new(|_| async { Err::<(), _>("disk on fire") });
    post(script, "its handler panics", fails());
    post(script, "its handler hangs", fails());
    script.advance(2 * SECOND);
    script.step("open the gate");
    script.world.time.outside(|| hangs.open());
    script.tell();
    let deaf = |_: &Event| panic!("the listener panics");
    let deaf = script.call("add a listener that panics", |it| {
        let starts = EventFilter::only([EventName::JobStarted]);
        it.add_listener(starts, Arc::new(deaf))
    });
    post(script, "is heard", Job::new(|_| async {}));
    script.call("remove the listener", |it| it.remove_listener(deaf));
}
