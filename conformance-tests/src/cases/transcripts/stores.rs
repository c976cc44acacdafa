//! The life of a node: the loss of its store, the loss of another node, and its own.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use scheduler_core::{
    JobContext, Options, Shutdown,
    registry::TaskRegistry,
    store::{
        Keep, Look, MemoryStore, Open, Opened, Page, Promises, Session, Store, StoreError,
        StoreTime, Stored, Sweep, Turn, Turned,
    },
};

use super::script::{SECOND, Script};
use crate::Backend;

const WANTED: &str = include_str!("stores.txt");

/// A store in memory that can be cut off.
#[derive(Clone, Default)]
struct Cable {
    store: MemoryStore,
    is_cut: Arc<AtomicBool>,
}

impl Cable {
    fn check(&self) -> Result<(), StoreError> {
        if self.is_cut.load(Ordering::SeqCst) {
            return Err(StoreError::Full("no space is left".to_owned()));
        }
        Ok(())
    }
}

impl Store for Cable {
    fn name(&self) -> String {
        "cable".to_owned()
    }

    fn promises(&self) -> Promises {
        self.store.promises()
    }

    fn connect(&self) -> Result<Box<dyn Session>, StoreError> {
        let (cable, session) = (self.clone(), self.store.connect()?);
        Ok(Box::new(CableSession { cable, session }))
    }
}

struct CableSession {
    cable: Cable,
    session: Box<dyn Session>,
}

impl Session for CableSession {
    fn open(&mut self, open: &Open) -> Result<Opened, StoreError> {
        self.cable.check()?;
        self.session.open(open)
    }

    fn turn(&mut self, turn: &Turn) -> Result<Turned, StoreError> {
        self.cable.check()?;
        self.session.turn(turn)
    }

    fn look(&mut self, look: &Look) -> Result<Page, StoreError> {
        self.cable.check()?;
        self.session.look(look)
    }

    fn prune(&mut self, keep: &Keep, at_most: usize) -> Result<usize, StoreError> {
        self.cable.check()?;
        self.session.prune(keep, at_most)
    }
}

fn tasks() -> TaskRegistry {
    let mut tasks = TaskRegistry::new();
    let wait = |job: JobContext, seconds: u32| async move {
        job.sleep(SECOND * seconds).await;
    };
    tasks.register("wait", wait).expect("a new name");
    tasks
}

pub(in crate::cases) fn all_events_of_a_node_follow_its_store(backend: &dyn Backend) {
    let cable = Cable::default();
    let stored = Stored::new(cable.clone(), tasks())
        .lease(6 * SECOND)
        .simulated_time();
    let options = Options::default().store(stored).keep_spawn_sites(false);
    let mut script = Script::new(backend, options).started();
    script.step("store a job");
    let durable = script.world.scheduler.durable().expect("it has a store");
    script.world.run(async {
        let job = durable.job("wait", 2).expect("a task");
        durable.submit(job).await.expect("it is stored");
    });
    script.tell();
    script.advance(3 * SECOND);

    script.step("the store is full");
    cable.is_cut.store(true, Ordering::SeqCst);
    script.advance(2 * SECOND);
    script.step("there is space again");
    cable.is_cut.store(false, Ordering::SeqCst);
    script.advance(6 * SECOND);

    script.step("another node comes, and is not heard of again");
    let now = StoreTime::from(script.world.wall());
    let mut session = cable.store.connect().expect("it is in memory");
    let mut open = Open::new("other", 1, 2 * SECOND);
    open.now = Some(now);
    session.open(&open).expect("it is in memory");
    script.advance(8 * SECOND);

    script.step("another node removes this one");
    let now = StoreTime::from(script.world.wall());
    let mut open = Open::new("third", 2, 60 * SECOND);
    open.now = Some(now);
    let third = session.open(&open).expect("it is in memory").node;
    let mut turn = Turn::new(third, 1, 60 * SECOND);
    (turn.now, turn.sweep) = (
        Some(now.plus(60 * SECOND)),
        Some(Sweep::new(SECOND, SECOND)),
    );
    session.turn(&turn).expect("it is in memory");
    script.advance(SECOND);
    script.shut_down(Shutdown::immediate());
    script.compare("stores.txt", WANTED);
}
