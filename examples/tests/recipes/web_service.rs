//! Tests `examples/web_service.rs`: after SIGTERM it finishes the accepted work and refuses further
//! requests.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use backend_tokio::{TokioRuntime, TokioScheduler};
use rustix::process::{Signal, getpid, kill_process};
use scheduler_core::{
    ErrorKind, EventFilter, EventKind, Job, Options, Scheduler, State, Task, implement::block_on,
};
use tokio::{net::TcpListener, runtime::Runtime, sync::Semaphore};

use crate::web_service::{Service, serve, terminated};

/// Sends one request and returns the whole response.
fn request(address: SocketAddr, line: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the service listens");
    let request = format!("{line} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it is sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("it is text");
    response
}

#[test]
fn sigterm_finishes_accepted_jobs() {
    let _alone = crate::signals();
    let tokio = Runtime::new().expect("a tokio runtime");
    let options = Options::default().max_concurrent_jobs(1).queue_limit(1);
    let runtime = TokioRuntime::new(tokio.handle().clone());
    let scheduler =
        Arc::new(TokioScheduler::with_options(runtime, options).expect("valid options"));
    let mut states = scheduler.subscribe(EventFilter::scheduler());

    // Reports end when the test opens the gate.
    let gate = Arc::new(Semaphore::new(0));
    let closed = gate.clone();
    let report = Task::new(move |_| {
        let gate = closed.clone();
        async move { drop(gate.acquire().await) }
    });
    let service = Service {
        scheduler: scheduler.clone(),
        report: report.name("report"),
    };
    let listener = tokio
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .expect("a free port");
    let address = listener.local_addr().expect("a bound address");
    let stop = {
        let _inside = tokio.enter();
        terminated().expect("signal handlers")
    };
    let served = tokio.spawn(serve(listener, service, stop));

    // One report runs and one waits; the queue has no slot for a third.
    for _ in 0..2 {
        let accepted = request(address, "POST /reports");
        assert!(accepted.starts_with("HTTP/1.1 202"), "{accepted}");
    }
    let refused = request(address, "POST /reports");
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    assert!(request(address, "GET /health").ends_with("Running: 1 running, 1 queued, 0 failed\n"));

    kill_process(getpid(), Signal::TERM).expect("a signal to this process");
    let closing = |kind: &EventKind| {
        matches!(
            kind,
            EventKind::StateChanged {
                to: State::ShuttingDown,
                ..
            }
        )
    };
    while !closing(&block_on(states.next()).expect("it shuts down").kind) {}
    let late = scheduler.try_submit(Job::new(|_| async {})).map(drop);
    assert_eq!(late.map_err(|error| error.kind()), Err(ErrorKind::ShutDown));

    gate.close();
    let report = tokio
        .block_on(served)
        .expect("no panic")
        .expect("it ends in time");
    assert_eq!(report.drained.len(), 2, "{report}");
    assert!(
        report.cancelled.is_empty() && report.unstarted == 0,
        "{report}"
    );
}
