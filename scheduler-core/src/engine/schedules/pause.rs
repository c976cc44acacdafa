//! Pauses and resumes schedules.

use std::sync::Arc;

use super::{Schedules, ask::Ask, record::Held};
use crate::{
    EventKind, Operation, Result, ResumeFrom, ScheduleId,
    base::unix_time::UnixTime,
    contract::names::check_text,
    engine::{Key, cx::Cx, jobs::Jobs},
    permit,
};

impl Schedules {
    /// Pauses a schedule. Pausing it again replaces the reason (`SC-006`).
    pub(in crate::engine) fn pause_schedule(
        &mut self,
        id: &ScheduleId,
        reason: &str,
        cx: &mut Cx,
    ) -> Result<()> {
        permit(cx.lifecycle.state(), Operation::Add)?;
        let key = self.key_of_schedule(id)?;
        check_text("reason", reason)?;
        self.pause(key, reason.into(), None, cx);
        Ok(())
    }

    /// Pauses a schedule. Without `since`, the pause begins now, or an earlier pause keeps its
    /// begin.
    pub(super) fn pause(
        &mut self,
        key: Key,
        reason: Arc<str>,
        since: Option<UnixTime>,
        cx: &mut Cx,
    ) {
        self.forget_order(key);
        let Some(record) = self.get_mut(key) else {
            return;
        };
        let reading = match since {
            Some(since) => record.own(cx, since),
            None => record.reading(cx),
        };
        let new = Held::new(reason.clone(), since.unwrap_or_else(|| cx.wall()), reading);
        record.held = Some(Box::new(match record.held.take() {
            Some(held) if since.is_none() => held.for_reason(reason.clone()),
            _ => new,
        }));
        let schedule = record.id.clone();
        if record.nominal.is_some() && !record.is_asked_back() {
            // Pending trigger calls are void; the resumption repeats them.
            record.revision = record.revision.wrapping_add(1);
        }
        cx.ask_about_schedules();
        self.disarm_schedule(key, cx);
        self.stop_pacing(key, cx);
        cx.publish(|| EventKind::SchedulePaused { schedule, reason });
    }

    /// Resumes a paused schedule. Has no effect on others.
    pub(in crate::engine) fn resume_schedule(
        &mut self,
        id: &ScheduleId,
        from: ResumeFrom,
        jobs: &mut Jobs,
        cx: &mut Cx,
    ) -> Result<()> {
        permit(cx.lifecycle.state(), Operation::Add)?;
        let key = self.key_of_schedule(id)?;
        let Some(record) = self.get_mut(key) else {
            return Ok(());
        };
        let Some(held) = record.held.take() else {
            return Ok(());
        };
        let schedule = record.id.clone();
        self.forget_failures(key);
        cx.publish(|| EventKind::ScheduleResumed(schedule));
        self.resume_at(key, &held, from, jobs, cx);
        Ok(())
    }

    fn resume_at(&mut self, key: Key, held: &Held, from: ResumeFrom, jobs: &mut Jobs, cx: &mut Cx) {
        let Some(record) = self.get(key) else {
            return;
        };
        // Without a next instant it waits for the start of the scheduler, or for its trigger. After a step
        // back of the wall clock it waits for its trigger, too.
        if let Some(nominal) = record.nominal.filter(|_| !record.is_asked_back()) {
            let reading = record.reading(cx);
            match from {
                // Its jitter may have changed during the pause.
                ResumeFrom::WhereItStood => {
                    self.request(key, Ask::Shift { nominal }, cx);
                }
                ResumeFrom::Now => {
                    let ask = Ask::ResumeNow {
                        nominal,
                        since: held.reading,
                        now: reading,
                        wall: cx.wall(),
                    };
                    self.request(key, ask, cx);
                }
                ResumeFrom::At(from) => {
                    let from = match UnixTime::of(from) {
                        from if from == nominal => nominal,
                        from => record.own(cx, from),
                    };
                    self.request(key, Ask::Resume { nominal, from }, cx);
                }
            }
        }
        jobs.release_parked(key);
        jobs.fill(self, cx);
        if let Some(lane) = self.lane_of(key) {
            self.start_allowed(&lane, jobs, cx);
        }
        // The pause disarmed its pace deadline.
        self.start_next_paced(key, cx.elapsed(), jobs, cx);
        self.drop_if_done(key, cx);
    }
}
