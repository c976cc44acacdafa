//! [`ScheduleText`]: the data column of a stored schedule.

use std::sync::Arc;

use crate::{
    Error, Result, Schedule,
    export::{NotData, PauseData, ScheduleData, ScheduleDocument, VERSION},
    schedule::Policies,
    trigger::Trigger,
};

/// The data column of a stored schedule, as JSON.
///
/// A trigger such as "every minute from now on" has no instants of its own. The column holds the trigger as the program
/// wrote it, to see whether a later program writes the same, and the trigger with the time at which it was put.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct ScheduleText {
    /// A document with one schedule.
    schedule: ScheduleDocument,
    /// The schedule with its relative trigger fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    anchored: Option<ScheduleDocument>,
    /// The pause, while the state of the row is paused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) paused: Option<PauseData>,
}

impl ScheduleText {
    /// Writes a schedule of a registered task.
    ///
    /// # Errors
    ///
    /// [`Error::Export`] for what is not data; [`Error::InvalidConfig`] for a setting that stores do not have.
    pub(crate) fn new(schedule: &Schedule) -> Result<Self> {
        let policies = &schedule.policies;
        let unsupported = [
            (
                "group",
                policies.group.is_some(),
                "the runs of one schedule alone count",
            ),
            (
                "pause_after_failures",
                policies.failure_limit.is_some(),
                "pause it with `durable().pause`",
            ),
            (
                "misfire.pace",
                !policies.misfire.pace.is_zero(),
                "limit the rate of the task",
            ),
            (
                "next",
                schedule.next.is_some(),
                "the trigger says when it is due",
            ),
        ];
        if let Some((field, _, instead)) = unsupported.into_iter().find(|(_, is_set, _)| *is_set) {
            return Err(Error::InvalidConfig {
                field,
                problem: format!("is not kept by stores: leave it out; {instead}"),
            });
        }
        Ok(Self {
            schedule: document(ScheduleData::of(schedule)?),
            anchored: None,
            paused: None,
        })
    }

    /// Fixes a relative trigger.
    pub(crate) fn anchor(&mut self, trigger: &dyn Trigger) -> Result<()> {
        let mut data = self.data().ok_or_else(unreadable)?.clone();
        data.trigger = trigger
            .spec()
            .map_err(|error| left_out(&data.id, NotData::Trigger(error)))?;
        self.anchored = Some(document(data));
        Ok(())
    }

    /// Returns whether a program wrote the same schedule.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        self.schedule == other.schedule
    }

    /// Reads the column. `None` if a newer version wrote what this one cannot read.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Returns the column.
    pub(crate) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns the schedule, with its relative trigger fixed.
    pub(crate) fn data(&self) -> Option<&ScheduleData> {
        self.anchored
            .as_ref()
            .unwrap_or(&self.schedule)
            .schedules
            .first()
    }

    /// Returns the trigger.
    pub(crate) fn trigger(&self) -> Option<Arc<dyn Trigger>> {
        self.data()?.trigger.build().ok()
    }

    /// Returns the trigger and the policies.
    pub(crate) fn rule(&self) -> Option<(Arc<dyn Trigger>, Policies)> {
        let data = self.data()?;
        Some((data.trigger.build().ok()?, data.policies().ok()?))
    }
}

fn document(data: ScheduleData) -> ScheduleDocument {
    ScheduleDocument {
        version: VERSION,
        schedules: vec![data],
    }
}

fn left_out(id: &str, reason: NotData) -> Error {
    let left_out = crate::export::LeftOut::new(id.into(), reason);
    crate::export::ExportError::new(vec![left_out]).into()
}

fn unreadable() -> Error {
    Error::InvalidConfig {
        field: "schedule",
        problem: "cannot be written as data".to_owned(),
    }
}
