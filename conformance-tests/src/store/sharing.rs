//! Sessions on several threads.

use std::{collections::BTreeSet, sync::Mutex, thread, time::Duration};

use scheduler_core::store::{
    Decide, LookAt, Put, RecordRow, Rows, RunOf, Submit, Want, Woken, Write, Written,
};

use super::rig::{Rig, secs};

const THREADS: usize = 4;

pub(super) fn a_watch_ends_in_time(rig: &mut Rig) {
    let mut node = rig.node();
    for _ in 0..3 {
        let woken = node
            .session
            .watch(Duration::from_millis(1))
            .expect("a watch");
        assert!(matches!(woken, Woken::TimePassed | Woken::Hint));
    }
    if !rig.store.promises().wakes {
        return;
    }
    let mut watcher = rig.node();
    while watcher.session.watch(Duration::ZERO).expect("a watch") == Woken::Hint {}
    node.submit(rig, rig.job());
    let woken = watcher.session.watch(secs(60)).expect("a watch");
    assert_eq!(woken, Woken::Hint, "the store promises to wake");
}

pub(super) fn threads_claim_each_job_once(rig: &mut Rig) {
    const JOBS: usize = 200;
    let mut node = rig.node();
    let writes = (0..JOBS)
        .map(|_| Write::Submit(Submit::new(rig.job())))
        .collect();
    node.turn(rig, |turn| turn.writes = writes);
    let claimed = Mutex::new(Vec::new());
    let mut nodes: Vec<_> = (0..THREADS).map(|_| rig.node()).collect();
    let (all, now) = (&claimed, rig.now);
    thread::scope(|scope| {
        for node in &mut nodes {
            let mut number = 0;
            scope.spawn(move || {
                loop {
                    number += 1;
                    let mut turn =
                        scheduler_core::store::Turn::new(node.node, number, super::rig::LEASE);
                    (turn.now, turn.want) = (Some(now), Some(Want::new("default", 7)));
                    let turned = node.send(&turn);
                    if turned.claimed.is_empty() {
                        break;
                    }
                    assert!(number <= JOBS as u64, "a claimed job is claimed again");
                    let ids = turned.claimed.iter().map(|job| (job.row.id, job.token));
                    all.lock().expect("no thread panicked").extend(ids);
                }
            });
        }
    });
    let claimed = claimed.into_inner().expect("no thread panicked");
    assert_eq!(claimed.len(), JOBS, "each job is claimed");
    assert_eq!(
        claimed
            .iter()
            .map(|(id, _)| id)
            .collect::<BTreeSet<_>>()
            .len(),
        JOBS,
        "and only once"
    );
    assert!(claimed.iter().all(|(_, token)| *token == 1));
}

pub(super) fn threads_record_each_instant_once(rig: &mut Rig) {
    const INSTANTS: u64 = 40;
    let mut node = rig.node();
    let first = rig.now;
    let put = Put::new("report", "mail", "{}", Some(first));
    assert_eq!(node.write(rig, Write::Put(put)), Written::Done);
    let mut nodes: Vec<_> = (0..THREADS).map(|_| rig.node()).collect();
    let last = first.plus(secs(INSTANTS));
    thread::scope(|scope| {
        for node in &mut nodes {
            scope.spawn(move || {
                let mut number = 0;
                let mut next = |node: &mut super::rig::TestNode, write: Option<Write>| {
                    number += 1;
                    // Each turn decides an instant, or shows that another thread did.
                    assert!(number <= INSTANTS + 1, "the cursor stays where it is");
                    let mut turn =
                        scheduler_core::store::Turn::new(node.node, number, super::rig::LEASE);
                    turn.now = Some(first);
                    turn.ask = vec!["report".to_owned()];
                    turn.writes.extend(write);
                    node.send(&turn).asked.remove(0)
                };
                let mut picture = next(node, None);
                while let Some(nominal) = picture.row.next.filter(|next| *next < last) {
                    let mut decide = Decide::from_picture(&picture);
                    decide.next = Some(nominal.plus(secs(1)));
                    decide.records = vec![RecordRow::new(RunOf::due("report", nominal), "skipped")];
                    picture = next(node, Some(Write::Decide(decide)));
                }
            });
        }
    });
    let (schedule, from, to) = ("report".to_owned(), first, last);
    let Rows::Records(records) = rig.look(LookAt::Records { schedule, from, to }) else {
        panic!("records were asked for");
    };
    let nominals: Vec<_> = records.iter().map(|record| record.run.nominal).collect();
    assert_eq!(
        nominals,
        (0..INSTANTS)
            .map(|at| first.plus(secs(at)))
            .collect::<Vec<_>>(),
        "no hole, no double"
    );
}
