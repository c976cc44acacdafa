//! Parses `key=value` pairs of policies.

use scheduler_core::{
    Overlap, schedule::MisfirePolicy, schedule::Which, text::visible, trigger::Zone,
};

use super::Policies;
use crate::{
    crontab::{Wrong, column},
    duration,
    ping::Url,
    similar::did_you_mean,
};

/// The keys, in the order of the documentation.
pub(in crate::crontab) const KEYS: [&str; 20] = [
    "id",
    "tz",
    "overlap",
    "max-instances",
    "buffer-limit",
    "jitter",
    "misfire",
    "grace",
    "catch-up",
    "pace",
    "retry",
    "backoff",
    "timeout",
    "attempt-timeout",
    "timeout-grace",
    "start-within",
    "pause-after-failures",
    "priority",
    "queue",
    "ping",
];

const OVERLAPS: [(&str, Overlap); 6] = [
    ("skip", Overlap::Skip),
    ("buffer-one", Overlap::BufferOne),
    ("buffer-all", Overlap::BufferAll),
    ("cancel-other", Overlap::CancelOther),
    ("terminate-other", Overlap::TerminateOther),
    ("allow-all", Overlap::AllowAll),
];

const MISFIRES: [(&str, MisfirePolicy); 4] = [
    ("skip", MisfirePolicy::Skip),
    ("fire-once", MisfirePolicy::FireOnce(Which::Latest)),
    ("fire-earliest", MisfirePolicy::FireOnce(Which::Earliest)),
    ("fire-all", MisfirePolicy::FireAll { max: usize::MAX }),
];

impl Policies {
    /// Adds the pairs of a line, which begin at the byte `start`.
    pub(in crate::crontab) fn read(&mut self, line: &str, start: usize) -> Result<(), Wrong> {
        for word in line[start..].split_whitespace() {
            let place = word.as_ptr() as usize - line.as_ptr() as usize;
            let Some((key, value)) = word.split_once('=') else {
                let message = format!("found {word:?}, expected key=value");
                return Err((column(line, place), message));
            };
            if !KEYS.contains(&key) {
                let hint = did_you_mean(key, KEYS);
                let known = KEYS.join(", ");
                let message = format!("unknown key {key:?}{hint}; the keys are {known}");
                return Err((column(line, place), message));
            }
            let wrong = |problem| (column(line, place + key.len() + 1), problem);
            match self.set(key, value).map_err(wrong)? {
                Set::New => {}
                Set::Twice => {
                    return Err((column(line, place), format!("duplicate key {key:?}")));
                }
            }
        }
        Ok(())
    }

    /// Returns the mistake of a combination of keys.
    pub(in crate::crontab) fn mistake(&self) -> Option<&'static str> {
        let retry = "the key \"backoff\" needs \"retry\", the number of attempts";
        let grace = "the key \"timeout-grace\" needs \"timeout\" or \"attempt-timeout\"";
        let has_timeout = self.timeout.is_some() || self.attempt_timeout.is_some();
        if self.backoff.is_some() && self.retry.is_none() {
            Some(retry)
        } else if self.timeout_grace.is_some() && !has_timeout {
            Some(grace)
        } else {
            None
        }
    }

    /// Sets one of [`KEYS`].
    pub(in crate::crontab) fn set(&mut self, key: &str, value: &str) -> Result<Set, String> {
        match key {
            "id" => put(&mut self.id, id(value)),
            "tz" => {
                let zone = Zone::named(value).map_err(|error| error.to_string());
                put(&mut self.zone, zone)
            }
            "overlap" => put(&mut self.overlap, named(value, &OVERLAPS)),
            "max-instances" => put(&mut self.max_instances, number(value)),
            "buffer-limit" => put(&mut self.buffer_limit, number(value)),
            "jitter" => put(&mut self.jitter, duration::parse(value)),
            "misfire" => put(&mut self.misfire, named(value, &MISFIRES)),
            "grace" => put(&mut self.grace, duration::parse(value)),
            "catch-up" => put(&mut self.catch_up, duration::parse(value)),
            "pace" => put(&mut self.pace, duration::parse(value)),
            "retry" => put(&mut self.retry, number(value)),
            "backoff" => put(&mut self.backoff, duration::parse(value)),
            "timeout" => put(&mut self.timeout, duration::parse(value)),
            "attempt-timeout" => put(&mut self.attempt_timeout, duration::parse(value)),
            "timeout-grace" => put(&mut self.timeout_grace, duration::parse(value)),
            "start-within" => put(&mut self.start_within, duration::parse(value)),
            "pause-after-failures" => put(&mut self.pause_after_failures, number(value)),
            "priority" => put(&mut self.priority, number(value)),
            "queue" => put(&mut self.queue, id(value)),
            // All other keys are above.
            _ => put(&mut self.ping, Url::parse(value)),
        }
    }
}

/// Whether a key had no value before.
pub(in crate::crontab) enum Set {
    New,
    Twice,
}

fn put<T>(place: &mut Option<T>, value: Result<T, String>) -> Result<Set, String> {
    match place.replace(value?) {
        None => Ok(Set::New),
        Some(_) => Ok(Set::Twice),
    }
}

/// Parses a name: text that prints as it is.
fn id(value: &str) -> Result<String, String> {
    let is_name = !value.is_empty() && visible(value).to_string() == value;
    let wrong = || format!("found {value:?}, expected a name without control characters");
    is_name.then(|| value.to_owned()).ok_or_else(wrong)
}

fn number<T: std::str::FromStr>(value: &str) -> Result<T, String> {
    let wrong = |_| format!("found {value:?}, expected a number");
    value.parse().map_err(wrong)
}

fn named<T: Copy>(value: &str, names: &[(&str, T)]) -> Result<T, String> {
    let found = names.iter().find(|(name, _)| *name == value);
    found.map(|(_, named)| *named).ok_or_else(|| {
        let names: Vec<_> = names.iter().map(|(name, _)| *name).collect();
        let hint = did_you_mean(value, names.iter().copied());
        let known = names.join(", ");
        format!("unknown value {value:?}{hint}; the values are {known}")
    })
}
