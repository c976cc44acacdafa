//! [`Options`] as data: a JSON object with a field for each setting.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::durations;
use crate::{Options, queue::Queue};

/// The settings of an [`Options`], except the error handler, which is code.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Data {
    /// The queues by name, with the default one.
    queues: BTreeMap<String, QueueData>,
    event_capacity: usize,
    #[serde(with = "durations")]
    wake_quantum: Duration,
    #[serde(with = "durations")]
    handler_grace: Duration,
    keep_spawn_sites: bool,
    history: usize,
    kept_results: usize,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct QueueData {
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<RateData>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RateData {
    count: u32,
    #[serde(with = "durations")]
    per: Duration,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    burst: Option<u32>,
}

impl Default for Data {
    fn default() -> Self {
        Self::from(&Options::default())
    }
}

impl From<&Queue> for QueueData {
    fn from(queue: &Queue) -> Self {
        let burst = queue.burst;
        Self {
            concurrency: queue.concurrency,
            limit: queue.limit,
            rate: queue
                .rate
                .map(|(count, per)| RateData { count, per, burst }),
            paused: queue.paused.as_deref().map(str::to_owned),
        }
    }
}

impl QueueData {
    fn named(self, name: String) -> Queue {
        let mut queue = Queue::named(name);
        queue.concurrency = self.concurrency;
        queue.limit = self.limit;
        queue.rate = self.rate.as_ref().map(|rate| (rate.count, rate.per));
        queue.burst = self.rate.and_then(|rate| rate.burst);
        queue.paused = self.paused.map(Into::into);
        queue
    }
}

impl From<&Options> for Data {
    fn from(options: &Options) -> Self {
        let queues = [&options.default_queue].into_iter().chain(&options.queues);
        let queues = queues.map(|queue| (queue.name().to_owned(), queue.into()));
        Self {
            queues: queues.collect(),
            event_capacity: options.event_capacity,
            wake_quantum: options.wake_quantum,
            handler_grace: options.handler_grace,
            keep_spawn_sites: options.keep_spawn_sites,
            history: options.history,
            kept_results: options.kept_results,
        }
    }
}

/// Writes every setting except the error handler, which is code.
impl Serialize for Options {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Data::from(self).serialize(to)
    }
}

/// Reads settings; a missing one has its default. Unknown fields and invalid values are errors. The error
/// handler is the default one.
///
/// ```
/// use scheduler_core::Options;
///
/// let json = r#"{"queues": {"default": {"concurrency": 100}, "mail": {"limit": 50}}, "history": 3}"#;
/// let options: Options = serde_json::from_str(json)?;
/// assert_eq!(options.settings().max_concurrent_jobs, Some(100));
/// assert_eq!(options.settings().history, 3);
/// let refused = serde_json::from_str::<Options>(r#"{"queues": {"mail": {"limit": 0}}}"#);
/// assert!(refused.unwrap_err().to_string().contains("mail"));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Options {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let data = Data::deserialize(from)?;
        let mut options = Self::default()
            .event_capacity(data.event_capacity)
            .wake_quantum(data.wake_quantum)
            .handler_grace(data.handler_grace)
            .keep_spawn_sites(data.keep_spawn_sites)
            .history(data.history)
            .kept_results(data.kept_results);
        for (name, queue) in data.queues {
            options = options.queue(queue.named(name));
        }
        options.validate().map_err(D::Error::custom)?;
        Ok(options)
    }
}
