//! Every call that may fail, and its result in every state that a caller can rely on.

use std::{
    future::poll_fn,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use chrono::{TimeDelta, Utc};
use scheduler_core::{
    ErrorKind, Job, Result, Schedule, ScheduleId, Scheduler, Shutdown, State, Task,
    backfill::Backfill,
    runtime::BoxFuture,
    schedule::{ResumeFrom, ScheduleChange},
    trigger::Interval,
};

pub(crate) type Scheduled = Arc<dyn Scheduler>;

/// A call of the trait. Calls about a schedule use [`KNOWN`], or an unknown id.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Call {
    Start,
    StartPaused,
    Pause,
    Resume,
    Shutdown,
    RequestShutdown,
    WaitIdle,
    Stopped,
    Submit,
    TrySubmit,
    Post,
    Add,
    AddKnown,
    AddAll,
    Remove,
    RemoveUnknown,
    Update,
    UpdateUnknown,
    PauseSchedule,
    PauseUnknown,
    ResumeSchedule,
    ResumeUnknown,
    RunNow,
    RunUnknown,
    Backfill,
    BackfillUnknown,
    BackfillTimes,
    BackfillTimesUnknown,
    NextTimes,
    NextTimesUnknown,
    History,
    HistoryUnknown,
    Explain,
    ExplainUnknown,
}

/// The result of a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    Fine,
    /// It has not returned, and is dropped.
    Waits,
    Is(ErrorKind),
}

/// The states that a caller can rely on.
pub(crate) const STATES: [State; 5] = [
    State::New,
    State::Running,
    State::Paused,
    State::ShuttingDown,
    State::ShutDown,
];

/// The results of calls, in the order of [`STATES`]; `None` where a call would change the state.
pub(crate) const TABLE: [(Call, [Option<Answer>; 5]); 34] = {
    use Call as C;
    const OK: Option<Answer> = Some(Answer::Fine);
    const WAITS: Option<Answer> = Some(Answer::Waits);
    const ALREADY: Option<Answer> = Some(Answer::Is(ErrorKind::AlreadyRunning));
    const NOT: Option<Answer> = Some(Answer::Is(ErrorKind::NotRunning));
    const OVER: Option<Answer> = Some(Answer::Is(ErrorKind::ShutDown));
    const NONE: Option<Answer> = Some(Answer::Is(ErrorKind::NotFound));
    const TAKEN: Option<Answer> = Some(Answer::Is(ErrorKind::DuplicateId));
    [
        (C::Start, [None, ALREADY, ALREADY, OVER, OVER]),
        (C::StartPaused, [None, ALREADY, ALREADY, OVER, OVER]),
        (C::Pause, [NOT, None, OK, OVER, OVER]),
        (C::Resume, [NOT, OK, None, OVER, OVER]),
        (C::Shutdown, [NOT, None, None, WAITS, OVER]),
        (C::RequestShutdown, [NOT, None, None, OK, OVER]),
        (C::WaitIdle, [NOT, OK, OK, WAITS, OK]),
        (C::Stopped, [WAITS, WAITS, WAITS, WAITS, OK]),
        (C::Submit, [OK, OK, OK, OVER, OVER]),
        (C::TrySubmit, [OK, OK, OK, OVER, OVER]),
        (C::Post, [OK, OK, OK, OVER, OVER]),
        (C::Add, [OK, OK, OK, OVER, OVER]),
        (C::AddKnown, [TAKEN, TAKEN, TAKEN, OVER, OVER]),
        (C::AddAll, [TAKEN, TAKEN, TAKEN, OVER, OVER]),
        (C::Remove, [OK, OK, OK, NONE, NONE]),
        (C::RemoveUnknown, [NONE, NONE, NONE, NONE, NONE]),
        (C::Update, [OK, OK, OK, OVER, OVER]),
        (C::UpdateUnknown, [NONE, NONE, NONE, OVER, OVER]),
        (C::PauseSchedule, [OK, OK, OK, OVER, OVER]),
        (C::PauseUnknown, [NONE, NONE, NONE, OVER, OVER]),
        (C::ResumeSchedule, [OK, OK, OK, OVER, OVER]),
        (C::ResumeUnknown, [NONE, NONE, NONE, OVER, OVER]),
        (C::RunNow, [NOT, OK, OK, OVER, OVER]),
        (C::RunUnknown, [NOT, NONE, NONE, OVER, OVER]),
        (C::Backfill, [NOT, OK, OK, OVER, OVER]),
        (C::BackfillUnknown, [NOT, NONE, NONE, OVER, OVER]),
        (C::BackfillTimes, [OK, OK, OK, NONE, NONE]),
        (C::BackfillTimesUnknown, [NONE, NONE, NONE, NONE, NONE]),
        (C::NextTimes, [OK, OK, OK, NONE, NONE]),
        (C::NextTimesUnknown, [NONE, NONE, NONE, NONE, NONE]),
        (C::History, [OK, OK, OK, OK, OK]),
        (C::HistoryUnknown, [NONE, NONE, NONE, NONE, NONE]),
        (C::Explain, [OK, OK, OK, OK, OK]),
        (C::ExplainUnknown, [NONE, NONE, NONE, NONE, NONE]),
    ]
};

