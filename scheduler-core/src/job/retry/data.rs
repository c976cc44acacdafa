//! Retries as data, as far as no function decides.

use std::time::Duration;

use super::{Backoff, Retry};
use crate::export::RetryData;

impl Retry {
    /// The same as data; `None` if a function of the user's has a say.
    pub(crate) fn as_data(&self) -> Option<RetryData> {
        if self.only_if.is_some() {
            return None;
        }
        let (delay, factor, max_delay) = match self.backoff {
            Backoff::Fixed(delay) => (delay, None, None),
            Backoff::Exponential {
                first,
                factor,
                most,
            } => (first, Some(factor), Some(most)),
            Backoff::Own(_) => return None,
        };
        Some(RetryData {
            attempts: self.attempts,
            delay,
            factor,
            max_delay: max_delay.filter(|most| *most < Duration::MAX),
            jitter: self.jitter,
            seed: self.seed,
            on_panic: self.panics,
            on_timeout: self.timeouts,
        })
    }
}
