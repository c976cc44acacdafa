//! Pauses of queues.

use super::{Jobs, StartRules};
use crate::{
    EventKind, Operation, Result, Task,
    contract::names::check_text,
    engine::{Cx, QueueNumber},
    job::Job,
    permit,
    queue::QueueInfo,
};

impl Jobs {
    /// Pauses a queue: no body of its jobs begins from now on (`QU-006`). Pausing it again replaces the reason.
    pub(in crate::engine) fn pause_queue(
        &mut self,
        name: &str,
        reason: &str,
        cx: &mut Cx,
    ) -> Result<()> {
        permit(cx.lifecycle.state(), Operation::Add)?;
        let number = self.queues.number(name)?;
        check_text("reason", reason)?;
        let queue = self.queues.get_mut(number);
        queue.pause(reason.into(), cx.wall());
        let name = queue.name().clone();
        cx.note_paused_queues(self.queues.paused());
        cx.publish(|| EventKind::QueuePaused {
            queue: name,
            reason: reason.into(),
        });
        Ok(())
    }

    /// Resumes a queue. Has no effect on one that is not paused.
    pub(in crate::engine) fn resume_queue(
        &mut self,
        name: &str,
        rules: &impl StartRules,
        cx: &mut Cx,
    ) -> Result<()> {
        permit(cx.lifecycle.state(), Operation::Add)?;
        let number = self.queues.number(name)?;
        let queue = self.queues.get_mut(number);
        if !queue.resume() {
            return Ok(());
        }
        let name = queue.name().clone();
        cx.note_paused_queues(self.queues.paused());
        cx.publish(|| EventKind::QueueResumed { queue: name });
        self.queues.mark(number);
        self.fill(rules, cx);
        // What starts at once needs no slot, so a waiter may have its turn.
        cx.outbox.note_freed(number);
        Ok(())
    }

    /// Checks that the queue of a task exists.
    pub(in crate::engine) fn check_queue(&self, task: &Task) -> Result<()> {
        self.queues.find(task.policy.as_deref()).map(drop)
    }

    /// Returns the number of the queue of a job.
    pub(in crate::engine) fn find_queue(&self, job: &Job) -> Result<QueueNumber> {
        self.queues.find(job.policy.as_deref())
    }

    pub(in crate::engine) fn paused_queues(&self) -> usize {
        self.queues.paused()
    }

    /// Returns the state of every queue, the default queue first.
    pub(in crate::engine) fn queue_infos(&self) -> Vec<QueueInfo> {
        self.queues.infos()
    }

    /// Returns the state of a queue.
    pub(in crate::engine) fn queue_info(&self, name: &str) -> Result<QueueInfo> {
        Ok(self.queues.get(self.queues.number(name)?).info())
    }
}
