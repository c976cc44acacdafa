//! Runs of schedules on several nodes: overdue instants, pauses, open and kept runs.

use scheduler_core::store::{
    Decide, End, GiveBack, Given, LookAt, NewRun, News, NewsOf, Put, RecordRow, Rows,
    ScheduleState, Write, Written,
};

use super::rig::{Rig, TestNode, claim_of, secs};
use super::schedules::{picture, put, run, run_job};

fn news(rig: &Rig, node: &mut TestNode, tasks: &[&str], seen: u64) -> NewsOf {
    let tasks = tasks.iter().map(|task| (*task).to_owned()).collect();
    let mut news = News::new(tasks, secs(1));
    news.seen = seen;
    node.turn(rig, |turn| turn.news = Some(news))
        .news
        .expect("news")
}

pub(super) fn overdue_schedules_are_shown_to_those_who_know_the_task(rig: &mut Rig) {
    let mut node = rig.node();
    for (id, task, after) in [
        ("b", "mail", 0),
        ("a", "mail", 0),
        ("c", "mail", 5),
        ("d", "print", 0),
    ] {
        let put = Put::new(id, task, "{}", Some(rig.now.plus(secs(after))));
        assert_eq!(node.write(rig, Write::Put(put)), Written::Done);
    }
    let overdue = |news: &NewsOf| {
        news.overdue
            .iter()
            .map(|picture| picture.row.id.clone())
            .collect::<Vec<_>>()
    };
    assert!(
        overdue(&news(rig, &mut node, &["mail"], 0)).is_empty(),
        "the handover has not passed"
    );
    rig.pass(secs(1));
    assert_eq!(overdue(&news(rig, &mut node, &["mail"], 0)), ["a", "b"]);
    rig.pass(secs(5));
    assert_eq!(
        overdue(&news(rig, &mut node, &["mail", "print"], 0)),
        ["a", "b", "d", "c"],
        "by cursor, then id"
    );
    assert!(overdue(&news(rig, &mut node, &[], 0)).is_empty());
}

pub(super) fn a_pause_is_seen_by_every_node(rig: &mut Rig) {
    let (mut node, mut other) = (rig.node(), rig.node());
    put(rig, &mut node);
    let seen = news(rig, &mut other, &["mail"], 0);
    assert_eq!(seen.edited.len(), 1);
    assert!(
        news(rig, &mut other, &["mail"], seen.seen)
            .edited
            .is_empty(),
        "nothing is new"
    );
    let mut pause = Put::new("report", "mail", "{}", Some(rig.now));
    pause.state = ScheduleState::Paused;
    assert_eq!(node.write(rig, Write::Put(pause)), Written::Done);
    rig.pass(secs(9));
    let paused = news(rig, &mut other, &["mail"], seen.seen);
    assert_eq!(paused.edited.len(), 1);
    assert_eq!(paused.edited[0].row.state, ScheduleState::Paused);
    assert!(paused.overdue.is_empty(), "its instants are not due");
    let remove = Write::Remove {
        schedule: "report".to_owned(),
        rev: None,
    };
    assert_eq!(node.write(rig, remove), Written::Done);
    let removed = news(rig, &mut other, &["mail"], paused.seen);
    assert_eq!(removed.edited[0].row.state, ScheduleState::Removed);
}

