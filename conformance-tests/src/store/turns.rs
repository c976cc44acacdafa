//! Nodes and turns: numbers, repeats, dead nodes, refused writes.

use std::time::Duration;

use scheduler_core::store::{
    Applied, Decide, End, GiveBack, Given, Put, Submit, Sweep, Turn, Want, Write, Written,
};

use super::rig::{LEASE, MARGIN, Rig, claim_of, secs};

pub(super) fn a_stored_job_is_there_for_another_session(rig: &mut Rig) {
    let (mut first, mut second) = (rig.node(), rig.node());
    let job = rig.job();
    first.submit(rig, job.clone());
    drop(first);
    assert_eq!(second.claim_one(rig).row, job);
}

pub(super) fn two_nodes_of_one_name_have_two_numbers(rig: &mut Rig) {
    let first = rig.node();
    let mut second = rig.node();
    assert_ne!(first.node.id, second.node.id);
    second.turn(rig, |turn| turn.leave = true);
    let third = rig.node();
    assert!(
        ![first.node.id, second.node.id].contains(&third.node.id),
        "a number is given once"
    );
}

pub(super) fn a_nonce_of_another_node_is_refused(rig: &mut Rig) {
    let mut node = rig.node();
    let mut turn = node.next(rig);
    turn.node.nonce += 1;
    turn.writes = vec![Write::Submit(Submit::new(rig.job()))];
    let turned = node.send(&turn);
    assert_eq!(turned.applied, Applied::Dead);
    assert!(rig.jobs().is_empty());
}

pub(super) fn a_dead_node_changes_nothing(rig: &mut Rig) {
    let (mut dead, mut live) = (rig.node(), rig.node());
    live.submit(rig, rig.job());
    let job = dead.claim_one(rig);
    rig.pass(LEASE + MARGIN + secs(1));
    assert_eq!(live.sweep(rig), [job.row.id]);
    let before = rig.jobs();
    let mut turn = dead.next(rig);
    let end = End::new("succeeded");
    turn.writes = vec![
        Write::Finish {
            claim: claim_of(&job),
            end,
        },
        Write::Submit(Submit::new(rig.job())),
        Write::Put(Put::new("report", "mail", "{}", None)),
        Write::Cancel(job.row.id),
    ];
    (turn.want, turn.recall) = (Some(Want::new("default", 9)), true);
    turn.ask = vec!["report".to_owned()];
    let turned = dead.send(&turn);
    assert_eq!(turned.applied, Applied::Dead);
    let empty = scheduler_core::store::Turned::new(rig.now, Applied::Dead);
    assert_eq!(turned, empty, "a dead node learns nothing but that");
    assert_eq!(rig.jobs(), before);
    assert!(rig.outcomes().is_empty());
}

pub(super) fn a_turn_that_is_sent_twice_is_applied_once(rig: &mut Rig) {
    let mut node = rig.node();
    node.submit(rig, rig.job());
    node.submit(rig, rig.job());
    let claimed = node.claim(rig, 2);
    let [ended, returned] = [claim_of(&claimed[0]), claim_of(&claimed[1])];
    assert_eq!(
        node.write(
            rig,
            Write::Put(Put::new("report", "mail", "{}", Some(rig.now)))
        ),
        Written::Done
    );
    let pictures = node
        .turn(rig, |turn| turn.ask = vec!["report".to_owned()])
        .asked;
    let mut decide = Decide::from_picture(&pictures[0]);
    decide.next = Some(rig.now.plus(secs(60)));
    let mut turn = node.next(rig);
    let waiting = rig.job();
    turn.writes = vec![
        Write::Finish {
            claim: ended,
            end: End::new("succeeded"),
        },
        Write::GiveBack(GiveBack::new(
            returned,
            Given::Retry,
            Some(rig.now.plus(secs(9))),
        )),
        Write::Submit(Submit::new(waiting.clone())),
        Write::Decide(decide),
    ];
    turn.want = Some(Want::new("default", 9));
    let first = node.send(&turn);
    assert_eq!(first.applied, Applied::Now);
    assert_eq!(first.written, vec![Written::Done; 4]);
    assert_eq!(first.claimed.len(), 1, "the new job is due");
    let (jobs, ends) = (rig.jobs(), rig.outcomes());
    turn.recall = true;
    let second = node.send(&turn);
    assert_eq!(second.applied, Applied::Before);
    assert_eq!(
        second.written[..3],
        [Written::Done, Written::Done, Written::Done]
    );
    let Written::Stale(Some(picture)) = &second.written[3] else {
        panic!(
            "a repeated decision shows the stored schedule, not {:?}",
            second.written[3]
        );
    };
    assert_eq!(picture.row.next, Some(rig.now.plus(secs(60))));
    assert!(second.claimed.is_empty(), "nothing is claimed again");
    assert_eq!(second.held, first.claimed, "the node learns what it holds");
    assert_eq!((rig.jobs(), rig.outcomes()), (jobs, ends));
}

