//! A call has the same result on every backend and for every caller: a plain thread, a task of the
//! scheduler's own runtime, a task of another one, or many threads at once.

#[path = "../backends/mod.rs"]
mod backends;
mod calls;

use std::{
    sync::{Arc, Barrier},
    thread,
};

use backend_tokio::TokioRuntime;
use backends::{Backends, Caller};
use calls::{
    Answer, Call, STATES, Scheduled, TABLE, add_known, answer, ask, ask_at_once, make, make_at_once,
};
use scheduler_core::{
    Blocking, ErrorKind, Job, Result, RuntimeScheduler, Scheduler, Shutdown, State,
    implement::block_on,
};
use tokio::sync::Semaphore;

/// A scheduler that the test leads through the states, in the order of [`STATES`].
#[derive(Clone)]
struct Life {
    it: Scheduled,
    /// The start and the gate of the job that delays the shutdown.
    begun: Arc<Semaphore>,
    go: Arc<Semaphore>,
}

impl Life {
    fn new(it: Scheduled) -> Self {
        add_known(&it);
        let (begun, go) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        Self { it, begun, go }
    }

    /// Leads the scheduler from the previous state to `state`.
    async fn lead_to(&self, state: State) -> Result<()> {
        match state {
            State::New => {}
            State::Running => self.it.start().await?,
            State::Paused => {
                self.it.wait_idle().await?;
                self.it.pause()?;
            }
            State::ShuttingDown => {
                self.it.resume()?;
                self.it.post(self.held())?;
                drop(self.begun.acquire().await);
                self.it.request_shutdown(Shutdown::graceful())?;
            }
            _ => {
                self.go.add_permits(1);
                self.it.stopped().await?;
            }
        }
        assert_eq!(self.it.state(), state);
        Ok(())
    }

    fn held(&self) -> Job {
        let (begun, go) = (self.begun.clone(), self.go.clone());
        Job::new(move |_| async move {
            begun.add_permits(1);
            drop(go.acquire().await);
        })
    }
}

/// Returns the calls of a state, each with its expected result.
fn questions(state: usize) -> impl Iterator<Item = (Call, Answer)> {
    TABLE
        .iter()
        .filter_map(move |(call, answers)| Some((*call, answers[state]?)))
}

fn each(backends: &Backends, test: impl Fn(&str, Life)) {
    for (name, runtime) in backends.all() {
        test(name, Life::new(Arc::new(RuntimeScheduler::new(runtime))));
    }
}

/// Returns the unexpected results.
async fn live(life: Life) -> Vec<(State, Call, Answer)> {
    let mut odd = Vec::new();
    for (number, state) in STATES.into_iter().enumerate() {
        life.lead_to(state).await.expect("it goes there");
        for (call, wanted) in questions(number) {
            let answer = ask(call, &life.it, wanted).await;
            if answer != wanted || life.it.state() != state {
                odd.push((life.it.state(), call, answer));
            }
        }
    }
    odd
}

#[test]
fn every_backend_answers_everybody_alike() {
    let backends = Backends::new();
    for caller in backends.callers() {
        each(&backends, |name, life| {
            let odd = caller.call(live(life));
            assert_eq!(odd, [], "{name}, called by {}", caller.name);
        });
    }
}

/// Makes a call as [`make`] does, and blocks the thread.
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

#[test]
fn every_backend_answers_what_blocks_alike() {
    each(&Backends::new(), |name, life| {
        for (number, state) in STATES.into_iter().enumerate() {
            block_on(life.lead_to(state)).expect("it goes there");
            for (call, wanted) in questions(number) {
                let answer = match wanted {
                    Answer::Waits => ask_at_once(call, &life.it),
                    _ => answer(&make_blocking(call, &life.it)),
                };
                assert_eq!(answer, wanted, "{name}: {call:?} while {state}");
                assert_eq!(life.it.state(), state, "{name}: after {call:?}");
            }
        }
    });
}

/// Makes sixteen calls at the same time, from different kinds of callers, and returns the results.
fn sixteen(callers: &[Caller], it: &Scheduled, calls: [Call; 2], wanted: Answer) -> Vec<Answer> {
    let ready = Barrier::new(16);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..16)
            .map(|number| {
                let (it, caller) = (it.clone(), &callers[number % callers.len()]);
                let (ready, call) = (&ready, calls[number % 2]);
                scope.spawn(move || {
                    ready.wait();
                    caller.call(async move { ask(call, &it, wanted).await })
                })
            })
            .collect();
        let answer = |it: thread::ScopedJoinHandle<'_, _>| it.join().expect("no panic");
        threads.into_iter().map(answer).collect()
    })
}

/// Returns how many results are `this`, and checks that all others are `that`.
fn count(answers: &[Answer], this: Answer, that: ErrorKind) -> usize {
    let others = |answer: &&Answer| **answer == Answer::Is(that);
    let (count, others) = (
        answers.iter().filter(|answer| **answer == this).count(),
        answers.iter().filter(others).count(),
    );
    assert_eq!(count + others, 16, "{answers:?}");
    count
}

/// Returns the error of the other callers, for calls of which one in sixteen can succeed.
fn first_come(call: Call) -> Option<ErrorKind> {
    match call {
        Call::Add => Some(ErrorKind::DuplicateId),
        Call::Remove => Some(ErrorKind::NotFound),
        _ => None,
    }
}

/// Tests every call that does not change the state, in every state.
#[test]
fn sixteen_at_once_are_answered_alike_in_every_state() {
    let backends = Backends::new();
    let callers = backends.callers();
    each(&backends, |name, life| {
        for (number, state) in STATES.into_iter().enumerate() {
            block_on(life.lead_to(state)).expect("it goes there");
            for (call, wanted) in questions(number) {
                let answers = sixteen(&callers, &life.it, [call; 2], wanted);
                match first_come(call).filter(|_| wanted == Answer::Fine) {
                    Some(others) => assert_eq!(count(&answers, wanted, others), 1, "{call:?}"),
                    None => assert_eq!(answers, [wanted; 16], "{name}: {call:?} while {state}"),
                }
                assert_eq!(life.it.state(), state, "{name}: after {call:?}");
            }
        }
    });
}

/// Tests the calls that change the state: one of sixteen callers changes it, and the others see the
/// new state.
#[test]
fn sixteen_starts_and_sixteen_ends_at_once_are_one() {
    let backends = Backends::new();
    let callers = backends.callers();
    each(&backends, |name, life| {
        let it = &life.it;
        let ask = |calls| sixteen(&callers, it, calls, Answer::Fine);
        let starts = ask([Call::Start, Call::StartPaused]);
        assert_eq!(
            count(&starts, Answer::Fine, ErrorKind::AlreadyRunning),
            1,
            "{name}"
        );
        assert!(
            [State::Running, State::Paused].contains(&it.state()),
            "{name}"
        );
        for (call, state) in [(Call::Pause, State::Paused), (Call::Resume, State::Running)] {
            assert_eq!(ask([call; 2]), [Answer::Fine; 16], "{name}: {call:?}");
            assert_eq!(it.state(), state, "{name}");
        }
        let ends = ask([Call::Shutdown, Call::RequestShutdown]);
        assert!(
            count(&ends, Answer::Fine, ErrorKind::ShutDown) >= 1,
            "{name}"
        );
        block_on(it.stopped()).expect("it ends");
        let after = ask([Call::Start, Call::Shutdown]);
        assert_eq!(after, [Answer::Is(ErrorKind::ShutDown); 16], "{name}");
    });
}

/// The scheduler finds its runtime at the start, so later results do not depend on the caller.
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
