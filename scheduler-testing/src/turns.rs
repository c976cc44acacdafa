//! Whose turn it is: a state machine without locks, threads or time.
//!
//! One participant runs at a time. Who is woken goes to the end of one queue; the order of
//! everything follows from that, not from the executor.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Arc, Condvar},
    task::Waker,
};

use scheduler_core::seam::wake;

/// The number of a participant, in order of appearance.
pub(super) type Id = u64;

/// Who has the turn while a timer fires. Participants are numbered from one.
pub(super) const CLOCK: Id = 0;

#[derive(Default)]
pub(super) struct Turns {
    members: BTreeMap<Id, Member>,
    joined: Id,
    ready: VecDeque<Id>,
    /// Clients that came from outside: they are let in only when nothing else can run, for the
    /// moment at which they came is an accident.
    arrivals: VecDeque<Id>,
    running: Option<Id>,
    polls: u64,
    foreign_wakes: u64,
}

struct Member {
    kind: Kind,
    state: State,
    bell: Bell,
}

/// What sort of participant it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Task,
    Blocking,
    Client,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Asleep,
    /// In a queue.
    Ready,
    /// It has the turn, but its executor or thread has not taken it up.
    Released,
    Running,
    /// Running, and woken meanwhile.
    Rewoken,
}

/// How a participant is told that it has the turn.
pub(super) enum Bell {
    /// The executor's waker, once the executor has polled the task.
    Executor(Option<Waker>),
    Thread(Arc<Condvar>),
}

impl Bell {
    pub(super) fn ring(self) {
        match self {
            Self::Executor(waker) => waker.into_iter().for_each(wake),
            Self::Thread(condvar) => condvar.notify_all(),
        }
    }

    fn take(&mut self) -> Self {
        match self {
            Self::Executor(waker) => Self::Executor(waker.take()),
            Self::Thread(condvar) => Self::Thread(condvar.clone()),
        }
    }
}

impl Turns {
    /// Takes in a participant that is ready, but stands in no queue yet.
    pub(super) fn join(&mut self, kind: Kind, bell: Bell) -> Id {
        self.joined += 1;
        let state = State::Ready;
        self.members
            .insert(self.joined, Member { kind, state, bell });
        self.joined
    }

    pub(super) fn queue(&mut self, id: Id) {
        self.ready.push_back(id);
    }

    pub(super) fn arrive(&mut self, id: Id) {
        self.arrivals.push_back(id);
    }

    /// Removes a participant; what is left of it is to be dropped without the lock.
    pub(super) fn leave(&mut self, id: Id) -> Option<Bell> {
        self.give_back(id);
        self.members.remove(&id).map(|member| member.bell)
    }

    /// Notes a wake or a spawn by the participant `by`, or by nobody known.
    pub(super) fn note_origin(&mut self, by: Option<Id>) {
        if self.running.is_some() && self.running != by {
            self.foreign_wakes += 1;
        }
    }

    pub(super) fn wake(&mut self, id: Id, by: Option<Id>) {
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        match member.state {
            State::Asleep => {
                member.state = State::Ready;
                self.ready.push_back(id);
            }
            State::Running => member.state = State::Rewoken,
            State::Ready | State::Released | State::Rewoken => {}
        }
        self.note_origin(by);
    }

    /// Takes up the turn; `false` if it is not the participant's.
    pub(super) fn begin(&mut self, id: Id) -> bool {
        let Some(member) = self.members.get_mut(&id) else {
            return false;
        };
        let released = member.state == State::Released;
        if released {
            member.state = State::Running;
            self.polls += 1;
        }
        released
    }

    /// Gives the turn back: to sleep, or to the end of the queue if it was woken meanwhile.
    pub(super) fn pause(&mut self, id: Id) {
        self.give_back(id);
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        if member.state == State::Rewoken {
            member.state = State::Ready;
            self.ready.push_back(id);
        } else {
            member.state = State::Asleep;
        }
    }

    /// Exchanges the executor's waker of a task; the one that is not needed any more is to be
    /// dropped without the lock.
    pub(super) fn set_waker(&mut self, id: Id, waker: Waker) -> Bell {
        let bell = Bell::Executor(Some(waker));
        match self.members.get_mut(&id) {
            Some(member) => std::mem::replace(&mut member.bell, bell),
            None => bell,
        }
    }

    /// Gives the turn to a sleeper that nobody has woken. All must be quiet.
    pub(super) fn seize(&mut self, id: Id) {
        self.running = Some(id);
        if let Some(member) = self.members.get_mut(&id) {
            member.state = State::Running;
        }
    }

    /// Lets the clock have the turn, so that all wakes of one timer are queued before any of the
    /// woken runs.
    pub(super) fn seize_for_clock(&mut self) {
        self.running = Some(CLOCK);
    }

    pub(super) fn give_back(&mut self, id: Id) {
        if self.running == Some(id) {
            self.running = None;
        }
    }

    /// Gives the turn to the next in the queue. Those that have left meanwhile are passed over.
    pub(super) fn release_next(&mut self) -> Option<Bell> {
        loop {
            let id = self.next_in_queue()?;
            if let Some(member) = self.members.get_mut(&id) {
                member.state = State::Released;
                self.running = Some(id);
                return Some(member.bell.take());
            }
        }
    }

    fn next_in_queue(&mut self) -> Option<Id> {
        self.ready.pop_front().or_else(|| self.arrivals.pop_front())
    }

    pub(super) fn is_released(&self, id: Id) -> bool {
        self.members
            .get(&id)
            .is_some_and(|member| member.state == State::Released)
    }

    pub(super) fn is_taken(&self) -> bool {
        self.running.is_some()
    }

    pub(super) fn is_idle(&self) -> bool {
        self.running.is_none() && self.ready.is_empty() && self.arrivals.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn polls(&self) -> u64 {
        self.polls
    }

    pub(super) fn foreign_wakes(&self) -> u64 {
        self.foreign_wakes
    }
}

/// Who has the turn and who waits for it, for the message of a watchdog.
impl fmt::Display for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.running {
            None => write!(f, "nobody has the turn")?,
            Some(CLOCK) => write!(f, "a timer is being fired")?,
            Some(id) => write!(f, "{} {}", self.label(id), self.doing(id))?,
        }
        let mut waiting = self.ready.iter().chain(&self.arrivals);
        for (n, &id) in waiting.by_ref().take(LISTED).enumerate() {
            let before = ["; waiting for the turn:", ","][usize::from(n > 0)];
            write!(f, "{before} {}", self.label(id))?;
        }
        match waiting.count() {
            0 => Ok(()),
            more => write!(f, ", and {more} more"),
        }
    }
}

/// How many of those that wait are named in a message.
const LISTED: usize = 8;

impl Turns {
    pub(super) fn label(&self, id: Id) -> String {
        let kind = match self.members.get(&id).map(|member| member.kind) {
            Some(Kind::Task) => "task",
            Some(Kind::Blocking) => "blocking closure",
            Some(Kind::Client) => "client",
            None => "ended participant",
        };
        format!("{kind} {id}")
    }

    fn doing(&self, id: Id) -> &'static str {
        if self.is_released(id) {
            "was given its turn, but its executor has not run it (has the executor ended? is it to \
             run on the very thread that waits?)"
        } else {
            "is running (does it block its thread, or wake itself without end?)"
        }
    }
}
