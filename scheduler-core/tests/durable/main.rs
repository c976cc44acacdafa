//! Durable jobs of a scheduler with a store, in real time: what only threads can show. The rest is in simulated time.

mod events;
mod faults;
mod lost_leases;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use backend_thread::{ThreadRuntime, ThreadScheduler};
use scheduler_core::{
    ErrorKind, JobContext, Options, Scheduler, Shutdown,
    implement::block_on,
    registry::TaskRegistry,
    store::{JobFilter, MemoryStore, Placed, Stored},
};

fn tasks(runs: &Arc<AtomicUsize>) -> TaskRegistry {
    let mut tasks = TaskRegistry::new();
    let counted = runs.clone();
    tasks
        .register("count", move |_: JobContext, (): ()| {
            counted.fetch_add(1, Ordering::SeqCst);
            async {}
        })
        .expect("a new name");
    tasks
        .register_stored("add", |_: JobContext, (a, b): (u8, u8)| async move {
            a.checked_add(b).ok_or("too large")
        })
        .expect("a new name");
    tasks
        .register("wait", |job: JobContext, (): ()| async move {
            job.cancelled().await;
            Ok::<(), String>(())
        })
        .expect("a new name");
    tasks
}

fn node(store: &MemoryStore, runs: &Arc<AtomicUsize>) -> ThreadScheduler {
    let stored = Stored::new(store.clone(), tasks(runs)).lease(Duration::from_secs(3));
    let options = Options::default().store(stored);
    ThreadScheduler::with_options(ThreadRuntime::new(), options).expect("the options are valid")
}

#[test]
fn a_job_runs_once_and_its_value_is_stored() {
    let (store, runs) = (MemoryStore::new(), Arc::default());
    let scheduler = node(&store, &runs);
    block_on(async {
        let durable = scheduler.durable().expect("it has a store");
        let early = durable.submit(durable.job("count", ())?).await.unwrap_err();
        assert_eq!(early.kind(), ErrorKind::NotRunning);
        scheduler.start().await?;
        let count = durable.submit(durable.job("count", ())?).await?;
        let add = durable.submit(durable.job("add", (3, 4))?).await?;
        assert_eq!(count.wait().await?.end.outcome, "succeeded");
        let sum = add.wait().await?;
        assert_eq!(sum.value::<u8>(), Some(7));
        let failed = durable
            .submit(durable.job("add", (200, 100))?)
            .await?
            .wait()
            .await?;
        assert_eq!(
            (&*failed.end.outcome, failed.end.error.as_deref()),
            ("failed", Some("too large"))
        );
        assert_eq!(runs.load(Ordering::SeqCst), 1);
        assert!(durable.jobs(JobFilter::default()).await?.is_empty());
        assert_eq!(durable.ends(JobFilter::default()).await?.len(), 3);
        scheduler.shutdown(Shutdown::graceful()).await?;
        let late = durable.submit(durable.job("count", ())?).await.unwrap_err();
        assert_eq!(late.kind(), ErrorKind::ShutDown);
        Ok::<(), scheduler_core::Error>(())
    })
    .unwrap();
}

#[test]
fn what_a_shutdown_interrupts_runs_on_the_next_node() {
    let (store, runs) = (MemoryStore::new(), Arc::default());
    let first = node(&store, &runs);
    block_on(async {
        first.start().await?;
        let durable = first.durable().expect("it has a store");
        let job = durable.submit(durable.job("wait", ())?.key("only")).await?;
        let other = durable.submit(durable.job("wait", ())?.key("only")).await?;
        assert_eq!((other.placed(), other.id()), (Placed::KeyTaken, job.id()));
        let tomorrow = durable.job("count", ())?.after(Duration::from_secs(86_400));
        let later = durable.submit(tomorrow).await?;
        first.shutdown(Shutdown::immediate()).await?;

        let second = node(&store, &runs);
        second.start().await?;
        let durable = second.durable().expect("it has a store");
        let job = durable.handle(job.id());
        while job.job().await?.is_some_and(|job| job.node.is_none()) {
            second.sleep(Duration::from_millis(10)).await;
        }
        let held = job.job().await?.expect("it runs");
        assert_eq!(
            (held.attempt, held.lost, held.token),
            (1, 0, 2),
            "no attempt was lost"
        );
        assert!(durable.cancel(job.id()).await?);
        assert_eq!(job.wait().await?.end.outcome, "cancelled");
        assert!(durable.cancel(later.id()).await?, "it waits");
        let later = durable.handle(later.id());
        assert_eq!(later.wait().await?.end.outcome, "cancelled");
        second.shutdown(Shutdown::graceful()).await?;
        assert_eq!(runs.load(Ordering::SeqCst), 0);
        Ok::<(), scheduler_core::Error>(())
    })
    .unwrap();
}

#[test]
fn two_nodes_share_the_jobs_of_a_store() {
    let (store, runs) = (MemoryStore::new(), Arc::default());
    let nodes = [node(&store, &runs), node(&store, &runs)];
    block_on(async {
        for node in &nodes {
            node.start().await?;
        }
        let durable = nodes[0].durable().expect("it has a store");
        let mut jobs = Vec::new();
        for _ in 0..300 {
            jobs.push(durable.job("count", ())?);
        }
        for job in durable.submit_all(jobs).await? {
            assert_eq!(job.wait().await?.end.outcome, "succeeded");
        }
        assert_eq!(runs.load(Ordering::SeqCst), 300);
        assert_eq!(durable.nodes().await?.len(), 2);
        for node in &nodes {
            node.shutdown(Shutdown::graceful()).await?;
        }
        Ok::<(), scheduler_core::Error>(())
    })
    .unwrap();
}
