//! Runs whose lease is lost while their bodies continue.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use backend_thread::ThreadRuntime;
use scheduler_core::{
    JobContext, Options, RuntimeScheduler, Scheduler, Shutdown, registry::TaskRegistry,
    store::Stored,
};
use scheduler_testing::VirtualRuntime;

use crate::faults::{Fault, Faulty, Plan};

/// The token under which a body began, and the one that it finds later.
type Found = (u64, Option<u64>);

/// A body that ignores its cancellation outlives its lease, while the job runs again on the same node.
#[test]
fn a_body_whose_lease_was_lost_does_not_find_the_claim_of_its_successor() {
    let seen: Arc<Mutex<Vec<Found>>> = Arc::default();
    let (mut tasks, notes) = (TaskRegistry::new(), seen.clone());
    let deaf = move |job: JobContext, (): ()| {
        let (notes, token) = (notes.clone(), job.lease().map(|lease| lease.token));
        async move {
            let number = token.unwrap_or_default();
            // The first run ends long after its lease; the second one runs meanwhile.
            for _ in 0..30 {
                job.sleep(Duration::from_millis(100)).await;
                let found = job.lease().map(|lease| lease.token);
                notes
                    .lock()
                    .expect("no test panics with it")
                    .push((number, found));
            }
        }
    };
    tasks.register("deaf", deaf).expect("a new name");
    let store = Faulty::new(Plan::Nothing);
    let time = VirtualRuntime::new(ThreadRuntime::new());
    let stored = Stored::new(store.clone(), tasks)
        .lease(Duration::from_secs(1))
        .simulated_time();
    let options = Options::default().store(stored);
    let scheduler = RuntimeScheduler::with_options(time.clone(), options).expect("valid");
    time.run(async {
        scheduler.start().await?;
        let durable = scheduler.durable().expect("it has a store");
        durable.submit(durable.job("deaf", ())?).await
    })
    .expect("it is stored");
    time.advance(Duration::from_millis(250));
    store.set(Plan::All(Fault::Before));
    time.advance(Duration::from_millis(1_000));
    store.set(Plan::Nothing);
    time.advance(Duration::from_secs(12));
    let seen = seen.lock().expect("no test panics with it").clone();
    let second = seen
        .iter()
        .filter(|(number, found)| *number == 2 && *found == Some(2));
    assert_eq!(second.count(), 30, "{seen:?}");
    let first: Vec<_> = seen
        .iter()
        .filter(|(number, _)| *number == 1)
        .map(|(_, found)| *found)
        .collect();
    assert!(
        first.contains(&Some(1)) && first.contains(&None),
        "{first:?}"
    );
    assert!(!first.contains(&Some(2)), "{first:?}");
    time.run(scheduler.shutdown(Shutdown::graceful()))
        .expect("it ends");
}
