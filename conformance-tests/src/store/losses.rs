//! Claims of dead nodes.

use std::time::Duration;

use scheduler_core::store::{GiveBack, Given, Sweep, Want, Write, Written};

use super::rig::{LEASE, MARGIN, Rig, TestNode, claim_of, secs};

pub(super) fn age_alone_frees_nothing(rig: &mut Rig) {
    let (mut node, mut sweeper) = (rig.node(), rig.node());
    node.submit(rig, rig.job());
    let job = node.claim_one(rig);
    for _ in 0..100 {
        rig.pass(LEASE);
        node.turn(rig, |_| {});
        assert!(sweeper.sweep(rig).is_empty(), "its node is live");
    }
    assert_eq!(node.finish(rig, &job, "succeeded"), Written::Done);
}

pub(super) fn a_dead_node_loses_its_jobs_after_its_lease(rig: &mut Rig) {
    let (mut dead, mut sweeper) = (rig.node(), rig.node());
    sweeper.submit(rig, rig.job());
    let job = dead.claim_one(rig);
    rig.pass(LEASE + MARGIN);
    assert!(
        sweeper.sweep(rig).is_empty(),
        "not before its lease has ended"
    );
    rig.pass(Duration::from_millis(1));
    let delay = secs(8);
    let swept = sweeper
        .turn(rig, |turn| turn.sweep = Some(Sweep::new(MARGIN, delay)))
        .swept
        .expect("a sweep");
    assert_eq!(
        swept
            .buried
            .iter()
            .map(|node| node.node)
            .collect::<Vec<_>>(),
        [dead.node.id]
    );
    assert_eq!(swept.freed, [job.row.id]);
    let freed = rig.only_job();
    assert_eq!((freed.node, freed.attempt, freed.lost), (None, 1, 1));
    let due = freed.row.due.expect("a due time");
    assert_eq!(
        due,
        rig.now.plus(delay).plus(job.row.id.spread(delay)),
        "spread by the id"
    );
}

pub(super) fn a_clock_set_back_does_not_keep_a_dead_node(rig: &mut Rig) {
    let (mut dead, mut sweeper) = (rig.node(), rig.node());
    sweeper.submit(rig, rig.job());
    dead.claim_one(rig);
    rig.now = rig.now.minus(secs(3_600));
    assert!(sweeper.sweep(rig).is_empty());
    rig.pass(LEASE + MARGIN + secs(1));
    assert_eq!(
        sweeper.sweep(rig).len(),
        1,
        "a lease after the step, not an hour"
    );
}

fn lose(rig: &mut Rig, sweeper: &mut TestNode, times: usize) {
    for _ in 0..times {
        let mut dying = rig.node();
        assert_eq!(dying.claim(rig, 9).len(), 1);
        rig.pass(LEASE + MARGIN + secs(1));
        assert_eq!(sweeper.sweep(rig).len(), 1);
    }
}

pub(super) fn a_node_gets_one_suspect_at_most(rig: &mut Rig) {
    let mut node = rig.node();
    let (first, second) = (rig.job(), rig.job());
    for job in [first, second] {
        node.submit(rig, job);
        lose(rig, &mut node, 2);
        // Out of reach while the other one is lost.
        let mut waiting = rig.jobs();
        waiting.retain(|job| job.row.due <= Some(rig.now));
        for job in waiting {
            let mut claimed = node.claim(rig, 1);
            let due = rig.now.plus(secs(900));
            let claim = claim_of(&claimed.remove(0));
            assert_eq!(claim.job, job.row.id);
            node.write(
                rig,
                Write::GiveBack(GiveBack::new(claim, Given::Unbegun, Some(due))),
            );
        }
    }
    node.turn(rig, |_| {});
    rig.now = rig.now.plus(secs(2_000));
    let mut node = rig.node();
    let healthy = rig.job();
    node.submit(rig, healthy.clone());
    // The second suspect, which is due before the healthy job, takes no place.
    let claimed = node.claim(rig, 2);
    assert_eq!(
        claimed.len(),
        2,
        "one suspect, and the job that was never lost"
    );
    assert_eq!(claimed.iter().filter(|job| job.is_suspect()).count(), 1);
    let mut want = Want::new("default", 9);
    want.suspects = 0;
    let turned = node.turn(rig, |turn| turn.want = Some(want));
    assert!(turned.claimed.is_empty());
    assert_eq!(turned.next_due, None, "no suspect is wanted now");
}
