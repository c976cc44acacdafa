//! Returned values and events as data, for logs, monitors and other programs.
//!
//! Every returned value and event implements [`Serialize`]. Most derive it; this file has the rest.

use std::{panic::Location, time::Duration};

use chrono::TimeDelta;
use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{PolicyData, RateLimitData, durations};
use crate::{
    BackfillId, ScheduleId,
    job::{JobError, JobId, JobPolicy, RateLimit},
    shutdown::Named,
};

/// Implements [`Serialize`] by the text of a value.
macro_rules! as_text {
    ($($id:ty),*) => {$(
        impl Serialize for $id {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }
    )*};
}

as_text!(JobId, ScheduleId, BackfillId);

impl Serialize for JobError {
    /// Writes the kind and the text of the error. The text of an error of a body is formed by its code.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut fields = to.serialize_struct("JobError", 2)?;
        fields.serialize_field("kind", &self.kind())?;
        fields.serialize_field("text", &self.to_string())?;
        fields.end()
    }
}

impl Serialize for JobPolicy {
    /// Writes the policy as exports do. A retry policy that is code is left out.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        PolicyData::from(self).serialize(to)
    }
}

impl Serialize for RateLimit {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        RateLimitData::from(self).serialize(to)
    }
}

impl<T: Serialize> Serialize for Named<T> {
    /// Writes the number of all entries, and those that are stored.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut fields = to.serialize_struct("Named", 2)?;
        fields.serialize_field("total", &self.len())?;
        fields.serialize_field("named", &Vec::from_iter(self))?;
        fields.end()
    }
}

/// Writes a source location as `file:line`.
pub(crate) fn location<S: Serializer>(
    at: &Option<&'static Location<'static>>,
    to: S,
) -> Result<S::Ok, S::Error> {
    let text = at.map(|at| format!("{}:{}", at.file(), at.line()));
    text.serialize(to)
}

/// Writes a duration as text.
pub(crate) fn length<S: Serializer>(length: &Duration, to: S) -> Result<S::Ok, S::Error> {
    durations::serialize(length, to)
}

/// Writes a duration with a sign as text.
pub(crate) fn signed<S: Serializer>(by: &TimeDelta, to: S) -> Result<S::Ok, S::Error> {
    durations::signed::serialize(by, to)
}
