//! Claims: order, limits, returns, tokens, cancellation.

use scheduler_core::store::{
    Class, End, GiveBack, Given, News, RunOf, StoredJob, Submit, Want, Write, Written,
};

use super::rig::{Rig, claim_of, secs};

fn ids(jobs: &[StoredJob]) -> Vec<scheduler_core::store::StoredId> {
    jobs.iter().map(|job| job.row.id).collect()
}

pub(super) fn a_turn_claims_no_more_than_asked(rig: &mut Rig) {
    let mut node = rig.node();
    for queue in ["a", "a", "a", "b", "b", "c"] {
        let mut job = rig.job();
        job.queue = queue.to_owned();
        node.submit(rig, job);
    }
    let mut want = Want::new("a", 2);
    (want.at_most, want.queues) = (3, vec![("a".to_owned(), 2), ("b".to_owned(), 2)]);
    let claimed = node
        .turn(rig, |turn| turn.want = Some(want.clone()))
        .claimed;
    let queues: Vec<_> = claimed.iter().map(|job| job.row.queue.as_str()).collect();
    assert_eq!(queues, ["a", "a", "b"], "two of a, three in all, none of c");
    want.at_most = 0;
    assert!(
        node.turn(rig, |turn| turn.want = Some(want))
            .claimed
            .is_empty()
    );
}

pub(super) fn claims_are_in_order_and_never_early(rig: &mut Rig) {
    let mut node = rig.node();
    let mut made = Vec::new();
    for (class, after) in [
        (Class::Low, 0),
        (Class::Normal, 5),
        (Class::Normal, 2),
        (Class::High, 7),
        (Class::Normal, 2),
        (Class::High, 11),
    ] {
        let mut job = rig.job();
        (job.class, job.due) = (class, Some(rig.now.plus(secs(after))));
        made.push(job.id);
        node.submit(rig, job);
    }
    rig.pass(secs(10));
    let order = [3, 2, 4, 1, 0].map(|at: usize| made[at]);
    assert_eq!(ids(&node.claim(rig, 2)), order[..2], "class, due time, id");
    assert_eq!(
        ids(&node.claim(rig, 9)),
        order[2..],
        "the last one is not due"
    );
    rig.pass(secs(1));
    assert_eq!(
        ids(&node.claim(rig, 9)),
        [made[5]],
        "a job is due at its time"
    );
}

pub(super) fn a_job_of_an_unknown_task_stays(rig: &mut Rig) {
    let mut node = rig.node();
    let mut job = rig.job();
    job.task = "print".to_owned();
    node.submit(rig, job);
    let before = rig.only_job();
    let mut want = Want::new("default", 9);
    want.without = vec!["print".to_owned()];
    let turned = node.turn(rig, |turn| turn.want = Some(want));
    assert!(turned.claimed.is_empty());
    assert_eq!(turned.next_due, None, "no such job is worth a turn");
    assert_eq!(rig.only_job(), before);
    assert_eq!(
        node.claim(rig, 9).len(),
        1,
        "a node that knows the task claims it"
    );
}

pub(super) fn a_node_can_ask_what_it_holds(rig: &mut Rig) {
    let (mut node, mut other) = (rig.node(), rig.node());
    for _ in 0..3 {
        node.submit(rig, rig.job());
    }
    let mine = node.claim(rig, 2);
    other.claim(rig, 1);
    let held = node.turn(rig, |turn| turn.recall = true).held;
    assert_eq!(held, mine);
}

pub(super) fn each_return_counts_what_it_is(rig: &mut Rig) {
    let mut node = rig.node();
    node.submit(rig, rig.job());
    for (given, attempt, lost) in [
        (Given::Unbegun, 0, 0),
        (Given::Retry, 1, 0),
        (Given::Lost, 2, 1),
        (Given::Unbegun, 2, 1),
    ] {
        let job = node.claim_one(rig);
        let due = rig.now.plus(secs(3));
        let give = Write::GiveBack(GiveBack::new(claim_of(&job), given, Some(due)));
        assert_eq!(node.write(rig, give.clone()), Written::Done);
        let back = rig.only_job();
        assert_eq!(
            (back.attempt, back.lost, back.node),
            (attempt, lost, None),
            "{given:?}"
        );
        assert_eq!(back.row.due, Some(due));
        assert!(node.claim(rig, 9).is_empty(), "it waits for its due time");
        assert_eq!(
            node.write(rig, give),
            Written::Gone,
            "a claim is given back once"
        );
        rig.pass(secs(3));
    }
    let job = node.claim_one(rig);
    let keep = GiveBack::new(claim_of(&job), Given::Unbegun, None);
    assert_eq!(node.write(rig, Write::GiveBack(keep)), Written::Done);
    assert_eq!(
        rig.only_job().row.due,
        job.row.due,
        "without a due time it keeps its own"
    );
}

pub(super) fn the_token_grows_with_each_claim(rig: &mut Rig) {
    let mut node = rig.node();
    let job = rig.job();
    node.submit(rig, job.clone());
    for token in 1..=3 {
        let claimed = node.claim_one(rig);
        assert_eq!(claimed.token, token);
        let give = GiveBack::new(claim_of(&claimed), Given::Unbegun, None);
        node.write(rig, Write::GiveBack(give));
    }
    let claimed = node.claim_one(rig);
    node.finish(rig, &claimed, "failed");
    let (job, due) = (job.id, rig.now);
    assert_eq!(node.write(rig, Write::Retry { job, due }), Written::Done);
    assert_eq!(node.claim_one(rig).token, 5, "also after an end");
}

