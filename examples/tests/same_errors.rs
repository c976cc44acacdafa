//! A call gets the same answer on every backend, whoever makes it: a plain thread, a task of the
//! scheduler's own runtime, a task of another one, or many threads at once.

mod backends;

use std::{
    sync::{Arc, Barrier},
    thread,
};

use backend_tokio::TokioRuntime;
use backends::{Backends, Caller};
use scheduler_core::{
    Blocking, ErrorKind, Job, Result, RuntimeScheduler, Schedule, Scheduler, Shutdown, State, Task,
    trigger::Interval,
};

type Scheduled = Arc<dyn Scheduler>;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Call {
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
    Add,
    RunNow,
}

/// The answer, and the state after it.
type Answer = (Call, Option<ErrorKind>, State);

/// A life, in which every call is made in every state that a caller can be sure of.
const LIFE: [Answer; 40] = {
    use Call as C;
    use State as S;
    const ALREADY: Option<ErrorKind> = Some(ErrorKind::AlreadyRunning);
    const NOT: Option<ErrorKind> = Some(ErrorKind::NotRunning);
    const OVER: Option<ErrorKind> = Some(ErrorKind::ShutDown);
    [
        (C::Shutdown, NOT, S::New),
        (C::RequestShutdown, NOT, S::New),
        (C::Pause, NOT, S::New),
        (C::Resume, NOT, S::New),
        (C::WaitIdle, NOT, S::New),
        (C::Add, None, S::New),
        (C::RunNow, NOT, S::New),
        (C::Submit, None, S::New),
        (C::TrySubmit, None, S::New),
        (C::Shutdown, NOT, S::New),
        (C::Start, None, S::Running),
        (C::Start, ALREADY, S::Running),
        (C::StartPaused, ALREADY, S::Running),
        (C::Start, ALREADY, S::Running),
        (C::Resume, None, S::Running),
        (C::RunNow, None, S::Running),
        (C::Submit, None, S::Running),
        (C::WaitIdle, None, S::Running),
        (C::Pause, None, S::Paused),
        (C::Pause, None, S::Paused),
        (C::Start, ALREADY, S::Paused),
        (C::StartPaused, ALREADY, S::Paused),
        (C::WaitIdle, None, S::Paused),
        (C::Resume, None, S::Running),
        (C::TrySubmit, None, S::Running),
        (C::WaitIdle, None, S::Running),
        (C::Shutdown, None, S::ShutDown),
        (C::Shutdown, OVER, S::ShutDown),
        (C::RequestShutdown, OVER, S::ShutDown),
        (C::Start, OVER, S::ShutDown),
        (C::StartPaused, OVER, S::ShutDown),
        (C::Pause, OVER, S::ShutDown),
        (C::Resume, OVER, S::ShutDown),
        (C::Submit, OVER, S::ShutDown),
        (C::TrySubmit, OVER, S::ShutDown),
        (C::Add, OVER, S::ShutDown),
        (C::RunNow, OVER, S::ShutDown),
        (C::WaitIdle, None, S::ShutDown),
        (C::Stopped, None, S::ShutDown),
        (C::Shutdown, OVER, S::ShutDown),
    ]
};

async fn make(call: Call, it: &Scheduled) -> Result<()> {
    match call {
        Call::Start => it.start().await,
        Call::StartPaused => it.start_paused().await,
        Call::Shutdown => it.shutdown(Shutdown::graceful()).await.map(drop),
        Call::WaitIdle => it.wait_idle().await,
        Call::Stopped => it.stopped().await.map(drop),
        Call::Submit => it.submit(Job::new(|_| async {})).await.map(drop),
        at_once => make_at_once(at_once, it),
    }
}

/// As [`make`], blocking the thread.
fn make_blocking(call: Call, it: &Scheduled) -> Result<()> {
    let blocking = Blocking::new(it.clone());
    match call {
        Call::Start => blocking.start(),
        Call::StartPaused => blocking.start_paused(),
        Call::Shutdown => blocking.shutdown(Shutdown::graceful()).map(drop),
        Call::WaitIdle => blocking.wait_idle(),
        Call::Stopped => blocking.stopped().map(drop),
        Call::Submit => blocking.submit(Job::new(|_| async {})).map(drop),
        at_once => make_at_once(at_once, it),
    }
}

fn make_at_once(call: Call, it: &Scheduled) -> Result<()> {
    let id = || "yearly".into();
    match call {
        Call::Pause => it.pause(),
        Call::Resume => it.resume(),
        Call::RequestShutdown => it.request_shutdown(Shutdown::graceful()),
        Call::TrySubmit => it.try_submit(Job::new(|_| async {})).map(drop),
        Call::Add => {
            let yearly = Interval::every(std::time::Duration::from_secs(365 * 86_400))?;
            let schedule = Schedule::new(yearly, Task::new(|_| async {})).id(id());
            it.add(schedule).map(drop)
        }
        Call::RunNow => it.run_now(&id()).map(drop),
        waits => unreachable!("{waits:?} waits"),
    }
}

