//! Cases of SD: each setting of a hurrying shutdown shortens the shutdown in progress.

use std::time::Duration;

use scheduler_core::{Job, Options, Shutdown, implement::block_on, shutdown::Waiting};

use super::bodies::counting;
use crate::{
    Backend, World,
    gate::{Counter, Gate},
};

const LONG: Duration = Duration::from_secs(100);
const SHORT: Duration = Duration::from_secs(1);

fn patient() -> Shutdown {
    let how = Shutdown::drain_within(LONG);
    how.cancel_grace(LONG).abandon_after(LONG)
}

/// One job blocks its thread through all phases. The next one waits for its permit.
pub(super) fn each_setting_of_a_hurrying_shutdown_shortens(backend: &dyn Backend) {
    let brief_drain = Shutdown::drain_within(SHORT);
    let settings = [
        (patient(), 3 * LONG),
        (
            brief_drain.cancel_grace(LONG).abandon_after(LONG),
            2 * LONG + SHORT,
        ),
        (patient().cancel_grace(SHORT), 2 * LONG + SHORT),
        (patient().abandon_after(SHORT), 2 * LONG + SHORT),
    ];
    for (how, wanted) in settings {
        let (world, gate, _) = blocked(backend);
        let begun = world.time.elapsed();
        hurry(&world, how);
        drop(world.run(world.scheduler.stopped()));
        assert_eq!(world.time.elapsed() - begun, wanted, "{how:?}");
        gate.open();
    }
    let (world, gate, waiting) = blocked(backend);
    hurry(&world, patient());
    assert!(waiting.outcome().is_none(), "it may still start");
    hurry(&world, patient().waiting(Waiting::Cancel));
    assert!(waiting.outcome().is_some(), "the call cancels it at once");
    gate.open();
}

fn blocked(backend: &dyn Backend) -> (World, Gate, scheduler_core::JobHandle) {
    let world = World::with(backend, Options::default().max_concurrent_jobs(1)).started();
    let gate = Gate::default();
    let opened = gate.clone();
    let blocks = Job::blocking(move |_| block_on(opened.pass()));
    world.call(|it| it.post(blocks).expect("accepted"));
    world.settle();
    let waiting = counting(&Counter::default());
    let waiting = world.call(|it| it.try_submit(waiting).expect("accepted"));
    world.call(|it| it.request_shutdown(patient()).expect("running"));
    (world, gate, waiting)
}

fn hurry(world: &World, how: Shutdown) {
    world.call(|it| it.request_shutdown(how.hurry()).expect("requested"));
    world.settle();
}