pub(super) fn an_end_needs_the_present_claim(rig: &mut Rig) {
    let (mut node, mut other) = (rig.node(), rig.node());
    node.submit(rig, rig.job());
    let old = node.claim_one(rig);
    assert_eq!(
        other.finish(rig, &old, "succeeded"),
        Written::Gone,
        "another node has the claim"
    );
    node.write(
        rig,
        Write::GiveBack(GiveBack::new(claim_of(&old), Given::Unbegun, None)),
    );
    assert_eq!(
        node.finish(rig, &old, "succeeded"),
        Written::Gone,
        "the claim was given back"
    );
    let new = node.claim_one(rig);
    assert_eq!(
        node.finish(rig, &old, "succeeded"),
        Written::Gone,
        "the token is old"
    );
    let note = Write::Note {
        claim: claim_of(&old),
        text: "half".to_owned(),
    };
    assert_eq!(node.write(rig, note), Written::Gone);
    assert_eq!(node.finish(rig, &new, "succeeded"), Written::Done);
    assert_eq!(
        node.finish(rig, &new, "succeeded"),
        Written::Gone,
        "a job ends once"
    );
    assert_eq!(rig.outcomes(), ["succeeded"]);
}

pub(super) fn the_next_due_time_is_that_of_a_job_to_claim(rig: &mut Rig) {
    let mut node = rig.node();
    let want = || Some(Want::new("default", 1));
    assert_eq!(node.turn(rig, |turn| turn.want = want()).next_due, None);
    for after in [0, 0, 7] {
        let mut job = rig.job();
        job.due = Some(rig.now.plus(secs(after)));
        node.submit(rig, job);
    }
    let due = rig.now;
    assert_eq!(
        node.turn(rig, |turn| turn.want = want()).next_due,
        Some(due),
        "one more is due"
    );
    assert_eq!(
        node.turn(rig, |turn| turn.want = want()).next_due,
        Some(due.plus(secs(7))),
        "claimed jobs do not count"
    );
    assert_eq!(node.turn(rig, |_| {}).next_due, None, "no wish, no answer");
}

pub(super) fn a_job_can_be_claimed_by_the_turn_that_stores_it(rig: &mut Rig) {
    let mut node = rig.node();
    let (now, mut later) = (rig.job(), rig.job());
    later.due = Some(rig.now.plus(secs(1)));
    let writes = [now.clone(), later].map(|job| {
        let mut submit = Submit::new(job);
        submit.claim = true;
        Write::Submit(submit)
    });
    let claimed = node.turn(rig, |turn| turn.writes = writes.into()).claimed;
    assert_eq!(ids(&claimed), [now.id], "the other one is not due");
    assert_eq!((claimed[0].token, claimed[0].attempt), (1, 1));
}

pub(super) fn a_cancellation_reaches_each_job(rig: &mut Rig) {
    let (mut node, mut other) = (rig.node(), rig.node());
    let (runs, waits) = (rig.job(), rig.job());
    node.submit(rig, runs.clone());
    let claimed = node.claim_one(rig);
    node.submit(rig, waits.clone());
    assert_eq!(other.write(rig, Write::Cancel(waits.id)), Written::Done);
    assert_eq!(rig.outcomes(), [End::CANCELLED]);
    assert_eq!(other.write(rig, Write::Cancel(runs.id)), Written::Marked);
    assert_eq!(
        other.write(rig, Write::Cancel(runs.id)),
        Written::Marked,
        "twice is once"
    );
    assert_eq!(other.write(rig, Write::Cancel(waits.id)), Written::Gone);
    let ask = || Some(News::new(vec!["mail".to_owned()], secs(1)));
    let news = node.turn(rig, |turn| turn.news = ask()).news.expect("news");
    assert_eq!(news.cancelled, [runs.id]);
    let news = other
        .turn(rig, |turn| turn.news = ask())
        .news
        .expect("news");
    assert!(news.cancelled.is_empty(), "only its own");
    node.write(
        rig,
        Write::GiveBack(GiveBack::new(claim_of(&claimed), Given::Retry, None)),
    );
    assert!(
        other.claim_one(rig).cancelled,
        "the next node learns it with the claim"
    );
}

pub(super) fn an_ended_job_can_be_retried(rig: &mut Rig) {
    let mut node = rig.node();
    let mut job = rig.job();
    job.run = Some(RunOf::due("report", rig.now));
    node.submit(rig, job.clone());
    let claimed = node.claim_one(rig);
    node.finish(rig, &claimed, End::DEAD);
    let (id, due) = (job.id, rig.now.plus(secs(5)));
    assert_eq!(
        node.write(rig, Write::Retry { job: id, due }),
        Written::Done
    );
    assert!(rig.outcomes().is_empty(), "one row a job");
    let waiting = rig.only_job();
    assert_eq!(
        waiting.row.run, None,
        "no decision of the schedule knows it"
    );
    assert_eq!(
        (waiting.attempt, waiting.lost, waiting.row.due),
        (0, 0, Some(due))
    );
    assert_eq!(
        node.write(rig, Write::Retry { job: id, due }),
        Written::Same
    );
    let unknown = rig.id();
    assert_eq!(
        node.write(rig, Write::Retry { job: unknown, due }),
        Written::Gone
    );
    rig.pass(secs(5));
    let claimed = node.claim_one(rig);
    node.finish(rig, &claimed, End::DEAD);
    assert_eq!(node.write(rig, Write::Discard(id)), Written::Done);
    assert_eq!(node.write(rig, Write::Discard(id)), Written::Gone);
    assert!(rig.outcomes().is_empty());
}