fn answer(call: Call, result: &Result<()>, it: &Scheduled) -> Answer {
    let kind = result.as_ref().err().map(scheduler_core::Error::kind);
    (call, kind, it.state())
}

async fn live(it: Scheduled) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (call, ..) in LIFE {
        answers.push(answer(call, &make(call, &it).await, &it));
    }
    answers
}

fn each(backends: &Backends, test: impl Fn(&str, Scheduled)) {
    for (name, runtime) in backends.all() {
        test(name, Arc::new(RuntimeScheduler::new(runtime)));
    }
}

#[test]
fn every_backend_answers_everybody_alike() {
    let backends = Backends::new();
    for caller in backends.callers() {
        each(&backends, |name, it| {
            let answers = caller.call(live(it));
            assert_eq!(answers, LIFE, "{name}, called by {}", caller.name);
        });
    }
}

#[test]
fn every_backend_answers_what_blocks_alike() {
    each(&Backends::new(), |name, it| {
        let answers = LIFE.map(|(call, ..)| answer(call, &make_blocking(call, &it), &it));
        assert_eq!(answers, LIFE, "{name}");
    });
}

/// What sixteen who call at the same time are answered, each in another way.
fn sixteen(callers: &[Caller], it: &Scheduled, call: Call) -> Vec<Option<ErrorKind>> {
    let ready = Barrier::new(16);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|number| (it.clone(), &callers[number % callers.len()]))
            .map(|(it, caller)| {
                let ready = &ready;
                scope.spawn(move || {
                    ready.wait();
                    caller.call(async move { make(call, &it).await.err().map(|it| it.kind()) })
                })
            })
            .collect();
        let answer = |it: thread::ScopedJoinHandle<'_, _>| it.join().expect("no panic");
        threads.into_iter().map(answer).collect()
    })
}

fn count(answers: &[Option<ErrorKind>], wanted: Option<ErrorKind>) -> usize {
    answers.iter().filter(|&&answer| answer == wanted).count()
}

#[test]
fn sixteen_at_once_are_answered_alike_on_every_backend() {
    let backends = Backends::new();
    let callers = backends.callers();
    each(&backends, |name, it| {
        let early = sixteen(&callers, &it, Call::Shutdown);
        assert_eq!(early, [Some(ErrorKind::NotRunning); 16], "{name}");
        assert_eq!(it.state(), State::New, "{name}");

        let starts = sixteen(&callers, &it, Call::Start);
        assert_eq!(count(&starts, None), 1, "{name}: {starts:?}");
        let refused = count(&starts, Some(ErrorKind::AlreadyRunning));
        assert_eq!(refused, 15, "{name}: {starts:?}");
        assert_eq!(it.state(), State::Running, "{name}");

        let ends = sixteen(&callers, &it, Call::Shutdown);
        let (joined, late) = (count(&ends, None), count(&ends, Some(ErrorKind::ShutDown)));
        assert!(joined >= 1 && joined + late == 16, "{name}: {ends:?}");

        for call in [Call::Shutdown, Call::Start] {
            let after = sixteen(&callers, &it, call);
            assert_eq!(after, [Some(ErrorKind::ShutDown); 16], "{name}: {call:?}");
        }
    });
}

/// It finds its runtime at the start; what it answers does not depend on where it is asked.
#[test]
fn a_scheduler_on_the_ambient_tokio_runtime_answers_alike() {
    let backends = Backends::new();
    let callers = backends.callers();
    let it: Scheduled = Arc::new(RuntimeScheduler::new(TokioRuntime::ambient()));
    let ask = |caller: &Caller, call: Call| {
        let it = it.clone();
        let result = caller.call(async move { make(call, &it).await });
        result.err().map(|error| error.kind())
    };
    for caller in &callers {
        let answer = ask(caller, Call::Shutdown);
        assert_eq!(answer, Some(ErrorKind::NotRunning), "{}", caller.name);
    }
    let is_inside = |caller: &&Caller| caller.name == "tokio's block_on";
    let inside = callers.iter().find(is_inside).expect("it is there");
    assert_eq!(ask(inside, Call::Start), None);
    for caller in &callers {
        let answer = ask(caller, Call::Start);
        assert_eq!(answer, Some(ErrorKind::AlreadyRunning), "{}", caller.name);
    }
    assert_eq!(ask(&callers[0], Call::Shutdown), None);
    for caller in &callers {
        let answer = ask(caller, Call::Start);
        assert_eq!(answer, Some(ErrorKind::ShutDown), "{}", caller.name);
    }
}
