//! [`TaskLimits`]: how many jobs of each limited task run (`QU-011`).
//!
//! A job needs a permit of its task beside that of its queue. Jobs without one wait in the [`TokenLines`] of the
//! task, outside of their queues, so that they do not block other jobs. The first job of each line returns to its
//! queue when a permit of the task is free, and takes the permit when it starts.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    JobRecord, Jobs, Stage,
    queue::Place,
    token_lines::{Seat, TokenLines},
};
use crate::{
    engine::{Cx, Key, slab::Slab},
    job::TaskLimit,
};

/// The limited tasks that have unfinished jobs.
#[derive(Default)]
pub(super) struct TaskLimits {
    names: BTreeMap<Arc<str>, Key>,
    tasks: Slab<LimitedTask>,
    /// Tasks that may have a free permit and a line without a called job.
    unsettled: Vec<Key>,
}

struct LimitedTask {
    limit: usize,
    running: usize,
    lines: TokenLines,
    /// Number of unfinished jobs.
    users: usize,
    /// Whether the task is in the list of the unsettled ones.
    is_unsettled: bool,
}

/// The claim of a job to a permit of its task.
#[derive(Debug, Clone, Copy)]
pub(super) struct TaskSeat {
    task: Key,
    /// The position among the jobs of the task, from the first question for a permit until the attempt begins.
    pub(super) ticket: Option<u64>,
    has_permit: bool,
}

impl TaskSeat {
    pub(super) const fn task(&self) -> Key {
        self.task
    }
}

impl TaskLimits {
    /// Counts one more job of a task, whose number applies from now on.
    pub(super) fn join(&mut self, limit: &TaskLimit) -> TaskSeat {
        let tasks = &mut self.tasks;
        let new = || {
            tasks.insert(LimitedTask {
                limit: limit.jobs,
                running: 0,
                lines: TokenLines::default(),
                users: 0,
                is_unsettled: false,
            })
        };
        let task = *self.names.entry(limit.task.clone()).or_insert_with(new);
        if let Some(joined) = self.tasks.get_mut(task) {
            joined.users += 1;
            joined.limit = limit.jobs;
        }
        // The number may have been raised.
        self.unsettle(task);
        TaskSeat {
            task,
            ticket: None,
            has_permit: false,
        }
    }

    /// Counts the end of a job, and forgets a task without jobs.
    pub(super) fn leave(&mut self, limit: &TaskLimit, task: Key) {
        let Some(left) = self.tasks.get_mut(task) else {
            return;
        };
        left.users -= 1;
        if left.users == 0 {
            self.tasks.remove(task);
            self.names.remove(&limit.task);
        }
    }

    /// Returns whether no unfinished job has a limited task. Programs without such limits then pay for no look at the
    /// record of a job.
    fn is_unused(&self) -> bool {
        self.names.is_empty()
    }

    /// Returns whether a waiting job may start without a further event.
    pub(super) const fn is_unsettled(&self) -> bool {
        !self.unsettled.is_empty()
    }

    pub(super) fn find(&self, limit: &TaskLimit) -> Option<Key> {
        self.names.get(&limit.task).copied()
    }

    /// Notes that waiting jobs of a task may start.
    fn unsettle(&mut self, key: Key) {
        if let Some(task) = self.tasks.get_mut(key)
            && !std::mem::replace(&mut task.is_unsettled, true)
        {
            self.unsettled.push(key);
        }
    }

    /// Takes the next task whose waiting jobs may start.
    fn next_unsettled(&mut self) -> Option<Key> {
        let key = self.unsettled.pop()?;
        if let Some(task) = self.tasks.get_mut(key) {
            task.is_unsettled = false;
        }
        Some(key)
    }

    /// Returns the number of free permits of a task.
    pub(super) fn free(&self, task: Key) -> usize {
        self.tasks.get(task).map_or(usize::MAX, LimitedTask::free)
    }

    /// Returns the number of running jobs of a task.
    pub(super) fn running(&self, task: Key) -> usize {
        self.tasks.get(task).map_or(0, |task| task.running)
    }
}

impl LimitedTask {
    const fn free(&self) -> usize {
        self.limit.saturating_sub(self.running)
    }
}

