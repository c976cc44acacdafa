//! The durable schedules of a store.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{
    super::{
        Look, LookAt, Picture, Put, RecordRow, Rows, ScheduleState, ScheduleText, StoreTime, Write,
        Written,
    },
    Durable, DurableJob,
};
use crate::{
    Error, Result, Schedule, ScheduleId,
    export::PauseData,
    schedule::{Conflict, ResumeFrom},
    trigger::Trigger,
};

/// Result of [`Durable::put`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PutResult {
    /// The store had no schedule with the id.
    Added,
    /// A different schedule with the id was replaced. It continues after its last recorded instant.
    Replaced,
    /// The store had the same schedule. Nothing was changed: its cursor stays.
    Same,
}

impl Durable {
    /// Creates a schedule of a registered task, to [`put`](Self::put). It needs an id.
    ///
    /// # Errors
    ///
    /// [`Error::Task`]: the task is unknown here, or refuses the arguments.
    pub fn schedule(
        &self,
        trigger: impl Trigger,
        task: &str,
        args: impl Serialize,
    ) -> Result<Schedule> {
        self.control.tasks().schedule(trigger, task, args)
    }

    /// Adds a schedule, or replaces the one with its id. A program can put its schedules at each start: the same
    /// schedule is left as it is.
    ///
    /// Each instant runs once among all nodes that know the task. Instants that came while no node ran follow the
    /// misfire policy (`ST-044`).
    ///
    /// # Errors
    ///
    /// [`Error::Export`] if trigger, task or retry policy are not data. `InvalidConfig` for a schedule without an id,
    /// and for settings that stores do not keep: a group, `pause_after_failures`, a pace, a next instant set by hand.
    /// [`DuplicateId`](Error::DuplicateId) under [`Conflict::Refuse`], if another schedule has the id.
    /// The [errors of all calls](crate::store::Durable#errors-of-all-calls).
    ///
    /// # Cancel safety
    ///
    /// The schedule may be stored although the future was dropped.
    pub async fn put(&self, schedule: Schedule) -> Result<PutResult> {
        schedule.validate()?;
        let Some(id) = schedule.id.clone() else {
            return Err(Error::InvalidConfig {
                field: "id",
                problem: "is missing: a stored schedule needs one, to be found by other programs"
                    .to_owned(),
            });
        };
        loop {
            let old = self.picture(&id).await?;
            let (mut text, begin) = (ScheduleText::new(&schedule)?, self.control.now());
            if let Some(old) = &old {
                if ScheduleText::read(&old.row.data).is_some_and(|old| text.is_same_as(&old)) {
                    return Ok(PutResult::Same);
                }
                match schedule.conflict {
                    Conflict::Refuse => return Err(Error::DuplicateId(id)),
                    Conflict::Keep => return Ok(PutResult::Same),
                    Conflict::Replace => {}
                }
            }
            let last = old.as_ref().and_then(|old| old.row.last);
            let next = match text.trigger() {
                Some(trigger) => {
                    let (anchored, next) = self.control.begin(trigger, begin, last);
                    anchored.map_or(Ok(()), |trigger| text.anchor(&*trigger))?;
                    next
                }
                None => None,
            };
            let mut put = Put::new(
                id.as_str(),
                schedule.task.registered_as().unwrap_or_default(),
                "",
                next,
            );
            if let Some(reason) = &schedule.paused {
                put.state = ScheduleState::Paused;
                text.paused = Some(pause(reason, begin));
            }
            put.data = text.write();
            put.rev = Some(old.as_ref().map_or(0, |old| old.row.rev));
            match self.control.write(Write::Put(put)).await? {
                // Another program was faster, or a removed namesake has a later record.
                Written::Stale(_) => {}
                Written::Refused(refusal) => {
                    return Err(Error::Store(std::sync::Arc::new(refusal.into())));
                }
                Written::Same => return Ok(PutResult::Same),
                _ if old.is_some() => return Ok(PutResult::Replaced),
                _ => return Ok(PutResult::Added),
            }
        }
    }

    /// Removes a schedule. Its waiting runs end, its running ones continue. Returns whether the store had it.
    ///
    /// # Errors
    ///
    /// The [errors of all calls](crate::store::Durable#errors-of-all-calls).
    ///
    /// # Cancel safety
    ///
    /// The change may be stored although the future was dropped.
    pub async fn remove(&self, id: &ScheduleId) -> Result<bool> {
        let schedule = id.as_str().to_owned();
        let written = self
            .control
            .write(Write::Remove {
                schedule,
                rev: None,
            })
            .await?;
        Ok(written == Written::Done)
    }

