//! Faults of the file: each is a typed error that names the file, and changes nothing.

use std::{fs, path::PathBuf, sync::Barrier, thread, time::Duration};

use rusqlite::Connection;
use scheduler_core::store::{
    End, IdMaker, JobFilter, JobRow, Look, LookAt, Node, Open, Rows, Session, Store, StoreError,
    StoreTime, Submit, Turn, Want, Write, Written,
};

use store_sqlite::SqliteStore;
use tempfile::TempDir;

/// A store in a folder of its own, which goes with it.
struct Scratch {
    store: SqliteStore,
    folder: TempDir,
}

impl Scratch {
    fn new() -> Self {
        Self::with(|store| store)
    }

    fn with(set_up: impl FnOnce(SqliteStore) -> SqliteStore) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = set_up(SqliteStore::new(folder.path().join("jobs.db")));
        Self { store, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("jobs.db")
    }
}

const LEASE: Duration = Duration::from_secs(30);

fn open() -> Open {
    Open::new("node", 7, LEASE)
}

/// Connects a node.
fn node(store: &dyn Store) -> (Box<dyn Session>, Node) {
    let mut session = store.connect().expect("the file can be opened");
    let node = session.open(&open()).expect("a node").node;
    (session, node)
}

fn submit(args: &str) -> Write {
    let now = StoreTime::from_micros(1);
    let id = IdMaker::new().next(now);
    Write::Submit(Submit::new(JobRow::new(id, "mail", args, now)))
}

fn turn(node: Node, number: u64, write: Write) -> Turn {
    let mut turn = Turn::new(node, number, LEASE);
    turn.writes = vec![write];
    turn
}

fn jobs(store: &dyn Store) -> usize {
    let look = Look::new(LookAt::Jobs(JobFilter::default()));
    let page = store.connect().and_then(|mut session| session.look(&look));
    page.expect("a page").rows.len()
}

#[test]
fn a_store_is_there_after_a_restart() {
    let scratch = Scratch::new();
    let (mut session, first) = node(&scratch.store);
    session.turn(&turn(first, 1, submit("{}"))).expect("a turn");
    drop(session);
    let (mut session, second) = node(&scratch.store);
    assert!(second.id > first.id, "a number is given once");
    let mut turn = Turn::new(second, 1, LEASE);
    turn.want = Some(Want::new("default", 9));
    assert_eq!(session.turn(&turn).expect("a turn").claimed.len(), 1);
}

#[test]
fn a_number_is_not_given_again_after_all_nodes_left() {
    let scratch = Scratch::new();
    let (mut session, first) = node(&scratch.store);
    let mut leave = Turn::new(first, 1, LEASE);
    leave.leave = true;
    session.turn(&leave).expect("a turn");
    drop(session);
    assert!(node(&scratch.store).1.id > first.id);
}

#[test]
fn a_newer_store_is_not_touched() {
    let scratch = Scratch::new();
    let path = scratch.path();
    let other = Connection::open(&path).expect("a file");
    let newer = "create table sched_meta (key text primary key, value); insert into sched_meta values ('schema', 9)";
    other.execute_batch(newer).expect("a newer store");
    drop(other);
    let before = fs::read(&path).expect("the file");
    let error = scratch.store.connect().err().expect("a newer store");
    let text = error.to_string();
    assert!(
        matches!(error, StoreError::NewerSchema { found: 9, known: 1 }),
        "{text}"
    );
    assert!(fs::read(&path).expect("the file") == before);
    let files = fs::read_dir(scratch.folder.path()).expect("a directory");
    assert_eq!(files.count(), 1, "no journal was begun");
}

#[test]
fn a_call_waits_for_another_writer_as_long_as_asked() {
    let scratch = Scratch::with(|store| store.busy_limit(Duration::ZERO));
    let (mut session, id) = node(&scratch.store);
    let other = Connection::open(scratch.path()).expect("the file");
    other
        .execute_batch("begin immediate")
        .expect("the lock of writers");
    let locked = session
        .turn(&turn(id, 1, submit("{}")))
        .expect_err("the lock is taken");
    assert!(matches!(locked, StoreError::Locked));
    assert!(locked.is_temporary() && !locked.may_have_been_applied());
    assert_eq!(jobs(&scratch.store), 0, "a look waits for no writer");
    other.execute_batch("rollback").expect("the lock is free");
    let turned = session
        .turn(&turn(id, 1, submit("{}")))
        .expect("the same turn");
    assert_eq!(turned.written, [Written::Done]);
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let scratch = Scratch::new();
    fs::write(scratch.path(), "a crontab ".repeat(500)).expect("a file");
    let error = scratch.store.connect().err().expect("no database");
    assert!(
        matches!(&error, StoreError::Unsuitable(text) if text.contains("jobs.db")),
        "{error}"
    );
    assert!(!error.is_temporary());
}

#[test]
fn a_corrupt_file_is_named() {
    let scratch = Scratch::new();
    let (session, id) = node(&scratch.store);
    drop(session);
    let mut bytes = fs::read(scratch.path()).expect("the file");
    // All pages but the first one, which has the schema.
    bytes[4_096..].fill(0xa5);
    fs::write(scratch.path(), bytes).expect("a file");
    let error = scratch
        .store
        .connect()
        .and_then(|mut session| session.turn(&turn(id, 1, submit("{}"))))
        .expect_err("a corrupt file");
    assert!(
        matches!(&error, StoreError::Unsuitable(text) if text.contains("jobs.db")),
        "{error}"
    );
}

#[test]
fn nodes_that_open_a_new_file_together_share_it() {
    let scratch = Scratch::new();
    let (together, store) = (Barrier::new(4), &scratch.store);
    let mut ids: Vec<_> = thread::scope(|scope| {
        let open = || {
            together.wait();
            node(store).1.id
        };
        let nodes: Vec<_> = (0..4).map(|_| scope.spawn(open)).collect();
        nodes
            .into_iter()
            .map(|node| node.join().expect("a node"))
            .collect()
    });
    ids.sort_unstable();
    assert_eq!(ids, [1, 2, 3, 4]);
}

#[test]
fn an_end_is_kept_with_its_job() {
    let scratch = Scratch::new();
    let (mut session, id) = node(&scratch.store);
    session.turn(&turn(id, 1, submit("{}"))).expect("a turn");
    let mut want = Turn::new(id, 2, LEASE);
    want.want = Some(Want::new("default", 1));
    let job = session.turn(&want).expect("a turn").claimed.remove(0);
    let claim = scheduler_core::store::Claim {
        job: job.row.id,
        token: job.token,
    };
    let end = End::new("succeeded");
    session
        .turn(&turn(id, 3, Write::Finish { claim, end }))
        .expect("a turn");
    drop(session);
    let mut filter = JobFilter::default();
    filter.id = Some(job.row.id);
    let mut session = scratch.store.connect().expect("a session");
    let page = session
        .look(&Look::new(LookAt::Ends(filter)))
        .expect("a page");
    let Rows::Ends(ends) = page.rows else {
        panic!("ends were asked for")
    };
    assert_eq!(ends[0].job, job);
}