pub(super) fn open_and_kept_runs_are_counted_from_the_rows(rig: &mut Rig) {
    let mut node = rig.node();
    put(rig, &mut node);
    let mut decision = Decide::from_picture(&picture(rig, &mut node));
    let nominal = rig.now;
    decision.next = Some(nominal.plus(secs(60)));
    for (after, due) in [
        (0, Some(rig.now)),
        (1, Some(rig.now.plus(secs(900)))),
        (2, None),
    ] {
        let job = run_job(rig, nominal.plus(secs(after)), due);
        decision.start.push(NewRun::new(job));
        decision
            .records
            .push(RecordRow::new(run(nominal.plus(secs(after))), "started"));
    }
    assert_eq!(node.write(rig, Write::Decide(decision)), Written::Done);
    let counts = |rig: &Rig, node: &mut TestNode| {
        let picture = picture(rig, node);
        let claimed = picture.open.iter().filter(|run| run.claimed).count();
        (picture.open.len(), claimed, picture.kept.len())
    };
    assert_eq!(
        counts(rig, &mut node),
        (2, 0, 1),
        "a run that waits is open"
    );
    let job = node.claim_one(rig);
    assert_eq!(
        counts(rig, &mut node),
        (2, 1, 1),
        "a kept run is not claimed"
    );
    let give = GiveBack::new(claim_of(&job), Given::Retry, Some(rig.now.plus(secs(900))));
    assert_eq!(node.write(rig, Write::GiveBack(give)), Written::Done);
    assert_eq!(
        counts(rig, &mut node),
        (2, 0, 1),
        "a run that waits for a retry is open"
    );
    assert_eq!(node.write(rig, Write::Cancel(job.row.id)), Written::Done);
    assert_eq!(counts(rig, &mut node), (1, 0, 1));
    assert_eq!(picture(rig, &mut node).row.ver, 1, "an end is no decision");
}

pub(super) fn kept_runs_are_released_or_dropped(rig: &mut Rig) {
    let mut node = rig.node();
    put(rig, &mut node);
    let mut keep = Decide::from_picture(&picture(rig, &mut node));
    keep.next = None;
    keep.state = ScheduleState::Finished;
    let kept: Vec<_> = (0..3)
        .map(|after| run_job(rig, rig.now.plus(secs(after)), None))
        .collect();
    keep.start = kept.iter().cloned().map(NewRun::new).collect();
    keep.records = kept
        .iter()
        .filter_map(|job| job.run.clone())
        .map(|run| RecordRow::new(run, "kept"))
        .collect();
    assert_eq!(node.write(rig, Write::Decide(keep)), Written::Done);
    let seen = news(rig, &mut node, &["mail"], 0).kept;
    assert_eq!(
        seen.len(),
        1,
        "kept runs are shown although no further instant follows"
    );
    assert_eq!(
        seen[0].kept.iter().map(|run| run.job).collect::<Vec<_>>(),
        kept.iter().map(|job| job.id).collect::<Vec<_>>()
    );
    assert!(
        news(rig, &mut node, &["print"], 0).kept.is_empty(),
        "only for those who know the task"
    );
    let mut decision = Decide::from_picture(&seen[0]);
    (decision.release, decision.drop) = (vec![kept[0].id], vec![kept[1].id]);
    assert_eq!(
        node.write(rig, Write::Decide(decision.clone())),
        Written::Done
    );
    assert!(
        matches!(
            node.write(rig, Write::Decide(decision)),
            Written::Stale(Some(_))
        ),
        "released once"
    );
    assert_eq!(rig.outcomes(), [End::DROPPED]);
    assert_eq!(node.claim_one(rig).row.id, kept[0].id);
    let remove = Write::Remove {
        schedule: "report".to_owned(),
        rev: None,
    };
    assert_eq!(node.write(rig, remove), Written::Done);
    assert_eq!(
        rig.outcomes(),
        [End::DROPPED, End::DROPPED],
        "the last kept run goes with its schedule"
    );
    assert_eq!(rig.only_job().row.id, kept[0].id, "an open run continues");
}

pub(super) fn a_removal_leaves_other_schedules(rig: &mut Rig) {
    let mut node = rig.node();
    put(rig, &mut node);
    let other = Put::new("other", "mail", "{}", Some(rig.now));
    assert_eq!(node.write(rig, Write::Put(other)), Written::Done);
    let remove = Write::Remove {
        schedule: "report".to_owned(),
        rev: None,
    };
    assert_eq!(node.write(rig, remove), Written::Done);
    let Rows::Schedules(left) = rig.look(LookAt::Schedules) else {
        panic!("schedules were asked for");
    };
    assert_eq!(
        left.iter()
            .map(|picture| picture.row.id.as_str())
            .collect::<Vec<_>>(),
        ["other"]
    );
}