    /// Pauses a schedule on all nodes (`ST-048`).
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](Error::UnknownSchedule). The [errors of all calls](crate::store::Durable#errors-of-all-calls).
    ///
    /// # Cancel safety
    ///
    /// The change may be stored although the future was dropped.
    pub async fn pause(&self, id: &ScheduleId, reason: &str) -> Result<()> {
        crate::contract::names::check_text("reason", reason)?;
        loop {
            let picture = self
                .picture(id)
                .await?
                .ok_or_else(|| Error::UnknownSchedule(id.clone()))?;
            let Some(mut text) = ScheduleText::read(&picture.row.data) else {
                return Err(Error::UnknownSchedule(id.clone()));
            };
            text.paused = Some(pause(reason, self.control.now()));
            let mut put = Put::new(
                id.as_str(),
                &*picture.row.task,
                text.write(),
                picture.row.next,
            );
            put.state = ScheduleState::Paused;
            put.rev = Some(picture.row.rev);
            if !matches!(
                self.control.write(Write::Put(put)).await?,
                Written::Stale(_)
            ) {
                return Ok(());
            }
        }
    }

    /// Resumes a paused schedule on all nodes. Has no effect on one that is not paused.
    ///
    /// # Errors
    ///
    /// As [`pause`](Self::pause).
    ///
    /// # Cancel safety
    ///
    /// The change may be stored although the future was dropped.
    pub async fn resume(&self, id: &ScheduleId, from: ResumeFrom) -> Result<()> {
        loop {
            let picture = self
                .picture(id)
                .await?
                .ok_or_else(|| Error::UnknownSchedule(id.clone()))?;
            if picture.row.state != ScheduleState::Paused {
                return Ok(());
            }
            let from = match from {
                ResumeFrom::WhereItStood => None,
                ResumeFrom::At(at) => Some(at.into()),
                ResumeFrom::Now => Some(self.control.now()),
            };
            let decide = self.control.resumed(&picture, from);
            if !matches!(
                self.control.write(Write::Decide(decide)).await?,
                Written::Stale(_)
            ) {
                return Ok(());
            }
        }
    }

    /// Creates a job that runs the task of a schedule once, to submit. The overlap policy neither delays nor counts it.
    ///
    /// # Errors
    ///
    /// [`UnknownSchedule`](Error::UnknownSchedule). The [errors of all calls](crate::store::Durable#errors-of-all-calls).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future has no effect.
    pub async fn run_of(&self, id: &ScheduleId) -> Result<DurableJob> {
        let picture = self.picture(id).await?;
        let text = picture.and_then(|picture| ScheduleText::read(&picture.row.data));
        let data = text.as_ref().and_then(ScheduleText::data);
        let data = data.ok_or_else(|| Error::UnknownSchedule(id.clone()))?;
        Ok(DurableJob::of_task(&data.task))
    }

    /// Returns the first 100 schedules of the store, with their runs.
    ///
    /// # Errors
    ///
    /// As [`look`](Self::look).
    ///
    /// # Cancel safety
    ///
    /// As [`look`](Self::look).
    pub async fn schedules(&self) -> Result<Vec<Picture>> {
        match self.look(Look::new(LookAt::Schedules)).await?.rows {
            Rows::Schedules(pictures) => Ok(pictures),
            _ => Ok(Vec::new()),
        }
    }

    /// Returns a schedule, with its runs. `None` if the store has none with the id.
    ///
    /// # Errors
    ///
    /// As [`look`](Self::look).
    ///
    /// # Cancel safety
    ///
    /// As [`look`](Self::look).
    pub async fn picture(&self, id: &ScheduleId) -> Result<Option<Picture>> {
        let id = id.as_str().to_owned();
        match self.look(Look::new(LookAt::Schedule { id })).await?.rows {
            Rows::Schedules(pictures) => Ok(pictures.into_iter().next()),
            _ => Ok(None),
        }
    }

    /// Returns the first 100 records of a schedule from `from` to the instant before `to`, of all nodes.
    ///
    /// # Errors
    ///
    /// As [`look`](Self::look), which also reads further pages.
    ///
    /// # Cancel safety
    ///
    /// As [`look`](Self::look).
    pub async fn history(
        &self,
        id: &ScheduleId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<RecordRow>> {
        let at = LookAt::Records {
            schedule: id.as_str().to_owned(),
            from: from.into(),
            to: to.into(),
        };
        match self.look(Look::new(at)).await?.rows {
            Rows::Records(records) => Ok(records),
            _ => Ok(Vec::new()),
        }
    }
}

fn pause(reason: &str, now: StoreTime) -> PauseData {
    PauseData {
        reason: reason.to_owned(),
        since: now.to_utc(),
    }
}
