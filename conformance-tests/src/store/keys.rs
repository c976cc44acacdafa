//! Keys of jobs: who holds them, and until when.

use scheduler_core::store::{JobKey, JobRow, KeyHold, OnTaken, Submit, Write, Written};

use super::rig::{Rig, secs};

fn keyed(rig: &Rig, hold: KeyHold, taken: OnTaken) -> JobRow {
    let mut key = JobKey::new("welcome/42");
    (key.hold, key.taken) = (hold, taken);
    let mut job = rig.job();
    job.key = Some(key);
    job
}

fn submit(job: &JobRow) -> Write {
    Write::Submit(Submit::new(job.clone()))
}

pub(super) fn a_key_is_held_by_one_job_until_it_has_ended(rig: &mut Rig) {
    let mut node = rig.node();
    let first = keyed(rig, KeyHold::Ended, OnTaken::Keep);
    let second = keyed(rig, KeyHold::Ended, OnTaken::Keep);
    assert_eq!(node.write(rig, submit(&first)), Written::Done);
    assert_eq!(node.write(rig, submit(&second)), Written::Taken(first.id));
    let claimed = node.claim_one(rig);
    assert_eq!(
        node.write(rig, submit(&second)),
        Written::Taken(first.id),
        "it runs"
    );
    node.finish(rig, &claimed, "failed");
    assert_eq!(node.write(rig, submit(&second)), Written::Done);
    let (job, due) = (first.id, rig.now);
    assert_eq!(
        node.write(rig, Write::Retry { job, due }),
        Written::Taken(second.id)
    );
    assert_eq!(node.write(rig, Write::Cancel(second.id)), Written::Done);
    assert_eq!(
        node.write(rig, Write::Retry { job, due }),
        Written::Done,
        "the key is free again"
    );
    assert_eq!(
        node.write(rig, submit(&keyed(rig, KeyHold::Ended, OnTaken::Keep))),
        Written::Taken(first.id)
    );
}

pub(super) fn a_key_can_be_free_after_the_claim(rig: &mut Rig) {
    let mut node = rig.node();
    let first = keyed(rig, KeyHold::Claimed, OnTaken::Keep);
    let second = keyed(rig, KeyHold::Claimed, OnTaken::Keep);
    assert_eq!(node.write(rig, submit(&first)), Written::Done);
    assert_eq!(node.write(rig, submit(&second)), Written::Taken(first.id));
    let running = node.claim_one(rig);
    assert_eq!(
        node.write(rig, submit(&second)),
        Written::Done,
        "a new event after the job began"
    );
    node.finish(rig, &running, "succeeded");
    let third = keyed(rig, KeyHold::Claimed, OnTaken::Keep);
    assert_eq!(
        node.write(rig, submit(&third)),
        Written::Taken(second.id),
        "an old end frees no other key"
    );
}

pub(super) fn a_key_can_be_held_for_a_time(rig: &mut Rig) {
    let mut node = rig.node();
    let hold = KeyHold::AtLeast(secs(60));
    let first = keyed(rig, hold, OnTaken::Replace);
    let second = keyed(rig, hold, OnTaken::Replace);
    assert_eq!(node.write(rig, submit(&first)), Written::Done);
    let running = node.claim_one(rig);
    node.finish(rig, &running, "succeeded");
    rig.pass(secs(59));
    assert_eq!(node.write(rig, submit(&second)), Written::Taken(first.id));
    rig.pass(secs(1));
    assert_eq!(node.write(rig, submit(&second)), Written::Done);
    rig.pass(secs(61));
    let third = keyed(rig, hold, OnTaken::Keep);
    assert_eq!(
        node.write(rig, submit(&third)),
        Written::Taken(second.id),
        "the job has not ended"
    );
}

pub(super) fn a_waiting_job_can_take_over_a_submission(rig: &mut Rig) {
    let mut node = rig.node();
    let first = keyed(rig, KeyHold::Ended, OnTaken::Keep);
    let mut second = keyed(rig, KeyHold::Ended, OnTaken::Replace);
    (second.args, second.due) = ("[2]".to_owned(), Some(rig.now.plus(secs(5))));
    assert_eq!(node.write(rig, submit(&first)), Written::Done);
    assert_eq!(
        node.write(rig, submit(&second)),
        Written::Replaced(first.id)
    );
    let waiting = rig.only_job();
    assert_eq!(
        (waiting.row.id, waiting.row.args.as_str(), waiting.row.due),
        (first.id, "[2]", second.due)
    );
    assert!(node.claim(rig, 9).is_empty(), "it waits for the new time");
    rig.pass(secs(5));
    node.claim_one(rig);
    assert_eq!(
        node.write(rig, submit(&second)),
        Written::Taken(first.id),
        "a job that runs stays"
    );
}
