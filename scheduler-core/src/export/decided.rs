//! [`DecidedData`]: the instants that a schedule has decided, which matters if the clock is set
//! back.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    base::unix_time::UnixTime,
    schedule::{
        Decided,
        repeats::{Again, MOST, Pass, Passes},
    },
};

/// The instants that a wall-clock schedule has decided before its next instant.
///
/// When the wall clock is set back, instants are due again. Their runs have the cause
/// [`ClockRepeat`](crate::RunCause::ClockRepeat), and fixed times among them do not run twice. From
/// this data the importing scheduler knows which instants have run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct DecidedData {
    /// Wall-clock time since which the schedule has decided each instant before the next one; by
    /// default all earlier ones are decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Ranges of instants that were decided before the wall clock was set back, oldest first, at most 64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<PassData>,
}

/// Instants that a schedule had decided before the wall clock was set back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PassData {
    /// Begin, inclusive.
    pub from: DateTime<Utc>,
    /// End, exclusive.
    pub until: DateTime<Utc>,
    /// Rule for which of the instants run again.
    pub repeats: RepeatsData,
}

/// Rule for which instants run again after the wall clock was set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RepeatsData {
    /// Only patterns run again, because the clock was set back by three hours at most.
    Patterns,
    /// All instants run again.
    All,
}

impl DecidedData {
    pub(super) fn of(decided: &Decided) -> Option<Self> {
        let passes = decided.passes.as_ref();
        let passes = passes.map_or_else(Vec::new, |passes| {
            passes.closed().iter().map(PassData::from).collect()
        });
        let data = Self {
            since: decided.since.map(UnixTime::date),
            passes,
        };
        (data != Self::default()).then_some(data)
    }

    /// Returns the decided instants for a scheduler, or the path and the description of a problem.
    pub(super) fn build(&self) -> Result<Decided, (String, String)> {
        if self.passes.len() > MOST {
            let found = self.passes.len();
            let problem = format!("found {found}, and at most {MOST} are known: remove the oldest");
            return Err(("passes".to_owned(), problem));
        }
        let is_empty = |pass: &PassData| pass.from >= pass.until;
        if let Some(at) = self.passes.iter().position(is_empty) {
            let PassData { from, until, .. } = self.passes[at];
            let problem = format!("{until} is not after \"from\", {from}");
            return Err((format!("passes[{at}].until"), problem));
        }
        let passes: Vec<_> = self.passes.iter().map(Pass::from).collect();
        let passes = Some(passes).filter(|passes| !passes.is_empty());
        Ok(Decided {
            since: self.since.map(UnixTime::of),
            passes: passes.map(|passes| Arc::new(Passes::of(passes))),
        })
    }
}

impl From<&Pass> for PassData {
    fn from(pass: &Pass) -> Self {
        Self {
            from: pass.from.date(),
            until: pass.until.date(),
            repeats: match pass.again {
                Again::Patterns => RepeatsData::Patterns,
                Again::All => RepeatsData::All,
            },
        }
    }
}

impl From<&PassData> for Pass {
    fn from(data: &PassData) -> Self {
        Self {
            from: UnixTime::of(data.from),
            until: UnixTime::of(data.until),
            again: match data.repeats {
                RepeatsData::Patterns => Again::Patterns,
                RepeatsData::All => Again::All,
            },
        }
    }
}
