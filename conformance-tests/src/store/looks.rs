//! Pages for people, and the removal of old rows.

use scheduler_core::store::{
    Decide, End, JobFilter, Keep, Look, LookAt, Page, Put, RecordRow, Rows, RunOf, Session,
    StoreTime, Write, Written,
};

use super::rig::{Rig, secs};

pub(super) fn old_rows_go_in_bounded_steps(rig: &mut Rig) {
    let mut node = rig.node();
    for outcome in ["succeeded", "failed", "succeeded", End::DEAD] {
        node.submit(rig, rig.job());
        let job = node.claim_one(rig);
        node.finish(rig, &job, outcome);
    }
    node.submit(rig, rig.job());
    let put = Put::new("report", "mail", "{}", Some(rig.now));
    assert_eq!(node.write(rig, Write::Put(put)), Written::Done);
    let picture = node
        .turn(rig, |turn| turn.ask = vec!["report".to_owned()])
        .asked
        .remove(0);
    let mut decide = Decide::from_picture(&picture);
    decide.records = (0..2)
        .map(|at| RecordRow::new(RunOf::due("report", rig.now.plus(secs(at))), "skipped"))
        .collect();
    decide.next = Some(rig.now.plus(secs(60)));
    assert_eq!(node.write(rig, Write::Decide(decide)), Written::Done);
    let (schedule, rev) = ("report".to_owned(), None);
    assert_eq!(
        node.write(rig, Write::Remove { schedule, rev }),
        Written::Done
    );
    let mut keep = Keep::default();
    (keep.ends, keep.dead, keep.records) = (secs(100), secs(200), secs(300));
    let mut prune = |rig: &Rig, at_most| {
        keep.now = Some(rig.now);
        node.session.prune(&keep, at_most).expect("old rows go")
    };
    rig.pass(secs(100));
    assert_eq!(prune(rig, 10), 0, "not before the time has passed");
    rig.pass(secs(1));
    assert_eq!(
        (prune(rig, 2), prune(rig, 2), prune(rig, 2)),
        (2, 1, 0),
        "bounded, then done"
    );
    assert_eq!(rig.outcomes(), [End::DEAD], "a dead job stays longer");
    rig.pass(secs(100));
    assert_eq!(prune(rig, 10), 1);
    rig.pass(secs(100));
    assert_eq!(prune(rig, 10), 3, "the records, and the row that they kept");
    rig.pass(secs(100_000));
    assert_eq!(prune(rig, 10), 0);
    assert_eq!(rig.jobs().len(), 1, "a job that has not ended stays");
}

fn page(rig: &Rig, session: &mut dyn Session, at: LookAt, after: Option<String>) -> Page {
    let mut look = Look::new(at);
    (look.at_most, look.after, look.now) = (2, after, Some(rig.now));
    session.look(&look).expect("a page")
}

pub(super) fn pages_neither_skip_nor_repeat_a_row(rig: &mut Rig) {
    let mut node = rig.node();
    let mut waiting = Vec::new();
    for _ in 0..5 {
        let job = rig.job();
        waiting.push(job.id);
        node.submit(rig, job);
    }
    let (mut shown, mut after) = (Vec::new(), None);
    loop {
        let at = LookAt::Jobs(JobFilter::default());
        let page = page(rig, &mut *node.session, at, after);
        let Rows::Jobs(jobs) = page.rows else {
            panic!("jobs were asked for");
        };
        assert!(!jobs.is_empty() && jobs.len() <= 2);
        shown.extend(jobs.iter().map(|job| job.row.id));
        // A row that was shown goes between two pages.
        node.write(rig, Write::Cancel(jobs[0].row.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(shown, waiting);
    let (mut ended, mut after): (Vec<StoreTime>, _) = (Vec::new(), None);
    for _ in 0..3 {
        rig.pass(secs(1));
        node.submit(rig, rig.job());
        let job = node.claim(rig, 1).remove(0);
        node.finish(rig, &job, "succeeded");
    }
    let all = rig.outcomes().len();
    loop {
        let at = LookAt::Ends(JobFilter::default());
        let page = page(rig, &mut *node.session, at, after);
        let Rows::Ends(ends) = page.rows else {
            panic!("ends were asked for");
        };
        ended.extend(ends.iter().map(|end| end.ended));
        assert!(ended.len() <= all, "a page repeats a row");
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(ended.len(), all);
    assert!(
        ended.is_sorted_by(|one, two| one >= two),
        "the last one first: {ended:?}"
    );
}

pub(super) fn filters_show_what_they_name(rig: &mut Rig) {
    let mut node = rig.node();
    let mut made = Vec::new();
    for (task, queue) in [("mail", "default"), ("print", "default"), ("mail", "slow")] {
        let mut job = rig.job();
        (job.task, job.queue) = (task.to_owned(), queue.to_owned());
        made.push(job.id);
        node.submit(rig, job);
    }
    let shown = |rig: &Rig, fill: &dyn Fn(&mut JobFilter)| {
        let mut filter = JobFilter::default();
        fill(&mut filter);
        match rig.look(LookAt::Jobs(filter)) {
            Rows::Jobs(jobs) => jobs.into_iter().map(|job| job.row.id).collect::<Vec<_>>(),
            other => panic!("jobs were asked for, and {other:?} came"),
        }
    };
    assert_eq!(
        shown(rig, &|filter| filter.task = Some("mail".to_owned())),
        [made[0], made[2]]
    );
    assert_eq!(
        shown(rig, &|filter| filter.queue = Some("default".to_owned())),
        [made[0], made[1]]
    );
    assert_eq!(shown(rig, &|filter| filter.id = Some(made[1])), [made[1]]);
    assert!(shown(rig, &|filter| filter.schedule = Some("report".to_owned())).is_empty());
    let job = node.claim(rig, 1).remove(0);
    node.finish(rig, &job, "failed");
    for (outcome, count) in [("failed", 1), ("succeeded", 0)] {
        let mut filter = JobFilter::default();
        filter.outcome = Some(outcome.to_owned());
        assert_eq!(rig.look(LookAt::Ends(filter)).len(), count, "{outcome}");
    }
}

pub(super) fn nodes_are_listed_with_what_they_hold(rig: &mut Rig) {
    let (mut node, mut gone) = (rig.node(), rig.node());
    node.submit(rig, rig.job());
    node.claim_one(rig);
    gone.turn(rig, |turn| turn.leave = true);
    let Rows::Nodes(nodes) = rig.look(LookAt::Nodes) else {
        panic!("nodes were asked for");
    };
    assert_eq!(nodes.len(), 1);
    let row = &nodes[0];
    assert_eq!(
        (row.id, row.name.as_str(), row.holds, row.turn),
        (node.node.id, "node", 1, node.number)
    );
    assert_eq!(row.expires, rig.now.plus(super::rig::LEASE));
}
