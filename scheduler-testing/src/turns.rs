//! [`Turns`]: decides which participant runs next; a state machine without locks, threads or time.
//!
//! One participant runs at a time. A woken participant joins the end of one queue, which determines the
//! order of execution.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Arc, Condvar},
    task::Waker,
};

use scheduler_core::seam::wake;

/// The number of a participant, in order of appearance.
pub(super) type Id = u64;

/// Number of the clock, which has the turn while a timer fires. Participants are numbered from one.
pub(super) const CLOCK: Id = 0;

#[derive(Default)]
pub(super) struct Turns {
    members: BTreeMap<Id, Member>,
    joined: Id,
    ready: VecDeque<Id>,
    /// Waiting clients. They get the turn only when nothing else can run, because the time of their arrival
    /// is accidental.
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

/// Kind of the participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Task,
    Blocking,
    Client,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Asleep,
    /// The participant waits in a queue for the turn.
    Ready,
    /// The participant has the turn, but its executor or thread has not started to run it.
    Released,
    Running,
    /// The participant runs, and was woken meanwhile.
    Rewoken,
}

/// How to notify a participant that it has the turn.
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
    /// Adds a participant that is ready, but not yet queued.
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

    /// Removes a participant. The caller drops the returned parts after unlocking.
    pub(super) fn leave(&mut self, id: Id) -> Option<Bell> {
        self.give_back(id);
        self.members.remove(&id).map(|member| member.bell)
    }

    /// Records a wake-up or a spawn by the participant `by`, or from outside.
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

    /// Takes the turn. Returns false if the participant does not have it.
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

    /// Gives the turn back. The participant sleeps, or joins the end of the queue if it was woken meanwhile.
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

    /// Replaces the executor's waker of a task. The caller drops the returned one after unlocking.
    pub(super) fn set_waker(&mut self, id: Id, waker: Waker) -> Bell {
        let bell = Bell::Executor(Some(waker));
        match self.members.get_mut(&id) {
            Some(member) => std::mem::replace(&mut member.bell, bell),
            None => bell,
        }
    }

    /// Gives the turn to a sleeping participant without a wake-up. All must be quiet.
    pub(super) fn seize(&mut self, id: Id) {
        self.running = Some(id);
        if let Some(member) = self.members.get_mut(&id) {
            member.state = State::Running;
        }
    }

    /// Gives the turn to the clock, so that all wake-ups of one timer are queued before any of the woken
    /// participants runs.
    pub(super) fn seize_for_clock(&mut self) {
        self.running = Some(CLOCK);
    }

    pub(super) fn give_back(&mut self, id: Id) {
        if self.running == Some(id) {
            self.running = None;
        }
    }

    /// Gives the turn to the next in the queue, and skips those that have left.
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

/// Describes which participant has the turn and which wait for it, for the message of a watchdog.
impl fmt::Display for Turns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.running {
            None => write!(f, "no participant has the turn")?,
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

/// Maximum number of waiting participants in a message.
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
