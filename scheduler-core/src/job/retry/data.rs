//! Retry policies as data, for exports.

use std::time::Duration;

use super::{Backoff, Retry};
use crate::export::RetryData;

impl Retry {
    /// Returns the policy as data; `None` if a function of the user decides about retries.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_that_grows_says_how_far_if_it_is_bounded() {
        const HOUR: Duration = Duration::from_secs(3_600);
        let growing = Retry::exponential(5, Duration::from_secs(2));
        let data = growing.clone().factor(3.0).as_data().unwrap();
        let wanted = (Duration::from_secs(2), Some(3.0), None);
        assert_eq!((data.delay, data.factor, data.max_delay), wanted);
        let bounded = growing.max_delay(HOUR).as_data().unwrap();
        assert_eq!(bounded.max_delay, Some(HOUR));
        let fixed = Retry::fixed(5, HOUR).as_data().unwrap();
        assert_eq!(
            (fixed.delay, fixed.factor, fixed.max_delay),
            (HOUR, None, None)
        );
    }
}
