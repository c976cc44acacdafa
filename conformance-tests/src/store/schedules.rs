//! Decisions about schedules: compare, records, revisions, kept runs.

use scheduler_core::store::{
    Decide, JobKey, JobRow, LookAt, NewRun, Picture, Put, RecordRow, Refusal, Rows, RunOf,
    StoreTime, Write, Written,
};

use super::rig::{Rig, TestNode, secs};

pub(super) fn run_job(rig: &Rig, nominal: StoreTime, due: Option<StoreTime>) -> JobRow {
    let mut job = rig.job();
    (job.run, job.due) = (Some(run(nominal)), due);
    job
}

/// Adds the schedule `report`, due now.
pub(super) fn put(rig: &Rig, node: &mut TestNode) {
    let put = Put::new("report", "mail", "{}", Some(rig.now));
    assert_eq!(node.write(rig, Write::Put(put)), Written::Done);
}

pub(super) fn picture(rig: &Rig, node: &mut TestNode) -> Picture {
    let mut asked = node
        .turn(rig, |turn| {
            turn.ask = vec!["report".to_owned(), "none".to_owned()];
        })
        .asked;
    assert_eq!(asked.len(), 1, "a schedule that does not exist is missing");
    asked.remove(0)
}

pub(super) fn run(nominal: StoreTime) -> RunOf {
    RunOf::due("report", nominal)
}

/// Returns the decision that the present instant starts a job, and the next one is a minute later.
fn decide(rig: &Rig, picture: &Picture) -> Decide {
    let nominal = picture.row.next.expect("a cursor");
    let mut decide = Decide::from_picture(picture);
    decide.next = Some(nominal.plus(secs(60)));
    let job = run_job(rig, nominal, Some(rig.now));
    let mut record = RecordRow::new(run(nominal), "started");
    record.job = Some(job.id);
    decide.records.push(record);
    decide.start.push(NewRun::new(job));
    decide
}

fn records(rig: &Rig) -> Vec<RecordRow> {
    let (from, to) = (
        StoreTime::from_micros(i64::MIN),
        StoreTime::from_micros(i64::MAX),
    );
    let schedule = "report".to_owned();
    match rig.look(LookAt::Records { schedule, from, to }) {
        Rows::Records(records) => records,
        other => panic!("records were asked for, and {other:?} came"),
    }
}

pub(super) fn a_decision_is_stored_as_a_whole(rig: &mut Rig) {
    let mut node = rig.node();
    put(rig, &mut node);
    let before = picture(rig, &mut node);
    assert_eq!(
        (before.row.rev, before.row.ver, before.row.last),
        (1, 0, None)
    );
    let mut decision = decide(rig, &before);
    decision.start[0].claim = true;
    let turned = node.turn(rig, |turn| {
        turn.writes = vec![Write::Decide(decision.clone())];
    });
    assert_eq!(turned.written, [Written::Done]);
    assert_eq!(
        turned.claimed.len(),
        1,
        "the run is claimed by the turn that decides it"
    );
    let after = picture(rig, &mut node);
    assert_eq!((after.row.ver, after.row.rev), (1, 1));
    assert_eq!(
        (after.row.next, after.row.last),
        (decision.next, before.row.next)
    );
    assert_eq!(after.open.len(), 1);
    assert!(after.open[0].claimed);
    let stored = records(rig);
    let mut expected = decision.records[0].clone();
    (expected.node, expected.at) = (node.node.id, rig.now);
    assert_eq!(stored, [expected]);
}

pub(super) fn of_two_decisions_one_is_stored(rig: &mut Rig) {
    let (mut first, mut second) = (rig.node(), rig.node());
    put(rig, &mut first);
    let seen = picture(rig, &mut first);
    let (one, two) = (decide(rig, &seen), decide(rig, &seen));
    assert_eq!(first.write(rig, Write::Decide(one)), Written::Done);
    let Written::Stale(Some(now)) = second.write(rig, Write::Decide(two.clone())) else {
        panic!("the second decision is about an older row");
    };
    assert_eq!(
        (now.row.ver, now.open.len()),
        (1, 1),
        "it learns the row with its runs"
    );
    assert_eq!((records(rig).len(), rig.jobs().len()), (1, 1));
    let mut gone = two;
    gone.schedule = "none".to_owned();
    assert_eq!(second.write(rig, Write::Decide(gone)), Written::Stale(None));
}