pub(super) fn a_late_copy_of_an_older_turn_changes_nothing(rig: &mut Rig) {
    let mut node = rig.node();
    let mut old = node.next(rig);
    old.writes = vec![Write::Submit(Submit::new(rig.job()))];
    node.send(&old);
    let job = node.claim_one(rig);
    node.finish(rig, &job, "succeeded");
    assert_eq!(node.send(&old).applied, Applied::Before);
    assert!(rig.jobs().is_empty(), "the ended job is not stored again");
}

pub(super) fn lost_turns_are_noticed(rig: &mut Rig) {
    let mut node = rig.node();
    node.turn(rig, |_| {});
    let mut turn = Turn::new(node.node, 7, LEASE);
    turn.now = Some(rig.now);
    turn.writes = vec![Write::Submit(Submit::new(rig.job()))];
    assert_eq!(node.send(&turn).applied, Applied::WentBack { at: 1 });
    assert!(rig.jobs().is_empty());
}

pub(super) fn a_refused_write_fails_alone(rig: &mut Rig) {
    let mut node = rig.node();
    let (first, last) = (rig.job(), rig.job());
    let lost = claim_of(&scheduler_core::store::StoredJob::new(rig.job(), rig.now));
    let turned = node.turn(rig, |turn| {
        turn.writes = vec![
            Write::Submit(Submit::new(first.clone())),
            Write::Finish {
                claim: lost,
                end: End::new("succeeded"),
            },
            Write::Cancel(lost.job),
            Write::Submit(Submit::new(last.clone())),
        ];
    });
    assert_eq!(
        turned.written,
        [Written::Done, Written::Gone, Written::Gone, Written::Done]
    );
    assert_eq!(rig.jobs().len(), 2);
}

pub(super) fn a_repeated_submission_stores_nothing(rig: &mut Rig) {
    let mut node = rig.node();
    let job = rig.job();
    let repeat = |rig: &Rig, node: &mut super::rig::TestNode| {
        let mut submit = Submit::new(job.clone());
        (submit.repeat, submit.claim) = (true, true);
        node.write(rig, Write::Submit(submit))
    };
    assert_eq!(
        repeat(rig, &mut node),
        Written::Done,
        "the first copy was lost"
    );
    assert_eq!(
        rig.only_job().node,
        None,
        "a repeat is never claimed by the turn that stores it"
    );
    assert_eq!(repeat(rig, &mut node), Written::Same);
    let claimed = node.claim_one(rig);
    assert_eq!(repeat(rig, &mut node), Written::Same);
    node.finish(rig, &claimed, "succeeded");
    assert_eq!(repeat(rig, &mut node), Written::Same);
    assert_eq!((rig.jobs().len(), rig.outcomes().len()), (0, 1));
}

pub(super) fn texts_come_back_byte_for_byte(rig: &mut Rig) {
    let mut node = rig.node();
    let long = "é".repeat(1 << 19);
    for text in [
        "\\u0000",
        "\u{0}",
        "9007199254740993",
        " {\"a\" : 1.0e2 }\n",
        "😀\u{202e}\r",
        "'; --",
        &long,
    ] {
        let mut job = rig.job();
        job.args = text.to_owned();
        (job.policy, job.facts) = (Some(text.to_owned()), Some(text.to_owned()));
        node.submit(rig, job.clone());
        let claimed = node.claim_one(rig);
        assert!(
            claimed.row == job,
            "the job of {:?} changed",
            &text[..text.len().min(20)]
        );
        let note = Write::Note {
            claim: claim_of(&claimed),
            text: text.to_owned(),
        };
        assert_eq!(node.write(rig, note), Written::Done);
        assert!(rig.only_job().note.as_deref() == Some(text));
        let mut end = End::new("failed");
        (end.error, end.result) = (Some(text.to_owned()), Some(text.to_owned()));
        let finish = Write::Finish {
            claim: claim_of(&claimed),
            end: end.clone(),
        };
        assert_eq!(node.write(rig, finish), Written::Done);
        let scheduler_core::store::Rows::Ends(ends) =
            rig.look(scheduler_core::store::LookAt::Ends(filter(job.id)))
        else {
            panic!("ends were asked for");
        };
        assert!(
            ends.len() == 1 && ends[0].end == end,
            "the end of {:?} changed",
            &text[..text.len().min(20)]
        );
    }
}

fn filter(id: scheduler_core::store::StoredId) -> scheduler_core::store::JobFilter {
    let mut filter = scheduler_core::store::JobFilter::default();
    filter.id = Some(id);
    filter
}

pub(super) fn a_node_that_leaves_has_no_row(rig: &mut Rig) {
    let (mut leaving, mut live) = (rig.node(), rig.node());
    live.submit(rig, rig.job());
    let job = leaving.claim_one(rig);
    leaving.turn(rig, |turn| turn.leave = true);
    let mut turn = leaving.next(rig);
    turn.now = Some(rig.now);
    assert_eq!(leaving.send(&turn).applied, Applied::Dead);
    let mut sweep = Sweep::new(MARGIN, Duration::ZERO);
    sweep.bury = false;
    let swept = live
        .turn(rig, |turn| turn.sweep = Some(sweep))
        .swept
        .expect("a sweep");
    assert_eq!(
        swept.freed,
        [job.row.id],
        "what the node left behind is freed without a burial"
    );
    assert!(swept.buried.is_empty());
}