impl Jobs {
    /// Returns whether a queued job must wait until another job of its task ends.
    pub(super) fn awaits_task(&mut self, key: Key, cx: &mut Cx) -> bool {
        if self.task_limits.is_unused() {
            return false;
        }
        let record = self.records.get_mut(key);
        let seat = record.as_ref().and_then(|record| record.task_seat());
        let Some(task) = seat.map(|seat| seat.task) else {
            return false;
        };
        let (Some(record), Some(limited)) = (record, self.task_limits.tasks.get_mut(task)) else {
            return false;
        };
        let Some(seat) = record.take_task_seat(key, &mut limited.lines) else {
            return false;
        };
        let elapsed = cx.elapsed();
        let can_start = |gateway| self.queues.lets_pass(gateway, elapsed);
        if limited.free() > 0 && limited.lines.is_turn_of(&seat, can_start) {
            return false;
        }
        limited.lines.wait(seat);
        record.stage = Stage::Limited;
        let number = record.queue;
        self.queues.leave(number);
        self.outside.limited += 1;
        // It may wait for a job that its queue does not start after all.
        self.task_limits.unsettle(task);
        // Without it the queue may be empty, and what starts at once needs no slot.
        cx.outbox.note_freed(number);
        true
    }

    /// Takes a permit of the task of a job that starts.
    pub(super) fn take_task_permit(&mut self, key: Key) {
        if self.task_limits.is_unused() {
            return;
        }
        self.leave_task_line(key);
        let seat = self.records.get_mut(key).and_then(JobRecord::task_seat_mut);
        let Some(seat) = seat else {
            return;
        };
        seat.has_permit = true;
        if let Some(task) = self.task_limits.tasks.get_mut(seat.task) {
            task.running += 1;
        }
    }

    /// Gives the permit of its task back, if the job has one.
    pub(super) fn give_back_task_permit(&mut self, key: Key) {
        if self.task_limits.is_unused() {
            return;
        }
        let seat = self.records.get_mut(key).and_then(JobRecord::task_seat_mut);
        let Some(seat) = seat.filter(|seat| seat.has_permit) else {
            return;
        };
        seat.has_permit = false;
        if let Some(task) = self.task_limits.tasks.get_mut(seat.task) {
            task.running -= 1;
        }
        let task = seat.task;
        self.task_limits.unsettle(task);
    }

    /// Removes a job that waits for its task or was requeued for a permit of it.
    pub(super) fn leave_task_line(&mut self, key: Key) {
        if self.task_limits.is_unused() {
            return;
        }
        let Some(record) = self.records.get(key) else {
            return;
        };
        let Some(seat) = record.task_seat() else {
            return;
        };
        if record.stage == Stage::Limited {
            self.outside.limited -= 1;
        }
        let task = self.task_limits.tasks.get_mut(seat.task);
        if let (Some(task), Some(ticket)) = (task, seat.ticket) {
            task.lines
                .leave(Seat::new(key, record.queue, record.rank(), ticket));
            self.task_limits.unsettle(seat.task);
        }
    }

    /// Requeues the first job of each line of the tasks with a free permit. Returns whether there was any.
    pub(super) fn call_limited(&mut self) -> bool {
        let mut called = false;
        while let Some(task) = self.task_limits.next_unsettled() {
            while let Some(key) = self.task_limits.call(task) {
                self.requeue_limited(key);
                called = true;
            }
        }
        called
    }

    fn requeue_limited(&mut self, key: Key) {
        if let Some(record) = self.records.get_mut(key) {
            record.stage = Stage::Queued;
            self.outside.limited -= 1;
            let place = Place::First(record.rank());
            self.queues.push(record.queue, key, place);
        }
    }
}

impl TaskLimits {
    fn call(&mut self, task: Key) -> Option<Key> {
        let task = self.tasks.get_mut(task)?;
        if task.free() > 0 {
            task.lines.call()
        } else {
            None
        }
    }
}

impl JobRecord {
    pub(super) fn task_seat(&self) -> Option<TaskSeat> {
        self.attempts()?.task
    }

    fn task_seat_mut(&mut self) -> Option<&mut TaskSeat> {
        self.attempts_mut()?.task.as_mut()
    }

    /// Returns the seat of a job among those of its task. At its first question in an attempt the job takes a
    /// ticket.
    fn take_task_seat(&mut self, key: Key, lines: &mut TokenLines) -> Option<Seat> {
        let (queue, rank) = (self.queue, self.rank());
        let ticket = &mut self.task_seat_mut()?.ticket;
        let ticket = *ticket.get_or_insert_with(|| lines.ticket());
        Some(Seat::new(key, queue, rank, ticket))
    }
}
