//! [`Results`]: how finished jobs ended, kept as long as their policies ask for (`JB-021`, `JB-022`).
//!
//! Invariant: there are at most `limit` results, and as many notes about results that are gone.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use super::{JobRecord, Jobs, id_of};
use crate::{
    Error, Result,
    engine::{
        Cx, Discarded, Key,
        time::{Due, Kind, NEVER, nanos},
    },
    job::{JobOutcome, JobResult, JobStatus, JobValue, ResultError},
};

pub(super) struct Results {
    limit: usize,
    /// The values of jobs that have not finished.
    values: BTreeMap<Key, JobValue>,
    kept: BTreeMap<Key, Kept>,
    /// Why results are gone.
    gone: BTreeMap<Key, ResultError>,
    /// The keys in `gone`, the earliest first.
    order: VecDeque<Key>,
}

struct Kept {
    result: Box<JobResult>,
    due: Due,
}

impl Results {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            limit,
            values: BTreeMap::new(),
            kept: BTreeMap::new(),
            gone: BTreeMap::new(),
            order: VecDeque::new(),
        }
    }

    /// Drops the result of `key`, and records the reason.
    fn lose(&mut self, key: Key, why: ResultError, cx: &mut Cx) {
        let Some(mut kept) = self.kept.remove(&key) else {
            return;
        };
        cx.deadlines.clear(Kind::Result, key, &mut kept.due);
        cx.discard(Discarded::Result(kept.result));
        self.gone.insert(key, why);
        self.order.push_back(key);
        if self.order.len() > self.limit
            && let Some(earliest) = self.order.pop_front()
        {
            self.gone.remove(&earliest);
        }
    }

    /// Keeps a result, in place of the one that would expire first if there are too many.
    fn keep(&mut self, key: Key, result: JobResult, time: Duration, cx: &mut Cx) {
        if self.limit == 0 {
            return cx.discard(Discarded::Result(Box::new(result)));
        }
        if self.kept.len() >= self.limit
            && let Some(first) = cx.deadlines.first_of(Kind::Result)
        {
            self.lose(first, ResultError::Displaced(id_of(first)), cx);
        }
        // A result that is kept forever expires last, and makes room like any other.
        let at = cx.elapsed().saturating_add(nanos(time)).min(NEVER - 1);
        let mut due = Due::default();
        cx.deadlines.set(Kind::Result, key, &mut due, at);
        let result = Box::new(result);
        self.kept.insert(key, Kept { result, due });
    }
}

impl Jobs {
    /// Keeps the value of a running job until its end. Returns a value that is not needed, to be dropped after
    /// unlocking.
    pub(in crate::engine) fn keep_value(&mut self, key: Key, value: JobValue) -> Option<JobValue> {
        let record = self.records.get(key).filter(|record| record.is_running());
        if record.and_then(JobRecord::keeps_result).is_none() {
            return Some(value);
        }
        self.results.values.insert(key, value)
    }

    /// Keeps the result of a removed job whose policy asks for it.
    pub(super) fn keep_result(
        &mut self,
        key: Key,
        record: &JobRecord,
        outcome: &JobOutcome,
        cx: &mut Cx,
    ) {
        let value = self.results.values.remove(&key);
        let Some(time) = record.keeps_result() else {
            return;
        };
        let mut result = record.result(key, outcome, time, cx);
        match outcome {
            JobOutcome::Succeeded(()) => result.value = value,
            // An attempt that returned a value may still fail, as one that timed out does.
            _ => cx.outbox.discard_value(value),
        }
        self.results.keep(key, result, time, cx);
    }

    /// Drops the results whose time has ended.
    pub(in crate::engine) fn expire_results(&mut self, cx: &mut Cx) {
        while let Some(key) = cx.deadlines.pop_due(Kind::Result, cx.elapsed()) {
            self.results.lose(key, ResultError::Expired(id_of(key)), cx);
        }
    }

    /// Returns the result of a finished job.
    ///
    /// # Errors
    ///
    /// `UnknownJob` or a [`ResultError`].
    pub(in crate::engine) fn result(&mut self, key: Key, cx: &mut Cx) -> Result<JobResult> {
        // The driver may be late, and after a shutdown there is none.
        self.expire_results(cx);
        if self.status(key) != JobStatus::Finished {
            return Err(ResultError::Unfinished(id_of(key)).into());
        }
        if let Some(kept) = self.results.kept.get(&key) {
            return Ok((*kept.result).clone());
        }
        if let Some(why) = self.results.gone.get(&key) {
            return Err(why.clone().into());
        }
        if self.records.has_issued(key) {
            return Err(ResultError::NotKept(id_of(key)).into());
        }
        Err(Error::UnknownJob(id_of(key)))
    }
}

impl JobRecord {
    /// Returns how long the result is kept, if it is.
    fn keeps_result(&self) -> Option<Duration> {
        self.policy()?.keep_result
    }
}
