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
    Error, ErrorKind, Job, Result, Schedule, Scheduler, SchedulerExt, Shutdown, State, Task,
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
    Info,
    InfoUnknown,
    History,
    HistoryUnknown,
    Explain,
    ExplainUnknown,
}

/// The result of a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Answer {
    Fine,
    /// The call has not returned, and is dropped.
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
pub(crate) const TABLE: [(Call, [Option<Answer>; 5]); 36] = {
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
        (C::Info, [OK, OK, OK, NONE, NONE]),
        (C::InfoUnknown, [NONE, NONE, NONE, NONE, NONE]),
        (C::History, [OK, OK, OK, OK, OK]),
        (C::HistoryUnknown, [NONE, NONE, NONE, NONE, NONE]),
        (C::Explain, [OK, OK, OK, OK, OK]),
        (C::ExplainUnknown, [NONE, NONE, NONE, NONE, NONE]),
    ]
};

/// Id of a schedule that is due in a year.
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
        Call::Remove => it.schedule(&"another".into()).remove(),
        of_one => make_of_one(of_one, it),
    }
}

/// Makes a call of the handle to a schedule, known or unknown.
fn make_of_one(call: Call, it: &Scheduled) -> Result<()> {
    let (known, unknown) = (it.schedule(&KNOWN.into()), it.schedule(&"unknown".into()));
    let now = Utc::now();
    let past = || Backfill::new(now - TimeDelta::hours(1)..=now);
    let change = ScheduleChange::new;
    match call {
        Call::RemoveUnknown => unknown.remove(),
        Call::Update => known.update(change()),
        Call::UpdateUnknown => unknown.update(change()),
        Call::PauseSchedule => known.pause("as a test"),
        Call::PauseUnknown => unknown.pause("as a test"),
        Call::ResumeSchedule => known.resume(ResumeFrom::Now),
        Call::ResumeUnknown => unknown.resume(ResumeFrom::Now),
        Call::RunNow => known.run_now().map(drop),
        Call::RunUnknown => unknown.run_now().map(drop),
        Call::Backfill => known.backfill(past()).map(drop),
        Call::BackfillUnknown => unknown.backfill(past()).map(drop),
        Call::BackfillTimes => known.backfill_times(&past()).map(drop),
        Call::BackfillTimesUnknown => unknown.backfill_times(&past()).map(drop),
        Call::NextTimes => known.next_times(1).map(drop),
        Call::NextTimesUnknown => unknown.next_times(1).map(drop),
        Call::Info => known.info().map(drop),
        Call::InfoUnknown => unknown.info().map(drop),
        Call::History => known.history().map(drop),
        Call::HistoryUnknown => unknown.history().map(drop),
        Call::Explain => known.explain(now).map(drop),
        Call::ExplainUnknown => unknown.explain(now).map(drop),
        other => unreachable!("{other:?} is made elsewhere"),
    }
}

/// Checks that `error` is the error about an unknown schedule, and names the schedule.
fn assert_unknown(error: &Error) {
    let Error::UnknownSchedule(id) = error else {
        panic!("{error:?} is about no schedule");
    };
    assert!(["unknown", "another", KNOWN].contains(&id.as_str()), "{id}");
}

pub(crate) fn answer(result: &Result<()>) -> Answer {
    match result {
        Ok(()) => Answer::Fine,
        Err(error) => {
            if error.kind() == ErrorKind::NotFound {
                assert_unknown(error);
            }
            Answer::Is(error.kind())
        }
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

/// Returns the result of a call, as [`ask`] does, with one poll on the calling thread.
pub(crate) fn ask_at_once(call: Call, it: &Scheduled) -> Answer {
    let mut call = pin!(make(call, it));
    match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => answer(&result),
        Poll::Pending => Answer::Waits,
    }
}
