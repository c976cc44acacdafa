//! The report of a shutdown, with an entry in each of its lists.

use std::time::Duration;

use scheduler_core::{Job, Options, Shutdown, failure::JobFailure, implement::block_on};

use super::script::{SECOND, Script};
use crate::{Backend, gate::Gate};

const WANTED: &str = include_str!("ends.txt");

/// Submits two jobs for each list of the report, one with a name and one without. They end one
/// after the other.
pub(in crate::cases) fn every_field_of_a_shutdown_report_follows_the_jobs(backend: &dyn Backend) {
    let (hangs, stuck) = (Gate::default(), Gate::default());
    let mut script = script(backend, &hangs);
    let drained = || Job::new(|job| async move { job.sleep(SECOND).await });
    post(&mut script, drained().name("drained"));
    post(&mut script, drained());
    post(&mut script, failing(2, "disk on fire").name("failed"));
    post(&mut script, failing(2, "no route"));
    post(&mut script, failing(3, HANGS).name("its handler hangs"));
    post(&mut script, failing(3, HANGS));
    let deaf = Job::new(|_| std::future::pending::<()>());
    post(&mut script, deaf.name("cancelled"));
    let obedient = Job::new(|job| async move {
        job.cancelled().await;
        job.sleep(SECOND).await;
    });
    post(&mut script, obedient);
    post(&mut script, blocked(&stuck).name("abandoned"));
    post(&mut script, blocked(&stuck));
    let delayed = || Job::new(|_| async {}).after(60 * SECOND);
    post(&mut script, delayed().name("never started"));
    post(&mut script, delayed());
    script.advance(SECOND / 2);
    let how = Shutdown::drain_within(5 * SECOND).cancel_grace(2 * SECOND);
    script.shut_down(how.abandon_after(SECOND));
    for gate in [hangs, stuck] {
        script.world.time.outside(|| gate.open());
    }
    script.world.settle();
    script.tell();
    script.compare("ends.txt", WANTED);
}

/// The error for which the handler waits at the gate.
const HANGS: &str = "no mail server";

fn script(backend: &dyn Backend, hangs: &Gate) -> Script {
    let closed = hangs.clone();
    let options = Options::default().on_error(move |failure: &JobFailure| {
        if failure.error.to_string() == HANGS {
            block_on(closed.pass());
        }
    });
    let options = options.handler_grace(60 * SECOND).keep_spawn_sites(false);
    Script::new(backend, options).started()
}

fn failing(seconds: u32, error: &'static str) -> Job {
    Job::new(move |job| async move {
        job.sleep(seconds * SECOND).await;
        Err::<(), _>(error)
    })
}

fn blocked(gate: &Gate) -> Job {
    let gate = gate.clone();
    Job::blocking(move |_| block_on(gate.pass()))
}

/// Posts a job, then advances the clock by a millisecond, so that events have distinct times.
fn post(script: &mut Script, job: Job) {
    let name = job.get_name().unwrap_or("one without a name").to_owned();
    script.call(&format!("post {name:?}"), |it| {
        it.post(job).expect("accepted")
    });
    script.advance(Duration::from_millis(1));
}