pub(super) fn an_instant_has_one_record(rig: &mut Rig) {
    let mut node = rig.node();
    put(rig, &mut node);
    let seen = picture(rig, &mut node);
    let first = decide(rig, &seen);
    assert_eq!(node.write(rig, Write::Decide(first)), Written::Done);
    let mut again = Decide::from_picture(&picture(rig, &mut node));
    again.records.push(RecordRow::new(run(rig.now), "skipped"));
    again.next = None;
    let job = rig.job();
    let turned = node.turn(rig, |turn| {
        turn.writes = vec![
            Write::Decide(again.clone()),
            Write::Submit(scheduler_core::store::Submit::new(job)),
        ];
    });
    let (schedule, nominal) = ("report".to_owned(), rig.now);
    assert_eq!(
        turned.written[0],
        Written::Refused(Refusal::Recorded { schedule, nominal })
    );
    assert_eq!(
        turned.written[1],
        Written::Done,
        "the other write of the turn is stored"
    );
    assert!(
        picture(rig, &mut node).row.next.is_some(),
        "nothing of the decision is stored"
    );
    again.records[0].run.cause = 70_000;
    assert_eq!(
        node.write(rig, Write::Decide(again)),
        Written::Done,
        "another cause has a record of its own"
    );
    assert_eq!(records(rig).len(), 2);
}

pub(super) fn a_decision_about_an_older_schedule_is_void(rig: &mut Rig) {
    let mut node = rig.node();
    put(rig, &mut node);
    let old = picture(rig, &mut node);
    let mut newer = Put::new("report", "mail", "{\"every\":\"1h\"}", old.row.next);
    newer.rev = Some(7);
    let Written::Stale(Some(seen)) = node.write(rig, Write::Put(newer.clone())) else {
        panic!("the revision is not 7");
    };
    newer.rev = Some(seen.row.rev);
    assert_eq!(node.write(rig, Write::Put(newer.clone())), Written::Done);
    let decision = decide(rig, &old);
    assert!(matches!(
        node.write(rig, Write::Decide(decision)),
        Written::Stale(Some(_))
    ));
    newer.rev = Some(0);
    assert!(
        matches!(node.write(rig, Write::Put(newer)), Written::Stale(Some(_))),
        "0: must not exist"
    );
    let remove = |rev| Write::Remove {
        schedule: "report".to_owned(),
        rev,
    };
    assert!(matches!(
        node.write(rig, remove(Some(1))),
        Written::Stale(Some(_))
    ));
    assert_eq!(node.write(rig, remove(Some(2))), Written::Done);
    assert_eq!(node.write(rig, remove(None)), Written::Gone);
    let mut first = Put::new("report", "mail", "{}", Some(rig.now));
    first.rev = Some(0);
    assert_eq!(node.write(rig, Write::Put(first)), Written::Done);
    let decision = decide(rig, &old);
    assert!(
        matches!(
            node.write(rig, Write::Decide(decision)),
            Written::Stale(Some(_))
        ),
        "the numbers of a removed schedule are not used again"
    );
    assert!(records(rig).is_empty());
}

pub(super) fn a_decision_compares_the_cursor_and_starts_no_keyed_run(rig: &mut Rig) {
    let mut node = rig.node();
    put(rig, &mut node);
    let mut decision = decide(rig, &picture(rig, &mut node));
    let mut keyed = decision.clone();
    keyed.start[0].job.key = Some(JobKey::new("report"));
    let refused = node.write(rig, Write::Decide(keyed));
    assert!(
        matches!(refused, Written::Refused(Refusal::State { .. })),
        "a run has no key: {refused:?}"
    );
    decision.was = Some(rig.now.plus(secs(1)));
    assert!(matches!(
        node.write(rig, Write::Decide(decision)),
        Written::Stale(Some(_))
    ));
}

pub(super) fn an_unchanged_schedule_keeps_its_place(rig: &mut Rig) {
    let mut node = rig.node();
    put(rig, &mut node);
    let before = picture(rig, &mut node);
    rig.pass(secs(100));
    let same = Put::new("report", "mail", "{}", Some(rig.now));
    assert_eq!(node.write(rig, Write::Put(same)), Written::Same);
    assert_eq!(picture(rig, &mut node), before);
}

pub(super) fn a_schedule_is_not_due_before_its_records(rig: &mut Rig) {
    let mut node = rig.node();
    put(rig, &mut node);
    let mut decision = decide(rig, &picture(rig, &mut node));
    let last = rig.now.plus(secs(30));
    (decision.records[0].until, decision.records[0].count) = (Some(last), 4);
    assert_eq!(node.write(rig, Write::Decide(decision)), Written::Done);
    let remove = Write::Remove {
        schedule: "report".to_owned(),
        rev: None,
    };
    for removed in [false, true] {
        if removed {
            assert_eq!(node.write(rig, remove.clone()), Written::Done);
        }
        let next = last;
        let refused = Put::new("report", "mail", "[3]", Some(next));
        let schedule = "report".to_owned();
        let behind = Refusal::Behind {
            schedule,
            last,
            next,
        };
        assert_eq!(
            node.write(rig, Write::Put(refused)),
            Written::Refused(behind),
            "removed: {removed}"
        );
    }
    let later = Put::new("report", "mail", "[3]", Some(last.plus(secs(1))));
    assert_eq!(node.write(rig, Write::Put(later)), Written::Done);
}