/// Returns a schedule that is due in a year.
pub(crate) const KNOWN: &str = "yearly";

fn yearly(id: &str) -> Result<Schedule> {
    let every = Interval::every(Duration::from_secs(365 * 86_400))?;
    Ok(Schedule::new(every, Task::new(|_| async {})).id(id))
}

pub(crate) fn add_known(it: &Scheduled) {
    let schedule = yearly(KNOWN).expect("it is valid");
    it.add(schedule).expect("there is none of that id");
}

fn nothing() -> Job {
    Job::new(|_| async {})
}

pub(crate) async fn make(call: Call, it: &Scheduled) -> Result<()> {
    match call {
        Call::Start => it.start().await,
        Call::StartPaused => it.start_paused().await,
        Call::Shutdown => it.shutdown(Shutdown::graceful()).await.map(drop),
        Call::WaitIdle => it.wait_idle().await,
        Call::Stopped => it.stopped().await.map(drop),
        Call::Submit => it.submit(nothing()).await.map(drop),
        at_once => make_at_once(at_once, it),
    }
}

pub(crate) fn make_at_once(call: Call, it: &Scheduled) -> Result<()> {
    match call {
        Call::Pause => it.pause(),
        Call::Resume => it.resume(),
        Call::RequestShutdown => it.request_shutdown(Shutdown::graceful()),
        Call::TrySubmit => it.try_submit(nothing()).map(drop),
        Call::Post => it.post(nothing()).map(drop),
        Call::Add => it.add(yearly("another")?).map(drop),
        Call::AddKnown => it.add(yearly(KNOWN)?).map(drop),
        Call::AddAll => it.add_all(vec![yearly("one")?, yearly(KNOWN)?]).map(drop),
        Call::Remove => it.remove(&"another".into()),
        of_one => make_of_one(of_one, it),
    }
}

/// Makes a call about one schedule, known or unknown.
fn make_of_one(call: Call, it: &Scheduled) -> Result<()> {
    let (known, unknown): (ScheduleId, ScheduleId) = (KNOWN.into(), "unknown".into());
    let now = Utc::now();
    let past = || Backfill::new(now - TimeDelta::hours(1)..=now);
    let change = ScheduleChange::new;
    match call {
        Call::RemoveUnknown => it.remove(&unknown),
        Call::Update => it.update(&known, change()),
        Call::UpdateUnknown => it.update(&unknown, change()),
        Call::PauseSchedule => it.pause_schedule(&known, "as a test"),
        Call::PauseUnknown => it.pause_schedule(&unknown, "as a test"),
        Call::ResumeSchedule => it.resume_schedule(&known, ResumeFrom::Now),
        Call::ResumeUnknown => it.resume_schedule(&unknown, ResumeFrom::Now),
        Call::RunNow => it.run_now(&known).map(drop),
        Call::RunUnknown => it.run_now(&unknown).map(drop),
        Call::Backfill => it.backfill(&known, past()).map(drop),
        Call::BackfillUnknown => it.backfill(&unknown, past()).map(drop),
        Call::BackfillTimes => it.backfill_times(&known, &past()).map(drop),
        Call::BackfillTimesUnknown => it.backfill_times(&unknown, &past()).map(drop),
        Call::NextTimes => it.next_times(&known, 1).map(drop),
        Call::NextTimesUnknown => it.next_times(&unknown, 1).map(drop),
        Call::History => it.history(&known).map(drop),
        Call::HistoryUnknown => it.history(&unknown).map(drop),
        Call::Explain => it.explain(&known, now).map(drop),
        Call::ExplainUnknown => it.explain(&unknown, now).map(drop),
        other => unreachable!("{other:?} is made elsewhere"),
    }
}

pub(crate) fn answer(result: &Result<()>) -> Answer {
    match result {
        Ok(()) => Answer::Fine,
        Err(error) => Answer::Is(error.kind()),
    }
}

/// Returns the result of a call. A call that should wait is polled once.
pub(crate) async fn ask(call: Call, it: &Scheduled, wanted: Answer) -> Answer {
    if wanted != Answer::Waits {
        return answer(&make(call, it).await);
    }
    let mut call: BoxFuture<'_, _> = Box::pin(make(call, it));
    poll_fn(|cx| match call.as_mut().poll(cx) {
        Poll::Ready(result) => Poll::Ready(answer(&result)),
        Poll::Pending => Poll::Ready(Answer::Waits),
    })
    .await
}

/// As [`ask`], with one poll on the calling thread.
pub(crate) fn ask_at_once(call: Call, it: &Scheduled) -> Answer {
    let mut call = pin!(make(call, it));
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => answer(&result),
        Poll::Pending => Answer::Waits,
    }
}
