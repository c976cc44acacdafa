//! Flaws of kept results.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use scheduler_core::{
    Error, JobId, Result,
    job::{JobResult, ResultError},
};

use super::{
    policies::Asks,
    twist::{Scene, Twist},
};

/// Mutant 791: a result is kept twice as long.
pub(super) const TWICE_AS_LONG: Asks = Asks(|policy| {
    policy.keep_result = policy.keep_result.map(|time| 2 * time);
});

/// Mutant 792: a kept result has lost its value.
pub(super) struct LosesTheValue;

#[async_trait]
impl Twist for LosesTheValue {
    fn result(&self, on: &Scene, job: JobId) -> Result<JobResult> {
        let kept = on.inner.result(job)?;
        let mut bare = JobResult::new(kept.job, kept.outcome.clone(), kept.ended);
        bare.name = kept.name.clone();
        bare.schedule = kept.schedule.clone();
        (bare.nominal, bare.began) = (kept.nominal, kept.began);
        (bare.attempts, bare.expires) = (kept.attempts, kept.expires);
        Ok(bare)
    }
}

/// Mutant 793: a result that was read once stays forever.
#[derive(Default)]
pub(super) struct NeverForgets(Mutex<BTreeMap<JobId, JobResult>>);

#[async_trait]
impl Twist for NeverForgets {
    fn result(&self, on: &Scene, job: JobId) -> Result<JobResult> {
        let found = on.inner.result(job);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (found, known.get(&job)) {
            (Err(_), Some(known)) => Ok(known.clone()),
            (Err(error), None) => Err(error),
            (Ok(found), _) => {
                known.insert(job, found.clone());
                Ok(found)
            }
        }
    }
}

/// Mutant 794: a result that made room was never kept, as far as the caller learns.
pub(super) struct BlamesThePolicy;

#[async_trait]
impl Twist for BlamesThePolicy {
    fn result(&self, on: &Scene, job: JobId) -> Result<JobResult> {
        on.inner.result(job).map_err(|error| match error {
            Error::Result(ResultError::Displaced(job)) => ResultError::NotKept(job).into(),
            error => error,
        })
    }
}

/// Mutant 795: a job that has not finished is not known.
pub(super) struct KnowsOnlyEnds;

#[async_trait]
impl Twist for KnowsOnlyEnds {
    fn result(&self, on: &Scene, job: JobId) -> Result<JobResult> {
        on.inner.result(job).map_err(|error| match error {
            Error::Result(ResultError::Unfinished(job)) => Error::UnknownJob(job),
            error => error,
        })
    }
}
