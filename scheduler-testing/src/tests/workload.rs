//! A random program of tasks, closures, channels and sleeps, and the trace it leaves.

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    task::Poll,
};

use event_listener::Event;

use scheduler_core::{Runtime, implement::block_on, runtime::BoxFuture};

use super::{super::VirtualRuntime, Log, ms};

const ACTORS: usize = 6;
const STEPS: usize = 8;

/// The program, before it runs.
#[derive(Clone)]
pub(super) struct Workload {
    time: VirtualRuntime,
    log: Log,
    mailboxes: Arc<Vec<Mailbox>>,
    everybody: Arc<Event>,
    started: Arc<AtomicUsize>,
    alive: Arc<AtomicUsize>,
    over: Arc<Event>,
}

#[derive(Default)]
struct Mailbox {
    letters: Mutex<VecDeque<u64>>,
    filled: Event,
}

struct Actor {
    name: usize,
    dice: Dice,
}

impl Workload {
    pub(super) fn new(time: &VirtualRuntime) -> Self {
        Self {
            time: time.clone(),
            log: Log::new(time),
            mailboxes: Arc::new((0..ACTORS).map(|_| Mailbox::default()).collect()),
            everybody: Arc::default(),
            started: Arc::default(),
            alive: Arc::default(),
            over: Arc::default(),
        }
    }

    pub(super) fn start(&self, seed: u64) {
        let mut dice = Dice::new(seed);
        for _ in 0..ACTORS {
            self.spawn_actor(dice.fork());
        }
    }

    pub(super) async fn ended(&self) {
        loop {
            let over = self.over.listen();
            if self.alive.load(SeqCst) == 0 {
                return;
            }
            over.await;
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.alive.load(SeqCst) == 0
    }

    pub(super) fn trace(&self) -> Vec<String> {
        self.log.take()
    }

    fn spawn_actor(&self, dice: Dice) {
        let (world, actor) = (self.clone(), self.enlist(dice));
        let life = async move { world.live(actor).await };
        self.time.spawn(Box::pin(life)).unwrap();
    }

    fn spawn_closure(&self, dice: Dice) {
        let (world, actor) = (self.clone(), self.enlist(dice));
        let life = move || block_on(world.live(actor));
        self.time.spawn_blocking(Box::new(life)).unwrap();
    }

    fn enlist(&self, dice: Dice) -> Actor {
        self.alive.fetch_add(1, SeqCst);
        let name = self.started.fetch_add(1, SeqCst);
        Actor { name, dice }
    }

    async fn live(&self, mut actor: Actor) {
        for step in 0..STEPS {
            let what = self.act(&mut actor).await;
            self.log.add(&format!("{} {step} {what}", actor.name));
        }
        if self.alive.fetch_sub(1, SeqCst) == 1 {
            self.over.notify(usize::MAX);
        }
    }

    async fn act(&self, actor: &mut Actor) -> String {
        match actor.dice.roll(9) {
            0..3 => self.nap(actor).await,
            3 => self.receive(actor).await,
            4 => self.send(actor),
            5 => self.breed(actor),
            6 => yield_twice().await,
            7 => self.call_everybody(),
            _ => self.listen(actor).await,
        }
    }

    async fn nap(&self, actor: &mut Actor) -> String {
        let nap = actor.dice.roll(10);
        self.time.sleep(ms(nap)).await;
        format!("slept {nap}")
    }

    async fn receive(&self, actor: &mut Actor) -> String {
        let mailbox = &self.mailboxes[actor.name % ACTORS];
        let patience = self.time.sleep(ms(actor.dice.roll(20)));
        match first(Box::pin(mailbox.receive()), patience).await {
            Some(letter) => format!("read {letter}"),
            None => "read nothing".into(),
        }
    }

    fn send(&self, actor: &mut Actor) -> String {
        let to = actor.dice.roll(ACTORS as u64);
        self.mailboxes[to as usize].send(actor.name as u64);
        format!("wrote to {to}")
    }

    fn breed(&self, actor: &mut Actor) -> String {
        if self.started.load(SeqCst) >= 3 * ACTORS {
            return "is alone".into();
        }
        let (dice, blocking) = (actor.dice.fork(), actor.dice.roll(2) == 0);
        if blocking {
            self.spawn_closure(dice);
        } else {
            self.spawn_actor(dice);
        }
        format!("spawned, blocking: {blocking}")
    }

    fn call_everybody(&self) -> String {
        format!("called {}", self.everybody.notify(usize::MAX))
    }

    async fn listen(&self, actor: &mut Actor) -> String {
        let patience = self.time.sleep(ms(1 + actor.dice.roll(20)));
        let called = first(Box::pin(self.everybody.listen()), patience).await;
        format!("was called: {}", called.is_some())
    }
}

impl Mailbox {
    fn send(&self, letter: u64) {
        self.letters.lock().unwrap().push_back(letter);
        self.filled.notify(1);
    }

    async fn receive(&self) -> u64 {
        loop {
            let filled = self.filled.listen();
            if let Some(letter) = self.letters.lock().unwrap().pop_front() {
                return letter;
            }
            filled.await;
        }
    }
}

/// Returns the value, or `None` if `patience` completes first.
async fn first<F: Future + Unpin>(future: F, patience: BoxFuture<'_, ()>) -> Option<F::Output> {
    let (mut future, mut patience) = (pin!(future), pin!(patience));
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Pin::as_mut(&mut patience).poll(cx).map(|()| None),
    })
    .await
}

async fn yield_twice() -> String {
    for _ in 0..2 {
        let yielded = AtomicBool::new(false);
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            if yielded.swap(true, SeqCst) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }
    "yielded".into()
}

/// SplitMix64.
#[derive(Clone)]
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.next() % sides
    }

    fn fork(&mut self) -> Self {
        Self(self.next())
    }
}
