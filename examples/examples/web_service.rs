//! A web service whose requests submit jobs. On SIGTERM it completes the open requests, finishes the
//! accepted jobs, and then ends.
//!
//! `cargo run --package scheduler-examples --example web_service`, then
//! `curl -X POST localhost:3000/reports` and `curl localhost:3000/health`.

use std::{error::Error, future::Future, io, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use scheduler::{ErrorKind, ShutdownReport, prelude::*};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

/// The state that all handlers share.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) scheduler: Arc<dyn Scheduler>,
    /// The task that one request runs.
    pub(crate) report: Task,
}

/// Serves until `stop` completes, then drains the scheduler for at most half a minute.
pub(crate) async fn serve(
    listener: TcpListener,
    service: Service,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<Arc<ShutdownReport>, Box<dyn Error + Send + Sync>> {
    let scheduler = service.scheduler.clone();
    scheduler.start().await?;
    let server = axum::serve(listener, routes(service)).with_graceful_shutdown(stop);
    // The requests end first: a handler may still submit a job, or wait for one.
    server.await?;
    Ok(scheduler
        .shutdown(Shutdown::drain_within(Duration::from_secs(30)))
        .await?)
}

fn routes(service: Service) -> Router {
    Router::new()
        .route("/reports", post(request_report))
        .route("/health", get(health))
        .with_state(service)
}

/// Submits a job and returns at once: the client does not wait for the report.
async fn request_report(State(service): State<Service>) -> (StatusCode, String) {
    match service.scheduler.try_submit(Job::from(service.report)) {
        Ok(job) => (StatusCode::ACCEPTED, format!("job {}\n", job.id())),
        Err(error) => {
            let status = match error.kind() {
                // The queue limit sheds load, and a load balancer asks another instance.
                ErrorKind::QueueFull | ErrorKind::ShutDown => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (status, format!("{error}\n"))
        }
    }
}

/// Returns the counters that an operator checks first.
async fn health(State(service): State<Service>) -> String {
    let now = service.scheduler.metrics();
    let state = service.scheduler.state();
    format!(
        "{state}: {} running, {} queued, {} failed\n",
        now.running, now.queued, now.failed
    )
}

/// Returns a future that completes on SIGTERM or Ctrl-C. The handlers are installed by this call,
/// not by the first poll, so that a signal during the start is not lost.
pub(crate) fn terminated() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let options = Options::default().max_concurrent_jobs(8).queue_limit(100);
    let scheduler = TokioScheduler::with_options(TokioRuntime::ambient(), options)?;
    let tidy = Task::new(|_| async { println!("removing old reports") }).name("tidy");
    scheduler.add(Schedule::new(Cron::parse("@hourly")?, tidy).id("tidy"))?;

    let report = Task::new(|job| async move {
        job.sleep(Duration::from_secs(5)).await;
        println!("report {} is ready", job.id());
    });
    let service = Service {
        scheduler: Arc::new(scheduler),
        report: report.name("report"),
    };
    let stop = terminated()?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("{}", serve(listener, service, stop).await?);
    Ok(())
}
